/*
 * Decimal digits of whole numbers, many at a time: half of what encoding a row of counters takes.
 * All divisions are multiplications with scaled reciprocals that are exact in their ranges. No
 * allocation; any thread.
 */
#ifndef SN_ENCODE_DIGITS_H
#define SN_ENCODE_DIGITS_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { SN_DIGITS_ROOM = 24 }; /* bytes that any 64-bit number needs while it is written */

/*
 * The eight decimal digits of v < 10^8, one a byte, the first in the lowest byte, not yet ASCII.
 * Divides all parts at once: 4 + 4 digits, then 2 + 2 + 2 + 2, then single ones.
 */
static inline uint64_t sn_digits_eight(uint32_t v)
{
	uint64_t fours = v / 10000 | (uint64_t)(v % 10000) << 32;
	uint64_t hundreds = fours * 10486 >> 20 & UINT64_C(0x7f0000007f);
	uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
	uint64_t tens = twos * 103 >> 10 & UINT64_C(0x000f000f000f000f);

	return tens | (twos - tens * 10) << 8;
}

/* The sixteen digits of v < 10^16: the first eight of them in *high, as above, the others in *low.
 */
#ifdef __SSE2__
static inline void sn_digits_sixteen(uint64_t v, uint64_t *high, uint64_t *low)
{
	const uint64_t e8 = 100000000;
	__m128i eights = _mm_set_epi64x((int64_t)(v % e8), (int64_t)(v / e8));
	__m128i q = _mm_srli_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(109951163)), 40);
	__m128i r = _mm_sub_epi64(eights, _mm_mul_epu32(q, _mm_set1_epi64x(10000)));
	__m128i fours = _mm_or_si128(q, _mm_slli_epi64(r, 32));
	__m128i hundreds = _mm_srli_epi16(_mm_mulhi_epu16(fours, _mm_set1_epi16(5243)), 3);
	__m128i rest = _mm_sub_epi16(fours, _mm_mullo_epi16(hundreds, _mm_set1_epi16(100)));
	__m128i twos = _mm_or_si128(hundreds, _mm_slli_epi32(rest, 16));
	__m128i tens = _mm_mulhi_epu16(twos, _mm_set1_epi16(6554));
	/* tens + 256 * (twos - 10 * tens) */
	__m128i ones =
		_mm_sub_epi16(_mm_slli_epi16(twos, 8), _mm_mullo_epi16(tens, _mm_set1_epi16(2559)));

	*high = (uint64_t)_mm_cvtsi128_si64(ones);
	*low = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(ones, ones));
}
#else
static inline void sn_digits_sixteen(uint64_t v, uint64_t *high, uint64_t *low)
{
	*high = sn_digits_eight((uint32_t)(v / 100000000));
	*low = sn_digits_eight((uint32_t)(v % 100000000));
}
#endif

/* Eight digits as text at p, without their first `zeros` ones; writes eight bytes. */
static inline uint8_t *sn_digits_put(uint8_t *p, uint64_t digits, unsigned zeros)
{
	uint64_t ascii = htole64((digits | UINT64_C(0x3030303030303030)) >> (8 * zeros));

	memcpy(p, &ascii, 8);
	return p + 8 - zeros;
}

/* As sn_digits_put, without leading zeros; digits is not 0. */
static inline uint8_t *sn_digits_put_first(uint8_t *p, uint64_t digits)
{
	return sn_digits_put(p, digits, (unsigned)__builtin_ctzll(digits) / 8);
}

/* "00" to "99", one after the other. */
extern const uint8_t sn_digits_pairs[200];

/* One or two digits: states, enumerations, the head of what is just above 10^16. */
static inline uint8_t *sn_digits_write_pair(uint8_t *p, uint32_t v)
{
	if (v < 10) {
		*p = (uint8_t)('0' + v);
		return p + 1;
	}
	memcpy(p, sn_digits_pairs + (size_t)v * 2, 2);
	return p + 2;
}

/* Decimal digits of v at p, which has SN_DIGITS_ROOM; returns the end. */
static inline uint8_t *sn_digits_write(uint8_t *p, uint64_t v)
{
	const uint64_t e8 = 100000000;
	const uint64_t e16 = e8 * e8;
	uint64_t high;
	uint64_t low;

	if (v < 100) {
		return sn_digits_write_pair(p, (uint32_t)v);
	}
	if (v < e8) {
		return sn_digits_put_first(p, sn_digits_eight((uint32_t)v));
	}
	if (v < e16) {
		sn_digits_sixteen(v, &high, &low);
		p = sn_digits_put_first(p, high);
		return sn_digits_put(p, low, 0);
	}
	sn_digits_sixteen(v % e16, &high, &low);
	v /= e16; /* up to 1844 */
	p = v < 100 ? sn_digits_write_pair(p, (uint32_t)v)
		    : sn_digits_put_first(p, sn_digits_eight((uint32_t)v));
	p = sn_digits_put(p, high, 0);
	return sn_digits_put(p, low, 0);
}

#endif

/*
 * CRC-32C by SSE 4.2's instruction, or by tables of eight octets a step, see crc32c.h. Any thread.
 */
#include "spool/crc32c.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>

/* The polynomial, bits reversed. */
#define POLYNOMIAL UINT32_C(0x82f63b78)

/* table[k][b]: what octet b contributes when k octets of zeros follow it. */
static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void make_table(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;

		for (int bit = 0; bit < 8; bit++) {
			crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
		}
		table[0][b] = crc;
	}
	for (int k = 1; k < 8; k++) {
		for (uint32_t b = 0; b < 256; b++) {
			uint32_t before = table[k - 1][b];

			table[k][b] = (before >> 8) ^ table[0][before & 0xff];
		}
	}
}

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return le64toh(v);
}

uint32_t sn_crc32c_table(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *at = p;

	pthread_once(&table_once, make_table);
	crc = ~crc;
	for (; n >= 8; n -= 8, at += 8) {
		uint64_t v = load_le64(at) ^ crc;

		crc = 0;
#pragma GCC unroll 8 /* twice as fast */
		for (int k = 0; k < 8; k++) {
			crc ^= table[7 - k][(v >> (8 * k)) & 0xff];
		}
	}
	for (; n; n--, at++) {
		crc = (crc >> 8) ^ table[0][(crc ^ *at) & 0xff];
	}
	return ~crc;
}

#if defined(__x86_64__)

#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *p,
								 size_t n)
{
	uint64_t sum = ~crc;

	for (; n >= 8; n -= 8, p += 8) {
		sum = _mm_crc32_u64(sum, load_le64(p));
	}
	crc = (uint32_t)sum;
	for (; n; n--, p++) {
		crc = _mm_crc32_u8(crc, *p);
	}
	return ~crc;
}

bool sn_crc32c_hardware(void)
{
	return __builtin_cpu_supports("sse4.2");
}

uint32_t sn_crc32c(uint32_t crc, const void *p, size_t n)
{
	return sn_crc32c_hardware() ? by_instruction(crc, p, n) : sn_crc32c_table(crc, p, n);
}

#else

bool sn_crc32c_hardware(void)
{
	return false;
}

uint32_t sn_crc32c(uint32_t crc, const void *p, size_t n)
{
	return sn_crc32c_table(crc, p, n);
}

#endif

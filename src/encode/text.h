/*
 * Bounded writing of text with a sticky overflow flag, and numbers without printf: the inner loop
 * of every encoder, hence inline. No allocation, no locale; any thread, one writer each.
 */
#ifndef SN_ENCODE_TEXT_H
#define SN_ENCODE_TEXT_H

#include "base/err.h"
#include "base/span.h"
#include "encode/digits.h"

#include <limits.h>

enum {
	SN_TEXT_SLACK = 16 /* readable bytes behind a fragment, see sn_text_frag */
};

struct sn_text {
	uint8_t *p;   /* next byte to write */
	uint8_t *end; /* first byte that must not be written */
	bool full;    /* something did not fit; what is written so far is worthless */
};

static inline struct sn_text sn_text_make(uint8_t *out, size_t cap)
{
	struct sn_text t;

	t.p = out;
	t.end = out + cap;
	t.full = false;
	return t;
}

static inline size_t sn_text_room(const struct sn_text *t)
{
	return (size_t)(t->end - t->p);
}

/* Bytes written since out, or SN_ESPACE when something did not fit. */
static inline int sn_text_result(const struct sn_text *t, const uint8_t *out)
{
	return t->full || t->p - out > INT_MAX ? SN_ESPACE : (int)(t->p - out);
}

static inline void sn_text_put(struct sn_text *t, const void *s, size_t n)
{
	if (n > sn_text_room(t)) {
		t->full = true;
		return;
	}
	memcpy(t->p, s, n);
	t->p += n;
}

static inline void sn_text_char(struct sn_text *t, char c)
{
	if (t->p == t->end) {
		t->full = true;
		return;
	}
	*t->p++ = (uint8_t)c;
}

static inline void sn_text_str(struct sn_text *t, const char *s)
{
	sn_text_put(t, s, strlen(s));
}

/*
 * Copies n bytes sixteen at a time, up to SN_TEXT_SLACK bytes beyond n: both sides must have that
 * room. Returns the end of what counts.
 */
static inline uint8_t *sn_text_write_frag(uint8_t *p, const uint8_t *s, size_t n)
{
	memcpy(p, s, 16);
	for (size_t i = 16; i < n; i += 16) {
		memcpy(p + i, s + i, 16);
	}
	return p + n;
}

/* As sn_text_put for short text that lies in memory of ours with SN_TEXT_SLACK readable bytes
 * behind it. */
static inline void sn_text_frag(struct sn_text *t, const uint8_t *s, size_t n)
{
	if (n + SN_TEXT_SLACK > sn_text_room(t)) {
		sn_text_put(t, s, n);
	} else {
		t->p = sn_text_write_frag(t->p, s, n);
	}
}

static inline void sn_text_u64(struct sn_text *t, uint64_t v)
{
	uint8_t tmp[SN_DIGITS_ROOM];

	if (sn_text_room(t) >= SN_DIGITS_ROOM) {
		t->p = sn_digits_write(t->p, v);
	} else {
		sn_text_put(t, tmp, (size_t)(sn_digits_write(tmp, v) - tmp));
	}
}

static inline void sn_text_i64(struct sn_text *t, int64_t v)
{
	if (v < 0) {
		sn_text_char(t, '-');
	}
	sn_text_u64(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/*
 * Eight bytes at once: not 0 when any is below min, above 0x7f, or one of the three. Its lowest
 * bit that is set is in the first such byte; those above may be set by what a byte has borrowed.
 */
static inline uint64_t sn_text_unsafe(uint64_t v, uint8_t min, char a, char b, char c)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	/* a byte below min or equal to one of the three borrows into its own high bit */
	return ((v - ones * min) | ((v ^ ones * (uint8_t)a) - ones) |
		((v ^ ones * (uint8_t)b) - ones) | ((v ^ ones * (uint8_t)c) - ones) | v) &
	       (ones << 7);
}

/* The first n of eight bytes, 1 to 7 of them, as one word; letters behind them. */
static inline uint64_t sn_text_load_few(const uint8_t *s, size_t n)
{
	uint64_t v = 0;
	uint32_t head;
	uint32_t tail;

	if (n >= 4) {
		memcpy(&head, s, 4);
		memcpy(&tail, s + n - 4, 4);
		v = le32toh(head) | (uint64_t)le32toh(tail) << 8 * (n - 4);
	} else {
		v = s[0] | (uint64_t)s[n / 2] << 8 * (n / 2) | (uint64_t)s[n - 1] << 8 * (n - 1);
	}
	return v | UINT64_C(0x6161616161616161) << 8 * n;
}

/*
 * Copies bytes while they are ASCII, at least min and none of a, b, c; returns how many. Stops as
 * well where the room ends. The constants are known at each call, so that a step takes eight bytes.
 * What is behind the bytes copied, up to seven more, may be written as well.
 */
static inline size_t sn_text_safe_run(struct sn_text *t, const uint8_t *s, size_t n, uint8_t min,
				      char a, char b, char c)
{
	const size_t room = sn_text_room(t);
	uint8_t *p = t->p;
	size_t i = 0;
	uint64_t unsafe = 0;
	uint64_t v;

	n = n < room ? n : room;
	while (i < n && !unsafe) {
		size_t k = n - i < 8 ? n - i : 8;

		if (k == 8) {
			memcpy(&v, s + i, 8);
			v = le64toh(v);
		} else {
			v = sn_text_load_few(s + i, k);
		}
		unsafe = sn_text_unsafe(v, min, a, b, c);
		k = unsafe ? (size_t)__builtin_ctzll(unsafe) / 8 : k;
		if (room - i >= 8) {
			v = htole64(v);
			memcpy(p + i, &v, 8);
		} else {
			memcpy(p + i, s + i, k);
		}
		i += k;
	}
	t->p = p + i;
	return i;
}

/*
 * The character at s, which begins with a byte of 0x80 or above: copied when it is valid UTF-8 (RFC
 * 3629), else its first byte becomes U+FFFD. Returns the bytes taken from s.
 */
size_t sn_text_utf8(struct sn_text *t, const uint8_t *s, size_t n);

/*
 * Shortest decimal text that reads back as the same double (float); "NaN", "+Inf", "-Inf" for the
 * rest. Whole numbers have no decimal point.
 */
void sn_text_real(struct sn_text *t, double d);
void sn_text_float(struct sn_text *t, float f);

/* Nanoseconds as milliseconds with up to three decimals. */
void sn_text_ms(struct sn_text *t, uint64_t ns);

#endif

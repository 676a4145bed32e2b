/*
 * A borrowed run of bytes: pointer and length, owner elsewhere. "span borrows, buf owns"
 * (CONVENTIONS 12). Every parser result of the protocol column is a span into the datagram.
 */
#ifndef SN_BASE_SPAN_H
#define SN_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sn_span {
	const uint8_t *p; /* first byte; may be NULL when n is 0 */
	size_t n;	  /* bytes */
};

static inline struct sn_span sn_span_make(const void *p, size_t n)
{
	struct sn_span s = {.p = p, .n = n};
	return s;
}

/* A span over the characters of a C string, without its NUL. */
static inline struct sn_span sn_span_str(const char *s)
{
	return sn_span_make(s, strlen(s));
}

/*
 * Whether n octets are the same. OIDs of columns have 8 to 16 octets and are compared once for each
 * varbind received: two overlapping loads instead of a call.
 */
static inline bool sn_span_same(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t a_head;
	uint64_t b_head;
	uint64_t a_tail;
	uint64_t b_tail;

	if (n < 8 || n > 16) {
		return n == 0 || memcmp(a, b, n) == 0;
	}
	memcpy(&a_head, a, 8);
	memcpy(&b_head, b, 8);
	memcpy(&a_tail, a + n - 8, 8);
	memcpy(&b_tail, b + n - 8, 8);
	return ((a_head ^ b_head) | (a_tail ^ b_tail)) == 0;
}

static inline bool sn_span_eq(struct sn_span a, struct sn_span b)
{
	return a.n == b.n && sn_span_same(a.p, b.p, a.n);
}

/* True when b begins with all of a. */
static inline bool sn_span_is_prefix(struct sn_span a, struct sn_span b)
{
	return a.n <= b.n && sn_span_same(a.p, b.p, a.n);
}

/* The rest of s after its first n bytes; n must not exceed s.n. */
static inline struct sn_span sn_span_from(struct sn_span s, size_t n)
{
	return sn_span_make(s.p + n, s.n - n);
}

#endif

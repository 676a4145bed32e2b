/*
 * Bounded forward reading with a sticky error: read on, check once at the end. After an error every
 * read gives zero or an empty span and moves nothing, so a parser needs no check between fields.
 * Inline: it is the inner loop of the codec. Values, no ownership.
 */
#ifndef SN_BASE_CURSOR_H
#define SN_BASE_CURSOR_H

#include "base/err.h"
#include "base/span.h"

struct sn_cursor {
	const uint8_t *p;   /* next byte to read */
	const uint8_t *end; /* first byte that must not be read */
	int err;	    /* SN_OK, or the first error met */
};

static inline struct sn_cursor sn_cursor_make(struct sn_span s)
{
	/* an empty span may have no address, and C has no NULL + 0 */
	const uint8_t *p = s.p ? s.p : (const uint8_t *)"";
	struct sn_cursor cur = {.p = p, .end = p + s.n, .err = SN_OK};

	return cur;
}

static inline size_t sn_cursor_left(const struct sn_cursor *cur)
{
	return (size_t)(cur->end - cur->p);
}

/* Records the first error and makes every later read come up empty. */
static inline void sn_cursor_fail(struct sn_cursor *cur, int err)
{
	if (cur->err == SN_OK) {
		cur->err = err;
	}
	cur->p = cur->end;
}

/* One byte, 0 after SN_ETRUNC. */
static inline uint8_t sn_cursor_u8(struct sn_cursor *cur)
{
	if (cur->p == cur->end) {
		sn_cursor_fail(cur, SN_ETRUNC);
		return 0;
	}
	return *cur->p++;
}

/* n bytes, an empty span after SN_ETRUNC. */
static inline struct sn_span sn_cursor_take(struct sn_cursor *cur, size_t n)
{
	struct sn_span s;

	if (n > sn_cursor_left(cur)) {
		sn_cursor_fail(cur, SN_ETRUNC);
		return sn_span_make(cur->end, 0);
	}
	s = sn_span_make(cur->p, n);
	cur->p += n;
	return s;
}

#endif

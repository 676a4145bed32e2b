/*
 * Memory that a plan is made in: handed out piece by piece, sticky when it is too small. Used by
 * otlp_plan.c and avro_plan.c.
 */
#ifndef SN_FORMATS_ROOM_H
#define SN_FORMATS_ROOM_H

#include "encode/text.h"

struct sn_room {
	uint8_t *p;   /* next byte, aligned to 8 */
	uint8_t *end; /* first byte that must not be used */
	bool full;    /* something did not fit */
};

/* n things of a size; NULL: no room. */
static inline void *sn_room_take(struct sn_room *room, size_t n, size_t size)
{
	size_t need = (n * size + 7) & ~(size_t)7; /* n is a few 32-bit counts: no overflow */
	void *p = room->p;

	if (room->full || need > (size_t)(room->end - room->p)) {
		room->full = true;
		return NULL;
	}
	room->p += need;
	return p;
}

/* Text that is about to be written. */
static inline struct sn_text sn_room_open(const struct sn_room *room)
{
	return sn_text_make(room->p, room->full ? 0 : (size_t)(room->end - room->p));
}

/* Keeps what was written since sn_room_open, with SN_TEXT_SLACK readable octets behind it. */
static inline struct sn_span sn_room_keep(struct sn_room *room, const struct sn_text *t)
{
	struct sn_span s = sn_span_make(room->p, (size_t)(t->p - room->p));

	room->full |= t->full;
	(void)sn_room_take(room, s.n + SN_TEXT_SLACK, 1);
	return s;
}

#endif

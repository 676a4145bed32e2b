/*
 * Messages and strings of Protocol Buffers, see pb.h. Called by enc_otlp* on workers' threads.
 */
#include "formats/pb.h"

#include "formats/verbatim.h"

#include <assert.h>

enum { PAIR = 6 }; /* octets of a KeyValue under way beside its key and its text */

/* Opens the AnyValue and its text; returns where the length of the text stands, two octets behind
 * that of the AnyValue. */
static uint8_t *open_value(uint8_t *p)
{
	p[0] = SN_PB_LEN(2);
	p[2] = SN_PB_LEN(1);
	return p + 3;
}

uint8_t *sn_pb_open(struct sn_text *t, uint8_t tag)
{
	if (sn_text_room(t) < SN_PB_OPEN) {
		t->full = true;
		return NULL;
	}
	*t->p = tag;
	t->p += SN_PB_OPEN;
	return t->p;
}

void sn_pb_close(const struct sn_text *t, uint8_t *content)
{
	size_t n;

	if (!content || t->full) {
		return;
	}
	n = (size_t)(t->p - content);
	assert(n <= SN_PB_MESSAGE_MAX);
	content[-4] = (uint8_t)(n | 0x80);
	content[-3] = (uint8_t)(n >> 7 | 0x80);
	content[-2] = (uint8_t)(n >> 14 | 0x80);
	content[-1] = (uint8_t)(n >> 21);
}

uint8_t *sn_pb_open_short(struct sn_text *t, uint8_t tag, unsigned width)
{
	if (sn_text_room(t) < 1 + width) {
		t->full = true;
		return NULL;
	}
	*t->p = tag;
	t->p += 1 + width;
	return t->p - width;
}

void sn_pb_close_short(struct sn_text *t, uint8_t *length, unsigned width)
{
	unsigned size;
	size_t n;

	if (!length || t->full) {
		return;
	}
	n = (size_t)(t->p - length) - width;
	if (width == 1 && n < 128) {
		*length = (uint8_t)n;
		return;
	}
	size = sn_pb_varint_size(n);
	if (size < width) {
		length[0] = (uint8_t)(n | 0x80);
		length[1] = 0;
		return;
	}
	if (size - width > sn_text_room(t)) {
		t->full = true;
		return;
	}
	if (size > width) {
		memmove(length + size, length + width, n);
		t->p += size - width;
	}
	(void)sn_pb_write_varint(length, n);
}

void sn_pb_string(struct sn_text *t, uint8_t tag, struct sn_span s)
{
	uint8_t *length = sn_pb_open_short(t, tag, 1);

	sn_verbatim_put(t, s.p, s.n);
	sn_pb_close_short(t, length, 1);
}

struct sn_pb_pair sn_pb_open_pair(struct sn_text *t, uint8_t tag, struct sn_span key)
{
	struct sn_pb_pair pair = {.pair = NULL};
	uint8_t *p = t->p;

	if (sn_text_room(t) < key.n + PAIR + SN_TEXT_SLACK) {
		t->full = true;
		return pair;
	}
	*p = tag;
	pair.pair = p + 1;
	p = sn_text_write_frag(p + 2, key.p, key.n);
	pair.text = open_value(p);
	t->p = pair.text + 1;
	return pair;
}

/* From the inside out: what is closed does not move the lengths before it. */
void sn_pb_close_pair(struct sn_text *t, const struct sn_pb_pair *pair)
{
	size_t n;

	if (!pair->pair || t->full) {
		return;
	}
	n = (size_t)(t->p - pair->pair) - 1;
	if (n < 128) {
		*pair->pair = (uint8_t)n;
		n = (size_t)(t->p - pair->text) - 1;
		pair->text[-2] = (uint8_t)(n + 2);
		*pair->text = (uint8_t)n;
		return;
	}
	sn_pb_close_short(t, pair->text, 1);
	sn_pb_close_short(t, pair->text - 2, 1);
	sn_pb_close_short(t, pair->pair, 1);
}

void sn_pb_pair(struct sn_text *t, uint8_t tag, const char *key, struct sn_span value)
{
	struct sn_pb_pair pair = {.pair = sn_pb_open_short(t, tag, 1)};

	sn_pb_string(t, SN_PB_LEN(1), sn_span_str(key));
	if (sn_text_room(t) < PAIR) {
		t->full = true;
		return;
	}
	pair.text = open_value(t->p);
	t->p = pair.text + 1;
	sn_verbatim_put(t, value.p, value.n);
	sn_pb_close_pair(t, &pair);
}

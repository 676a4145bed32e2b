/*
 * Messages and strings of Protocol Buffers, see pb.h. Called by enc_otlp* on workers' threads.
 */
#include "formats/pb.h"

#include "formats/verbatim.h"

#include <assert.h>

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

uint8_t *sn_pb_open_short(struct sn_text *t, uint8_t tag)
{
	if (sn_text_room(t) < 2) {
		t->full = true;
		return NULL;
	}
	*t->p = tag;
	t->p += 2;
	return t->p - 1;
}

void sn_pb_close_short(struct sn_text *t, uint8_t *length)
{
	size_t n;
	unsigned more;

	if (!length || t->full) {
		return;
	}
	n = (size_t)(t->p - length) - 1;
	more = sn_pb_varint_size(n) - 1;
	if (more > sn_text_room(t)) {
		t->full = true;
		return;
	}
	if (more) {
		memmove(length + 1 + more, length + 1, n);
		t->p += more;
	}
	(void)sn_pb_write_varint(length, n);
}

void sn_pb_string(struct sn_text *t, uint8_t tag, struct sn_span s)
{
	uint8_t *length = sn_pb_open_short(t, tag);

	sn_verbatim_put(t, s.p, s.n);
	sn_pb_close_short(t, length);
}

struct sn_pb_pair sn_pb_open_pair(struct sn_text *t, uint8_t tag, struct sn_span key)
{
	struct sn_pb_pair pair;

	pair.pair = sn_pb_open_short(t, tag);
	sn_text_put(t, key.p, key.n);
	pair.value = sn_pb_open_short(t, SN_PB_LEN(2));
	pair.text = sn_pb_open_short(t, SN_PB_LEN(1));
	return pair;
}

/* From the inside out: what is closed does not move the lengths before it. */
void sn_pb_close_pair(struct sn_text *t, const struct sn_pb_pair *pair)
{
	sn_pb_close_short(t, pair->text);
	sn_pb_close_short(t, pair->value);
	sn_pb_close_short(t, pair->pair);
}

void sn_pb_pair(struct sn_text *t, uint8_t tag, const char *key, struct sn_span value)
{
	uint8_t *length = sn_pb_open_short(t, tag);
	struct sn_pb_pair pair;

	sn_pb_string(t, SN_PB_LEN(1), sn_span_str(key));
	pair.pair = length;
	pair.value = sn_pb_open_short(t, SN_PB_LEN(2));
	pair.text = sn_pb_open_short(t, SN_PB_LEN(1));
	sn_verbatim_put(t, value.p, value.n);
	sn_pb_close_pair(t, &pair);
}

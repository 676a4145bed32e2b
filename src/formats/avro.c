/*
 * Texts of Avro, see avro.h. Called by enc_avro*.c on workers' threads.
 */
#include "formats/avro.h"

#include "formats/verbatim.h"

uint8_t *sn_avro_open_text(struct sn_text *t)
{
	if (t->p == t->end) {
		t->full = true;
		return NULL;
	}
	return t->p++;
}

void sn_avro_close_text(struct sn_text *t, uint8_t *length)
{
	uint8_t octets[SN_AVRO_LONG_ROOM];
	size_t size;
	size_t n;

	if (!length || t->full) {
		return;
	}
	n = (size_t)(t->p - length) - 1;
	if (n < 64) {
		*length = (uint8_t)(n * 2);
		return;
	}
	size = (size_t)(sn_avro_write_long(octets, (int64_t)n) - octets);
	if (size - 1 > sn_text_room(t)) {
		t->full = true;
		return;
	}
	memmove(length + size, length + 1, n);
	memcpy(length, octets, size);
	t->p += size - 1;
}

void sn_avro_string(struct sn_text *t, struct sn_span s)
{
	uint8_t *length = sn_avro_open_text(t);

	sn_verbatim_put(t, s.p, s.n);
	sn_avro_close_text(t, length);
}

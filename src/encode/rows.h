/*
 * The rows of a block into one buffer, as sn_encoder.rows of a format of lines has it: as many as
 * fit, each of them whole. How a row is written is the format's. Used by layout.c, enc_prom.c and
 * formats/enc_samples.c, on workers' threads; inline, so that their calls are direct ones.
 */
#ifndef SN_ENCODE_ROWS_H
#define SN_ENCODE_ROWS_H

#include "encode/encoder.h"
#include "encode/text.h"

/* Writes one row; overflow sticks to t. 1, 0: it has nothing to say, or SN_ENOMEM. */
typedef int sn_rows_put(void *format, const struct sn_row *row, struct sn_text *t);

/* sn_encoder.row in terms of `put`: the bytes written, 0, SN_ESPACE, SN_ENOMEM. */
static inline int sn_rows_write_one(const struct sn_row *row, sn_rows_put *put, void *format,
				    uint8_t *out, size_t cap)
{
	struct sn_text t = sn_text_make(out, cap);
	int some = put(format, row, &t);

	return some < 0 || (!some && !t.full) ? some : sn_text_result(&t, out);
}

/* sn_encoder.rows in terms of `put`, from run->next on and below row number `end`. What was written
 * before memory was exhausted counts: the next call finds it exhausted as well. */
static inline int sn_rows_write(const struct sn_block *blk, struct sn_encoder_run *run,
				uint32_t end, sn_rows_put *put, void *format, uint8_t *out,
				size_t cap)
{
	size_t used = 0;

	cap = cap < INT_MAX ? cap : INT_MAX;
	for (; run->next < end; run->next++) {
		struct sn_text t = sn_text_make(out + used, cap - used);
		int some = put(format, sn_block_row(blk, run->next), &t);

		if (some < 0) {
			return used ? (int)used : some;
		}
		if (t.full) {
			return used ? (int)used : SN_ESPACE;
		}
		if (some) {
			used = (size_t)(t.p - out);
			run->records++;
		}
	}
	return (int)used;
}

#endif

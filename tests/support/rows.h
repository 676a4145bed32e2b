/*
 * Blocks of rows for the tests of record and output: an arena of its own, cells set from literals,
 * and the one check that every encoder must pass at every capacity.
 */
#ifndef TEST_SUPPORT_ROWS_H
#define TEST_SUPPORT_ROWS_H

#include "encode/encoder.h"
#include "record/block.h"

/* A block with what it stands on. Fill schema and origin, then rows_init. */
struct rows {
	struct sn_arena_pool pool; /* of arena */
	struct sn_arena arena;	   /* of blk */
	struct sn_block blk;	   /* empty after rows_init */
};

void rows_init(struct rows *r, const struct sn_schema *schema, const struct sn_origin *origin);
void rows_fini(struct rows *r);

/* Index in dotted text ("" for none) as BER content, valid until the next call. */
struct sn_span rows_index(const char *dotted);

/* The row with this dotted index, made if missing. */
struct sn_row *rows_row(struct rows *r, const char *dotted);

/* Values of a cell by kind; at is 1 unless the row's is later. Aborts when the cell was filled. */
void rows_int(struct rows *r, struct sn_row *row, uint32_t column, int64_t i);
void rows_uint(struct rows *r, struct sn_row *row, uint32_t column, uint8_t tag, uint64_t u);
void rows_real(struct rows *r, struct sn_row *row, uint32_t column, uint8_t tag, double d);
void rows_octets(struct rows *r, struct sn_row *row, uint32_t column, uint8_t tag, const void *p,
		 size_t n);
void rows_text(struct rows *r, struct sn_row *row, uint32_t column, const char *s);

/*
 * Encodes into heap blocks of every size from 0 to the length of expect and more: only SN_ESPACE or
 * exactly expect may come out, from row and from rows; the sizes that fail come before all that
 * succeed.
 */
void rows_expect(const struct sn_encoder *e, const struct sn_encoder_options *opt,
		 const struct rows *r, const struct sn_row *row, const char *expect);

/* The same for a round record. */
void rows_expect_round(const struct sn_encoder *e, const struct sn_encoder_options *opt,
		       const struct sn_round *round, const char *expect);

#endif

/*
 * Blocks of rows for tests, see rows.h.
 */
#include "support/rows.h"

#include "codec/oid.h"
#include "support/suite.h"

enum {
	SPARE = 40,   /* capacities tried above the exact one */
	NOTHING = 300 /* the same for a row of which nothing is left in the end */
};

void rows_init(struct rows *r, const struct sn_schema *schema, const struct sn_origin *origin)
{
	sn_arena_pool_init(&r->pool, 65536);
	sn_arena_init(&r->arena, &r->pool);
	sn_block_init(&r->blk, schema, origin, &r->arena);
}

void rows_fini(struct rows *r)
{
	sn_arena_reset(&r->arena);
	sn_arena_pool_fini(&r->pool);
}

struct sn_span rows_index(const char *dotted)
{
	static uint8_t ber[SN_OID_MAX_BER * 2];
	size_t n = 0;
	const char *s = dotted;

	while (*s) {
		char *end;

		n += sn_oid_write_arc(ber + n, (uint32_t)strtoul(s, &end, 10));
		s = *end == '.' ? end + 1 : end;
	}
	return sn_span_make(ber, n);
}

struct sn_row *rows_row(struct rows *r, const char *dotted)
{
	struct sn_row *row = sn_block_get_row(&r->blk, rows_index(dotted), UINT32_MAX);

	suite_expect(row != NULL);
	return row;
}

static void set(struct rows *r, struct sn_row *row, uint32_t column, const struct sn_value *v)
{
	suite_expect(sn_block_set(&r->blk, row, column, v, 1) == 1);
}

void rows_int(struct rows *r, struct sn_row *row, uint32_t column, int64_t i)
{
	set(r, row, column, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = i});
}

void rows_uint(struct rows *r, struct sn_row *row, uint32_t column, uint8_t tag, uint64_t u)
{
	set(r, row, column, &(struct sn_value){.tag = tag, .u = u});
}

void rows_real(struct rows *r, struct sn_row *row, uint32_t column, uint8_t tag, double d)
{
	set(r, row, column, &(struct sn_value){.tag = tag, .d = d});
}

void rows_octets(struct rows *r, struct sn_row *row, uint32_t column, uint8_t tag, const void *p,
		 size_t n)
{
	set(r, row, column, &(struct sn_value){.tag = tag, .bytes = sn_span_make(p, n)});
}

void rows_text(struct rows *r, struct sn_row *row, uint32_t column, const char *s)
{
	rows_octets(r, row, column, SN_TAG_OCTETS, s, strlen(s));
}

/* What one call of an encoder gave, in a heap block of exactly cap bytes. */
static int encode(const struct sn_encoder *e, const struct sn_encoder_options *opt,
		  const struct sn_block *blk, const struct sn_row *row,
		  const struct sn_round *round, bool many, uint8_t *out, size_t cap)
{
	struct sn_encoder_run run = {.next = row ? row->number : 0};
	int n;

	if (round) {
		return e->round(opt, round, out, cap);
	}
	if (!many) {
		return e->row(opt, blk, row, out, cap);
	}
	n = e->rows(opt, blk, &run, out, cap);
	if (n >= 0) {
		suite_expect(run.next > row->number);
		suite_expect(run.records == (n > 0));
	}
	return n;
}

static void expect_at(const struct sn_encoder *e, const struct sn_encoder_options *opt,
		      const struct sn_block *blk, const struct sn_row *row,
		      const struct sn_round *round, bool many, const char *expect)
{
	size_t len = strlen(expect);
	size_t most = len + (len ? SPARE : NOTHING);
	bool fitted = false;

	for (size_t cap = 0; cap <= most; cap++) {
		uint8_t *out = malloc(cap ? cap : 1);
		int n;

		suite_expect(out != NULL);
		n = encode(e, opt, blk, row, round, many, out, cap);
		if (n == SN_ESPACE) {
			ck_assert_msg(!fitted, "%zu bytes were too few, fewer were enough", cap);
			ck_assert_msg(cap < most, "%zu bytes did not suffice for: %s", cap, expect);
		} else {
			fitted = true;
			ck_assert_msg(n == (int)len && memcmp(out, expect, len) == 0,
				      "cap %zu: got %d: %.*s\nexpected: %s", cap, n, n > 0 ? n : 0,
				      (const char *)out, expect);
		}
		free(out);
	}
}

void rows_expect(const struct sn_encoder *e, const struct sn_encoder_options *opt,
		 const struct rows *r, const struct sn_row *row, const char *expect)
{
	struct sn_block one = r->blk;

	expect_at(e, opt, &r->blk, row, NULL, false, expect);
	one.nrows = row->number + 1; /* rows() ends behind this row */
	expect_at(e, opt, &one, row, NULL, true, expect);
}

void rows_expect_round(const struct sn_encoder *e, const struct sn_encoder_options *opt,
		       const struct sn_round *round, const char *expect)
{
	expect_at(e, opt, NULL, NULL, round, false, expect);
}

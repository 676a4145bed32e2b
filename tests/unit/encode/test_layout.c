/*
 * What is prepared once for the rows of a block, shown by a format that has nothing else to it.
 * Behaviour of encode/layout.h; the real formats are in test_enc_json.c and test_enc_influx.c.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "encode/layouts.h"

#include "support/rows.h"
#include "support/no_memory.h"
#include "support/suite.h"

static void head(struct sn_text *t, const struct sn_origin *from)
{
	sn_text_str(t, from->instance);
	sn_text_char(t, ':');
}

static void title(struct sn_text *t, const struct sn_schema *s)
{
	sn_text_str(t, s->table);
}

static void label(struct sn_text *t, const struct sn_layout_label *l)
{
	sn_text_char(t, ' ');
	sn_text_str(t, l->name);
	sn_text_char(t, '=');
	if (l->source == SN_LAYOUT_CONSTANT) {
		sn_text_str(t, l->value);
	}
}

static void value(struct sn_text *t, const struct sn_column *col)
{
	sn_text_char(t, ',');
	sn_text_str(t, col->name);
}

/* Every piece with what it says of its variable. */
static bool row(const struct sn_encoder_options *opt, const struct sn_layout *lo,
		const struct sn_block *blk, const struct sn_row *r, struct sn_text *t)
{
	static const char sources[] = {
		[SN_LAYOUT_CONSTANT] = '.', [SN_LAYOUT_INDEX] = 'i', [SN_LAYOUT_LOOKUP] = 'l'};

	(void)opt;
	if (!sn_block_tag(blk, r, 0)) {
		return false;
	}
	sn_text_put(t, lo->text, lo->head);
	for (uint32_t i = 0; i < lo->nlabels; i++) {
		const struct sn_layout_piece *p = &lo->labels[i];

		sn_text_frag(t, lo->text + p->off, p->len);
		sn_text_char(t, sources[p->source]);
		if (p->source != SN_LAYOUT_CONSTANT) {
			sn_text_u64(t, p->ref);
			sn_text_char(t, ':');
			sn_text_put(t, lo->text + p->off + p->len - p->own, p->own);
		}
	}
	for (uint32_t i = 0; i < lo->nvalues; i++) {
		const struct sn_layout_piece *p = &lo->values[i];

		sn_text_frag(t, lo->names + p->off, p->len);
		sn_text_u64(t, p->ref);
		sn_text_char(t, p->whole ? 'w' : '-');
	}
	sn_text_char(t, '\n');
	return true;
}

static const struct sn_layout_format unsorted = {
	.head = head, .title = title, .label = label, .value = value, .row = row};
static const struct sn_layout_format sorted = {.instance = "me",
					       .title = title,
					       .label = label,
					       .constant = sn_text_str,
					       .value = value,
					       .row = row};
static const struct sn_encoder_options opt;

static const struct sn_column columns[] = {
	{.name = "a", .kind = SN_KIND_COUNTER, .is_value = true},
	{.name = "b", .kind = SN_KIND_TEXT},
	{.name = "c", .kind = SN_KIND_GAUGE, .is_value = true, .offset = 1},
	{.name = "d", .kind = SN_KIND_ENUM, .is_value = true, .scale = 2},
	{.name = "e", .kind = SN_KIND_FLOAT, .is_value = true},
	{.name = "f", .kind = SN_KIND_GAUGE, .is_value = true},
};
static const struct sn_index indexes[] = {{.label = "z"}, {.label = "k"}};
static const struct sn_lookup lookups[] = {{.label = "b", .column = 1},
					   {.label = "z", .column = 1}};
static const struct sn_label own[] = {{"a", "1"}, {"b", "2"}, {"me", "3"}, {"n", "4"}, {"zz", "5"}};
static const struct sn_origin origin = {.instance = "host", .labels = own, .nlabels = 5};
static const struct sn_schema schema = {.module = "m",
					.table = "t",
					.columns = columns,
					.ncolumns = 6,
					.indexes = indexes,
					.nindexes = 2,
					.lookups = lookups,
					.nlookups = 2};

/* The only row of a block in a format. */
static const char *encoded(const struct sn_layout_format *f)
{
	static char out[500];
	struct rows r;
	int n;

	rows_init(&r, &schema, &origin);
	rows_int(&r, rows_row(&r, "1.2"), 0, 1);
	n = sn_layout_encode_row(f, &opt, &r.blk, sn_block_row(&r.blk, 0), (uint8_t *)out,
				 sizeof(out) - 1);
	suite_expect(n > 0);
	out[n] = '\0';
	rows_fini(&r);
	return out;
}

START_TEST(labels_keep_their_order_of_precedence)
{
	ck_assert_str_eq(encoded(&unsorted), "host:t z=i0: z= k=i1: k= b=l1: b= a=1 me=3 n=4 zz=5."
					     ",a0w,c2-,d3w,e4-,f5w\n");
}
END_TEST

START_TEST(labels_are_sorted_with_the_instance_among_them)
{
	ck_assert_str_eq(encoded(&sorted), "t a=1 b=l1: b= k=i1: k= me=host n=4 z=i0: z= zz=5."
					   ",a0w,c2-,d3w,e4-,f5w\n");
}
END_TEST

START_TEST(rows_are_those_of_row_after_row)
{
	uint8_t one[200];
	uint8_t all[2000];
	struct sn_encoder_run run = {0};
	struct rows r;
	int used = 0;
	int n;

	rows_init(&r, &schema, &origin);
	for (int i = 0; i < 9; i++) {
		char index[16];

		snprintf(index, sizeof(index), "%d", i);
		rows_int(&r, rows_row(&r, index), i % 3 ? 0 : 2, i); /* every third row is skipped
								      */
	}
	n = sn_layout_encode_rows(&sorted, &opt, &r.blk, &run, all, sizeof(all));
	ck_assert_uint_eq(run.next, 9);
	ck_assert_uint_eq(run.records, 6);
	for (uint32_t i = 0; i < 9; i++) {
		int m = sn_layout_encode_row(&sorted, &opt, &r.blk, sn_block_row(&r.blk, i), one,
					     sizeof(one));

		ck_assert_int_eq(m > 0, i % 3 != 0);
		ck_assert_int_le(used + m, n);
		ck_assert_mem_eq(all + used, one, (size_t)m);
		used += m;
	}
	ck_assert_int_eq(used, n);
	rows_fini(&r);
}
END_TEST

START_TEST(names_too_long_for_the_stack_are_all_there)
{
	enum { WIDE = 100, LONG = 100 };
	char name[LONG + 1];
	struct sn_column wide[WIDE];
	struct sn_schema s = schema;
	uint8_t *out = malloc(40000);
	const uint8_t *p = out;
	struct rows r;
	int n;

	suite_expect(out != NULL);
	memset(name, 'x', LONG);
	name[LONG] = '\0';
	for (int i = 0; i < WIDE; i++) {
		wide[i] = (struct sn_column){.name = name, .is_value = true};
	}
	s.columns = wide;
	s.ncolumns = WIDE;
	rows_init(&r, &s, &origin);
	rows_int(&r, rows_row(&r, "1"), 0, 1);
	n = sn_layout_encode_row(&sorted, &opt, &r.blk, sn_block_row(&r.blk, 0), out, 40000);
	ck_assert_int_gt(n, WIDE * LONG);
	for (int i = 0; i < WIDE; i++) {
		p = memmem(p, (size_t)(out + n - p), name, LONG);
		suite_expect(p != NULL);
		p += LONG;
	}
	rows_fini(&r);
	free(out);
}
END_TEST

START_TEST(without_memory_for_a_large_layout_nothing_is_written)
{
	enum { WIDE = 1000 };
	struct sn_column *wide = calloc(WIDE, sizeof(*wide));
	struct sn_schema s = schema;
	struct sn_encoder_run run = {0};
	uint8_t *out = malloc(40000);
	struct rows r;
	int one;
	int all;

	suite_expect(wide && out);
	for (int i = 0; i < WIDE; i++) {
		wide[i] = (struct sn_column){.name = "column", .is_value = true};
	}
	s.columns = wide;
	s.ncolumns = WIDE;
	rows_init(&r, &s, &origin);
	rows_int(&r, rows_row(&r, "1"), 0, 1);
	(void)!sn_arena_alloc(&r.arena, (size_t)(r.arena.end - r.arena.p)); /* uses the chunk up */
	no_memory = true;
	one = sn_layout_encode_row(&sorted, &opt, &r.blk, sn_block_row(&r.blk, 0), out, 40000);
	all = sn_layout_encode_rows(&sorted, &opt, &r.blk, &run, out, 40000);
	no_memory = false;
	ck_assert_int_eq(one, SN_ENOMEM);
	ck_assert_int_eq(all, SN_ENOMEM);
	ck_assert_uint_eq(run.next, 0);
	ck_assert_int_gt(sn_layout_encode_row(&sorted, &opt, &r.blk, sn_block_row(&r.blk, 0), out,
					      40000),
			 WIDE * 7);
	rows_fini(&r);
	free(out);
	free(wide);
}
END_TEST

/* All rows of r; out as a string. */
static void encode_all(struct rows *r, struct sn_layouts *kept, char *out, size_t cap)
{
	struct sn_encoder_run run = {.kept = kept};
	int n = sn_layout_encode_rows(&unsorted, &opt, &r->blk, &run, (uint8_t *)out, cap - 1);

	suite_expect(n > 0 && run.next == r->blk.nrows);
	out[n] = '\0';
}

START_TEST(a_kept_layout_serves_every_origin)
{
	static const struct sn_label few[] = {{"n", "9"}};
	const struct sn_origin other = {.instance = "another host", .labels = few, .nlabels = 1};
	struct sn_layouts kept = {.n = 0};
	struct rows r[2];
	char anew[2][500];
	char again[500];

	rows_init(&r[0], &schema, &origin);
	rows_init(&r[1], &schema, &other);
	for (int i = 0; i < 2; i++) {
		rows_int(&r[i], rows_row(&r[i], "1.2"), 0, 1);
		encode_all(&r[i], NULL, anew[i], sizeof(anew[i]));
	}
	for (int i = 0; i < 6; i++) {
		encode_all(&r[i % 2], &kept, again, sizeof(again));
		ck_assert_str_eq(again, anew[i % 2]);
	}
	ck_assert_uint_eq(kept.n, 1);
	sn_layouts_forget(&kept);
	rows_fini(&r[0]);
	rows_fini(&r[1]);
}
END_TEST

START_TEST(a_large_layout_is_kept_whole)
{
	enum { WIDE = 100 };
	struct sn_column wide[WIDE];
	struct sn_schema s = schema;
	struct sn_layouts kept = {.n = 0};
	char name[101];
	static char first[20000];
	static char second[20000];
	struct rows r;

	memset(name, 'x', 100);
	name[100] = '\0';
	for (int i = 0; i < WIDE; i++) {
		wide[i] = (struct sn_column){.name = name, .is_value = true};
	}
	s.columns = wide;
	s.ncolumns = WIDE;
	rows_init(&r, &s, &origin);
	rows_int(&r, rows_row(&r, "1"), 0, 1);
	encode_all(&r, &kept, first, sizeof(first));
	ck_assert_uint_eq(kept.n, 1);
	memset(name, 'y', 100); /* nobody reads it any more */
	no_memory = true;
	encode_all(&r, &kept, second, sizeof(second));
	no_memory = false;
	ck_assert_str_eq(first, second);
	sn_layouts_forget(&kept);
	rows_fini(&r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {labels_keep_their_order_of_precedence,
				      labels_are_sorted_with_the_instance_among_them,
				      rows_are_those_of_row_after_row,
				      names_too_long_for_the_stack_are_all_there,
				      without_memory_for_a_large_layout_nothing_is_written,
				      a_kept_layout_serves_every_origin,
				      a_large_layout_is_kept_whole,
				      NULL};

	return suite_run_tests("layout", tests, 0);
}

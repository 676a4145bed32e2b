/*
 * Expositions, byte for byte, in client_golang's order, and read back by another reader. Behaviour
 * of encode/expose.h; test_series.c has the kinds.
 *
 * ctest: one_thread
 */
#include "encode/expose.h"

#include "base/rng.h"
#include "support/prom_check.h"
#include "support/rows.h"
#include "support/suite.h"

enum { IN_OCTETS, SPEED, TYPE, ALIAS, NAME, NCOLUMNS };

static const struct sn_enum_name types[] = {{6, "ethernetCsmacd"}, {24, "softwareLoopback"}};
static const struct sn_column columns[NCOLUMNS] = {
	[IN_OCTETS] = {.name = "ifHCInOctets",
		       .help = "The \"total\" number\nof octets",
		       .kind = SN_KIND_COUNTER,
		       .is_value = true},
	[SPEED] = {.name = "ifSpeed", .help = "", .kind = SN_KIND_GAUGE, .is_value = true},
	[TYPE] = {.name = "ifType",
		  .help = "The type - 1.3.6.1.2.1.2.2.1.3",
		  .enums = types,
		  .nenums = 2,
		  .kind = SN_KIND_ENUM,
		  .is_value = true},
	[ALIAS] = {.name = "ifAlias", .kind = SN_KIND_TEXT, .is_value = true},
	[NAME] = {.name = "ifName", .kind = SN_KIND_TEXT, .is_value = false},
};
static const struct sn_index by_if[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "ifName", .column = NAME}};
static const struct sn_label labels[] = {{"site", "ams"}};
static const struct sn_origin origin = {.instance = "h", .labels = labels, .nlabels = 1};
static const struct sn_schema table = {.module = "if_mib",
				       .table = "if_mib_ifIndex",
				       .columns = columns,
				       .ncolumns = NCOLUMNS,
				       .indexes = by_if,
				       .nindexes = 1,
				       .lookups = lookups,
				       .nlookups = 1};

static struct sn_expose *make(struct sn_expose_options opt)
{
	struct sn_expose *x = sn_expose_new(&opt);

	suite_expect(x != NULL);
	return x;
}

static void add(struct sn_expose *x, const struct rows *r)
{
	suite_expect(sn_expose_block(x, &r->blk) == SN_OK);
}

static void add_sample(struct sn_expose *x, const char *family, const char *type,
		       const char *labels_text, double v)
{
	suite_expect(sn_expose_sample(x, family, "help", type, labels_text, v) == SN_OK);
}

static void expect_text(struct sn_expose *x, enum sn_expose_format format, const char *expect)
{
	struct prom_check check = {.kind = format == SN_EXPOSE_TEXT ? PROM_CHECK_TEXT
								    : PROM_CHECK_OPENMETRICS};
	struct sn_span text;

	ck_assert_int_eq(sn_expose_finish(x, &text), SN_OK);
	ck_assert_msg(text.n == strlen(expect) && memcmp(text.p, expect, text.n) == 0,
		      "got:\n%.*s\nexpected:\n%s", (int)text.n, (const char *)text.p, expect);
	ck_assert_msg(prom_check(&check, text.p, text.n), "%s", check.why);
}

static struct sn_row *add_row(struct rows *r, const char *index, const char *name, uint64_t octets)
{
	struct sn_row *row = rows_row(r, index);

	rows_uint(r, row, IN_OCTETS, SN_TAG_COUNTER64, octets);
	if (name) {
		rows_text(r, row, NAME, name);
	}
	row->at = UINT64_C(1795377600123456789);
	return row;
}

START_TEST(families_are_sorted_and_described_once)
{
	struct sn_expose *x = make((struct sn_expose_options){0});
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = add_row(&r, "3", "Gi0/3", 7000000);
	rows_uint(&r, row, SPEED, SN_TAG_GAUGE32, 10);
	rows_int(&r, row, TYPE, 24);
	rows_text(&r, row, ALIAS, "to \"core\"");
	row = add_row(&r, "4", "Gi0/4", 8);
	rows_int(&r, row, TYPE, 6);
	add(x, &r);
	expect_text(x, SN_EXPOSE_TEXT,
		    "# HELP ifAlias \n"
		    "# TYPE ifAlias gauge\n"
		    "ifAlias{ifAlias=\"to \\\"core\\\"\",ifIndex=\"3\",ifName=\"Gi0/3\"} 1\n"
		    "# HELP ifHCInOctets The \"total\" number\\nof octets\n"
		    "# TYPE ifHCInOctets counter\n"
		    "ifHCInOctets{ifIndex=\"3\",ifName=\"Gi0/3\"} 7e+06\n"
		    "ifHCInOctets{ifIndex=\"4\",ifName=\"Gi0/4\"} 8\n"
		    "# HELP ifSpeed \n"
		    "# TYPE ifSpeed gauge\n"
		    "ifSpeed{ifIndex=\"3\",ifName=\"Gi0/3\"} 10\n"
		    "# HELP ifType_info The type - 1.3.6.1.2.1.2.2.1.3 (EnumAsInfo)\n"
		    "# TYPE ifType_info gauge\n"
		    "ifType_info{ifIndex=\"3\",ifName=\"Gi0/3\",ifType=\"softwareLoopback\"} 1\n"
		    "ifType_info{ifIndex=\"4\",ifName=\"Gi0/4\",ifType=\"ethernetCsmacd\"} 1\n");
	ck_assert_uint_eq(sn_expose_duplicates(x), 0);
	sn_expose_free(x);
	rows_fini(&r);
}
END_TEST

START_TEST(openmetrics_ends_and_knows_counters_by_total_only)
{
	struct sn_expose *x = make((struct sn_expose_options){.format = SN_EXPOSE_OPENMETRICS});
	struct rows r;

	rows_init(&r, &table, &origin);
	add_row(&r, "3", "Gi0/3", 5);
	add(x, &r);
	add_sample(x, "a_total", "counter", NULL, 2);
	add_sample(x, "b_total", "gauge", "x=\"1\"", 1e9);
	add_sample(x, "c", "untyped", NULL, 0.5);
	add_sample(x, "_total", "counter", NULL, 1);
	expect_text(x, SN_EXPOSE_OPENMETRICS,
		    "# HELP _total help\n"
		    "# TYPE _total unknown\n"
		    "_total 1.0\n"
		    "# HELP a help\n"
		    "# TYPE a counter\n"
		    "a_total 2.0\n"
		    "# HELP b_total help\n"
		    "# TYPE b_total gauge\n"
		    "b_total{x=\"1\"} 1e+09\n"
		    "# HELP c help\n"
		    "# TYPE c unknown\n"
		    "c 0.5\n"
		    "# HELP ifHCInOctets The \\\"total\\\" number\\nof octets\n"
		    "# TYPE ifHCInOctets unknown\n"
		    "ifHCInOctets{ifIndex=\"3\",ifName=\"Gi0/3\"} 5.0\n"
		    "# EOF\n");
	sn_expose_free(x);
	rows_fini(&r);
}
END_TEST

START_TEST(nothing_is_an_exposition_too)
{
	struct sn_expose *x = make((struct sn_expose_options){0});
	struct rows r;

	rows_init(&r, &table, &origin);
	add(x, &r);
	expect_text(x, SN_EXPOSE_TEXT, "");
	rows_text(&r, rows_row(&r, "1"), NAME, "only a label");
	add(x, &r);
	expect_text(x, SN_EXPOSE_TEXT, "");
	sn_expose_free(x);
	x = make((struct sn_expose_options){.format = SN_EXPOSE_OPENMETRICS});
	expect_text(x, SN_EXPOSE_OPENMETRICS, "# EOF\n");
	sn_expose_free(x);
	sn_expose_free(NULL);
	rows_fini(&r);
}
END_TEST

START_TEST(instance_target_labels_and_time_are_there_when_asked_for)
{
	struct sn_expose_options opt = {.origin = true, .timestamps = true};
	struct sn_expose *x = make(opt);
	struct rows r;

	rows_init(&r, &table, &origin);
	add_row(&r, "3", "Gi0/3", 5);
	add(x, &r);
	add_sample(x, "z", "gauge", NULL, 1);
	expect_text(x, SN_EXPOSE_TEXT,
		    "# HELP ifHCInOctets The \"total\" number\\nof octets\n"
		    "# TYPE ifHCInOctets counter\n"
		    "ifHCInOctets{ifIndex=\"3\",ifName=\"Gi0/3\",instance=\"h\",site=\"ams\"} 5 "
		    "1795377600123\n"
		    "# HELP z help\n# TYPE z gauge\nz 1\n");
	sn_expose_free(x);
	opt.format = SN_EXPOSE_OPENMETRICS;
	opt.origin = false;
	x = make(opt);
	add(x, &r);
	expect_text(x, SN_EXPOSE_OPENMETRICS,
		    "# HELP ifHCInOctets The \\\"total\\\" number\\nof octets\n"
		    "# TYPE ifHCInOctets unknown\n"
		    "ifHCInOctets{ifIndex=\"3\",ifName=\"Gi0/3\"} 5.0 1.795377600123e+09\n"
		    "# EOF\n");
	sn_expose_free(x);
	rows_fini(&r);
}
END_TEST

START_TEST(counters_wrap_when_asked_to)
{
	struct sn_expose *x = make((struct sn_expose_options){.wrap_counters = true});
	struct rows r;

	rows_init(&r, &table, &origin);
	add_row(&r, "3", NULL, (UINT64_C(1) << 53) + 5);
	add(x, &r);
	expect_text(x, SN_EXPOSE_TEXT,
		    "# HELP ifHCInOctets The \"total\" number\\nof octets\n"
		    "# TYPE ifHCInOctets counter\n"
		    "ifHCInOctets{ifIndex=\"3\",ifName=\"\"} 5\n");
	sn_expose_free(x);
	rows_fini(&r);
}
END_TEST

/* One gauge whose only label is a text index. */
static const struct sn_column gauge = {
	.name = "g", .help = "help", .kind = SN_KIND_GAUGE, .is_value = true};
static const struct sn_index by_text[] = {{.label = "x", .kind = SN_KIND_TEXT, .implied = true}};
static const struct sn_schema texts = {.module = "m",
				       .table = "t",
				       .columns = &gauge,
				       .ncolumns = 1,
				       .indexes = by_text,
				       .nindexes = 1};

static void add_text_row(struct rows *r, const char *index, size_t n, int64_t v)
{
	uint8_t ber[64];
	size_t len = 0;
	struct sn_row *row;

	for (size_t i = 0; i < n; i++) {
		if ((uint8_t)index[i] >= 0x80) {
			ber[len++] = 0x81;
		}
		ber[len++] = index[i] & 0x7f;
	}
	row = sn_block_get_row(&r->blk, sn_span_make(ber, len), UINT32_MAX);
	suite_expect(row != NULL);
	rows_int(r, row, 0, v);
}

#define G_HEAD "# HELP g help\n# TYPE g gauge\n"

/* What is written as an escape sorts as what it stands for. */
START_TEST(series_are_in_the_order_of_their_values)
{
	static const char *const sorted[] = {"",    "\n",   "\n\n", "\nb", " ",	      "!",
					     "\"",  "\"\"", "\"a",  "#",   "A",	      "A\n",
					     "A B", "A!",   "A\"",  "A#",  "AB",      "[",
					     "\\",  "\\\n", "\\\"", "\\A", "\\\\",    "\\\\n",
					     "\\n", "]",    "a",    "n",   "\xc3\xbc"};
	enum { N = sizeof(sorted) / sizeof(sorted[0]) };
	struct sn_expose *x = make((struct sn_expose_options){0});
	struct sn_span text;
	const char *line;
	struct sn_rng rng;
	unsigned order[N];
	struct rows r;
	char *copy;

	sn_rng_init_seed(&rng, 5);
	rows_init(&r, &texts, &origin);
	for (unsigned i = 0; i < N; i++) {
		unsigned k = (unsigned)sn_rng_below(&rng, i + 1);

		order[i] = order[k];
		order[k] = i;
	}
	for (unsigned i = 0; i < N; i++) {
		const char *s = sorted[order[i]];

		add_text_row(&r, s, strlen(s), order[i]);
	}
	add(x, &r);
	ck_assert_int_eq(sn_expose_finish(x, &text), SN_OK);
	copy = strndup((const char *)text.p, text.n);
	ck_assert_ptr_nonnull(copy);
	line = copy + strlen(G_HEAD);
	for (unsigned i = 0; i < N; i++) {
		const char *value = strstr(line, "\"} ");

		ck_assert_ptr_nonnull(value);
		ck_assert_uint_eq(strtoul(value + 3, NULL, 10), i);
		line = strchr(line, '\n') + 1;
	}
	free(copy);
	sn_expose_free(x);
	rows_fini(&r);
}
END_TEST

START_TEST(a_family_of_two_blocks_is_one_and_stays_in_order)
{
	static const struct sn_column other = {
		.name = "g", .help = "another", .kind = SN_KIND_COUNTER, .is_value = true};
	static const struct sn_index by_number[] = {{.label = "i", .kind = SN_KIND_GAUGE},
						    {.label = "k", .kind = SN_KIND_GAUGE}};
	struct sn_schema second = {.module = "n",
				   .table = "u",
				   .columns = &other,
				   .ncolumns = 1,
				   .indexes = by_number,
				   .nindexes = 2};
	struct sn_expose *x = make((struct sn_expose_options){0});
	struct rows a;
	struct rows b;
	struct rows c;

	rows_init(&a, &texts, &origin);
	add_text_row(&a, "b", 1, 1);
	add_text_row(&a, "a", 1, 2);
	rows_init(&b, &second, &origin);
	rows_int(&b, rows_row(&b, "2.1"), 0, 3);
	rows_int(&b, rows_row(&b, "10.1"), 0, 4);
	rows_init(&c, &texts, &origin);
	add_text_row(&c, "aa", 2, 5);
	add_text_row(&c, "1", 1, 6);
	add(x, &a);
	add(x, &b);
	add(x, &c);
	add_sample(x, "g", "untyped", NULL, 7);
	add_sample(x, "g", "untyped", "w=\"a0\"", 8);
	add_sample(x, "g", "untyped", "i=\"10\",k=\"2\"", 9);
	expect_text(x, SN_EXPOSE_TEXT,
		    G_HEAD "g 7\n"
			   "g{x=\"1\"} 6\n"
			   "g{x=\"a\"} 2\n"
			   "g{w=\"a0\"} 8\n"
			   "g{x=\"aa\"} 5\n"
			   "g{x=\"b\"} 1\n"
			   "g{i=\"10\",k=\"1\"} 4\n"
			   "g{i=\"10\",k=\"2\"} 9\n"
			   "g{i=\"2\",k=\"1\"} 3\n");
	ck_assert_uint_eq(sn_expose_duplicates(x), 0);
	sn_expose_free(x);
	rows_fini(&a);
	rows_fini(&b);
	rows_fini(&c);
}
END_TEST

START_TEST(of_equal_series_the_first_stays_and_the_rest_is_counted)
{
	static const struct sn_column two[] = {
		{.name = "g", .help = "help", .kind = SN_KIND_GAUGE, .is_value = true},
		{.name = "h", .help = "help", .kind = SN_KIND_GAUGE, .is_value = true}};
	static const uint8_t dropped[] = {0, 1};
	static const struct sn_series first_only = {.dropped = dropped};
	static const struct sn_index by_number[] = {{.label = "i", .kind = SN_KIND_GAUGE},
						    {.label = "k", .kind = SN_KIND_GAUGE}};
	struct sn_column cols[2] = {two[0], two[1]};
	struct sn_schema schema = {.module = "m",
				   .table = "t",
				   .columns = cols,
				   .ncolumns = 2,
				   .indexes = by_number,
				   .nindexes = 2};
	struct sn_expose *x = make((struct sn_expose_options){0});
	struct rows r;

	cols[0].series = &first_only;
	cols[1].series = &first_only;
	rows_init(&r, &schema, &origin);
	rows_int(&r, rows_row(&r, "1.3"), 0, 1);
	rows_int(&r, rows_row(&r, "1.2"), 0, 2);
	rows_int(&r, rows_row(&r, "1.2"), 1, 3);
	rows_int(&r, rows_row(&r, "1.1"), 0, 4);
	rows_int(&r, rows_row(&r, "1.1"), 1, 5);
	rows_int(&r, rows_row(&r, "2.1"), 0, 6);
	rows_int(&r, rows_row(&r, "2.1"), 1, 7);
	add(x, &r);
	expect_text(x, SN_EXPOSE_TEXT,
		    G_HEAD "g{i=\"1\"} 1\n"
			   "g{i=\"2\"} 6\n"
			   "# HELP h help\n# TYPE h gauge\n"
			   "h{i=\"1\"} 3\n"
			   "h{i=\"2\"} 7\n");
	ck_assert_uint_eq(sn_expose_duplicates(x), 3);
	add_sample(x, "h", "gauge", "i=\"2\"", 9);
	add_sample(x, "h", "gauge", "j=\"2\"", 9);
	add_sample(x, "h", "gauge", "i=\"2\"", 10);
	expect_text(x, SN_EXPOSE_TEXT,
		    G_HEAD "g{i=\"1\"} 1\n"
			   "g{i=\"2\"} 6\n"
			   "# HELP h help\n# TYPE h gauge\n"
			   "h{i=\"1\"} 3\n"
			   "h{i=\"2\"} 7\n"
			   "h{j=\"2\"} 9\n");
	ck_assert_uint_eq(sn_expose_duplicates(x), 5);
	sn_expose_free(x);
	rows_fini(&r);
}
END_TEST

START_TEST(equal_names_of_states_are_one_series_and_the_state_wins)
{
	static const struct sn_enum_name same[] = {{1, "a"}, {2, "b"}, {3, "a"}};
	static const struct sn_column col = {.name = "s",
					     .help = "states",
					     .kind = SN_KIND_STATE_SET,
					     .enums = same,
					     .nenums = 3,
					     .is_value = true};
	static const struct sn_schema schema = {
		.module = "m", .table = "m", .columns = &col, .ncolumns = 1};
	struct sn_expose *x = make((struct sn_expose_options){0});
	struct rows r;

	rows_init(&r, &schema, &origin);
	rows_int(&r, rows_row(&r, "0"), 0, 3);
	add(x, &r);
	expect_text(
		x, SN_EXPOSE_TEXT,
		"# HELP s states (EnumAsStateSet)\n# TYPE s gauge\ns{s=\"a\"} 1\ns{s=\"b\"} 0\n");
	ck_assert_uint_eq(sn_expose_duplicates(x), 1);
	sn_expose_free(x);
	rows_fini(&r);
}
END_TEST

/* Large enough for all that grows to grow, in an order that is none. */
START_TEST(a_large_exposition_is_whole)
{
	enum { ROWS = 3000, SAMPLES = 500 };
	struct prom_check check = {.kind = PROM_CHECK_TEXT};
	struct sn_expose *x = make((struct sn_expose_options){0});
	static char text_of[3000];
	struct sn_span text;
	struct sn_rng rng;
	struct rows r;

	sn_rng_init_seed(&rng, 11);
	memset(text_of, '\\', sizeof(text_of) - 1);
	rows_init(&r, &table, &origin);
	for (unsigned i = 0; i < ROWS; i++) {
		char index[24];
		struct sn_row *row;

		snprintf(index, sizeof(index), "%u", (unsigned)sn_rng_u64(&rng) >> 1);
		row = rows_row(&r, index);
		if (row->filled) {
			continue;
		}
		rows_uint(&r, row, SPEED, SN_TAG_GAUGE32, i);
		rows_int(&r, row, TYPE, i % 25);
		rows_text(&r, row, NAME, i % 7 ? index + strlen(index) / 2 : text_of);
		rows_text(&r, row, ALIAS, i % 3 ? "x" : text_of + sn_rng_below(&rng, 2000));
	}
	add(x, &r);
	for (unsigned i = 0; i < SAMPLES; i++) {
		char name[24];

		snprintf(name, sizeof(name), "sample_%u", i * 7919 % SAMPLES);
		add_sample(x, name, "gauge", NULL, i);
	}
	ck_assert_int_eq(sn_expose_finish(x, &text), SN_OK);
	ck_assert_msg(prom_check(&check, text.p, text.n), "%s", check.why);
	ck_assert_uint_eq(check.samples, r.blk.nrows * 3 + SAMPLES);
	ck_assert_uint_eq(check.families, 3 + SAMPLES);
	sn_expose_free(x);
	rows_fini(&r);
}
END_TEST

START_TEST(the_content_types_are_those_of_the_formats)
{
	ck_assert_str_eq(sn_expose_content_type(SN_EXPOSE_TEXT),
			 "text/plain; version=0.0.4; charset=utf-8");
	ck_assert_str_eq(sn_expose_content_type(SN_EXPOSE_OPENMETRICS),
			 "application/openmetrics-text; version=1.0.0; charset=utf-8");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {families_are_sorted_and_described_once,
				      openmetrics_ends_and_knows_counters_by_total_only,
				      nothing_is_an_exposition_too,
				      instance_target_labels_and_time_are_there_when_asked_for,
				      counters_wrap_when_asked_to,
				      series_are_in_the_order_of_their_values,
				      a_family_of_two_blocks_is_one_and_stays_in_order,
				      of_equal_series_the_first_stays_and_the_rest_is_counted,
				      equal_names_of_states_are_one_series_and_the_state_wins,
				      a_large_exposition_is_whole,
				      the_content_types_are_those_of_the_formats,
				      NULL};

	return suite_run_tests("expose", tests, 0);
}

/*
 * Cells to series: families, label sets and values of every kind of column. Behaviour of
 * encode/series.h; the lines are put together here as simply as can be.
 */
#include "encode/series.h"

#include "support/rows.h"
#include "support/suite.h"

#include <math.h>

enum { ROOM = 65536 };

static _Alignas(16) uint8_t room[ROOM];

/* All series of a row, a line each: `name{labels} value`. */
static const char *lines(const struct sn_series_plan *plan, const struct rows *r,
			 const struct sn_row *row)
{
	static char out[16384];
	static uint8_t labels[4096];
	struct sn_text t = sn_text_make((uint8_t *)out, sizeof(out) - 1);
	struct sn_render_index ix;
	uint32_t cuts[64];

	sn_render_split(r->blk.schema, row, &ix);
	for (uint32_t i = 0; i < plan->ncolumns; i++) {
		const struct sn_series_column *c = &plan->columns[i];
		struct sn_text l = sn_text_make(labels, sizeof(labels));
		struct sn_series_cell cell;
		struct sn_span set;

		sn_series_put_labels(&l, &plan->sets[c->set], &r->blk, row, &ix, cuts);
		set = sn_span_make(labels, (size_t)(l.p - labels));
		if (!sn_series_read(c, &r->blk, row, &cell)) {
			continue;
		}
		for (uint32_t k = 0; k < cell.count; k++) {
			sn_text_put(&t, c->name, c->name_len);
			if (c->own) {
				sn_series_put_own(&t, c, &cell, k, set, cuts);
			} else {
				sn_text_put(&t, set.p, set.n);
			}
			sn_text_char(&t, ' ');
			sn_promtext_put_value(&t, sn_series_value(plan, c, &cell, k));
			sn_text_char(&t, '\n');
		}
	}
	suite_expect(!t.full);
	*t.p = '\0';
	return out;
}

static struct sn_series_plan plan_for(const struct sn_schema *schema,
				      const struct sn_origin *origin)
{
	struct sn_series_plan plan;

	suite_expect(sn_series_plan(&plan, schema, origin, false, room, ROOM) == SN_OK);
	return plan;
}

/* One value of one column of scalars; wrap as the plan's. */
static void expect_cell_wrapped(const struct sn_column *col, const struct sn_value *v, bool wrap,
				const char *expect)
{
	const struct sn_schema schema = {.columns = col, .ncolumns = 1};
	struct sn_series_plan plan;
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, NULL);
	row = rows_row(&r, "0");
	suite_expect(sn_block_set(&r.blk, row, 0, v, 5) == 1);
	suite_expect(sn_series_plan(&plan, &schema, NULL, wrap, room, ROOM) == SN_OK);
	ck_assert_str_eq(lines(&plan, &r, row), expect);
	rows_fini(&r);
}

static void expect_cell(const struct sn_column *col, const struct sn_value *v, const char *expect)
{
	expect_cell_wrapped(col, v, false, expect);
}

static struct sn_column column(enum sn_kind kind)
{
	return (struct sn_column){.name = "m", .kind = kind, .is_value = true};
}

static struct sn_value octets(const char *s, size_t n)
{
	return (struct sn_value){.tag = SN_TAG_OCTETS, .bytes = sn_span_make(s, n)};
}

START_TEST(numbers_are_doubles_whatever_their_wire_type)
{
	static const enum sn_kind kinds[] = {SN_KIND_COUNTER, SN_KIND_GAUGE, SN_KIND_FLOAT};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sn_column col = column(kinds[i]);

		expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = -3}, "m -3\n");
		expect_cell(&col, &(struct sn_value){.tag = SN_TAG_COUNTER32, .u = 4294967295},
			    "m 4.294967295e+09\n");
		expect_cell(&col, &(struct sn_value){.tag = SN_TAG_GAUGE32, .u = 7}, "m 7\n");
		expect_cell(&col, &(struct sn_value){.tag = SN_TAG_TIMETICKS, .u = 8}, "m 8\n");
		expect_cell(&col, &(struct sn_value){.tag = SN_TAG_COUNTER64, .u = UINT64_MAX},
			    "m 1.8446744073709552e+19\n");
		expect_cell(&col, &(struct sn_value){.tag = SN_TAG_FLOAT, .d = (double)21.3F},
			    "m 21.299999237060547\n");
		expect_cell(&col, &(struct sn_value){.tag = SN_TAG_DOUBLE, .d = (double)NAN},
			    "m NaN\n");
		expect_cell(&col, &(struct sn_value){.tag = SN_TAG_DOUBLE, .d = -(double)INFINITY},
			    "m -Inf\n");
	}
}
END_TEST

START_TEST(counter64_wraps_at_2_to_53_when_asked_to)
{
	const struct sn_value v = {.tag = SN_TAG_COUNTER64, .u = (UINT64_C(5) << 53) + 42};
	struct sn_column col = column(SN_KIND_COUNTER);

	expect_cell_wrapped(&col, &v, true, "m 42\n");
	expect_cell_wrapped(&col, &v, false, "m 4.5035996273705e+16\n");
	col.scale = 0.5;
	expect_cell_wrapped(&col, &v, true, "m 21\n");
	col = column(SN_KIND_GAUGE);
	expect_cell_wrapped(&col, &v, true, "m 42\n");
	expect_cell_wrapped(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = -1}, true,
			    "m -1\n");
}
END_TEST

START_TEST(scale_comes_before_offset_and_none_is_no_factor)
{
	struct sn_column col = column(SN_KIND_GAUGE);

	col.scale = 0.1;
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 241}, "m 24.1\n");
	col.offset = -273.15;
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 3000},
		    "m 26.850000000000023\n");
	col.scale = 0;
	col.offset = 2;
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_GAUGE32, .u = 40}, "m 42\n");
}
END_TEST

START_TEST(text_under_a_numeric_kind_is_read_as_0)
{
	/* snmp_exporter's way; rounds by the calendar leave such cells out */
	static const struct sn_enum_name names[] = {{0, "none"}, {1, "up"}};
	static const struct {
		enum sn_kind kind;
		const char *lines;
	} rows[] = {{SN_KIND_COUNTER, "m 0\n"},
		    {SN_KIND_GAUGE, "m 0\n"},
		    {SN_KIND_FLOAT, "m 0\n"},
		    {SN_KIND_ENUM, "m_info{m=\"none\"} 1\n"},
		    {SN_KIND_STATE_SET, "m{m=\"none\"} 1\nm{m=\"up\"} 0\n"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_column col = column(rows[i].kind);
		struct sn_value v = octets("5", 1);

		col.enums = names;
		col.nenums = 2;
		expect_cell(&col, &v, rows[i].lines);
	}
}
END_TEST

START_TEST(text_is_a_label_named_as_the_metric_of_a_series_that_is_1)
{
	struct sn_column col = column(SN_KIND_TEXT);
	struct sn_value v = octets("to \"core\"\n", 10);

	expect_cell(&col, &v, "m{m=\"to \\\"core\\\"\\n\"} 1\n");
	v = octets("", 0);
	expect_cell(&col, &v, "m{m=\"\"} 1\n");
	v = octets("\xfc\xfd", 2);
	expect_cell(&col, &v, "m{m=\"\xef\xbf\xbd\"} 1\n");
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = -12}, "m{m=\"-12\"} 1\n");
	v = (struct sn_value){.tag = SN_TAG_OID, .bytes = sn_span_make("\x2b\x06\x01", 3)};
	expect_cell(&col, &v, "m{m=\"1.3.6.1\"} 1\n");
	col.scale = 10;
	col.offset = 1;
	v = octets("x", 1);
	expect_cell(&col, &v, "m{m=\"x\"} 11\n");
}
END_TEST

START_TEST(octets_and_addresses_are_labels_too)
{
	struct sn_column col = column(SN_KIND_HEX);
	struct sn_value v = octets("\0\xab", 2);

	expect_cell(&col, &v, "m{m=\"0x00AB\"} 1\n");
	v = octets("", 0);
	expect_cell(&col, &v, "m{m=\"\"} 1\n");
	col = column(SN_KIND_PHYS_ADDRESS48);
	v = octets("\x01\x02\x03\x04\x05\xff", 6);
	expect_cell(&col, &v, "m{m=\"01:02:03:04:05:FF\"} 1\n");
	v = octets("\x01", 1);
	expect_cell(&col, &v, "m{m=\"01:00:00:00:00:00\"} 1\n");
	col = column(SN_KIND_INET4);
	v = (struct sn_value){.tag = SN_TAG_IPADDRESS, .bytes = sn_span_make("\xc0\0\2\1", 4)};
	expect_cell(&col, &v, "m{m=\"192.0.2.1\"} 1\n");
	col = column(SN_KIND_INET6);
	v = octets("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	expect_cell(&col, &v, "m{m=\"2001:0DB8:0000:0000:0000:0000:0000:0001\"} 1\n");
}
END_TEST

static const struct sn_enum_name states[] = {{1, "up"}, {2, "down"}, {5, "dor\"mant"}};

static struct sn_column named(enum sn_kind kind)
{
	struct sn_column col = column(kind);

	col.enums = states;
	col.nenums = 3;
	col.scale = 7; /* not for names */
	col.offset = 3;
	return col;
}

START_TEST(an_enumeration_is_an_info_series_of_its_state)
{
	struct sn_column col = named(SN_KIND_ENUM);

	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 2},
		    "m_info{m=\"down\"} 1\n");
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_GAUGE32, .u = 5},
		    "m_info{m=\"dor\\\"mant\"} 1\n");
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = -4},
		    "m_info{m=\"-4\"} 1\n");
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_DOUBLE, .d = 1.9},
		    "m_info{m=\"up\"} 1\n");
	col = column(SN_KIND_ENUM);
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 3}, "m_info{m=\"3\"} 1\n");
}
END_TEST

START_TEST(a_state_set_has_a_series_for_each_state)
{
	struct sn_column col = named(SN_KIND_STATE_SET);

	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 2},
		    "m{m=\"down\"} 1\nm{m=\"up\"} 0\nm{m=\"dor\\\"mant\"} 0\n");
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 1},
		    "m{m=\"up\"} 1\nm{m=\"down\"} 0\nm{m=\"dor\\\"mant\"} 0\n");
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 5},
		    "m{m=\"dor\\\"mant\"} 1\nm{m=\"up\"} 0\nm{m=\"down\"} 0\n");
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 4},
		    "m{m=\"4\"} 1\nm{m=\"up\"} 0\nm{m=\"down\"} 0\nm{m=\"dor\\\"mant\"} 0\n");
	col = column(SN_KIND_STATE_SET);
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 4}, "m{m=\"4\"} 1\n");
}
END_TEST

START_TEST(bits_have_a_series_for_each_name)
{
	static const struct sn_enum_name bits[] = {{0, "a"}, {7, "b"}, {8, "c"}, {30, "d"}};
	struct sn_column col = column(SN_KIND_BITS);
	struct sn_value v = octets("\x81\x80", 2);

	col.enums = bits;
	col.nenums = 4;
	expect_cell(&col, &v, "m{m=\"a\"} 1\nm{m=\"b\"} 1\nm{m=\"c\"} 1\nm{m=\"d\"} 0\n");
	v = octets("\x7e", 1);
	expect_cell(&col, &v, "m{m=\"a\"} 0\nm{m=\"b\"} 0\nm{m=\"c\"} 0\nm{m=\"d\"} 0\n");
	v = octets("", 0);
	expect_cell(&col, &v, "m{m=\"a\"} 0\nm{m=\"b\"} 0\nm{m=\"c\"} 0\nm{m=\"d\"} 0\n");
	expect_cell(&col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 1}, "");
	col.nenums = 0;
	v = octets("\xff", 1);
	expect_cell(&col, &v, "");
}
END_TEST

enum { IN_OCTETS, SPEED, TYPE, ALIAS, DESCR, NAME, NCOLUMNS };

static const uint32_t name_only[] = {0};
static const uint32_t both[] = {0, 1};
static const uint8_t drop_index[] = {1};
static const struct sn_series with_name = {
	.dropped = drop_index, .lookups = name_only, .nlookups = 1};
static const struct sn_series with_name_again = {
	.dropped = drop_index, .lookups = name_only, .nlookups = 1};
static const struct sn_series with_both = {.lookups = both, .nlookups = 2};
static const struct sn_series with_index = {.nlookups = 0};

static const struct sn_index by_if[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "ifName", .column = NAME},
					   {.label = "ifDescr", .column = DESCR}};

static void make_table(struct sn_column *columns, struct sn_schema *schema)
{
	static const char *const names[] = {"ifHCInOctets", "ifSpeed", "ifType",
					    "ifAlias",	    "ifDescr", "ifName"};

	for (uint32_t i = 0; i < NCOLUMNS; i++) {
		columns[i] = (struct sn_column){
			.name = names[i],
			.kind = i == IN_OCTETS
					? SN_KIND_COUNTER
					: (i == SPEED ? SN_KIND_GAUGE
						      : (i == TYPE ? SN_KIND_ENUM : SN_KIND_TEXT)),
			.is_value = i != NAME};
	}
	*schema = (struct sn_schema){.columns = columns,
				     .ncolumns = NCOLUMNS,
				     .indexes = by_if,
				     .nindexes = 1,
				     .lookups = lookups,
				     .nlookups = 2};
}

static struct sn_row *usual_row(struct rows *r, const struct sn_schema *schema,
				const struct sn_origin *origin)
{
	struct sn_row *row;

	rows_init(r, schema, origin);
	row = rows_row(r, "3");
	rows_uint(r, row, IN_OCTETS, SN_TAG_COUNTER64, 42);
	rows_uint(r, row, SPEED, SN_TAG_GAUGE32, 10);
	rows_int(r, row, TYPE, 6);
	rows_text(r, row, ALIAS, "to core");
	rows_text(r, row, DESCR, "Port 3");
	rows_text(r, row, NAME, "Gi0/3");
	return row;
}

START_TEST(labels_are_sorted_and_a_column_may_be_its_own_label)
{
	struct sn_column columns[NCOLUMNS];
	struct sn_series_plan plan;
	struct sn_schema schema;
	struct sn_row *row;
	struct rows r;

	make_table(columns, &schema);
	row = usual_row(&r, &schema, NULL);
	plan = plan_for(&schema, NULL);
	ck_assert_uint_eq(plan.nsets, 1);
	ck_assert_str_eq(
		lines(&plan, &r, row),
		"ifHCInOctets{ifDescr=\"Port 3\",ifIndex=\"3\",ifName=\"Gi0/3\"} 42\n"
		"ifSpeed{ifDescr=\"Port 3\",ifIndex=\"3\",ifName=\"Gi0/3\"} 10\n"
		"ifType_info{ifDescr=\"Port 3\",ifIndex=\"3\",ifName=\"Gi0/3\",ifType=\"6\"} 1\n"
		"ifAlias{ifAlias=\"to core\",ifDescr=\"Port 3\",ifIndex=\"3\",ifName=\"Gi0/3\"} 1\n"
		"ifDescr{ifDescr=\"Port 3\",ifIndex=\"3\",ifName=\"Gi0/3\"} 1\n");
	rows_fini(&r);
}
END_TEST

START_TEST(each_column_has_the_labels_of_its_own_series)
{
	struct sn_column columns[NCOLUMNS];
	struct sn_series_plan plan;
	struct sn_schema schema;
	struct sn_row *row;
	struct rows r;

	make_table(columns, &schema);
	columns[IN_OCTETS].series = &with_name;
	columns[SPEED].series = &with_index;
	columns[TYPE].series = &with_both;
	columns[ALIAS].series = &with_name_again;
	row = usual_row(&r, &schema, NULL);
	plan = plan_for(&schema, NULL);
	ck_assert_uint_eq(plan.nsets, 4); /* the default of ifDescr, too */
	ck_assert_uint_eq(plan.columns[0].set, plan.columns[3].set);
	ck_assert_str_eq(
		lines(&plan, &r, row),
		"ifHCInOctets{ifName=\"Gi0/3\"} 42\n"
		"ifSpeed{ifIndex=\"3\"} 10\n"
		"ifType_info{ifDescr=\"Port 3\",ifIndex=\"3\",ifName=\"Gi0/3\",ifType=\"6\"} 1\n"
		"ifAlias{ifAlias=\"to core\",ifName=\"Gi0/3\"} 1\n"
		"ifDescr{ifDescr=\"Port 3\",ifIndex=\"3\",ifName=\"Gi0/3\"} 1\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_state_that_is_a_label_already_makes_no_series)
{
	static const enum sn_kind kinds[] = {SN_KIND_ENUM, SN_KIND_STATE_SET, SN_KIND_BITS};
	static const struct sn_index by_type[] = {{.label = "ifType", .kind = SN_KIND_ENUM}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sn_column columns[NCOLUMNS];
		struct sn_series_plan plan;
		struct sn_schema schema;

		make_table(columns, &schema);
		schema.indexes = by_type;
		columns[TYPE].kind = kinds[i];
		columns[TYPE].enums = states;
		columns[TYPE].nenums = 3;
		plan = plan_for(&schema, NULL);
		ck_assert_uint_eq(plan.ncolumns, 4);
		for (uint32_t k = 0; k < plan.ncolumns; k++) {
			ck_assert_ptr_ne(plan.columns[k].col, &columns[TYPE]);
		}
	}
}
END_TEST

START_TEST(a_lookup_that_found_nothing_is_an_empty_label)
{
	struct sn_column columns[NCOLUMNS];
	struct sn_series_plan plan;
	struct sn_schema schema;
	struct sn_row *row;
	struct rows r;

	make_table(columns, &schema);
	rows_init(&r, &schema, NULL);
	row = rows_row(&r, "3");
	rows_uint(&r, row, SPEED, SN_TAG_GAUGE32, 10);
	plan = plan_for(&schema, NULL);
	ck_assert_str_eq(lines(&plan, &r, row),
			 "ifSpeed{ifDescr=\"\",ifIndex=\"3\",ifName=\"\"} 10\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_lookup_over_the_own_row_wants_an_index_of_the_right_length)
{
	static const struct sn_lookup own[] = {{.label = "ifName", .column = NAME, .own_row = true},
					       {.label = "ifDescr", .column = DESCR}};
	struct sn_column columns[NCOLUMNS];
	struct sn_series_plan plan;
	struct sn_schema schema;
	struct sn_row *row;
	struct rows r;

	make_table(columns, &schema);
	schema.lookups = own;
	rows_init(&r, &schema, NULL);
	plan = plan_for(&schema, NULL);
	row = rows_row(&r, "3");
	rows_uint(&r, row, SPEED, SN_TAG_GAUGE32, 10);
	rows_text(&r, row, NAME, "Gi0/3");
	ck_assert_str_eq(lines(&plan, &r, row),
			 "ifSpeed{ifDescr=\"\",ifIndex=\"3\",ifName=\"Gi0/3\"} 10\n");
	row = rows_row(&r, "3.1");
	rows_uint(&r, row, SPEED, SN_TAG_GAUGE32, 10);
	rows_text(&r, row, NAME, "Gi0/3.1");
	ck_assert_str_eq(lines(&plan, &r, row),
			 "ifSpeed{ifDescr=\"\",ifIndex=\"3\",ifName=\"\"} 10\n");
	rows_fini(&r);
}
END_TEST

START_TEST(the_last_lookup_of_a_name_wins_over_an_index_label)
{
	static const struct sn_lookup overwriting[] = {{.label = "ifIndex", .column = DESCR},
						       {.label = "ifIndex", .column = NAME}};
	struct sn_column columns[NCOLUMNS];
	struct sn_series_plan plan;
	struct sn_schema schema;
	struct sn_row *row;
	struct rows r;

	make_table(columns, &schema);
	schema.lookups = overwriting;
	columns[TYPE].is_value = false;
	columns[ALIAS].is_value = false;
	columns[DESCR].is_value = false;
	columns[SPEED].is_value = false;
	row = usual_row(&r, &schema, NULL);
	plan = plan_for(&schema, NULL);
	ck_assert_str_eq(lines(&plan, &r, row), "ifHCInOctets{ifIndex=\"Gi0/3\"} 42\n");
	rows_fini(&r);
}
END_TEST

START_TEST(the_origin_adds_the_instance_and_labels_that_are_not_there)
{
	static const struct sn_label labels[] = {{"empty", ""},
						 {"ifIndex", "no"},
						 {"instance", "no"},
						 {"site", "a\"b"},
						 {"x.y", "1"}};
	static const struct sn_origin origin = {
		.instance = "192.0.2.1:1161", .labels = labels, .nlabels = 5};
	struct sn_column columns[NCOLUMNS];
	struct sn_series_plan plan;
	struct sn_schema schema;
	struct sn_row *row;
	struct rows r;

	make_table(columns, &schema);
	columns[IN_OCTETS].series = &with_index;
	columns[IN_OCTETS].kind = SN_KIND_TEXT;
	columns[SPEED].series = &with_name;
	row = usual_row(&r, &schema, &origin);
	schema.ncolumns = 2;
	plan = plan_for(&schema, &origin);
	schema.ncolumns = NCOLUMNS;
	ck_assert_str_eq(
		lines(&plan, &r, row),
		"ifHCInOctets{ifHCInOctets=\"42\",ifIndex=\"3\",instance=\"192.0.2.1:1161\","
		"site=\"a\\\"b\",x_y=\"1\"} 1\n"
		"ifSpeed{ifIndex=\"no\",ifName=\"Gi0/3\",instance=\"192.0.2.1:1161\","
		"site=\"a\\\"b\",x_y=\"1\"} 10\n");
	rows_fini(&r);
}
END_TEST

START_TEST(types_and_help_texts_are_those_of_snmp_exporter)
{
	struct sn_column columns[NCOLUMNS];
	struct sn_series_plan plan;
	struct sn_schema schema;

	make_table(columns, &schema);
	columns[ALIAS].kind = SN_KIND_STATE_SET;
	columns[SPEED].kind = SN_KIND_BITS;
	plan = plan_for(&schema, NULL);
	ck_assert_str_eq(sn_series_type(&plan.columns[0]), "counter");
	for (uint32_t i = 1; i < plan.ncolumns; i++) {
		ck_assert_str_eq(sn_series_type(&plan.columns[i]), "gauge");
	}
	ck_assert_str_eq(sn_series_help_suffix(plan.columns[0].how), "");
	ck_assert_str_eq(sn_series_help_suffix(plan.columns[1].how), " (Bits)");
	ck_assert_str_eq(sn_series_help_suffix(plan.columns[2].how), " (EnumAsInfo)");
	ck_assert_str_eq(sn_series_help_suffix(plan.columns[3].how), " (EnumAsStateSet)");
	ck_assert_str_eq(sn_series_help_suffix(plan.columns[4].how), "");
}
END_TEST

START_TEST(a_plan_fits_or_says_that_it_does_not)
{
	static const struct sn_label labels[] = {{"site", "ams"}};
	static const struct sn_origin origin = {.instance = "h", .labels = labels, .nlabels = 1};
	struct sn_column columns[NCOLUMNS];
	struct sn_series_plan plan;
	struct sn_schema schema;
	bool fitted = false;
	struct sn_row *row;
	struct rows r;
	char *expect;

	make_table(columns, &schema);
	columns[SPEED].series = &with_name;
	row = usual_row(&r, &schema, &origin);
	plan = plan_for(&schema, &origin);
	expect = strdup(lines(&plan, &r, row));
	ck_assert_ptr_nonnull(expect);
	for (size_t size = 0; size < 4096; size += 8) {
		uint8_t *mem = malloc(size ? size : 1);
		int err;

		suite_expect(mem != NULL);
		err = sn_series_plan(&plan, &schema, &origin, false, mem, size);
		suite_expect(err == SN_ESPACE || err == SN_OK);
		suite_expect(err == SN_OK || !fitted);
		if (err == SN_OK) {
			fitted = true;
			ck_assert_str_eq(lines(&plan, &r, row), expect);
		}
		free(mem);
	}
	ck_assert(fitted);
	free(expect);
	rows_fini(&r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {numbers_are_doubles_whatever_their_wire_type,
				      counter64_wraps_at_2_to_53_when_asked_to,
				      scale_comes_before_offset_and_none_is_no_factor,
				      text_under_a_numeric_kind_is_read_as_0,
				      text_is_a_label_named_as_the_metric_of_a_series_that_is_1,
				      octets_and_addresses_are_labels_too,
				      an_enumeration_is_an_info_series_of_its_state,
				      a_state_set_has_a_series_for_each_state,
				      bits_have_a_series_for_each_name,
				      labels_are_sorted_and_a_column_may_be_its_own_label,
				      each_column_has_the_labels_of_its_own_series,
				      a_state_that_is_a_label_already_makes_no_series,
				      a_lookup_that_found_nothing_is_an_empty_label,
				      a_lookup_over_the_own_row_wants_an_index_of_the_right_length,
				      the_last_lookup_of_a_name_wins_over_an_index_label,
				      the_origin_adds_the_instance_and_labels_that_are_not_there,
				      types_and_help_texts_are_those_of_snmp_exporter,
				      a_plan_fits_or_says_that_it_does_not,
				      NULL};

	return suite_run_tests("series", tests, 0);
}

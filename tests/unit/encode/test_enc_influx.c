/*
 * Line protocol, byte for byte, and at every capacity of the output. Behaviour of the format
 * "influx" of encode/encoder.h. tests/wire/test_encoders.c reads such lines back with another
 * implementation.
 */
#include "encode/layouts.h"

#include "support/rows.h"
#include "support/suite.h"

#include <math.h>

enum { IN_OCTETS, OPER_STATUS, ALIAS, NAME, NCOLUMNS };

static const struct sn_column columns[NCOLUMNS] = {
	[IN_OCTETS] = {.name = "ifHCInOctets", .kind = SN_KIND_COUNTER, .is_value = true},
	[OPER_STATUS] = {.name = "ifOperStatus", .kind = SN_KIND_ENUM, .is_value = true},
	[ALIAS] = {.name = "ifAlias", .kind = SN_KIND_TEXT, .is_value = true},
	[NAME] = {.name = "ifName", .kind = SN_KIND_TEXT, .is_value = false},
};
static const struct sn_index by_if[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "ifName", .column = NAME}};
static const struct sn_label labels[] = {{"empty", ""}, {"site", "ams"}, {"zone", "z 1"}};
static const struct sn_origin origin = {.instance = "192.0.2.1", .labels = labels, .nlabels = 3};
static const struct sn_schema table = {.module = "if_mib",
				       .table = "if_mib_ifIndex",
				       .columns = columns,
				       .ncolumns = NCOLUMNS,
				       .indexes = by_if,
				       .nindexes = 1,
				       .lookups = lookups,
				       .nlookups = 1,
				       .discontinuity = -1};
static const struct sn_encoder_options none;

static const struct sn_encoder *influx(void)
{
	const struct sn_encoder *e = sn_encoder_find("influx");

	suite_expect(e != NULL);
	return e;
}

static struct sn_row *usual_row(struct rows *r)
{
	struct sn_row *row;

	rows_init(r, &table, &origin);
	row = rows_row(r, "3");
	rows_uint(r, row, IN_OCTETS, SN_TAG_COUNTER64, 42);
	rows_int(r, row, OPER_STATUS, 1);
	rows_text(r, row, ALIAS, "to \"core\"");
	rows_text(r, row, NAME, "Gi0/3");
	row->at = UINT64_C(1795377600123456789);
	return row;
}

#define USUAL_TAGS "if_mib_ifIndex,ifIndex=3,ifName=Gi0/3,site=ams,source=192.0.2.1,zone=z\\ 1 "
#define USUAL_FIELDS "ifHCInOctets=42i,ifOperStatus=1i,ifAlias=\"to \\\"core\\\"\""

START_TEST(a_row_has_sorted_tags_fields_and_nanoseconds)
{
	struct rows r;
	struct sn_row *row = usual_row(&r);

	rows_expect(influx(), &none, &r, row, USUAL_TAGS USUAL_FIELDS " 1795377600123456789\n");
	rows_fini(&r);
}
END_TEST

START_TEST(reset_and_partial_are_fields_only_when_set)
{
	struct rows r;
	struct sn_row *row = usual_row(&r);

	row->flags = SN_ROW_RESET;
	rows_expect(influx(), &none, &r, row,
		    USUAL_TAGS USUAL_FIELDS ",reset=true 1795377600123456789\n");
	row->flags = SN_ROW_PARTIAL;
	rows_expect(influx(), &none, &r, row,
		    USUAL_TAGS USUAL_FIELDS ",partial=true 1795377600123456789\n");
	r.blk.reset = true;
	rows_expect(influx(), &none, &r, row,
		    USUAL_TAGS USUAL_FIELDS ",reset=true,partial=true 1795377600123456789\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_row_without_fields_says_nothing)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "3");
	rows_text(&r, row, NAME, "only a tag");
	rows_text(&r, row, IN_OCTETS, "no number");
	row->flags = SN_ROW_PARTIAL | SN_ROW_RESET;
	rows_expect(influx(), &none, &r, row, "");
	rows_fini(&r);
}
END_TEST

START_TEST(empty_and_missing_labels_are_no_tags)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "3");
	rows_int(&r, row, OPER_STATUS, 1);
	row->at = 1234567890;
	rows_expect(influx(), &none, &r, row,
		    "if_mib_ifIndex,ifIndex=3,site=ams,source=192.0.2.1,zone=z\\ 1 "
		    "ifOperStatus=1i 1234567890\n");
	rows_text(&r, row, NAME, "");
	rows_expect(influx(), &none, &r, row,
		    "if_mib_ifIndex,ifIndex=3,site=ams,source=192.0.2.1,zone=z\\ 1 "
		    "ifOperStatus=1i 1234567890\n");
	rows_fini(&r);
}
END_TEST

/* One value of a column named v in a row of scalars. "": there is no line. */
static void expect_value(const struct sn_encoder_options *opt, const struct sn_column *col,
			 const struct sn_value *v, const char *expect)
{
	const struct sn_origin bare = {.instance = "h"};
	struct sn_schema schema = {.module = "m", .table = "t", .columns = col, .ncolumns = 1};
	char line[1024];
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &bare);
	row = rows_row(&r, "0");
	suite_expect(sn_block_set(&r.blk, row, 0, v, 5) == 1);
	snprintf(line, sizeof(line), "t,source=h v=%s 5\n", expect);
	rows_expect(influx(), opt, &r, row, expect[0] ? line : "");
	rows_fini(&r);
}

static struct sn_column column(enum sn_kind kind)
{
	return (struct sn_column){.name = "v", .kind = kind, .is_value = true};
}

START_TEST(whole_numbers_are_clamped_or_unsigned)
{
	static const struct {
		uint8_t tag;	       /* on the wire */
		uint64_t u;	       /* value */
		const char *signed_;   /* default */
		const char *unsigned_; /* with unsigned_suffix */
	} rows[] = {
		{SN_TAG_COUNTER64, 0, "0i", "0u"},
		{SN_TAG_COUNTER64, INT64_MAX, "9223372036854775807i", "9223372036854775807u"},
		{SN_TAG_COUNTER64, UINT64_C(1) << 63, "9223372036854775807i",
		 "9223372036854775808u"},
		{SN_TAG_COUNTER64, UINT64_MAX, "9223372036854775807i", "18446744073709551615u"},
		{SN_TAG_COUNTER32, 4294967295, "4294967295i", "4294967295u"},
		{SN_TAG_GAUGE32, 7, "7i", "7u"},
		{SN_TAG_TIMETICKS, 8, "8i", "8u"},
		{SN_TAG_UINTEGER32, 9, "9i", "9u"},
		{SN_TAG_INTEGER, (uint64_t)-3, "-3i", "-3i"},
		{SN_TAG_INTEGER, (uint64_t)INT64_MIN, "-9223372036854775808i",
		 "-9223372036854775808i"},
	};
	const struct sn_encoder_options opt = {.unsigned_suffix = true};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static const enum sn_kind kinds[] = {SN_KIND_COUNTER, SN_KIND_GAUGE, SN_KIND_ENUM};

		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct sn_value v = {.tag = rows[i].tag, .u = rows[i].u};
			struct sn_column col = column(kinds[k]);

			expect_value(&none, &col, &v, rows[i].signed_);
			expect_value(&opt, &col, &v, rows[i].unsigned_);
		}
	}
}
END_TEST

START_TEST(a_real_column_has_no_suffix_whatever_the_agent_sends)
{
	struct sn_column col = column(SN_KIND_FLOAT);

	expect_value(&none, &col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = -5}, "-5");
	expect_value(&none, &col, &(struct sn_value){.tag = SN_TAG_GAUGE32, .u = 5}, "5");
	expect_value(&none, &col, &(struct sn_value){.tag = SN_TAG_FLOAT, .d = (double)21.3F},
		     "21.3");
	expect_value(&none, &col, &(struct sn_value){.tag = SN_TAG_DOUBLE, .d = 1e300}, "1e+300");
	col = column(SN_KIND_GAUGE);
	col.scale = 0.1;
	expect_value(&none, &col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 240}, "24");
	expect_value(&none, &col, &(struct sn_value){.tag = SN_TAG_INTEGER, .i = 241}, "24.1");
}
END_TEST

START_TEST(what_is_no_number_is_no_field)
{
	struct sn_column col = column(SN_KIND_FLOAT);

	expect_value(&none, &col, &(struct sn_value){.tag = SN_TAG_DOUBLE, .d = (double)NAN}, "");
	expect_value(&none, &col, &(struct sn_value){.tag = SN_TAG_FLOAT, .d = (double)INFINITY},
		     "");
	expect_value(&none, &col,
		     &(struct sn_value){.tag = SN_TAG_OCTETS, .bytes = sn_span_make("5", 1)}, "");
}
END_TEST

START_TEST(strings_are_quoted_and_on_one_line)
{
	static const struct {
		const char *in;	    /* octets */
		const char *expect; /* field */
	} rows[] = {
		{"", "\"\""},
		{"plain text, a=b", "\"plain text, a=b\""},
		{"say \"hi\"", "\"say \\\"hi\\\"\""},
		{"C:\\dir\\", "\"C:\\\\dir\\\\\""},
		{"a\nb\tc\rd", "\"a b c d\""},
		{"\x01\x1f\x7f", "\"  \x7f\""},
		{"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
		{"\xfc", "\"\xef\xbf\xbd\""},
		{"0123456789abcdef\"0123456789abcdef\\",
		 "\"0123456789abcdef\\\"0123456789abcdef\\\\\""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_column col = column(SN_KIND_TEXT);
		struct sn_value v = {.tag = SN_TAG_OCTETS,
				     .bytes = sn_span_make(rows[i].in, strlen(rows[i].in))};

		expect_value(&none, &col, &v, rows[i].expect);
	}
	{
		struct sn_column col = column(SN_KIND_HEX);
		struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = sn_span_make("\0\xff", 2)};

		expect_value(&none, &col, &v, "\"0x00FF\"");
		col.kind = SN_KIND_TEXT;
		expect_value(&none, &col, &v, "\" \xef\xbf\xbd\"");
		v = (struct sn_value){.tag = SN_TAG_INTEGER, .i = -12};
		expect_value(&none, &col, &v, "\"-12\"");
	}
}
END_TEST

/* Text of a look-up label named k. */
static void expect_tag(const char *text, const char *expect)
{
	static const struct sn_column cols[] = {
		{.name = "v", .kind = SN_KIND_GAUGE, .is_value = true},
		{.name = "t", .kind = SN_KIND_TEXT}};
	static const struct sn_lookup look[] = {{.label = "k", .column = 1}};
	static const struct sn_schema schema = {.module = "m",
						.table = "t",
						.columns = cols,
						.ncolumns = 2,
						.lookups = look,
						.nlookups = 1};
	const struct sn_label label = {"k2", text};
	const struct sn_origin from = {.instance = "h", .labels = &label, .nlabels = 1};
	char line[1024];
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &from);
	row = rows_row(&r, "0");
	rows_int(&r, row, 0, 1);
	rows_text(&r, row, 1, text);
	/* rendered as a cell and laid out as a constant, both ways must agree */
	snprintf(line, sizeof(line), "t%s%s%s%s,source=h v=1i 1\n", expect[0] ? ",k=" : "", expect,
		 expect[0] ? ",k2=" : "", expect);
	rows_expect(influx(), &none, &r, row, line);
	rows_fini(&r);
}

START_TEST(tags_escape_separators_and_never_end_in_a_backslash)
{
	expect_tag("plain", "plain");
	expect_tag("", "");
	expect_tag("a b", "a\\ b");
	expect_tag("a,b=c", "a\\,b\\=c");
	expect_tag(" ", "\\ ");
	expect_tag("a\nb\tc", "a\\ b\\ c");
	expect_tag("say \"hi\"", "say\\ \"hi\"");
	expect_tag("C:\\dir", "C:\\dir");
	expect_tag("a\\\\b", "a\\\\b");
	expect_tag("end\\", "end");
	expect_tag("end\\\\", "end");
	expect_tag("\\", "");
	expect_tag("a\\ b", "a\\ b");
	expect_tag("a\\,b", "a\\,b");
	expect_tag("a\\=b", "a\\=b");
	expect_tag("a\\\nb", "a\\ b");
	expect_tag("\\\xc3\xbc", "\\\xc3\xbc");
	expect_tag("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	expect_tag("\xfc,", "\xef\xbf\xbd\\,");
	expect_tag("0123456789abcdef 0123456789abcdef", "0123456789abcdef\\ 0123456789abcdef");
}
END_TEST

START_TEST(names_are_escaped_too)
{
	static const struct sn_column cols[] = {
		{.name = "a b,c=d", .kind = SN_KIND_GAUGE, .is_value = true},
		{.name = "e", .kind = SN_KIND_GAUGE, .is_value = true}};
	static const struct sn_index idx[] = {
		{.label = "i =", .kind = SN_KIND_TEXT, .implied = true}};
	static const struct sn_label odd_labels[] = {{"a,", "v="}};
	static const struct sn_origin odd = {.instance = "h x", .labels = odd_labels, .nlabels = 1};
	static const struct sn_schema schema = {.module = "m",
						.table = "t b,c=d",
						.columns = cols,
						.ncolumns = 2,
						.indexes = idx,
						.nindexes = 1};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &odd);
	row = rows_row(&r, "44.32");
	rows_int(&r, row, 0, 1);
	rows_int(&r, row, 1, 2);
	rows_expect(influx(), &none, &r, row,
		    "t\\ b\\,c=d,a\\,=v\\=,i\\ \\==\\,\\ ,source=h\\ x a\\ b\\,c\\=d=1i,e=2i 1\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_table_named_like_a_comment_is_none)
{
	static const struct sn_column col = {.name = "v", .kind = SN_KIND_GAUGE, .is_value = true};
	static const struct sn_schema schema = {
		.module = "m", .table = "#1", .columns = &col, .ncolumns = 1};
	static const struct sn_origin bare = {.instance = "h"};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &bare);
	row = rows_row(&r, "0");
	rows_int(&r, row, 0, 1);
	rows_expect(influx(), &none, &r, row, "_1,source=h v=1i 1\n");
	rows_fini(&r);
}
END_TEST

/* Scalars of targets without labels, of which most are; all by the same kept layout. */
#define FIFTY "a-name-of-fifty-octets.with-dots.and-some-digits.12"
#define LONG FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY

START_TEST(an_instance_alone_is_the_only_tag_unless_it_is_empty)
{
	static const struct sn_column col = {.name = "v", .kind = SN_KIND_GAUGE, .is_value = true};
	static const struct sn_schema schema = {
		.module = "m", .table = "t 1", .columns = &col, .ncolumns = 1};
	static const struct sn_label site[] = {{"site", "ams"}, {"zone", "z"}};
	static const struct {
		struct sn_origin from;
		const char *line;
	} cases[] = {
		{{.instance = "h"}, "t\\ 1,source=h v=1i 1\n"},
		{{.instance = ""}, "t\\ 1 v=1i 1\n"},
		{{.instance = "h"}, "t\\ 1,source=h v=1i 1\n"},
		{{.instance = "a host, far=away"},
		 "t\\ 1,source=a\\ host\\,\\ far\\=away v=1i 1\n"},
		{{.instance = "h", .labels = site, .nlabels = 2},
		 "t\\ 1,site=ams,source=h,zone=z v=1i 1\n"},
		{{.instance = "192.0.2.1:16161"}, "t\\ 1,source=192.0.2.1:16161 v=1i 1\n"},
		{{.instance = "192.0.2.1:16161", .plain = 15},
		 "t\\ 1,source=192.0.2.1:16161 v=1i 1\n"},
		{{.instance = LONG, .plain = sizeof(LONG) - 1}, "t\\ 1,source=" LONG " v=1i 1\n"},
		{{.instance = "h", .labels = site, .nlabels = 2, .plain = 1},
		 "t\\ 1,site=ams,source=h,zone=z v=1i 1\n"},
	};
	struct sn_layouts kept = {.n = 0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sn_encoder_run run = {.kept = &kept};
		struct sn_row *row;
		char out[400];
		struct rows r;
		int n;

		rows_init(&r, &schema, &cases[i].from);
		row = rows_row(&r, "0");
		rows_int(&r, row, 0, 1);
		rows_expect(influx(), &none, &r, row, cases[i].line);
		n = influx()->rows(&none, &r.blk, &run, (uint8_t *)out, sizeof(out) - 1);
		ck_assert_int_gt(n, 0);
		out[n] = '\0';
		ck_assert_str_eq(out, cases[i].line);
		rows_fini(&r);
	}
	ck_assert_uint_eq(kept.n, 1);
	sn_layouts_forget(&kept);
}
END_TEST

START_TEST(a_tag_appears_once_and_the_instance_wins)
{
	static const struct sn_column cols[] = {
		{.name = "v", .kind = SN_KIND_GAUGE, .is_value = true},
		{.name = "t", .kind = SN_KIND_TEXT}};
	static const struct sn_index idx[] = {{.label = "z", .kind = SN_KIND_GAUGE},
					      {.label = "b", .kind = SN_KIND_GAUGE}};
	static const struct sn_lookup look[] = {{.label = "b", .column = 1},
						{.label = "a", .column = 1}};
	static const struct sn_label own[] = {{"a", "1"}, {"c", "2"}, {"source", "x"}, {"z", "4"}};
	static const struct sn_origin from = {.instance = "h", .labels = own, .nlabels = 4};
	static const struct sn_schema schema = {.module = "m",
						.table = "t",
						.columns = cols,
						.ncolumns = 2,
						.indexes = idx,
						.nindexes = 2,
						.lookups = look,
						.nlookups = 2};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &from);
	row = rows_row(&r, "7.8");
	rows_int(&r, row, 0, 1);
	rows_text(&r, row, 1, "x");
	rows_expect(influx(), &none, &r, row, "t,a=x,b=8,c=2,source=h,z=7 v=1i 1\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_round_record_is_a_measurement_of_its_own)
{
	struct sn_round round = {.origin = &origin,
				 .modules = "if_mib,system",
				 .at = UINT64_C(1795377600123000001),
				 .uptime = 99,
				 .duration_ns = 12300000,
				 .lateness_ns = 400000,
				 .rtt_ns = 2900000,
				 .requests = 4,
				 .retries = 1,
				 .timeouts = 2,
				 .varbinds = 1968,
				 .rows = 48,
				 .rows_partial = 3,
				 .skipped = 5,
				 .status = SN_ROUND_AGENT_ERROR,
				 .has_uptime = true,
				 .reset = true,
				 .reason = "not \"increasing\""};

	rows_expect_round(
		influx(), &none, &round,
		"sonde_round,modules=if_mib\\,system,source=192.0.2.1,status=agentError "
		"requests=4i,retries=1i,varbinds=1968i,duration_ms=12.3,lateness_ms=0.4,rtt_ms=2.9,"
		"timeouts=2i,rows=48i,rows_partial=3i,skipped=5i,reason=\"not \\\"increasing\\\"\","
		"uptime=99i,reset=true 1795377600123000001\n");
	round = (struct sn_round){.origin = &origin, .modules = "", .status = SN_ROUND_OK, .at = 7};
	rows_expect_round(
		influx(), &none, &round,
		"sonde_round,source=192.0.2.1,status=ok requests=0i,retries=0i,varbinds=0i,"
		"duration_ms=0,lateness_ms=0,timeouts=0i,rows=0i,rows_partial=0i,skipped=0i 7\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_row_has_sorted_tags_fields_and_nanoseconds,
				      reset_and_partial_are_fields_only_when_set,
				      a_row_without_fields_says_nothing,
				      empty_and_missing_labels_are_no_tags,
				      whole_numbers_are_clamped_or_unsigned,
				      a_real_column_has_no_suffix_whatever_the_agent_sends,
				      what_is_no_number_is_no_field,
				      strings_are_quoted_and_on_one_line,
				      tags_escape_separators_and_never_end_in_a_backslash,
				      names_are_escaped_too,
				      a_table_named_like_a_comment_is_none,
				      an_instance_alone_is_the_only_tag_unless_it_is_empty,
				      a_tag_appears_once_and_the_instance_wins,
				      a_round_record_is_a_measurement_of_its_own,
				      NULL};

	return suite_run_tests("enc_influx", tests, 0);
}

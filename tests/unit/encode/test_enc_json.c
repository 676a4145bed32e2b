/*
 * JSON lines, byte for byte, and at every capacity of the output. Behaviour of the format "json" of
 * encode/encoder.h. tests/wire/test_encoders.c reads such lines back with another implementation.
 */
#include "support/rows.h"
#include "support/suite.h"

#include <math.h>

enum { IN_OCTETS, OPER_STATUS, ALIAS, NAME, TEMP, SPEED, NCOLUMNS };

static const struct sn_enum_name states[] = {{1, "up"}, {2, "down"}};
static const struct sn_column columns[NCOLUMNS] = {
	[IN_OCTETS] = {.name = "ifHCInOctets", .kind = SN_KIND_COUNTER, .is_value = true},
	[OPER_STATUS] = {.name = "ifOperStatus",
			 .kind = SN_KIND_ENUM,
			 .enums = states,
			 .nenums = 2,
			 .is_value = true},
	[ALIAS] = {.name = "ifAlias", .kind = SN_KIND_TEXT, .is_value = true},
	[NAME] = {.name = "ifName", .kind = SN_KIND_TEXT, .is_value = false},
	[TEMP] = {.name = "temp", .kind = SN_KIND_FLOAT, .is_value = true},
	[SPEED] = {.name = "speed", .kind = SN_KIND_GAUGE, .is_value = true, .scale = 0.5},
};
static const struct sn_index by_if[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "ifName", .column = NAME}};
static const struct sn_label site[] = {{"site", "ams"}};
static const struct sn_origin origin = {.instance = "192.0.2.1", .labels = site, .nlabels = 1};
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

static const struct sn_encoder *json(void)
{
	const struct sn_encoder *e = sn_encoder_find("json");

	suite_expect(e != NULL);
	return e;
}

/* A row as DESIGN has it, of which a test changes one thing. */
static struct sn_row *usual_row(struct rows *r)
{
	struct sn_row *row;

	rows_init(r, &table, &origin);
	row = rows_row(r, "3");
	rows_uint(r, row, IN_OCTETS, SN_TAG_COUNTER64, UINT64_MAX);
	rows_int(r, row, OPER_STATUS, 1);
	rows_text(r, row, ALIAS, "uplink");
	rows_text(r, row, NAME, "Gi0/3");
	row->at = UINT64_C(1795377600123999999);
	r->blk.has_uptime = true;
	r->blk.uptime = 123456;
	return row;
}

#define USUAL_HEAD                                                                                 \
	"{\"ts\":1795377600123,\"instance\":\"192.0.2.1\",\"module\":\"if_mib\","                  \
	"\"table\":\"if_mib_ifIndex\",\"index\":\"3\",\"labels\":{\"ifIndex\":\"3\","              \
	"\"ifName\":\"Gi0/3\",\"site\":\"ams\"},"
#define USUAL_VALUES                                                                               \
	"\"values\":{\"ifHCInOctets\":18446744073709551615,\"ifOperStatus\":1,"                    \
	"\"ifAlias\":\"uplink\"}"

START_TEST(a_row_has_all_keys_in_their_order)
{
	struct rows r;
	struct sn_row *row = usual_row(&r);

	rows_expect(json(), &none, &r, row,
		    USUAL_HEAD USUAL_VALUES ",\"uptime\":123456,\"reset\":false}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(uptime_is_left_out_when_unknown)
{
	struct rows r;
	struct sn_row *row = usual_row(&r);

	r.blk.has_uptime = false;
	rows_expect(json(), &none, &r, row, USUAL_HEAD USUAL_VALUES ",\"reset\":false}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_reset_of_row_or_device_and_a_partial_row_say_so)
{
	struct rows r;
	struct sn_row *row = usual_row(&r);

	row->flags = SN_ROW_RESET;
	rows_expect(json(), &none, &r, row,
		    USUAL_HEAD USUAL_VALUES ",\"uptime\":123456,\"reset\":true}\n");
	row->flags = SN_ROW_PARTIAL;
	rows_expect(json(), &none, &r, row,
		    USUAL_HEAD USUAL_VALUES
		    ",\"uptime\":123456,\"reset\":false,\"partial\":true}\n");
	r.blk.reset = true;
	rows_expect(json(), &none, &r, row,
		    USUAL_HEAD USUAL_VALUES
		    ",\"uptime\":123456,\"reset\":true,\"partial\":true}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(types_name_the_wire_types_of_the_values)
{
	const struct sn_encoder_options opt = {.types = true};
	struct rows r;
	struct sn_row *row = usual_row(&r);

	rows_expect(json(), &opt, &r, row,
		    USUAL_HEAD USUAL_VALUES
		    ",\"types\":{\"ifHCInOctets\":\"Counter64\",\"ifOperStatus\":\"INTEGER\","
		    "\"ifAlias\":\"OCTET STRING\"},\"uptime\":123456,\"reset\":false}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(large_numbers_become_strings_on_request)
{
	static const struct sn_column cols[] = {
		{.name = "a", .kind = SN_KIND_COUNTER, .is_value = true},
		{.name = "b", .kind = SN_KIND_COUNTER, .is_value = true},
		{.name = "c", .kind = SN_KIND_GAUGE, .is_value = true},
		{.name = "d", .kind = SN_KIND_FLOAT, .is_value = true},
	};
	static const struct sn_schema schema = {
		.module = "m", .table = "m", .columns = cols, .ncolumns = 4, .discontinuity = -1};
	static const struct sn_origin bare = {.instance = "h"};
	const struct sn_encoder_options opt = {.int64_as_string = true};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &bare);
	row = rows_row(&r, "0");
	rows_uint(&r, row, 0, SN_TAG_COUNTER64, UINT64_C(9007199254740993));
	rows_uint(&r, row, 1, SN_TAG_COUNTER64, UINT64_C(9007199254740992));
	rows_int(&r, row, 2, INT64_MIN);
	rows_uint(&r, row, 3, SN_TAG_COUNTER64, UINT64_MAX);
	rows_expect(json(), &opt, &r, row,
		    "{\"ts\":0,\"instance\":\"h\",\"module\":\"m\",\"table\":\"m\",\"index\":\"0\","
		    "\"labels\":{},\"values\":{\"a\":\"9007199254740993\",\"b\":9007199254740992,"
		    "\"c\":\"-9223372036854775808\",\"d\":\"18446744073709551615\"},"
		    "\"reset\":false}\n");
	rows_expect(json(), &none, &r, row,
		    "{\"ts\":0,\"instance\":\"h\",\"module\":\"m\",\"table\":\"m\",\"index\":\"0\","
		    "\"labels\":{},\"values\":{\"a\":9007199254740993,\"b\":9007199254740992,"
		    "\"c\":-9223372036854775808,\"d\":18446744073709551615},\"reset\":false}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_row_without_values_says_nothing)
{
	uint8_t out[16];
	struct sn_encoder_run run = {0};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "3");
	rows_text(&r, row, NAME, "only a label");
	rows_text(&r, row, IN_OCTETS, "no number");
	row->flags = SN_ROW_PARTIAL | SN_ROW_RESET;
	{
		uint8_t *room = malloc(4096);

		suite_expect(room != NULL);
		ck_assert_int_eq(json()->row(&none, &r.blk, row, room, 4096), 0);
		ck_assert_int_eq(json()->rows(&none, &r.blk, &run, room, 4096), 0);
		ck_assert_uint_eq(run.next, 1);
		ck_assert_uint_eq(run.records, 0);
		free(room);
	}
	ck_assert_int_eq(json()->row(&none, &r.blk, row, out, sizeof(out)), SN_ESPACE);
	rows_fini(&r);
}
END_TEST

/* One cell of one column named v under a label free row: what stands as its value. */
static void expect_value(const struct sn_column *col, const struct sn_value *v, const char *expect)
{
	const struct sn_origin bare = {.instance = "h"};
	struct sn_schema schema = {.module = "m", .table = "t", .columns = col, .ncolumns = 1};
	char line[1024];
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &bare);
	row = rows_row(&r, "0");
	suite_expect(sn_block_set(&r.blk, row, 0, v, 5 * UINT64_C(1000000)) == 1);
	snprintf(line, sizeof(line),
		 "{\"ts\":5,\"instance\":\"h\",\"module\":\"m\",\"table\":\"t\",\"index\":\"0\","
		 "\"labels\":{},\"values\":{\"v\":%s},\"reset\":false}\n",
		 expect);
	rows_expect(json(), &none, &r, row, expect[0] ? line : "");
	rows_fini(&r);
}

static struct sn_column column(enum sn_kind kind)
{
	return (struct sn_column){.name = "v", .kind = kind, .is_value = true};
}

static void expect_octets(enum sn_kind kind, const char *s, size_t n, const char *expect)
{
	struct sn_column col = column(kind);
	struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = sn_span_make(s, n)};

	expect_value(&col, &v, expect);
}

START_TEST(text_is_escaped_and_made_utf8)
{
	static const struct {
		const char *in;	    /* octets */
		const char *expect; /* JSON */
	} rows[] = {
		{"plain", "\"plain\""},
		{"", "\"\""},
		{"say \"hi\"", "\"say \\\"hi\\\"\""},
		{"C:\\dir\\", "\"C:\\\\dir\\\\\""},
		{"a/b", "\"a/b\""},
		{"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
		{"\x01\x0b\x1f\x7f", "\"\\u0001\\u000b\\u001f\x7f\""},
		{"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
		{"latin \xfc!", "\"latin \xef\xbf\xbd!\""},
		{"\xff\xfe", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
		{"cut \xe2\x82", "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
		{"0123456789abcdef\"0123456789abcdef", "\"0123456789abcdef\\\"0123456789abcdef\""},
		{"1234567\n", "\"1234567\\n\""},
		{"</script>", "\"</script>\""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_octets(SN_KIND_TEXT, rows[i].in, strlen(rows[i].in), rows[i].expect);
	}
	expect_octets(SN_KIND_TEXT, "a\0b", 3, "\"a\\u0000b\"");
	expect_octets(SN_KIND_TEXT, "end\0", 4, "\"end\\u0000\"");
}
END_TEST

START_TEST(octets_of_other_kinds_are_strings_or_left_out)
{
	expect_octets(SN_KIND_HEX, "\x0a\xff", 2, "\"0x0AFF\"");
	expect_octets(SN_KIND_HEX, "", 0, "\"\"");
	expect_octets(SN_KIND_BITS, "\x80", 1, "\"0x80\"");
	expect_octets(SN_KIND_PHYS_ADDRESS48, "\1\2\3\4\5\6", 6, "\"01:02:03:04:05:06\"");
	expect_octets(SN_KIND_INET4, "\x0a\0\0\1", 4, "\"10.0.0.1\"");
	expect_octets(SN_KIND_INET6, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16,
		      "\"FE80:0000:0000:0000:0000:0000:0000:0001\"");
	expect_octets(SN_KIND_COUNTER, "5", 1, "");
	expect_octets(SN_KIND_GAUGE, "5", 1, "");
	expect_octets(SN_KIND_FLOAT, "5", 1, "");
	expect_octets(SN_KIND_ENUM, "5", 1, "");
}
END_TEST

START_TEST(numbers_are_exact_and_scaled_ones_real)
{
	static const struct {
		enum sn_kind kind;  /* of the column */
		double scale;	    /* factor */
		uint8_t tag;	    /* on the wire */
		uint64_t u;	    /* value */
		const char *expect; /* JSON */
	} rows[] = {
		{SN_KIND_COUNTER, 0, SN_TAG_COUNTER32, 4294967295, "4294967295"},
		{SN_KIND_COUNTER, 0, SN_TAG_COUNTER64, UINT64_MAX, "18446744073709551615"},
		{SN_KIND_GAUGE, 0, SN_TAG_GAUGE32, 0, "0"},
		{SN_KIND_GAUGE, 0, SN_TAG_TIMETICKS, 99, "99"},
		{SN_KIND_GAUGE, 0, SN_TAG_UINTEGER32, 10, "10"},
		{SN_KIND_GAUGE, 0, SN_TAG_INTEGER, (uint64_t)-1, "-1"},
		{SN_KIND_ENUM, 0.1, SN_TAG_INTEGER, 7, "7"},
		{SN_KIND_FLOAT, 0, SN_TAG_INTEGER, 7, "7"},
		{SN_KIND_GAUGE, 0.1, SN_TAG_INTEGER, 235, "23.5"},
		{SN_KIND_GAUGE, 0.1, SN_TAG_INTEGER, 240, "24"},
		{SN_KIND_COUNTER, 2, SN_TAG_COUNTER64, UINT64_MAX, "3.6893488147419103e+19"},
		{SN_KIND_TEXT, 0, SN_TAG_INTEGER, (uint64_t)-12, "\"-12\""},
		{SN_KIND_HEX, 0, SN_TAG_COUNTER64, UINT64_MAX, "\"18446744073709551615\""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_column col = column(rows[i].kind);
		struct sn_value v = {.tag = rows[i].tag, .u = rows[i].u};

		col.scale = rows[i].scale;
		expect_value(&col, &v, rows[i].expect);
	}
}
END_TEST

START_TEST(reals_are_numbers_or_null)
{
	static const struct {
		uint8_t tag;	    /* float or double */
		double d;	    /* value */
		const char *expect; /* JSON */
	} rows[] = {
		{SN_TAG_FLOAT, (double)21.3F, "21.3"},
		{SN_TAG_DOUBLE, 21.3, "21.3"},
		{SN_TAG_DOUBLE, -0.001, "-0.001"},
		{SN_TAG_DOUBLE, 1e300, "1e+300"},
		{SN_TAG_DOUBLE, (double)NAN, "null"},
		{SN_TAG_FLOAT, (double)INFINITY, "null"},
		{SN_TAG_DOUBLE, -(double)INFINITY, "null"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_value v = {.tag = rows[i].tag, .d = rows[i].d};
		struct sn_column col = column(SN_KIND_FLOAT);

		expect_value(&col, &v, rows[i].expect);
		col = column(SN_KIND_GAUGE);
		expect_value(&col, &v, rows[i].expect);
	}
}
END_TEST

START_TEST(names_are_escaped_too)
{
	static const struct sn_column cols[] = {
		{.name = "a\"b", .kind = SN_KIND_GAUGE, .is_value = true}};
	static const struct sn_index idx[] = {
		{.label = "i\\", .kind = SN_KIND_TEXT, .implied = true}};
	static const struct sn_label labels[] = {{"k\n", "v\t"}};
	static const struct sn_origin odd = {.instance = "h\"", .labels = labels, .nlabels = 1};
	static const struct sn_schema schema = {.module = "m\"",
						.table = "t\\",
						.columns = cols,
						.ncolumns = 1,
						.indexes = idx,
						.nindexes = 1};
	const struct sn_encoder_options opt = {.types = true};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &odd);
	row = rows_row(&r, "34.92.200");
	rows_int(&r, row, 0, 1);
	rows_expect(
		json(), &opt, &r, row,
		"{\"ts\":0,\"instance\":\"h\\\"\",\"module\":\"m\\\"\",\"table\":\"t\\\\\","
		"\"index\":\"34.92.200\",\"labels\":{\"i\\\\\":\"\\\"\\\\\xef\xbf\xbd\","
		"\"k\\n\":\"v\\t\"},\"values\":{\"a\\\"b\":1},\"types\":{\"a\\\"b\":\"INTEGER\"},"
		"\"reset\":false}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_label_appears_once_and_the_index_wins)
{
	static const struct sn_column cols[] = {
		{.name = "v", .kind = SN_KIND_GAUGE, .is_value = true},
		{.name = "t", .kind = SN_KIND_TEXT}};
	static const struct sn_index idx[] = {{.label = "a", .kind = SN_KIND_GAUGE},
					      {.label = "b", .kind = SN_KIND_GAUGE}};
	static const struct sn_lookup look[] = {{.label = "b", .column = 1},
						{.label = "c", .column = 1},
						{.label = "d", .column = 1}};
	static const struct sn_label labels[] = {{"a", "1"}, {"c", "2"}, {"d", ""}, {"e", "4"}};
	static const struct sn_origin from = {.instance = "h", .labels = labels, .nlabels = 4};
	static const struct sn_schema schema = {.module = "m",
						.table = "t",
						.columns = cols,
						.ncolumns = 2,
						.indexes = idx,
						.nindexes = 2,
						.lookups = look,
						.nlookups = 3};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &from);
	row = rows_row(&r, "7.8");
	rows_int(&r, row, 0, 1);
	rows_text(&r, row, 1, "x");
	rows_expect(
		json(), &none, &r, row,
		"{\"ts\":0,\"instance\":\"h\",\"module\":\"m\",\"table\":\"t\",\"index\":\"7.8\","
		"\"labels\":{\"a\":\"7\",\"b\":\"8\",\"c\":\"x\",\"d\":\"x\",\"e\":\"4\"},"
		"\"values\":{\"v\":1},\"reset\":false}\n");
	row = rows_row(&r, "7.9");
	rows_int(&r, row, 0, 1);
	rows_expect(
		json(), &none, &r, row,
		"{\"ts\":0,\"instance\":\"h\",\"module\":\"m\",\"table\":\"t\",\"index\":\"7.9\","
		"\"labels\":{\"a\":\"7\",\"b\":\"9\",\"e\":\"4\"},\"values\":{\"v\":1},"
		"\"reset\":false}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(rows_fill_the_output_as_far_as_whole_rows_go)
{
	enum { N = 100, CAP = 1000 };
	uint8_t *out = malloc(CAP);
	uint8_t one[CAP];
	struct sn_encoder_run run = {0};
	struct rows r;
	uint32_t seen = 0;

	suite_expect(out != NULL);
	rows_init(&r, &table, &origin);
	for (int i = 0; i < N; i++) {
		char index[16];

		snprintf(index, sizeof(index), "%d", i);
		if (i % 3) {
			rows_uint(&r, rows_row(&r, index), IN_OCTETS, SN_TAG_COUNTER64,
				  (uint64_t)i << 30);
		} else {
			rows_text(&r, rows_row(&r, index), NAME, "no value");
		}
	}
	while (run.next < N) {
		const uint8_t *p = out;
		int n = json()->rows(&none, &r.blk, &run, out, CAP);

		ck_assert_int_gt(n, 0);
		for (; seen < run.next; seen++) {
			int m = json()->row(&none, &r.blk, sn_block_row(&r.blk, seen), one,
					    sizeof(one));

			suite_expect(m >= 0 && m <= n - (p - out) &&
				     memcmp(p, one, (size_t)m) == 0);
			p += m;
		}
		ck_assert_ptr_eq(p, out + n);
	}
	ck_assert_uint_eq(run.records, N - (N + 2) / 3);
	ck_assert_int_eq(json()->rows(&none, &r.blk, &run, out, CAP), 0);
	rows_fini(&r);
	free(out);
}
END_TEST

START_TEST(a_wide_schema_is_laid_out_in_the_arena)
{
	enum { WIDE = 2000, CAP = 200000 };
	struct sn_column *cols = calloc(WIDE, sizeof(*cols));
	char(*names)[40] = calloc(WIDE, sizeof(*names));
	uint8_t *out = malloc(CAP);
	struct sn_schema schema = table;
	struct sn_row *row;
	struct rows r;
	int n;

	suite_expect(cols && names && out);
	for (int i = 0; i < WIDE; i++) {
		snprintf(names[i], sizeof(names[i]), "aRatherLongColumnName%d", i);
		cols[i] = (struct sn_column){
			.name = names[i], .kind = SN_KIND_GAUGE, .is_value = true};
	}
	schema.columns = cols;
	schema.ncolumns = WIDE;
	schema.nlookups = 0;
	rows_init(&r, &schema, &origin);
	row = rows_row(&r, "1");
	for (uint32_t i = 0; i < WIDE; i++) {
		rows_uint(&r, row, i, SN_TAG_GAUGE32, i);
	}
	n = json()->row(&none, &r.blk, row, out, CAP);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_nonnull(memmem(out, (size_t)n, "\"aRatherLongColumnName0\":0,\"aRather", 35));
	ck_assert_ptr_nonnull(memmem(out, (size_t)n, "\"aRatherLongColumnName1999\":1999}", 33));
	ck_assert_int_eq(json()->row(&none, &r.blk, row, out, (size_t)n - 1), SN_ESPACE);
	rows_fini(&r);
	free(out);
	free(names);
	free(cols);
}
END_TEST

START_TEST(a_round_record_has_all_keys_in_their_order)
{
	struct sn_round round = {.origin = &origin,
				 .modules = "if_mib,system",
				 .at = UINT64_C(1795377600123000000),
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
				 .status = SN_ROUND_PARTIAL,
				 .has_uptime = true,
				 .reset = true,
				 .reason = "tooBig"};

	rows_expect_round(
		json(), &none, &round,
		"{\"ts\":1795377600123,\"instance\":\"192.0.2.1\",\"module\":\"if_mib,system\","
		"\"round\":{\"status\":\"partial\",\"requests\":4,\"retries\":1,\"varbinds\":1968,"
		"\"duration_ms\":12.3,\"lateness_ms\":0.4,\"rtt_ms\":2.9,\"timeouts\":2,"
		"\"rows\":48,\"rows_partial\":3,\"skipped\":5,\"reason\":\"tooBig\"},"
		"\"uptime\":99,\"reset\":true}\n");
	round = (struct sn_round){.origin = &origin, .modules = "m", .status = SN_ROUND_TIMEOUT};
	rows_expect_round(
		json(), &none, &round,
		"{\"ts\":0,\"instance\":\"192.0.2.1\",\"module\":\"m\","
		"\"round\":{\"status\":\"timeout\",\"requests\":0,\"retries\":0,\"varbinds\":0,"
		"\"duration_ms\":0,\"lateness_ms\":0,\"timeouts\":0,\"rows\":0,"
		"\"rows_partial\":0,\"skipped\":0},\"reset\":false}\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_row_has_all_keys_in_their_order,
				      uptime_is_left_out_when_unknown,
				      a_reset_of_row_or_device_and_a_partial_row_say_so,
				      types_name_the_wire_types_of_the_values,
				      large_numbers_become_strings_on_request,
				      a_row_without_values_says_nothing,
				      text_is_escaped_and_made_utf8,
				      octets_of_other_kinds_are_strings_or_left_out,
				      numbers_are_exact_and_scaled_ones_real,
				      reals_are_numbers_or_null,
				      names_are_escaped_too,
				      a_label_appears_once_and_the_index_wins,
				      rows_fill_the_output_as_far_as_whole_rows_go,
				      a_wide_schema_is_laid_out_in_the_arena,
				      a_round_record_has_all_keys_in_their_order,
				      NULL};

	return suite_run_tests("enc_json", tests, 0);
}

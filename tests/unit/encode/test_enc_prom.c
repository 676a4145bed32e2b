/*
 * Prometheus' text format as a stream, byte for byte, and at every capacity of the output.
 * Behaviour of the format "prometheus" of encode/encoder.h; test_series.c has the kinds.
 */
#include "encode/encoder.h"

#include "support/prom_check.h"
#include "support/rows.h"
#include "support/suite.h"

enum { IN_OCTETS, OPER_STATUS, ALIAS, NAME, NCOLUMNS };

static const struct sn_enum_name states[] = {{1, "up"}, {2, "down"}};
static const struct sn_column columns[NCOLUMNS] = {
	[IN_OCTETS] = {.name = "ifHCInOctets", .kind = SN_KIND_COUNTER, .is_value = true},
	[OPER_STATUS] = {.name = "ifOperStatus",
			 .kind = SN_KIND_STATE_SET,
			 .enums = states,
			 .nenums = 2,
			 .is_value = true},
	[ALIAS] = {.name = "ifAlias", .kind = SN_KIND_TEXT, .is_value = true},
	[NAME] = {.name = "ifName", .kind = SN_KIND_TEXT, .is_value = false},
};
static const struct sn_index by_if[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "ifName", .column = NAME}};
static const struct sn_label labels[] = {{"empty", ""}, {"site", "ams"}, {"zone", "z\"1"}};
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

static const struct sn_encoder *prometheus(void)
{
	const struct sn_encoder *e = sn_encoder_find("prometheus");

	suite_expect(e != NULL);
	return e;
}

static struct sn_row *usual_row(struct rows *r)
{
	struct sn_row *row;

	rows_init(r, &table, &origin);
	row = rows_row(r, "3");
	rows_uint(r, row, IN_OCTETS, SN_TAG_COUNTER64, 42);
	rows_int(r, row, OPER_STATUS, 2);
	rows_text(r, row, ALIAS, "to core");
	rows_text(r, row, NAME, "Gi0/3");
	row->at = UINT64_C(1795377600123456789);
	return row;
}

#define BASE "ifIndex=\"3\",ifName=\"Gi0/3\","
#define REST "instance=\"192.0.2.1\",site=\"ams\",zone=\"z\\\"1\"} "
#define AT " 1795377600123\n"
#define USUAL                                                                                      \
	"ifHCInOctets{" BASE REST "42" AT "ifOperStatus{" BASE "ifOperStatus=\"down\"," REST       \
	"1" AT "ifOperStatus{" BASE "ifOperStatus=\"up\"," REST "0" AT                             \
	"ifAlias{ifAlias=\"to core\"," BASE REST "1" AT

START_TEST(a_row_is_a_line_for_each_series_with_milliseconds)
{
	struct rows r;
	struct sn_row *row = usual_row(&r);

	rows_expect(prometheus(), &none, &r, row, USUAL);
	rows_fini(&r);
}
END_TEST

START_TEST(reset_and_partial_say_nothing)
{
	struct rows r;
	struct sn_row *row = usual_row(&r);

	row->flags = SN_ROW_RESET | SN_ROW_PARTIAL;
	r.blk.reset = true;
	rows_expect(prometheus(), &none, &r, row, USUAL);
	rows_fini(&r);
}
END_TEST

START_TEST(a_row_without_series_says_nothing)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "3");
	rows_text(&r, row, NAME, "only a label");
	rows_expect(prometheus(), &none, &r, row, "");
	rows_fini(&r);
}
END_TEST

START_TEST(text_where_a_number_or_a_state_is_meant_has_no_line)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "3");
	rows_text(&r, row, IN_OCTETS, "7");
	rows_text(&r, row, OPER_STATUS, "up");
	rows_text(&r, row, ALIAS, "to core");
	rows_text(&r, row, NAME, "Gi0/3");
	row->at = UINT64_C(1795377600123456789);
	rows_expect(prometheus(), &none, &r, row, "ifAlias{ifAlias=\"to core\"," BASE REST "1" AT);
	rows_fini(&r);
}
END_TEST

START_TEST(scalars_have_the_labels_of_the_origin_only)
{
	static const struct sn_column scalars[] = {
		{.name = "ifNumber", .kind = SN_KIND_GAUGE, .is_value = true},
		{.name = "sysName", .kind = SN_KIND_TEXT, .is_value = true}};
	static const struct sn_origin bare = {.instance = "h"};
	static const struct sn_schema schema = {
		.module = "m", .table = "m", .columns = scalars, .ncolumns = 2};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &schema, &bare);
	row = rows_row(&r, "0");
	rows_int(&r, row, 0, 48);
	rows_text(&r, row, 1, "sw1");
	row->at = 999999;
	rows_expect(prometheus(), &none, &r, row,
		    "ifNumber{instance=\"h\"} 48 0\nsysName{instance=\"h\",sysName=\"sw1\"} 1 0\n");
	rows_fini(&r);
}
END_TEST

START_TEST(rows_stop_where_the_room_ends_and_go_on_from_there)
{
	static uint8_t whole[65536];
	static uint8_t part[65536];
	struct sn_encoder_run run = {0};
	struct prom_check check = {.kind = PROM_CHECK_STREAM};
	struct rows r;
	size_t used = 0;
	unsigned calls = 0;
	int all;

	rows_init(&r, &table, &origin);
	for (unsigned i = 1; i <= 100; i++) {
		char index[16];
		struct sn_row *row;

		snprintf(index, sizeof(index), "%u", i);
		row = rows_row(&r, index);
		if (i % 10) {
			rows_uint(&r, row, IN_OCTETS, SN_TAG_COUNTER64, (uint64_t)i << 40);
			rows_text(&r, row, ALIAS, index);
		}
	}
	all = prometheus()->rows(&none, &r.blk, &run, whole, sizeof(whole));
	ck_assert_uint_eq(run.next, 100);
	ck_assert_uint_eq(run.records, 90);
	memset(&run, 0, sizeof(run));
	while (run.next < 100) {
		int n = prometheus()->rows(&none, &r.blk, &run, part + used, 1000);

		ck_assert_int_ge(n, 0);
		used += (size_t)n;
		calls++;
	}
	ck_assert_uint_gt(calls, 10);
	ck_assert_uint_eq(run.records, 90);
	ck_assert_int_eq(all, (int)used);
	ck_assert_mem_eq(whole, part, used);
	ck_assert_msg(prom_check(&check, whole, used), "%s", check.why);
	ck_assert_uint_eq(check.samples, 180);
	rows_fini(&r);
}
END_TEST

/* A table whose plan and labels are larger than what an encoder has at hand. */
START_TEST(many_columns_and_long_labels_take_more_memory)
{
	enum { MANY = 400, LONG = 20000 };
	static struct sn_column many[MANY];
	static char names[MANY][16];
	static uint8_t out[MANY * (2 * LONG + 100)];
	static char text[LONG + 1];
	struct prom_check check = {.kind = PROM_CHECK_STREAM};
	struct sn_schema schema = {.module = "m",
				   .table = "t",
				   .columns = many,
				   .ncolumns = MANY,
				   .indexes = by_if,
				   .nindexes = 1,
				   .lookups = lookups,
				   .nlookups = 1};
	struct sn_encoder_run run = {0};
	struct rows r;
	int n;

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "c%u", i);
		many[i] = (struct sn_column){
			.name = names[i], .kind = SN_KIND_GAUGE, .is_value = i != NAME};
	}
	many[NAME].kind = SN_KIND_TEXT;
	memset(text, '"', LONG);
	rows_init(&r, &schema, &origin);
	for (unsigned i = 0; i < 2; i++) {
		struct sn_row *row = rows_row(&r, i ? "2" : "1");

		rows_octets(&r, row, NAME, SN_TAG_OCTETS, text, LONG);
		for (unsigned c = 0; c < MANY / 2; c++) {
			if (c != NAME) {
				rows_int(&r, row, c, 7);
			}
		}
	}
	n = prometheus()->rows(&none, &r.blk, &run, out, sizeof(out));
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(run.next, 2);
	ck_assert_msg(prom_check(&check, out, (size_t)n), "%s", check.why);
	ck_assert_uint_eq(check.samples, 2 * (MANY / 2 - 1));
	rows_fini(&r);
}
END_TEST

START_TEST(a_round_is_a_line_for_each_figure)
{
	const struct sn_round round = {.origin = &origin,
				       .modules = "if_mib,system",
				       .at = UINT64_C(1795377600123456789),
				       .uptime = 123456,
				       .duration_ns = 12345678,
				       .lateness_ns = 0,
				       .rtt_ns = 2500000,
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
#define FIGURE(name, value)                                                                        \
	"sonde_round_" name "{instance=\"192.0.2.1\",modules=\"if_mib,system\",site=\"ams\","      \
	"zone=\"z\\\"1\"} " value AT

	rows_expect_round(
		prometheus(), &none, &round,
		"sonde_round_status{instance=\"192.0.2.1\",modules=\"if_mib,system\","
		"reason=\"tooBig\",site=\"ams\",status=\"partial\",zone=\"z\\\"1\"} 1" AT FIGURE(
			"requests", "4") FIGURE("retries", "1") FIGURE("timeouts", "2")
			FIGURE("varbinds", "1968") FIGURE("rows", "48") FIGURE("rows_partial", "3")
				FIGURE("skipped", "5") FIGURE("reset", "1")
					FIGURE("duration_seconds",
					       "0.012345678") FIGURE("lateness_seconds", "0")
						FIGURE("rtt_seconds", "0.0025")
							FIGURE("uptime_seconds", "1234.56"));
}
END_TEST

START_TEST(a_round_leaves_out_what_is_not_known)
{
	static const struct sn_label clash[] = {{"modules", "no"}, {"status", "no"}};
	const struct sn_origin bare = {.instance = "h", .labels = clash, .nlabels = 2};
	const struct sn_round round = {
		.origin = &bare, .modules = "m", .at = 7000000, .status = SN_ROUND_TIMEOUT};
	uint8_t out[4096];
	struct prom_check check = {.kind = PROM_CHECK_STREAM};
	int n = prometheus()->round(&none, &round, out, sizeof(out));
	const char *first =
		"sonde_round_status{instance=\"h\",modules=\"m\",status=\"timeout\"} 1 7\n"
		"sonde_round_requests{instance=\"h\",modules=\"m\",status=\"no\"} 0 7\n";

	ck_assert_int_gt(n, (int)strlen(first));
	ck_assert_mem_eq(out, first, strlen(first));
	ck_assert_msg(prom_check(&check, out, (size_t)n), "%s", check.why);
	ck_assert_uint_eq(check.samples, 11);
}
END_TEST

START_TEST(a_round_of_a_target_with_too_many_labels_has_none_of_them)
{
	static struct sn_label many[65];
	static char names[65][8];
	const struct sn_origin crowded = {.instance = "h", .labels = many, .nlabels = 65};
	const struct sn_round round = {.origin = &crowded, .modules = "m", .at = 7000000};
	const char *first = "sonde_round_status{instance=\"h\",modules=\"m\",status=\"ok\"} 1 7\n";
	uint8_t out[4096];
	int n;

	for (unsigned i = 0; i < 65; i++) {
		snprintf(names[i], sizeof(names[i]), "l%02u", i);
		many[i] = (struct sn_label){names[i], "x"};
	}
	n = prometheus()->round(&none, &round, out, sizeof(out));
	ck_assert_int_gt(n, (int)strlen(first));
	ck_assert_mem_eq(out, first, strlen(first));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_row_is_a_line_for_each_series_with_milliseconds,
				      reset_and_partial_say_nothing,
				      a_row_without_series_says_nothing,
				      text_where_a_number_or_a_state_is_meant_has_no_line,
				      scalars_have_the_labels_of_the_origin_only,
				      rows_stop_where_the_room_ends_and_go_on_from_there,
				      many_columns_and_long_labels_take_more_memory,
				      a_round_is_a_line_for_each_figure,
				      a_round_leaves_out_what_is_not_known,
				      a_round_of_a_target_with_too_many_labels_has_none_of_them,
				      NULL};

	return suite_run_tests("enc_prom", tests, 0);
}

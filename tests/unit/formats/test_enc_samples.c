/*
 * JSON lines, one for each cell. Behaviour of formats/enc_samples.c.
 */
#include "encode/layouts.h"

#include "support/rows.h"
#include "support/suite.h"

#include <math.h>

enum { COUNTER, GAUGE, SCALED, REAL, TEXT, STATE, STATES, BITS, NAME, COLUMNS };

static const struct sn_enum_name names[] = {{1, "up"}, {2, "do\"wn"}};
static const struct sn_column columns[COLUMNS] = {
	[COUNTER] = {.name = "count-er", .kind = SN_KIND_COUNTER, .is_value = true},
	[GAUGE] = {.name = "gauge", .kind = SN_KIND_GAUGE, .is_value = true},
	[SCALED] = {.name = "scaled", .kind = SN_KIND_GAUGE, .is_value = true, .scale = 0.1},
	[REAL] = {.name = "real", .kind = SN_KIND_FLOAT, .is_value = true},
	[TEXT] = {.name = "text", .kind = SN_KIND_TEXT, .is_value = true},
	[STATE] = {.name = "state",
		   .kind = SN_KIND_ENUM,
		   .enums = names,
		   .nenums = 2,
		   .is_value = true},
	[STATES] = {.name = "states",
		    .kind = SN_KIND_STATE_SET,
		    .enums = names,
		    .nenums = 2,
		    .is_value = true},
	[BITS] = {.name = "bits",
		  .kind = SN_KIND_BITS,
		  .enums = names,
		  .nenums = 2,
		  .is_value = true},
	[NAME] = {.name = "name", .kind = SN_KIND_TEXT},
};
static const struct sn_index indexes[] = {{.label = "i", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "port", .column = NAME}};
static const struct sn_schema table = {.module = "m",
				       .table = "m_i",
				       .columns = columns,
				       .ncolumns = COLUMNS,
				       .indexes = indexes,
				       .nindexes = 1,
				       .lookups = lookups,
				       .nlookups = 1,
				       .discontinuity = -1};
static const struct sn_schema scalars = {
	.module = "m", .table = "m", .columns = columns, .ncolumns = COLUMNS, .discontinuity = -1};
static const struct sn_label labels[] = {
	{"i", "lost"}, {"site", "K\xc3\xb6ln"}, {"state", "lost, too"}};
static const struct sn_origin origin = {
	.instance = "192.0.2.1:161", .labels = labels, .nlabels = 3};
static const struct sn_origin bare = {.instance = "d"};
static const struct sn_encoder_options plain;

static const struct sn_encoder *samples(void)
{
	return sn_encoder_find("json_samples");
}

#define HEAD "{\"ts\":1795377600123,\"instance\":\"192.0.2.1:161\",\"module\":\"m\","
#define LABELS "\"labels\":{\"i\":\"7\",\"port\":\"Gi\\\"0\",\"site\":\"K\xc3\xb6ln\""

START_TEST(each_cell_is_a_line)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "7");
	rows_uint(&r, row, COUNTER, SN_TAG_COUNTER64, UINT64_MAX);
	rows_int(&r, row, GAUGE, -5);
	rows_int(&r, row, SCALED, 15);
	rows_real(&r, row, REAL, SN_TAG_DOUBLE, 0.25);
	rows_text(&r, row, NAME, "Gi\"0");
	row->at = UINT64_C(1795377600123456789);
	rows_expect(samples(), &plain, &r, row,
		    HEAD "\"metric\":\"count_er\",\"kind\":\"counter\"," LABELS
			 "},\"value\":18446744073709551615}\n" HEAD
			 "\"metric\":\"gauge\",\"kind\":\"gauge\"," LABELS "},\"value\":-5}\n" HEAD
			 "\"metric\":\"scaled\",\"kind\":\"gauge\"," LABELS
			 "},\"value\":1.5}\n" HEAD "\"metric\":\"real\",\"kind\":\"gauge\"," LABELS
			 "},\"value\":0.25}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(texts_and_states_are_labels)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "7");
	rows_text(&r, row, TEXT, "a\nb");
	rows_int(&r, row, STATE, 2);
	rows_int(&r, row, STATES, 3);
	rows_octets(&r, row, BITS, SN_TAG_OCTETS, "\x40", 1);
	rows_text(&r, row, NAME, "Gi\"0");
	row->at = UINT64_C(1795377600123456789);
	rows_expect(samples(), &plain, &r, row,
		    HEAD "\"metric\":\"text\",\"kind\":\"text\"," LABELS
			 ",\"text\":\"a\\nb\"},\"value\":1}\n" HEAD
			 "\"metric\":\"state_info\",\"kind\":\"info\"," LABELS
			 ",\"state\":\"do\\\"wn\"},\"value\":1}\n" HEAD
			 "\"metric\":\"states\",\"kind\":\"state_set\"," LABELS
			 ",\"states\":\"3\"},\"value\":1}\n" HEAD
			 "\"metric\":\"states\",\"kind\":\"state_set\"," LABELS
			 ",\"states\":\"up\"},\"value\":0}\n" HEAD
			 "\"metric\":\"states\",\"kind\":\"state_set\"," LABELS
			 ",\"states\":\"do\\\"wn\"},\"value\":0}\n" HEAD
			 "\"metric\":\"bits\",\"kind\":\"bits\"," LABELS
			 ",\"bits\":\"up\"},\"value\":1}\n" HEAD
			 "\"metric\":\"bits\",\"kind\":\"bits\"," LABELS
			 ",\"bits\":\"do\\\"wn\"},\"value\":0}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(without_labels_there_is_an_empty_object)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &scalars, &bare);
	row = rows_row(&r, "0");
	rows_int(&r, row, GAUGE, 1);
	rows_text(&r, row, TEXT, "x");
	row->at = 2000000;
	row->flags = SN_ROW_RESET;
	rows_expect(samples(), &plain, &r, row,
		    "{\"ts\":2,\"instance\":\"d\",\"module\":\"m\",\"metric\":\"gauge\","
		    "\"kind\":\"gauge\",\"labels\":{},\"value\":1,\"reset\":true}\n"
		    "{\"ts\":2,\"instance\":\"d\",\"module\":\"m\",\"metric\":\"text\","
		    "\"kind\":\"text\",\"labels\":{\"text\":\"x\"},\"value\":1,\"reset\":true}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(numbers_are_exact_or_strings_or_null)
{
	const struct sn_encoder_options strings = {.int64_as_string = true};
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &scalars, &bare);
	row = rows_row(&r, "0");
	rows_uint(&r, row, COUNTER, SN_TAG_COUNTER64, (UINT64_C(1) << 53) + 1);
	rows_int(&r, row, GAUGE, INT64_MIN);
	rows_octets(&r, row, SCALED, SN_TAG_OCTETS, "1", 1);
	rows_real(&r, row, REAL, SN_TAG_DOUBLE, NAN);
	row->at = 0;
	rows_expect(samples(), &strings, &r, row,
		    "{\"ts\":0,\"instance\":\"d\",\"module\":\"m\",\"metric\":\"count_er\","
		    "\"kind\":\"counter\",\"labels\":{},\"value\":\"9007199254740993\"}\n"
		    "{\"ts\":0,\"instance\":\"d\",\"module\":\"m\",\"metric\":\"gauge\","
		    "\"kind\":\"gauge\",\"labels\":{},\"value\":\"-9223372036854775808\"}\n"
		    "{\"ts\":0,\"instance\":\"d\",\"module\":\"m\",\"metric\":\"real\","
		    "\"kind\":\"gauge\",\"labels\":{},\"value\":null}\n");
	rows_fini(&r);
}
END_TEST

START_TEST(a_row_without_a_value_has_no_line)
{
	struct sn_row *row;
	struct rows r;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "7");
	rows_text(&r, row, NAME, "Gi0");
	rows_text(&r, row, GAUGE, "text where a number is meant");
	rows_text(&r, row, STATE, "up");
	rows_expect(samples(), &plain, &r, row, "");
	rows_fini(&r);
}
END_TEST

START_TEST(labels_of_any_size_are_written_once_for_each_line)
{
	static uint8_t out[1 << 20];
	struct sn_encoder_run run = {.next = 0};
	static char text[100000];
	struct sn_row *row;
	struct rows r;
	int n;

	memset(text, 'x', sizeof(text));
	rows_init(&r, &table, &origin);
	for (unsigned i = 1; i <= 2; i++) {
		row = rows_row(&r, i == 1 ? "1" : "2");
		rows_int(&r, row, GAUGE, i);
		rows_int(&r, row, SCALED, i);
		rows_octets(&r, row, NAME, SN_TAG_OCTETS, text, sizeof(text));
	}
	n = samples()->rows(&plain, &r.blk, &run, out, sizeof(out));
	ck_assert_int_gt(n, 400000);
	ck_assert_int_lt(n, 401200);
	ck_assert_uint_eq(run.records, 2);
	ck_assert(memmem(out, (size_t)n, "\"value\":0.2}\n", 13) == out + n - 13);
	rows_fini(&r);
}
END_TEST

START_TEST(what_is_kept_of_a_schema_changes_nothing)
{
	struct sn_layouts kept = {.n = 0};
	static uint8_t first[4096];
	static uint8_t out[4096];
	struct sn_row *row;
	struct rows r;
	int len = 0;

	rows_init(&r, &table, &origin);
	row = rows_row(&r, "1");
	rows_int(&r, row, GAUGE, 1);
	rows_text(&r, row, TEXT, "x");
	for (unsigned turn = 0; turn < 3; turn++) {
		struct sn_encoder_run run = {.kept = turn ? &kept : NULL};
		int n = samples()->rows(&plain, &r.blk, &run, out, sizeof(out));

		ck_assert_int_gt(n, 0);
		if (turn == 0) {
			len = n;
			memcpy(first, out, (size_t)n);
		}
		ck_assert_int_eq(n, len);
		ck_assert_mem_eq(out, first, (size_t)n);
	}
	ck_assert_uint_eq(kept.n, 1);
	sn_layouts_forget(&kept);
	rows_fini(&r);
}
END_TEST

START_TEST(a_round_is_the_object_that_json_has)
{
	const struct sn_round round = {.origin = &bare, .modules = "m", .requests = 3};
	uint8_t a[1000];
	uint8_t b[1000];
	int n = samples()->round(&plain, &round, a, sizeof(a));

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(sn_encoder_find("json")->round(&plain, &round, b, sizeof(b)), n);
	ck_assert_mem_eq(a, b, (size_t)n);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {each_cell_is_a_line,
				      texts_and_states_are_labels,
				      without_labels_there_is_an_empty_object,
				      numbers_are_exact_or_strings_or_null,
				      a_row_without_a_value_has_no_line,
				      labels_of_any_size_are_written_once_for_each_line,
				      what_is_kept_of_a_schema_changes_nothing,
				      a_round_is_the_object_that_json_has,
				      NULL};

	return suite_run_tests("enc_samples", tests, 60);
}

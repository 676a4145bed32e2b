/*
 * Expositions and streams of random rows, read by Prometheus' own parser: promtool. Skipped where
 * it is not installed.
 *
 * ctest: timeout=120
 */
#include "base/rng.h"
#include "encode/encoder.h"
#include "encode/expose.h"

#include "support/rows.h"
#include "support/suite.h"

#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 500, OUT = 4 << 20 };
enum { NUMBER, COUNTER, TEXT, HEX, STATE, INFO, BITS, NAME, COLUMNS };

static const struct sn_enum_name names[] = {{0, "a\\b"}, {1, "\"up\""}, {2, "\n"}, {9, "\xc3\xbc"}};

#define NAMED .enums = names, .nenums = 4

static const struct sn_column columns[COLUMNS] = {
	[NUMBER] = {.name = "number",
		    .help = "A \\ \"number\"\n.",
		    .kind = SN_KIND_FLOAT,
		    .is_value = true},
	[COUNTER] = {.name = "counter_total",
		     .help = "",
		     .kind = SN_KIND_COUNTER,
		     .is_value = true},
	[TEXT] = {.name = "text", .help = "\xc3\xbc", .kind = SN_KIND_TEXT, .is_value = true},
	[HEX] = {.name = "h:e.x", .help = "hex", .kind = SN_KIND_HEX, .is_value = true},
	[STATE] =
		{.name = "state", .help = "s", .kind = SN_KIND_STATE_SET, NAMED, .is_value = true},
	[INFO] = {.name = "0type", .help = "t", .kind = SN_KIND_ENUM, NAMED, .is_value = true},
	[BITS] = {.name = "bits", .help = "b", .kind = SN_KIND_BITS, NAMED, .is_value = true},
	[NAME] = {.name = "name", .kind = SN_KIND_TEXT},
};
static const struct sn_index indexes[] = {{.label = "i", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "na-me", .column = NAME}};
static const struct sn_label labels[] = {{"site", "\"\\\n"}};
static const struct sn_origin origin = {.instance = "h", .labels = labels, .nlabels = 1};
static const struct sn_schema schema = {.module = "m",
					.table = "t",
					.columns = columns,
					.ncolumns = COLUMNS,
					.indexes = indexes,
					.nindexes = 1,
					.lookups = lookups,
					.nlookups = 1};

static void add_octets(struct sn_rng *rng, struct rows *r, struct sn_row *row, uint32_t column)
{
	static const char pieces[] = "\\\"\n\r\t {}=,#\x80\xff\xc3\xbc"
				     "a1";
	char s[40];
	size_t n = sn_rng_below(rng, sizeof(s));

	for (size_t i = 0; i < n; i++) {
		s[i] = sn_rng_below(rng, 4) ? pieces[sn_rng_below(rng, sizeof(pieces) - 1)]
					    : (char)sn_rng_below(rng, 256);
	}
	rows_octets(r, row, column, SN_TAG_OCTETS, s, n);
}

static void make_rows(struct rows *r)
{
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 3);
	rows_init(r, &schema, &origin);
	for (unsigned i = 0; i < ROWS; i++) {
		uint64_t bits = sn_rng_u64(&rng);
		char index[16];
		struct sn_row *row;
		double d;

		snprintf(index, sizeof(index), "%u", i * 37 % ROWS);
		row = rows_row(r, index);
		memcpy(&d, &bits, sizeof(d));
		rows_real(r, row, NUMBER, SN_TAG_DOUBLE, d);
		rows_uint(r, row, COUNTER, SN_TAG_COUNTER64, bits >> sn_rng_below(&rng, 64));
		add_octets(&rng, r, row, TEXT);
		add_octets(&rng, r, row, HEX);
		rows_int(r, row, STATE, (int64_t)sn_rng_below(&rng, 5));
		rows_int(r, row, INFO, (int64_t)sn_rng_below(&rng, 5));
		add_octets(&rng, r, row, BITS);
		add_octets(&rng, r, row, NAME);
	}
}

/* promtool must read the text: 3 means that it did, and does not like how things are called. */
static void expect_readable(const void *text, size_t n)
{
	FILE *reader = popen("promtool check metrics >/dev/null 2>&1", "w");
	int status;

	suite_expect(reader != NULL);
	suite_expect(fwrite(text, 1, n, reader) == n);
	status = pclose(reader);
	ck_assert(WIFEXITED(status));
	ck_assert_msg(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3,
		      "promtool ended with status %d", WEXITSTATUS(status));
}

static void expect_exposition(bool all)
{
	struct sn_expose *x = sn_expose_new(&(
		struct sn_expose_options){.origin = all, .timestamps = all, .wrap_counters = all});
	struct sn_span text;
	struct rows r;

	suite_expect(x != NULL);
	make_rows(&r);
	ck_assert_int_eq(sn_expose_block(x, &r.blk), SN_OK);
	ck_assert_int_eq(sn_expose_finish(x, &text), SN_OK);
	ck_assert_uint_eq(sn_expose_duplicates(x), 0);
	expect_readable(text.p, text.n);
	sn_expose_free(x);
	rows_fini(&r);
}

START_TEST(promtool_reads_an_exposition)
{
	expect_exposition(false);
	expect_exposition(true);
}
END_TEST

START_TEST(promtool_reads_a_stream)
{
	static const struct sn_encoder_options opt;
	struct sn_encoder_run run = {0};
	static uint8_t out[OUT];
	struct rows r;
	int n;

	make_rows(&r);
	n = sn_encoder_find("prometheus")->rows(&opt, &r.blk, &run, out, OUT);
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(run.next, ROWS);
	expect_readable(out, (size_t)n);
	rows_fini(&r);
}
END_TEST

START_TEST(promtool_refuses_what_is_no_exposition)
{
	FILE *reader = popen("echo 'a{b=\"\\x\"} 1' | promtool check metrics >/dev/null 2>&1", "r");
	int status;

	suite_expect(reader != NULL);
	status = pclose(reader);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(WEXITSTATUS(status), 0);
	ck_assert_int_ne(WEXITSTATUS(status), 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {promtool_reads_an_exposition, promtool_reads_a_stream,
				      promtool_refuses_what_is_no_exposition, NULL};

	if (system("promtool --version >/dev/null 2>&1") != 0) {
		printf("exposition: skipped, needs promtool\n");
		return SUITE_SKIP;
	}
	return suite_run_tests("exposition", tests, 60);
}

/*
 * Random rows, encoded here and read back by another implementation: Python's json module, and a
 * reader of line protocol written from InfluxDB's reference (read_lines.py, which says what it
 * expects).
 *
 * ctest: timeout=120
 */
#include "base/rng.h"
#include "encode/encoder.h"
#include "record/block.h"

#include "support/suite.h"

#include <endian.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 3000, MAX_OCTETS = 40, OUT = 65536 };

enum {
	TEXT,
	TEXT_HEX,
	LOOKUP,
	LOOKUP_HEX,
	OWN_HEX,
	INDEX_HEX,
	COUNTER,
	COUNTER_TEXT,
	REAL,
	REAL_HEX,
	COLUMNS
};

static const struct sn_column columns[COLUMNS] = {
	[TEXT] = {.name = "text", .kind = SN_KIND_TEXT, .is_value = true},
	[TEXT_HEX] = {.name = "text_hex", .kind = SN_KIND_HEX, .is_value = true},
	[LOOKUP] = {.name = "lookup", .kind = SN_KIND_TEXT},
	[LOOKUP_HEX] = {.name = "lookup_hex", .kind = SN_KIND_HEX, .is_value = true},
	[OWN_HEX] = {.name = "own_hex", .kind = SN_KIND_HEX, .is_value = true},
	[INDEX_HEX] = {.name = "index_hex", .kind = SN_KIND_HEX, .is_value = true},
	[COUNTER] = {.name = "counter", .kind = SN_KIND_COUNTER, .is_value = true},
	[COUNTER_TEXT] = {.name = "counter_text", .kind = SN_KIND_TEXT, .is_value = true},
	[REAL] = {.name = "real", .kind = SN_KIND_FLOAT, .is_value = true},
	[REAL_HEX] = {.name = "real_hex", .kind = SN_KIND_HEX, .is_value = true},
};
static const struct sn_index indexes[] = {
	{.label = "index", .kind = SN_KIND_TEXT, .implied = true}};
static const struct sn_lookup lookups[] = {{.label = "lookup", .column = LOOKUP}};
static const struct sn_schema schema = {.module = "m",
					.table = "t",
					.columns = columns,
					.ncolumns = COLUMNS,
					.indexes = indexes,
					.nindexes = 1,
					.lookups = lookups,
					.nlookups = 1,
					.discontinuity = -1};

/* Octets of the kinds that are hard to write: separators, quotes, control characters, UTF-8 whole
 * and broken. */
static size_t random_octets(struct sn_rng *rng, uint8_t *out, uint8_t least)
{
	static const char *const pieces[] = {"\\",	 "\"",
					     ",",	 "=",
					     " ",	 "\n",
					     "\t",	 "\r",
					     "\x1f",	 "\x7f",
					     "\xc3\xbc", "\xe2\x82\xac",
					     "\xc3",	 "#",
					     "\x80",	 "\xed\xa0\x80",
					     "\xff",	 "\xf0\x9f\x90\x9f",
					     "{",	 "'",
					     "/",	 "abcdefgh"};
	size_t n = 0;

	for (uint64_t left = sn_rng_below(rng, 8); left > 0; left--) {
		const char *s = pieces[sn_rng_below(rng, sizeof(pieces) / sizeof(pieces[0]))];

		if (sn_rng_below(rng, 3) == 0) {
			uint8_t any = (uint8_t)sn_rng_below(rng, 256);

			out[n++] = any < least ? least : any;
			continue;
		}
		memcpy(out + n, s, strlen(s));
		n += strlen(s);
		if (n > MAX_OCTETS - 8) {
			break;
		}
	}
	return n;
}

static void set(struct sn_block *blk, struct sn_row *row, uint32_t column, struct sn_value v)
{
	suite_expect(sn_block_set(blk, row, column, &v, 1795377600123456789) == 1);
}

static void set_octets(struct sn_block *blk, struct sn_row *row, uint32_t column, const uint8_t *p,
		       size_t n)
{
	set(blk, row, column, (struct sn_value){.tag = SN_TAG_OCTETS, .bytes = sn_span_make(p, n)});
}

/* Index of one arc for each octet. */
static size_t to_arcs(const uint8_t *octets, size_t n, uint8_t *ber)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (octets[i] >= 0x80) {
			ber[len++] = 0x81;
		}
		ber[len++] = octets[i] & 0x7f;
	}
	return len;
}

static void make_row(struct sn_rng *rng, struct sn_block *blk, const char *own)
{
	uint8_t octets[MAX_OCTETS + 8];
	uint8_t ber[2 * sizeof(octets)];
	size_t n = random_octets(rng, octets, 0);
	struct sn_row *row = sn_block_get_row(blk, sn_span_make(ber, to_arcs(octets, n, ber)), 0);
	uint64_t u = sn_rng_u64(rng) >> sn_rng_below(rng, 64);
	struct sn_value real = {.tag = SN_TAG_DOUBLE};
	uint64_t bits = sn_rng_u64(rng);

	suite_expect(row != NULL);
	set_octets(blk, row, INDEX_HEX, octets, n);
	n = random_octets(rng, octets, 0);
	set_octets(blk, row, TEXT, octets, n);
	set_octets(blk, row, TEXT_HEX, octets, n);
	n = random_octets(rng, octets, 0);
	set_octets(blk, row, LOOKUP, octets, n);
	set_octets(blk, row, LOOKUP_HEX, octets, n);
	set_octets(blk, row, OWN_HEX, (const uint8_t *)own, strlen(own));
	set(blk, row, COUNTER, (struct sn_value){.tag = SN_TAG_COUNTER64, .u = u});
	set(blk, row, COUNTER_TEXT, (struct sn_value){.tag = SN_TAG_COUNTER64, .u = u});
	if (sn_rng_below(rng, 2)) { /* few decimals instead of any */
		real.d = (double)(bits >> 40) / 1000;
		memcpy(&bits, &real.d, sizeof(bits));
	}
	memcpy(&real.d, &bits, sizeof(bits));
	set(blk, row, REAL, real);
	bits = htobe64(bits);
	set_octets(blk, row, REAL_HEX, (const uint8_t *)&bits, sizeof(bits));
}

/* Writes ROWS rows of a format, each with a target label of its own. */
static void write_rows(const struct sn_encoder *e, FILE *f)
{
	static const struct sn_encoder_options opt;
	static uint8_t out[OUT];
	struct sn_arena_pool pool;
	struct sn_arena arena;
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 11);
	sn_arena_pool_init(&pool, 65536);
	sn_arena_init(&arena, &pool);
	for (int i = 0; i < ROWS; i++) {
		char own[MAX_OCTETS + 8] = "";
		struct sn_label label = {.name = "own", .value = own};
		struct sn_origin origin = {.instance = "192.0.2.1", .labels = &label, .nlabels = 1};
		struct sn_block blk;
		int n;

		own[random_octets(&rng, (uint8_t *)own, 1)] = '\0';
		sn_block_init(&blk, &schema, &origin, &arena);
		make_row(&rng, &blk, own);
		n = e->row(&opt, &blk, sn_block_row(&blk, 0), out, sizeof(out));
		suite_expect(n > 0 && fwrite(out, 1, (size_t)n, f) == (size_t)n);
		sn_arena_reset(&arena);
	}
	sn_arena_pool_fini(&pool);
}

static void expect_read_back(const char *format)
{
	const char *source = getenv("SONDE_SOURCE_DIR");
	char command[600];
	char lines[] = "/tmp/sonde-test-XXXXXX";
	int fd = mkstemp(lines);
	FILE *f = fdopen(fd, "w");
	FILE *reader;
	int count = 0;
	int status;

	suite_expect(fd >= 0 && f != NULL);
	write_rows(sn_encoder_find(format), f);
	suite_expect(fclose(f) == 0);
	snprintf(command, sizeof(command), "python3 -B %s/tests/wire/read_lines.py %s < %s", source,
		 format, lines);
	reader = popen(command, "r");
	suite_expect(reader != NULL);
	ck_assert_int_eq(fscanf(reader, "%d", &count), 1);
	status = pclose(reader);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(count, ROWS);
	unlink(lines);
}

START_TEST(python_reads_the_json_of_random_rows)
{
	expect_read_back("json");
}
END_TEST

START_TEST(a_reader_of_line_protocol_reads_random_rows)
{
	expect_read_back("influx");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {python_reads_the_json_of_random_rows,
				      a_reader_of_line_protocol_reads_random_rows, NULL};

	if (!getenv("SONDE_SOURCE_DIR") || system("python3 -c 'import json' 2>/dev/null") != 0) {
		printf("encoders: skipped, needs python3 and SONDE_SOURCE_DIR\n");
		return SUITE_SKIP;
	}
	return suite_run_tests("encoders", tests, 60);
}

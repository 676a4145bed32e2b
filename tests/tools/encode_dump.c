/*
 * Encodes rows whose values other programs know, so that they can say what they read
 * (tests/interop/encoded_*.py).
 *
 *   encode_dump kinds FORMAT [CAP]          a table with cells of every kind, in bodies of CAP
 * octets encode_dump round FORMAT                a round record encode_dump odd FORMAT SEED COUNT
 * blocks of any names, kinds and cells encode_dump schema table|round          the Avro schema
 *
 * Standard output: lines as they are; for other formats each body behind its length (four octets,
 * network order).
 */
#include "base/rng.h"
#include "formats/avro_schema.h"
#include "encode/encoder.h"
#include "support/odd.h"
#include "support/rows.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { OUT = 1 << 20, ODD_OCTETS = 2000, SCHEMA_ID = 0x01020304, ROUND_SCHEMA_ID = 7 };

static const struct sn_enum_name states[] = {{1, "up"}, {2, "down"}, {3, "te\"sting"}};
static const struct sn_enum_name bits[] = {{0, "zero"}, {1, "one"}, {9, "nine"}};
static const struct sn_index indexes[] = {{.label = "slot", .kind = SN_KIND_GAUGE},
					  {.label = "port", .kind = SN_KIND_TEXT}};

enum {
	COUNTER32,
	COUNTER64,
	INTEGER,
	SCALED,
	TICKS,
	SINGLE,
	DOUBLE,
	MEANT_REAL,
	TEXT,
	OID,
	HEX,
	MAC,
	INET4,
	INET6,
	ENUM,
	STATE_SET,
	BITS,
	DISCONTINUITY,
	COLUMNS
};

static const struct sn_column columns[COLUMNS] = {
	[COUNTER32] = {.name = "counter32", .kind = SN_KIND_COUNTER, .is_value = true},
	[COUNTER64] = {.name = "counter64",
		       .help = "counts \xe2\x82\xac",
		       .kind = SN_KIND_COUNTER,
		       .is_value = true},
	[INTEGER] = {.name = "integer", .kind = SN_KIND_GAUGE, .is_value = true},
	[SCALED] = {.name = "scaled",
		    .kind = SN_KIND_GAUGE,
		    .is_value = true,
		    .scale = 0.25,
		    .offset = -1},
	[TICKS] = {.name = "ticks", .kind = SN_KIND_GAUGE, .is_value = true},
	[SINGLE] = {.name = "single", .kind = SN_KIND_FLOAT, .is_value = true},
	[DOUBLE] = {.name = "double", .kind = SN_KIND_FLOAT, .is_value = true},
	[MEANT_REAL] = {.name = "meant_real", .kind = SN_KIND_FLOAT, .is_value = true},
	[TEXT] = {.name = "text", .kind = SN_KIND_TEXT, .is_value = true},
	[OID] = {.name = "oid", .kind = SN_KIND_TEXT, .is_value = true},
	[HEX] = {.name = "hex", .kind = SN_KIND_HEX, .is_value = true},
	[MAC] = {.name = "mac", .kind = SN_KIND_PHYS_ADDRESS48, .is_value = true},
	[INET4] = {.name = "inet4", .kind = SN_KIND_INET4, .is_value = true},
	[INET6] = {.name = "inet6", .kind = SN_KIND_INET6, .is_value = true},
	[ENUM] = {.name = "enum",
		  .kind = SN_KIND_ENUM,
		  .enums = states,
		  .nenums = 3,
		  .is_value = true},
	[STATE_SET] = {.name = "state_set",
		       .kind = SN_KIND_STATE_SET,
		       .enums = states,
		       .nenums = 3,
		       .is_value = true},
	[BITS] = {.name = "bits",
		  .kind = SN_KIND_BITS,
		  .enums = bits,
		  .nenums = 3,
		  .is_value = true},
	[DISCONTINUITY] = {.name = "discontinuity", .kind = SN_KIND_GAUGE},
};

static const struct sn_lookup lookups[] = {{.label = "descr", .column = TEXT}};
static const struct sn_schema schema = {.module = "all_kinds",
					.table = "all_kinds_slot_port",
					.columns = columns,
					.ncolumns = COLUMNS,
					.indexes = indexes,
					.nindexes = 2,
					.lookups = lookups,
					.nlookups = 1,
					.discontinuity = DISCONTINUITY};
static const struct sn_label labels[] = {{"rack", ""}, {"site", "K\xc3\xb6ln"}};
static const struct sn_origin origin = {
	.instance = "[2001:db8::1]:1161", .labels = labels, .nlabels = 2};

static void put(const struct sn_encoder *e, const uint8_t *body, int n)
{
	uint32_t length = htobe32((uint32_t)n);

	if (n < 0) {
		fprintf(stderr, "encode_dump: error %d\n", n);
		exit(EXIT_FAILURE);
	}
	if (n > 0 && e->framing == SN_FRAMING_MESSAGE) {
		fwrite(&length, 1, sizeof(length), stdout);
	}
	fwrite(body, 1, (size_t)n, stdout);
}

static void put_block(const struct sn_encoder *e, const struct sn_block *blk, size_t cap)
{
	static const struct sn_encoder_options opt = {
		.descriptions = true, .stream = true, .schema_id = SCHEMA_ID};
	struct sn_encoder_run run = {.next = 0};
	static uint8_t out[OUT];

	while (run.next < blk->nrows) {
		int n = e->rows(&opt, blk, &run, out, cap);

		put(e, out, n);
	}
}

/* Values as most devices have them. */
static void usual_row(struct rows *r)
{
	struct sn_row *row = rows_row(r, "3.4.71.105.48.47");

	rows_uint(r, row, COUNTER32, SN_TAG_COUNTER32, 4294967295);
	rows_uint(r, row, COUNTER64, SN_TAG_COUNTER64, UINT64_C(9223372036854775807));
	rows_int(r, row, INTEGER, -7);
	rows_int(r, row, SCALED, 10);
	rows_uint(r, row, TICKS, SN_TAG_TIMETICKS, 123456);
	rows_real(r, row, SINGLE, SN_TAG_FLOAT, (double)0.1F);
	rows_real(r, row, DOUBLE, SN_TAG_DOUBLE, 0.1);
	rows_int(r, row, MEANT_REAL, 42);
	rows_text(r, row, TEXT, "Gi0/3 \xe2\x82\xac");
	rows_octets(r, row, OID, SN_TAG_OID, "\x2b\x06\x01\x84\x00", 5);
	rows_octets(r, row, HEX, SN_TAG_OCTETS, "\x00\x0a\xff", 3);
	rows_octets(r, row, MAC, SN_TAG_OCTETS, "\x00\x1b\x21\x3c\x4d\x5e", 6);
	rows_octets(r, row, INET4, SN_TAG_IPADDRESS, "\xc0\x00\x02\x01", 4);
	rows_octets(r, row, INET6, SN_TAG_OCTETS,
		    "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", 16);
	rows_int(r, row, ENUM, 2);
	rows_int(r, row, STATE_SET, 1);
	rows_octets(r, row, BITS, SN_TAG_OCTETS, "\x40\x40", 2);
	rows_uint(r, row, DISCONTINUITY, SN_TAG_TIMETICKS, 500);
	row->at = UINT64_C(1795377600123456789);
}

/* The ends of what a type can hold, and what a format may have no word for. */
static void extreme_row(struct rows *r)
{
	struct sn_row *row = rows_row(r, "0.0");

	rows_uint(r, row, COUNTER32, SN_TAG_COUNTER32, 0);
	rows_uint(r, row, COUNTER64, SN_TAG_COUNTER64, UINT64_MAX);
	rows_int(r, row, INTEGER, INT64_MIN);
	rows_int(r, row, SCALED, INT32_MIN);
	rows_uint(r, row, TICKS, SN_TAG_TIMETICKS, UINT32_MAX);
	rows_real(r, row, SINGLE, SN_TAG_FLOAT, NAN);
	rows_real(r, row, DOUBLE, SN_TAG_DOUBLE, -INFINITY);
	rows_uint(r, row, MEANT_REAL, SN_TAG_COUNTER64, UINT64_MAX);
	rows_text(r, row, TEXT, "");
	rows_octets(r, row, OID, SN_TAG_OID, "", 0);
	rows_octets(r, row, HEX, SN_TAG_OCTETS, "", 0);
	rows_octets(r, row, MAC, SN_TAG_OCTETS, "", 0);
	rows_octets(r, row, INET6, SN_TAG_OCTETS, "\x01", 1);
	rows_int(r, row, ENUM, -99);
	rows_int(r, row, STATE_SET, 77);
	rows_octets(r, row, BITS, SN_TAG_OCTETS, "", 0);
	row->flags |= SN_ROW_RESET;
	row->at = UINT64_C(1795377600200000000);
}

/* Text that is none, and long text. */
static void bad_text_row(struct rows *r)
{
	struct sn_row *row = rows_row(r, "4294967295.2.200.10");
	char text[20000];

	memset(text, 'x', sizeof(text));
	rows_octets(r, row, TEXT, SN_TAG_OCTETS, "a\xff\x00\xc3\n\"\\\xed\xa0\x80", 10);
	rows_octets(r, row, HEX, SN_TAG_OCTETS, text, 100);
	rows_octets(r, row, OID, SN_TAG_OCTETS, text, sizeof(text));
	rows_octets(r, row, INTEGER, SN_TAG_OCTETS, "12", 2);
	row->flags |= SN_ROW_PARTIAL;
	row->at = UINT64_C(1795377600300000000);
}

/* Many rows of one value: more than a block of an array or map has items. */
static void plain_rows(struct rows *r)
{
	for (unsigned i = 1; i <= 150; i++) {
		char index[32];
		struct sn_row *row;

		snprintf(index, sizeof(index), "1000.3.112.%u.%u", '0' + i / 60, '0' + i % 60);
		row = rows_row(r, index);
		rows_uint(r, row, COUNTER64, SN_TAG_COUNTER64, UINT64_C(1) << (i % 64));
		row->at = UINT64_C(1795377600400000000) + i;
	}
}

static void dump_kinds(const struct sn_encoder *e, size_t cap)
{
	struct rows r;

	rows_init(&r, &schema, &origin);
	usual_row(&r);
	extreme_row(&r);
	bad_text_row(&r);
	plain_rows(&r);
	(void)rows_row(&r, "5.1.120"); /* nothing in it */
	r.blk.began = UINT64_C(1795377599987654321);
	r.blk.has_uptime = true;
	r.blk.uptime = 360000;
	r.blk.started = UINT64_C(1795374000000000000);
	put_block(e, &r.blk, cap);
	rows_fini(&r);
}

static void dump_round(const struct sn_encoder *e)
{
	static const struct sn_encoder_options opt = {.stream = true,
						      .round_schema_id = ROUND_SCHEMA_ID};
	struct sn_round round = {.origin = &origin,
				 .modules = "if_mib,all_kinds",
				 .at = UINT64_C(1795377601000000000),
				 .began = UINT64_C(1795377599987654321),
				 .uptime = 360000,
				 .duration_ns = 12345678,
				 .lateness_ns = 400000,
				 .rtt_ns = 2900000,
				 .requests = 4,
				 .retries = 1,
				 .timeouts = 2,
				 .varbinds = 1968,
				 .rows = 48,
				 .rows_partial = 3,
				 .skipped = UINT32_MAX,
				 .status = SN_ROUND_PARTIAL,
				 .has_uptime = true,
				 .reset = true,
				 .reason = "not increasing"};
	static uint8_t out[OUT];

	put(e, out, e->round(&opt, &round, out, OUT));
	round = (struct sn_round){
		.origin = &origin, .modules = "m", .at = 1, .status = SN_ROUND_TIMEOUT};
	put(e, out, e->round(&opt, &round, out, OUT));
}

static void dump_odd(const struct sn_encoder *e, uint64_t seed, unsigned long count)
{
	static uint8_t data[ODD_OCTETS];
	struct sn_rng r;

	sn_rng_init_seed(&r, seed);
	for (unsigned long i = 0; i < count; i++) {
		struct odd w;

		for (size_t k = 0; k < sizeof(data); k++) {
			data[k] = (uint8_t)sn_rng_below(&r, 256);
		}
		odd_init(&w, data, sizeof(data));
		put_block(e, &w.blk, OUT);
		odd_fini(&w);
	}
}

int main(int argc, char **argv)
{
	const struct sn_encoder *e = argc > 2 ? sn_encoder_find(argv[2]) : NULL;

	if (argc == 3 && strcmp(argv[1], "schema") == 0) {
		puts(strcmp(argv[2], "round") == 0 ? sn_avro_schema_round : sn_avro_schema_table);
	} else if (e && (argc == 3 || argc == 4) && strcmp(argv[1], "kinds") == 0) {
		dump_kinds(e, argc == 4 ? strtoul(argv[3], NULL, 10) : OUT);
	} else if (e && argc == 3 && strcmp(argv[1], "round") == 0) {
		dump_round(e);
	} else if (e && argc == 5 && strcmp(argv[1], "odd") == 0) {
		dump_odd(e, strtoull(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	} else {
		fprintf(stderr, "usage: encode_dump kinds FORMAT [CAP] | round FORMAT |"
				" odd FORMAT SEED COUNT | schema table|round\n");
		return 2;
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/*
 * What rows cost between the datagram and the output buffer: assembling blocks of if_mib (48
 * interfaces, 41 columns), encoding them in each format and as an exposition, and the same bytes
 * made the usual way, with snprintf and a switch for every value. Both must agree to the byte
 * before anything is timed. Prints the medians of many short runs; fixed seed, one thread, no
 * system call while the clock runs.
 *
 *   bench_encode [--quick] [--repeats N]
 *   valgrind --tool=callgrind --toggle-collect=kernel_encode --callgrind-out-file=/dev/null \
 *       bench_encode --callgrind 100 json
 *
 * The second prints "Collected : <instructions>" of exactly 100 blocks; divide by 100 * 1968
 * varbinds. Functions: kernel_encode (json, influx, prometheus), kernel_kept (json_kept,
 * influx_kept, json_samples, otlp, avro: what is prepared of the schema lives on from block to
 * block, as in a worker), kernel_printf (json_printf, ...), kernel_expose (expose), kernel_assemble
 * (assemble).
 */
#include "base/clock.h"
#include "base/rng.h"
#include "encode/encoder.h"
#include "encode/expose.h"
#include "encode/layouts.h"
#include "record/block.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	BLOCKS = 8, /* different ones: more than the branch predictor learns by heart */
	ROWS = 48,
	COLUMNS = 41,
	OUT = 512 * 1024, /* room for the text of one block */
	BUFFER = 65504,	  /* what an output buffer holds */
	MAX_REPEATS = 1001
};

struct column_def {
	const char *name;  /* as in IF-MIB */
	uint8_t tag;	   /* on the wire */
	enum sn_kind kind; /* as in the module */
};

#define INT SN_TAG_INTEGER, SN_KIND_GAUGE
#define STATE SN_TAG_INTEGER, SN_KIND_ENUM
#define TEXT SN_TAG_OCTETS, SN_KIND_TEXT
#define MAC SN_TAG_OCTETS, SN_KIND_PHYS_ADDRESS48
#define C32 SN_TAG_COUNTER32, SN_KIND_COUNTER
#define C64 SN_TAG_COUNTER64, SN_KIND_COUNTER
#define G32 SN_TAG_GAUGE32, SN_KIND_GAUGE
#define TICKS SN_TAG_TIMETICKS, SN_KIND_GAUGE

enum { IF_ALIAS = 39, IF_DESCR = 1, IF_NAME = 22 };

static const struct column_def defs[COLUMNS] = {
	{"ifIndex", INT},
	{"ifDescr", TEXT},
	{"ifType", STATE},
	{"ifMtu", INT},
	{"ifSpeed", G32},
	{"ifPhysAddress", MAC},
	{"ifAdminStatus", STATE},
	{"ifOperStatus", STATE},
	{"ifLastChange", TICKS},
	{"ifInOctets", C32},
	{"ifInUcastPkts", C32},
	{"ifInNUcastPkts", C32},
	{"ifInDiscards", C32},
	{"ifInErrors", C32},
	{"ifInUnknownProtos", C32},
	{"ifOutOctets", C32},
	{"ifOutUcastPkts", C32},
	{"ifOutNUcastPkts", C32},
	{"ifOutDiscards", C32},
	{"ifOutErrors", C32},
	{"ifOutQLen", G32},
	{"ifSpecific", SN_TAG_OID, SN_KIND_TEXT},
	{"ifName", TEXT},
	{"ifInMulticastPkts", C32},
	{"ifInBroadcastPkts", C32},
	{"ifOutMulticastPkts", C32},
	{"ifOutBroadcastPkts", C32},
	{"ifHCInOctets", C64},
	{"ifHCInUcastPkts", C64},
	{"ifHCInMulticastPkts", C64},
	{"ifHCInBroadcastPkts", C64},
	{"ifHCOutOctets", C64},
	{"ifHCOutUcastPkts", C64},
	{"ifHCOutMulticastPkts", C64},
	{"ifHCOutBroadcastPkts", C64},
	{"ifLinkUpDownTrapEnable", STATE},
	{"ifHighSpeed", G32},
	{"ifPromiscuousMode", STATE},
	{"ifConnectorPresent", STATE},
	{"ifAlias", TEXT},
	{"ifCounterDiscontinuityTime", TICKS},
};

struct cell {
	struct sn_value v; /* bytes point into text */
	char text[32];	   /* octets */
};

struct fixture {
	struct sn_column columns[COLUMNS]; /* of schema */
	struct sn_schema schema;	   /* if_mib's table */
	struct sn_arena_pool pool;	   /* of arenas and of scratch */
	struct sn_arena arenas[BLOCKS];	   /* of blocks */
	struct sn_arena scratch;	   /* of the block that is assembled */
	struct sn_block blocks[BLOCKS];	   /* to encode */
	struct cell cells[ROWS][COLUMNS];  /* to assemble from */
	uint8_t out[OUT];		   /* text of a block */
	char text[OUT];			   /* text of a block by snprintf */
	size_t len;			   /* of text */
	uint64_t octets;		   /* written by the last kernel */
};

/* One kernel: n blocks. */
struct kernel {
	const char *name; /* of the figure and of --callgrind */
	void (*run)(struct fixture *, unsigned, const char *); /* fixture, blocks, format */
	const char *format;				       /* encoder's name */
};

static const struct sn_label labels[] = {{"rack", "b 12"}, {"region", "eu-west"}, {"site", "ams"}};
static const struct sn_origin origin = {.instance = "192.0.2.117", .labels = labels, .nlabels = 3};
static const struct sn_index indexes[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "ifAlias", .column = IF_ALIAS},
					   {.label = "ifDescr", .column = IF_DESCR},
					   {.label = "ifName", .column = IF_NAME}};

/* Numbers as busy devices have them. */
static void make_cell(struct sn_rng *r, const struct column_def *def, unsigned row, struct cell *c)
{
	memset(c, 0, sizeof(*c));
	c->v.tag = def->tag;
	switch (def->tag) {
	case SN_TAG_INTEGER:
		c->v.i = (int64_t)sn_rng_below(r, sn_rng_below(r, 4) ? 7 : 9217);
		break;
	case SN_TAG_OCTETS:
		if (def->kind == SN_KIND_PHYS_ADDRESS48) {
			uint64_t mac = sn_rng_u64(r);

			memcpy(c->text, &mac, 6);
			c->v.bytes = sn_span_make(c->text, 6);
			break;
		}
		snprintf(c->text, sizeof(c->text), "GigabitEthernet1/0/%u", row);
		c->v.bytes = sn_span_str(c->text);
		break;
	case SN_TAG_OID:
		c->v.bytes = sn_span_make("\0", 1);
		break;
	case SN_TAG_COUNTER64:
		c->v.u = sn_rng_u64(r) >> sn_rng_below(r, 3) * 8 >> 16;
		break;
	default:
		c->v.u = (uint32_t)sn_rng_u64(r) >> (sn_rng_below(r, 3) ? 0 : 12);
		break;
	}
}

static void assemble(struct fixture *f, struct sn_block *blk, struct sn_arena *arena)
{
	sn_block_init(blk, &f->schema, &origin, arena);
	for (uint32_t col = 0; col < COLUMNS; col++) {
		for (uint32_t i = 0; i < ROWS; i++) {
			uint8_t ber[1] = {(uint8_t)(i + 1)};
			struct sn_row *row = sn_block_get_row(blk, sn_span_make(ber, 1), i);

			if (!row || sn_block_set(blk, row, col, &f->cells[i][col].v,
						 UINT64_C(1795377600123456789)) != 1) {
				abort();
			}
		}
	}
	blk->has_uptime = true;
	blk->uptime = 123456789;
}

static void make_fixture(struct fixture *f)
{
	struct sn_rng r;

	sn_rng_init_seed(&r, 2024);
	sn_arena_pool_init(&f->pool, 65536);
	sn_arena_init(&f->scratch, &f->pool);
	for (unsigned i = 0; i < COLUMNS; i++) {
		f->columns[i] = (struct sn_column){
			.name = defs[i].name, .kind = defs[i].kind, .is_value = true};
	}
	f->schema = (struct sn_schema){.module = "if_mib",
				       .table = "if_mib_ifIndex",
				       .columns = f->columns,
				       .ncolumns = COLUMNS,
				       .indexes = indexes,
				       .nindexes = 1,
				       .lookups = lookups,
				       .nlookups = 3,
				       .discontinuity = -1};
	for (unsigned b = 0; b < BLOCKS; b++) {
		for (unsigned i = 0; i < ROWS; i++) {
			for (unsigned c = 0; c < COLUMNS; c++) {
				make_cell(&r, &defs[c], i + 1, &f->cells[i][c]);
			}
		}
		sn_arena_init(&f->arenas[b], &f->pool);
		assemble(f, &f->blocks[b], &f->arenas[b]);
	}
}

/* What collect does once a value is decoded. */
__attribute__((noinline)) static void kernel_assemble(struct fixture *f, unsigned n,
						      const char *format)
{
	(void)format;
	for (unsigned i = 0; i < n; i++) {
		struct sn_block blk;

		assemble(f, &blk, &f->scratch);
		sn_arena_reset(&f->scratch);
	}
	f->octets = 0;
}

/* What a worker does with a block that is complete, buffer by buffer. */
__attribute__((noinline)) static void kernel_encode(struct fixture *f, unsigned n,
						    const char *format)
{
	const struct sn_encoder *e = sn_encoder_find(format);
	static const struct sn_encoder_options opt;

	f->octets = 0;
	for (unsigned i = 0; i < n; i++) {
		struct sn_encoder_run run = {0};

		while (run.next < ROWS) {
			int len = e->rows(&opt, &f->blocks[i % BLOCKS], &run, f->out, BUFFER);

			if (len <= 0) {
				abort();
			}
			f->octets += (uint64_t)len;
		}
	}
}

/* The same with what is kept of the schema; a message is as large as a block may be. */
__attribute__((noinline)) static void kernel_kept(struct fixture *f, unsigned n, const char *format)
{
	const struct sn_encoder *e = sn_encoder_find(format);
	const size_t cap = e->framing == SN_FRAMING_LINES ? BUFFER : OUT;
	static const struct sn_encoder_options opt;
	struct sn_layouts kept = {.n = 0};

	f->octets = 0;
	for (unsigned i = 0; i < n; i++) {
		struct sn_encoder_run run = {.kept = &kept};

		while (run.next < ROWS) {
			int len = e->rows(&opt, &f->blocks[i % BLOCKS], &run, f->out, cap);

			if (len <= 0) {
				abort();
			}
			f->octets += (uint64_t)len;
		}
	}
	sn_layouts_forget(&kept);
}

/* Appends to the text, as one would. */
__attribute__((format(printf, 2, 3))) static void add(struct fixture *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(f->text + f->len, OUT - f->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= OUT - f->len) {
		abort();
	}
	f->len += (size_t)n;
}

/* Text with a backslash before each of `special`. */
static void add_escaped(struct fixture *f, struct sn_span s, const char *special)
{
	for (size_t i = 0; i < s.n; i++) {
		add(f, strchr(special, s.p[i]) ? "\\%c" : "%c", s.p[i]);
	}
}

static void add_octets(struct fixture *f, enum sn_kind kind, const struct sn_value *v)
{
	add(f, "\"");
	if (v->tag == SN_TAG_OID) {
		add(f, "%d.%d", v->bytes.p[0] / 40, v->bytes.p[0] % 40); /* all are 0.0 here */
	} else if (kind == SN_KIND_PHYS_ADDRESS48) {
		for (unsigned i = 0; i < 6; i++) {
			add(f, i ? ":%02X" : "%02X", v->bytes.p[i]);
		}
	} else {
		add_escaped(f, v->bytes, "\"\\");
	}
	add(f, "\"");
}

static void add_value(struct fixture *f, enum sn_kind kind, const struct sn_value *v,
		      const char *suffix)
{
	switch (v->tag) {
	case SN_TAG_INTEGER:
		add(f, "%" PRId64 "%s", v->i, suffix);
		break;
	case SN_TAG_OCTETS:
	case SN_TAG_OID:
		add_octets(f, kind, v);
		break;
	default:
		add(f, "%" PRIu64 "%s", v->u, suffix);
		break;
	}
}

static void add_lookup(struct fixture *f, const struct sn_block *blk, const struct sn_row *row,
		       unsigned col, const char *before, const char *special)
{
	struct sn_value v;

	if (sn_block_get(blk, row, col, &v)) {
		add(f, "%s", before);
		add_escaped(f, v.bytes, special);
	}
}

static void json_row(struct fixture *f, const struct sn_block *blk, const struct sn_row *row)
{
	bool first = true;
	struct sn_value v;

	add(f,
	    "{\"ts\":%" PRIu64
	    ",\"instance\":\"%s\",\"module\":\"%s\",\"table\":\"%s\",\"index\":\"%u\",",
	    row->at / 1000000, origin.instance, f->schema.module, f->schema.table, row->number + 1);
	add(f, "\"labels\":{\"ifIndex\":\"%u\"", row->number + 1);
	add_lookup(f, blk, row, IF_ALIAS, ",\"ifAlias\":\"", "\"\\");
	add_lookup(f, blk, row, IF_DESCR, "\",\"ifDescr\":\"", "\"\\");
	add_lookup(f, blk, row, IF_NAME, "\",\"ifName\":\"", "\"\\");
	add(f, "\"");
	for (unsigned i = 0; i < 3; i++) {
		add(f, ",\"%s\":\"%s\"", labels[i].name, labels[i].value);
	}
	add(f, "},\"values\":{");
	for (uint32_t i = 0; i < COLUMNS; i++) {
		if (sn_block_get(blk, row, i, &v)) {
			add(f, "%s\"%s\":", first ? "" : ",", f->columns[i].name);
			add_value(f, f->columns[i].kind, &v, "");
			first = false;
		}
	}
	add(f, "},\"uptime\":%" PRIu64 ",\"reset\":false}\n", blk->uptime);
}

static void influx_row(struct fixture *f, const struct sn_block *blk, const struct sn_row *row)
{
	bool first = true;
	struct sn_value v;

	add(f, "%s", f->schema.table);
	add_lookup(f, blk, row, IF_ALIAS, ",ifAlias=", ", =");
	add_lookup(f, blk, row, IF_DESCR, ",ifDescr=", ", =");
	add(f, ",ifIndex=%u", row->number + 1);
	add_lookup(f, blk, row, IF_NAME, ",ifName=", ", =");
	for (unsigned i = 0; i < 3; i++) {
		add(f, ",%s=", labels[i].name);
		add_escaped(f, sn_span_str(labels[i].value), ", =");
	}
	add(f, ",source=%s ", origin.instance);
	for (uint32_t i = 0; i < COLUMNS; i++) {
		if (sn_block_get(blk, row, i, &v)) {
			add(f, "%s%s=", first ? "" : ",", f->columns[i].name);
			add_value(f, f->columns[i].kind, &v, "i");
			first = false;
		}
	}
	add(f, " %" PRIu64 "\n", row->at);
}

struct pair {
	const char *name; /* of a label */
	char value[32];	  /* its value, escaped */
};

/* Adds a label where it belongs by its name; one that is there already stays. Returns how many
 * there are. */
__attribute__((format(printf, 4, 5))) static unsigned add_pair(struct pair *pairs, unsigned n,
							       const char *name, const char *fmt,
							       ...)
{
	unsigned at = n;
	va_list ap;

	for (unsigned i = 0; i < n; i++) {
		if (strcmp(pairs[i].name, name) == 0) {
			return n;
		}
	}
	for (; at > 0 && strcmp(pairs[at - 1].name, name) > 0; at--) {
		pairs[at] = pairs[at - 1];
	}
	pairs[at].name = name;
	va_start(ap, fmt);
	vsnprintf(pairs[at].value, sizeof(pairs[at].value), fmt, ap);
	va_end(ap);
	return n + 1;
}

static unsigned add_octets_pair(struct pair *pairs, unsigned n, const struct sn_block *blk,
				const struct sn_row *row, uint32_t col)
{
	const struct sn_column *column = &blk->schema->columns[col];
	struct sn_value v;

	if (!sn_block_get(blk, row, col, &v)) {
		return n;
	}
	if (v.tag == SN_TAG_INTEGER) {
		return add_pair(pairs, n, column->name, "%" PRId64, v.i);
	}
	if (v.tag == SN_TAG_OID) {
		return add_pair(pairs, n, column->name, "%d.%d", v.bytes.p[0] / 40,
				v.bytes.p[0] % 40);
	}
	if (column->kind == SN_KIND_PHYS_ADDRESS48) {
		return add_pair(pairs, n, column->name, "%02X:%02X:%02X:%02X:%02X:%02X",
				v.bytes.p[0], v.bytes.p[1], v.bytes.p[2], v.bytes.p[3],
				v.bytes.p[4], v.bytes.p[5]);
	}
	return add_pair(pairs, n, column->name, "%.*s", (int)v.bytes.n, (const char *)v.bytes.p);
}

/* A whole number as Go's 'g' has it. */
static void add_go(struct fixture *f, double d)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%.0f", d);
	int exponent = n - 1;

	if (n <= 6) {
		add(f, "%s", digits);
		return;
	}
	while (n > 1 && digits[n - 1] == '0') {
		n--;
	}
	add(f, "%c%s%.*se+%02d", digits[0], n > 1 ? "." : "", n - 1, digits + 1, exponent);
}

/* A series without time and line feed; with the labels of the origin or without. */
static void add_series(struct fixture *f, const struct sn_block *blk, const struct sn_row *row,
		       uint32_t col, bool with_origin)
{
	static const uint32_t tags[] = {IF_ALIAS, IF_DESCR, IF_NAME};
	enum sn_kind kind = blk->schema->columns[col].kind;
	bool number = kind == SN_KIND_GAUGE || kind == SN_KIND_COUNTER;
	struct pair pairs[12];
	struct sn_value v;
	unsigned n = add_pair(pairs, 0, "ifIndex", "%u", row->number + 1);

	for (unsigned i = 0; i < 3; i++) {
		n = add_octets_pair(pairs, n, blk, row, tags[i]);
	}
	if (!number) {
		n = add_octets_pair(pairs, n, blk, row, col);
	}
	if (with_origin) {
		n = add_pair(pairs, n, "instance", "%s", origin.instance);
		for (unsigned i = 0; i < 3; i++) {
			n = add_pair(pairs, n, labels[i].name, "%s", labels[i].value);
		}
	}
	add(f, "%s%s", blk->schema->columns[col].name, kind == SN_KIND_ENUM ? "_info" : "");
	for (unsigned i = 0; i < n; i++) {
		add(f, "%s%s=\"", i ? "," : "{", pairs[i].name);
		add_escaped(f, sn_span_str(pairs[i].value), "\"\\");
		add(f, "\"");
	}
	add(f, "} ");
	if (!sn_block_get(blk, row, col, &v)) {
		abort();
	}
	add_go(f, !number ? 1 : (v.tag == SN_TAG_INTEGER ? (double)v.i : (double)v.u));
}

static void prometheus_row(struct fixture *f, const struct sn_block *blk, const struct sn_row *row)
{
	for (uint32_t i = 0; i < COLUMNS; i++) {
		add_series(f, blk, row, i, true);
		add(f, " %" PRIu64 "\n", row->at / 1000000);
	}
}

/* The same text with snprintf. */
__attribute__((noinline)) static void kernel_printf(struct fixture *f, unsigned n,
						    const char *format)
{
	f->octets = 0;
	for (unsigned i = 0; i < n; i++) {
		const struct sn_block *blk = &f->blocks[i % BLOCKS];

		f->len = 0;
		for (uint32_t k = 0; k < ROWS; k++) {
			if (format[0] == 'j') {
				json_row(f, blk, sn_block_row(blk, k));
			} else if (format[0] == 'p') {
				prometheus_row(f, blk, sn_block_row(blk, k));
			} else {
				influx_row(f, blk, sn_block_row(blk, k));
			}
		}
		f->octets += f->len;
	}
}

static struct sn_expose *expose(const struct sn_block *blk, struct sn_span *text)
{
	static const struct sn_expose_options opt = {.format = SN_EXPOSE_TEXT};
	struct sn_expose *x = sn_expose_new(&opt);

	if (!x || sn_expose_block(x, blk) || sn_expose_finish(x, text)) {
		abort();
	}
	return x;
}

/* What answers a request for one device. */
__attribute__((noinline)) static void kernel_expose(struct fixture *f, unsigned n,
						    const char *format)
{
	(void)format;
	f->octets = 0;
	for (unsigned i = 0; i < n; i++) {
		struct sn_span text;

		sn_expose_free(expose(&f->blocks[i % BLOCKS], &text));
		f->octets += text.n;
	}
}

static const struct kernel kernels[] = {
	{"assemble", kernel_assemble, ""},
	{"influx", kernel_encode, "influx"},
	{"influx_printf", kernel_printf, "influx"},
	{"json", kernel_encode, "json"},
	{"json_printf", kernel_printf, "json"},
	{"prometheus", kernel_encode, "prometheus"},
	{"prometheus_printf", kernel_printf, "prometheus"},
	{"influx_kept", kernel_kept, "influx"},
	{"json_kept", kernel_kept, "json"},
	{"json_samples", kernel_kept, "json_samples"},
	{"otlp", kernel_kept, "otlp"},
	{"avro", kernel_kept, "avro"},
	{"expose", kernel_expose, ""},
};

enum { KERNELS = sizeof(kernels) / sizeof(kernels[0]) };

/* The encoder and snprintf must make the same text of every block. */
static void verify(struct fixture *f, const char *format)
{
	static const struct sn_encoder_options opt;

	for (unsigned b = 0; b < BLOCKS; b++) {
		struct sn_encoder_run run = {0};
		struct sn_block first = f->blocks[0];
		int len = sn_encoder_find(format)->rows(&opt, &f->blocks[b], &run, f->out, OUT);

		f->blocks[0] = f->blocks[b];
		kernel_printf(f, 1, format);
		f->blocks[0] = first;
		if (run.next != ROWS || len < 0 || (size_t)len != f->len ||
		    memcmp(f->out, f->text, f->len) != 0) {
			fprintf(stderr,
				"bench_encode: the %s encoder and snprintf differ\n%.*s\n%.*s\n",
				format, 1000, (const char *)f->out, 1000, f->text);
			exit(EXIT_FAILURE);
		}
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The series of one column in order. No value here has a character below the quote that ends it, so
 * the lines sort as their values do. */
static void add_sorted(struct fixture *f, const struct sn_block *blk, uint32_t col)
{
	static char lines[ROWS][512];
	char *sorted[ROWS];
	size_t start = f->len;

	for (uint32_t i = 0; i < ROWS; i++) {
		add_series(f, blk, sn_block_row(blk, i), col, false);
		snprintf(lines[i], sizeof(lines[i]), "%s", f->text + start);
		sorted[i] = lines[i];
		f->len = start;
	}
	qsort(sorted, ROWS, sizeof(sorted[0]), by_text);
	for (uint32_t i = 0; i < ROWS; i++) {
		add(f, "%s\n", sorted[i]);
	}
}

/* The exposition of every block must be what snprintf and qsort make of it. */
static void verify_expose(struct fixture *f)
{
	char names[COLUMNS][64];
	char *sorted[COLUMNS];

	for (unsigned i = 0; i < COLUMNS; i++) {
		snprintf(names[i], sizeof(names[i]), "%s%s", defs[i].name,
			 defs[i].kind == SN_KIND_ENUM ? "_info" : "");
		sorted[i] = names[i];
	}
	qsort(sorted, COLUMNS, sizeof(sorted[0]), by_text);
	for (unsigned b = 0; b < BLOCKS; b++) {
		struct sn_span text;
		struct sn_expose *x = expose(&f->blocks[b], &text);

		f->len = 0;
		for (unsigned i = 0; i < COLUMNS; i++) {
			uint32_t col =
				(uint32_t)((sorted[i] - names[0]) / (ptrdiff_t)sizeof(names[0]));

			add(f, "# HELP %s %s\n# TYPE %s %s\n", sorted[i],
			    defs[col].kind == SN_KIND_ENUM ? " (EnumAsInfo)" : "", sorted[i],
			    defs[col].kind == SN_KIND_COUNTER ? "counter" : "gauge");
			add_sorted(f, &f->blocks[b], col);
		}
		if (text.n != f->len || memcmp(text.p, f->text, f->len) != 0) {
			fprintf(stderr,
				"bench_encode: the exposition and snprintf differ\n%.*s\n%.*s\n",
				1000, (const char *)text.p, 1000, f->text);
			exit(EXIT_FAILURE);
		}
		sn_expose_free(x);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct fixture *f, const struct kernel *k, unsigned repeats)
{
	static double ns[MAX_REPEATS];
	const double varbinds = ROWS * COLUMNS;
	unsigned n = BLOCKS;
	uint64_t took = 0;

	/* as many blocks as take some milliseconds; this warms up caches and clock, too */
	while (took < 2 * SN_NS_PER_MS) {
		uint64_t start = sn_clock_mono();

		n *= 2;
		k->run(f, n, k->format);
		took = sn_clock_mono() - start;
	}
	for (unsigned i = 0; i < repeats; i++) {
		uint64_t start = sn_clock_mono();

		k->run(f, n, k->format);
		ns[i] = (double)(sn_clock_mono() - start);
	}
	qsort(ns, repeats, sizeof(ns[0]), by_value);
	printf("%-17s %8.2f ns a varbind  (min %.2f, p90 %.2f)", k->name,
	       ns[repeats / 2] / n / varbinds, ns[0] / n / varbinds,
	       ns[repeats * 9 / 10] / n / varbinds);
	if (f->octets) {
		printf("  %7.1f MB/s, %.1f octets a varbind",
		       (double)f->octets * 1e3 / ns[repeats / 2], (double)f->octets / n / varbinds);
	}
	printf("\n");
}

static int run_callgrind(struct fixture *f, const char *count, const char *name)
{
	unsigned n = (unsigned)strtoul(count, NULL, 10);

	for (unsigned i = 0; i < KERNELS; i++) {
		if (strcmp(kernels[i].name, name) == 0) {
			kernels[i].run(f, n, kernels[i].format);
			printf("%s: %u varbinds\n", name, n * ROWS * COLUMNS);
			return EXIT_SUCCESS;
		}
	}
	fprintf(stderr, "bench_encode: no kernel '%s'\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	static struct fixture f;
	unsigned repeats = 201;

	make_fixture(&f);
	verify(&f, "influx");
	verify(&f, "json");
	verify(&f, "prometheus");
	verify_expose(&f);
	if (argc == 4 && strcmp(argv[1], "--callgrind") == 0) {
		return run_callgrind(&f, argv[2], argv[3]);
	}
	if (argc == 3 && strcmp(argv[1], "--repeats") == 0) {
		repeats = (unsigned)strtoul(argv[2], NULL, 10);
	} else if (argc == 2 && strcmp(argv[1], "--quick") == 0) {
		repeats = 3;
	} else if (argc != 1) {
		repeats = 0;
	}
	if (repeats == 0 || repeats > MAX_REPEATS) {
		fprintf(stderr,
			"usage: bench_encode [--quick | --repeats 1..%d |"
			" --callgrind N KERNEL]\n",
			MAX_REPEATS);
		return 2;
	}
	for (unsigned i = 0; i < KERNELS; i++) {
		measure(&f, &kernels[i], repeats);
	}
	return EXIT_SUCCESS;
}

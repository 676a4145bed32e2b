/*
 * What the codec costs: reading a full GETBULK response of ifTable and ifXTable (41 columns, some
 * 60 varbinds in 1,400 octets), writing GETBULK requests, comparing neighbouring OIDs. Prints the
 * median of many short runs in nanoseconds; fixed seed, one thread. Instructions per item:
 *
 *   valgrind --tool=callgrind --toggle-collect=kernel_decode --callgrind-out-file=/dev/null \
 *       bench_codec --callgrind 1000 decode
 *
 * prints "Collected : <instructions>" of exactly 1,000 iterations of one kernel and the items to
 * divide by. The function is kernel_<name>, for all three getbulk kernel_getbulk.
 */
#include "base/clock.h"
#include "base/rng.h"
#include "codec/oid.h"
#include "msg/community.h"

#include "support/runs.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	MESSAGES = 64,	 /* different responses: more than the branch predictor learns by heart */
	DATAGRAM = 1400, /* octets of a response, at most */
	COLUMNS = 41,	 /* ifTable 1 to 22 and ifXTable 1 to 19 */
	PREFIX_MAX = 16	 /* octets of a column's OID */
};

struct response {
	uint8_t octets[DATAGRAM]; /* the datagram, at the end */
	struct sn_span wire;	  /* its octets */
};

struct column {
	uint8_t oid[PREFIX_MAX]; /* BER content */
	size_t n;		 /* octets of oid */
	uint8_t tag;		 /* type of the column */
};

struct fixture {
	struct column columns[COLUMNS];	     /* in the order of the request */
	struct response responses[MESSAGES]; /* what an agent answers */
	uint64_t varbinds;		     /* in all responses */
	uint64_t octets;		     /* of all responses */
	uint8_t list[COLUMNS * 24];	     /* scratch: varbinds of a request */
	uint8_t request[DATAGRAM];	     /* scratch: the request */
	uint64_t sink;			     /* keeps results alive */
};

/* One kernel: n iterations, the number of items handled. */
struct kernel {
	const char *name; /* of the figure and of --callgrind */
	const char *unit; /* what is counted */
	uint64_t (*run)(struct fixture *, unsigned, unsigned); /* fixture, iterations, argument */
	unsigned arg;					       /* varbinds of a request */
};

static const uint8_t if_table[COLUMNS] = {
	/* ifTable: ifIndex to ifSpecific */
	SN_TAG_INTEGER, SN_TAG_OCTETS, SN_TAG_INTEGER, SN_TAG_INTEGER, SN_TAG_GAUGE32,
	SN_TAG_OCTETS, SN_TAG_INTEGER, SN_TAG_INTEGER, SN_TAG_TIMETICKS, SN_TAG_COUNTER32,
	SN_TAG_COUNTER32, SN_TAG_COUNTER32, SN_TAG_COUNTER32, SN_TAG_COUNTER32, SN_TAG_COUNTER32,
	SN_TAG_COUNTER32, SN_TAG_COUNTER32, SN_TAG_COUNTER32, SN_TAG_COUNTER32, SN_TAG_COUNTER32,
	SN_TAG_GAUGE32, SN_TAG_OID,
	/* ifXTable: ifName to ifCounterDiscontinuityTime */
	SN_TAG_OCTETS, SN_TAG_COUNTER32, SN_TAG_COUNTER32, SN_TAG_COUNTER32, SN_TAG_COUNTER32,
	SN_TAG_COUNTER64, SN_TAG_COUNTER64, SN_TAG_COUNTER64, SN_TAG_COUNTER64, SN_TAG_COUNTER64,
	SN_TAG_COUNTER64, SN_TAG_COUNTER64, SN_TAG_COUNTER64, SN_TAG_INTEGER, SN_TAG_GAUGE32,
	SN_TAG_INTEGER, SN_TAG_INTEGER, SN_TAG_OCTETS, SN_TAG_TIMETICKS};

static void make_columns(struct fixture *f)
{
	static const uint8_t table[] = {0x2b, 6, 1, 2, 1, 2, 2, 1};
	static const uint8_t xtable[] = {0x2b, 6, 1, 2, 1, 31, 1, 1, 1};

	for (unsigned i = 0; i < COLUMNS; i++) {
		struct column *c = &f->columns[i];
		struct sn_span entry = i < 22 ? sn_span_make(table, sizeof(table))
					      : sn_span_make(xtable, sizeof(xtable));

		memcpy(c->oid, entry.p, entry.n);
		c->oid[entry.n] = (uint8_t)(i < 22 ? i + 1 : i - 21);
		c->n = entry.n + 1;
		c->tag = if_table[i];
	}
}

/* Numbers as busy devices have them: most counters need four or five octets, most INTEGERs one. */
static void make_value(struct sn_rng *r, uint8_t tag, struct sn_value *v, uint8_t *bytes)
{
	memset(v, 0, sizeof(*v));
	v->tag = tag;
	switch (tag) {
	case SN_TAG_INTEGER:
		v->i = (int64_t)sn_rng_below(r, sn_rng_below(r, 4) ? 7 : 9217);
		break;
	case SN_TAG_OCTETS:
		memset(bytes, 'x', 21);
		v->bytes = sn_span_make(bytes, sn_rng_below(r, 22));
		break;
	case SN_TAG_OID:
		v->bytes = sn_span_make("\0", 1);
		break;
	case SN_TAG_COUNTER64:
		v->u = sn_rng_u64(r) >> sn_rng_below(r, 3) * 8 >> 16;
		break;
	default:
		v->u = (uint32_t)sn_rng_u64(r) >> (sn_rng_below(r, 3) ? 0 : 12);
		break;
	}
}

static size_t make_name(const struct column *c, uint32_t row, uint8_t *out)
{
	memcpy(out, c->oid, c->n);
	return c->n + sn_oid_write_arc(out + c->n, row);
}

/* Row by row as GETBULK answers, as many varbinds as the datagram holds; made backward from that
 * number. */
static unsigned make_response(struct fixture *f, struct sn_rng *r, struct response *out)
{
	uint32_t first = 1 + (uint32_t)sn_rng_below(r, 200);

	for (unsigned n = 70; n > 0; n--) {
		uint8_t list[2 * DATAGRAM];
		struct sn_writer vbs = sn_writer_make(list, sizeof(list));
		struct sn_writer w = sn_writer_make(out->octets, sizeof(out->octets));
		struct sn_message m = {.version = SN_VERSION_2C,
				       .community = sn_span_str("public"),
				       .pdu = {.type = SN_PDU_RESPONSE, .request_id = 0x1abcdef0}};

		for (unsigned i = n; i-- > 0;) {
			uint8_t name[PREFIX_MAX + 5];
			uint8_t bytes[24];
			struct sn_value v;
			const struct column *c = &f->columns[i % COLUMNS];
			size_t name_n = make_name(c, first + i / COLUMNS, name);

			make_value(r, c->tag, &v, bytes);
			sn_varbind_write(&vbs, sn_span_make(name, name_n), &v);
		}
		m.pdu.vbs = sn_writer_span(&vbs);
		sn_community_write(&w, &m);
		if (vbs.err == SN_OK && w.err == SN_OK) {
			out->wire = sn_writer_span(&w);
			return n;
		}
	}
	abort();
}

static void make_fixture(struct fixture *f)
{
	struct sn_rng r;

	memset(f, 0, sizeof(*f));
	sn_rng_init_seed(&r, 2024);
	make_columns(f);
	for (unsigned i = 0; i < MESSAGES; i++) {
		f->varbinds += make_response(f, &r, &f->responses[i]);
		f->octets += f->responses[i].wire.n;
	}
}

/* Datagram to values, as the collector needs them. */
__attribute__((noinline)) static uint64_t kernel_decode(struct fixture *f, unsigned n, unsigned arg)
{
	uint64_t items = 0;
	uint64_t sum = arg;

	for (unsigned i = 0; i < n; i++) {
		struct sn_message m;
		struct sn_cursor cur;
		struct sn_varbind vb;
		struct sn_value v;

		if (sn_community_read(f->responses[i % MESSAGES].wire, &m)) {
			abort();
		}
		cur = sn_cursor_make(m.pdu.vbs);
		while (sn_varbind_next(&cur, &vb)) {
			if (sn_value_read(vb.tag, vb.value, &v)) {
				abort();
			}
			sum += vb.name.n + v.tag + v.u;
			items++;
		}
	}
	f->sink += sum;
	return items;
}

/* Full validation, as trace and tools do it. */
__attribute__((noinline)) static uint64_t kernel_check(struct fixture *f, unsigned n, unsigned arg)
{
	uint64_t items = arg;

	for (unsigned i = 0; i < n; i++) {
		struct sn_message m;
		int count;

		if (sn_community_read(f->responses[i % MESSAGES].wire, &m)) {
			abort();
		}
		count = sn_pdu_check(&m.pdu);
		if (count < 0) {
			abort();
		}
		items += (unsigned)count;
	}
	return items;
}

/* As a table walk reads it: column's prefix, index valid and greater than the last one, value. */
__attribute__((noinline)) static uint64_t kernel_walk(struct fixture *f, unsigned n, unsigned arg)
{
	uint64_t items = 0;
	uint64_t sum = arg;

	for (unsigned i = 0; i < n; i++) {
		struct sn_message m;
		struct sn_cursor cur;
		struct sn_varbind vb;
		struct sn_value v;
		struct sn_span last[COLUMNS] = {{NULL, 0}};
		unsigned k = 0;

		if (sn_community_read(f->responses[i % MESSAGES].wire, &m)) {
			abort();
		}
		cur = sn_cursor_make(m.pdu.vbs);
		while (sn_varbind_next(&cur, &vb)) {
			const struct column *c = &f->columns[k];
			struct sn_span index;

			if (!sn_span_is_prefix(sn_span_make(c->oid, c->n), vb.name)) {
				abort();
			}
			index = sn_span_from(vb.name, c->n);
			if (!sn_oid_index_valid(index) ||
			    (last[k].n && sn_oid_cmp(index, last[k]) <= 0) ||
			    sn_value_read(vb.tag, vb.value, &v)) {
				abort();
			}
			last[k] = index;
			k = k + 1 == COLUMNS ? 0 : k + 1;
			sum += v.u;
			items++;
		}
	}
	f->sink += sum;
	return items;
}

/* A GETBULK of some columns: the list from their OIDs, then the message around it. */
__attribute__((noinline)) static uint64_t kernel_getbulk(struct fixture *f, unsigned n,
							 unsigned arg)
{
	for (unsigned i = 0; i < n; i++) {
		struct sn_writer vbs = sn_writer_make(f->list, sizeof(f->list));
		struct sn_writer w = sn_writer_make(f->request, sizeof(f->request));
		struct sn_message m = {.version = SN_VERSION_2C,
				       .community = sn_span_make("public", 6),
				       .pdu = {.type = SN_PDU_GETBULK,
					       .request_id = (int32_t)(0x1abc0000 + i),
					       .index = 30}};

		for (unsigned k = arg; k-- > 0;) {
			sn_varbind_write_null(&vbs,
					      sn_span_make(f->columns[k].oid, f->columns[k].n));
		}
		m.pdu.vbs = sn_writer_span(&vbs);
		sn_community_write(&w, &m);
		if (vbs.err || w.err) {
			abort();
		}
		f->sink += sn_writer_len(&w);
	}
	return (uint64_t)n * arg;
}

/* Neighbours in a walk: the same column, the next row. */
__attribute__((noinline)) static uint64_t kernel_cmp(struct fixture *f, unsigned n, unsigned arg)
{
	static uint8_t names[MESSAGES][PREFIX_MAX + 5];
	static size_t lengths[MESSAGES];
	uint64_t below = 0;

	if (lengths[0] == 0) {
		for (unsigned i = 0; i < MESSAGES; i++) {
			lengths[i] =
				make_name(&f->columns[arg + i / 32], 100 + i % 32 * 7, names[i]);
		}
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned a = i % (MESSAGES - 1);

		below += sn_oid_cmp(sn_span_make(names[a], lengths[a]),
				    sn_span_make(names[a + 1], lengths[a + 1])) < 0;
	}
	if (below != n) {
		abort();
	}
	return n;
}

static const struct kernel kernels[] = {
	{"decode", "varbind", kernel_decode, 0},
	{"check", "varbind", kernel_check, 0},
	{"walk", "varbind", kernel_walk, 0},
	{"getbulk_1", "varbind", kernel_getbulk, 1},
	{"getbulk_10", "varbind", kernel_getbulk, 10},
	{"getbulk_41", "varbind", kernel_getbulk, 41},
	{"cmp", "comparison", kernel_cmp, 10},
};

enum { KERNELS = sizeof(kernels) / sizeof(kernels[0]) };

static void measure(struct fixture *f, const struct kernel *k, unsigned repeats)
{
	static double ns[RUNS_MAX];
	unsigned n = MESSAGES;
	uint64_t took = 0;
	uint64_t items;
	double median;

	/* as many iterations as take a millisecond; this warms up caches and clock, too */
	while (took < SN_NS_PER_MS) {
		uint64_t start = sn_clock_mono();

		n *= 2;
		items = k->run(f, n, k->arg);
		took = sn_clock_mono() - start;
	}
	for (unsigned i = 0; i < repeats; i++) {
		uint64_t start = sn_clock_mono();

		items = k->run(f, n, k->arg);
		ns[i] = (double)(sn_clock_mono() - start);
	}
	median = runs_median(ns, repeats);
	printf("%-11s %8.2f ns a %-10s  %9.1f ns an iteration  (min %.2f, p90 %.2f)\n", k->name,
	       median / (double)items, k->unit, median / n, ns[0] / (double)items,
	       ns[repeats * 9 / 10] / (double)items);
}

static int run_callgrind(struct fixture *f, unsigned n, const char *name)
{
	for (unsigned i = 0; i < KERNELS; i++) {
		if (strcmp(kernels[i].name, name) == 0) {
			uint64_t items = kernels[i].run(f, n, kernels[i].arg);

			printf("%s: %u iterations, %llu %ss\n", name, n, (unsigned long long)items,
			       kernels[i].unit);
			return EXIT_SUCCESS;
		}
	}
	fprintf(stderr, "bench_codec: no kernel '%s'\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	static struct fixture f;
	struct runs_options opt;

	if (!runs_read_options(&opt, "bench_codec", argc, argv)) {
		return 2;
	}
	make_fixture(&f);
	if (opt.kernel) {
		return run_callgrind(&f, opt.iterations, opt.kernel);
	}
	printf("responses: %.1f varbinds, %.1f octets\n", (double)f.varbinds / MESSAGES,
	       (double)f.octets / MESSAGES);
	for (unsigned i = 0; i < KERNELS; i++) {
		measure(&f, &kernels[i], opt.repeats);
	}
	return EXIT_SUCCESS;
}

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
#include "fixture.h"

#include "base/clock.h"
#include "encode/encoder.h"
#include "encode/expose.h"
#include "encode/layouts.h"

#include "support/runs.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUFFER = 65504 }; /* what an output buffer holds */

/* One kernel: n blocks. */
struct kernel {
	const char *name; /* of the figure and of --callgrind */
	void (*run)(struct fixture *, unsigned, const char *); /* fixture, blocks, format */
	const char *format;				       /* encoder's name */
};

/* What collect does once a value is decoded. */
__attribute__((noinline)) static void kernel_assemble(struct fixture *f, unsigned n,
						      const char *format)
{
	(void)format;
	for (unsigned i = 0; i < n; i++) {
		struct sn_block blk;

		fixture_assemble(f, &blk, &f->scratch);
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

/* The same text with snprintf. */
__attribute__((noinline)) static void kernel_printf(struct fixture *f, unsigned n,
						    const char *format)
{
	f->octets = 0;
	for (unsigned i = 0; i < n; i++) {
		plain_block(f, &f->blocks[i % BLOCKS], format);
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
		int len = sn_encoder_find(format)->rows(&opt, &f->blocks[b], &run, f->out, OUT);

		plain_block(f, &f->blocks[b], format);
		if (run.next != ROWS || len < 0 || (size_t)len != f->len ||
		    memcmp(f->out, f->text, f->len) != 0) {
			fprintf(stderr,
				"bench_encode: the %s encoder and snprintf differ\n%.*s\n%.*s\n",
				format, 1000, (const char *)f->out, 1000, f->text);
			exit(EXIT_FAILURE);
		}
	}
}

/* The exposition of every block must be what snprintf and qsort make of it. */
static void verify_expose(struct fixture *f)
{
	for (unsigned b = 0; b < BLOCKS; b++) {
		struct sn_span text;
		struct sn_expose *x = expose(&f->blocks[b], &text);

		plain_exposition(f, &f->blocks[b]);
		if (text.n != f->len || memcmp(text.p, f->text, f->len) != 0) {
			fprintf(stderr,
				"bench_encode: the exposition and snprintf differ\n%.*s\n%.*s\n",
				1000, (const char *)text.p, 1000, f->text);
			exit(EXIT_FAILURE);
		}
		sn_expose_free(x);
	}
}

static void measure(struct fixture *f, const struct kernel *k, unsigned repeats)
{
	static double ns[RUNS_MAX];
	const double varbinds = ROWS * COLUMNS;
	unsigned n = BLOCKS;
	uint64_t took = 0;
	double median;

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
	median = runs_median(ns, repeats);
	printf("%-17s %8.2f ns a varbind  (min %.2f, p90 %.2f)", k->name, median / n / varbinds,
	       ns[0] / n / varbinds, ns[repeats * 9 / 10] / n / varbinds);
	if (f->octets) {
		printf("  %7.1f MB/s, %.1f octets a varbind", (double)f->octets * 1e3 / median,
		       (double)f->octets / n / varbinds);
	}
	printf("\n");
}

static int run_callgrind(struct fixture *f, unsigned n, const char *name)
{
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
	struct runs_options opt;

	if (!runs_read_options(&opt, "bench_encode", argc, argv)) {
		return 2;
	}
	fixture_make(&f);
	verify(&f, "influx");
	verify(&f, "json");
	verify(&f, "prometheus");
	verify_expose(&f);
	if (opt.kernel) {
		return run_callgrind(&f, opt.iterations, opt.kernel);
	}
	for (unsigned i = 0; i < KERNELS; i++) {
		measure(&f, &kernels[i], opt.repeats);
	}
	return EXIT_SUCCESS;
}

/*
 * Fuzz target: tables with any names, kinds, labels and cells, as series. What comes out must be
 * read by an independent reader: as a stream, and as an exposition in both formats.
 */
#include "encode/encoder.h"
#include "encode/expose.h"
#include "support/fuzz.h"
#include "support/odd.h"
#include "support/prom_check.h"

enum { OUT = 1 << 20 };

static void expect_readable(enum prom_check_kind kind, const uint8_t *text, size_t n,
			    unsigned *samples)
{
	struct prom_check check = {.kind = kind};

	if (!prom_check(&check, text, n)) {
		fprintf(stderr, "%s in:\n%.*s\n", check.why, (int)n, (const char *)text);
		abort();
	}
	*samples = check.samples;
}

static unsigned check_stream(const struct odd *w)
{
	static const struct sn_encoder_options opt;
	static uint8_t out[OUT];
	const struct sn_encoder *e = sn_encoder_find("prometheus");
	struct sn_encoder_run run = {0};
	unsigned samples;
	size_t used = 0;

	fuzz_expect(e != NULL);
	while (run.next < w->blk.nrows) {
		int n = e->rows(&opt, &w->blk, &run, out + used, OUT - used);

		fuzz_expect(n >= 0);
		used += (size_t)n;
	}
	expect_readable(PROM_CHECK_STREAM, out, used, &samples);
	return samples;
}

/* Whether there is text where a number is meant: no series in a stream, 0 in an exposition. */
static bool has_text_for_number(const struct sn_block *blk)
{
	for (uint32_t i = 0; i < blk->nrows; i++) {
		const struct sn_row *row = sn_block_row(blk, i);

		for (unsigned c = 0; c < blk->schema->ncolumns; c++) {
			uint8_t tag = sn_block_tag(blk, row, c);

			if (sn_kind_is_number(blk->schema->columns[c].kind) && tag &&
			    !sn_value_is_number(tag)) {
				return true;
			}
		}
	}
	return false;
}

/* With the labels of the stream, every sample of it is in, or counted as a duplicate. */
static void check_exposition(const struct odd *w, enum sn_expose_format format, bool origin,
			     unsigned streamed)
{
	struct sn_expose *x = sn_expose_new(&(struct sn_expose_options){
		.format = format, .origin = origin, .timestamps = origin, .wrap_counters = origin});
	struct sn_span text;
	unsigned samples;

	fuzz_expect(x != NULL);
	fuzz_expect(sn_expose_block(x, &w->blk) == SN_OK);
	if (origin) {
		fuzz_expect(sn_expose_sample(x, w->columns[0].name, w->columns[0].help, "gauge",
					     "a=\"\\\"\",b=\"\\n\"", 1) == SN_OK);
		fuzz_expect(sn_expose_block(x, &w->blk) == SN_OK);
		streamed = 2 * streamed + 1;
	}
	fuzz_expect(sn_expose_finish(x, &text) == SN_OK);
	expect_readable(format == SN_EXPOSE_TEXT ? PROM_CHECK_TEXT : PROM_CHECK_OPENMETRICS, text.p,
			text.n, &samples);
	if (origin) {
		fuzz_expect(samples + sn_expose_duplicates(x) >= streamed);
		fuzz_expect(samples + sn_expose_duplicates(x) == streamed ||
			    has_text_for_number(&w->blk));
	}
	sn_expose_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned streamed;
	struct odd w;

	odd_init(&w, data, size);
	streamed = check_stream(&w);
	check_exposition(&w, SN_EXPOSE_TEXT, false, streamed);
	check_exposition(&w, SN_EXPOSE_TEXT, true, streamed);
	check_exposition(&w, SN_EXPOSE_OPENMETRICS, false, streamed);
	check_exposition(&w, SN_EXPOSE_OPENMETRICS, true, streamed);
	odd_fini(&w);
	return 0;
}

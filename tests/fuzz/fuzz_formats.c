/*
 * Fuzz target: tables with any names, kinds, labels and cells as OTLP, as Avro and as JSON samples.
 * What comes out must be read by other readers, strict ones, whatever the size of the buffer, and
 * it must be the same rows and values in one body or in many.
 *
 * ctest: corpus=expose
 */
#include "base/utf8.h"
#include "encode/encoder.h"
#include "encode/layouts.h"
#include "support/body_check.h"
#include "support/fuzz.h"
#include "support/odd.h"

#include <cjson/cJSON.h>

#include <stdlib.h>

enum { OUT = 1 << 20, SMALL = 700 };

/* What all bodies of a block say together. */
struct sums {
	unsigned values;  /* points, or values of rows */
	unsigned rows;	  /* Avro: rows */
	uint32_t records; /* as the encoder counts */
};

typedef bool checker(struct body_check *c, struct sn_span body);

/* Whole lines, each an object and UTF-8. */
static bool check_lines(struct body_check *c, struct sn_span body)
{
	*c = (struct body_check){.why = NULL};
	for (size_t i = 0; i < body.n;) {
		size_t n = sn_utf8_length(body.p + i, body.n - i);

		if (n == 0) {
			c->why = "text that is no UTF-8";
			return false;
		}
		i += n;
	}
	while (body.n) {
		const uint8_t *end = memchr(body.p, '\n', body.n);
		cJSON *line =
			end ? cJSON_ParseWithLength((const char *)body.p, (size_t)(end - body.p))
			    : NULL;

		if (!cJSON_IsObject(line) || !cJSON_GetObjectItem(line, "value")) {
			cJSON_Delete(line);
			c->why = "a line that is no object";
			return false;
		}
		cJSON_Delete(line);
		c->values++;
		body = sn_span_from(body, (size_t)(end - body.p) + 1);
	}
	return true;
}

static void add(struct sums *sums, checker *check, const uint8_t *body, int n)
{
	struct body_check c;

	if (!check(&c, sn_span_make(body, (size_t)n))) {
		fprintf(stderr, "%s\n", c.why);
		abort();
	}
	sums->values += c.values;
	sums->rows += c.rows;
}

/* Rows in bodies of at most cap octets, in memory of just that size; those that do not fit go by
 * themselves. */
static struct sums encode(const struct sn_encoder *e, checker *check, const struct sn_block *blk,
			  struct sn_layouts *kept, size_t cap)
{
	static const struct sn_encoder_options opt = {.descriptions = true};
	struct sn_encoder_run run = {.kept = kept};
	struct sums sums = {.values = 0};

	while (run.next < blk->nrows) {
		uint8_t *out = malloc(cap);
		int n;

		fuzz_expect(out != NULL);
		n = e->rows(&opt, blk, &run, out, cap);
		fuzz_expect(n >= 0 || n == SN_ESPACE);
		if (n > 0) {
			add(&sums, check, out, n);
		}
		free(out);
		if (n == SN_ESPACE) {
			static uint8_t large[OUT];

			n = e->row(&opt, blk, sn_block_row(blk, run.next++), large, OUT);
			fuzz_expect(n >= 0);
			if (n > 0) {
				add(&sums, check, large, n);
				run.records++;
			}
		}
	}
	sums.records = run.records;
	return sums;
}

static void check_format(const char *name, checker *check, const struct sn_block *blk)
{
	const struct sn_encoder *e = sn_encoder_find(name);
	struct sn_layouts kept = {.n = 0};
	struct sums whole;

	fuzz_expect(e != NULL);
	whole = encode(e, check, blk, NULL, OUT);
	fuzz_expect(whole.rows == 0 || whole.rows == whole.records);
	for (size_t cap = 1; cap < SMALL; cap += 29) {
		struct sums parts =
			encode(e, check, blk, cap % 2 ? &kept : NULL, 1 + cap * cap / 8);

		fuzz_expect(parts.values == whole.values && parts.rows == whole.rows);
		fuzz_expect(parts.records == whole.records);
	}
	sn_layouts_forget(&kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct odd w;

	odd_init(&w, data, size);
	w.blk.has_uptime = size % 2;
	w.blk.uptime = size;
	w.blk.started = size % 3;
	w.schema.discontinuity = size % 5 ? -1 : 0;
	check_format("otlp", body_check_otlp, &w.blk);
	check_format("avro", body_check_avro, &w.blk);
	check_format("json_samples", check_lines, &w.blk);
	odd_fini(&w);
	return 0;
}

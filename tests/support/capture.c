/*
 * Caught outputs, see capture.h. Called by collect in place of output/port.c.
 */
#include "support/capture.h"

#include "base/hash.h"

#include <stdlib.h>

/* Weak: where pumps are linked as well, their tests, the product's own functions win. */
#define STAND_IN __attribute__((weak))

enum { SCRATCH = 1 << 20, PASS_AFTER = 100 * 1000 * 1000 };

static uint8_t scratch[SCRATCH];

void capture_init(struct sn_outputs *out, const struct sn_encoder *encoder, bool keep)
{
	memset(out, 0, sizeof(*out));
	out->encoder = encoder;
	out->keep = keep;
}

void capture_fini(struct sn_outputs *out)
{
	free(out->data);
	out->data = NULL;
	out->n = 0;
}

static void take(struct sn_outputs *out, int n)
{
	if (n < 0) {
		return; /* no memory for the encoder: the record is lost */
	}
	out->digest = sn_hash_bytes(scratch, (size_t)n, out->digest);
	if (!out->keep) {
		return;
	}
	if (out->n + (size_t)n > out->cap) {
		size_t cap = 2 * out->cap + (size_t)n;
		uint8_t *data = realloc(out->data, cap);

		if (!data) {
			return;
		}
		out->data = data;
		out->cap = cap;
	}
	memcpy(out->data + out->n, scratch, (size_t)n);
	out->n += (size_t)n;
}

unsigned capture_count(const struct sn_outputs *out, const char *text)
{
	const uint8_t *p = out->data;
	const uint8_t *end = p + out->n;
	unsigned found = 0;

	while (p < end) {
		const uint8_t *eol = memchr(p, '\n', (size_t)(end - p));

		eol = eol ? eol : end;
		found += memmem(p, (size_t)(eol - p), text, strlen(text)) != NULL;
		p = eol + 1;
	}
	return found;
}

STAND_IN int sn_outputs_new(struct sn_pump *const *pumps, unsigned n, unsigned worker,
			    struct sn_counters *counters, struct sn_outputs **outs)
{
	(void)pumps;
	(void)n;
	(void)worker;
	(void)counters;
	(void)outs;
	return SN_ENOSYS; /* a test has its own */
}

STAND_IN void sn_outputs_free(struct sn_outputs *outs)
{
	capture_fini(outs);
}

STAND_IN void sn_outputs_rows(struct sn_outputs *out, const struct sn_block *blk)
{
	struct sn_encoder_options opt = {.types = true};
	struct sn_encoder_run run = {0};

	out->rows += blk->nrows;
	out->pending = true;
	if (out->on_rows) {
		out->on_rows(out->ctx, blk);
	}
	while (out->encoder && run.next < blk->nrows) {
		int n = out->encoder->rows(&opt, blk, &run, scratch, sizeof(scratch));

		take(out, n);
		if (n < 0) {
			return;
		}
	}
}

STAND_IN void sn_outputs_forget(struct sn_outputs *out)
{
	out->forgotten++;
}

STAND_IN void sn_outputs_round(struct sn_outputs *out, const struct sn_round *round)
{
	struct sn_encoder_options opt = {0};

	out->rounds++;
	out->pending = true;
	if (out->on_round) {
		out->on_round(out->ctx, round);
	}
	if (out->encoder) {
		take(out, out->encoder->round(&opt, round, scratch, sizeof(scratch)));
	}
}

STAND_IN bool sn_outputs_ready(struct sn_outputs *out)
{
	out->asked++;
	if (out->blocked_asks) {
		out->blocked_asks--;
		return false;
	}
	return !out->blocked;
}

STAND_IN void sn_outputs_flush(struct sn_outputs *out, uint64_t now, bool force)
{
	/* as the product's: records leave with the first flush that finds them 100 ms old */
	out->flushes++;
	out->forced += force;
	if (out->pending && !out->since) {
		out->since = now;
	}
	if (out->pending && (force || now - out->since >= PASS_AFTER)) {
		out->longest = now - out->since > out->longest ? now - out->since : out->longest;
		out->pending = false;
		out->since = 0;
	}
}

/*
 * The bodies of bodies.h.
 */
#include "support/bodies.h"

#include "support/suite.h"

unsigned bodies_of(const struct sn_encoder *e, const struct sn_encoder_options *opt,
		   const struct sn_block *blk, size_t cap,
		   bool (*check)(struct body_check *c, struct sn_span body), struct bodies *sum)
{
	struct sn_encoder_run run = {.next = 0};
	unsigned bodies = 0;

	*sum = (struct bodies){.rows = 0};
	while (run.next < blk->nrows) {
		uint8_t *heap = malloc(cap ? cap : 1);
		uint32_t next = run.next;
		struct body_check c;
		int n;

		suite_expect(heap != NULL);
		n = e->rows(opt, blk, &run, heap, cap);
		if (n == SN_ESPACE) {
			suite_expect(run.next == next);
			free(heap);
			return 0;
		}
		suite_expect(n > 0 || run.next == blk->nrows);
		if (n > 0) {
			suite_expect(check(&c, sn_span_make(heap, (size_t)n)));
			suite_expect(bodies == 0 || c.schema_id == sum->schema_id);
			sum->schema_id = c.schema_id;
			sum->rows += c.rows;
			sum->values += c.values;
			bodies++;
		}
		free(heap);
	}
	sum->records = run.records;
	return bodies;
}

/*
 * What of all rows and round records an output is given: by module, by metric, by label of the
 * target. Patterns are those of fnmatch(3): * and ? stand for any letters and any one. On workers,
 * but for making and freeing.
 */
#ifndef SN_OUTPUT_FILTER_H
#define SN_OUTPUT_FILTER_H

#include "base/err.h"
#include "record/block.h"
#include "record/round.h"

/* A label of the target, and what it must be like; one it does not have is "". */
struct sn_filter_label {
	const char *name;    /* label */
	const char *pattern; /* of its value */
};

/* All of the three must agree; what has no patterns lets everything pass. */
struct sn_filter {
	const char *const *modules;	      /* patterns: one must fit */
	const char *const *metrics;	      /* patterns: values that fit none are left out */
	const struct sn_filter_label *labels; /* all must fit */
	uint32_t nmodules;
	uint32_t nmetrics;
	uint32_t nlabels;
};

/* What a filter makes of the schemas that it has met; all zero: of none yet. One worker's. */
struct sn_filtered {
	struct sn_filtered_schema **slot; /* by address of the schema; cap of them */
	uint32_t n;			  /* in use */
	uint32_t cap;			  /* a power of two, or 0 */
};

/* Whether it filters at all. */
static inline bool sn_filter_is_empty(const struct sn_filter *f)
{
	return f->nmodules == 0 && f->nmetrics == 0 && f->nlabels == 0;
}

/* A copy that stands by itself, freed by free(). NULL: no memory. */
struct sn_filter *sn_filter_copy(const struct sn_filter *f);

/*
 * What passes of a block: blk itself, *room as a block with fewer values, or NULL: nothing. SN_OK
 * or SN_ENOMEM, which can be only at the first block of a schema. What is kept of it in kept
 * borrows from the schema until sn_filtered_forget.
 */
SN_MUST_USE int sn_filter_rows(const struct sn_filter *f, struct sn_filtered *kept,
			       const struct sn_block *blk, struct sn_block *room,
			       const struct sn_block **passed);

/* Whether a round record passes: any of its modules does, and its labels. */
bool sn_filter_round(const struct sn_filter *f, const struct sn_round *round);

/* Forgets and frees what is kept. */
void sn_filtered_forget(struct sn_filtered *kept);

#endif

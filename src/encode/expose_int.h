/*
 * What an exposition consists of: families with their samples, each sample with the labels of its
 * series. Made by expose.c, filled by expose_block.c, ordered and written by expose_text.c.
 */
#ifndef SN_ENCODE_EXPOSE_INT_H
#define SN_ENCODE_EXPOSE_INT_H

#include "encode/expose.h"
#include "encode/text.h"

#include "base/arena.h"

/* The labels of one series, or of one row for all columns that share them. In the arena. */
struct sn_expose_labels {
	const void *names; /* which names: equal pointers, equal names; NULL: unknown */
	uint64_t at;	   /* Unix ms, 0: no time stamp */
	uint64_t number;   /* in order of arrival */
	uint32_t nlabels;  /* labels */
	uint32_t row;	   /* of the block, while it is added */
	uint32_t n;	   /* bytes of text */
	bool twin;	   /* it is the same as the one before it in the order of its block */
	uint8_t text[];	   /* braces and all, "" when there are none; then SN_TEXT_SLACK bytes */
};

struct sn_expose_series {
	const struct sn_expose_labels *labels; /* shared with other columns of the row */
	double value;			       /* of the sample */
};

/* Series of one column of one block. */
struct sn_expose_chunk {
	struct sn_expose_chunk *next;	 /* of the same family */
	struct sn_expose_series *series; /* n of them */
	uint32_t n;			 /* series */
	bool sorted;			 /* they are in order */
};

struct sn_expose_family {
	struct sn_expose_family *next; /* in order of appearance */
	struct sn_expose_chunk *first; /* of its series */
	struct sn_expose_chunk *last;  /* the same */
	const char *name;	       /* as it is written; then SN_TEXT_SLACK bytes */
	const char *help;	       /* first half of the help text */
	const char *help_suffix;       /* second half */
	const char *type;	       /* "counter", "gauge", ... */
	uint64_t hash;		       /* of the name */
	uint32_t name_len;	       /* bytes of name */
	uint32_t nchunks;	       /* chunks */
};

struct sn_expose {
	struct sn_expose_options opt;	   /* what was asked for */
	struct sn_arena_pool pool;	   /* of the arenas */
	struct sn_arena arena;		   /* all of it but the text */
	struct sn_arena temp;		   /* what one call needs */
	struct sn_expose_family *families; /* newest first */
	struct sn_expose_family **slots;   /* by hash of the name, linear probing */
	uint32_t nslots;		   /* a power of two, or 0 */
	uint32_t nfamilies;		   /* families */
	uint64_t nlabels;		   /* struct sn_expose_labels so far */
	uint64_t duplicates;		   /* left out by the last finish */
	uint8_t *scratch;		   /* labels on their way to the arena */
	size_t scratch_cap;		   /* bytes of scratch */
	uint8_t *out;			   /* the text */
	size_t out_cap;			   /* bytes of out */
};

/* Makes scratch larger; what is in it is lost. SN_OK, SN_ENOMEM. */
SN_MUST_USE int sn_expose_grow_scratch(struct sn_expose *x);

/* The family of a name, as it is written. A new one is described by help text (NULL: none) and
 * type, which are copied, and suffix, which is not. NULL: no memory. */
SN_MUST_USE struct sn_expose_family *sn_expose_family(struct sn_expose *x, struct sn_span name,
						      const char *help, const char *suffix,
						      const char *type);

/* A chunk for at most n series at the end of a family. NULL: no memory. */
SN_MUST_USE struct sn_expose_chunk *sn_expose_chunk(struct sn_expose *x, struct sn_expose_family *f,
						    size_t n);

/* A copy of labels as they are written. NULL: no memory. */
SN_MUST_USE struct sn_expose_labels *sn_expose_labels(struct sn_expose *x, struct sn_span text,
						      const void *names, uint32_t nlabels);

static inline void sn_expose_add(struct sn_expose_chunk *chunk,
				 const struct sn_expose_labels *labels, double value)
{
	chunk->series[chunk->n++] = (struct sn_expose_series){.labels = labels, .value = value};
}

/* Puts labels in order, by number of labels, then by their values; marks twins. */
void sn_expose_sort_labels(struct sn_expose_labels **labels, uint32_t n);

#endif

/*
 * Blocks with any names, kinds, labels and cells, made from the octets of a fuzzer or of a random
 * source: what encoders must bear.
 */
#ifndef TEST_SUPPORT_ODD_H
#define TEST_SUPPORT_ODD_H

#include "encode/encoder.h"

enum { ODD_COLUMNS = 10, ODD_INDEXES = 3, ODD_LOOKUPS = 3, ODD_ENUMS = 4, ODD_SERIES = 3 };

struct odd {
	struct sn_arena_pool pool;		  /* of arena */
	struct sn_arena arena;			  /* of texts and rows */
	struct sn_column columns[ODD_COLUMNS];	  /* of schema */
	struct sn_index indexes[ODD_INDEXES];	  /* of schema */
	struct sn_lookup lookups[ODD_LOOKUPS];	  /* of schema */
	struct sn_enum_name enums[ODD_ENUMS];	  /* of all that has names */
	struct sn_series series[ODD_SERIES];	  /* of columns */
	uint8_t dropped[ODD_SERIES][ODD_INDEXES]; /* of series */
	uint32_t chosen[ODD_SERIES][ODD_LOOKUPS]; /* lookups of series */
	struct sn_label label;			  /* of origin */
	struct sn_origin origin;		  /* of the block */
	struct sn_schema schema;		  /* of the block */
	struct sn_block blk;			  /* the rows */
};

/* Aborts when there is no memory. odd_fini returns what it takes. */
void odd_init(struct odd *w, const uint8_t *data, size_t size);
void odd_fini(struct odd *w);

#endif

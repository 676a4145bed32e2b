/*
 * What bench_encode works on: blocks of if_mib, 48 interfaces of 41 columns with numbers as busy
 * devices have them, and room for the text made of them. fixture.c makes it, main.c times encoders
 * on it, plain.c and plain_prom.c make the same text with snprintf. One thread, fixed seed.
 */
#ifndef BENCH_ENCODE_FIXTURE_H
#define BENCH_ENCODE_FIXTURE_H

#include "record/block.h"

enum {
	BLOCKS = 8, /* different ones: more than the branch predictor learns by heart */
	ROWS = 48,
	COLUMNS = 41,
	OUT = 512 * 1024, /* room for the text of one block */
	TARGET_LABELS = 3
};

enum { IF_ALIAS = 39, IF_DESCR = 1, IF_NAME = 22 }; /* columns that are look-ups, too */

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

extern const struct sn_origin fixture_origin; /* of all blocks, with TARGET_LABELS labels */

void fixture_make(struct fixture *f);

/* A block from the cells, as collect makes one of decoded values. */
void fixture_assemble(struct fixture *f, struct sn_block *blk, struct sn_arena *arena);

/* plain.c: the usual way, snprintf and a switch for every value */

/* Appends to the text, as one would. */
__attribute__((format(printf, 2, 3))) void plain_add(struct fixture *f, const char *fmt, ...);

/* Text with a backslash before each of `special`. */
void plain_escaped(struct fixture *f, struct sn_span s, const char *special);

/* A block as text, its length in f->len: "json", "influx" or "prometheus". */
void plain_block(struct fixture *f, const struct sn_block *blk, const char *format);

/* plain_prom.c */

/* A row as Prometheus' lines. */
void plain_prometheus(struct fixture *f, const struct sn_block *blk, const struct sn_row *row);

/* A block as an exposition, by snprintf and qsort. */
void plain_exposition(struct fixture *f, const struct sn_block *blk);

#endif

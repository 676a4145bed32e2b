/*
 * The outputs of a worker, caught: this library defines the sn_outputs_* functions of output/pump.h
 * itself, so a test that uses it runs without pumps, threads or sinks and the same run gives the
 * same bytes. A test gets it by calling capture_init; one that does not is linked with the
 * product's.
 */
#ifndef TEST_SUPPORT_CAPTURE_H
#define TEST_SUPPORT_CAPTURE_H

#include "output/pump.h"

struct sn_outputs {
	const struct sn_encoder *encoder; /* NULL: only the calls below */
	bool keep;			  /* keep the bytes, else only their digest */
	bool blocked;			  /* sn_outputs_ready says no */
	uint64_t blocked_asks;		  /* it says so that many times */
	uint8_t *data;			  /* all records, if keep */
	size_t n;			  /* octets */
	size_t cap;			  /* room at data */
	uint64_t digest;		  /* of all octets */
	uint64_t rows;			  /* handed in */
	uint64_t rounds;		  /* handed in */
	uint64_t asked;			  /* calls of sn_outputs_ready */
	uint64_t flushes;		  /* calls of sn_outputs_flush */
	uint64_t forgotten;		  /* calls of sn_outputs_forget */
	bool pending;			  /* something was not passed on yet */
	uint64_t since;			  /* time of the flush that saw it first, 0: none yet */
	uint64_t longest;		  /* ns from such a flush to the one that passed it on */
	uint64_t forced;		  /* of these, with force */
	void *ctx;			  /* first argument of the calls below */
	void (*on_rows)(void *ctx, const struct sn_block *blk);	   /* may be NULL */
	void (*on_round)(void *ctx, const struct sn_round *round); /* may be NULL */
};

/* Nothing caught yet; encoder NULL or a format. */
void capture_init(struct sn_outputs *out, const struct sn_encoder *encoder, bool keep);
void capture_fini(struct sn_outputs *out);

/* Number of lines that contain text; only with keep. */
unsigned capture_count(const struct sn_outputs *out, const char *text);

#endif

/*
 * Encoders: rows and round records to bytes of one format. Each format is one file with one struct
 * sn_encoder, joined by the table in formats/encoder.c. Pure functions, called by workers.
 */
#ifndef SN_ENCODE_ENCODER_H
#define SN_ENCODE_ENCODER_H

#include "record/block.h"
#include "record/round.h"

/* User options of a format; zero is the default of each. */
struct sn_encoder_options {
	bool types;	      /* json: add "types", the SNMP type of every value */
	bool int64_as_string; /* json: 64-bit integers beyond 2^53 as strings */
	bool unsigned_suffix; /* influx: unsigned integers with the suffix u; default i, clamped at
				 2^63-1 */
	bool descriptions;    /* otlp: what metrics mean, with each of them */
	bool wrap_unsigned;   /* avro: integers beyond 2^63-1 modulo 2^63; default: as doubles */
	bool stream; /* not the user's: bodies go to a stream, each behind what SN_FRAMING_LENGTH
			says */
	uint32_t schema_id;	  /* avro: of rows at the schema registry */
	uint32_t round_schema_id; /* avro: of round records */
};

/* How the bytes of one call relate to those of the next. */
enum sn_framing {
	SN_FRAMING_LINES,  /* lines: they may follow each other, and go by any sink */
	SN_FRAMING_LENGTH, /* a call makes one body; on a stream its length comes before it, four
			      octets in network order, as the OpenTelemetry Collector's files have
			      it */
	SN_FRAMING_MESSAGE /* a call makes one body, which must be a message of its own: no streams
			    */
};

struct sn_layouts;

/* How far the rows of a block have been encoded; all zero to begin with, but for kept. */
struct sn_encoder_run {
	struct sn_layouts *kept; /* what was prepared for the blocks before (layouts.h), all by one
				    format; NULL: nothing is kept */
	uint32_t next;		 /* number of the first row that is not yet encoded */
	uint32_t records;	 /* rows so far that had something to say */
};

struct sn_encoder {
	const char *name;	  /* as in the configuration: "influx", "json", ... */
	const char *content_type; /* MIME type */
	const char *extension;	  /* usual file suffix without dot */
	enum sn_framing framing;  /* unless it is lines, each call makes one whole body */

	/*
	 * Writes one row, line end included (or a body with this row alone), into out[0..cap).
	 * Returns the bytes written; 0: the row has nothing to say in this format; SN_ESPACE: cap
	 * is too small, nothing counts as written; SN_ENOMEM: as rows.
	 */
	int (*row)(const struct sn_encoder_options *opt, const struct sn_block *blk,
		   const struct sn_row *row, uint8_t *out, size_t cap);

	/*
	 * Writes as many rows of blk as fit, from run->next on, and moves run. Much cheaper than
	 * row, since what all rows of a block have in common is prepared once. Returns the bytes
	 * written; SN_ESPACE: not even one row fits; SN_ENOMEM: the block's arena, from which large
	 * preparations come, is exhausted. Where framing is not lines: one body with these rows,
	 * so that one call is one message.
	 */
	int (*rows)(const struct sn_encoder_options *opt, const struct sn_block *blk,
		    struct sn_encoder_run *run, uint8_t *out, size_t cap);

	/* Writes one round record, as row. */
	int (*round)(const struct sn_encoder_options *opt, const struct sn_round *round,
		     uint8_t *out, size_t cap);
};

/* Finds a format by name, NULL when unknown. */
const struct sn_encoder *sn_encoder_find(const char *name);

/* All formats in order, NULL at the end; for help texts. */
const struct sn_encoder *sn_encoder_at(unsigned i);

#endif

/*
 * What a load test asks: up to one operation of each kind, with weights. Made from the command
 * line's texts by daemon on the main thread, read-only for the workers from then on. Pure
 * functions.
 */
#ifndef SN_LOAD_MIX_H
#define SN_LOAD_MIX_H

#include "codec/pdu.h"

enum sn_mix_kind {
	SN_MIX_GET,
	SN_MIX_GETNEXT,
	SN_MIX_BULK,
	SN_MIX_WALK, /* from an OID to the end of its subtree, and again from the next target */
	SN_MIX_KINDS
};

enum {
	SN_MIX_OIDS_MAX = 128, /* in one request */
	SN_MIX_ROOM = 8192,    /* octets of a request's varbinds */
	SN_MIX_WHY_MAX = 256   /* bytes of a complaint */
};

struct sn_mix_op {
	uint32_t weight;	   /* share of the requests; 0: not part of the mix */
	uint32_t noids;		   /* names in a request */
	uint8_t type;		   /* SN_PDU_GET, ...; of a walk GETNEXT or GETBULK, by version */
	uint32_t repetitions;	   /* of a GETBULK */
	uint32_t n;		   /* octets in use below */
	uint8_t room[SN_MIX_ROOM]; /* VarBindList content; of a walk the OID it begins at */
};

/* All zero is empty. */
struct sn_mix {
	struct sn_mix_op op[SN_MIX_KINDS]; /* by kind */
	uint32_t total;			   /* of the weights */
};

/* "get", "getnext", "bulk", "walk". */
const char *sn_mix_name(enum sn_mix_kind kind);

/*
 * Adds an operation with weight 1: its OIDs, separated by commas (a walk has one). repetitions of
 * GETBULKs, bulk: the version has them. SN_EINVAL: why (SN_MIX_WHY_MAX bytes) says what is wrong.
 */
SN_MUST_USE int sn_mix_add(struct sn_mix *m, enum sn_mix_kind kind, const char *oids,
			   uint32_t repetitions, bool bulk, char *why);

/* Sets weights: "get=80,bulk=20"; all operations that were added must occur. SN_EINVAL: see why. */
SN_MUST_USE int sn_mix_weigh(struct sn_mix *m, const char *text, char *why);

/* The kind that a number below m->total falls to. */
enum sn_mix_kind sn_mix_pick(const struct sn_mix *m, uint64_t ticket);

static inline struct sn_span sn_mix_content(const struct sn_mix_op *op)
{
	return sn_span_make(op->room, op->n);
}

#endif

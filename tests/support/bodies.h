/*
 * A block in as many message bodies as it takes, each of them read by body_check.h: for the tests
 * of encoders whose messages are bodies.
 */
#ifndef TEST_SUPPORT_BODIES_H
#define TEST_SUPPORT_BODIES_H

#include "encode/encoder.h"
#include "support/body_check.h"

/* All bodies of a block together. */
struct bodies {
	unsigned rows;	    /* as struct body_check */
	unsigned values;    /* likewise */
	uint32_t schema_id; /* of each of them */
	uint32_t records;   /* that the encoder says it wrote */
};

/*
 * Encodes into heap blocks of cap octets; fails the test if check finds a body wrong, or if what
 * did not fit was passed over. Returns how many bodies, 0 where a row did not fit.
 */
unsigned bodies_of(const struct sn_encoder *e, const struct sn_encoder_options *opt,
		   const struct sn_block *blk, size_t cap,
		   bool (*check)(struct body_check *c, struct sn_span body), struct bodies *sum);

#endif

/*
 * MurmurHash2 (Austin Appleby, 32 bits) with the seed that Kafka's Java client takes: whoever
 * produces by it puts a key into the same partition as we do. Called by workers.
 */
#ifndef SN_OUTPUT_MURMUR2_H
#define SN_OUTPUT_MURMUR2_H

#include "base/span.h"

/* Hash of a key. Read as little-endian words, whatever the machine's order. */
uint32_t sn_murmur2(struct sn_span key);

/* The partition of a key, as Java's DefaultPartitioner: the hash's lower 31 bits by partitions, of
 * which there is one at least. */
static inline int32_t sn_murmur2_partition(uint32_t hash, int32_t partitions)
{
	return (int32_t)(hash & 0x7fffffff) % partitions;
}

#endif

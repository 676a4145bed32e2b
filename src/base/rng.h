/*
 * Random numbers as an argument: a worker draws request-id generations and jitter from its own
 * source. The system source reads getrandom(2) in blocks; the seeded source is a xoshiro256**
 * stream for tests and io/fake, where the same seed must give the same run. One thread per source.
 */
#ifndef SN_BASE_RNG_H
#define SN_BASE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct sn_rng {
	uint64_t state[4];  /* seeded source: xoshiro state */
	uint64_t block[32]; /* system source: bytes not yet used */
	uint32_t left;	    /* words of block not yet used */
	bool seeded;	    /* true: deterministic, for tests only */
};

/* Cryptographic source. Never fails once the kernel's pool is ready (getrandom blocks until then).
 */
void sn_rng_init_system(struct sn_rng *r);

/* Deterministic source for tests and simulation. */
void sn_rng_init_seed(struct sn_rng *r, uint64_t seed);

uint64_t sn_rng_u64(struct sn_rng *r);

/* Uniform in [0, n), n > 0; bias below n / 2^64. */
uint64_t sn_rng_below(struct sn_rng *r, uint64_t n);

/* Wipes what was drawn ahead. */
void sn_rng_fini(struct sn_rng *r);

#endif

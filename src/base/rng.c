/*
 * Random sources, see rng.h. The seeded generator is xoshiro256** (Blackman and Vigna), its state
 * filled by splitmix64.
 */
#include "base/rng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void sn_rng_init_system(struct sn_rng *r)
{
	memset(r, 0, sizeof(*r));
}

static uint64_t splitmix64(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void sn_rng_init_seed(struct sn_rng *r, uint64_t seed)
{
	memset(r, 0, sizeof(*r));
	r->seeded = true;
	for (int i = 0; i < 4; i++) {
		r->state[i] = splitmix64(&seed);
	}
}

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static uint64_t xoshiro_next(uint64_t s[4])
{
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

/* getrandom(2) of up to 256 bytes is never short; only EINTR before the pool is ready can interrupt
 * it. */
static void refill(struct sn_rng *r)
{
	while (getrandom(r->block, sizeof(r->block), 0) != (ssize_t)sizeof(r->block)) {
		if (errno != EINTR) {
			abort();
		}
	}
	r->left = sizeof(r->block) / sizeof(r->block[0]);
}

uint64_t sn_rng_u64(struct sn_rng *r)
{
	uint64_t v;

	if (r->seeded) {
		return xoshiro_next(r->state);
	}
	if (r->left == 0) {
		refill(r);
	}
	r->left--;
	v = r->block[r->left];
	r->block[r->left] = 0;
	return v;
}

uint64_t sn_rng_below(struct sn_rng *r, uint64_t n)
{
	__extension__ typedef unsigned __int128 u128;

	return (uint64_t)(((u128)sn_rng_u64(r) * n) >> 64);
}

void sn_rng_fini(struct sn_rng *r)
{
	explicit_bzero(r, sizeof(*r));
}

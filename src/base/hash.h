/*
 * 64-bit hashing of short keys (target names, table indexes), inline because it sits on the row
 * path. Two 64-bit lanes folded by a 128-bit multiplication. Stable across runs and machines of one
 * byte order: a target's worker and phase derive from it, so the function must not change between
 * releases. Not meant to withstand chosen keys: tables that an agent can fill are bounded by their
 * caller and take a seed.
 */
#ifndef SN_BASE_HASH_H
#define SN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t sn_hash_mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 u128;
	u128 r = (u128)a * b;

	return (uint64_t)r ^ (uint64_t)(r >> 64);
}

/* Hash of n bytes under a seed; any thread. */
static inline uint64_t sn_hash_bytes(const void *key, size_t n, uint64_t seed)
{
	const uint8_t *p = key;
	uint64_t h = seed ^ 0x9e3779b97f4a7c15u ^ (uint64_t)n;

	while (n >= 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		h = sn_hash_mix(h ^ v, 0xd6e8feb86659fd93u);
		p += 8;
		n -= 8;
	}
	if (n) {
		uint64_t v = 0;

		memcpy(&v, p, n);
		h = sn_hash_mix(h ^ v, 0xd6e8feb86659fd93u);
	}
	h ^= h >> 32;
	return sn_hash_mix(h, 0xe7037ed1a0b428dbu);
}

#endif

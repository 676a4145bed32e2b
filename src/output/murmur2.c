/*
 * The hash of keys, see murmur2.h. A target's name has some ten octets, which take some ten
 * nanoseconds: less than it would cost to look up what was worked out before.
 */
#include "output/murmur2.h"

#include <endian.h>

static const uint32_t factor = 0x5bd1e995;
static const uint32_t seed = 0x9747b28c;

uint32_t sn_murmur2(struct sn_span key)
{
	uint32_t h = seed ^ (uint32_t)key.n;
	const uint8_t *p = key.p;
	size_t left = key.n;

	for (; left >= 4; p += 4, left -= 4) {
		uint32_t k;

		memcpy(&k, p, 4);
		k = le32toh(k) * factor;
		k ^= k >> 24;
		h = (h * factor) ^ (k * factor);
	}
	for (size_t i = left; i-- > 0;) {
		h ^= (uint32_t)p[i] << (8 * i);
	}
	if (left) {
		h *= factor;
	}
	h ^= h >> 13;
	h *= factor;
	return h ^ (h >> 15);
}

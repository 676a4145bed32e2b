/*
 * Blocks of addresses, see prefix.h. Any thread.
 */
#include "base/prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { V4_BITS = 32, V6_BITS = 128 };

/* The key of an address; *bits: its length. False: neither IPv4 nor IPv6. */
static bool key_of(const struct sn_addr *addr, uint8_t *key, unsigned *bits)
{
	memset(key, 0, sizeof(((struct sn_prefix *)0)->key));
	if (addr->sa.sa_family == AF_INET) {
		key[0] = 4;
		memcpy(key + 1, &addr->in.sin_addr, 4);
		*bits = V4_BITS;
		return true;
	}
	if (addr->sa.sa_family == AF_INET6) {
		key[0] = 6;
		memcpy(key + 1, &addr->in6.sin6_addr, 16);
		*bits = V6_BITS;
		return true;
	}
	return false;
}

/* The octet of a mask of so many bits. */
static uint8_t mask_octet(unsigned bits, unsigned octet)
{
	if (bits >= 8 * (octet + 1)) {
		return 0xff;
	}
	return (uint8_t)(bits <= 8 * octet ? 0 : 0xff00u >> (bits - 8 * octet));
}

static bool has_key(const struct sn_prefix *p, const uint8_t *key)
{
	if (p->key[0] != key[0]) {
		return false;
	}
	for (unsigned i = 0; 8 * i < p->bits; i++) {
		if ((p->key[1 + i] ^ key[1 + i]) & mask_octet(p->bits, i)) {
			return false;
		}
	}
	return true;
}

int sn_prefix_parse(struct sn_prefix *p, const char *text, bool *exact)
{
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	struct sn_addr addr = {0};
	unsigned long bits;
	unsigned max;
	char *end;

	memset(p, 0, sizeof(*p));
	if (!slash || (size_t)(slash - text) >= sizeof(host) || slash[1] < '0' || slash[1] > '9') {
		return SN_EINVAL;
	}
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (inet_pton(AF_INET, host, &addr.in.sin_addr) == 1) {
		addr.sa.sa_family = AF_INET;
	} else if (inet_pton(AF_INET6, host, &addr.in6.sin6_addr) == 1) {
		addr.sa.sa_family = AF_INET6;
	}
	bits = strtoul(slash + 1, &end, 10);
	if (!key_of(&addr, p->key, &max) || *end != '\0' || bits > max) {
		return SN_EINVAL;
	}
	p->bits = (uint8_t)bits;
	*exact = true;
	for (unsigned i = 0; i < max / 8; i++) {
		uint8_t kept = p->key[1 + i] & mask_octet(p->bits, i);

		*exact &= kept == p->key[1 + i];
		p->key[1 + i] = kept;
	}
	return SN_OK;
}

char *sn_prefix_format(const struct sn_prefix *p, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "-";

	inet_ntop(p->key[0] == 4 ? AF_INET : AF_INET6, p->key + 1, host, sizeof(host));
	snprintf(out, size, "%s/%u", host, p->bits);
	return out;
}

int sn_prefix_order(const struct sn_prefix *a, const struct sn_prefix *b)
{
	int order = memcmp(a->key, b->key, sizeof(a->key));

	return order ? order : (int)a->bits - (int)b->bits;
}

static const struct sn_prefix *at(const void *table, size_t size, uint32_t i)
{
	return (const void *)((const char *)table + i * size);
}

/* 1 + index of the first block that has the key, from the one of this number upwards; 0: none. */
static uint32_t climb(const void *table, size_t size, uint32_t number, const uint8_t *key)
{
	while (number && !has_key(at(table, size, number - 1), key)) {
		number = at(table, size, number - 1)->up;
	}
	return number;
}

void sn_prefix_link(void *table, uint32_t n, size_t size)
{
	for (uint32_t i = 0; i < n; i++) {
		struct sn_prefix *p = (void *)((char *)table + i * size);

		/* whatever is around this block is around the one before too, or is that one */
		p->up = climb(table, size, i, p->key);
	}
}

int64_t sn_prefix_find(const void *table, uint32_t n, size_t size, const struct sn_addr *addr)
{
	struct sn_prefix key;
	unsigned bits;
	uint32_t low = 0;
	uint32_t high = n;

	if (!key_of(addr, key.key, &bits)) {
		return -1;
	}
	key.bits = (uint8_t)bits;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (sn_prefix_order(at(table, size, mid), &key) <= 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return (int64_t)climb(table, size, low, key.key) - 1;
}

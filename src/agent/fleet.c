/*
 * Which device an address is, where its store is asked; see fleet.h. Any thread: nothing changes.
 */
#include "agent/fleet.h"

#include "store/synthetic.h"
#include "usm/crypto.h"

#include <stdio.h>
#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
	const struct sn_fleet_recording *x = a;
	const struct sn_fleet_recording *y = b;

	return strcmp(x->name, y->name);
}

int sn_fleet_sort(struct sn_fleet *f)
{
	qsort(f->recording, f->nrecordings, sizeof(*f->recording), by_name);
	for (uint32_t i = 0; i < f->nrecordings; i++) {
		struct sn_fleet_recording *r = &f->recording[i];
		struct sn_span name = sn_span_str(r->name);
		uint8_t md5[SN_AUTH_KEY_MAX];

		if (i && strcmp(f->recording[i - 1].name, r->name) == 0) {
			return SN_EEXIST;
		}
		sn_crypto_hash(SN_AUTH_MD5, &name, 1, md5);
		for (size_t k = 0; k < sn_auth_info(SN_AUTH_MD5)->digest; k++) {
			snprintf(&r->digest[2 * k], 3, "%02x", md5[k]);
		}
	}
	return SN_OK;
}

/* The last 64 bits of an address as a number, after all before them was found the same. */
static bool host_part(const struct sn_addr *a, const struct sn_addr *first, uint64_t *n)
{
	if (a->sa.sa_family != first->sa.sa_family || sn_addr_port(a) != sn_addr_port(first)) {
		return false;
	}
	if (a->sa.sa_family == AF_INET) {
		*n = ntohl(a->in.sin_addr.s_addr);
		return true;
	}
	memcpy(n, &a->in6.sin6_addr.s6_addr[8], sizeof(*n));
	*n = be64toh(*n);
	return memcmp(&a->in6.sin6_addr, &first->in6.sin6_addr, 8) == 0;
}

int64_t sn_fleet_find(const struct sn_fleet *f, const struct sn_addr *to)
{
	for (uint32_t i = 0; i < f->nranges; i++) {
		const struct sn_fleet_range *range = &f->range[i];
		uint64_t first = 0;
		uint64_t n = 0;

		if (range->any && to->sa.sa_family == range->first.sa.sa_family &&
		    sn_addr_port(to) == sn_addr_port(&range->first)) {
			return range->device;
		}
		if (host_part(&range->first, &range->first, &first) &&
		    host_part(to, &range->first, &n) && n - first < range->n) {
			return (int64_t)(range->device + (n - first));
		}
	}
	return SN_ENOENT;
}

struct sn_addr sn_fleet_addr(const struct sn_fleet *f, uint32_t number)
{
	const struct sn_fleet_range *range = f->range;
	struct sn_addr a;
	uint64_t n;

	while (number - range->device >= range->n) {
		range++;
	}
	a = range->first;
	number -= range->device;
	if (a.sa.sa_family == AF_INET) {
		a.in.sin_addr.s_addr = htonl(ntohl(a.in.sin_addr.s_addr) + number);
		return a;
	}
	memcpy(&n, &a.in6.sin6_addr.s6_addr[8], sizeof(n));
	n = htobe64(be64toh(n) + number);
	memcpy(&a.in6.sin6_addr.s6_addr[8], &n, sizeof(n));
	return a;
}

struct sn_store_place sn_fleet_place(const struct sn_fleet *f, uint32_t number, uint64_t now,
				     uint64_t wall, uint32_t *boots)
{
	uint64_t age = (now > f->began ? now - f->began : 0) + f->age;
	uint32_t times = 1;
	struct sn_store_place place = {.uptime = age, .wall = wall, .device = number};

	if (f->synthetic) {
		place.uptime = sn_synthetic_uptime(f->synthetic, number, age, &times);
	}
	if (boots) {
		*boots = f->fault.forgets_boots ? 1 : f->boots + times;
	}
	return place;
}

/*
 * Where simulated devices are: --listen and --devices become ranges of addresses, one device an
 * address, and the sockets that hear them. Main thread, before any worker is there.
 */
#include "daemon/simulate_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_ONE "127.0.0.1"
#define DEFAULT_MANY "127.1.0.1/8"

enum { DEFAULT_PORT = 16100, BITS4 = 32, BITS6 = 128 };

/* One --listen. */
struct place {
	struct sn_addr first; /* address of its first device */
	uint64_t room;	      /* addresses from there to the end of the prefix */
	uint64_t devices;     /* that it gets */
};

static int refuse(const char *text, const char *expected)
{
	fprintf(stderr, "sonde simulate: --listen: \"%s\" is not valid (expected %s)\n", text,
		expected);
	return SN_EINVAL;
}

/* A number without a sign, up to what delimits it. False: none, or above max. */
static bool read_number(const char *text, uint64_t max, uint64_t *v, const char **end)
{
	char *stop;

	*v = strtoull(text, &stop, 10);
	*end = stop;
	return *text >= '0' && *text <= '9' && *v <= max;
}

static void set_port(struct sn_addr *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET) {
		a->in.sin_port = htons(port);
	} else {
		a->in6.sin6_port = htons(port);
	}
}

/* What counts within a range: an IPv4 address, the lower half of an IPv6 address. */
static uint64_t host_of(const struct sn_addr *a)
{
	uint64_t n;

	if (a->sa.sa_family == AF_INET) {
		return ntohl(a->in.sin_addr.s_addr);
	}
	memcpy(&n, &a->in6.sin6_addr.s6_addr[8], sizeof(n));
	return be64toh(n);
}

static void set_host(struct sn_addr *a, uint64_t host)
{
	uint64_t n = htobe64(host);

	if (a->sa.sa_family == AF_INET) {
		a->in.sin_addr.s_addr = htonl((uint32_t)host);
	} else {
		memcpy(&a->in6.sin6_addr.s6_addr[8], &n, sizeof(n));
	}
}

static bool is_wildcard(const struct sn_addr *a)
{
	static const struct in6_addr any6 = IN6ADDR_ANY_INIT;

	return a->sa.sa_family == AF_INET ? a->in.sin_addr.s_addr == htonl(INADDR_ANY)
					  : memcmp(&a->in6.sin6_addr, &any6, sizeof(any6)) == 0;
}

/*
 * From the address to the end of its prefix; the address of the network itself and, of IPv4, that
 * for broadcasts are nobody's. Of IPv6 no more than the lower 64 bits count.
 */
static void spread(struct place *pl, unsigned bits)
{
	bool is4 = pl->first.sa.sa_family == AF_INET;
	unsigned free_bits = (is4 ? BITS4 : BITS6) - bits;
	uint64_t mask = free_bits >= 64 ? UINT64_MAX : (UINT64_C(1) << free_bits) - 1;
	uint64_t host = host_of(&pl->first);

	if (free_bits > 1 && (host & mask) == 0) {
		host++;
		set_host(&pl->first, host);
	}
	pl->room = mask - (host & mask);
	if (!is4 || free_bits < 2) {
		pl->room += pl->room < UINT64_MAX; /* the last one too */
	}
}

/* ADDR[/BITS][:PORT], of an IPv6 address with a port [ADDR]. SN_EINVAL: said. */
static int read_place(const char *text, struct place *pl)
{
	static const char expected[] =
		"ADDR, ADDR:PORT, ADDR/BITS or ADDR/BITS:PORT, such as 127.0.0.1:16100, "
		"[::1]:16100, 127.1.0.1/16:16100";
	const char *slash = strchr(text, '/');
	const char *colon = strrchr(text, ':');
	char host[SN_ADDR_TEXT_MAX];
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t port = DEFAULT_PORT;
	uint64_t bits = 0;
	const char *end = "";

	/* without brackets more than one colon are all of the address */
	if (!slash && colon && (strchr(text, ':') == colon || (colon > text && colon[-1] == ']'))) {
		n = (size_t)(colon - text);
		end = colon;
	}
	if (slash && !read_number(slash + 1, BITS6, &bits, &end)) {
		return refuse(text, expected);
	}
	if (*end == ':' && !read_number(end + 1, UINT16_MAX, &port, &end)) {
		return refuse(text, expected);
	}
	if (*end || n == 0 || n >= sizeof(host)) {
		return refuse(text, expected);
	}
	memcpy(host, text, n);
	host[n] = '\0';
	if (sn_addr_parse(&pl->first, host, DEFAULT_PORT)) {
		return refuse(text, expected);
	}
	set_port(&pl->first, (uint16_t)port);
	if (slash && (bits == 0 || (pl->first.sa.sa_family == AF_INET && bits > BITS4))) {
		return refuse(text, "1 to 32 bits for IPv4, 1 to 128 for IPv6");
	}
	if (slash && is_wildcard(&pl->first)) {
		return refuse(text, "the addresses of the devices");
	}
	pl->room = 1;
	if (slash) {
		spread(pl, (unsigned)bits);
	}
	return SN_OK;
}

static int read_places(const struct sn_simulate_texts *listen, struct place *pl)
{
	for (uint32_t i = 0; i < listen->n; i++) {
		if (read_place(listen->v[i], &pl[i])) {
			return SN_EINVAL;
		}
	}
	return SN_OK;
}

/* How many devices each place has: one, and the rest to whoever has room, in order. */
static int deal(const struct sn_simulate_options *opt, struct place *pl, uint32_t n)
{
	uint64_t room = 0;
	uint64_t left = opt->devices;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t more = room + pl[i].room;

		room = more < room ? UINT64_MAX : more;
	}
	if (!left) {
		left = room;
	}
	if (left > SN_FLEET_DEVICES_MAX) {
		fprintf(stderr,
			"sonde simulate: --listen has more addresses than there can be devices "
			"(expected --devices with at most %d)\n",
			SN_FLEET_DEVICES_MAX);
		return SN_EINVAL;
	}
	if (left > room || left < n) {
		fprintf(stderr,
			"sonde simulate: --devices: %llu is not valid (expected %u to %llu, the "
			"addresses of --listen; ADDR/BITS has more of them)\n",
			(unsigned long long)left, n, (unsigned long long)room);
		return SN_EINVAL;
	}
	left -= n;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t more = left < pl[i].room - 1 ? left : pl[i].room - 1;

		pl[i].devices = 1 + more;
		left -= more;
	}
	return SN_OK;
}

/* Whether some device of b is at an address of a. */
static bool overlap(const struct sn_fleet_range *a, const struct sn_fleet_range *b)
{
	struct sn_fleet f = {.range = {*a}, .nranges = 1, .devices = a->n};
	struct sn_addr last = b->first;

	f.range[0].device = 0;
	set_host(&last, host_of(&last) + b->n - 1);
	return sn_fleet_find(&f, &b->first) >= 0 || sn_fleet_find(&f, &last) >= 0;
}

static int add_range(struct sn_simulation *sim, const struct place *pl, const char *text)
{
	struct sn_fleet *f = &sim->fleet;
	struct sn_fleet_range *range = &f->range[f->nranges];

	range->first = pl->first;
	range->n = (uint32_t)pl->devices;
	range->device = f->devices;
	range->any = is_wildcard(&pl->first);
	for (uint32_t i = 0; i < f->nranges && sn_addr_port(&pl->first); i++) {
		if (overlap(range, &f->range[i]) || overlap(&f->range[i], range)) {
			return refuse(text, "addresses that no other --listen has");
		}
	}
	f->devices += range->n;
	f->nranges++;
	return SN_OK;
}

/* The wildcard of the family with the port. */
static struct sn_addr wildcard_of(const struct sn_addr *a)
{
	struct sn_addr any = {.sa = {.sa_family = a->sa.sa_family}};

	set_port(&any, sn_addr_port(a));
	return any;
}

/* Number of a socket bound there; -1: none. */
static int find_socket(const struct sn_simulation *sim, const struct sn_addr *at)
{
	for (unsigned i = 0; i < sim->nlisten; i++) {
		if (sn_addr_equal(&sim->listen[i], at)) {
			return (int)i;
		}
	}
	return -1;
}

/* A range of many addresses is heard by a wildcard, and so is then what else has its port. */
static void plan_sockets(struct sn_simulation *sim)
{
	const struct sn_fleet *f = &sim->fleet;

	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < f->nranges; i++) {
			struct sn_addr any = wildcard_of(&f->range[i].first);
			bool wide = f->range[i].n > 1;
			int found = find_socket(sim, &any);

			if (wide == (pass > 0)) {
				continue; /* the wide ones come first */
			}
			if (found < 0) {
				sim->listen[sim->nlisten] = wide ? any : f->range[i].first;
				found = (int)sim->nlisten++;
			}
			sim->socket[i] = (uint8_t)found;
		}
	}
}

int sn_simulate_ranges(struct sn_simulation *sim)
{
	const struct sn_simulate_options *opt = sim->opt;
	struct place pl[SN_SIMULATE_MANY_MAX] = {0};
	const char *fallback = opt->devices > 1 ? DEFAULT_MANY : DEFAULT_ONE;
	struct sn_simulate_texts listen = opt->listen;
	uint32_t n;

	_Static_assert((int)SN_FLEET_RANGES_MAX <= (int)SN_IO_SOCKETS_MAX,
		       "a socket for each range");
	if (listen.n == 0) {
		listen.v[listen.n++] = fallback;
	}
	if (listen.n > SN_FLEET_RANGES_MAX) {
		fprintf(stderr, "sonde simulate: --listen comes %u times (expected at most %d)\n",
			listen.n, SN_FLEET_RANGES_MAX);
		return SN_EINVAL;
	}
	n = listen.n;
	if (read_places(&listen, pl) || deal(opt, pl, n)) {
		return SN_EINVAL;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (add_range(sim, &pl[i], listen.v[i])) {
			return SN_EINVAL;
		}
	}
	plan_sockets(sim);
	return SN_OK;
}

bool sn_simulate_is_local(const struct sn_simulation *sim)
{
	static const struct in6_addr loopback6 = IN6ADDR_LOOPBACK_INIT;

	for (uint32_t i = 0; i < sim->fleet.nranges; i++) {
		const struct sn_fleet_range *range = &sim->fleet.range[i];
		const struct sn_addr *a = &range->first;
		bool local = a->sa.sa_family == AF_INET
				     ? host_of(a) >> 24 == 127 &&
					       (host_of(a) + range->n - 1) >> 24 == 127
				     : range->n == 1 && memcmp(&a->in6.sin6_addr, &loopback6,
							       sizeof(loopback6)) == 0;

		if (!local) {
			return false;
		}
	}
	return true;
}

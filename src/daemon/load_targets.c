/*
 * The targets of a load test: arguments and the lines of a file, resolved. Main thread, before
 * anything else runs.
 */
#include "daemon/load_targets.h"

#include "daemon/load_parts.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

enum { SNMP_PORT = 161, LINE_ROOM = 1024, GROW = 64 };

static int complain(const char *command, const char *name, const char *what)
{
	fprintf(stderr, "sonde %s: %.200s: %s\n", command, name, what);
	return SN_ECONFIG;
}

/* A name that is no number. */
static int look_up(const char *command, const char *name, struct sn_addr *addr)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *found = NULL;
	char host[256];
	uint16_t port;
	int err;

	if (sn_addr_split(name, host, sizeof(host), &port, SNMP_PORT)) {
		return complain(command, name,
				"not a target (expected host, host:port or [v6]:port)");
	}
	err = getaddrinfo(host, NULL, &hints, &found);
	if (err) {
		return complain(command, name, gai_strerror(err));
	}
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, found->ai_addr,
	       found->ai_addrlen < sizeof(*addr) ? found->ai_addrlen : sizeof(*addr));
	freeaddrinfo(found);
	if (addr->sa.sa_family == AF_INET6) {
		addr->in6.sin6_port = htons(port);
	} else {
		addr->in.sin_port = htons(port);
	}
	return SN_OK;
}

/* One datagram to them would be answered by many. */
static bool is_for_many(const struct sn_addr *a)
{
	if (a->sa.sa_family == AF_INET6) {
		return IN6_IS_ADDR_MULTICAST(&a->in6.sin6_addr);
	}
	return IN_MULTICAST(ntohl(a->in.sin_addr.s_addr)) ||
	       a->in.sin_addr.s_addr == htonl(INADDR_BROADCAST);
}

int sn_load_targets_resolve(const char *command, const char *name, struct sn_addr *addr)
{
	int rc = sn_addr_parse(addr, name, SNMP_PORT) ? look_up(command, name, addr) : SN_OK;

	if (rc == SN_OK && is_for_many(addr)) {
		return complain(command, name, "multicast and broadcast addresses are no targets");
	}
	return rc;
}

static bool is_ours(const struct sn_addr *a)
{
	if (a->sa.sa_family == AF_INET6) {
		return IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
	}
	return ntohl(a->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static int add(struct sn_load *l, const char *name)
{
	struct sn_device_config dc = {.version = l->cred.version,
				      .community = l->cred.community,
				      .access = l->cred.access,
				      .window = 1};
	int rc;

	if (l->ntargets % GROW == 0) {
		size_t room = l->ntargets + GROW;
		void *targets = reallocarray(l->targets, room, sizeof(*l->targets));
		void *names;

		if (!targets) {
			return SN_ENOMEM;
		}
		l->targets = targets;
		names = reallocarray(l->names, room, sizeof(*l->names));
		if (!names) {
			return SN_ENOMEM;
		}
		l->names = names;
	}
	rc = sn_load_targets_resolve("load", name, &dc.addr);
	if (rc) {
		return rc;
	}
	l->names[l->ntargets] = strdup(name);
	if (!l->names[l->ntargets]) {
		return SN_ENOMEM;
	}
	l->outside += !is_ours(&dc.addr);
	l->targets[l->ntargets++] = dc;
	return SN_OK;
}

/* One target a line; # begins a remark. */
static int add_file(struct sn_load *l, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char line[LINE_ROOM];
	int rc = SN_OK;

	if (!f) {
		return complain("load", path, "cannot be read");
	}
	while (rc == SN_OK && fgets(line, sizeof(line), f)) {
		char *name = line + strspn(line, " \t");

		name[strcspn(name, "# \t\r\n")] = '\0';
		rc = name[0] ? add(l, name) : SN_OK;
	}
	if (f != stdin) {
		fclose(f);
	}
	return rc;
}

int sn_load_targets_find(struct sn_load *l)
{
	const struct sn_load_options *opt = l->opt;
	int rc = SN_OK;

	for (int i = 0; i < opt->nagents && rc == SN_OK; i++) {
		rc = add(l, opt->agents[i]);
	}
	if (rc == SN_OK && opt->v.targets_file) {
		rc = add_file(l, opt->v.targets_file);
	}
	if (rc == SN_OK && l->ntargets == 0) {
		return complain("load", "no target", "expected an agent, or --targets FILE");
	}
	return rc;
}

void sn_load_targets_free(struct sn_load *l)
{
	for (uint32_t i = 0; i < l->ntargets; i++) {
		free(l->names[i]);
	}
	free(l->names);
	free(l->targets);
}

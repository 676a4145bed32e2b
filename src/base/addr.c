/*
 * Endpoint parsing and comparison, see addr.h. config parses at load time; session compares per
 * datagram.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_port(const char *s, uint16_t *port)
{
	unsigned long v;
	char *end;

	if (*s < '0' || *s > '9') {
		return SN_EINVAL;
	}
	v = strtoul(s, &end, 10);
	if (*end != '\0' || v == 0 || v > 65535) {
		return SN_EINVAL;
	}
	*port = (uint16_t)v;
	return SN_OK;
}

static const char *skip_transport(const char *s)
{
	static const char *const prefixes[] = {"udp://", "udp6:", "udp:"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = strlen(prefixes[i]);

		if (strncmp(s, prefixes[i], n) == 0) {
			return s + n;
		}
	}
	return s;
}

/* The characters of an IPv6 address up to its scope: "tcp:192.0.2.1:161" is another transport, not
 * an address. */
static bool looks_like_ipv6(const char *s)
{
	return s[strspn(s, "0123456789abcdefABCDEF:.")] == (strchr(s, '%') ? '%' : '\0');
}

int sn_addr_split(const char *text, char *host, size_t host_size, uint16_t *port,
		  uint16_t default_port)
{
	const char *s = skip_transport(text);
	const char *end;
	const char *rest;

	*port = default_port;
	if (*s == '[') {
		s++;
		end = strchr(s, ']');
		if (!end || (end[1] != '\0' && end[1] != ':')) {
			return SN_EINVAL;
		}
		rest = end + 1;
	} else {
		end = strchr(s, ':');
		if (end && strchr(end + 1, ':')) {
			if (!looks_like_ipv6(s)) {
				return SN_EINVAL;
			}
			end = NULL; /* two colons outside brackets: a bare IPv6 address */
		}
		if (!end) {
			end = s + strlen(s);
		}
		rest = end;
	}
	if (end == s || (size_t)(end - s) >= host_size || memchr(s, '/', (size_t)(end - s))) {
		return SN_EINVAL;
	}
	memcpy(host, s, (size_t)(end - s));
	host[end - s] = '\0';
	return *rest == ':' ? parse_port(rest + 1, port) : SN_OK;
}

/* A scope is an interface's name or its index. */
static int parse_scope(const char *s, uint32_t *scope)
{
	unsigned long v;
	char *end;

	*scope = if_nametoindex(s);
	if (*scope) {
		return SN_OK;
	}
	if (*s < '0' || *s > '9') {
		return SN_EINVAL;
	}
	v = strtoul(s, &end, 10);
	if (*end != '\0' || v > UINT32_MAX) {
		return SN_EINVAL;
	}
	*scope = (uint32_t)v;
	return SN_OK;
}

int sn_addr_parse(struct sn_addr *a, const char *text, uint16_t default_port)
{
	char host[SN_ADDR_TEXT_MAX];
	uint16_t port;
	char *scope;
	int rc = sn_addr_split(text, host, sizeof(host), &port, default_port);

	if (rc) {
		return rc;
	}
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(port);
		return SN_OK;
	}
	scope = strchr(host, '%');
	if (scope) {
		*scope++ = '\0';
		if (parse_scope(scope, &a->in6.sin6_scope_id)) {
			return SN_EINVAL;
		}
	}
	if (inet_pton(AF_INET6, host, &a->in6.sin6_addr) != 1) {
		return SN_EINVAL;
	}
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons(port);
	return SN_OK;
}

char *sn_addr_format(const struct sn_addr *a, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN];

	if (a->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof(host));
		snprintf(out, size, "%s:%u", host, ntohs(a->in.sin_port));
	} else if (a->sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->in6.sin6_addr, host, sizeof(host));
		if (a->in6.sin6_scope_id) {
			snprintf(out, size, "[%s%%%u]:%u", host, a->in6.sin6_scope_id,
				 ntohs(a->in6.sin6_port));
		} else {
			snprintf(out, size, "[%s]:%u", host, ntohs(a->in6.sin6_port));
		}
	} else {
		snprintf(out, size, "-");
	}
	return out;
}

bool sn_addr_equal(const struct sn_addr *a, const struct sn_addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family) {
		return false;
	}
	if (a->sa.sa_family == AF_INET) {
		return a->in.sin_port == b->in.sin_port &&
		       a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	}
	return a->in6.sin6_port == b->in6.sin6_port &&
	       memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0 &&
	       (a->in6.sin6_scope_id == b->in6.sin6_scope_id || a->in6.sin6_scope_id == 0 ||
		b->in6.sin6_scope_id == 0);
}

uint16_t sn_addr_port(const struct sn_addr *a)
{
	return ntohs(a->sa.sa_family == AF_INET6 ? a->in6.sin6_port : a->in.sin_port);
}

void sn_addr_set_port(struct sn_addr *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET6) {
		a->in6.sin6_port = htons(port);
	} else {
		a->in.sin_port = htons(port);
	}
}

/*
 * UDP endpoints, IPv4 and IPv6: what a target's text becomes and what a received datagram's source
 * is compared with. Values, no ownership; any thread.
 */
#ifndef SN_BASE_ADDR_H
#define SN_BASE_ADDR_H

#include "base/err.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { SN_ADDR_TEXT_MAX = 80 }; /* "[v6%scope]:port" and a NUL */

struct sn_addr {
	union {
		struct sockaddr sa;	 /* family */
		struct sockaddr_in in;	 /* AF_INET */
		struct sockaddr_in6 in6; /* AF_INET6 */
	};
};

_Static_assert(sizeof(struct sn_addr) == 28, "an address is kept in every device");

static inline socklen_t sn_addr_len(const struct sn_addr *a)
{
	return a->sa.sa_family == AF_INET6 ? sizeof(a->in6) : sizeof(a->in);
}

/*
 * Splits target text as snmp_exporter and Net-SNMP write it: host, host:port, [v6], [v6]:port, a
 * bare IPv6 address, each with an optional udp:// or udp: or udp6: prefix. host and port are copied
 * NUL-terminated; port is default_port when absent. SN_EINVAL: empty host, bad port, unbalanced
 * bracket, other transport.
 */
SN_MUST_USE int sn_addr_split(const char *text, char *host, size_t host_size, uint16_t *port,
			      uint16_t default_port);

/*
 * Numeric addresses only, no name lookup; an IPv6 scope is an interface's name or index
 * ("fe80::1%eth0"). SN_EINVAL: not numeric, no such interface, see also sn_addr_split.
 */
SN_MUST_USE int sn_addr_parse(struct sn_addr *a, const char *text, uint16_t default_port);

/*
 * Writes "192.0.2.1:161", "[2001:db8::1]:161" or "[fe80::1%2]:161" (the scope as an index),
 * NUL-terminated; returns out. size: SN_ADDR_TEXT_MAX.
 */
char *sn_addr_format(const struct sn_addr *a, char *out, size_t size);

/* Same family, address, port, and scope where both name one. */
bool sn_addr_equal(const struct sn_addr *a, const struct sn_addr *b);

uint16_t sn_addr_port(const struct sn_addr *a);

/* Sets the port of an address, host byte order. */
void sn_addr_set_port(struct sn_addr *a, uint16_t port);

#endif

/*
 * The local address of one datagram as ancillary data: which one it was sent to (IP_PKTINFO,
 * IPV6_PKTINFO; ip(7), RFC 3542 section 6), and which one it is to leave from. Used by both kernel
 * back ends and their send queue, on the owning thread.
 */
#ifndef SN_IO_PKTINFO_H
#define SN_IO_PKTINFO_H

#include "base/addr.h"
#include "base/span.h"

/* Room for either kind: the header and the larger of the two. */
enum { SN_PKTINFO_MAX = CMSG_SPACE(sizeof(struct in6_pktinfo)) };

/* The address in one item of ancillary data; other items, and such as are too short, say nothing.
 */
static inline void sn_pktinfo_take(const struct cmsghdr *h, const uint8_t *data, struct sn_addr *to)
{
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO &&
	    h->cmsg_len >= CMSG_LEN(sizeof(v4)) && to->sa.sa_family == AF_INET) {
		memcpy(&v4, data, sizeof(v4));
		to->in.sin_addr = v4.ipi_addr;
	} else if (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_PKTINFO &&
		   h->cmsg_len >= CMSG_LEN(sizeof(v6)) && to->sa.sa_family == AF_INET6) {
		memcpy(&v6, data, sizeof(v6));
		to->in6.sin6_addr = v6.ipi6_addr;
		/* As in a source address: only a link-local one needs its interface. */
		to->in6.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&v6.ipi6_addr) ? v6.ipi6_ifindex : 0;
	}
}

/*
 * Where a datagram was sent to. control: its ancillary data, aligned or not; bound: what its socket
 * is bound to, which gives family and port, and the address too where control has none.
 */
static inline void sn_pktinfo_read(struct sn_span control, const struct sn_addr *bound,
				   struct sn_addr *to)
{
	struct cmsghdr h;
	size_t step;

	*to = *bound;
	while (control.n >= sizeof(h)) {
		memcpy(&h, control.p, sizeof(h));
		if (h.cmsg_len < CMSG_LEN(0) || h.cmsg_len > control.n) {
			return;
		}
		sn_pktinfo_take(&h, control.p + CMSG_LEN(0), to);
		step = CMSG_ALIGN(h.cmsg_len);
		if (step >= control.n) {
			return;
		}
		control = sn_span_make(control.p + step, control.n - step);
	}
}

/* Writes the ancillary data that makes a datagram leave from `from` into SN_PKTINFO_MAX bytes.
 * Bytes written. */
static inline unsigned sn_pktinfo_write(uint8_t *out, const struct sn_addr *from)
{
	struct in_pktinfo v4 = {.ipi_ifindex = 0};
	struct in6_pktinfo v6 = {.ipi6_ifindex = 0};
	struct cmsghdr h = {.cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
	const void *info = &v4;
	size_t n = sizeof(v4);

	if (from->sa.sa_family == AF_INET6) {
		v6.ipi6_addr = from->in6.sin6_addr;
		v6.ipi6_ifindex = from->in6.sin6_scope_id;
		h.cmsg_level = IPPROTO_IPV6;
		h.cmsg_type = IPV6_PKTINFO;
		info = &v6;
		n = sizeof(v6);
	} else {
		v4.ipi_spec_dst = from->in.sin_addr;
	}
	h.cmsg_len = CMSG_LEN(n);
	memset(out, 0, CMSG_SPACE(n));
	memcpy(out, &h, sizeof(h));
	memcpy(out + CMSG_LEN(0), info, n);
	return (unsigned)CMSG_SPACE(n);
}

#endif

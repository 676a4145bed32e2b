/*
 * The UDP sockets of one worker: opened, bound and sized by the thread that opens the io, used by
 * its owner. Both kernel back ends (uring.c, mmsg.c) take them from here.
 */
#ifndef SN_IO_SOCKET_H
#define SN_IO_SOCKET_H

#include "io/io.h"

struct sn_socket_set {
	int fd[SN_IO_SOCKETS_MAX]; /* IPv4 first, then IPv6, then listening; -1 beyond these */
	struct sn_addr bound[SN_IO_SOCKETS_MAX]; /* of listening sockets: address and port */
	uint32_t drops[SN_IO_SOCKETS_MAX];	 /* kernel's drop counter as last read; it wraps */
	unsigned n4;				 /* IPv4 sockets that ask */
	unsigned n6;				 /* IPv6 sockets that ask */
	unsigned nl;				 /* sockets that listen */
	unsigned rcvbuf; /* smallest receive buffer granted, bytes as the kernel counts them */
	bool steered;	 /* as in struct sn_io_stats */
};

/*
 * Opens and binds the sockets cfg asks for: non-blocking, close-on-exec, IPv6 ones for IPv6 only. A
 * host without IPv6 gets none of these, which is no error, unless they are to listen. SN_EINVAL:
 * more sockets or sharing ios than the interface allows, or an address of the wrong family;
 * SN_EPERM, SN_ESYS (errno says why): nothing is left open.
 */
SN_MUST_USE int sn_socket_open(struct sn_socket_set *s, const struct sn_io_config *cfg);

void sn_socket_close(struct sn_socket_set *s);

/* Datagrams the kernel dropped at these sockets since the last call (SO_MEMINFO: no cost per
 * packet). */
uint64_t sn_socket_new_drops(struct sn_socket_set *s);

/* The address a socket is bound to. SN_ESYS. */
SN_MUST_USE int sn_socket_local(const struct sn_socket_set *s, unsigned sock,
				struct sn_addr *local);

/* Of an errno: what the contract calls it (io.h, handler.tx_error). */
int sn_socket_error(int sys_errno);

#endif

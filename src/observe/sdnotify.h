/*
 * What a service manager is told, by the protocol of sd_notify(3): a datagram of NAME=value lines
 * to the socket in $NOTIFY_SOCKET. Knows the protocol only; what is told when is
 * daemon/manager.h's. Called by daemon on the main thread; nothing here waits.
 */
#ifndef SN_OBSERVE_SDNOTIFY_H
#define SN_OBSERVE_SDNOTIFY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/* Values of the variables of these names, NULL: not set. */
struct sn_sdnotify_env {
	const char *notify_socket; /* path, or an abstract name behind "@" */
	const char *watchdog_usec; /* the manager's patience */
	const char *watchdog_pid;  /* whom it watches; not set: whoever reads it */
};

struct sn_sdnotify {
	union {
		struct sockaddr sa;
		struct sockaddr_un un;
	} to;		      /* the manager */
	socklen_t size;	      /* octets of it; 0: nobody is to be told */
	int fd;		      /* our socket */
	uint64_t watchdog_ns; /* WATCHDOG=1 is to come at least this often; 0: no need */
};

/*
 * self: this process. SN_OK, also when the variables say that nobody is to be told; SN_EINVAL: an
 * address of another kind; SN_ESYS: no socket, see errno. After an error nobody is told.
 */
SN_MUST_USE int sn_sdnotify_open(struct sn_sdnotify *sd, const struct sn_sdnotify_env *env,
				 pid_t self);

/* Nobody is told any more. A second time does nothing. */
void sn_sdnotify_close(struct sn_sdnotify *sd);

static inline bool sn_sdnotify_is_open(const struct sn_sdnotify *sd)
{
	return sd->size > 0;
}

/* text: lines without the last line end. SN_OK, also when nobody is to be told; SN_EAGAIN: the
 * manager has not read what it was told before; SN_ESYS: see errno. */
SN_MUST_USE int sn_sdnotify_tell(const struct sn_sdnotify *sd, const char *text);

#endif

/*
 * The address a server listens on: text to a listening TCP socket. Called by http.c at start, on
 * any thread; may look a name up.
 */
#ifndef SN_OBSERVE_HTTP_LISTEN_H
#define SN_OBSERVE_HTTP_LISTEN_H

#include "base/err.h"

#include <stdint.h>

/*
 * Opens a socket for "host:port", "[IPv6]:port" or ":port", which means all addresses, IPv4 and
 * IPv6. Port 0: one that is free; *port tells which. SN_OK and *fd, which is the caller's;
 * SN_EINVAL: not such a text, or no such name; SN_ESYS: not to be had. why: SN_HTTP_WHY_MAX bytes.
 */
SN_MUST_USE int sn_http_listen(const char *text, int *fd, uint16_t *port, char *why);

#endif

/*
 * TLS by GnuTLS, under libmicrohttpd: certificates, which are read again when their files change,
 * what clients have to show, versions; and the keyed digest of the password cache. The only file
 * that knows GnuTLS. Called by http.c on the server's thread, by http_auth.c too for the digest.
 */
#ifndef SN_OBSERVE_HTTP_TLS_H
#define SN_OBSERVE_HTTP_TLS_H

#include "base/err.h"
#include "base/span.h"
#include "observe/http_web.h"

#include <stdint.h>

enum { SN_HTTP_MAC_SIZE = 32 };

struct sn_http_tls;

/* GnuTLS's own */
struct gnutls_session_int;
struct gnutls_cert_retr_st;
struct gnutls_pcert_st;
struct gnutls_ocsp_data_st;
struct gnutls_privkey_st;

/*
 * Reads and checks what cfg names, whose strings are copied. One reference, the caller's. SN_OK;
 * SN_EINVAL: the files cannot be read or do not fit each other; SN_ENOMEM. why: SN_HTTP_WHY_MAX
 * bytes. Any thread.
 */
SN_MUST_USE int sn_http_tls_new(const struct sn_http_tls_config *cfg, struct sn_http_tls **t,
				char *why);

/* One reference more, t itself. Any thread. */
struct sn_http_tls *sn_http_tls_ref(struct sn_http_tls *t);

/* One less; the last wipes the key and frees. NULL is allowed. Any thread. */
void sn_http_tls_unref(struct sn_http_tls *t);

/*
 * Prepares a session (gnutls_session_t) that was just begun; its connection holds a reference to t
 * until it is closed. NULL: its handshake will fail.
 */
void sn_http_tls_begin(struct sn_http_tls *t, void *session);

/* The server's certificate for a session: a gnutls_certificate_retrieve_function3. */
int sn_http_tls_retrieve(struct gnutls_session_int *session, const struct gnutls_cert_retr_st *info,
			 struct gnutls_pcert_st **certs, unsigned *ncerts,
			 struct gnutls_ocsp_data_st **ocsp, unsigned *nocsp,
			 struct gnutls_privkey_st **key, unsigned *flags);

/*
 * HMAC-SHA-256 (RFC 2104) under key over n parts, each with its length in front. SN_OK; SN_ENOMEM:
 * GnuTLS refused. Any thread.
 */
SN_MUST_USE int sn_http_tls_mac(const uint8_t key[SN_HTTP_MAC_SIZE], const struct sn_span *parts,
				unsigned n, uint8_t out[SN_HTTP_MAC_SIZE]);

#endif

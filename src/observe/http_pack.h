/*
 * Replies packed with gzip: which codings a client takes (RFC 9110 section 12.5.3), and the
 * packing. Called by http_reply.c on the thread that replies.
 */
#ifndef SN_OBSERVE_HTTP_PACK_H
#define SN_OBSERVE_HTTP_PACK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A body that is shorter fits one packet as it is: packing would cost and gain nothing. */
enum { SN_HTTP_PACK_MIN = 1024 };

/* Weights of an Accept-Encoding header, 0 to 1; 0: refused; negative: not named. */
struct sn_http_codings {
	double gzip;	 /* gzip, x-gzip */
	double identity; /* as it is */
	double others;	 /* "*": all that are not named */
};

/* Nothing is named. */
void sn_http_codings_init(struct sn_http_codings *c);

/* Adds what one header says; there may be several. http_accept.c */
void sn_http_codings_read(struct sn_http_codings *c, const char *header);

/* Whether gzip may be sent and nothing is liked better that we have. http_accept.c */
bool sn_http_codings_gzip(const struct sn_http_codings *c);

/* Whether a Content-Type is one of text, which gets smaller. */
bool sn_http_pack_fits(const char *content_type);

/* What packing needs, 360 KiB; for one thread at a time. */
struct sn_http_packer;

/* NULL: no memory. */
SN_MUST_USE struct sn_http_packer *sn_http_packer_new(void);

/* NULL is allowed. */
void sn_http_packer_free(struct sn_http_packer *pk);

/*
 * Packs n octets at body into one gzip member (RFC 1952), on the heap and the caller's. SN_OK;
 * SN_EINVAL: it would not get smaller, or is of 2 GiB and more; SN_ENOMEM.
 */
SN_MUST_USE int sn_http_pack(struct sn_http_packer *pk, const void *body, size_t n, void **out,
			     size_t *out_n);

#endif

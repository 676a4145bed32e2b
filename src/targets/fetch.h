/*
 * Questions to web servers, by libcurl: GET of documents that are asked for again and again, so
 * each question says what is known already, or POST. All of a call run at once, none may take
 * longer than it was given. fetch.c is the only file that knows libcurl. Called by services.c and
 * by registry/registry.c on the thread of a load, which it blocks; never on a worker.
 */
#ifndef SN_TARGETS_FETCH_H
#define SN_TARGETS_FETCH_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SN_FETCH_WHY_MAX = 320,	  /* octets of a reason, NUL included */
	SN_FETCH_TAG_MAX = 256,	  /* octets of a tag or date, NUL included; longer ones are not kept
				   */
	SN_FETCH_URL_MAX = 1024,  /* octets of a URL as it is shown, NUL included; cut beyond */
	SN_FETCH_REDIRECTS = 10,  /* followed in a row at most */
	SN_FETCH_CONNECT_S = 5,	  /* for a connection, TLS included, of the whole time */
	SN_FETCH_MAX = 512 << 20, /* octets of a document, unpacked */
};

/* What to ask whom for, and as whom. All texts are borrowed; NULL means that there is none. */
struct sn_fetch_request {
	const char *url;	    /* http or https */
	const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
	const char *post; /* what to send with POST; headers should say of what type it is. NULL:
			     GET */
	const char *username;  /* of basic authentication */
	const char *password;  /* the same */
	const char *ca_file;   /* whom to trust, PEM; NULL: whom the system trusts */
	const char *cert_file; /* our certificate, PEM */
	const char *key_file;  /* its key, PEM */
	const char *proxy;     /* its URL; NULL: none, whatever the environment says */
	const char *type;      /* media type that the document must have */
	bool insecure;	       /* believe any certificate */
	bool stay;	       /* follow no redirects */
	uint64_t timeout_ns;   /* for all of it */
	size_t max;	       /* octets of the document, at most SN_FETCH_MAX */
};

/* A question and what came of it. */
struct sn_fetch {
	const struct sn_fetch_request *request;
	char etag[SN_FETCH_TAG_MAX];	 /* in: of the document that is there, "": none; out: after
					    SN_OK of this one */
	char modified[SN_FETCH_TAG_MAX]; /* the same: when it was last modified, in HTTP's words */
	int rc; /* SN_OK: the document is here; SN_EEXIST: it is the one that is there; SN_EIO: see
		   why; SN_ENOMEM, SN_ECANCELED */
	char *body;		    /* after SN_OK: heap, the caller's; a NUL behind it */
	size_t n;		    /* octets of it */
	char why[SN_FETCH_WHY_MAX]; /* after SN_EIO: what is wrong */
};

/*
 * Asks all n at once and returns when the last has its rc: SN_OK. SN_ENOMEM, or SN_ECANCELED soon
 * after *cancel (may be NULL) became true: of none anything is left. Blocks; any thread but a
 * worker's.
 */
SN_MUST_USE int sn_fetch_run(struct sn_fetch *v, unsigned n, const _Atomic bool *cancel);

/*
 * Whether text is a URL that sn_fetch_run would ask; shown (SN_FETCH_URL_MAX octets): the same
 * without user and password. SN_EINVAL; SN_ENOMEM.
 */
SN_MUST_USE int sn_fetch_check_url(const char *text, char *shown);

#endif

/*
 * Certificates and keys as text (PEM): where they come from, what was there when it was last read,
 * and whether a file has changed since. Called by http_tls.c on the server's thread, at start on
 * any.
 */
#ifndef SN_OBSERVE_HTTP_PEM_H
#define SN_OBSERVE_HTTP_PEM_H

#include "base/err.h"
#include "observe/http_web.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

enum { SN_HTTP_PEM_MAX = 1 << 20 }; /* octets of a file */

/* Text, which may be a private key. */
struct sn_http_pem_text {
	unsigned char *p; /* heap, with a NUL behind it; NULL: none */
	unsigned n;	  /* octets, at most SN_HTTP_PEM_MAX */
};

/* What tells whether a file has changed; compared as octets. */
struct sn_http_pem_mark {
	dev_t dev;	      /* where it is */
	ino_t ino;	      /* which it is */
	off_t size;	      /* octets */
	struct timespec time; /* of its last change */
};

struct sn_http_pem_source {
	const char *what;	      /* key of the configuration: "cert_file" or "cert" */
	char *path;		      /* heap; NULL: the text came with the configuration */
	struct sn_http_pem_mark mark; /* of the file when it was last read, or that was tried */
	struct sn_http_pem_text text; /* in use */
};

/* Begins with what is configured under the key `file` or else `text`. SN_ENOMEM; sn_http_pem_fini
 * is due in any case. */
SN_MUST_USE int sn_http_pem_init(struct sn_http_pem_source *s, const struct sn_http_pem *from,
				 const char *file, const char *text);

void sn_http_pem_fini(struct sn_http_pem_source *s);

/*
 * What the file holds now, which is the caller's; s->text stays. Nothing where there is no file.
 * SN_OK; SN_EINVAL: it cannot be read; SN_ENOMEM. why: SN_HTTP_WHY_MAX bytes, set with SN_EINVAL.
 */
SN_MUST_USE int sn_http_pem_read(struct sn_http_pem_source *s, struct sn_http_pem_text *out,
				 char *why);

/* Whether the file is another than when it was last read. One that has gone is not. */
bool sn_http_pem_changed(const struct sn_http_pem_source *s);

/* Puts fresh text, if there is any, in the place of that in use. */
void sn_http_pem_replace(struct sn_http_pem_source *s, struct sn_http_pem_text *fresh);

/* Wipes and frees. */
void sn_http_pem_drop(struct sn_http_pem_text *t);

#endif

/*
 * Users and their passwords (RFC 7617, basic authentication; hashes by bcrypt). A hash takes a
 * tenth of a second, so a thread of its own checks what was not seen before, at most
 * SN_HTTP_AUTH_QUEUE of these wait and a few of one client, and what it found is remembered: one
 * good password a user, some bad ones. Good requests are therefore never held up by bad ones once
 * their password was checked. Called by http.c on the server's thread.
 */
#ifndef SN_OBSERVE_HTTP_AUTH_H
#define SN_OBSERVE_HTTP_AUTH_H

#include "base/err.h"
#include "base/list.h"
#include "observe/http_web.h"

#include <stdint.h>

enum {
	SN_HTTP_AUTH_QUEUE = 64, /* passwords that wait for their check */
	SN_HTTP_AUTH_CLIENT = 4, /* of these, those of one client */
	SN_HTTP_AUTH_BAD = 64,	 /* wrong passwords that are remembered */
};

enum sn_http_verdict {
	SN_HTTP_AUTH_YES,  /* user and password are right */
	SN_HTTP_AUTH_NONE, /* the request has none */
	SN_HTTP_AUTH_NO,   /* they are wrong */
	SN_HTTP_AUTH_WAIT, /* they are being checked: done will tell */
	SN_HTTP_AUTH_BUSY, /* too many are */
};

/* Who waits for a check, in its owner's memory. */
struct sn_http_waiter {
	struct sn_list node; /* http_auth.c's from WAIT to done */
};

/* Tells a waiter YES, NO, or WAIT: ask again, the users have changed meanwhile. On the thread that
 * checks, which holds no lock. */
typedef void sn_http_auth_done(struct sn_http_waiter *w, enum sn_http_verdict verdict);

struct sn_http_auth;

/* n users, maybe none, who are copied. SN_EINVAL: some hash is none; SN_ENOMEM. Any thread. */
SN_MUST_USE int sn_http_auth_new(const struct sn_http_user *users, unsigned n,
				 sn_http_auth_done *done, struct sn_http_auth **a);

/* Others from now on, or as it was: SN_EINVAL, SN_ENOMEM. Any thread. */
SN_MUST_USE int sn_http_auth_set_users(struct sn_http_auth *a, const struct sn_http_user *users,
				       unsigned n);

/*
 * Judges an Authorization header (NULL: none) of a client, any number that is its address or
 * network. With SN_HTTP_AUTH_WAIT w is in use until it was told, which may be before this returns.
 */
enum sn_http_verdict sn_http_auth_check(struct sn_http_auth *a, const char *header, uint64_t client,
					struct sn_http_waiter *w);

/* Waits for the check that is under way; who still waits is never told. Any thread, once. */
void sn_http_auth_stop(struct sn_http_auth *a);

/* Wipes and frees; after sn_http_auth_stop. NULL is allowed. */
void sn_http_auth_free(struct sn_http_auth *a);

#endif

/*
 * What a client says of itself and what is known of it, as text: the Authorization header of basic
 * authentication (RFC 7617) and hashes by bcrypt. Pure functions for http_auth.c and config.
 */
#ifndef SN_OBSERVE_HTTP_LOGIN_H
#define SN_OBSERVE_HTTP_LOGIN_H

#include <stdbool.h>

enum {
	SN_HTTP_LOGIN_MAX = 512, /* octets of user and password, the colon and a NUL */
	SN_HTTP_HASH_SIZE = 60,	 /* octets of a hash, without the NUL */
	SN_HTTP_HASH_COST = 16,	 /* of a hash at most: it takes seconds then */
};

/*
 * Splits an Authorization header into user and password, which point into room. false: it is of
 * another kind, malformed, too long, or has a NUL in it, where bcrypt would end.
 */
bool sn_http_login_read(const char *header, char room[SN_HTTP_LOGIN_MAX], char **user,
			char **password);

/* What is wrong with a hash, as the rest of a sentence; NULL: nothing. */
const char *sn_http_login_hash_error(const char *hash);

#endif

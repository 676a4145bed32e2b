/*
 * A user of the User-based Security Model from words, for the programs of tests/tools:
 *
 *   NAME LEVEL AUTH KEY PRIV KEY [ENGINE-ID]
 *
 * LEVEL is none, auth or priv; the protocols are named as in the configuration; KEY is a password,
 * master:HEX or localized:HEX and not looked at for protocol "none"; ENGINE-ID is hexadecimal.
 */
#ifndef TEST_SUPPORT_USER_WORDS_H
#define TEST_SUPPORT_USER_WORDS_H

#include "msg/v3.h"
#include "usm/user.h"

struct user_words {
	char name[SN_V3_NAME_MAX + 1];		/* userName */
	uint8_t engine_id[SN_V3_ENGINE_ID_MAX]; /* where localized keys are good */
	struct sn_usm_user usm;			/* points into the two above */
};

/* Fills zeroed u, which must not be moved afterwards. NULL, or what is wrong with the words. */
const char *user_words_read(struct user_words *u, char **word, unsigned n);

#endif

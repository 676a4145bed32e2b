/*
 * A user of the User-based Security Model from words, see user_words.h.
 */
#include "support/user_words.h"

#include <stdio.h>

/* The octets of a hexadecimal text, -1: it is none, or longer than size octets. */
static int read_hex(const char *text, uint8_t *out, size_t size)
{
	size_t n = strlen(text);

	if (n % 2 || n / 2 > size || strspn(text, "0123456789abcdefABCDEF") != n) {
		return -1;
	}
	for (size_t i = 0; i < n; i += 2) {
		unsigned v;

		sscanf(text + i, "%2x", &v);
		out[i / 2] = (uint8_t)v;
	}
	return (int)(n / 2);
}

/* A KEY word. False: it is none. */
static bool read_key(enum sn_auth_protocol auth, const char *text, uint8_t *key, uint8_t *n,
		     uint8_t *kind)
{
	static const char master[] = "master:";
	static const char localized[] = "localized:";
	size_t skip = 0;
	int octets;

	*kind = SN_KEY_MASTER;
	if (strncmp(text, localized, strlen(localized)) == 0) {
		*kind = SN_KEY_LOCALIZED;
		skip = strlen(localized);
	} else if (strncmp(text, master, strlen(master)) == 0) {
		skip = strlen(master);
	}
	if (skip) {
		octets = read_hex(text + skip, key, SN_AUTH_KEY_MAX);
	} else if (sn_auth_password_to_key(auth, sn_span_str(text), key)) {
		octets = -1;
	} else {
		octets = sn_auth_info(auth)->digest;
	}
	*n = (uint8_t)octets;
	return octets > 0;
}

static int read_level(const char *word)
{
	if (strcmp(word, "none") == 0) {
		return 0;
	}
	if (strcmp(word, "auth") == 0) {
		return SN_V3_AUTH;
	}
	return strcmp(word, "priv") == 0 ? SN_V3_AUTH | SN_V3_PRIV : -1;
}

const char *user_words_read(struct user_words *u, char **word, unsigned n)
{
	struct sn_usm_user *usm = &u->usm;
	int level;
	int engine;

	if (n < 6 || n > 7 || strlen(word[0]) > SN_V3_NAME_MAX) {
		return "wants NAME LEVEL AUTH KEY PRIV KEY [ENGINE-ID]";
	}
	memcpy(u->name, word[0], strlen(word[0]));
	usm->name = sn_span_str(u->name);
	level = read_level(word[1]);
	engine = n == 7 ? read_hex(word[6], u->engine_id, sizeof(u->engine_id)) : 0;
	if (level < 0 || engine < 0) {
		return "no such level, or no engine ID";
	}
	usm->level = (uint8_t)level;
	usm->engine_id = sn_span_make(u->engine_id, (size_t)engine);
	while (usm->auth < SN_AUTH_COUNT && strcmp(sn_auth_info(usm->auth)->name, word[2]) != 0) {
		usm->auth++;
	}
	while (usm->priv < SN_PRIV_COUNT && strcmp(sn_priv_info(usm->priv)->name, word[4]) != 0) {
		usm->priv++;
	}
	if (usm->auth == SN_AUTH_COUNT || usm->priv == SN_PRIV_COUNT) {
		return "no such protocol";
	}
	if (usm->auth != SN_AUTH_NONE &&
	    !read_key(usm->auth, word[3], usm->auth_key, &usm->auth_n, &usm->auth_kind)) {
		return "no authentication key";
	}
	if (usm->priv != SN_PRIV_NONE &&
	    !read_key(usm->auth, word[5], usm->priv_key, &usm->priv_n, &usm->priv_kind)) {
		return "no privacy key";
	}
	return NULL;
}

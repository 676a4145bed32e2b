/*
 * Logins and hashes as text, see http_login.h. Pure functions, any thread.
 */
#include "observe/http_login.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum {
	SALT_AT = 7,  /* where salt and digest begin in a hash */
	COST_MIN = 4, /* the least that bcrypt knows */
};

static bool is_base64(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '.' || c == '/';
}

const char *sn_http_login_hash_error(const char *hash)
{
	static const char form[] =
		"is not a bcrypt hash (expected $2b$, two digits, $ and 53 characters)";
	unsigned cost;

	if (strlen(hash) != SN_HTTP_HASH_SIZE || strncmp(hash, "$2", 2) != 0 ||
	    !strchr("aby", hash[2]) || hash[3] != '$' || hash[6] != '$') {
		return form;
	}
	for (int i = SALT_AT; i < SN_HTTP_HASH_SIZE; i++) {
		if (!is_base64(hash[i])) {
			return form;
		}
	}
	if (hash[4] < '0' || hash[4] > '9' || hash[5] < '0' || hash[5] > '9') {
		return form;
	}
	cost = (unsigned)(hash[4] - '0') * 10 + (unsigned)(hash[5] - '0');
	if (cost < COST_MIN || cost > SN_HTTP_HASH_COST) {
		return "is a bcrypt hash of a cost that would take too long, or none (expected 04 "
		       "to 16)";
	}
	return NULL;
}

/* The value of a base64 digit; -1: it is none. */
static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Decodes base64 (RFC 4648 section 4) to text without NUL inside; false: it is not that, or too
 * long. */
static bool decode(const char *in, char out[SN_HTTP_LOGIN_MAX])
{
	size_t digits = strcspn(in, "= \t");
	const char *rest = in + digits;
	unsigned bits = 0;
	unsigned have = 0;
	size_t n = 0;

	if (digits / 4 * 3 + 3 >= SN_HTTP_LOGIN_MAX || digits % 4 == 1) {
		return false;
	}
	for (size_t i = 0; i < digits; i++) {
		int d = digit(in[i]);

		if (d < 0) {
			return false;
		}
		bits = (bits << 6 | (unsigned)d) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n] = (char)(bits >> have & 0xff);
			if (!out[n++]) {
				return false; /* bcrypt would end there */
			}
		}
	}
	out[n] = '\0';
	return rest[strspn(rest, "= \t")] == '\0';
}

bool sn_http_login_read(const char *header, char room[SN_HTTP_LOGIN_MAX], char **user,
			char **password)
{
	char *colon;

	if (strncasecmp(header, "Basic ", 6) != 0 ||
	    !decode(header + 6 + strspn(header + 6, " \t"), room)) {
		return false;
	}
	colon = strchr(room, ':');
	if (!colon) {
		return false;
	}
	*colon = '\0';
	*user = room;
	*password = colon + 1;
	return true;
}

/*
 * Fuzz target: what strangers write into headers, and users' hashes. The first octet tells whether
 * the rest is an Accept or Accept-Encoding header, an Authorization header or a hash.
 */
#include "observe/http.h"
#include "observe/http_login.h"
#include "observe/http_pack.h"

#include "support/fuzz.h"

#include <string.h>

static void check_login(const char *text)
{
	char room[SN_HTTP_LOGIN_MAX];
	char *user;
	char *password;

	if (!sn_http_login_read(text, room, &user, &password)) {
		return;
	}
	fuzz_expect(user == room);
	fuzz_expect(password == user + strlen(user) + 1);
	fuzz_expect(password + strlen(password) < room + sizeof(room));
	fuzz_expect(!strchr(user, ':'));
	/* three octets of four digits */
	fuzz_expect((strlen(user) + 1 + strlen(password)) * 4 <= strlen(text) * 3);
}

static void check_accept(const char *text)
{
	size_t n = strlen(text);
	char *more = malloc(n + 64);
	bool picked = sn_http_pick_openmetrics(text);

	if (!more) {
		return;
	}
	/* what nobody asks for is never picked */
	fuzz_expect(!picked || strcasestr(text, "application/openmetrics-text"));
	/* who takes text gets text, wherever no quotes are open */
	if (!strchr(text, '"')) {
		snprintf(more, n + 64, "application/openmetrics-text,%s", text);
		fuzz_expect(sn_http_pick_openmetrics(more) || strcasestr(text, "text/plain"));
		snprintf(more, n + 64, "text/plain,%s", text);
		fuzz_expect(!sn_http_pick_openmetrics(more));
	}
	free(more);
}

static void check_codings(const char *text)
{
	const char *const weights[] = {"", ";q=0"};

	for (int i = 0; i < 2; i++) {
		struct sn_http_codings c;
		char first[32];
		bool taken;

		sn_http_codings_init(&c);
		sn_http_codings_read(&c, text);
		taken = sn_http_codings_gzip(&c);
		fuzz_expect(c.gzip <= 1 && c.identity <= 1 && c.others <= 1);
		/* what nobody names is never sent */
		fuzz_expect(!taken || strcasestr(text, "gzip") || strchr(text, '*'));
		/* nothing weighs more than 1; what is named with 0 is refused whatever "*" says */
		snprintf(first, sizeof(first), "gzip%s", weights[i]);
		sn_http_codings_read(&c, first);
		fuzz_expect(sn_http_codings_gzip(&c) == (i == 0) || strcasestr(text, "gzip"));
	}
}

static void check_hash(const char *text)
{
	if (!sn_http_login_hash_error(text)) {
		fuzz_expect(strlen(text) == SN_HTTP_HASH_SIZE);
		fuzz_expect(strspn(text, "./$0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz") == SN_HTTP_HASH_SIZE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = size ? malloc(size) : NULL;

	if (!text) {
		return 0;
	}
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0] % 3) {
	case 0:
		check_login(text);
		break;
	case 1:
		check_accept(text);
		check_codings(text);
		break;
	default:
		check_hash(text);
	}
	free(text);
	return 0;
}

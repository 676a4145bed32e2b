/*
 * Fuzz target: what strangers write into headers, and users' hashes. The first octet tells whether
 * the rest is an Accept header, an Authorization header or a hash.
 */
#include "observe/http.h"
#include "observe/http_login.h"

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
	/* what weighs more than all others is, wherever no quotes are open */
	if (!strchr(text, '"')) {
		snprintf(more, n + 64, "application/openmetrics-text,%s", text);
		fuzz_expect(sn_http_pick_openmetrics(more));
		snprintf(more, n + 64, "text/plain,%s", text);
		fuzz_expect(!sn_http_pick_openmetrics(more));
	}
	free(more);
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
		break;
	default:
		check_hash(text);
	}
	free(text);
	return 0;
}

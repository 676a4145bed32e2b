/*
 * Passwords: right, wrong, remembered, many at once; alone and through the server. Behaviour of
 * observe/http_auth.h. Hashes are made here, of the least cost unless time matters.
 *
 * ctest: timeout=120
 */
#include "observe/http_auth.h"

#include "support/suite.h"
#include "unit/observe/http_client.h"

#include <crypt.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define CHEAP "$2b$04$abcdefghijklmnopqrstuu"
#define DEAR "$2b$11$abcdefghijklmnopqrstuu"

/* A waiter and what it was told. */
struct asker {
	struct sn_http_waiter waiter;	   /* first */
	_Atomic enum sn_http_verdict told; /* BUSY: nothing yet */
};

static sem_t told;

static void on_done(struct sn_http_waiter *w, enum sn_http_verdict verdict)
{
	struct asker *a = sn_container_of(w, struct asker, waiter);

	atomic_store(&a->told, verdict);
	sem_post(&told);
}

static void await_told(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	ck_assert_int_eq(sem_timedwait(&told, &until), 0);
}

/* The hash of a password; a static buffer for each of four. */
static const char *hash_of(const char *password, const char *salt)
{
	static struct crypt_data data[4];
	static unsigned next;
	struct crypt_data *d = &data[next++ % 4];
	const char *hash = crypt_r(password, salt, d);

	ck_assert_ptr_nonnull(hash);
	ck_assert_uint_eq(strlen(hash), 60);
	return hash;
}

/* "Basic ..." of user:password; a static buffer. */
static const char *login(const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static char out[1024];
	size_t n = strlen(text);
	char *w = out + sprintf(out, "Basic ");

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)(uint8_t)text[i] << 16;

		v |= i + 1 < n ? (uint32_t)(uint8_t)text[i + 1] << 8 : 0;
		v |= i + 2 < n ? (uint32_t)(uint8_t)text[i + 2] : 0;
		*w++ = digits[v >> 18 & 63];
		*w++ = digits[v >> 12 & 63];
		*w++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*w++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*w = '\0';
	return out;
}

static struct sn_http_auth *make(const struct sn_http_user *users, unsigned n)
{
	struct sn_http_auth *a;

	sem_init(&told, 0, 0);
	ck_assert_int_eq(sn_http_auth_new(users, n, on_done, &a), SN_OK);
	return a;
}

static void discard(struct sn_http_auth *a)
{
	sn_http_auth_stop(a);
	sn_http_auth_free(a);
}

/* What comes of a login in the end. */
static enum sn_http_verdict ask(struct sn_http_auth *a, const char *text)
{
	struct asker who = {.told = SN_HTTP_AUTH_BUSY};
	enum sn_http_verdict v = sn_http_auth_check(a, login(text), 1, &who.waiter);

	if (v != SN_HTTP_AUTH_WAIT) {
		return v;
	}
	await_told();
	return who.told;
}

/* The same where it must be known at once. */
static enum sn_http_verdict ask_known(struct sn_http_auth *a, const char *text)
{
	struct asker who;

	return sn_http_auth_check(a, login(text), 1, &who.waiter);
}

START_TEST(a_right_password_is_checked_once_and_then_known)
{
	const struct sn_http_user users[] = {{"alice", hash_of("secret", CHEAP)},
					     {"bob", hash_of("other", CHEAP)}};
	struct sn_http_auth *a = make(users, 2);

	ck_assert_int_eq(ask(a, "alice:secret"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask_known(a, "alice:secret"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask(a, "bob:other"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask_known(a, "bob:other"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask_known(a, "alice:secret"), SN_HTTP_AUTH_YES);
	discard(a);
}
END_TEST

START_TEST(a_wrong_password_is_wrong_and_remembered_as_such)
{
	static const char *const wrong[] = {"alice:Secret",	   "alice:",  "alice:secret ",
					    "bob:secret",	   ":secret", "Alice:secret",
					    "alice:secret\xc3\xbc"};
	const struct sn_http_user users[] = {{"alice", hash_of("secret", CHEAP)}};
	struct sn_http_auth *a = make(users, 1);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(ask(a, wrong[i]) == SN_HTTP_AUTH_NO, "%s", wrong[i]);
		ck_assert_int_eq(ask_known(a, wrong[i]), SN_HTTP_AUTH_NO);
	}
	/* the right one is found among them all the same */
	ck_assert_int_eq(ask(a, "alice:secret"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask_known(a, "alice:Secret"), SN_HTTP_AUTH_NO);
	discard(a);
}
END_TEST

START_TEST(many_wrong_passwords_do_not_displace_a_right_one)
{
	const struct sn_http_user users[] = {{"alice", hash_of("secret", CHEAP)}};
	struct sn_http_auth *a = make(users, 1);
	char text[64];

	ck_assert_int_eq(ask(a, "alice:secret"), SN_HTTP_AUTH_YES);
	for (int i = 0; i < SN_HTTP_AUTH_BAD + 10; i++) {
		snprintf(text, sizeof(text), "alice:%d", i);
		ck_assert_int_eq(ask(a, text), SN_HTTP_AUTH_NO);
	}
	ck_assert_int_eq(ask_known(a, "alice:secret"), SN_HTTP_AUTH_YES);
	/* the latest are remembered, the first was not */
	ck_assert_int_eq(ask_known(a, text), SN_HTTP_AUTH_NO);
	ck_assert_int_eq(ask(a, "alice:0"), SN_HTTP_AUTH_NO);
	discard(a);
}
END_TEST

START_TEST(hashes_of_all_three_names_are_understood)
{
	struct sn_http_user users[] = {{"a", NULL}, {"b", NULL}, {"y", NULL}};
	char hashes[3][64];
	struct sn_http_auth *a;

	for (int i = 0; i < 3; i++) {
		snprintf(hashes[i], sizeof(hashes[i]), "%s", hash_of("pass\xc3\xbc", CHEAP));
		hashes[i][2] = "aby"[i];
		users[i].hash = hashes[i];
	}
	a = make(users, 3);
	ck_assert_int_eq(ask(a, "a:pass\xc3\xbc"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask(a, "b:pass\xc3\xbc"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask(a, "y:pass\xc3\xbc"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask(a, "y:pass\xc3"), SN_HTTP_AUTH_NO);
	discard(a);
}
END_TEST

START_TEST(hashes_of_other_programs_are_understood)
{
	/* known answers of crypt_blowfish's and OpenBSD's implementations */
	const struct sn_http_user users[] = {
		{"u", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		{"v", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	};
	struct sn_http_auth *a = make(users, 2);

	ck_assert_int_eq(ask(a, "u:U*U"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask(a, "v:U*U"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask(a, "v:U*U*"), SN_HTTP_AUTH_NO);
	discard(a);
}
END_TEST

START_TEST(a_hash_that_is_none_is_refused)
{
	const struct sn_http_user users[] = {{"alice", "secret"}};
	struct sn_http_auth *a;

	ck_assert_int_eq(sn_http_auth_new(users, 1, on_done, &a), SN_EINVAL);
}
END_TEST

START_TEST(without_users_everybody_may_ask)
{
	struct sn_http_auth *a = make(NULL, 0);
	struct asker who;

	ck_assert_int_eq(sn_http_auth_check(a, NULL, 1, &who.waiter), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask(a, "any:body"), SN_HTTP_AUTH_YES);
	discard(a);
}
END_TEST

START_TEST(with_users_a_login_is_needed)
{
	const struct sn_http_user users[] = {{"alice", hash_of("secret", CHEAP)}};
	struct sn_http_auth *a = make(users, 1);
	struct asker who;

	ck_assert_int_eq(sn_http_auth_check(a, NULL, 1, &who.waiter), SN_HTTP_AUTH_NONE);
	ck_assert_int_eq(sn_http_auth_check(a, "Basic", 1, &who.waiter), SN_HTTP_AUTH_NO);
	discard(a);
}
END_TEST

START_TEST(other_users_take_the_place_of_those_before)
{
	const struct sn_http_user before[] = {{"alice", hash_of("secret", CHEAP)},
					      {"bob", hash_of("other", CHEAP)}};
	const struct sn_http_user after[] = {{"bob", hash_of("new", CHEAP)}};
	const struct sn_http_user wrong[] = {{"bob", "new"}};
	struct sn_http_auth *a = make(before, 2);

	ck_assert_int_eq(ask(a, "alice:secret"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(ask(a, "bob:new"), SN_HTTP_AUTH_NO);
	ck_assert_int_eq(sn_http_auth_set_users(a, wrong, 1), SN_EINVAL);
	ck_assert_int_eq(ask_known(a, "alice:secret"), SN_HTTP_AUTH_YES);
	ck_assert_int_eq(sn_http_auth_set_users(a, after, 1), SN_OK);
	ck_assert_int_eq(ask(a, "alice:secret"), SN_HTTP_AUTH_NO);
	ck_assert_int_eq(ask(a, "bob:other"), SN_HTTP_AUTH_NO);
	/* what was wrong with the hash before may be right now */
	ck_assert_int_eq(ask(a, "bob:new"), SN_HTTP_AUTH_YES);
	discard(a);
}
END_TEST

START_TEST(those_who_ask_the_same_are_told_by_one_check)
{
	enum { SAME = 40 };
	const struct sn_http_user users[] = {{"alice", hash_of("secret", DEAR)}};
	struct sn_http_auth *a = make(users, 1);
	struct asker who[SAME];

	for (int i = 0; i < SAME; i++) {
		who[i].told = SN_HTTP_AUTH_BUSY;
		ck_assert_int_eq(sn_http_auth_check(a, login("alice:secret"), 1, &who[i].waiter),
				 SN_HTTP_AUTH_WAIT);
	}
	for (int i = 0; i < SAME; i++) {
		await_told();
	}
	for (int i = 0; i < SAME; i++) {
		ck_assert_int_eq(who[i].told, SN_HTTP_AUTH_YES);
	}
	discard(a);
}
END_TEST

START_TEST(a_flood_of_wrong_passwords_is_bounded_and_holds_up_nobody_who_is_known)
{
	const struct sn_http_user users[] = {{"alice", hash_of("secret", DEAR)}};
	struct sn_http_auth *a = make(users, 1);
	static struct asker who[256];
	char text[64];
	int waiting = 0;
	int busy = 0;

	ck_assert_int_eq(ask(a, "alice:secret"), SN_HTTP_AUTH_YES);
	/* one client has a few */
	for (int i = 0; i < 10; i++) {
		snprintf(text, sizeof(text), "alice:%d", i);
		if (sn_http_auth_check(a, login(text), 7, &who[waiting].waiter) ==
		    SN_HTTP_AUTH_WAIT) {
			waiting++;
		}
	}
	ck_assert_int_ge(waiting, SN_HTTP_AUTH_CLIENT);
	ck_assert_int_lt(waiting, 10);
	/* so have many together */
	for (uint64_t client = 100; client < 300; client++) {
		enum sn_http_verdict v;

		snprintf(text, sizeof(text), "alice:x%d", (int)client);
		v = sn_http_auth_check(a, login(text), client, &who[waiting].waiter);
		if (v == SN_HTTP_AUTH_BUSY) {
			busy++;
			break;
		}
		ck_assert_int_eq(v, SN_HTTP_AUTH_WAIT);
		waiting++;
		ck_assert_int_le(waiting, SN_HTTP_AUTH_QUEUE + 10); /* some are done by now */
		/* who is known is known at once */
		ck_assert_int_eq(ask_known(a, "alice:secret"), SN_HTTP_AUTH_YES);
	}
	ck_assert_int_eq(busy, 1);
	ck_assert_int_eq(ask_known(a, "alice:secret"), SN_HTTP_AUTH_YES);
	/* the end waits for the check under way, not for all of them */
	discard(a);
}
END_TEST

static void say(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_http_reply(rq, 200, "text/plain", "hello\n", 6);
}

static const struct sn_http_route routes[] = {{"GET", "/", say, NULL}};

/* The status of a request with a login; NULL: without. */
static int status(const struct sn_http *h, const char *text)
{
	char header[1024] = "";

	if (text) {
		snprintf(header, sizeof(header), "Authorization: %s\r\n", login(text));
	}
	return client_status(h, "/", header);
}

START_TEST(the_server_asks_for_the_password)
{
	const struct sn_http_user users[] = {{"alice", hash_of("secret", CHEAP)}};
	const struct sn_http_web web = {.users = users, .nusers = 1};
	struct sn_http *h = client_serve((struct sn_http_config){.web = &web}, routes, 1);
	struct sn_http_stats stats;
	struct client_reply r;

	client_ask(h, "GET", "/", "", &r);
	ck_assert_int_eq(r.status, 401);
	ck_assert_str_eq(client_header(&r, "WWW-Authenticate"),
			 "Basic realm=\"sonde\", charset=\"UTF-8\"");
	free(r.body);
	/* whether there is such a page is nobody's business either */
	ck_assert_int_eq(client_status(h, "/nothing", ""), 401);
	sn_http_read_stats(h, &stats);
	ck_assert_uint_eq(stats.auth_failures, 0);
	ck_assert_int_eq(status(h, "alice:wrong"), 401);
	ck_assert_int_eq(status(h, "alice:wrong"), 401);
	ck_assert_int_eq(status(h, "bob:secret"), 401);
	ck_assert_int_eq(client_status(h, "/", "Authorization: Bearer x\r\n"), 401);
	sn_http_read_stats(h, &stats);
	ck_assert_uint_eq(stats.auth_failures, 4);
	ck_assert_int_eq(status(h, "alice:secret"), 200);
	ck_assert_int_eq(status(h, "alice:secret"), 200);
	sn_http_stop(h);
}
END_TEST

START_TEST(users_can_be_changed_while_it_runs)
{
	const struct sn_http_user users[] = {{"alice", hash_of("secret", CHEAP)}};
	const struct sn_http_web web = {.users = users, .nusers = 1};
	struct sn_http *h = client_serve((struct sn_http_config){0}, routes, 1);
	char why[SN_HTTP_WHY_MAX];

	ck_assert_int_eq(status(h, NULL), 200);
	ck_assert_int_eq(sn_http_set_web(h, &web, why), SN_OK);
	ck_assert_int_eq(status(h, NULL), 401);
	ck_assert_int_eq(status(h, "alice:secret"), 200);
	ck_assert_int_eq(sn_http_set_web(h, NULL, why), SN_OK);
	ck_assert_int_eq(status(h, NULL), 200);
	sn_http_stop(h);
}
END_TEST

/* Asks with a wrong password, another one each time. */
static void *ask_wrongly(void *arg)
{
	static atomic_uint next;
	struct sn_http *h = arg;

	for (int i = 0; i < 5; i++) {
		char line[256];
		struct client_reply r;
		/* 4 of 6 letters of base64 vary: "alice:" and three octets */
		unsigned k = atomic_fetch_add(&next, 1);

		snprintf(line, sizeof(line), "Authorization: Basic YWxpY2U6%c%c%c%c\r\n",
			 'a' + (int)(k % 26), 'a' + (int)(k / 26 % 26), 'b', 'c');
		client_ask(h, "GET", "/", line, &r);
		suite_expect(r.status == 401 || r.status == 429);
		suite_expect(r.status != 429 || client_header(&r, "Retry-After"));
		free(r.body);
	}
	return NULL;
}

START_TEST(a_flood_of_wrong_passwords_does_not_hold_up_the_server)
{
	enum { THREADS = 8 };
	const struct sn_http_user users[] = {{"alice", hash_of("secret", DEAR)}};
	const struct sn_http_web web = {.users = users, .nusers = 1};
	struct sn_http *h = client_serve((struct sn_http_config){.web = &web}, routes, 1);
	struct sn_http_stats stats;
	pthread_t t[THREADS];

	ck_assert_int_eq(status(h, "alice:secret"), 200);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_create(&t[i], NULL, ask_wrongly, h), 0);
	}
	for (int i = 0; i < 100; i++) {
		suite_expect(status(h, "alice:secret") == 200);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
	}
	sn_http_read_stats(h, &stats);
	ck_assert_uint_eq(stats.auth_failures + stats.auth_busy, THREADS * 5);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_stop_while_passwords_are_checked_is_orderly)
{
	enum { N = 6 };
	const struct sn_http_user users[] = {{"alice", hash_of("secret", DEAR)}};
	const struct sn_http_web web = {.users = users, .nusers = 1};
	struct sn_http *h = client_serve((struct sn_http_config){.web = &web}, routes, 1);
	int fds[N];

	for (int i = 0; i < N; i++) {
		char text[512];

		fds[i] = client_open(h);
		snprintf(text, sizeof(text),
			 "GET / HTTP/1.1\r\nHost: t\r\nAuthorization: Basic YWxpY2U6%cggg\r\n\r\n",
			 'a' + i / 2);
		client_send(fds[i], text);
	}
	CLIENT_AWAIT(h, requests, N);
	close(fds[0]);
	sn_http_stop(h);
	for (int i = 1; i < N; i++) {
		client_await_end(fds[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_right_password_is_checked_once_and_then_known,
		a_wrong_password_is_wrong_and_remembered_as_such,
		many_wrong_passwords_do_not_displace_a_right_one,
		hashes_of_all_three_names_are_understood,
		hashes_of_other_programs_are_understood,
		a_hash_that_is_none_is_refused,
		without_users_everybody_may_ask,
		with_users_a_login_is_needed,
		other_users_take_the_place_of_those_before,
		those_who_ask_the_same_are_told_by_one_check,
		a_flood_of_wrong_passwords_is_bounded_and_holds_up_nobody_who_is_known,
		the_server_asks_for_the_password,
		users_can_be_changed_while_it_runs,
		a_flood_of_wrong_passwords_does_not_hold_up_the_server,
		a_stop_while_passwords_are_checked_is_orderly,
		NULL};

	return suite_run_tests("http_auth", tests, 60);
}

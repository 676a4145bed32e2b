/*
 * Questions to a web server: what is asked, which answers are taken, and every way in which one is
 * refused. Behaviour of targets/fetch.h.
 */
#include "targets/fetch.h"

#include "base/clock.h"
#include "support/http_peer.h"
#include "support/suite.h"

#include <string.h>

#define LIST "[{\"targets\": [\"192.0.2.1\"]}]"

/* LIST by gzip. */
static const char packed[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x8b\xae\x56\x2a\x49\x2c"
			     "\x4a\x4f\x2d\x29\x56\xb2\x52\x88\x56\x32\xb4\x34\xd2\x33\xd0\x33"
			     "\xd2\x33\x54\x8a\xad\x8d\x05\x00\x19\xec\x45\x2c\x1c\x00\x00\x00";

/* A request with nothing special about it. */
static struct sn_fetch_request plain(const char *url)
{
	return (struct sn_fetch_request){.url = url,
					 .type = "application/json",
					 .timeout_ns = 20 * SN_NS_PER_SEC,
					 .max = 1 << 20};
}

static int get(const struct sn_fetch_request *rq, struct sn_fetch *f)
{
	f->request = rq;
	ck_assert_int_eq(sn_fetch_run(f, 1, NULL), SN_OK);
	return f->rc;
}

/* What becomes of one answer: rc, and the reason contains `why`. */
static void expect(const struct http_answer *a, int rc, const char *why)
{
	struct http_peer *p = http_peer_start(a, 1);
	struct sn_fetch_request rq = plain(http_peer_url(p, "/x"));
	struct sn_fetch f = {0};

	ck_assert_msg(get(&rq, &f) == rc, "status %u: rc %d: %s", a->status, f.rc, f.why);
	ck_assert_msg(strstr(f.why, why), "\"%s\" is not in \"%s\"", why, f.why);
	ck_assert((f.body != NULL) == (rc == SN_OK));
	free(f.body);
	http_peer_stop(p);
}

START_TEST(gives_the_document_and_its_tags)
{
	static const struct http_answer a = {.status = 200,
					     .headers = HTTP_JSON
					     "ETag: \"one\"\r\n"
					     "Last-Modified: Mon, 23 Nov 2026 10:00:00 GMT\r\n",
					     .body = LIST};
	static const char *const headers[] = {"X-Scope: a b", "Authorization: Bearer secret", NULL};
	struct http_peer *p = http_peer_start(&a, 1);
	struct sn_fetch_request rq = plain(http_peer_url(p, "/list?x=1"));
	struct sn_fetch f = {0};

	rq.headers = headers;
	ck_assert_int_eq(get(&rq, &f), SN_OK);
	ck_assert_str_eq(f.body, LIST);
	ck_assert_uint_eq(f.n, strlen(LIST));
	ck_assert_str_eq(f.etag, "\"one\"");
	ck_assert_str_eq(f.modified, "Mon, 23 Nov 2026 10:00:00 GMT");
	free(f.body);
	ck_assert_ptr_eq(strstr(p->heads[0], "GET /list?x=1 HTTP/1.1\r\n"), p->heads[0]);
	ck_assert_ptr_nonnull(strstr(p->heads[0], "\r\nX-Scope: a b\r\n"));
	ck_assert_ptr_nonnull(strstr(p->heads[0], "\r\nAuthorization: Bearer secret\r\n"));
	ck_assert_ptr_nonnull(strstr(p->heads[0], "\r\nAccept: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(p->heads[0], "\r\nAccept-Encoding: gzip\r\n"));
	ck_assert_ptr_null(strstr(p->heads[0], "If-None-Match"));
	ck_assert_ptr_null(strstr(p->heads[0], "If-Modified-Since"));
	http_peer_stop(p);
}
END_TEST

START_TEST(asks_only_for_what_is_new)
{
	static const struct http_answer answers[] = {
		{.status = 200, .headers = HTTP_JSON "ETag: W/\"1\"\r\n", .body = LIST},
		{.status = 304, .headers = "ETag: W/\"1\"\r\n"},
		{.status = 200, .headers = HTTP_JSON, .body = "[]"}};
	struct http_peer *p = http_peer_start(answers, 3);
	struct sn_fetch_request rq = plain(http_peer_url(p, "/x"));
	struct sn_fetch f = {0};

	ck_assert_int_eq(get(&rq, &f), SN_OK);
	free(f.body);
	ck_assert_int_eq(get(&rq, &f), SN_EEXIST);
	ck_assert_ptr_null(f.body);
	ck_assert_str_eq(f.etag, "W/\"1\"");
	ck_assert_ptr_nonnull(strstr(p->heads[1], "\r\nIf-None-Match: W/\"1\"\r\n"));
	ck_assert_int_eq(get(&rq, &f), SN_OK);
	ck_assert_str_eq(f.body, "[]");
	ck_assert_str_eq(f.etag, ""); /* this one has none */
	free(f.body);
	http_peer_stop(p);
}
END_TEST

START_TEST(only_200_brings_a_document)
{
	static const unsigned statuses[] = {201, 204, 206, 304, 400, 401, 403, 404, 500, 503};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct http_answer a = {.status = statuses[i], .headers = HTTP_JSON, .body = NULL};
		char why[64];

		snprintf(why, sizeof(why), "the server answers with status %u (expected 200)",
			 statuses[i]);
		expect(&a, SN_EIO, why);
	}
}
END_TEST

START_TEST(only_json_in_utf8_is_a_document)
{
	static const struct {
		const char *headers;
		int rc;
	} rows[] = {
		{"Content-Type: application/json\r\n", SN_OK},
		{"Content-Type: Application/JSON; charset=UTF-8\r\n", SN_OK},
		{"Content-Type: application/json;charset=\"utf-8\"\r\n", SN_OK},
		{"Content-Type: application/json; charset=iso-8859-1\r\n", SN_EIO},
		{"Content-Type: application/json-seq\r\n", SN_EIO},
		{"Content-Type: text/html\r\n", SN_EIO},
		{"", SN_EIO},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_answer a = {.status = 200, .headers = rows[i].headers, .body = LIST};

		expect(&a, rows[i].rc, rows[i].rc ? "(expected application/json in UTF-8)" : "");
	}
}
END_TEST

START_TEST(unpacks_what_is_packed)
{
	static const struct http_answer a = {.status = 200,
					     .headers = HTTP_JSON "Content-Encoding: gzip\r\n",
					     .body = packed,
					     .n = sizeof(packed) - 1};
	static const struct http_answer broken = {.status = 200,
						  .headers = HTTP_JSON "Content-Encoding: gzip\r\n",
						  .body = "\x1f\x8b no"};
	struct http_peer *p = http_peer_start(&a, 1);
	struct sn_fetch_request rq = plain(http_peer_url(p, "/x"));
	struct sn_fetch f = {0};

	ck_assert_int_eq(get(&rq, &f), SN_OK);
	ck_assert_str_eq(f.body, LIST);
	free(f.body);
	http_peer_stop(p);
	expect(&broken, SN_EIO, "");
}
END_TEST

START_TEST(takes_no_more_than_it_was_told_to)
{
	static char block[4096];
	const struct http_answer a = {
		.status = 200, .headers = HTTP_JSON, .body = block, .n = 4096, .endless = true};

	memset(block, ' ', sizeof(block));
	expect(&a, SN_EIO, "the answer is larger than 1048576 octets");
}
END_TEST

START_TEST(takes_what_is_as_large_as_it_may_be)
{
	static char block[1 << 20];
	const struct http_answer a = {
		.status = 200, .headers = HTTP_JSON, .body = block, .n = sizeof(block)};

	memset(block, ' ', sizeof(block));
	expect(&a, SN_OK, "");
}
END_TEST

START_TEST(follows_redirects_but_not_for_ever)
{
	static const struct http_answer once[] = {
		{.status = 302, .headers = "Location: /there\r\n", .body = "moved"},
		{.status = 200, .headers = HTTP_JSON "ETag: \"x\"\r\n", .body = LIST}};
	static const struct http_answer loop = {.status = 307, .headers = "Location: /again\r\n"};
	struct http_peer *p = http_peer_start(once, 2);
	struct sn_fetch_request rq = plain(http_peer_url(p, "/here"));
	struct sn_fetch f = {0};

	ck_assert_int_eq(get(&rq, &f), SN_OK);
	ck_assert_str_eq(f.body, LIST);
	ck_assert_str_eq(f.etag, "\"x\"");
	ck_assert_ptr_eq(strstr(p->heads[1], "GET /there "), p->heads[1]);
	free(f.body);
	http_peer_say(p, &loop, 1);
	ck_assert_int_eq(get(&rq, &f), SN_EIO);
	ck_assert_uint_eq(atomic_load(&p->count), 2 + 1 + SN_FETCH_REDIRECTS);
	rq.stay = true;
	ck_assert_int_eq(get(&rq, &f), SN_EIO);
	ck_assert_ptr_nonnull(strstr(f.why, "status 307"));
	http_peer_stop(p);
}
END_TEST

START_TEST(credentials_do_not_follow_to_another_server)
{
	static const struct http_answer list = {.status = 200, .headers = HTTP_JSON, .body = "[]"};
	static const char *const token[] = {"Authorization: Bearer token-7", NULL};
	struct http_peer *other = http_peer_start(&list, 1);
	struct http_answer away = {.status = 302};
	struct sn_fetch_request rq;
	struct sn_fetch f = {0};
	struct http_peer *p;
	char where[256];

	snprintf(where, sizeof(where), "Location: %s\r\n", http_peer_url(other, "/x"));
	away.headers = where;
	p = http_peer_start(&away, 1);
	rq = plain(http_peer_url(p, "/x"));
	rq.username = "me";
	rq.password = "secret";
	ck_assert_int_eq(get(&rq, &f), SN_OK);
	free(f.body);
	/* base64 of me:secret */
	ck_assert_ptr_nonnull(strstr(p->heads[0], "Authorization: Basic bWU6c2VjcmV0\r\n"));
	ck_assert_ptr_null(strstr(other->heads[0], "Authorization"));
	rq = plain(http_peer_url(p, "/x"));
	rq.headers = token;
	ck_assert_int_eq(get(&rq, &f), SN_OK);
	free(f.body);
	ck_assert_ptr_nonnull(strstr(p->heads[1], "Bearer token-7"));
	ck_assert_ptr_null(strstr(other->heads[1], "Authorization"));
	http_peer_stop(p);
	http_peer_stop(other);
}
END_TEST

START_TEST(a_redirect_to_a_file_leads_nowhere)
{
	static const struct http_answer a = {.status = 302,
					     .headers = "Location: file:///etc/hostname\r\n"};

	expect(&a, SN_EIO, "");
}
END_TEST

START_TEST(a_slow_server_costs_no_more_than_the_time_it_has)
{
	static const struct http_answer silent = {.status = 0};
	struct http_peer *p = http_peer_start(&silent, 1);
	struct sn_fetch_request rq = plain(http_peer_url(p, "/x"));
	struct sn_fetch v[8] = {0};
	uint64_t began = sn_clock_mono();

	rq.timeout_ns = SN_NS_PER_SEC;
	for (unsigned i = 0; i < 8; i++) {
		v[i].request = &rq;
	}
	ck_assert_int_eq(sn_fetch_run(v, 8, NULL), SN_OK);
	/* all at once: not eight times as long */
	ck_assert_uint_lt(sn_clock_mono() - began, 8 * rq.timeout_ns);
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_int_eq(v[i].rc, SN_EIO);
		ck_assert_ptr_nonnull(strstr(v[i].why, "timed out"));
	}
	http_peer_stop(p);
}
END_TEST

START_TEST(a_server_that_is_not_there_is_told)
{
	struct http_peer *p = http_peer_start(NULL, 0);
	struct sn_fetch_request rq = plain(http_peer_url(p, "/x"));
	struct sn_fetch f = {0};

	http_peer_stop(p);
	ck_assert_int_eq(get(&rq, &f), SN_EIO);
	ck_assert_ptr_nonnull(strstr(f.why, "connect"));
}
END_TEST

static _Atomic bool cancel;

static void *cancel_when_asked(void *arg)
{
	struct http_peer *p = arg;

	while (atomic_load(&p->count) == 0) {
	}
	atomic_store(&cancel, true);
	return NULL;
}

START_TEST(ends_when_nobody_wants_the_answer_any_more)
{
	static const struct http_answer silent = {.status = 0};
	struct http_peer *p = http_peer_start(&silent, 1);
	struct sn_fetch_request rq = plain(http_peer_url(p, "/x"));
	struct sn_fetch f = {.request = &rq};
	uint64_t began = sn_clock_mono();
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, cancel_when_asked, p), 0);
	ck_assert_int_eq(sn_fetch_run(&f, 1, &cancel), SN_ECANCELED);
	ck_assert_uint_lt(sn_clock_mono() - began, rq.timeout_ns / 2);
	ck_assert_ptr_null(f.body);
	pthread_join(thread, NULL);
	http_peer_stop(p);
}
END_TEST

START_TEST(a_proxy_is_asked_in_place_of_the_server)
{
	static const struct http_answer a = {.status = 200, .headers = HTTP_JSON, .body = "[]"};
	struct http_peer *p = http_peer_start(&a, 1);
	struct sn_fetch_request rq = plain("http://service.invalid/list");
	struct sn_fetch f = {0};

	rq.proxy = http_peer_url(p, "");
	ck_assert_int_eq(get(&rq, &f), SN_OK);
	free(f.body);
	ck_assert_ptr_eq(strstr(p->heads[0], "GET http://service.invalid/list HTTP/1.1\r\n"),
			 p->heads[0]);
	/* what the environment says does not count */
	ck_assert_int_eq(setenv("http_proxy", http_peer_url(p, ""), 1), 0);
	rq.url = http_peer_url(p, "/own");
	rq.proxy = NULL;
	ck_assert_int_eq(get(&rq, &f), SN_OK);
	free(f.body);
	ck_assert_ptr_eq(strstr(p->heads[1], "GET /own HTTP/1.1\r\n"), p->heads[1]);
	http_peer_stop(p);
}
END_TEST

START_TEST(a_url_is_shown_without_user_and_password)
{
	static const char *const rows[][2] = {
		{"http://a.example/x?y=1", "http://a.example/x?y=1"},
		{"https://me:secret@a.example:8443/x", "https://a.example:8443/x"},
		{"http://me@[2001:db8::1]/", "http://[2001:db8::1]/"},
	};
	static const char *const wrong[] = {
		"",	   "a.example",	  "/x",		 "ftp://a/x",	   "file:///x",
		"http://", "http://a b/", "gopher://a/", "http://a:99999/"};
	char shown[SN_FETCH_URL_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(sn_fetch_check_url(rows[i][0], shown), SN_OK);
		ck_assert_str_eq(shown, rows[i][1]);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(sn_fetch_check_url(wrong[i], shown) == SN_EINVAL, "%s", wrong[i]);
	}
}
END_TEST

START_TEST(nothing_to_ask_is_no_error)
{
	ck_assert_int_eq(sn_fetch_run(NULL, 0, NULL), SN_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {gives_the_document_and_its_tags,
				      asks_only_for_what_is_new,
				      only_200_brings_a_document,
				      only_json_in_utf8_is_a_document,
				      unpacks_what_is_packed,
				      takes_no_more_than_it_was_told_to,
				      takes_what_is_as_large_as_it_may_be,
				      follows_redirects_but_not_for_ever,
				      credentials_do_not_follow_to_another_server,
				      a_redirect_to_a_file_leads_nowhere,
				      a_slow_server_costs_no_more_than_the_time_it_has,
				      a_server_that_is_not_there_is_told,
				      ends_when_nobody_wants_the_answer_any_more,
				      a_proxy_is_asked_in_place_of_the_server,
				      a_url_is_shown_without_user_and_password,
				      nothing_to_ask_is_no_error,
				      NULL};

	return suite_run_tests("fetch", tests, 30);
}

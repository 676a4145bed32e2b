/*
 * Numbers of schemas from a schema registry: what is asked, and what is taken for an answer.
 * Behaviour of registry/registry.h.
 */
#include "registry/registry.h"

#include "base/clock.h"
#include "formats/avro_schema.h"
#include "support/http_peer.h"
#include "support/suite.h"

#include <string.h>

#define TYPE "Content-Type: application/vnd.schemaregistry.v1+json\r\n"

static int ask(const struct http_answer *answers, unsigned n, const char *path,
	       struct sn_registry_schema *v, unsigned schemas, char *head)
{
	struct http_peer *p = http_peer_start(answers, n);
	const struct sn_registry where = {.url = http_peer_url(p, path),
					  .username = "user",
					  .password = "secret",
					  .timeout_ns = 20 * SN_NS_PER_SEC};
	int rc = sn_registry_register(&where, v, schemas, NULL);

	if (head) {
		memcpy(head, p->heads[0], HTTP_PEER_HEAD);
	}
	http_peer_stop(p);
	return rc;
}

START_TEST(a_schema_is_registered_under_its_subject)
{
	static const struct http_answer a = {.status = 200, .headers = TYPE, .body = "{\"id\":42}"};
	struct sn_registry_schema s = {.subject = "snmp rows/1-value",
				       .text = "{\"type\":\"a\\\\b\"}"};
	char head[HTTP_PEER_HEAD];
	const char *body;

	ck_assert_int_eq(ask(&a, 1, "/registry/", &s, 1, head), SN_OK);
	ck_assert_uint_eq(s.id, 42);
	ck_assert_str_eq(s.why, "");
	ck_assert_ptr_eq(
		strstr(head, "POST /registry/subjects/snmp%20rows%2F1-value/versions HTTP/1.1\r\n"),
		head);
	ck_assert_ptr_nonnull(strstr(head, "\r\n" TYPE));
	ck_assert_ptr_nonnull(
		strstr(head, "\r\nAccept: application/vnd.schemaregistry.v1+json\r\n"));
	ck_assert_ptr_nonnull(strstr(head, "\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
	body = strstr(head, "\r\n\r\n");
	ck_assert_ptr_nonnull(body);
	ck_assert_str_eq(body + 4, "{\"schema\":\"{\\\"type\\\":\\\"a\\\\\\\\b\\\"}\"}");
}
END_TEST

START_TEST(several_schemas_are_asked_for_at_once)
{
	static const struct http_answer a = {.status = 200, .headers = TYPE, .body = "{\"id\":7}"};
	struct sn_registry_schema v[] = {{.subject = "rows-value", .text = sn_avro_schema_table},
					 {.subject = "rounds-value", .text = sn_avro_schema_round}};

	ck_assert_int_eq(ask(&a, 1, "", v, 2, NULL), SN_OK);
	ck_assert_uint_eq(v[0].id, 7);
	ck_assert_uint_eq(v[1].id, 7);
}
END_TEST

/* An answer that is none: its reason. */
static void expect_refused(const struct http_answer *a, const char *why)
{
	struct sn_registry_schema s = {.subject = "x-value", .text = "{}", .id = 9};

	ck_assert_int_eq(ask(a, 1, "", &s, 1, NULL), SN_EIO);
	ck_assert_uint_eq(s.id, 0);
	ck_assert_msg(strstr(s.why, why), "\"%s\" is not in \"%s\"", why, s.why);
}

START_TEST(what_is_no_number_is_refused)
{
	static const char *const bodies[] = {"",
					     "{}",
					     "7",
					     "[7]",
					     "{\"id\":}",
					     "{\"id\":0}",
					     "{\"id\":-1}",
					     "{\"id\":\"7\"}",
					     "{\"id\":[7]}",
					     "{\"id\":7.5}",
					     "{\"id\":2147483648}",
					     "{\"id\":99999999999999999999}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		const struct http_answer a = {.status = 200, .headers = TYPE, .body = bodies[i]};

		expect_refused(&a, "the answer has no number of a schema");
	}
}
END_TEST

START_TEST(what_the_server_refuses_is_told)
{
	static const struct http_answer incompatible = {
		.status = 409, .headers = TYPE, .body = "{\"error_code\":409}"};
	static const struct http_answer page = {
		.status = 200, .headers = "Content-Type: text/html\r\n", .body = "<html>"};

	expect_refused(&incompatible, "the server answers with status 409");
	expect_refused(&page, "the answer is of the type text/html");
}
END_TEST

START_TEST(one_that_fails_does_not_take_the_others_along)
{
	static const struct http_answer answers[] = {
		{.status = 200, .headers = TYPE, .body = "{\"id\":7}"}, {.status = 500}};
	struct sn_registry_schema v[] = {{.subject = "a", .text = "{}"},
					 {.subject = "b", .text = "{}"}};

	ck_assert_int_eq(ask(answers, 2, "", v, 2, NULL), SN_EIO);
	ck_assert_uint_eq(v[0].id + v[1].id, 7);
	ck_assert((v[0].why[0] == '\0') != (v[1].why[0] == '\0'));
}
END_TEST

START_TEST(a_server_that_is_not_there_is_told)
{
	static const struct http_answer a = {.status = 200};
	struct http_peer *p = http_peer_start(&a, 1);
	const struct sn_registry where = {.url = http_peer_url(p, ""),
					  .timeout_ns = 20 * SN_NS_PER_SEC};
	struct sn_registry_schema s = {.subject = "x", .text = "{}"};

	http_peer_stop(p);
	ck_assert_int_eq(sn_registry_register(&where, &s, 1, NULL), SN_EIO);
	ck_assert_str_ne(s.why, "");
	ck_assert_int_eq(sn_registry_register(&where, &s, 0, NULL), SN_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_schema_is_registered_under_its_subject,
				      several_schemas_are_asked_for_at_once,
				      what_is_no_number_is_refused,
				      what_the_server_refuses_is_told,
				      one_that_fails_does_not_take_the_others_along,
				      a_server_that_is_not_there_is_told,
				      NULL};

	return suite_run_tests("registry", tests, 60);
}

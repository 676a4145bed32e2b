/*
 * JSON to a tree: the same nodes and places as from YAML, and every refusal with its exact text.
 * Behaviour of document/json.h.
 */
#include "document/json.h"

#include "support/bytes.h"
#include "support/config_files.h"
#include "support/suite.h"

static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_diag diag;

static void setup(void)
{
	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	memset(&diag, 0, sizeof(diag));
	diag.report = config_files_report;
	config_files_clear();
}

static void teardown(void)
{
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
	bytes_free_all();
}

static int parse(const char *text, size_t n, const struct sn_node **root)
{
	return sn_json_parse(&arena, "t.json", bytes_copy(text, n), &diag, root);
}

static const struct sn_node *good(const char *text)
{
	const struct sn_node *root;
	int rc = parse(text, strlen(text), &root);

	ck_assert_msg(rc == SN_OK, "%s: %s", text, config_files_messages());
	return root;
}

static void bad_bytes(const char *text, size_t n, const char *message)
{
	const struct sn_node *root;

	config_files_clear();
	ck_assert_msg(parse(text, n, &root) == SN_ECONFIG, "accepted: %s", text);
	ck_assert_str_eq(config_files_messages(), message);
}

static void bad(const char *text, const char *message)
{
	bad_bytes(text, strlen(text), message);
}

static void check_place(const struct sn_node *node, uint32_t line, uint32_t column)
{
	ck_assert_str_eq(node->at.file, "t.json");
	ck_assert_uint_eq(node->at.line, line);
	ck_assert_uint_eq(node->at.column, column);
}

START_TEST(every_node_knows_its_place)
{
	const struct sn_node *root =
		good("[\n"
		     "  {\"targets\": [\"a\", \"b\"],\n"
		     "   \"labels\" : { \"\xc3\xa4\\\"\" : \"\xc3\xa4\", \"n\":5 }},\n"
		     "  {}, [ ]\n"
		     "]\n");
	const struct sn_node *group = root->first;
	const struct sn_node *targets = sn_node_find(group, "targets");
	const struct sn_node *labels = sn_node_find(group, "labels");

	ck_assert_int_eq(root->kind, SN_NODE_LIST);
	ck_assert_uint_eq(root->n, 3);
	check_place(root, 1, 1);
	check_place(group, 2, 3);
	ck_assert_uint_eq(group->n, 2);
	check_place(sn_node_find_key(group, "targets"), 2, 4);
	check_place(targets, 2, 15);
	check_place(targets->first->next, 2, 21);
	check_place(labels, 3, 15);
	check_place(sn_node_find(labels, "\xc3\xa4\""), 3, 25);
	check_place(sn_node_find_key(labels, "n"), 3, 30);
	check_place(sn_node_find(labels, "n"), 3, 34);
	check_place(group->next, 4, 3);
	check_place(group->next->next, 4, 7);
	ck_assert_uint_eq(group->next->next->n, 0);
}
END_TEST

START_TEST(scalars_become_text)
{
	const struct sn_node *root = good("[\"a\\u00e4\\ud83d\\ude00\\n\\/\", 1.50, -2e3, true, "
					  "false, null, \"null\", \"\"]");
	static const char *const texts[] = {"a\xc3\xa4\xf0\x9f\x98\x80\n/",
					    "1.50",
					    "-2e3",
					    "true",
					    "false",
					    "null",
					    "null",
					    ""};
	static const bool nulls[] = {false, false, false, false, false, true, false, false};
	const struct sn_node *c = root->first;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_str_eq(c->text, texts[i]);
		ck_assert_uint_eq(c->n, strlen(texts[i]));
		ck_assert_int_eq(sn_node_is_null(c), nulls[i]);
		c = c->next;
	}
}
END_TEST

START_TEST(a_byte_order_mark_is_no_character)
{
	check_place(good("\xef\xbb\xbf[\"a\"]")->first, 1, 2);
}
END_TEST

START_TEST(refuses_syntax_errors_at_their_place)
{
	bad("", "t.json:1:1: JSON ends too early\n");
	bad("[\n  \"a\",\n", "t.json:2:7: not JSON from here on\n");
	bad("[\"a\" \"b\"]", "t.json:1:6: not JSON from here on\n");
	bad("{\"a\": }", "t.json:1:7: not JSON from here on\n");
	bad("[1,]", "t.json:1:4: not JSON from here on\n");
	bad("{a: 1}", "t.json:1:3: not JSON from here on\n");
	bad("['a']", "t.json:1:2: not JSON from here on\n");
	bad("[\n\"\xc3\xa4\xc3\xa4\", x]", "t.json:2:7: not JSON from here on\n");
	bad("[] []", "t.json:1:4: not JSON from here on\n");
	bad_bytes("[]\0x", 4, "t.json:1:4: not JSON from here on\n");
}
END_TEST

START_TEST(refuses_duplicate_keys)
{
	bad("{\"a\": 1,\n \"b\": 2, \"a\": 3}",
	    "t.json:2:10: duplicate key \"a\" (first at line 1, column 2)\n");
}
END_TEST

START_TEST(refuses_text_that_is_none)
{
	bad("[\"a\", \"x\\u0000y\"]", "t.json:1:7: text must not contain a NUL character\n");
	bad("[\"\xff\"]", "t.json:1:2: text is not valid UTF-8\n");
	/* an escaped backslash before the same letters is no NUL */
	ck_assert_str_eq(good("[\"\\\\u0000\"]")->first->text, "\\u0000");
}
END_TEST

START_TEST(refuses_what_is_nested_too_deeply)
{
	char text[256] = "";

	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	good(text);
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	bad(text, "t.json:1:65: nested too deeply (at most 64 lists and maps inside each other)\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_node_knows_its_place,
				      scalars_become_text,
				      a_byte_order_mark_is_no_character,
				      refuses_syntax_errors_at_their_place,
				      refuses_duplicate_keys,
				      refuses_text_that_is_none,
				      refuses_what_is_nested_too_deeply,
				      NULL};
	Suite *s = suite_create("json");
	TCase *tc = tcase_create("json");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (const TTest *const *t = tests; *t; t++) {
		tcase_add_test(tc, *t);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}

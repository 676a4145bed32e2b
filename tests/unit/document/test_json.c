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

/* Items that were taken: their hashes, and where the last was. */
struct taken {
	uint64_t hash[8];	    /* of the first ones */
	uint32_t n;		    /* taken */
	uint32_t until;		    /* the one at which to end; 0: none */
	const struct sn_node *tree; /* item of the whole tree that must look the same; NULL */
};

static int take(void *ctx, const struct sn_node *item)
{
	struct taken *t = ctx;

	if (t->n < 8) {
		t->hash[t->n] = sn_node_hash(item, 0);
	}
	if (t->tree) {
		suite_expect(t->tree->at.line == item->at.line &&
			     t->tree->at.column == item->at.column);
		suite_expect(sn_node_hash(t->tree, 0) == sn_node_hash(item, 0));
		t->tree = t->tree->next;
	}
	return ++t->n == t->until ? SN_ENOENT : SN_OK;
}

static int parse_items(const char *text, size_t n, struct taken *t, const struct sn_node **root)
{
	const struct sn_node_items items = {take, t};

	return sn_json_parse_items(&arena, "t.json", bytes_copy(text, n), &diag, &items, root);
}

static const struct sn_node *good(const char *text)
{
	const struct sn_node *root;
	int rc = parse(text, strlen(text), &root);

	ck_assert_msg(rc == SN_OK, "%s: %s", text, config_files_messages());
	return root;
}

static void bad_tree(const char *text, size_t n, const char *message)
{
	const struct sn_node *root;

	config_files_clear();
	diag.errors = 0;
	ck_assert_msg(parse(text, n, &root) == SN_ECONFIG, "accepted: %s", text);
	ck_assert_str_eq(config_files_messages(), message);
}

static void bad_items(const char *text, size_t n, const char *message)
{
	const struct sn_node *root;
	struct taken t = {0};

	config_files_clear();
	diag.errors = 0;
	ck_assert_msg(parse_items(text, n, &t, &root) == SN_ECONFIG, "accepted: %s", text);
	ck_assert_str_eq(config_files_messages(), message);
}

static void bad_bytes(const char *text, size_t n, const char *message)
{
	bad_tree(text, n, message);
	bad_items(text, n, message);
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
	/* cJSON says what was right last */
	bad_tree("[\n  \"a\",\n", 9, "t.json:2:7: not JSON from here on\n");
	bad_items("[\n  \"a\",\n", 9, "t.json:3:1: JSON ends too early\n");
	bad("[\"a\" \"b\"]", "t.json:1:6: not JSON from here on\n");
	bad("{\"a\": }", "t.json:1:7: not JSON from here on\n");
	bad("[1,]", "t.json:1:4: not JSON from here on\n");
	bad("{a: 1}", "t.json:1:3: not JSON from here on\n");
	bad("['a']", "t.json:1:2: not JSON from here on\n");
	bad("[\n\"\xc3\xa4\xc3\xa4\", x]", "t.json:2:7: not JSON from here on\n");
	bad("[1\n,,2]", "t.json:2:2: not JSON from here on\n");
	bad("[\xef\xbb\xbf 1]", "t.json:1:2: not JSON from here on\n");
	bad("[1, \xef\xbb\xbf 1]", "t.json:1:5: not JSON from here on\n");
	bad("[[1] 2]", "t.json:1:6: not JSON from here on\n");
	bad_items("[{}", 3, "t.json:1:4: JSON ends too early\n");
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

START_TEST(items_are_those_of_the_tree)
{
	static const char text[] = "[\n {\"a\": [1, \"x\"]},\n  [ ] ,5,\n\"\xc3\xa4\", {} ]\n";
	const struct sn_node *tree = good(text);
	const struct sn_node *root;
	struct taken t = {.tree = tree->first};

	ck_assert_int_eq(parse_items(text, strlen(text), &t, &root), SN_OK);
	ck_assert_uint_eq(t.n, tree->n);
	ck_assert_ptr_null(t.tree);
	ck_assert_int_eq(root->kind, SN_NODE_LIST);
	ck_assert_ptr_null(root->first);
}
END_TEST

START_TEST(what_is_no_list_stays_a_tree)
{
	static const char text[] = "{\"a\": [1]}";
	const struct sn_node *tree = good(text);
	const struct sn_node *root;
	struct taken t = {0};

	ck_assert_int_eq(parse_items(text, strlen(text), &t, &root), SN_OK);
	ck_assert_uint_eq(t.n, 0);
	ck_assert_uint_eq(sn_node_hash(root, 0), sn_node_hash(tree, 0));
}
END_TEST

START_TEST(a_taker_may_end_the_reading)
{
	static const char text[] = "[\n {\"a\": [1, \"x\"]},\n  [ ] ,5,\n\"\xc3\xa4\", {} ]\n";
	struct taken t = {.until = 2};
	const struct sn_node *root;

	ck_assert_int_eq(parse_items(text, strlen(text), &t, &root), SN_ENOENT);
	ck_assert_uint_eq(t.n, 2);
	ck_assert_str_eq(config_files_messages(), "");
}
END_TEST

START_TEST(memory_of_items_is_used_again)
{
	enum { ITEMS = 50000 };
	char *text = malloc(ITEMS * 24);
	const struct sn_node *root;
	struct taken t = {0};
	size_t n = 0;

	for (int i = 0; i < ITEMS; i++) {
		n += (size_t)sprintf(text + n, "%c{\"k\": [\"i%d\"]}\n", i ? ',' : '[', i);
	}
	strcpy(text + n, "]");
	ck_assert_int_eq(parse_items(text, strlen(text), &t, &root), SN_OK);
	ck_assert_uint_eq(t.n, ITEMS);
	/* a builder and a few chunks */
	ck_assert_uint_lt(pool.held, 64 << 10);
	free(text);
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
				      items_are_those_of_the_tree,
				      what_is_no_list_stays_a_tree,
				      a_taker_may_end_the_reading,
				      memory_of_items_is_used_again,
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

/*
 * YAML to a tree: structure, places, and every refusal with its exact text. Behaviour of
 * document/yaml.h.
 */
#include "document/yaml.h"

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
}

static int parse(const char *text, const struct sn_node **root)
{
	return sn_yaml_parse(&arena, "f.yaml", sn_span_str(text), &diag, root);
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

static int parse_items(const char *text, struct taken *t, const struct sn_node **root)
{
	const struct sn_node_items items = {take, t};

	return sn_yaml_parse_items(&arena, "f.yaml", sn_span_str(text), &diag, &items, root);
}

static const struct sn_node *good(const char *text)
{
	const struct sn_node *root;
	int rc = parse(text, &root);

	ck_assert_msg(rc == SN_OK, "%s: %s", text, config_files_messages());
	return root;
}

/* As a tree and item by item. */
static void bad(const char *text, const char *message)
{
	const struct sn_node *root;
	struct taken t = {0};

	config_files_clear();
	ck_assert_msg(parse(text, &root) == SN_ECONFIG, "accepted: %s", text);
	ck_assert_str_eq(config_files_messages(), message);
	config_files_clear();
	ck_assert_msg(parse_items(text, &t, &root) == SN_ECONFIG, "accepted: %s", text);
	ck_assert_str_eq(config_files_messages(), message);
}

static void check_place(const struct sn_node *node, uint32_t line, uint32_t column)
{
	ck_assert_str_eq(node->at.file, "f.yaml");
	ck_assert_uint_eq(node->at.line, line);
	ck_assert_uint_eq(node->at.column, column);
}

START_TEST(every_node_knows_its_place)
{
	const struct sn_node *root = good("a: 1\n"
					  "list:\n"
					  "  - x\n"
					  "  - {k: \"v\", \xc3\xa4\xc3\xa4: w}\n");
	const struct sn_node *list = sn_node_find(root, "list");
	const struct sn_node *map = list->first->next;

	ck_assert_int_eq(root->kind, SN_NODE_MAP);
	ck_assert_uint_eq(root->n, 2);
	check_place(root, 1, 1);
	check_place(sn_node_find_key(root, "a"), 1, 1);
	check_place(sn_node_find(root, "a"), 1, 4);
	ck_assert_int_eq(list->kind, SN_NODE_LIST);
	ck_assert_uint_eq(list->n, 2);
	check_place(list, 3, 3);
	check_place(list->first, 3, 5);
	check_place(map, 4, 5);
	check_place(sn_node_find(map, "k"), 4, 9);
	/* columns count characters, not octets */
	check_place(sn_node_find(map, "\xc3\xa4\xc3\xa4"), 4, 18);
}
END_TEST

START_TEST(scalars_keep_their_text_whatever_it_looks_like)
{
	const struct sn_node *root = good("- 0123\n- true\n- 'it''s'\n- \"a\\tb\\u00e4\"\n"
					  "- |\n  two\n  lines\n- >\n  one\n  line\n- a b # c\n");
	static const char *const texts[] = {"0123",	    "true",	  "it's", "a\tb\xc3\xa4",
					    "two\nlines\n", "one line\n", "a b"};
	const struct sn_node *c = root->first;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_str_eq(c->text, texts[i]);
		ck_assert_uint_eq(c->n, strlen(texts[i]));
		c = c->next;
	}
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(nulls_are_plain_and_nothing_tilde_or_null)
{
	const struct sn_node *root = good("- \n- ~\n- null\n- ''\n- '~'\n- nil\n");
	static const bool expect[] = {true, true, true, false, false, false};
	const struct sn_node *c = root->first;

	for (size_t i = 0; i < sizeof(expect) / sizeof(expect[0]); i++) {
		ck_assert_msg(sn_node_is_null(c) == expect[i], "item %zu", i);
		c = c->next;
	}
}
END_TEST

START_TEST(an_empty_file_is_a_null)
{
	static const char *const texts[] = {"", "\n\n", "# only a comment\n", "---\n",
					    "---\n...\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct sn_node *root = good(texts[i]);

		ck_assert(sn_node_is_null(root));
		ck_assert_str_eq(root->at.file, "f.yaml");
	}
}
END_TEST

START_TEST(aliases_repeat_what_their_anchor_names)
{
	const struct sn_node *root = good("a: &x {k: v}\n"
					  "b: *x\n"
					  "c: [*x, &y s]\n"
					  "*y : t\n"
					  "d: &x other\n"
					  "e: *x\n");
	const struct sn_node *b = sn_node_find(root, "b");
	const struct sn_node *c = sn_node_find(root, "c");

	ck_assert_str_eq(sn_node_find(b, "k")->text, "v");
	check_place(b, 2, 4);
	check_place(sn_node_find(b, "k"), 1, 11);
	ck_assert_uint_eq(c->n, 2);
	ck_assert_str_eq(sn_node_find(c->first, "k")->text, "v");
	ck_assert_str_eq(sn_node_find(root, "s")->text, "t");
	/* the latest anchor of a name counts */
	ck_assert_str_eq(sn_node_find(root, "e")->text, "other");
}
END_TEST

START_TEST(refuses_syntax_errors_with_libyamls_words)
{
	bad("poll:\n\tinterval: 5s\n",
	    "f.yaml:2:1: a tab where a value begins (expected spaces)\n");
	bad("a: [1, 2\nb: c\n", "f.yaml:2:2: did not find expected ',' or ']' "
				"(while parsing a flow sequence, line 1, column 4)\n");
	bad("a: b\n c: d\n", "f.yaml:2:3: mapping values are not allowed in this context\n");
	bad("a: \"b\n", "f.yaml:2:1: found unexpected end of stream "
			"(while scanning a quoted scalar, line 1, column 4)\n");
	bad("a: 1\n- b\n", "f.yaml:2:1: did not find expected key "
			   "(while parsing a block mapping, line 1, column 1)\n");
	bad("a: @b\n", "f.yaml:1:4: found character that cannot start any token "
		       "(while scanning for the next token, line 1, column 4)\n");
	bad("ok: 1\nx: \"\xc3\xa4\xff\"\n",
	    "f.yaml:2:6: invalid leading UTF-8 octet (expected text in UTF-8)\n");
	bad("a: \x01\n",
	    "f.yaml:1:4: control characters are not allowed (expected text in UTF-8)\n");
}
END_TEST

START_TEST(refuses_duplicate_keys)
{
	bad("a: 1\nb: {c: 1, d: 2, c: 3}\n",
	    "f.yaml:2:17: duplicate key \"c\" (first at line 2, column 5)\n");
	bad("a: 1\nb: 2\na: 3\na: 4\n",
	    "f.yaml:3:1: duplicate key \"a\" (first at line 1, column 1)\n"
	    "f.yaml:4:1: duplicate key \"a\" (first at line 1, column 1)\n");
	/* many keys take another way */
	bad("{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1, l: 1, m: 1, d: 2}",
	    "f.yaml:1:80: duplicate key \"d\" (first at line 1, column 20)\n");
}
END_TEST

START_TEST(refuses_what_a_configuration_has_no_use_for)
{
	bad("a: &x {b: c}\nd:\n  <<: *x\n",
	    "f.yaml:3:3: merge keys (<<) are not supported; write the keys out\n");
	bad("a: b\n---\nc: d\n",
	    "f.yaml:2:1: a second document begins here (expected one a file)\n");
	bad("a: !!str 5\n", "f.yaml:1:4: tags are not supported\n");
	bad("a: !x {b: c}\n", "f.yaml:1:4: tags are not supported\n");
	bad("- !!seq [a]\n", "f.yaml:1:3: tags are not supported\n");
	bad("[a]: b\n", "f.yaml:1:1: a key must be text, not a list or a map\n");
	bad("? {a: b}\n: c\n", "f.yaml:1:3: a key must be text, not a list or a map\n");
	bad("a: \"x\\0y\"\n", "f.yaml:1:4: text must not contain a NUL character\n");
	bad("a: *b\n", "f.yaml:1:4: this alias names no anchor above it\n");
	/* a quoted << is a key like others */
	good("{\"<<\": a}");
}
END_TEST

START_TEST(refuses_aliases_that_contain_themselves)
{
	bad("a: &x [1, *x]\n", "f.yaml:1:11: this alias contains itself\n");
	bad("&x a: &y {b: [*y]}\n", "f.yaml:1:15: this alias contains itself\n");
}
END_TEST

START_TEST(refuses_aliases_that_multiply)
{
	char text[2048] = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";

	for (int i = 1; i < 9; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++) {
			n = strlen(text);
			snprintf(text + n, sizeof(text) - n, "*a%d%s", i - 1, k < 9 ? "," : "]\n");
		}
	}
	bad(text, "f.yaml:6:38: aliases make this file too large (more than 1000000 nodes)\n");
}
END_TEST

static char *nested(int depth)
{
	char *text = calloc(1, 2 * (size_t)depth + 1);

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	return text;
}

START_TEST(refuses_what_is_nested_too_deeply)
{
	char *text = nested(SN_YAML_DEPTH_MAX);

	good(text);
	free(text);
	text = nested(SN_YAML_DEPTH_MAX + 1);
	bad(text, "f.yaml:1:65: nested too deeply (at most 64 lists and maps inside each other)\n");
	free(text);
	text = nested(100000);
	bad(text, "f.yaml:1:65: nested too deeply (at most 64 lists and maps inside each other)\n");
	free(text);
}
END_TEST

START_TEST(aliases_do_not_hide_depth)
{
	char text[256];
	char *half = nested(40);

	snprintf(text, sizeof(text), "a: &a %s\nb: [[[*a]]]\n", half);
	good(text);
	/* 40 below the anchor, 24 above the alias, one more for the map */
	snprintf(text, sizeof(text), "a: &a %s\nb: %.24s*a%.24s\n", half, half, half + 40);
	bad(text, "f.yaml:2:28: nested too deeply (at most 64 lists and maps inside each other)\n");
	free(half);
}
END_TEST

START_TEST(refuses_too_many_anchors)
{
	size_t size = 32 * (SN_YAML_ANCHORS_MAX + 2);
	char *text = malloc(size);
	size_t n = 0;

	for (int i = 0; i < SN_YAML_ANCHORS_MAX + 1; i++) {
		n += (size_t)snprintf(text + n, size - n, "- &a%d x\n", i);
	}
	bad(text, "f.yaml:1001:3: too many anchors in one file (at most 1000)\n");
	free(text);
}
END_TEST

START_TEST(a_large_file_is_read_whole)
{
	enum { ITEMS = 200000 };
	char *text = malloc(ITEMS * 16);
	const struct sn_node *root;
	const struct sn_node *c;
	size_t n = 0;

	for (int i = 0; i < ITEMS; i++) {
		n += (size_t)sprintf(text + n, "- i%d\n", i);
	}
	root = good(text);
	ck_assert_uint_eq(root->n, ITEMS);
	c = root->first;
	for (uint32_t i = 0; i < ITEMS; i++, c = c->next) {
		suite_expect(c->at.line == i + 1 && strtoul(c->text + 1, NULL, 10) == i);
	}
	ck_assert_ptr_null(c);
	free(text);
}
END_TEST

START_TEST(items_are_those_of_the_tree)
{
	static const char text[] = "# list\n- {a: [1, x]}\n- []\n-  5\n- \"\xc3\xa4\"\n"
				   "- b: &n {c: d}\n- [e, f, g, h]\n- *n\n- [*n, *n]\n";
	const struct sn_node *tree = good(text);
	const struct sn_node *root;
	struct taken t = {.tree = tree->first};

	ck_assert_int_eq(parse_items(text, &t, &root), SN_OK);
	ck_assert_uint_eq(t.n, tree->n);
	ck_assert_ptr_null(t.tree);
	ck_assert_int_eq(root->kind, SN_NODE_LIST);
	ck_assert_ptr_null(root->first);
}
END_TEST

START_TEST(what_is_no_list_stays_a_tree)
{
	static const char text[] = "a: [1]\n";
	const struct sn_node *tree = good(text);
	const struct sn_node *root;
	struct taken t = {0};

	ck_assert_int_eq(parse_items(text, &t, &root), SN_OK);
	ck_assert_uint_eq(t.n, 0);
	ck_assert_uint_eq(sn_node_hash(root, 0), sn_node_hash(tree, 0));
}
END_TEST

START_TEST(a_taker_may_end_the_reading)
{
	static const char text[] = "# list\n- {a: [1, x]}\n- []\n-  5\n- \"\xc3\xa4\"\n"
				   "- b: &n {c: d}\n- [e, f, g, h]\n- *n\n- [*n, *n]\n";
	struct taken t = {.until = 2};
	const struct sn_node *root;

	ck_assert_int_eq(parse_items(text, &t, &root), SN_ENOENT);
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
		n += (size_t)sprintf(text + n, "- {k: [i%d]}\n", i);
	}
	ck_assert_int_eq(parse_items(text, &t, &root), SN_OK);
	ck_assert_uint_eq(t.n, ITEMS);
	/* a builder and a few chunks */
	ck_assert_uint_lt(pool.held, 64 << 10);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_node_knows_its_place,
				      scalars_keep_their_text_whatever_it_looks_like,
				      nulls_are_plain_and_nothing_tilde_or_null,
				      an_empty_file_is_a_null,
				      aliases_repeat_what_their_anchor_names,
				      refuses_syntax_errors_with_libyamls_words,
				      refuses_duplicate_keys,
				      refuses_what_a_configuration_has_no_use_for,
				      refuses_aliases_that_contain_themselves,
				      refuses_aliases_that_multiply,
				      refuses_what_is_nested_too_deeply,
				      aliases_do_not_hide_depth,
				      refuses_too_many_anchors,
				      a_large_file_is_read_whole,
				      items_are_those_of_the_tree,
				      what_is_no_list_stays_a_tree,
				      a_taker_may_end_the_reading,
				      memory_of_items_is_used_again,
				      NULL};
	Suite *s = suite_create("yaml");
	TCase *tc = tcase_create("yaml");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (const TTest *const *t = tests; *t; t++) {
		tcase_add_test(tc, *t);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}

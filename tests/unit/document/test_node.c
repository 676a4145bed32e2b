/*
 * The tree of a file: look-up, nulls, hash. Behaviour of document/node.h; duplicate keys are in
 * test_yaml.c and test_json.c.
 */
#include "document/yaml.h"

#include "support/config_files.h"
#include "support/suite.h"

static struct sn_arena_pool pool;
static struct sn_arena arena;

static const struct sn_node *tree(const char *text)
{
	struct sn_diag diag = {.report = config_files_report};
	const struct sn_node *root;

	if (!arena.pool) {
		sn_arena_pool_init(&pool, 4096);
		sn_arena_init(&arena, &pool);
	}
	ck_assert_int_eq(sn_yaml_parse(&arena, "f", sn_span_str(text), &diag, &root), SN_OK);
	return root;
}

static void done(void)
{
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

START_TEST(finds_values_by_key)
{
	const struct sn_node *root = tree("{a: 1, b: [a], c: {a: 2}}");

	ck_assert_str_eq(sn_node_find(root, "a")->text, "1");
	ck_assert_str_eq(sn_node_find(sn_node_find(root, "c"), "a")->text, "2");
	ck_assert_str_eq(sn_node_find_key(root, "b")->text, "b");
	ck_assert_ptr_null(sn_node_find(root, "d"));
	ck_assert_ptr_null(sn_node_find(sn_node_find(root, "b"), "a"));
	ck_assert_ptr_null(sn_node_find(sn_node_find(root, "a"), "a"));
	done();
}
END_TEST

START_TEST(says_what_a_node_is)
{
	const struct sn_node *root = tree("[x, [], {}]");

	ck_assert_str_eq(sn_node_kind_name(root->first), "text");
	ck_assert_str_eq(sn_node_kind_name(root->first->next), "a list");
	ck_assert_str_eq(sn_node_kind_name(root->first->next->next), "a map");
	done();
}
END_TEST

START_TEST(equal_content_has_an_equal_hash_wherever_it_stands)
{
	uint64_t a = sn_node_hash(tree("{a: [1, 2], b: c}"), 0);
	uint64_t b = sn_node_hash(tree("# text\n\n  a:\n  - '1'\n  - 2\n  b: \"c\"\n"), 0);
	uint64_t c = sn_node_hash(tree("{a: &x [1, 2], b: c}"), 0);

	ck_assert(a == b);
	ck_assert(a == c);
	ck_assert(sn_node_hash(tree("{a: [1, 2], b: c}"), 1) != a);
	done();
}
END_TEST

START_TEST(every_change_changes_the_hash)
{
	static const char *const texts[] = {"{a: [1, 2], b: c}",
					    "{a: [1, 2], b: d}",
					    "{a: [2, 1], b: c}",
					    "{b: c, a: [1, 2]}",
					    "{a: [12], b: c}",
					    "{a: [1], b: c}",
					    "{a: [1, [2]], b: c}",
					    "{a: {1: 2}, b: c}",
					    "[a, [1, 2], b, c]",
					    "{a: [1, 2, b, c]}",
					    "{a: [1, 2], b: }",
					    "{a: , b: c}",
					    "{}",
					    "[]",
					    "",
					    "[[]]"};
	enum { N = sizeof(texts) / sizeof(texts[0]) };
	uint64_t hashes[N];

	for (size_t i = 0; i < N; i++) {
		hashes[i] = sn_node_hash(tree(texts[i]), 0);
		for (size_t k = 0; k < i; k++) {
			ck_assert_msg(hashes[i] != hashes[k], "%s and %s", texts[i], texts[k]);
		}
	}
	done();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {finds_values_by_key, says_what_a_node_is,
				      equal_content_has_an_equal_hash_wherever_it_stands,
				      every_change_changes_the_hash, NULL};

	return suite_run_tests("node", tests, 0);
}

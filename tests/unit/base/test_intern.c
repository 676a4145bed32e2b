/*
 * Equal bytes are kept once. Behaviour of base/intern.h.
 */
#include "base/intern.h"

#include "support/suite.h"

#include <check.h>
#include <stdio.h>

static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_intern table;

static void setup(void)
{
	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	sn_intern_init(&table, &arena);
}

static void teardown(void)
{
	sn_intern_fini(&table);
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

START_TEST(equal_texts_are_the_same_one)
{
	char again[] = "site";
	const char *text = sn_intern_get(&table, "site", 4);

	ck_assert_str_eq(text, "site");
	ck_assert_ptr_eq(sn_intern_get(&table, again, 4), text);
	ck_assert_ptr_ne(again, text);
}
END_TEST

START_TEST(texts_that_differ_are_two)
{
	const char *text = sn_intern_get(&table, "site", 4);

	ck_assert_ptr_ne(sn_intern_get(&table, "sit", 3), text);
	ck_assert_ptr_ne(sn_intern_get(&table, "site ", 5), text);
	ck_assert_ptr_ne(sn_intern_get(&table, "sitf", 4), text);
	ck_assert_ptr_ne(sn_intern_get(&table, "site", 5), text);
	ck_assert_str_eq(sn_intern_get(&table, "", 0), "");
}
END_TEST

START_TEST(many_texts_are_found_again)
{
	enum { TEXTS = 50000 };
	static const char *kept[TEXTS];
	char text[16];
	size_t held = 0;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < TEXTS; i++) {
			int n = sprintf(text, "t%d", i);
			const char *p = sn_intern_get(&table, text, (size_t)n);

			suite_expect(p && strcmp(p, text) == 0);
			suite_expect(round == 0 || p == kept[i]);
			kept[i] = p;
		}
		held = round == 0 ? pool.held : held;
	}
	ck_assert_uint_eq(table.used, TEXTS);
	ck_assert_uint_eq(pool.held, held);
}
END_TEST

START_TEST(what_was_kept_outlives_the_table)
{
	const char *text = sn_intern_get(&table, "x", 1);

	sn_intern_fini(&table);
	ck_assert_str_eq(text, "x");
	ck_assert_str_eq(sn_intern_get(&table, "x", 1), "x"); /* empty, and of use again */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("intern");
	TCase *tc = tcase_create("intern");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, equal_texts_are_the_same_one);
	tcase_add_test(tc, texts_that_differ_are_two);
	tcase_add_test(tc, many_texts_are_found_again);
	tcase_add_test(tc, what_was_kept_outlives_the_table);
	suite_add_tcase(s, tc);
	return suite_run(s);
}

/*
 * Whereabouts of scalars between rounds. Behaviour of round/found.h.
 */
#include "round/found.h"

#include "support/suite.h"

static struct sn_found_one one(uint32_t number, const char *name)
{
	return (struct sn_found_one){.number = number, .name = sn_span_str(name)};
}

static void expect(const struct sn_found *f, uint32_t number, const char *name)
{
	const struct sn_found_one *got = sn_found_get(f, number);

	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(got->number, number);
	ck_assert(sn_span_eq(got->name, sn_span_str(name)));
}

START_TEST(nothing_is_known_at_first)
{
	ck_assert_ptr_null(sn_found_get(NULL, 0));
	sn_found_free(NULL);
}
END_TEST

START_TEST(names_are_copied_and_what_is_nowhere_is_known_too)
{
	char name[] = "abc";
	const struct sn_found_one now[] = {one(3, name), one(0, ""), one(9, "d")};
	struct sn_found *f = sn_found_new(NULL, now, 3, 77);

	ck_assert_ptr_nonnull(f);
	name[0] = 'x';
	ck_assert_uint_eq(f->until, 77);
	expect(f, 3, "abc");
	expect(f, 0, "");
	expect(f, 9, "d");
	ck_assert_ptr_null(sn_found_get(f, 1));
	sn_found_free(f);
}
END_TEST

START_TEST(what_was_known_stays_unless_it_was_found_anew)
{
	const struct sn_found_one first[] = {one(1, "one"), one(2, "two"), one(3, "")};
	const struct sn_found_one second[] = {one(2, ""), one(3, "three"), one(4, "four")};
	struct sn_found *before = sn_found_new(NULL, first, 3, 1);
	struct sn_found *f = sn_found_new(before, second, 3, 2);

	sn_found_free(before);
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(f->n, 4);
	ck_assert_uint_eq(f->until, 2);
	expect(f, 1, "one");
	expect(f, 2, "");
	expect(f, 3, "three");
	expect(f, 4, "four");
	sn_found_free(f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {nothing_is_known_at_first,
				      names_are_copied_and_what_is_nowhere_is_known_too,
				      what_was_known_stays_unless_it_was_found_anew, NULL};

	return suite_run_tests("found", tests, 0);
}

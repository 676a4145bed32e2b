/*
 * What a worker keeps of the schemas it met. Behaviour of encode/layouts.h.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "encode/layouts.h"

#include "support/suite.h"

static bool no_memory;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

void *__wrap_malloc(size_t n)
{
	return no_memory ? NULL : __real_malloc(n);
}

/* More than are kept: some must have the same home. */
static struct sn_schema schemas[2 * SN_LAYOUTS_MAX];

/* A layout whose one value is named as its schema's number. */
static void keep(struct sn_layouts *kept, unsigned number)
{
	uint8_t names[8 + SN_TEXT_SLACK] = {0};
	struct sn_layout_piece value = {.ref = number};
	struct sn_layout lo = {.schema = &schemas[number],
			       .names = names,
			       .values = &value,
			       .nvalues = 1,
			       .title = number,
			       .names_len = 8};

	snprintf((char *)names, 8, "%u", number);
	sn_layouts_keep(kept, &lo);
}

static void expect_kept(const struct sn_layouts *kept, unsigned number)
{
	const struct sn_layout *lo = sn_layouts_find(kept, &schemas[number]);
	char name[8];

	snprintf(name, sizeof(name), "%u", number);
	suite_expect(lo != NULL);
	ck_assert_ptr_eq(lo->schema, &schemas[number]);
	ck_assert_str_eq((const char *)lo->names, name);
	ck_assert_uint_eq(lo->nvalues, 1);
	ck_assert_uint_eq(lo->values[0].ref, number);
	ck_assert_uint_eq(lo->title, number);
}

START_TEST(every_schema_has_its_own_layout)
{
	struct sn_layouts kept = {.n = 0};

	for (unsigned i = 0; i < SN_LAYOUTS_MAX; i++) {
		ck_assert_ptr_null(sn_layouts_find(&kept, &schemas[i]));
		keep(&kept, i);
	}
	for (unsigned i = 0; i < SN_LAYOUTS_MAX; i++) {
		expect_kept(&kept, i);
	}
	sn_layouts_forget(&kept);
}
END_TEST

START_TEST(so_many_are_kept_and_no_more)
{
	struct sn_layouts kept = {.n = 0};

	for (unsigned i = 0; i < 2 * SN_LAYOUTS_MAX; i++) {
		keep(&kept, i);
	}
	ck_assert_uint_eq(kept.n, SN_LAYOUTS_MAX);
	expect_kept(&kept, SN_LAYOUTS_MAX - 1);
	for (unsigned i = SN_LAYOUTS_MAX; i < 2 * SN_LAYOUTS_MAX; i++) {
		ck_assert_ptr_null(sn_layouts_find(&kept, &schemas[i]));
	}
	sn_layouts_forget(&kept);
}
END_TEST

START_TEST(nothing_is_found_once_it_was_forgotten)
{
	struct sn_layouts kept = {.n = 0};

	keep(&kept, 1);
	keep(&kept, 2);
	sn_layouts_forget(&kept);
	ck_assert_uint_eq(kept.n, 0);
	ck_assert_ptr_null(sn_layouts_find(&kept, &schemas[1]));
	ck_assert_ptr_null(sn_layouts_find(&kept, &schemas[2]));
	keep(&kept, 2);
	expect_kept(&kept, 2);
	sn_layouts_forget(&kept);
}
END_TEST

START_TEST(without_memory_nothing_is_kept)
{
	struct sn_layouts kept = {.n = 0};

	no_memory = true;
	keep(&kept, 1);
	no_memory = false;
	ck_assert_uint_eq(kept.n, 0);
	ck_assert_ptr_null(sn_layouts_find(&kept, &schemas[1]));
	sn_layouts_forget(&kept);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_schema_has_its_own_layout, so_many_are_kept_and_no_more,
				      nothing_is_found_once_it_was_forgotten,
				      without_memory_nothing_is_kept, NULL};

	return suite_run_tests("layouts", tests, 0);
}

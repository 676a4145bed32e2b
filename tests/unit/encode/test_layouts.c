/*
 * What a worker keeps of the schemas it met. Behaviour of encode/layouts.h.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "encode/layouts.h"

#include "support/no_memory.h"
#include "support/suite.h"

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

enum { SCRATCH = 256, PLAN = 1000 };

/* A plan of another format. */
struct plan {
	const struct sn_schema *schema; /* as in struct sn_layouts_entry */
	uint8_t rest[PLAN];		/* what makes it large */
};

static unsigned made;

static int make(void *room, size_t size, const struct sn_schema *schema,
		const struct sn_encoder_options *opt)
{
	struct plan *plan = room;

	(void)opt;
	made++;
	if (size < sizeof(*plan)) {
		return SN_ESPACE;
	}
	plan->schema = schema;
	memset(plan->rest, 1, sizeof(plan->rest));
	return SN_OK;
}

/* The plan of a schema; scratch NULL: one that is too small. */
static const struct plan *get(struct sn_layouts *kept, struct sn_arena *arena, unsigned number,
			      struct plan *scratch)
{
	static const struct sn_encoder_options opt;
	static uint64_t small[SCRATCH / 8];
	const struct sn_block blk = {.schema = &schemas[number], .arena = arena};

	return scratch ? sn_layouts_get(kept, &blk, &opt, make, scratch, sizeof(*scratch))
		       : sn_layouts_get(kept, &blk, &opt, make, small, sizeof(small));
}

START_TEST(a_plan_is_made_once_and_kept)
{
	struct sn_layouts kept = {.n = 0};
	const struct plan *plan = get(&kept, NULL, 3, NULL);
	unsigned once = made;

	ck_assert_ptr_nonnull(plan);
	ck_assert_ptr_eq(plan->schema, &schemas[3]);
	ck_assert_ptr_eq(get(&kept, NULL, 3, NULL), plan);
	ck_assert_uint_eq(made, once);
	ck_assert_ptr_ne(get(&kept, NULL, 4, NULL), plan);
	ck_assert_uint_eq(kept.n, 2);
	sn_layouts_forget(&kept);
}
END_TEST

START_TEST(a_plan_that_cannot_be_kept_is_made_where_there_is_room)
{
	struct sn_layouts kept = {.n = 0};
	struct sn_arena_pool pool;
	const struct plan *plan;
	struct sn_arena arena;
	struct plan scratch;

	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	for (unsigned i = 0; i < SN_LAYOUTS_MAX; i++) {
		keep(&kept, i);
	}
	ck_assert_ptr_eq(get(&kept, &arena, SN_LAYOUTS_MAX, &scratch), &scratch);
	ck_assert_ptr_eq(get(NULL, &arena, 0, &scratch), &scratch);
	ck_assert_uint_eq(pool.held, 0);
	plan = get(&kept, &arena, SN_LAYOUTS_MAX, NULL);
	ck_assert_ptr_nonnull(plan);
	ck_assert_ptr_eq(plan->schema, &schemas[SN_LAYOUTS_MAX]);
	ck_assert_uint_gt(pool.held, 0);
	ck_assert_uint_eq(kept.n, SN_LAYOUTS_MAX);
	sn_layouts_forget(&kept);
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}
END_TEST

START_TEST(without_memory_a_plan_is_made_in_scratch_or_not_at_all)
{
	struct sn_layouts kept = {.n = 0};
	struct sn_arena_pool pool;
	struct sn_arena arena;
	const struct plan *first;
	const struct plan *second;
	struct plan scratch;

	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	no_memory = true;
	first = get(&kept, &arena, 1, &scratch);
	second = get(&kept, &arena, 1, NULL);
	no_memory = false;
	ck_assert_ptr_eq(first, &scratch);
	ck_assert_ptr_null(second);
	ck_assert_uint_eq(kept.n, 0);
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_schema_has_its_own_layout,
				      so_many_are_kept_and_no_more,
				      nothing_is_found_once_it_was_forgotten,
				      without_memory_nothing_is_kept,
				      a_plan_is_made_once_and_kept,
				      a_plan_that_cannot_be_kept_is_made_where_there_is_room,
				      without_memory_a_plan_is_made_in_scratch_or_not_at_all,
				      NULL};

	return suite_run_tests("layouts", tests, 0);
}

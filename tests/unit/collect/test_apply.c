/*
 * A list of targets that replaces another while the worker goes on: slice by slice, cut short at
 * any moment, and without memory. What becomes of targets and rounds is in test_collector and in
 * tests/replay/test_reload. Behaviour of collect/collector.h.
 *
 * ctest: one_thread link=-Wl,--wrap=malloc
 */
#include "support/rig.h"

enum { TARGETS = 5000, TURNS_MAX = 1000 };

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static long left = -1; /* allocations that succeed yet; negative: all */

void *__wrap_malloc(size_t n)
{
	if (left == 0) {
		return NULL;
	}
	left -= left > 0;
	return __real_malloc(n);
}

static struct rig r;
static struct sn_target_spec *specs[TARGETS];
static unsigned refused;

static void on_refused(void *ctx, struct sn_collector *c)
{
	(void)ctx;
	(void)c;
	refused++;
}

static void open_rig(void)
{
	struct rig_config cfg = {.targets = TARGETS, .interval_ns = 3600 * SN_NS_PER_SEC};

	rig_open(&r, &cfg);
	r.c.cfg.refused = on_refused;
	refused = 0;
	for (uint32_t i = 0; i < TARGETS; i++) {
		specs[i] = rig_spec(&r, i);
		ck_assert_ptr_nonnull(specs[i]);
	}
}

static int try_begin(uint32_t first, uint32_t n)
{
	return sn_collector_apply_begin(&r.c, (const struct sn_target_spec *const *)specs + first,
					n);
}

/* Names of agents sort by their number. */
static void begin(uint32_t first, uint32_t n)
{
	suite_expect(try_begin(first, n) == SN_OK);
}

static void turn(void)
{
	suite_expect(sn_worker_turn(&r.w, rig_now(&r)) == SN_OK);
}

/* Turns until the new list is in use; how many. */
static unsigned turn_through(void)
{
	unsigned n = 0;

	while (r.c.apply.list && n < TURNS_MAX) {
		turn();
		n++;
	}
	suite_expect(n < TURNS_MAX);
	return n;
}

static void check_targets(uint32_t first, uint32_t n)
{
	ck_assert_uint_eq(r.c.ntargets, n);
	ck_assert_uint_eq(r.c.target_slab.used, n);
	for (uint32_t i = 0; i < n; i++) {
		suite_expect(r.c.targets[i]->spec == specs[first + i]);
		suite_expect(!r.c.targets[i]->removed);
	}
}

START_TEST(a_list_takes_effect_slice_by_slice)
{
	unsigned turns;

	open_rig();
	begin(0, TARGETS);
	turn();
	ck_assert_uint_eq(r.c.ntargets, 0);
	ck_assert_uint_eq(r.released, 0);
	turns = turn_through();
	ck_assert_uint_ge(turns, 4);
	ck_assert_uint_eq(r.released, 1);
	check_targets(0, TARGETS);
	/* what goes takes turns too */
	begin(10, 20);
	turns = turn_through();
	ck_assert_uint_ge(turns, 4);
	ck_assert_uint_eq(r.released, 2);
	check_targets(10, 20);
	begin(0, 0);
	ck_assert_uint_eq(turn_through(), 1);
	check_targets(0, 0);
	rig_close(&r);
}
END_TEST

enum { ANOTHER_LIST, LOOK_UP, CANCEL, END, INTERRUPTIONS, MOMENTS = 8 };

START_TEST(any_moment_may_cut_it_short)
{
	int moment = _i / INTERRUPTIONS;

	open_rig();
	begin(0, 3000);
	turn_through();
	begin(2000, 3000);
	for (int i = 0; i < moment; i++) {
		turn();
	}
	ck_assert_ptr_nonnull(r.c.apply.list);
	switch (_i % INTERRUPTIONS) {
	case ANOTHER_LIST:
		begin(1000, 2500);
		turn_through();
		check_targets(1000, 2500);
		ck_assert_uint_eq(r.released, 3);
		break;
	case LOOK_UP:
		ck_assert_ptr_null(sn_collector_find(&r.c, specs[0]->origin.instance));
		ck_assert_ptr_nonnull(sn_collector_find(&r.c, specs[4999]->origin.instance));
		check_targets(2000, 3000);
		break;
	case CANCEL:
		sn_collector_cancel(&r.c);
		check_targets(2000, 3000);
		ck_assert_uint_eq(r.released, 2);
		break;
	default:
		break;
	}
	rig_close(&r);
}
END_TEST

START_TEST(without_memory_nothing_changes)
{
	int rc;

	open_rig();
	begin(0, 100);
	turn_through();
	left = 0;
	rc = try_begin(0, TARGETS);
	left = -1;
	ck_assert_int_eq(rc, SN_ENOMEM);
	/* enough for the list itself and for some targets, whose memory is kept: 42 chunks of 62 */
	for (long allowed = 1; allowed < 29; allowed += 7) {
		left = allowed;
		begin(50, 4000);
		turn_through();
		left = -1;
		check_targets(0, 100);
		ck_assert_uint_eq(r.released, 1);
	}
	ck_assert_uint_eq(refused, 4);
	begin(50, 4000);
	turn_through();
	ck_assert_uint_eq(refused, 4);
	ck_assert_uint_eq(r.released, 2);
	check_targets(50, 4000);
	rig_close(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("apply");
	TCase *tc = tcase_create("apply");

	tcase_add_test(tc, a_list_takes_effect_slice_by_slice);
	tcase_add_loop_test(tc, any_moment_may_cut_it_short, 0, INTERRUPTIONS * MOMENTS);
	tcase_add_test(tc, without_memory_nothing_changes);
	suite_add_tcase(s, tc);
	return suite_run(s);
}

/*
 * Settled numbers within a window, beside a list of all of them. Behaviour of spool/ackwin.h.
 */
#include "spool/ackwin.h"

#include "base/rng.h"
#include "support/suite.h"

#include <string.h>

enum { NUMBERS = 5000 };

static bool settled[NUMBERS];

/* The floor and the number of settled ones above it, counted one by one. */
static void check(const struct sn_ackwin *w)
{
	uint64_t floor = 0;
	uint64_t above = 0;

	while (settled[floor]) {
		floor++;
	}
	for (uint64_t n = floor; n < NUMBERS; n++) {
		above += settled[n];
	}
	ck_assert_uint_eq(w->floor, floor);
	ck_assert_uint_eq(w->settled, above);
	for (uint64_t n = floor > 50 ? floor - 50 : 0; n < floor + w->size + 50; n++) {
		suite_expect(n >= NUMBERS || sn_ackwin_test(w, n) == settled[n]);
	}
}

START_TEST(knows_what_a_list_of_all_numbers_knows)
{
	struct sn_ackwin w;
	struct sn_rng rng;

	sn_rng_init_seed(&rng, (uint64_t)_i);
	memset(settled, 0, sizeof(settled));
	ck_assert_int_eq(sn_ackwin_init(&w, 100), SN_OK);
	ck_assert_uint_eq(w.size, 128);
	while (w.floor < NUMBERS - 600) {
		/* mostly close to the floor, so that it moves */
		uint64_t n = w.floor + sn_rng_below(&rng, sn_rng_below(&rng, 3) ? 5 : 128);

		if (sn_rng_below(&rng, 200) == 0) {
			n = w.floor + sn_rng_below(&rng, 400);
			sn_ackwin_jump(&w, n);
			memset(settled, 1, n);
		} else if (!sn_ackwin_test(&w, n)) {
			suite_expect(sn_ackwin_fits(&w, n));
			sn_ackwin_set(&w, n);
			settled[n] = true;
		}
		check(&w);
	}
	suite_expect(!sn_ackwin_fits(&w, w.floor + 128) && sn_ackwin_fits(&w, w.floor + 127));
	sn_ackwin_fini(&w);
}
END_TEST

START_TEST(jumps_far_without_a_trace)
{
	struct sn_ackwin w;

	ck_assert_int_eq(sn_ackwin_init(&w, 1), SN_OK);
	ck_assert_uint_eq(w.size, 64);
	for (uint64_t n = 1; n < 64; n += 2) {
		sn_ackwin_set(&w, n);
	}
	sn_ackwin_jump(&w, UINT64_C(1) << 60);
	ck_assert_uint_eq(w.floor, UINT64_C(1) << 60);
	ck_assert_uint_eq(w.settled, 0);
	for (uint64_t n = 0; n < 64; n++) {
		suite_expect(!sn_ackwin_test(&w, w.floor + n));
	}
	sn_ackwin_jump(&w, 5);
	ck_assert_uint_eq(w.floor, UINT64_C(1) << 60);
	sn_ackwin_fini(&w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ackwin");
	TCase *tc = tcase_create("ackwin");

	tcase_add_loop_test(tc, knows_what_a_list_of_all_numbers_knows, 0, 5);
	tcase_add_test(tc, jumps_far_without_a_trace);
	suite_add_tcase(s, tc);
	return suite_run(s);
}

/*
 * Ids of requests: unique, four octets long, found again, dead after their use, unpredictable in
 * order. Behaviour of scheduler/slot.h.
 */
#include "scheduler/slot.h"

#include "support/suite.h"

#include <string.h>

enum { ID_MIN = 1 << 23, SMALL = 10, USES_APART = 255 };

static struct sn_slots s;
static struct sn_rng rng;
static char owner[SN_SLOT_MAX]; /* addresses to own slots by */

static void setup(uint32_t n)
{
	sn_rng_init_seed(&rng, 7);
	ck_assert_int_eq(sn_slots_init(&s, n, &rng), SN_OK);
}

static uint32_t get(void *who)
{
	int i = sn_slots_get(&s, who);

	suite_expect(i >= 0);
	return (uint32_t)i;
}

START_TEST(ids_of_all_slots_and_attempts_are_unique_and_take_four_octets)
{
	static uint8_t seen[UINT64_C(1) << 28]; /* a bit for each id below 2^31 */

	setup(SN_SLOT_MAX);
	for (uint32_t i = 0; i < SN_SLOT_MAX; i++) {
		uint32_t slot = get(&owner[i]);

		for (unsigned attempt = 0; attempt < SN_SLOT_ATTEMPTS; attempt++) {
			uint32_t id = sn_slots_id(&s, slot, attempt);
			unsigned got;

			suite_expect(id >= ID_MIN && id < UINT32_C(1) << 31);
			suite_expect(!(seen[id / 8] & 1u << id % 8));
			seen[id / 8] |= (uint8_t)(1u << id % 8);
			suite_expect(sn_slots_find(&s, id, &got) == &owner[i]);
			suite_expect(got == attempt);
		}
	}
	ck_assert_int_eq(sn_slots_get(&s, owner), SN_EFULL);
	ck_assert_uint_eq(s.used, SN_SLOT_MAX);
	sn_slots_fini(&s);
}
END_TEST

START_TEST(no_more_slots_than_asked_for)
{
	setup(SMALL);
	for (int i = 0; i < SMALL; i++) {
		get(&owner[i]);
	}
	ck_assert_int_eq(sn_slots_get(&s, owner), SN_EFULL);
	sn_slots_put(&s, 3);
	ck_assert_uint_eq(get(owner), 3);
	ck_assert_int_eq(sn_slots_get(&s, owner), SN_EFULL);
	sn_slots_fini(&s);
}
END_TEST

START_TEST(slots_are_reused_first_in_first_out)
{
	static const uint32_t back[] = {4, 1, 9, 0, 7, 2, 8, 3, 6, 5};

	setup(SMALL);
	for (uint32_t i = 0; i < SMALL; i++) {
		ck_assert_uint_eq(get(owner), i);
	}
	for (int i = 0; i < SMALL; i++) {
		sn_slots_put(&s, back[i]);
	}
	ck_assert_uint_eq(s.used, 0);
	for (int i = 0; i < SMALL; i++) {
		ck_assert_uint_eq(get(owner), back[i]);
	}
	sn_slots_fini(&s);
}
END_TEST

/* The free list against a queue, emptied and refilled at random. */
START_TEST(the_free_list_survives_any_order_of_use)
{
	uint32_t queue[SMALL];
	uint32_t used[SMALL];
	unsigned nqueue = SMALL;
	unsigned nused = 0;

	setup(SMALL);
	for (uint32_t i = 0; i < SMALL; i++) {
		queue[i] = i;
	}
	for (int turn = 0; turn < 100000; turn++) {
		if (nqueue && sn_rng_below(&rng, 2)) {
			uint32_t i = get(owner);

			suite_expect(i == queue[0]);
			memmove(queue, queue + 1, --nqueue * sizeof(queue[0]));
			used[nused++] = i;
		} else if (nused) {
			unsigned k = (unsigned)sn_rng_below(&rng, nused);

			sn_slots_put(&s, used[k]);
			queue[nqueue++] = used[k];
			used[k] = used[--nused];
		}
		suite_expect(s.used == nused);
	}
	sn_slots_fini(&s);
}
END_TEST

START_TEST(a_slot_given_back_is_found_by_none_of_its_ids)
{
	uint32_t ids[SN_SLOT_ATTEMPTS];
	uint32_t slot;
	unsigned attempt;

	setup(1);
	slot = get(owner);
	for (unsigned i = 0; i < SN_SLOT_ATTEMPTS; i++) {
		ids[i] = sn_slots_id(&s, slot, i);
	}
	sn_slots_put(&s, slot);
	for (unsigned i = 0; i < SN_SLOT_ATTEMPTS; i++) {
		ck_assert_ptr_null(sn_slots_find(&s, ids[i], &attempt));
	}
	slot = get(owner + 1);
	for (unsigned i = 0; i < SN_SLOT_ATTEMPTS; i++) {
		ck_assert_ptr_null(sn_slots_find(&s, ids[i], &attempt));
	}
	sn_slots_fini(&s);
}
END_TEST

START_TEST(an_id_comes_back_only_after_255_uses)
{
	enum { USES = 20000 };
	static uint32_t ids[USES];

	setup(1);
	for (int i = 0; i < USES; i++) {
		uint32_t slot = get(owner);

		ids[i] = sn_slots_id(&s, slot, 0);
		suite_expect(ids[i] >= ID_MIN && ids[i] < UINT32_C(1) << 31);
		for (int k = i - 1; k >= 0 && k > i - USES_APART; k--) {
			suite_expect(ids[k] != ids[i]);
		}
		sn_slots_put(&s, slot);
	}
	sn_slots_fini(&s);
}
END_TEST

START_TEST(ids_never_given_out_find_nothing)
{
	unsigned attempt;

	setup(SMALL);
	for (int i = 0; i < SMALL / 2; i++) {
		get(owner);
	}
	for (int i = 0; i < 1000000; i++) {
		uint32_t id = (uint32_t)sn_rng_u64(&rng);
		void *found = sn_slots_find(&s, id, &attempt);
		bool ours = false;

		for (uint32_t k = 0; k < SMALL / 2; k++) {
			ours |= sn_slots_id(&s, k, id % SN_SLOT_ATTEMPTS) == id;
		}
		suite_expect(!!found == ours);
	}
	sn_slots_fini(&s);
}
END_TEST

START_TEST(two_workers_do_not_give_out_the_same_ids)
{
	struct sn_slots other;
	struct sn_rng seed;
	unsigned same = 0;

	setup(1000);
	sn_rng_init_seed(&seed, 8);
	ck_assert_int_eq(sn_slots_init(&other, 1000, &seed), SN_OK);
	for (uint32_t i = 0; i < 1000; i++) {
		same += sn_slots_id(&s, i, 0) == sn_slots_id(&other, i, 0);
	}
	ck_assert_uint_le(same, 1);
	sn_slots_fini(&s);
	sn_slots_fini(&other);
}
END_TEST

START_TEST(refuses_none_and_too_many)
{
	sn_rng_init_seed(&rng, 7);
	ck_assert_int_eq(sn_slots_init(&s, 0, &rng), SN_EINVAL);
	ck_assert_int_eq(sn_slots_init(&s, SN_SLOT_MAX + 1, &rng), SN_EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {ids_of_all_slots_and_attempts_are_unique_and_take_four_octets,
				      no_more_slots_than_asked_for,
				      slots_are_reused_first_in_first_out,
				      the_free_list_survives_any_order_of_use,
				      a_slot_given_back_is_found_by_none_of_its_ids,
				      an_id_comes_back_only_after_255_uses,
				      ids_never_given_out_find_nothing,
				      two_workers_do_not_give_out_the_same_ids,
				      refuses_none_and_too_many,
				      NULL};

	return suite_run_tests("slot", tests, 60);
}

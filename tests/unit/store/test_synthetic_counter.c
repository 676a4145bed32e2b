/*
 * Made-up devices: counters and gauges in time. Behaviour of store/synthetic.h.
 *
 * ctest: one_thread
 */
#include "unit/store/cells.h"

/* Columns of ifXTable and ifTable that count the same thing. */
START_TEST(small_counters_are_the_low_halves_of_large_ones)
{
	static const struct {
		unsigned table; /* of the 32-bit column */
		unsigned small; /* 32 bits */
		unsigned large; /* 64 bits, in ifXTable */
	} pairs[] = {{IF_TABLE, 10, 6}, {IF_TABLE, 11, 7}, {IF_TABLE, 16, 10}, {IF_TABLE, 17, 11},
		     {IFX_TABLE, 2, 8}, {IFX_TABLE, 3, 9}, {IFX_TABLE, 4, 12}, {IFX_TABLE, 5, 13}};

	for (int fast = 0; fast < 2; fast++) {
		struct sn_synthetic_config cfg = {.interfaces = 50, .seed = 5, .fast_wrap = fast};
		struct sn_store *st = made(&cfg);

		for (uint32_t index = 1; index <= 50; index++) {
			uint64_t t = 12345678 + index;
			uint64_t sum[2];

			for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
				uint64_t large =
					number_at(st, 9, t, cell(IFX_TABLE, pairs[i].large, index));

				ck_assert_uint_eq(
					number_at(st, 9, t,
						  cell(pairs[i].table, pairs[i].small, index)),
					large & UINT32_MAX);
			}
			for (unsigned out = 0; out < 2; out++) {
				sum[out] =
					number_at(st, 9, t, cell(IFX_TABLE, 8 + 4 * out, index)) +
					number_at(st, 9, t, cell(IFX_TABLE, 9 + 4 * out, index));
				ck_assert_uint_eq(number_at(st, 9, t,
							    cell(IF_TABLE, 12 + 6 * out, index)),
						  sum[out] & UINT32_MAX);
			}
		}
		sn_store_free(st);
	}
}
END_TEST

START_TEST(counters_never_go_back_and_stay_below_line_rate)
{
	struct sn_store *st = devices(40);
	static const unsigned columns[] = {6, 7, 8, 9, 10, 11, 12, 13};
	int moved = 0;

	for (uint32_t index = 1; index <= 40; index++) {
		uint64_t mbps = number_at(st, 4, 0, cell(IFX_TABLE, 15, index));

		for (size_t c = 0; c < 8; c++) {
			uint64_t last = number_at(st, 4, 0, cell(IFX_TABLE, columns[c], index));
			uint64_t step = 1;

			ck_assert_uint_eq(last, 0);
			for (uint64_t t = 0; t < UINT64_C(1) << 36; t += step) {
				uint64_t v =
					number_at(st, 4, t, cell(IFX_TABLE, columns[c], index));

				suite_expect(v >= last);
				/* 1250 octets a tick for each Mb/s, and of packets fewer */
				suite_expect(v - last <= mbps * 1250 * step + 1);
				suite_expect(is_up(st, 4, index) || v == 0);
				step = t < 1000 ? 1 : t / 50;
				last = v;
			}
			moved += last > 0;
		}
	}
	ck_assert_int_gt(moved, 200);
	sn_store_free(st);
}
END_TEST

/* Octets of one tick at many times: from little to much, and back again, without jumps. */
START_TEST(rates_swing_smoothly)
{
	struct sn_store *st = devices(40);
	int swinging = 0;

	for (uint32_t index = 1; index <= 40; index++) {
		uint64_t low = UINT64_MAX;
		uint64_t high = 0;
		uint64_t before = 0;
		uint64_t last = number_at(st, 4, 999990, cell(IFX_TABLE, 6, index));

		for (uint64_t t = 1000000; t < 1200000; t += 100) {
			uint64_t v = number_at(st, 4, t, cell(IFX_TABLE, 6, index));
			uint64_t rate = (v - last) / (t == 1000000 ? 10 : 100);

			suite_expect(t == 1000000 || rate > before ||
				     before - rate <= before / 50 + 2);
			suite_expect(t == 1000000 || rate < before ||
				     rate - before <= before / 50 + 2);
			low = rate < low ? rate : low;
			high = rate > high ? rate : high;
			before = rate;
			last = v;
		}
		swinging += high > low + low / 10;
	}
	ck_assert_int_gt(swinging, 20);
	sn_store_free(st);
}
END_TEST

START_TEST(under_fast_wrap_every_small_counter_wraps_in_one_to_five_minutes)
{
	static const unsigned columns[] = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
	struct sn_synthetic_config cfg = {.interfaces = 30, .seed = 5, .fast_wrap = true};
	struct sn_store *st = made(&cfg);
	int up = 0;

	for (uint32_t index = 1; index <= 30; index++) {
		ck_assert_uint_ge(number_at(st, 2, 0, cell(IFX_TABLE, 15, index)), 1000);
		if (!is_up(st, 2, index)) {
			continue;
		}
		up++;
		for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
			uint64_t last = 0;
			uint64_t first_wrap = 0;
			int wraps = 0;

			for (uint64_t t = 0; t <= 90000; t += 100) {
				uint64_t v = number_at(st, 2, t, cell(IF_TABLE, columns[c], index));

				if (v < last) {
					first_wrap = wraps++ ? first_wrap : t;
				}
				last = v;
			}
			/* those of slow counters come up to a count of theirs early */
			if (first_wrap <= 5400)
				printf("idx %u col %u first %lu wraps %d v0 %lu v100 %lu hc %lu\n",
				       index, columns[c], first_wrap, wraps,
				       number_at(st, 2, 0, cell(IF_TABLE, columns[c], index)),
				       number_at(st, 2, 100, cell(IF_TABLE, columns[c], index)),
				       number_at(st, 2, 100, cell(IFX_TABLE, 6, index)));
			ck_assert_uint_gt(first_wrap, 5400);
			ck_assert_uint_le(first_wrap, 30100);
			ck_assert_int_ge(wraps, columns[c] == 10 || columns[c] == 16 ? 3 : 1);
		}
	}
	ck_assert_int_gt(up, 15);
	sn_store_free(st);
}
END_TEST

START_TEST(counters_are_reset_when_the_time_of_discontinuity_moves_and_never_else)
{
	struct sn_synthetic_config cfg = {.interfaces = 20, .seed = 5, .reset_every = 60 * S};
	struct sn_store *st = made(&cfg);
	uint64_t phases = 0;

	for (uint32_t index = 1; index <= 20; index++) {
		uint64_t last = 0;
		uint64_t since = 0;
		int resets = 0;

		for (uint64_t t = 0; t < 30000; t++) {
			uint64_t now = number_at(st, 2, t, cell(IFX_TABLE, 19, index));
			uint64_t v = number_at(st, 2, t, cell(IFX_TABLE, 6, index));

			if (now != since) {
				suite_expect(now == t && (since == 0 || now - since == 6000));
				suite_expect(v == 0);
				phases |= UINT64_C(1) << (now % 6000 / 100);
				resets++;
			} else {
				suite_expect(v >= last);
			}
			since = now;
			last = v;
		}
		ck_assert_int_ge(resets, 4);
		ck_assert_int_le(resets, 5);
	}
	ck_assert_int_gt(__builtin_popcountll(phases), 10);
	sn_store_free(st);
}
END_TEST

START_TEST(without_resets_there_is_no_discontinuity)
{
	struct sn_store *st = devices(10);

	for (uint32_t index = 1; index <= 10; index++) {
		ck_assert_uint_eq(number_at(st, 2, UINT64_C(1) << 33, cell(IFX_TABLE, 19, index)),
				  0);
	}
	sn_store_free(st);
}
END_TEST

START_TEST(sysuptime_follows_uptime_and_wraps_while_counters_go_on)
{
	struct sn_store *st = devices(8);
	uint64_t wrap = UINT64_C(1) << 32;
	struct sn_store_place pl = {.uptime = 12345 * TICK + TICK - 1};
	struct sn_store_item it;

	ck_assert_int_eq(sn_store_get(st, &pl, oid("1.3.6.1.2.1.1.3.0"), &it), SN_OK);
	ck_assert_uint_eq(it.value.u, 12345);
	ck_assert_uint_eq(number_at(st, 0, wrap - 1, oid("1.3.6.1.2.1.1.3.0")), UINT32_MAX);
	ck_assert_uint_eq(number_at(st, 0, wrap, oid("1.3.6.1.2.1.1.3.0")), 0);
	for (uint32_t index = 1; index <= 8; index++) {
		ck_assert_uint_ge(number_at(st, 0, wrap, cell(IFX_TABLE, 6, index)),
				  number_at(st, 0, wrap - 1, cell(IFX_TABLE, 6, index)));
	}
	sn_store_free(st);
}
END_TEST

START_TEST(gauges_wander_within_their_range)
{
	struct sn_store *st = devices(1);
	uint64_t seen[2] = {0};
	uint64_t last = number_at(st, 1, 0, oid("1.3.6.1.2.1.25.3.3.1.2.196608"));

	for (uint64_t t = 0; t < 3000000; t += 100) {
		uint64_t load = number_at(st, 1, t, oid("1.3.6.1.2.1.25.3.3.1.2.196608"));
		uint64_t used = number_at(st, 1, t, oid("1.3.6.1.2.1.25.2.3.1.6.1"));

		suite_expect(load >= 1 && load <= 100);
		suite_expect(load + 4 >= last && load <= last + 4);
		suite_expect(used >= (16 << 20) / 8 && used <= (16 << 20) / 16 * 15);
		seen[load / 64] |= UINT64_C(1) << load % 64;
		last = load;
	}
	ck_assert_int_gt(__builtin_popcountll(seen[0]) + __builtin_popcountll(seen[1]), 90);
	sn_store_free(st);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		small_counters_are_the_low_halves_of_large_ones,
		counters_never_go_back_and_stay_below_line_rate,
		rates_swing_smoothly,
		under_fast_wrap_every_small_counter_wraps_in_one_to_five_minutes,
		counters_are_reset_when_the_time_of_discontinuity_moves_and_never_else,
		without_resets_there_is_no_discontinuity,
		sysuptime_follows_uptime_and_wraps_while_counters_go_on,
		gauges_wander_within_their_range,
		NULL,
	};

	return suite_run_tests("store/synthetic_counter", tests, 30);
}

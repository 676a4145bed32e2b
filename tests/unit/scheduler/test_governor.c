/*
 * How many answers may be awaited: growth, cuts, and what is written off. Behaviour of
 * scheduler/governor.h.
 *
 * ctest: one_thread
 */
#include "scheduler/governor.h"

#include "base/clock.h"

#include "support/suite.h"

#define START (7 * SN_NS_PER_SEC)
#define MS SN_NS_PER_MS
#define AGE (UINT64_C(1) << SN_GOVERNOR_AGE_SHIFT)

enum { MAX = 20000 };

static struct sn_governor g;
static uint64_t now;

static void setup(uint32_t answers)
{
	now = START;
	sn_governor_init(&g, MAX, answers ? sn_governor_rcvbuf(answers) : 0, now);
}

/* Sends all that it allows. */
static uint32_t fill(void)
{
	uint32_t n = 0;

	while (sn_governor_is_open(&g)) {
		sn_governor_sent(&g, now);
		n++;
	}
	return n;
}

/* One round trip: all that is awaited was sent now and is answered rtt later. */
static void round_trip(uint64_t rtt)
{
	uint64_t sent_at = now;
	uint32_t n = fill();

	now += rtt;
	while (n--) {
		sn_governor_answered(&g, sent_at, now);
	}
}

/*
 * Requests pass through a server of so many answers a second, which is in no hurry to say that it
 * has too many, and take rtt besides. Returns the largest number it ever had.
 */
static uint32_t run_server(unsigned per_second, uint64_t rtt, uint64_t ns)
{
	enum { QUEUE = 65536 };
	static uint64_t sent[QUEUE]; /* times, in order */
	uint64_t head = 0;
	uint64_t tail = 0;
	uint64_t begin = now;
	uint64_t served = 0;
	uint32_t most = 0;

	for (; now - begin < ns; now += MS / 4) {
		uint64_t may = (now - begin) * per_second / SN_NS_PER_SEC;

		sn_governor_advance(&g, now);
		for (; head < tail && served < may && sent[head % QUEUE] + rtt <= now; served++) {
			sn_governor_answered(&g, sent[head++ % QUEUE], now);
		}
		served = may; /* what it could have served is lost */
		while (sn_governor_is_open(&g)) {
			sn_governor_sent(&g, now);
			sent[tail++ % QUEUE] = now;
		}
		most = tail - head > most ? (uint32_t)(tail - head) : most;
	}
	return most;
}

START_TEST(starts_small_and_doubles_with_each_round_trip_until_the_buffers_are_full)
{
	setup(6000);
	ck_assert_uint_eq(g.limit, SN_GOVERNOR_START);
	for (uint32_t want = 2 * SN_GOVERNOR_START; want < 6000; want *= 2) {
		round_trip(30 * MS);
		ck_assert_uint_eq(g.limit, want);
		ck_assert_uint_eq(g.awaited, 0);
	}
}
END_TEST

START_TEST(grows_slowly_beyond_what_the_buffers_hold)
{
	uint32_t before;

	setup(2000);
	ck_assert_uint_eq(g.held, 2000);
	while (g.limit < g.held) {
		round_trip(30 * MS);
	}
	before = g.limit;
	round_trip(30 * MS);
	ck_assert_uint_gt(g.limit, before);
	ck_assert_uint_le(g.limit, before + before / 16 + 1);
}
END_TEST

START_TEST(reaches_the_slots_and_no_more)
{
	setup(2000);
	for (int i = 0; i < 2000; i++) {
		round_trip(MS);
	}
	ck_assert_uint_eq(g.limit, MAX);
	ck_assert_uint_eq(fill(), MAX);
}
END_TEST

START_TEST(does_not_grow_while_it_is_not_used_up)
{
	setup(6000);
	for (int i = 0; i < 100000; i++) {
		sn_governor_sent(&g, now);
		sn_governor_answered(&g, now, now + MS);
		now += MS;
	}
	ck_assert_uint_eq(g.limit, SN_GOVERNOR_START);
}
END_TEST

START_TEST(drops_halve_it_but_not_twice_for_the_same_burst)
{
	setup(6000);
	while (g.limit < 4000) {
		round_trip(MS);
	}
	for (uint32_t want = g.limit / 2; want > SN_GOVERNOR_MIN; want /= 2) {
		uint64_t burst = now;

		for (; now < burst + 200 * MS; now += 10 * MS) {
			sn_governor_dropped(&g, now);
			ck_assert_uint_eq(g.limit, want);
		}
	}
	ck_assert_uint_ge(g.cuts, 5);
	for (int i = 0; i < 50; i++) {
		sn_governor_dropped(&g, now += SN_NS_PER_SEC);
	}
	ck_assert_uint_eq(g.limit, SN_GOVERNOR_MIN);
}
END_TEST

START_TEST(grows_slowly_after_a_cut)
{
	uint32_t before;

	setup(6000);
	while (g.limit < 4000) {
		round_trip(MS);
	}
	sn_governor_dropped(&g, now);
	before = g.limit;
	round_trip(30 * MS);
	ck_assert_uint_gt(g.limit, before);
	ck_assert_uint_le(g.limit, before + before / 16 + 1);
}
END_TEST

START_TEST(stops_where_more_requests_bring_no_more_answers)
{
	setup(20000);
	ck_assert_uint_le(run_server(100000, MS, 10 * SN_NS_PER_SEC), 5 * SN_GOVERNOR_START);
	ck_assert_uint_le(g.limit, 3 * SN_GOVERNOR_START);
}
END_TEST

START_TEST(goes_on_while_more_requests_bring_more_answers)
{
	/* 80,000 a second at 200 ms are 16,000 under way. */
	setup(20000);
	run_server(80000, 200 * MS, 3 * SN_NS_PER_SEC);
	ck_assert_uint_ge(g.limit, 12000);
	/* devices far away after near ones: the pace of those is no measure for these */
	setup(20000);
	run_server(100000, MS, 2 * SN_NS_PER_SEC);
	ck_assert_uint_le(g.limit, 3 * SN_GOVERNOR_START);
	run_server(80000, 200 * MS, 5 * SN_NS_PER_SEC);
	ck_assert_uint_ge(g.limit, 12000);
}
END_TEST

START_TEST(what_is_sent_is_spread_over_long_round_trips)
{
	uint64_t begin;
	uint32_t n;

	setup(6000);
	for (int i = 0; i < 10; i++) {
		uint64_t sent_at = now;

		n = fill();
		ck_assert_uint_gt(n, 0);
		now += 400 * MS;
		while (n--) {
			sn_governor_answered(&g, sent_at, now);
		}
	}
	/* Nothing is under way: the limit may be sent, in half a round trip and not sooner. */
	fill();
	begin = now;
	for (n = 0; g.awaited < g.limit && now - begin < SN_NS_PER_SEC; now += MS) {
		uint32_t batch;

		sn_governor_advance(&g, now);
		batch = fill();
		ck_assert_uint_le(batch, 512);
		n += batch;
	}
	ck_assert_uint_ge(now - begin, 150 * MS);
	ck_assert_uint_le(now - begin, 210 * MS);
	ck_assert_uint_ge(n, 500);
}
END_TEST

START_TEST(attempts_without_an_answer_are_written_off)
{
	setup(6000);
	fill();
	now += SN_NS_PER_SEC - AGE;
	sn_governor_advance(&g, now);
	ck_assert(!sn_governor_is_open(&g)); /* how long answers take is not known yet */
	now += 3 * AGE;
	sn_governor_advance(&g, now);
	ck_assert_uint_eq(g.awaited, 0);
}
END_TEST

START_TEST(the_dead_do_not_starve_the_healthy)
{
	/* Three in ten never answer; the others do within 20 ms. Every 20 ms 2,000 want to be
	   asked. */
	uint64_t asked = 0;

	setup(6000);
	for (int turn = 0; turn < 250; turn++) {
		uint64_t sent_at = now;
		uint32_t n = 0;

		sn_governor_advance(&g, now);
		for (; n < 2000 && sn_governor_is_open(&g); n++) {
			sn_governor_sent(&g, now);
		}
		now += 20 * MS;
		for (uint32_t i = 0; i < n; i++) {
			if (i % 10 >= 3) {
				sn_governor_answered(&g, sent_at, now);
			}
		}
		asked += turn >= 50 ? n : 0;
	}
	ck_assert_uint_eq(asked, UINT64_C(200) * 2000);
}
END_TEST

START_TEST(slow_devices_are_waited_for)
{
	/* What comes after 250 ms each time must not be written off after the 100 ms that are
	   granted at least. */
	setup(6000);
	run_server(1000000, 250 * MS, 5 * SN_NS_PER_SEC);
	ck_assert_uint_gt(g.limit, 6000);
	ck_assert_uint_ge(g.awaited, g.limit - g.limit / 8);
}
END_TEST

START_TEST(answers_to_what_was_written_off_change_nothing)
{
	uint64_t sent_at;
	uint32_t n;

	setup(6000);
	sent_at = now;
	n = fill();
	now += 3 * SN_NS_PER_SEC;
	sn_governor_advance(&g, now);
	ck_assert_uint_eq(g.awaited, 0);
	sn_governor_sent(&g, now);
	while (n--) {
		sn_governor_answered(&g, sent_at, now);
	}
	ck_assert_uint_eq(g.awaited, 1);
	/* nor do doubled ones */
	sn_governor_answered(&g, now, now);
	sn_governor_answered(&g, now, now);
	ck_assert_uint_eq(g.awaited, 0);
}
END_TEST

START_TEST(a_long_sleep_leaves_nothing_behind)
{
	setup(6000);
	for (uint64_t sleep = AGE; sleep < UINT64_C(1) << 60; sleep *= 3) {
		fill();
		now += sleep;
		sn_governor_advance(&g, now);
		for (int i = 0; i < 3 * SN_GOVERNOR_AGES; i++) {
			sn_governor_advance(&g, now += AGE);
		}
		ck_assert_uint_eq(g.awaited, 0);
		for (int i = 0; i < SN_GOVERNOR_AGES; i++) {
			ck_assert_uint_eq(g.sent[i], 0);
		}
	}
}
END_TEST

START_TEST(the_buffer_asked_for_holds_what_it_is_asked_for)
{
	for (uint32_t n = SN_GOVERNOR_MIN; n <= MAX; n++) {
		setup(n);
		ck_assert_uint_eq(g.held, n);
	}
}
END_TEST

START_TEST(long_answers_count_for_the_frames_they_come_in)
{
	setup(6000);
	for (int i = 0; i < 100; i++) {
		sn_governor_received(&g, 1000, 1000 * 1400);
	}
	ck_assert_uint_eq(g.held, 6000);
	for (int i = 0; i < 100; i++) {
		sn_governor_received(&g, 1000, 1000 * 8000);
	}
	ck_assert_uint_eq(g.held, 1000);
	sn_governor_received(&g, 0, 0);
	ck_assert_uint_eq(g.held, 1000);
}
END_TEST

START_TEST(without_a_buffer_to_care_for_it_is_always_open)
{
	setup(0);
	for (int i = 0; i < 3 * MAX; i++) {
		sn_governor_sent(&g, now);
	}
	sn_governor_dropped(&g, now);
	ck_assert(sn_governor_is_open(&g));
	ck_assert_uint_eq(g.cuts, 0);
}
END_TEST

START_TEST(few_slots_or_a_tiny_buffer_leave_a_limit_that_works)
{
	sn_governor_init(&g, 1, sn_governor_rcvbuf(6000), START);
	now = START;
	ck_assert_uint_eq(fill(), 1);
	sn_governor_dropped(&g, now);
	ck_assert_uint_eq(g.limit, 1);
	sn_governor_init(&g, MAX, 1, START);
	ck_assert_uint_eq(g.held, SN_GOVERNOR_MIN);
	round_trip(MS);
	ck_assert_uint_ge(g.limit, SN_GOVERNOR_START);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		starts_small_and_doubles_with_each_round_trip_until_the_buffers_are_full,
		grows_slowly_beyond_what_the_buffers_hold,
		reaches_the_slots_and_no_more,
		does_not_grow_while_it_is_not_used_up,
		drops_halve_it_but_not_twice_for_the_same_burst,
		grows_slowly_after_a_cut,
		stops_where_more_requests_bring_no_more_answers,
		goes_on_while_more_requests_bring_more_answers,
		what_is_sent_is_spread_over_long_round_trips,
		attempts_without_an_answer_are_written_off,
		the_dead_do_not_starve_the_healthy,
		slow_devices_are_waited_for,
		answers_to_what_was_written_off_change_nothing,
		a_long_sleep_leaves_nothing_behind,
		the_buffer_asked_for_holds_what_it_is_asked_for,
		long_answers_count_for_the_frames_they_come_in,
		without_a_buffer_to_care_for_it_is_always_open,
		few_slots_or_a_tiny_buffer_leave_a_limit_that_works,
		NULL};

	return suite_run_tests("governor", tests, 30);
}

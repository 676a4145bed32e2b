/*
 * Faults of simulated devices: their text, their shares, time. Behaviour of agent/fault.h.
 */
#include "agent/fault.h"

#include "support/bytes.h"
#include "support/suite.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)

enum { SEED = 42, MANY = 100000 };

static struct sn_fault_spec parsed(const char *text)
{
	struct sn_fault_spec spec;
	char why[SN_FAULT_WHY];

	if (sn_fault_parse(text, &spec, why)) {
		ck_abort_msg("%s: %s", text, why);
	}
	return spec;
}

START_TEST(reads_every_fault)
{
	struct sn_fault_spec s =
		parsed("share=30%,dead=10%,loss=2.5%,dup=500ppm,reorder=1%,reorder=50ms,delay=20ms,"
		       "jitter=0.5ms,wrong_id=0.1%,garbage=7ppm,cut=100%,stall=25ppm,stall=1.5m,"
		       "service=250us,rate=100,max_message=1472,nonincreasing,forgets_boots");

	ck_assert_uint_eq(s.share_ppm, 300000);
	ck_assert_uint_eq(s.dead_ppm, 100000);
	ck_assert_uint_eq(s.loss_ppm, 25000);
	ck_assert_uint_eq(s.dup_ppm, 500);
	ck_assert_uint_eq(s.reorder_ppm, 10000);
	ck_assert_uint_eq(s.reorder_ns, 50 * MS);
	ck_assert_uint_eq(s.delay_ns, 20 * MS);
	ck_assert_uint_eq(s.jitter_ns, MS / 2);
	ck_assert_uint_eq(s.wrong_id_ppm, 1000);
	ck_assert_uint_eq(s.garbage_ppm, 7);
	ck_assert_uint_eq(s.cut_ppm, 1000000);
	ck_assert_uint_eq(s.stall_ppm, 25);
	ck_assert_uint_eq(s.stall_ns, 90 * S);
	ck_assert_uint_eq(s.service_ns, MS / 4);
	ck_assert_uint_eq(s.rate, 100);
	ck_assert_uint_eq(s.max_message, 1472);
	ck_assert(s.nonincreasing);
	ck_assert(s.forgets_boots);
}
END_TEST

START_TEST(what_is_not_named_is_off_for_all_devices)
{
	struct sn_fault_spec s = parsed("delay=0s");

	ck_assert_uint_eq(s.share_ppm, SN_FAULT_ALL);
	ck_assert_uint_eq(s.dead_ppm | s.loss_ppm | s.dup_ppm | s.reorder_ppm | s.wrong_id_ppm, 0);
	ck_assert_uint_eq(s.garbage_ppm | s.cut_ppm | s.stall_ppm | s.rate | s.max_message, 0);
	ck_assert_uint_eq(s.reorder_ns | s.delay_ns | s.jitter_ns | s.stall_ns | s.service_ns, 0);
	ck_assert(!s.nonincreasing && !s.forgets_boots);
	ck_assert_uint_eq(parsed("delay=24h").delay_ns, 86400 * S);
	ck_assert_uint_eq(parsed("delay=3ns").delay_ns, 3);
}
END_TEST

START_TEST(says_what_is_wrong_and_what_was_expected)
{
	static const struct {
		const char *text;
		const char *why;
	} wrong[] = {
		{"", ": nothing there; expected name=value,name=value,..."},
		{"loss=1%,", ": nothing there; expected name=value,name=value,..."},
		{"loss=1%,,dup=1%", ": nothing there; expected name=value,name=value,..."},
		{"loss", "loss: does not fit; expected a share such as 2% or 500ppm"},
		{"loss=", "loss=: is no number in reach; expected a share such as 2% or 500ppm"},
		{"loss=2", "loss=2: does not fit; expected a share such as 2% or 500ppm"},
		{"loss=2ms", "loss=2ms: does not fit; expected a share such as 2% or 500ppm"},
		{"loss=-2%",
		 "loss=-2%: is no number in reach; expected a share such as 2% or 500ppm"},
		{"loss=101%", "loss=101%: is too large; expected a share such as 2% or 500ppm"},
		{"loss=100.0001%",
		 "loss=100.0001%: is too large; expected a share such as 2% or 500ppm"},
		{"loss=0.00001%",
		 "loss=0.00001%: is too small; expected a share such as 2% or 500ppm"},
		{"loss=2 %",
		 "loss=2 %: has no unit that fits; expected a share such as 2% or 500ppm"},
		{"loss=1%,loss=2%", "loss=2%: is given twice"},
		{"delay=20", "delay=20: does not fit; expected a time such as 20ms"},
		{"delay=25h", "delay=25h: is too large; expected a time such as 20ms"},
		{"delay=99999999999ns",
		 "delay=99999999999ns: is no number in reach; expected a time such as 20ms"},
		{"rate=10%", "rate=10%: does not fit; expected a whole number"},
		{"rate=10.5", "rate=10.5: is not whole; expected a whole number"},
		{"rate=4294967296", "rate=4294967296: is too large; expected a whole number"},
		{"nonincreasing=1", "nonincreasing=1: is a flag; expected no value"},
		{"reorder=1%", "reorder: expected how often and how long, such as "
			       "reorder=1%,reorder=50ms"},
		{"reorder=50ms", "reorder: expected how often and how long, such as "
				 "reorder=1%,reorder=50ms"},
		{"stall=5s",
		 "stall: expected how often and how long, such as stall=100ppm,stall=5s"},
		{"max_message=483", "max_message: expected 484 to 65507 octets"},
		{"max_message=65508", "max_message: expected 484 to 65507 octets"},
		{"lost=1%", "lost: expected share dead loss dup reorder delay jitter wrong_id "
			    "garbage cut stall service rate max_message nonincreasing "
			    "forgets_boots"},
		{"a_name_of_forty_octets_0123456789_0123456789=1",
		 "a_name_of_forty_octets_0123456789_01234: is too long; expected "
		 "name=value,name=value,..."},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sn_fault_spec spec;
		char why[SN_FAULT_WHY];

		ck_assert_int_eq(sn_fault_parse(wrong[i].text, &spec, why), SN_EINVAL);
		ck_assert_str_eq(why, wrong[i].why);
	}
}
END_TEST

/* Any text is read or refused with a reason: neither an overrun nor silence. */
START_TEST(takes_any_text)
{
	static const char alphabet[] = "loss=delay,rateduprework%mspn.0129_ ";
	uint64_t x = 5;

	for (int turn = 0; turn < 50000; turn++) {
		char text[64];
		size_t n;
		struct sn_fault_spec spec;
		char *why;

		x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
		n = x >> 58;
		for (size_t i = 0; i < n; i++) {
			x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
			text[i] = alphabet[(x >> 33) % (sizeof(alphabet) - 1)];
		}
		text[n] = '\0';
		why = malloc(SN_FAULT_WHY);
		suite_expect(why != NULL);
		suite_expect((sn_fault_parse((const char *)bytes_copy(text, n + 1).p, &spec, why) ==
			      SN_OK) == (*why == '\0'));
		free(why);
		bytes_free_all();
	}
}
END_TEST

/* How many of MANY devices the faults apply to. */
static int devices_with(const struct sn_fault_spec *spec)
{
	int n = 0;

	for (uint32_t dev = 0; dev < MANY; dev++) {
		n += sn_fault_applies(spec, SEED, dev);
	}
	return n;
}

START_TEST(applies_to_the_share_of_devices)
{
	struct sn_fault_spec s = parsed("share=30%");

	/* fixed seed: 5 standard deviations are 725 */
	ck_assert_int_gt(devices_with(&s), 29275);
	ck_assert_int_lt(devices_with(&s), 30725);
	s.share_ppm = 0;
	ck_assert_int_eq(devices_with(&s), 0);
	s.share_ppm = SN_FAULT_ALL;
	ck_assert_int_eq(devices_with(&s), MANY);
}
END_TEST

START_TEST(spares_the_other_devices_everything_but_thinking)
{
	struct sn_fault_spec s = parsed("share=50%,loss=100%");
	struct sn_fault_spec slow = parsed("share=50%,delay=1s,service=1s,dup=100%,stall=100%,"
					   "stall=9s,rate=1,cut=100%,garbage=100%,wrong_id=100%");
	struct sn_fault_fate fate;
	int spared = 0;

	for (uint32_t dev = 0; dev < 1000; dev++) {
		struct sn_fault_state st = {0};

		sn_fault_decide(&s, SEED, dev, &st, 5, 3, &fate);
		suite_expect(fate.dropped == sn_fault_applies(&s, SEED, dev));
		if (fate.dropped) {
			continue;
		}
		for (int i = 0; i < 3; i++) {
			sn_fault_decide(&slow, SEED, dev, &st, 5, 3, &fate);
			suite_expect(!fate.dropped && fate.copies == 1 && fate.delay_ns == 3);
			suite_expect(!fate.cut && !fate.garbage && !fate.wrong_id);
		}
		spared++;
	}
	ck_assert_int_gt(spared, 420);
	ck_assert_int_lt(spared, 580);
}
END_TEST

/* What MANY answers of a device a millisecond apart are hit by. */
struct tally {
	int dropped, twice, wrong_id, garbage, cut, late;
};

static struct tally tally(const struct sn_fault_spec *spec, uint64_t seed, uint32_t dev)
{
	struct sn_fault_state st = {0};
	struct tally t = {0};

	for (uint64_t i = 0; i < MANY; i++) {
		struct sn_fault_fate f;

		sn_fault_decide(spec, seed, dev, &st, i * MS, 0, &f);
		suite_expect(f.dropped ? f.copies == 0 : f.copies == 1 || f.copies == 2);
		t.dropped += f.dropped;
		t.twice += f.copies == 2;
		t.wrong_id += f.wrong_id;
		t.garbage += f.garbage;
		t.cut += f.cut;
		t.late += f.delay_ns >= 50 * MS;
	}
	return t;
}

/* Within 5 standard deviations (and some) of n parts per million of all. */
static bool about(int got, double all, double ppm)
{
	double mean = all * ppm / 1e6;
	double off = got > mean ? got - mean : mean - got;

	return off * off <= 25 * (mean + 1);
}

START_TEST(hits_answers_as_often_as_it_should)
{
	struct sn_fault_spec s = parsed("loss=2%,dup=1%,reorder=3%,reorder=50ms,wrong_id=0.5%,"
					"garbage=4%,cut=1000ppm");

	for (uint32_t dev = 0; dev < 3; dev++) {
		struct tally t = tally(&s, SEED + dev, dev);
		double left = MANY - t.dropped;

		ck_assert(about(t.dropped, MANY, 20000));
		ck_assert(about(t.twice, left, 10000));
		ck_assert(about(t.late, left, 30000));
		ck_assert(about(t.wrong_id, left, 5000));
		ck_assert(about(t.garbage, left, 40000));
		ck_assert(about(t.cut, left, 1000));
	}
}
END_TEST

START_TEST(a_run_repeats_and_another_seed_or_device_differs)
{
	struct sn_fault_spec s = parsed("loss=20%,jitter=1ms");
	int same_seed = 0;
	int same_device = 0;
	struct sn_fault_state st[4] = {{0}};

	for (uint64_t i = 0; i < 10000; i++) {
		struct sn_fault_fate f[4];

		sn_fault_decide(&s, 1, 1, &st[0], i * MS, 0, &f[0]);
		sn_fault_decide(&s, 1, 1, &st[1], i * MS, 0, &f[1]);
		sn_fault_decide(&s, 2, 1, &st[2], i * MS, 0, &f[2]);
		sn_fault_decide(&s, 1, 2, &st[3], i * MS, 0, &f[3]);
		suite_expect(f[0].dropped == f[1].dropped && f[0].delay_ns == f[1].delay_ns);
		same_seed += f[0].dropped == f[2].dropped;
		same_device += f[0].dropped == f[3].dropped;
	}
	/* by chance 0.2 * 0.2 + 0.8 * 0.8 of them agree */
	ck_assert_int_gt(same_seed, 6500);
	ck_assert_int_lt(same_seed, 7100);
	ck_assert_int_gt(same_device, 6500);
	ck_assert_int_lt(same_device, 7100);
}
END_TEST

START_TEST(one_fault_more_leaves_the_others_as_they_were)
{
	struct sn_fault_spec one = parsed("loss=10%");
	struct sn_fault_spec two = parsed("loss=10%,dup=30%,cut=50%,jitter=2ms");
	struct sn_fault_state a = {0};
	struct sn_fault_state b = {0};

	for (uint64_t i = 0; i < 10000; i++) {
		struct sn_fault_fate f;
		struct sn_fault_fate g;

		sn_fault_decide(&one, SEED, 3, &a, i * MS, 0, &f);
		sn_fault_decide(&two, SEED, 3, &b, i * MS, 0, &g);
		suite_expect(f.dropped == g.dropped);
	}
}
END_TEST

START_TEST(dead_devices_never_answer_and_the_others_always)
{
	struct sn_fault_spec s = parsed("dead=10%");
	int dead = 0;

	for (uint32_t dev = 0; dev < 10000; dev++) {
		struct sn_fault_state st = {0};
		int dropped = 0;

		for (uint64_t i = 0; i < 10; i++) {
			struct sn_fault_fate f;

			sn_fault_decide(&s, SEED, dev, &st, i * S, 0, &f);
			dropped += f.dropped;
		}
		suite_expect(dropped == 0 || dropped == 10);
		dead += dropped == 10;
	}
	ck_assert(about(dead, 10000, 100000));
}
END_TEST

START_TEST(delays_add_up)
{
	struct sn_fault_spec s = parsed("delay=20ms,reorder=100%,reorder=7ms,service=2ms");
	struct sn_fault_state st = {0};
	struct sn_fault_fate f;

	sn_fault_decide(&s, SEED, 1, &st, S, 100 * MS, &f);
	ck_assert_uint_eq(f.delay_ns, (100 + 20 + 7 + 2) * MS);
}
END_TEST

/* Shares of a sorted log-normal with sigma 0.5: half below the median, 84.13 % below e^0.5 times
 * it, 97.72 % below e times it. */
START_TEST(jitter_is_log_normal_around_its_median)
{
	struct sn_fault_spec s = parsed("jitter=10ms,delay=5ms");
	struct sn_fault_state st = {0};
	int below[4] = {0};

	for (uint64_t i = 0; i < MANY; i++) {
		struct sn_fault_fate f;
		double times;

		sn_fault_decide(&s, SEED, 9, &st, i * MS, 0, &f);
		suite_expect(f.delay_ns > 5 * MS && f.delay_ns < 1 * S);
		times = (double)(f.delay_ns - 5 * MS) / (10.0 * (double)MS);
		below[0] += times < 0.60653;
		below[1] += times < 1;
		below[2] += times < 1.64872;
		below[3] += times < 2.71828;
	}
	ck_assert(about(below[0], MANY, 158655));
	ck_assert(about(below[1], MANY, 500000));
	ck_assert(about(MANY - below[2], MANY, 158655));
	ck_assert(about(MANY - below[3], MANY, 22750));
}
END_TEST

START_TEST(requests_queue_behind_a_slow_cpu)
{
	struct sn_fault_spec s = parsed("service=10ms");
	struct sn_fault_state st = {0};
	struct sn_fault_fate f;

	for (uint64_t i = 0; i < 5; i++) {
		sn_fault_decide(&s, SEED, 1, &st, S + i * MS, 0, &f);
		ck_assert_uint_eq(f.delay_ns, (i + 1) * 10 * MS - i * MS);
	}
	/* the CPU was idle in between */
	sn_fault_decide(&s, SEED, 1, &st, 2 * S, 0, &f);
	ck_assert_uint_eq(f.delay_ns, 10 * MS);
}
END_TEST

START_TEST(the_queue_of_a_slow_cpu_has_an_end)
{
	struct sn_fault_spec s = parsed("service=10ms");
	struct sn_fault_state st = {0};
	struct sn_fault_fate f;

	for (int i = 0; i < SN_FAULT_QUEUE; i++) {
		sn_fault_decide(&s, SEED, 1, &st, S, 0, &f);
		ck_assert(!f.dropped);
	}
	ck_assert_uint_eq(f.delay_ns, SN_FAULT_QUEUE * 10 * MS);
	sn_fault_decide(&s, SEED, 1, &st, S, 0, &f);
	ck_assert(f.dropped);
	sn_fault_decide(&s, SEED, 1, &st, S + 10 * MS, 0, &f);
	ck_assert(!f.dropped);
	ck_assert_uint_eq(f.delay_ns, SN_FAULT_QUEUE * 10 * MS);
}
END_TEST

START_TEST(a_stalled_device_is_silent_for_its_time)
{
	struct sn_fault_spec s = parsed("stall=100%,stall=5s");
	struct sn_fault_spec rare = parsed("stall=1%,stall=50ms");
	struct sn_fault_state st = {0};
	struct sn_fault_fate f;
	int stalls = 0;
	uint64_t until = 0;

	sn_fault_decide(&s, SEED, 1, &st, S, 0, &f);
	ck_assert(f.dropped);
	ck_assert_uint_eq(st.stalled, 6 * S);
	s.stall_ppm = 0;
	sn_fault_decide(&s, SEED, 1, &st, 6 * S - 1, 0, &f);
	ck_assert(f.dropped);
	sn_fault_decide(&s, SEED, 1, &st, 6 * S, 0, &f);
	ck_assert(!f.dropped);

	memset(&st, 0, sizeof(st));
	for (uint64_t i = 0; i < MANY; i++) {
		bool silent = i * MS < until;

		sn_fault_decide(&rare, SEED, 1, &st, i * MS, 0, &f);
		suite_expect(!silent || f.dropped);
		if (!silent && f.dropped) {
			stalls++;
			until = i * MS + 50 * MS;
		}
	}
	/* 1 % of the requests that are not in one: every 100 + 49 ms one */
	ck_assert(about(stalls, MANY, 1e6 / 149));
}
END_TEST

START_TEST(drops_what_is_above_its_rate)
{
	struct sn_fault_spec s = parsed("rate=100");
	struct sn_fault_state st = {0};
	struct sn_fault_fate f;

	for (uint64_t second = 0; second < 5; second++) {
		int answered = 0;

		for (uint64_t i = 0; i < 250; i++) {
			sn_fault_decide(&s, SEED, 1, &st, second * S + i * 4 * MS, 0, &f);
			suite_expect(f.dropped == (i >= 100));
			answered += !f.dropped;
		}
		ck_assert_int_eq(answered, 100);
	}
}
END_TEST

static struct sn_fault_fate spoiling(bool garbage, bool cut)
{
	return (struct sn_fault_fate){.copies = 1, .garbage = garbage, .cut = cut};
}

START_TEST(a_whole_answer_is_left_as_it_is)
{
	struct sn_fault_fate fate = spoiling(false, false);
	uint8_t msg[] = "answer";

	ck_assert_uint_eq(sn_fault_spoil(&fate, SEED, msg, 6), 6);
	ck_assert_str_eq((char *)msg, "answer");
}
END_TEST

START_TEST(a_cut_answer_is_the_beginning_of_itself)
{
	struct sn_fault_fate fate = spoiling(false, true);
	int shorter[100] = {0};

	for (unsigned turn = 0; turn < 20000; turn++) {
		uint8_t msg[100];
		uint8_t was[100];
		size_t n;

		memset(msg, 7, sizeof(msg));
		memcpy(msg, &turn, sizeof(turn));
		memcpy(was, msg, sizeof(was));
		n = sn_fault_spoil(&fate, SEED, msg, sizeof(msg));
		suite_expect(n < sizeof(msg) && memcmp(msg, was, sizeof(msg)) == 0);
		shorter[n]++;
	}
	for (int i = 0; i < 100; i++) {
		ck_assert_int_gt(shorter[i], 120);
	}
	ck_assert_uint_eq(sn_fault_spoil(&fate, SEED, NULL, 0), 0);
}
END_TEST

START_TEST(garbage_is_another_for_each_answer_and_repeats)
{
	struct sn_fault_fate fate = spoiling(true, false);
	uint8_t msg[3][64];
	int seen[256] = {0};

	memset(msg, 1, sizeof(msg));
	msg[2][0] = 2;
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(sn_fault_spoil(&fate, SEED, msg[i], 64), 64);
	}
	ck_assert_mem_eq(msg[0], msg[1], 64);
	ck_assert_mem_ne(msg[0], msg[2], 64);
	for (unsigned turn = 0; turn < 4000; turn++) {
		uint8_t m[64] = {0};

		memcpy(m, &turn, sizeof(turn));
		suite_expect(sn_fault_spoil(&fate, SEED, m, sizeof(m)) == sizeof(m));
		for (size_t i = 0; i < sizeof(m); i++) {
			seen[m[i]]++;
		}
	}
	for (int i = 0; i < 256; i++) {
		ck_assert(about(seen[i], 256000, 1e6 / 256));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reads_every_fault,
		what_is_not_named_is_off_for_all_devices,
		says_what_is_wrong_and_what_was_expected,
		takes_any_text,
		applies_to_the_share_of_devices,
		spares_the_other_devices_everything_but_thinking,
		hits_answers_as_often_as_it_should,
		a_run_repeats_and_another_seed_or_device_differs,
		one_fault_more_leaves_the_others_as_they_were,
		dead_devices_never_answer_and_the_others_always,
		delays_add_up,
		jitter_is_log_normal_around_its_median,
		requests_queue_behind_a_slow_cpu,
		the_queue_of_a_slow_cpu_has_an_end,
		a_stalled_device_is_silent_for_its_time,
		drops_what_is_above_its_rate,
		a_whole_answer_is_left_as_it_is,
		a_cut_answer_is_the_beginning_of_itself,
		garbage_is_another_for_each_answer_and_repeats,
		NULL,
	};

	return suite_run_tests("agent/fault", tests, 30);
}

/*
 * Whole collectors under rate limits: over any time no device and no prefix gets more datagrams
 * than its burst and rate times that time, whatever is lost, dead or reloaded; every round is there
 * and complete; who has no limit does not notice. Over io/fake: virtual time, one seed a run.
 *
 * ctest: one_thread timeout=240
 */
#include "support/rig.h"

#include <arpa/inet.h>

#define MS SN_NS_PER_MS
#define SEC SN_NS_PER_SEC

enum { SENT_MAX = 200000, WINDOW = 4 };

#define TARGETS UINT64_C(24)

/* A datagram that left. */
struct sent {
	uint64_t at; /* mono ns */
	uint32_t id; /* agent */
};

static struct rig r;
static struct sent sent[SENT_MAX];
static unsigned nsent;
static struct sn_io_ops ops; /* those of the network, but what leaves is noted */
static const struct sn_io_ops *network_ops;

static void commit(struct sn_io *io, unsigned sock, const struct sn_addr *to, struct sn_span msg,
		   uint32_t id)
{
	suite_expect(nsent < SENT_MAX);
	sent[nsent++] = (struct sent){r.w.now, ntohl(to->in.sin_addr.s_addr) - 0x0a000000u};
	network_ops->tx_commit(io, sock, to, msg, id);
}

static struct rig_config config(int i)
{
	return (struct rig_config){.targets = TARGETS,
				   .rows = 48,
				   .objects = AGENT_SCALARS | AGENT_COLUMNS,
				   .interval_ns = 20 * SEC,
				   .window = WINDOW,
				   .timeout_ns = 2 * SEC,
				   .retries = 3,
				   .link = {.delay_ns = 5 * MS},
				   .v1 = i == 1,
				   .v3 = i == 2};
}

static void open_rig(const struct rig_config *cfg)
{
	rig_open(&r, cfg);
	network_ops = r.w.io->ops;
	ops = *network_ops;
	ops.tx_commit = commit;
	r.w.io->ops = &ops;
	nsent = 0;
}

/* The first n targets may be sent so many datagrams a second; the rest have no limit of their own.
 */
static void apply(uint32_t rate, uint32_t n, uint64_t fingerprint)
{
	static struct sn_target_spec *specs[2][TARGETS];
	static unsigned which;

	which = !which;
	for (uint32_t i = 0; i < TARGETS; i++) {
		specs[which][i] = rig_spec(&r, i);
		ck_assert_ptr_nonnull(specs[which][i]);
		specs[which][i]->rate_limit = i < n ? rate : 0;
		specs[which][i]->fingerprint = fingerprint;
	}
	ck_assert_int_eq(rig_apply_specs(&r, specs[which], TARGETS), SN_OK);
}

static void limit_prefix(const char *text, uint32_t rate, uint32_t burst)
{
	struct sn_prefix_limit l = {.rate = rate, .burst = burst, .here = 1, .targets = 1};
	bool exact;

	ck_assert_int_eq(sn_prefix_parse(&l.prefix, text, &exact), SN_OK);
	ck_assert(exact);
	ck_assert_int_eq(sn_pacer_set_prefixes(&r.c.session, &l, 1), SN_OK);
}

/* Datagrams to agents first .. last. */
static unsigned sent_to(uint32_t first, uint32_t last)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nsent; i++) {
		n += sent[i].id >= first && sent[i].id <= last;
	}
	return n;
}

/*
 * What the limit allowed from the first datagram to t: rate until `change`, then `after`. What was
 * sent less that may rise by the burst at most, from any time to any later one.
 */
static void expect_within(uint32_t first, uint32_t last, double burst, double rate, uint64_t change,
			  double after)
{
	double low = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < nsent; i++) {
		uint64_t t = sent[i].at;
		uint64_t before = t < change ? t : change;
		double allowed =
			(rate * (double)(before - r.agents.began) + after * (double)(t - before)) /
			1e9;
		double excess = n - allowed;

		if (sent[i].id < first || sent[i].id > last) {
			continue;
		}
		low = n == 0 || excess < low ? excess : low;
		n++;
		if (excess + 1 - low > burst + 1e-6) {
			ck_abort_msg("agents %u to %u: %.3f in excess of the limit at datagram %u",
				     first, last, excess + 1 - low - burst, n);
		}
	}
	ck_assert_uint_gt(n, 15);
}

static void expect_each_within(uint32_t n, double rate)
{
	for (uint32_t i = 0; i < n; i++) {
		expect_within(i, i, WINDOW, rate, UINT64_MAX, 0);
	}
}

/* How long the last rounds of agents first .. last took, ns. */
static uint64_t longest(uint32_t first, uint32_t last)
{
	uint64_t most = 0;

	for (uint32_t i = first; i <= last; i++) {
		uint64_t ns = r.target[i].last.duration_ns;

		most = ns > most ? ns : most;
	}
	return most;
}

static void expect_all_ok(uint64_t rounds)
{
	ck_assert_uint_eq(r.rounds, rounds);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], rounds);
	ck_assert_uint_eq(r.skipped, 0);
}

/* Datagrams and longest round of the unlimited, when nobody has a limit. */
static void without_limits(int i, uint64_t *most, unsigned *n)
{
	struct rig_config cfg = config(i);

	open_rig(&cfg);
	apply(0, 0, 1);
	rig_run(&r, 100 * SEC);
	rig_finish(&r);
	expect_all_ok(5 * TARGETS);
	ck_assert_uint_eq(rig_counter(&r, SN_C_REQUESTS_DELAYED), 0);
	*most = longest(0, TARGETS - 1);
	*n = nsent;
	rig_close(&r);
}

START_TEST(a_device_gets_no_more_than_its_rate_and_others_are_not_slowed)
{
	struct rig_config cfg = config(_i);
	uint64_t most;
	unsigned n;

	without_limits(_i, &most, &n);
	open_rig(&cfg);
	apply(10, 12, 1);
	rig_run(&r, 100 * SEC);
	rig_finish(&r);
	expect_all_ok(5 * TARGETS);
	expect_each_within(12, 10);
	printf("%u datagrams, longest round %.1f ms without limits; %.1f ms with, of others "
	       "%.1f ms, %u datagrams, %llu delayed\n",
	       n, (double)most / 1e6, (double)longest(0, 11) / 1e6, (double)longest(12, 23) / 1e6,
	       nsent, (unsigned long long)rig_counter(&r, SN_C_REQUESTS_DELAYED));
	ck_assert_uint_eq(nsent, n); /* not one more or less */
	ck_assert_uint_le(longest(12, 23), most);
	ck_assert_uint_gt(longest(0, 11), most);
	ck_assert_uint_gt(rig_counter(&r, SN_C_REQUESTS_DELAYED), 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_prefix_gets_no_more_than_its_rate_and_others_are_not_slowed)
{
	struct rig_config cfg = config(_i);
	uint64_t most;
	unsigned n;

	without_limits(_i, &most, &n);
	open_rig(&cfg);
	limit_prefix("10.0.0.0/28", 40, 5); /* agents 0 to 15 */
	apply(15, 2, 1); /* of these the first two have a limit of their own too */
	rig_run(&r, 100 * SEC);
	rig_finish(&r);
	expect_all_ok(5 * TARGETS);
	expect_within(0, 15, 5, 40, UINT64_MAX, 0);
	expect_each_within(2, 15);
	ck_assert_uint_eq(nsent, n);
	ck_assert_uint_gt(sent_to(0, 15), 0);
	ck_assert_uint_le(longest(16, 23), most);
	ck_assert_uint_gt(rig_counter(&r, SN_C_REQUESTS_DELAYED), 0);
	rig_close(&r);
}
END_TEST

START_TEST(with_loss_and_dead_devices_retransmissions_are_within_the_limits_too)
{
	struct rig_config cfg = config(_i);

	cfg.link.loss_ppm = 100000;
	cfg.link.dup_ppm = 20000;
	cfg.interval_ns = 60 * SEC;
	open_rig(&cfg);
	r.agents.agent[3].dead = true;
	r.agents.agent[4].dead = true;
	r.agents.agent[9].dead = true;
	limit_prefix("10.0.0.8/29", 30, 3); /* agents 8 to 15 */
	apply(5, 8, 1);
	rig_run(&r, 600 * SEC);
	rig_finish(&r);
	expect_each_within(8, 5);
	expect_within(8, 15, 3, 30, UINT64_MAX, 0);
	ck_assert_uint_eq(r.rounds + r.skipped, 10 * TARGETS);
	/* 0.19^4 of the exchanges are lost for good, and the dead fail all */
	ck_assert_uint_ge(r.by_status[SN_ROUND_OK] + r.by_status[SN_ROUND_PARTIAL], r.rounds - 32);
	ck_assert_uint_gt(r.retries, 100);
	rig_close(&r);
}
END_TEST

START_TEST(agents_that_reboot_are_found_again_within_the_limits)
{
	struct rig_config cfg = config(_i);

	/* in v3 that brings Reports, after which requests are sealed anew */
	open_rig(&cfg);
	for (uint32_t i = 0; i < TARGETS; i++) {
		r.agents.agent[i].reboot_at = rig_now(&r) + 50 * SEC + MS * 17 * i;
	}
	limit_prefix("10.0.0.16/28", 20, 2); /* agents 16 to 23 */
	apply(6, 16, 1);
	rig_run(&r, 100 * SEC);
	rig_finish(&r);
	expect_each_within(16, 6);
	expect_within(16, 23, 2, 20, UINT64_MAX, 0);
	ck_assert_uint_eq(r.rounds + r.skipped, 5 * TARGETS);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
	if (cfg.v3) {
		ck_assert_uint_gt(rig_counter(&r, SN_C_RESYNCS), TARGETS);
	}
	rig_close(&r);
}
END_TEST

START_TEST(few_slots_do_not_break_a_limit)
{
	struct rig_config cfg = config(_i);

	cfg.in_flight = 6;
	cfg.interval_ns = 60 * SEC;
	open_rig(&cfg);
	limit_prefix("10.0.0.0/28", 50, 4);
	apply(20, 24, 1);
	rig_run(&r, 300 * SEC);
	rig_finish(&r);
	expect_all_ok(5 * TARGETS);
	expect_each_within(TARGETS, 20);
	expect_within(0, 15, 4, 50, UINT64_MAX, 0);
	rig_close(&r);
}
END_TEST

START_TEST(a_reload_changes_limits_and_makes_no_gift)
{
	struct rig_config cfg = config(_i);
	uint64_t change;

	cfg.no_values = true;
	cfg.link.delay_ns = 40 * MS;
	cfg.interval_ns = RIG_NO_INTERVAL; /* a round under way all the time */
	open_rig(&cfg);
	limit_prefix("10.0.0.8/29", 100, 5);
	apply(40, 8, 1);
	rig_run(&r, 20 * SEC);
	change = rig_now(&r);
	limit_prefix("10.0.0.8/29", 20, 5);
	apply(40, 8, 1); /* unchanged targets, another rate of their prefix */
	rig_run(&r, 20 * SEC);
	expect_within(8, 15, 5, 100, change, 20);
	ck_assert_uint_ge(sent_to(8, 15), 20 * 100 + 20 * 20 - 20);
	/* now the devices' own: they take it with their next round, all within a few seconds */
	apply(10, 8, 2);
	rig_run(&r, 10 * SEC);
	for (uint32_t i = 0; i < 8; i++) {
		expect_within(i, i, WINDOW, 40, UINT64_MAX, 0);
	}
	nsent = 0;
	rig_run(&r, 20 * SEC);
	expect_each_within(8, 10);
	/* and no limits at all */
	ck_assert_int_eq(sn_pacer_set_prefixes(&r.c.session, NULL, 0), SN_OK);
	apply(0, 0, 3);
	rig_run(&r, 10 * SEC);
	ck_assert_uint_eq(r.c.session.pacing.pacers.used, 0);
	ck_assert_uint_eq(r.c.session.pacing.prefix_pacers.used, 0);
	rig_finish(&r);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
	rig_close(&r);
}
END_TEST

START_TEST(targets_can_be_removed_and_rounds_cut_while_they_wait)
{
	struct rig_config cfg = config(_i);
	struct sn_target_spec *one;

	cfg.no_values = true;
	cfg.link.delay_ns = 40 * MS;
	cfg.interval_ns = RIG_NO_INTERVAL;
	open_rig(&cfg);
	limit_prefix("10.0.0.0/27", 20, 2);
	apply(3, 12, 1);
	rig_run(&r, 10 * SEC);
	one = rig_spec(&r, 0);
	ck_assert_ptr_nonnull(one);
	one->rate_limit = 3;
	ck_assert_int_eq(rig_apply_specs(&r, &one, 1), SN_OK);
	ck_assert_uint_eq(r.c.session.pacing.pacers.used, 1);
	rig_run(&r, 10 * SEC);
	expect_within(0, 0, WINDOW, 3, UINT64_MAX, 0);
	expect_within(0, 31, 2, 20, UINT64_MAX, 0);
	sn_collector_cancel(&r.c);
	ck_assert(rig_run_idle(&r, SEC));
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		a_device_gets_no_more_than_its_rate_and_others_are_not_slowed,
		a_prefix_gets_no_more_than_its_rate_and_others_are_not_slowed,
		with_loss_and_dead_devices_retransmissions_are_within_the_limits_too,
		agents_that_reboot_are_found_again_within_the_limits,
		few_slots_do_not_break_a_limit,
		a_reload_changes_limits_and_makes_no_gift,
		targets_can_be_removed_and_rounds_cut_while_they_wait,
		NULL};
	const TTest *const single[] = {NULL};

	return rig_main("pace", each, single, 120);
}

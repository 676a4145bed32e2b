/*
 * Requests under rate limits of devices and prefixes: never too many in any time, in order, taking
 * turns, retransmissions included, whatever is cancelled or lost meanwhile. Behaviour of
 * session/pacer.h, seen through session/requester.h.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "session/requester.h"

#include "base/clock.h"
#include "io/fake.h"
#include "msg/community.h"

#include "support/no_memory.h"
#include "support/suite.h"

enum { DEVICES = 6, REQUESTS = 60, SENT_MAX = 20000 };

#define MS SN_NS_PER_MS
#define SEC SN_NS_PER_SEC
#define TICK (UINT64_C(1) << SN_WHEEL_TICK_SHIFT)

/* A request and what became of it. */
struct asked {
	struct sn_request rq; /* first: a request is one of these */
	int device;
	unsigned started;
	unsigned done;
	unsigned cancelled;
	int err; /* of the last done */
};

/* A datagram that left. */
struct sent {
	uint64_t at; /* mono ns */
	int device;
	int request;
	unsigned attempt; /* from 1 */
};

static struct sn_worker w;
static struct sn_session s;
static struct sn_fake *net;
static struct sn_io_ops ops; /* those of the network, but what leaves is noted */
static const struct sn_io_ops *network_ops;
static struct sn_device dev[DEVICES];
static struct asked q[REQUESTS];
static struct sent sent[SENT_MAX];
static unsigned nsent;
static uint8_t names[64]; /* varbinds of every request */
static struct sn_span vbs;
static bool silent; /* agents do not answer */

static void commit(struct sn_io *io, unsigned sock, const struct sn_addr *to, struct sn_span msg,
		   uint32_t id)
{
	unsigned number;
	struct asked *a = (struct asked *)sn_slots_find(&w.slots, id, &number);

	suite_expect(a && nsent < SENT_MAX);
	sent[nsent++] = (struct sent){w.now, a->device, (int)(a - q), a->rq.attempts};
	network_ops->tx_commit(io, sock, to, msg, id);
}

static void peer(void *ctx, struct sn_fake *n, const struct sn_addr *to, const struct sn_addr *from,
		 struct sn_span data, uint64_t now)
{
	uint8_t buf[256];
	struct sn_writer wr = sn_writer_make(buf, sizeof(buf));
	struct sn_message m;

	(void)ctx;
	(void)now;
	suite_expect(sn_community_read(data, &m) == SN_OK);
	if (silent) {
		return;
	}
	m.pdu.type = SN_PDU_RESPONSE;
	sn_community_write(&wr, &m);
	sn_fake_reply(n, to, from, sn_writer_span(&wr), 0);
}

static void done(struct sn_request *rq, const struct sn_answer *answer)
{
	struct asked *a = (struct asked *)rq;

	a->done++;
	a->err = answer->err;
}

static void setup(uint32_t window, uint32_t slots, uint32_t loss_ppm)
{
	static const uint8_t uptime[] = {0x2b, 6, 1, 2, 1, 1, 3, 0};
	const uint64_t seed = 77;
	struct sn_fake_config fc = {.seed = 1,
				    .link = {.delay_ns = MS, .loss_ppm = loss_ppm},
				    .peer = peer,
				    .sockets4 = 1};
	struct sn_worker_config wc = {.in_flight = slots, .seed = &seed};
	struct sn_writer wr = sn_writer_make(names, sizeof(names));

	ck_assert_int_eq(sn_fake_open(&fc, &net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&w, &wc, sn_fake_io(net)), SN_OK);
	network_ops = w.io->ops;
	ops = *network_ops;
	ops.tx_commit = commit;
	w.io->ops = &ops;
	sn_session_init(&s, &w);
	sn_varbind_write_null(&wr, sn_span_make(uptime, sizeof(uptime)));
	vbs = sn_writer_span(&wr);
	for (int i = 0; i < DEVICES; i++) {
		struct sn_device_config dc = {.version = SN_VERSION_2C,
					      .community = sn_span_str("public"),
					      .window = window};
		char addr[32];

		snprintf(addr, sizeof(addr), "192.0.2.%d", i);
		ck_assert_int_eq(sn_addr_parse(&dc.addr, addr, 161), SN_OK);
		sn_device_init(&dev[i], &dc);
	}
	for (int i = 0; i < REQUESTS; i++) {
		sn_request_init(&q[i].rq);
	}
}

static void teardown(void)
{
	for (int i = 0; i < REQUESTS; i++) {
		sn_request_cancel(&q[i].rq);
	}
	for (int i = 0; i < DEVICES; i++) {
		sn_pacer_forget(&s, &dev[i]);
		ck_assert_ptr_null(dev[i].pace);
		ck_assert_uint_eq(dev[i].in_flight, 0);
	}
	ck_assert_uint_eq(s.pacing.pacers.used, 0);
	ck_assert_int_eq(sn_pacer_set_prefixes(&s, NULL, 0), SN_OK);
	ck_assert_uint_eq(s.pacing.prefix_pacers.used, 0);
	ck_assert_uint_eq(w.wheel.armed, 0);
	sn_session_fini(&s);
	sn_worker_fini(&w);
}

static struct sn_prefix_limit limit_of(const char *prefix, uint32_t rate, uint32_t burst,
				       uint32_t here, uint32_t targets)
{
	struct sn_prefix_limit l = {.rate = rate, .burst = burst, .here = here, .targets = targets};
	bool exact;

	ck_assert_int_eq(sn_prefix_parse(&l.prefix, prefix, &exact), SN_OK);
	return l;
}

/* One prefix has a limit, which the first n devices fall under. */
static void limit_prefix(const char *prefix, uint32_t rate, uint32_t burst, int n)
{
	struct sn_prefix_limit l = limit_of(prefix, rate, burst, 1, 1);

	ck_assert_int_eq(sn_pacer_set_prefixes(&s, &l, 1), SN_OK);
	for (int i = 0; i < DEVICES; i++) {
		sn_pacer_limit(&s, &dev[i], 0);
		ck_assert_int_eq(dev[i].pace != NULL, i < n);
	}
}

static void start(int i, int device)
{
	struct asked *a = &q[i];

	a->rq.dev = &dev[device];
	a->device = device;
	a->rq.done = done;
	a->rq.type = SN_PDU_GET;
	a->rq.vbs = vbs;
	a->rq.timeout_ns = 100 * MS;
	a->rq.attempts_max = 3;
	a->started++;
	sn_request_start(&s, &a->rq);
}

static void run(uint64_t ns)
{
	uint64_t end = sn_io_now(w.io) + ns;

	while (sn_io_now(w.io) < end) {
		suite_expect(sn_worker_turn(&w, end) == SN_OK);
	}
}

/* Fails when in any time devices first .. last got more than burst + rate * time. The number of
 * datagrams less what the rate allows since the start may rise by burst at most. */
static void expect_within(int first, int last, double rate, double burst)
{
	double low = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < nsent; i++) {
		double excess = n - rate * (double)(sent[i].at - sent[0].at) / 1e9;

		if (sent[i].device < first || sent[i].device > last) {
			continue;
		}
		low = n == 0 || excess < low ? excess : low;
		n++;
		suite_expect(excess + 1 - low <= burst + 1e-6);
	}
	ck_assert_uint_gt(n, 0);
}

static uint64_t delayed(void)
{
	return sn_counter_get(&w.counters, SN_C_REQUESTS_DELAYED);
}

START_TEST(what_is_too_early_waits_in_order_behind_one_timer)
{
	setup(4, 100, 0);
	sn_pacer_limit(&s, &dev[0], 100);
	for (int i = 0; i < 20; i++) {
		start(i, 0);
	}
	ck_assert_uint_eq(nsent, 4);
	ck_assert_uint_eq(w.wheel.armed, 4); /* the window is full */
	run(3 * MS);
	ck_assert_uint_eq(w.wheel.armed, 1); /* of the pacer */
	run(SEC);
	ck_assert_uint_eq(nsent, 20);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(sent[i].request, i);
		ck_assert_uint_eq(q[i].done, 1);
	}
	expect_within(0, 0, 100, 4);
	/* nor is it slower than it must be */
	ck_assert_uint_le(sent[19].at - sent[0].at, 160 * MS + 2 * TICK);
	ck_assert_uint_eq(delayed(), 16);
	teardown();
}
END_TEST

START_TEST(one_that_comes_later_does_not_overtake_those_that_wait)
{
	setup(4, 100, 0);
	sn_pacer_limit(&s, &dev[0], 100);
	for (int i = 0; i < 6; i++) {
		start(i, 0);
	}
	/* time for one more has come, but not yet for the timer */
	while (w.now < 10 * MS) {
		run(1000);
	}
	for (int i = 6; i < 12; i++) {
		start(i, 0);
		run(3 * MS);
	}
	run(SEC);
	for (int i = 0; i < 12; i++) {
		ck_assert_int_eq(sent[i].request, i);
	}
	expect_within(0, 0, 100, 4);
	teardown();
}
END_TEST

START_TEST(devices_of_a_prefix_take_turns_and_others_do_not_wait)
{
	int got[DEVICES] = {0};

	setup(4, 100, 0);
	limit_prefix("192.0.2.0/30", 100, 2, 4);
	for (int i = 0; i < 40; i++) {
		start(i, i / 10);
	}
	for (int i = 40; i < 60; i++) {
		start(i, 4 + i % 2);
	}
	ck_assert_uint_eq(nsent, 2 + 8);
	run(20 * MS);
	for (int i = 40; i < 60; i++) {
		ck_assert_uint_eq(q[i].done, 1);
	}
	run(SEC);
	ck_assert_uint_eq(nsent, 60);
	for (unsigned i = 0; i < nsent; i++) {
		const struct sent *x = &sent[i];

		if (x->device < 4) {
			ck_assert_int_eq(x->request, 10 * x->device + got[x->device]++);
			/* the first device had the whole burst, from then on they take turns */
			for (int k = 1; k < 4; k++) {
				ck_assert_int_le(abs(got[x->device] - got[k]), 4);
			}
		}
	}
	expect_within(0, 3, 100, 2);
	ck_assert_uint_eq(delayed(), 38);
	teardown();
}
END_TEST

START_TEST(retransmissions_count_and_go_first)
{
	unsigned last = 0;

	setup(2, 100, 0);
	silent = true;
	sn_pacer_limit(&s, &dev[0], 10);
	for (int i = 0; i < 6; i++) {
		start(i, 0);
	}
	run(10 * SEC);
	ck_assert_uint_eq(nsent, 18); /* three attempts each */
	expect_within(0, 0, 10, 2);
	for (int i = 0; i < 6; i++) {
		ck_assert_uint_eq(q[i].done, 1);
		ck_assert_int_eq(q[i].err, SN_ETIMEDOUT);
	}
	for (unsigned i = 0; i < nsent; i++) {
		if (sent[i].attempt == 1) {
			ck_assert_int_eq(sent[i].request, (int)last++);
		}
	}
	teardown();
}
END_TEST

START_TEST(a_late_answer_spares_the_retransmission_that_waits)
{
	struct sn_fake_link slow = {.delay_ns = 100 * MS};

	setup(1, 100, 0);
	sn_fake_set_link(net, &slow);
	sn_pacer_limit(&s, &dev[0], 2);
	start(0, 0);
	start(1, 0);
	run(150 * MS);
	ck_assert_uint_eq(q[0].rq.state, SN_REQUEST_SENT);
	ck_assert(!sn_timer_armed(&q[0].rq.timer)); /* it waits for the limit */
	ck_assert(!sn_list_empty(&q[0].rq.node));
	run(100 * MS);
	ck_assert_uint_eq(q[0].done, 1);
	ck_assert_int_eq(q[0].err, SN_OK);
	ck_assert_uint_eq(nsent, 1);
	run(2 * SEC);
	ck_assert_uint_eq(q[1].done, 1);
	expect_within(0, 0, 2, 1);
	teardown();
}
END_TEST

START_TEST(without_memory_for_its_limit_a_device_is_not_asked)
{
	setup(4, 100, 0);
	no_memory = true;
	sn_pacer_limit(&s, &dev[0], 10);
	no_memory = false;
	start(0, 0);
	run(SEC);
	ck_assert_uint_eq(q[0].done, 1);
	ck_assert_int_eq(q[0].err, SN_ENOMEM);
	ck_assert_uint_eq(nsent, 0);
	teardown();
}
END_TEST

START_TEST(a_worker_has_its_share_of_a_prefix)
{
	struct sn_prefix_limit v[3];

	setup(4, 100, 0);
	v[0] = limit_of("192.0.2.0/24", 100, 10, 2, 10);
	v[1] = limit_of("192.0.2.0/31", 1000, 7, 2, 7);
	v[2] = limit_of("192.0.2.4/31", 5, 1, 0, 0); /* of others' targets alone */
	sn_prefix_link(v, 3, sizeof(v[0]));
	ck_assert_int_eq(sn_pacer_set_prefixes(&s, v, 3), SN_OK);
	for (int i = 0; i < DEVICES; i++) {
		sn_pacer_limit(&s, &dev[i], 0);
	}
	ck_assert_uint_eq(s.pacing.prefix_pacers.used, 2);
	ck_assert_uint_eq(s.pacing.pacers.used, 4);
	ck_assert_ptr_null(dev[4].pace);
	for (int i = 0; i < 60; i++) {
		start(i, i % 4);
	}
	run(30 * SEC);
	expect_within(0, 1, 1000. * 2 / 7, 2);
	expect_within(2, 3, 100. * 2 / 10, 2);
	/* 30 each */
	ck_assert_uint_eq(nsent, 60);
	ck_assert_uint_ge(sent[59].at, 28 * SEC / 20);
	ck_assert_uint_le(sent[59].at - sent[0].at, 28 * SEC / 20 + 2 * TICK);
	teardown();
}
END_TEST

START_TEST(a_changed_limit_of_a_prefix_holds_at_once_and_one_that_went_is_gone)
{
	struct sn_prefix_limit l = limit_of("192.0.2.0/24", 1, 1, 1, 1);

	setup(4, 100, 0);
	limit_prefix("192.0.2.0/24", 1, 1, DEVICES);
	for (int i = 0; i < 20; i++) {
		start(i, 0);
	}
	run(100 * MS);
	ck_assert_uint_eq(nsent, 1);
	l.rate = 100;
	ck_assert_int_eq(sn_pacer_set_prefixes(&s, &l, 1), SN_OK);
	ck_assert_uint_eq(s.pacing.prefix_pacers.used, 1); /* the same as before */
	run(400 * MS);
	ck_assert_uint_eq(nsent, 20);
	expect_within(0, 0, 100, 1);
	ck_assert_int_eq(sn_pacer_set_prefixes(&s, NULL, 0), SN_OK);
	for (int i = 0; i < DEVICES; i++) {
		ck_assert_uint_eq(s.pacing.prefix_pacers.used, 1); /* somebody has it still */
		sn_pacer_limit(&s, &dev[i], 0);
		ck_assert_ptr_null(dev[i].pace);
	}
	ck_assert_uint_eq(s.pacing.prefix_pacers.used, 0);
	teardown();
}
END_TEST

/* Everything at once: limits inside each other, few slots, loss, requests taken back. */
START_TEST(random_use_stays_within_all_limits_and_loses_nothing)
{
	static const uint32_t rates[DEVICES] = {20, 0, 200, 50, 0, 0};
	struct sn_prefix_limit v[2];
	struct sn_rng rng;

	setup(3, 5, 100000);
	v[0] = limit_of("192.0.2.0/29", 150, 5, 1, 1);
	v[1] = limit_of("192.0.2.2/31", 60, 2, 1, 1);
	sn_prefix_link(v, 2, sizeof(v[0]));
	ck_assert_int_eq(sn_pacer_set_prefixes(&s, v, 2), SN_OK);
	for (int i = 0; i < DEVICES; i++) {
		sn_pacer_limit(&s, &dev[i], rates[i]);
	}
	/* devices 0, 1, 4, 5 are in the larger one, numbered so that each prefix is a range */
	sn_rng_init_seed(&rng, 31 + (unsigned)_i);
	for (int k = 0; k < 4000; k++) {
		int i = (int)(sn_rng_u64(&rng) % REQUESTS);
		int device = (int)(sn_rng_u64(&rng) % DEVICES);

		if (!sn_request_active(&q[i].rq)) {
			start(i, device);
		} else if (sn_rng_u64(&rng) % 8 == 0) {
			q[i].cancelled++;
			sn_request_cancel(&q[i].rq);
		}
		run(sn_rng_u64(&rng) % (10 * MS));
		silent = k % 700 > 600;
	}
	silent = false;
	run(60 * SEC);
	for (int i = 0; i < REQUESTS; i++) {
		ck_assert(!sn_request_active(&q[i].rq));
		ck_assert_uint_eq(q[i].started, q[i].done + q[i].cancelled);
	}
	for (int i = 0; i < DEVICES; i++) {
		if (rates[i]) {
			expect_within(i, i, rates[i], 3);
		}
	}
	expect_within(2, 3, 60, 2);
	for (unsigned i = 0; i < nsent; i++) {
		sent[i].device = sent[i].device == 2 || sent[i].device == 3;
	}
	expect_within(0, 0, 150, 5);
	ck_assert_uint_gt(delayed(), 100);
	ck_assert_uint_gt(sn_counter_get(&w.counters, SN_C_RETRIES), 50);
	teardown();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_too_early_waits_in_order_behind_one_timer,
		one_that_comes_later_does_not_overtake_those_that_wait,
		devices_of_a_prefix_take_turns_and_others_do_not_wait,
		retransmissions_count_and_go_first,
		a_late_answer_spares_the_retransmission_that_waits,
		without_memory_for_its_limit_a_device_is_not_asked,
		a_worker_has_its_share_of_a_prefix,
		a_changed_limit_of_a_prefix_holds_at_once_and_one_that_went_is_gone,
		NULL};
	Suite *suite = suite_create("pacer");
	TCase *tc = tcase_create("pacer");

	tcase_set_timeout(tc, 60);
	for (int i = 0; tests[i]; i++) {
		tcase_add_test(tc, tests[i]);
	}
	tcase_add_loop_test(tc, random_use_stays_within_all_limits_and_loses_nothing, 0, 10);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}

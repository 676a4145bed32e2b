/*
 * Requests by themselves: start, cancel and done from everywhere, also from inside a done; windows,
 * slots, ids, the tracer. What agents can do to them is in tests/replay. Behaviour of
 * session/requester.h.
 */
#include "session/requester.h"

#include "base/clock.h"
#include "io/fake.h"
#include "msg/community.h"

#include "support/suite.h"

enum { DEVICES = 4, REQUESTS = 40, SLOTS = 6 };

#define DELAY SN_NS_PER_MS

/* A request and what became of it. */
struct asked {
	struct sn_request rq; /* first: a request is one of these */
	unsigned started;     /* times */
	unsigned done;	      /* calls of done */
	unsigned cancelled;   /* times while it was active */
	int err;	      /* of the last done */
};

static struct sn_worker w;
static struct sn_session s;
static struct sn_fake *net;
static struct sn_device dev[DEVICES];
static struct asked q[REQUESTS];
static uint8_t names[64]; /* varbinds of every request */
static struct sn_span vbs;
static struct sn_rng rng;
static bool silent;			 /* agents do not answer */
static unsigned heard;			 /* requests that reached an agent */
static uint32_t last_id;		 /* of these */
static void (*on_done)(struct asked *a); /* what a done does besides counting */

/* Sends the request back as a response. */
static void peer(void *ctx, struct sn_fake *n, const struct sn_addr *to, const struct sn_addr *from,
		 struct sn_span data, uint64_t now)
{
	uint8_t buf[256];
	struct sn_writer wr = sn_writer_make(buf, sizeof(buf));
	struct sn_message m;

	(void)ctx;
	(void)now;
	suite_expect(sn_community_read(data, &m) == SN_OK);
	heard++;
	last_id = (uint32_t)m.pdu.request_id;
	if (silent) {
		return;
	}
	m.pdu.type = SN_PDU_RESPONSE;
	m.pdu.status = 0;
	m.pdu.index = 0;
	sn_community_write(&wr, &m);
	suite_expect(wr.err == SN_OK);
	sn_fake_reply(n, to, from, sn_writer_span(&wr), 0);
}

static void done(struct sn_request *rq, const struct sn_answer *answer)
{
	struct asked *a = (struct asked *)rq;

	suite_expect(!sn_request_active(rq));
	suite_expect((answer->err == SN_OK) == (answer->pdu != NULL));
	if (answer->pdu) {
		suite_expect(answer->pdu->type == SN_PDU_RESPONSE);
		suite_expect(sn_span_eq(answer->pdu->vbs, vbs));
		suite_expect(answer->rtt_ns >= 2 * DELAY);
		suite_expect(answer->octets > vbs.n);
	}
	a->done++;
	a->err = answer->err;
	if (on_done) {
		on_done(a);
	}
}

static void setup(uint32_t window)
{
	static const uint8_t uptime[] = {0x2b, 6, 1, 2, 1, 1, 3, 0};
	const uint64_t seed = 77;
	struct sn_fake_config fc = {
		.seed = 1, .link = {.delay_ns = DELAY}, .peer = peer, .sockets4 = 1};
	struct sn_worker_config wc = {.in_flight = SLOTS, .seed = &seed};
	struct sn_writer wr = sn_writer_make(names, sizeof(names));

	ck_assert_int_eq(sn_fake_open(&fc, &net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&w, &wc, sn_fake_io(net)), SN_OK);
	sn_session_init(&s, &w);
	sn_rng_init_seed(&rng, 5);
	sn_varbind_write_null(&wr, sn_span_make(uptime, sizeof(uptime)));
	vbs = sn_writer_span(&wr);
	for (int i = 0; i < DEVICES; i++) {
		struct sn_device_config dc = {.version = SN_VERSION_2C,
					      .community = sn_span_str("public"),
					      .window = window};
		char addr[32];

		snprintf(addr, sizeof(addr), "192.0.2.%d", i + 1);
		ck_assert_int_eq(sn_addr_parse(&dc.addr, addr, 161), SN_OK);
		sn_device_init(&dev[i], &dc);
	}
	for (int i = 0; i < REQUESTS; i++) {
		sn_request_init(&q[i].rq);
	}
}

static void start(struct asked *a, int device)
{
	unsigned before = a->done;

	a->rq.dev = &dev[device];
	a->rq.done = done;
	a->rq.type = SN_PDU_GET;
	a->rq.vbs = vbs;
	a->rq.timeout_ns = 100 * SN_NS_PER_MS;
	a->rq.attempts_max = 3;
	a->started++;
	sn_request_start(&s, &a->rq);
	suite_expect(a->done == before); /* never from inside start */
	suite_expect(sn_request_active(&a->rq));
}

static void cancel(struct asked *a)
{
	unsigned before = a->done;

	a->cancelled += sn_request_active(&a->rq);
	sn_request_cancel(&a->rq);
	suite_expect(a->done == before);
	suite_expect(!sn_request_active(&a->rq));
}

/* What must hold between any two calls. */
static void check(void)
{
	uint32_t sent = 0;
	uint32_t starved = 0;

	for (int d = 0; d < DEVICES; d++) {
		uint32_t with_window = 0;
		uint32_t parked = 0;

		for (int i = 0; i < REQUESTS; i++) {
			if (q[i].rq.dev != &dev[d]) {
				continue;
			}
			parked += q[i].rq.state == SN_REQUEST_PARKED;
			starved += q[i].rq.state == SN_REQUEST_STARVED;
			sent += q[i].rq.state == SN_REQUEST_SENT;
			with_window += q[i].rq.state == SN_REQUEST_STARVED ||
				       q[i].rq.state == SN_REQUEST_SENT;
		}
		suite_expect(dev[d].in_flight == with_window);
		suite_expect(with_window <= dev[d].window);
		/* nobody waits without need; a window that shrank may be overfull */
		suite_expect(parked == 0 || with_window >= sn_device_window(&dev[d]));
		suite_expect(sn_list_empty(&dev[d].parked) == (parked == 0));
	}
	suite_expect(w.slots.used == sent);
	suite_expect(starved == 0 || !sn_worker_has_room(&w));
	suite_expect(sn_list_empty(&s.starved) == (starved == 0));
	for (int i = 0; i < REQUESTS; i++) {
		bool active = sn_request_active(&q[i].rq);

		suite_expect(q[i].started == q[i].done + q[i].cancelled + active);
		suite_expect(sn_timer_armed(&q[i].rq.timer) == (q[i].rq.state == SN_REQUEST_SENT));
	}
}

static void turn(uint64_t until)
{
	suite_expect(sn_worker_turn(&w, until) == SN_OK);
	check();
}

static void run(uint64_t ns)
{
	uint64_t end = sn_io_now(w.io) + ns;

	while (sn_io_now(w.io) < end) {
		turn(end);
	}
}

START_TEST(a_request_is_answered_once)
{
	setup(4);
	start(&q[0], 0);
	run(10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(q[0].done, 1);
	ck_assert_int_eq(q[0].err, SN_OK);
	ck_assert_uint_eq(heard, 1);
	ck_assert_uint_eq(dev[0].rtt.srtt_us, 2 * DELAY / SN_NS_PER_US);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(every_attempt_has_an_id_of_its_own_in_the_same_slot)
{
	uint32_t first;

	setup(4);
	silent = true;
	start(&q[0], 0);
	run(50 * SN_NS_PER_MS);
	first = last_id;
	ck_assert_uint_eq(first & 7, 0);
	run(100 * SN_NS_PER_MS);
	ck_assert_uint_eq(last_id, first + 1);
	run(100 * SN_NS_PER_MS);
	ck_assert_uint_eq(last_id, first + 2);
	run(100 * SN_NS_PER_MS);
	ck_assert_uint_eq(q[0].done, 1);
	ck_assert_int_eq(q[0].err, SN_ETIMEDOUT);
	start(&q[0], 0);
	run(50 * SN_NS_PER_MS);
	ck_assert_uint_ne(last_id >> 3, first >> 3);
	ck_assert_uint_eq(heard, 4);
	cancel(&q[0]);
	check();
	sn_worker_fini(&w);
}
END_TEST

START_TEST(a_request_taken_back_in_any_state_is_never_done)
{
	setup(2);
	silent = true;
	for (int i = 0; i < REQUESTS; i++) {
		start(&q[i], i % DEVICES);
	}
	check();
	ck_assert_uint_eq(q[0].rq.state, SN_REQUEST_SENT);
	ck_assert_uint_eq(q[7].rq.state, SN_REQUEST_STARVED);
	ck_assert_uint_eq(q[39].rq.state, SN_REQUEST_PARKED);
	cancel(&q[39]);
	check();
	cancel(&q[7]);
	check();
	cancel(&q[0]);
	check();
	/* the slot went to one that waited for it, the window to one of its device */
	ck_assert_uint_eq(w.slots.used, SLOTS);
	for (int i = 0; i < REQUESTS; i++) {
		cancel(&q[i]);
		check();
		cancel(&q[i]); /* harmless */
	}
	ck_assert_uint_eq(w.slots.used, 0);
	run(10 * SN_NS_PER_SEC);
	for (int i = 0; i < REQUESTS; i++) {
		ck_assert_uint_eq(q[i].done, 0);
	}
	sn_worker_fini(&w);
}
END_TEST

START_TEST(who_waits_longest_goes_first)
{
	setup(REQUESTS);
	silent = true;
	for (int i = 0; i < REQUESTS; i++) {
		start(&q[i], i % DEVICES);
	}
	for (int i = 0; i + SLOTS < REQUESTS; i++) {
		ck_assert_uint_eq(q[i + SLOTS].rq.state, SN_REQUEST_STARVED);
		cancel(&q[i]);
		ck_assert_uint_eq(q[i + SLOTS].rq.state, SN_REQUEST_SENT);
	}
	for (int i = 0; i < REQUESTS; i++) {
		cancel(&q[i]);
	}
	check();
	sn_worker_fini(&w);
}
END_TEST

START_TEST(who_waits_for_the_governor_goes_on_once_answers_are_given_up)
{
	setup(REQUESTS);
	sn_governor_init(&w.governor, SLOTS, sn_governor_rcvbuf(SLOTS), w.now);
	w.governor.limit = 2;
	silent = true;
	for (int i = 0; i < 4; i++) {
		start(&q[i], i % DEVICES);
	}
	ck_assert_uint_eq(q[1].rq.state, SN_REQUEST_SENT);
	ck_assert_uint_eq(q[2].rq.state, SN_REQUEST_STARVED);
	run(900 * SN_NS_PER_MS);
	/* no slot is in use any more, but six attempts may still be answered */
	ck_assert_uint_eq(q[0].done + q[1].done, 2);
	ck_assert_uint_eq(w.slots.used, 0);
	ck_assert_uint_eq(q[2].rq.state, SN_REQUEST_STARVED);
	silent = false;
	run(600 * SN_NS_PER_MS);
	ck_assert_uint_eq(q[2].done + q[3].done, 2);
	ck_assert_int_eq(q[3].err, SN_OK);
	ck_assert(!sn_timer_armed(&s.room));
	sn_worker_fini(&w);
}
END_TEST

START_TEST(answers_make_room_at_the_governor)
{
	setup(REQUESTS);
	sn_governor_init(&w.governor, SLOTS, sn_governor_rcvbuf(SLOTS), w.now);
	w.governor.limit = 2;
	for (int i = 0; i < REQUESTS; i++) {
		start(&q[i], i % DEVICES);
	}
	ck_assert_uint_eq(w.slots.used, 2);
	run(REQUESTS / 2 * 3 * DELAY); /* two at a time, or more as it grows */
	for (int i = 0; i < REQUESTS; i++) {
		ck_assert_uint_eq(q[i].done, 1);
	}
	ck_assert_uint_eq(w.governor.awaited, 0);
	ck_assert_uint_gt(w.governor.limit, 2);
	sn_worker_fini(&w);
}
END_TEST

static int finished[REQUESTS]; /* numbers of requests, in order */
static int nfinished;

static void note_order(struct asked *a)
{
	finished[nfinished++] = (int)(a - q);
}

START_TEST(requests_of_one_device_are_served_in_order)
{
	setup(2);
	on_done = note_order;
	for (int i = 0; i < REQUESTS; i++) {
		start(&q[i], 0);
	}
	run(SN_NS_PER_SEC);
	ck_assert_int_eq(nfinished, REQUESTS);
	for (int i = 0; i < REQUESTS; i++) {
		ck_assert_int_eq(finished[i], i);
	}
	sn_worker_fini(&w);
}
END_TEST

/* A done that starts, takes back and starts again whatever it likes, its own request included. */
static void run_riot(struct asked *a)
{
	for (uint64_t n = sn_rng_below(&rng, 4); n > 0; n--) {
		struct asked *other = &q[sn_rng_below(&rng, REQUESTS)];

		if (sn_request_active(&other->rq)) {
			if (sn_rng_below(&rng, 2)) {
				cancel(other);
			}
		} else {
			start(other, (int)sn_rng_below(&rng, DEVICES));
		}
	}
	if (!sn_request_active(&a->rq) && sn_rng_below(&rng, 2)) {
		start(a, (int)sn_rng_below(&rng, DEVICES));
	}
}

START_TEST(dones_that_start_and_cancel_at_random_break_nothing)
{
	struct sn_fake_link link = {.delay_ns = DELAY,
				    .jitter_ns = 150 * SN_NS_PER_MS,
				    .loss_ppm = 200000,
				    .dup_ppm = 100000};
	unsigned dones = 0;

	setup(3);
	sn_fake_set_link(net, &link);
	on_done = run_riot;
	for (int round = 0; round < 20000; round++) {
		if (round % 10 == 0) {
			sn_fake_fail_tx(net, 3, SN_EUNREACH);
		}
		if (round % 17 == 0) {
			sn_fake_block_tx(net, 2);
		}
		for (int i = 0; i < REQUESTS; i += 3) {
			if (!sn_request_active(&q[i].rq)) {
				start(&q[i], i % DEVICES);
			}
		}
		check();
		run(20 * SN_NS_PER_MS);
	}
	on_done = NULL;
	run(100 * SN_NS_PER_SEC);
	for (int i = 0; i < REQUESTS; i++) {
		ck_assert(!sn_request_active(&q[i].rq));
		dones += q[i].done;
	}
	ck_assert_uint_ge(dones, 10000);
	ck_assert_uint_eq(w.slots.used, 0);
	ck_assert_uint_eq(w.wheel.armed, 0);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_REQUESTS) >=
				  sn_counter_get(&w.counters, SN_C_RESPONSES) +
					  sn_counter_get(&w.counters, SN_C_TIMEOUTS),
			  1);
	sn_worker_fini(&w);
}
END_TEST

/* A done after which nothing of request and device is there any more. */
static void free_everything(struct asked *a)
{
	struct sn_device *d = a->rq.dev;

	for (int i = 0; i < REQUESTS; i++) {
		if (q[i].rq.dev == d) {
			cancel(&q[i]);
		}
	}
	memset(d, 0xdb, sizeof(*d));
	for (int i = 0; i < REQUESTS; i++) {
		if (q[i].rq.dev == d) {
			memset(&q[i].rq, 0xdb, sizeof(q[i].rq));
		}
	}
}

START_TEST(a_done_may_free_the_request_and_the_device)
{
	for (int with_answer = 0; with_answer < 2; with_answer++) {
		setup(2);
		silent = !with_answer;
		on_done = free_everything;
		for (int i = 0; i < 8; i++) {
			start(&q[i], 0);
		}
		for (int i = 0; i < 10000; i++) {
			ck_assert_int_eq(sn_worker_turn(&w, (uint64_t)i * SN_NS_PER_MS), SN_OK);
		}
		ck_assert_uint_eq(w.slots.used, 0);
		sn_worker_fini(&w);
		memset(q, 0, sizeof(q));
	}
}
END_TEST

START_TEST(a_message_too_large_for_a_datagram_is_refused)
{
	static uint8_t huge[SN_IO_DATAGRAM_MAX];

	setup(4);
	start(&q[0], 0);
	cancel(&q[0]);
	q[0].started = 1;
	q[0].cancelled = 0;
	q[0].rq.vbs = sn_span_make(huge, sizeof(huge));
	sn_request_start(&s, &q[0].rq);
	run(SN_NS_PER_SEC);
	ck_assert_uint_eq(q[0].done, 1);
	ck_assert_int_eq(q[0].err, SN_EMSGSIZE);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(a_refusal_ends_a_request_and_is_forgotten_with_it)
{
	setup(4);
	sn_fake_fail_tx(net, 1, SN_EUNREACH);
	start(&q[0], 0);
	run(10 * SN_NS_PER_MS);
	ck_assert_uint_eq(q[0].done, 1);
	ck_assert_int_eq(q[0].err, SN_EUNREACH);
	start(&q[0], 0);
	run(10 * SN_NS_PER_MS);
	ck_assert_uint_eq(q[0].done, 2);
	ck_assert_int_eq(q[0].err, SN_OK);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(a_refusal_of_an_attempt_before_the_last_one_ends_nothing)
{
	uint32_t first;

	setup(4);
	silent = true;
	start(&q[0], 0);
	run(50 * SN_NS_PER_MS);
	first = last_id;
	run(100 * SN_NS_PER_MS);
	ck_assert_uint_eq(last_id, first + 1);
	w.io->handler.tx_error(w.io->handler.ctx, first, SN_EUNREACH);
	w.io->handler.tx_error(w.io->handler.ctx, first + 2, SN_EUNREACH); /* not made yet */
	w.io->handler.tx_error(w.io->handler.ctx, first ^ 1 << 20, SN_EUNREACH);
	run(30 * SN_NS_PER_MS);
	ck_assert_uint_eq(q[0].done, 0);
	w.io->handler.tx_error(w.io->handler.ctx, first + 1, SN_EUNREACH);
	run(5 * SN_NS_PER_MS);
	ck_assert_uint_eq(q[0].done, 1);
	ck_assert_int_eq(q[0].err, SN_EUNREACH);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(a_worker_that_was_away_looks_into_its_socket_before_it_asks_again)
{
	setup(4);
	start(&q[0], 0);
	run(10 * SN_NS_PER_MS);
	ck_assert_uint_eq(q[0].done, 1);
	/* stopped for as long as its timers would take to fire twice */
	start(&q[0], 0);
	sn_wheel_advance(&w.wheel, w.now + 50 * SN_NS_PER_MS);
	ck_assert_uint_eq(heard, 1);
	run(30 * SN_NS_PER_MS);
	ck_assert_uint_eq(q[0].done, 2);
	ck_assert_uint_eq(heard, 2);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_RETRIES), 0);
	sn_worker_fini(&w);
}
END_TEST

START_TEST(a_worker_that_is_always_late_asks_again_nevertheless)
{
	uint64_t now;

	setup(4);
	start(&q[0], 0);
	run(10 * SN_NS_PER_MS);
	silent = true;
	start(&q[0], 0);
	now = w.now;
	for (int i = 1; i <= 10 && sn_request_active(&q[0].rq); i++) {
		w.now = now + (uint64_t)i * 50 * SN_NS_PER_MS;
		sn_wheel_advance(&w.wheel, w.now);
	}
	ck_assert_uint_ge(sn_counter_get(&w.counters, SN_C_RETRIES), 1);
	cancel(&q[0]);
	sn_worker_fini(&w);
}
END_TEST

/* What the tracer of device 1 saw. */
static struct {
	unsigned sent;	   /* messages from us */
	unsigned received; /* messages to us */
	uint64_t rtt;	   /* of the last one */
	char notes[200];   /* all, joined */
} traced;

static void on_trace(void *ctx, const struct sn_trace_event *ev)
{
	size_t n = strlen(traced.notes);

	ck_assert_ptr_eq(ctx, &traced);
	ck_assert(sn_addr_equal(ev->peer, &dev[1].addr));
	ck_assert_uint_gt(ev->data.n, vbs.n);
	ck_assert_uint_eq(ev->wall, ev->mono + w.wall_offset);
	traced.sent += ev->sent;
	traced.received += !ev->sent;
	traced.rtt = ev->rtt_ns;
	snprintf(traced.notes + n, sizeof(traced.notes) - n, "%s;", ev->note);
}

START_TEST(the_tracer_sees_its_agent_and_no_other)
{
	setup(4);
	s.tracer = (struct sn_tracer){.ctx = &traced, .event = on_trace, .addr = dev[1].addr};
	start(&q[0], 0);
	start(&q[1], 1);
	start(&q[2], 2);
	run(SN_NS_PER_SEC);
	ck_assert_str_eq(traced.notes, "request;answer;");
	ck_assert_uint_eq(traced.rtt, 2 * DELAY);
	silent = true;
	start(&q[1], 1);
	run(SN_NS_PER_SEC);
	ck_assert_str_eq(traced.notes, "request;answer;request;retry 1;retry 2;");
	ck_assert_uint_eq(traced.sent, 4);
	ck_assert_uint_eq(traced.received, 1);
	sn_worker_fini(&w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_request_is_answered_once,
		every_attempt_has_an_id_of_its_own_in_the_same_slot,
		a_request_taken_back_in_any_state_is_never_done,
		who_waits_longest_goes_first,
		who_waits_for_the_governor_goes_on_once_answers_are_given_up,
		answers_make_room_at_the_governor,
		requests_of_one_device_are_served_in_order,
		dones_that_start_and_cancel_at_random_break_nothing,
		a_done_may_free_the_request_and_the_device,
		a_message_too_large_for_a_datagram_is_refused,
		a_refusal_ends_a_request_and_is_forgotten_with_it,
		a_refusal_of_an_attempt_before_the_last_one_ends_nothing,
		a_worker_that_was_away_looks_into_its_socket_before_it_asks_again,
		a_worker_that_is_always_late_asks_again_nevertheless,
		the_tracer_sees_its_agent_and_no_other,
		NULL};

	return suite_run_tests("requester", tests, 60);
}

/*
 * Requests, retransmission and what answers do to them, see requester.h. Called by collect on the
 * worker's thread; receives from io. RFC 3413 §3.1. What is in the messages is plain.c's and
 * secure.c's business.
 */
#include "session/requester.h"

#include "base/fetch.h"
#include "msg/peek.h"
#include "session/adapt_int.h"
#include "session/discovery_int.h"
#include "session/exchange_int.h"
#include "session/pacer_int.h"

#include <assert.h>
#include <stdlib.h>

/* Octets around a request, where its owner's memory is. */
enum { REQUEST_BEFORE = 192, REQUEST_BEHIND = 256 };

static void on_rx(void *ctx, const struct sn_io_rx *pk);
static void on_tx_error(void *ctx, uint32_t id, int err);
static void on_soon(void *ctx, struct sn_span data);
static void on_deadline(struct sn_timer *timer, uint64_t now);
static void on_room(struct sn_timer *timer, uint64_t now);

void sn_session_init(struct sn_session *s, struct sn_worker *w)
{
	struct sn_io_handler handler = {
		.ctx = s, .soon = on_soon, .rx = on_rx, .tx_error = on_tx_error};

	memset(s, 0, sizeof(*s));
	s->w = w;
	s->salt = sn_rng_u64(&w->rng);
	sn_keys_init(&s->engines, sizeof(struct sn_engine));
	sn_list_init(&s->starved);
	sn_timer_init(&s->room, on_room);
	sn_pacer_init(s);
	sn_io_set_handler(w->io, &handler);
}

void sn_session_fini(struct sn_session *s)
{
	assert(s->engines.used == 0);
	sn_keys_fini(&s->engines);
	sn_pacer_fini(s);
	if (s->scratch) {
		sn_keys_wipe(s->scratch, SN_SESSION_SCRATCH);
		free(s->scratch);
		s->scratch = NULL;
	}
}

void sn_request_init(struct sn_request *rq)
{
	memset(rq, 0, sizeof(*rq));
	sn_timer_init(&rq->timer, on_deadline);
	sn_list_init(&rq->node);
}

static void count(struct sn_session *s, enum sn_counter id)
{
	sn_counter_add(&s->w->counters, id, 1);
}

static bool is_traced(const struct sn_session *s, const struct sn_addr *peer)
{
	return s->tracer.event && sn_addr_equal(peer, &s->tracer.addr);
}

static void trace_sent(struct sn_session *s, const struct sn_request *rq, struct sn_span msg,
		       struct sn_span scoped, const char *note)
{
	if (is_traced(s, &rq->dev->addr)) {
		struct sn_trace_event ev = {.mono = s->w->now,
					    .wall = sn_worker_wall(s->w),
					    .peer = &rq->dev->addr,
					    .data = msg,
					    .scoped = scoped,
					    .note = note,
					    .sent = true};

		s->tracer.event(s->tracer.ctx, &ev);
	}
}

static void trace_received(struct sn_session *s, const struct sn_received *r, const char *note,
			   uint64_t rtt)
{
	if (is_traced(s, r->pk->from)) {
		struct sn_trace_event ev = {.mono = s->w->now,
					    .wall = sn_worker_wall(s->w),
					    .peer = r->pk->from,
					    .data = r->pk->data,
					    .scoped = r->scoped,
					    .note = note,
					    .rtt_ns = rtt};

		s->tracer.event(s->tracer.ctx, &ev);
	}
}

/*
 * An answer is some way ahead: what it will touch is fetched, else each thing would be waited for
 * by itself. Its request now; what that points at two answers later, by when the request is there.
 */
static void on_soon(void *ctx, struct sn_span data)
{
	struct sn_session *s = ctx;
	uint32_t *soon = &s->soon[s->nsoon++ % 2];
	const struct sn_request *rq = sn_slots_guess(&s->w->slots, *soon);

	if (rq) {
		sn_fetch(rq->dev, 0, sizeof(*rq->dev));
		sn_fetch(rq->soon, 0, rq->soon_octets);
		/* the timer is taken out of its list */
		sn_fetch(rq->timer.node.next, 0, sizeof(rq->timer.node));
		sn_fetch(rq->timer.node.prev, 0, sizeof(rq->timer.node));
	}
	*soon = sn_peek_id(data);
	rq = sn_slots_guess(&s->w->slots, *soon);
	if (rq) {
		sn_fetch(rq, REQUEST_BEFORE, sizeof(*rq) + REQUEST_BEHIND);
	}
}

/* Builds this attempt's message and queues it. A full send queue or a refusal counts as a lost
 * attempt. */
static void transmit(struct sn_session *s, struct sn_request *rq, const char *note)
{
	uint32_t id = sn_slots_id(&s->w->slots, rq->slot, rq->attempts - 1u);
	struct sn_device *dev = rq->dev;
	struct sn_span scoped = {0};
	struct sn_span msg;
	int rc;

	if (dev->sock < 0) {
		rq->tx_err = dev->sock == SN_DEVICE_UNPACED ? SN_ENOMEM : SN_EUNREACH;
		return;
	}
	rc = dev->version == SN_VERSION_3 ? sn_secure_build(s, rq, id, &msg, &scoped)
					  : sn_plain_build(s, rq, id, &msg);
	if (rc == SN_OK) {
		sn_io_tx_commit(s->w->io, (unsigned)dev->sock, &dev->addr, msg, id);
		sn_governor_sent(&s->w->governor, s->w->now);
		trace_sent(s, rq, msg, scoped,
			   rq->probes >> (rq->attempts - 1) & 1 ? "discovery" : note);
	} else if (rc != SN_EAGAIN) {
		rq->tx_err = (int16_t)rc;
	}
}

/* Sends the attempt that is counted already, and sets its deadline. */
static void send_attempt(struct sn_session *s, struct sn_request *rq, const char *note)
{
	struct sn_worker *w = s->w;

	rq->resent_us[rq->attempts - 1] = (uint32_t)((w->now - rq->sent_at) / SN_NS_PER_US);
	rq->epoch = rq->dev->aimd.epoch;
	rq->excused = false;
	rq->delayed = false;
	if (rq->dev->pace) {
		sn_pacer_sent(s, rq->dev);
	}
	transmit(s, rq, note);
	sn_wheel_arm(&w->wheel, &rq->timer, rq->tx_err ? w->now : sn_adapt_deadline(s, rq));
}

static void attempt(struct sn_session *s, struct sn_request *rq)
{
	static const char *const notes[] = {"request", "retry 1", "retry 2", "retry 3",
					    "retry 4", "retry 5", "retry 6", "retry 7"};

	if (rq->attempts == 0) {
		rq->sent_at = s->w->now;
		rq->give_up_at = rq->sent_at + rq->timeout_ns * rq->attempts_max;
		count(s, SN_C_REQUESTS);
	} else {
		count(s, SN_C_RETRIES);
	}
	rq->attempts++;
	send_attempt(s, rq, notes[rq->attempts - 1]);
}

/*
 * The agent took the message for good, but not as it was: the attempt goes out once more, under an
 * id of its own, and no retransmission and none of the user's patience is used up.
 */
static void send_anew(struct sn_session *s, struct sn_request *rq)
{
	unsigned left = rq->attempts_max - rq->attempts + 1u;
	uint64_t give_up_at = s->w->now + rq->timeout_ns * left;

	rq->anew = false;
	rq->refusal = SN_OK;
	rq->give_up_at = give_up_at > rq->give_up_at ? give_up_at : rq->give_up_at;
	count(s, SN_C_RESYNCS);
	send_attempt(s, rq, "request, sealed anew");
}

/* It waits for a rate limit. */
static void delay(struct sn_session *s, struct sn_request *rq)
{
	if (!rq->delayed) {
		rq->delayed = true;
		count(s, SN_C_REQUESTS_DELAYED);
	}
}

/* Sends a request that has a slot once more. */
static void resend(struct sn_session *s, struct sn_request *rq)
{
	if (rq->anew) {
		send_anew(s, rq);
	} else {
		attempt(s, rq);
	}
}

/* The same, or has it wait for a rate limit. */
static void again(struct sn_session *s, struct sn_request *rq)
{
	if (rq->dev->pace && !sn_pacer_admits(s, rq->dev)) {
		sn_wheel_cancel(&s->w->wheel, &rq->timer);
		delay(s, rq);
		sn_pacer_hold(rq);
	} else {
		resend(s, rq);
	}
}

/* After a Report: under another id, so that nothing answers the one before any more. */
static void repeat(struct sn_session *s, struct sn_request *rq)
{
	int slot;

	sn_slots_put(&s->w->slots, rq->slot);
	slot = sn_slots_get(&s->w->slots, rq);
	assert(slot >= 0); /* one was put back just now */
	rq->slot = (uint32_t)slot;
	rq->anew = true;
	if (sn_list_empty(&rq->node)) {
		again(s, rq);
	} /* else it waits already, to be retransmitted */
}

/* The governor makes room not only by answers, but also as it gives them up. */
static void watch_room(struct sn_session *s)
{
	if (!sn_list_empty(&s->starved) && !sn_timer_armed(&s->room)) {
		sn_wheel_arm(&s->w->wheel, &s->room,
			     s->w->now + (UINT64_C(1) << SN_GOVERNOR_AGE_SHIFT));
	}
}

/* Takes a slot and sends, or waits for a slot. */
static void launch(struct sn_session *s, struct sn_request *rq)
{
	int slot = sn_worker_has_room(s->w) ? sn_slots_get(&s->w->slots, rq) : SN_EFULL;

	if (slot < 0) {
		rq->state = SN_REQUEST_STARVED;
		sn_list_push(&s->starved, &rq->node);
		watch_room(s);
		return;
	}
	rq->state = SN_REQUEST_SENT;
	rq->slot = (uint32_t)slot;
	attempt(s, rq);
}

/* With the window open, whoever is parked waits for the rate limit. */
static bool may_begin(struct sn_session *s, const struct sn_device *dev)
{
	return sn_list_empty(&dev->parked) && sn_pacer_admits(s, dev);
}

void sn_request_start(struct sn_session *s, struct sn_request *rq)
{
	assert(!sn_request_active(rq));
	assert(rq->attempts_max >= 1 && rq->attempts_max <= SN_REQUEST_ATTEMPTS_MAX);
	rq->session = s;
	rq->attempts = 0;
	rq->tx_err = SN_OK;
	rq->refusal = SN_OK;
	rq->reports = 0;
	rq->probes = 0;
	rq->cut_from = 0;
	rq->by_candidate = false;
	rq->discovered = false;
	rq->delayed = false;
	rq->anew = false;
	if (rq->dev->in_flight >= sn_device_window(rq->dev)) {
		rq->state = SN_REQUEST_PARKED;
		sn_list_push(&rq->dev->parked, &rq->node);
		return;
	}
	if (rq->dev->pace && !may_begin(s, rq->dev)) {
		delay(s, rq);
		rq->state = SN_REQUEST_PARKED;
		sn_list_push(&rq->dev->parked, &rq->node);
		return;
	}
	rq->dev->in_flight++;
	launch(s, rq);
}

static void serve_starved(struct sn_session *s)
{
	struct sn_list *n;

	while (sn_worker_has_room(s->w) && (n = sn_list_pop(&s->starved))) {
		struct sn_request *rq = sn_container_of(n, struct sn_request, node);

		if (rq->dev->pace && !sn_pacer_admits(s, rq->dev)) {
			delay(s, rq); /* others of the device or prefix were sent meanwhile */
			sn_pacer_hold(rq);
		} else {
			launch(s, rq);
		}
	}
}

static void on_room(struct sn_timer *timer, uint64_t now)
{
	struct sn_session *s = sn_container_of(timer, struct sn_session, room);

	(void)now;
	serve_starved(s);
	watch_room(s);
}

static void serve_parked(struct sn_session *s, struct sn_device *dev)
{
	while (dev->in_flight < sn_device_window(dev) && !sn_list_empty(&dev->parked)) {
		struct sn_request *rq = sn_container_of(dev->parked.next, struct sn_request, node);

		if (dev->pace && !sn_pacer_admits(s, dev)) {
			delay(s, rq);
			return;
		}
		sn_list_del(&rq->node);
		dev->in_flight++;
		launch(s, rq);
	}
}

/* Lets those go on who wait for the slot or the window that became free. */
static void serve_waiting(struct sn_session *s, struct sn_device *dev)
{
	serve_starved(s);
	serve_parked(s, dev);
}

void sn_requester_serve(struct sn_session *s, struct sn_device *dev)
{
	struct sn_request *rq;

	while ((rq = sn_pacer_next(s, dev))) {
		if (rq->state == SN_REQUEST_SENT) {
			resend(s, rq);
		} else {
			launch(s, rq);
		}
	}
	serve_parked(s, dev);
}

/* Takes the request out of whatever it is in. */
static void release(struct sn_session *s, struct sn_request *rq)
{
	sn_list_del(&rq->node);
	sn_wheel_cancel(&s->w->wheel, &rq->timer);
	if (rq->state == SN_REQUEST_SENT) {
		sn_slots_put(&s->w->slots, rq->slot);
	}
	if (rq->state != SN_REQUEST_PARKED) {
		rq->dev->in_flight--;
	}
	rq->state = SN_REQUEST_IDLE;
}

static void finish(struct sn_session *s, struct sn_request *rq, const struct sn_answer *answer)
{
	release(s, rq);
	serve_waiting(s, rq->dev);
	rq->done(rq, answer); /* may start, cancel or free anything, the device too */
}

void sn_request_cancel(struct sn_request *rq)
{
	if (sn_request_active(rq)) {
		release(rq->session, rq);
		serve_waiting(rq->session, rq->dev);
	}
}

/* Ends a request that got no PDU. */
static void fail(struct sn_session *s, struct sn_request *rq, int err)
{
	struct sn_answer answer = {.err = err};

	finish(s, rq, &answer);
}

/* Ends a request after a Report; memory may have been short for what it asked for. */
static void refuse(struct sn_session *s, struct sn_request *rq, int err)
{
	count(s, err == SN_ENOMEM ? SN_C_TIMEOUTS : SN_C_REFUSED);
	fail(s, rq, err);
}

/*
 * The engine is there, for it answered a discovery of this request, but to none of the sealed
 * attempts after it. Agents are silent like that about what they cannot decrypt to a PDU, unknown
 * contexts and views.
 */
static bool is_ignored(const struct sn_request *rq)
{
	return rq->discovered && !(rq->probes >> (rq->attempts - 1) & 1);
}

static void give_up(struct sn_session *s, struct sn_request *rq)
{
	bool ignored = is_ignored(rq);

	count(s, ignored ? SN_C_REFUSED : SN_C_TIMEOUTS);
	sn_adapt_silent(rq);
	sn_discovery_silent(s, rq);
	fail(s, rq, ignored ? SN_EIGNORED : SN_ETIMEDOUT);
}

static void on_deadline(struct sn_timer *timer, uint64_t now)
{
	struct sn_request *rq = sn_container_of(timer, struct sn_request, timer);
	struct sn_session *s = rq->session;

	if (sn_adapt_excuse(s, rq, now)) {
		return;
	}
	if (rq->refusal) {
		if (!sn_adapt_await_better(s, rq, now)) {
			refuse(s, rq, rq->refusal); /* nothing better came than the Report */
		}
	} else if (rq->tx_err) {
		count(s, SN_C_TIMEOUTS);
		fail(s, rq, rq->tx_err);
	} else if (rq->attempts < rq->attempts_max) {
		sn_adapt_lost(rq);
		again(s, rq);
	} else {
		give_up(s, rq);
	}
}

/* The kernel refused a datagram. Called inside a flush, so the request only learns of it at its
 * next deadline, now. */
static void on_tx_error(void *ctx, uint32_t id, int err)
{
	struct sn_session *s = ctx;
	unsigned number;
	struct sn_request *rq = sn_slots_find(&s->w->slots, id, &number);

	if (rq && number + 1u == rq->attempts) {
		rq->tx_err = (int16_t)err;
		sn_wheel_arm(&s->w->wheel, &rq->timer, s->w->now);
	}
}

bool sn_exchange_find(struct sn_session *s, struct sn_received *r, int32_t id, int32_t version)
{
	r->rq = id < 0 ? NULL : sn_slots_find(&s->w->slots, (uint32_t)id, &r->number);
	if (!r->rq || r->number >= r->rq->attempts) {
		r->why = SN_C_RX_UNMATCHED;
		r->note = "dropped: answers no outstanding request (late, duplicate or forged)";
		return false;
	}
	if (!r->rq->dev->any_source && !sn_addr_equal(r->pk->from, &r->rq->dev->addr)) {
		r->why = SN_C_RX_WRONG_SOURCE;
		r->note = "dropped: from another address than asked";
		return false;
	}
	if (version != r->rq->dev->version) {
		r->why = SN_C_RX_BAD_VERSION;
		r->note = "dropped: other version than asked";
		return false;
	}
	return true;
}

/* An attempt had an answer, a Report too: one less to wait for. */
static void note_answered(struct sn_session *s, const struct sn_received *r)
{
	uint64_t sent_at = r->rq->sent_at + r->rq->resent_us[r->number] * SN_NS_PER_US;

	sn_governor_answered(&s->w->governor, sent_at, r->pk->at);
}

static void on_answer(struct sn_session *s, struct sn_received *r)
{
	struct sn_request *rq = r->rq;
	struct sn_answer answer = {.err = SN_OK,
				   .pdu = &r->pdu,
				   .octets = r->pk->data.n,
				   .rtt_ns = r->pk->at - rq->sent_at -
					     rq->resent_us[r->number] * SN_NS_PER_US};

	sn_adapt_answered(s, rq, r->number, answer.rtt_ns);
	count(s, SN_C_RESPONSES);
	trace_received(s, r,
		       r->number + 1u == rq->attempts ? "answer" : "answer to an earlier attempt",
		       answer.rtt_ns);
	finish(s, rq, &answer);
}

static void on_rx(void *ctx, const struct sn_io_rx *pk)
{
	struct sn_session *s = ctx;
	struct sn_received r = {.pk = pk};
	enum sn_verdict verdict;

	s->w->now = pk->at;
	verdict = sn_plain_receive(s, &r);
	if (verdict != SN_VERDICT_DROP) {
		note_answered(s, &r);
	}
	if (verdict == SN_VERDICT_ANSWER) {
		on_answer(s, &r);
		return;
	}
	count(s, r.why);
	trace_received(s, &r, r.note, 0);
	if (verdict == SN_VERDICT_AGAIN) {
		repeat(s, r.rq);
	} else if (verdict == SN_VERDICT_REFUSED) {
		refuse(s, r.rq, r.err);
	}
}

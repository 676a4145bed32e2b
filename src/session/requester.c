/*
 * Requests, retransmission and the matching of answers, see requester.h. Called by collect on the
 * worker's thread; receives from io. RFC 3413 §3.1 and, for what v1/v2c can check, RFC 1157 §4.1,
 * RFC 1901.
 */
#include "session/requester.h"

#include "msg/community.h"

#include <assert.h>

/* Headers around a varbind list: message, version, community, PDU, three integers, list. */
enum { HEADERS_MAX = 64 };

static void on_rx(void *ctx, const struct sn_io_rx *pk);
static void on_tx_error(void *ctx, uint32_t id, int err);
static void on_deadline(struct sn_timer *timer, uint64_t now);

void sn_session_init(struct sn_session *s, struct sn_worker *w)
{
	struct sn_io_handler handler = {.ctx = s, .rx = on_rx, .tx_error = on_tx_error};

	memset(s, 0, sizeof(*s));
	s->w = w;
	sn_list_init(&s->starved);
	sn_io_set_handler(w->io, &handler);
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

static void trace(struct sn_session *s, const struct sn_addr *peer, struct sn_span data, bool sent,
		  const char *note, uint64_t rtt)
{
	struct sn_trace_event ev = {.mono = s->w->now,
				    .wall = sn_worker_wall(s->w),
				    .peer = peer,
				    .data = data,
				    .note = note,
				    .rtt_ns = rtt,
				    .sent = sent};

	if (s->tracer.event && sn_addr_equal(peer, &s->tracer.addr)) {
		s->tracer.event(s->tracer.ctx, &ev);
	}
}

/* Builds this attempt's message and queues it. A full send queue or a refusal counts as a lost
 * attempt. */
static void transmit(struct sn_session *s, struct sn_request *rq, uint32_t id)
{
	static const char *const notes[] = {"request", "retry 1", "retry 2", "retry 3",
					    "retry 4", "retry 5", "retry 6", "retry 7"};
	struct sn_device *dev = rq->dev;
	struct sn_message m = {.version = dev->version,
			       .community = dev->community,
			       .pdu = {.type = rq->type,
				       .request_id = (int32_t)id,
				       .status = rq->status,
				       .index = rq->index,
				       .vbs = rq->vbs}};
	size_t cap = rq->vbs.n + dev->community.n + HEADERS_MAX;
	struct sn_writer wr;
	uint8_t *buf;

	if (cap > SN_IO_DATAGRAM_MAX) {
		rq->tx_err = SN_EMSGSIZE;
		return;
	}
	buf = sn_io_tx_reserve(s->w->io, cap);
	if (!buf) {
		return;
	}
	wr = sn_writer_make(buf, cap);
	sn_community_write(&wr, &m);
	sn_io_tx_commit(s->w->io, (unsigned)dev->sock, &dev->addr, sn_writer_span(&wr), id);
	trace(s, &dev->addr, sn_writer_span(&wr), true, notes[rq->attempts - 1], 0);
}

static void attempt(struct sn_session *s, struct sn_request *rq)
{
	struct sn_worker *w = s->w;

	if (rq->attempts == 0) {
		rq->sent_at = w->now;
		count(s, SN_C_REQUESTS);
	} else {
		count(s, SN_C_RETRIES);
	}
	rq->resent_us[rq->attempts] = (uint32_t)((w->now - rq->sent_at) / SN_NS_PER_US);
	rq->attempts++;
	if (rq->dev->sock < 0) {
		rq->tx_err = SN_EUNREACH;
	} else {
		transmit(s, rq, sn_slots_id(&w->slots, rq->slot, rq->attempts - 1u));
	}
	sn_wheel_arm(&w->wheel, &rq->timer, rq->tx_err ? w->now : w->now + rq->timeout_ns);
}

/* Takes a slot and sends, or waits for a slot. */
static void launch(struct sn_session *s, struct sn_request *rq)
{
	int slot = sn_slots_get(&s->w->slots, rq);

	if (slot < 0) {
		rq->state = SN_REQUEST_STARVED;
		sn_list_push(&s->starved, &rq->node);
		return;
	}
	rq->state = SN_REQUEST_SENT;
	rq->slot = (uint32_t)slot;
	attempt(s, rq);
}

void sn_request_start(struct sn_session *s, struct sn_request *rq)
{
	assert(!sn_request_active(rq));
	assert(rq->attempts_max >= 1 && rq->attempts_max <= SN_REQUEST_ATTEMPTS_MAX);
	rq->session = s;
	rq->attempts = 0;
	rq->tx_err = SN_OK;
	if (rq->dev->in_flight >= rq->dev->window) {
		rq->state = SN_REQUEST_PARKED;
		sn_list_push(&rq->dev->parked, &rq->node);
		return;
	}
	rq->dev->in_flight++;
	launch(s, rq);
}

/* Lets those go on who wait for the slot or the window that became free. */
static void serve_waiting(struct sn_session *s, struct sn_device *dev)
{
	struct sn_list *n;

	while (s->w->slots.used < s->w->slots.n && (n = sn_list_pop(&s->starved))) {
		launch(s, sn_container_of(n, struct sn_request, node));
	}
	while (dev->in_flight < dev->window && (n = sn_list_pop(&dev->parked))) {
		dev->in_flight++;
		launch(s, sn_container_of(n, struct sn_request, node));
	}
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

static void on_deadline(struct sn_timer *timer, uint64_t now)
{
	struct sn_request *rq = sn_container_of(timer, struct sn_request, timer);
	struct sn_session *s = rq->session;
	struct sn_answer answer = {.err = rq->tx_err ? rq->tx_err : SN_ETIMEDOUT};

	(void)now;
	if (!rq->tx_err && rq->attempts < rq->attempts_max) {
		attempt(s, rq);
		return;
	}
	count(s, SN_C_TIMEOUTS);
	finish(s, rq, &answer);
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

/*
 * Decides whether a message answers one of our requests. The request, or NULL with the counter and
 * the words for the tracer that say why not.
 */
static struct sn_request *match(struct sn_session *s, const struct sn_io_rx *pk,
				struct sn_message *m, unsigned *number, enum sn_counter *why,
				const char **note)
{
	int rc = sn_community_read(pk->data, m);
	struct sn_request *rq;

	if (rc) {
		*why = rc == SN_EVERSION
			       ? SN_C_RX_BAD_VERSION
			       : (pk->truncated ? SN_C_RX_TRUNCATED : SN_C_RX_PARSE_ERRORS);
		*note = rc == SN_EVERSION ? "dropped: other version" : "dropped: malformed";
		return NULL;
	}
	if (m->pdu.type != SN_PDU_RESPONSE) {
		*why = SN_C_RX_NOT_RESPONSE;
		*note = "dropped: not a response";
		return NULL;
	}
	rq = m->pdu.request_id < 0
		     ? NULL
		     : sn_slots_find(&s->w->slots, (uint32_t)m->pdu.request_id, number);
	*why = SN_C_RX_UNMATCHED;
	*note = "dropped: answers no outstanding request (late, duplicate or forged)";
	if (!rq || *number >= rq->attempts) {
		return NULL;
	}
	if (!rq->dev->any_source && !sn_addr_equal(pk->from, &rq->dev->addr)) {
		*why = SN_C_RX_WRONG_SOURCE;
		*note = "dropped: from another address than asked";
		return NULL;
	}
	if (m->version != rq->dev->version) {
		*why = SN_C_RX_BAD_VERSION;
		*note = "dropped: other version than asked";
		return NULL;
	}
	if (!sn_span_eq(m->community, rq->dev->community)) {
		*why = SN_C_RX_WRONG_COMMUNITY;
		*note = "dropped: another community";
		return NULL;
	}
	return rq;
}

static void on_rx(void *ctx, const struct sn_io_rx *pk)
{
	struct sn_session *s = ctx;
	struct sn_message m;
	struct sn_answer answer = {.err = SN_OK, .pdu = &m.pdu, .octets = pk->data.n};
	enum sn_counter why;
	const char *note;
	unsigned number;
	struct sn_request *rq;

	s->w->now = pk->at;
	rq = match(s, pk, &m, &number, &why, &note);
	if (!rq) {
		count(s, why);
		trace(s, pk->from, pk->data, false, note, 0);
		return;
	}
	answer.rtt_ns = pk->at - rq->sent_at - rq->resent_us[number] * SN_NS_PER_US;
	sn_device_sample(rq->dev, answer.rtt_ns);
	count(s, SN_C_RESPONSES);
	trace(s, pk->from, pk->data, false,
	      number + 1u == rq->attempts ? "answer" : "answer to an earlier attempt",
	      answer.rtt_ns);
	finish(s, rq, &answer);
}

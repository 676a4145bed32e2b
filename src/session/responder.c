/*
 * Requests answered, see responder.h. Called by io and the timing wheel, on the worker's thread.
 */
#include "session/responder.h"

#include "msg/community.h"

#include <stdlib.h>

enum {
	FRAME = 1536,				 /* octets of most waiting answers */
	COMMUNITY_ROOM = 64,			 /* around community and varbinds */
	SCRATCH = 2 * (SN_IO_DATAGRAM_MAX + 64), /* request in clear, then the answer */
	OTHER_ID = 0x5a5a5a			 /* what a wrong id differs by */
};

/* An answer whose time has not come. */
struct pending {
	struct sn_timer timer;	/* when it leaves */
	struct sn_list node;	/* in waiting */
	struct sn_responder *r; /* whose */
	struct sn_addr to;	/* the asker */
	struct sn_addr from;	/* the address asked */
	unsigned sock;		/* it came by */
	size_t n;		/* octets */
	uint8_t data[];		/* the message */
};

static void count(struct sn_responder *r, enum sn_counter id)
{
	sn_counter_add(&r->w->counters, id, 1);
}

static void put_pending(struct pending *p)
{
	struct sn_responder *r = p->r;

	sn_wheel_cancel(&r->w->wheel, &p->timer);
	sn_list_del(&p->node);
	r->npending--;
	sn_slab_put(p->n > FRAME ? &r->large : &r->pending, p);
}

static void send_now(struct sn_responder *r, unsigned sock, const struct sn_addr *to,
		     const struct sn_addr *from, struct sn_span msg)
{
	uint8_t *buf = sn_io_tx_reserve(r->w->io, msg.n);

	if (!buf) {
		count(r, SN_C_TX_BUSY);
		return;
	}
	memcpy(buf, msg.p, msg.n);
	sn_io_tx_commit_from(r->w->io, sock, to, from, sn_span_make(buf, msg.n), 0);
}

static void on_departure(struct sn_timer *timer, uint64_t now)
{
	struct pending *p = sn_container_of(timer, struct pending, timer);

	(void)now;
	send_now(p->r, p->sock, &p->to, &p->from, sn_span_make(p->data, p->n));
	put_pending(p);
}

/* Keeps a copy of an answer until its time. */
static void hold(struct sn_responder *r, const struct sn_io_rx *pk, struct sn_span msg,
		 uint64_t delay)
{
	struct pending *p = NULL;

	if (r->npending < r->cfg.max_pending) {
		p = sn_slab_get(msg.n > FRAME ? &r->large : &r->pending);
	}
	if (!p) {
		count(r, SN_C_AGENT_OVERLOAD);
		return;
	}
	sn_timer_init(&p->timer, on_departure);
	sn_list_init(&p->node);
	p->r = r;
	p->to = *pk->from;
	p->from = *pk->to;
	p->sock = pk->sock;
	p->n = msg.n;
	memcpy(p->data, msg.p, msg.n);
	sn_list_push(&r->waiting, &p->node);
	r->npending++;
	sn_wheel_arm(&r->w->wheel, &p->timer, r->w->now + delay);
}

/* A message and its copies leave, or wait for that. It lies in scratch. */
static void depart(struct sn_responder *r, const struct sn_io_rx *pk, uint8_t *msg, size_t n,
		   const struct sn_response *out)
{
	if (out->spoil) {
		n = r->cfg.ops.spoil(r->cfg.ops.ctx, msg, n);
	}
	for (unsigned i = 0; i <= out->copies; i++) {
		if (out->delay_ns) {
			hold(r, pk, sn_span_make(msg, n), out->delay_ns);
		} else {
			send_now(r, pk->sock, pk->from, pk->to, sn_span_make(msg, n));
		}
	}
}

/* True: nothing happens to the answer, so it is built where it is sent from. */
static bool leaves_at_once(const struct sn_response *out)
{
	return !out->delay_ns && !out->copies && !out->spoil;
}

/* A message that was built in buf leaves: from there, or as its copies in time do. */
static void leave(struct sn_responder *r, const struct sn_io_rx *pk, uint8_t *buf,
		  struct sn_span msg, bool direct, const struct sn_response *out)
{
	if (direct) {
		sn_io_tx_commit_from(r->w->io, pk->sock, pk->from, pk->to, msg, 0);
	} else {
		depart(r, pk, buf + (msg.p - buf), msg.n, out);
	}
}

/* A request that is answered, in the form of its version. */
struct exchange {
	struct sn_incoming in;
	struct sn_response out;
	struct sn_message plain;	/* version 1 and 2c, as received */
	struct sn_authority *authority; /* version 3 */
	struct sn_authority_request secure;
};

/* Writes the answer below the end of buf. SN_OK; SN_EMSGSIZE, SN_ESPACE: it is too big. */
static int write_answer(struct exchange *x, uint64_t now, uint8_t *buf, size_t cap,
			struct sn_span *msg)
{
	struct sn_writer wr = sn_writer_make(buf, cap);

	if (x->in.version == SN_VERSION_3) {
		return sn_authority_respond(x->authority, &x->secure, &x->out.pdu, now, buf, cap,
					    msg);
	}
	x->plain.pdu = x->out.pdu;
	sn_community_write(&wr, &x->plain);
	*msg = sn_writer_span(&wr);
	return wr.err;
}

/* RFC 3416 §4.2.1: an answer that does not fit becomes an error, in v1 with the request's names. */
static void make_too_big(struct exchange *x)
{
	x->out.pdu = (struct sn_pdu){.type = SN_PDU_RESPONSE,
				     .request_id = x->out.pdu.request_id,
				     .status = SN_STATUS_TOO_BIG};
	if (x->in.version == SN_VERSION_1) {
		x->out.pdu.vbs = x->in.pdu.vbs;
	}
}

/* Octets that an answer may have. */
static size_t limit_of(const struct sn_responder *r, const struct exchange *x)
{
	size_t limit = r->cfg.max_message;

	if (x->in.version == SN_VERSION_3 && (size_t)x->secure.m.max_size < limit) {
		limit = (size_t)x->secure.m.max_size;
	}
	return limit;
}

static void send_answer(struct sn_responder *r, struct exchange *x)
{
	const struct sn_io_rx *pk = x->in.pk;
	bool direct = leaves_at_once(&x->out);
	size_t limit = limit_of(r, x);
	uint8_t *buf = direct ? sn_io_tx_reserve(r->w->io, limit) : r->scratch + SCRATCH / 2;
	struct sn_span msg;

	if (!buf) {
		count(r, SN_C_TX_BUSY);
		return;
	}
	if (x->out.wrong_id) {
		x->out.pdu.request_id ^= OTHER_ID;
		x->secure.m.msg_id ^= OTHER_ID;
	}
	if (write_answer(x, r->w->now, buf, limit, &msg)) {
		make_too_big(x);
		if (write_answer(x, r->w->now, buf, limit, &msg)) {
			count(r, SN_C_AGENT_SILENT_DROPS); /* snmpSilentDrops */
			return;
		}
	}
	count(r, SN_C_AGENT_RESPONSES);
	leave(r, pk, buf, msg, direct, &x->out);
}

static void count_request(struct sn_responder *r, uint8_t type)
{
	switch (type) {
	case SN_PDU_GET:
		count(r, SN_C_AGENT_GETS);
		break;
	case SN_PDU_GETNEXT:
		count(r, SN_C_AGENT_GETNEXTS);
		break;
	case SN_PDU_GETBULK:
		count(r, SN_C_AGENT_GETBULKS);
		break;
	case SN_PDU_SET:
		count(r, SN_C_AGENT_SETS);
		break;
	default:
		count(r, SN_C_AGENT_OTHERS);
		break;
	}
}

/* Has the owner serve it. overhead: octets of the answer that are no varbinds, at most. */
static enum sn_serve serve(struct sn_responder *r, struct exchange *x, size_t overhead)
{
	size_t limit = limit_of(r, x);

	x->in.overhead = overhead;
	x->in.room = limit > overhead ? limit - overhead : 0;
	memset(&x->out, 0, sizeof(x->out));
	count_request(r, x->in.pdu.type);
	return r->cfg.ops.serve(r->cfg.ops.ctx, &x->in, &x->out);
}

static void on_plain(struct sn_responder *r, struct exchange *x)
{
	if (sn_community_read(x->in.pk->data, &x->plain)) {
		count(r, SN_C_RX_PARSE_ERRORS);
		return;
	}
	x->in.version = x->plain.version;
	x->in.community = x->plain.community;
	x->in.pdu = x->plain.pdu;
	if (serve(r, x, COMMUNITY_ROOM + x->in.community.n) == SN_SERVE_ANSWER) {
		send_answer(r, x);
	}
}

static void send_report(struct sn_responder *r, struct exchange *x)
{
	const struct sn_io_rx *pk = x->in.pk;
	size_t cap = r->cfg.max_message;
	struct sn_span msg;
	uint8_t *buf;
	bool direct;

	memset(&x->out, 0, sizeof(x->out));
	if (r->cfg.ops.report(r->cfg.ops.ctx, pk, &x->out) != SN_SERVE_ANSWER) {
		return;
	}
	direct = leaves_at_once(&x->out);
	buf = direct ? sn_io_tx_reserve(r->w->io, cap) : r->scratch + SCRATCH / 2;
	if (!buf) {
		count(r, SN_C_TX_BUSY);
		return;
	}
	if (x->out.wrong_id) {
		x->secure.m.msg_id ^= OTHER_ID;
	}
	if (sn_authority_report(x->authority, &x->secure, r->w->now, buf, cap, &msg)) {
		count(r, SN_C_AGENT_SILENT_DROPS);
		return;
	}
	count(r, SN_C_AGENT_REPORTS);
	leave(r, pk, buf, msg, direct, &x->out);
}

/* What a sealed answer has besides its varbinds. */
static size_t secure_overhead(const struct exchange *x)
{
	struct sn_usm_outgoing out = {
		.engine_id = sn_span_make(x->authority->id, x->authority->id_n),
		.user = x->in.user,
		.scoped = {.engine_id = x->secure.scoped.engine_id, .context = x->in.context}};

	return sn_usm_seal_room(&out);
}

static void on_secure(struct sn_responder *r, struct exchange *x)
{
	struct sn_authority_request *rq = &x->secure;

	x->authority = r->cfg.ops.authority(r->cfg.ops.ctx, x->in.pk);
	if (!x->authority) {
		count(r, SN_C_AGENT_NOBODY);
		return;
	}
	switch (sn_authority_open(x->authority, x->in.pk->data, r->w->now, r->scratch, rq)) {
	case SN_AUTHORITY_SERVE:
		break;
	case SN_AUTHORITY_REPORT:
		send_report(r, x);
		return;
	case SN_AUTHORITY_DROP:
		count(r, SN_C_AGENT_SILENT_DROPS);
		return;
	}
	x->in.version = SN_VERSION_3;
	x->in.user = rq->params.user;
	x->in.context = rq->scoped.context;
	x->in.level = rq->level;
	x->in.pdu = rq->scoped.pdu;
	switch (serve(r, x, secure_overhead(x))) {
	case SN_SERVE_ANSWER:
		send_answer(r, x);
		break;
	case SN_SERVE_UNKNOWN_CONTEXT:
		sn_authority_refuse(x->authority, rq, SN_REPORT_UNKNOWN_CONTEXTS);
		send_report(r, x);
		break;
	case SN_SERVE_DROP:
		break;
	}
}

static void on_rx(void *ctx, const struct sn_io_rx *pk)
{
	struct sn_responder *r = ctx;
	struct exchange x;
	int32_t version;

	r->w->now = pk->at;
	x.in.pk = pk;
	if (pk->truncated || sn_peek_version(pk->data, &version)) {
		count(r, pk->truncated ? SN_C_RX_TRUNCATED : SN_C_RX_PARSE_ERRORS);
	} else if (version == SN_VERSION_3) {
		on_secure(r, &x);
	} else if (version == SN_VERSION_1 || version == SN_VERSION_2C) {
		on_plain(r, &x);
	} else {
		count(r, SN_C_RX_BAD_VERSION);
	}
}

static void on_tx_error(void *ctx, uint32_t id, int err)
{
	(void)ctx; /* the io counts it; whoever asked will ask again */
	(void)id;
	(void)err;
}

int sn_responder_init(struct sn_responder *r, struct sn_worker *w,
		      const struct sn_responder_config *cfg)
{
	struct sn_io_handler handler = {.ctx = r, .rx = on_rx, .tx_error = on_tx_error};

	memset(r, 0, sizeof(*r));
	r->w = w;
	r->cfg = *cfg;
	sn_list_init(&r->waiting);
	sn_slab_init(&r->pending, sizeof(struct pending) + FRAME, 64);
	sn_slab_init(&r->large, sizeof(struct pending) + SN_IO_DATAGRAM_MAX, 4);
	r->scratch = malloc(SCRATCH);
	if (!r->scratch) {
		return SN_ENOMEM;
	}
	sn_io_set_handler(w->io, &handler);
	return SN_OK;
}

void sn_responder_fini(struct sn_responder *r)
{
	struct sn_list *n;

	while ((n = sn_list_pop(&r->waiting))) {
		put_pending(sn_container_of(n, struct pending, node));
	}
	sn_slab_fini(&r->pending);
	sn_slab_fini(&r->large);
	free(r->scratch);
	r->scratch = NULL;
}

/*
 * Requests in, answers out: the protocol side of the scripted agents, see agent.h. RFC 1157 §4.1,
 * RFC 3416 §4.2, and every deviation that a test asked for.
 */
#include "support/agent.h"

#include "base/clock.h"
#include "codec/oid.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum {
	MESSAGE_MAX = 1472, /* of a GETBULK answer: what fits an Ethernet frame */
	HEADERS = 30,	    /* of an answer around community and varbinds, at most */
	NAMES = 512,	    /* in one request */
	ANSWER = 65000
};

/* One request on its way to an answer. */
struct exchange {
	const struct agents *as;    /* all */
	struct agent *a;	    /* whose */
	struct sn_fake *net;	    /* where */
	const struct sn_addr *to;   /* the collector */
	uint64_t now;		    /* mono ns */
	struct sn_message rq;	    /* the request */
	struct sn_span name[NAMES]; /* its names */
	uint32_t n;		    /* of them */
	int32_t status;		    /* of the answer */
	int32_t index;		    /* of the answer */
	size_t octets;		    /* in vbs */
	uint32_t varbinds;	    /* in vbs */
	uint8_t vbs[ANSWER];	    /* varbinds of the answer, in order */
};

struct sn_addr agent_addr(uint32_t id)
{
	struct sn_addr addr;

	memset(&addr, 0, sizeof(addr));
	addr.in.sin_family = AF_INET;
	addr.in.sin_port = htons(161);
	addr.in.sin_addr.s_addr = htonl(0x0a000000 + id);
	return addr;
}

static void write_fault(struct sn_writer *w, struct sn_span name, enum agent_fault fault,
			uint8_t tag)
{
	static const uint8_t nine[] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
	const uint8_t *mark = w->p;

	switch (fault) {
	case AGENT_NO_SUCH_INSTANCE:
		sn_ber_write_header(w, SN_TAG_NO_SUCH_INSTANCE, 0);
		break;
	case AGENT_WRONG_TYPE:
		sn_ber_write_tlv(w, SN_TAG_OCTETS, sn_span_str("wrong"));
		break;
	case AGENT_UNDECODABLE:
		sn_ber_write_tlv(w, tag == SN_TAG_OCTETS ? SN_TAG_IPADDRESS : tag,
				 sn_span_make(nine, sizeof(nine)));
		break;
	default:
		sn_ber_write_header(w, SN_TAG_NULL, 0);
		break;
	}
	sn_ber_write_tlv(w, SN_TAG_OID, name);
	sn_ber_write_wrap(w, fault == AGENT_BROKEN ? 0x31 : SN_TAG_SEQUENCE, mark);
}

static void append(struct exchange *x, const struct sn_writer *w)
{
	struct sn_span s = sn_writer_span(w);

	if (w->err || s.n > sizeof(x->vbs) - x->octets) {
		abort();
	}
	memcpy(x->vbs + x->octets, s.p, s.n);
	x->octets += s.n;
	x->varbinds++;
}

/* Octets a varbind for this instance takes; writes it to w. */
static void write_instance(const struct exchange *x, struct sn_writer *w, enum agent_object object,
			   uint32_t index)
{
	struct sn_span oid = agent_oid(object);
	enum agent_fault fault = agent_fault_of(x->a, object, index);
	uint8_t name[64];
	uint8_t buf[64];
	struct sn_span full;
	struct sn_value v;

	memcpy(name, oid.p, oid.n);
	full = sn_span_make(name, oid.n + sn_oid_write_arc(name + oid.n, index));
	if (fault != AGENT_SOUND) {
		write_fault(w, full, fault, agent_tag(object));
		return;
	}
	agent_value(x->as, x->a, object, index, x->now, &v, buf);
	sn_varbind_write(w, full, &v);
}

static void append_exception(struct exchange *x, struct sn_span name, uint8_t tag)
{
	uint8_t buf[1024];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	struct sn_value v = {.tag = tag};

	sn_varbind_write(&w, name, &v);
	append(x, &w);
}

static void fail(struct exchange *x, int32_t status, int32_t index)
{
	if (x->status == SN_STATUS_NO_ERROR) {
		x->status = status;
		x->index = x->a->error_no_index ? 0 : index;
	}
}

/* True when the agent cannot with this instance, asked for by name number `position`. */
static bool stumbles(struct exchange *x, enum agent_object object, uint32_t index,
		     uint32_t position)
{
	if (!(x->a->error_objects & AGENT_BIT(object)) || index < x->a->error_first) {
		return false;
	}
	fail(x, x->a->error_status, (int32_t)position + 1);
	return true;
}

static void answer_get(struct exchange *x)
{
	for (uint32_t k = 0; k < x->n; k++) {
		uint32_t i = x->a->reversed ? x->n - 1 - k : k;
		uint8_t buf[256];
		struct sn_writer w = sn_writer_make(buf, sizeof(buf));
		enum agent_object object;
		uint32_t index;

		if (x->a->nameless) {
			append_exception(x, agent_oid(AGENT_SYS_DESCR), SN_TAG_NO_SUCH_OBJECT);
		} else if (agent_get(x->as, x->a, x->name[i], x->rq.version, x->now, &object,
				     &index)) {
			if (stumbles(x, object, index, i)) {
				return;
			}
			write_instance(x, &w, object, index);
			append(x, &w);
		} else if (x->rq.version == SN_VERSION_1) {
			fail(x, SN_STATUS_NO_SUCH_NAME, (int32_t)i + 1);
		} else {
			bool known =
				object != AGENT_OBJECTS && !(x->a->missing & AGENT_BIT(object));

			append_exception(x, x->name[i],
					 known ? SN_TAG_NO_SUCH_INSTANCE : SN_TAG_NO_SUCH_OBJECT);
		}
	}
}

/*
 * The varbind that follows name number i, which becomes its name, in buf. False: the end of the
 * MIB, an error, or it does not fit below `most` octets of varbinds.
 */
static bool append_next(struct exchange *x, uint32_t i, uint8_t *buf, size_t most, bool *end)
{
	uint8_t vb[256];
	struct sn_writer w = sn_writer_make(vb, sizeof(vb));
	enum agent_object object;
	uint32_t index;
	struct sn_span oid;

	*end = !agent_next(x->as, x->a, x->name[i], x->rq.version, x->now, &object, &index);
	if (*end || stumbles(x, object, index, i)) {
		return false;
	}
	write_instance(x, &w, object, index);
	if (x->octets + sn_writer_len(&w) > most) {
		return false;
	}
	append(x, &w);
	oid = agent_oid(object);
	memcpy(buf, oid.p, oid.n);
	x->name[i] = sn_span_make(buf, oid.n + sn_oid_write_arc(buf + oid.n, index));
	return true;
}

static void answer_getnext(struct exchange *x)
{
	for (uint32_t i = 0; i < x->n; i++) {
		uint8_t buf[64];
		bool end;

		if (append_next(x, i, buf, sizeof(x->vbs), &end)) {
			continue;
		}
		if (!end) {
			return;
		}
		if (x->rq.version == SN_VERSION_1) {
			fail(x, SN_STATUS_NO_SUCH_NAME, (int32_t)i + 1);
		} else {
			append_exception(x, x->name[i], SN_TAG_END_OF_MIB_VIEW);
		}
	}
}

static void answer_getbulk(struct exchange *x)
{
	static uint8_t buf[NAMES][64];
	const struct agent *a = x->a;
	uint32_t limit = a->bulk_varbinds ? a->bulk_varbinds : UINT32_MAX;
	size_t most = (a->max_message ? a->max_message : MESSAGE_MAX) - HEADERS - x->rq.community.n;

	if (a->empty_bulk) {
		return;
	}
	if (a->too_big_above) {
		most = sizeof(x->vbs) / 2;
	}
	for (int32_t rep = 0; rep < x->rq.pdu.index; rep++) {
		bool all_ended = true;

		for (uint32_t i = 0; i < x->n; i++) {
			bool end;

			if (x->varbinds == limit) {
				return;
			}
			if (append_next(x, i, buf[i], most, &end)) {
				all_ended = false;
			} else if (!end) {
				return;
			} else {
				append_exception(x, x->name[i], SN_TAG_END_OF_MIB_VIEW);
			}
		}
		if (all_ended) {
			return;
		}
	}
}

/* The answer's datagram, at the end of out. */
static struct sn_span build(struct exchange *x, unsigned mischief, uint8_t *out, size_t size)
{
	struct sn_writer w = sn_writer_make(out, size);
	struct sn_message m = x->rq;

	m.pdu.type = mischief & AGENT_REQUEST ? SN_PDU_GET : SN_PDU_RESPONSE;
	m.pdu.status = x->status;
	m.pdu.index = x->index;
	if (x->status == SN_STATUS_NO_ERROR) {
		m.pdu.vbs = sn_span_make(x->vbs, x->octets);
	} else if (x->status == SN_STATUS_TOO_BIG && m.version != SN_VERSION_1) {
		m.pdu.vbs = sn_span_make(NULL, 0); /* RFC 3416 §4.2.1; v1 repeats the request's */
	}
	if (mischief & AGENT_WRONG_ID) {
		m.pdu.request_id ^= 0x00555500;
	}
	if (mischief & AGENT_OTHER_GENERATION) {
		m.pdu.request_id ^= 1 << 19;
	}
	if (mischief & AGENT_FUTURE_ATTEMPT) {
		m.pdu.request_id |= 7;
	}
	if (mischief & AGENT_WRONG_COMMUNITY) {
		m.community = sn_span_str("privat");
	}
	if (mischief & AGENT_WRONG_VERSION) {
		m.version = m.version == SN_VERSION_1 ? SN_VERSION_2C : SN_VERSION_1;
	}
	if (mischief & AGENT_V3) {
		m.version = SN_VERSION_3;
	}
	sn_community_write(&w, &m);
	if (w.err) {
		abort();
	}
	return sn_writer_span(&w);
}

static void send_answer(struct exchange *x, unsigned mischief, uint64_t delay)
{
	static uint8_t out[ANSWER + 500];
	struct sn_span s = build(x, mischief, out, sizeof(out));
	struct sn_addr from = agent_addr(x->a->id);

	if (mischief & AGENT_WRONG_ADDRESS) {
		from = agent_addr(x->a->id + 1000000);
	}
	if (mischief & AGENT_WRONG_PORT) {
		from.in.sin_port = htons(162);
	}
	if (mischief & AGENT_GARBAGE) {
		s = sn_span_str("this is no SNMP");
	}
	if (mischief & AGENT_CUT) {
		s.n /= 2;
	}
	x->a->largest = s.n > x->a->largest ? (uint32_t)s.n : x->a->largest;
	sn_fake_reply(x->net, &from, x->to, s, delay);
	if (mischief & AGENT_DUPLICATE) {
		sn_fake_reply(x->net, &from, x->to, s, delay);
	}
}

static void answer(struct exchange *x)
{
	struct agent *a = x->a;
	unsigned attempt = (unsigned)x->rq.pdu.request_id & 7;
	uint64_t delay = attempt == 0 && a->first_delay_ns ? a->first_delay_ns : a->delay_ns;

	switch (x->rq.pdu.type) {
	case SN_PDU_GET:
		answer_get(x);
		break;
	case SN_PDU_GETNEXT:
		answer_getnext(x);
		break;
	case SN_PDU_GETBULK:
		answer_getbulk(x);
		break;
	default:
		abort();
	}
	if (x->status != SN_STATUS_NO_ERROR && a->silent_error) {
		return;
	}
	if (x->status == SN_STATUS_NO_ERROR && a->too_big_above &&
	    x->octets + HEADERS + x->rq.community.n > a->too_big_above) {
		x->status = SN_STATUS_TOO_BIG;
		x->index = 0;
	}
	send_answer(x, a->mischief, delay);
	if (a->and_right) {
		send_answer(x, 0, delay + SN_NS_PER_MS);
	}
	if (a->npending < AGENT_PENDING) {
		a->pending[a->npending++] = x->now + delay;
	}
	a->most_pending = a->npending > a->most_pending ? a->npending : a->most_pending;
}

static bool hears(struct agent *a, const struct sn_message *m, uint64_t now)
{
	bool asleep =
		a->dead_from && now >= a->dead_from && (a->dead_until == 0 || now < a->dead_until);

	if (a->dead || asleep || (a->dies_after && a->heard >= a->dies_after)) {
		return false;
	}
	if (!sn_span_eq(m->community, sn_span_str(a->community ? a->community : "public")) ||
	    (a->only_v1 && m->version != SN_VERSION_1)) {
		a->strangers++;
		return false;
	}
	a->heard++;
	a->by_type[m->pdu.type & 15]++;
	return ((unsigned)m->pdu.request_id & 7) >= a->deaf_attempts;
}

static void forget_pending(struct agent *a, uint64_t now)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < a->npending; i++) {
		if (a->pending[i] > now) {
			a->pending[left++] = a->pending[i];
		}
	}
	a->npending = left;
}

static void note_request(const struct exchange *x, size_t octets)
{
	struct agent *a = x->a;

	a->most_names = x->n > a->most_names ? x->n : a->most_names;
	a->largest_asked = octets > a->largest_asked ? (uint32_t)octets : a->largest_asked;
	if (x->rq.pdu.type == SN_PDU_GETBULK) {
		uint32_t repetitions = (uint32_t)x->rq.pdu.index;

		if (x->rq.pdu.status != 0 || repetitions == 0) {
			abort(); /* non-repeaters are of no use to it */
		}
		a->most_repetitions =
			repetitions > a->most_repetitions ? repetitions : a->most_repetitions;
	}
}

void agents_peer(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		 const struct sn_addr *from, struct sn_span data, uint64_t now)
{
	static struct exchange x;
	const struct agents *as = ctx;
	uint32_t id = ntohl(to->in.sin_addr.s_addr) - 0x0a000000;
	struct sn_cursor cur;
	struct sn_varbind vb;

	if (id >= as->n) {
		return;
	}
	x.a = &as->agent[id];
	if (sn_community_read(data, &x.rq)) {
		abort(); /* the collector wrote no SNMP */
	}
	forget_pending(x.a, now);
	if (!hears(x.a, &x.rq, now)) {
		return;
	}
	x.as = as;
	x.net = net;
	x.to = from;
	x.now = now;
	x.status = SN_STATUS_NO_ERROR;
	x.index = 0;
	x.octets = 0;
	x.varbinds = 0;
	x.n = 0;
	cur = sn_cursor_make(x.rq.pdu.vbs);
	while (x.n < NAMES && sn_varbind_next(&cur, &vb)) {
		if (!sn_oid_valid(vb.name) || vb.tag != SN_TAG_NULL) {
			abort();
		}
		x.name[x.n++] = vb.name;
	}
	if (cur.err) {
		abort();
	}
	note_request(&x, data.n);
	answer(&x);
}

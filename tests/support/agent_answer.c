/*
 * Requests in, answers out: the protocol side of the scripted agents, see agent.h. RFC 1157 §4.1,
 * RFC 3416 §4.2, and every deviation that a test asked for.
 */
#include "support/agent_exchange.h"

#include "base/clock.h"
#include "codec/oid.h"
#include "msg/peek.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum {
	MESSAGE_MAX = 1472, /* of a GETBULK answer: what fits an Ethernet frame */
	HEADERS = 30	    /* of an answer of v1 or v2c around community and varbinds, at most */
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
		} else if (x->a->early && k == 0 && x->n > 1) {
			append_exception(x, x->name[x->n - 1], SN_TAG_NO_SUCH_INSTANCE);
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
	static uint8_t buf[AGENT_NAMES][64];
	const struct agent *a = x->a;
	uint32_t limit = a->bulk_varbinds ? a->bulk_varbinds : UINT32_MAX;
	size_t most = (a->max_message ? a->max_message : MESSAGE_MAX) - x->headers;

	if (a->empty_bulk) {
		return;
	}
	if (a->too_big_above) {
		most = sizeof(x->vbs) / 2;
	}
	for (int32_t rep = 0; rep < x->rq.pdu.index; rep++) {
		uint32_t first = rep ? (uint32_t)x->rq.pdu.status : 0; /* behind non-repeaters */
		bool all_ended = true;

		for (uint32_t i = first; i < x->n; i++) {
			bool end;

			if (x->varbinds == limit) {
				return;
			}
			if (append_next(x, i, buf[i], most, &end)) {
				all_ended &= i < (uint32_t)x->rq.pdu.status;
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

/* The answer's PDU. */
static struct sn_pdu response(const struct exchange *x, unsigned mischief)
{
	struct sn_pdu pdu = x->rq.pdu;

	pdu.type = mischief & AGENT_REQUEST ? SN_PDU_GET : SN_PDU_RESPONSE;
	pdu.status = x->status;
	pdu.index = x->index;
	if (x->status == SN_STATUS_NO_ERROR) {
		pdu.vbs = sn_span_make(x->vbs, x->octets);
	} else if (x->status == SN_STATUS_TOO_BIG && x->rq.version != SN_VERSION_1) {
		pdu.vbs = sn_span_make(NULL, 0); /* RFC 3416 §4.2.1; v1 repeats the request's */
	}
	if (mischief & AGENT_WRONG_ID) {
		pdu.request_id ^= 0x00555500;
	}
	if (mischief & AGENT_OTHER_GENERATION) {
		pdu.request_id ^= 1 << 19;
	}
	if (mischief & AGENT_FUTURE_ATTEMPT) {
		pdu.request_id |= 7;
	}
	return pdu;
}

/* The answer's datagram, somewhere in out. */
static struct sn_span build(struct exchange *x, unsigned mischief, bool right, uint8_t *out,
			    size_t size)
{
	struct sn_writer w = sn_writer_make(out, size);
	struct sn_message m = x->rq;

	m.pdu = response(x, mischief);
	if (m.version == SN_VERSION_3 && !(mischief & (AGENT_WRONG_VERSION | AGENT_V3))) {
		return agent_secure_build(x, &m.pdu, mischief, right, out, size);
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

void agent_send(struct exchange *x, struct sn_span s, unsigned mischief, uint64_t delay)
{
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

static void send_answer(struct exchange *x, unsigned mischief, bool right, uint64_t delay)
{
	static uint8_t out[AGENT_ROOM];

	agent_send(x, build(x, mischief, right, out, sizeof(out)), mischief, delay);
}

uint64_t agent_delay(const struct agent *a, int32_t id)
{
	unsigned attempt = (unsigned)id & 7;

	return attempt == 0 && a->first_delay_ns ? a->first_delay_ns : a->delay_ns;
}

static void answer(struct exchange *x)
{
	struct agent *a = x->a;
	uint64_t delay = agent_delay(a, x->rq.pdu.request_id);
	/* without the envelope of version 3, or nothing would fit */
	size_t around = x->rq.version == SN_VERSION_3 ? HEADERS : x->headers;

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
	    x->octets + around > a->too_big_above) {
		x->status = SN_STATUS_TOO_BIG;
		x->index = 0;
	}
	send_answer(x, a->mischief, false, delay);
	if (a->and_right) {
		send_answer(x, 0, true, delay + SN_NS_PER_MS);
	}
	if (a->npending < AGENT_PENDING) {
		a->pending[a->npending++] = x->now + delay;
	}
	a->most_pending = a->npending > a->most_pending ? a->npending : a->most_pending;
}

bool agent_is_awake(const struct agent *a, uint64_t now)
{
	bool asleep =
		a->dead_from && now >= a->dead_from && (a->dead_until == 0 || now < a->dead_until);

	return !a->dead && !asleep && (a->dies_after == 0 || a->heard < a->dies_after);
}

/* A datagram of v1 or v2c. */
static bool hear(struct exchange *x, struct sn_span data)
{
	struct agent *a = x->a;

	if (sn_community_read(data, &x->rq)) {
		abort(); /* the collector wrote no SNMP */
	}
	if (!agent_is_awake(a, x->now)) {
		return false;
	}
	if (!sn_span_eq(x->rq.community, sn_span_str(a->community ? a->community : "public")) ||
	    (a->only_v1 && x->rq.version != SN_VERSION_1)) {
		a->strangers++;
		return false;
	}
	a->heard++;
	a->by_type[x->rq.pdu.type & 15]++;
	x->headers = HEADERS + x->rq.community.n;
	return ((unsigned)x->rq.pdu.request_id & 7) >= a->deaf_attempts;
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

		if (x->rq.pdu.status < 0 || (uint32_t)x->rq.pdu.status >= x->n ||
		    repetitions == 0) {
			abort(); /* names that are never repeated alone are for GETNEXT */
		}
		a->most_repetitions =
			repetitions > a->most_repetitions ? repetitions : a->most_repetitions;
	}
}

void agents_peer(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		 const struct sn_addr *from, struct sn_span data, uint64_t now)
{
	static struct exchange x;
	uint32_t id = ntohl(to->in.sin_addr.s_addr) - 0x0a000000;
	struct sn_cursor cur;
	struct sn_varbind vb;
	int32_t version;

	x.as = ctx;
	if (id >= x.as->n) {
		return;
	}
	x.a = &x.as->agent[id];
	x.net = net;
	x.to = from;
	x.now = now;
	forget_pending(x.a, now);
	if (sn_peek_version(data, &version)) {
		abort();
	}
	if (version == SN_VERSION_3 ? !agent_secure_hear(&x, data) : !hear(&x, data)) {
		return;
	}
	x.status = SN_STATUS_NO_ERROR;
	x.index = 0;
	x.octets = 0;
	x.varbinds = 0;
	x.n = 0;
	cur = sn_cursor_make(x.rq.pdu.vbs);
	while (x.n < AGENT_NAMES && sn_varbind_next(&cur, &vb)) {
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

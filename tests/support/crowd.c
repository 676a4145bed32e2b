/*
 * The agents of large tests, see crowd.h: what they know, answers built once and patched. Called by
 * io/fake on the test's thread.
 */
#include "support/crowd.h"

#include "base/clock.h"
#include "base/hash.h"
#include "msg/community.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	MESSAGE_MAX = 1472, /* octets of an answer: UDP on Ethernet */
	AROUND = 48,	    /* octets of it that are no varbinds, at most */
	PATCHES = 128,
	NAME_MAX = 24,
	VARBIND_MAX = 64,
	PPM = 1000000,
};

/* Values that always take four octets, so that they can be replaced in place. */
enum { FOUR_OCTETS = 1 << 24 };

/* sysUpTime at the start, and after a reboot: lower, whatever had passed. 1/100 s. */
enum { UPTIME_OLD = 1000 * 1000 * 1000, UPTIME_NEW = FOUR_OCTETS };

enum patch_kind { PATCH_ID, PATCH_UPTIME, PATCH_COUNTER };

struct patch {
	uint32_t at; /* offset of four octets */
	enum patch_kind kind;
};

struct crowd_answer {
	struct patch patch[PATCHES]; /* what differs from agent to agent */
	uint32_t npatches;
	uint32_t question_n; /* octets of the question behind its id */
	uint32_t n;	     /* octets of the answer */
	uint8_t type;	     /* PDU of the question */
	uint8_t *question;   /* these octets; behind the answer in the same block */
	uint8_t data[];	     /* the answer */
};

static const struct {
	const char *name; /* as in the MIB */
	const char *text; /* OID */
	uint8_t tag;	  /* type on the wire */
	bool scalar;
} objects[CROWD_OBJECTS] = {
	[CROWD_UPTIME] = {"sysUpTime", "1.3.6.1.2.1.1.3", SN_TAG_TIMETICKS, true},
	[CROWD_IF_IN] = {"ifInOctets", "1.3.6.1.2.1.2.2.1.10", SN_TAG_COUNTER32, false},
	[CROWD_IF_OUT] = {"ifOutOctets", "1.3.6.1.2.1.2.2.1.16", SN_TAG_COUNTER32, false},
	[CROWD_SCALAR] = {"snmpInPkts", "1.3.6.1.2.1.11.1", SN_TAG_COUNTER32, true},
	{"snmpOutPkts", "1.3.6.1.2.1.11.2", SN_TAG_COUNTER32, true},
	{"snmpInBadVersions", "1.3.6.1.2.1.11.3", SN_TAG_COUNTER32, true},
	{"snmpInBadCommunityNames", "1.3.6.1.2.1.11.4", SN_TAG_COUNTER32, true},
	{"snmpInBadCommunityUses", "1.3.6.1.2.1.11.5", SN_TAG_COUNTER32, true},
	{"snmpInASNParseErrs", "1.3.6.1.2.1.11.6", SN_TAG_COUNTER32, true},
	{"snmpInTooBigs", "1.3.6.1.2.1.11.8", SN_TAG_COUNTER32, true},
	{"snmpInNoSuchNames", "1.3.6.1.2.1.11.9", SN_TAG_COUNTER32, true},
	{"snmpInBadValues", "1.3.6.1.2.1.11.10", SN_TAG_COUNTER32, true},
	{"snmpInReadOnlys", "1.3.6.1.2.1.11.11", SN_TAG_COUNTER32, true},
	[CROWD_IF_NAME] = {"ifName", "1.3.6.1.2.1.31.1.1.1.1", SN_TAG_OCTETS, false},
	[CROWD_IF_HC_IN] = {"ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", SN_TAG_COUNTER64, false},
	[CROWD_IF_HC_OUT] = {"ifHCOutOctets", "1.3.6.1.2.1.31.1.1.1.10", SN_TAG_COUNTER64, false},
};

/* The OIDs as BER, made at the first use. */
static struct {
	uint8_t ber[NAME_MAX];
	size_t n;
} oids[CROWD_OBJECTS];

const char *crowd_name(enum crowd_object object)
{
	return objects[object].name;
}

bool crowd_is_scalar(enum crowd_object object)
{
	return objects[object].scalar;
}

struct sn_span crowd_oid(enum crowd_object object)
{
	if (oids[object].n == 0) {
		int n = sn_oid_from_text(objects[object].text, oids[object].ber, NAME_MAX);

		if (n <= 0) {
			abort();
		}
		oids[object].n = (size_t)n;
	}
	return sn_span_make(oids[object].ber, oids[object].n);
}

struct sn_addr crowd_addr(uint32_t id)
{
	struct sn_addr a = {.in = {.sin_family = AF_INET,
				   .sin_port = htons(161),
				   .sin_addr.s_addr = htonl(0x0a000000 + id)}};

	return a;
}

/* A number of the agent that nothing but the seed decides. */
static uint64_t lot(const struct crowd *cr, uint32_t id, uint64_t what)
{
	return sn_hash_mix(cr->cfg.seed ^ 0x9e3779b97f4a7c15u ^ what,
			   (id + UINT64_C(1)) * 0xd6e8feb86659fd93u);
}

bool crowd_is_dead(const struct crowd *cr, uint32_t id)
{
	return lot(cr, id, 1) % PPM < cr->cfg.dead_ppm;
}

uint64_t crowd_reboot_at(const struct crowd *cr, uint32_t id)
{
	if (cr->cfg.reboot_ppm == 0 || lot(cr, id, 2) % PPM >= cr->cfg.reboot_ppm) {
		return SN_TIME_NEVER;
	}
	return cr->cfg.began + cr->cfg.reboot_after_ns +
	       lot(cr, id, 3) % (cr->cfg.reboot_within_ns + 1);
}

uint32_t crowd_uptime(const struct crowd *cr, uint32_t id, uint64_t now)
{
	uint64_t reboot = crowd_reboot_at(cr, id);

	if (now >= reboot) {
		return (uint32_t)(UPTIME_NEW + (now - reboot) / (10 * SN_NS_PER_MS));
	}
	return (uint32_t)(UPTIME_OLD + (now - cr->cfg.began) / (10 * SN_NS_PER_MS));
}

uint32_t crowd_counter(uint32_t id)
{
	return FOUR_OCTETS + id;
}

void crowd_init(struct crowd *cr, const struct crowd_config *cfg)
{
	memset(cr, 0, sizeof(*cr));
	cr->cfg = *cfg;
	for (int i = 0; i < CROWD_OBJECTS; i++) {
		(void)crowd_oid((enum crowd_object)i);
	}
}

void crowd_fini(struct crowd *cr)
{
	for (size_t i = 0; i < 2 * CROWD_QUESTIONS; i++) {
		free(cr->kept[i]);
		cr->kept[i] = NULL;
	}
	cr->nkept = 0;
}

/* An answer under construction. */
struct build {
	const struct crowd *cr;	     /* whose */
	struct sn_message rq;	     /* the question */
	size_t n;		     /* octets in vbs */
	uint8_t vbs[MESSAGE_MAX];    /* varbinds so far */
	struct patch patch[PATCHES]; /* offsets in vbs */
	uint32_t npatches;
};

/* Name of an instance; the length. */
static size_t name_of(enum crowd_object object, uint32_t index, uint8_t *out)
{
	memcpy(out, oids[object].ber, oids[object].n);
	return oids[object].n + sn_oid_write_arc(out + oids[object].n, index);
}

/* Appends a varbind. False: it does not fit. */
static bool append(struct build *b, struct sn_span name, const struct sn_value *v)
{
	uint8_t room[VARBIND_MAX];
	struct sn_writer w = sn_writer_make(room, sizeof(room));
	struct sn_span vb;

	sn_varbind_write(&w, name, v);
	vb = sn_writer_span(&w);
	if (b->n + vb.n > MESSAGE_MAX - AROUND) {
		return false;
	}
	memcpy(b->vbs + b->n, vb.p, vb.n);
	b->n += vb.n;
	return true;
}

/* Appends an instance with its value, and notes what differs from agent to agent. */
static bool append_instance(struct build *b, enum crowd_object object, uint32_t index)
{
	uint8_t name[NAME_MAX];
	uint8_t text[16];
	size_t n = name_of(object, index, name);
	struct sn_value v = {.tag = objects[object].tag};

	if (v.tag == SN_TAG_OCTETS) {
		v.bytes = sn_span_make(text, (size_t)snprintf((char *)text, sizeof(text), "Gi0/%u",
							      index));
	} else {
		v.u = FOUR_OCTETS + object * 1000u + index;
		v.u *= v.tag == SN_TAG_COUNTER64 ? 1000003 : 1;
	}
	if (!append(b, sn_span_make(name, n), &v)) {
		return false;
	}
	if (object == CROWD_UPTIME || object == CROWD_SCALAR ||
	    (object == CROWD_IF_IN && index == 1)) {
		if (b->npatches == PATCHES - 1) {
			abort(); /* a question with the same name twice */
		}
		b->patch[b->npatches++] = (struct patch){
			.at = (uint32_t)b->n - 4,
			.kind = object == CROWD_UPTIME ? PATCH_UPTIME : PATCH_COUNTER};
	}
	return true;
}

/* The instance that follows a name in the order of OIDs. False: none. */
static bool next_of(const struct crowd *cr, struct sn_span name, enum crowd_object *object,
		    uint32_t *index)
{
	for (int i = 0; i < CROWD_OBJECTS; i++) {
		struct sn_span oid = sn_span_make(oids[i].ber, oids[i].n);
		uint32_t first = objects[i].scalar ? 0 : 1;
		uint32_t last = objects[i].scalar ? 0 : cr->cfg.rows;

		*object = (enum crowd_object)i;
		*index = first;
		if (sn_span_is_prefix(oid, name) && name.n > oid.n) {
			struct sn_cursor cur = sn_cursor_make(sn_span_from(name, oid.n));

			*index = sn_oid_read_arc(&cur) + 1;
			*index = *index < first ? first : *index;
		} else if (sn_oid_cmp(oid, name) < 0) {
			continue;
		}
		if (*index <= last) {
			return true;
		}
	}
	return false;
}

static bool append_exact(struct build *b, struct sn_span name)
{
	struct sn_value v = {.tag = SN_TAG_NO_SUCH_OBJECT};

	for (int i = 0; i < CROWD_OBJECTS; i++) {
		struct sn_span oid = sn_span_make(oids[i].ber, oids[i].n);
		struct sn_cursor cur;
		uint32_t index;

		if (!sn_span_is_prefix(oid, name) || name.n == oid.n) {
			continue;
		}
		cur = sn_cursor_make(sn_span_from(name, oid.n));
		index = sn_oid_read_arc(&cur);
		v.tag = SN_TAG_NO_SUCH_INSTANCE;
		if (sn_cursor_left(&cur) == 0 &&
		    (objects[i].scalar ? index == 0 : index >= 1 && index <= b->cr->cfg.rows)) {
			return append_instance(b, (enum crowd_object)i, index);
		}
	}
	return append(b, name, &v);
}

/* What follows a name, which becomes its name. False: it does not fit. */
static bool append_next(struct build *b, uint8_t *name, size_t *n)
{
	enum crowd_object object;
	uint32_t index;

	if (!next_of(b->cr, sn_span_make(name, *n), &object, &index)) {
		struct sn_value v = {.tag = SN_TAG_END_OF_MIB_VIEW};

		return append(b, sn_span_make(name, *n), &v);
	}
	*n = name_of(object, index, name);
	return append_instance(b, object, index);
}

enum { COLUMNS_MAX = 128 };

/* GETNEXT and GETBULK, RFC 3416 §4.2.3: the first names once, all others so many times. */
static void append_all_next(struct build *b, uint32_t once, uint32_t repetitions)
{
	struct sn_cursor cur = sn_cursor_make(b->rq.pdu.vbs);
	uint8_t name[COLUMNS_MAX][NAME_MAX];
	size_t n[COLUMNS_MAX];
	uint32_t nnames = 0;
	struct sn_varbind vb;

	while (sn_varbind_next(&cur, &vb)) {
		if (nnames == COLUMNS_MAX || vb.name.n > NAME_MAX - 5) {
			abort();
		}
		memcpy(name[nnames], vb.name.p, vb.name.n);
		n[nnames++] = vb.name.n;
	}
	for (uint32_t i = 0; i < nnames && i < once; i++) {
		if (!append_next(b, name[i], &n[i])) {
			return;
		}
	}
	for (uint32_t r = 0; r < repetitions; r++) {
		for (uint32_t i = once; i < nnames; i++) {
			if (!append_next(b, name[i], &n[i])) {
				return;
			}
		}
	}
}

static void append_all(struct build *b)
{
	const struct sn_pdu *pdu = &b->rq.pdu;
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;

	switch (pdu->type) {
	case SN_PDU_GET:
		while (sn_varbind_next(&cur, &vb)) {
			if (!append_exact(b, vb.name)) {
				abort(); /* a test of size asks for what fits */
			}
		}
		return;
	case SN_PDU_GETNEXT:
		append_all_next(b, UINT32_MAX, 0);
		return;
	case SN_PDU_GETBULK:
		append_all_next(b, (uint32_t)pdu->status, (uint32_t)pdu->index);
		return;
	default:
		abort();
	}
}

/* The PDU of a message, and where its request-id of four octets begins: all that a known question
 * has to be looked at for. */
static size_t find_id(struct sn_span msg, uint8_t *type)
{
	struct sn_cursor cur = sn_cursor_make(msg);
	uint8_t tag;

	tag = sn_cursor_u8(&cur);
	(void)sn_ber_read_length(&cur);
	(void)sn_ber_expect(&cur, SN_TAG_INTEGER);
	(void)sn_ber_expect(&cur, SN_TAG_OCTETS);
	*type = sn_cursor_u8(&cur);
	(void)sn_ber_read_length(&cur);
	if (tag != SN_TAG_SEQUENCE || sn_ber_expect(&cur, SN_TAG_INTEGER).n != 4 || cur.err) {
		abort(); /* ids of the collector always take four octets */
	}
	return (size_t)(cur.p - msg.p) - 4;
}

static struct crowd_answer *build(struct crowd *cr, struct sn_span question, size_t id)
{
	struct build b = {.cr = cr};
	uint8_t room[MESSAGE_MAX];
	struct sn_writer w = sn_writer_make(room, sizeof(room));
	struct crowd_answer *an;
	struct sn_span msg;
	uint8_t type;

	if (sn_community_read(question, &b.rq) || b.rq.version != SN_VERSION_2C) {
		abort();
	}
	type = b.rq.pdu.type;
	append_all(&b);
	b.rq.pdu.type = SN_PDU_RESPONSE;
	b.rq.pdu.status = SN_STATUS_NO_ERROR;
	b.rq.pdu.index = 0;
	b.rq.pdu.vbs = sn_span_make(b.vbs, b.n);
	sn_community_write(&w, &b.rq);
	msg = sn_writer_span(&w);
	an = calloc(1, sizeof(*an) + msg.n + question.n);
	if (!an || w.err) {
		abort();
	}
	memcpy(an->data, msg.p, msg.n);
	an->n = (uint32_t)msg.n;
	an->question = an->data + msg.n;
	an->question_n = (uint32_t)(question.n - id - 4);
	memcpy(an->question, question.p + id + 4, an->question_n);
	an->type = type;
	for (uint32_t i = 0; i < b.npatches; i++) {
		b.patch[i].at += (uint32_t)(msg.n - b.n);
		an->patch[an->npatches++] = b.patch[i];
	}
	an->patch[an->npatches++] =
		(struct patch){.at = (uint32_t)find_id(msg, &type), .kind = PATCH_ID};
	cr->built++;
	return an;
}

/* The answer to a question, from the table if it was asked before. */
static struct crowd_answer *find(struct crowd *cr, struct sn_span question, size_t id, uint8_t type)
{
	const uint8_t *rest = question.p + id + 4;
	size_t n = question.n - id - 4;
	size_t i = sn_hash_bytes(rest, n, type) % (2 * CROWD_QUESTIONS);
	struct crowd_answer *an;

	while ((an = cr->kept[i])) {
		if (an->question_n == n && an->type == type && memcmp(an->question, rest, n) == 0) {
			return an;
		}
		i = (i + 1) % (2 * CROWD_QUESTIONS);
	}
	if (cr->nkept == CROWD_QUESTIONS) {
		crowd_fini(cr); /* no room: begins anew, which cr->built shows */
		i = sn_hash_bytes(rest, n, type) % (2 * CROWD_QUESTIONS);
	}
	an = build(cr, question, id);
	cr->nkept++;
	cr->kept[i] = an;
	return an;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof(v));
}

void crowd_peer(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		const struct sn_addr *from, struct sn_span data, uint64_t now)
{
	struct crowd *cr = ctx;
	uint32_t id = ntohl(to->in.sin_addr.s_addr) - 0x0a000000;
	struct crowd_answer *an;
	uint8_t type;
	size_t at;

	if (id >= cr->cfg.n || crowd_is_dead(cr, id)) {
		return;
	}
	at = find_id(data, &type);
	an = find(cr, data, at, type);
	for (uint32_t i = 0; i < an->npatches; i++) {
		uint8_t *p = an->data + an->patch[i].at;

		switch (an->patch[i].kind) {
		case PATCH_ID:
			memcpy(p, data.p + at, 4);
			break;
		case PATCH_UPTIME:
			put_u32(p, crowd_uptime(cr, id, now));
			break;
		case PATCH_COUNTER:
			put_u32(p, crowd_counter(id));
			break;
		}
	}
	cr->answered++;
	sn_fake_reply(net, to, from, sn_span_make(an->data, an->n), 0);
}

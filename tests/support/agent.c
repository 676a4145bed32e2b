/*
 * The MIB of the scripted agents, see agent.h: objects, instances and values, all computed.
 */
#include "support/agent.h"

#include "base/clock.h"
#include "base/hash.h"
#include "codec/oid.h"

#include <stdio.h>
#include <stdlib.h>

/* How a value comes about. */
enum make {
	MAKE_TEXT,     /* a name with agent and index in it */
	MAKE_UPTIME,   /* hundredths of a second since the boot */
	MAKE_CONSTANT, /* a number out of agent, object and index */
	MAKE_ROWS,     /* number of interfaces */
	MAKE_INDEX,    /* the index itself */
	MAKE_SMALL,    /* 1 or 2 */
	MAKE_OCTETS,   /* six octets out of agent and index */
	MAKE_COUNTER,  /* a start value and a step a millisecond */
	MAKE_DISCONTINUITY
};

static const struct {
	const char *name; /* as in the MIB */
	const char *text; /* OID */
	uint8_t tag;	  /* type on the wire */
	bool scalar;	  /* instance 0 only */
	enum make make;
} objects[AGENT_OBJECTS] = {
	[AGENT_SYS_DESCR] = {"sysDescr", "1.3.6.1.2.1.1.1", SN_TAG_OCTETS, true, MAKE_TEXT},
	[AGENT_SYS_UPTIME] = {"sysUpTime", "1.3.6.1.2.1.1.3", SN_TAG_TIMETICKS, true, MAKE_UPTIME},
	[AGENT_SYS_NAME] = {"sysName", "1.3.6.1.2.1.1.5", SN_TAG_OCTETS, true, MAKE_TEXT},
	[AGENT_SYS_SERVICES] = {"sysServices", "1.3.6.1.2.1.1.7", SN_TAG_INTEGER, true,
				MAKE_CONSTANT},
	[AGENT_IF_NUMBER] = {"ifNumber", "1.3.6.1.2.1.2.1", SN_TAG_INTEGER, true, MAKE_ROWS},
	[AGENT_IF_INDEX] = {"ifIndex", "1.3.6.1.2.1.2.2.1.1", SN_TAG_INTEGER, false, MAKE_INDEX},
	[AGENT_IF_DESCR] = {"ifDescr", "1.3.6.1.2.1.2.2.1.2", SN_TAG_OCTETS, false, MAKE_TEXT},
	[AGENT_IF_SPEED] = {"ifSpeed", "1.3.6.1.2.1.2.2.1.5", SN_TAG_GAUGE32, false, MAKE_CONSTANT},
	[AGENT_IF_PHYS] = {"ifPhysAddress", "1.3.6.1.2.1.2.2.1.6", SN_TAG_OCTETS, false,
			   MAKE_OCTETS},
	[AGENT_IF_OPER] = {"ifOperStatus", "1.3.6.1.2.1.2.2.1.8", SN_TAG_INTEGER, false,
			   MAKE_SMALL},
	[AGENT_IF_IN_OCTETS] = {"ifInOctets", "1.3.6.1.2.1.2.2.1.10", SN_TAG_COUNTER32, false,
				MAKE_COUNTER},
	[AGENT_SNMP_IN_PKTS] = {"snmpInPkts", "1.3.6.1.2.1.11.1", SN_TAG_COUNTER32, true,
				MAKE_COUNTER},
	[AGENT_SNMP_OUT_PKTS] = {"snmpOutPkts", "1.3.6.1.2.1.11.2", SN_TAG_COUNTER32, true,
				 MAKE_COUNTER},
	[AGENT_IF_NAME] = {"ifName", "1.3.6.1.2.1.31.1.1.1.1", SN_TAG_OCTETS, false, MAKE_TEXT},
	[AGENT_IF_HC_IN] = {"ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", SN_TAG_COUNTER64, false,
			    MAKE_COUNTER},
	[AGENT_IF_HC_OUT] = {"ifHCOutOctets", "1.3.6.1.2.1.31.1.1.1.10", SN_TAG_COUNTER64, false,
			     MAKE_COUNTER},
	[AGENT_IF_ALIAS] = {"ifAlias", "1.3.6.1.2.1.31.1.1.1.18", SN_TAG_OCTETS, false, MAKE_TEXT},
	[AGENT_IF_DISCONTINUITY] = {"ifCounterDiscontinuityTime", "1.3.6.1.2.1.31.1.1.1.19",
				    SN_TAG_TIMETICKS, false, MAKE_DISCONTINUITY},
};

/* The OIDs as BER, made at the first use. */
static struct {
	uint8_t ber[32];
	size_t n;
} oids[AGENT_OBJECTS];

static void make_oids(void)
{
	for (int i = 0; i < AGENT_OBJECTS; i++) {
		int n = sn_oid_from_text(objects[i].text, oids[i].ber, sizeof(oids[i].ber));

		if (n <= 0) {
			abort();
		}
		oids[i].n = (size_t)n;
	}
}

struct sn_span agent_oid(enum agent_object object)
{
	if (oids[0].n == 0) {
		make_oids();
	}
	return sn_span_make(oids[object].ber, oids[object].n);
}

const char *agent_name(enum agent_object object)
{
	return objects[object].name;
}

uint8_t agent_tag(enum agent_object object)
{
	return objects[object].tag;
}

bool agent_is_scalar(enum agent_object object)
{
	return objects[object].scalar;
}

enum agent_object agent_find(struct sn_span oid)
{
	int i = 0;

	while (i < AGENT_OBJECTS && !sn_span_eq(agent_oid((enum agent_object)i), oid)) {
		i++;
	}
	return (enum agent_object)i;
}

int agents_init(struct agents *as, uint32_t n, uint32_t rows, uint64_t began)
{
	memset(as, 0, sizeof(*as));
	as->agent = calloc(n, sizeof(*as->agent));
	if (!as->agent) {
		return SN_ENOMEM;
	}
	as->n = n;
	as->began = began;
	for (uint32_t i = 0; i < n; i++) {
		as->agent[i].id = i;
		as->agent[i].rows = rows;
		as->agent[i].boot_age =
			(1 + sn_hash_bytes(&i, sizeof(i), 1) % 1000) * SN_NS_PER_SEC * 3600;
	}
	return SN_OK;
}

void agents_fini(struct agents *as)
{
	agents_secure_fini(as);
	free(as->agent);
	as->agent = NULL;
}

static uint64_t number_of(const struct agent *a, enum agent_object object, uint32_t index)
{
	uint32_t key[3] = {a->id, (uint32_t)object, index};

	return sn_hash_bytes(key, sizeof(key), 99);
}

/* ns since the counters of this instance began. */
static uint64_t age(const struct agents *as, const struct agent *a, uint32_t index, uint64_t now)
{
	uint64_t up = now - as->began + a->boot_age;

	if (a->reboot_at && now >= a->reboot_at) {
		up = now - a->reboot_at;
	}
	if (a->discontinuity_at && index == a->discontinuity_index && now >= a->discontinuity_at) {
		up = now - a->discontinuity_at;
	}
	return up;
}

static uint64_t uptime(const struct agents *as, const struct agent *a, uint64_t now)
{
	return (uint32_t)(age(as, a, UINT32_MAX, now) / (10 * SN_NS_PER_MS));
}

static uint64_t discontinuity(const struct agents *as, const struct agent *a, uint32_t index,
			      uint64_t now)
{
	if (a->discontinuity_at && index == a->discontinuity_index && now >= a->discontinuity_at) {
		return uptime(as, a, a->discontinuity_at);
	}
	return a->discontinuity;
}

static uint32_t rows_of(const struct agents *as, const struct agent *a, uint64_t now)
{
	return a->rows + (a->grow_ns ? a->grow * (uint32_t)((now - as->began) / a->grow_ns) : 0);
}

void agent_value(const struct agents *as, const struct agent *a, enum agent_object object,
		 uint32_t index, uint64_t now, struct sn_value *v, uint8_t *buf)
{
	uint64_t number = number_of(a, object, index);

	v->tag = objects[object].tag;
	switch (objects[object].make) {
	case MAKE_TEXT:
		v->bytes = sn_span_make(buf, (size_t)snprintf((char *)buf, 64, "%s of %u.%u",
							      objects[object].name, a->id, index));
		break;
	case MAKE_OCTETS:
		memcpy(buf, &number, 6);
		v->bytes = sn_span_make(buf, 6);
		break;
	case MAKE_UPTIME:
		v->u = uptime(as, a, now);
		break;
	case MAKE_CONSTANT:
		if (v->tag == SN_TAG_INTEGER) {
			v->i = (int32_t)(uint32_t)number;
		} else {
			v->u = (uint32_t)number;
		}
		break;
	case MAKE_ROWS:
		v->i = rows_of(as, a, now);
		break;
	case MAKE_INDEX:
		v->i = (int32_t)index;
		break;
	case MAKE_SMALL:
		v->i = 1 + (int64_t)(number & 1);
		break;
	case MAKE_COUNTER:
		v->u = a->from_zero ? 0 : number >> 1;
		v->u += age(as, a, index, now) / SN_NS_PER_MS;
		v->u = v->tag == SN_TAG_COUNTER32 ? (uint32_t)v->u : v->u;
		break;
	case MAKE_DISCONTINUITY:
		v->u = discontinuity(as, a, index, now);
		break;
	}
}

bool agent_value_is(const struct agents *as, const struct agent *a, enum agent_object object,
		    uint32_t index, const struct sn_value *v, uint64_t from, uint64_t to)
{
	struct sn_value first;
	struct sn_value last;
	uint8_t buf1[64];
	uint8_t buf2[64];
	uint64_t range;

	agent_value(as, a, object, index, from, &first, buf1);
	agent_value(as, a, object, index, to, &last, buf2);
	if (v->tag != first.tag) {
		return false;
	}
	if (v->tag == SN_TAG_OCTETS) {
		return sn_span_eq(v->bytes, first.bytes);
	}
	if (v->tag == SN_TAG_INTEGER) {
		return v->i == first.i || v->i == last.i;
	}
	/* modulo the width of the counter, between the first and the last */
	range = last.u - first.u;
	if (v->tag != SN_TAG_COUNTER64) {
		return (uint32_t)(v->u - first.u) <= (uint32_t)range || v->u == last.u;
	}
	return v->u - first.u <= range;
}

enum agent_fault agent_fault_of(const struct agent *a, enum agent_object object, uint32_t index)
{
	for (int i = 0; i < AGENT_SPOTS; i++) {
		if (a->spots[i].fault && a->spots[i].object == object &&
		    a->spots[i].index == index) {
			return a->spots[i].fault;
		}
	}
	return AGENT_SOUND;
}

bool agent_has(const struct agents *as, const struct agent *a, enum agent_object object,
	       uint32_t index, int32_t version, uint64_t now)
{
	if (a->missing & AGENT_BIT(object)) {
		return false;
	}
	if (version == SN_VERSION_1 && objects[object].tag == SN_TAG_COUNTER64) {
		return false; /* RFC 3584 §4.2.2.1: a walk skips them */
	}
	if (agent_fault_of(a, object, index) == AGENT_HOLE) {
		return false;
	}
	if (objects[object].scalar) {
		return index == 0;
	}
	return index >= 1 && ((a->endless & AGENT_BIT(object)) || index <= rows_of(as, a, now));
}

/* The object whose OID a name begins with, and its rest. */
static bool split(struct sn_span name, enum agent_object *object, struct sn_span *rest)
{
	for (int i = 0; i < AGENT_OBJECTS; i++) {
		struct sn_span oid = agent_oid((enum agent_object)i);

		if (sn_span_is_prefix(oid, name)) {
			*object = (enum agent_object)i;
			*rest = sn_span_from(name, oid.n);
			return true;
		}
	}
	return false;
}

/* The first instance of the object from index on; true when there is one. */
static bool first_from(const struct agents *as, const struct agent *a, enum agent_object object,
		       uint32_t *index, int32_t version, uint64_t now)
{
	uint32_t end = objects[object].scalar ? 1 : rows_of(as, a, now) + 1;

	if (a->missing & AGENT_BIT(object)) {
		return false;
	}
	if (!objects[object].scalar && *index == 0) {
		*index = 1;
	}
	if (a->endless & AGENT_BIT(object)) {
		end = UINT32_MAX;
	}
	for (; *index < end; ++*index) {
		if (agent_has(as, a, object, *index, version, now)) {
			return true;
		}
		if (version == SN_VERSION_1 && objects[object].tag == SN_TAG_COUNTER64) {
			return false;
		}
	}
	return false;
}

bool agent_next(const struct agents *as, const struct agent *a, struct sn_span name,
		int32_t version, uint64_t now, enum agent_object *object, uint32_t *index)
{
	struct sn_span rest;
	int i;

	if (split(name, object, &rest)) {
		struct sn_cursor cur = sn_cursor_make(rest);

		*index = rest.n ? sn_oid_read_arc(&cur) + 1 : 0;
		for (int k = 0; k < AGENT_SPOTS; k++) {
			if (a->jumps[k].from && a->jumps[k].object == *object &&
			    a->jumps[k].from + 1 == *index) {
				*index = a->jumps[k].to;
				return true;
			}
		}
		i = (int)*object;
	} else {
		*index = 0;
		for (i = 0; i < AGENT_OBJECTS; i++) {
			if (sn_oid_cmp(name, agent_oid((enum agent_object)i)) < 0) {
				break;
			}
		}
	}
	for (; i < AGENT_OBJECTS; i++) {
		*object = (enum agent_object)i;
		if (first_from(as, a, *object, index, version, now)) {
			return true;
		}
		*index = 0;
	}
	return false;
}

bool agent_get(const struct agents *as, const struct agent *a, struct sn_span name, int32_t version,
	       uint64_t now, enum agent_object *object, uint32_t *index)
{
	struct sn_span rest;
	struct sn_cursor cur;

	*object = AGENT_OBJECTS;
	if (!split(name, object, &rest) || rest.n == 0) {
		return false;
	}
	cur = sn_cursor_make(rest);
	*index = sn_oid_read_arc(&cur);
	return sn_cursor_left(&cur) == 0 && agent_has(as, a, *object, *index, version, now);
}

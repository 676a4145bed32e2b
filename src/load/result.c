/*
 * Results of a load test, see result.h.
 */
#include "load/result.h"

static const char *const names[] = {
#define NAME(id, name, text) name,
	SN_LOAD_COUNT_TABLE(NAME)
#undef NAME
};

const char *sn_load_count_name(enum sn_load_count id)
{
	return names[id];
}

static void put(_Atomic uint64_t *v, uint64_t to)
{
	atomic_store_explicit(v, to, memory_order_relaxed);
}

void sn_load_count_status(struct sn_load_tally *t, int32_t status)
{
	unsigned i = status < 0 || status > SN_STATUS_MAX ? SN_STATUS_MAX + 1 : (unsigned)status;

	put(&t->status[i], sn_load_get(&t->status[i]) + 1);
}

static void count_varbinds(struct sn_load_tally *t, const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;
	uint64_t n = 0;
	uint64_t exceptions = 0;

	while (sn_varbind_next(&cur, &vb)) {
		n++;
		exceptions += sn_value_is_exception(vb.tag);
	}
	sn_load_count(t, SN_LOAD_VARBINDS, n);
	if (exceptions) {
		sn_load_count(t, SN_LOAD_EXCEPTIONS, exceptions);
	}
	if (cur.err) {
		sn_load_count(t, SN_LOAD_MALFORMED, 1);
	}
}

void sn_load_count_answer(struct sn_load_tally *t, const struct sn_pdu *pdu, size_t octets,
			  uint64_t latency)
{
	sn_load_count(t, SN_LOAD_ANSWERS, 1);
	sn_load_count(t, SN_LOAD_OCTETS, octets);
	sn_load_count_status(t, pdu->status);
	sn_hdr_add(&t->latency, latency);
	if (pdu->status) {
		sn_load_count(t, SN_LOAD_ERRORS, 1);
	} else {
		count_varbinds(t, pdu);
	}
}

enum sn_load_count sn_load_count_of(int err)
{
	switch (err) {
	case SN_ETIMEDOUT:
	case SN_EIGNORED:
		return SN_LOAD_TIMEOUTS;
	case SN_EUNREACH:
	case SN_EMSGSIZE:
	case SN_EPERM:
	case SN_ESYS:
	case SN_ENOMEM:
		return SN_LOAD_UNSENDABLE;
	default:
		return SN_LOAD_REFUSED;
	}
}

uint64_t sn_load_result_sum(const struct sn_load_result *r, enum sn_load_count id)
{
	uint64_t sum = 0;

	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		sum += sn_load_get(&r->tally[k].count[id]);
	}
	return sum;
}

void sn_load_result_latency(const struct sn_load_result *r, struct sn_hdr *all)
{
	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		sn_hdr_merge(all, &r->tally[k].latency);
	}
}

void sn_load_result_clear(struct sn_load_result *r)
{
	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		struct sn_load_tally *t = &r->tally[k];

		for (unsigned i = 0; i < SN_LOAD_COUNTS; i++) {
			put(&t->count[i], 0);
		}
		for (unsigned i = 0; i < SN_STATUS_MAX + 2; i++) {
			put(&t->status[i], 0);
		}
		sn_hdr_clear(&t->latency);
	}
	put(&r->late, 0);
	put(&r->latest, 0);
	put(&r->unsent, 0);
	put(&r->capped, 0);
}

static void add(_Atomic uint64_t *to, const _Atomic uint64_t *from)
{
	put(to, sn_load_get(to) + sn_load_get(from));
}

void sn_load_result_merge(struct sn_load_result *to, const struct sn_load_result *from)
{
	uint64_t latest = sn_load_get(&from->latest);

	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		struct sn_load_tally *t = &to->tally[k];
		const struct sn_load_tally *f = &from->tally[k];

		for (unsigned i = 0; i < SN_LOAD_COUNTS; i++) {
			add(&t->count[i], &f->count[i]);
		}
		for (unsigned i = 0; i < SN_STATUS_MAX + 2; i++) {
			add(&t->status[i], &f->status[i]);
		}
		sn_hdr_merge(&t->latency, &f->latency);
	}
	add(&to->late, &from->late);
	add(&to->unsent, &from->unsent);
	add(&to->capped, &from->capped);
	if (latest > sn_load_get(&to->latest)) {
		put(&to->latest, latest);
	}
}

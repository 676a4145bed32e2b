/*
 * A changeable store and its agent, see shelf.h.
 */
#include "support/shelf.h"

#include "agent/dispatch.h"
#include "msg/community.h"

#include <stdlib.h>

enum { ANSWER_ROOM = 65536 };

static void *need(void *p)
{
	if (!p) {
		abort();
	}
	return p;
}

static struct sn_span copy_span(struct sn_span s)
{
	uint8_t *p = need(malloc(s.n + 1));

	if (s.n) {
		memcpy(p, s.p, s.n);
	}
	return sn_span_make(p, s.n);
}

static bool has_bytes(const struct sn_value *v)
{
	return v->tag == SN_TAG_OCTETS || v->tag == SN_TAG_OID || v->tag == SN_TAG_IPADDRESS ||
	       v->tag == SN_TAG_OPAQUE || v->tag == SN_TAG_NSAP;
}

static struct sn_value copy_value(const struct sn_value *v)
{
	struct sn_value c = *v;

	if (has_bytes(v)) {
		c.bytes = copy_span(v->bytes);
	}
	return c;
}

static void free_item(struct shelf_item *it)
{
	free((void *)(uintptr_t)it->name.p);
	if (has_bytes(&it->value)) {
		free((void *)(uintptr_t)it->value.bytes.p);
	}
}

uint32_t shelf_find(const struct shelf *s, struct sn_span name)
{
	uint32_t low = 0;
	uint32_t high = s->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (sn_oid_cmp(s->v[mid].name, name) < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

static void give(const struct shelf *s, uint32_t i, struct sn_store_item *it)
{
	it->name = s->v[i].name;
	it->value = s->v[i].value;
	it->at = i;
}

static int get(const struct sn_store *st, const struct sn_store_place *pl, struct sn_span name,
	       struct sn_store_item *it)
{
	const struct shelf *s = (const struct shelf *)(const void *)st;
	uint32_t i = shelf_find(s, name);

	(void)pl;
	if (i < s->n && sn_span_eq(s->v[i].name, name)) {
		give(s, i, it);
		return SN_OK;
	}
	it->value.tag = SN_TAG_NO_SUCH_INSTANCE;
	return SN_ENOENT;
}

static int from(const struct shelf *s, uint32_t i, struct sn_store_item *it)
{
	if (i >= s->n) {
		return SN_ENOENT;
	}
	give(s, i, it);
	return SN_OK;
}

static int next(const struct sn_store *st, const struct sn_store_place *pl, struct sn_span name,
		struct sn_store_item *it)
{
	const struct shelf *s = (const struct shelf *)(const void *)st;
	uint32_t i = shelf_find(s, name);

	(void)pl;
	return from(s, i < s->n && sn_span_eq(s->v[i].name, name) ? i + 1 : i, it);
}

static int advance(const struct sn_store *st, const struct sn_store_place *pl,
		   struct sn_store_item *it)
{
	(void)pl;
	return from((const struct shelf *)(const void *)st, (uint32_t)it->at + 1, it);
}

static const struct sn_store_ops shelf_ops = {
	.name = "shelf", .get = get, .next = next, .advance = advance};

void shelf_put(struct shelf *s, struct sn_span name, const struct sn_value *v)
{
	uint32_t i = shelf_find(s, name);

	if (i < s->n && sn_span_eq(s->v[i].name, name)) {
		free_item(&s->v[i]);
	} else {
		if (s->n == s->cap) {
			s->cap = s->cap ? 2 * s->cap : 64;
			s->v = need(realloc(s->v, s->cap * sizeof(*s->v)));
		}
		memmove(&s->v[i + 1], &s->v[i], (s->n - i) * sizeof(*s->v));
		s->n++;
	}
	s->v[i] = (struct shelf_item){.name = copy_span(name), .value = copy_value(v)};
}

void shelf_drop(struct shelf *s, uint32_t i)
{
	free_item(&s->v[i]);
	memmove(&s->v[i], &s->v[i + 1], (s->n - i - 1) * sizeof(*s->v));
	s->n--;
}

void shelf_init(struct shelf *s, const struct sn_store *source)
{
	struct sn_store_place place = {.uptime = 0};
	struct sn_store_item *it = need(calloc(1, sizeof(*it)));
	int rc;

	*s = (struct shelf){.store = {.ops = &shelf_ops}, .room = 1400};
	rc = source ? sn_store_next(source, &place, sn_span_make(NULL, 0), it) : SN_ENOENT;
	while (rc == SN_OK) {
		if (it->status == 0) {
			shelf_put(s, it->name, &it->value);
		}
		rc = sn_store_advance(source, &place, it);
	}
	free(it);
}

void shelf_fini(struct shelf *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		free_item(&s->v[i]);
	}
	free(s->v);
}

void shelf_peer(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		const struct sn_addr *sender, struct sn_span data, uint64_t now)
{
	static uint8_t varbinds[ANSWER_ROOM];
	static uint8_t out[ANSWER_ROOM + 64];
	struct shelf *s = ctx;
	struct sn_message rq;
	struct sn_message answer;
	struct sn_dispatch d = {.store = &s->store,
				.place = {.uptime = now},
				.max_varbinds = s->max_varbinds,
				.buf = varbinds,
				.room = s->room};
	struct sn_writer w = sn_writer_make(out, sizeof(out));

	if (sn_community_read(data, &rq)) {
		abort(); /* the collector wrote no SNMP */
	}
	s->heard++;
	d.version = rq.version;
	answer = rq;
	if (sn_dispatch(&d, &rq.pdu, &answer.pdu)) {
		abort();
	}
	sn_community_write(&w, &answer);
	s->largest = sn_writer_len(&w) > s->largest ? (uint32_t)sn_writer_len(&w) : s->largest;
	if (s->lost_above == 0 || sn_writer_len(&w) <= s->lost_above) {
		sn_fake_reply(net, to, sender, sn_writer_span(&w), 0);
	}
}

/*
 * Values that were set, see overlay.h. dispatch.c calls it, on the thread that owns the device.
 */
#include "agent/overlay.h"

#include <stdlib.h>

struct sn_overlay_entry {
	struct sn_span name;   /* BER content; both in one allocation that begins here */
	struct sn_value value; /* bytes behind the name */
};

static void drop(const struct sn_overlay_entry *e)
{
	free((void *)(uintptr_t)e->name.p);
}

void sn_overlay_fini(struct sn_overlay *o)
{
	sn_overlay_cancel(o);
	for (uint32_t i = 0; i < o->n; i++) {
		drop(&o->entry[i]);
	}
	free(o->entry);
	memset(o, 0, sizeof(*o));
}

/* Where a name is, or belongs. */
static uint32_t find(const struct sn_overlay *o, struct sn_span name, bool *there)
{
	uint32_t low = 0;
	uint32_t high = o->n;

	*there = false;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = sn_oid_cmp(o->entry[mid].name, name);

		if (order == 0) {
			*there = true;
			return mid;
		}
		if (order < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

void sn_overlay_apply(const struct sn_overlay *o, struct sn_store_item *it)
{
	bool there;
	uint32_t at;

	if (o->n == 0) {
		return;
	}
	at = find(o, it->name, &there);
	if (there) {
		it->value = o->entry[at].value;
	}
}

/* Room for one entry more. */
static int grow(struct sn_overlay *o)
{
	uint32_t used = o->n + o->staged;
	uint32_t room = o->room ? 2 * o->room : 4;
	struct sn_overlay_entry *grown;

	if (used < o->room) {
		return SN_OK;
	}
	grown = realloc(o->entry, room * sizeof(*grown));
	if (!grown) {
		return SN_ENOMEM;
	}
	o->entry = grown;
	o->room = room;
	return SN_OK;
}

/* True for types whose value is octets somewhere. */
static bool has_bytes(uint8_t tag)
{
	return tag == SN_TAG_OCTETS || tag == SN_TAG_OID || tag == SN_TAG_IPADDRESS ||
	       tag == SN_TAG_OPAQUE || tag == SN_TAG_NSAP;
}

int sn_overlay_stage(struct sn_overlay *o, struct sn_span name, const struct sn_value *v)
{
	size_t n = has_bytes(v->tag) ? v->bytes.n : 0;
	struct sn_overlay_entry fresh = {.value = *v};
	uint8_t *copy = malloc(name.n + n + 1);

	if (!copy || grow(o)) {
		free(copy);
		return SN_ENOMEM;
	}
	if (name.n) {
		memcpy(copy, name.p, name.n);
	}
	fresh.name = sn_span_make(copy, name.n);
	if (has_bytes(v->tag)) {
		if (n) {
			memcpy(copy + name.n, v->bytes.p, n);
		}
		fresh.value.bytes = sn_span_make(copy + name.n, n);
	}
	o->entry[o->n + o->staged++] = fresh;
	return SN_OK;
}

void sn_overlay_commit(struct sn_overlay *o)
{
	uint32_t end = o->n + o->staged;

	/* what is sorted never reaches beyond the staged entry that is being moved */
	for (uint32_t i = o->n; i < end; i++) {
		struct sn_overlay_entry e = o->entry[i];
		bool there;
		uint32_t at = find(o, e.name, &there);

		if (there) {
			drop(&o->entry[at]);
		} else {
			memmove(&o->entry[at + 1], &o->entry[at], (o->n - at) * sizeof(e));
			o->n++;
		}
		o->entry[at] = e;
	}
	o->staged = 0;
}

void sn_overlay_cancel(struct sn_overlay *o)
{
	for (uint32_t i = 0; i < o->staged; i++) {
		drop(&o->entry[o->n + i]);
	}
	o->staged = 0;
}

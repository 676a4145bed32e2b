/*
 * A recording as a store: one block of memory, records sorted by name, an offset for each. A record
 * is the name's length, the name as BER content, and the value as a whole TLV, as it is sent. Names
 * are not front-coded: next and get give spans into the block and copy nothing, and the whole comes
 * to seven octets a varbind beyond names and values. Immutable, so any thread may read it.
 */
#include "recording/recording_int.h"
#include "codec/pdu.h"

#include <stdlib.h>

struct recording {
	struct sn_store store; /* ops and number of records */
	size_t bytes;	       /* of the whole block */
	bool subtrees;	       /* some record answers for the names below its own */
	const uint8_t *data;   /* the records, in this block */
	uint32_t starts[];     /* where each one begins in data; then the records */
};

/* One record. */
struct record {
	struct sn_span name;	/* BER content */
	uint8_t tag;		/* of the value, or SN_RECORDING_VARIED */
	struct sn_span content; /* of the value */
};

/* Offsets in data are 32 bits; a byte short of that also ends what a damaged file can ask for. */
#define MAX_DATA UINT32_MAX

static struct sn_span read_name(const uint8_t *p)
{
	size_t n = *p++;

	if (n >= 0x80) { /* a name has at most 640 octets */
		n = (n & 0x7f) << 8 | *p++;
	}
	return sn_span_make(p, n);
}

/* A TLV that write_tlv has written: no check is needed. */
static struct record read_record(const uint8_t *p)
{
	struct record rec = {.name = read_name(p)};
	size_t n;

	p = rec.name.p + rec.name.n;
	rec.tag = *p++;
	n = *p++;
	if (n >= 0x80) {
		size_t octets = n & 0x7f;

		n = sn_ber_be(p, octets);
		p += octets;
	}
	rec.content = sn_span_make(p, n);
	return rec;
}

static struct record record_at(const struct recording *rc, size_t i)
{
	return read_record(rc->data + rc->starts[i]);
}

static struct sn_span name_at(const struct recording *rc, size_t i)
{
	return read_name(rc->data + rc->starts[i]);
}

/* Octets of a record, name and value. */
static size_t record_size(const uint8_t *p)
{
	struct record rec = read_record(p);

	return (size_t)(rec.content.p + rec.content.n - p);
}

uint8_t *sn_recording_buf_grow(struct sn_recording_buf *b, size_t n)
{
	if (b->failed) {
		return NULL;
	}
	if (!b->p || n > b->cap - b->n) {
		size_t cap = b->cap + b->cap / 2 + n + 4096;
		uint8_t *p = realloc(b->p, cap);

		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->p = p;
		b->cap = cap;
	}
	b->n += n;
	return b->p + b->n - n;
}

void sn_recording_buf_add(struct sn_recording_buf *b, struct sn_span s)
{
	uint8_t *p = sn_recording_buf_grow(b, s.n);

	if (p && s.n) {
		memcpy(p, s.p, s.n);
	}
}

static bool in_order(const struct sn_recording_reader *r, struct sn_span name)
{
	uint32_t last;

	if (r->starts.n == 0 || r->data.failed || r->starts.failed) {
		return true;
	}
	memcpy(&last, r->starts.p + r->starts.n - sizeof(last), sizeof(last));
	return sn_oid_cmp(read_name(r->data.p + last), name) <= 0;
}

void sn_recording_add(struct sn_recording_reader *r, struct sn_span name, uint8_t tag,
		      struct sn_span content)
{
	uint8_t header[2 + 8] = {0};
	struct sn_writer w = sn_writer_make(header, sizeof(header));
	uint32_t start = (uint32_t)r->data.n;
	uint8_t *p;

	if (r->data.n > MAX_DATA - SN_OID_MAX_BER - sizeof(header) - content.n) {
		r->data.failed = true;
		return;
	}
	if (!in_order(r, name)) {
		r->result->unsorted++;
	}
	sn_ber_write_header(&w, tag, content.n);
	sn_recording_buf_add(&r->starts, sn_span_make(&start, sizeof(start)));
	p = sn_recording_buf_grow(&r->data, name.n < 0x80 ? 1 : 2);
	if (p && name.n >= 0x80) {
		*p++ = (uint8_t)(0x80 | name.n >> 8);
	}
	if (p) {
		*p = (uint8_t)name.n;
	}
	sn_recording_buf_add(&r->data, name);
	sn_recording_buf_add(&r->data, sn_writer_span(&w));
	sn_recording_buf_add(&r->data, content);
}

/* By name; among equals the first of the file comes first. */
static int by_name(const void *a, const void *b, void *data)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	int c = sn_oid_cmp(read_name((const uint8_t *)data + x),
			   read_name((const uint8_t *)data + y));

	return c ? c : (x > y) - (x < y);
}

/* Takes the second and later ones of a name out; returns how many are left and their octets. */
static size_t drop_doubled(struct sn_recording_reader *r, uint32_t *starts, size_t n,
			   size_t *octets)
{
	size_t kept = 0;

	*octets = 0;
	for (size_t i = 0; i < n; i++) {
		if (kept && sn_span_eq(read_name(r->data.p + starts[kept - 1]),
				       read_name(r->data.p + starts[i]))) {
			r->result->doubled++;
			continue;
		}
		starts[kept++] = starts[i];
		*octets += record_size(r->data.p + starts[i]);
	}
	return kept;
}

static const struct sn_store_ops recording_ops;

int sn_recording_finish(struct sn_recording_reader *r, struct sn_store **st)
{
	uint32_t *starts = (uint32_t *)(void *)r->starts.p;
	size_t n = r->starts.n / sizeof(*starts);
	size_t octets;
	struct recording *rc;
	uint8_t *p;

	*st = NULL;
	if (r->data.failed || r->starts.failed || r->value.failed) {
		return SN_ENOMEM;
	}
	if (n == 0 && r->result->bad) {
		return SN_EINVAL;
	}
	if (r->result->unsorted) {
		qsort_r(starts, n, sizeof(*starts), by_name, r->data.p);
	}
	n = drop_doubled(r, starts, n, &octets);
	rc = malloc(sizeof(*rc) + n * sizeof(rc->starts[0]) + octets);
	if (!rc) {
		return SN_ENOMEM;
	}
	rc->store = (struct sn_store){.ops = &recording_ops, .instances = n};
	rc->bytes = sizeof(*rc) + n * sizeof(rc->starts[0]) + octets;
	rc->subtrees = false;
	p = (uint8_t *)(rc->starts + n);
	rc->data = p;
	for (size_t i = 0; i < n; i++) {
		size_t size = record_size(r->data.p + starts[i]);

		rc->starts[i] = (uint32_t)(p - rc->data);
		memcpy(p, r->data.p + starts[i], size);
		p += size;
		rc->subtrees |= sn_vary_is_subtree(record_at(rc, i).tag, record_at(rc, i).content);
	}
	*st = &rc->store;
	return SN_OK;
}

size_t sn_recording_bytes(const struct sn_store *st)
{
	return ((const struct recording *)st)->bytes;
}

void sn_recording_item_value(uint8_t tag, struct sn_span content, struct sn_value *v)
{
	if (tag == SN_TAG_OPAQUE) {
		/* not read as float or double: it is sent as it was recorded */
		v->tag = tag;
		v->bytes = content;
	} else if (sn_value_read(tag, content, v)) {
		v->tag = SN_TAG_NULL; /* never: the loader wrote it */
	}
}

/* SN_OK; SN_ENOENT: this record has no value to read. */
static int fill(const struct recording *rc, const struct sn_store_place *pl, size_t i,
		struct sn_store_item *it)
{
	struct record rec = record_at(rc, i);

	it->name = rec.name;
	it->at = i;
	if (rec.tag == SN_RECORDING_VARIED) {
		return sn_vary_read(rec.content, pl, it);
	}
	sn_recording_item_value(rec.tag, rec.content, &it->value);
	return SN_OK;
}

/* The first record from i on that has a value. */
static int fill_from(const struct recording *rc, const struct sn_store_place *pl, size_t i,
		     struct sn_store_item *it)
{
	for (; i < rc->store.instances; i++) {
		if (fill(rc, pl, i, it) == SN_OK) {
			return SN_OK;
		}
		it->delay_ns = 0;
	}
	it->value.tag = SN_TAG_END_OF_MIB_VIEW;
	return SN_ENOENT;
}

/* Number of records whose name is not above this one. */
static size_t upper_bound(const struct recording *rc, struct sn_span name)
{
	size_t low = 0;
	size_t high = rc->store.instances;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sn_oid_cmp(name_at(rc, mid), name) <= 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

/* Index of the record of this name plus one, 0: there is none. */
static size_t find(const struct recording *rc, struct sn_span name)
{
	size_t i = upper_bound(rc, name);

	return i && sn_span_eq(name_at(rc, i - 1), name) ? i : 0;
}

static int recording_get(const struct sn_store *st, const struct sn_store_place *pl,
			 struct sn_span name, struct sn_store_item *it)
{
	const struct recording *rc = (const struct recording *)st;
	size_t i = find(rc, name);

	if (i && fill(rc, pl, i - 1, it) == SN_OK) {
		return SN_OK;
	}
	/* as snmpsim: a recording does not tell which objects the device knows */
	it->name = name;
	it->delay_ns = 0;
	it->value.tag = SN_TAG_NO_SUCH_INSTANCE;
	return SN_ENOENT;
}

static int recording_next(const struct sn_store *st, const struct sn_store_place *pl,
			  struct sn_span name, struct sn_store_item *it)
{
	const struct recording *rc = (const struct recording *)st;
	size_t i = upper_bound(rc, name);

	if (rc->subtrees && i) {
		struct record rec = record_at(rc, i - 1);

		if (sn_vary_is_subtree(rec.tag, rec.content) && sn_span_is_prefix(rec.name, name)) {
			i--;
		}
	}
	return fill_from(rc, pl, i, it);
}

static int recording_advance(const struct sn_store *st, const struct sn_store_place *pl,
			     struct sn_store_item *it)
{
	return fill_from((const struct recording *)st, pl, it->at + 1, it);
}

static int32_t recording_may_set(const struct sn_store *st, const struct sn_store_place *pl,
				 struct sn_span name, const struct sn_value *v)
{
	const struct recording *rc = (const struct recording *)st;
	size_t i = find(rc, name);
	struct record rec;

	(void)pl;
	if (!i) {
		return SN_STATUS_NO_CREATION;
	}
	rec = record_at(rc, i - 1);
	return rec.tag == SN_RECORDING_VARIED ? sn_vary_may_set(rec.content, v)
					      : SN_STATUS_NOT_WRITABLE;
}

static void recording_free(struct sn_store *st)
{
	free(st);
}

static const struct sn_store_ops recording_ops = {
	.name = "recording",
	.get = recording_get,
	.next = recording_next,
	.advance = recording_advance,
	.may_set = recording_may_set,
	.free = recording_free,
};

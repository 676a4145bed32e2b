/*
 * Made-up devices as a store, see synthetic.h: names, their order, and whose value is asked for.
 * The dispatcher calls it on a worker's thread. An item's `at` is its column and row.
 */
#include "store/synthetic_int.h"
#include "codec/pdu.h"

#include <stdlib.h>

enum { ROW_BITS = 32, FIRST_PROCESSOR = 196608 /* index of hrDeviceEntry, as Net-SNMP has it */ };

/* A column of this store; a scalar is one whose only index is 0. */
struct column {
	uint8_t prefix[SN_SYNTHETIC_PREFIX];	  /* OID without index */
	uint32_t prefix_n;			  /* octets of it */
	uint32_t rows;				  /* at least 1 */
	uint32_t base;				  /* index of the first row; the others follow */
	uint32_t keys;				  /* table whose rows these are */
	const struct sn_synthetic_object *object; /* what it is */
};

struct sn_synthetic {
	struct sn_store store;		/* first */
	struct sn_synthetic_config cfg; /* as given */
	size_t n;			/* columns */
	struct column column[];		/* in the order of their OIDs */
};

static const struct sn_synthetic *synthetic(const struct sn_store *st)
{
	return (const struct sn_synthetic *)(const void *)st;
}

/* Rows of a table and the index of the first one. */
static void measure(const struct sn_synthetic_config *cfg, uint8_t table, struct column *col)
{
	col->base = 1;
	col->keys = table;
	switch (table) {
	case SN_SYNTHETIC_IF:
		col->rows = cfg->interfaces;
		break;
	case SN_SYNTHETIC_IFX:
		col->rows = cfg->interfaces;
		col->keys = SN_SYNTHETIC_IF;
		break;
	case SN_SYNTHETIC_STORAGE:
		col->rows = cfg->processors ? SN_SYNTHETIC_STORAGES : 0;
		break;
	case SN_SYNTHETIC_PROCESSOR:
		col->rows = cfg->processors;
		col->base = FIRST_PROCESSOR;
		break;
	case SN_SYNTHETIC_ENTITY:
		col->rows = cfg->entities;
		break;
	default:
		col->rows = 1;
		col->base = 0;
		break;
	}
}

static void add_column(struct sn_synthetic *syn, const struct sn_synthetic_object *object)
{
	struct sn_span table = sn_synthetic_table_oid(object->table);
	struct column *col = &syn->column[syn->n];

	measure(&syn->cfg, object->table, col);
	if (col->rows == 0) {
		return;
	}
	memcpy(col->prefix, table.p, table.n);
	col->prefix[table.n] = object->column;
	col->prefix_n = (uint32_t)table.n + 1;
	col->object = object;
	syn->store.instances += col->rows;
	syn->n++;
}

static struct sn_span prefix_of(const struct column *col)
{
	return sn_span_make(col->prefix, col->prefix_n);
}

/* Name and value of an instance, which exists. */
static void fill(const struct sn_synthetic *syn, const struct sn_store_place *pl, size_t c,
		 uint64_t row, struct sn_store_item *it)
{
	const struct column *col = &syn->column[c];
	struct sn_synthetic_at at = {
		.cfg = &syn->cfg,
		.ticks = pl->uptime / SN_SYNTHETIC_TICK,
		.device = pl->device,
		.row = (uint32_t)row,
		.index = col->base + (uint32_t)row,
		.room = it->room + SN_SYNTHETIC_NAME,
	};

	memcpy(it->room, col->prefix, SN_SYNTHETIC_PREFIX);
	it->name = sn_span_make(it->room, col->prefix_n + sn_oid_write_arc(it->room + col->prefix_n,
									   at.index));
	it->at = c << ROW_BITS | row;
	it->value.tag = col->object->tag;
	at.device_key = sn_synthetic_key(syn->cfg.seed, UINT64_C(1) << 32 | pl->device);
	at.row_key = sn_synthetic_key(at.device_key, (uint64_t)(col->keys + 1) << 32 | row);
	col->object->value(&at, col->object->which, &it->value);
}

/* Columns whose prefix does not come after a name. */
static size_t columns_up_to(const struct sn_synthetic *syn, struct sn_span name)
{
	size_t low = 0;
	size_t high = syn->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sn_oid_cmp(prefix_of(&syn->column[mid]), name) <= 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

/* The column that a name is below, and what follows its prefix. NULL: none. */
static const struct column *column_of(const struct sn_synthetic *syn, size_t up_to,
				      struct sn_span name, struct sn_span *rest)
{
	const struct column *col;

	if (up_to == 0) {
		return NULL;
	}
	col = &syn->column[up_to - 1];
	if (!sn_span_is_prefix(prefix_of(col), name)) {
		return NULL;
	}
	*rest = sn_span_from(name, col->prefix_n);
	return col;
}

/*
 * The number at the beginning of an index, and its octets. Where it has octets too many (BER
 * forbids it, agents meet it) the order of names puts it behind all numbers that need fewer and
 * before all others: it counts as the last of the former.
 */
static uint64_t first_arc(struct sn_span rest, size_t *octets)
{
	uint64_t v = 0;
	size_t n = 0;

	while (n < rest.n && n < 6) {
		v = v << 7 | (rest.p[n] & 0x7f);
		if (!(rest.p[n++] & 0x80)) {
			break;
		}
	}
	*octets = n;
	if (rest.n > 1 && rest.p[0] == 0x80) {
		return (UINT64_C(1) << (7 * (n - 1))) - 1;
	}
	return v;
}

static int synthetic_get(const struct sn_store *st, const struct sn_store_place *pl,
			 struct sn_span name, struct sn_store_item *it)
{
	const struct sn_synthetic *syn = synthetic(st);
	size_t up_to = columns_up_to(syn, name);
	struct sn_span rest;
	const struct column *col = column_of(syn, up_to, name, &rest);
	uint64_t index;
	size_t octets;

	it->value.tag = SN_TAG_NO_SUCH_OBJECT;
	if (!col) {
		return SN_ENOENT;
	}
	it->value.tag = SN_TAG_NO_SUCH_INSTANCE;
	index = first_arc(rest, &octets);
	if (rest.n == 0 || octets != rest.n || rest.p[octets - 1] & 0x80 ||
	    (octets > 1 && rest.p[0] == 0x80) || index < col->base ||
	    index - col->base >= col->rows) {
		return SN_ENOENT;
	}
	fill(syn, pl, up_to - 1, index - col->base, it);
	return SN_OK;
}

static int synthetic_next(const struct sn_store *st, const struct sn_store_place *pl,
			  struct sn_span name, struct sn_store_item *it)
{
	const struct sn_synthetic *syn = synthetic(st);
	size_t c = columns_up_to(syn, name);
	struct sn_span rest;
	const struct column *col = column_of(syn, c, name, &rest);
	uint64_t row = 0;

	if (col) {
		size_t octets;
		uint64_t index = first_arc(rest, &octets);

		if (rest.n && index >= col->base) {
			row = index - col->base + 1;
		}
		if (row < col->rows) {
			c--;
		} else {
			row = 0;
		}
	}
	if (c == syn->n) {
		return SN_ENOENT;
	}
	fill(syn, pl, c, row, it);
	return SN_OK;
}

static int synthetic_advance(const struct sn_store *st, const struct sn_store_place *pl,
			     struct sn_store_item *it)
{
	const struct sn_synthetic *syn = synthetic(st);
	size_t c = it->at >> ROW_BITS;
	uint64_t row = (it->at & UINT32_MAX) + 1;

	if (row >= syn->column[c].rows) {
		row = 0;
		c++;
	}
	if (c == syn->n) {
		return SN_ENOENT;
	}
	fill(syn, pl, c, row, it);
	return SN_OK;
}

/* Whether the octets are NVT ASCII, which DisplayString is made of (RFC 2579 §2). */
static bool is_ascii(struct sn_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] & 0x80) {
			return false;
		}
	}
	return true;
}

/* Steps 3, 4 and 6 of RFC 3416 §4.2.5. */
static int32_t check_value(const struct sn_synthetic_object *object, const struct sn_value *v)
{
	const struct sn_synthetic_range *range = object->range;

	if (v->tag != object->tag) {
		return SN_STATUS_WRONG_TYPE;
	}
	if (v->tag == SN_TAG_INTEGER) {
		return v->i < range->low || v->i > range->high ? SN_STATUS_WRONG_VALUE : 0;
	}
	if (v->bytes.n < range->low || v->bytes.n > range->high) {
		return SN_STATUS_WRONG_LENGTH;
	}
	return range->printable && !is_ascii(v->bytes) ? SN_STATUS_WRONG_VALUE : 0;
}

/* RFC 3416 §4.2.5: a read-only object is step 2, a row that cannot be made step 7. */
static int32_t synthetic_may_set(const struct sn_store *st, const struct sn_store_place *pl,
				 struct sn_span name, const struct sn_value *v)
{
	const struct sn_synthetic *syn = synthetic(st);
	struct sn_store_item it;
	struct sn_span rest;
	const struct column *col = column_of(syn, columns_up_to(syn, name), name, &rest);
	int32_t status;

	if (!col || !col->object->range) {
		return SN_STATUS_NOT_WRITABLE;
	}
	status = check_value(col->object, v);
	if (status) {
		return status;
	}
	return synthetic_get(st, pl, name, &it) ? SN_STATUS_NO_CREATION : 0;
}

static void synthetic_free(struct sn_store *st)
{
	free(st);
}

static const struct sn_store_ops synthetic_ops = {
	.name = "synthetic",
	.get = synthetic_get,
	.next = synthetic_next,
	.advance = synthetic_advance,
	.may_set = synthetic_may_set,
	.free = synthetic_free,
};

int sn_synthetic_new(const struct sn_synthetic_config *cfg, struct sn_store **st)
{
	size_t n = sn_synthetic_object_count;
	struct sn_synthetic *syn;

	if (cfg->interfaces < 1 || cfg->interfaces > SN_SYNTHETIC_ROWS_MAX ||
	    cfg->entities > SN_SYNTHETIC_ROWS_MAX || cfg->processors > SN_SYNTHETIC_ROWS_MAX ||
	    (cfg->reboot_every && cfg->reboot_every < SN_SYNTHETIC_TICK) ||
	    (cfg->reset_every && cfg->reset_every < SN_SYNTHETIC_TICK)) {
		return SN_EINVAL;
	}
	syn = calloc(1, sizeof(*syn) + n * sizeof(syn->column[0]));
	if (!syn) {
		return SN_ENOMEM;
	}
	syn->store.ops = &synthetic_ops;
	syn->cfg = *cfg;
	for (size_t i = 0; i < n; i++) {
		add_column(syn, &sn_synthetic_objects[i]);
	}
	*st = &syn->store;
	return SN_OK;
}

uint64_t sn_synthetic_uptime(const struct sn_store *st, uint32_t device, uint64_t age,
			     uint32_t *boots)
{
	const struct sn_synthetic_config *cfg = &synthetic(st)->cfg;
	uint64_t key = sn_synthetic_key(cfg->seed, UINT64_C(2) << 32 | device);

	if (cfg->reboot_every == 0) {
		*boots = 1;
		return age + (key >> 32) * SN_SYNTHETIC_TICK;
	}
	age += key % cfg->reboot_every;
	*boots = (uint32_t)(1 + age / cfg->reboot_every);
	return age % cfg->reboot_every;
}

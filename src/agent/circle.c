/*
 * A column in a circle, see circle.h. dispatch.c calls it, on a worker's thread.
 */
#include "agent/circle.h"

/* 1.3.6.1.2.1.2.2.1.14, ifInErrors */
static const uint8_t column[] = {0x2b, 6, 1, 2, 1, 2, 2, 1, 14};

static const struct sn_store *inner_of(const struct sn_store *st)
{
	return ((const struct sn_circle *)(const void *)st)->inner;
}

static bool in_column(struct sn_span name)
{
	return sn_span_is_prefix(sn_span_make(column, sizeof(column)), name);
}

/* What came behind an item that was in the column or not: out of the column leads back into it. */
static int close_circle(const struct sn_store *st, const struct sn_store_place *pl, bool was_in,
			int rc, struct sn_store_item *it)
{
	if (was_in && (rc || !in_column(it->name))) {
		return sn_store_next(inner_of(st), pl, sn_span_make(column, sizeof(column)), it);
	}
	return rc;
}

static int circle_get(const struct sn_store *st, const struct sn_store_place *pl,
		      struct sn_span name, struct sn_store_item *it)
{
	return sn_store_get(inner_of(st), pl, name, it);
}

static int circle_next(const struct sn_store *st, const struct sn_store_place *pl,
		       struct sn_span name, struct sn_store_item *it)
{
	/* the column's own OID is not yet in it */
	bool was_in = in_column(name) && name.n > sizeof(column);

	return close_circle(st, pl, was_in, sn_store_next(inner_of(st), pl, name, it), it);
}

static int circle_advance(const struct sn_store *st, const struct sn_store_place *pl,
			  struct sn_store_item *it)
{
	bool was_in = in_column(it->name);

	return close_circle(st, pl, was_in, sn_store_advance(inner_of(st), pl, it), it);
}

static int32_t circle_may_set(const struct sn_store *st, const struct sn_store_place *pl,
			      struct sn_span name, const struct sn_value *v)
{
	return sn_store_may_set(inner_of(st), pl, name, v);
}

void sn_circle_init(struct sn_circle *c, const struct sn_store *inner)
{
	static const struct sn_store_ops ops = {.name = "circle",
						.get = circle_get,
						.next = circle_next,
						.advance = circle_advance,
						.may_set = circle_may_set};

	c->st.ops = &ops;
	c->st.instances = inner->instances;
	c->inner = inner;
}

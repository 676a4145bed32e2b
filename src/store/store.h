/*
 * What an agent knows: values by name, in the order of names. One interface over recordings
 * (recording.h), made-up devices (synthetic.h) and whatever else answers; dispatch.c turns requests
 * into calls of it. A store is immutable and shared by many devices and threads: what differs
 * between them is in the place a call names. A worker's thread calls get and next.
 */
#ifndef SN_STORE_STORE_H
#define SN_STORE_STORE_H

#include "codec/oid.h"
#include "codec/value.h"

enum { SN_STORE_ROOM = 1024 }; /* octets a store may make up for one item */

/* Whose value, and when. */
struct sn_store_place {
	uint64_t uptime; /* ns since this device's management system started */
	uint64_t wall;	 /* Unix ns */
	uint32_t device; /* number of the device; makes values differ between devices */
};

/* One instance as found. */
struct sn_store_item {
	struct sn_span name;	     /* OID, BER content; in the store or in room */
	struct sn_value value;	     /* exceptions too (a recording may hold them); bytes as name */
	uint64_t delay_ns;	     /* the device thinks so long about it */
	int32_t status;		     /* error-status it answers with instead; 0: none */
	size_t at;		     /* the store's own note of where this was */
	uint8_t room[SN_STORE_ROOM]; /* for what the store makes up */
};

struct sn_store;

struct sn_store_ops {
	const char *name; /* "recording", "synthetic" */
	/*
	 * The instance of exactly this name. SN_OK; SN_ENOENT, and then it->value.tag says which
	 * exception it is: noSuchInstance where the object is known, else noSuchObject (RFC 3416
	 * §4.2.1).
	 */
	int (*get)(const struct sn_store *st, const struct sn_store_place *pl, struct sn_span name,
		   struct sn_store_item *it);
	/* The first instance after this name, which may be anything. SN_OK; SN_ENOENT: the end. */
	int (*next)(const struct sn_store *st, const struct sn_store_place *pl, struct sn_span name,
		    struct sn_store_item *it);
	/* The one after the item that get or next filled in, in place: without a search. SN_OK;
	 * SN_ENOENT: the end. */
	int (*advance)(const struct sn_store *st, const struct sn_store_place *pl,
		       struct sn_store_item *it);
	/*
	 * Whether SET may give this instance this value: an error-status of RFC 3416 §4.2.5
	 * (0: it may). Setting itself is the device's business: the store never changes.
	 */
	int32_t (*may_set)(const struct sn_store *st, const struct sn_store_place *pl,
			   struct sn_span name, const struct sn_value *v);
	void (*free)(struct sn_store *st);
};

/* First member of every store's own struct. */
struct sn_store {
	const struct sn_store_ops *ops; /* the kind */
	uint64_t instances;		/* as far as known */
};

static inline int sn_store_get(const struct sn_store *st, const struct sn_store_place *pl,
			       struct sn_span name, struct sn_store_item *it)
{
	it->delay_ns = 0;
	it->status = 0;
	return st->ops->get(st, pl, name, it);
}

static inline int sn_store_next(const struct sn_store *st, const struct sn_store_place *pl,
				struct sn_span name, struct sn_store_item *it)
{
	it->delay_ns = 0;
	it->status = 0;
	return st->ops->next(st, pl, name, it);
}

static inline int sn_store_advance(const struct sn_store *st, const struct sn_store_place *pl,
				   struct sn_store_item *it)
{
	it->delay_ns = 0;
	it->status = 0;
	return st->ops->advance(st, pl, it);
}

static inline int32_t sn_store_may_set(const struct sn_store *st, const struct sn_store_place *pl,
				       struct sn_span name, const struct sn_value *v)
{
	return st->ops->may_set(st, pl, name, v);
}

static inline void sn_store_free(struct sn_store *st)
{
	if (st) {
		st->ops->free(st);
	}
}

#endif

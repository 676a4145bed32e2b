/*
 * A store that a test fills and changes: names and values in a sorted list, a copy of another store
 * or made item by item; and an agent on the scripted network that serves it by the product's own
 * dispatch.
 */
#ifndef TEST_SUPPORT_SHELF_H
#define TEST_SUPPORT_SHELF_H

#include "io/fake.h"
#include "store/store.h"

struct shelf_item {
	struct sn_span name;   /* heap */
	struct sn_value value; /* bytes: heap */
};

struct shelf {
	struct sn_store store; /* first; ops over the list */
	struct shelf_item *v;  /* n of them, ascending */
	uint32_t n;
	uint32_t cap;
	uint32_t max_varbinds; /* of a GETBULK's answer, 0: as many as fit */
	size_t room;	       /* octets of an answer's varbinds */
	size_t lost_above;     /* larger answers are lost on their way; 0: none */
	uint32_t heard;	       /* requests */
	uint32_t largest;      /* octets of its largest answer */
};

/* An empty one, or a copy of everything in another store (which may be NULL). Aborts without
 * memory. */
void shelf_init(struct shelf *s, const struct sn_store *from);
void shelf_fini(struct shelf *s);

/* Adds, or replaces the value; copies both. */
void shelf_put(struct shelf *s, struct sn_span name, const struct sn_value *v);

/* Takes out number i. */
void shelf_drop(struct shelf *s, uint32_t i);

/* The first item whose name is not less than this; n: none. */
uint32_t shelf_find(const struct shelf *s, struct sn_span name);

/* For sn_fake_config.peer: every address is this device, v1 and v2c, community "public". ctx: the
 * shelf. */
sn_fake_peer_fn shelf_peer;

#endif

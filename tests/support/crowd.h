/*
 * Very many agents for the scripted network (io/fake.h) that cost next to nothing: they have no
 * state, all know the same instances, and an answer is built once for each question that any of
 * them is asked; from then on it is copied and its request-id, sysUpTime and one counter are
 * patched. The uptime is a function of time and agent, the counter says who answered, so a test can
 * tell whether an answer reached the right row. For tests of size; agent.h has agents that can be
 * faulty. v2c only. One thread.
 */
#ifndef TEST_SUPPORT_CROWD_H
#define TEST_SUPPORT_CROWD_H

#include "codec/oid.h"
#include "io/fake.h"

enum {
	CROWD_AGENTS_MAX = 1 << 24, /* addresses 10.0.0.0 + id */
	CROWD_SCALARS = 10,
	CROWD_QUESTIONS = 4096, /* different ones whose answers are kept */
};

/* Objects in the order of their OIDs. */
enum crowd_object {
	CROWD_UPTIME,
	CROWD_IF_IN, /* the columns begin here; row 1 of this one is the counter that is patched */
	CROWD_IF_OUT,
	CROWD_SCALAR,				      /* ten in a row; the first one is patched */
	CROWD_IF_NAME = CROWD_SCALAR + CROWD_SCALARS, /* columns again */
	CROWD_IF_HC_IN,
	CROWD_IF_HC_OUT,
	CROWD_OBJECTS
};

struct crowd_config {
	uint32_t n;		   /* agents */
	uint32_t rows;		   /* instances of each column: 1 to rows */
	uint64_t seed;		   /* who is dead, who reboots and when */
	uint64_t began;		   /* mono ns at the start */
	uint32_t dead_ppm;	   /* of a million so many never answer */
	uint32_t reboot_ppm;	   /* so many start anew once */
	uint64_t reboot_after_ns;  /* not before so long after the start */
	uint64_t reboot_within_ns; /* and within so long after that */
};

struct crowd_answer;

struct crowd {
	struct crowd_config cfg;			/* as given */
	struct crowd_answer *kept[2 * CROWD_QUESTIONS]; /* open hash table by question */
	uint32_t nkept;					/* entries in use */
	uint64_t answered;				/* requests */
	uint64_t built; /* answers that had to be built, kept or not */
};

void crowd_init(struct crowd *cr, const struct crowd_config *cfg);
void crowd_fini(struct crowd *cr);

/* For sn_fake_config.peer; ctx is the struct crowd. Aborts on what is no sound v2c request. */
sn_fake_peer_fn crowd_peer;

/* Where agent number id lives. */
struct sn_addr crowd_addr(uint32_t id);

bool crowd_is_dead(const struct crowd *cr, uint32_t id);

/* Mono ns at which it starts anew, SN_TIME_NEVER: it does not. */
uint64_t crowd_reboot_at(const struct crowd *cr, uint32_t id);

/* Its sysUpTime at a mono time. */
uint32_t crowd_uptime(const struct crowd *cr, uint32_t id, uint64_t now);

/* The value of its patched counters, the same at any time. */
uint32_t crowd_counter(uint32_t id);

const char *crowd_name(enum crowd_object object);

/* OID without instance, BER content; valid for ever. */
struct sn_span crowd_oid(enum crowd_object object);

bool crowd_is_scalar(enum crowd_object object);

#endif

/*
 * A sink that takes messages, for the tests of pumps: keeps what it is given, and settles it, holds
 * it or refuses it as the test says. Any thread may steer and look; every function locks.
 */
#ifndef TEST_SUPPORT_POSTBOX_H
#define TEST_SUPPORT_POSTBOX_H

#include "output/sink.h"

#include <pthread.h>

/* A message as it was given. */
struct posted {
	char key[64];	 /* texts, cut */
	char module[64]; /* the same */
	char table[64];	 /* the same */
	char status[32]; /* the same */
	uint8_t *body;	 /* n octets and a NUL */
	size_t n;	 /* octets */
	uint64_t began;	 /* the rest as in struct sn_output_message */
	uint32_t rows;
	uint32_t rounds;
	uint32_t hash;
	uint32_t part;
	uint8_t topic;
	bool last;
	const void *buffer; /* where it lay */
};

struct postbox {
	pthread_mutex_t lock;		/* of all below */
	pthread_cond_t change;		/* anything below changed */
	struct posted *v;		/* all messages taken */
	unsigned n;			/* of them */
	unsigned cap;			/* room of v */
	struct sn_output_message *held; /* not settled, first taken last */
	unsigned nheld;			/* of them */
	bool hold;			/* settle nothing */
	bool full;			/* take nothing */
	bool deaf;			/* abort settles nothing */
	enum sn_loss fate;		/* what becomes of messages */
	unsigned refusals;		/* calls of take in vain */
	unsigned aborts;		/* calls */
	unsigned frees;			/* calls */
	struct sn_sink *sink;		/* it */
};

/* The sink, which the pump frees, is p->sink; aborts without memory. */
void postbox_init(struct postbox *p);
void postbox_fini(struct postbox *p);

/* Steering: what holds from now on; the pump is nudged. */
void postbox_hold(struct postbox *p, bool hold);
void postbox_fill(struct postbox *p, bool full);

/* Waits until *counter, a member of p, is at least n; aborts after 20 s. */
void postbox_wait(struct postbox *p, const unsigned *counter, unsigned n);

#endif

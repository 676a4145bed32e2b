/*
 * A sink for the tests of pumps: keeps what it is given, and fails or waits as the test says. Any
 * thread may steer and look; every function locks.
 */
#ifndef TEST_SUPPORT_PROBE_SINK_H
#define TEST_SUPPORT_PROBE_SINK_H

#include "output/sink.h"

#include <pthread.h>

struct probe {
	pthread_mutex_t lock;  /* of all below */
	pthread_cond_t change; /* anything below changed */
	uint8_t *data;	       /* all bytes that were taken */
	size_t n;	       /* of them */
	size_t cap;	       /* room of data */
	int err;	       /* writes fail with this while fails > 0 */
	unsigned fails;	       /* writes that still fail */
	int flush_err;	       /* what flushes return */
	int reopen_err;	       /* what reopening returns */
	bool closed;	       /* writes wait until this is false or they are abandoned */
	unsigned waiting;      /* writes that wait now */
	unsigned writes;       /* calls, failed ones included */
	unsigned flushes;      /* calls */
	unsigned reopens;      /* calls; one ends the failing */
	unsigned frees;	       /* calls */
};

void probe_init(struct probe *p);
void probe_fini(struct probe *p);

/* The sink, which the pump frees; aborts without memory. */
struct sn_sink *probe_sink(struct probe *p);

/* Steering. */
void probe_close(struct probe *p, bool closed);
void probe_fail(struct probe *p, int err, unsigned times);

/* Waits until *counter, a member of p, is at least n; aborts after 20 s. */
void probe_wait(struct probe *p, const unsigned *counter, unsigned n);

#endif

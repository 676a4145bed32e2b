/*
 * A worker and a collector whose targets are made by hand, for what reads the list of targets: no
 * round is run, their statuses are what the test writes into them. Virtual time and one thread, or,
 * from roster_start on, real time and a thread of its own.
 */
#ifndef TEST_SUPPORT_ROSTER_H
#define TEST_SUPPORT_ROSTER_H

#include "collect/collector.h"
#include "io/fake.h"
#include "serve/serve.h"

#include <pthread.h>

enum { ROSTER_NAME = 16 };

struct roster {
	struct sn_fake *net;	      /* the worker's, without peers */
	struct sn_worker w;	      /* the worker */
	struct sn_collector c;	      /* its collector; only what surveys read is there */
	struct sn_target *target;     /* n of them */
	struct sn_target_spec *spec;  /* theirs */
	struct sn_label *label;	      /* one each: site=s<number> */
	char (*name)[ROSTER_NAME];    /* instances: t<number> */
	char (*site)[ROSTER_NAME];    /* values of labels */
	struct sn_target **list;      /* the collector's */
	uint32_t n;		      /* targets */
	pthread_t thread;	      /* between start and join */
	struct sn_worker_message end; /* to it */
	bool running;		      /* it is to be joined */
};

/* n targets with the numbers first, first + step, ...: "t0000007". Aborts without memory. */
void roster_open(struct roster *r, uint32_t n, uint32_t first, uint32_t step);

void roster_close(struct roster *r);

/* One turn of the worker. */
void roster_turn(struct roster *r);

/* In place of turns: the worker's loop on a thread of its own, in real time. */
void roster_start(struct roster *r);

/* Ends that thread; harmless when it was. */
void roster_join(struct roster *r);

/* As the web server's side sees it. */
struct sn_serve_worker roster_worker(struct roster *r);

#endif

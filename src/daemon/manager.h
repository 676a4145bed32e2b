/*
 * The service manager that started this process, as far as it wants to be told: that the process is
 * ready, that it reloads, that it ends, how it is doing, and, if the manager has a watchdog, that
 * the main thread and all workers still turn. poll.c and simulate.c open it, their loops give it
 * turns. Main thread; of the workers it reads the counter of turns and wakes them.
 */
#ifndef SN_DAEMON_MANAGER_H
#define SN_DAEMON_MANAGER_H

#include "observe/sdnotify.h"
#include "scheduler/worker.h"

enum { SN_MANAGER_TEXT_MAX = 512 };

enum sn_manager_state {
	SN_MANAGER_STARTING,
	SN_MANAGER_READY,     /* READY=1 */
	SN_MANAGER_RELOADING, /* RELOADING=1; then ready again */
	SN_MANAGER_STOPPING   /* STOPPING=1; nothing follows */
};

/* A worker that must turn. */
struct sn_manager_worker {
	struct sn_worker *w;	     /* its counters are read, its io is woken */
	const _Atomic bool *running; /* false: its thread has ended, it need not turn */
	uint64_t loops;		     /* turns it had when it was asked for one */
};

struct sn_manager {
	struct sn_sdnotify sd;		  /* the way to it */
	struct sn_manager_worker *worker; /* nworkers of them */
	unsigned nworkers;
	enum sn_manager_state state; /* what it is to know */
	enum sn_manager_state told;  /* what it knows */
	uint64_t ask_at;	     /* mono ns, workers are asked for a turn */
	uint64_t due_at;	     /* mono ns, WATCHDOG=1 if all had one */
	uint64_t status_at;	     /* mono ns, the next line of status */
	bool asked;		     /* since the last WATCHDOG=1 */
	bool complained;	     /* of a worker that does not turn */
};

/* From the environment. What is wrong with it is warned of, and then nobody is told. */
void sn_manager_open(struct sn_manager *m);

/* A second time does nothing. */
void sn_manager_close(struct sn_manager *m);

/* One more worker that must turn from READY on; w and running outlive m. SN_ENOMEM. */
SN_MUST_USE int sn_manager_watch(struct sn_manager *m, struct sn_worker *w,
				 const _Atomic bool *running);

/* Told at once, or, if the manager does not read, in one of the next turns. A process that stops is
 * neither ready nor reloading any more. */
void sn_manager_set(struct sn_manager *m, enum sn_manager_state state);

/* Whether it is time for a line of status; true once in ten seconds, when somebody wants it. */
bool sn_manager_wants_status(struct sn_manager *m, uint64_t now);

/* What people are to read of us, one line, up to SN_MANAGER_TEXT_MAX. */
void sn_manager_say(struct sn_manager *m, const char *status);

/* To be called several times a second. now: mono ns. */
void sn_manager_turn(struct sn_manager *m, uint64_t now);

#endif

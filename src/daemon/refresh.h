/*
 * Reloads of the configuration while workers poll: begun when somebody asks (SIGHUP, a request),
 * when a file has changed, or when names or services of targets are due; all or nothing. Part of
 * control.c's loop, on the main thread; config/reload.h does the loading, on a thread of its own,
 * handover.c brings the workers what came of it.
 */
#ifndef SN_DAEMON_REFRESH_H
#define SN_DAEMON_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

struct sn_daemon;
struct sn_reload;
struct sn_watch;

enum { SN_REFRESH_WRONG_MAX = 8192 };

struct sn_refresh {
	struct sn_daemon *d;	  /* whose cfg it is about */
	uint64_t look_at;	  /* mono ns, target files are looked at again; SN_TIME_NEVER */
	uint64_t names_at;	  /* mono ns, names are looked up again; SN_TIME_NEVER */
	uint64_t services_at;	  /* mono ns, services are asked again; SN_TIME_NEVER */
	struct sn_watch *watch;	  /* of target files, NULL: not possible */
	struct sn_reload *reload; /* under way, NULL: none */
	bool changed;		  /* watch has noticed something */
	bool told_unwatched;	  /* that some files are not watched */
	bool wanted;		  /* asked for while one was under way */
	bool said;		  /* the one under way was asked for */
	bool ended;		  /* nothing new begins any more */
	char wrong[SN_REFRESH_WRONG_MAX]; /* lines of what was wrong with it */
};

/* d->cfg is the first snapshot, loaded just now. With --once nothing is looked at again. */
void sn_refresh_init(struct sn_refresh *rf, struct sn_daemon *d, uint64_t now);

/* Ends a load that is under way; waits for what it asked of a resolver. */
void sn_refresh_fini(struct sn_refresh *rf);

/* Somebody wants a reload and hears what came of it: now, or after the one under way. */
void sn_refresh_ask(struct sn_refresh *rf);

/* The process is about to end: no reload begins, and none that ends changes anything. */
void sn_refresh_end(struct sn_refresh *rf);

/* True when none is under way or wanted and all workers have what came of the last. */
bool sn_refresh_is_idle(const struct sn_refresh *rf);

/* What is due: to be called often. Takes over a load that has ended, begins one. */
void sn_refresh_turn(struct sn_refresh *rf, uint64_t now);

#endif

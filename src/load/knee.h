/*
 * The search for an agent's knee: the highest rate at which it loses little and answers in time.
 * Steps the rate up by a factor until a step is bad, then halves the gap between the last good and
 * the first bad rate. A step counts as bad only if it is so twice: a host has its moments. Pure
 * functions: daemon runs the steps.
 */
#ifndef SN_LOAD_KNEE_H
#define SN_LOAD_KNEE_H

#include <stdbool.h>
#include <stdint.h>

/* What was asked of the search. */
struct sn_knee_config {
	double start;	  /* requests/s of the first step, above 0 */
	double factor;	  /* from one step to the next, above 1 */
	double max;	  /* requests/s that are never exceeded */
	double loss_max;  /* share of requests that may be lost, 0 to 1 */
	uint64_t p99_max; /* ns; 0: no limit */
	double precision; /* the search ends when bad / good is at most 1 + this */
};

/* What a step found. */
struct sn_knee_step {
	double rate;  /* requests/s asked */
	double sent;  /* requests/s sent */
	double loss;  /* share of the requests that were not answered */
	double late;  /* share of the requests that were sent late, or not at all */
	uint64_t p99; /* ns */
};

enum sn_knee_state {
	SN_KNEE_RISING,	 /* no step was bad */
	SN_KNEE_HALVING, /* between a good and a bad one */
	SN_KNEE_FOUND,	 /* good is the knee */
	SN_KNEE_BELOW,	 /* even the slowest step was bad */
	SN_KNEE_ABOVE,	 /* even the rate that may not be exceeded was good */
	SN_KNEE_OURS	 /* this machine could not send any faster */
};

struct sn_knee {
	struct sn_knee_config cfg; /* as given */
	enum sn_knee_state state;  /* how far it is */
	double rate;		   /* of the next step */
	bool again;		   /* that step was bad once */
	double good;		   /* highest good rate, 0: none */
	double bad;		   /* lowest bad rate, 0: none */
};

void sn_knee_init(struct sn_knee *k, const struct sn_knee_config *cfg);

/* Whether a step is within the limits. */
bool sn_knee_is_good(const struct sn_knee *k, const struct sn_knee_step *step);

/* Takes in the step that was made at k->rate. True: make another one at the new k->rate. */
bool sn_knee_next(struct sn_knee *k, const struct sn_knee_step *step);

#endif

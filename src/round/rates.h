/*
 * Rates of counters (poll.rates): what a target remembers of its counters between rounds, and the
 * columns that are filled from it just before rows leave. A rate that could be wrong is left out.
 * Learned memory of a target, made by its first round with rates. Worker thread.
 */
#ifndef SN_ROUND_RATES_H
#define SN_ROUND_RATES_H

#include "plan/plan.h"

struct sn_job;
struct sn_rates;

/* What a table that is complete is looked at with. */
struct sn_rates_look {
	uint64_t now;	      /* mono ns */
	uint64_t started;     /* mono ns of the round's start: no answer is older */
	uint64_t wall_offset; /* wall = mono + this */
	uint64_t uptime_at;   /* mono ns at which sysUpTime was read, when has_uptime */
	uint64_t longest;     /* ns that a rate may span */
	uint64_t way;	      /* how the rows were asked for: anything that differs with it */
	uint32_t max_rows;    /* remembered of one table */
	bool has_uptime;      /* in this round */
	bool knows_uptime;    /* in this or an earlier round */
	bool reset;	      /* the device restarted since the round before */
	bool retried;	      /* some request of the round was sent more than once */
	bool whole;	      /* the table was answered to its end: rows it lacks are gone */
};

/* Nothing remembered. NULL: out of memory. */
SN_MUST_USE struct sn_rates *sn_rates_new(void);

/* NULL is allowed. */
void sn_rates_free(struct sn_rates *r);

/*
 * Fills the columns for rates in the rows of a table, reset rows of which are marked, and remembers
 * its counters. Allocates when there are other rows than before, else nothing. SN_ENOMEM: the rates
 * are right, but what was not remembered has none next time.
 */
SN_MUST_USE int sn_rates_rows(struct sn_rates *r, const struct sn_rates_look *look,
			      const struct sn_plan_rates *plan, struct sn_block *blk);

/* The device restarted: values from before `at` (mono ns) are none of its counters' any more. */
void sn_rates_restarted(struct sn_rates *r, uint64_t at);

/* The device is another one (id: of its address and the like; first: any). */
void sn_rates_device(struct sn_rates *r, uint64_t id);

/* Other settings are in force: which tables there will be is not known. */
void sn_rates_doubt(struct sn_rates *r);

/* Forgets the tables that were not met since then. True: none is left. */
bool sn_rates_prune(struct sn_rates *r);

/* Octets held. */
size_t sn_rates_octets(const struct sn_rates *r);

/* For a job's rows, by the above; does nothing for plans and targets without rates. */
void sn_rates_take(struct sn_job *job, const struct sn_plan_rates *plan, struct sn_block *blk,
		   bool whole);

#endif

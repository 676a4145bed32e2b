/*
 * A job: one poll round of one target. A target that is new, or was silent in its last round, is
 * asked for sysUpTime and all scalars first; when it answers, its tables are walked side by side
 * within the device's window, by the course that an earlier round has laid, if there is one. A
 * target that is known gets all requests of its course at once. A finished table leaves as soon as
 * the uptime is known too; at the end comes the round record. Memory is one arena, dropped with the
 * job. Worker thread.
 */
#ifndef SN_ROUND_JOB_H
#define SN_ROUND_JOB_H

#include "round/learned.h"
#include "round/target.h"
#include "output/pump.h"
#include "record/round.h"
#include "session/requester.h"

struct sn_course_walk;
struct sn_job;
struct sn_search;
struct sn_table;

/* A part of the round with one request in flight. First member of each step's own struct. */
struct sn_step {
	struct sn_request rq; /* its request */
	struct sn_job *job;   /* whose part */
	struct sn_list node;  /* in the job's list while running */
	bool unanswered;      /* its last request ended without an answer */
};

/* Where results go. */
struct sn_emit {
	/* Rows of a table that is complete, or as complete as it will be. */
	void (*rows)(struct sn_job *job, const struct sn_block *blk);
	/* A table that has left, or would have if it had rows; scalars as well. whole: it was
	 * answered to its end. May be NULL. */
	void (*table)(struct sn_job *job, const struct sn_schema *schema, bool whole);
	/* The round's record, last. */
	void (*round)(struct sn_job *job, const struct sn_round *round);
};

/* What a job needs from its surroundings; outlives it. */
struct sn_job_env {
	struct sn_session *session;   /* of the worker */
	struct sn_outputs *outs;      /* of the worker, for emit; may be NULL */
	const struct sn_emit *emit;   /* NULL: results go nowhere (checks) */
	struct sn_counters *counters; /* of the worker */
	bool once;		      /* no round follows that could use what one teaches */
	bool any_type;		      /* a cell may be of another type than its column: emit
					 takes what is no number for 0 */
};

struct sn_job {
	const struct sn_job_env *env;	   /* surroundings */
	const struct sn_target_spec *spec; /* what to poll; of the snapshot that was current at the
					      start */
	struct sn_device *dev;		   /* of the target */
	struct sn_learned *learned;	   /* of the target */
	void (*over)(struct sn_job *job);  /* the round is complete; job->round is filled */
	void *owner;			   /* the caller's */
	struct sn_arena arena;		   /* everything of this round */
	struct sn_list steps;		   /* running */
	const char **device_labels;	   /* texts of spec->scalars->labels, NULL: not answered;
					      NULL itself when there are none */
	const struct sn_origin *origin;	   /* with these labels, once rows leave; NULL before */
	struct sn_block *scalars;	   /* one per plan */
	uint32_t *scalars_open;		   /* per plan: names that were not answered yet */
	const struct sn_course *course;	   /* that the tables are asked by; NULL: they are walked */
	struct sn_course_walk *walk;	   /* along it, of step_course */
	const struct sn_labels *labels;	   /* that this round need not read; NULL: it reads them */
	struct sn_table **tables;	   /* ntables of them, once walking */
	struct sn_filters *filters; /* what is got by name; NULL: nothing is, or the round is over
				     */
	struct sn_search *search;   /* for scalars that are elsewhere; NULL: none are */
	struct sn_round round;	    /* the outcome so far */
	uint64_t started;	    /* mono ns */
	uint64_t last_answer;	    /* mono ns, 0: none */
	uint64_t rtt_sum;	    /* of all answers */
	uint32_t answers;	    /* requests answered */
	uint32_t errors;	    /* names and columns lost to an error-status */
	uint32_t running;	    /* steps in the list */
	uint32_t snapshot;	    /* number of the snapshot spec belongs to */
	uint32_t ntables;	    /* of all plans */
	uint32_t max_reply;	    /* octets of answer to aim at, in this round */
	uint32_t short_answer;	    /* octets of the largest answer that was cut short */
	uint32_t last_change;	    /* ifTableLastChange, 1/100 s, when has_last_change */
	bool has_last_change;	    /* it was asked and answered */
	bool incomplete;	    /* something is missing */
	bool walking;		    /* tables have been started */
	bool uptime_open;	    /* the scalars are still to be answered */
	uint32_t largest_answer;    /* octets */
	bool bulk_lost;		    /* some GETBULK was not answered */
	bool stale;		    /* the course did not fit what is there now */
	bool off_course;	    /* the agent made no sense of it, or it of the agent */
	int err;		    /* first failure of a request, SN_OK: none */
};

/*
 * Begins a round. due and now: mono ns; the device must be idle. over is called later, never from
 * here. env, spec, dev, learned stay the caller's. SN_ENOMEM: nothing was started, over will not be
 * called.
 */
SN_MUST_USE int sn_job_start(struct sn_job *job, const struct sn_job_env *env,
			     const struct sn_target_spec *spec, struct sn_device *dev,
			     struct sn_learned *learned, uint64_t due);

/* Ends the round now: what is complete was emitted, the rest leaves as partial; then over is
 * called. */
void sn_job_cancel(struct sn_job *job);

/* Frees the round's memory; after over. */
void sn_job_fini(struct sn_job *job);

/* Whose rows the round's are, with the labels that the device gave; for use once its scalars are
 * over. */
const struct sn_origin *sn_job_origin(struct sn_job *job);

/* For steps. */

/* Clears a step of this job; its requests end with done. */
void sn_step_init(struct sn_step *step, struct sn_job *job,
		  void (*done)(struct sn_request *rq, const struct sn_answer *answer));

/* Adds a step to the job and sends its request; rq.type, status, index, vbs are set. */
void sn_job_send(struct sn_step *step);

/* Accounts an answer or a failure of the step's request. True: there is a PDU to look at. */
bool sn_job_account(struct sn_step *step, const struct sn_answer *answer);

/*
 * Decodes a varbind's value for a column of this kind. False: it cannot be decoded, or is octets
 * where a number is meant and env does not take any type; counted, and the round is no longer
 * complete.
 */
bool sn_job_read_value(struct sn_job *job, enum sn_kind kind, const struct sn_varbind *vb,
		       struct sn_value *v);

/* Something of the round is missing; the first reason is kept (a static string). */
void sn_job_miss(struct sn_job *job, const char *reason);

/* Octets that the varbinds of an answer may take. */
uint32_t sn_job_room(const struct sn_job *job);

/* The agent did not give all that an answer of this size was asked for. */
void sn_job_cut_short(struct sn_job *job, size_t octets);

/* All scalars have been answered or given up: tables need not wait for the uptime any more. */
void sn_job_scalars_over(struct sn_job *job);

/* The step is done; the last one ends the phase or the round. The step's memory stays until the
 * round's end. */
void sn_job_step_over(struct sn_step *step);

/* Attempts of a request to a target that is believed to be there. */
static inline uint8_t sn_job_attempts(const struct sn_job *job)
{
	return (uint8_t)(job->spec->retries + 1);
}

static inline uint64_t sn_job_wall(const struct sn_job *job)
{
	return sn_worker_wall(job->env->session->w);
}

static inline void sn_job_count(const struct sn_job *job, enum sn_counter id, uint64_t n)
{
	sn_counter_add(job->env->counters, id, n);
}

#endif

/*
 * What a worker has learned about a target and keeps between rounds: uptime and discontinuities,
 * how its tables are best asked, how large its answers may be, and whether it answers at all.
 * Worker thread.
 */
#ifndef SN_ROUND_LEARNED_H
#define SN_ROUND_LEARNED_H

#include "round/course.h"
#include "round/found.h"
#include "round/rates.h"
#include "round/reset.h"

struct sn_job;

struct sn_learned {
	struct sn_reset reset;	  /* uptime and discontinuities */
	struct sn_course *course; /* how to ask the tables; NULL: not known */
	struct sn_labels *labels; /* that need not be asked for a while; NULL: none */
	struct sn_rates *rates;	  /* counters of the last rounds; NULL: none are remembered */
	struct sn_found *found;	  /* of scalars that are not under their names; NULL: nothing */
	bool rates_old;		  /* some of rates may be of tables that are not polled any more */
	bool reset_again;    /* the device restarted during its last round: mark the next, too */
	uint16_t reply_max;  /* octets of an answer that the agent manages; 0: no limit met */
	uint8_t lost;	     /* rounds without an answer since the last one; stays at the top */
	uint8_t narrow;	     /* rounds in a row that lost only large answers */
	uint8_t off_course;  /* rounds in which agent and course did not go together, the same */
	uint8_t names_most;  /* names in a GET that the agent manages; 0: no limit met */
	uint8_t search_lost; /* searches for scalars in a row that were not answered */
};

void sn_learned_init(struct sn_learned *l);

/* Frees what it holds. */
void sn_learned_fini(struct sn_learned *l);

/* Chooses the course of a round that begins, and the labels it need not ask. */
void sn_learned_choose(const struct sn_learned *l, struct sn_job *job);

/* A round has ended: what it taught. Its tables are still there. */
void sn_learned_take(struct sn_learned *l, struct sn_job *job);

/* The target's settings changed: forgets what depends on them, which is all but reset, and rates as
 * far as the next round needs them. */
void sn_learned_forget(struct sn_learned *l);

#endif

/*
 * A module under construction, put together call by call, and the plan that it compiles to: for the
 * tests of plans. There is one in a process; Check gives each test a process.
 */
#ifndef TEST_SUPPORT_MODULE_DRAFT_H
#define TEST_SUPPORT_MODULE_DRAFT_H

#include "plan/plan.h"

enum { DRAFT_METRICS = 32, DRAFT_OCTETS = 8192 };

struct module_draft {
	struct sn_module m;			       /* named "m"; its lists are the next three */
	struct sn_module_metric metric[DRAFT_METRICS]; /* as draft_metric added them */
	struct sn_span walk[DRAFT_METRICS];	       /* as draft_walk added them */
	struct sn_span get[DRAFT_METRICS];	       /* as draft_get added them */
	uint8_t octets[DRAFT_OCTETS];		       /* of OIDs */
	size_t used;				       /* of octets */
	struct sn_arena_pool pool;		       /* of arena */
	struct sn_arena arena;			       /* of plan */
	struct sn_plan plan;			       /* after draft_build */
	char why[SN_PLAN_WHY_MAX];		       /* what draft_build said */
};

extern struct module_draft draft;

/* A new draft without metrics. */
void draft_begin(void);

/* Frees what the draft and its plan hold. */
void draft_end(void);

/* An OID as BER content, valid until the next draft_begin. */
struct sn_span draft_oid(const char *text);

/* The module walks, or gets, this OID. */
void draft_walk(const char *text);
void draft_get(const char *text);

/* Adds a gauge, to be changed as the test likes; index: its only one, NULL for a scalar. */
struct sn_module_metric *draft_metric(const char *name, const char *text,
				      const struct sn_index *index);

/* A look-up that gives a text. inputs are borrowed. */
struct sn_module_lookup draft_lookup(const char *label, const char *const *inputs, uint32_t ninputs,
				     const char *text);

/* Compiles; as sn_plan_build. */
int draft_build(void);

#endif

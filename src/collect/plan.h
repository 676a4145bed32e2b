/*
 * A plan: a module compiled for polling. OIDs are BER, columns with the same index definition form
 * one table whose columns are asked together in one GETBULK, scalars are asked by GET. Immutable
 * after sn_plan_build; shared by all workers; memory belongs to the configuration snapshot's arena.
 */
#ifndef SN_COLLECT_PLAN_H
#define SN_COLLECT_PLAN_H

#include "base/arena.h"
#include "collect/module.h"

/* One name to get: where its value goes. */
struct sn_plan_get {
	struct sn_span name; /* instance OID */
	uint32_t column;     /* of the scalar schema */
};

struct sn_plan_table {
	struct sn_schema schema; /* columns in ascending OID order */
};

struct sn_plan {
	const char *name;	  /* of the module */
	struct sn_schema scalars; /* row of scalars; ncolumns 0: none */
	const struct sn_plan_get *gets;
	const struct sn_plan_table *tables;
	uint32_t ngets;
	uint32_t ntables;
	uint32_t max_repetitions; /* of a GETBULK, and names of a GET, at most */
	int32_t retries;	  /* -1: the poll section's */
	uint64_t timeout_ns;	  /* 0: the poll section's */
	bool allow_nonincreasing;
};

/* No limit of the user's: as many as fill the answer. */
#define SN_PLAN_REPETITIONS_ANY UINT32_MAX

enum { SN_PLAN_WHY_MAX = 256 };

/*
 * Compiles m. Metrics that no walk or get covers, look-ups that need another table and the like are
 * refused: SN_ECONFIG with the reason in why[SN_PLAN_WHY_MAX]. SN_ENOMEM. renames: pairs old table
 * name, new name, ending in NULL; may be NULL.
 */
SN_MUST_USE int sn_plan_build(const struct sn_module *m, const char *const *renames,
			      struct sn_arena *arena, struct sn_plan *plan, char *why);

#endif

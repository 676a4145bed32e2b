/*
 * A plan: a module compiled for polling. OIDs are BER, columns with the same index definition form
 * one table whose columns are asked together in one GETBULK, scalars are asked by GET. What is read
 * only to be looked up by other rows lies in internal tables. Immutable
 * after sn_plan_build; shared by all workers; memory belongs to the configuration snapshot's arena.
 */
#ifndef SN_PLAN_PLAN_H
#define SN_PLAN_PLAN_H

#include "base/arena.h"
#include "plan/derive.h"
#include "plan/module.h"

/* One name to get: where its value goes. */
struct sn_plan_get {
	struct sn_span name; /* instance OID */
	struct sn_span root; /* walked: when there is nothing under the name, any instance at or
				below this is meant; empty: only the name */
	uint32_t column;     /* of the scalar schema */
};

/* One cell to get by its name: a `get` of the module below a column. */
struct sn_plan_instance {
	struct sn_span name;  /* instance OID */
	struct sn_span index; /* the part of it behind the column's OID */
	uint32_t table;	      /* number within the plan */
	uint32_t column;      /* of that table, not a walked one */
	uint32_t nfilters;
	const uint32_t *filters; /* numbers of those that take it out, unless they are ignored */
};

/* A column whose cells are got by name, for the rows that a filter allows. */
struct sn_plan_filtered {
	uint32_t table;	 /* number within the plan */
	uint32_t column; /* of that table, not a walked one */
	bool is_walk;	 /* the module walks it, which it is when all its filters are ignored */
};

/* A dynamic filter: rows are allowed by the value of a column. */
struct sn_plan_filter {
	uint32_t table;			      /* that has the deciding column, walked */
	uint32_t column;		      /* of that table */
	const struct sn_regex *const *values; /* any of them must match its text */
	uint32_t nvalues;
	uint32_t ntargets;
	const struct sn_plan_filtered *targets; /* what it lets through */
};

/* A counter with its rate beside it. */
struct sn_plan_rate {
	uint32_t from;	 /* column of the counter */
	uint32_t column; /* to fill */
};

/* Those of a table, or of the row of scalars. */
struct sn_plan_rates {
	const struct sn_plan_rate *v; /* n of them */
	uint32_t n;		      /* 0: none are wanted */
	uint64_t layout; /* of module, index and counters: memory of values with another one is not
			    of these */
};

struct sn_plan_table {
	struct sn_schema schema;       /* columns: walked ones in ascending OID order, others */
	const struct sn_derive *local; /* operations within the table */
	const struct sn_derive *joins; /* operations that read other tables */
	const uint32_t *needs;	       /* these tables' numbers within the plan */
	uint32_t nlocal;
	uint32_t njoins;
	uint32_t nneeds;
	bool internal;		    /* read by other tables only: its rows never leave */
	struct sn_plan_rates rates; /* done after local */
};

struct sn_plan {
	const char *name;	  /* of the module */
	struct sn_schema scalars; /* row of scalars; ncolumns 0: none */
	const struct sn_plan_get *gets;
	const struct sn_derive *scalars_local; /* operations on the row of scalars */
	struct sn_plan_rates scalars_rates;    /* of the row of scalars */
	const struct sn_plan_table *tables;
	const struct sn_plan_instance *instances;
	const struct sn_plan_filter *filters; /* several on one column: all must allow a row */
	uint32_t ngets;
	uint32_t nscalars_local;
	uint32_t ntables;
	uint32_t ninstances;
	uint32_t nfilters;
	uint32_t max_repetitions; /* of a GETBULK, and names of a GET, at most */
	int32_t retries;	  /* -1: the poll section's */
	uint64_t timeout_ns;	  /* 0: the poll section's */
	bool allow_nonincreasing;
};

/* No limit of the user's: as many as fill the answer. */
#define SN_PLAN_REPETITIONS_ANY UINT32_MAX

enum { SN_PLAN_WHY_MAX = 256 };

/*
 * Compiles m. Metrics that no walk or get covers are left out, as snmp_exporter finds nothing for
 * them; of several with one OID the last counts. SN_ECONFIG with the reason in why[SN_PLAN_WHY_MAX]
 * when nothing is left to poll. SN_ENOMEM. SN_OK: why is a warning, or "". renames: pairs old table
 * name, new name, ending in NULL; may be NULL.
 */
SN_MUST_USE int sn_plan_build(const struct sn_module *m, const char *const *renames,
			      struct sn_arena *arena, struct sn_plan *plan, char *why);

#endif

/*
 * A plan while it is being compiled: tables whose columns are still in no order and refer to each
 * other by the order in which they came up. plan.c drives, plan_table.c makes columns,
 * plan_labels.c look-ups, plan_rates.c rates, plan_names.c what is got by name, plan_finish.c
 * brings all into the order in which rounds need it. Called by config on the thread of a load;
 * scratch goes away with the compilation, arena is the snapshot's.
 */
#ifndef SN_PLAN_PLAN_INT_H
#define SN_PLAN_PLAN_INT_H

#include "plan/plan.h"

/* A growing array in the scratch arena. */
struct sn_plan_list {
	void *v;       /* n elements */
	uint32_t n;    /* in use */
	uint32_t room; /* elements that fit */
};

/* How a column gets its cells. */
enum sn_plan_source {
	SN_PLAN_WALKED,	  /* by walks and courses */
	SN_PLAN_INSTANCE, /* by name */
	SN_PLAN_MADE	  /* by a struct sn_derive */
};

struct sn_plan_column {
	struct sn_column column;	   /* series is filled in last */
	enum sn_plan_source source;	   /* how */
	const struct sn_module_type *type; /* as the cell is to be read; NULL: as it comes */
	uint32_t metric; /* of the module that it belongs to; SN_PLAN_NONE: none */
	uint32_t place;	 /* in the finished schema */
};

/* A label of the series of one metric. */
struct sn_plan_label {
	uint32_t metric; /* of the module */
	uint32_t lookup; /* number in the table's look-ups */
};

/* An index label that the series of one metric do not have. */
struct sn_plan_drop {
	uint32_t metric; /* of the module */
	uint32_t index;	 /* number of the index label */
};

struct sn_plan_draft {
	const char *name;		/* of the table; NULL: internal */
	struct sn_span entry;		/* internal: what its columns' OIDs have in common */
	const struct sn_index *indexes; /* of its rows; internal tables need none */
	uint32_t nindexes;
	struct sn_plan_list columns; /* struct sn_plan_column */
	struct sn_plan_list local;   /* struct sn_derive, columns by order of coming up */
	struct sn_plan_list joins;   /* the same */
	struct sn_plan_list lookups; /* struct sn_lookup, the same */
	struct sn_plan_list labels;  /* struct sn_plan_label */
	struct sn_plan_list drops;   /* struct sn_plan_drop */
	struct sn_plan_list rates;   /* struct sn_plan_rate, columns by order of coming up */
};

enum { SN_PLAN_NONE = UINT32_MAX };

struct sn_plan_build {
	const struct sn_module *m;     /* input */
	const char *const *renames;    /* pairs, may be NULL */
	struct sn_arena *arena;	       /* of the snapshot */
	struct sn_arena scratch;       /* of this compilation */
	struct sn_plan *plan;	       /* output */
	struct sn_plan_draft scalars;  /* the row of scalars: a table with no index */
	struct sn_plan_list tables;    /* struct sn_plan_draft; made before the first is filled */
	struct sn_plan_list instances; /* struct sn_plan_instance, columns by order of coming up */
	struct sn_plan_list filters;   /* struct sn_plan_filter, the same */
	struct sn_plan_get *gets;      /* the plan's, columns by order of coming up */
	uint32_t *table_of;	       /* per metric: its table, SN_PLAN_NONE: none */
	uint32_t *column_of;	       /* per metric: the column that holds what the agent says */
	char *why;		       /* for the caller: SN_PLAN_WHY_MAX octets */
	uint32_t taken;		       /* names of rates that something else has */
	int err;		       /* SN_OK, or SN_ENOMEM, which sticks */
};

/* Appends a copy of an element; its number. b->err on failure, then 0. */
uint32_t sn_plan_push(struct sn_plan_build *b, struct sn_plan_list *list, const void *element,
		      size_t size);

static inline struct sn_plan_draft *sn_plan_draft_at(const struct sn_plan_build *b, uint32_t table)
{
	return &((struct sn_plan_draft *)b->tables.v)[table];
}

static inline struct sn_plan_column *sn_plan_column_at(const struct sn_plan_draft *t,
						       uint32_t column)
{
	return &((struct sn_plan_column *)t->columns.v)[column];
}

/* plan_table.c */

/* True when a walk that no filter turned into gets covers the OID. */
bool sn_plan_is_walked(const struct sn_module *m, struct sn_span oid);

/* True when rows of this column are got by name because a filter says so. */
bool sn_plan_is_filtered(const struct sn_module *m, struct sn_span oid);

/* True when something at or below the OID is walked, or got by name. */
bool sn_plan_is_brought(const struct sn_module *m, struct sn_span oid);

/* Adds the columns of a metric of this table: what is asked, and what is made of it. */
void sn_plan_add_metric(struct sn_plan_build *b, struct sn_plan_draft *t, uint32_t metric);

/* The column with this OID that is asked, made if missing. label: it is wanted for labels only. */
uint32_t sn_plan_ask(struct sn_plan_build *b, struct sn_plan_draft *t, struct sn_span oid,
		     bool label);

/*
 * The column that holds what is asked under an OID, read as a type: the asked one itself, or one
 * made of it. label: as sn_plan_ask.
 */
uint32_t sn_plan_read_as(struct sn_plan_build *b, struct sn_plan_draft *t, struct sn_span oid,
			 const struct sn_module_type *type, bool label);

/* The internal table for an OID's column, made if missing. Pointers to drafts are void after it. */
uint32_t sn_plan_internal(struct sn_plan_build *b, struct sn_span oid);

/* plan_labels.c */

/* Asks for the columns of the metric's own rows that its look-ups read, so that other tables find
 * them there. */
void sn_plan_ask_labels(struct sn_plan_build *b, uint32_t table, uint32_t metric);

/* The table that asks for an OID, or an internal one for it. Pointers to drafts are void after it.
 */
uint32_t sn_plan_table_with(struct sn_plan_build *b, struct sn_span oid);

/* Applies the look-ups of a metric of table number `table` in their order. */
void sn_plan_add_labels(struct sn_plan_build *b, uint32_t table, uint32_t metric);

/* plan_names.c */

/* Adds instances and filters, once all columns are there. */
void sn_plan_add_names(struct sn_plan_build *b);

/* plan_rates.c */

/* Adds a column for the rate of each counter, if the module's are wanted. A name that is taken goes
 * without and is told in b->why. */
void sn_plan_add_rates(struct sn_plan_build *b);

/* Those of a table whose columns have their places. */
void sn_plan_finish_rates(struct sn_plan_build *b, const struct sn_plan_draft *t,
			  struct sn_plan_rates *rates);

/* plan_finish.c */

/* Brings drafts into the plan. Sets b->err. */
void sn_plan_finish(struct sn_plan_build *b);

#endif

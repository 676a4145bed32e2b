/*
 * A device whose whole list of names a test knows, and a plan that walks some of its columns and
 * gets others by name: as instances, or in the rows that filters allow. What a round must bring is
 * thus known; each is compared with it. The device may be short of room, odd, or fall silent. There
 * is one, as each case of a test is a process of its own.
 */
#ifndef TEST_SUPPORT_NAMED_H
#define TEST_SUPPORT_NAMED_H

#include "base/regex.h"
#include "collect/collector.h"
#include "support/capture.h"
#include "support/shelf.h"

#define SEC UINT64_C(1000000000)

enum {
	NAMED_TABLES = 3,
	NAMED_COLUMNS = 8, /* of a table */
	NAMED_INSTANCES = 64,
	NAMED_FILTERS = 3,
	NAMED_TARGETS = 8, /* of a filter */
	NAMED_OID = 9	   /* octets of a column's OID */
};

/* What becomes of a request. */
enum named_fate { NAMED_FINE, NAMED_LOST, NAMED_GEN_ERR };

struct named {
	struct shelf shelf;
	struct sn_arena_pool pool;
	struct sn_arena arena;
	uint8_t oids[NAMED_TABLES][NAMED_COLUMNS][NAMED_OID];
	struct sn_column columns[NAMED_TABLES][NAMED_COLUMNS];
	struct sn_plan_table tables[NAMED_TABLES];
	struct sn_plan_instance instances[NAMED_INSTANCES];
	struct sn_plan_filter filters[NAMED_FILTERS];
	struct sn_plan_filtered targets[NAMED_FILTERS][NAMED_TARGETS];
	const struct sn_regex *values[NAMED_FILTERS];
	struct sn_plan plan;
	const struct sn_plan *plans[1];
	struct sn_target_spec spec;
	struct sn_fake *net;
	struct sn_worker w;
	struct sn_collector c;
	struct sn_outputs out;

	/* The device. */
	bool ignored[NAMED_FILTERS]; /* it does not let this filter's column be read */
	struct sn_span bad;	     /* requests with a name below it ... */
	enum named_fate bad_fate;    /* ... have this fate ... */
	uint8_t bad_type;	     /* ... if they are of this type; 0: any ... */
	bool bad_alone;		     /* ... and have no other names */
	uint32_t silent_after;	     /* answers no more requests than these; 0: all */
	uint32_t max_names;	     /* tooBig for GETs of more; 0: any */
	uint32_t answers_first;	     /* answers only so many names of a GET; 0: all */
	bool reversed;		     /* answers GETs in the other order */

	/* The round under way. */
	uint64_t digest; /* of its cells */
	uint32_t cells;	 /* in it */
	uint32_t heard;	 /* requests */
	uint32_t gets;	 /* of these, GETs of cells */
	uint32_t names;	 /* in them */
	uint32_t marked; /* rows that say they are partial */

	/* Of the last round. */
	struct sn_round last;
	char reason[64];
	uint32_t last_cells;
	uint32_t last_heard;
	uint32_t last_gets;
	uint32_t last_names;
	bool last_same; /* it brought what the device has */

	/* Of all rounds. */
	uint32_t rounds;
	uint32_t wrong;	     /* ok, and brought something else */
	uint32_t unmarked;   /* rows that lack something and do not say so */
	uint32_t overmarked; /* rows of rounds that are ok and say that they lack something */
	uint32_t unwanted;   /* names in GETs that nobody wants */
};

extern struct named named;

/* Fixtures: an empty device and plan, whose settings the test may change until named_start. */
void named_setup(void);
void named_teardown(void);

/*
 * The next table: so many walked columns, of which the first is text, and others. In the MIB they
 * alternate, so that a walk meets names of the others.
 */
void named_add_table(uint32_t nwalked, uint32_t nothers);

/* An instance that the plan lists. Indexes are octets, one an arc, none 0. */
void named_add_instance(uint32_t table, uint32_t column, const char *index);

/*
 * The next filter, on the first column of a table: the first one allows texts that begin with yes,
 * the second those that end with up.
 */
void named_add_filter(uint32_t table);
void named_add_target(uint32_t filter, uint32_t table, uint32_t column);

/* A row with values in all columns; the text in the first one, if that is walked. */
void named_put_row(uint32_t table, const char *index, const char *text);
void named_put_text(uint32_t table, uint32_t column, const char *index, const char *text);
void named_put_number(uint32_t table, uint32_t column, const char *index, uint64_t number);

/* An index of one arc, until the next call. */
const char *named_arc(uint8_t number);

struct sn_span named_oid_of(uint32_t table, uint32_t column);

/* All is described: the collector begins. */
void named_start(void);

/* Ends it and checks what must hold after any rounds. */
void named_finish(void);

/* Turns the worker until one more round has ended. */
void named_run_round(void);

/* The same; then the device's uptime goes on. */
void named_one_round(void);

/* Rounds that must be perfect. */
void named_good_rounds(uint32_t n);

uint64_t named_counter(enum sn_counter id);

#endif

/*
 * A look at all targets of all workers: how many are in which state, and the first rows of some
 * rankings of them. Workers are asked by message; each looks at its own targets in slices of a
 * quarter of a millisecond between its turns and copies what is asked for into memory of the
 * survey, so nothing of it points into a worker or a snapshot. Started and read by one thread of
 * the web server's side (pages.c).
 */
#ifndef SN_SERVE_SURVEY_H
#define SN_SERVE_SURVEY_H

#include "base/addr.h"
#include "collect/status.h"
#include "serve/serve.h"

enum {
	SN_SURVEY_RANKINGS = 3,	    /* in one survey */
	SN_SURVEY_ROWS_MAX = 10000, /* of one ranking */
	SN_SURVEY_TEXT_MAX = 256    /* octets of a filter's text, NUL included */
};

/* What rows may be ordered by. X(id, name) */
#define SN_SURVEY_KEY_TABLE(X)                                                                     \
	X(INSTANCE, "instance")                                                                    \
	X(STATE, "state")                                                                          \
	X(MODULE, "module")                                                                        \
	X(ERROR, "error")                                                                          \
	X(DURATION, "duration")                                                                    \
	X(RETRIES, "retries")                                                                      \
	X(ROWS, "rows")                                                                            \
	X(FAILURES, "failures")                                                                    \
	X(LAST, "last")                                                                            \
	X(SUCCESS, "success")

enum sn_survey_key {
#define SN_SURVEY_KEY_ENUM(id, name) SN_SURVEY_BY_##id,
	SN_SURVEY_KEY_TABLE(SN_SURVEY_KEY_ENUM)
#undef SN_SURVEY_KEY_ENUM
		SN_SURVEY_KEYS
};

struct sn_survey_ranking {
	enum sn_survey_key key; /* smallest first; module and error by their first 8 octets */
	bool descending;	/* largest first */
	uint32_t states;	/* only targets in these, a bit for each; 0: any */
	uint32_t n;		/* rows wanted at most, to SN_SURVEY_ROWS_MAX */
};

struct sn_survey_query {
	uint32_t states;		 /* only targets in these, a bit for each; 0: any */
	char text[SN_SURVEY_TEXT_MAX];	 /* part of the instance or of a label's value, in either
					    case; "": any */
	char module[SN_SURVEY_TEXT_MAX]; /* one of the target's; "": any */
	struct sn_survey_ranking rank[SN_SURVEY_RANKINGS]; /* of those that the above lets pass */
	unsigned nranks;				   /* of them */
};

/* A target as it was. */
struct sn_survey_row {
	struct sn_status status;       /* of its last round */
	uint64_t key;		       /* what it is ranked by; smaller is earlier */
	const char *instance;	       /* its name */
	const char *modules;	       /* what it is polled for */
	const struct sn_label *labels; /* NULL: none, or there was no room for them */
	uint64_t interval_ns;	       /* 0: round after round */
	struct sn_addr addr;	       /* where it is; without meaning unless resolved */
	uint32_t nlabels;	       /* of labels */
	bool resolved;		       /* it has an address */
	bool busy;		       /* a round is under way */
};

struct sn_survey;

/*
 * Asks the workers. When the last one has answered, 1 is added to event_fd, which outlives the
 * workers. NULL: no memory. The query is copied.
 */
struct sn_survey *sn_survey_start(const struct sn_survey_query *query,
				  const struct sn_serve_worker *workers, unsigned nworkers,
				  int event_fd);

/* Every worker has answered. */
bool sn_survey_done(const struct sn_survey *s);

/* The workers need not go on; they still answer. */
void sn_survey_cancel(struct sn_survey *s);

/* Once it is done, or the workers' threads have ended. NULL is allowed. */
void sn_survey_free(struct sn_survey *s);

/* All below once it is done. */

/* Targets in a state, whatever the filter. */
uint64_t sn_survey_total(const struct sn_survey *s, enum sn_target_state state);

/* Targets of one worker in a state, the same. */
uint64_t sn_survey_worker_total(const struct sn_survey *s, unsigned worker,
				enum sn_target_state state);

/* Targets that the filter lets pass. */
uint64_t sn_survey_matched(const struct sn_survey *s);

/*
 * Rows of ranking number rank over all workers, from place `from` (0 is the first); at most n are
 * put into rows, which point into the survey. Returns how many.
 */
uint32_t sn_survey_rows(const struct sn_survey *s, unsigned rank, uint32_t from,
			const struct sn_survey_row **rows, uint32_t n);

/* "instance", "state", ... */
const char *sn_survey_key_name(enum sn_survey_key key);

#endif

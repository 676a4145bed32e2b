/*
 * A worker's part of a survey: survey.c makes, posts and reads it, survey_part.c is the worker's
 * side. Between the two only.
 */
#ifndef SN_SERVE_SURVEY_INT_H
#define SN_SERVE_SURVEY_INT_H

#include "collect/collector.h"
#include "serve/survey.h"

/* A target that is among the first of a ranking so far. */
struct sn_survey_entry {
	uint64_t key;	/* smaller is earlier */
	uint32_t index; /* in the collector's list; smaller is earlier among equals */
};

/* The first targets of a ranking. */
struct sn_survey_places {
	struct sn_survey_entry *heap; /* the last of them on top; room for the ranking's n */
	struct sn_survey_row *rows;   /* the same targets in order, once copied */
	uint32_t n;		      /* of both */
	uint32_t left;		      /* entries still to be copied */
};

struct sn_survey_part {
	struct sn_worker_message message;  /* to the worker, and from one turn to the next */
	struct sn_survey *survey;	   /* whose part */
	const struct sn_collector *of;	   /* whose targets */
	uint64_t totals[SN_TARGET_STATES]; /* targets by state */
	uint64_t matched;		   /* of these, the filter let pass */
	struct sn_survey_places places[SN_SURVEY_RANKINGS]; /* by ranking */
	uint8_t *text;					    /* what rows point at */
	size_t text_size;				    /* octets of it */
	size_t text_used;				    /* of these */
	uint32_t next;					    /* target to be looked at next */
	uint32_t snapshot; /* of the collector when the look began */
	unsigned ranking;  /* being copied */
	bool begun;	   /* the look has */
	bool copying;	   /* all targets were looked at */
};

struct sn_survey {
	struct sn_survey_query query; /* as given */
	int event_fd;		      /* told at the end */
	unsigned nparts;	      /* one of each worker */
	_Atomic unsigned left;	      /* parts that are not done; workers take one off each */
	_Atomic bool cancelled;	      /* workers need not go on */
	struct sn_survey_part parts[];
};

/* The message's function: one slice. On the worker. */
void sn_survey_part_run(struct sn_worker *w, struct sn_worker_message *message);

#endif

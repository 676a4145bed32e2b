/*
 * Laying a course and reading it, see course.h. Laying goes through all cells of the round once for
 * their sizes and once more, over each request's stretch, for its runs; the outcome is written as
 * varints. Worker thread, at the end of a round that taught something.
 */
#include "round/course.h"

#include "codec/varbind.h"
#include "round/stream_int.h"

#include <stdlib.h>

enum {
	VARINT_MAX = 5,	 /* octets */
	NAME_GUESS = 18, /* octets of a name and what is around it in a request */
	RUNS_MOST = 64,	 /* names in a request; some agents do not take very many */
};

/* The run before the first: no run goes on from it. */
#define BEFORE_ALL ((struct sn_course_run){.last_row = SN_COURSE_TO_END})

/* A piece of one segment inside one request. */
struct part {
	struct sn_course_run run; /* where it is */
	struct sn_place from;	  /* its first name */
	uint32_t names;		  /* in it, the one that proves the end included */
	uint32_t octets;	  /* of them in an answer */
};

struct layout {
	const struct sn_course_plan *plan; /* the task */
	struct sn_arena *scratch;	   /* memory of tables and parts */
	struct sn_stream stream;	   /* of the plan's tables */
	uint8_t *p;			   /* where the course goes on; NULL: it is only counted */
	size_t octets;			   /* written or counted so far */
	struct part *parts;		   /* of the current request */
	uint32_t nparts;		   /* in it */
	uint32_t names_octets;		   /* of its varbinds, at most */
	struct sn_course_run last;	   /* written last */
	uint32_t nrequests;		   /* before it */
	uint32_t most_runs;		   /* in one request so far */
	uint32_t most_names_octets;	   /* of one request so far */
};

/*** Writing ***/

static void put(struct layout *l, uint32_t v)
{
	uint8_t octets[VARINT_MAX];
	size_t n = 0;

	do {
		octets[n++] = (uint8_t)(v & 0x7f) | (v > 0x7f ? 0x80 : 0);
		v >>= 7;
	} while (v);
	if (l->p) {
		memcpy(l->p, octets, n);
		l->p += n;
	}
	l->octets += n;
}

static void put_rows(struct layout *l)
{
	for (uint32_t i = 0; i < l->plan->ntables; i++) {
		const struct sn_ordered *t = &l->stream.tables[i];

		put(l, t->nrows);
		for (uint32_t r = 0; r < t->nrows; r++) {
			const struct sn_bytes *index = t->rows[r]->index;

			put(l, index->n);
			if (l->p) {
				memcpy(l->p, index->octet, index->n);
				l->p += index->n;
			}
			l->octets += index->n;
		}
	}
}

/* Whether a run begins where the one before it has ended, as all do but the first of a segment. */
static bool goes_on(const struct sn_course_run *last, const struct sn_course_run *run)
{
	return last->table == run->table && last->last_row != SN_COURSE_TO_END &&
	       last->last_column == run->column && last->last_row + 1 == run->row;
}

static void put_run(struct layout *l, const struct sn_course_run *run)
{
	const struct sn_ordered *t = &l->stream.tables[run->table];
	uint32_t index = run->row ? t->rows[run->row - 1]->index->n : 0;

	bool on = goes_on(&l->last, run);

	put(l, run->table << 1 | on);
	if (!on) {
		put(l, run->column);
		put(l, run->row);
	}
	put(l, run->last_column - run->column);
	put(l, run->last_row == SN_COURSE_TO_END ? 0 : run->last_row + 1);
	l->last = *run;
	l->names_octets += (uint32_t)t->table->blk->schema->columns[run->column].oid.n + index +
			   SN_VARBIND_NULL_AROUND;
}

/*** Requests ***/

/* Octets of the answer when the parts are asked in runs of so many names; *runs: their number. */
static uint64_t weigh(const struct layout *l, uint32_t reps, uint32_t *runs)
{
	uint64_t answer = 0;

	*runs = 0;
	for (uint32_t i = 0; i < l->nparts; i++) {
		const struct part *part = &l->parts[i];
		uint32_t n = (part->names + reps - 1) / reps;
		uint64_t beyond = (uint64_t)n * reps - part->names;

		*runs += n;
		answer += part->octets + beyond * (part->octets / part->names);
	}
	return answer;
}

/*
 * Repetitions are the same for all names of a request. Those with which request and answer together
 * are smallest, what short parts get beyond their ends included, while neither has too much in it.
 */
static uint32_t choose_repetitions(const struct layout *l, uint32_t room)
{
	uint32_t longest = 1;
	uint32_t limit = UINT32_MAX;
	uint64_t least = UINT64_MAX;
	uint32_t best = 1;
	uint32_t runs;

	for (uint32_t i = 0; i < l->nparts; i++) {
		uint32_t user = l->plan->tables[l->parts[i].run.table].max_repetitions;

		longest = l->parts[i].names > longest ? l->parts[i].names : longest;
		limit = user < limit ? user : limit;
	}
	limit = limit < longest ? limit : longest;
	limit = limit ? limit : 1;
	if (l->nparts == 1) {
		runs = (longest + limit - 1) / limit;
		return (longest + runs - 1) / runs; /* runs of equal length */
	}
	for (uint32_t reps = limit; reps; reps--) {
		uint64_t answer = weigh(l, reps, &runs);
		uint64_t octets = answer + (uint64_t)runs * NAME_GUESS;

		if (runs > RUNS_MOST && best > 1) {
			break; /* and fewer repetitions would only make it more */
		}
		octets += answer > room ? answer : 0;
		if (octets < least) {
			least = octets;
			best = reps;
		}
	}
	return best;
}

/* Cuts a part into runs of so many names. */
static void put_part(struct layout *l, const struct part *part, uint32_t reps)
{
	struct sn_course_run run = part->run;
	struct sn_place at = part->from;
	struct sn_place name = at;
	bool end = false;

	for (uint32_t i = 1; i <= part->names; i++) {
		sn_stream_next(&l->stream, &at, &name, &end);
		if (i % reps == 0 || i == part->names) {
			run.last_column = name.column;
			run.last_row = end ? SN_COURSE_TO_END : name.row;
			put_run(l, &run);
			run.column = name.column;
			run.row = name.row + 1;
		}
	}
}

/* Writes the current request; the next one is empty. */
static void put_request(struct layout *l, uint32_t room)
{
	uint32_t most = l->most_names_octets;
	uint32_t reps;
	uint32_t runs;

	if (l->nparts == 0) {
		return;
	}
	reps = choose_repetitions(l, room);
	weigh(l, reps, &runs);
	put(l, runs);
	put(l, reps);
	l->names_octets = 0;
	for (uint32_t i = 0; i < l->nparts; i++) {
		put_part(l, &l->parts[i], reps);
	}
	l->most_names_octets = l->names_octets > most ? l->names_octets : most;
	l->most_runs = runs > l->most_runs ? runs : l->most_runs;
	l->nrequests++;
	l->nparts = 0;
}

static void put_requests(struct layout *l)
{
	uint32_t room = l->plan->room - l->plan->scalars_octets;
	struct sn_course_run begin = {.row = 0}; /* where the next part would begin */
	struct sn_place at = {.row = 0};
	struct sn_place from = at;
	struct sn_place name;
	uint64_t answer = 0;
	bool open = false; /* the last part goes on */
	bool end;

	for (uint32_t octets; (octets = sn_stream_next(&l->stream, &at, &name, &end)); from = at) {
		if (answer && (answer + octets > room || (!open && l->nparts == RUNS_MOST))) {
			put_request(l, room);
			room = l->plan->room;
			answer = 0;
			open = false;
		}
		if (begin.table != name.table) {
			begin = (struct sn_course_run){.table = name.table};
		}
		while (begin.row == 0 && begin.column < name.column &&
		       !sn_stream_asks(&l->stream.tables[name.table], begin.column)) {
			begin.column++;
		}
		if (!open) {
			l->parts[l->nparts++] = (struct part){.run = begin, .from = from};
		}
		l->parts[l->nparts - 1].names++;
		l->parts[l->nparts - 1].octets += octets;
		answer += octets;
		open = !end;
		begin.column = end ? name.column + 1 : name.column;
		begin.row = end ? 0 : name.row + 1;
	}
	put_request(l, room);
}

/*** The whole ***/

static int prepare(struct layout *l)
{
	const struct sn_course_plan *plan = l->plan;
	uint32_t columns = 0;

	l->stream.ntables = plan->ntables;
	l->stream.tables =
		sn_arena_alloc(l->scratch, (plan->ntables + 1) * sizeof(*l->stream.tables));
	if (!l->stream.tables) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < plan->ntables; i++) {
		if (sn_stream_order(&l->stream.tables[i], &plan->tables[i], l->scratch)) {
			return SN_ENOMEM;
		}
		columns += plan->tables[i].blk->schema->nwalked;
	}
	/* each part of a request is of another segment, and a segment has a column or more */
	l->parts = sn_arena_alloc(l->scratch, (columns + 1) * sizeof(*l->parts));
	return l->parts ? SN_OK : SN_ENOMEM;
}

struct sn_course *sn_course_new(const struct sn_course_plan *plan, struct sn_arena *scratch)
{
	struct layout l = {.plan = plan, .scratch = scratch};
	struct sn_course *c;

	if (prepare(&l)) {
		return NULL;
	}
	put_rows(&l);
	l.last = BEFORE_ALL;
	put_requests(&l);
	if (l.nrequests == 0 || l.octets > UINT32_MAX / 2 || l.most_runs > UINT16_MAX ||
	    plan->ntables > UINT16_MAX) {
		return NULL;
	}
	c = malloc(sizeof(*c) + l.octets);
	if (!c) {
		return NULL;
	}
	*c = (struct sn_course){.octets = (uint32_t)l.octets,
				.nrequests = l.nrequests,
				.names_octets = l.most_names_octets,
				.most_runs = (uint16_t)l.most_runs,
				.ntables = (uint16_t)plan->ntables,
				.has_scalars = plan->scalars_octets > 0};
	l.p = c->octet;
	l.last = BEFORE_ALL;
	put_rows(&l);
	put_requests(&l);
	return c;
}

void sn_course_free(struct sn_course *c)
{
	free(c);
}

/*** Reading ***/

static uint32_t take(struct sn_course_reader *r)
{
	uint32_t v = 0;
	unsigned shift = 0;
	uint8_t octet;

	do {
		octet = *r->p++;
		v |= (uint32_t)(octet & 0x7f) << shift;
		shift += 7;
	} while (octet > 0x7f);
	return v;
}

void sn_course_open(struct sn_course_reader *r, const struct sn_course *course)
{
	r->p = course->octet;
	r->left = course->nrequests;
	r->last = BEFORE_ALL;
}

uint32_t sn_course_read_rows(struct sn_course_reader *r)
{
	return take(r);
}

struct sn_span sn_course_read_row(struct sn_course_reader *r)
{
	uint32_t n = take(r);
	struct sn_span index = sn_span_make(r->p, n);

	r->p += n;
	return index;
}

uint32_t sn_course_read_request(struct sn_course_reader *r, struct sn_course_run *runs,
				uint32_t *reps)
{
	uint32_t n;

	if (r->left == 0) {
		return 0;
	}
	r->left--;
	n = take(r);
	*reps = take(r);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t table = take(r);
		bool on = table & 1;

		runs[i].table = table >> 1;
		runs[i].column = on ? r->last.last_column : take(r);
		runs[i].row = on ? r->last.last_row + 1 : take(r);
		runs[i].last_column = runs[i].column + take(r);
		runs[i].last_row = take(r) - 1; /* 0 becomes SN_COURSE_TO_END */
		r->last = runs[i];
	}
	return n;
}

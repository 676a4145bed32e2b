/*
 * Instances and filters of a round, see filter.h. A table passes three points: its walked columns
 * are over; the filters on its other columns have been judged; its cells are asked for by name. In
 * between it is *held*: one thing is pending. Worker thread.
 */
#include "round/filter.h"

#include "codec/oid.h"
#include "round/allow.h"
#include "round/step_instances.h"

/* What a filter came to in this round. */
struct verdict {
	bool known;		   /* its table is over */
	bool ignored;		   /* its column could not be read */
	struct sn_allowed allowed; /* the rows, if it was */
};

/* Where a table is. */
struct place {
	bool over;  /* its walked columns have been read, or given up */
	bool held;  /* it is over, waits for a filter, and has that pending */
	bool asked; /* nothing more will be started for it */
};

/* The part of one plan. */
struct part {
	const struct sn_plan *plan; /* with instances or filters */
	uint32_t first;		    /* number of its first table within the target */
	struct verdict *verdicts;   /* of its filters */
};

struct sn_filters {
	struct part *parts;	    /* nparts of them */
	struct place *places;	    /* of all tables of the target */
	struct sn_instances *lists; /* started so far */
	uint32_t nparts;	    /* plans that want something by name */
};

/* A column of a table whose cells are to be asked for. */
struct want {
	struct sn_allowed rows; /* which */
	uint32_t column;	/* of the table */
	uint32_t at;		/* next of these rows */
};

/*** Judging ***/

/* Its table has been read: what filter number f says. */
static void judge(const struct part *p, uint32_t f, const struct sn_table *t)
{
	const struct sn_plan_filter *filter = &p->plan->filters[f];
	struct verdict *v = &p->verdicts[f];

	v->known = true;
	v->ignored = t->column_open[filter->column] || t->lost[filter->column];
	if (v->ignored || sn_allow_rows(filter, &t->blk, &v->allowed) == SN_OK) {
		return;
	}
	/* nobody knows which rows are allowed: none is asked for, all lack something */
	v->allowed.n = 0;
	sn_job_miss(t->job, sn_err_text(SN_ENOMEM));
	for (uint32_t i = 0; i < filter->ntargets; i++) {
		sn_table_missing(t->job->tables[p->first + filter->targets[i].table],
				 filter->targets[i].column, 0, UINT32_MAX);
	}
}

static bool has_target(const struct sn_plan_filter *filter, uint32_t table, uint32_t column)
{
	for (uint32_t i = 0; i < filter->ntargets; i++) {
		if (filter->targets[i].table == table && filter->targets[i].column == column) {
			return true;
		}
	}
	return false;
}

/*
 * The first verdict by which a column is asked, from filter number *f on, which moves behind it:
 * filters that could not be read do not count. *filtered: there are filters on it. NULL: none
 * counts.
 */
static const struct verdict *next_verdict(const struct part *p, uint32_t table, uint32_t column,
					  uint32_t *f, bool *filtered)
{
	while (*f < p->plan->nfilters) {
		const struct verdict *v = &p->verdicts[*f];

		if (has_target(&p->plan->filters[(*f)++], table, column)) {
			*filtered = true;
			if (!v->ignored) {
				return v;
			}
		}
	}
	return NULL;
}

static const struct verdict *verdict_on(const struct part *p, uint32_t table, uint32_t column,
					bool *filtered)
{
	uint32_t f = 0;

	*filtered = false;
	return next_verdict(p, table, column, &f, filtered);
}

/* The rows that all filters on a column allow. False: none counts. SN_ENOMEM through *rc. */
static bool find_rows(const struct part *p, const struct sn_table *t, uint32_t column,
		      struct sn_allowed *rows, int *rc)
{
	uint32_t table = t->number - p->first;
	const struct verdict *v;
	bool filtered;
	uint32_t f = 0;

	v = next_verdict(p, table, column, &f, &filtered);
	if (!v) {
		return false;
	}
	rows->n = v->allowed.n;
	rows->arcs = sn_arena_alloc(&t->job->arena, (rows->n + 1) * sizeof(*rows->arcs));
	if (!rows->arcs) {
		*rc = SN_ENOMEM;
		return false;
	}
	if (rows->n) {
		memcpy(rows->arcs, v->allowed.arcs, rows->n * sizeof(*rows->arcs));
	}
	while ((v = next_verdict(p, table, column, &f, &filtered))) {
		sn_allow_both(rows, &v->allowed);
	}
	return true;
}

/* Whether a column is walked when no filter on it counts. */
static bool is_walk(const struct part *p, uint32_t table, uint32_t column)
{
	for (uint32_t f = 0; f < p->plan->nfilters; f++) {
		const struct sn_plan_filter *filter = &p->plan->filters[f];

		for (uint32_t i = 0; i < filter->ntargets; i++) {
			const struct sn_plan_filtered *target = &filter->targets[i];

			if (target->table == table && target->column == column) {
				return target->is_walk;
			}
		}
	}
	return false;
}

/* Whether a filter takes an instance out, or may yet do so. */
static bool is_out(const struct part *p, const struct sn_plan_instance *in)
{
	for (uint32_t i = 0; i < in->nfilters; i++) {
		if (!p->verdicts[in->filters[i]].ignored) {
			return true;
		}
	}
	return false;
}

/* Whether all filters on columns of the table, and on its instances, have been judged. */
static bool is_judged(const struct part *p, uint32_t table)
{
	for (uint32_t f = 0; f < p->plan->nfilters; f++) {
		for (uint32_t i = 0; !p->verdicts[f].known && i < p->plan->filters[f].ntargets;
		     i++) {
			if (p->plan->filters[f].targets[i].table == table) {
				return false;
			}
		}
	}
	for (uint32_t i = 0; i < p->plan->ninstances; i++) {
		const struct sn_plan_instance *in = &p->plan->instances[i];

		for (uint32_t k = 0; in->table == table && k < in->nfilters; k++) {
			if (!p->verdicts[in->filters[k]].known) {
				return false;
			}
		}
	}
	return true;
}

/*** Asking ***/

/* Walks the columns of a table that the module walks and on whose filters none counts. SN_ENOMEM.
 */
static int walk_columns(const struct part *p, struct sn_table *t)
{
	const struct sn_schema *schema = t->blk.schema;
	uint32_t from = schema->nwalked;
	bool filtered;

	for (uint32_t c = from; c <= schema->ncolumns; c++) {
		if (c < schema->ncolumns && !verdict_on(p, t->number - p->first, c, &filtered) &&
		    filtered && is_walk(p, t->number - p->first, c)) {
			continue;
		}
		if (c > from && sn_table_walk_columns(t, from, c - from)) {
			return SN_ENOMEM;
		}
		from = c + 1;
	}
	return SN_OK;
}

/* The columns of a table that filters let through, into wants[], which is zeroed; their number to
 * *n. SN_ENOMEM. */
static int find_wants(const struct part *p, const struct sn_table *t, struct want *wants,
		      uint32_t *n)
{
	int rc = SN_OK;

	*n = 0;
	for (uint32_t c = t->blk.schema->nwalked; c < t->blk.schema->ncolumns && !rc; c++) {
		if (find_rows(p, t, c, &wants[*n].rows, &rc)) {
			wants[(*n)++].column = c;
		}
	}
	return rc;
}

/* The smallest arc that is still to be asked in some column. NULL: none. */
static const struct sn_span *next_arc(const struct want *wants, uint32_t n)
{
	const struct sn_span *least = NULL;

	for (uint32_t i = 0; i < n; i++) {
		const struct want *w = &wants[i];

		if (w->at < w->rows.n && (!least || sn_oid_cmp(w->rows.arcs[w->at], *least) < 0)) {
			least = &w->rows.arcs[w->at];
		}
	}
	return least;
}

/* The cells of allowed rows, row by row, so that a row's values are of one time. Their number. */
static uint32_t put_filtered(struct sn_table *t, struct want *wants, uint32_t nwants,
			     struct sn_instance *cells)
{
	const struct sn_span *arc;
	uint32_t n = 0;

	while ((arc = next_arc(wants, nwants))) {
		const struct sn_span index = *arc;

		for (uint32_t i = 0; i < nwants; i++) {
			struct want *w = &wants[i];

			if (w->at < w->rows.n && sn_span_eq(w->rows.arcs[w->at], index)) {
				cells[n++] = (struct sn_instance){
					.table = t, .index = index, .column = w->column};
				w->at++;
			}
		}
	}
	return n;
}

/* The instances that the plan lists for a table. Their number; cells NULL: only counted. */
static uint32_t put_instances(const struct part *p, struct sn_table *t, struct sn_instance *cells)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->plan->ninstances; i++) {
		const struct sn_plan_instance *in = &p->plan->instances[i];

		if (in->table + p->first != t->number || is_out(p, in)) {
			continue;
		}
		if (cells) {
			cells[n] = (struct sn_instance){
				.table = t, .index = in->index, .column = in->column};
		}
		n++;
	}
	return n;
}

/* What a table wants by name, behind the cells that are there already. SN_ENOMEM. */
static int gather(const struct part *p, struct sn_table *t, struct sn_instance **cells, uint32_t *n)
{
	struct sn_arena *arena = &t->job->arena;
	struct want *wants = sn_arena_zalloc(arena, (t->blk.schema->ncolumns + 1) * sizeof(*wants));
	uint32_t more = put_instances(p, t, NULL);
	struct sn_instance *all;
	uint32_t nwants;

	if (!wants || find_wants(p, t, wants, &nwants)) {
		return SN_ENOMEM;
	}

	for (uint32_t i = 0; i < nwants; i++) {
		more += wants[i].rows.n;
	}
	all = sn_arena_alloc(arena, (*n + more + 1) * sizeof(*all));
	if (!all) {
		return SN_ENOMEM;
	}
	if (*n) {
		memcpy(all, *cells, *n * sizeof(*all));
	}
	*n += put_instances(p, t, all + *n);
	*n += put_filtered(t, wants, nwants, all + *n);
	*cells = all;
	return SN_OK;
}

/* What is got by name of a table will not come. */
static void miss_table(const struct part *p, struct sn_table *t)
{
	const struct sn_schema *schema = t->blk.schema;
	bool filtered;

	for (uint32_t i = 0; i < p->plan->ninstances; i++) {
		const struct sn_plan_instance *in = &p->plan->instances[i];
		const struct sn_instance cell = {
			.table = t, .index = in->index, .column = in->column};

		if (in->table + p->first == t->number && !is_out(p, in)) {
			sn_step_instances_lose(&cell);
		}
	}
	for (uint32_t c = schema->nwalked; c < schema->ncolumns; c++) {
		(void)verdict_on(p, t->number - p->first, c, &filtered);
		if (filtered) {
			sn_table_missing(t, c, 0, UINT32_MAX);
		}
	}
}

/* There is no memory to ask for it. */
static void lose_table(const struct part *p, struct sn_table *t)
{
	sn_job_miss(t->job, sn_err_text(SN_ENOMEM));
	miss_table(p, t);
}

/* Asks for all that has nothing left to wait for. */
static void go_on(struct sn_filters *fs, const struct part *p, struct sn_job *job)
{
	struct sn_instance *cells = NULL;
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->plan->ntables; i++) {
		struct sn_table *t = job->tables[p->first + i];
		struct place *pl = &fs->places[t->number];

		if (!pl->over || pl->asked) {
			continue;
		}
		if (is_judged(p, i)) {
			pl->asked = true;
			if (walk_columns(p, t) || gather(p, t, &cells, &n)) {
				lose_table(p, t);
			}
		} else if (!pl->held) {
			pl->held = true;
			t->pending++;
		}
	}
	if (n && sn_step_instances_start(cells, n, &fs->lists)) {
		for (uint32_t i = 0; i < n; i++) {
			sn_step_instances_lose(&cells[i]);
		}
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
	}
	for (uint32_t i = 0; i < p->plan->ntables; i++) {
		struct place *pl = &fs->places[p->first + i];

		if (pl->held && pl->asked) {
			pl->held = false;
			sn_table_settle(job->tables[p->first + i]);
		}
	}
}

/*** The round ***/

static int add_part(struct sn_filters *fs, struct sn_job *job, const struct sn_plan *plan,
		    uint32_t first)
{
	struct part *p = &fs->parts[fs->nparts];

	if (plan->ninstances == 0 && plan->nfilters == 0) {
		return SN_OK;
	}
	p->verdicts = sn_arena_zalloc(&job->arena, (plan->nfilters + 1) * sizeof(*p->verdicts));
	if (!p->verdicts) {
		return SN_ENOMEM;
	}
	p->plan = plan;
	p->first = first;
	fs->nparts++;
	for (uint32_t i = 0; i < plan->ntables; i++) {
		fs->places[first + i].over = plan->tables[i].schema.nwalked == 0;
	}
	return SN_OK;
}

static bool wants_names(const struct sn_job *job)
{
	bool wants = false;

	for (uint32_t i = 0; i < job->spec->nplans; i++) {
		wants |= job->spec->plans[i]->ninstances || job->spec->plans[i]->nfilters;
	}
	return wants;
}

int sn_filter_start(struct sn_job *job)
{
	uint32_t nplans = job->spec->nplans;
	struct sn_filters *fs;
	uint32_t first = 0;

	if (!wants_names(job)) {
		return SN_OK;
	}
	fs = sn_arena_zalloc(&job->arena, sizeof(*fs));
	if (!fs) {
		return SN_ENOMEM;
	}
	fs->parts = sn_arena_zalloc(&job->arena, nplans * sizeof(*fs->parts));
	fs->places = sn_arena_zalloc(&job->arena, (job->ntables + 1) * sizeof(*fs->places));
	if (!fs->parts || !fs->places) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < nplans; i++) {
		int rc = add_part(fs, job, job->spec->plans[i], first);

		if (rc) {
			return rc;
		}
		first += job->spec->plans[i]->ntables;
	}
	job->filters = fs;
	for (uint32_t i = 0; i < fs->nparts; i++) {
		go_on(fs, &fs->parts[i], job);
	}
	return SN_OK;
}

void sn_filter_table_over(struct sn_table *t)
{
	struct sn_filters *fs = t->job->filters;

	if (!fs || fs->places[t->number].over) {
		return;
	}
	fs->places[t->number].over = true;
	for (uint32_t i = 0; i < fs->nparts; i++) {
		const struct part *p = &fs->parts[i];

		if (p->first != t->first || p->plan != t->plan) {
			continue;
		}
		for (uint32_t f = 0; f < p->plan->nfilters; f++) {
			if (p->plan->filters[f].table + p->first == t->number) {
				judge(p, f, t);
			}
		}
		go_on(fs, p, t->job);
	}
}

void sn_filter_abort(struct sn_job *job)
{
	struct sn_filters *fs = job->filters;

	if (!fs) {
		return;
	}
	job->filters = NULL;
	sn_step_instances_abort(fs->lists);
	for (uint32_t i = 0; i < fs->nparts; i++) {
		const struct part *p = &fs->parts[i];

		for (uint32_t k = 0; k < p->plan->ntables; k++) {
			if (!fs->places[p->first + k].asked) {
				miss_table(p, job->tables[p->first + k]);
			}
		}
	}
}

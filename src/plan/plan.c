/*
 * From a module as written to a plan: which names to get, which tables to walk, which columns each
 * row has. Called by config on the thread of a load; all memory is the snapshot's.
 */
#include "plan/plan_int.h"

#include "codec/oid.h"

#include <stdio.h>

enum { FIRST_ROOM = 8 }; /* elements of a new list */

uint32_t sn_plan_push(struct sn_plan_build *b, struct sn_plan_list *list, const void *element,
		      size_t size)
{
	if (list->n == list->room) {
		uint32_t room = list->room ? 2 * list->room : FIRST_ROOM;
		void *v = sn_arena_alloc(&b->scratch, room * size);

		if (!v) {
			b->err = SN_ENOMEM;
			return 0;
		}
		if (list->n) {
			memcpy(v, list->v, list->n * size);
		}
		list->v = v;
		list->room = room;
	}
	memcpy((uint8_t *)list->v + list->n * size, element, size);
	return list->n++;
}

static const char *table_name(struct sn_plan_build *b, const struct sn_index *indexes, uint32_t n)
{
	char name[256];
	size_t len = (size_t)snprintf(name, sizeof(name), "%s", b->m->name);
	const char *copy;

	for (uint32_t i = 0; i < n && len < sizeof(name); i++) {
		len += (size_t)snprintf(name + len, sizeof(name) - len, "_%s", indexes[i].label);
	}
	copy = name;
	for (const char *const *r = b->renames; r && r[0]; r += 2) {
		if (strcmp(r[0], name) == 0) {
			copy = r[1];
		}
	}
	copy = sn_arena_strndup(b->arena, copy, strlen(copy));
	if (!copy) {
		b->err = SN_ENOMEM;
	}
	return copy;
}

static bool same_indexes(const struct sn_index *a, uint32_t na, const struct sn_index *b,
			 uint32_t nb)
{
	if (na != nb) {
		return false;
	}
	for (uint32_t i = 0; i < na; i++) {
		if (strcmp(a[i].label, b[i].label) != 0 || a[i].kind != b[i].kind ||
		    a[i].implied != b[i].implied || a[i].fixed_size != b[i].fixed_size) {
			return false;
		}
	}
	return true;
}

/* A later metric with the same OID takes its place, and so does one with a shorter OID. */
static bool is_shadowed(const struct sn_module *m, uint32_t metric)
{
	const struct sn_span oid = m->metrics[metric].oid;

	for (uint32_t i = 0; i < m->nmetrics; i++) {
		const struct sn_span other = m->metrics[i].oid;

		if (sn_span_is_prefix(other, oid) && (other.n < oid.n || i > metric)) {
			return true;
		}
	}
	return false;
}

/* The table of a metric with indexes, made if missing. */
static uint32_t table_for(struct sn_plan_build *b, const struct sn_module_metric *mm)
{
	struct sn_plan_draft t = {.indexes = mm->indexes, .nindexes = mm->nindexes};

	for (uint32_t i = 0; i < b->tables.n; i++) {
		const struct sn_plan_draft *d = sn_plan_draft_at(b, i);

		if (same_indexes(d->indexes, d->nindexes, mm->indexes, mm->nindexes)) {
			return i;
		}
	}
	t.name = table_name(b, mm->indexes, mm->nindexes);
	return sn_plan_push(b, &b->tables, &t, sizeof(t));
}

/* Which metrics are polled at all, and in which tables. */
static void place_metrics(struct sn_plan_build *b)
{
	const struct sn_module *m = b->m;

	for (uint32_t i = 0; i < m->nmetrics; i++) {
		const struct sn_module_metric *mm = &m->metrics[i];

		b->table_of[i] = SN_PLAN_NONE;
		b->column_of[i] = SN_PLAN_NONE;
		if (mm->nindexes && !is_shadowed(m, i) && sn_plan_is_brought(m, mm->oid)) {
			b->table_of[i] = table_for(b, mm);
		}
	}
	for (uint32_t i = 0; i < m->nmetrics && !b->err; i++) {
		if (b->table_of[i] != SN_PLAN_NONE) {
			sn_plan_add_metric(b, sn_plan_draft_at(b, b->table_of[i]), i);
		}
	}
}

/*
 * The instance a scalar is asked by: a get at or below its OID, else a walk below it, which can
 * only be that of an instance, else OID.0 if a walk covers it, or the OID itself if that is an
 * instance already. False: none of these.
 */
static bool scalar_name(struct sn_plan_build *b, const struct sn_module_metric *mm,
			struct sn_span *name)
{
	uint8_t *octets;

	for (uint32_t i = 0; i < b->m->ngets; i++) {
		if (sn_span_is_prefix(mm->oid, b->m->gets[i])) {
			*name = b->m->gets[i];
			return true;
		}
	}
	for (uint32_t i = 0; i < b->m->nwalks; i++) {
		if (sn_span_is_prefix(mm->oid, b->m->walks[i]) && mm->oid.n < b->m->walks[i].n) {
			*name = b->m->walks[i];
			return true;
		}
	}
	if (!sn_plan_is_walked(b->m, mm->oid)) {
		return false;
	}
	if (mm->oid.n && mm->oid.p[mm->oid.n - 1] == 0) {
		*name = mm->oid;
		return true;
	}
	octets = sn_arena_alloc(b->arena, mm->oid.n + 1);
	if (!octets) {
		b->err = SN_ENOMEM;
		return false;
	}
	memcpy(octets, mm->oid.p, mm->oid.n);
	octets[mm->oid.n] = 0;
	*name = sn_span_make(octets, mm->oid.n + 1);
	return true;
}

static void add_scalars(struct sn_plan_build *b)
{
	const struct sn_module *m = b->m;
	struct sn_plan_get *gets = sn_arena_zalloc(b->arena, (m->nmetrics + 1) * sizeof(*gets));

	b->scalars.name = table_name(b, NULL, 0);
	if (!gets) {
		b->err = SN_ENOMEM;
	}
	b->gets = gets;
	b->plan->gets = gets;
	for (uint32_t i = 0; i < m->nmetrics && !b->err; i++) {
		const struct sn_module_metric *mm = &m->metrics[i];
		struct sn_span name;

		if (mm->nindexes || is_shadowed(m, i) || !scalar_name(b, mm, &name)) {
			continue;
		}
		sn_plan_add_metric(b, &b->scalars, i);
		/* what is asked keeps its order: column numbers are set in the end */
		gets[b->plan->ngets++] =
			(struct sn_plan_get){.name = name, .column = b->column_of[i]};
	}
}

/* A cell that is got by its name, if that lies below the column. */
static void add_instance(struct sn_plan_build *b, uint32_t table, uint32_t column,
			 struct sn_span name)
{
	const struct sn_span oid =
		sn_plan_column_at(sn_plan_draft_at(b, table), column)->column.oid;
	const struct sn_plan_instance in = {
		.name = name,
		.table = table,
		.column = column,
		.index = sn_span_make(name.p + oid.n, name.n > oid.n ? name.n - oid.n : 0)};

	if (in.index.n && sn_span_is_prefix(oid, name)) {
		sn_plan_push(b, &b->instances, &in, sizeof(in));
	}
}

/* The gets below columns of tables, and the walks, which can only be of instances there. */
static void add_instances(struct sn_plan_build *b)
{
	for (uint32_t t = 0; t < b->tables.n; t++) {
		for (uint32_t c = 0; c < sn_plan_draft_at(b, t)->columns.n && !b->err; c++) {
			const struct sn_plan_column *col =
				sn_plan_column_at(sn_plan_draft_at(b, t), c);

			if (col->source != SN_PLAN_INSTANCE ||
			    sn_plan_is_filtered(b->m, col->column.oid)) {
				continue;
			}
			for (uint32_t i = 0; i < b->m->ngets; i++) {
				add_instance(b, t, c, b->m->gets[i]);
			}
			for (uint32_t i = 0; i < b->m->nwalks; i++) {
				add_instance(b, t, c, b->m->walks[i]);
			}
		}
	}
}

static bool is_target_of(const struct sn_module_filter *mf, struct sn_span oid)
{
	for (uint32_t k = 0; k < mf->ntargets; k++) {
		if (sn_span_eq(mf->targets[k], oid)) {
			return true;
		}
	}
	return false;
}

/* The columns that a filter's gets fill. */
static void add_targets(struct sn_plan_build *b, const struct sn_module_filter *mf,
			struct sn_plan_filter *filter)
{
	struct sn_plan_filtered *targets;
	uint32_t most = 0;

	for (uint32_t t = 0; t < b->tables.n; t++) {
		most += sn_plan_draft_at(b, t)->columns.n;
	}
	targets = sn_arena_alloc(b->arena, (most + 1) * sizeof(*targets));
	if (!targets) {
		b->err = SN_ENOMEM;
		return;
	}
	for (uint32_t t = 0; t < b->tables.n; t++) {
		const struct sn_plan_draft *d = sn_plan_draft_at(b, t);

		for (uint32_t c = 0; c < d->columns.n; c++) {
			const struct sn_plan_column *col = sn_plan_column_at(d, c);

			if (col->source == SN_PLAN_INSTANCE && is_target_of(mf, col->column.oid)) {
				targets[filter->ntargets++] =
					(struct sn_plan_filtered){.table = t, .column = c};
			}
		}
	}
	filter->targets = targets;
}

static void add_filters(struct sn_plan_build *b)
{
	for (uint32_t f = 0; f < b->m->nfilters && !b->err; f++) {
		const struct sn_module_filter *mf = &b->m->filters[f];
		struct sn_plan_filter filter = {.values = mf->values, .nvalues = mf->nvalues};
		struct sn_plan_draft *t;

		add_targets(b, mf, &filter);
		if (b->err || filter.ntargets == 0) {
			continue;
		}
		filter.table = sn_plan_table_with(b, mf->oid);
		if (b->err) {
			return;
		}
		t = sn_plan_draft_at(b, filter.table);
		filter.column = sn_plan_ask(b, t, mf->oid, false);
		if (!b->err) {
			sn_plan_column_at(t, filter.column)->source = SN_PLAN_WALKED;
			sn_plan_push(b, &b->filters, &filter, sizeof(filter));
		}
	}
}

static void compile(struct sn_plan_build *b)
{
	uint32_t n = b->m->nmetrics;

	b->table_of = sn_arena_alloc(&b->scratch, (n + 1) * sizeof(*b->table_of));
	b->column_of = sn_arena_alloc(&b->scratch, (n + 1) * sizeof(*b->column_of));
	if (!b->table_of || !b->column_of) {
		b->err = SN_ENOMEM;
		return;
	}
	place_metrics(b);
	if (!b->err) {
		add_scalars(b);
	}
	for (uint32_t i = 0; i < n && !b->err; i++) {
		if (b->table_of[i] != SN_PLAN_NONE) {
			sn_plan_ask_labels(b, b->table_of[i], i);
		}
	}
	for (uint32_t i = 0; i < n && !b->err; i++) {
		if (b->table_of[i] != SN_PLAN_NONE) {
			sn_plan_add_labels(b, b->table_of[i], i);
		}
	}
	if (!b->err) {
		add_instances(b);
		add_filters(b);
	}
	if (!b->err) {
		sn_plan_add_rates(b);
	}
	if (!b->err) {
		sn_plan_finish(b);
	}
}

int sn_plan_build(const struct sn_module *m, const char *const *renames, struct sn_arena *arena,
		  struct sn_plan *plan, char *why)
{
	struct sn_plan_build b = {
		.m = m, .renames = renames, .arena = arena, .plan = plan, .why = why};

	memset(plan, 0, sizeof(*plan));
	why[0] = '\0';
	plan->name = m->name;
	plan->max_repetitions = m->max_repetitions ? m->max_repetitions : SN_PLAN_REPETITIONS_ANY;
	plan->retries = m->retries;
	plan->timeout_ns = m->timeout_ns;
	plan->allow_nonincreasing = m->allow_nonincreasing;
	if (m->nmetrics == 0) {
		snprintf(why, SN_PLAN_WHY_MAX, "module %s: no metrics, so there is nothing to poll",
			 m->name);
		return SN_ECONFIG;
	}
	sn_arena_init(&b.scratch, arena->pool);
	compile(&b);
	sn_arena_reset(&b.scratch);
	if (!b.err && plan->ngets == 0 && plan->ntables == 0) {
		snprintf(why, SN_PLAN_WHY_MAX,
			 "module %s: no walk or get covers any of its metrics", m->name);
		return SN_ECONFIG;
	}
	return b.err;
}

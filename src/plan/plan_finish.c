/*
 * The last step of a plan's compilation, see plan_int.h: columns into the order in which they are
 * asked, references to match, the labels of each column's series. On the thread of a load.
 */
#include "plan/plan_int.h"

#include "codec/oid.h"

#include <stdlib.h>

/* ifCounterDiscontinuityTime, 1.3.6.1.2.1.31.1.1.1.19 (RFC 2863) */
static const uint8_t discontinuity_oid[] = {0x2b, 6, 1, 2, 1, 31, 1, 1, 1, 19};

static void *make(struct sn_plan_build *b, size_t n)
{
	void *p = sn_arena_zalloc(b->arena, n ? n : 1);

	if (!p) {
		b->err = SN_ENOMEM;
	}
	return p;
}

static int by_oid(const void *a, const void *b)
{
	const struct sn_plan_column *const *x = a;
	const struct sn_plan_column *const *y = b;

	return sn_oid_cmp((*x)->column.oid, (*y)->column.oid);
}

/* Decides where each column goes: walked ones first, by OID unless they are scalars. Returns their
 * number. */
static uint32_t place_columns(struct sn_plan_build *b, struct sn_plan_draft *t)
{
	struct sn_plan_column **walked =
		sn_arena_alloc(&b->scratch, (t->columns.n + 1) * sizeof(struct sn_plan_column *));
	uint32_t nwalked = 0;
	uint32_t next;

	if (!walked) {
		b->err = SN_ENOMEM;
		return 0;
	}
	for (uint32_t i = 0; i < t->columns.n; i++) {
		if (sn_plan_column_at(t, i)->source == SN_PLAN_WALKED) {
			walked[nwalked++] = sn_plan_column_at(t, i);
		}
	}
	if (t != &b->scalars) {
		qsort(walked, nwalked, sizeof(struct sn_plan_column *), by_oid);
	}
	next = nwalked;
	for (uint32_t i = 0; i < nwalked; i++) {
		walked[i]->place = i;
	}
	for (uint32_t i = 0; i < t->columns.n; i++) {
		if (sn_plan_column_at(t, i)->source != SN_PLAN_WALKED) {
			sn_plan_column_at(t, i)->place = next++;
		}
	}
	return nwalked;
}

static uint32_t place_of(const struct sn_plan_draft *t, uint32_t column)
{
	return sn_plan_column_at(t, column)->place;
}

static bool is_dropped(const struct sn_plan_draft *t, uint32_t metric, uint32_t index)
{
	for (uint32_t i = 0; i < t->drops.n; i++) {
		const struct sn_plan_drop *drop = &((struct sn_plan_drop *)t->drops.v)[i];

		if (drop->metric == metric && drop->index == index) {
			return true;
		}
	}
	return false;
}

static bool same_series(const struct sn_series *a, const struct sn_series *b, uint32_t nindexes)
{
	return a->nlookups == b->nlookups &&
	       (nindexes == 0 || memcmp(a->dropped, b->dropped, nindexes) == 0) &&
	       (a->nlookups == 0 ||
		memcmp(a->lookups, b->lookups, a->nlookups * sizeof(*a->lookups)) == 0);
}

/* The labels of a metric's series; the same object for all columns before `end` with the same. */
static const struct sn_series *make_series(struct sn_plan_build *b, const struct sn_plan_draft *t,
					   uint32_t metric, const struct sn_column *columns,
					   uint32_t end)
{
	uint8_t *dropped = make(b, t->nindexes);
	uint32_t *lookups = make(b, t->labels.n * sizeof(*lookups));
	struct sn_series *s = make(b, sizeof(*s));

	if (b->err) {
		return NULL;
	}
	for (uint32_t i = 0; i < t->nindexes; i++) {
		dropped[i] = is_dropped(t, metric, i);
	}
	*s = (struct sn_series){.dropped = dropped, .lookups = lookups};
	for (uint32_t i = 0; i < t->labels.n; i++) {
		const struct sn_plan_label *label = &((struct sn_plan_label *)t->labels.v)[i];

		if (label->metric == metric) {
			lookups[s->nlookups++] = label->lookup;
		}
	}
	for (uint32_t i = 0; i < end; i++) {
		if (columns[i].series && same_series(columns[i].series, s, t->nindexes)) {
			return columns[i].series;
		}
	}
	return s;
}

/* Index labels that no series has. */
static const uint8_t *make_dropped(struct sn_plan_build *b, const struct sn_schema *schema)
{
	uint8_t *dropped = make(b, schema->nindexes);

	if (b->err) {
		return NULL;
	}
	memset(dropped, 1, schema->nindexes);
	for (uint32_t c = 0; c < schema->ncolumns; c++) {
		const struct sn_series *s = schema->columns[c].series;

		for (uint32_t i = 0; s && i < schema->nindexes; i++) {
			dropped[i] &= s->dropped[i];
		}
	}
	return dropped;
}

static void fill_schema(struct sn_plan_build *b, struct sn_plan_draft *t, struct sn_schema *schema)
{
	struct sn_column *columns = make(b, t->columns.n * sizeof(*columns));
	struct sn_lookup *lookups = make(b, t->lookups.n * sizeof(*lookups));

	if (b->err) {
		return;
	}
	*schema = (struct sn_schema){.module = b->m->name,
				     .table = t->name ? t->name : b->m->name,
				     .columns = columns,
				     .indexes = t->indexes,
				     .lookups = lookups,
				     .ncolumns = t->columns.n,
				     .nindexes = t->nindexes,
				     .nlookups = t->lookups.n,
				     .discontinuity = -1};
	schema->nwalked = place_columns(b, t);
	for (uint32_t i = 0; i < t->columns.n && !b->err; i++) {
		const struct sn_plan_column *c = sn_plan_column_at(t, i);

		columns[c->place] = c->column;
	}
	for (uint32_t i = 0; i < t->columns.n && !b->err; i++) {
		const struct sn_plan_column *c = sn_plan_column_at(t, i);

		if (c->column.is_value && t->nindexes) {
			columns[c->place].series =
				make_series(b, t, c->metric, columns, t->columns.n);
		}
	}
	for (uint32_t i = 0; i < t->lookups.n && !b->err; i++) {
		lookups[i] = ((struct sn_lookup *)t->lookups.v)[i];
		lookups[i].column = place_of(t, lookups[i].column);
	}
	for (uint32_t i = 0; i < schema->nwalked; i++) {
		if (t != &b->scalars &&
		    sn_span_eq(columns[i].oid,
			       sn_span_make(discontinuity_oid, sizeof(discontinuity_oid)))) {
			schema->discontinuity = (int32_t)i;
		}
	}
	schema->dropped = b->err ? NULL : make_dropped(b, schema);
}

/* The operations with the columns' places. joins: what they read is of other tables. */
static const struct sn_derive *place_ops(struct sn_plan_build *b, const struct sn_plan_draft *t,
					 const struct sn_plan_list *list, bool joins)
{
	struct sn_derive *ops = make(b, list->n * sizeof(*ops));

	for (uint32_t i = 0; i < list->n && !b->err; i++) {
		struct sn_derive *op = &ops[i];

		*op = ((const struct sn_derive *)list->v)[i];
		op->column = place_of(t, op->column);
		if (!joins) {
			op->from = place_of(t, op->from);
			if (op->how == SN_DERIVE_CONVERT &&
			    op->convert.beside != SN_DERIVE_NO_COLUMN) {
				op->convert.beside = place_of(t, op->convert.beside);
			}
			continue;
		}
		op->from = place_of(sn_plan_draft_at(b, op->join.table), op->from);
		if (op->join.nparts) {
			struct sn_derive_part *parts = make(b, op->join.nparts * sizeof(*parts));

			for (uint32_t k = 0; parts && k < op->join.nparts; k++) {
				parts[k] = op->join.parts[k];
				if (!parts[k].is_index) {
					parts[k].ref = place_of(t, parts[k].ref);
				}
			}
			op->join.parts = parts;
		}
	}
	return ops;
}

/* The tables that joins read, each once. */
static void fill_needs(struct sn_plan_build *b, struct sn_plan_table *table)
{
	uint32_t *needs = make(b, table->njoins * sizeof(*needs));

	for (uint32_t i = 0; i < table->njoins && !b->err; i++) {
		uint32_t k = 0;

		while (k < table->nneeds && needs[k] != table->joins[i].join.table) {
			k++;
		}
		if (k == table->nneeds) {
			needs[table->nneeds++] = table->joins[i].join.table;
		}
	}
	table->needs = needs;
}

static void finish_tables(struct sn_plan_build *b)
{
	struct sn_plan_table *tables = make(b, b->tables.n * sizeof(*tables));

	for (uint32_t i = 0; i < b->tables.n && !b->err; i++) {
		fill_schema(b, sn_plan_draft_at(b, i), &tables[i].schema);
	}
	for (uint32_t i = 0; i < b->tables.n && !b->err; i++) {
		const struct sn_plan_draft *t = sn_plan_draft_at(b, i);

		tables[i].internal = !t->name;
		tables[i].nlocal = t->local.n;
		tables[i].local = place_ops(b, t, &t->local, false);
		tables[i].njoins = t->joins.n;
		tables[i].joins = place_ops(b, t, &t->joins, true);
		fill_needs(b, &tables[i]);
		sn_plan_finish_rates(b, t, &tables[i].rates);
	}
	b->plan->tables = tables;
	b->plan->ntables = b->tables.n;
}

static void finish_scalars(struct sn_plan_build *b)
{
	struct sn_plan *plan = b->plan;

	fill_schema(b, &b->scalars, &plan->scalars);
	if (b->err) {
		return;
	}
	plan->nscalars_local = b->scalars.local.n;
	plan->scalars_local = place_ops(b, &b->scalars, &b->scalars.local, false);
	sn_plan_finish_rates(b, &b->scalars, &plan->scalars_rates);
	for (uint32_t i = 0; i < plan->ngets; i++) {
		b->gets[i].column = place_of(&b->scalars, b->gets[i].column);
	}
}

static void finish_instances(struct sn_plan_build *b)
{
	struct sn_plan_instance *instances = make(b, b->instances.n * sizeof(*instances));

	for (uint32_t i = 0; i < b->instances.n && !b->err; i++) {
		instances[i] = ((const struct sn_plan_instance *)b->instances.v)[i];
		instances[i].column =
			place_of(sn_plan_draft_at(b, instances[i].table), instances[i].column);
	}
	b->plan->instances = instances;
	b->plan->ninstances = b->instances.n;
}

static void finish_filters(struct sn_plan_build *b)
{
	struct sn_plan_filter *filters = make(b, b->filters.n * sizeof(*filters));

	for (uint32_t i = 0; i < b->filters.n && !b->err; i++) {
		struct sn_plan_filter *f = &filters[i];
		struct sn_plan_filtered *targets;

		*f = ((const struct sn_plan_filter *)b->filters.v)[i];
		f->column = place_of(sn_plan_draft_at(b, f->table), f->column);
		targets = make(b, f->ntargets * sizeof(*targets));
		for (uint32_t k = 0; k < f->ntargets && targets; k++) {
			targets[k] = f->targets[k];
			targets[k].column =
				place_of(sn_plan_draft_at(b, targets[k].table), targets[k].column);
		}
		f->targets = targets;
	}
	b->plan->filters = filters;
	b->plan->nfilters = b->filters.n;
}

void sn_plan_finish(struct sn_plan_build *b)
{
	finish_tables(b);
	if (!b->err) {
		finish_scalars(b);
	}
	if (!b->err) {
		finish_instances(b);
	}
	if (!b->err) {
		finish_filters(b);
	}
}

/*
 * What a plan gets by name in tables, see plan_int.h: instances that the module lists, and cells of
 * the rows that dynamic filters allow. As snmp_exporter does it: a filter turns walks of exactly
 * its targets into gets, and takes out the gets below them. On the thread of a load.
 */
#include "plan/plan_int.h"

static bool is_target_of(const struct sn_module_filter *mf, struct sn_span oid)
{
	for (uint32_t k = 0; k < mf->ntargets; k++) {
		if (sn_span_eq(mf->targets[k], oid)) {
			return true;
		}
	}
	return false;
}

/* Whether the module has a walk of exactly this. */
static bool is_walk(const struct sn_module *m, struct sn_span oid)
{
	for (uint32_t i = 0; i < m->nwalks; i++) {
		if (sn_span_eq(m->walks[i], oid)) {
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
				targets[filter->ntargets++] = (struct sn_plan_filtered){
					.table = t,
					.column = c,
					.is_walk = is_walk(b->m, col->column.oid)};
			}
		}
	}
	filter->targets = targets;
}

/* Whether a filter takes a get out: it lies below one of its targets. */
static bool takes_out(const struct sn_module_filter *mf, struct sn_span get)
{
	for (uint32_t i = 0; i < mf->ntargets; i++) {
		if (sn_span_is_prefix(mf->targets[i], get)) {
			return true;
		}
	}
	return false;
}

static bool takes_any_out(const struct sn_module *m, const struct sn_module_filter *mf)
{
	for (uint32_t i = 0; i < m->ngets; i++) {
		if (takes_out(mf, m->gets[i])) {
			return true;
		}
	}
	return false;
}

/*
 * The table in which a filter's column is walked: one that walks it anyway, else an internal one
 * for it alone. What a filter reads is no result, and what the agent does to one column shall not
 * be done to others.
 */
static uint32_t filter_table(struct sn_plan_build *b, struct sn_span oid)
{
	const struct sn_plan_draft own = {.entry = oid};

	for (uint32_t t = 0; t < b->tables.n; t++) {
		const struct sn_plan_draft *d = sn_plan_draft_at(b, t);

		for (uint32_t c = 0; c < d->columns.n; c++) {
			const struct sn_plan_column *col = sn_plan_column_at(d, c);

			if (col->source == SN_PLAN_WALKED && sn_span_eq(col->column.oid, oid)) {
				return t;
			}
		}
	}
	return sn_plan_push(b, &b->tables, &own, sizeof(own));
}

/* The filters that do something. numbers: of them in the plan, by number in the module. */
static void add_filters(struct sn_plan_build *b, uint32_t *numbers)
{
	for (uint32_t f = 0; f < b->m->nfilters && !b->err; f++) {
		const struct sn_module_filter *mf = &b->m->filters[f];
		struct sn_plan_filter filter = {.values = mf->values, .nvalues = mf->nvalues};
		struct sn_plan_draft *t;

		numbers[f] = SN_PLAN_NONE;
		add_targets(b, mf, &filter);
		if (b->err || (filter.ntargets == 0 && !takes_any_out(b->m, mf))) {
			continue;
		}
		filter.table = filter_table(b, mf->oid);
		if (b->err) {
			return;
		}
		t = sn_plan_draft_at(b, filter.table);
		filter.column = sn_plan_ask(b, t, mf->oid, false);
		if (!b->err) {
			sn_plan_column_at(t, filter.column)->source = SN_PLAN_WALKED;
			numbers[f] = sn_plan_push(b, &b->filters, &filter, sizeof(filter));
		}
	}
}

/* The filters that take out a get, or a walk if that is what they are on. */
static void add_outs(struct sn_plan_build *b, struct sn_plan_instance *in, bool is_get,
		     const uint32_t *numbers)
{
	uint32_t *filters = sn_arena_alloc(b->arena, (b->m->nfilters + 1) * sizeof(*filters));

	if (!filters) {
		b->err = SN_ENOMEM;
		return;
	}
	in->filters = filters;
	for (uint32_t f = 0; f < b->m->nfilters; f++) {
		const struct sn_module_filter *mf = &b->m->filters[f];

		if (numbers[f] != SN_PLAN_NONE &&
		    (is_get ? takes_out(mf, in->name) : is_target_of(mf, in->name))) {
			filters[in->nfilters++] = numbers[f];
		}
	}
}

/* A cell that is got by its name, if that lies below the column. */
static void add_instance(struct sn_plan_build *b, struct sn_plan_instance in, bool is_get,
			 const uint32_t *numbers)
{
	const struct sn_span oid =
		sn_plan_column_at(sn_plan_draft_at(b, in.table), in.column)->column.oid;

	if (in.name.n > oid.n && sn_span_is_prefix(oid, in.name)) {
		in.index = sn_span_from(in.name, oid.n);
		add_outs(b, &in, is_get, numbers);
		if (!b->err) {
			sn_plan_push(b, &b->instances, &in, sizeof(in));
		}
	}
}

/* The gets below columns of tables, and the walks, which can only be of instances there. */
static void add_instances(struct sn_plan_build *b, const uint32_t *numbers)
{
	for (uint32_t t = 0; t < b->tables.n; t++) {
		for (uint32_t c = 0; c < sn_plan_draft_at(b, t)->columns.n && !b->err; c++) {
			struct sn_plan_instance in = {.table = t, .column = c};

			if (sn_plan_column_at(sn_plan_draft_at(b, t), c)->source !=
			    SN_PLAN_INSTANCE) {
				continue;
			}
			for (uint32_t i = 0; i < b->m->ngets && !b->err; i++) {
				in.name = b->m->gets[i];
				add_instance(b, in, true, numbers);
			}
			for (uint32_t i = 0; i < b->m->nwalks && !b->err; i++) {
				in.name = b->m->walks[i];
				add_instance(b, in, false, numbers);
			}
		}
	}
}

void sn_plan_add_names(struct sn_plan_build *b)
{
	uint32_t *numbers = sn_arena_alloc(&b->scratch, (b->m->nfilters + 1) * sizeof(*numbers));

	if (!numbers) {
		b->err = SN_ENOMEM;
		return;
	}
	add_filters(b, numbers);
	if (!b->err) {
		add_instances(b, numbers);
	}
}

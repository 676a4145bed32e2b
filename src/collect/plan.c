/*
 * From a module as written to a plan: which names to get, which tables to walk, which columns each
 * row has. Called by config on the main thread; all memory is the snapshot's.
 */
#include "collect/plan.h"

#include "codec/oid.h"

#include <stdio.h>
#include <stdlib.h>

/* ifCounterDiscontinuityTime, 1.3.6.1.2.1.31.1.1.1.19 (RFC 2863) */
static const uint8_t discontinuity_oid[] = {0x2b, 6, 1, 2, 1, 31, 1, 1, 1, 19};

/* What one build works on. */
struct build {
	const struct sn_module *m;  /* input */
	const char *const *renames; /* pairs, may be NULL */
	struct sn_arena *arena;	    /* of the snapshot */
	struct sn_plan *plan;	    /* output */
	char *why;		    /* SN_PLAN_WHY_MAX bytes */
};

static int refuse(struct build *b, const char *metric, const char *text)
{
	snprintf(b->why, SN_PLAN_WHY_MAX, "module %s: metric %s: %s", b->m->name, metric, text);
	return SN_ECONFIG;
}

static const char *table_name(struct build *b, const struct sn_index *indexes, uint32_t n)
{
	char name[256];
	size_t len = (size_t)snprintf(name, sizeof(name), "%s", b->m->name);

	for (uint32_t i = 0; i < n && len < sizeof(name); i++) {
		len += (size_t)snprintf(name + len, sizeof(name) - len, "_%s", indexes[i].label);
	}
	for (const char *const *r = b->renames; r && r[0]; r += 2) {
		if (strcmp(r[0], name) == 0) {
			return sn_arena_strndup(b->arena, r[1], strlen(r[1]));
		}
	}
	return sn_arena_strndup(b->arena, name, strlen(name));
}

static bool same_indexes(const struct sn_module_metric *a, const struct sn_module_metric *b)
{
	if (a->nindexes != b->nindexes) {
		return false;
	}
	for (uint32_t i = 0; i < a->nindexes; i++) {
		const struct sn_index *x = &a->indexes[i];
		const struct sn_index *y = &b->indexes[i];

		if (strcmp(x->label, y->label) != 0 || x->kind != y->kind ||
		    x->implied != y->implied || x->fixed_size != y->fixed_size) {
			return false;
		}
	}
	return true;
}

/* The first metric with the same index definition stands for the table. */
static bool leads_table(const struct sn_module *m, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++) {
		if (m->metrics[k].nindexes && same_indexes(&m->metrics[k], &m->metrics[i])) {
			return false;
		}
	}
	return m->metrics[i].nindexes > 0;
}

static bool walk_covers(const struct sn_module *m, struct sn_span oid)
{
	for (uint32_t i = 0; i < m->nwalks; i++) {
		if (sn_span_is_prefix(m->walks[i], oid)) {
			return true;
		}
	}
	return false;
}

static struct sn_column metric_column(const struct sn_module_metric *mm)
{
	struct sn_column c = {.name = mm->name,
			      .oid = mm->oid,
			      .enums = mm->enums,
			      .nenums = mm->nenums,
			      .kind = mm->kind,
			      .is_value = true,
			      .scale = mm->scale,
			      .offset = mm->offset};
	return c;
}

static int compare_columns(const void *a, const void *b)
{
	const struct sn_column *x = a;
	const struct sn_column *y = b;

	return sn_oid_cmp(x->oid, y->oid);
}

static int find_column(const struct sn_column *c, uint32_t n, struct sn_span oid)
{
	for (uint32_t i = 0; i < n; i++) {
		if (sn_span_eq(c[i].oid, oid)) {
			return (int)i;
		}
	}
	return -1;
}

/* A look-up whose input labels are the whole index reads a column of the same row; others need
 * another table. */
static bool lookup_is_same_row(const struct sn_module_metric *mm, const struct sn_module_lookup *lk)
{
	if (lk->ninputs != mm->nindexes) {
		return false;
	}
	for (uint32_t i = 0; i < lk->ninputs; i++) {
		if (strcmp(lk->inputs[i], mm->indexes[i].label) != 0) {
			return false;
		}
	}
	return true;
}

/* Collects the columns of the table that metric `lead` leads: its metrics and what look-ups read
 * besides. */
static int gather_columns(struct build *b, uint32_t lead, struct sn_column *cols, uint32_t *n)
{
	const struct sn_module *m = b->m;

	for (uint32_t i = lead; i < m->nmetrics; i++) {
		const struct sn_module_metric *mm = &m->metrics[i];

		if (!same_indexes(&m->metrics[lead], mm)) {
			continue;
		}
		if (!walk_covers(m, mm->oid)) {
			return refuse(b, mm->name, "no walk covers its OID");
		}
		if (find_column(cols, *n, mm->oid) >= 0) {
			return refuse(b, mm->name, "another metric of the module has the same OID");
		}
		cols[(*n)++] = metric_column(mm);
	}
	for (uint32_t i = lead; i < m->nmetrics; i++) {
		const struct sn_module_metric *mm = &m->metrics[i];

		for (uint32_t k = 0; same_indexes(&m->metrics[lead], mm) && k < mm->nlookups; k++) {
			const struct sn_module_lookup *lk = &mm->lookups[k];

			if (!lookup_is_same_row(mm, lk)) {
				return refuse(
					b, mm->name,
					"a look-up over a part of the index is not supported");
			}
			if (find_column(cols, *n, lk->oid) < 0) {
				cols[(*n)++] = (struct sn_column){.name = lk->label,
								  .oid = lk->oid,
								  .enums = lk->enums,
								  .nenums = lk->nenums,
								  .kind = lk->kind};
			}
		}
	}
	return SN_OK;
}

/* Look-up labels of the table, each label once. */
static int gather_lookups(struct build *b, uint32_t lead, struct sn_schema *schema)
{
	const struct sn_module *m = b->m;
	struct sn_lookup *out;
	uint32_t max = 0;
	uint32_t n = 0;

	for (uint32_t i = lead; i < m->nmetrics; i++) {
		max += m->metrics[i].nlookups;
	}
	out = sn_arena_zalloc(b->arena, (max + 1) * sizeof(*out));
	if (!out) {
		return SN_ENOMEM;
	}
	for (uint32_t i = lead; i < m->nmetrics; i++) {
		const struct sn_module_metric *mm = &m->metrics[i];

		for (uint32_t k = 0; same_indexes(&m->metrics[lead], mm) && k < mm->nlookups; k++) {
			uint32_t at = 0;

			while (at < n && strcmp(out[at].label, mm->lookups[k].label) != 0) {
				at++;
			}
			if (at == n) {
				out[n++] = (struct sn_lookup){
					.label = mm->lookups[k].label,
					.column = (uint32_t)find_column(schema->columns,
									schema->ncolumns,
									mm->lookups[k].oid)};
			}
		}
	}
	schema->lookups = out;
	schema->nlookups = n;
	return SN_OK;
}

static int build_table(struct build *b, uint32_t lead, struct sn_plan_table *table)
{
	const struct sn_module *m = b->m;
	struct sn_schema *s = &table->schema;
	struct sn_column *cols;
	uint32_t max = 0;
	int rc;

	for (uint32_t i = lead; i < m->nmetrics; i++) {
		max += 1 + m->metrics[i].nlookups;
	}
	cols = sn_arena_zalloc(b->arena, max * sizeof(*cols));
	if (!cols) {
		return SN_ENOMEM;
	}
	s->module = m->name;
	s->table = table_name(b, m->metrics[lead].indexes, m->metrics[lead].nindexes);
	if (!s->table) {
		return SN_ENOMEM;
	}
	s->indexes = m->metrics[lead].indexes;
	s->nindexes = m->metrics[lead].nindexes;
	rc = gather_columns(b, lead, cols, &s->ncolumns);
	if (rc) {
		return rc;
	}
	qsort(cols, s->ncolumns, sizeof(*cols), compare_columns);
	s->columns = cols;
	s->discontinuity = find_column(cols, s->ncolumns,
				       sn_span_make(discontinuity_oid, sizeof(discontinuity_oid)));
	return gather_lookups(b, lead, s);
}

/* The instance a scalar is asked by: a configured get below its OID, else OID.0 if a walk covers
 * it. */
static int scalar_name(struct build *b, const struct sn_module_metric *mm, struct sn_span *name)
{
	uint8_t *octets;

	for (uint32_t i = 0; i < b->m->ngets; i++) {
		if (sn_span_is_prefix(mm->oid, b->m->gets[i])) {
			*name = b->m->gets[i];
			return SN_OK;
		}
	}
	if (!walk_covers(b->m, mm->oid)) {
		return refuse(b, mm->name, "no walk or get covers its OID");
	}
	octets = sn_arena_alloc(b->arena, mm->oid.n + 1);
	if (!octets) {
		return SN_ENOMEM;
	}
	memcpy(octets, mm->oid.p, mm->oid.n);
	octets[mm->oid.n] = 0;
	*name = sn_span_make(octets, mm->oid.n + 1);
	return SN_OK;
}

static int build_scalars(struct build *b)
{
	const struct sn_module *m = b->m;
	struct sn_schema *s = &b->plan->scalars;
	struct sn_column *cols = sn_arena_zalloc(b->arena, (m->nmetrics + 1) * sizeof(*cols));
	struct sn_plan_get *gets = sn_arena_zalloc(b->arena, (m->nmetrics + 1) * sizeof(*gets));

	s->module = m->name;
	s->table = table_name(b, NULL, 0);
	if (!cols || !gets || !s->table) {
		return SN_ENOMEM;
	}
	s->columns = cols;
	s->discontinuity = -1;
	b->plan->gets = gets;
	for (uint32_t i = 0; i < m->nmetrics; i++) {
		const struct sn_module_metric *mm = &m->metrics[i];
		int rc;

		if (mm->nindexes) {
			continue;
		}
		if (mm->nlookups) {
			return refuse(b, mm->name, "a look-up needs an index");
		}
		gets[s->ncolumns].column = s->ncolumns;
		rc = scalar_name(b, mm, &gets[s->ncolumns].name);
		if (rc) {
			return rc;
		}
		cols[s->ncolumns++] = metric_column(mm);
	}
	b->plan->ngets = s->ncolumns;
	return SN_OK;
}

int sn_plan_build(const struct sn_module *m, const char *const *renames, struct sn_arena *arena,
		  struct sn_plan *plan, char *why)
{
	struct build b = {.m = m, .renames = renames, .arena = arena, .plan = plan, .why = why};
	struct sn_plan_table *tables;
	int rc;

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
	rc = build_scalars(&b);
	tables = sn_arena_zalloc(arena, m->nmetrics * sizeof(*tables));
	if (!tables) {
		return SN_ENOMEM;
	}
	plan->tables = tables;
	for (uint32_t i = 0; i < m->nmetrics && rc == SN_OK; i++) {
		if (leads_table(m, i)) {
			rc = build_table(&b, i, &tables[plan->ntables++]);
		}
	}
	return rc;
}

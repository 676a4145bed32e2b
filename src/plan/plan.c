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

/* The subtree in which a walk finds what is meant by the OID of a scalar: the OID, or the first
 * walk below it. Empty: no walk finds anything. */
static struct sn_span walked_root(const struct sn_module *m, struct sn_span oid)
{
	if (sn_plan_is_walked(m, oid)) {
		return oid;
	}
	for (uint32_t i = 0; i < m->nwalks; i++) {
		if (sn_span_is_prefix(oid, m->walks[i]) && oid.n < m->walks[i].n) {
			return m->walks[i];
		}
	}
	return (struct sn_span){0};
}

/*
 * The instance that a walked scalar is asked by first: OID.0, or the OID itself if that is an
 * instance already, as a walk below the scalar's OID can only be. Empty: no memory.
 */
static struct sn_span first_instance(struct sn_plan_build *b, struct sn_span oid,
				     struct sn_span root)
{
	uint8_t *octets;

	if (root.n > oid.n || (oid.n && oid.p[oid.n - 1] == 0)) {
		return root;
	}
	octets = sn_arena_alloc(b->arena, oid.n + 1);
	if (!octets) {
		b->err = SN_ENOMEM;
		return (struct sn_span){0};
	}
	memcpy(octets, oid.p, oid.n);
	octets[oid.n] = 0;
	return sn_span_make(octets, oid.n + 1);
}

static bool is_got(const struct sn_plan_build *b, struct sn_span name)
{
	for (uint32_t i = 0; i < b->plan->ngets; i++) {
		if (sn_span_eq(b->gets[i].name, name)) {
			return true;
		}
	}
	return false;
}

/*
 * What a scalar is asked by: all gets at or below its OID, of which the first that has a value
 * counts, else the instance where a walk would find it. Their number; the last one is where the
 * search begins when none has a value.
 */
static uint32_t add_gets(struct sn_plan_build *b, struct sn_span oid)
{
	struct sn_span root = walked_root(b->m, oid);
	struct sn_plan_get *gets = b->gets + b->plan->ngets;
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->m->ngets; i++) {
		if (sn_span_is_prefix(oid, b->m->gets[i]) && !is_got(b, b->m->gets[i])) {
			gets[n++].name = b->m->gets[i];
			b->plan->ngets++;
		}
	}
	if (n == 0 && root.n) {
		gets[n++].name = first_instance(b, oid, root);
		b->plan->ngets++;
	}
	if (n) {
		gets[n - 1].root = root;
	}
	return n;
}

static void add_scalars(struct sn_plan_build *b)
{
	const struct sn_module *m = b->m;
	struct sn_plan_get *gets =
		sn_arena_zalloc(b->arena, (m->nmetrics + m->ngets + 1) * sizeof(*gets));

	b->scalars.name = table_name(b, NULL, 0);
	if (!gets) {
		b->err = SN_ENOMEM;
	}
	b->gets = gets;
	b->plan->gets = gets;
	for (uint32_t i = 0; i < m->nmetrics && !b->err; i++) {
		const struct sn_module_metric *mm = &m->metrics[i];
		uint32_t n;

		if (mm->nindexes || is_shadowed(m, i)) {
			continue;
		}
		n = add_gets(b, mm->oid);
		if (n == 0 || b->err) {
			continue;
		}
		sn_plan_add_metric(b, &b->scalars, i);
		/* what is asked keeps its order: column numbers are set in the end */
		for (uint32_t k = b->plan->ngets - n; k < b->plan->ngets; k++) {
			gets[k].column = b->column_of[i];
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
		sn_plan_add_names(b);
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

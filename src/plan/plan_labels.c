/*
 * Look-ups of a plan, see plan_int.h: labels from columns of the same row, or of a row of another
 * table that labels name; labels that are taken away. As snmp_exporter does it: in the order in
 * which they are written, each working on what those before it have left. On the thread of a load.
 */
#include "plan/plan_int.h"

enum { LABELS_MOST = 128 }; /* of one metric */

/* A label whose arcs a look-up may use. */
struct known {
	const char *label;	    /* its name */
	struct sn_derive_part part; /* its arcs */
};

/* The labels of one metric while its look-ups are applied. */
struct labels {
	struct sn_plan_build *b;	 /* the compilation */
	uint32_t table;			 /* the metric's */
	uint32_t metric;		 /* whose labels */
	uint32_t nknown;		 /* of known */
	struct known known[LABELS_MOST]; /* the last of a name counts */
	uint32_t nlookups;		 /* of lookup */
	uint32_t lookup[LABELS_MOST];	 /* numbers in the table's look-ups */
};

static struct sn_plan_draft *draft_of(const struct labels *l)
{
	return sn_plan_draft_at(l->b, l->table);
}

static void know(struct labels *l, const char *label, struct sn_derive_part part)
{
	if (l->nknown < LABELS_MOST) {
		l->known[l->nknown++] = (struct known){label, part};
	}
}

/* The metric's series do not have this label, whatever it came from. */
static void take_away(struct labels *l, const char *label)
{
	struct sn_plan_draft *t = draft_of(l);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < l->nlookups; i++) {
		const struct sn_lookup *lk = &((struct sn_lookup *)t->lookups.v)[l->lookup[i]];

		if (strcmp(lk->label, label) != 0) {
			l->lookup[kept++] = l->lookup[i];
		}
	}
	l->nlookups = kept;
	for (uint32_t i = 0; i < t->nindexes; i++) {
		const struct sn_plan_drop drop = {.metric = l->metric, .index = i};

		if (strcmp(t->indexes[i].label, label) == 0) {
			sn_plan_push(l->b, &t->drops, &drop, sizeof(drop));
		}
	}
}

/* The arcs that a look-up's inputs make. NULL: out of memory, or one of them is not known, so there
 * is no such row. */
static struct sn_derive_part *read_parts(struct labels *l, const struct sn_module_lookup *lk,
					 uint32_t *n)
{
	struct sn_derive_part *parts =
		sn_arena_alloc(l->b->arena, (lk->ninputs + 1) * sizeof(*parts));

	*n = 0;
	if (!parts) {
		l->b->err = SN_ENOMEM;
		return NULL;
	}
	for (uint32_t i = 0; i < lk->ninputs; i++) {
		uint32_t k = l->nknown;

		while (k > 0 && strcmp(l->known[k - 1].label, lk->inputs[i]) != 0) {
			k--;
		}
		if (k == 0) {
			return NULL;
		}
		parts[(*n)++] = l->known[k - 1].part;
	}
	return parts;
}

/* The parts are the whole index in its order: the row is this one. */
static bool is_same_row(const struct sn_plan_draft *t, const struct sn_derive_part *parts,
			uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!parts[i].is_index || parts[i].ref != i) {
			return false;
		}
	}
	return n == t->nindexes;
}

static bool same_parts(const struct sn_derive *op, const struct sn_derive_part *parts, uint32_t n)
{
	if (op->join.nparts != n) {
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (op->join.parts[i].is_index != parts[i].is_index ||
		    op->join.parts[i].own_row != parts[i].own_row ||
		    op->join.parts[i].ref != parts[i].ref) {
			return false;
		}
	}
	return true;
}

/* The column of the metric's table into which the value of another table's row is joined. */
static uint32_t join(struct labels *l, const struct sn_module_lookup *lk,
		     const struct sn_derive_part *parts, uint32_t nparts)
{
	struct sn_plan_build *b = l->b;
	struct sn_derive op = {.how = SN_DERIVE_JOIN, .join = {.parts = parts, .nparts = nparts}};
	struct sn_plan_column c = {.column = {.name = lk->label,
					      .help = "",
					      .oid = lk->oid,
					      .kind = lk->type.kind,
					      .enums = lk->type.enums,
					      .nenums = lk->type.nenums},
				   .source = SN_PLAN_MADE,
				   .type = &lk->type,
				   .metric = SN_PLAN_NONE};
	struct sn_plan_draft *t;

	op.join.table = sn_plan_table_with(b, lk->oid);
	if (b->err) {
		return 0;
	}
	op.from = sn_plan_read_as(b, sn_plan_draft_at(b, op.join.table), lk->oid, &lk->type, true);
	t = draft_of(l);
	for (uint32_t i = 0; i < t->joins.n; i++) {
		const struct sn_derive *known = &((struct sn_derive *)t->joins.v)[i];

		if (known->from == op.from && known->join.table == op.join.table &&
		    same_parts(known, parts, nparts)) {
			return known->column;
		}
	}
	op.column = sn_plan_push(b, &t->columns, &c, sizeof(c));
	if (!b->err) {
		sn_plan_push(b, &t->joins, &op, sizeof(op));
	}
	return op.column;
}

static uint32_t find_lookup(struct sn_plan_build *b, struct sn_plan_draft *t, const char *label,
			    uint32_t column, bool own_row)
{
	const struct sn_lookup lookup = {.label = label, .column = column, .own_row = own_row};

	for (uint32_t i = 0; i < t->lookups.n; i++) {
		const struct sn_lookup *known = &((struct sn_lookup *)t->lookups.v)[i];

		if (known->column == column && known->own_row == own_row &&
		    strcmp(known->label, label) == 0) {
			return i;
		}
	}
	return sn_plan_push(b, &t->lookups, &lookup, sizeof(lookup));
}

static void apply(struct labels *l, const struct sn_module_lookup *lk)
{
	const struct sn_derive_part *parts;
	uint32_t nparts;
	uint32_t column;
	bool own_row;

	take_away(l, lk->label);
	if (lk->ninputs == 0 || !sn_plan_is_brought(l->b->m, lk->oid)) {
		return; /* what nobody asks for is an empty label, which is none */
	}
	parts = read_parts(l, lk, &nparts);
	if (!parts) {
		return;
	}
	own_row = is_same_row(draft_of(l), parts, nparts);
	column = own_row ? sn_plan_read_as(l->b, draft_of(l), lk->oid, &lk->type, true)
			 : join(l, lk, parts, nparts);
	if (l->b->err || l->nlookups == LABELS_MOST) {
		return;
	}
	know(l, lk->label, (struct sn_derive_part){.own_row = own_row, .ref = column});
	l->lookup[l->nlookups++] = find_lookup(l->b, draft_of(l), lk->label, column, own_row);
}

/* Literally all index labels in their order. */
static bool names_own_row(const struct sn_module_metric *mm, const struct sn_module_lookup *lk)
{
	bool own = lk->ninputs == mm->nindexes;

	for (uint32_t i = 0; own && i < lk->ninputs; i++) {
		own = strcmp(lk->inputs[i], mm->indexes[i].label) == 0;
	}
	return own;
}

void sn_plan_ask_labels(struct sn_plan_build *b, uint32_t table, uint32_t metric)
{
	const struct sn_module_metric *mm = &b->m->metrics[metric];

	for (uint32_t i = 0; i < mm->nlookups && !b->err; i++) {
		const struct sn_module_lookup *lk = &mm->lookups[i];

		if (names_own_row(mm, lk) && sn_plan_is_brought(b->m, lk->oid)) {
			sn_plan_ask(b, sn_plan_draft_at(b, table), lk->oid, true);
		}
	}
}

uint32_t sn_plan_table_with(struct sn_plan_build *b, struct sn_span oid)
{
	for (uint32_t t = 0; t < b->tables.n; t++) {
		const struct sn_plan_draft *d = sn_plan_draft_at(b, t);

		for (uint32_t c = 0; c < d->columns.n; c++) {
			const struct sn_plan_column *col = sn_plan_column_at(d, c);

			if (col->source != SN_PLAN_MADE && sn_span_eq(col->column.oid, oid)) {
				return t;
			}
		}
	}
	return sn_plan_internal(b, oid);
}

void sn_plan_add_labels(struct sn_plan_build *b, uint32_t table, uint32_t metric)
{
	const struct sn_module_metric *mm = &b->m->metrics[metric];
	struct labels l = {.b = b, .table = table, .metric = metric};

	for (uint32_t i = 0; i < mm->nindexes; i++) {
		know(&l, mm->indexes[i].label, (struct sn_derive_part){.is_index = true, .ref = i});
	}
	for (uint32_t i = 0; i < mm->nlookups && !b->err; i++) {
		apply(&l, &mm->lookups[i]);
	}
	for (uint32_t i = 0; i < l.nlookups && !b->err; i++) {
		const struct sn_plan_label label = {.metric = metric, .lookup = l.lookup[i]};

		sn_plan_push(b, &draft_of(&l)->labels, &label, sizeof(label));
	}
}

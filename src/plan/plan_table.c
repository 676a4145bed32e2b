/*
 * Columns of a plan's tables, see plan_int.h: what is asked of the agent, and what is made of that
 * because a type wants it. On the thread of a load.
 */
#include "plan/plan_int.h"

#include "codec/oid.h"

static bool is_target(const struct sn_module *m, struct sn_span oid)
{
	for (uint32_t f = 0; f < m->nfilters; f++) {
		for (uint32_t i = 0; i < m->filters[f].ntargets; i++) {
			if (sn_span_eq(m->filters[f].targets[i], oid)) {
				return true;
			}
		}
	}
	return false;
}

bool sn_plan_is_walked(const struct sn_module *m, struct sn_span oid)
{
	for (uint32_t i = 0; i < m->nwalks; i++) {
		if (sn_span_is_prefix(m->walks[i], oid) && !is_target(m, m->walks[i])) {
			return true;
		}
	}
	return false;
}

bool sn_plan_is_filtered(const struct sn_module *m, struct sn_span oid)
{
	return is_target(m, oid) && !sn_plan_is_walked(m, oid);
}

bool sn_plan_is_brought(const struct sn_module *m, struct sn_span oid)
{
	if (sn_plan_is_walked(m, oid) || sn_plan_is_filtered(m, oid)) {
		return true;
	}
	for (uint32_t i = 0; i < m->ngets; i++) {
		if (sn_span_is_prefix(oid, m->gets[i])) {
			return true;
		}
	}
	for (uint32_t i = 0; i < m->nwalks; i++) {
		if (sn_span_is_prefix(oid, m->walks[i])) {
			return true;
		}
	}
	return false;
}

static bool same_enums(const struct sn_module_type *a, const struct sn_module_type *b)
{
	if (a->nenums != b->nenums) {
		return false;
	}
	for (uint32_t i = 0; i < a->nenums; i++) {
		if (a->enums[i].value != b->enums[i].value ||
		    strcmp(a->enums[i].name, b->enums[i].name) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_type(const struct sn_module_type *a, const struct sn_module_type *b)
{
	if (a->kind != b->kind || a->converted != b->converted || !same_enums(a, b)) {
		return false;
	}
	if (!a->converted) {
		return true;
	}
	if (a->convert.how != b->convert.how || a->convert.lookup != b->convert.lookup ||
	    !a->convert.text != !b->convert.text) {
		return false;
	}
	return !a->convert.text || strcmp(a->convert.text, b->convert.text) == 0;
}

static void set_type(struct sn_plan_column *c, const struct sn_module_type *type)
{
	c->type = type;
	c->column.kind = type->kind;
	c->column.enums = type->enums;
	c->column.nenums = type->nenums;
}

/* The OID whose last arc is one less, in the snapshot's arena; empty: there is none. */
static struct sn_span oid_before(struct sn_plan_build *b, struct sn_span oid)
{
	uint8_t *octets = sn_arena_alloc(b->arena, SN_OID_MAX_BER);
	uint32_t arcs[SN_OID_MAX_ARCS];
	int n = sn_oid_to_arcs(oid, arcs, SN_OID_MAX_ARCS);

	if (!octets) {
		b->err = SN_ENOMEM;
		return (struct sn_span){0};
	}
	if (n < 3 || arcs[n - 1] == 0) {
		return (struct sn_span){0};
	}
	arcs[n - 1]--;
	n = sn_oid_from_arcs(arcs, (size_t)n, octets, SN_OID_MAX_BER);
	return n > 0 ? sn_span_make(octets, (size_t)n) : (struct sn_span){0};
}

static uint32_t find_asked(const struct sn_plan_draft *t, struct sn_span oid)
{
	for (uint32_t i = 0; i < t->columns.n; i++) {
		const struct sn_plan_column *c = sn_plan_column_at(t, i);

		if (c->source != SN_PLAN_MADE && sn_span_eq(c->column.oid, oid)) {
			return i;
		}
	}
	return SN_PLAN_NONE;
}

uint32_t sn_plan_ask(struct sn_plan_build *b, struct sn_plan_draft *t, struct sn_span oid,
		     bool label)
{
	uint32_t at = find_asked(t, oid);
	struct sn_plan_column c = {.column = {.name = "", .help = "", .oid = oid},
				   .metric = SN_PLAN_NONE};

	if (at != SN_PLAN_NONE) {
		struct sn_column *known = &sn_plan_column_at(t, at)->column;

		known->is_label &= label;
		return at;
	}
	c.column.kind = SN_KIND_TEXT; /* takes whatever comes */
	c.column.is_label = label;
	c.source = t == &b->scalars || sn_plan_is_walked(b->m, oid) ? SN_PLAN_WALKED
								    : SN_PLAN_INSTANCE;
	return sn_plan_push(b, &t->columns, &c, sizeof(c));
}

/* A column made of another one by op. */
static uint32_t make_column(struct sn_plan_build *b, struct sn_plan_draft *t, uint32_t from,
			    struct sn_derive op)
{
	struct sn_plan_column c = {
		.column = {.name = "", .help = ""}, .source = SN_PLAN_MADE, .metric = SN_PLAN_NONE};

	c.column.oid = sn_plan_column_at(t, from)->column.oid;
	op.from = from;
	op.column = sn_plan_push(b, &t->columns, &c, sizeof(c));
	if (!b->err) {
		sn_plan_push(b, &t->local, &op, sizeof(op));
	}
	return op.column;
}

/* The column that is what is asked under an OID, turned into what the type wants. */
static uint32_t convert_column(struct sn_plan_build *b, struct sn_plan_draft *t, uint32_t from,
			       const struct sn_module_type *type, bool label)
{
	struct sn_derive op = {.how = type->converted ? SN_DERIVE_CONVERT : SN_DERIVE_COPY};
	uint32_t made;

	for (uint32_t i = 0; i < t->local.n; i++) {
		const struct sn_derive *known = &((struct sn_derive *)t->local.v)[i];
		const struct sn_plan_column *c = sn_plan_column_at(t, known->column);

		if (known->from == from && c->type && same_type(c->type, type)) {
			return known->column;
		}
	}
	if (type->converted) {
		op.convert.spec = type->convert;
		op.convert.beside = SN_DERIVE_NO_COLUMN;
		if (type->beside && t != &b->scalars) {
			struct sn_span oid = oid_before(b, sn_plan_column_at(t, from)->column.oid);

			if (oid.n &&
			    (sn_plan_is_brought(b->m, oid) || find_asked(t, oid) != SN_PLAN_NONE)) {
				op.convert.beside = sn_plan_ask(b, t, oid, label);
			}
		}
	}
	if (b->err) {
		return 0;
	}
	made = make_column(b, t, from, op);
	if (!b->err) {
		set_type(sn_plan_column_at(t, made), type);
	}
	return made;
}

uint32_t sn_plan_read_as(struct sn_plan_build *b, struct sn_plan_draft *t, struct sn_span oid,
			 const struct sn_module_type *type, bool label)
{
	uint32_t asked = sn_plan_ask(b, t, oid, label);
	struct sn_plan_column *c;

	if (b->err) {
		return 0;
	}
	c = sn_plan_column_at(t, asked);
	if (!type->converted && !c->type) {
		set_type(c, type);
	}
	if (c->type && same_type(c->type, type)) {
		return asked;
	}
	return convert_column(b, t, asked, type, label);
}

static bool is_text(const struct sn_module_type *type)
{
	return !sn_kind_is_number(type->kind) && type->kind != SN_KIND_BITS;
}

/* The column is a value of the rows. */
static void make_value(struct sn_plan_column *c, const struct sn_module_metric *mm, uint32_t metric,
		       const char *name)
{
	c->metric = metric;
	c->column.name = name;
	c->column.help = mm->help;
	c->column.scale = mm->scale;
	c->column.offset = mm->offset;
	c->column.is_value = true;
	c->column.is_label = false;
}

static void add_extracts(struct sn_plan_build *b, struct sn_plan_draft *t, uint32_t metric,
			 uint32_t from)
{
	static const struct sn_module_type number = {.kind = SN_KIND_FLOAT};
	const struct sn_module_metric *mm = &b->m->metrics[metric];

	for (uint32_t i = 0; i < mm->nextracts && !b->err; i++) {
		const struct sn_derive op = {.how = SN_DERIVE_EXTRACT,
					     .extract = {.list = mm->extracts[i].list,
							 .n = mm->extracts[i].n}};
		uint32_t made = make_column(b, t, from, op);

		if (!b->err) {
			set_type(sn_plan_column_at(t, made), &number);
			make_value(sn_plan_column_at(t, made), mm, metric, mm->extracts[i].name);
			sn_plan_column_at(t, made)->column.help = mm->extracts[i].help;
		}
	}
}

void sn_plan_add_metric(struct sn_plan_build *b, struct sn_plan_draft *t, uint32_t metric)
{
	const struct sn_module_metric *mm = &b->m->metrics[metric];
	uint32_t asked = sn_plan_ask(b, t, mm->oid, false);
	uint32_t at;

	if (b->err) {
		return;
	}
	b->column_of[metric] = asked;
	at = sn_plan_read_as(b, t, mm->oid, &mm->type, false);
	if (b->err) {
		return;
	}
	if (mm->nextracts && is_text(&mm->type)) {
		add_extracts(b, t, metric, at);
		return;
	}
	make_value(sn_plan_column_at(t, at), mm, metric, mm->name);
}

/* An OID without its last arc. */
static struct sn_span entry_of(struct sn_span oid)
{
	size_t n = oid.n ? oid.n - 1 : 0;

	while (n > 0 && oid.p[n - 1] & 0x80) {
		n--;
	}
	return sn_span_make(oid.p, n);
}

uint32_t sn_plan_internal(struct sn_plan_build *b, struct sn_span oid)
{
	const struct sn_plan_draft t = {.entry = entry_of(oid)};

	for (uint32_t i = 0; i < b->tables.n; i++) {
		const struct sn_plan_draft *d = sn_plan_draft_at(b, i);

		if (!d->name && sn_span_eq(d->entry, t.entry)) {
			return i;
		}
	}
	return sn_plan_push(b, &b->tables, &t, sizeof(t));
}

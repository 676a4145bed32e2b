/*
 * Columns with the rates of counters, see plan_int.h: which columns get one, under which name, and
 * where they lie in the end. round/rates.h fills them. On the thread of a load.
 */
#include "plan/plan_int.h"

#include "base/hash.h"

#include <stdio.h>

static const char suffix[] = "_rate";
static const char help_prefix[] = "Per second: ";

/* Two texts one behind the other, in the snapshot's arena. */
static const char *join(struct sn_plan_build *b, const char *first, const char *second)
{
	char *text = sn_arena_alloc(b->arena, strlen(first) + strlen(second) + 1);

	if (!text) {
		b->err = SN_ENOMEM;
		return "";
	}
	stpcpy(stpcpy(text, first), second);
	return text;
}

static bool is_metric(const struct sn_module *m, const char *name)
{
	for (uint32_t i = 0; i < m->nmetrics; i++) {
		const struct sn_module_metric *mm = &m->metrics[i];

		if (strcmp(mm->name, name) == 0) {
			return true;
		}
		for (uint32_t k = 0; k < mm->nextracts; k++) {
			if (strcmp(mm->extracts[k].name, name) == 0) {
				return true;
			}
		}
	}
	return false;
}

static bool is_label(const struct sn_plan_draft *t, const char *name)
{
	for (uint32_t i = 0; i < t->nindexes; i++) {
		if (strcmp(t->indexes[i].label, name) == 0) {
			return true;
		}
	}
	for (uint32_t i = 0; i < t->lookups.n; i++) {
		if (strcmp(((struct sn_lookup *)t->lookups.v)[i].label, name) == 0) {
			return true;
		}
	}
	return false;
}

/* The first name that is taken is told, and how many there are. */
static void note_taken(struct sn_plan_build *b, const char *name)
{
	b->taken++;
	if (b->taken == 1) {
		snprintf(b->why, SN_PLAN_WHY_MAX,
			 "module %s: no rates for the counters whose names with \"%s\" are taken, "
			 "such as %s",
			 b->m->name, suffix, name);
	}
}

static void add_rate(struct sn_plan_build *b, struct sn_plan_draft *t, uint32_t from)
{
	struct sn_plan_column c = *sn_plan_column_at(t, from);
	struct sn_plan_rate pair = {.from = from};

	c.column.name = join(b, c.column.name, suffix);
	if (is_metric(b->m, c.column.name) || is_label(t, c.column.name)) {
		note_taken(b, c.column.name);
		return;
	}
	c.column.help = c.column.help[0] ? join(b, help_prefix, c.column.help) : "";
	c.column.kind = SN_KIND_FLOAT;
	c.column.offset = 0; /* of a difference there is none */
	c.source = SN_PLAN_MADE;
	c.type = NULL;
	if (b->err) {
		return;
	}
	pair.column = sn_plan_push(b, &t->columns, &c, sizeof(c));
	sn_plan_push(b, &t->rates, &pair, sizeof(pair));
}

static void add_rates(struct sn_plan_build *b, struct sn_plan_draft *t)
{
	uint32_t n = t->columns.n;

	for (uint32_t i = 0; i < n && !b->err; i++) {
		const struct sn_column *c = &sn_plan_column_at(t, i)->column;

		if (c->is_value && c->kind == SN_KIND_COUNTER) {
			add_rate(b, t, i);
		}
	}
}

void sn_plan_add_rates(struct sn_plan_build *b)
{
	if (!b->m->rates) {
		return;
	}
	add_rates(b, &b->scalars);
	for (uint32_t i = 0; i < b->tables.n && !b->err; i++) {
		add_rates(b, sn_plan_draft_at(b, i));
	}
}

void sn_plan_finish_rates(struct sn_plan_build *b, const struct sn_plan_draft *t,
			  struct sn_plan_rates *rates)
{
	struct sn_plan_rate *v =
		sn_arena_alloc(b->arena, (t->rates.n ? t->rates.n : 1) * sizeof(*v));
	uint64_t h = sn_hash_bytes(b->m->name, strlen(b->m->name), t->nindexes);

	if (!v) {
		b->err = SN_ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < t->rates.n; i++) {
		const struct sn_plan_rate *pair = &((struct sn_plan_rate *)t->rates.v)[i];
		const struct sn_plan_column *c = sn_plan_column_at(t, pair->from);

		v[i].from = c->place;
		v[i].column = sn_plan_column_at(t, pair->column)->place;
		h = sn_hash_bytes(c->column.oid.p, c->column.oid.n, h);
	}
	for (uint32_t i = 0; i < t->nindexes; i++) {
		h = sn_hash_bytes(t->indexes[i].label, strlen(t->indexes[i].label), h);
	}
	*rates = (struct sn_plan_rates){.v = v, .n = t->rates.n, .layout = h};
}

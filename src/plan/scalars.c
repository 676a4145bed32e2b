/*
 * Names of scalars, see scalars.h. Called by config on the main thread; workers only read.
 */
#include "plan/scalars.h"

/* sysUpTime.0, 1.3.6.1.2.1.1.3.0 (RFC 3418) */
static const uint8_t sysuptime_oid[] = {0x2b, 6, 1, 2, 1, 1, 3, 0};

/* ifTableLastChange.0, 1.3.6.1.2.1.31.1.5.0 (RFC 2863) */
static const uint8_t last_change_oid[] = {0x2b, 6, 1, 2, 1, 31, 1, 5, 0};

/* ifTable and ifXTable */
static const uint8_t if_table_oid[] = {0x2b, 6, 1, 2, 1, 2, 2};
static const uint8_t ifx_table_oid[] = {0x2b, 6, 1, 2, 1, 31, 1, 1};

static struct sn_scalar *add_name(struct sn_scalar *sc, struct sn_span name, int32_t plan,
				  uint32_t column)
{
	struct sn_span uptime = sn_span_make(sysuptime_oid, sizeof(sysuptime_oid));

	*sc = (struct sn_scalar){.name = name,
				 .plan = plan,
				 .column = column,
				 .label = -1,
				 .is_uptime = sn_span_eq(name, uptime)};
	return sc + 1;
}

/* All names, sysUpTime.0 first; it is asked once even when a plan wants it as well. Their number.
 */
static uint32_t gather(struct sn_scalar *v, const struct sn_plan *const *plans, uint32_t nplans)
{
	struct sn_scalar *end = add_name(v, sn_span_make(sysuptime_oid, sizeof(sysuptime_oid)),
					 SN_SCALAR_NO_PLAN, 0);

	for (uint32_t p = 0; p < nplans; p++) {
		for (uint32_t i = 0; i < plans[p]->ngets; i++) {
			const struct sn_plan_get *get = &plans[p]->gets[i];

			end = add_name(end, get->name, (int32_t)p, get->column);
			end[-1].root = get->root;
			if (end[-1].is_uptime && v->plan == SN_SCALAR_NO_PLAN) {
				*v = *--end;
			}
		}
	}
	return (uint32_t)(end - v);
}

/* True for a name that is the successor of what is left without its last arc. */
static bool ends_in_zero(struct sn_span name)
{
	return name.n > 2 && name.p[name.n - 1] == 0 && name.p[name.n - 2] < 0x80;
}

/* The varbinds of a request, each name without its last `cut` octets. Empty: no memory. */
static struct sn_span write_names(const struct sn_scalars *s, size_t cut, struct sn_arena *arena)
{
	uint8_t *buf = sn_arena_alloc(arena, s->names_octets);
	struct sn_writer w = sn_writer_make(buf, buf ? s->names_octets : 0);

	for (uint32_t i = s->n; i-- > 0;) {
		sn_varbind_write_null(&w, sn_span_make(s->v[i].name.p, s->v[i].name.n - cut));
	}
	return buf ? sn_writer_span(&w) : (struct sn_span){0};
}

/* Whether some label comes from a table of interfaces. */
static bool has_interface_labels(const struct sn_plan *const *plans, uint32_t nplans)
{
	struct sn_span if_table = sn_span_make(if_table_oid, sizeof(if_table_oid));
	struct sn_span ifx_table = sn_span_make(ifx_table_oid, sizeof(ifx_table_oid));

	for (uint32_t p = 0; p < nplans; p++) {
		for (uint32_t t = 0; t < plans[p]->ntables; t++) {
			const struct sn_schema *schema = &plans[p]->tables[t].schema;

			for (uint32_t c = 0; c < schema->nwalked; c++) {
				struct sn_span oid = schema->columns[c].oid;

				if (schema->columns[c].is_label &&
				    (sn_span_is_prefix(if_table, oid) ||
				     sn_span_is_prefix(ifx_table, oid))) {
					return true;
				}
			}
		}
	}
	return false;
}

/* What is wanted besides, behind the n names of the plans. Their number. */
static uint32_t add_wanted(struct sn_scalar *v, uint32_t n, const struct sn_plan *const *plans,
			   uint32_t nplans, const struct sn_scalars_want *want)
{
	if (want->keep_labels && has_interface_labels(plans, nplans)) {
		add_name(&v[n], sn_span_make(last_change_oid, sizeof(last_change_oid)),
			 SN_SCALAR_NO_PLAN, 0);
		v[n++].is_last_change = true;
	}
	for (uint32_t i = 0; i < want->nlabels; i++) {
		add_name(&v[n], want->labels[i].scalar, SN_SCALAR_NO_PLAN, 0);
		v[n++].label = (int32_t)i;
	}
	return n;
}

const struct sn_scalars *sn_scalars_build(const struct sn_plan *const *plans, uint32_t nplans,
					  const struct sn_scalars_want *want,
					  struct sn_arena *arena)
{
	static const struct sn_scalars_want nothing;
	struct sn_scalars *s = sn_arena_zalloc(arena, sizeof(*s));
	struct sn_scalar *v;
	uint32_t n = 2;
	bool successors = true;

	want = want ? want : &nothing;
	n += want->nlabels;

	for (uint32_t p = 0; p < nplans; p++) {
		n += plans[p]->ngets;
	}
	v = sn_arena_alloc(arena, n * sizeof(*v));
	if (!s || !v) {
		return NULL;
	}
	s->v = v;
	s->n = gather(v, plans, nplans);
	s->n = add_wanted(v, s->n, plans, nplans, want);
	s->labels = want->labels;
	s->nlabels = want->nlabels;
	for (uint32_t i = 0; i < s->n; i++) {
		s->names_octets += (uint32_t)v[i].name.n + SN_VARBIND_NULL_AROUND;
		s->reply_guess += (uint32_t)v[i].name.n + SN_SCALAR_VALUE_GUESS;
		successors &= ends_in_zero(v[i].name);
		v[i].is_usual = v[i].plan != SN_SCALAR_NO_PLAN && v[i].label < 0 &&
				!v[i].is_last_change && sn_varbind_name_make(&v[i].form, v[i].name);
	}
	s->get = write_names(s, 0, arena);
	if (s->get.n == 0) {
		return NULL;
	}
	if (successors) {
		s->next = write_names(s, 1, arena);
		return s->next.n ? s : NULL;
	}
	return s;
}

/*
 * Values of scalars into their rows, see take_scalar.h. Worker thread.
 */
#include "round/take_scalar.h"

#include "codec/oid.h"
#include "round/search.h"

enum { TICKS_PER_SECOND = 100 }; /* of sysUpTime */

int sn_take_scalar_prepare(struct sn_job *job)
{
	const struct sn_target_spec *spec = job->spec;

	job->scalars =
		sn_arena_alloc(&job->arena, (spec->nplans + 1) * (sizeof(*job->scalars) +
								  sizeof(*job->scalars_open)));
	if (!job->scalars) {
		return SN_ENOMEM;
	}
	job->scalars_open = (uint32_t *)(job->scalars + spec->nplans + 1);
	job->device_labels = NULL;
	if (spec->scalars->nlabels) {
		job->device_labels =
			sn_arena_zalloc(&job->arena, spec->scalars->nlabels * sizeof(char *));
		if (!job->device_labels) {
			return SN_ENOMEM;
		}
	}
	for (uint32_t p = 0; p < spec->nplans; p++) {
		job->scalars_open[p] = spec->plans[p]->ngets;
		sn_block_init(&job->scalars[p], &spec->plans[p]->scalars, &spec->origin,
			      &job->arena);
		job->scalars[p].began = job->round.began;
	}
	return SN_OK;
}

static void take_uptime(struct sn_job *job, uint8_t tag, uint64_t ticks)
{
	struct sn_round *rd = &job->round;

	if (rd->has_uptime) {
		return; /* another module asked as well */
	}
	if (tag != SN_TAG_TIMETICKS) {
		sn_job_count(job, SN_C_VALUES_BAD, 1);
		return;
	}
	rd->uptime = ticks;
	rd->has_uptime = true;
	rd->reset =
		sn_reset_uptime(&job->learned->reset, (uint32_t)ticks, job->env->session->w->now);
	if (job->learned->reset_again) {
		rd->reset = true;
		job->learned->reset_again = false;
	} else if (rd->reset) {
		/* restarted while this round was under way: some values may be of before, so the
		 * next round is the first whose values surely are not */
		uint64_t up = ticks * (SN_NS_PER_SEC / TICKS_PER_SECOND);

		job->learned->reset_again = job->env->session->w->now - job->started > up;
	}
	sn_reset_start(&job->learned->reset, sn_job_wall(job), rd->reset);
	if (rd->reset) {
		sn_job_count(job, SN_C_RESETS, 1);
	}
}

/* The text of a label of the device. Without memory it has none in this round. */
static void take_label(struct sn_job *job, uint32_t label, const struct sn_value *v)
{
	char text[SN_OID_MAX_TEXT];
	struct sn_span s = v->bytes;

	if (v->tag == SN_TAG_OID) {
		int n = sn_oid_to_text(v->bytes, text, sizeof(text));

		s = sn_span_make((const uint8_t *)text, n > 0 ? (size_t)n : 0);
	} else if (v->tag != SN_TAG_OCTETS) {
		return;
	}
	job->device_labels[label] =
		s.n ? sn_arena_strndup(&job->arena, (const char *)s.p, s.n) : NULL;
}

void sn_take_scalar_settle(struct sn_job *job, const struct sn_scalar *sc)
{
	if (sc->plan != SN_SCALAR_NO_PLAN) {
		job->scalars_open[sc->plan]--;
	}
}

void sn_take_scalar_none(struct sn_job *job, const struct sn_scalar *sc)
{
	if (!sn_search_note(job, sc)) {
		sn_take_scalar_settle(job, sc);
	}
}

void sn_take_scalar_beside(struct sn_job *job, const struct sn_scalar *sc,
			   const struct sn_varbind *vb)
{
	if (sc->root.n && sn_span_is_prefix(sc->root, vb->name) &&
	    !sn_value_is_exception(vb->tag)) {
		sn_take_scalar(job, sc, vb);
	} else {
		sn_take_scalar_none(job, sc);
	}
}

void sn_take_scalar(struct sn_job *job, const struct sn_scalar *sc, const struct sn_varbind *vb)
{
	struct sn_block *blk = &job->scalars[sc->plan < 0 ? 0 : sc->plan];
	enum sn_kind kind = sc->plan < 0 ? SN_KIND_TEXT : blk->schema->columns[sc->column].kind;
	struct sn_value v;
	struct sn_row *row;

	if (sn_value_is_exception(vb->tag)) {
		sn_take_scalar_none(job, sc);
		return;
	}
	if (vb->tag == SN_TAG_NULL) {
		sn_take_scalar_settle(job, sc);
		return;
	}
	if (!sn_job_read_value(job, kind, vb, &v)) {
		return;
	}
	if (sc->is_uptime) {
		take_uptime(job, v.tag, v.u);
	} else if (sc->is_last_change && v.tag == SN_TAG_TIMETICKS) {
		job->last_change = (uint32_t)v.u;
		job->has_last_change = true;
	} else if (sc->label >= 0) {
		take_label(job, (uint32_t)sc->label, &v);
	}
	if (sc->plan == SN_SCALAR_NO_PLAN) {
		return;
	}
	row = sn_block_only_row(blk);
	if (!row || sn_block_set(blk, row, sc->column, &v, sn_job_wall(job)) < 0) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
		return;
	}
	sn_take_scalar_settle(job, sc);
}

/* The names of one plan among sc[0..n), from the first on; as sn_take_scalars. */
static uint32_t take_plan(struct sn_job *job, const struct sn_scalar *sc, uint32_t n,
			  struct sn_cursor *cur)
{
	const int32_t plan = sc->plan;
	struct sn_block *blk = &job->scalars[plan];
	struct sn_row *row = sn_block_only_row(blk);
	const uint8_t *p = cur->p;
	uint8_t *cells = (uint8_t *)(row + 1);
	uint8_t *tags;
	uint32_t i;

	if (!row) {
		return 0;
	}
	tags = sn_block_tags(blk, row);
	for (i = 0; i < n && sc->is_usual && sc->plan == plan; i++, sc++) {
		uint8_t tag;
		uint64_t u;
		size_t octets =
			sn_varbind_number(p, (size_t)(cur->end - p), &sc->form, NULL, 0, &tag, &u);

		if (!octets || tags[sc->column]) {
			break;
		}
		p += octets;
		memcpy(cells + (size_t)sc->column * 8, &u, 8);
		tags[sc->column] = tag;
		if (sc->is_uptime) {
			take_uptime(job, tag, u);
		}
	}
	cur->p = p;
	sn_block_filled(row, i, sn_job_wall(job));
	job->scalars_open[plan] -= i;
	return i;
}

uint32_t sn_take_scalars(struct sn_job *job, const struct sn_scalar *sc, uint32_t n,
			 struct sn_cursor *cur)
{
	uint32_t taken = 0;
	uint32_t k = 1;

	while (k && taken < n && sc[taken].is_usual) {
		k = take_plan(job, sc + taken, n - taken, cur);
		taken += k;
	}
	return taken;
}

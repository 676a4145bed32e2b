/*
 * GET of a round's scalars, see step_get.h. RFC 3416 §4.2.1; noSuchName of v1 by error-index, RFC
 * 1157 §4.1.2. Names that the agent refuses are taken out and the others asked again, so one bad
 * name costs only itself.
 */
#include "collect/step_get.h"

/* sysUpTime.0, 1.3.6.1.2.1.1.3.0 (RFC 3418) */
static const uint8_t sysuptime_oid[] = {0x2b, 6, 1, 2, 1, 1, 3, 0};

/* The row of scalars has the index 0. */
static const uint8_t scalar_index[] = {0};

enum {
	VALUE_GUESS = 16,   /* octets of a value and its headers, before the answer is known */
	NAME_OVERHEAD = 12, /* octets around a name in a request, at most */
	NO_PLAN = -1
};

/* One name to ask for. */
struct get_name {
	struct sn_span name; /* instance OID */
	int32_t plan;	     /* where the value goes; NO_PLAN: only sysUpTime of the round */
	uint32_t column;     /* of that plan's scalars */
	bool is_uptime;	     /* sysUpTime.0 */
	bool done;	     /* answered or given up */
};

struct step_get {
	struct sn_step step;	/* its request */
	struct get_name *names; /* all of the round */
	uint32_t *asked;	/* names in the current request */
	uint8_t *vbs;		/* its varbinds, vbs_cap octets */
	size_t vbs_cap;
	uint32_t nnames;
	uint32_t nasked;
	uint32_t most; /* names in one request, lowered when the agent cannot */
};

static void on_answer(struct sn_request *rq, const struct sn_answer *answer);

static void add_name(struct step_get *sg, struct sn_span name, int32_t plan, uint32_t column)
{
	struct sn_span uptime = sn_span_make(sysuptime_oid, sizeof(sysuptime_oid));

	sg->names[sg->nnames++] = (struct get_name){.name = name,
						    .plan = plan,
						    .column = column,
						    .is_uptime = sn_span_eq(name, uptime)};
}

/* All names, sysUpTime.0 first; it is asked once even when a plan wants it as well. */
static void gather_names(struct step_get *sg, const struct sn_target_spec *spec)
{
	add_name(sg, sn_span_make(sysuptime_oid, sizeof(sysuptime_oid)), NO_PLAN, 0);
	for (uint32_t p = 0; p < spec->nplans; p++) {
		const struct sn_plan *plan = spec->plans[p];

		for (uint32_t i = 0; i < plan->ngets; i++) {
			add_name(sg, plan->gets[i].name, (int32_t)p, plan->gets[i].column);
			if (sg->names[sg->nnames - 1].is_uptime && sg->names[0].plan == NO_PLAN) {
				sg->names[0] = sg->names[--sg->nnames];
			}
		}
	}
}

static uint32_t most_names(const struct sn_target_spec *spec)
{
	uint32_t most = 1;

	for (uint32_t p = 0; p < spec->nplans; p++) {
		most = spec->plans[p]->max_repetitions > most ? spec->plans[p]->max_repetitions
							      : most;
	}
	return most;
}

/* Chooses the next names and writes their varbinds. False: none is left. */
static bool prepare(struct step_get *sg)
{
	struct sn_writer w = sn_writer_make(sg->vbs, sg->vbs_cap);
	size_t reply = 0;

	sg->nasked = 0;
	for (uint32_t i = 0; i < sg->nnames && sg->nasked < sg->most; i++) {
		if (sg->names[i].done) {
			continue;
		}
		reply += sg->names[i].name.n + VALUE_GUESS;
		if (sg->nasked && reply > sg->step.job->spec->max_reply) {
			break;
		}
		sg->asked[sg->nasked++] = i;
	}
	for (uint32_t i = sg->nasked; i-- > 0;) {
		sn_varbind_write_null(&w, sg->names[sg->asked[i]].name);
	}
	sg->step.rq.vbs = sn_writer_span(&w);
	return sg->nasked > 0;
}

int sn_step_get_start(struct sn_job *job)
{
	const struct sn_target_spec *spec = job->spec;
	struct step_get *sg = sn_arena_zalloc(&job->arena, sizeof(*sg));
	uint32_t n = 1;
	size_t octets = 0;

	job->scalars = sn_arena_zalloc(&job->arena, (spec->nplans + 1) * sizeof(*job->scalars));
	for (uint32_t p = 0; p < spec->nplans; p++) {
		n += spec->plans[p]->ngets;
	}
	job->scalars_open = sn_arena_alloc(&job->arena, (spec->nplans + 1) * sizeof(uint32_t));
	if (!sg || !job->scalars || !job->scalars_open) {
		return SN_ENOMEM;
	}
	for (uint32_t p = 0; p < spec->nplans; p++) {
		job->scalars_open[p] = spec->plans[p]->ngets;
		sn_block_init(&job->scalars[p], &spec->plans[p]->scalars, &spec->origin,
			      &job->arena);
	}
	sg->names = sn_arena_alloc(&job->arena, n * sizeof(*sg->names));
	sg->asked = sn_arena_alloc(&job->arena, n * sizeof(*sg->asked));
	if (!sg->names || !sg->asked) {
		return SN_ENOMEM;
	}
	gather_names(sg, spec);
	for (uint32_t i = 0; i < sg->nnames; i++) {
		octets += sg->names[i].name.n + NAME_OVERHEAD;
	}
	sg->vbs_cap = octets;
	sg->vbs = sn_arena_alloc(&job->arena, sg->vbs_cap);
	if (!sg->vbs) {
		return SN_ENOMEM;
	}
	sg->most = most_names(spec);
	sg->step.job = job;
	sn_list_init(&sg->step.node);
	sn_request_init(&sg->step.rq);
	sg->step.rq.done = on_answer;
	sg->step.rq.type = SN_PDU_GET;
	sg->step.rq.timeout_ns = spec->timeout_ns;
	sg->step.rq.attempts_max = (uint8_t)(spec->retries + 1);
	prepare(sg);
	sn_job_send(&sg->step);
	return SN_OK;
}

static void take_uptime(struct sn_job *job, const struct sn_value *v)
{
	struct sn_round *rd = &job->round;

	if (rd->has_uptime) {
		return; /* another module asked as well */
	}
	if (v->tag != SN_TAG_TIMETICKS) {
		sn_job_count(job, SN_C_VALUES_BAD, 1);
		return;
	}
	rd->uptime = v->u;
	rd->has_uptime = true;
	rd->reset = sn_reset_uptime(job->reset, (uint32_t)v->u, job->env->session->w->now);
	if (rd->reset) {
		sn_job_count(job, SN_C_RESETS, 1);
	}
}

/* The agent said what it has under this name, or that it has nothing. */
static void answered(struct step_get *sg, const struct get_name *gn)
{
	if (gn->plan != NO_PLAN) {
		sg->step.job->scalars_open[gn->plan]--;
	}
}

static void take_value(struct step_get *sg, struct get_name *gn, const struct sn_varbind *vb)
{
	struct sn_job *job = sg->step.job;
	struct sn_block *blk = &job->scalars[gn->plan < 0 ? 0 : gn->plan];
	enum sn_kind kind = gn->plan < 0 ? SN_KIND_TEXT : blk->schema->columns[gn->column].kind;
	struct sn_value v;
	struct sn_row *row;

	gn->done = true;
	if (sn_value_is_exception(vb->tag) || vb->tag == SN_TAG_NULL) {
		answered(sg, gn);
		return;
	}
	if (!sn_job_read_value(job, kind, vb, &v)) {
		return;
	}
	if (gn->is_uptime) {
		take_uptime(job, &v);
	}
	if (gn->plan == NO_PLAN) {
		return;
	}
	row = sn_block_get_row(blk, sn_span_make(scalar_index, sizeof(scalar_index)), 0);
	if (!row || sn_block_set(blk, row, gn->column, &v, sn_job_wall(job)) < 0) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
		return;
	}
	answered(sg, gn);
}

/* The asked name that this varbind answers: the one at its position, or any other if the agent
 * changed the order. NULL: none that is still open. */
static struct get_name *find_asked(struct step_get *sg, uint32_t position, struct sn_span name)
{
	for (uint32_t i = 0; i <= sg->nasked; i++) {
		/* its own position first, then all */
		uint32_t k = i ? i - 1 : position;
		struct get_name *gn = k < sg->nasked ? &sg->names[sg->asked[k]] : NULL;

		if (gn && !gn->done && sn_span_eq(gn->name, name)) {
			return gn;
		}
	}
	return NULL;
}

/* No value will come. reason NULL: because the agent has none. */
static void give_up(struct step_get *sg, uint32_t position, const char *reason)
{
	struct get_name *gn = &sg->names[sg->asked[position]];

	gn->done = true;
	if (reason) {
		sn_job_miss(sg->step.job, reason);
	} else {
		answered(sg, gn);
	}
}

/* The agent could not with these names together: ask fewer, or give up the only one. */
static void ask_fewer(struct step_get *sg, uint32_t fewer, const char *reason)
{
	if (sg->nasked > 1) {
		sg->most = fewer ? fewer : 1;
	} else {
		give_up(sg, 0, reason);
	}
}

static void take_varbinds(struct step_get *sg, const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;
	uint32_t position = 0;
	uint32_t taken = 0;

	while (sn_varbind_next(&cur, &vb)) {
		struct get_name *gn = find_asked(sg, position++, vb.name);

		if (gn) {
			take_value(sg, gn, &vb);
			taken++;
		} else {
			sn_job_count(sg->step.job, SN_C_VALUES_BAD, 1);
		}
	}
	sg->step.job->round.varbinds += position;
	if (cur.err) {
		sn_job_count(sg->step.job, SN_C_VALUES_BAD, 1);
	}
	if (cur.err && position < sg->nasked && !sg->names[sg->asked[position]].done) {
		give_up(sg, position, "malformed varbind");
	} else if (taken == 0) {
		ask_fewer(sg, 1, "answer without the names asked");
	}
}

static void take_error(struct step_get *sg, const struct sn_pdu *pdu)
{
	struct sn_job *job = sg->step.job;
	const char *reason = sn_pdu_status_name(pdu->status);

	if (pdu->status == SN_STATUS_TOO_BIG) {
		sn_job_count(job, SN_C_AGENT_TOO_BIG, 1);
		job->errors += sg->nasked == 1;
		ask_fewer(sg, sg->nasked / 2, reason);
		return;
	}
	if (pdu->status == SN_STATUS_NO_SUCH_NAME) {
		reason = NULL; /* v1's way to say that the agent does not have it */
	} else {
		sn_job_count(job, SN_C_AGENT_ERRORS, 1);
		job->errors++;
	}
	if (pdu->index >= 1 && (uint32_t)pdu->index <= sg->nasked) {
		give_up(sg, (uint32_t)pdu->index - 1, reason);
	} else {
		ask_fewer(sg, 1, reason);
	}
}

static void on_answer(struct sn_request *rq, const struct sn_answer *answer)
{
	struct step_get *sg = sn_container_of(rq, struct step_get, step.rq);

	if (!sn_job_account(&sg->step, answer)) {
		sn_job_step_over(&sg->step);
		return;
	}
	if (answer->pdu->status == SN_STATUS_NO_ERROR) {
		take_varbinds(sg, answer->pdu);
	} else {
		take_error(sg, answer->pdu);
	}
	if (prepare(sg)) {
		sn_job_send(&sg->step);
	} else {
		sn_job_step_over(&sg->step);
	}
}

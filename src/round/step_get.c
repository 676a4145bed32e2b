/*
 * GET of a round's scalars, see step_get.h. RFC 3416 §4.2.1; noSuchName of v1 by error-index, RFC
 * 1157 §4.1.2. Names that the agent refuses are taken out and the others asked again, so one bad
 * name costs only itself. The request for all names was written with the configuration.
 */
#include "round/step_get.h"

#include "round/refusal.h"
#include "round/take_scalar.h"

struct step_get {
	struct sn_step step;		/* its request */
	const struct sn_scalars *names; /* of the target */
	bool *done;			/* by name: answered or given up */
	uint8_t *vbs; /* its varbinds, names->names_octets of room; NULL: the prepared ones */
	uint32_t nasked;
	uint32_t nopen;	  /* names that are not done */
	uint32_t most;	  /* names in one request, lowered when the agent cannot */
	uint32_t asked[]; /* names in the current request */
};

static void on_answer(struct sn_request *rq, const struct sn_answer *answer);

static uint32_t most_names(const struct sn_target_spec *spec)
{
	uint32_t most = 1;

	for (uint32_t p = 0; p < spec->nplans; p++) {
		most = spec->plans[p]->max_repetitions > most ? spec->plans[p]->max_repetitions
							      : most;
	}
	return most;
}

static void set_done(struct step_get *sg, uint32_t number)
{
	sg->nopen -= !sg->done[number];
	sg->done[number] = true;
}

/* Chooses the next of the open names. */
static void choose(struct step_get *sg)
{
	const struct sn_scalars *names = sg->names;
	size_t most_octets = sg->step.job->max_reply;
	size_t reply = 0;

	sg->nasked = 0;
	if (sg->nopen == names->n && names->n <= sg->most && names->reply_guess <= most_octets) {
		for (uint32_t i = 0; i < names->n; i++) {
			sg->asked[i] = i;
		}
		sg->nasked = names->n;
		return;
	}
	for (uint32_t i = 0; i < names->n && sg->nasked < sg->most; i++) {
		if (sg->done[i]) {
			continue;
		}
		reply += names->v[i].name.n + SN_SCALAR_VALUE_GUESS;
		if (sg->nasked && reply > most_octets) {
			break;
		}
		sg->asked[sg->nasked++] = i;
	}
}

/* Points the request at the varbinds of the chosen names. SN_ENOMEM. */
static int write_names(struct step_get *sg)
{
	const struct sn_scalars *names = sg->names;
	struct sn_writer w;

	if (sg->nasked == names->n) {
		sg->step.rq.vbs = names->get;
		return SN_OK;
	}
	if (!sg->vbs) {
		sg->vbs = sn_arena_alloc(&sg->step.job->arena, names->names_octets);
		if (!sg->vbs) {
			return SN_ENOMEM;
		}
	}
	w = sn_writer_make(sg->vbs, names->names_octets);
	for (uint32_t i = sg->nasked; i-- > 0;) {
		sn_varbind_write_null(&w, names->v[sg->asked[i]].name);
	}
	sg->step.rq.vbs = sn_writer_span(&w);
	return SN_OK;
}

/* Sends the next request. False: nothing is left to ask, or no memory to do it. */
static bool ask(struct step_get *sg)
{
	if (sg->nopen == 0) {
		return false;
	}
	choose(sg);
	if (write_names(sg)) {
		sn_job_miss(sg->step.job, sn_err_text(SN_ENOMEM));
		return false;
	}
	sn_job_send(&sg->step);
	return true;
}

int sn_step_get_start(struct sn_job *job, uint8_t attempts)
{
	const struct sn_scalars *names = job->spec->scalars;
	size_t asked = sizeof(struct step_get) + names->n * sizeof(uint32_t);
	struct step_get *sg = sn_arena_alloc(&job->arena, asked + names->n * sizeof(bool));

	if (!sg) {
		return SN_ENOMEM;
	}
	sg->names = names;
	sg->done = (bool *)((uint8_t *)sg + asked);
	memset(sg->done, 0, names->n * sizeof(bool));
	sg->vbs = NULL;
	sg->nopen = names->n;
	sg->most = most_names(job->spec);
	sn_step_init(&sg->step, job, on_answer);
	sg->step.rq.type = SN_PDU_GET;
	sg->step.rq.attempts_max = attempts;
	return ask(sg) ? SN_OK : SN_ENOMEM;
}

/* Whether name number `number` is open and this one. */
static bool is_open(const struct step_get *sg, uint32_t number, struct sn_span name)
{
	return !sg->done[number] && sn_span_eq(sg->names->v[number].name, name);
}

/* The asked name that this varbind answers: the one at its position, or any other if the agent
 * changed the order. Its number, or names->n: none that is still open. */
static uint32_t find_asked(const struct step_get *sg, uint32_t position, struct sn_span name)
{
	if (position < sg->nasked && is_open(sg, sg->asked[position], name)) {
		return sg->asked[position];
	}
	for (uint32_t i = 0; i < sg->nasked; i++) {
		if (is_open(sg, sg->asked[i], name)) {
			return sg->asked[i];
		}
	}
	return sg->names->n;
}

/* No value will come. reason NULL: because the agent has none. */
static void give_up(struct step_get *sg, uint32_t position, const char *reason)
{
	uint32_t number = sg->asked[position];

	set_done(sg, number);
	if (reason) {
		sn_job_miss(sg->step.job, reason);
	} else {
		sn_take_scalar_none(sg->step.job, &sg->names->v[number]);
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

/* The numbers that follow when all names were asked and those before `position` were answered in
 * their order: how many. */
static uint32_t take_usual(struct step_get *sg, uint32_t position, struct sn_cursor *cur)
{
	uint32_t n =
		sn_take_scalars(sg->step.job, sg->names->v + position, sg->nasked - position, cur);

	memset(sg->done + position, true, n * sizeof(bool));
	sg->nopen -= n;
	return n;
}

static void take_varbinds(struct step_get *sg, const struct sn_pdu *pdu)
{
	struct sn_job *job = sg->step.job;
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	bool in_order = sg->nasked == sg->names->n;
	struct sn_varbind vb;
	uint32_t position = 0;
	uint32_t taken = 0;

	for (;;) {
		uint32_t usual = in_order ? take_usual(sg, position, &cur) : 0;
		uint32_t number;

		position += usual;
		taken += usual;
		if (!sn_varbind_next(&cur, &vb)) {
			break;
		}
		number = find_asked(sg, position, vb.name);
		in_order = in_order && number == position && position + 1 < sg->nasked;
		position++;
		if (number < sg->names->n) {
			set_done(sg, number);
			sn_take_scalar(job, &sg->names->v[number], &vb);
			taken++;
		} else {
			sn_job_count(job, SN_C_VALUES_BAD, 1);
		}
	}
	job->round.varbinds += position;
	if (cur.err) {
		sn_job_count(job, SN_C_VALUES_BAD, 1);
	}
	if (cur.err && position < sg->nasked && !sg->done[sg->asked[position]]) {
		give_up(sg, position, "malformed varbind");
	} else if (taken == 0) {
		ask_fewer(sg, 1, "answer without the names asked");
	}
}

static void take_error(struct step_get *sg, const struct sn_pdu *pdu)
{
	const struct sn_refusal rf = sn_refusal_read(sg->step.job, pdu, sg->nasked);

	if (rf.too_big) {
		ask_fewer(sg, sg->nasked / 2, rf.reason);
	} else if (rf.culprit < sg->nasked) {
		give_up(sg, rf.culprit, rf.reason);
	} else {
		ask_fewer(sg, 1, rf.reason);
	}
}

static void on_answer(struct sn_request *rq, const struct sn_answer *answer)
{
	struct step_get *sg = sn_container_of(rq, struct step_get, step.rq);

	if (!sn_job_account(&sg->step, answer)) {
		sn_job_scalars_over(sg->step.job);
		sn_job_step_over(&sg->step);
		return;
	}
	rq->attempts_max = sn_job_attempts(sg->step.job);
	if (answer->pdu->status == SN_STATUS_NO_ERROR) {
		take_varbinds(sg, answer->pdu);
	} else {
		take_error(sg, answer->pdu);
	}
	if (!ask(sg)) {
		sn_job_scalars_over(sg->step.job);
		sn_job_step_over(&sg->step);
	}
}

/*
 * Poll rounds, see job.h. Started by the collector's calendar, driven by answers; worker thread.
 */
#include "collect/job.h"

#include "collect/step_get.h"
#include "collect/step_walk.h"
#include "collect/table.h"

int sn_job_start(struct sn_job *job, const struct sn_job_env *env,
		 const struct sn_target_spec *spec, struct sn_device *dev, struct sn_reset *reset,
		 uint64_t due)
{
	struct sn_worker *w = env->session->w;
	int rc;

	job->env = env;
	job->spec = spec;
	job->dev = dev;
	job->reset = reset;
	sn_arena_init(&job->arena, &w->arenas);
	sn_list_init(&job->steps);
	memset(&job->round, 0, sizeof(job->round));
	job->round.origin = &spec->origin;
	job->round.modules = spec->modules;
	job->round.lateness_ns = w->now > due ? w->now - due : 0;
	job->started = w->now;
	job->last_answer = 0;
	job->rtt_sum = 0;
	job->answers = 0;
	job->errors = 0;
	job->running = 0;
	job->incomplete = false;
	job->walking = false;
	job->tables = NULL;
	job->err = SN_OK;
	rc = sn_step_get_start(job);
	if (rc) {
		sn_arena_reset(&job->arena);
		return rc;
	}
	sn_job_count(job, SN_C_ROUNDS_STARTED, 1);
	return SN_OK;
}

void sn_job_fini(struct sn_job *job)
{
	sn_arena_reset(&job->arena);
}

void sn_job_send(struct sn_step *step)
{
	struct sn_job *job = step->job;

	step->rq.dev = job->dev;
	if (sn_list_empty(&step->node)) {
		sn_list_push(&job->steps, &step->node);
		job->running++;
	}
	sn_request_start(job->env->session, &step->rq);
}

void sn_job_miss(struct sn_job *job, const char *reason)
{
	job->incomplete = true;
	if (!job->round.reason) {
		job->round.reason = reason;
	}
}

static bool is_number(uint8_t tag)
{
	switch (tag) {
	case SN_TAG_INTEGER:
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_COUNTER64:
	case SN_TAG_UINTEGER32:
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		return true;
	default:
		return false;
	}
}

bool sn_job_read_value(struct sn_job *job, enum sn_kind kind, const struct sn_varbind *vb,
		       struct sn_value *v)
{
	bool wants_number = kind <= SN_KIND_FLOAT || kind == SN_KIND_ENUM;

	if (sn_value_read(vb->tag, vb->value, v)) {
		sn_job_count(job, SN_C_VALUES_BAD, 1);
		sn_job_miss(job, "undecodable value");
		return false;
	}
	if (wants_number && !is_number(v->tag)) {
		sn_job_count(job, SN_C_VALUES_BAD, 1);
		sn_job_miss(job, "value of another type");
		return false;
	}
	return true;
}

/* What a Report with which requests end makes of a round; SN_ROUND_OK: the code is no Report's. */
static uint8_t refusal_status(int err)
{
	switch (err) {
	case SN_EDIGEST:
		return SN_ROUND_WRONG_DIGEST;
	case SN_EUSER:
		return SN_ROUND_UNKNOWN_USER;
	case SN_ELEVEL:
		return SN_ROUND_UNSUPPORTED_LEVEL;
	case SN_EDECRYPT:
		return SN_ROUND_DECRYPTION_ERROR;
	case SN_ETIMEWINDOW:
		return SN_ROUND_NOT_IN_TIME_WINDOW;
	case SN_EENGINE:
		return SN_ROUND_UNKNOWN_ENGINE;
	case SN_ECONTEXT:
		return SN_ROUND_UNKNOWN_CONTEXT;
	case SN_EREPORT:
		return SN_ROUND_REFUSED;
	case SN_EIGNORED:
		return SN_ROUND_IGNORED;
	default:
		return SN_ROUND_OK;
	}
}

static void account_sent(struct sn_job *job, const struct sn_request *rq)
{
	if (rq->attempts) {
		job->round.requests++;
		job->round.retries += rq->attempts - 1u;
	}
}

bool sn_job_account(struct sn_step *step, const struct sn_answer *answer)
{
	struct sn_job *job = step->job;

	account_sent(job, &step->rq);
	step->unanswered = answer->err != SN_OK;
	if (answer->err) {
		job->round.timeouts += refusal_status(answer->err) == SN_ROUND_OK;
		if (!job->err) {
			job->err = answer->err;
		}
		sn_job_miss(job, sn_err_text(answer->err));
		return false;
	}
	job->answers++;
	job->last_answer = job->env->session->w->now;
	job->rtt_sum += answer->rtt_ns;
	return true;
}

/* The table names are told apart over all plans of the target, so reset detection can number them.
 */
static int start_tables(struct sn_job *job)
{
	uint32_t number = 0;
	int rc = SN_OK;

	job->walking = true;
	for (uint32_t p = 0; p < job->spec->nplans; p++) {
		const struct sn_plan *plan = job->spec->plans[p];

		for (uint32_t i = 0; i < plan->ntables; i++) {
			rc = sn_table_start(job, plan, &plan->tables[i], number++);
			if (rc) {
				job->err = rc;
				sn_job_miss(job, sn_err_text(rc));
				return rc;
			}
		}
	}
	return rc;
}

static uint8_t outcome(const struct sn_job *job)
{
	if (job->answers == 0) {
		if (refusal_status(job->err)) {
			return refusal_status(job->err);
		}
		switch (job->err) {
		case SN_EUNREACH:
		case SN_EPERM:
		case SN_EMSGSIZE:
		case SN_ESYS:
			return SN_ROUND_UNREACHABLE;
		case SN_ENOMEM:
			return SN_ROUND_OVERLOAD;
		default:
			return SN_ROUND_TIMEOUT;
		}
	}
	if (!job->incomplete) {
		return SN_ROUND_OK;
	}
	return job->round.rows == 0 && job->errors ? SN_ROUND_AGENT_ERROR : SN_ROUND_PARTIAL;
}

static void count_outcome(const struct sn_job *job)
{
	static const enum sn_counter by_status[] = {
		[SN_ROUND_OK] = SN_C_ROUNDS_OK,
		[SN_ROUND_PARTIAL] = SN_C_ROUNDS_PARTIAL,
		[SN_ROUND_TIMEOUT] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNREACHABLE] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNRESOLVED] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_AGENT_ERROR] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_WRONG_DIGEST] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNKNOWN_USER] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNSUPPORTED_LEVEL] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_DECRYPTION_ERROR] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_NOT_IN_TIME_WINDOW] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNKNOWN_ENGINE] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNKNOWN_CONTEXT] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_REFUSED] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_IGNORED] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_OVERLOAD] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_CANCELLED] = SN_C_ROUNDS_CANCELLED,
	};

	sn_job_count(job, by_status[job->round.status], 1);
	sn_job_count(job, SN_C_VARBINDS, job->round.varbinds);
}

static void emit_scalars(struct sn_job *job)
{
	for (uint32_t p = 0; p < job->spec->nplans; p++) {
		struct sn_block *blk = &job->scalars[p];

		if (blk->nrows == 0) {
			continue;
		}
		if (job->scalars_open[p]) {
			sn_block_row(blk, 0)->flags |= SN_ROW_PARTIAL;
			job->round.rows_partial++;
		}
		blk->uptime = job->round.uptime;
		blk->has_uptime = job->round.has_uptime;
		blk->reset = job->round.reset;
		job->round.rows += blk->nrows;
		if (job->env->outs) {
			sn_outputs_rows(job->env->outs, blk);
		}
	}
}

static void end_round(struct sn_job *job, bool cancelled)
{
	struct sn_round *rd = &job->round;

	for (struct sn_table *t = job->tables; t; t = t->next) {
		sn_table_abort(t);
	}
	emit_scalars(job);
	rd->status = cancelled ? SN_ROUND_CANCELLED : outcome(job);
	rd->at = sn_job_wall(job);
	rd->duration_ns =
		(job->last_answer && !cancelled && job->err == SN_OK ? job->last_answer
								     : job->env->session->w->now) -
		job->started;
	rd->rtt_ns = job->answers ? job->rtt_sum / job->answers : 0;
	count_outcome(job);
	if (job->env->outs) {
		sn_outputs_round(job->env->outs, rd);
	}
	job->over(job);
}

/*
 * Takes back all requests. Those that wait go first: one taken back from the wire would make room
 * for them, and they would be sent for nothing.
 */
static void cancel_steps(struct sn_job *job)
{
	for (unsigned state = SN_REQUEST_PARKED; state <= SN_REQUEST_SENT; state++) {
		for (struct sn_list *n = job->steps.next; n != &job->steps; n = n->next) {
			struct sn_step *step = sn_container_of(n, struct sn_step, node);

			if (step->rq.state == state) {
				account_sent(job, &step->rq);
				sn_request_cancel(&step->rq);
			}
		}
	}
	sn_list_init(&job->steps);
	job->running = 0;
}

void sn_job_cancel(struct sn_job *job)
{
	cancel_steps(job);
	sn_job_miss(job, "cancelled");
	end_round(job, true);
}

void sn_job_step_over(struct sn_step *step)
{
	struct sn_job *job = step->job;

	sn_list_del(&step->node);
	job->running--;
	if (step->unanswered && job->last_answer <= step->rq.sent_at) {
		/* nothing came since this request was first sent: the agent is gone, spare it the
		 * rest */
		cancel_steps(job);
		end_round(job, false);
		return;
	}
	if (job->running) {
		return;
	}
	if (!job->walking && start_tables(job)) {
		cancel_steps(job);
	}
	if (job->running == 0) {
		end_round(job, false);
	}
}

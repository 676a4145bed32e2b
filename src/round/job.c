/*
 * Poll rounds, see job.h. Started by the collector's calendar, driven by answers; worker thread.
 */
#include "round/job.h"

#include "round/filter.h"
#include "round/outcome.h"
#include "round/search.h"
#include "round/step_course.h"
#include "round/step_get.h"
#include "round/table.h"
#include "round/take_scalar.h"

enum {
	ROOM_LEAST = 64, /* octets: some varbind */
	LOST_ROUNDS = 3	 /* without an answer, after which one attempt has to do */
};

static int begin(struct sn_job *job);

int sn_job_start(struct sn_job *job, const struct sn_job_env *env,
		 const struct sn_target_spec *spec, struct sn_device *dev,
		 struct sn_learned *learned, uint64_t due)
{
	struct sn_worker *w = env->session->w;
	int rc;

	job->env = env;
	job->spec = spec;
	job->dev = dev;
	job->learned = learned;
	sn_arena_init(&job->arena, &w->arenas);
	sn_list_init(&job->steps);
	memset(&job->round, 0, sizeof(job->round));
	job->round.origin = &spec->origin;
	job->round.modules = spec->modules;
	job->round.lateness_ns = w->now > due ? w->now - due : 0;
	job->round.began = sn_worker_wall(w);
	job->started = w->now;
	job->last_answer = 0;
	job->rtt_sum = 0;
	job->answers = 0;
	job->errors = 0;
	job->running = 0;
	job->short_answer = 0;
	job->max_reply = spec->max_reply;
	if (learned->reply_max && learned->reply_max < job->max_reply) {
		job->max_reply = learned->reply_max;
	}
	job->incomplete = false;
	job->walking = false;
	job->uptime_open = true;
	job->largest_answer = 0;
	job->bulk_lost = false;
	job->stale = false;
	job->off_course = false;
	job->course = NULL;
	job->walk = NULL;
	job->origin = NULL;
	job->labels = NULL;
	job->last_change = 0;
	job->has_last_change = false;
	job->tables = NULL;
	job->filters = NULL;
	job->search = NULL;
	job->ntables = 0;
	job->err = SN_OK;
	rc = begin(job);
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

void sn_step_init(struct sn_step *step, struct sn_job *job,
		  void (*done)(struct sn_request *rq, const struct sn_answer *answer))
{
	step->job = job;
	step->unanswered = false;
	sn_list_init(&step->node);
	sn_request_init(&step->rq);
	step->rq.done = done;
	step->rq.soon = job;
	step->rq.soon_octets = sizeof(*job);
	step->rq.timeout_ns = job->spec->timeout_ns;
	step->rq.attempts_max = sn_job_attempts(job);
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

uint32_t sn_job_room(const struct sn_job *job)
{
	uint32_t around = sn_device_overhead(job->dev);

	return job->max_reply > around + ROOM_LEAST ? job->max_reply - around : ROOM_LEAST;
}

void sn_job_cut_short(struct sn_job *job, size_t octets)
{
	job->short_answer = octets > job->short_answer ? (uint32_t)octets : job->short_answer;
	job->stale = true;
}

void sn_job_scalars_over(struct sn_job *job)
{
	job->uptime_open = false;
	sn_tables_emit(job);
	sn_search_start(job);
}

bool sn_job_read_value(struct sn_job *job, enum sn_kind kind, const struct sn_varbind *vb,
		       struct sn_value *v)
{
	if (sn_value_read(vb->tag, vb->value, v)) {
		sn_job_count(job, SN_C_VALUES_BAD, 1);
		sn_job_miss(job, "undecodable value");
		return false;
	}
	if (sn_kind_is_number(kind) && !sn_value_is_number(v->tag) && !job->env->any_type) {
		sn_job_count(job, SN_C_VALUES_BAD, 1);
		sn_job_miss(job, "value of another type");
		return false;
	}
	return true;
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
		job->round.timeouts += !sn_outcome_is_refusal(answer->err);
		if (!job->err) {
			job->err = answer->err;
		}
		sn_job_miss(job, sn_err_text(answer->err));
		job->bulk_lost |= step->rq.type == SN_PDU_GETBULK;
		return false;
	}
	if (answer->octets > job->largest_answer) {
		job->largest_answer = (uint32_t)answer->octets;
	}
	job->answers++;
	job->last_answer = job->env->session->w->now;
	job->rtt_sum += answer->rtt_ns;
	return true;
}

/* The tables of all plans, empty; numbered over the target, as reset detection and courses do. */
static int make_tables(struct sn_job *job)
{
	uint32_t n = 0;

	for (uint32_t p = 0; p < job->spec->nplans; p++) {
		n += job->spec->plans[p]->ntables;
	}
	if (n == 0) {
		return SN_OK;
	}
	job->tables = sn_arena_alloc(&job->arena, n * sizeof(struct sn_table *));
	if (!job->tables) {
		return SN_ENOMEM;
	}
	for (uint32_t p = 0; p < job->spec->nplans; p++) {
		const struct sn_plan *plan = job->spec->plans[p];
		uint32_t first = job->ntables;

		for (uint32_t i = 0; i < plan->ntables; i++) {
			struct sn_table *t = sn_table_new(job, plan, i, first);

			if (!t) {
				return SN_ENOMEM;
			}
			job->tables[job->ntables++] = t;
		}
	}
	return SN_OK;
}

/* By the course, or by walking all columns of all tables. */
static int start_tables(struct sn_job *job, bool with_scalars)
{
	int rc = make_tables(job);

	job->walking = true;
	rc = rc ? rc : sn_filter_start(job);
	if (rc == SN_OK && job->course) {
		return sn_step_course_start(job, with_scalars);
	}
	for (uint32_t i = 0; i < job->ntables && rc == SN_OK; i++) {
		rc = sn_table_walk(job->tables[i]);
	}
	return rc;
}

/* The first answer has room for the scalars, and they can be asked with what the tables are. */
static bool asks_scalars_by_course(const struct sn_job *job)
{
	return job->course->has_scalars && job->spec->scalars->next.n;
}

static void cancel_steps(struct sn_job *job);

/* All at once when the target is known, else the scalars alone: who is silent costs one request. */
static int begin(struct sn_job *job)
{
	bool together;
	int rc = sn_take_scalar_prepare(job);

	if (rc) {
		return rc;
	}
	sn_learned_choose(job->learned, job);
	if (!job->course || job->learned->lost) {
		return sn_step_get_start(
			job, job->learned->lost < LOST_ROUNDS ? sn_job_attempts(job) : 1);
	}
	together = asks_scalars_by_course(job);
	if (!together) {
		rc = sn_step_get_start(job, sn_job_attempts(job));
	}
	if (rc == SN_OK) {
		rc = start_tables(job, together);
	}
	if (rc) {
		cancel_steps(job);
	}
	return rc;
}

/* The target's labels and the device's, which are sorted both, in one order; of two with one name
 * the target's stays. */
static uint32_t merge_labels(const struct sn_job *job, struct sn_label *out)
{
	const struct sn_origin *mine = &job->spec->origin;
	const struct sn_scalars *names = job->spec->scalars;
	uint32_t n = 0;
	uint32_t i = 0;

	for (uint32_t k = 0; k < names->nlabels; k++) {
		int order = 1;

		while (i < mine->nlabels &&
		       (order = strcmp(mine->labels[i].name, names->labels[k].name)) < 0) {
			out[n++] = mine->labels[i++];
		}
		if (job->device_labels[k] && !(i < mine->nlabels && order == 0)) {
			out[n++] = (struct sn_label){names->labels[k].name, job->device_labels[k]};
		}
	}
	while (i < mine->nlabels) {
		out[n++] = mine->labels[i++];
	}
	return n;
}

const struct sn_origin *sn_job_origin(struct sn_job *job)
{
	uint32_t most = job->spec->origin.nlabels + job->spec->scalars->nlabels;
	struct sn_origin *origin;
	struct sn_label *labels;

	if (job->spec->scalars->nlabels == 0 || job->origin) {
		return job->origin ? job->origin : &job->spec->origin;
	}
	origin = sn_arena_alloc(&job->arena, sizeof(*origin));
	labels = sn_arena_alloc(&job->arena, most * sizeof(*labels));
	if (!origin || !labels) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
		return &job->spec->origin;
	}
	*origin = (struct sn_origin){.instance = job->spec->origin.instance,
				     .plain = job->spec->origin.plain,
				     .labels = labels,
				     .nlabels = merge_labels(job, labels)};
	job->origin = origin;
	return origin;
}

static void emit_scalar_row(struct sn_job *job, const struct sn_plan *plan, struct sn_block *blk)
{
	if (plan->nscalars_local &&
	    sn_derive_local(plan->scalars_local, plan->nscalars_local, blk)) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
	}
	sn_rates_take(job, &plan->scalars_rates, blk, false);
	blk->origin = sn_job_origin(job);
	blk->uptime = job->round.uptime;
	blk->has_uptime = job->round.has_uptime;
	blk->started = blk->has_uptime ? job->learned->reset.started : 0;
	blk->reset = job->round.reset;
	job->round.rows += blk->nrows;
	if (job->env->emit) {
		job->env->emit->rows(job, blk);
	}
}

static void emit_scalars(struct sn_job *job)
{
	for (uint32_t p = 0; p < job->spec->nplans; p++) {
		const struct sn_plan *plan = job->spec->plans[p];
		struct sn_block *blk = &job->scalars[p];

		if (blk->nrows && job->scalars_open[p]) {
			sn_block_row(blk, 0)->flags |= SN_ROW_PARTIAL;
			job->round.rows_partial++;
		}
		if (blk->nrows) {
			emit_scalar_row(job, plan, blk);
		}
		if (plan->ngets && job->env->emit && job->env->emit->table) {
			job->env->emit->table(job, blk->schema, job->scalars_open[p] == 0);
		}
	}
}

static void end_round(struct sn_job *job, bool cancelled)
{
	struct sn_round *rd = &job->round;

	if (job->walk) {
		sn_step_course_abort(job);
	}
	sn_filter_abort(job);
	for (uint32_t i = 0; i < job->ntables; i++) {
		sn_table_abort(job->tables[i]);
	}
	sn_tables_emit(job);
	emit_scalars(job);
	rd->status = cancelled ? SN_ROUND_CANCELLED : sn_outcome_of(job);
	rd->at = sn_job_wall(job);
	rd->duration_ns =
		(job->last_answer && !cancelled && job->err == SN_OK ? job->last_answer
								     : job->env->session->w->now) -
		job->started;
	rd->rtt_ns = job->answers ? job->rtt_sum / job->answers : 0;
	sn_outcome_count(job);
	sn_learned_take(job->learned, job);
	if (job->env->emit) {
		job->env->emit->round(job, rd);
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
	if (!job->walking) {
		int rc = start_tables(job, false);

		if (rc) {
			job->err = rc;
			sn_job_miss(job, sn_err_text(rc));
			cancel_steps(job);
		}
	}
	if (job->running == 0) {
		end_round(job, false);
	}
}

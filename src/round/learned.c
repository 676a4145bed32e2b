/*
 * Memory of targets between rounds, see learned.h. Worker thread.
 */
#include "round/labels.h"
#include "round/table.h"

enum {
	REPLY_LEAST = 200, /* octets of an answer; no agent is thought to manage less */
	/* Lengths of numbers change from round to round: so much of a datagram stays free. */
	SLACK = 40,
	NARROW_ROUNDS = 2,  /* that lost only large answers, before smaller ones are asked for */
	OFF_COURSE_MOST = 3 /* rounds, after which no course is laid any more */
};

/* How the tables are asked. */
static void forget_course(struct sn_learned *l)
{
	sn_course_free(l->course);
	sn_labels_free(l->labels);
	l->course = NULL;
	l->labels = NULL;
}

void sn_learned_init(struct sn_learned *l)
{
	sn_reset_init(&l->reset);
	l->reset_again = false;
	l->course = NULL;
	l->labels = NULL;
	l->rates = NULL;
	l->rates_old = false;
	l->found = NULL;
	l->reply_max = 0;
	l->lost = 0;
	l->off_course = 0;
	l->narrow = 0;
	l->names_most = 0;
	l->search_lost = 0;
}

void sn_learned_fini(struct sn_learned *l)
{
	sn_reset_fini(&l->reset);
	sn_rates_free(l->rates);
	l->rates = NULL;
	forget_course(l);
	sn_found_free(l->found);
}

void sn_learned_forget(struct sn_learned *l)
{
	forget_course(l);
	if (l->rates) {
		sn_rates_doubt(l->rates);
		l->rates_old = true;
	}
	sn_found_free(l->found);
	l->found = NULL;
	l->reply_max = 0;
	l->lost = 0;
	l->off_course = 0;
	l->narrow = 0;
	l->names_most = 0;
	l->search_lost = 0;
}

/* Octets of the scalars in an answer as they came; 0: they are to be asked apart. */
static uint32_t scalars_octets(const struct sn_job *job, uint32_t room)
{
	const struct sn_scalars *names = job->spec->scalars;
	uint32_t octets = names->reply_guess;

	for (uint32_t p = 0; p < job->spec->nplans; p++) {
		const struct sn_block *blk = &job->scalars[p];

		for (uint32_t c = 0; blk->nrows && c < blk->schema->ncolumns; c++) {
			struct sn_value v;

			if (sn_block_get(blk, sn_block_row(blk, 0), c, &v) &&
			    (v.tag == SN_TAG_OCTETS || v.tag == SN_TAG_OPAQUE)) {
				octets += (uint32_t)v.bytes.n;
			}
		}
	}
	return names->next.n && octets < room / 2 ? octets : 0;
}

/* Marks the columns that need not be asked while labels are kept. Their number. */
static uint32_t leave_out(const struct sn_schema *schema, uint8_t *columns)
{
	uint32_t n = sn_labels_mark(schema, columns);

	if (n && n == schema->nwalked) {
		memset(columns, 0, n); /* nothing else would tell which rows there are */
		n = 0;
	}
	return n;
}

/* A course of the round's tables, with or without the columns that only give labels. NULL: none is
 * possible, or it would ask for nothing. */
static struct sn_course *new_course(struct sn_job *job, bool without_labels)
{
	uint32_t room = sn_job_room(job) - sn_job_room(job) / SLACK;
	struct sn_course_table *tables =
		sn_arena_alloc(&job->arena, job->ntables * sizeof(*tables));
	struct sn_course_plan plan = {.tables = tables,
				      .ntables = job->ntables,
				      .room = room,
				      .scalars_octets = scalars_octets(job, room)};
	uint32_t labels = 0;

	for (uint32_t i = 0; tables && i < job->ntables; i++) {
		const struct sn_table *t = job->tables[i];
		uint8_t *left_out = NULL;

		if (without_labels) {
			left_out = sn_arena_alloc(&job->arena, t->blk.schema->nwalked + 1);
			if (!left_out) {
				return NULL;
			}
			labels += leave_out(t->blk.schema, left_out);
		}
		if (t->plan->allow_nonincreasing) {
			return NULL; /* there is no order to rely on */
		}
		tables[i] = (struct sn_course_table){.blk = &t->blk,
						     .joined = t->joined,
						     .left_out = left_out,
						     .max_repetitions = t->plan->max_repetitions};
	}
	if (!tables || (without_labels && labels == 0)) {
		return NULL;
	}
	return sn_course_new(&plan, &job->arena);
}

static void lay_course(struct sn_learned *l, struct sn_job *job)
{
	struct sn_course *course = new_course(job, false);

	if (course) {
		sn_course_free(l->course);
		l->course = course;
		sn_job_count(job, SN_C_COURSES_LAID, 1);
	}
}

/* The labels of this round are kept, somewhat longer or shorter so that not all devices are asked
 * for theirs at the same time. */
static void keep_labels(struct sn_learned *l, struct sn_job *job)
{
	uint64_t ttl = job->spec->labels_ttl_s * SN_NS_PER_SEC;
	struct sn_course *course = new_course(job, true);

	sn_labels_free(l->labels);
	l->labels = NULL;
	if (course) {
		l->labels = sn_labels_new(
			job, course, job->started + ttl - ttl / 4 + job->spec->hash % (ttl / 2));
	}
}

void sn_learned_choose(const struct sn_learned *l, struct sn_job *job)
{
	if (!l->course || !sn_device_has_bulk(job->dev)) {
		return;
	}
	job->course = l->course;
	if (l->labels && job->started < l->labels->until) {
		job->labels = l->labels;
		job->course = l->labels->course;
	}
}

/* The course does not describe what was there in this round. */
static bool is_stale(const struct sn_job *job)
{
	bool stale = job->stale;

	for (uint32_t i = 0; i < job->ntables; i++) {
		stale |= job->tables[i]->rows != job->tables[i]->blk.nrows;
	}
	return stale;
}

/* Small answers come and large ones do not, again and again: the way is too narrow for them. */
static void take_losses(struct sn_learned *l, struct sn_job *job)
{
	if (!job->bulk_lost || job->largest_answer >= job->max_reply / 2) {
		l->narrow = 0;
	} else if (job->answers && ++l->narrow == NARROW_ROUNDS) {
		l->narrow = 0;
		sn_job_cut_short(job, job->max_reply / 2);
	}
}

/* What the agent could not fill is not asked again. */
static void take_limit(struct sn_learned *l, struct sn_job *job)
{
	uint32_t octets = job->short_answer > REPLY_LEAST ? job->short_answer : REPLY_LEAST;

	if (job->short_answer && octets < job->max_reply) {
		l->reply_max = (uint16_t)octets;
		job->max_reply = octets;
	}
}

/* From a complete round: what the next ones need not find out. */
static void learn_course(struct sn_learned *l, struct sn_job *job)
{
	bool stale = is_stale(job);

	if (!l->course || stale) {
		lay_course(l, job);
	}
	if (job->spec->labels_ttl_s && l->course && (!job->labels || stale)) {
		keep_labels(l, job);
	}
}

/* Restarts that no table was there to see; tables that are not polled any more. */
static void take_rates(struct sn_learned *l, const struct sn_job *job)
{
	if (job->round.reset) {
		sn_rates_restarted(l->rates, job->started);
	}
	if (l->rates_old && job->round.status == SN_ROUND_OK) {
		l->rates_old = false;
		if (sn_rates_prune(l->rates)) {
			sn_rates_free(l->rates);
			l->rates = NULL;
		}
	}
}

void sn_learned_take(struct sn_learned *l, struct sn_job *job)
{
	if (l->rates) {
		take_rates(l, job);
	}
	if (job->round.status == SN_ROUND_CANCELLED) {
		return;
	}
	if (job->answers) {
		l->lost = 0;
	} else if (l->lost < UINT8_MAX) {
		l->lost++;
	}
	take_losses(l, job);
	take_limit(l, job);
	if (job->off_course && l->off_course < OFF_COURSE_MOST) {
		l->off_course++;
	}
	if (job->off_course || (job->short_answer && job->round.status != SN_ROUND_OK)) {
		forget_course(l);
	}
	if (job->round.status == SN_ROUND_OK && l->off_course < OFF_COURSE_MOST &&
	    !job->env->once && job->ntables && sn_device_has_bulk(job->dev)) {
		learn_course(l, job);
	}
}

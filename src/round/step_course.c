/*
 * Requests of a course, see step_course.h. Each *lane* has one request under way and takes the next
 * of the course when that is answered; there are as many lanes as the device's window lets in, so a
 * long course needs no more memory than a short one. Worker thread.
 */
#include "round/step_course.h"

#include "round/ride.h"
#include "round/step_get.h"
#include "round/take_scalar.h"

enum {
	EXTRA_FIRST = 8, /* repetitions behind the expected ones, doubled each time */
	EXTRA_MOST = 64,
	GROWN = 20 /* an answer by so much above what was aimed at (1/20) wants another course */
};

/* The whole course of a round. */
struct sn_course_walk {
	struct sn_job *job;		/* whose round */
	struct lane *first;		/* of the lanes */
	struct sn_course_reader reader; /* at the next request */
	struct sn_course_run *runs;	/* of the request just read */
	uint32_t lanes;			/* made so far */
	uint32_t passed;		/* tables before this one are asked wholly */
	bool with_scalars;		/* to come with the first answer, not asked yet */
};

struct lane {
	struct sn_step step;	       /* its request */
	struct sn_course_walk *course; /* it belongs to */
	struct lane *next;	       /* of the course */
	struct sn_ride *rides;	       /* in the order of their names in the request */
	uint8_t *vbs;		       /* varbinds of the request */
	size_t vbs_cap;		       /* octets at vbs */
	uint32_t nrides;	       /* in the request */
	uint32_t reps;		       /* asked */
	uint32_t extra;	  /* repetitions asked last beyond those of the course; 0: none yet */
	uint32_t scalars; /* names of scalars in front */
};

static void on_answer(struct sn_request *rq, const struct sn_answer *answer);

/*** Requests ***/

/* No request of the course is left for tables before this one. */
static void pass_tables(struct sn_course_walk *c, uint32_t before)
{
	while (c->passed < before) {
		sn_table_settle(c->job->tables[c->passed++]);
	}
}

/* Takes the next request of the course; tables that are walked by now need none. False: no more. */
static bool take_request(struct lane *lane)
{
	struct sn_course_walk *c = lane->course;

	do {
		uint32_t n = sn_course_read_request(&c->reader, c->runs, &lane->reps);

		if (n == 0) {
			pass_tables(c, c->job->ntables);
			return false;
		}
		lane->nrides = 0;
		for (uint32_t i = 0; i < n; i++) {
			struct sn_table *t = c->job->tables[c->runs[i].table];

			if (!t->walking) {
				sn_ride_start(&lane->rides[lane->nrides++], t, &c->runs[i]);
				t->pending++;
			}
		}
		pass_tables(c, c->runs[n - 1].table);
	} while (lane->nrides == 0);
	lane->extra = 0;
	lane->scalars = c->with_scalars ? c->job->spec->scalars->n : 0;
	c->with_scalars = false;
	return true;
}

static int reserve_names(struct lane *lane, size_t need)
{
	if (need > lane->vbs_cap) {
		lane->vbs = sn_arena_alloc(&lane->step.job->arena, need);
		lane->vbs_cap = lane->vbs ? need : 0;
	}
	return lane->vbs ? SN_OK : SN_ENOMEM;
}

static int write_names(struct lane *lane)
{
	struct sn_span scalars =
		lane->scalars ? lane->step.job->spec->scalars->next : sn_span_make(NULL, 0);
	size_t need = scalars.n;
	struct sn_writer w;

	for (uint32_t i = 0; i < lane->nrides; i++) {
		const struct sn_ride *ride = &lane->rides[i];

		need += sn_ride_column(ride).n + sn_ride_index(ride).n + SN_VARBIND_NULL_AROUND;
	}
	if (reserve_names(lane, need)) {
		return SN_ENOMEM;
	}
	w = sn_writer_make(lane->vbs, lane->vbs_cap);
	for (uint32_t i = lane->nrides; i-- > 0;) {
		struct sn_ride *ride = &lane->rides[i];

		sn_varbind_write_null_at(&w, sn_ride_column(ride), sn_ride_index(ride));
		ride->between = false;
	}
	sn_ber_write_raw(&w, scalars);
	lane->step.rq.vbs = sn_writer_span(&w);
	return SN_OK;
}

/* The lane's rides will get nothing more. */
static void lose_rides(struct lane *lane, const char *reason)
{
	for (uint32_t i = 0; i < lane->nrides; i++) {
		if (!lane->rides[i].table->walking) {
			sn_ride_lose(&lane->rides[i]);
		}
		sn_table_settle(lane->rides[i].table);
	}
	if (lane->nrides && reason) {
		sn_job_miss(lane->step.job, reason);
	}
	lane->nrides = 0;
}

/* Asks for what the lane has. False: no memory, so it has nothing any more. */
static bool ask(struct lane *lane)
{
	struct sn_request *rq = &lane->step.rq;

	if (write_names(lane)) {
		lose_rides(lane, sn_err_text(SN_ENOMEM));
		if (lane->scalars) {
			lane->scalars = 0;
			sn_job_scalars_over(lane->step.job);
		}
		return false;
	}
	rq->type = SN_PDU_GETBULK;
	rq->status = (int32_t)lane->scalars;
	rq->index = (int32_t)lane->reps;
	sn_job_send(&lane->step);
	return true;
}

static struct lane *new_lane(struct sn_course_walk *c)
{
	const struct sn_course *course = c->job->course;
	struct sn_arena *arena = &c->job->arena;
	size_t octets = course->names_octets + c->job->spec->scalars->next.n;
	struct lane *lane = sn_arena_zalloc(arena, sizeof(*lane));

	if (!lane) {
		return NULL;
	}
	sn_step_init(&lane->step, c->job, on_answer);
	lane->course = c;
	lane->next = c->first;
	c->first = lane;
	lane->rides = sn_arena_alloc(arena, course->most_runs * sizeof(*lane->rides));
	return lane->rides && reserve_names(lane, octets) == SN_OK ? lane : NULL;
}

/* Opens lanes as far as the window allows. False: there is no memory even for the first. */
static bool open_lanes(struct sn_course_walk *c)
{
	uint32_t window = sn_device_window(c->job->dev);

	while (c->lanes < window && c->reader.left) {
		struct lane *lane = new_lane(c);

		if (!lane) {
			return c->lanes > 0;
		}
		c->lanes++;
		if (!take_request(lane) || !ask(lane)) {
			return true;
		}
	}
	return true;
}

/* The lane's request is done with: the next one, or the end of the lane. */
static void go_on(struct lane *lane)
{
	bool gone = lane->step.unanswered && lane->step.job->last_answer <= lane->step.rq.sent_at;

	if (!gone && take_request(lane) && ask(lane)) {
		open_lanes(lane->course);
	} else {
		sn_job_step_over(&lane->step);
	}
}

/*** Answers ***/

/*
 * The agent and the course do not go together: the tables of this request are walked, and the
 * scalars asked for, as if nothing were known.
 */
static void fall_back(struct lane *lane)
{
	struct sn_job *job = lane->step.job;
	uint32_t scalars = lane->scalars;

	job->stale = true;
	job->off_course = true;
	sn_job_count(job, SN_C_COURSES_LEFT, 1);
	for (uint32_t i = 0; i < lane->nrides; i++) {
		struct sn_table *t = lane->rides[i].table;

		if (!t->walking && sn_table_walk(t)) {
			sn_job_miss(job, sn_err_text(SN_ENOMEM));
		}
		sn_table_settle(t);
	}
	lane->nrides = 0;
	lane->scalars = 0;
	if (scalars && sn_step_get_start(job, sn_job_attempts(job))) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
		sn_job_scalars_over(job);
	}
	go_on(lane);
}

/* The answer is too large for the agent, or for the way: the same with half the repetitions. */
static void ask_less(struct lane *lane)
{
	struct sn_job *job = lane->step.job;

	sn_job_count(job, SN_C_AGENT_TOO_BIG, 1);
	sn_job_cut_short(job, job->max_reply / 2);
	if (lane->reps > 1) {
		lane->reps /= 2;
		if (!ask(lane)) {
			go_on(lane);
		}
	} else {
		fall_back(lane);
	}
}

/* Values of the scalars in front of the answer. False: they are not all there. */
static bool take_scalars(struct lane *lane, struct sn_cursor *cur)
{
	struct sn_job *job = lane->step.job;
	const struct sn_scalar *names = job->spec->scalars->v;
	struct sn_cursor look = *cur;
	struct sn_varbind vb;

	for (uint32_t i = 0; i < lane->scalars; i++) {
		if (!sn_varbind_next(&look, &vb)) {
			return false;
		}
	}
	for (uint32_t i = 0; i < lane->scalars && sn_varbind_next(cur, &vb); i++) {
		if (sn_span_eq(vb.name, names[i].name)) {
			sn_take_scalar(job, &names[i], &vb);
		} else {
			sn_take_scalar_beside(job, &names[i], &vb);
		}
	}
	job->round.varbinds += lane->scalars;
	lane->scalars = 0;
	sn_job_scalars_over(job);
	return true;
}

/* Hands the names to the rides. Their number, or SN_ETRUNC: the list cannot be read to its end. */
static int take_names(struct lane *lane, struct sn_cursor *cur)
{
	struct sn_job *job = lane->step.job;
	uint64_t at = sn_job_wall(job);
	struct sn_varbind vb;
	uint32_t i = 0;
	int n = 0;

	for (;;) {
		struct sn_ride *ride = &lane->rides[i];

		if (lane->nrides == 1 && !ride->table->walking) {
			n += (int)sn_ride_take_rows(ride, cur, at);
		}
		if (!sn_varbind_next(cur, &vb)) {
			break;
		}

		if (ride->state == SN_RIDE_GOES_ON && !ride->table->walking) {
			sn_ride_take(ride, &vb, at);
		}
		i = i + 1 == lane->nrides ? 0 : i + 1;
		n++;
	}
	job->round.varbinds += (uint32_t)n;
	return cur->err ? SN_ETRUNC : n;
}

/* Keeps the rides that go on. False: one of them is odd. */
static bool keep_open_rides(struct lane *lane)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < lane->nrides; i++) {
		if (lane->rides[i].state == SN_RIDE_ODD && !lane->rides[i].table->walking) {
			return false;
		}
	}
	for (uint32_t i = 0; i < lane->nrides; i++) {
		struct sn_table *t = lane->rides[i].table;

		if (lane->rides[i].state == SN_RIDE_GOES_ON && !t->walking) {
			lane->rides[kept++] = lane->rides[i];
		} else {
			sn_table_settle(t);
		}
	}
	lane->nrides = kept;
	return true;
}

/* How many repetitions the rest of the rides is worth, after an answer with n names. */
static void choose_rest(struct lane *lane, uint32_t n, uint32_t asked, size_t octets)
{
	struct sn_job *job = lane->step.job;
	uint32_t limit = EXTRA_MOST;

	if (n < asked * lane->reps) {
		sn_job_cut_short(job, octets);
		lane->reps -= n / asked;
		return;
	}
	job->stale = true; /* there is more than expected */
	for (uint32_t i = 0; i < lane->nrides; i++) {
		uint32_t user = lane->rides[i].table->plan->max_repetitions;

		limit = user < limit ? user : limit;
	}
	lane->extra = lane->extra ? lane->extra * 2 : EXTRA_FIRST;
	lane->extra = lane->extra < limit ? lane->extra : limit;
	lane->reps = lane->extra;
}

static void take_answer(struct lane *lane, const struct sn_answer *answer)
{
	struct sn_cursor cur = sn_cursor_make(answer->pdu->vbs);
	uint32_t asked = lane->nrides;
	int n = SN_ETRUNC;

	if (lane->scalars == 0 || take_scalars(lane, &cur)) {
		n = take_names(lane, &cur);
	}
	if (n <= 0) {
		sn_job_count(lane->step.job, SN_C_VALUES_BAD, 1);
		fall_back(lane);
		return;
	}
	if (answer->octets / (GROWN + 1) > lane->step.job->spec->max_reply / GROWN) {
		lane->step.job->stale = true; /* its numbers have grown */
	}
	if (!keep_open_rides(lane)) {
		fall_back(lane);
		return;
	}
	if (lane->nrides) {
		choose_rest(lane, (uint32_t)n, asked, answer->octets);
		if (ask(lane)) {
			return;
		}
	}
	go_on(lane);
}

static void take_loss(struct lane *lane)
{
	struct sn_job *job = lane->step.job;
	uint32_t running = job->running;

	if (lane->scalars) {
		lane->scalars = 0;
		sn_job_scalars_over(job);
	}
	lose_rides(lane, NULL);
	if (lane->course->reader.left == 0) {
		pass_tables(lane->course, job->ntables);
	}
	if (job->running > running) {
		/* what waited for its rows is asked now: that will show whether the agent is gone
		 */
		lane->step.unanswered = false;
	}
	go_on(lane);
}

static void on_answer(struct sn_request *rq, const struct sn_answer *answer)
{
	struct lane *lane = sn_container_of(rq, struct lane, step.rq);

	if (!sn_job_account(&lane->step, answer)) {
		take_loss(lane);
	} else if (answer->pdu->status == SN_STATUS_NO_ERROR) {
		take_answer(lane, answer);
	} else if (answer->pdu->status == SN_STATUS_TOO_BIG) {
		ask_less(lane);
	} else {
		fall_back(lane); /* it names the culprit when it meets it */
	}
}

/*** Start ***/

/* The rows that are known, so that those of every run find their places. */
static int make_rows(struct sn_course_walk *c)
{
	struct sn_job *job = c->job;

	for (uint32_t i = 0; i < job->ntables; i++) {
		struct sn_table *t = job->tables[i];

		t->course_rows = sn_course_read_rows(&c->reader);
		t->pending++;				    /* requests to come, see pass_tables */
		t->labelled |= t->blk.schema->nwalked == 0; /* it has none */
		for (uint32_t r = 0; r < t->course_rows; r++) {
			struct sn_span index = sn_course_read_row(&c->reader);

			if (!sn_block_get_row(&t->blk, index, UINT32_MAX)) {
				return SN_ENOMEM;
			}
		}
	}
	return SN_OK;
}

int sn_step_course_start(struct sn_job *job, bool with_scalars)
{
	const struct sn_course *course = job->course;
	struct sn_course_walk *c = sn_arena_zalloc(&job->arena, sizeof(*c));

	if (!c) {
		return SN_ENOMEM;
	}
	job->walk = c;
	c->job = job;
	c->with_scalars = with_scalars;
	c->runs = sn_arena_alloc(&job->arena, course->most_runs * sizeof(*c->runs));
	sn_course_open(&c->reader, course);
	if (!c->runs || make_rows(c)) {
		return SN_ENOMEM;
	}
	return open_lanes(c) ? SN_OK : SN_ENOMEM;
}

void sn_step_course_abort(struct sn_job *job)
{
	struct sn_course_walk *c = job->walk;
	uint32_t reps;
	uint32_t n;

	/* nothing is settled here: that would start what follows, in a round that is over */
	for (struct lane *lane = c->first; lane; lane = lane->next) {
		for (uint32_t i = 0; i < lane->nrides; i++) {
			if (!lane->rides[i].table->walking) {
				sn_ride_lose(&lane->rides[i]);
			}
		}
	}
	while ((n = sn_course_read_request(&c->reader, c->runs, &reps))) {
		for (uint32_t i = 0; i < n; i++) {
			struct sn_table *t = job->tables[c->runs[i].table];
			struct sn_ride ride;

			if (!t->walking) {
				sn_ride_start(&ride, t, &c->runs[i]);
				sn_ride_lose(&ride);
			}
		}
	}
}

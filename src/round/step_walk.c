/*
 * Walking columns of a table, see step_walk.h. GETBULK by RFC 3416 §4.2.3, GETNEXT by RFC 1157
 * §4.1.3. A column ends at endOfMibView, at the first name outside it, or, failed, when the agent
 * does not make sense; the other columns go on.
 */
#include "round/step_walk.h"

#include "codec/oid.h"

enum {
	REPLY_OVERHEAD = 50, /* octets of a message around its varbinds */
	VARBIND_LEAST = 7    /* octets of the smallest varbind */
};

enum column_state { COLUMN_ACTIVE, COLUMN_DONE, COLUMN_FAILED };

struct walk_column {
	const struct sn_column *column; /* OID and meaning */
	uint32_t names;			/* received so far */
	uint32_t next_row;		/* row expected next */
	uint32_t number;		/* of the column in the schema */
	enum column_state state;	/* where it stands */
};

struct step_walk {
	struct sn_step step;	     /* its request */
	struct sn_table *table;	     /* where the cells go */
	struct walk_column *columns; /* ncolumns of them */
	uint32_t *asked;	     /* columns in the current request */
	uint8_t *vbs;		     /* its varbinds */
	size_t vbs_cap;		     /* octets at vbs */
	uint64_t octets;	     /* of varbinds in all answers so far, for their width */
	uint64_t varbinds;	     /* in them */
	uint32_t ncolumns;
	uint32_t nasked;
	uint32_t turn;	      /* column that comes first in the next request, when not all fit */
	uint32_t columns_max; /* in one request, lowered when the agent cannot */
	uint32_t reps_max;    /* max-repetitions, lowered when the agent cannot */
	uint32_t reps;	      /* of the current request */
};

static void on_answer(struct sn_request *rq, const struct sn_answer *answer);

/* Index of the last name received for a column; empty: none yet. */
static struct sn_span last_of(const struct step_walk *sw, const struct walk_column *wc)
{
	return sw->table->last[wc->number];
}

static void fail_column(struct step_walk *sw, struct walk_column *wc, const char *reason)
{
	wc->state = COLUMN_FAILED;
	if (reason) {
		sn_job_miss(sw->step.job, reason);
	}
}

static void end_column(struct step_walk *sw, struct walk_column *wc)
{
	wc->state = COLUMN_DONE;
	sw->table->column_open[wc->number] = 0;
}

static void over(struct step_walk *sw)
{
	uint32_t running = sw->step.job->running;

	sn_table_settle(sw->table);
	if (sw->step.job->running > running) {
		/* a filter without its column, for one, lets all be walked: that will show whether
		 * the agent is gone */
		sw->step.unanswered = false;
	}
	sn_job_step_over(&sw->step);
}

/* Octets of a varbind in this walk's answers: seen, or guessed. Never less than a varbind can have.
 */
static uint32_t varbind_width(const struct step_walk *sw)
{
	uint64_t octets = sw->octets;
	uint64_t varbinds = sw->varbinds;
	uint64_t width;

	if (varbinds == 0) {
		varbinds = sw->ncolumns;
		for (uint32_t i = 0; i < sw->ncolumns; i++) {
			octets += sw->table->width[sw->columns[i].number];
		}
	}
	width = varbinds ? (octets + varbinds - 1) / varbinds : 0;
	return width > VARBIND_LEAST ? (uint32_t)width : VARBIND_LEAST;
}

/* Chooses columns and repetitions of the next request. False: no column is left. */
static bool choose(struct step_walk *sw)
{
	uint32_t max_reply = sw->step.job->max_reply;
	uint32_t room = sn_job_room(sw->step.job) / varbind_width(sw);
	uint32_t request = REPLY_OVERHEAD;
	uint32_t start = sw->turn;

	room = room ? room : 1;
	sw->nasked = 0;
	for (uint32_t k = 0; k < sw->ncolumns; k++) {
		uint32_t i = (start + k) % sw->ncolumns;
		const struct walk_column *wc = &sw->columns[i];

		if (wc->state != COLUMN_ACTIVE) {
			continue;
		}
		request +=
			(uint32_t)(wc->column->oid.n + last_of(sw, wc).n) + SN_VARBIND_NULL_AROUND;
		if (sw->nasked == room || sw->nasked == sw->columns_max ||
		    (sw->nasked && request > max_reply)) {
			sw->turn = i;
			break;
		}
		sw->asked[sw->nasked++] = i;
	}
	if (sw->nasked == 0) {
		return false;
	}
	sw->reps = room / sw->nasked;
	sw->reps = sw->reps > sw->reps_max ? sw->reps_max : sw->reps;
	return true;
}

static int write_names(struct step_walk *sw)
{
	struct sn_writer w;
	size_t need = 0;

	for (uint32_t i = 0; i < sw->nasked; i++) {
		const struct walk_column *wc = &sw->columns[sw->asked[i]];

		need += wc->column->oid.n + last_of(sw, wc).n + SN_VARBIND_NULL_AROUND;
	}
	if (need > sw->vbs_cap) {
		sw->vbs = sn_arena_alloc(&sw->step.job->arena, need + need / 2);
		if (!sw->vbs) {
			sw->vbs_cap = 0;
			return SN_ENOMEM;
		}
		sw->vbs_cap = need + need / 2;
	}
	w = sn_writer_make(sw->vbs, sw->vbs_cap);
	for (uint32_t i = sw->nasked; i-- > 0;) {
		const struct walk_column *wc = &sw->columns[sw->asked[i]];

		sn_varbind_write_null_at(&w, wc->column->oid, last_of(sw, wc));
	}
	sw->step.rq.vbs = sn_writer_span(&w);
	return SN_OK;
}

/* Sends the next request. False: the walk is complete, or cannot go on. */
static bool ask(struct step_walk *sw)
{
	struct sn_request *rq = &sw->step.rq;

	if (!choose(sw)) {
		return false;
	}
	if (write_names(sw)) {
		for (uint32_t i = 0; i < sw->ncolumns; i++) {
			if (sw->columns[i].state == COLUMN_ACTIVE) {
				fail_column(sw, &sw->columns[i], sn_err_text(SN_ENOMEM));
			}
		}
		return false;
	}
	if (!sn_device_has_bulk(sw->step.job->dev)) {
		rq->type = SN_PDU_GETNEXT;
		sw->reps = 1;
	} else {
		rq->type = SN_PDU_GETBULK;
		rq->index = (int32_t)sw->reps;
	}
	sn_job_send(&sw->step);
	return true;
}

int sn_step_walk_start(struct sn_table *table, uint32_t first, uint32_t n)
{
	struct sn_job *job = table->job;
	struct step_walk *sw = sn_arena_zalloc(&job->arena, sizeof(*sw));

	if (!sw) {
		return SN_ENOMEM;
	}
	sw->columns = sn_arena_zalloc(&job->arena, n * sizeof(*sw->columns));
	sw->asked = sn_arena_alloc(&job->arena, n * sizeof(*sw->asked));
	if (!sw->columns || !sw->asked) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++) {
		sw->columns[i].column = &table->blk.schema->columns[first + i];
		sw->columns[i].number = first + i;
	}
	sw->table = table;
	sw->ncolumns = n;
	sw->columns_max = n;
	sw->reps_max = table->plan->max_repetitions;
	sn_step_init(&sw->step, job, on_answer);
	return ask(sw) ? SN_OK : SN_ENOMEM;
}

/* Whether the walk may go on from this name; otherwise the column has failed. */
static bool check_name(struct step_walk *sw, struct walk_column *wc, struct sn_span index)
{
	const struct sn_block *blk = &sw->table->blk;
	bool any_order = sw->table->plan->allow_nonincreasing;
	const struct sn_row *row;

	if (!sn_oid_valid(index)) {
		sn_job_count(sw->step.job, SN_C_VALUES_BAD, 1);
		fail_column(sw, wc, "undecodable name");
		return false;
	}
	if (last_of(sw, wc).n == 0 || sn_oid_cmp(index, last_of(sw, wc)) > 0) {
		return true;
	}
	row = any_order ? sn_block_find(blk, index) : NULL;
	if (!any_order || (row && sn_block_tag(blk, row, wc->number))) {
		sn_job_count(sw->step.job, SN_C_WALK_NOT_INCREASING, 1);
		fail_column(sw, wc, "OID not increasing");
		return false;
	}
	return true;
}

/*
 * The row a name belongs to, when the walk may go on from it. NULL: the column has ended, one way
 * or the other.
 */
static struct sn_row *take_name(struct step_walk *sw, struct walk_column *wc,
				const struct sn_varbind *vb)
{
	struct sn_job *job = sw->step.job;
	struct sn_block *blk = &sw->table->blk;
	struct sn_span oid = wc->column->oid;
	struct sn_span index;
	struct sn_row *row;

	if (vb->tag == SN_TAG_END_OF_MIB_VIEW || vb->name.n <= oid.n ||
	    !sn_span_is_prefix(oid, vb->name)) {
		sn_table_column_over(sw->table, wc->number, vb);
		end_column(sw, wc);
		return NULL;
	}
	index = sn_span_from(vb->name, oid.n);
	/* usually it is the name that follows in the other columns, too, and was checked there */
	row = sn_block_next_row(blk, index, wc->next_row);
	if (!row && !check_name(sw, wc, index)) {
		return NULL;
	}
	/* names are counted as well: without values, a cycle could not be told from new rows */
	if (++wc->names > job->spec->max_rows ||
	    (!row && blk->nrows >= job->spec->max_rows && !sn_block_find(blk, index))) {
		sn_job_count(job, SN_C_WALK_LIMITED, 1);
		fail_column(sw, wc, "max_rows reached");
		return NULL;
	}
	row = row ? row : sn_block_get_row(blk, index, wc->next_row);
	if (!row) {
		fail_column(sw, wc, sn_err_text(SN_ENOMEM));
	}
	return row;
}

static void take_varbind(struct step_walk *sw, struct walk_column *wc, const struct sn_varbind *vb,
			 uint64_t at)
{
	struct sn_row *row = take_name(sw, wc, vb);
	struct sn_span before = last_of(sw, wc);
	struct sn_value v;
	int stored;

	if (!row) {
		return;
	}
	sw->table->last[wc->number] = sn_span_make(row->index->octet, row->index->n);
	wc->next_row = row->number + 1;
	if (sn_value_is_exception(vb->tag) || vb->tag == SN_TAG_NULL) {
		return; /* a hole in the row */
	}
	if (!sn_job_read_value(sw->step.job, wc->column->kind, vb, &v)) {
		row->flags |= SN_ROW_PARTIAL;
		sw->table->marked = true;
		return;
	}
	stored = sn_block_set(&sw->table->blk, row, wc->number, &v, at);
	if (stored < 0) {
		sw->table->last[wc->number] = before; /* the row was not served */
		fail_column(sw, wc, sn_err_text(SN_ENOMEM));
		return;
	}
	sw->table->rows += stored == 1 && row->filled == 1;
}

/* The culprit is found: the others are asked for as much as in the beginning. */
static void widen(struct step_walk *sw)
{
	sw->reps_max = sw->table->plan->max_repetitions;
	sw->columns_max = sw->ncolumns;
}

/*
 * The agent could not with this request: fewer repetitions, then fewer columns, then without the
 * only column left. reason NULL: that one has ended.
 */
static void ask_less(struct step_walk *sw, const char *reason)
{
	if (sw->reps > 1 && reason) {
		sw->reps_max = sw->reps / 2;
	} else if (sw->nasked > 1) {
		sw->columns_max = sw->nasked / 2;
	} else {
		struct walk_column *wc = &sw->columns[sw->asked[0]];

		if (reason) {
			fail_column(sw, wc, reason);
		} else {
			end_column(sw, wc);
		}
		widen(sw);
	}
}

/* Some column of the current request goes on. */
static bool has_active(const struct step_walk *sw)
{
	for (uint32_t i = 0; i < sw->nasked; i++) {
		if (sw->columns[sw->asked[i]].state == COLUMN_ACTIVE) {
			return true;
		}
	}
	return false;
}

static void take_varbinds(struct step_walk *sw, const struct sn_answer *answer)
{
	struct sn_job *job = sw->step.job;
	struct sn_cursor cur = sn_cursor_make(answer->pdu->vbs);
	uint64_t at = sn_job_wall(job);
	struct sn_varbind vb;
	uint32_t n = 0;
	uint32_t position = 0;

	while (sn_varbind_next(&cur, &vb)) {
		struct walk_column *wc = &sw->columns[sw->asked[position]];

		if (wc->state == COLUMN_ACTIVE) {
			take_varbind(sw, wc, &vb, at);
		}
		position = position + 1 == sw->nasked ? 0 : position + 1;
		n++;
	}
	job->round.varbinds += n;
	sw->octets += answer->pdu->vbs.n;
	sw->varbinds += n;
	if (cur.err) {
		/* the list cannot be read beyond this column's varbind; the next request gets those
		 * behind it without this column */
		sn_job_count(job, SN_C_VALUES_BAD, 1);
		fail_column(sw, &sw->columns[sw->asked[position]], "malformed varbind");
	} else if (n == 0) {
		ask_less(sw, "answer without varbinds");
	} else if (n < sw->nasked * sw->reps && has_active(sw)) {
		sn_job_cut_short(job, answer->octets);
	}
}

static void take_error(struct step_walk *sw, const struct sn_pdu *pdu)
{
	struct sn_job *job = sw->step.job;
	const char *reason = sn_pdu_status_name(pdu->status);
	struct walk_column *wc = NULL;

	if (pdu->index >= 1 && (uint32_t)pdu->index <= sw->nasked) {
		wc = &sw->columns[sw->asked[pdu->index - 1]];
	}
	if (pdu->status == SN_STATUS_TOO_BIG) {
		sn_job_count(job, SN_C_AGENT_TOO_BIG, 1);
		job->errors++;
		ask_less(sw, reason);
	} else if (pdu->status == SN_STATUS_NO_SUCH_NAME) {
		/* v1: nothing follows this name (RFC 1157 §4.1.3) */
		if (wc) {
			end_column(sw, wc);
		} else {
			ask_less(sw, NULL);
		}
	} else {
		sn_job_count(job, SN_C_AGENT_ERRORS, 1);
		job->errors++;
		if (wc) {
			fail_column(sw, wc, reason);
		} else {
			ask_less(sw, reason);
		}
	}
}

static void on_answer(struct sn_request *rq, const struct sn_answer *answer)
{
	struct step_walk *sw = sn_container_of(rq, struct step_walk, step.rq);

	if (!sn_job_account(&sw->step, answer)) {
		for (uint32_t i = 0; i < sw->ncolumns; i++) {
			if (sw->columns[i].state == COLUMN_ACTIVE) {
				fail_column(sw, &sw->columns[i], NULL);
			}
		}
		over(sw);
		return;
	}
	if (answer->pdu->status == SN_STATUS_NO_ERROR) {
		take_varbinds(sw, answer);
	} else {
		take_error(sw, answer->pdu);
	}
	if (!ask(sw)) {
		over(sw);
	}
}

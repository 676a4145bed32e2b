/*
 * GET of cells by name, see step_instances.h. RFC 3416 §4.2.1; noSuchName of v1 by error-index, RFC
 * 1157 §4.1.2: the name it points at is dropped and the others are asked again, so that one cell
 * that is not there costs only itself. Each *lane* has one request under way and a part of the
 * list; it takes the next part when that is answered.
 */
#include "round/step_instances.h"

#include "round/refusal.h"

enum { HEADERS = 6 }; /* octets around name and value of a varbind, short lengths */

struct lane {
	struct sn_step step;	   /* its request */
	struct sn_instances *list; /* it belongs to */
	struct lane *next;	   /* of the list */
	struct sn_instance *cells; /* its part of the list: those that are not answered yet */
	uint8_t *vbs;		   /* varbinds of the request */
	size_t vbs_cap;		   /* octets at vbs */
	uint32_t n;		   /* cells */
	uint32_t nasked;	   /* of these, in the current request: the first ones */
	uint32_t most;		   /* names in one request, lowered when the agent cannot */
	uint32_t row;		   /* number of the row stored into last */
};

struct sn_instances {
	struct sn_job *job;	   /* whose round */
	struct sn_instances *next; /* list started before */
	struct lane *first;	   /* of the lanes */
	struct sn_instance *cells; /* n of them */
	struct sn_table **tables;  /* whose cells they are */
	uint32_t ntables;	   /* of these */
	uint32_t n;		   /* cells */
	uint32_t taken;		   /* by lanes so far: the first ones */
	uint32_t lanes;		   /* made so far */
	uint32_t open;		   /* lanes that are not over */
	uint32_t most;		   /* names in one request, lowered when the agent cannot */
	uint32_t most_first;	   /* the same, before the agent has said anything */
	uint32_t values;	   /* received so far, for their width */
	uint64_t octets;	   /* of them */
};

static void on_answer(struct sn_request *rq, const struct sn_answer *answer);

static const struct sn_column *column_of(const struct sn_instance *cell)
{
	return &cell->table->blk.schema->columns[cell->column];
}

/*** Cells ***/

/* The row of a cell, made if missing. NULL: no memory, or too many rows; the round says so. */
static struct sn_row *row_of(const struct sn_instance *cell, uint32_t hint)
{
	struct sn_table *t = cell->table;
	struct sn_job *job = t->job;
	struct sn_row *row;

	if (t->blk.nrows >= job->spec->max_rows && !sn_block_find(&t->blk, cell->index)) {
		sn_job_count(job, SN_C_WALK_LIMITED, 1);
		sn_job_miss(job, "max_rows reached");
		return NULL;
	}
	row = sn_block_get_row(&t->blk, cell->index, hint);
	if (!row) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
		t->lost[cell->column] = 1;
	}
	return row;
}

void sn_step_instances_lose(const struct sn_instance *cell)
{
	struct sn_table *t = cell->table;
	struct sn_row *row = row_of(cell, UINT32_MAX);

	t->failed = true;
	if (row && !sn_block_tag(&t->blk, row, cell->column)) {
		row->flags |= SN_ROW_PARTIAL;
		t->marked = true;
	}
}

/* A lost cell's row that there was no memory for may have been made since: all that lack something
 * in its column are partial. */
static void mark_lost(const struct sn_instances *list)
{
	for (uint32_t i = 0; i < list->ntables; i++) {
		struct sn_table *t = list->tables[i];

		for (uint32_t c = t->blk.schema->nwalked; c < t->blk.schema->ncolumns; c++) {
			if (t->lost[c]) {
				sn_table_missing(t, c, 0, UINT32_MAX);
			}
		}
	}
}

/* Whether the name is that of this cell. */
static bool is_name_of(const struct sn_instance *cell, struct sn_span name)
{
	struct sn_span oid;

	if (!cell->table) {
		return false;
	}
	oid = column_of(cell)->oid;
	return name.n == oid.n + cell->index.n && sn_span_is_prefix(oid, name) &&
	       sn_span_eq(sn_span_from(name, oid.n), cell->index);
}

/* The asked cell that this name belongs to: the one at its position, or any other if the agent
 * changed the order. NULL: none that is still open. */
static struct sn_instance *find_asked(const struct lane *lane, uint32_t position,
				      struct sn_span name)
{
	if (position < lane->nasked && is_name_of(&lane->cells[position], name)) {
		return &lane->cells[position];
	}
	for (uint32_t i = 0; i < lane->nasked; i++) {
		if (is_name_of(&lane->cells[i], name)) {
			return &lane->cells[i];
		}
	}
	return NULL;
}

/* Stores what the agent said of a cell, if it has a value. */
static void take_cell(struct lane *lane, const struct sn_instance *cell,
		      const struct sn_varbind *vb, uint64_t at)
{
	struct sn_table *t = cell->table;
	struct sn_value v;
	struct sn_row *row;
	int stored;

	if (sn_value_is_exception(vb->tag) || vb->tag == SN_TAG_NULL) {
		return; /* there is none */
	}
	lane->list->octets += vb->value.n;
	lane->list->values++;
	if (!sn_job_read_value(t->job, column_of(cell)->kind, vb, &v)) {
		sn_step_instances_lose(cell);
		return;
	}
	row = row_of(cell, lane->row);
	if (!row) {
		t->failed = true;
		return;
	}
	lane->row = row->number;
	stored = sn_block_set(&t->blk, row, cell->column, &v, at);
	if (stored < 0) {
		sn_job_miss(t->job, sn_err_text(SN_ENOMEM));
		sn_step_instances_lose(cell);
		return;
	}
	t->rows += stored == 1 && row->filled == 1;
}

/* Nothing more will come for this asked cell. reason NULL: because the agent has none. */
static void give_up(struct lane *lane, uint32_t i, const char *reason)
{
	struct sn_instance *cell = &lane->cells[i];

	if (cell->table && reason) {
		sn_job_miss(lane->step.job, reason);
		sn_step_instances_lose(cell);
	}
	cell->table = NULL;
}

/* Keeps the cells of the lane that are still to be asked. */
static void drop_done(struct lane *lane)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < lane->n; i++) {
		if (lane->cells[i].table) {
			lane->cells[kept++] = lane->cells[i];
		}
	}
	lane->n = kept;
}

/*** Requests ***/

/* How many of n cells make one request. */
static uint32_t fit(const struct sn_instances *list, const struct sn_instance *cells, uint32_t n,
		    uint32_t most)
{
	uint32_t room = sn_job_room(list->job);
	uint32_t width = SN_SCALAR_VALUE_GUESS;
	size_t octets = 0;

	if (list->values) {
		width = HEADERS + (uint32_t)((list->octets + list->values - 1) / list->values);
	}
	n = n < most ? n : most;
	for (uint32_t i = 0; i < n; i++) {
		octets += column_of(&cells[i])->oid.n + cells[i].index.n + width;
		if (i && octets > room) {
			return i;
		}
	}
	return n;
}

/* The next part of the list. False: there is none. */
static bool take_part(struct lane *lane)
{
	struct sn_instances *list = lane->list;

	lane->most = list->most;
	lane->cells = list->cells + list->taken;
	lane->n = fit(list, lane->cells, list->n - list->taken, list->most);
	list->taken += lane->n;
	return lane->n > 0;
}

static int write_names(struct lane *lane)
{
	struct sn_writer w;
	size_t need = 0;

	for (uint32_t i = 0; i < lane->nasked; i++) {
		need += column_of(&lane->cells[i])->oid.n + lane->cells[i].index.n +
			SN_VARBIND_NULL_AROUND;
	}
	if (need > lane->vbs_cap) {
		lane->vbs = sn_arena_alloc(&lane->step.job->arena, need);
		lane->vbs_cap = lane->vbs ? need : 0;
		if (!lane->vbs) {
			return SN_ENOMEM;
		}
	}
	w = sn_writer_make(lane->vbs, lane->vbs_cap);
	for (uint32_t i = lane->nasked; i-- > 0;) {
		sn_varbind_write_null_at(&w, column_of(&lane->cells[i])->oid, lane->cells[i].index);
	}
	lane->step.rq.vbs = sn_writer_span(&w);
	return SN_OK;
}

/* Asks for what the lane has, or takes more of the list. False: nothing is left. */
static bool ask(struct lane *lane)
{
	while (lane->n || take_part(lane)) {
		lane->nasked = fit(lane->list, lane->cells, lane->n, lane->most);
		if (write_names(lane) == SN_OK) {
			sn_job_send(&lane->step);
			return true;
		}
		for (uint32_t i = 0; i < lane->n; i++) {
			give_up(lane, i, sn_err_text(SN_ENOMEM));
		}
		lane->n = 0;
	}
	return false;
}

/* Opens lanes as far as the window allows. False: there is no memory even for the first. */
static bool open_lanes(struct sn_instances *list)
{
	while (list->lanes < sn_device_window(list->job->dev) && list->taken < list->n) {
		struct lane *lane = sn_arena_zalloc(&list->job->arena, sizeof(*lane));

		if (!lane) {
			return list->lanes > 0;
		}
		sn_step_init(&lane->step, list->job, on_answer);
		lane->step.rq.type = SN_PDU_GET;
		lane->list = list;
		lane->next = list->first;
		list->first = lane;
		list->lanes++;
		list->open += ask(lane);
	}
	return true;
}

/* All cells have come or are lost. */
static void over(struct sn_instances *list)
{
	struct sn_learned *l = list->job->learned;

	if (list->most < list->most_first && list->most > 1) {
		l->names_most = (uint8_t)(list->most < UINT8_MAX ? list->most : UINT8_MAX);
	}
	mark_lost(list);
	for (uint32_t i = 0; i < list->ntables; i++) {
		sn_table_settle(list->tables[i]);
	}
}

/* The lane's request is done with: the next one, or the end of the lane. */
static void go_on(struct lane *lane)
{
	struct sn_instances *list = lane->list;
	bool gone = lane->step.unanswered && list->job->last_answer <= lane->step.rq.sent_at;

	if (!gone && ask(lane)) {
		open_lanes(list);
		return;
	}
	list->open--;
	if (!gone && list->open == 0) {
		over(list);
	}
	sn_job_step_over(&lane->step);
}

/*** Answers ***/

/* The agent could not with these names together: fewer, or without the only one. */
static void ask_fewer(struct lane *lane, uint32_t fewer, const char *reason)
{
	if (lane->nasked > 1) {
		lane->most = fewer ? fewer : 1;
	} else {
		give_up(lane, 0, reason);
	}
}

/* The answer would be too large: that is so for the parts to come as well, unless it is because of
 * one cell. */
static void ask_less(struct lane *lane, const char *reason)
{
	struct sn_instances *list = lane->list;
	bool culprit = lane->nasked == 1;

	ask_fewer(lane, lane->nasked / 2, reason);
	if (culprit) {
		list->most = list->most_first;
		lane->most = list->most;
	} else if (lane->most < list->most) {
		list->most = lane->most;
	}
}

static void take_varbinds(struct lane *lane, const struct sn_pdu *pdu)
{
	struct sn_job *job = lane->step.job;
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	uint64_t at = sn_job_wall(job);
	struct sn_varbind vb;
	uint32_t position = 0;
	uint32_t taken = 0;

	while (sn_varbind_next(&cur, &vb)) {
		struct sn_instance *cell = find_asked(lane, position++, vb.name);

		if (cell) {
			take_cell(lane, cell, &vb, at);
			cell->table = NULL;
			taken++;
		} else {
			sn_job_count(job, SN_C_VALUES_BAD, 1);
		}
	}
	job->round.varbinds += position;
	if (cur.err) {
		sn_job_count(job, SN_C_VALUES_BAD, 1);
	}
	if (cur.err && position < lane->nasked && lane->cells[position].table) {
		give_up(lane, position, "malformed varbind");
	} else if (taken == 0) {
		ask_fewer(lane, 1, "answer without the names asked");
	}
}

static void take_error(struct lane *lane, const struct sn_pdu *pdu)
{
	const struct sn_refusal rf = sn_refusal_read(lane->step.job, pdu, lane->nasked);

	if (rf.too_big) {
		ask_less(lane, rf.reason);
	} else if (rf.culprit < lane->nasked) {
		give_up(lane, rf.culprit, rf.reason);
	} else {
		ask_fewer(lane, 1, rf.reason);
	}
}

static void on_answer(struct sn_request *rq, const struct sn_answer *answer)
{
	struct lane *lane = sn_container_of(rq, struct lane, step.rq);

	if (!sn_job_account(&lane->step, answer)) {
		for (uint32_t i = 0; i < lane->nasked; i++) {
			sn_step_instances_lose(&lane->cells[i]);
			lane->cells[i].table = NULL;
		}
	} else if (answer->pdu->status == SN_STATUS_NO_ERROR) {
		take_varbinds(lane, answer->pdu);
	} else {
		take_error(lane, answer->pdu);
	}
	drop_done(lane);
	go_on(lane);
}

/*** Start and end ***/

/* Notes whose cells the list has. SN_ENOMEM. */
static int find_tables(struct sn_instances *list)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		n += i == 0 || list->cells[i].table != list->cells[i - 1].table;
	}
	list->tables = sn_arena_alloc(&list->job->arena, n * sizeof(struct sn_table *));
	if (!list->tables) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < list->n; i++) {
		if (i == 0 || list->cells[i].table != list->cells[i - 1].table) {
			list->tables[list->ntables++] = list->cells[i].table;
		}
	}
	return SN_OK;
}

int sn_step_instances_start(struct sn_instance *cells, uint32_t n, struct sn_instances **lists)
{
	struct sn_job *job = cells->table->job;
	struct sn_instances *list = sn_arena_zalloc(&job->arena, sizeof(*list));
	uint32_t most = cells->table->plan->max_repetitions;

	if (!list) {
		return SN_ENOMEM;
	}
	if (job->learned->names_most && job->learned->names_most < most) {
		most = job->learned->names_most;
	}
	list->job = job;
	list->cells = cells;
	list->n = n;
	list->most = most ? most : 1;
	list->most_first = list->most;
	if (find_tables(list) || !open_lanes(list)) {
		return SN_ENOMEM;
	}
	list->next = *lists;
	*lists = list;
	for (uint32_t i = 0; i < list->ntables && list->open; i++) {
		list->tables[i]->pending++;
	}
	return SN_OK;
}

void sn_step_instances_abort(struct sn_instances *lists)
{
	for (struct sn_instances *list = lists; list; list = list->next) {
		for (struct lane *lane = list->first; lane; lane = lane->next) {
			for (uint32_t i = 0; i < lane->n; i++) {
				sn_step_instances_lose(&lane->cells[i]);
			}
			lane->n = 0;
		}
		for (uint32_t i = list->taken; i < list->n; i++) {
			sn_step_instances_lose(&list->cells[i]);
		}
		list->taken = list->n;
		mark_lost(list);
	}
}

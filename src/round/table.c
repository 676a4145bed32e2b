/*
 * Tables of a round, see table.h. The split: a reply holds so many varbinds, so a walk of g columns
 * gets floor(room / g) rows per packet; the number of walks is chosen to need the fewest packets in
 * all (DESIGN §3, "Filling a datagram"). Worker thread.
 */
#include "round/table.h"

#include "codec/oid.h"
#include "round/filter.h"
#include "round/labels.h"
#include "round/step_walk.h"

enum {
	ROWS_GUESS = 32,  /* of a table not seen before */
	WIDE_WINDOW = 32, /* requests under way; nobody allows so many to a small device */
	INDEX_GUESS = 2	  /* octets of an index */
};

/* Octets that a varbind of this column takes in an answer, before any was seen. */
static uint8_t guess_width(const struct sn_column *c)
{
	static const uint8_t value_octets[] = {
		[SN_KIND_COUNTER] = 5, [SN_KIND_GAUGE] = 3,	[SN_KIND_FLOAT] = 7,
		[SN_KIND_TEXT] = 12,   [SN_KIND_HEX] = 8,	[SN_KIND_PHYS_ADDRESS48] = 6,
		[SN_KIND_INET4] = 4,   [SN_KIND_INET6] = 16,	[SN_KIND_ENUM] = 1,
		[SN_KIND_BITS] = 2,    [SN_KIND_STATE_SET] = 1,
	};
	size_t n = c->oid.n + INDEX_GUESS + value_octets[c->kind] + 6;

	return n > UINT8_MAX ? UINT8_MAX : (uint8_t)n;
}

/* Number of walks to split n columns into. room: varbinds that fit a reply; most: the user's
 * max-repetitions. */
static uint32_t best_split(uint32_t n, uint32_t room, uint32_t most)
{
	uint32_t best = n;
	uint64_t best_packets = UINT64_MAX;

	for (uint32_t walks = 1; walks <= n; walks++) {
		uint32_t columns = (n + walks - 1) / walks;
		uint32_t rows = room / columns > most ? most : room / columns;
		uint64_t packets;

		if (rows == 0) {
			continue;
		}
		packets = (uint64_t)walks * ((ROWS_GUESS + rows) / rows);
		if (packets < best_packets) {
			best_packets = packets;
			best = walks;
		}
	}
	return best;
}

/* Number of walks to split n columns from `first` into. */
static uint32_t split(const struct sn_table *t, uint32_t first, uint32_t n)
{
	const struct sn_job *job = t->job;
	uint32_t octets = 0;
	uint32_t room;

	for (uint32_t i = first; i < first + n; i++) {
		octets += t->width[i];
	}
	room = octets ? sn_job_room(job) * n / octets : 0;
	return best_split(n, room ? room : 1,
			  !sn_device_has_bulk(job->dev) ? 1 : t->plan->max_repetitions);
}

struct sn_table *sn_table_new(struct sn_job *job, const struct sn_plan *plan, uint32_t number,
			      uint32_t first)
{
	struct sn_table *t = sn_arena_zalloc(&job->arena, sizeof(*t));
	const struct sn_plan_table *pt = &plan->tables[number];
	uint32_t n = pt->schema.ncolumns;
	uint8_t *octets = sn_arena_zalloc(&job->arena, 3 * (size_t)n);

	if (!t || !octets) {
		return NULL;
	}
	t->column_open = octets;
	t->joined = octets + n;
	t->lost = octets + 2 * (size_t)n;
	t->job = job;
	t->plan = plan;
	t->pt = pt;
	t->first = first;
	t->number = first + number;
	sn_block_init(&t->blk, &pt->schema, &job->spec->origin, &job->arena);
	t->blk.began = job->round.began;
	return t;
}

/* What walks need besides the rows. */
static int prepare_walks(struct sn_table *t)
{
	const struct sn_schema *schema = t->blk.schema;
	uint8_t *width;

	if (t->width) {
		return SN_OK;
	}
	width = sn_arena_alloc(&t->job->arena, schema->ncolumns + 1);
	t->last = sn_arena_alloc(&t->job->arena, (schema->ncolumns + 1) * sizeof(*t->last));
	if (!width || !t->last) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < schema->ncolumns; i++) {
		width[i] = guess_width(&schema->columns[i]);
	}
	t->width = width;
	return SN_OK;
}

/*
 * From the beginning of each column. A window that has room for each of them by itself is that of a
 * device with long tables: then the longest chain of answers counts, not the fewest packets.
 */
int sn_table_walk_columns(struct sn_table *t, uint32_t first, uint32_t n)
{
	bool wide = t->job->spec->window >= WIDE_WINDOW && t->job->spec->window >= n;
	uint32_t end = first + n;
	uint32_t walks;

	if (prepare_walks(t)) {
		return SN_ENOMEM;
	}
	walks = wide && sn_device_has_bulk(t->job->dev) ? n : split(t, first, n);
	memset(t->column_open + first, 1, n);
	memset(t->lost + first, 0, n);
	memset(t->last + first, 0, n * sizeof(*t->last));
	for (uint32_t i = 0; i < walks; i++) {
		uint32_t columns = (end - first) / (walks - i);
		int rc = sn_step_walk_start(t, first, columns);

		if (rc) {
			return rc;
		}
		t->pending++;
		first += columns;
	}
	return SN_OK;
}

int sn_table_walk(struct sn_table *t)
{
	t->walking = true;
	t->labelled = true; /* with all others */
	return sn_table_walk_columns(t, 0, t->blk.schema->nwalked);
}

int sn_table_walk_labels(struct sn_table *t)
{
	const struct sn_schema *schema = t->blk.schema;
	int rc = SN_OK;

	for (uint32_t c = 0; c < schema->nwalked && !rc;) {
		uint32_t n = 0;

		while (c + n < schema->nwalked && schema->columns[c + n].is_label) {
			n++;
		}
		if (n) {
			rc = sn_table_walk_columns(t, c, n);
		}
		c += n + 1;
	}
	return rc;
}

uint32_t sn_table_column_of(const struct sn_table *t, uint32_t column, struct sn_span name)
{
	const struct sn_schema *schema = t->blk.schema;

	while (++column < schema->nwalked) {
		struct sn_span oid = schema->columns[column].oid;

		if (name.n > oid.n && sn_span_is_prefix(oid, name)) {
			break;
		}
	}
	return column;
}

void sn_table_column_over(struct sn_table *t, uint32_t column, const struct sn_varbind *vb)
{
	t->joined[column] = vb->tag != SN_TAG_END_OF_MIB_VIEW &&
			    sn_table_column_of(t, column, vb->name) < t->blk.schema->nwalked;
}

void sn_table_missing(struct sn_table *t, uint32_t column, uint32_t from, uint32_t to)
{
	t->failed = true;
	t->lost[column] = 1;
	for (uint32_t r = from; r < t->blk.nrows && r <= to; r++) {
		struct sn_row *row = sn_block_row(&t->blk, r);

		if (!sn_block_tag(&t->blk, row, column)) {
			row->flags |= SN_ROW_PARTIAL;
			t->marked = true;
		}
	}
}

/* True when the cell may be lacking only because its column was not walked that far. */
static bool not_reached(const struct sn_table *t, const struct sn_row *row, uint32_t column)
{
	struct sn_span last;

	if (!t->column_open[column]) {
		return false;
	}
	last = t->last[column];
	return !sn_block_tag(&t->blk, row, column) &&
	       (last.n == 0 || t->plan->allow_nonincreasing ||
		sn_oid_cmp(sn_span_make(row->index->octet, row->index->n), last) > 0);
}

static void mark_partial(struct sn_table *t)
{
	for (uint32_t r = 0; r < t->blk.nrows; r++) {
		struct sn_row *row = sn_block_row(&t->blk, r);

		for (uint32_t c = 0; c < t->blk.schema->ncolumns; c++) {
			if (not_reached(t, row, c)) {
				row->flags |= SN_ROW_PARTIAL;
				break;
			}
		}
		t->job->round.rows_partial += row->filled && (row->flags & SN_ROW_PARTIAL);
	}
}

/* Nothing is left to come: what is missing is marked, what can be made of the rest is made. */
static void complete(struct sn_table *t)
{
	struct sn_job *job = t->job;
	struct sn_block *blk = &t->blk;
	bool whole = !t->failed && !memchr(t->column_open, 1, blk->schema->ncolumns);

	t->complete = true;
	t->whole = whole && !t->marked;
	if (!t->whole) {
		mark_partial(t);
	}
	if (sn_derive_local(t->pt->local, t->pt->nlocal, blk)) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
	}
	sn_job_count(job, SN_C_RESETS, sn_reset_rows(&job->learned->reset, blk, t->number, whole));
	sn_rates_take(job, &t->pt->rates, blk, whole);
}

/* Whether all tables that its joins read are complete. */
static bool has_its_needs(const struct sn_table *t)
{
	for (uint32_t i = 0; i < t->pt->nneeds; i++) {
		if (!t->job->tables[t->first + t->pt->needs[i]]->complete) {
			return false;
		}
	}
	return true;
}

static void join(struct sn_table *t)
{
	struct sn_job *job = t->job;
	const struct sn_block **blocks =
		sn_arena_alloc(&job->arena, t->plan->ntables * sizeof(struct sn_block *));

	for (uint32_t i = 0; blocks && i < t->plan->ntables; i++) {
		blocks[i] = &job->tables[t->first + i]->blk;
	}
	if (!blocks || sn_derive_joins(t->pt->joins, t->pt->njoins, &t->blk, blocks)) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
	}
}

static void emit(struct sn_table *t)
{
	struct sn_job *job = t->job;
	struct sn_block *blk = &t->blk;

	t->emitted = true;
	if (t->pt->internal) {
		return;
	}
	if (t->pt->njoins) {
		join(t);
	}
	blk->origin = sn_job_origin(job);
	blk->uptime = job->round.uptime;
	blk->has_uptime = job->round.has_uptime;
	blk->started = blk->has_uptime ? job->learned->reset.started : 0;
	blk->reset = job->round.reset;
	job->round.rows += t->rows;
	if (job->env->emit && t->rows) {
		job->env->emit->rows(job, blk);
	}
	if (job->env->emit && job->env->emit->table) {
		job->env->emit->table(job, blk->schema, t->whole);
	}
}

/* Labels that were not read in this round: those that are kept, or, if these do not hold, read now.
 */
static void see_to_labels(struct sn_table *t)
{
	struct sn_job *job = t->job;

	t->labelled = true;
	if (!job->labels || sn_labels_fill(job->labels, t)) {
		return;
	}
	job->stale = true;
	if (sn_table_walk_labels(t)) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
	}
}

static void complete_if_settled(struct sn_table *t)
{
	if (t->pending == 0 && !t->labelled) {
		see_to_labels(t);
	}
	if (t->pending == 0) {
		sn_filter_table_over(t);
	}
	if (t->pending == 0 && !t->complete) {
		complete(t);
	}
}

void sn_tables_emit(struct sn_job *job)
{
	for (uint32_t i = 0; i < job->ntables; i++) {
		complete_if_settled(job->tables[i]);
	}
	for (uint32_t i = 0; i < job->ntables; i++) {
		struct sn_table *t = job->tables[i];

		if (t->complete && !t->emitted && has_its_needs(t)) {
			emit(t);
		}
	}
}

void sn_table_settle(struct sn_table *t)
{
	t->pending--;
	if (t->pending == 0 && !t->job->uptime_open) {
		sn_tables_emit(t->job);
	}
}

void sn_table_abort(struct sn_table *t)
{
	const struct sn_schema *schema = t->blk.schema;

	t->pending = 0;
	if (!t->labelled && t->job->labels && !sn_labels_fill(t->job->labels, t)) {
		for (uint32_t c = 0; c < schema->nwalked; c++) {
			if (schema->columns[c].is_label) {
				sn_table_missing(t, c, 0, UINT32_MAX);
			}
		}
	}
	t->labelled = true;
}

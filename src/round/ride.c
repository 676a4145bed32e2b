/*
 * A run of a course, name by name, see ride.h. Usually each name is the next row of the same column
 * or the first of the next; all else is looked at with care, because only the names decide what an
 * answer covers. RFC 3416 §4.2.3.
 */
#include "round/ride.h"

#include "codec/oid.h"

void sn_ride_start(struct sn_ride *ride, struct sn_table *table, const struct sn_course_run *run)
{
	*ride = (struct sn_ride){
		.table = table,
		.after = run->row ? sn_block_row(&table->blk, run->row - 1) : NULL,
		.column = run->column,
		.row = run->row,
		.last_column = run->last_column,
		.last_row = run->last_row,
		.in_order = true,
		.state = SN_RIDE_GOES_ON,
	};
}

static struct sn_span index_of(const struct sn_row *row)
{
	return sn_span_make(row->index->octet, row->index->n);
}

/* The course does not fit any more. */
static void note_change(const struct sn_ride *ride)
{
	ride->table->job->stale = true;
}

/* True for an index behind the last row of the run. */
static bool is_beyond(const struct sn_ride *ride, struct sn_span index)
{
	return ride->column == ride->last_column && ride->last_row != SN_COURSE_TO_END &&
	       sn_oid_cmp(index, index_of(sn_block_row(&ride->table->blk, ride->last_row))) > 0;
}

/*
 * The row of a name that is not the one expected: further down, because rows are gone or have no
 * value in this column, or new. NULL: no row of this run, and the state says so.
 */
static const struct sn_row *find_row(struct sn_ride *ride, struct sn_span index)
{
	struct sn_table *t = ride->table;
	uint32_t known = t->course_rows;
	struct sn_row *row;

	if (!sn_oid_valid(index) ||
	    (ride->after && sn_oid_cmp(index, index_of(ride->after)) <= 0)) {
		ride->state = SN_RIDE_ODD;
		return NULL;
	}
	if (is_beyond(ride, index)) {
		note_change(ride);
		ride->state = SN_RIDE_DONE;
		return NULL;
	}
	row = sn_block_find(&t->blk, index);
	if (!row) {
		row = t->blk.nrows < t->job->spec->max_rows
			      ? sn_block_get_row(&t->blk, index, UINT32_MAX)
			      : NULL;
		note_change(ride);
	}
	if (!row) {
		ride->state = SN_RIDE_ODD; /* the plain walk finds out why, and says it */
		return NULL;
	}
	ride->in_order = row->number < known;
	ride->row = ride->in_order ? row->number + 1 : ride->row;
	ride->after = row;
	return row;
}

static void store(struct sn_ride *ride, const struct sn_row *at_row, const struct sn_varbind *vb,
		  uint64_t at)
{
	struct sn_table *t = ride->table;
	struct sn_row *row = sn_block_row(&t->blk, at_row->number);
	const struct sn_column *column = &t->blk.schema->columns[ride->column];
	struct sn_value v;
	int stored;

	if (sn_value_is_exception(vb->tag) || vb->tag == SN_TAG_NULL) {
		return; /* a hole in the row */
	}
	if (!sn_job_read_value(t->job, column->kind, vb, &v)) {
		row->flags |= SN_ROW_PARTIAL;
		t->marked = true;
		return;
	}
	stored = sn_block_set(&t->blk, row, ride->column, &v, at);
	if (stored < 0) {
		sn_job_miss(t->job, sn_err_text(SN_ENOMEM));
		row->flags |= SN_ROW_PARTIAL;
		t->marked = true;
		return;
	}
	t->rows += stored == 1 && row->filled == 1;
}

static void take_cell(struct sn_ride *ride, struct sn_span index, const struct sn_varbind *vb,
		      uint64_t at)
{
	const struct sn_row *row =
		ride->in_order ? sn_block_next_row(&ride->table->blk, index, ride->row) : NULL;

	if (row) {
		ride->after = row;
		ride->row++;
	} else {
		row = find_row(ride, index);
		if (!row) {
			return;
		}
	}
	store(ride, row, vb, at);
	if (row->number == ride->last_row && ride->column == ride->last_column) {
		ride->state = SN_RIDE_DONE;
	}
}

static void enter(struct sn_ride *ride, uint32_t column)
{
	ride->column = column;
	ride->row = 0;
	ride->after = NULL;
	ride->in_order = true;
}

/*
 * The name is in no column that is wanted, and behind the present one: wanted columns before it are
 * empty, those behind it must be asked for by themselves.
 */
static void leave_segment(struct sn_ride *ride, struct sn_span name)
{
	const struct sn_schema *schema = ride->table->blk.schema;
	uint32_t column = ride->column + 1;

	while (column <= ride->last_column && sn_oid_cmp(schema->columns[column].oid, name) < 0) {
		column++;
	}
	if (column > ride->last_column) {
		ride->state = SN_RIDE_DONE;
		return;
	}
	note_change(ride);
	enter(ride, column);
	ride->between = true;
}

/* The present column has ended with this name. */
static void end_column(struct sn_ride *ride, const struct sn_varbind *vb)
{
	struct sn_table *t = ride->table;
	uint32_t next;
	bool known;

	if (vb->tag == SN_TAG_END_OF_MIB_VIEW) {
		t->joined[ride->column] = 0;
		ride->state = SN_RIDE_DONE;
		return;
	}
	next = sn_table_column_of(t, ride->column, vb->name);
	known = next < t->blk.schema->nwalked;
	if (!known && sn_oid_cmp(vb->name, sn_ride_column(ride)) <= 0) {
		ride->state = SN_RIDE_ODD; /* OID not increasing */
		return;
	}
	memset(&t->joined[ride->column], known, known ? next - ride->column : 1);
	if (!known) {
		leave_segment(ride, vb->name);
	} else if (next > ride->last_column) {
		ride->state = SN_RIDE_DONE;
	} else {
		enter(ride, next);
	}
}

void sn_ride_take(struct sn_ride *ride, const struct sn_varbind *vb, uint64_t at)
{
	if (ride->between) {
		if (vb->tag != SN_TAG_END_OF_MIB_VIEW &&
		    sn_oid_cmp(vb->name, sn_ride_column(ride)) < 0) {
			return;
		}
		ride->between = false;
	}
	while (ride->state == SN_RIDE_GOES_ON) {
		struct sn_span oid = sn_ride_column(ride);
		uint32_t column = ride->column;

		if (vb->tag != SN_TAG_END_OF_MIB_VIEW && vb->name.n > oid.n &&
		    sn_span_is_prefix(oid, vb->name)) {
			take_cell(ride, sn_span_from(vb->name, oid.n), vb, at);
			return;
		}
		end_column(ride, vb);
		if (ride->between || ride->column == column) {
			return;
		}
	}
}

uint32_t sn_ride_take_rows(struct sn_ride *ride, struct sn_cursor *cur, uint64_t at)
{
	struct sn_table *t = ride->table;
	/* of our own, where no cell that is written can change them */
	const struct sn_block blk = t->blk;
	const uint32_t column = ride->column;
	const uint32_t last = column == ride->last_column ? ride->last_row : SN_COURSE_TO_END;
	const uint8_t *const end = cur->end;
	const uint8_t *p = cur->p;
	uint32_t number = ride->row;
	uint32_t rows = 0;
	struct sn_varbind_name name;

	if (!ride->in_order || ride->between || ride->state != SN_RIDE_GOES_ON ||
	    !sn_varbind_name_make(&name, sn_ride_column(ride))) {
		return 0;
	}
	while (number < blk.nrows) {
		struct sn_row *row = sn_block_row(&blk, number);
		const struct sn_bytes *index = row->index;
		uint8_t tag;
		uint64_t u;
		size_t octets = sn_varbind_number(p, (size_t)(end - p), &name, index->octet,
						  index->n, &tag, &u);

		if (!octets || !(row->flags & SN_ROW_ASCENDING)) {
			break;
		}
		p += octets;
		if (!sn_block_tag(&blk, row, column)) {
			sn_block_fill(&blk, row, column, tag, u, at);
			rows += row->filled == 1;
		}
		if (number++ == last) {
			ride->state = SN_RIDE_DONE;
			break;
		}
	}
	cur->p = p;
	t->rows += rows;
	rows = number - ride->row;
	if (rows) {
		ride->row = number;
		ride->after = sn_block_row(&blk, number - 1);
	}
	return rows;
}

void sn_ride_lose(struct sn_ride *ride)
{
	for (uint32_t c = ride->column; c <= ride->last_column; c++) {
		uint32_t from = c == ride->column ? ride->row : 0;
		uint32_t to = c == ride->last_column ? ride->last_row : UINT32_MAX;

		sn_table_missing(ride->table, c, from, to);
	}
	ride->state = SN_RIDE_DONE;
}

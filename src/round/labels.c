/*
 * Kept labels, see labels.h. Worker thread.
 */
#include "round/labels.h"

#include "round/table.h"

#include <stdlib.h>

enum { NUMBER_OCTETS = 8 };

uint32_t sn_labels_mark(const struct sn_schema *schema, uint8_t *columns)
{
	uint32_t n = 0;

	for (uint32_t c = 0; c < schema->nwalked; c++) {
		columns[c] = schema->columns[c].is_label;
		n += columns[c];
	}
	return n;
}

static bool is_octets(uint8_t tag)
{
	return tag == SN_TAG_OCTETS || tag == SN_TAG_OID || tag == SN_TAG_IPADDRESS ||
	       tag == SN_TAG_OPAQUE || tag == SN_TAG_NSAP;
}

/* Writes a cell behind *p, or only counts when that is NULL. Octets. */
static size_t put_cell(const struct sn_block *blk, const struct sn_row *row, uint32_t column,
		       uint8_t *p)
{
	struct sn_value v;
	uint32_t n;

	if (!sn_block_get(blk, row, column, &v)) {
		v.tag = 0;
	}
	if (p) {
		*p++ = v.tag;
	}
	if (v.tag == 0) {
		return 1;
	}
	if (!is_octets(v.tag)) {
		if (p) {
			memcpy(p, &v.u, NUMBER_OCTETS);
		}
		return 1 + NUMBER_OCTETS;
	}
	n = (uint32_t)v.bytes.n;
	if (p) {
		memcpy(p, &n, sizeof(n));
		if (n) {
			memcpy(p + sizeof(n), v.bytes.p, n);
		}
	}
	return 1 + sizeof(n) + n;
}

/* Reads the cell at *p and goes behind it. False: there is no value. */
static bool take_cell(const uint8_t **p, struct sn_value *v)
{
	uint32_t n;

	v->tag = *(*p)++;
	if (v->tag == 0) {
		return false;
	}
	if (is_octets(v->tag)) {
		memcpy(&n, *p, sizeof(n));
		v->bytes = sn_span_make(*p + sizeof(n), n);
		*p += sizeof(n) + n;
	} else {
		memcpy(&v->u, *p, NUMBER_OCTETS);
		*p += NUMBER_OCTETS;
	}
	return true;
}

/* The rows of the next table of a course, as the block has them. NULL: out of memory. */
static const struct sn_row **find_rows(struct sn_course_reader *reader, struct sn_table *t,
				       uint32_t *n)
{
	const struct sn_row **rows;

	*n = sn_course_read_rows(reader);
	rows = sn_arena_alloc(&t->job->arena, (*n + 1) * sizeof(*rows));
	for (uint32_t r = 0; rows && r < *n; r++) {
		rows[r] = sn_block_find(&t->blk, sn_course_read_row(reader));
	}
	return rows;
}

/* All label cells of the job's tables, in the order of the course's rows. Octets; 0: no memory. */
static size_t put_cells(const struct sn_job *job, const struct sn_course *course, uint8_t *p)
{
	struct sn_course_reader reader;
	size_t octets = 0;

	sn_course_open(&reader, course);
	for (uint32_t i = 0; i < job->ntables; i++) {
		struct sn_table *t = job->tables[i];
		uint32_t n;
		const struct sn_row **rows = find_rows(&reader, t, &n);

		if (!rows) {
			return 0;
		}
		for (uint32_t c = 0; c < t->blk.schema->nwalked; c++) {
			for (uint32_t r = 0; t->blk.schema->columns[c].is_label && r < n; r++) {
				octets += put_cell(&t->blk, rows[r], c, p ? p + octets : NULL);
			}
		}
	}
	return octets;
}

struct sn_labels *sn_labels_new(const struct sn_job *job, struct sn_course *course, uint64_t until)
{
	struct sn_labels *l = malloc(sizeof(*l) + put_cells(job, course, NULL));

	if (!l) {
		sn_course_free(course);
		return NULL;
	}
	l->course = course;
	l->until = until;
	l->last_change = job->last_change;
	l->has_last_change = job->has_last_change;
	if (put_cells(job, course, l->octet) == 0) {
		sn_labels_free(l);
		return NULL;
	}
	return l;
}

void sn_labels_free(struct sn_labels *l)
{
	if (l) {
		sn_course_free(l->course);
		free(l);
	}
}

/* Where the cells of a table begin, if all tables before it have the rows they had. */
static const uint8_t *find_cells(const struct sn_labels *l, const struct sn_table *table)
{
	const uint8_t *p = l->octet;
	struct sn_value v;

	for (uint32_t i = 0; i < table->number; i++) {
		const struct sn_table *t = table->job->tables[i];

		for (uint32_t c = 0; c < t->blk.schema->nwalked; c++) {
			for (uint32_t r = 0;
			     t->blk.schema->columns[c].is_label && r < t->course_rows; r++) {
				take_cell(&p, &v);
			}
		}
	}
	return p;
}

static bool holds(const struct sn_labels *l, const struct sn_table *t)
{
	const struct sn_job *job = t->job;

	return !job->round.reset && job->has_last_change == l->has_last_change &&
	       job->last_change == l->last_change && t->rows == t->blk.nrows &&
	       t->blk.nrows == t->course_rows && !t->failed;
}

bool sn_labels_fill(const struct sn_labels *l, struct sn_table *t)
{
	const uint8_t *p = find_cells(l, t);
	struct sn_value v;

	if (!holds(l, t)) {
		return false;
	}
	for (uint32_t c = 0; c < t->blk.schema->nwalked; c++) {
		for (uint32_t r = 0; t->blk.schema->columns[c].is_label && r < t->course_rows;
		     r++) {
			/* the row is as old as what was measured in it */
			if (take_cell(&p, &v) &&
			    sn_block_set(&t->blk, sn_block_row(&t->blk, r), c, &v, 0) < 0) {
				sn_job_miss(t->job, sn_err_text(SN_ENOMEM));
			}
		}
	}
	return true;
}

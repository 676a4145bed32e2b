/*
 * Cells made from other cells, see derive.h. Worker thread.
 */
#include "plan/derive.h"

#include "codec/oid.h"
#include "record/index.h"

/* Octets of an index of so many arcs at most, 5 octets each. */
enum { INDEX_OCTETS = 5 * SN_INDEX_ARCS };

/* The whole number that a cell stands for where a look-up takes it for an arc: 0 for what is no
 * number. */
static int64_t number_of(const struct sn_value *v)
{
	if (v->tag == SN_TAG_INTEGER) {
		return v->i;
	}
	if (sn_value_is_unsigned(v->tag)) {
		return (int64_t)v->u;
	}
	return 0;
}

static int put(struct sn_block *blk, struct sn_row *row, const struct sn_derive *op,
	       const struct sn_value *v)
{
	/* made of what is there already: the row does not become younger */
	int rc = sn_block_set(blk, row, op->column, v, 0);

	return rc < 0 ? rc : SN_OK;
}

static int convert(const struct sn_derive *op, struct sn_block *blk, struct sn_row *row,
		   const struct sn_value *v)
{
	int64_t type = 0;
	struct sn_value beside;
	struct sn_value out;
	int rc;

	if (op->convert.beside != SN_DERIVE_NO_COLUMN &&
	    sn_block_get(blk, row, op->convert.beside, &beside)) {
		type = number_of(&beside);
	}
	rc = sn_convert(&op->convert.spec, v, type, blk->arena, &out);
	if (rc == SN_ENOENT) {
		return SN_OK; /* there is no such value */
	}
	return rc ? rc : put(blk, row, op, &out);
}

static int extract(const struct sn_derive *op, struct sn_block *blk, struct sn_row *row,
		   const struct sn_value *v)
{
	struct sn_value out = {.tag = SN_TAG_DOUBLE};
	struct sn_span text;
	int rc = sn_convert_text(blk->schema->columns[op->from].kind, NULL, v, blk->arena, &text);

	rc = rc ? rc : sn_convert_extract(op->extract.list, op->extract.n, text, &out.d);
	if (rc == SN_ENOENT) {
		return SN_OK; /* none matches */
	}
	return rc ? rc : put(blk, row, op, &out);
}

int sn_derive_local(const struct sn_derive *ops, uint32_t n, struct sn_block *blk)
{
	for (uint32_t r = 0; r < blk->nrows; r++) {
		struct sn_row *row = sn_block_row(blk, r);

		for (uint32_t i = 0; i < n; i++) {
			const struct sn_derive *op = &ops[i];
			struct sn_value v;
			int rc = SN_OK;

			if (!sn_block_get(blk, row, op->from, &v)) {
				continue;
			}
			switch (op->how) {
			case SN_DERIVE_COPY:
				rc = put(blk, row, op, &v);
				break;
			case SN_DERIVE_CONVERT:
				rc = convert(op, blk, row, &v);
				break;
			case SN_DERIVE_EXTRACT:
				rc = extract(op, blk, row, &v);
				break;
			case SN_DERIVE_JOIN:
				break;
			}
			if (rc) {
				return rc;
			}
		}
	}
	return SN_OK;
}

/* A row's index taken apart. */
struct index {
	uint32_t narcs;				  /* arcs that are there */
	bool whole;				  /* the labels take exactly these */
	uint32_t arc[SN_INDEX_ARCS];		  /* narcs of them */
	struct sn_index_part part[SN_INDEX_ARCS]; /* by index label */
};

static void split(const struct sn_schema *schema, const struct sn_row *row, struct index *ix)
{
	uint32_t n = schema->nindexes < SN_INDEX_ARCS ? schema->nindexes : SN_INDEX_ARCS;
	uint32_t used = 0;
	uint64_t first;
	uint32_t at = 0;

	ix->narcs = sn_index_read(sn_span_make(row->index->octet, row->index->n), &first, ix->arc);
	for (uint32_t i = 0; i < n; i++) {
		sn_index_take(&schema->indexes[i], ix->arc, ix->narcs, &at, &ix->part[i]);
		used += ix->part[i].used;
	}
	ix->whole = used == ix->narcs;
}

/* The arcs of an index label, with its type and length where it has them. */
static size_t put_label(const struct index *ix, uint32_t i, uint8_t *out)
{
	const struct sn_index_part *part = &ix->part[i];
	size_t n = 0;

	for (uint32_t a = part->from; a < (uint32_t)part->from + part->used; a++) {
		n += sn_oid_write_arc(out + n, a < ix->narcs ? ix->arc[a] : 0);
	}
	return n;
}

/* The index of the row that a join reads; empty: there is none. */
static struct sn_span join_index(const struct sn_derive *op, const struct sn_block *blk,
				 const struct sn_row *row, const struct index *ix, uint8_t *out)
{
	size_t n = 0;

	for (uint32_t i = 0; i < op->join.nparts; i++) {
		const struct sn_derive_part *part = &op->join.parts[i];
		struct sn_value v;

		if (n > INDEX_OCTETS) {
			return (struct sn_span){0}; /* no row has so long an index */
		}
		if (part->is_index) {
			n += part->ref < SN_INDEX_ARCS ? put_label(ix, part->ref, out + n) : 0;
		} else if ((ix->whole || !part->own_row) && sn_block_get(blk, row, part->ref, &v)) {
			n += sn_oid_write_arc(out + n, (uint32_t)number_of(&v));
		} else {
			return (struct sn_span){0}; /* what it goes by was not found */
		}
	}
	return sn_span_make(out, n);
}

int sn_derive_joins(const struct sn_derive *ops, uint32_t n, struct sn_block *blk,
		    const struct sn_block *const *tables)
{
	uint8_t octets[3 * INDEX_OCTETS]; /* a label may take twice the arcs, missing ones too */
	struct index ix;

	for (uint32_t r = 0; r < blk->nrows && n; r++) {
		struct sn_row *row = sn_block_row(blk, r);

		if (row->filled == 0) {
			continue; /* gone, or lost: it has nothing to say */
		}
		split(blk->schema, row, &ix);
		for (uint32_t i = 0; i < n; i++) {
			const struct sn_block *other = tables[ops[i].join.table];
			struct sn_span index = join_index(&ops[i], blk, row, &ix, octets);
			const struct sn_row *found =
				index.n && other->nrows ? sn_block_find(other, index) : NULL;
			struct sn_value v;
			int rc;

			if (!found || !sn_block_get(other, found, ops[i].from, &v)) {
				continue;
			}
			rc = put(blk, row, &ops[i], &v);
			if (rc) {
				return rc;
			}
		}
	}
	return SN_OK;
}

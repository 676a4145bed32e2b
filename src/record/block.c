/*
 * Rows of one table of one device, see block.h. Called by collect for every varbind it keeps, on
 * the worker's thread, so the usual case is cheap: the row the caller expects is compared, not
 * searched. The hash table is only asked when an index is new or out of order. All memory comes
 * from the round's arena; what growing leaves behind dies with it.
 */
#include "record/block.h"

#include "base/hash.h"
#include "codec/oid.h"

enum {
	SEGMENT_BYTES = 8192, /* aimed at for a segment of rows */
	FEW_ROWS = 8,	      /* are searched one by one */
	MIN_BUCKETS = 4 * FEW_ROWS,
	MIN_SEGMENTS = 8
};

_Static_assert(sizeof(struct sn_row) == 32, "head of every row");

uint32_t sn_origin_plain(const char *instance)
{
	size_t n = strspn(instance, "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ.:-_[]");

	return instance[n] || n > UINT32_MAX ? 0 : (uint32_t)n;
}

/* log2 of the rows of a segment; one for scalars, and no segment that would need a chunk of its own
 * if avoidable. */
static uint32_t segment_shift(const struct sn_block *blk)
{
	size_t bytes = blk->arena->pool->chunk_size / 4;
	uint32_t shift = 0;

	if (blk->schema->nindexes == 0) {
		return 0;
	}
	if (bytes > SEGMENT_BYTES) {
		bytes = SEGMENT_BYTES;
	}
	while (((size_t)blk->stride << (shift + 1)) <= bytes) {
		shift++;
	}
	return shift;
}

void sn_block_init(struct sn_block *blk, const struct sn_schema *schema,
		   const struct sn_origin *origin, struct sn_arena *arena)
{
	memset(blk, 0, sizeof(*blk));
	blk->schema = schema;
	blk->origin = origin;
	blk->arena = arena;
	blk->stride =
		(uint32_t)((sizeof(struct sn_row) + (size_t)schema->ncolumns * 9 + 7) & ~(size_t)7);
	blk->rows_shift = segment_shift(blk);
}

/*
 * An agent chooses its indexes, so the hash has a seed it cannot know: where the arena happens to
 * lie. Nothing that leaves the block depends on it, rows keep their order of arrival.
 */
static uint32_t index_hash(const struct sn_block *blk, struct sn_span index)
{
	return (uint32_t)sn_hash_bytes(index.p, index.n, (uint64_t)(uintptr_t)blk->arena);
}

static bool is_row(const struct sn_row *row, struct sn_span index, uint32_t hash)
{
	return row->hash == hash && sn_row_has_index(row, index);
}

/* lookup while the block has no buckets. */
static struct sn_row *lookup_few(const struct sn_block *blk, struct sn_span index, uint32_t hash)
{
	for (uint32_t i = 0; i < blk->nrows; i++) {
		struct sn_row *row = sn_block_row(blk, i);

		if (is_row(row, index, hash)) {
			return row;
		}
	}
	return NULL;
}

static struct sn_row *lookup(const struct sn_block *blk, struct sn_span index, uint32_t hash)
{
	uint32_t mask = blk->nbuckets - 1;

	if (blk->nbuckets == 0) {
		return lookup_few(blk, index, hash);
	}
	for (uint32_t i = hash & mask; blk->buckets[i]; i = (i + 1) & mask) {
		struct sn_row *row = sn_block_row(blk, blk->buckets[i] - 1);

		if (is_row(row, index, hash)) {
			return row;
		}
	}
	return NULL;
}

static void insert(struct sn_block *blk, const struct sn_row *row)
{
	uint32_t mask = blk->nbuckets - 1;
	uint32_t i = row->hash & mask;

	while (blk->buckets[i]) {
		i = (i + 1) & mask;
	}
	blk->buckets[i] = row->number + 1;
}

/* Keeps at least half of the buckets empty after one more row; few rows need none. */
static int grow_buckets(struct sn_block *blk)
{
	uint32_t n = blk->nbuckets ? blk->nbuckets * 2 : MIN_BUCKETS;
	uint32_t *buckets;

	if (blk->nrows < FEW_ROWS || (blk->nrows + 1) * 2 <= blk->nbuckets) {
		return SN_OK;
	}
	buckets = sn_arena_zalloc(blk->arena, (size_t)n * sizeof(*buckets));
	if (!buckets) {
		return SN_ENOMEM;
	}
	blk->buckets = buckets;
	blk->nbuckets = n;
	for (uint32_t i = 0; i < blk->nrows; i++) {
		insert(blk, sn_block_row(blk, i));
	}
	return SN_OK;
}

/* Makes room for row number nrows. */
static int grow_segments(struct sn_block *blk)
{
	uint32_t segment = blk->nrows >> blk->rows_shift;

	if (segment < blk->nsegments) {
		return SN_OK;
	}
	if (segment == blk->segments_cap) {
		uint32_t cap = segment ? segment * 2 : MIN_SEGMENTS;
		uint8_t **segments = sn_arena_alloc(blk->arena, cap * sizeof(*segments));

		if (!segments) {
			return SN_ENOMEM;
		}
		if (segment) {
			memcpy(segments, blk->segments, segment * sizeof(*segments));
		}
		blk->segments = segments;
		blk->segments_cap = cap;
	}
	blk->segments[segment] = sn_arena_alloc(blk->arena, (size_t)blk->stride << blk->rows_shift);
	if (!blk->segments[segment]) {
		return SN_ENOMEM;
	}
	blk->nsegments++;
	return SN_OK;
}

static struct sn_bytes *copy_octets(struct sn_block *blk, struct sn_span s)
{
	struct sn_bytes *b;

	if (s.n > UINT32_MAX) {
		return NULL;
	}
	b = sn_arena_alloc(blk->arena, sizeof(*b) + s.n);
	if (b) {
		b->n = (uint32_t)s.n;
		if (s.n) {
			memcpy(b->octet, s.p, s.n);
		}
	}
	return b;
}

static bool is_ascending(const struct sn_block *blk, struct sn_span index)
{
	const struct sn_bytes *before;

	if (blk->nrows == 0) {
		return true;
	}
	before = sn_block_row(blk, blk->nrows - 1)->index;
	return sn_oid_cmp(index, sn_span_make(before->octet, before->n)) > 0;
}

static struct sn_row *append(struct sn_block *blk, struct sn_span index, uint32_t hash)
{
	struct sn_bytes *copy;
	struct sn_row *row;

	if (blk->nrows >= UINT32_MAX / 4 || grow_buckets(blk) || grow_segments(blk)) {
		return NULL;
	}
	copy = copy_octets(blk, index);
	if (!copy) {
		return NULL;
	}
	row = sn_block_row(blk, blk->nrows);
	row->index = copy;
	row->at = 0;
	row->hash = hash;
	row->filled = 0;
	row->flags = is_ascending(blk, index) ? SN_ROW_ASCENDING : 0;
	row->number = blk->nrows++;
	/* A cell is read only under its tag: the values may stay uninitialised. */
	memset((uint8_t *)(row + 1) + (size_t)blk->schema->ncolumns * 8, 0, blk->schema->ncolumns);
	if (blk->nbuckets) {
		insert(blk, row);
	}
	return row;
}

struct sn_row *sn_block_seek_row(struct sn_block *blk, struct sn_span index)
{
	uint32_t hash = index_hash(blk, index);
	struct sn_row *row = lookup(blk, index, hash);

	return row ? row : append(blk, index, hash);
}

/* Makes the row of scalars, in one piece of memory: the list of its one segment, its index, itself.
 * NULL: out of memory. */
static struct sn_row *make_only_row(struct sn_block *blk)
{
	const size_t index_octets = 8; /* with its length, rounded up */
	uint8_t *p = sn_arena_alloc(blk->arena, sizeof(uint8_t *) + index_octets + blk->stride);
	struct sn_bytes *index;
	struct sn_row *row;

	if (!p) {
		return NULL;
	}
	blk->segments = (uint8_t **)(void *)p;
	blk->segments_cap = 1;
	blk->nsegments = 1;
	blk->nrows = 1;
	index = (struct sn_bytes *)(void *)(p + sizeof(uint8_t *));
	index->n = 1;
	index->octet[0] = 0;
	blk->segments[0] = p + sizeof(uint8_t *) + index_octets;
	row = sn_block_row(blk, 0);
	*row = (struct sn_row){
		.index = index,
		.hash = index_hash(blk, sn_span_make(index->octet, index->n)),
		.flags = SN_ROW_ASCENDING,
	};
	memset(sn_block_tags(blk, row), 0, blk->schema->ncolumns);
	return row;
}

struct sn_row *sn_block_only_row(struct sn_block *blk)
{
	return blk->nrows ? sn_block_row(blk, 0) : make_only_row(blk);
}

struct sn_row *sn_block_find(const struct sn_block *blk, struct sn_span index)
{
	return lookup(blk, index, index_hash(blk, index));
}

int sn_block_set_other(struct sn_block *blk, struct sn_row *row, uint32_t column,
		       const struct sn_value *v, uint64_t at)
{
	struct sn_bytes *b;

	/* NULL and the three exceptions say that there is no value: such a cell stays empty. */
	if (v->tag == SN_TAG_NULL || sn_value_is_exception(v->tag)) {
		return 0;
	}
	b = copy_octets(blk, v->bytes);
	if (!b) {
		return SN_ENOMEM;
	}
	sn_block_fill(blk, row, column, v->tag, (uintptr_t)b, at);
	return 1;
}

bool sn_block_get(const struct sn_block *blk, const struct sn_row *row, uint32_t column,
		  struct sn_value *v)
{
	const uint64_t *cell = (const uint64_t *)(const void *)(row + 1) + column;

	v->tag = sn_block_tag(blk, row, column);
	if (!v->tag) {
		return false;
	}
	if (sn_value_is_number(v->tag)) {
		v->u = *cell;
	} else {
		const struct sn_bytes *b = (const struct sn_bytes *)(uintptr_t)*cell;

		v->bytes = sn_span_make(b->octet, b->n);
	}
	return true;
}

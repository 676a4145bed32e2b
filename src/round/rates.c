/*
 * Rates of counters, see rates.h. A table's memory is an array of rows in the order of its last
 * round, so that row after row is found where it is expected; an index is made only for a round
 * whose rows are others. Worker thread.
 *
 * A counter that is lower than before was either wrapped or restarted. When sysUpTime was read no
 * earlier than the row, it tells which. When it was read before, the device may have restarted in
 * between, which the next round's will show: until then the value waits, and the rate spans both.
 */
#include "round/rates.h"

#include "base/clock.h"
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>

/* State of a remembered counter. */
enum {
	KIND = 3,     /* bits: 0 nothing remembered, else enum kind */
	WAITS = 0x20, /* the upper half of the number is a later value, which may be a restart's */
	OLDER = 0x40, /* the value is that of row.before */
	JUST = 0x80   /* became OLDER in this round */
};

enum kind { KIND_NONE, KIND_32, KIND_64, KIND_OTHER };

enum { SPREAD = 64 }; /* a row's answers lie within this part of what a rate spans */

struct row {
	uint64_t key;	   /* of the index */
	uint64_t at;	   /* mono ns of the values */
	uint64_t before;   /* of those that are OLDER */
	uint64_t number[]; /* the values, then an octet of state for each */
};

struct table {
	uint64_t layout; /* which */
	uint64_t way;	 /* by which its last round asked */
	uint8_t *rows;	 /* nrows of them, stride octets each */
	uint32_t nrows;	 /* in use */
	uint32_t n;	 /* counters of a row */
	uint32_t stride; /* octets */
	bool met;	 /* since the settings changed */
};

struct sn_rates {
	uint64_t device;      /* whose values these are */
	uint64_t not_before;  /* mono ns of the last restart */
	struct table *tables; /* ntables of them */
	uint32_t ntables;
};

/* A table under way. */
struct pass {
	const struct sn_rates *r;	  /* of the target */
	const struct sn_rates_look *look; /* the round */
	const struct sn_plan_rates *plan; /* which columns */
	struct sn_block *blk;		  /* the rows */
	struct table *t;		  /* their memory */
	uint32_t *index;		  /* of t's rows by key, row + 1, 0: free; NULL: not made */
	uint32_t mask;			  /* of its places */
	uint32_t next;			  /* row of t that is expected */
};

struct sn_rates *sn_rates_new(void)
{
	return calloc(1, sizeof(struct sn_rates));
}

static void forget_all(struct sn_rates *r)
{
	for (uint32_t i = 0; i < r->ntables; i++) {
		free(r->tables[i].rows);
	}
	free(r->tables);
	r->tables = NULL;
	r->ntables = 0;
}

void sn_rates_free(struct sn_rates *r)
{
	if (r) {
		forget_all(r);
		free(r);
	}
}

void sn_rates_restarted(struct sn_rates *r, uint64_t at)
{
	r->not_before = at;
}

void sn_rates_device(struct sn_rates *r, uint64_t id)
{
	if (r->device != id) {
		forget_all(r);
		r->device = id;
	}
}

void sn_rates_doubt(struct sn_rates *r)
{
	for (uint32_t i = 0; i < r->ntables; i++) {
		r->tables[i].met = false;
	}
}

bool sn_rates_prune(struct sn_rates *r)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < r->ntables; i++) {
		if (r->tables[i].met) {
			r->tables[kept++] = r->tables[i];
		} else {
			free(r->tables[i].rows);
		}
	}
	r->ntables = kept;
	return kept == 0;
}

size_t sn_rates_octets(const struct sn_rates *r)
{
	size_t octets = sizeof(*r) + r->ntables * sizeof(*r->tables);

	for (uint32_t i = 0; i < r->ntables; i++) {
		octets += (size_t)r->tables[i].nrows * r->tables[i].stride;
	}
	return octets;
}

static uint32_t stride_of(uint32_t n)
{
	return (uint32_t)sizeof(struct row) + n * 8 + ((n + 7) & ~UINT32_C(7));
}

/* The memory of a table, made if missing. NULL: out of memory. */
static struct table *table_of(struct sn_rates *r, const struct sn_plan_rates *plan)
{
	struct table *tables;

	for (uint32_t i = 0; i < r->ntables; i++) {
		if (r->tables[i].layout == plan->layout && r->tables[i].n == plan->n) {
			return &r->tables[i];
		}
	}
	tables = realloc(r->tables, (r->ntables + 1) * sizeof(*tables));
	if (!tables) {
		return NULL;
	}
	r->tables = tables;
	tables[r->ntables] =
		(struct table){.layout = plan->layout, .n = plan->n, .stride = stride_of(plan->n)};
	return &tables[r->ntables++];
}

static struct row *row_at(const struct table *t, uint32_t i)
{
	return (struct row *)(void *)(t->rows + (size_t)i * t->stride);
}

static uint32_t number_of(const struct table *t, const struct row *row)
{
	return (uint32_t)((size_t)((const uint8_t *)row - t->rows) / t->stride);
}

static uint8_t *states(struct row *row, uint32_t n)
{
	return (uint8_t *)(row->number + n);
}

/* Up to seven octets are a key as they are; of a longer index, which is rare, it is a hash. */
static uint64_t key_of(const struct sn_bytes *index)
{
	uint64_t key = 0;

	if (index->n > 7) {
		return sn_hash_bytes(index->octet, index->n, 0) | UINT64_C(0xff) << 56;
	}
	memcpy(&key, index->octet, index->n);
	return key | (uint64_t)index->n << 56;
}

static void make_index(struct pass *p)
{
	uint32_t places = 16;

	while (places < 2 * p->t->nrows) {
		places *= 2;
	}
	p->index = sn_arena_zalloc(p->blk->arena, places * sizeof(*p->index));
	p->mask = places - 1;
	for (uint32_t i = 0; p->index && i < p->t->nrows; i++) {
		uint32_t at = (uint32_t)sn_hash_mix(row_at(p->t, i)->key, 0xd6e8feb86659fd93u);

		while (p->index[at & p->mask]) {
			at++;
		}
		p->index[at & p->mask] = i + 1;
	}
}

/* What is remembered of a row; NULL: nothing. */
static struct row *find(struct pass *p, uint64_t key)
{
	const struct table *t = p->t;
	uint32_t at;

	if (p->next < t->nrows && row_at(t, p->next)->key == key) {
		return row_at(t, p->next++);
	}
	if (t->nrows && !p->index) {
		make_index(p);
	}
	if (!p->index) {
		return NULL; /* without memory for it the row is a new one */
	}
	at = (uint32_t)sn_hash_mix(key, 0xd6e8feb86659fd93u);
	while (p->index[at & p->mask]) {
		uint32_t i = p->index[at & p->mask] - 1;

		if (row_at(t, i)->key == key) {
			p->next = i + 1;
			return row_at(t, i);
		}
		at++;
	}
	return NULL;
}

static enum kind kind_of(uint8_t tag)
{
	switch (tag) {
	case SN_TAG_COUNTER32:
		return KIND_32;
	case SN_TAG_COUNTER64:
		return KIND_64;
	default:
		return sn_value_is_unsigned(tag) ? KIND_OTHER : KIND_NONE;
	}
}

/* Mono ns at which the row was answered; 0: the wall clock was set meanwhile, nobody knows. */
static uint64_t answered_at(const struct sn_rates_look *look, const struct sn_row *row)
{
	uint64_t at = row->at - look->wall_offset;

	return at >= look->started && at <= look->now ? at : 0;
}

/* A remembered counter and the value that has come. */
struct step {
	struct row *row;   /* of the memory */
	uint64_t *number;  /* remembered */
	uint8_t *state;	   /* the same */
	struct sn_value v; /* that has come */
	uint64_t at;	   /* mono ns of that */
	bool fresh;	   /* what is remembered is not to be compared with */
	bool proven;	   /* there was no restart until then */
	bool may_wait;	   /* the next round will tell */
};

/* The value stays what is remembered, and will be older than its row. */
static void keep(struct step *s)
{
	if (!(*s->state & OLDER)) {
		*s->state |= OLDER | JUST;
	}
}

/* How far a Counter32 went; false: it cannot be told, or not yet (then the value waits). */
static bool went_32(struct step *s, uint64_t *went)
{
	bool waits = *s->state & WAITS;
	uint32_t base = (uint32_t)*s->number;
	uint32_t last = waits ? (uint32_t)(*s->number >> 32) : base;
	uint32_t now = (uint32_t)s->v.u;
	uint32_t step = now - last;

	if (now < last) {
		if (step > INT32_MAX) {
			return false; /* went back rather than round */
		}
		if (!s->proven) {
			if (!waits && s->may_wait) {
				*s->number = base | (uint64_t)now << 32;
				*s->state |= WAITS;
				keep(s);
			}
			return false;
		}
	}
	*went = (uint64_t)(uint32_t)(last - base) + step;
	return true;
}

/* Without digits that mean nothing: seven stay at least, and to write all 17 of each rate would
 * take more time than all else of a round. */
static double rounded(double rate)
{
	const double scale = rate < 1e4 ? 1e6 : rate < 1e7 ? 1e3 : 1;

	return nearbyint(rate * scale) / scale;
}

/* Remembers the value and gives the rate since the one before; false: there is none. */
static bool take(const struct pass *p, struct step *s, double *rate)
{
	enum kind kind = kind_of(s->v.tag);
	uint64_t base_at = *s->state & OLDER ? s->row->before : s->row->at;
	bool known = kind && (*s->state & KIND) == kind && !s->fresh &&
		     base_at >= p->r->not_before && s->at > base_at &&
		     s->at - base_at <= p->look->longest;
	uint64_t went = 0;

	if (known && kind == KIND_32) {
		uint8_t before = *s->state;

		known = went_32(s, &went);
		if (!(before & WAITS) && *s->state & WAITS) {
			return false; /* stays as it is */
		}
	} else if (known) {
		known = s->v.u >= *s->number;
		went = s->v.u - *s->number;
	}
	*s->number = s->v.u;
	*s->state = (uint8_t)kind;
	if (known) {
		*rate = rounded((double)went / ((double)(s->at - base_at) / (double)SN_NS_PER_SEC));
	}
	return known;
}

/* The values of OLDER are those of one moment: of two the later one stays. */
static void settle(struct row *mem, uint32_t n, uint64_t at)
{
	uint8_t *state = states(mem, n);
	uint8_t any = 0;

	for (uint32_t i = 0; i < n; i++) {
		any |= state[i];
	}
	for (uint32_t i = 0; any & JUST && i < n; i++) {
		if (state[i] & JUST) {
			state[i] = (uint8_t)(state[i] & ~JUST);
		} else if (state[i] & OLDER) {
			state[i] = KIND_NONE;
		}
	}
	if (any & JUST) {
		mem->before = mem->at;
	}
	mem->at = at;
}

/*
 * A row has one time, that of its last answer. Whether its other values may be so much older that
 * it would show in what has grown since `last`.
 */
static bool is_spread(const struct sn_rates_look *look, uint64_t at, uint64_t last)
{
	return at - look->started > (at - last) / SPREAD;
}

/*
 * Whether a row says nothing about rates in this round, so that the next one's span two: a restart
 * could not be seen, or answers that came late make it uncertain when its values are of.
 */
static bool is_to_be_skipped(const struct pass *p, const struct sn_row *row, uint64_t at,
			     uint64_t last)
{
	const struct sn_rates_look *look = p->look;
	int32_t discontinuity = p->blk->schema->discontinuity;

	if (at == 0 || (look->knows_uptime && !look->has_uptime)) {
		return true;
	}
	if (discontinuity >= 0 && row->flags & SN_ROW_PARTIAL &&
	    !sn_block_tag(p->blk, row, (uint32_t)discontinuity)) {
		return true;
	}
	return last && look->retried && is_spread(look, at, last);
}

/* The row's counters restarted since the round before. */
static bool restarted(const struct pass *p, const struct sn_row *row)
{
	return p->look->reset || row->flags & SN_ROW_RESET;
}

/* A row's counters; mem: what is remembered of it. fresh: that is not to be compared with. */
static void take_row(const struct pass *p, struct sn_row *row, struct row *mem, uint64_t at,
		     bool fresh)
{
	const struct sn_rates_look *look = p->look;
	const uint32_t n = p->plan->n;
	struct step s = {.row = mem,
			 .at = at,
			 .fresh = fresh,
			 .proven = look->has_uptime && look->uptime_at >= at,
			 .may_wait = look->has_uptime};
	bool settles = false;

	for (uint32_t i = 0; i < n; i++) {
		struct sn_value rate = {.tag = SN_TAG_DOUBLE};

		s.number = &mem->number[i];
		s.state = &states(mem, n)[i];
		if (!sn_block_get(p->blk, row, p->plan->v[i].from, &s.v)) {
			if (s.fresh) {
				*s.state = KIND_NONE;
			} else if (*s.state) {
				keep(&s);
			}
		} else if (take(p, &s, &rate.d)) {
			sn_block_fill(p->blk, row, p->plan->v[i].column, rate.tag, rate.u, 0);
		}
		settles |= (*s.state & JUST) != 0;
	}
	if (settles) {
		settle(mem, n, at);
	} else {
		mem->at = at;
	}
}

/* A row that is remembered. */
static void take_known(const struct pass *p, struct sn_row *row, struct row *mem)
{
	uint64_t at = answered_at(p->look, row);

	if (restarted(p, row) && at == 0) {
		memset(states(mem, p->plan->n), KIND_NONE, p->plan->n);
	} else if (restarted(p, row) || !is_to_be_skipped(p, row, at, mem->at)) {
		bool other_way = p->t->way != p->look->way && is_spread(p->look, at, mem->at);

		take_row(p, row, mem, at, restarted(p, row) || other_way);
	}
}

/* A row that is not: whether it is worth it. */
static bool is_new(const struct pass *p, const struct sn_row *row)
{
	return !is_to_be_skipped(p, row, answered_at(p->look, row), 0);
}

/*
 * Rows came or went: their memory, in the order of this round. Those that are not in it are kept
 * for as long as a rate may span unless the table is whole. SN_ENOMEM: all is as it was.
 */
static int rebuild(struct pass *p, uint32_t news)
{
	struct table *t = p->t;
	uint64_t most = (uint64_t)t->nrows + news;
	uint8_t *was;
	struct table next = *t;
	uint8_t *done;

	next.rows = calloc(most ? most : 1, t->stride);
	done = sn_arena_zalloc(p->blk->arena, t->nrows + 1);
	if (!next.rows || !done) {
		free(next.rows);
		return SN_ENOMEM;
	}
	next.nrows = 0;
	p->next = 0;
	for (uint32_t i = 0; i < p->blk->nrows; i++) {
		struct sn_row *row = sn_block_row(p->blk, i);
		uint64_t key = key_of(row->index);
		struct row *mem = row->filled ? find(p, key) : NULL;

		if (mem && !done[number_of(t, mem)]) {
			done[number_of(t, mem)] = 1;
			memcpy(row_at(&next, next.nrows++), mem, t->stride);
		} else if (!mem && row->filled && is_new(p, row)) {
			mem = row_at(&next, next.nrows++);
			mem->key = key;
			take_row(p, row, mem, answered_at(p->look, row), true);
		}
	}
	for (uint32_t i = 0; i < t->nrows && !p->look->whole; i++) {
		const struct row *mem = row_at(t, i);

		if (!done[i] && p->look->now - mem->at <= p->look->longest &&
		    next.nrows < p->look->max_rows) {
			memcpy(row_at(&next, next.nrows++), mem, t->stride);
		}
	}
	was = t->rows;
	*t = next;
	free(was);
	if (t->nrows < most) {
		was = realloc(t->rows, (size_t)(t->nrows ? t->nrows : 1) * t->stride);
		t->rows = was ? was : t->rows;
	}
	return SN_OK;
}

int sn_rates_rows(struct sn_rates *r, const struct sn_rates_look *look,
		  const struct sn_plan_rates *plan, struct sn_block *blk)
{
	struct pass p = {.r = r, .look = look, .plan = plan, .blk = blk, .t = table_of(r, plan)};
	uint32_t news = 0;
	uint32_t met = 0;

	if (!p.t) {
		return SN_ENOMEM;
	}
	if (look->reset) {
		sn_rates_restarted(r, look->started);
	}
	p.t->met = true;
	for (uint32_t i = 0; i < blk->nrows; i++) {
		struct sn_row *row = sn_block_row(blk, i);
		struct row *mem;

		if (row->filled == 0) {
			continue; /* gone, or nothing of it came */
		}
		mem = find(&p, key_of(row->index));
		if (mem) {
			met++;
			take_known(&p, row, mem);
		} else {
			news += is_new(&p, row);
		}
	}
	p.t->way = look->way;
	return news || (look->whole && met < p.t->nrows) ? rebuild(&p, news) : SN_OK;
}

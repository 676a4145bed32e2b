/*
 * Learned walks against the truth: a device's whole list of names is known, so what a round must
 * bring is known without a walk. The first round walks plainly, the following ones by a course;
 * each must bring exactly what the device has at that time, whatever came or went between them.
 * Devices: recordings (of SONDE_CORPORA, when they are there) and made-up ones.
 *
 * ctest: one_thread timeout=120
 */
#include "base/hash.h"
#include "collect/collector.h"
#include "msg/peek.h"
#include "recording/recording.h"
#include "support/capture.h"
#include "support/shelf.h"
#include "support/suite.h"
#include "support/xz.h"

#include <ftw.h>
#include <unistd.h>

enum {
	COLUMNS_MOST = 400, /* of a device */
	PREFIX_LEAST = 7,   /* octets of a column's OID */
	INSTANCES_MOST = 30000,
	ROUNDS = 4,
	CHANGES = 40 /* rounds with changes between them */
};

#define SEC UINT64_C(1000000000)

struct course_case {
	uint32_t max_reply;	  /* octets */
	uint32_t max_repetitions; /* 0: any */
	uint32_t window;
	uint32_t agent_varbinds; /* it gives no more; 0: any */
	uint32_t agent_room;	 /* octets of varbinds it gives */
	uint32_t leave_out;	 /* of a hundred columns, those that are not wanted */
};

static const struct course_case cases[] = {
	{1400, 0, 4, 0, 1400, 0},   {1400, 25, 64, 0, 1400, 30}, {484, 10, 1, 0, 440, 50},
	{8000, 0, 8, 0, 1400, 10},  {1400, 0, 16, 7, 1400, 30},	 {1400, 50, 4, 0, 60000, 90},
	{20000, 0, 4, 0, 20000, 5},
};

/* What the rounds of one device came to. */
struct world {
	struct shelf shelf;
	struct sn_arena_pool pool;
	struct sn_arena arena;
	struct sn_plan plan;
	const struct sn_plan *plans[1];
	struct sn_target_spec spec;
	struct sn_fake *net;
	struct sn_worker w;
	struct sn_collector c;
	struct sn_outputs out;
	uint64_t digest;       /* of the cells of the round under way */
	uint64_t cells;	       /* in it */
	uint32_t rounds;       /* ended */
	uint32_t learned;      /* of these, by a course */
	uint32_t changes;      /* to make after each round */
	uint32_t wrong;	       /* rounds that brought something else */
	uint32_t not_ok;       /* rounds */
	uint32_t requests[64]; /* of the first rounds */
	uint64_t random;       /* state of the changes */
};

static struct world world;

static uint64_t draw(struct world *wd, uint64_t below)
{
	wd->random = sn_hash_mix(wd->random + 1, UINT64_C(0x9e3779b97f4a7c15));
	return below ? wd->random % below : 0;
}

/*** The truth ***/

static uint64_t cell_hash(struct sn_span name, const struct sn_value *v)
{
	uint8_t room[4096];
	struct sn_writer w = sn_writer_make(room, sizeof(room));

	sn_value_write(&w, v);
	return sn_hash_bytes(room + sizeof(room) - sn_writer_len(&w), sn_writer_len(&w),
			     sn_hash_bytes(name.p, name.n, 1));
}

/* Exactly what the device has in the wanted columns. */
static uint64_t truth(const struct world *wd, uint64_t *cells)
{
	uint64_t digest = 0;

	*cells = 0;
	for (uint32_t t = 0; t < wd->plan.ntables; t++) {
		const struct sn_schema *schema = &wd->plan.tables[t].schema;

		for (uint32_t c = 0; c < schema->ncolumns; c++) {
			struct sn_span oid = schema->columns[c].oid;

			for (uint32_t i = shelf_find(&wd->shelf, oid);
			     i < wd->shelf.n && sn_span_is_prefix(oid, wd->shelf.v[i].name); i++) {
				const struct shelf_item *it = &wd->shelf.v[i];

				if (it->value.tag != SN_TAG_NULL && it->name.n > oid.n &&
				    !sn_value_is_exception(it->value.tag)) {
					digest += cell_hash(it->name, &it->value);
					(*cells)++;
				}
			}
		}
	}
	return digest;
}

static void on_rows(void *ctx, const struct sn_block *blk)
{
	struct world *wd = ctx;
	uint8_t name[SN_OID_MAX_BER];

	for (uint32_t i = 0; i < blk->nrows; i++) {
		const struct sn_row *row = sn_block_row(blk, i);

		for (uint32_t c = 0; c < blk->schema->ncolumns && blk->schema->nindexes; c++) {
			struct sn_span oid = blk->schema->columns[c].oid;
			struct sn_value v;

			if (sn_block_get(blk, row, c, &v)) {
				memcpy(name, oid.p, oid.n);
				memcpy(name + oid.n, row->index->octet, row->index->n);
				wd->digest +=
					cell_hash(sn_span_make(name, oid.n + row->index->n), &v);
				wd->cells++;
			}
		}
	}
}

/*** Changes ***/

/* A wanted column, or with bad luck n. */
static uint32_t some_instance(struct world *wd)
{
	const struct sn_schema *schema = &wd->plan.tables[draw(wd, wd->plan.ntables)].schema;
	struct sn_span oid = schema->columns[draw(wd, schema->ncolumns)].oid;
	uint32_t from = shelf_find(&wd->shelf, oid);
	uint32_t n = 0;

	while (from + n < wd->shelf.n && sn_span_is_prefix(oid, wd->shelf.v[from + n].name)) {
		n++;
	}
	if (draw(wd, 3) == 0 && n) {
		return from + n - 1; /* ends are where mistakes are made */
	}
	return n ? from + (uint32_t)draw(wd, n) : wd->shelf.n;
}

/* A new neighbour of an instance: another last arc, or one more. */
static void add_near(struct world *wd, uint32_t i)
{
	struct sn_value v = {.tag = SN_TAG_COUNTER32, .u = draw(wd, 100000)};
	uint8_t name[SN_OID_MAX_BER + 8];
	size_t n = wd->shelf.v[i].name.n;

	if (n > 100) {
		return;
	}
	memcpy(name, wd->shelf.v[i].name.p, n);
	if (draw(wd, 4) == 0 || name[n - 1] > 0x7e || (n > 1 && name[n - 2] > 0x7f)) {
		name[n++] = (uint8_t)draw(wd, 128);
	} else {
		name[n - 1] = (uint8_t)(name[n - 1] + 1 + draw(wd, 3)) & 0x7f;
	}
	shelf_put(&wd->shelf, sn_span_make(name, n), &v);
}

/* A name that nobody wants, where the agent went straight from one wanted column into the next. */
static void add_between(struct world *wd, uint32_t i)
{
	struct sn_value v = {.tag = SN_TAG_COUNTER32, .u = draw(wd, 100000)};
	uint8_t name[SN_OID_MAX_BER];
	struct sn_span old = wd->shelf.v[i].name;

	if (old.n == 10 && old.p[5] == 50) {
		memcpy(name, old.p, old.n);
		name[8]++; /* make_device leaves each second column free */
		shelf_put(&wd->shelf, sn_span_make(name, old.n), &v);
	}
}

/* Takes out all instances of a column, or a row of neighbours. */
static void drop_many(struct world *wd, uint32_t i)
{
	uint64_t n = 1 + draw(wd, 60);

	while (n-- && i < wd->shelf.n && wd->shelf.v[i].name.n > PREFIX_LEAST) {
		shelf_drop(&wd->shelf, i);
	}
}

static void change(struct world *wd)
{
	for (uint64_t n = draw(wd, 6); n; n--) {
		uint32_t i = some_instance(wd);

		if (i >= wd->shelf.n) {
			continue;
		}
		switch (draw(wd, 9)) {
		case 0:
			drop_many(wd, i);
			break;
		case 1:
		case 2:
			shelf_drop(&wd->shelf, i);
			break;
		case 3:
			for (int k = 0; k < 40 && i < wd->shelf.n; k++) {
				add_near(wd, i);
				i = some_instance(wd);
			}
			break;
		case 4:
			add_between(wd, i);
			break;
		default:
			add_near(wd, i);
		}
	}
}

static void on_round(void *ctx, const struct sn_round *round)
{
	struct world *wd = ctx;
	uint64_t cells;
	uint64_t expected = truth(wd, &cells);
	bool same = expected == wd->digest && cells == wd->cells;

	if (wd->rounds < 64) {
		wd->requests[wd->rounds] = round->requests;
	}
	wd->learned += wd->c.targets[0]->learned.course != NULL;
	wd->not_ok += round->status != SN_ROUND_OK;
	if (round->status == SN_ROUND_OK && !same) {
		fprintf(stderr, "round %u: %lu cells, the device has %lu\n", wd->rounds,
			(unsigned long)wd->cells, (unsigned long)cells);
		wd->wrong++;
	}
	wd->rounds++;
	wd->digest = 0;
	wd->cells = 0;
	if (wd->changes) {
		change(wd);
	}
}

/*** Plans ***/

/* Octets that two names have in common, up to the border of an arc. */
static size_t common(struct sn_span a, struct sn_span b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && a.p[n] == b.p[n]) {
		n++;
	}
	while (n && a.p[n - 1] > 0x7f) {
		n--;
	}
	return n;
}

/* The OID without its last arc. */
static struct sn_span parent(struct sn_span oid)
{
	size_t n = oid.n - 1;

	while (n && oid.p[n - 1] > 0x7f) {
		n--;
	}
	return sn_span_make(oid.p, n);
}

/* Subtrees with two instances or more, as far as they are wanted. */
static uint32_t find_columns(struct world *wd, const struct course_case *cs,
			     struct sn_column *columns)
{
	const struct shelf *s = &wd->shelf;
	uint32_t n = 0;

	for (uint32_t i = 0; i + 1 < s->n && n < COLUMNS_MOST; i++) {
		size_t octets = common(s->v[i].name, s->v[i + 1].name);
		struct sn_span oid = sn_span_make(s->v[i].name.p, octets);

		if (octets < PREFIX_LEAST || octets == s->v[i].name.n) {
			continue;
		}
		while (i + 1 < s->n && sn_span_is_prefix(oid, s->v[i + 1].name)) {
			i++;
		}
		if (draw(wd, 100) >= cs->leave_out) {
			uint8_t *copy = sn_arena_alloc(&wd->arena, octets);

			memcpy(copy, oid.p, octets);
			columns[n++] = (struct sn_column){.name = "c",
							  .oid = sn_span_make(copy, octets),
							  .kind = SN_KIND_TEXT,
							  .is_value = true};
		}
	}
	return n;
}

/* Neighbours below one parent are a table. */
static void make_plan(struct world *wd, const struct course_case *cs)
{
	static const struct sn_index index = {.label = "index", .kind = SN_KIND_GAUGE};
	struct sn_column *columns = sn_arena_alloc(&wd->arena, COLUMNS_MOST * sizeof(*columns));
	struct sn_plan_table *tables = sn_arena_zalloc(&wd->arena, COLUMNS_MOST * sizeof(*tables));
	uint32_t n = find_columns(wd, cs, columns);

	wd->plan = (struct sn_plan){
		.name = "course",
		.scalars = {.module = "course", .table = "course", .discontinuity = -1},
		.max_repetitions =
			cs->max_repetitions ? cs->max_repetitions : SN_PLAN_REPETITIONS_ANY,
		.retries = -1,
		.tables = tables};
	for (uint32_t i = 0; i < n; i++) {
		struct sn_schema *s = &tables[wd->plan.ntables].schema;
		struct sn_span above = parent(columns[i].oid);

		if (i == 0 || !sn_span_eq(above, parent(columns[i - 1].oid))) {
			*s = (struct sn_schema){.module = "course",
						.table = "course",
						.columns = &columns[i],
						.indexes = &index,
						.nindexes = 1,
						.discontinuity = -1};
			wd->plan.ntables++;
		}
		tables[wd->plan.ntables - 1].schema.ncolumns++;
		tables[wd->plan.ntables - 1].schema.nwalked++;
	}
	wd->plans[0] = &wd->plan;
}

/*** Runs ***/

static void open_world(struct world *wd, const struct sn_store *store, const struct course_case *cs,
		       uint64_t seed)
{
	static const struct sn_fake_link link = {.delay_ns = 1000000, .jitter_ns = 3000000};
	struct sn_worker_config wc = {.in_flight = 1000, .seed = &seed};
	struct sn_collector_config cc = {.outs = &wd->out, .max_jobs = 10, .ctx = wd};
	struct sn_fake_config fc = {.seed = seed,
				    .start_mono = 1000 * SEC,
				    .start_wall = 1700000000 * SEC,
				    .link = link,
				    .peer = shelf_peer,
				    .peer_ctx = &wd->shelf,
				    .sockets4 = 1};

	memset(wd, 0, sizeof(*wd));
	wd->random = seed;
	shelf_init(&wd->shelf, store);
	wd->shelf.max_varbinds = cs->agent_varbinds;
	wd->shelf.room = cs->agent_room;
	sn_arena_pool_init(&wd->pool, 8192);
	sn_arena_init(&wd->arena, &wd->pool);
	make_plan(wd, cs);
	capture_init(&wd->out, NULL, false);
	wd->out.ctx = wd;
	wd->out.on_rows = on_rows;
	wd->out.on_round = on_round;
	wd->spec = (struct sn_target_spec){
		.origin = {.instance = "device"},
		.version = SN_VERSION_2C,
		.community = sn_span_str("public"),
		.plans = wd->plans,
		.nplans = 1,
		.scalars = sn_scalars_build(wd->plans, 1, NULL, &wd->arena),
		.modules = "course",
		.interval_ns = 60 * SEC,
		.timeout_ns = 2 * SEC,
		.retries = 3,
		.max_reply = cs->max_reply,
		.max_rows = 1000000,
		.window = cs->window,
		.fingerprint = 1,
	};
	ck_assert_int_eq(sn_addr_parse(&wd->spec.addr, "10.0.0.1", 161), SN_OK);
	ck_assert_int_eq(sn_fake_open(&fc, &wd->net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&wd->w, &wc, sn_fake_io(wd->net)), SN_OK);
	sn_collector_init(&wd->c, &wd->w, &cc);
}

static void close_world(struct world *wd)
{
	sn_collector_cancel(&wd->c);
	sn_collector_fini(&wd->c);
	sn_worker_fini(&wd->w);
	sn_arena_reset(&wd->arena);
	sn_arena_pool_fini(&wd->pool);
	capture_fini(&wd->out);
	shelf_fini(&wd->shelf);
}

static void run_rounds(struct world *wd, uint32_t n)
{
	const struct sn_target_spec *specs[] = {&wd->spec};

	ck_assert_int_eq(sn_collector_apply(&wd->c, specs, 1), SN_OK);
	while (wd->rounds < n) {
		suite_expect(sn_worker_turn(&wd->w, sn_io_now(wd->w.io) + SEC) == SN_OK);
	}
}

/* Sums over recordings. */
static uint32_t devices;
static uint32_t learned_devices;
static uint64_t plain_requests;
static uint64_t learned_requests;

static void run_device(const char *name, const struct sn_store *store, const struct course_case *cs,
		       uint64_t seed)
{
	open_world(&world, store, cs, seed);
	if (world.plan.ntables) {
		run_rounds(&world, ROUNDS);
		ck_assert_msg(world.wrong == 0, "%s", name);
		devices++;
		if (world.not_ok == 0) {
			ck_assert_uint_eq(world.learned, ROUNDS);
			learned_devices++;
			plain_requests += world.requests[0];
			learned_requests += world.requests[ROUNDS - 1];
		}
	}
	close_world(&world);
}

/* What is wrong with a recording is not this test's business. */
static void quiet(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

static int take_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
	enum sn_recording_format format;
	struct sn_recording_report report;
	struct sn_store *store;

	(void)st;
	(void)where;
	if (type != FTW_F || sn_recording_format(path, &format) ||
	    sn_recording_load(path, quiet, NULL, &report, &store)) {
		return 0;
	}
	if (store->instances < INSTANCES_MOST) {
		uint64_t seed = sn_hash_bytes(path, strlen(path), 0);

		run_device(path, store, &cases[seed % (sizeof(cases) / sizeof(cases[0]))], seed);
		run_device(path, store, &cases[0], seed);
	}
	sn_store_free(store);
	return 0;
}

START_TEST(every_recording_gives_by_course_what_it_gives_by_walk)
{
	ck_assert_int_eq(nftw(corpora_path("librenms"), take_file, 16, FTW_PHYS), 0);
	printf("%u walks of recordings, %u learned: %lu requests by course instead of %lu\n",
	       devices, learned_devices, (unsigned long)learned_requests,
	       (unsigned long)plain_requests);
	ck_assert_uint_gt(devices, 200);
	ck_assert_uint_gt(learned_devices * 10, devices * 9);
	ck_assert_uint_lt(learned_requests, plain_requests);
}
END_TEST

/* A made-up device: so many tables of columns with rows and holes. */
static void make_device(struct shelf *s, uint64_t seed)
{
	struct world wd = {.random = seed};
	uint32_t tables = 1 + (uint32_t)draw(&wd, 4);

	shelf_init(s, NULL);
	for (uint32_t t = 0; t < tables; t++) {
		uint32_t columns = 1 + (uint32_t)draw(&wd, 12);
		uint32_t rows = (uint32_t)draw(&wd, 80);
		uint32_t holes = draw(&wd, 2) ? (uint32_t)draw(&wd, 30) : 0;

		for (uint32_t c = 0; c < columns; c++) {
			for (uint32_t r = 0; r < rows; r++) {
				uint8_t name[] = {0x2b,
						  6,
						  1,
						  2,
						  1,
						  50,
						  (uint8_t)(t + 1),
						  1,
						  (uint8_t)(2 * c + 1),
						  (uint8_t)(r + 1)};
				struct sn_value v = {.tag = SN_TAG_COUNTER64,
						     .u = draw(&wd, UINT64_MAX) >> draw(&wd, 64)};

				if (draw(&wd, 100) >= holes) {
					shelf_put(s, sn_span_make(name, sizeof(name)), &v);
				}
			}
		}
	}
}

START_TEST(whatever_comes_or_goes_is_seen_in_the_same_round)
{
	enum { DEVICES = 60 };

	for (uint64_t seed = 0; seed < DEVICES; seed++) {
		struct shelf s;

		make_device(&s, seed);
		open_world(&world, &s.store, &cases[seed % (sizeof(cases) / sizeof(cases[0]))],
			   seed);
		shelf_fini(&s);
		if (world.plan.ntables) {
			world.changes = 1;
			run_rounds(&world, CHANGES);
			ck_assert_msg(world.wrong == 0, "seed %lu", (unsigned long)seed);
			ck_assert_uint_eq(world.not_ok, 0);
			ck_assert_uint_ge(world.learned, CHANGES / 2);
		}
		close_world(&world);
	}
}
END_TEST

START_TEST(where_only_small_answers_come_through_small_ones_are_asked_for)
{
	struct shelf s;

	make_device(&s, 3);
	open_world(&world, &s.store, &cases[0], 3);
	shelf_fini(&s);
	world.shelf.lost_above = 800;
	run_rounds(&world, 12);
	ck_assert_uint_eq(world.wrong, 0);
	ck_assert_uint_gt(world.c.targets[0]->learned.reply_max, 0);
	ck_assert_uint_le(world.c.targets[0]->learned.reply_max, 800);
	ck_assert_uint_le(world.not_ok, 4); /* twice two: 1400, 700 */
	ck_assert_ptr_nonnull(world.c.targets[0]->learned.course);
	close_world(&world);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		whatever_comes_or_goes_is_seen_in_the_same_round,
		where_only_small_answers_come_through_small_ones_are_asked_for,
		every_recording_gives_by_course_what_it_gives_by_walk, NULL};
	const TTest *const without[] = {
		whatever_comes_or_goes_is_seen_in_the_same_round,
		where_only_small_answers_come_through_small_ones_are_asked_for, NULL};
	const char *root = corpora_path("librenms");
	bool there = root && access(root, R_OK) == 0;

	if (!there) {
		printf("without recordings: none below SONDE_CORPORA\n");
	}
	return suite_run_tests("course", there ? tests : without, 120);
}

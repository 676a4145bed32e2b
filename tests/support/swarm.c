/*
 * Assembly of the swarm, see swarm.h.
 */
#include "support/swarm.h"

#include "base/hash.h"
#include "msg/peek.h"
#include "encode/encoder.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_CHUNK = 64 * 1024, NAME_ROOM = 16, RECORD_MAX = 4096 };

#define START_MONO (1000 * SN_NS_PER_SEC)
#define START_WALL (UINT64_C(1795377600) * SN_NS_PER_SEC)

size_t swarm_heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

uint64_t swarm_counter(const struct swarm *s, enum sn_counter id)
{
	return sn_counter_get(&s->w.counters, id);
}

static uint32_t id_of(const struct sn_origin *origin)
{
	return (uint32_t)strtoul(origin->instance + 1, NULL, 10);
}

/* A row lacks something if and only if it is marked; column 0 of the first row tells who answered.
 */
static void check_rows(struct swarm *s, const struct sn_block *blk)
{
	static const uint8_t first[] = {0, 1};
	const struct sn_row *row = sn_block_find(blk, sn_span_make(&first[s->cfg.rows > 0], 1));
	struct sn_value v;
	bool whole = blk->nrows == (s->cfg.rows ? s->cfg.rows : 1);

	for (uint32_t i = 0; i < blk->nrows; i++) {
		const struct sn_row *each = sn_block_row(blk, i);
		bool marked = each->flags & SN_ROW_PARTIAL;

		whole |= marked; /* rows may be missing behind one that is */
		s->wrong += marked != (each->filled < blk->schema->ncolumns);
	}
	s->wrong += !whole;
	if (row && sn_block_get(blk, row, 0, &v) && v.u != crowd_counter(id_of(blk->origin))) {
		s->wrong++;
	}
}

static void on_rows(void *ctx, const struct sn_block *blk)
{
	static uint8_t scratch[1 << 16];
	struct swarm *s = ctx;
	const struct sn_encoder_options opt = {.types = false};
	const struct sn_encoder *enc = s->cfg.encoder ? sn_encoder_find(s->cfg.encoder) : NULL;
	struct sn_encoder_run run = {0};

	while (enc && run.next < blk->nrows) {
		int n = enc->rows(&opt, blk, &run, scratch, sizeof(scratch));

		if (n < 0) {
			abort();
		}
		if (s->cfg.digest) {
			s->out.digest = sn_hash_bytes(scratch, (size_t)n, s->out.digest);
		}
	}
	if (s->cfg.check) {
		check_rows(s, blk);
	}
}

/* Whether the agent could have had this uptime within the round. */
static bool uptime_is_right(const struct swarm *s, const struct sn_round *rd)
{
	uint32_t id = id_of(rd->origin);
	uint64_t now = s->w.now;
	uint32_t last = crowd_uptime(&s->crowd, id, now);
	uint32_t first = crowd_uptime(&s->crowd, id, now - rd->duration_ns - 1);

	if (first > last) { /* it started anew meanwhile */
		return rd->uptime <= last || rd->uptime >= first;
	}
	return rd->uptime >= first && rd->uptime <= last;
}

static void on_round(void *ctx, const struct sn_round *rd)
{
	struct swarm *s = ctx;
	const struct sn_encoder_options opt = {.types = false};
	const struct sn_encoder *enc = s->cfg.encoder ? sn_encoder_find(s->cfg.encoder) : NULL;
	uint8_t record[RECORD_MAX];
	int n = enc ? enc->round(&opt, rd, record, sizeof(record)) : 0;

	if (n < 0) {
		abort();
	}
	if (s->cfg.digest) {
		s->out.digest = sn_hash_bytes(record, (size_t)n, s->out.digest);
	}
	s->rounds++;
	s->by_status[rd->status]++;
	s->requests += rd->requests;
	s->retries += rd->retries;
	s->varbinds += rd->varbinds;
	s->rows += rd->rows;
	s->skipped += rd->skipped;
	s->resets += rd->reset;
	s->most_late = rd->lateness_ns > s->most_late ? rd->lateness_ns : s->most_late;
	if (s->cfg.check && rd->has_uptime) {
		s->wrong += !uptime_is_right(s, rd);
	}
}

static void on_idle(void *ctx, struct sn_collector *c)
{
	(void)ctx;
	(void)c;
}

#define OR(field, value) (s->cfg.field = s->cfg.field ? s->cfg.field : (value))

static void fill_in(struct swarm *s)
{
	OR(targets, 1);
	OR(seed, 1);
	OR(link.delay_ns, SN_NS_PER_MS);
	OR(interval_ns, 300 * SN_NS_PER_SEC);
	OR(timeout_ns, 2 * SN_NS_PER_SEC);
	OR(retries, 3);
	OR(in_flight, 20000);
}

static bool is_polled(const struct swarm *s, enum crowd_object object)
{
	if (object == CROWD_UPTIME) {
		return false; /* asked anyway */
	}
	return crowd_is_scalar(object) == (s->cfg.rows == 0);
}

/* The module a user would have written. */
static void make_plan(struct swarm *s)
{
	static const struct sn_index index = {.label = "ifIndex", .kind = SN_KIND_GAUGE};
	struct sn_module_metric metrics[CROWD_OBJECTS];
	struct sn_span walks[CROWD_OBJECTS];
	struct sn_module m = {.name = "swarm",
			      .walks = walks,
			      .metrics = metrics,
			      .max_repetitions = 25,
			      .retries = -1};
	char why[SN_PLAN_WHY_MAX];

	memset(metrics, 0, sizeof(metrics));
	for (int i = 0; i < CROWD_OBJECTS; i++) {
		enum crowd_object object = (enum crowd_object)i;
		struct sn_module_metric *mm = &metrics[m.nmetrics];

		if (!is_polled(s, object)) {
			continue;
		}
		walks[m.nwalks++] = crowd_oid(object);
		mm->name = crowd_name(object);
		mm->help = "";
		mm->oid = crowd_oid(object);
		mm->type.kind = object == CROWD_IF_NAME ? SN_KIND_TEXT : SN_KIND_COUNTER;
		mm->indexes = crowd_is_scalar(object) ? NULL : &index;
		mm->nindexes = crowd_is_scalar(object) ? 0 : 1;
		m.nmetrics++;
	}
	if (sn_plan_build(&m, NULL, &s->arena, &s->plan, why)) {
		abort();
	}
}

static void open_worker(struct swarm *s)
{
	struct sn_fake_config fc = {.seed = s->cfg.seed,
				    .start_mono = START_MONO,
				    .start_wall = START_WALL,
				    .link = s->cfg.link,
				    .peer = crowd_peer,
				    .peer_ctx = &s->crowd,
				    .sockets4 = 2};
	struct sn_worker_config wc = {.in_flight = s->cfg.in_flight, .seed = &s->cfg.seed};
	struct sn_io *io;

	if (sn_fake_open(&fc, &s->net)) {
		abort();
	}
	io = sn_fake_io(s->net);
	if (sn_worker_init(&s->w, &wc, s->cfg.wrap ? s->cfg.wrap(s->cfg.wrap_ctx, io) : io)) {
		abort();
	}
}

/* What config keeps for a target with an address for its name: spec and name; all else is shared.
 */
static const struct sn_target_spec *make_spec(struct swarm *s, uint32_t id,
					      const struct sn_plan *const *plans,
					      const struct sn_scalars *scalars)
{
	struct sn_target_spec *spec = sn_arena_zalloc(&s->arena, sizeof(*spec));
	char *name = sn_arena_alloc(&s->arena, NAME_ROOM);

	if (!spec || !name) {
		abort();
	}
	snprintf(name, NAME_ROOM, "t%08u", id); /* in the order of their names */
	*spec = (struct sn_target_spec){.origin = {.instance = name},
					.addr = crowd_addr(id),
					.version = SN_VERSION_2C,
					.community = sn_span_str("public"),
					.plans = plans,
					.nplans = 1,
					.scalars = scalars,
					.modules = "swarm",
					.interval_ns = s->cfg.interval_ns,
					.timeout_ns = s->cfg.timeout_ns,
					.retries = s->cfg.retries,
					.max_reply = 1400,
					.max_rows = 100000,
					.window = 4,
					.hash = sn_hash_bytes(name, strlen(name), 0),
					.fingerprint = 1};
	return spec;
}

static void apply(struct swarm *s)
{
	size_t bytes = s->cfg.targets * sizeof(struct sn_target_spec *);
	const struct sn_target_spec **specs = sn_arena_alloc(&s->arena, bytes);
	const struct sn_plan **plans = sn_arena_alloc(&s->arena, sizeof(struct sn_plan *));

	const struct sn_scalars *scalars;

	if (!specs || !plans) {
		abort();
	}
	plans[0] = &s->plan;
	scalars = sn_scalars_build(plans, 1, NULL, &s->arena);
	if (!scalars) {
		abort();
	}
	for (uint32_t i = 0; i < s->cfg.targets; i++) {
		specs[i] = make_spec(s, i, plans, scalars);
	}
	s->memory.specs = swarm_heap() - s->memory.before;
	if (sn_collector_apply(&s->c, specs, s->cfg.targets)) {
		abort();
	}
	s->memory.targets = swarm_heap() - s->memory.before - s->memory.specs;
}

void swarm_open(struct swarm *s, const struct swarm_config *cfg)
{
	struct sn_collector_config cc = {
		.outs = &s->out, .max_jobs = UINT32_MAX, .ctx = s, .idle = on_idle};
	struct crowd_config crowd;

	memset(s, 0, sizeof(*s));
	s->cfg = *cfg;
	fill_in(s);
	crowd = (struct crowd_config){.n = s->cfg.targets,
				      .rows = s->cfg.rows,
				      .seed = s->cfg.seed,
				      .began = START_MONO,
				      .dead_ppm = s->cfg.dead_ppm,
				      .reboot_ppm = s->cfg.reboot_ppm,
				      .reboot_after_ns = s->cfg.reboot_after_ns,
				      .reboot_within_ns = s->cfg.reboot_within_ns};
	crowd_init(&s->crowd, &crowd);
	sn_arena_pool_init(&s->pool, ARENA_CHUNK);
	sn_arena_init(&s->arena, &s->pool);
	make_plan(s);
	open_worker(s);
	capture_init(&s->out, NULL, false);
	s->out.ctx = s;
	s->out.on_rows = on_rows;
	s->out.on_round = on_round;
	sn_collector_init(&s->c, &s->w, &cc);
	s->began = s->w.now;
	s->memory.before = swarm_heap();
	apply(s);
}

static void turn(struct swarm *s, uint64_t until)
{
	if (sn_worker_turn(&s->w, until)) {
		abort();
	}
}

void swarm_run(struct swarm *s, uint64_t ns)
{
	uint64_t end = sn_io_now(s->w.io) + ns;

	while (sn_io_now(s->w.io) < end) {
		turn(s, end);
	}
}

bool swarm_finish(struct swarm *s)
{
	uint64_t end = sn_io_now(s->w.io) + 3600 * SN_NS_PER_SEC;

	sn_collector_drain(&s->c);
	while (s->c.jobs && sn_io_now(s->w.io) < end) {
		turn(s, end);
	}
	return s->c.jobs == 0 && s->w.slots.used == 0;
}

void swarm_close(struct swarm *s)
{
	sn_collector_cancel(&s->c);
	sn_collector_fini(&s->c);
	sn_worker_fini(&s->w);
	capture_fini(&s->out);
	sn_arena_reset(&s->arena);
	sn_arena_pool_fini(&s->pool);
	crowd_fini(&s->crowd);
}

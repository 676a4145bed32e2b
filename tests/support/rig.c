/*
 * Assembly and checks of the test rig, see rig.h.
 */
#include "support/rig.h"

#include "base/hash.h"
#include "codec/oid.h"
#include "encode/encoder.h"

enum { ARENA_CHUNK = 64 * 1024, NAME_ROOM = 16 };

#define START_MONO (1000 * SN_NS_PER_SEC)
#define START_WALL (UINT64_C(1795377600) * SN_NS_PER_SEC)

static uint32_t id_of(const struct sn_origin *origin)
{
	return (uint32_t)strtoul(origin->instance + 1, NULL, 10);
}

uint64_t rig_now(const struct rig *r)
{
	return sn_io_now(r->w.io);
}

uint64_t rig_counter(const struct rig *r, enum sn_counter id)
{
	return sn_counter_get(&r->w.counters, id);
}

uint64_t rig_reports(const struct rig *r)
{
	uint64_t n = 0;

	for (int id = SN_C_REPORT_UNSUPPORTED_LEVEL; id <= SN_C_REPORT_OTHER; id++) {
		n += rig_counter(r, (enum sn_counter)id);
	}
	return n;
}

/* What the agent has of a row and the row has not. */
static bool lacks_something(const struct rig *r, const struct agent *a, const struct sn_block *blk,
			    const struct sn_row *row, uint32_t index)
{
	for (uint32_t c = 0; c < blk->schema->ncolumns; c++) {
		enum agent_object object = agent_find(blk->schema->columns[c].oid);
		enum agent_fault fault = agent_fault_of(a, object, index);

		if (sn_block_tag(blk, row, c) || fault == AGENT_NO_SUCH_INSTANCE ||
		    fault == AGENT_NULL) {
			continue;
		}
		if (agent_has(&r->agents, a, object, index, r->cfg.version, r->w.now)) {
			return true;
		}
	}
	return false;
}

static void check_cells(struct rig *r, const struct agent *a, const struct sn_block *blk,
			const struct sn_row *row, uint32_t index, uint64_t from)
{
	for (uint32_t c = 0; c < blk->schema->ncolumns; c++) {
		enum agent_object object = agent_find(blk->schema->columns[c].oid);
		struct sn_value v;

		if (!sn_block_get(blk, row, c, &v)) {
			continue;
		}
		r->cells++;
		r->target[a->id].cells++;
		if (agent_fault_of(a, object, index) != AGENT_SOUND) {
			r->rows_faulty++;
		} else if (!agent_has(&r->agents, a, object, index, r->cfg.version, r->w.now)) {
			r->cells_alien++;
		} else if (!agent_value_is(&r->agents, a, object, index, &v, from, r->w.now)) {
			r->values_wrong++;
		}
	}
}

/* The counts of rows are those of one round: what belongs to the next one begins anew. */
static void begin_counting(struct rig_target *rt)
{
	if (rt->counting != rt->rounds + 1) {
		rt->counting = rt->rounds + 1;
		rt->rows = 0;
		rt->rows_partial = 0;
		rt->rows_reset = 0;
		rt->cells = 0;
	}
}

static void on_rows(void *ctx, const struct sn_block *blk)
{
	struct rig *r = ctx;
	uint32_t id = id_of(blk->origin);
	const struct agent *a = &r->agents.agent[id];
	struct rig_target *rt = &r->target[id];
	/* the values are no older than the end of the round before */
	uint64_t from = rt->rounds ? rt->at[(rt->rounds - 1) % 64] : r->agents.began;

	begin_counting(rt);
	for (uint32_t i = 0; i < blk->nrows; i++) {
		const struct sn_row *row = sn_block_row(blk, i);
		struct sn_cursor cur =
			sn_cursor_make(sn_span_make(row->index->octet, row->index->n));
		uint32_t index = sn_oid_read_arc(&cur);
		bool marked = row->flags & SN_ROW_PARTIAL;

		rt->rows += row->filled > 0;
		rt->rows_partial += marked && row->filled;
		rt->rows_reset += (row->flags & SN_ROW_RESET) != 0;
		if (r->cfg.no_values || row->filled == 0) {
			continue;
		}
		check_cells(r, a, blk, row, index, from);
		if (lacks_something(r, a, blk, row, index) != marked) {
			r->marks_missing += !marked;
			r->marks_false += marked;
		}
	}
}

/* Whether a round record agrees with itself and with the rows before it. */
static bool record_is_right(const struct rig *r, const struct sn_round *rd,
			    const struct rig_target *rt)
{
	if (rd->status > SN_ROUND_CANCELLED || (rd->status == SN_ROUND_OK) != !rd->reason) {
		return false;
	}
	if (rd->rows != rt->rows || rd->rows_partial != rt->rows_partial) {
		return false;
	}
	if (rd->status == SN_ROUND_OK && (rd->rows_partial || rd->timeouts)) {
		return false;
	}
	if (rd->status == SN_ROUND_TIMEOUT && (rd->varbinds || rd->rtt_ns || rd->rows)) {
		return false;
	}
	if (rd->at > sn_worker_wall(&r->w) || (rd->varbinds && !rd->rtt_ns)) {
		return false;
	}
	return rd->timeouts <= rd->requests;
}

static void on_round(void *ctx, const struct sn_round *rd)
{
	struct rig *r = ctx;
	struct rig_target *rt = &r->target[id_of(rd->origin)];

	begin_counting(rt);
	r->records_wrong += !record_is_right(r, rd, rt);
	rt->last = *rd;
	snprintf(rt->reason, sizeof(rt->reason), "%s", rd->reason ? rd->reason : "");
	rt->at[rt->rounds % 64] = r->w.now;
	rt->rounds++;
	rt->by_status[rd->status]++;
	rt->resets += rd->reset;
	rt->skipped += rd->skipped;
	rt->all_rows += rt->rows;
	rt->all_rows_reset += rt->rows_reset;
	r->rounds++;
	r->by_status[rd->status]++;
	r->requests += rd->requests;
	r->retries += rd->retries;
	r->timeouts += rd->timeouts;
	r->varbinds += rd->varbinds;
	r->skipped += rd->skipped;
}

static void on_idle(void *ctx, struct sn_collector *c)
{
	struct rig *r = ctx;

	(void)c;
	r->idle++;
}

static void on_released(void *ctx, struct sn_collector *c)
{
	struct rig *r = ctx;

	(void)c;
	r->released++;
	/* a snapshot is given back only after the outputs forgot its schemas */
	suite_expect(r->cfg.no_outputs || r->out.forgotten >= r->released);
}

#define OR(field, value) (r->cfg.field = r->cfg.field ? r->cfg.field : (value))

static void fill_in(struct rig *r)
{
	OR(targets, 1);
	OR(objects, AGENT_SCALARS);
	OR(seed, 1);
	OR(link.delay_ns, SN_NS_PER_MS);
	OR(interval_ns, 60 * SN_NS_PER_SEC);
	OR(timeout_ns, SN_NS_PER_SEC);
	OR(retries, 2);
	OR(window, 4);
	OR(max_reply, 1400);
	OR(max_rows, 100000);
	OR(max_repetitions, 25);
	OR(in_flight, 1000);
	OR(max_jobs, 1000000);
	OR(auth, SN_AUTH_SHA1);
	OR(priv, SN_PRIV_AES128);
	r->cfg.version = r->cfg.v3 ? SN_VERSION_3 : r->cfg.v1 ? SN_VERSION_1 : SN_VERSION_2C;
	r->cfg.interval_ns = r->cfg.interval_ns == RIG_NO_INTERVAL ? 0 : r->cfg.interval_ns;
	r->cfg.retries = r->cfg.retries == RIG_NO_RETRIES ? 0 : r->cfg.retries;
}

/* The user of version 3, with keys as if they had been made of passwords. */
static void make_user(struct rig *r)
{
	struct sn_usm_user *u = &r->user;

	u->name = sn_span_str("rig");
	if (r->cfg.level != RIG_NO_AUTH) {
		u->level = SN_V3_AUTH;
		u->auth = r->cfg.auth;
		u->auth_n = sn_auth_info((enum sn_auth_protocol)u->auth)->digest;
		memset(u->auth_key, 0xa5, u->auth_n);
	}
	if (r->cfg.level == RIG_AUTH_PRIV) {
		u->level |= SN_V3_PRIV;
		u->priv = r->cfg.priv;
		u->priv_n = u->auth_n;
		memset(u->priv_key, 0xc3, u->priv_n);
	}
	r->access.user = u;
}

static int make_agents(struct rig *r)
{
	int rc = agents_init(&r->agents, r->cfg.targets, r->cfg.rows, START_MONO);

	make_user(r);
	return rc || !r->cfg.v3 ? rc : agents_secure(&r->agents, &r->user);
}

static enum sn_kind kind_of(enum agent_object object)
{
	if (object == AGENT_IF_PHYS) {
		return SN_KIND_PHYS_ADDRESS48;
	}
	switch (agent_tag(object)) {
	case SN_TAG_OCTETS:
		return SN_KIND_TEXT;
	case SN_TAG_COUNTER32:
	case SN_TAG_COUNTER64:
		return SN_KIND_COUNTER;
	default:
		return SN_KIND_GAUGE;
	}
}

/* The module a user would have written: columns walked, scalars walked as well. */
int rig_plan(struct rig *r, const char *name, uint32_t objects, struct sn_plan *plan)
{
	static const struct sn_index index = {.label = "ifIndex", .kind = SN_KIND_GAUGE};
	struct sn_module_metric metrics[AGENT_OBJECTS];
	struct sn_span walks[AGENT_OBJECTS];
	struct sn_module m = {.name = name,
			      .walks = walks,
			      .metrics = metrics,
			      .max_repetitions = r->cfg.max_repetitions,
			      .retries = -1,
			      .allow_nonincreasing = r->cfg.allow_nonincreasing,
			      .rates = r->cfg.rates};
	char why[SN_PLAN_WHY_MAX];
	int rc;

	memset(metrics, 0, sizeof(metrics));
	for (int i = 0; i < AGENT_OBJECTS; i++) {
		enum agent_object object = (enum agent_object)i;
		struct sn_module_metric *mm = &metrics[m.nmetrics];

		if (!(objects & AGENT_BIT(object))) {
			continue;
		}
		walks[m.nwalks++] = agent_oid(object);
		mm->name = agent_name(object);
		mm->help = "";
		mm->oid = agent_oid(object);
		mm->type.kind = kind_of(object);
		mm->indexes = agent_is_scalar(object) ? NULL : &index;
		mm->nindexes = agent_is_scalar(object) ? 0 : 1;
		m.nmetrics++;
	}
	rc = sn_plan_build(&m, NULL, &r->arena, plan, why);
	if (rc == SN_ECONFIG) {
		fprintf(stderr, "%s\n", why);
	}
	return rc;
}

static int open_worker(struct rig *r)
{
	struct sn_fake_config fc = {.seed = r->cfg.seed,
				    .start_mono = START_MONO,
				    .start_wall = START_WALL,
				    .link = r->cfg.link,
				    .peer = agents_peer,
				    .peer_ctx = &r->agents,
				    .sockets4 = 2};
	struct sn_worker_config wc = {
		.number = 0, .in_flight = r->cfg.in_flight, .seed = &r->cfg.seed};
	int rc = sn_fake_open(&fc, &r->net);

	return rc ? rc : sn_worker_init(&r->w, &wc, sn_fake_io(r->net));
}

/* What rig_open took but the worker, the collector and the outputs. */
static void release_basics(struct rig *r)
{
	sn_arena_reset(&r->arena);
	sn_arena_pool_fini(&r->pool);
	agents_fini(&r->agents);
	free(r->target);
}

int rig_try_open(struct rig *r, const struct rig_config *cfg)
{
	struct sn_collector_config cc;
	int rc;

	memset(r, 0, sizeof(*r));
	r->cfg = *cfg;
	fill_in(r);
	sn_arena_pool_init(&r->pool, ARENA_CHUNK);
	sn_arena_init(&r->arena, &r->pool);
	rc = make_agents(r);
	r->target = calloc(r->cfg.targets, sizeof(*r->target));
	rc = r->target ? rc : SN_ENOMEM;
	rc = rc ? rc : rig_plan(r, "rig", r->cfg.objects, &r->plan);
	r->plans[0] = &r->plan;
	r->scalars = rc ? NULL : sn_scalars_build(r->plans, 1, NULL, &r->arena);
	rc = r->scalars || rc ? rc : SN_ENOMEM;
	rc = rc ? rc : open_worker(r);
	if (rc) {
		release_basics(r);
		return rc;
	}
	capture_init(&r->out, r->cfg.json ? sn_encoder_find("json") : NULL, r->cfg.json);
	r->out.ctx = r;
	r->out.on_rows = on_rows;
	r->out.on_round = on_round;
	cc = (struct sn_collector_config){.outs = r->cfg.no_outputs ? NULL : &r->out,
					  .max_jobs = r->cfg.max_jobs,
					  .once = r->cfg.once,
					  .ctx = r,
					  .idle = on_idle,
					  .released = on_released};
	sn_collector_init(&r->c, &r->w, &cc);
	return SN_OK;
}

void rig_open(struct rig *r, const struct rig_config *cfg)
{
	if (rig_try_open(r, cfg)) {
		abort();
	}
}

struct sn_target_spec *rig_spec(struct rig *r, uint32_t id)
{
	struct sn_target_spec *spec = sn_arena_zalloc(&r->arena, sizeof(*spec));
	char *name = sn_arena_alloc(&r->arena, NAME_ROOM);
	const char *community = sn_arena_strndup(&r->arena, "public", 6);

	if (!spec || !name || !community) {
		return NULL;
	}
	snprintf(name, NAME_ROOM, "t%07u", id);
	*spec = (struct sn_target_spec){.origin = {.instance = name},
					.addr = agent_addr(id),
					.version = (uint8_t)r->cfg.version,
					.community = sn_span_str(community),
					.access = r->cfg.v3 ? &r->access : NULL,
					.plans = r->plans,
					.scalars = r->scalars,
					.nplans = 1,
					.modules = "rig",
					.interval_ns = r->cfg.interval_ns,
					.timeout_ns = r->cfg.timeout_ns,
					.retries = (uint8_t)r->cfg.retries,
					.max_reply = r->cfg.max_reply,
					.max_rows = r->cfg.max_rows,
					.window = r->cfg.window,
					.hash = sn_hash_bytes(name, strlen(name), 0),
					.fingerprint = 1,
					.any_source = r->cfg.any_source,
					.fixed = r->cfg.fixed,
					.rates = r->cfg.rates};
	return spec;
}

static int by_instance(const void *a, const void *b)
{
	const struct sn_target_spec *const *x = a;
	const struct sn_target_spec *const *y = b;

	return strcmp((*x)->origin.instance, (*y)->origin.instance);
}

int rig_apply_specs(struct rig *r, struct sn_target_spec **specs, uint32_t n)
{
	qsort(specs, n, sizeof(*specs), by_instance);
	return sn_collector_apply(&r->c, (const struct sn_target_spec *const *)specs, n);
}

int rig_apply(struct rig *r)
{
	struct sn_target_spec **specs =
		sn_arena_alloc(&r->arena, r->cfg.targets * sizeof(struct sn_target_spec *));

	for (uint32_t i = 0; specs && i < r->cfg.targets; i++) {
		specs[i] = rig_spec(r, i);
		if (!specs[i]) {
			return SN_ENOMEM;
		}
	}
	return specs ? rig_apply_specs(r, specs, r->cfg.targets) : SN_ENOMEM;
}

static void turn(struct rig *r, uint64_t until)
{
	int rc = sn_worker_turn(&r->w, until);

	suite_expect(rc == SN_OK);
	r->w.now = rig_now(r); /* for what the test does before the next turn */
}

void rig_run(struct rig *r, uint64_t ns)
{
	uint64_t end = rig_now(r) + ns;

	while (rig_now(r) < end) {
		turn(r, end);
	}
}

bool rig_run_idle(struct rig *r, uint64_t ns)
{
	uint64_t end = rig_now(r) + ns;

	while (!r->idle && rig_now(r) < end) {
		turn(r, end);
	}
	return r->idle > 0;
}

static void check_sums(const struct rig *r)
{
	uint64_t started = rig_counter(r, SN_C_ROUNDS_STARTED);
	uint64_t refused = rig_counter(r, SN_C_REFUSED);
	uint64_t done = rig_counter(r, SN_C_RESPONSES) + r->timeouts + refused;
	uint64_t failed = r->rounds - r->by_status[SN_ROUND_OK] - r->by_status[SN_ROUND_PARTIAL] -
			  r->by_status[SN_ROUND_CANCELLED];

	ck_assert_uint_eq(started, r->rounds);
	ck_assert_uint_eq(rig_counter(r, SN_C_ROUNDS_OK), r->by_status[SN_ROUND_OK]);
	ck_assert_uint_eq(rig_counter(r, SN_C_ROUNDS_PARTIAL), r->by_status[SN_ROUND_PARTIAL]);
	ck_assert_uint_eq(rig_counter(r, SN_C_ROUNDS_FAILED), failed);
	ck_assert_uint_eq(rig_counter(r, SN_C_ROUNDS_CANCELLED), r->by_status[SN_ROUND_CANCELLED]);
	ck_assert_uint_eq(rig_counter(r, SN_C_ROUNDS_SKIPPED), r->skipped);
	ck_assert_uint_eq(rig_counter(r, SN_C_REQUESTS), r->requests);
	ck_assert_uint_eq(rig_counter(r, SN_C_RETRIES), r->retries);
	ck_assert_uint_eq(rig_counter(r, SN_C_TIMEOUTS), r->timeouts);
	ck_assert_uint_eq(rig_counter(r, SN_C_VARBINDS), r->varbinds);
	ck_assert_uint_le(done, r->requests);
	if (r->by_status[SN_ROUND_OK] == r->rounds) {
		/* nothing was taken back while it was on the wire */
		ck_assert_uint_eq(done, r->requests);
	}
}

/* Version 3: what the agents heard was what a manager may say. */
static void check_messages(const struct rig *r)
{
	for (uint32_t i = 0; r->agents.secure && i < r->agents.n; i++) {
		suite_expect(r->agents.secure[i].odd == 0);
	}
}

void rig_check(const struct rig *r)
{
	ck_assert_uint_eq(r->c.jobs, 0);
	ck_assert_uint_eq(r->w.slots.used, 0);
	ck_assert(sn_list_empty(&r->c.session.starved));
	for (uint32_t i = 0; i < r->c.ntargets; i++) {
		suite_expect(r->c.targets[i]->dev.in_flight == 0);
		suite_expect(sn_list_empty(&r->c.targets[i]->dev.parked));
	}
	ck_assert_uint_eq(r->values_wrong, 0);
	ck_assert_uint_eq(r->cells_alien, 0);
	ck_assert_uint_eq(r->marks_missing, 0);
	ck_assert_uint_eq(r->marks_false, 0);
	ck_assert_uint_eq(r->records_wrong, 0);
	check_messages(r);
	if (!r->cfg.no_outputs) {
		check_sums(r);
	}
}

void rig_round(struct rig *r)
{
	ck_assert_int_eq(rig_apply(r), SN_OK);
	ck_assert(rig_run_idle(r, 24 * 3600 * SN_NS_PER_SEC));
	rig_check(r);
}

void rig_finish(struct rig *r)
{
	sn_collector_drain(&r->c);
	ck_assert(rig_run_idle(r, 24 * 3600 * SN_NS_PER_SEC));
	rig_check(r);
}

void rig_close(struct rig *r)
{
	sn_collector_cancel(&r->c);
	sn_collector_fini(&r->c);
	sn_worker_fini(&r->w);
	capture_fini(&r->out);
	release_basics(r);
}

int rig_main(const char *name, const TTest *const *each, const TTest *const *single, double timeout)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);

	if (timeout > 0) {
		tcase_set_timeout(tc, timeout);
	}
	for (; *each; each++) {
		tcase_add_loop_test(tc, *each, 0, 3);
	}
	for (; *single; single++) {
		tcase_add_test(tc, *single);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}

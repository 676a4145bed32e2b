/*
 * A device whose cells are got by name, and what polls it, see named.h.
 */
#include "support/named.h"

#include "base/hash.h"
#include "msg/community.h"
#include "support/suite.h"

struct named named;

/*** The truth ***/

struct sn_span named_oid_of(uint32_t table, uint32_t column)
{
	return sn_span_make(named.oids[table][column], NAMED_OID);
}

/* Last octet; indexes here have arcs below 128. */
static uint8_t last_arc(struct sn_span index)
{
	return index.p[index.n - 1];
}

/* What the filters of this test say: the first wants texts that begin with yes, the second those
 * that end with up. */
static bool matches(uint32_t filter, const struct sn_value *v)
{
	const char *text = (const char *)v->bytes.p;

	if (v->tag != SN_TAG_OCTETS) {
		return false;
	}
	return filter == 0 ? v->bytes.n >= 3 && memcmp(text, "yes", 3) == 0
			   : v->bytes.n >= 2 && memcmp(text + v->bytes.n - 2, "up", 2) == 0;
}

static bool allows(uint32_t filter, uint8_t arc)
{
	const struct sn_plan_filter *f = &named.filters[filter];
	struct sn_span oid = named_oid_of(f->table, f->column);

	for (uint32_t i = shelf_find(&named.shelf, oid);
	     i < named.shelf.n && sn_span_is_prefix(oid, named.shelf.v[i].name); i++) {
		if (last_arc(named.shelf.v[i].name) == arc &&
		    matches(filter, &named.shelf.v[i].value)) {
			return true;
		}
	}
	return false;
}

static const struct sn_plan_filtered *find_target(uint32_t filter, uint32_t table, uint32_t column)
{
	for (uint32_t i = 0; i < named.filters[filter].ntargets; i++) {
		const struct sn_plan_filtered *target = &named.targets[filter][i];

		if (target->table == table && target->column == column) {
			return target;
		}
	}
	return NULL;
}

/* Some filter that could be read takes the instance out. */
static bool is_out(const struct sn_plan_instance *in)
{
	bool out = false;

	for (uint32_t i = 0; i < in->nfilters; i++) {
		out |= !named.ignored[in->filters[i]];
	}
	return out;
}

static bool is_wanted(uint32_t table, uint32_t column, struct sn_span index)
{
	bool walked = false;
	bool filtered = false;
	bool allowed = true;

	if (column < named.tables[table].schema.nwalked) {
		return true;
	}
	for (uint32_t i = 0; i < named.plan.ninstances; i++) {
		const struct sn_plan_instance *in = &named.instances[i];

		if (in->table == table && in->column == column && sn_span_eq(in->index, index) &&
		    !is_out(in)) {
			return true;
		}
	}
	for (uint32_t f = 0; f < named.plan.nfilters; f++) {
		const struct sn_plan_filtered *target = find_target(f, table, column);

		if (target && named.ignored[f]) {
			walked = target->is_walk;
		} else if (target) {
			filtered = true;
			allowed &= index.n == 1 && allows(f, last_arc(index));
		}
	}
	return filtered ? allowed : walked;
}

/* The column that a name lies in. False: none. */
static bool find_column(struct sn_span name, uint32_t *table, uint32_t *column)
{
	for (uint32_t t = 0; t < named.plan.ntables; t++) {
		for (uint32_t c = 0; c < named.tables[t].schema.ncolumns; c++) {
			if (name.n > NAMED_OID && sn_span_is_prefix(named_oid_of(t, c), name)) {
				*table = t;
				*column = c;
				return true;
			}
		}
	}
	return false;
}

static uint64_t cell_hash(uint32_t table, uint32_t column, struct sn_span index,
			  const struct sn_value *v)
{
	uint8_t room[4096];
	struct sn_writer w = sn_writer_make(room, sizeof(room));

	sn_value_write(&w, v);
	return sn_hash_bytes(room + sizeof(room) - sn_writer_len(&w), sn_writer_len(&w),
			     sn_hash_bytes(index.p, index.n, table * NAMED_COLUMNS + column + 1));
}

/* Exactly what a round should bring. */
static uint64_t truth(uint32_t *cells)
{
	uint64_t digest = 0;

	*cells = 0;
	for (uint32_t i = 0; i < named.shelf.n; i++) {
		const struct shelf_item *it = &named.shelf.v[i];
		struct sn_span index;
		uint32_t t;
		uint32_t c;

		if (!find_column(it->name, &t, &c)) {
			continue;
		}
		index = sn_span_from(it->name, NAMED_OID);
		if (is_wanted(t, c, index)) {
			digest += cell_hash(t, c, index, &it->value);
			(*cells)++;
		}
	}
	return digest;
}

/* Whether the device has the cell. */
static bool is_there(uint32_t table, uint32_t column, struct sn_span index)
{
	uint8_t name[64];
	struct sn_span whole = sn_span_make(name, NAMED_OID + index.n);
	uint32_t i;

	memcpy(name, named.oids[table][column], NAMED_OID);
	memcpy(name + NAMED_OID, index.p, index.n);
	i = shelf_find(&named.shelf, whole);
	return i < named.shelf.n && sn_span_eq(named.shelf.v[i].name, whole);
}

/*** What comes out ***/

static void on_rows(void *ctx, const struct sn_block *blk)
{
	uint32_t t = 0;

	(void)ctx;
	if (blk->schema->nindexes == 0) {
		return;
	}
	while (blk->schema != &named.tables[t].schema) {
		t++;
	}
	for (uint32_t r = 0; r < blk->nrows; r++) {
		const struct sn_row *row = sn_block_row(blk, r);
		struct sn_span index = sn_span_make(row->index->octet, row->index->n);
		bool marked = row->flags & SN_ROW_PARTIAL;
		bool lacks = false;

		for (uint32_t c = 0; c < blk->schema->ncolumns && row->filled; c++) {
			struct sn_value v;

			if (sn_block_get(blk, row, c, &v)) {
				named.digest += cell_hash(t, c, index, &v);
				named.cells++;
			} else if (is_wanted(t, c, index) && is_there(t, c, index)) {
				lacks = true;
			}
		}
		named.unmarked += lacks && !marked;
		named.marked += row->filled && marked;
	}
}

static void on_round(void *ctx, const struct sn_round *round)
{
	uint32_t cells;
	uint64_t digest = truth(&cells);

	(void)ctx;
	named.last = *round;
	snprintf(named.reason, sizeof(named.reason), "%s", round->reason ? round->reason : "");
	named.last_same = digest == named.digest && cells == named.cells;
	if (round->status == SN_ROUND_OK && !named.last_same) {
		fprintf(stderr, "round %u: %u cells, the device has %u\n", named.rounds,
			named.cells, cells);
		named.wrong++;
	}
	named.overmarked += round->status == SN_ROUND_OK ? named.marked : 0;
	named.last_cells = named.cells;
	named.last_heard = named.heard;
	named.last_gets = named.gets;
	named.last_names = named.names;
	named.digest = 0;
	named.cells = 0;
	named.heard = 0;
	named.gets = 0;
	named.names = 0;
	named.marked = 0;
	named.rounds++;
}

/*** The device ***/

/* The fate of a request, and for NAMED_GEN_ERR the number of the culprit. */
static enum named_fate fate_of(const struct sn_message *rq, int32_t *culprit)
{
	struct sn_cursor cur = sn_cursor_make(rq->pdu.vbs);
	enum named_fate fate = NAMED_FINE;
	bool concerns_cells = false;
	struct sn_varbind vb;
	int32_t others = 0;
	int32_t n = 0;

	while (sn_varbind_next(&cur, &vb)) {
		uint32_t t;
		uint32_t c;

		n++;
		if (named.bad.n && sn_span_is_prefix(named.bad, vb.name) &&
		    (named.bad_type == 0 || named.bad_type == rq->pdu.type)) {
			*culprit = n;
			fate = named.bad_fate;
		} else {
			others++;
		}
		if (rq->pdu.type == SN_PDU_GET && find_column(vb.name, &t, &c)) {
			concerns_cells = true;
			named.names++;
			named.unwanted += !is_wanted(t, c, sn_span_from(vb.name, NAMED_OID));
		}
	}
	named.gets += concerns_cells;
	return named.bad_alone && others ? NAMED_FINE : fate;
}

/* The same request with its names in the other order, or only some of them. */
static struct sn_span twist(struct sn_message *rq)
{
	static uint8_t vbs[8192];
	static uint8_t out[8300];
	struct sn_writer names = sn_writer_make(vbs, sizeof(vbs));
	struct sn_writer w = sn_writer_make(out, sizeof(out));
	struct sn_cursor cur = sn_cursor_make(rq->pdu.vbs);
	struct sn_varbind vb[512];
	uint32_t n = 0;

	while (sn_varbind_next(&cur, &vb[n])) {
		n++;
	}
	if (named.answers_first && n > named.answers_first) {
		n = named.answers_first;
	}
	for (uint32_t i = 0; i < n; i++) {
		sn_varbind_write_null(&names, vb[named.reversed ? i : n - 1 - i].name);
	}
	rq->pdu.vbs = sn_writer_span(&names);
	sn_community_write(&w, rq);
	return sn_writer_span(&w);
}

static uint32_t count_names(const struct sn_message *rq)
{
	struct sn_cursor cur = sn_cursor_make(rq->pdu.vbs);
	struct sn_varbind vb;
	uint32_t n = 0;

	while (sn_varbind_next(&cur, &vb)) {
		n++;
	}
	return n;
}

static void refuse(struct sn_fake *net, const struct sn_addr *to, const struct sn_addr *sender,
		   struct sn_message *rq, int32_t status, int32_t index)
{
	static uint8_t out[8300];
	struct sn_writer w = sn_writer_make(out, sizeof(out));

	rq->pdu.type = SN_PDU_RESPONSE;
	rq->pdu.status = status;
	rq->pdu.index = index;
	sn_community_write(&w, rq);
	sn_fake_reply(net, to, sender, sn_writer_span(&w), 0);
}

static sn_fake_peer_fn device;

static void device(void *ctx, struct sn_fake *net, const struct sn_addr *to,
		   const struct sn_addr *sender, struct sn_span data, uint64_t now)
{
	struct sn_message rq;
	int32_t culprit = 0;
	enum named_fate fate;

	(void)ctx;
	suite_expect(sn_community_read(data, &rq) == SN_OK);
	named.heard++;
	fate = fate_of(&rq, &culprit);
	if (fate == NAMED_LOST || (named.silent_after && named.heard > named.silent_after)) {
		return;
	}
	if (fate == NAMED_GEN_ERR) {
		refuse(net, to, sender, &rq, SN_STATUS_GEN_ERR, culprit);
		return;
	}
	if (rq.pdu.type == SN_PDU_GET && named.max_names && count_names(&rq) > named.max_names) {
		refuse(net, to, sender, &rq, SN_STATUS_TOO_BIG, 0);
		return;
	}
	if (rq.pdu.type == SN_PDU_GET && (named.reversed || named.answers_first)) {
		data = twist(&rq);
	}
	shelf_peer(&named.shelf, net, to, sender, data, now);
}

/*** Setting up ***/

static void put(uint32_t table, uint32_t column, const char *index, const struct sn_value *v)
{
	uint8_t name[64];

	memcpy(name, named.oids[table][column], NAMED_OID);
	memcpy(name + NAMED_OID, index, strlen(index));
	shelf_put(&named.shelf, sn_span_make(name, NAMED_OID + strlen(index)), v);
}

void named_put_text(uint32_t table, uint32_t column, const char *index, const char *text)
{
	struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = sn_span_str(text)};

	put(table, column, index, &v);
}

void named_put_number(uint32_t table, uint32_t column, const char *index, uint64_t number)
{
	struct sn_value v = {.tag = SN_TAG_COUNTER32, .u = number};

	put(table, column, index, &v);
}

static void put_uptime(void)
{
	static const uint8_t oid[] = {0x2b, 6, 1, 2, 1, 1, 3, 0};
	struct sn_value v = {.tag = SN_TAG_TIMETICKS, .u = 1000000 + 6000 * named.rounds};

	shelf_put(&named.shelf, sn_span_make(oid, sizeof(oid)), &v);
}

/*
 * The next table: so many walked columns, of which the first is text, and others. In the MIB they
 * alternate, so that a walk meets names of the others.
 */
void named_add_table(uint32_t nwalked, uint32_t nothers)
{
	static const struct sn_index index = {.label = "index", .kind = SN_KIND_GAUGE};
	uint32_t t = named.plan.ntables++;

	for (uint32_t c = 0; c < nwalked + nothers; c++) {
		const uint8_t oid[NAMED_OID] = {0x2b,
						6,
						1,
						2,
						1,
						50,
						(uint8_t)(t + 1),
						1,
						(uint8_t)(c < nwalked ? 2 * c + 2
								      : 2 * (c - nwalked) + 1)};

		memcpy(named.oids[t][c], oid, NAMED_OID);
		named.columns[t][c] =
			(struct sn_column){.name = "c",
					   .oid = named_oid_of(t, c),
					   .kind = c || !nwalked ? SN_KIND_COUNTER : SN_KIND_TEXT,
					   .is_value = true};
	}
	named.tables[t].schema = (struct sn_schema){.module = "m",
						    .table = "t",
						    .columns = named.columns[t],
						    .ncolumns = nwalked + nothers,
						    .nwalked = nwalked,
						    .indexes = &index,
						    .nindexes = 1,
						    .discontinuity = -1};
}

/* A row with values in all columns; the text in the first one, if that is walked. */
void named_put_row(uint32_t table, const char *index, const char *text)
{
	const struct sn_schema *s = &named.tables[table].schema;

	for (uint32_t c = 0; c < s->ncolumns; c++) {
		if (c == 0 && s->nwalked) {
			named_put_text(table, c, index, text);
		} else {
			named_put_number(table, c, index, 1000 * c + (uint8_t)index[0]);
		}
	}
}

void named_add_instance(uint32_t table, uint32_t column, const char *index)
{
	size_t n = strlen(index);
	uint8_t *name = sn_arena_alloc(&named.arena, NAMED_OID + n);

	memcpy(name, named.oids[table][column], NAMED_OID);
	memcpy(name + NAMED_OID, index, n);
	named.instances[named.plan.ninstances++] =
		(struct sn_plan_instance){.name = sn_span_make(name, NAMED_OID + n),
					  .index = sn_span_make(name + NAMED_OID, n),
					  .table = table,
					  .column = column};
}

/* The next filter, on the first column of a table. */
void named_add_filter(uint32_t table)
{
	static const char *const patterns[] = {"^yes", "up$"};
	uint32_t f = named.plan.nfilters++;
	struct sn_regex *re;
	char why[SN_REGEX_WHY_MAX];

	ck_assert_int_eq(sn_regex_compile(patterns[f], 0, &re, why, sizeof(why)), SN_OK);
	named.values[f] = re;
	named.filters[f] = (struct sn_plan_filter){.table = table,
						   .values = &named.values[f],
						   .nvalues = 1,
						   .targets = named.targets[f]};
}

void named_add_target(uint32_t filter, uint32_t table, uint32_t column)
{
	named.targets[filter][named.filters[filter].ntargets++] =
		(struct sn_plan_filtered){.table = table, .column = column, .is_walk = true};
}

void named_setup(void)
{
	memset(&named, 0, sizeof(named));
	shelf_init(&named.shelf, NULL);
	put_uptime();
	sn_arena_pool_init(&named.pool, 8192);
	sn_arena_init(&named.arena, &named.pool);
	named.plans[0] = &named.plan;
	named.plan = (struct sn_plan){.name = "m",
				      .scalars = {.module = "m", .table = "m", .discontinuity = -1},
				      .tables = named.tables,
				      .instances = named.instances,
				      .filters = named.filters,
				      .max_repetitions = SN_PLAN_REPETITIONS_ANY,
				      .retries = -1};
	named.spec = (struct sn_target_spec){.origin = {.instance = "device"},
					     .version = SN_VERSION_2C,
					     .community = sn_span_str("public"),
					     .plans = named.plans,
					     .nplans = 1,
					     .modules = "m",
					     .interval_ns = 60 * SEC,
					     .timeout_ns = 2 * SEC,
					     .retries = 1,
					     .max_reply = 1400,
					     .max_rows = 1000,
					     .window = 4,
					     .fingerprint = 1};
	ck_assert_int_eq(sn_addr_parse(&named.spec.addr, "10.0.0.1", 161), SN_OK);
}

/* All is described: the collector begins. */
void named_start(void)
{
	static const uint64_t seed = 3;
	struct sn_worker_config wc = {.in_flight = 100, .seed = &seed};
	struct sn_collector_config cc = {.outs = &named.out, .max_jobs = 10};
	struct sn_fake_config fc = {.seed = seed,
				    .start_mono = 1000 * SEC,
				    .start_wall = 1700000000 * SEC,
				    .link = {.delay_ns = 1000000, .jitter_ns = 500000},
				    .peer = device,
				    .sockets4 = 1};
	static const struct sn_target_spec *specs[] = {&named.spec};
	const struct sn_scalars_want want = {.keep_labels = named.spec.labels_ttl_s > 0};

	named.spec.scalars = sn_scalars_build(named.plans, 1, &want, &named.arena);
	capture_init(&named.out, NULL, false);
	named.out.on_rows = on_rows;
	named.out.on_round = on_round;
	ck_assert_int_eq(sn_fake_open(&fc, &named.net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&named.w, &wc, sn_fake_io(named.net)), SN_OK);
	sn_collector_init(&named.c, &named.w, &cc);
	ck_assert_int_eq(sn_collector_apply(&named.c, specs, 1), SN_OK);
}

/* What must hold after any rounds, and the end of all. */
void named_finish(void)
{
	sn_collector_cancel(&named.c);
	ck_assert_uint_eq(named.wrong, 0);
	ck_assert_uint_eq(named.unmarked, 0);
	ck_assert_uint_eq(named.unwanted, 0);
	ck_assert_uint_eq(named.c.jobs, 0);
	ck_assert_uint_eq(named.w.slots.used, 0);
	ck_assert(sn_list_empty(&named.c.session.starved));
	ck_assert(sn_list_empty(&named.c.targets[0]->dev.parked));
	sn_collector_fini(&named.c);
	sn_worker_fini(&named.w);
	capture_fini(&named.out);
}

void named_teardown(void)
{
	for (uint32_t f = 0; f < named.plan.nfilters; f++) {
		sn_regex_free((struct sn_regex *)(uintptr_t)named.values[f]);
	}
	sn_arena_reset(&named.arena);
	sn_arena_pool_fini(&named.pool);
	shelf_fini(&named.shelf);
}

void named_run_round(void)
{
	uint32_t n = named.rounds + 1;

	while (named.rounds < n) {
		suite_expect(sn_worker_turn(&named.w, sn_io_now(named.w.io) + SEC) == SN_OK);
	}
}

void named_one_round(void)
{
	named_run_round();
	put_uptime();
}

/* Rounds that must be perfect. */
void named_good_rounds(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		named_one_round();
		ck_assert_msg(named.last.status == SN_ROUND_OK, "%s", named.reason);
	}
	ck_assert_uint_eq(named.wrong, 0);
	ck_assert_uint_eq(named.overmarked, 0);
}

uint64_t named_counter(enum sn_counter id)
{
	return sn_counter_get(&named.w.counters, id);
}

/* One octet as an index. */
const char *named_arc(uint8_t number)
{
	static char text[2];

	text[0] = (char)number;
	return text;
}

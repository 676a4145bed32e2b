/*
 * Modules compiled to plans: which columns make a table, what is asked by GET, what is refused and
 * why. Behaviour of plan/plan.h.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "plan/plan.h"

#include "codec/oid.h"

#include "support/suite.h"

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static bool watching; /* inside a build: Check allocates as well */
static long mallocs;  /* of these */
static long fail_at;  /* number of the one that fails */

void *__wrap_malloc(size_t n)
{
	if (watching && mallocs++ == fail_at) {
		return NULL;
	}
	return __real_malloc(n);
}

enum { METRICS = 32 };

/* A module under construction. */
static struct {
	struct sn_module m;
	struct sn_module_metric metric[METRICS];
	struct sn_span walk[METRICS];
	struct sn_span get[METRICS];
	uint8_t octets[8192]; /* of OIDs */
	size_t used;
} b;

static struct sn_arena_pool pool;
static struct sn_arena arena;
static struct sn_plan plan;
static char why[SN_PLAN_WHY_MAX];

static const struct sn_index if_index = {.label = "ifIndex", .kind = SN_KIND_GAUGE};
static const struct sn_index disk_index = {.label = "hrDiskIndex", .kind = SN_KIND_GAUGE};

static struct sn_span oid(const char *text)
{
	int n = sn_oid_from_text(text, b.octets + b.used, sizeof(b.octets) - b.used);
	struct sn_span s;

	suite_expect(n > 0);
	s = sn_span_make(b.octets + b.used, (size_t)n);
	b.used += (size_t)n;
	return s;
}

static void begin(void)
{
	memset(&b, 0, sizeof(b));
	b.m = (struct sn_module){.name = "m",
				 .walks = b.walk,
				 .gets = b.get,
				 .metrics = b.metric,
				 .max_repetitions = 25,
				 .retries = -1};
	sn_arena_pool_init(&pool, 1024);
	sn_arena_init(&arena, &pool);
}

static void end(void)
{
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

static void walk(const char *text)
{
	b.walk[b.m.nwalks++] = oid(text);
}

static void get(const char *text)
{
	b.get[b.m.ngets++] = oid(text);
}

static struct sn_module_metric *metric(const char *name, const char *text,
				       const struct sn_index *index)
{
	struct sn_module_metric *mm = &b.metric[b.m.nmetrics++];

	mm->name = name;
	mm->help = "";
	mm->oid = oid(text);
	mm->type.kind = SN_KIND_GAUGE;
	mm->indexes = index;
	mm->nindexes = index ? 1 : 0;
	return mm;
}

static int build(void)
{
	return sn_plan_build(&b.m, NULL, &arena, &plan, why);
}

static void refused(const char *text)
{
	ck_assert_int_eq(build(), SN_ECONFIG);
	ck_assert_str_eq(why, text);
	end();
}

START_TEST(columns_with_the_same_index_make_one_table_in_oid_order)
{
	const struct sn_schema *s;

	begin();
	walk("1.3.6.1.2.1.31.1.1");
	walk("1.3.6.1.2.1.2.2");
	metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index);
	metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	metric("disk", "1.3.6.1.2.1.2.2.1.99", &disk_index);
	metric("big", "1.3.6.1.2.1.31.1.1.1.1000", &if_index);
	metric("ifInOctets", "1.3.6.1.2.1.2.2.1.10", &if_index);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.ntables, 2);
	s = &plan.tables[0].schema;
	ck_assert_str_eq(s->module, "m");
	ck_assert_str_eq(s->table, "m_ifIndex");
	ck_assert_uint_eq(s->ncolumns, 4);
	ck_assert_str_eq(s->columns[0].name, "ifMtu");
	ck_assert_str_eq(s->columns[1].name, "ifInOctets");
	ck_assert_str_eq(s->columns[2].name, "ifHCInOctets");
	ck_assert_str_eq(s->columns[3].name, "big"); /* not by octets: 1000 is 87 68 */
	ck_assert_uint_eq(s->nindexes, 1);
	ck_assert_int_eq(s->discontinuity, -1);
	s = &plan.tables[1].schema;
	ck_assert_str_eq(s->table, "m_hrDiskIndex");
	ck_assert_uint_eq(s->ncolumns, 1);
	ck_assert_uint_eq(plan.ngets, 0);
	end();
}
END_TEST

START_TEST(index_definitions_that_differ_in_anything_make_different_tables)
{
	static const struct sn_index like[] = {
		{.label = "ifIndex", .kind = SN_KIND_TEXT},
		{.label = "ifIndex", .kind = SN_KIND_TEXT, .implied = true},
		{.label = "ifIndex", .kind = SN_KIND_TEXT, .fixed_size = 6},
		{.label = "other", .kind = SN_KIND_TEXT},
	};
	struct sn_index two[2] = {if_index, if_index};

	begin();
	walk("1.3.6.1.2.1.2.2");
	metric("a", "1.3.6.1.2.1.2.2.1.1", &if_index);
	for (int i = 0; i < 4; i++) {
		char text[40];

		snprintf(text, sizeof(text), "1.3.6.1.2.1.2.2.1.%d", 10 + i);
		metric("b", text, &like[i]);
	}
	metric("c", "1.3.6.1.2.1.2.2.1.2", two)->nindexes = 2;
	metric("d", "1.3.6.1.2.1.2.2.1.3", &if_index);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.ntables, 6);
	ck_assert_uint_eq(plan.tables[0].schema.ncolumns, 2);
	ck_assert_str_eq(plan.tables[5].schema.table, "m_ifIndex_ifIndex");
	end();
}
END_TEST

START_TEST(scalars_are_asked_by_their_instance)
{
	begin();
	walk("1.3.6.1.2.1.1");
	get("1.3.6.1.2.1.25.1.1.0");
	get("1.3.6.1.4.1.9.2.1.58.7");
	metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	metric("hrSystemUptime", "1.3.6.1.2.1.25.1.1", NULL);
	metric("load", "1.3.6.1.4.1.9.2.1.58", NULL);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.ngets, 3);
	ck_assert(sn_span_eq(plan.gets[0].name, oid("1.3.6.1.2.1.1.5.0")));
	ck_assert(sn_span_eq(plan.gets[1].name, oid("1.3.6.1.2.1.25.1.1.0")));
	ck_assert(sn_span_eq(plan.gets[2].name, oid("1.3.6.1.4.1.9.2.1.58.7")));
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(plan.gets[i].column, i);
	}
	ck_assert_str_eq(plan.scalars.table, "m");
	ck_assert_uint_eq(plan.scalars.ncolumns, 3);
	ck_assert_str_eq(plan.scalars.columns[2].name, "load");
	ck_assert_uint_eq(plan.ntables, 0);
	end();
}
END_TEST

START_TEST(settings_of_the_module_are_carried_over)
{
	begin();
	b.m.max_repetitions = 7;
	b.m.retries = 5;
	b.m.timeout_ns = 123;
	b.m.allow_nonincreasing = true;
	walk("1.3.6.1.2.1.1");
	metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_str_eq(plan.name, "m");
	ck_assert_uint_eq(plan.max_repetitions, 7);
	ck_assert_int_eq(plan.retries, 5);
	ck_assert_uint_eq(plan.timeout_ns, 123);
	ck_assert(plan.allow_nonincreasing);
	end();
	begin();
	b.m.max_repetitions = 0;
	walk("1.3.6.1.2.1.1");
	metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.max_repetitions, SN_PLAN_REPETITIONS_ANY);
	end();
}
END_TEST

START_TEST(columns_keep_what_the_metric_says)
{
	static const struct sn_enum_name names[] = {{1, "up"}, {2, "down"}};
	struct sn_module_metric *mm;
	const struct sn_column *c;

	begin();
	walk("1.3.6.1.2.1.2.2");
	mm = metric("ifOperStatus", "1.3.6.1.2.1.2.2.1.8", &if_index);
	mm->type = (struct sn_module_type){.kind = SN_KIND_ENUM, .enums = names, .nenums = 2};
	mm->scale = 0.5;
	mm->offset = 3;
	ck_assert_int_eq(build(), SN_OK);
	c = &plan.tables[0].schema.columns[0];
	ck_assert_int_eq(c->kind, SN_KIND_ENUM);
	ck_assert_ptr_eq(c->enums, names);
	ck_assert_uint_eq(c->nenums, 2);
	ck_assert(c->is_value);
	ck_assert_double_eq(c->scale, 0.5);
	ck_assert_double_eq(c->offset, 3);
	end();
}
END_TEST

static struct sn_module_lookup lookup(const char *label, const char *const *inputs,
				      uint32_t ninputs, const char *text)
{
	return (struct sn_module_lookup){.label = label,
					 .inputs = inputs,
					 .ninputs = ninputs,
					 .oid = oid(text),
					 .type = {.kind = SN_KIND_TEXT}};
}

START_TEST(look_ups_add_their_column_once_and_name_their_label_once)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup lk[2];
	const struct sn_schema *s;

	begin();
	walk("1.3.6.1.2.1.2.2");
	walk("1.3.6.1.2.1.31.1.1");
	lk[0] = lookup("ifName", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
	lk[1] = lookup("ifDescr", inputs, 1, "1.3.6.1.2.1.2.2.1.2");
	for (int i = 0; i < 3; i++) {
		struct sn_module_metric *mm =
			metric(i == 1 ? "ifDescr" : "x",
			       i == 0 ? "1.3.6.1.2.1.2.2.1.10"
				      : (i == 1 ? "1.3.6.1.2.1.2.2.1.2" : "1.3.6.1.2.1.2.2.1.16"),
			       &if_index);

		mm->type.kind = i == 1 ? SN_KIND_TEXT : SN_KIND_COUNTER;
		mm->lookups = lk;
		mm->nlookups = 2;
	}
	ck_assert_int_eq(build(), SN_OK);
	s = &plan.tables[0].schema;
	ck_assert_uint_eq(plan.ntables, 1);
	ck_assert_uint_eq(s->nwalked, 4);
	ck_assert(!s->columns[0].is_label);
	ck_assert(s->columns[3].is_label);
	ck_assert_ptr_eq(s->columns[0].series, s->columns[1].series);
	ck_assert_uint_eq(s->columns[0].series->nlookups, 2);
	/* ifDescr is a metric as well: a value, and a label */
	ck_assert_uint_eq(s->ncolumns, 4);
	ck_assert_str_eq(s->columns[0].name, "ifDescr");
	ck_assert(s->columns[0].is_value);
	ck_assert(!s->columns[3].is_value);
	ck_assert_uint_eq(s->nlookups, 2);
	ck_assert_str_eq(s->lookups[0].label, "ifName");
	ck_assert_uint_eq(s->lookups[0].column, 3);
	ck_assert_str_eq(s->lookups[1].label, "ifDescr");
	ck_assert_uint_eq(s->lookups[1].column, 0);
	end();
}
END_TEST

START_TEST(the_discontinuity_column_is_found)
{
	begin();
	walk("1.3.6.1.2.1.31.1.1");
	metric("a", "1.3.6.1.2.1.31.1.1.1.1", &if_index);
	metric("when", "1.3.6.1.2.1.31.1.1.1.19", &if_index);
	metric("z", "1.3.6.1.2.1.31.1.1.1.20", &if_index);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_int_eq(plan.tables[0].schema.discontinuity, 1);
	end();
}
END_TEST

/* Also with look-ups that give labels: neither their names nor the metrics' are used twice. */
START_TEST(counters_get_a_column_for_their_rate_when_that_is_wanted)
{
	const struct sn_schema *s;
	uint64_t layout = 0;

	for (uint32_t wanted = 0; wanted < 2; wanted++) {
		begin();
		b.m.rates = wanted > 0;
		walk("1.3.6.1.2.1");
		metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index)->type.kind =
			SN_KIND_COUNTER;
		metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
		metric("in", "1.3.6.1.2.1.2.2.1.10", &if_index)->type.kind = SN_KIND_COUNTER;
		metric("in_rate", "1.3.6.1.2.1.2.2.1.11", &if_index);
		metric("packets", "1.3.6.1.2.1.11.1", NULL)->type.kind = SN_KIND_COUNTER;
		b.metric[0].help = "Octets in.";
		b.metric[0].scale = 8;
		b.metric[0].offset = 5;
		ck_assert_int_eq(build(), SN_OK);
		s = &plan.tables[0].schema;
		ck_assert_uint_eq(s->nwalked, 4);
		ck_assert_uint_eq(s->ncolumns, wanted ? 5 : 4);
		ck_assert_uint_eq(plan.tables[0].rates.n, wanted);
		ck_assert_uint_eq(plan.scalars.ncolumns, wanted ? 2 : 1);
		ck_assert_uint_eq(plan.scalars_rates.n, wanted);
		if (!wanted) {
			ck_assert_str_eq(why, "");
			end();
		}
	}
	ck_assert_str_eq(why, "module m: no rates for the counters whose names with \"_rate\" are "
			      "taken, such as in_rate");
	ck_assert_uint_eq(plan.tables[0].rates.v[0].from, 3);
	ck_assert_uint_eq(plan.tables[0].rates.v[0].column, 4);
	ck_assert_str_eq(s->columns[4].name, "ifHCInOctets_rate");
	ck_assert_str_eq(s->columns[4].help, "Per second: Octets in.");
	ck_assert_int_eq(s->columns[4].kind, SN_KIND_FLOAT);
	ck_assert(s->columns[4].is_value && !s->columns[4].is_label);
	ck_assert_double_eq(s->columns[4].scale, 8);
	ck_assert_double_eq(s->columns[4].offset, 0); /* that of a difference */
	ck_assert_ptr_eq(s->columns[4].series, s->columns[3].series);
	ck_assert_str_eq(plan.scalars.columns[1].name, "packets_rate");
	ck_assert_str_eq(plan.scalars.columns[1].help, "");
	layout = plan.tables[0].rates.layout;
	ck_assert_uint_ne(layout, plan.scalars_rates.layout);
	end();
}
END_TEST

START_TEST(tables_can_be_renamed)
{
	static const char *const renames[] = {"m_ifIndex", "interfaces", "m", "node", NULL};

	begin();
	walk("1.3.6.1.2.1");
	metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	metric("disk", "1.3.6.1.2.1.25.1", &disk_index);
	ck_assert_int_eq(sn_plan_build(&b.m, renames, &arena, &plan, why), SN_OK);
	ck_assert_str_eq(plan.tables[0].schema.table, "interfaces");
	ck_assert_str_eq(plan.tables[1].schema.table, "m_hrDiskIndex");
	ck_assert_str_eq(plan.scalars.table, "node");
	end();
}
END_TEST

START_TEST(names_of_many_long_labels_are_cut_not_overrun)
{
	struct sn_index many[20];
	char label[40];

	memset(label, 'x', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	for (int i = 0; i < 20; i++) {
		many[i] = (struct sn_index){.label = label, .kind = SN_KIND_GAUGE};
	}
	begin();
	walk("1.3.6.1.2.1.2.2");
	metric("a", "1.3.6.1.2.1.2.2.1.4", many)->nindexes = 20;
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_le(strlen(plan.tables[0].schema.table), 256);
	end();
}
END_TEST

START_TEST(what_no_walk_covers_is_left_out)
{
	begin();
	walk("1.3.6.1.2.1.2.2");
	metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index);
	metric("sysName", "1.3.6.1.2.1.1.5", NULL);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.ntables, 1);
	ck_assert_uint_eq(plan.tables[0].schema.ncolumns, 1);
	ck_assert_uint_eq(plan.ngets, 0);
	end();
	begin();
	/* 1.3.6.1.2.1.1.5 is no prefix of 1.3.6.1.2.1.1.50 */
	walk("1.3.6.1.2.1.1.5");
	metric("x", "1.3.6.1.2.1.1.50", NULL);
	refused("module m: no walk or get covers any of its metrics");
	begin();
	refused("module m: no metrics, so there is nothing to poll");
}
END_TEST

START_TEST(of_two_metrics_with_one_oid_the_last_counts)
{
	begin();
	walk("1.3.6.1.2.1.2.2");
	metric("a", "1.3.6.1.2.1.2.2.1.4", &if_index);
	metric("b", "1.3.6.1.2.1.2.2.1.4", &if_index);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.tables[0].schema.ncolumns, 1);
	ck_assert_str_eq(plan.tables[0].schema.columns[0].name, "b");
	end();
}
END_TEST

static const struct sn_index queue_index[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE},
					      {.label = "queue", .kind = SN_KIND_GAUGE}};

START_TEST(a_look_up_by_a_part_of_the_index_reads_another_table)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup lk[2];
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	begin();
	walk("1.3.6.1.4.1.9");
	walk("1.3.6.1.2.1.31.1.1");
	lk[0] = lookup("ifName", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
	lk[1] = lookup("ifAlias", inputs, 1, "1.3.6.1.2.1.31.1.1.1.18");
	mm = metric("drops", "1.3.6.1.4.1.9.1.1.5", queue_index);
	mm->nindexes = 2;
	mm->lookups = lk;
	mm->nlookups = 2;
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.ntables, 2);
	t = &plan.tables[0];
	ck_assert(!t->internal);
	ck_assert_uint_eq(t->schema.nwalked, 1);
	ck_assert_uint_eq(t->schema.ncolumns, 3);
	ck_assert_uint_eq(t->njoins, 2);
	ck_assert_uint_eq(t->nneeds, 1);
	ck_assert_uint_eq(t->needs[0], 1);
	ck_assert_uint_eq(t->joins[1].join.table, 1);
	ck_assert_uint_eq(t->joins[1].from, 1);
	ck_assert_uint_eq(t->joins[1].column, t->schema.lookups[1].column);
	ck_assert_uint_eq(t->joins[0].join.nparts, 1);
	ck_assert(t->joins[0].join.parts[0].is_index);
	ck_assert_uint_eq(t->joins[0].join.parts[0].ref, 0);
	t = &plan.tables[1];
	ck_assert(t->internal);
	ck_assert_uint_eq(t->schema.nwalked, 2);
	ck_assert(t->schema.columns[0].is_label);
	end();
}
END_TEST

START_TEST(a_look_up_reads_a_table_that_is_polled_anyway)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup lk;
	struct sn_module_metric *mm;

	begin();
	walk("1.3.6.1.4.1.9");
	walk("1.3.6.1.2.1.31.1.1");
	lk = lookup("ifName", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
	mm = metric("drops", "1.3.6.1.4.1.9.1.1.5", queue_index);
	mm->nindexes = 2;
	mm->lookups = &lk;
	mm->nlookups = 1;
	mm = metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index);
	mm->lookups = &lk;
	mm->nlookups = 1;
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.ntables, 2);
	ck_assert(!plan.tables[1].internal);
	ck_assert_uint_eq(plan.tables[0].needs[0], 1);
	ck_assert_uint_eq(plan.tables[0].joins[0].from, 0);
	ck_assert_uint_eq(plan.tables[1].schema.ncolumns, 2);
	end();
}
END_TEST

START_TEST(look_ups_work_on_what_those_before_have_left)
{
	static const char *const index[] = {"ifIndex"};
	static const char *const chained[] = {"port"};
	struct sn_module_lookup lk[3];
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	begin();
	walk("1.3.6.1.2.1.2.2");
	walk("1.3.6.1.2.1.47");
	lk[0] = lookup("port", index, 1, "1.3.6.1.2.1.2.2.1.20");
	lk[1] = lookup("portName", chained, 1, "1.3.6.1.2.1.47.1.1.1.1.7");
	lk[2] = (struct sn_module_lookup){.label = "port"};
	mm = metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	mm->lookups = lk;
	mm->nlookups = 3;
	ck_assert_int_eq(build(), SN_OK);
	t = &plan.tables[0];
	ck_assert_uint_eq(t->njoins, 1);
	ck_assert_uint_eq(t->joins[0].join.nparts, 1);
	ck_assert(!t->joins[0].join.parts[0].is_index);
	/* the number that finds the row is that of the walked column */
	ck_assert_uint_eq(t->joins[0].join.parts[0].ref, 1);
	ck_assert_uint_eq(t->schema.columns[0].series->nlookups, 1);
	ck_assert_str_eq(t->schema.lookups[t->schema.columns[0].series->lookups[0]].label,
			 "portName");
	end();
}
END_TEST

START_TEST(a_label_of_the_index_can_be_taken_away_or_overwritten)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup gone = {.label = "ifIndex"};
	struct sn_module_lookup over;
	struct sn_module_metric *mm;
	const struct sn_schema *s;

	begin();
	walk("1.3.6.1.2.1.2.2");
	walk("1.3.6.1.2.1.31.1.1");
	over = lookup("ifIndex", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
	mm = metric("a", "1.3.6.1.2.1.2.2.1.4", &if_index);
	mm->lookups = &gone;
	mm->nlookups = 1;
	mm = metric("b", "1.3.6.1.2.1.2.2.1.5", &if_index);
	mm->lookups = &over;
	mm->nlookups = 1;
	ck_assert_int_eq(build(), SN_OK);
	s = &plan.tables[0].schema;
	ck_assert_uint_eq(s->columns[0].series->dropped[0], 1);
	ck_assert_uint_eq(s->columns[0].series->nlookups, 0);
	ck_assert_uint_eq(s->columns[1].series->dropped[0], 1);
	ck_assert_uint_eq(s->columns[1].series->nlookups, 1);
	ck_assert_uint_eq(s->dropped[0], 1);
	metric("c", "1.3.6.1.2.1.2.2.1.6", &if_index);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.tables[0].schema.dropped[0], 0);
	end();
}
END_TEST

START_TEST(what_a_type_converts_is_a_column_of_its_own)
{
	static const struct sn_module_type date = {.kind = SN_KIND_GAUGE,
						   .converted = true,
						   .convert = {.how = SN_CONVERT_DATE_AND_TIME}};
	static const struct sn_module_type inet = {.kind = SN_KIND_TEXT,
						   .converted = true,
						   .beside = true,
						   .convert = {.how = SN_CONVERT_INET}};
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	begin();
	walk("1.3.6.1.2.1.99");
	walk("1.3.6.1.2.1.25");
	mm = metric("address", "1.3.6.1.2.1.99.1.128", &if_index);
	mm->type = inet;
	mm = metric("when", "1.3.6.1.2.1.25.1.2", NULL);
	mm->type = date;
	ck_assert_int_eq(build(), SN_OK);
	t = &plan.tables[0];
	ck_assert_uint_eq(t->schema.nwalked, 2); /* 1.3.6.1.2.1.99.1.127 has the type */
	ck_assert_uint_eq(t->schema.ncolumns, 3);
	ck_assert_uint_eq(t->nlocal, 1);
	ck_assert_int_eq(t->local[0].how, SN_DERIVE_CONVERT);
	ck_assert_uint_eq(t->local[0].from, 1);
	ck_assert_uint_eq(t->local[0].convert.beside, 0);
	ck_assert_uint_eq(t->local[0].column, 2);
	ck_assert(t->schema.columns[2].is_value);
	ck_assert(!t->schema.columns[1].is_value);
	ck_assert(!t->schema.columns[1].is_label);
	ck_assert_str_eq(t->schema.columns[2].name, "address");
	ck_assert_uint_eq(plan.ngets, 1);
	ck_assert_uint_eq(plan.gets[0].column, 0);
	ck_assert_uint_eq(plan.scalars.ncolumns, 2);
	ck_assert_uint_eq(plan.nscalars_local, 1);
	ck_assert(plan.scalars.columns[1].is_value);
	end();
}
END_TEST

START_TEST(a_column_read_in_two_ways_is_asked_for_once)
{
	static const char *const inputs[] = {"ifIndex"};
	struct sn_module_lookup lk;
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	begin();
	walk("1.3.6.1.2.1.2.2");
	lk = lookup("ifPhysAddress", inputs, 1, "1.3.6.1.2.1.2.2.1.6");
	lk.type.kind = SN_KIND_PHYS_ADDRESS48;
	mm = metric("ifPhysAddress", "1.3.6.1.2.1.2.2.1.6", &if_index);
	mm->type.kind = SN_KIND_HEX;
	mm->lookups = &lk;
	mm->nlookups = 1;
	ck_assert_int_eq(build(), SN_OK);
	t = &plan.tables[0];
	ck_assert_uint_eq(t->schema.nwalked, 1);
	ck_assert_uint_eq(t->schema.ncolumns, 2);
	ck_assert_int_eq(t->local[0].how, SN_DERIVE_COPY);
	ck_assert_int_eq(t->schema.columns[0].kind, SN_KIND_HEX);
	ck_assert_int_eq(t->schema.columns[1].kind, SN_KIND_PHYS_ADDRESS48);
	ck_assert_uint_eq(t->schema.lookups[0].column, 1);
	end();
}
END_TEST

START_TEST(extracts_take_the_place_of_their_text)
{
	static const struct sn_extract entries[] = {{NULL, "$1"}};
	static const struct sn_module_extract extracts[] = {{"tempCelsius", "", entries, 1},
							    {"tempRaw", "", entries, 1}};
	struct sn_module_metric *mm;
	const struct sn_plan_table *t;

	begin();
	walk("1.3.6.1.4.1.9");
	mm = metric("temp", "1.3.6.1.4.1.9.1", &if_index);
	mm->type.kind = SN_KIND_TEXT;
	mm->extracts = extracts;
	mm->nextracts = 2;
	ck_assert_int_eq(build(), SN_OK);
	t = &plan.tables[0];
	ck_assert_uint_eq(t->schema.nwalked, 1);
	ck_assert_uint_eq(t->schema.ncolumns, 3);
	ck_assert(!t->schema.columns[0].is_value);
	ck_assert_str_eq(t->schema.columns[1].name, "tempCelsius");
	ck_assert_int_eq(t->schema.columns[2].kind, SN_KIND_FLOAT);
	ck_assert_ptr_nonnull(t->schema.columns[1].series);
	ck_assert_int_eq(t->local[1].how, SN_DERIVE_EXTRACT);
	/* a number is no text */
	mm->type.kind = SN_KIND_GAUGE;
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.tables[0].schema.ncolumns, 1);
	end();
}
END_TEST

START_TEST(cells_of_tables_are_got_by_their_names)
{
	begin();
	walk("1.3.6.1.2.1.31.1.1");
	get("1.3.6.1.2.1.2.2.1.4.7");
	get("1.3.6.1.2.1.2.2.1.4.300");
	metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
	metric("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", &if_index);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.ntables, 1);
	ck_assert_uint_eq(plan.tables[0].schema.nwalked, 1);
	ck_assert_uint_eq(plan.ninstances, 2);
	ck_assert_uint_eq(plan.instances[1].table, 0);
	ck_assert_uint_eq(plan.instances[1].column, 1);
	ck_assert_uint_eq(plan.instances[1].index.n, 2);
	ck_assert_str_eq(plan.tables[0].schema.columns[1].name, "ifMtu");
	end();
}
END_TEST

START_TEST(a_filter_turns_a_walk_into_gets)
{
	static const struct sn_regex *const any[] = {NULL};
	struct sn_module_filter filter;
	struct sn_span target;

	begin();
	walk("1.3.6.1.2.1.2.2.1.10");
	walk("1.3.6.1.2.1.2.2.1.16");
	target = oid("1.3.6.1.2.1.2.2.1.10");
	filter = (struct sn_module_filter){.oid = oid("1.3.6.1.2.1.2.2.1.8"),
					   .targets = &target,
					   .values = any,
					   .ntargets = 1,
					   .nvalues = 1};
	b.m.filters = &filter;
	b.m.nfilters = 1;
	metric("ifInOctets", "1.3.6.1.2.1.2.2.1.10", &if_index);
	metric("ifOutOctets", "1.3.6.1.2.1.2.2.1.16", &if_index);
	ck_assert_int_eq(build(), SN_OK);
	ck_assert_uint_eq(plan.nfilters, 1);
	ck_assert_uint_eq(plan.filters[0].ntargets, 1);
	ck_assert_uint_eq(plan.filters[0].targets[0].table, 0);
	ck_assert_uint_eq(plan.tables[0].schema.nwalked, 1);
	ck_assert_str_eq(plan.tables[0].schema.columns[plan.filters[0].targets[0].column].name,
			 "ifInOctets");
	ck_assert_uint_eq(plan.filters[0].table, 1);
	ck_assert(plan.tables[1].internal);
	ck_assert_uint_eq(plan.tables[1].schema.nwalked, 1);
	ck_assert(!plan.tables[1].schema.columns[0].is_label);
	end();
}
END_TEST

START_TEST(every_failing_allocation_is_out_of_memory_and_nothing_else)
{
	static const char *const inputs[] = {"ifIndex"};
	int rc = SN_ENOMEM;

	for (fail_at = 0; rc; fail_at++) {
		struct sn_module_lookup lk;

		begin();
		pool.chunk_size = 64; /* every allocation is one of malloc */
		walk("1.3.6.1.2.1");
		lk = lookup("ifName", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
		metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
		b.metric[0].lookups = &lk;
		b.metric[0].nlookups = 1;
		metric("sysName", "1.3.6.1.2.1.1.5", NULL);
		metric("disk", "1.3.6.1.2.1.25.1", &disk_index);
		mallocs = 0;
		watching = true;
		rc = build();
		watching = false;
		ck_assert(rc == SN_ENOMEM || rc == SN_OK);
		ck_assert_str_eq(why, "");
		end();
	}
	ck_assert_int_ge(fail_at, 5);
	fail_at = -1;
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		columns_with_the_same_index_make_one_table_in_oid_order,
		index_definitions_that_differ_in_anything_make_different_tables,
		scalars_are_asked_by_their_instance,
		settings_of_the_module_are_carried_over,
		columns_keep_what_the_metric_says,
		look_ups_add_their_column_once_and_name_their_label_once,
		the_discontinuity_column_is_found,
		counters_get_a_column_for_their_rate_when_that_is_wanted,
		tables_can_be_renamed,
		names_of_many_long_labels_are_cut_not_overrun,
		what_no_walk_covers_is_left_out,
		of_two_metrics_with_one_oid_the_last_counts,
		a_look_up_by_a_part_of_the_index_reads_another_table,
		a_look_up_reads_a_table_that_is_polled_anyway,
		look_ups_work_on_what_those_before_have_left,
		a_label_of_the_index_can_be_taken_away_or_overwritten,
		what_a_type_converts_is_a_column_of_its_own,
		a_column_read_in_two_ways_is_asked_for_once,
		extracts_take_the_place_of_their_text,
		cells_of_tables_are_got_by_their_names,
		a_filter_turns_a_walk_into_gets,
		every_failing_allocation_is_out_of_memory_and_nothing_else,
		NULL};

	return suite_run_tests("plan", tests, 0);
}

/*
 * What passes a filter: modules, metrics, labels, round records; what is kept of schemas.
 *
 * ctest: link=-Wl,--wrap=calloc
 */
#include "output/filter.h"

#include "support/rows.h"
#include "support/suite.h"

enum { SCHEMAS = 300 };

static _Thread_local long callocs_left = 1L << 40;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	return callocs_left-- > 0 ? __real_calloc(n, size) : NULL;
}

static const struct sn_column columns[] = {
	{.name = "ifInOctets", .kind = SN_KIND_COUNTER, .is_value = true},
	{.name = "ifName", .kind = SN_KIND_TEXT, .is_label = true},
	{.name = "ifOutOctets", .kind = SN_KIND_COUNTER, .is_value = true}};
static const struct sn_schema schema = {
	.module = "if_mib", .table = "t", .columns = columns, .ncolumns = 3};
static const struct sn_label labels[] = {{"site", "ams-2"}, {"zone", "a"}};
static const struct sn_origin origin = {.instance = "h", .labels = labels, .nlabels = 2};

/* What is left of a block: -1: nothing, else a bit for each value. */
static int left(const struct sn_filter *f)
{
	struct sn_filtered kept = {0};
	const struct sn_block *passed;
	struct sn_block room;
	struct rows r;
	int bits = 0;

	rows_init(&r, &schema, &origin);
	for (int again = 0; again < 2; again++) { /* the second time by what is kept */
		ck_assert_int_eq(sn_filter_rows(f, &kept, &r.blk, &room, &passed), SN_OK);
		if (!passed) {
			bits = -1;
			continue;
		}
		ck_assert_uint_eq(passed->schema->ncolumns, 3);
		ck_assert(passed->schema->columns[1].is_label);
		bits = passed->schema->columns[0].is_value | passed->schema->columns[2].is_value
								     << 1;
		ck_assert(passed == (bits == 3 ? &r.blk : &room));
	}
	sn_filtered_forget(&kept);
	rows_fini(&r);
	return bits;
}

static int by_modules(const char *pattern)
{
	const struct sn_filter f = {.modules = &pattern, .nmodules = 1};

	return left(&f);
}

static int by_metrics(const char *a, const char *b)
{
	const char *const patterns[] = {a, b};
	const struct sn_filter f = {.metrics = patterns, .nmetrics = 2};

	return left(&f);
}

static int by_label(const char *name, const char *pattern)
{
	const struct sn_filter_label label = {name, pattern};
	const struct sn_filter f = {.labels = &label, .nlabels = 1};

	return left(&f);
}

START_TEST(modules_pass_whole_or_not_at_all)
{
	ck_assert_int_eq(by_modules("if_mib"), 3);
	ck_assert_int_eq(by_modules("if_*"), 3);
	ck_assert_int_eq(by_modules("if_mi"), -1);
	ck_assert_int_eq(by_modules("system"), -1);
}
END_TEST

START_TEST(metrics_pass_one_by_one)
{
	ck_assert_int_eq(by_metrics("ifInOctets", "x"), 1);
	ck_assert_int_eq(by_metrics("x", "if?utOctets"), 2);
	ck_assert_int_eq(by_metrics("ifIn*", "ifOut*"), 3);
	ck_assert_int_eq(by_metrics("ifName", "x"), -1); /* a label is no value */
}
END_TEST

START_TEST(labels_of_the_target_decide)
{
	ck_assert_int_eq(by_label("site", "ams*"), 3);
	ck_assert_int_eq(by_label("site", "ams"), -1);
	ck_assert_int_eq(by_label("zone", "[ab]"), 3);
	ck_assert_int_eq(by_label("rack", "?*"), -1);
	ck_assert_int_eq(by_label("rack", ""), 3);
}
END_TEST

START_TEST(round_records_pass_by_modules_and_labels)
{
	const char *const modules[] = {"if_mib", "sys*"};
	const struct sn_filter_label label = {"site", "ams*"};
	const struct sn_filter f = {
		.modules = modules, .nmodules = 2, .labels = &label, .nlabels = 1};
	const struct sn_origin other = {.instance = "h"};
	struct sn_round round = {.origin = &origin, .modules = "ups,system"};

	ck_assert(sn_filter_round(&f, &round));
	round.modules = "if_mib";
	ck_assert(sn_filter_round(&f, &round));
	round.modules = "ups,if_mibs";
	ck_assert(!sn_filter_round(&f, &round));
	round.modules = "system";
	round.origin = &other;
	ck_assert(!sn_filter_round(&f, &round));
}
END_TEST

START_TEST(many_schemas_are_kept_apart)
{
	static struct sn_schema many[SCHEMAS];
	static char names[SCHEMAS][16];
	const char *pattern = "*7";
	const struct sn_filter f = {.modules = &pattern, .nmodules = 1};
	struct sn_filtered kept = {0};
	struct rows r;

	rows_init(&r, &schema, &origin);
	for (int again = 0; again < 2; again++) {
		for (unsigned i = 0; i < SCHEMAS; i++) {
			const struct sn_block *passed;
			struct sn_block room;

			snprintf(names[i], sizeof(names[i]), "m%u", i);
			many[i] = schema;
			many[i].module = names[i];
			r.blk.schema = &many[i];
			ck_assert_int_eq(sn_filter_rows(&f, &kept, &r.blk, &room, &passed), SN_OK);
			ck_assert_int_eq(passed != NULL, i % 10 == 7);
		}
	}
	ck_assert_uint_eq(kept.n, SCHEMAS);
	sn_filtered_forget(&kept);
	ck_assert_uint_eq(kept.n, 0);
	rows_fini(&r);
}
END_TEST

START_TEST(without_memory_it_says_so_and_goes_on_later)
{
	const char *pattern = "if*";
	const struct sn_filter f = {.modules = &pattern, .nmodules = 1};
	struct sn_filtered kept = {0};
	const struct sn_block *passed;
	struct sn_block room;
	struct rows r;

	rows_init(&r, &schema, &origin);
	for (long n = 0; n < 2; n++) {
		callocs_left = n;
		ck_assert_int_eq(sn_filter_rows(&f, &kept, &r.blk, &room, &passed), SN_ENOMEM);
		ck_assert_ptr_null(passed);
	}
	callocs_left = 1L << 40;
	ck_assert_int_eq(sn_filter_rows(&f, &kept, &r.blk, &room, &passed), SN_OK);
	ck_assert_ptr_eq(passed, &r.blk);
	sn_filtered_forget(&kept);
	rows_fini(&r);
}
END_TEST

START_TEST(a_copy_stands_by_itself)
{
	char module[] = "if_mib";
	char metric[] = "ifIn*";
	char name[] = "site";
	char value[] = "ams-2";
	const char *modules = module;
	const char *metrics = metric;
	const struct sn_filter_label label = {name, value};
	const struct sn_filter f = {.modules = &modules,
				    .nmodules = 1,
				    .metrics = &metrics,
				    .nmetrics = 1,
				    .labels = &label,
				    .nlabels = 1};
	struct sn_filter *copy = sn_filter_copy(&f);

	ck_assert_ptr_nonnull(copy);
	memset(module, 'x', sizeof(module) - 1);
	memset(metric, 'x', sizeof(metric) - 1);
	memset(name, 'x', sizeof(name) - 1);
	memset(value, 'x', sizeof(value) - 1);
	ck_assert_int_eq(left(copy), 1);
	ck_assert(!sn_filter_is_empty(copy));
	free(copy);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		modules_pass_whole_or_not_at_all, metrics_pass_one_by_one,
		labels_of_the_target_decide,	  round_records_pass_by_modules_and_labels,
		many_schemas_are_kept_apart,	  without_memory_it_says_so_and_goes_on_later,
		a_copy_stands_by_itself,	  NULL};

	return suite_run_tests("filter", tests, 30);
}

/*
 * Modules compiled to plans where memory is short: every allocation fails once. Behaviour of
 * plan/plan.h.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "plan/plan.h"

#include "support/module_draft.h"
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

static const struct sn_index if_index = {.label = "ifIndex", .kind = SN_KIND_GAUGE};
static const struct sn_index disk_index = {.label = "hrDiskIndex", .kind = SN_KIND_GAUGE};

START_TEST(every_failing_allocation_is_out_of_memory_and_nothing_else)
{
	static const char *const inputs[] = {"ifIndex"};
	int rc = SN_ENOMEM;

	for (fail_at = 0; rc; fail_at++) {
		struct sn_module_lookup lk;

		draft_begin();
		draft.pool.chunk_size = 64; /* every allocation is one of malloc */
		draft_walk("1.3.6.1.2.1");
		lk = draft_lookup("ifName", inputs, 1, "1.3.6.1.2.1.31.1.1.1.1");
		draft_metric("ifMtu", "1.3.6.1.2.1.2.2.1.4", &if_index);
		draft.metric[0].lookups = &lk;
		draft.metric[0].nlookups = 1;
		draft_metric("sysName", "1.3.6.1.2.1.1.5", NULL);
		draft_metric("disk", "1.3.6.1.2.1.25.1", &disk_index);
		mallocs = 0;
		watching = true;
		rc = draft_build();
		watching = false;
		ck_assert(rc == SN_ENOMEM || rc == SN_OK);
		ck_assert_str_eq(draft.why, "");
		draft_end();
	}
	ck_assert_int_ge(fail_at, 5);
	fail_at = -1;
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_failing_allocation_is_out_of_memory_and_nothing_else,
		NULL,
	};

	return suite_run_tests("plan_nomem", tests, 0);
}

/*
 * A small run with a reload in it in which the N-th allocation fails, for every N, once or for a
 * long while: no crash, no leak, records that say what is missing, and all is well again when there
 * is memory.
 *
 * ctest: one_thread timeout=240 link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
 */
#include "support/rig.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static bool watching;	 /* the rig runs: Check allocates as well */
static long allocations; /* tried so far */
static long live;	 /* blocks */
static long fail_from;	 /* first one to fail */
static long fail_to;	 /* first one to succeed again */
static long failed;	 /* so far */

static bool fails(void)
{
	bool fail = watching && allocations >= fail_from && allocations < fail_to;

	allocations += watching;
	failed += fail;
	return fail;
}

static void *counted(void *p)
{
	live += watching && p;
	return p;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : counted(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
	if (fails()) {
		return NULL;
	}
	return p ? __real_realloc(p, n) : counted(__real_realloc(p, n));
}

void __wrap_free(void *p)
{
	live -= watching && p;
	__real_free(p);
}

/*
 * OpenSSL is a shared library: its calls are caught where it lets them be replaced. What it keeps
 * it may keep for the life of the process, so it is left out of `live`.
 */
int CRYPTO_set_mem_functions(void *(*alloc)(size_t n, const char *file, int line),
			     void *(*again)(void *p, size_t n, const char *file, int line),
			     void (*release)(void *p, const char *file, int line));

static bool crypto_fails; /* in this test as well */

static void *crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return crypto_fails && fails() ? NULL : __real_malloc(n);
}

static void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return crypto_fails && fails() ? NULL : __real_realloc(p, n);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	__real_free(p);
}

static struct rig r;

/* What OpenSSL keeps for the life of the process is there before anything may fail. */
static void warm_up(void)
{
	struct rig_config cfg = {.v3 = true, .once = true};

	rig_open(&r, &cfg);
	rig_round(&r);
	rig_close(&r);
}

/* The second snapshot: 0 and 1 went, 2 has changed, 6 to 8 are new. */
static int reload(void)
{
	struct sn_target_spec *specs[7];

	for (uint32_t i = 0; i < 7; i++) {
		specs[i] = rig_spec(&r, 2 + i);
		if (!specs[i]) {
			return SN_ENOMEM;
		}
	}
	specs[0]->window = 1;
	specs[0]->fingerprint = 2;
	return rig_apply_specs(&r, specs, 7);
}

static int first_load(void)
{
	struct sn_target_spec *specs[6];

	for (uint32_t i = 0; i < 6; i++) {
		specs[i] = rig_spec(&r, i);
		if (!specs[i]) {
			return SN_ENOMEM;
		}
	}
	return rig_apply_specs(&r, specs, 6);
}

/* The whole run. False: it could not even begin. */
static bool run(int version)
{
	struct rig_config cfg = {.targets = 9,
				 .rows = 12,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS |
					    AGENT_BIT(AGENT_IF_DISCONTINUITY),
				 .interval_ns = 20 * SN_NS_PER_SEC,
				 .retries = 1,
				 .v1 = version == 1,
				 .v3 = version == 2};

	if (rig_try_open(&r, &cfg)) {
		return false;
	}
	for (uint32_t i = 0; i < 9; i++) {
		r.agents.agent[i].discontinuity = i;
		r.agents.agent[i].delay_ns = i * 2 * SN_NS_PER_MS;
	}
	r.agents.agent[3].rows = fail_to - fail_from == 1 && !cfg.v1 ? 1100 : 150; /* large chunks
										    */
	if (first_load()) {
		suite_expect(r.c.ntargets == 0);
		suite_expect(r.released == 0);
	}
	rig_run(&r, 30 * SN_NS_PER_SEC);
	if (reload()) {
		suite_expect(r.released <= 1);
		suite_expect(r.c.ntargets == 6 || r.c.ntargets == 0);
	} else {
		suite_expect(r.c.ntargets == 7);
	}
	rig_run(&r, 40 * SN_NS_PER_SEC);
	return true;
}

/* There is memory again: whatever went wrong, now all goes well. */
static void recover(void)
{
	uint64_t not_ok;
	uint64_t rounds;

	suite_expect(reload() == SN_OK);
	suite_expect(r.c.ntargets == 7);
	rig_run(&r, 20 * SN_NS_PER_SEC);
	not_ok = r.rounds - r.by_status[SN_ROUND_OK];
	rounds = r.rounds;
	rig_run(&r, 40 * SN_NS_PER_SEC);
	suite_expect(r.rounds - r.by_status[SN_ROUND_OK] == not_ok);
	suite_expect(r.rounds - rounds >= 13);
}

/* Sweeps over the first failing allocation, `length` failures long. */
static long sweep(int version, long length, uint64_t *degraded)
{
	long n = 0;

	warm_up();
	for (;; n += RIG_SLOWNESS) {
		watching = true;
		allocations = 0;
		live = 0;
		failed = 0;
		fail_from = n;
		fail_to = n + length;
		if (run(version)) {
			fail_to = 0;
			recover();
			sn_collector_drain(&r.c);
			rig_run_idle(&r, 100 * SN_NS_PER_SEC);
			watching = false;
			rig_check(&r);
			*degraded += r.by_status[SN_ROUND_PARTIAL] +
				     r.by_status[SN_ROUND_OVERLOAD] + r.by_status[SN_ROUND_TIMEOUT];
			watching = true;
			rig_close(&r);
		}
		watching = false;
		ck_assert_int_eq(live, 0);
		if (failed == 0) {
			return n;
		}
	}
}

START_TEST(any_single_failure_is_survived)
{
	uint64_t degraded = 0;
	long n;

	crypto_fails = true;
	n = sweep(_i, 1, &degraded);
	printf("%ld allocations failed, one each run\n", n);
	ck_assert_int_ge(n, 25);
	ck_assert_uint_ge(degraded, 5 / RIG_SLOWNESS);
}
END_TEST

START_TEST(memory_that_stays_away_is_survived)
{
	uint64_t degraded = 0;
	long n = sweep(_i, 1000000000, &degraded);

	ck_assert_int_ge(n, 25);
	ck_assert_uint_ge(degraded, 40 / RIG_SLOWNESS);
}
END_TEST

START_TEST(memory_that_comes_and_goes_is_survived)
{
	for (long length = 2; length < 12; length += 5) {
		uint64_t degraded = 0;

		ck_assert_int_ge(sweep(_i, length, &degraded), 25);
		ck_assert_uint_ge(degraded, 5 / RIG_SLOWNESS);
	}
}
END_TEST

int main(void)
{
	const TTest *const both[] = {any_single_failure_is_survived,
				     memory_that_stays_away_is_survived,
				     memory_that_comes_and_goes_is_survived, NULL};
	const TTest *const single[] = {NULL};

	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free)) {
		return EXIT_FAILURE;
	}
	return rig_main("nomem", both, single, 100);
}

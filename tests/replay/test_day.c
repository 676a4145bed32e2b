/*
 * A day of 5,000 targets at 60 s: 7.2 million rounds in virtual time, with loss, dead devices and a
 * reload every hour. Every round started is accounted for, and a steady round allocates nothing.
 * Builds with sanitizers, and those without optimization, run a slice of it.
 *
 * ctest: timeout=300 serial link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
 */
#include "support/rig.h"

#include <time.h>

#ifdef NDEBUG
enum { TARGETS = 5000, MINUTES = 1440 };
#else
enum { TARGETS = 500, MINUTES = 90 / RIG_SLOWNESS };
#endif

enum { WARM_UP = 5, DEAD_EVERY = 50, LOSS_PPM = 2000 };

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static uint64_t calls;	      /* of all four */
static uint64_t crypto_calls; /* of these, by OpenSSL */

void *__wrap_malloc(size_t n)
{
	calls++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	calls++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	calls++;
	return __real_realloc(p, n);
}

void __wrap_free(void *p)
{
	calls++;
	__real_free(p);
}

/* OpenSSL is a shared library: its calls are caught where it lets them be replaced. */
int CRYPTO_set_mem_functions(void *(*alloc)(size_t n, const char *file, int line),
			     void *(*again)(void *p, size_t n, const char *file, int line),
			     void (*release)(void *p, const char *file, int line));

static void *crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	crypto_calls++;
	return __wrap_malloc(n);
}

static void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_realloc(p, n);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	__wrap_free(p);
}

static struct rig r;

static double seconds(void)
{
	return (double)sn_clock_mono() / 1e9;
}

/* Runs on and returns how often memory was allocated or freed meanwhile. */
static uint64_t run_counting(uint64_t ns)
{
	uint64_t before = calls;

	rig_run(&r, ns);
	return calls - before;
}

START_TEST(a_day_of_five_thousand_targets)
{
	struct rig_config cfg = {.targets = TARGETS,
				 .in_flight = 20000,
				 .no_values = true,
				 .link = {.delay_ns = 5 * SN_NS_PER_MS,
					  .jitter_ns = 20 * SN_NS_PER_MS,
					  .loss_ppm = LOSS_PPM}};
	const uint64_t rounds = (uint64_t)TARGETS * MINUTES;
	struct sn_fake_link slow = cfg.link;
	uint64_t allocations;
	double began = seconds();
	double took;

	rig_open(&r, &cfg);
	for (uint32_t i = 0; i < TARGETS; i++) {
		r.agents.agent[i].dead = i % DEAD_EVERY == 0;
	}
	ck_assert_int_eq(rig_apply(&r), SN_OK);
	/* far more rounds at once in the beginning than ever after: pools reach their size */
	slow.delay_ns = 400 * SN_NS_PER_MS;
	sn_fake_set_link(r.net, &slow);
	rig_run(&r, WARM_UP * 60 * SN_NS_PER_SEC);
	sn_fake_set_link(r.net, &cfg.link);
	allocations = run_counting((MINUTES - WARM_UP) * 60 * SN_NS_PER_SEC);
	rig_finish(&r);
	took = seconds() - began;
	printf("%d targets, %d min: %lu rounds in %.1f s (%.0f/s), %lu requests, %lu retries, "
	       "p99 lateness %.3f ms, %lu allocations after %d min\n",
	       TARGETS, MINUTES, r.rounds, took, (double)r.rounds / took, r.requests, r.retries,
	       (double)sn_hist_quantile(&r.c.lateness, 0.99) / 1e6, allocations, WARM_UP);
	ck_assert_uint_eq(allocations, 0);
	ck_assert_uint_eq(r.rounds + r.skipped, rounds);
	ck_assert_uint_eq(r.skipped, 0);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_STARTED), rounds);
	/* two per cent are dead; of the others hardly one round loses all three attempts */
	ck_assert_uint_ge(r.by_status[SN_ROUND_TIMEOUT], rounds / DEAD_EVERY);
	ck_assert_uint_le(r.by_status[SN_ROUND_TIMEOUT], rounds / DEAD_EVERY + rounds / 100000 + 2);
	ck_assert_uint_eq(r.by_status[SN_ROUND_OK] + r.by_status[SN_ROUND_TIMEOUT], rounds);
	ck_assert_uint_le(sn_hist_quantile(&r.c.lateness, 0.99), 2 * SN_NS_PER_MS);
	rig_close(&r);
}
END_TEST

/* Tables of all sizes, JSON encoded: what a round needs comes out of the pools. */
START_TEST(steady_rounds_of_tables_allocate_nothing)
{
	static const uint32_t rows[] = {10, 100, 1000, 5000};

	for (int i = 0; i < (RIG_SLOWNESS > 1 ? 3 : 4); i++) {
		struct rig_config cfg = {.targets = 3,
					 .rows = rows[i],
					 .no_values = true,
					 .objects = AGENT_SCALARS | AGENT_COLUMNS |
						    AGENT_BIT(AGENT_IF_DISCONTINUITY),
					 .v1 = _i == 1,
					 .v3 = _i == 2};
		uint64_t allocations;

		rig_open(&r, &cfg);
		r.out.encoder = sn_encoder_find("json");
		for (uint32_t k = 0; k < 3; k++) {
			r.agents.agent[k].discontinuity = 1 + k;
		}
		ck_assert_int_eq(rig_apply(&r), SN_OK);
		rig_run(&r, WARM_UP * 60 * SN_NS_PER_SEC);
		allocations = run_counting(WARM_UP * 60 * SN_NS_PER_SEC);
		printf("%u rows: %lu allocations\n", rows[i], allocations);
		ck_assert_uint_eq(allocations, 0);
		rig_finish(&r);
		ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
		rig_close(&r);
	}
}
END_TEST

/* Every hash and cipher, and a reboot that has to be found out: keys are made at first contact. */
START_TEST(steady_rounds_of_every_protocol_of_v3_allocate_nothing)
{
	for (int i = 0; i < SN_PRIV_COUNT; i++) {
		struct rig_config cfg = {.v3 = true,
					 .targets = 3,
					 .rows = 48,
					 .objects = AGENT_SCALARS | AGENT_COLUMNS,
					 .level = i == SN_PRIV_NONE ? RIG_AUTH : RIG_AUTH_PRIV,
					 .priv = (uint8_t)i,
					 .auth = (uint8_t)(1 + i % (SN_AUTH_COUNT - 1))};
		uint64_t before = crypto_calls;
		uint64_t allocations;

		rig_open(&r, &cfg);
		ck_assert_int_eq(rig_apply(&r), SN_OK);
		rig_run(&r, WARM_UP * 60 * SN_NS_PER_SEC);
		ck_assert(crypto_calls > before || i == SN_PRIV_NONE);
		allocations = run_counting(WARM_UP * 60 * SN_NS_PER_SEC);
		agent_secure_reboot(&r.agents.secure[0], rig_now(&r));
		agent_secure_step(&r.agents.secure[1], -1000);
		allocations += run_counting(WARM_UP * 60 * SN_NS_PER_SEC);
		ck_assert_uint_eq(allocations, 0);
		ck_assert_uint_ge(rig_counter(&r, SN_C_RESYNCS), 3 + 2);
		rig_finish(&r);
		ck_assert_uint_eq(r.by_status[SN_ROUND_OK], r.rounds);
		rig_close(&r);
	}
}
END_TEST

int main(void)
{
	const TTest *const both[] = {steady_rounds_of_tables_allocate_nothing, NULL};
	const TTest *const single[] = {a_day_of_five_thousand_targets,
				       steady_rounds_of_every_protocol_of_v3_allocate_nothing,
				       NULL};

	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free)) {
		return EXIT_FAILURE;
	}
	return rig_main("day", both, single, 240);
}

/*
 * A hundred times as many targets cost a hundred times as much, and not more: work for a round,
 * memory for a target, lateness, from a thousand targets up; and with faults of all kinds the same
 * seed gives the same rows. Work is counted where it can be (timers, requests, allocations) and
 * timed with a wide margin where it cannot: a scan over all targets would show as a factor of a
 * hundred. bench/bench_scale has the figures. SONDE_TEST_FULL adds a million targets.
 *
 * ctest: timeout=300 serial link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
 * ctest: link=-Wl,--wrap=aligned_alloc,--wrap=posix_memalign
 * ctest: link=-Wl,--wrap=sn_wheel_advance,--wrap=sn_wheel_arm
 */
#include "support/swarm.h"

#include "io/fake_queue.h"
#include "support/suite.h"

#include <malloc.h>

#ifdef __SANITIZE_THREAD__
enum { FEW = 200, MANY = 2000, FAULTY = 200 };
#elif defined(NDEBUG)
enum { FEW = 1000, MANY = 100000, FAULTY = 5000 };
#else
enum { FEW = 500, MANY = 10000, FAULTY = 1000 };
#endif

enum {
	MILLION = 1000000,
	WARM_UP = 2, /* intervals in which memory is taken and tables are learnt */
	SLICES = 12,
	TABLE = 48,	     /* interfaces */
	CHUNK_BYTES = 65536, /* by which all pools together may grow at once */
	POOLS = 4,	     /* of them: targets, rounds, their memory, slots */
	TARGET_BYTES = 1024, /* a target after its first round may keep */
	SLOWER = 3,	     /* times; caches are smaller than a hundred thousand targets */
};

#define INTERVAL (300 * SN_NS_PER_SEC)

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
int __real_posix_memalign(void **p, size_t align, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
int __wrap_posix_memalign(void **p, size_t align, size_t n);
void __wrap_free(void *p);
unsigned __real_sn_wheel_advance(struct sn_wheel *w, uint64_t now);
void __real_sn_wheel_arm(struct sn_wheel *w, struct sn_timer *t, uint64_t at);
unsigned __wrap_sn_wheel_advance(struct sn_wheel *w, uint64_t now);
void __wrap_sn_wheel_arm(struct sn_wheel *w, struct sn_timer *t, uint64_t at);

enum { MALLOC_HEAD = 8 }; /* of a block, as glibc has it */

static uint64_t allocations; /* and releases */
static size_t live;	     /* octets of heap in use */
static uint64_t fired;	     /* timers */
static uint64_t armed;	     /* timers */

static void *took(void *p)
{
	allocations++;
	live += p ? malloc_usable_size(p) + MALLOC_HEAD : 0;
	return p;
}

static void gives(void *p)
{
	allocations += p != NULL;
	live -= p ? malloc_usable_size(p) + MALLOC_HEAD : 0;
}

void *__wrap_malloc(size_t n)
{
	return took(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return took(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
	gives(p);
	return took(__real_realloc(p, n));
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
	return took(__real_aligned_alloc(align, n));
}

int __wrap_posix_memalign(void **p, size_t align, size_t n)
{
	int rc = __real_posix_memalign(p, align, n);

	if (rc == 0) {
		took(*p);
	}
	return rc;
}

void __wrap_free(void *p)
{
	gives(p);
	__real_free(p);
}

unsigned __wrap_sn_wheel_advance(struct sn_wheel *w, uint64_t now)
{
	unsigned n = __real_sn_wheel_advance(w, now);

	fired += n;
	return n;
}

void __wrap_sn_wheel_arm(struct sn_wheel *w, struct sn_timer *t, uint64_t at)
{
	armed++;
	__real_sn_wheel_arm(w, t, at);
}

static struct swarm s;

static uint64_t cpu_now(void)
{
	return sn_clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

/* What a steady round of a fleet takes. */
struct work {
	double cpu_us;	    /* with the network and the devices; the best slice */
	double fired;	    /* timers */
	double armed;	    /* timers */
	double turns;	    /* of the worker */
	double requests;    /* retransmissions included */
	double allocations; /* should be none */
	double late_ms;	    /* the latest of all rounds */
	double bytes;	    /* heap of the whole */
};

/*
 * What must hold of every run without faults. suite_expect because Check's own assertions allocate
 * and release memory.
 */
static void expect_sound(void)
{
	suite_expect(swarm_finish(&s));
	suite_expect(swarm_counter(&s, SN_C_ROUNDS_STARTED) == s.rounds);
	suite_expect(s.by_status[SN_ROUND_OK] == s.rounds);
	suite_expect(s.skipped == 0);
	suite_expect(s.retries == 0);
	suite_expect(s.wrong == 0);
	suite_expect(s.resets == 0);
}

/* So many intervals, after the first ones. */
static struct work measure(uint32_t targets, uint32_t rows, uint32_t intervals)
{
	struct swarm_config cfg = {
		.targets = targets, .rows = rows, .encoder = "influx", .check = true};
	size_t before = live;
	struct work k = {.cpu_us = 1e9};
	uint64_t rounds;
	uint64_t turns;
	uint64_t requests;
	uint64_t calls;

	swarm_open(&s, &cfg);
	swarm_run(&s, WARM_UP * INTERVAL + SN_NS_PER_SEC);
	rounds = s.rounds;
	suite_expect(rounds >= WARM_UP * (uint64_t)targets);
	turns = swarm_counter(&s, SN_C_LOOPS);
	requests = s.requests;
	calls = allocations;
	fired = 0;
	armed = 0;
	for (int i = 0; i < SLICES; i++) {
		uint64_t done = s.rounds;
		uint64_t began = cpu_now();
		double us;

		swarm_run(&s, intervals * INTERVAL / SLICES);
		us = (double)(cpu_now() - began) / 1e3 / (double)(s.rounds - done);
		k.cpu_us = us < k.cpu_us ? us : k.cpu_us;
	}
	rounds = s.rounds - rounds;
	suite_expect(rounds == (uint64_t)targets * intervals);
	k.allocations = (double)(allocations - calls);
	k.fired = (double)fired / (double)rounds;
	k.armed = (double)armed / (double)rounds;
	k.turns = (double)(swarm_counter(&s, SN_C_LOOPS) - turns) / (double)rounds;
	k.requests = (double)(s.requests - requests) / (double)rounds;
	k.late_ms = (double)s.most_late / 1e6;
	k.bytes = (double)(live - before);
	expect_sound();
	swarm_close(&s);
	suite_expect(live == before);
	printf("%7u targets, %2u rows: %7.3f us, %.2f timers fired, %.2f armed, %.2f turns, "
	       "%.2f requests a round; %.0f allocations, latest %.2f ms, %.1f B a target\n",
	       targets, rows, k.cpu_us, k.fired, k.armed, k.turns, k.requests, k.allocations,
	       k.late_ms, k.bytes / targets);
	return k;
}

/* As many rounds of the smaller fleet, but no more than a day. */
static uint32_t as_many(uint32_t intervals)
{
	uint32_t n = intervals * (MANY / FEW);

	return n < 288 ? n : 288;
}

static void compare(struct work few, struct work many)
{
	ck_assert_double_le(few.allocations, 0);
	/* a chunk when more rounds meet than ever before, not one a round */
	ck_assert_double_le(many.allocations, 8);
	ck_assert_double_le(many.requests, few.requests * 1.01);
	ck_assert_double_le(many.fired, few.fired * 1.01);
	ck_assert_double_le(many.armed, few.armed * 1.01);
	ck_assert_double_le(many.turns, few.turns * 1.01);
	ck_assert_double_le(many.cpu_us, few.cpu_us * SLOWER);
	/* a tick; nobody waits for others */
	ck_assert_double_le(few.late_ms, 1.1);
	ck_assert_double_le(many.late_ms, 1.1);
}

START_TEST(a_round_of_scalars_is_no_more_work_among_many_targets)
{
	struct work few = measure(FEW, 0, as_many(3));
	struct work many = measure(MANY, 0, 3);

	compare(few, many);
}
END_TEST

START_TEST(a_round_of_a_table_is_no_more_work_among_many_targets)
{
	struct work few = measure(FEW, TABLE, as_many(1) / 8);
	struct work many = measure(MANY / 8, TABLE, 1);

	compare(few, many);
}
END_TEST

/* Slope of the heap over the number of targets: what is there but once does not count. */
static double slope(struct work few, uint32_t n_few, struct work many, uint32_t n_many)
{
	return (many.bytes - few.bytes) / (n_many - n_few);
}

static void check_memory(uint32_t rows, uint32_t most)
{
	struct work a = measure(most / 10, rows, 1);
	struct work b = measure(most / 3, rows, 1);
	struct work c = measure(most, rows, 1);
	double low = slope(a, most / 10, b, most / 3);
	double high = slope(b, most / 3, c, most);

	printf("%u rows: %.1f B for each target more, then %.1f\n", rows, low, high);
	ck_assert_double_le(low, TARGET_BYTES);
	ck_assert_double_le(high, TARGET_BYTES);
	/* pools grow by chunks, several of them by some, which tells among few targets */
	ck_assert_double_le(high, low * 1.1 + POOLS * (double)CHUNK_BYTES / (most - most / 3));
}

START_TEST(a_target_keeps_less_than_a_kibibyte_however_many_there_are)
{
	check_memory(0, MANY);
	check_memory(TABLE, MANY / 4);
}
END_TEST

/* Runs a fleet in which everything goes wrong that may; its digest. */
static uint64_t run_faulty(uint64_t seed, uint32_t rows)
{
	const uint32_t intervals = 12;
	struct swarm_config cfg = {.targets = FAULTY,
				   .rows = rows,
				   .seed = seed,
				   .link = {.delay_ns = 10 * SN_NS_PER_MS,
					    .jitter_ns = 30 * SN_NS_PER_MS,
					    .loss_ppm = 20000,
					    .dup_ppm = 10000,
					    .reorder_ppm = 50000,
					    .reorder_ns = 40 * SN_NS_PER_MS},
				   .dead_ppm = 50000,
				   .reboot_ppm = 100000,
				   /* after the first round of everybody, before the last one */
				   .reboot_after_ns = 2 * INTERVAL,
				   .reboot_within_ns = (intervals - 4) * INTERVAL,
				   .encoder = "json",
				   .digest = true,
				   .check = true};
	uint64_t dead = 0;
	uint64_t reboots = 0;
	uint64_t digest;
	uint64_t done;

	swarm_open(&s, &cfg);
	for (uint32_t i = 0; i < FAULTY; i++) {
		bool is_dead = crowd_is_dead(&s.crowd, i);

		dead += is_dead;
		reboots += !is_dead && crowd_reboot_at(&s.crowd, i) != SN_TIME_NEVER;
	}
	swarm_run(&s, intervals * INTERVAL);
	ck_assert(swarm_finish(&s));
	done = s.rounds + s.skipped;
	digest = s.out.digest;
	printf("seed %lu, %u rows: %lu rounds, %lu dead of %d, %lu reboots, %lu retries, digest "
	       "%016lx\n",
	       seed, rows, s.rounds, dead, FAULTY, reboots, s.retries, digest);
	ck_assert_uint_eq(swarm_counter(&s, SN_C_ROUNDS_STARTED), s.rounds);
	ck_assert_uint_eq(done, (uint64_t)FAULTY * intervals);
	ck_assert_uint_eq(s.wrong, 0);
	/* so many as the seed says, within five standard deviations or so */
	ck_assert_uint_ge(dead, FAULTY / 20 - FAULTY / 40);
	ck_assert_uint_le(dead, FAULTY / 20 + FAULTY / 40);
	ck_assert_uint_gt(reboots, FAULTY / 20);
	ck_assert_uint_eq(s.resets, reboots);
	/* four attempts are lost once in half a million requests */
	ck_assert_uint_ge(s.by_status[SN_ROUND_TIMEOUT], dead * intervals);
	ck_assert_uint_le(s.by_status[SN_ROUND_TIMEOUT], dead * intervals + 2);
	ck_assert_uint_le(s.by_status[SN_ROUND_PARTIAL], 3);
	ck_assert_uint_eq(s.by_status[SN_ROUND_OK] + s.by_status[SN_ROUND_PARTIAL] +
				  s.by_status[SN_ROUND_TIMEOUT],
			  s.rounds);
	ck_assert_uint_le(s.most_late, 2 * SN_NS_PER_MS);
	swarm_close(&s);
	return digest;
}

START_TEST(a_seed_of_faults_gives_the_same_rows_again)
{
	for (uint32_t rows = 0; rows <= 8; rows += 8) {
		uint64_t first = run_faulty(7, rows);

		ck_assert_uint_eq(run_faulty(7, rows), first);
		ck_assert_uint_ne(run_faulty(8, rows), first);
	}
}
END_TEST

/* ns for a datagram through a queue in which so many are under way; the best of some tries. */
static double queue_cost(uint32_t under_way)
{
	static const uint8_t data[64];
	const struct sn_addr a = crowd_addr(1);
	const struct sn_span msg = sn_span_make(data, sizeof(data));
	struct sn_fake_queue q;
	struct sn_rng rng;
	double best = 1e9;

	sn_rng_init_seed(&rng, 1);
	sn_fake_queue_init(&q);
	for (uint32_t i = 0; i < under_way; i++) {
		ck_assert(sn_fake_queue_push(&q, sn_rng_below(&rng, MILLION), true, &a, &a, msg));
	}
	for (int try = 0; try < SLICES; try++) {
		const int n = 20000;
		uint64_t began = cpu_now();
		double ns;

		for (int i = 0; i < n; i++) {
			uint64_t next = sn_fake_queue_next(&q);

			sn_fake_queue_put(&q, sn_fake_queue_pop(&q));
			suite_expect(sn_fake_queue_push(&q, next + sn_rng_below(&rng, MILLION),
							true, &a, &a, msg));
		}
		ns = (double)(cpu_now() - began) / n;
		best = ns < best ? ns : best;
	}
	sn_fake_queue_fini(&q);
	sn_rng_fini(&rng);
	printf("%u datagrams under way: %.1f ns each\n", under_way, best);
	return best;
}

/* The network of these tests must not be what grows. */
START_TEST(the_scripted_network_takes_many_datagrams_as_it_takes_few)
{
	double few = queue_cost(FEW);
	double many = queue_cost(MANY);

	/* a tree of twice the depth, and out of the caches; a scan would be a hundred times */
	ck_assert_double_le(many, few * 20);
}
END_TEST

START_TEST(a_million_targets_take_their_turn)
{
	if (getenv("SONDE_TEST_FULL")) {
		struct work few = measure(FEW, 0, as_many(3));

		compare(few, measure(MILLION, 0, 1));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_round_of_scalars_is_no_more_work_among_many_targets,
				      a_round_of_a_table_is_no_more_work_among_many_targets,
				      a_target_keeps_less_than_a_kibibyte_however_many_there_are,
				      a_seed_of_faults_gives_the_same_rows_again,
				      the_scripted_network_takes_many_datagrams_as_it_takes_few,
				      a_million_targets_take_their_turn,
				      NULL};

	return suite_run_tests("scale", tests, 240);
}

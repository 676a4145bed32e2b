/*
 * Spoolers under random schedules with fixed seeds: rows come, the sink takes, refuses, delivers
 * and loses, the disk fails and works again, processes stop, are killed and begin again. After each
 * step every row is accounted for (spooler_rig.h); at the end what was not delivered was told as
 * lost.
 *
 * ctest: timeout=300 one_thread
 */
#include "support/spooler_rig.h"
#include "support/suite.h"

#include <errno.h>

#define KIB ((uint64_t)1024)

enum { LIVES = 4, STEPS = 200, SEEDS = 2, SEEDS_FULL = 100 };

/* What a schedule may do; bits. */
enum {
	FATES = 1,   /* the sink gives messages up */
	ERRORS = 2,  /* the disk fails */
	CRASHES = 4, /* processes are killed */
	SMALL = 8,   /* the spool is too small for it all */
	AGE = 16     /* records are dropped for their age */
};

static uint64_t upto(struct sn_rng *rng, uint64_t n)
{
	return sn_rng_u64(rng) % (n + 1);
}

static void toggle_disk(struct srig *r, struct sn_rng *rng)
{
	static const int errors[] = {EIO, ENOSPC, EROFS, EDQUOT};

	if (r->disk.fail_from) {
		r->disk.fail_from = 0;
		return;
	}
	r->disk.fail_error = errors[upto(rng, 3)];
	r->disk.fail_short = upto(rng, 1);
	r->disk.fail_writes_only = upto(rng, 2) > 0;
	r->disk.fail_from = r->disk.calls + 1 + upto(rng, 5);
	r->disk.fail_count = upto(rng, 1) ? UINT64_MAX : 1 + upto(rng, 4);
}

static void step(struct srig *r, struct sn_rng *rng, unsigned may)
{
	static const enum sn_loss fates[] = {SN_LOSS_TIMEOUT, SN_LOSS_TOO_LARGE,
					     SN_LOSS_TOPIC,   SN_LOSS_AUTHORIZATION,
					     SN_LOSS_FATAL,   SN_LOSS_REFUSED};
	static const unsigned rooms[] = {0, 3, 40, SRIG_HELD};
	/* one that is too large for a small spool may pass others at a stop */
	const uint64_t pad = (may & SMALL) && !(may & ERRORS) ? 4000 : 5000;

	switch (upto(rng, 19)) {
	case 0:
		r->room = rooms[upto(rng, 3)];
		break;
	case 1:
		srig_hasten(r);
		break;
	case 2:
	case 3:
		srig_deliver(r, (unsigned)upto(rng, 60), SN_LOSS_NONE);
		break;
	case 4:
		if (may & FATES) {
			srig_deliver(r, (unsigned)upto(rng, 5), fates[upto(rng, 5)]);
		}
		break;
	case 5:
		if ((may & ERRORS) && upto(rng, 3) == 0) {
			toggle_disk(r, rng);
		}
		break;
	case 6:
		if (may & AGE) {
			r->pump->spooler->wall += upto(rng, 2000);
		}
		break;
	case 7:
		if (upto(rng, 10) == 0) {
			srig_deliver_all(r);
		}
		break;
	default:
		srig_emit(r, (unsigned)upto(rng, SRIG_KEYS - 1), 1 + (unsigned)upto(rng, 5),
			  upto(rng, 1) ? upto(rng, 100) : upto(rng, pad));
	}
	srig_turn(r);
}

/* One process, from its start to its end. */
static void live(struct srig *r, struct sn_rng *rng, unsigned may, uint64_t *waiting)
{
	struct sn_pump_stats st;

	if (srig_start(r) != SN_OK) {
		ck_abort_msg("cannot be started");
	}
	st = srig_stats(r);
	if (*waiting != UINT64_MAX) {
		/* what is acknowledged above one that is not comes again */
		ck_assert_uint_ge(st.spool.messages_found, *waiting);
		ck_assert((may & FATES) || st.spool.messages_found == *waiting);
	}
	for (unsigned i = 0; i < STEPS; i++) {
		step(r, rng, may);
	}
	*waiting = UINT64_MAX;
	if ((may & CRASHES) && upto(rng, 1)) {
		srig_crash(r, (enum model_crash)upto(rng, MODEL_CRASHES - 1));
		return;
	}
	if (upto(rng, 1)) {
		r->room = SRIG_HELD;
		r->disk.fail_from = 0;
		st = srig_stop(r, true);
	} else {
		r->deaf = upto(rng, 1);
		st = srig_stop(r, false);
	}
	if (!(may & ERRORS)) {
		*waiting = st.spool.messages_waiting;
	}
}

/* Rows that came more than once. */
static uint64_t repeats(const struct srig *r)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < SRIG_KEYS; k++) {
		for (uint64_t v = 0; v < r->key[k].next; v++) {
			n += r->key[k].seen[v] > 1;
		}
	}
	return n;
}

static void play(uint64_t seed, enum sn_spool_mode mode, enum sn_spool_replay replay, unsigned may)
{
	struct srig *r = malloc(sizeof(*r));
	uint64_t waiting = 0;
	struct sn_rng rng;
	bool ordered = replay == SN_SPOOL_ORDERED && !(may & (FATES | ERRORS));

	suite_expect(r != NULL);
	sn_rng_init_seed(&rng, seed);
	srig_init(r, seed);
	r->cfg.mode = mode;
	r->cfg.replay = replay;
	r->cfg.max_bytes = may & SMALL ? 128 * KIB : 32 * KIB * KIB;
	r->cfg.max_age_ms = may & AGE ? 3000 : 0;
	for (unsigned i = 0; i < LIVES; i++) {
		live(r, &rng, may, &waiting);
	}
	r->cfg.drain = true;
	r->room = SRIG_HELD;
	r->disk.fail_from = 0;
	ck_assert_int_eq(srig_start(r), SN_OK);
	srig_stop(r, true);
	if (srig_missing(r) > r->lost || (ordered && srig_disorder(r)) ||
	    (!(may & (FATES | ERRORS | CRASHES)) && repeats(r)) || (may == 0 && r->lost)) {
		ck_abort_msg("seed %u, mode %d, replay %d, may %u: %u missing, %u lost, %u twice, "
			     "disorder %d",
			     (unsigned)seed, (int)mode, (int)replay, may, (unsigned)srig_missing(r),
			     (unsigned)r->lost, (unsigned)repeats(r), srig_disorder(r));
	}
	srig_fini(r);
	free(r);
}

START_TEST(every_row_is_accounted_for_at_every_moment_whatever_happens)
{
	const unsigned may = (unsigned)_i;
	const unsigned seeds = getenv("SONDE_TEST_FULL") ? SEEDS_FULL : SEEDS;

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		play(seed, SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED, may);
		play(seed, SN_SPOOL_OVERFLOW, SN_SPOOL_INTERLEAVED, may);
		play(seed, SN_SPOOL_ALWAYS, SN_SPOOL_ORDERED, may);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spooler_random");
	TCase *tc = tcase_create("spooler_random");

	tcase_set_timeout(tc, 280);
	tcase_add_loop_test(tc, every_row_is_accounted_for_at_every_moment_whatever_happens, 0, 32);
	suite_add_tcase(s, tc);
	return suite_run(s);
}

/*
 * The spool on a disk that loses power: one script of appending, committing, reading, acknowledging
 * and dropping is ended at every single operation of the disk, and everything that was not synced
 * is lost, kept, reordered or torn. After each: the start succeeds, every committed record that was
 * neither acknowledged nor reported comes back, nothing comes that was never appended or will not
 * be wanted, and records of a key keep their order. Then the same with operations that fail.
 *
 * ctest: timeout=240
 */
#include "support/spool_history.h"
#include "support/suite.h"

#include <errno.h>

enum { STEPS = 90, SEEDS = 2, DRAWS = 4 };

static struct model disk;
static struct history hist;

/* One life: the script of a seed. Returns whether the spool could be opened. */
static bool live(uint64_t seed, unsigned steps)
{
	struct sn_spool *sp;
	struct sn_rng rng;
	bool closed;

	sn_rng_init_seed(&rng, seed);
	if (history_open(&hist, model_disk(&disk), &sp)) {
		return false;
	}
	history_work(&hist, sp, &rng, steps);
	closed = sn_spool_close(sp) == SN_OK;
	for (uint32_t i = hist.life; closed && i < hist.n; i++) {
		hist.rec[i].committed = true;
	}
	suite_expect(disk.open == 0);
	return true;
}

/* After whatever happened: everything is there, can be settled, and the spool goes on. */
static void recover(void)
{
	struct sn_spool *sp = NULL;

	ck_assert_int_eq(history_open(&hist, model_disk(&disk), &sp), SN_OK);
	history_drain(&hist, sp);
	history_check_complete(&hist);
	history_check_stats(sp);
	history_rewind(&hist, sp);
	history_drain(&hist, sp);
	history_check_complete(&hist);
	history_ack_all(&hist, sp);
	ck_assert_int_eq(history_tick(&hist, sp), SN_OK);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(history_append(&hist, sp, 1, 1000), SN_OK);
	}
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
	for (uint32_t i = hist.life; i < hist.n; i++) {
		hist.rec[i].committed = true; /* closing said so */
	}
	model_power_cycle(&disk, MODEL_LOSE_ALL);
	ck_assert_int_eq(history_open(&hist, model_disk(&disk), &sp), SN_OK);
	ck_assert_uint_eq(history_drain(&hist, sp), 5);
	history_check_complete(&hist);
	history_ack_all(&hist, sp);
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
	ck_assert_uint_eq(model_bytes(&disk), 0);
	ck_assert_uint_eq(hist.foreign, 0);
}

/* draw: what becomes of what is not durable. */
static void begin(uint64_t draw)
{
	model_init(&disk, draw);
	history_init(&hist);
	hist.disk = &disk;
	hist.cfg.max_bytes = 32 << 10; /* reached by the script */
}

/* Operations that a whole life takes; two lives, so that the second finds something. */
static uint64_t calls_of(uint64_t seed)
{
	uint64_t calls;

	begin(seed);
	live(seed, STEPS / 2);
	model_power_cycle(&disk, MODEL_KEEP_ALL);
	live(seed + 1, STEPS);
	calls = disk.calls;
	model_fini(&disk);
	return calls;
}

START_TEST(the_script_does_everything)
{
	uint64_t seen[SN_SPOOL_CAUSES] = {0};
	bool acked = false;
	bool pending = false;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		ck_assert_uint_gt(calls_of(seed), 150);
		seen[SN_SPOOL_FULL] += hist.lost_by[SN_SPOOL_FULL];
		for (uint32_t i = 0; i < hist.n; i++) {
			acked |= hist.rec[i].ack_durable;
			pending |= hist.rec[i].committed && !hist.rec[i].acked;
		}
		ck_assert_uint_eq(hist.lost_by[SN_SPOOL_DAMAGED], 0);
		ck_assert_uint_eq(hist.lost_unknown, 0);
	}
	ck_assert_uint_gt(seen[SN_SPOOL_FULL], 0);
	ck_assert(acked && pending);
}
END_TEST

START_TEST(survives_the_loss_of_power_at_every_operation)
{
	uint64_t seed = 1 + (uint64_t)_i / MODEL_CRASHES;
	enum model_crash how = (enum model_crash)(_i % MODEL_CRASHES);
	uint64_t draws = how == MODEL_RANDOM || how == MODEL_RANDOM_TORN ? DRAWS : 1;
	uint64_t calls = calls_of(seed);
	uint64_t unknown = 0;

	for (uint64_t i = 0; i < calls * draws; i++) {
		uint64_t k = 1 + i / draws;

		begin(i);
		live(seed, STEPS / 2);
		model_power_cycle(&disk, MODEL_KEEP_ALL);
		disk.crash_at = k;
		live(seed + 1, STEPS);
		model_power_cycle(&disk, how);
		recover();
		unknown += hist.lost_by[SN_SPOOL_DAMAGED];
		model_fini(&disk);
	}
	/* only a torn tail whose second half arrived makes a hole */
	ck_assert(unknown == 0 || how == MODEL_RANDOM || how == MODEL_RANDOM_TORN);
}
END_TEST

START_TEST(survives_the_loss_of_power_while_it_recovers)
{
	uint64_t calls = calls_of(1);
	enum model_crash how = _i % 2 ? MODEL_RANDOM : MODEL_LOSE_ALL;

	for (uint64_t k = 3; k <= calls; k += 11) {
		for (uint64_t j = 1; j < 60; j += 2) {
			begin(k * 100 + j);
			live(1, STEPS / 2);
			model_power_cycle(&disk, MODEL_KEEP_ALL);
			disk.crash_at = k;
			live(2, STEPS);
			model_power_cycle(&disk, how);
			disk.crash_at = j;
			live(3, 10);
			model_power_cycle(&disk, how);
			recover();
			model_fini(&disk);
		}
	}
}
END_TEST

/* What goes wrong, and for how many operations. */
static const struct {
	int error;	/* errno */
	uint64_t count; /* operations that fail */
	bool short_;	/* writes write half first */
	bool writes;	/* reading goes on */
} faults[] = {
	{EIO, 1, false, false},	  {EIO, 3, false, false},    {ENOSPC, 1, true, true},
	{ENOSPC, 20, true, true}, {ENOSPC, 20, false, true}, {EROFS, 40, false, true},
	{EIO, 5, true, true},	  {EDQUOT, 7, true, true},
};

START_TEST(goes_on_when_the_disk_recovers)
{
	uint64_t calls = calls_of(1);

	for (uint64_t k = 1; k <= calls; k++) {
		struct sn_spool *sp;
		struct sn_rng rng;

		begin(k);
		live(1, STEPS / 2);
		model_power_cycle(&disk, MODEL_KEEP_ALL);
		disk.fail_from = k;
		disk.fail_count = faults[_i].count;
		disk.fail_error = faults[_i].error;
		disk.fail_short = faults[_i].short_;
		disk.fail_writes_only = faults[_i].writes;
		while (history_open(&hist, model_disk(&disk), &sp)) {
			suite_expect(disk.calls < k + faults[_i].count);
		}
		sn_rng_init_seed(&rng, 2);
		history_work(&hist, sp, &rng, STEPS);
		disk.fail_from = 0;
		ck_assert_int_eq(history_append(&hist, sp, 2, 500), SN_OK);
		ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
		ck_assert_int_eq(history_tick(&hist, sp), SN_OK);
		/* three tries do not make a loss of what can be read afterwards */
		suite_expect(hist.lost_by[SN_SPOOL_DAMAGED] == 0);
		disk.crash_at = disk.calls + 1;
		(void)sn_spool_close(sp);
		model_power_cycle(&disk, k % 2 ? MODEL_RANDOM : MODEL_LOSE_ALL);
		recover();
		model_fini(&disk);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("crash");
	TCase *tc = tcase_create("crash");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_script_does_everything);
	tcase_add_loop_test(tc, survives_the_loss_of_power_at_every_operation, 0,
			    SEEDS * MODEL_CRASHES);
	tcase_add_loop_test(tc, survives_the_loss_of_power_while_it_recovers, 0, 2);
	tcase_add_loop_test(tc, goes_on_when_the_disk_recovers, 0,
			    sizeof(faults) / sizeof(faults[0]));
	suite_add_tcase(s, tc);
	return suite_run(s);
}

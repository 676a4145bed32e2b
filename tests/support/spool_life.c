/*
 * The lives of spool_life.h.
 */
#include "support/spool_life.h"

#include "support/suite.h"

struct spool_life life;

void life_setup(void)
{
	model_init(&life.disk, 1);
	history_init(&life.hist);
}

void life_teardown(void)
{
	model_fini(&life.disk);
}

void life_restart(void)
{
	life_teardown();
	life_setup();
}

void life_start(void)
{
	suite_expect(history_open(&life.hist, model_disk(&life.disk), &life.sp) == SN_OK);
}

void life_stop(void)
{
	suite_expect(sn_spool_close(life.sp) == SN_OK);
	suite_expect(life.disk.open == 0);
	for (uint32_t i = life.hist.life; i < life.hist.n; i++) {
		life.hist.rec[i].committed = true;
	}
}

void life_append(unsigned n, uint32_t size)
{
	for (unsigned i = 0; i < n; i++) {
		suite_expect(history_append(&life.hist, life.sp, i % HISTORY_KEYS, size) == SN_OK);
	}
}

void life_leave_segment(void)
{
	life_start();
	life_append(LIFE_RECORDS, LIFE_SIZE);
	life_stop();
}

struct sn_spool_stats life_stats(void)
{
	struct sn_spool_stats st;

	sn_spool_stats_get(life.sp, &st);
	return st;
}

/*
 * A pump with a spool, one promise at a time: what goes to the disk and when, in which order it
 * comes back, that every row is somewhere after each step, at stops and after crashes.
 *
 * ctest: timeout=120 one_thread
 */
#include "base/clock.h"
#include "support/spooler_rig.h"
#include "support/suite.h"

#include <errno.h>

#define KIB ((size_t)1024)

static struct srig *rig_new(enum sn_spool_mode mode, enum sn_spool_replay replay)
{
	struct srig *r = malloc(sizeof(*r));

	suite_expect(r != NULL);
	srig_init(r, 1);
	r->cfg.mode = mode;
	r->cfg.replay = replay;
	return r;
}

static void rig_done(struct srig *r)
{
	srig_fini(r);
	free(r);
}

/* Rows of all keys, turn by turn. */
static void emit_all(struct srig *r, unsigned blocks, size_t pad)
{
	for (unsigned i = 0; i < blocks; i++) {
		for (unsigned key = 0; key < SRIG_KEYS; key++) {
			srig_emit(r, key, 3, pad);
			srig_turn(r);
		}
	}
}

START_TEST(a_well_sink_leaves_the_disk_alone)
{
	struct srig *r = rig_new(SN_SPOOL_OVERFLOW, _i);
	struct sn_pump_stats st;
	uint64_t calls;

	ck_assert_int_eq(srig_start(r), SN_OK);
	srig_hasten(r);
	srig_settle_down(r);
	calls = r->disk.calls;
	for (unsigned i = 0; i < 50; i++) {
		emit_all(r, 1, 500);
		srig_hasten(r);
		srig_deliver(r, SRIG_HELD, SN_LOSS_NONE);
	}
	srig_settle_down(r);
	ck_assert_uint_eq(r->disk.calls, calls);
	st = srig_stop(r, true);
	ck_assert_uint_eq(st.rows_written, 50 * SRIG_KEYS * 3);
	ck_assert_uint_eq(st.spool.rows_spooled, 0);
	ck_assert_uint_eq(srig_missing(r), 0);
	rig_done(r);
}
END_TEST

START_TEST(what_the_sink_holds_too_long_goes_to_the_disk_and_comes_back_in_order)
{
	struct srig *r = rig_new(SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);
	struct sn_pump_stats st;

	ck_assert_int_eq(srig_start(r), SN_OK);
	emit_all(r, 500, 1000); /* 9 MB, nothing is delivered meanwhile */
	ck_assert_uint_eq(r->dropped, 0);
	st = srig_stats(r);
	ck_assert_uint_gt(st.spool.rows_spooled, 1000);
	ck_assert_uint_eq(st.rows_written, 0);
	ck_assert(st.spool.working);
	ck_assert_uint_gt(st.spool.oldest_ms, 0);
	srig_deliver_all(r);
	st = srig_stats(r);
	ck_assert_uint_eq(st.rows_waiting, 0);
	ck_assert_uint_eq(st.spool.messages_waiting, 0);
	ck_assert_uint_eq(st.rows_written, 500 * SRIG_KEYS * 3);
	ck_assert_uint_eq(srig_missing(r), 0);
	ck_assert(!srig_disorder(r));
	/* and then past the disk again */
	for (unsigned i = 0; i < 20; i++) {
		emit_all(r, 1, 100);
		srig_deliver(r, SRIG_HELD, SN_LOSS_NONE);
	}
	ck_assert_uint_eq(srig_stats(r).spool.rows_spooled, st.spool.rows_spooled);
	st = srig_stop(r, true);
	ck_assert_uint_eq(r->delivered, st.rows_written);
	rig_done(r);
}
END_TEST

START_TEST(a_replay_is_marked_before_the_second_is_over)
{
	struct srig *r = rig_new(SN_SPOOL_ALWAYS, SN_SPOOL_ORDERED);
	uint64_t spooled;

	ck_assert_int_eq(srig_start(r), SN_OK);
	emit_all(r, 200, 0);
	srig_settle_down(r);
	spooled = srig_stats(r).spool.messages_spooled;
	ck_assert_uint_eq(spooled, 200 * SRIG_KEYS);
	/* by the clock it would be time in nine tenths of a second */
	srig_deliver(r, 800, SN_LOSS_NONE);
	r->pump->spooler->tick_at = sn_clock_mono() + 9 * SN_NS_PER_SEC / 10;
	srig_settle_down(r);
	srig_crash(r, MODEL_LOSE_ALL);
	ck_assert_int_eq(srig_start(r), SN_OK);
	ck_assert_uint_eq(srig_stats(r).spool.messages_found, spooled - 800);
	srig_deliver_all(r);
	ck_assert_uint_eq(srig_missing(r), 0);
	srig_stop(r, true);
	rig_done(r);
}
END_TEST

START_TEST(a_sink_that_takes_nothing_is_forgiven_for_a_moment_only)
{
	struct srig *r = rig_new(SN_SPOOL_OVERFLOW, _i);

	ck_assert_int_eq(srig_start(r), SN_OK);
	r->room = 0;
	srig_emit(r, 0, 3, 10);
	srig_settle_down(r);
	ck_assert_uint_eq(srig_stats(r).spool.rows_spooled, 0);
	srig_hasten(r);
	srig_settle_down(r);
	ck_assert_uint_eq(srig_stats(r).spool.rows_spooled, 3);
	r->room = SRIG_HELD;
	srig_deliver_all(r);
	ck_assert_uint_eq(srig_missing(r), 0);
	srig_stop(r, true);
	rig_done(r);
}
END_TEST

START_TEST(always_means_that_the_sink_gets_nothing_that_is_not_on_the_disk)
{
	struct srig *r = rig_new(SN_SPOOL_ALWAYS, SN_SPOOL_ORDERED);
	struct sn_pump_stats st;

	ck_assert_int_eq(srig_start(r), SN_OK);
	for (unsigned i = 0; i < 30; i++) {
		emit_all(r, 1, 300);
		srig_deliver(r, 3, SN_LOSS_NONE);
	}
	st = srig_stats(r);
	ck_assert_uint_eq(st.spool.rows_spooled, st.rows_encoded);
	ck_assert_uint_gt(r->takes, 0);
	srig_crash(r, MODEL_LOSE_ALL);
	ck_assert_int_eq(srig_start(r), SN_OK);
	srig_deliver_all(r);
	ck_assert_uint_eq(srig_missing(r), 0);
	ck_assert(!srig_disorder(r));
	ck_assert_uint_eq(srig_stats(r).rows_written, 0);
	ck_assert_uint_gt(srig_stats(r).spool.rows_recovered, 0);
	srig_stop(r, true);
	rig_done(r);
}
END_TEST

START_TEST(a_stop_loses_nothing_and_keeps_the_order)
{
	/* how much waits: in the sink only, or in the spool too; and who it is that gives up */
	for (int how = 0; how < 4; how++) {
		struct srig *r = rig_new(SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);
		struct sn_pump_stats st;

		ck_assert_int_eq(srig_start(r), SN_OK);
		r->deaf = how & 2;
		emit_all(r, how & 1 ? 500 : 20, 1000);
		st = srig_stop(r, false);
		ck_assert_uint_eq(st.rows_lost + st.rows_written, 0);
		ck_assert_uint_eq(st.rows_waiting, st.rows_encoded);
		ck_assert_int_eq(srig_start(r), SN_OK);
		emit_all(r, 10, 100);
		srig_deliver_all(r);
		ck_assert_uint_eq(srig_stats(r).spool.rows_recovered, st.rows_encoded);
		ck_assert_uint_eq(srig_missing(r), 0);
		ck_assert(!srig_disorder(r));
		st = srig_stop(r, true);
		ck_assert_uint_eq(st.rows_written, st.rows_encoded);
		ck_assert_uint_eq(st.spool.messages_waiting, 0);
		rig_done(r);
	}
}
END_TEST

START_TEST(a_crash_in_an_outage_loses_only_what_was_not_yet_diverted)
{
	struct srig *r = rig_new(SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);

	ck_assert_int_eq(srig_start(r), SN_OK);
	emit_all(r, 500, 1000);
	srig_crash(r, MODEL_LOSE_ALL);
	for (unsigned i = 0; i < SRIG_KEYS; i++) {
		ck_assert(!r->key[i].excused[0]); /* the oldest was in the sink, and is safe */
	}
	ck_assert_int_eq(srig_start(r), SN_OK);
	srig_deliver_all(r);
	ck_assert_uint_eq(srig_missing(r), 0);
	ck_assert(!srig_disorder(r));
	srig_stop(r, true);
	rig_done(r);
}
END_TEST

static void add_messages(void *ctx, const struct sn_spooler_loss *loss)
{
	uint64_t *rows = ctx;

	ck_assert_uint_eq(strlen(loss->target), 2);
	ck_assert_uint_gt(loss->messages, 0);
	rows[loss->target[1] - '0'] += loss->rows;
}

START_TEST(a_full_spool_drops_the_oldest_and_tells_whose_they_were)
{
	struct srig *r = rig_new(_i ? SN_SPOOL_ALWAYS : SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);
	uint64_t lost[SRIG_KEYS] = {0};
	struct sn_pump_stats st;

	r->cfg.max_bytes = 512 * KIB;
	ck_assert_int_eq(srig_start(r), SN_OK);
	r->room = 50;
	emit_all(r, 500, 1000);
	ck_assert_uint_eq(r->dropped, 0);
	st = srig_stats(r);
	ck_assert_uint_gt(st.lost[SN_LOSS_SPOOL_FULL], 1000);
	ck_assert_uint_eq(st.lost[SN_LOSS_SPOOL_FULL], st.rows_lost);
	ck_assert_uint_eq(st.spool.lost_rows[SN_SPOOL_FULL], st.rows_lost);
	ck_assert_uint_le(st.spool.bytes, 512 * KIB);
	r->room = SRIG_HELD;
	srig_deliver_all(r);
	ck_assert(!srig_disorder(r));
	ck_assert(sn_pump_spool_losses(r->pump, add_messages, lost));
	for (unsigned i = 0; i < SRIG_KEYS; i++) {
		uint64_t missing = 0;

		for (uint64_t v = 0; v < r->key[i].next; v++) {
			missing += r->key[i].seen[v] == 0;
		}
		ck_assert_uint_le(missing, lost[i]); /* some were in flight, and came all the same
						      */
		ck_assert_uint_le(lost[i], missing + 150);
	}
	srig_stop(r, true);
	rig_done(r);
}
END_TEST

START_TEST(what_was_too_old_goes_and_is_told)
{
	struct srig *r = rig_new(SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);
	struct sn_pump_stats st;

	r->cfg.max_age_ms = 1000;
	ck_assert_int_eq(srig_start(r), SN_OK);
	r->room = 0;
	emit_all(r, 300, 1000);
	r->pump->spooler->wall += 5000;
	srig_hasten(r);
	srig_settle_down(r);
	st = srig_stats(r);
	ck_assert_uint_gt(st.lost[SN_LOSS_SPOOL_AGE], 0);
	ck_assert_uint_eq(st.rows_lost, st.lost[SN_LOSS_SPOOL_AGE]);
	r->room = SRIG_HELD;
	srig_deliver_all(r);
	srig_stop(r, true);
	ck_assert_uint_le(srig_missing(r), r->lost); /* one message had been read before */
	ck_assert_uint_le(r->lost, srig_missing(r) + 3);
	rig_done(r);
}
END_TEST

/* Where the next record of a segment begins, from an octet on. */
static uint64_t record_from(const struct model_file *f, uint64_t at)
{
	static const uint32_t magic = 0x6f5d9ae3;

	for (at &= ~(uint64_t)7; memcmp(f->now + at, &magic, sizeof(magic)) != 0; at += 8) {
		suite_expect(at + 8 < f->size);
	}
	return at;
}

START_TEST(what_the_disk_does_not_give_back_is_lost_and_accounted_for)
{
	for (unsigned i = 0; i < 4; i++) {
		struct srig *r = rig_new(SN_SPOOL_ALWAYS, SN_SPOOL_ORDERED);
		struct sn_pump_stats st;
		struct model_file *f;

		ck_assert_int_eq(srig_start(r), SN_OK);
		r->room = 0;
		emit_all(r, 5, 3000);
		if (i & 2) {
			srig_stop(r, false);
		}
		f = model_find(&r->disk, "0000000000000001.seg");
		suite_expect(f != NULL);
		/* a record in the middle: octets that are its number of rows, or its last ones */
		f->now[record_from(f, f->size / 2) + (i & 1 ? 20 : 2000)] ^= 1;
		if (i & 2) {
			ck_assert_int_eq(srig_start(r), SN_OK);
		} else {
			sn_spool_rewind(r->pump->spooler->spool);
			srig_deliver_all(r);
		}
		r->room = SRIG_HELD;
		srig_deliver_all(r);
		st = srig_stats(r);
		ck_assert_uint_eq(st.rows_waiting, 0);
		ck_assert_uint_eq(st.spool.messages_waiting, 0);
		ck_assert_uint_eq(st.rows_written + st.rows_lost, st.rows_encoded);
		ck_assert_uint_gt(srig_missing(r), 0);
		if (!(i & 2)) {
			ck_assert_uint_eq(st.lost[SN_LOSS_SPOOL_DAMAGED], srig_missing(r));
		}
		srig_stop(r, true);
		rig_done(r);
	}
}
END_TEST

START_TEST(what_another_try_may_mend_is_not_lost)
{
	static const enum sn_loss mendable[] = {SN_LOSS_TIMEOUT, SN_LOSS_TOPIC,
						SN_LOSS_AUTHORIZATION, SN_LOSS_FATAL};

	for (unsigned i = 0; i < 4; i++) {
		struct srig *r = rig_new(SN_SPOOL_OVERFLOW, _i);

		ck_assert_int_eq(srig_start(r), SN_OK);
		emit_all(r, 20, 1000);
		for (unsigned k = 0; k < 10; k++) {
			srig_deliver(r, 7, mendable[i]);
			srig_settle_down(r);
			srig_hasten(r);
			emit_all(r, 1, 1000);
		}
		ck_assert_uint_eq(srig_stats(r).rows_lost, 0);
		srig_deliver_all(r);
		srig_stop(r, true);
		ck_assert_uint_eq(srig_missing(r), 0);
		ck_assert_uint_eq(r->lost, 0);
		rig_done(r);
	}
}
END_TEST

START_TEST(what_no_try_can_mend_is_lost_once_and_does_not_block)
{
	struct srig *r = rig_new(SN_SPOOL_ALWAYS, SN_SPOOL_ORDERED);
	struct sn_pump_stats st;

	ck_assert_int_eq(srig_start(r), SN_OK);
	emit_all(r, 10, 100);
	srig_deliver(r, 5, SN_LOSS_TOO_LARGE);
	srig_deliver(r, 5, SN_LOSS_REFUSED);
	emit_all(r, 10, 100);
	st = srig_stop(r, false);
	ck_assert_uint_eq(st.rows_lost, 30);
	ck_assert_int_eq(srig_start(r), SN_OK);
	srig_settle_down(r);
	srig_deliver(r, 5, SN_LOSS_TOO_LARGE);
	srig_turn(r);
	st = srig_stats(r);
	ck_assert_uint_eq(st.rows_lost, 0);
	ck_assert_uint_eq(st.spool.rows_refused, 15);
	ck_assert_uint_eq(st.spool.messages_refused, 5);
	srig_deliver_all(r);
	srig_stop(r, true);
	ck_assert_uint_eq(srig_missing(r), r->lost);
	rig_done(r);
}
END_TEST

START_TEST(a_disk_that_fails_holds_nothing_up_and_is_used_again_when_it_works)
{
	static const int errors[] = {EIO, ENOSPC, EROFS};

	for (unsigned e = 0; e < 3; e++) {
		struct srig *r =
			rig_new(_i ? SN_SPOOL_ALWAYS : SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);
		struct sn_pump_stats st;

		ck_assert_int_eq(srig_start(r), SN_OK);
		r->disk.fail_error = errors[e];
		r->disk.fail_count = UINT64_MAX;
		r->disk.fail_from = r->disk.calls + 1;
		emit_all(r, 4, 1000); /* more than half the memory */
		st = srig_stats(r);
		ck_assert(!st.spool.working);
		ck_assert_uint_gt(st.spool.errors, 0);
		srig_deliver_all(r);
		emit_all(r, 4, 1000);
		srig_deliver_all(r);
		st = srig_stats(r);
		ck_assert_uint_eq(st.rows_written, st.rows_encoded); /* it went past the disk */
		ck_assert_uint_eq(st.rows_dropped, 0);
		ck_assert_uint_eq(srig_missing(r), 0);
		ck_assert(_i == 0 || st.spool.messages_bypassed > 0);
		r->disk.fail_from = 0;
		srig_hasten(r);
		srig_settle_down(r);
		ck_assert(srig_stats(r).spool.working);
		emit_all(r, 100, 1000);
		ck_assert_uint_gt(srig_stats(r).spool.rows_spooled, 0);
		srig_deliver_all(r);
		st = srig_stop(r, true);
		ck_assert_uint_eq(st.rows_written, st.rows_encoded);
		ck_assert_uint_eq(r->delivered, st.rows_written); /* each once */
		ck_assert(!srig_disorder(r));
		rig_done(r);
	}
}
END_TEST

START_TEST(a_directory_that_cannot_be_opened_is_tried_again)
{
	struct srig *r = rig_new(SN_SPOOL_ALWAYS, SN_SPOOL_ORDERED);
	struct sn_pump_stats st;

	ck_assert_int_eq(srig_start(r), SN_OK);
	emit_all(r, 10, 100);
	srig_stop(r, false);
	r->disk.fail_error = EIO;
	r->disk.fail_count = UINT64_MAX;
	r->disk.fail_from = 1;
	r->disk.calls = 0;
	ck_assert_int_eq(srig_start(r), SN_OK);
	ck_assert(!srig_stats(r).spool.working);
	emit_all(r, 3, 100);
	srig_deliver_all(r);
	ck_assert_uint_eq(srig_stats(r).rows_written, 3 * SRIG_KEYS * 3);
	r->disk.fail_from = 0;
	srig_hasten(r);
	srig_settle_down(r);
	ck_assert(srig_stats(r).spool.working);
	srig_deliver_all(r);
	st = srig_stop(r, true);
	ck_assert_uint_eq(st.spool.rows_recovered, 10 * SRIG_KEYS * 3);
	ck_assert_uint_eq(srig_missing(r), 0);
	rig_done(r);
}
END_TEST

START_TEST(a_directory_that_another_process_has_is_refused)
{
	struct srig *r = rig_new(SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);

	r->disk.locked = true;
	ck_assert_int_eq(srig_start(r), SN_EEXIST);
	r->disk.locked = false;
	rig_done(r);
}
END_TEST

START_TEST(a_record_larger_than_the_spool_takes_waits_for_the_sink)
{
	struct srig *r = rig_new(_i ? SN_SPOOL_ALWAYS : SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);
	struct sn_pump_stats st;

	r->cfg.max_bytes = 64 * KIB; /* 12 KiB of records at a time */
	ck_assert_int_eq(srig_start(r), SN_OK);
	r->room = 0;
	srig_emit(r, 0, 1, 30000);
	srig_emit(r, 0, 1, 100);
	srig_hasten(r);
	srig_settle_down(r);
	srig_hasten(r);
	srig_settle_down(r);
	ck_assert_uint_eq(srig_stats(r).spool.rows_spooled, 0); /* nor may the next one pass it */
	r->room = SRIG_HELD;
	srig_deliver_all(r);
	st = srig_stop(r, true);
	ck_assert_uint_eq(st.rows_written, 2);
	ck_assert(!srig_disorder(r));
	rig_done(r);
}
END_TEST

START_TEST(interleaved_lets_fresh_messages_first)
{
	struct srig *r = rig_new(SN_SPOOL_OVERFLOW, SN_SPOOL_INTERLEAVED);
	uint64_t before;

	ck_assert_int_eq(srig_start(r), SN_OK);
	r->room = 0;
	emit_all(r, 50, 1000);
	srig_hasten(r);
	emit_all(r, 50, 1000);
	ck_assert_uint_gt(srig_stats(r).spool.rows_spooled, 100);
	srig_settle_down(r);
	r->room = SRIG_HELD;
	before = r->key[5].next;
	srig_emit(r, 5, 3, 100);
	srig_turn(r);
	/* it is the first or behind what the sink was given in one turn, not behind the backlog */
	srig_deliver(r, r->nheld, SN_LOSS_NONE);
	ck_assert_uint_eq(r->key[5].seen[before], 1);
	ck_assert_uint_gt(srig_missing(r), 0);
	srig_deliver_all(r);
	ck_assert_uint_eq(srig_missing(r), 0);
	srig_stop(r, true);
	rig_done(r);
}
END_TEST

START_TEST(replay_leaves_workers_their_memory)
{
	struct srig *r = rig_new(_i ? SN_SPOOL_ALWAYS : SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);

	r->cfg.max_bytes = 64 * KIB * KIB; /* small segments: the model's syncs copy all of one */
	ck_assert_int_eq(srig_start(r), SN_OK);
	r->room = 0;
	srig_emit(r, 0, 3, 10);
	srig_settle_down(r);
	srig_hasten(r);
	emit_all(r, 700, 1000); /* 13 MB */
	r->room = 1000;
	for (unsigned i = 0; i < 200; i++) {
		emit_all(r, 1, 1000);
		srig_deliver(r, 300, SN_LOSS_NONE);
		for (unsigned k = 0; k < r->nworkers; k++) {
			ck_assert(sn_outputs_ready(r->w[k].outs));
		}
	}
	ck_assert_uint_eq(r->dropped, 0);
	r->room = SRIG_HELD;
	srig_deliver_all(r);
	ck_assert_uint_eq(srig_missing(r), 0);
	ck_assert(!srig_disorder(r));
	srig_stop(r, true);
	rig_done(r);
}
END_TEST

START_TEST(a_stop_with_drain_delivers_what_waits)
{
	struct srig *r = rig_new(_i == 2 ? SN_SPOOL_ALWAYS : SN_SPOOL_OVERFLOW, SN_SPOOL_ORDERED);
	struct sn_pump_stats st;

	r->cfg.drain = _i == 1;
	ck_assert_int_eq(srig_start(r), SN_OK);
	r->room = 0;
	emit_all(r, 60, 1000);
	srig_hasten(r);
	emit_all(r, 60, 1000);
	ck_assert_uint_gt(srig_stats(r).rows_waiting, 0);
	r->room = SRIG_HELD;
	st = srig_stop(r, true);
	if (_i) {
		ck_assert_uint_eq(st.rows_waiting, 0);
		ck_assert_uint_eq(srig_missing(r), 0);
	} else {
		ck_assert_uint_gt(st.rows_waiting, 0);
		ck_assert_uint_eq(srig_missing(r), st.rows_waiting);
	}
	rig_done(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spooler");
	TCase *tc = tcase_create("spooler");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_well_sink_leaves_the_disk_alone, 0, 2);
	tcase_add_test(tc, what_the_sink_holds_too_long_goes_to_the_disk_and_comes_back_in_order);
	tcase_add_test(tc, a_replay_is_marked_before_the_second_is_over);
	tcase_add_loop_test(tc, a_sink_that_takes_nothing_is_forgiven_for_a_moment_only, 0, 2);
	tcase_add_test(tc, always_means_that_the_sink_gets_nothing_that_is_not_on_the_disk);
	tcase_add_test(tc, a_stop_loses_nothing_and_keeps_the_order);
	tcase_add_test(tc, a_crash_in_an_outage_loses_only_what_was_not_yet_diverted);
	tcase_add_loop_test(tc, a_full_spool_drops_the_oldest_and_tells_whose_they_were, 0, 2);
	tcase_add_test(tc, what_was_too_old_goes_and_is_told);
	tcase_add_test(tc, what_the_disk_does_not_give_back_is_lost_and_accounted_for);
	tcase_add_loop_test(tc, what_another_try_may_mend_is_not_lost, 0, 2);
	tcase_add_test(tc, what_no_try_can_mend_is_lost_once_and_does_not_block);
	tcase_add_loop_test(tc, a_disk_that_fails_holds_nothing_up_and_is_used_again_when_it_works,
			    0, 2);
	tcase_add_test(tc, a_directory_that_cannot_be_opened_is_tried_again);
	tcase_add_test(tc, a_directory_that_another_process_has_is_refused);
	tcase_add_loop_test(tc, a_record_larger_than_the_spool_takes_waits_for_the_sink, 0, 2);
	tcase_add_test(tc, interleaved_lets_fresh_messages_first);
	tcase_add_loop_test(tc, replay_leaves_workers_their_memory, 0, 2);
	tcase_add_loop_test(tc, a_stop_with_drain_delivers_what_waits, 0, 3);
	suite_add_tcase(s, tc);
	return suite_run(s);
}

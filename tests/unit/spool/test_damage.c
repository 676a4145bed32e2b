/*
 * What the spool makes of files that are not as it wrote them: changed octets, cut ends, foreign
 * and forged content, places that cannot be read. The start succeeds, what is sound comes back,
 * what is not is told, once. Behaviour of spool/spool.h.
 *
 * ctest: timeout=120
 */
#include "spool/format.h"
#include "support/spool_life.h"
#include "support/suite.h"

#include <string.h>

/* Everything is delivered or told, so many are lost, and the spool goes on. */
static void check(unsigned records, unsigned lost)
{
	unsigned got;

	life_start();
	got = history_drain(&life.hist, life.sp);
	suite_expect(life.hist.lost_known + life.hist.lost_unknown == lost);
	suite_expect(life.hist.lost_by[SN_SPOOL_DAMAGED] == lost);
	suite_expect(got == records - lost);
	history_check_stats(life.sp);
	history_rewind(&life.hist, life.sp);
	suite_expect(history_drain(&life.hist, life.sp) == got);
	suite_expect(life.hist.lost_known + life.hist.lost_unknown == lost); /* told once */
	history_ack_all(&life.hist, life.sp);
	suite_expect(life_stats().pending == 0);
	suite_expect(history_append(&life.hist, life.sp, 1, 100) == SN_OK);
	suite_expect(history_commit(&life.hist, life.sp) == SN_OK);
	suite_expect(history_drain(&life.hist, life.sp) == 1);
	history_ack_all(&life.hist, life.sp);
	life_stop();
	suite_expect(model_bytes(&life.disk) == 0 || life.hist.foreign);
}

/* Octets of a record in front of its padding. */
static uint64_t length_of(unsigned i)
{
	static const unsigned keys[HISTORY_KEYS] = {0, 9, 18, 1, 25};

	return SN_FORMAT_RECORD + keys[i % HISTORY_KEYS] + LIFE_SIZE;
}

/* Where a record of a segment begins; with LIFE_RECORDS: where the segment ends. */
static uint64_t begin_of(unsigned i)
{
	uint64_t at = SN_FORMAT_AREA;

	for (unsigned k = 0; k < i; k++) {
		at += (length_of(k) + 7) & ~UINT64_C(7);
	}
	return at;
}

/* In which record of a segment an octet lies, -1: in none. */
static int record_at(uint64_t at)
{
	for (unsigned i = 0; i < LIFE_RECORDS; i++) {
		if (at >= begin_of(i) && at < begin_of(i) + length_of(i)) {
			return (int)i;
		}
	}
	return -1;
}

START_TEST(a_changed_octet_costs_the_record_it_is_in)
{
	uint64_t size;

	life_leave_segment();
	size = model_find(&life.disk, LIFE_FIRST)->size;
	for (uint64_t at = (uint64_t)_i; at < size; at += at < SN_FORMAT_AREA ? 24 : 8) {
		life_restart();
		life_leave_segment();
		life_leave_segment();
		model_find(&life.disk, LIFE_FIRST)->now[at] ^= (uint8_t)(1u << at % 8);
		check(2 * LIFE_RECORDS, record_at(at) >= 0);
		suite_expect(life.hist.foreign == 0);
		for (unsigned i = 0; i < LIFE_RECORDS; i++) {
			suite_expect(life.hist.rec[i].lost == ((int)i == record_at(at)));
		}
	}
}
END_TEST

START_TEST(a_lost_block_costs_the_records_in_it)
{
	static const size_t lengths[] = {8, 100, 300, 512};

	for (uint64_t at = SN_FORMAT_AREA; at < SN_FORMAT_AREA + 600; at += 56) {
		struct model_file *f;
		unsigned lost = 0;
		size_t n = lengths[_i];

		life_restart();
		life_leave_segment();
		life_leave_segment();
		f = model_find(&life.disk, LIFE_FIRST);
		n = at + n < f->size ? n : (size_t)(f->size - at);
		memset(f->now + at, 0xa5, n);
		for (unsigned i = 0; i < LIFE_RECORDS; i++) {
			bool hit = false;

			for (uint64_t o = at; o < at + n; o++) {
				hit |= record_at(o) == (int)i;
			}
			lost += hit;
		}
		check(2 * LIFE_RECORDS, lost);
	}
}
END_TEST

START_TEST(what_is_damaged_is_told_by_key_if_its_head_is_sound)
{
	struct model_file *f;

	life_leave_segment();
	life_leave_segment();
	f = model_find(&life.disk, LIFE_FIRST);
	f->now[SN_FORMAT_AREA + SN_FORMAT_RECORD + 5] ^= 1; /* the first one's payload */
	check(2 * LIFE_RECORDS, 1);
	ck_assert_uint_eq(life.hist.lost_known, 1);
	ck_assert(life.hist.rec[0].lost);
}
END_TEST

START_TEST(a_segment_may_end_anywhere)
{
	uint64_t size;

	life_leave_segment();
	size = model_find(&life.disk, LIFE_FIRST)->size;
	ck_assert_uint_eq(size, begin_of(LIFE_RECORDS));
	for (uint64_t n = (uint64_t)_i; n < size; n += n < SN_FORMAT_AREA ? 212 : 4) {
		unsigned whole = 0;

		life_restart();
		life_leave_segment();
		life_leave_segment();
		model_find(&life.disk, LIFE_FIRST)->size = n;
		while (begin_of(whole + 1) <= n) {
			whole++;
		}
		check(2 * LIFE_RECORDS, LIFE_RECORDS - whole);
		suite_expect(life.hist.foreign == 0);
	}
}
END_TEST

START_TEST(a_torn_tail_is_cut_off)
{
	uint64_t last = begin_of(LIFE_RECORDS) - begin_of(LIFE_RECORDS - 1);
	uint64_t cut = (uint64_t)_i;
	struct model_file *f;

	life_leave_segment();
	f = model_find(&life.disk, LIFE_FIRST);
	f->size -= cut;
	memset(f->now + f->size, 0, cut);
	life_start();
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), LIFE_RECORDS - (cut > 0));
	ck_assert_uint_eq(life_stats().torn_bytes, cut ? last - cut : 0);
	ck_assert_uint_eq(life.hist.lost_unknown + life.hist.lost_known, 0);
	life_stop();
}
END_TEST

START_TEST(a_tail_of_zeros_or_garbage_is_cut_off)
{
	struct model_file *f;
	uint64_t size;

	life_leave_segment();
	f = model_find(&life.disk, LIFE_FIRST);
	size = f->size;
	memset(f->now + size, _i ? 0xe3 : 0, 1000);
	f->size += 1000;
	life_start();
	ck_assert_uint_eq(life_stats().torn_bytes, 1000);
	ck_assert_uint_eq(f->size, size);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), LIFE_RECORDS);
	life_stop();
	life_start();
	ck_assert_uint_eq(life_stats().torn_bytes, 0);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), LIFE_RECORDS);
	life_stop();
}
END_TEST

START_TEST(a_sound_record_behind_a_hole_in_the_tail_comes_back)
{
	struct model_file *f;

	life_leave_segment();
	f = model_find(&life.disk, LIFE_FIRST);
	memset(f->now + SN_FORMAT_AREA, 0, 200); /* the first did not arrive, later ones did */
	life_start();
	ck_assert_uint_eq(life_stats().torn_bytes, 0);
	ck_assert_uint_ge(history_drain(&life.hist, life.sp), LIFE_RECORDS - 2);
	ck_assert_uint_ge(life.hist.lost_unknown, 1);
	history_check_stats(life.sp);
	life_stop();
}
END_TEST

START_TEST(a_segment_that_vanished_is_missed)
{
	life_leave_segment();
	life_leave_segment();
	life_leave_segment();
	model_find(&life.disk, _i ? LIFE_SECOND : LIFE_FIRST)->name[0] = '\0';
	check(3 * LIFE_RECORDS, LIFE_RECORDS);
	ck_assert_uint_eq(life.hist.lost_unknown, LIFE_RECORDS);
}
END_TEST

START_TEST(without_its_mark_everything_comes_again)
{
	life_leave_segment();
	life_start();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(history_read(&life.hist, life.sp), SN_OK);
	}
	history_ack_all(&life.hist, life.sp);
	life_stop();
	model_find(&life.disk, "mark")->name[0] = '\0';
	check(LIFE_RECORDS, 0);
}
END_TEST

START_TEST(a_spoiled_slot_leaves_the_mark_before)
{
	static const uint8_t zeros[SN_FORMAT_MARK];
	struct model_file *f;

	life_leave_segment();
	life_start();
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(history_read(&life.hist, life.sp), SN_OK);
		history_ack_all(&life.hist, life.sp);
		ck_assert_int_eq(sn_spool_tick(life.sp, life.hist.now), SN_OK);
	}
	life_stop();
	f = model_find(&life.disk, "mark");
	/* one of them is the newer one; the other knows one record less */
	memcpy(f->now + (size_t)_i * SN_FORMAT_SLOT, zeros, sizeof(zeros));
	life_start();
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), LIFE_RECORDS - 4 + (unsigned)_i);
	life_stop();
}
END_TEST

START_TEST(foreign_files_are_left_alone)
{
	static const char *const names[] = {"README",
					    ".hidden",
					    "1.seg",
					    "0000000000000001.seg~",
					    "0000000000000009.seg",
					    "00000000000000ff.seg",
					    "lost+found"};
	enum { N = sizeof(names) / sizeof(names[0]) };
	static uint8_t text[10000] = "not a segment";

	life_leave_segment();
	for (size_t i = 0; i < N; i++) {
		model_put(&life.disk, names[i], text, i % 2 ? sizeof(text) : 100);
	}
	life_start();
	ck_assert_uint_eq(life.hist.foreign, N);
	ck_assert_uint_eq(life_stats().foreign, N);
	ck_assert_uint_eq(history_drain(&life.hist, life.sp), LIFE_RECORDS);
	for (int i = 0; i < 60; i++) {
		/* meets the foreign names */
		ck_assert_int_eq(history_append(&life.hist, life.sp, 1, 1000), SN_OK);
	}
	ck_assert_int_eq(history_commit(&life.hist, life.sp), SN_OK);
	life_stop();
	for (size_t i = 0; i < N; i++) {
		const struct model_file *f = model_find(&life.disk, names[i]);

		ck_assert(f && f->size == (i % 2 ? sizeof(text) : 100));
		ck_assert_int_eq(memcmp(f->now, text, f->size), 0);
	}
	life_start();
	history_drain(&life.hist, life.sp);
	history_check_complete(&life.hist);
	ck_assert_uint_eq(life.hist.lost_by[SN_SPOOL_DAMAGED], 0);
	life_stop();
}
END_TEST

/* What is done to both copies of a segment's head. */
static void spoil_head(struct model_file *f, int how)
{
	uint32_t order = __builtin_bswap32(0x01020304);

	switch (how) {
	case 0:
		memset(f->now, 0, SN_FORMAT_AREA);
		break;
	case 1:
		f->now[17] ^= 1;
		f->now[SN_FORMAT_COPY + 17] ^= 1;
		break;
	default:
		memcpy(f->now + 8, &order, 4);
		memcpy(f->now + SN_FORMAT_COPY + 8, &order, 4);
	}
}

START_TEST(a_segment_with_a_spoiled_head_is_left_alone_and_missed)
{
	uint64_t size;

	life_leave_segment();
	life_leave_segment();
	life_leave_segment();
	size = model_find(&life.disk, LIFE_SECOND)->size;
	spoil_head(model_find(&life.disk, LIFE_SECOND), _i);
	check(3 * LIFE_RECORDS, LIFE_RECORDS);
	ck_assert_uint_eq(life.hist.foreign, 1);
	ck_assert_int_eq(life.hist.foreign_why, _i == 2 ? SN_EVERSION : SN_ETAG);
	ck_assert_uint_eq(model_find(&life.disk, LIFE_SECOND)->size, size);
}
END_TEST

START_TEST(a_copied_segment_is_left_alone)
{
	struct model_file *f;

	life_leave_segment();
	f = model_find(&life.disk, LIFE_FIRST);
	model_put(&life.disk, "0000000000000005.seg", f->now, f->size);
	check(LIFE_RECORDS, 0);
	ck_assert_uint_eq(life.hist.foreign, 1);
}
END_TEST

START_TEST(empty_files_of_our_names_are_removed)
{
	static const uint8_t zeros[SN_FORMAT_AREA + 5000];

	life_leave_segment();
	model_put(&life.disk, "0000000000000007.seg", "", 0);
	model_put(&life.disk, "0000000000000008.seg", zeros, 100);
	model_put(&life.disk, "0000000000000009.seg", zeros, sizeof(zeros));
	check(LIFE_RECORDS, 0);
	ck_assert_uint_eq(life.hist.foreign, 0);
	ck_assert_uint_eq(model_bytes(&life.disk), 0);
}
END_TEST

START_TEST(a_record_within_a_payload_is_never_taken_for_one)
{
	uint8_t image[400];
	struct sn_format_record forged = {
		.number = 2,
		.boot = 1000, /* a guess: the start's number is 1001 */
		.key = sn_span_str("192.0.2.66"),
		.payload = sn_span_str("what never was appended"),
	};
	struct sn_spool_entry e = {.key = sn_span_str("8 octets")}; /* so it is aligned */
	struct sn_spool_record r;

	/* not on the history: its payload is our own */
	memset(image, 0, sizeof(image));
	for (size_t at = 0; at + 96 <= sizeof(image); at += 96) {
		sn_format_record_write(image + at, &forged);
	}
	e.payload = sn_span_make(image, sizeof(image));
	life_start();
	ck_assert_int_eq(sn_spool_append(life.sp, &e, life.hist.now, NULL), SN_OK);
	e.payload = sn_span_str("the next one");
	ck_assert_int_eq(sn_spool_append(life.sp, &e, life.hist.now, NULL), SN_OK);
	ck_assert_int_eq(sn_spool_commit(life.sp), SN_OK);
	/* the head around them */
	model_find(&life.disk, LIFE_FIRST)->now[SN_FORMAT_AREA + 20] ^= 1;
	life.hist.cfg.lost = NULL;
	life_stop();
	life_start();
	ck_assert_int_eq(sn_spool_read(life.sp, &r), SN_OK);
	ck_assert(sn_span_eq(r.payload, sn_span_str("the next one")));
	ck_assert_int_eq(sn_spool_read(life.sp, &r), SN_ENOENT);
	ck_assert_uint_eq(life_stats().lost_records[SN_SPOOL_DAMAGED], 1);
	life_stop();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_is_damaged_is_told_by_key_if_its_head_is_sound,
				      a_sound_record_behind_a_hole_in_the_tail_comes_back,
				      without_its_mark_everything_comes_again,
				      foreign_files_are_left_alone,
				      a_copied_segment_is_left_alone,
				      empty_files_of_our_names_are_removed,
				      a_record_within_a_payload_is_never_taken_for_one,
				      NULL};
	Suite *s = suite_create("damage");
	TCase *tc = tcase_create("damage");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, life_setup, life_teardown);
	for (size_t i = 0; tests[i]; i++) {
		tcase_add_test(tc, tests[i]);
	}
	tcase_add_loop_test(tc, a_changed_octet_costs_the_record_it_is_in, 0, 8);
	tcase_add_loop_test(tc, a_lost_block_costs_the_records_in_it, 0, 4);
	tcase_add_loop_test(tc, a_segment_may_end_anywhere, 0, 4);
	tcase_add_loop_test(tc, a_torn_tail_is_cut_off, 0, 152);
	tcase_add_loop_test(tc, a_tail_of_zeros_or_garbage_is_cut_off, 0, 2);
	tcase_add_loop_test(tc, a_segment_that_vanished_is_missed, 0, 2);
	tcase_add_loop_test(tc, a_spoiled_slot_leaves_the_mark_before, 0, 2);
	tcase_add_loop_test(tc, a_segment_with_a_spoiled_head_is_left_alone_and_missed, 0, 3);
	suite_add_tcase(s, tc);
	return suite_run(s);
}

/*
 * What the spool makes of files that are not as it wrote them: changed octets, cut ends, foreign
 * and forged content, places that cannot be read. The start succeeds, what is sound comes back,
 * what is not is told, once. Behaviour of spool/spool.h.
 *
 * ctest: timeout=120
 */
#include "spool/format.h"
#include "support/spool_history.h"
#include "support/suite.h"

#include <string.h>

enum { RECORDS = 6, SIZE = 90 };

#define FIRST "0000000000000001.seg"
#define SECOND "0000000000000002.seg"

static struct model disk;
static struct history hist;
static struct sn_spool *sp;

static void setup(void)
{
	model_init(&disk, 1);
	history_init(&hist);
}

static void teardown(void)
{
	model_fini(&disk);
}

static void start(void)
{
	ck_assert_int_eq(history_open(&hist, model_disk(&disk), &sp), SN_OK);
}

static void stop(void)
{
	ck_assert_int_eq(sn_spool_close(sp), SN_OK);
}

/* One life that leaves a segment of six records. */
static void leave_segment(void)
{
	start();
	for (unsigned i = 0; i < RECORDS; i++) {
		suite_expect(history_append(&hist, sp, i % HISTORY_KEYS, SIZE) == SN_OK);
	}
	stop();
}

static struct sn_spool_stats stats(void)
{
	struct sn_spool_stats st;

	sn_spool_stats_get(sp, &st);
	return st;
}

/* Everything is delivered or told, so many are lost, and the spool goes on. */
static void check(unsigned records, unsigned lost)
{
	unsigned got;

	start();
	got = history_drain(&hist, sp);
	suite_expect(hist.lost_known + hist.lost_unknown == lost);
	suite_expect(hist.lost_by[SN_SPOOL_DAMAGED] == lost);
	suite_expect(got == records - lost);
	history_check_stats(sp);
	history_rewind(&hist, sp);
	suite_expect(history_drain(&hist, sp) == got);
	suite_expect(hist.lost_known + hist.lost_unknown == lost); /* told once */
	history_ack_all(&hist, sp);
	suite_expect(stats().pending == 0);
	suite_expect(history_append(&hist, sp, 1, 100) == SN_OK);
	suite_expect(history_commit(&hist, sp) == SN_OK);
	suite_expect(history_drain(&hist, sp) == 1);
	history_ack_all(&hist, sp);
	stop();
	suite_expect(model_bytes(&disk) == 0 || hist.foreign);
}

static void restart(void)
{
	model_fini(&disk);
	model_init(&disk, 1);
	history_init(&hist);
}

/* Octets of a record in front of its padding. */
static uint64_t length_of(unsigned i)
{
	static const unsigned keys[HISTORY_KEYS] = {0, 9, 18, 1, 25};

	return SN_FORMAT_RECORD + keys[i % HISTORY_KEYS] + SIZE;
}

/* Where a record of a segment begins; with RECORDS: where the segment ends. */
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
	for (unsigned i = 0; i < RECORDS; i++) {
		if (at >= begin_of(i) && at < begin_of(i) + length_of(i)) {
			return (int)i;
		}
	}
	return -1;
}

START_TEST(a_changed_octet_costs_the_record_it_is_in)
{
	uint64_t size;

	leave_segment();
	size = model_find(&disk, FIRST)->size;
	for (uint64_t at = (uint64_t)_i; at < size; at += at < SN_FORMAT_AREA ? 24 : 8) {
		restart();
		leave_segment();
		leave_segment();
		model_find(&disk, FIRST)->now[at] ^= (uint8_t)(1u << at % 8);
		check(2 * RECORDS, record_at(at) >= 0);
		suite_expect(hist.foreign == 0);
		for (unsigned i = 0; i < RECORDS; i++) {
			suite_expect(hist.rec[i].lost == ((int)i == record_at(at)));
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

		restart();
		leave_segment();
		leave_segment();
		f = model_find(&disk, FIRST);
		n = at + n < f->size ? n : (size_t)(f->size - at);
		memset(f->now + at, 0xa5, n);
		for (unsigned i = 0; i < RECORDS; i++) {
			bool hit = false;

			for (uint64_t o = at; o < at + n; o++) {
				hit |= record_at(o) == (int)i;
			}
			lost += hit;
		}
		check(2 * RECORDS, lost);
	}
}
END_TEST

START_TEST(what_is_damaged_is_told_by_key_if_its_head_is_sound)
{
	struct model_file *f;

	leave_segment();
	leave_segment();
	f = model_find(&disk, FIRST);
	f->now[SN_FORMAT_AREA + SN_FORMAT_RECORD + 5] ^= 1; /* the first one's payload */
	check(2 * RECORDS, 1);
	ck_assert_uint_eq(hist.lost_known, 1);
	ck_assert(hist.rec[0].lost);
}
END_TEST

START_TEST(a_segment_may_end_anywhere)
{
	uint64_t size;

	leave_segment();
	size = model_find(&disk, FIRST)->size;
	ck_assert_uint_eq(size, begin_of(RECORDS));
	for (uint64_t n = (uint64_t)_i; n < size; n += n < SN_FORMAT_AREA ? 212 : 4) {
		unsigned whole = 0;

		restart();
		leave_segment();
		leave_segment();
		model_find(&disk, FIRST)->size = n;
		while (begin_of(whole + 1) <= n) {
			whole++;
		}
		check(2 * RECORDS, RECORDS - whole);
		suite_expect(hist.foreign == 0);
	}
}
END_TEST

START_TEST(a_torn_tail_is_cut_off)
{
	uint64_t last = begin_of(RECORDS) - begin_of(RECORDS - 1);
	uint64_t cut = (uint64_t)_i;
	struct model_file *f;

	leave_segment();
	f = model_find(&disk, FIRST);
	f->size -= cut;
	memset(f->now + f->size, 0, cut);
	start();
	ck_assert_uint_eq(history_drain(&hist, sp), RECORDS - (cut > 0));
	ck_assert_uint_eq(stats().torn_bytes, cut ? last - cut : 0);
	ck_assert_uint_eq(hist.lost_unknown + hist.lost_known, 0);
	stop();
}
END_TEST

START_TEST(a_tail_of_zeros_or_garbage_is_cut_off)
{
	struct model_file *f;
	uint64_t size;

	leave_segment();
	f = model_find(&disk, FIRST);
	size = f->size;
	memset(f->now + size, _i ? 0xe3 : 0, 1000);
	f->size += 1000;
	start();
	ck_assert_uint_eq(stats().torn_bytes, 1000);
	ck_assert_uint_eq(f->size, size);
	ck_assert_uint_eq(history_drain(&hist, sp), RECORDS);
	stop();
	start();
	ck_assert_uint_eq(stats().torn_bytes, 0);
	ck_assert_uint_eq(history_drain(&hist, sp), RECORDS);
	stop();
}
END_TEST

START_TEST(a_sound_record_behind_a_hole_in_the_tail_comes_back)
{
	struct model_file *f;

	leave_segment();
	f = model_find(&disk, FIRST);
	memset(f->now + SN_FORMAT_AREA, 0, 200); /* the first did not arrive, later ones did */
	start();
	ck_assert_uint_eq(stats().torn_bytes, 0);
	ck_assert_uint_ge(history_drain(&hist, sp), RECORDS - 2);
	ck_assert_uint_ge(hist.lost_unknown, 1);
	history_check_stats(sp);
	stop();
}
END_TEST

START_TEST(a_segment_that_vanished_is_missed)
{
	leave_segment();
	leave_segment();
	leave_segment();
	model_find(&disk, _i ? SECOND : FIRST)->name[0] = '\0';
	check(3 * RECORDS, RECORDS);
	ck_assert_uint_eq(hist.lost_unknown, RECORDS);
}
END_TEST

START_TEST(without_its_mark_everything_comes_again)
{
	leave_segment();
	start();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(history_read(&hist, sp), SN_OK);
	}
	history_ack_all(&hist, sp);
	stop();
	model_find(&disk, "mark")->name[0] = '\0';
	check(RECORDS, 0);
}
END_TEST

START_TEST(a_spoiled_slot_leaves_the_mark_before)
{
	static const uint8_t zeros[SN_FORMAT_MARK];
	struct model_file *f;

	leave_segment();
	start();
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(history_read(&hist, sp), SN_OK);
		history_ack_all(&hist, sp);
		ck_assert_int_eq(sn_spool_tick(sp, hist.now), SN_OK);
	}
	stop();
	f = model_find(&disk, "mark");
	/* one of them is the newer one; the other knows one record less */
	memcpy(f->now + (size_t)_i * SN_FORMAT_SLOT, zeros, sizeof(zeros));
	start();
	ck_assert_uint_eq(history_drain(&hist, sp), RECORDS - 4 + (unsigned)_i);
	stop();
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

	leave_segment();
	for (size_t i = 0; i < N; i++) {
		model_put(&disk, names[i], text, i % 2 ? sizeof(text) : 100);
	}
	start();
	ck_assert_uint_eq(hist.foreign, N);
	ck_assert_uint_eq(stats().foreign, N);
	ck_assert_uint_eq(history_drain(&hist, sp), RECORDS);
	for (int i = 0; i < 60; i++) {
		/* meets the foreign names */
		ck_assert_int_eq(history_append(&hist, sp, 1, 1000), SN_OK);
	}
	ck_assert_int_eq(history_commit(&hist, sp), SN_OK);
	stop();
	for (size_t i = 0; i < N; i++) {
		const struct model_file *f = model_find(&disk, names[i]);

		ck_assert(f && f->size == (i % 2 ? sizeof(text) : 100));
		ck_assert_int_eq(memcmp(f->now, text, f->size), 0);
	}
	start();
	history_drain(&hist, sp);
	history_check_complete(&hist);
	ck_assert_uint_eq(hist.lost_by[SN_SPOOL_DAMAGED], 0);
	stop();
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

	leave_segment();
	leave_segment();
	leave_segment();
	size = model_find(&disk, SECOND)->size;
	spoil_head(model_find(&disk, SECOND), _i);
	check(3 * RECORDS, RECORDS);
	ck_assert_uint_eq(hist.foreign, 1);
	ck_assert_int_eq(hist.foreign_why, _i == 2 ? SN_EVERSION : SN_ETAG);
	ck_assert_uint_eq(model_find(&disk, SECOND)->size, size);
}
END_TEST

START_TEST(a_copied_segment_is_left_alone)
{
	struct model_file *f;

	leave_segment();
	f = model_find(&disk, FIRST);
	model_put(&disk, "0000000000000005.seg", f->now, f->size);
	check(RECORDS, 0);
	ck_assert_uint_eq(hist.foreign, 1);
}
END_TEST

START_TEST(empty_files_of_our_names_are_removed)
{
	static const uint8_t zeros[SN_FORMAT_AREA + 5000];

	leave_segment();
	model_put(&disk, "0000000000000007.seg", "", 0);
	model_put(&disk, "0000000000000008.seg", zeros, 100);
	model_put(&disk, "0000000000000009.seg", zeros, sizeof(zeros));
	check(RECORDS, 0);
	ck_assert_uint_eq(hist.foreign, 0);
	ck_assert_uint_eq(model_bytes(&disk), 0);
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
	start();
	ck_assert_int_eq(sn_spool_append(sp, &e, hist.now, NULL), SN_OK);
	e.payload = sn_span_str("the next one");
	ck_assert_int_eq(sn_spool_append(sp, &e, hist.now, NULL), SN_OK);
	ck_assert_int_eq(sn_spool_commit(sp), SN_OK);
	model_find(&disk, FIRST)->now[SN_FORMAT_AREA + 20] ^= 1; /* the head around them */
	hist.cfg.lost = NULL;
	stop();
	start();
	ck_assert_int_eq(sn_spool_read(sp, &r), SN_OK);
	ck_assert(sn_span_eq(r.payload, sn_span_str("the next one")));
	ck_assert_int_eq(sn_spool_read(sp, &r), SN_ENOENT);
	ck_assert_uint_eq(stats().lost_records[SN_SPOOL_DAMAGED], 1);
	stop();
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
	tcase_add_checked_fixture(tc, setup, teardown);
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

/*
 * The spool's files as octets: what was written is read, whatever is changed is noticed. Behaviour
 * of spool/format.h.
 */
#include "spool/format.h"

#include "support/bytes.h"
#include "support/suite.h"

#include <stdio.h>

static const struct sn_format_segment segment = {
	.id = 42, .first = 7000, .boot = 0x1122334455667788, .created = 1795377600123};

static uint8_t area[SN_FORMAT_AREA + 8];

static void write_area(void)
{
	sn_format_segment_write(area, &segment);
	memset(area + SN_FORMAT_AREA, 0, 8);
}

static void check_segment(size_t n)
{
	struct sn_format_segment seg;

	ck_assert_int_eq(sn_format_segment_read(bytes_copy(area, n).p, n, &seg), SN_OK);
	ck_assert_uint_eq(seg.id, 42);
	ck_assert_uint_eq(seg.first, 7000);
	ck_assert_uint_eq(seg.boot, 0x1122334455667788);
	ck_assert_uint_eq(seg.created, 1795377600123);
}

static int read_area(size_t n)
{
	struct sn_format_segment seg;

	return sn_format_segment_read(bytes_copy(area, n).p, n, &seg);
}

START_TEST(reads_the_head_of_a_segment)
{
	write_area();
	check_segment(SN_FORMAT_AREA);
	area[SN_FORMAT_AREA] = 0xe3;
	check_segment(SN_FORMAT_AREA + 8);
}
END_TEST

START_TEST(the_second_copy_stands_in_for_the_first)
{
	for (size_t i = 0; i < 64; i++) {
		write_area();
		area[i] ^= 0x10;
		check_segment(SN_FORMAT_AREA);
		write_area();
		area[SN_FORMAT_COPY + i] ^= 0x10;
		check_segment(SN_FORMAT_AREA);
	}
}
END_TEST

START_TEST(with_both_copies_damaged_it_is_left_alone_if_it_has_records)
{
	write_area();
	area[20] ^= 1;
	area[SN_FORMAT_COPY + 30] ^= 1;
	area[SN_FORMAT_AREA] = 1;
	ck_assert_int_eq(read_area(SN_FORMAT_AREA + 8), SN_ETAG);
	/* nothing behind the head: was never finished */
	ck_assert_int_eq(read_area(SN_FORMAT_AREA), SN_ENOENT);
	memset(area, 0, SN_FORMAT_AREA);
	ck_assert_int_eq(read_area(SN_FORMAT_AREA + 8), SN_ETAG);
	area[SN_FORMAT_AREA] = 0;
	ck_assert_int_eq(read_area(SN_FORMAT_AREA + 8), SN_ENOENT);
}
END_TEST

START_TEST(a_file_without_a_whole_head_was_never_finished)
{
	write_area();
	for (size_t n = 0; n < SN_FORMAT_AREA; n++) {
		suite_expect(read_area(n) == SN_ENOENT);
	}
	for (size_t torn = 1; torn < 8; torn++) {
		memset(area + torn, 0, SN_FORMAT_AREA - torn);
		suite_expect(read_area(SN_FORMAT_AREA) == SN_ENOENT);
		write_area();
	}
	memset(area, 0, 64); /* the first sector did not arrive */
	for (size_t n = SN_FORMAT_COPY + 8; n <= SN_FORMAT_AREA - 1; n += 100) {
		suite_expect(read_area(n) == SN_ENOENT);
	}
	bytes_free_all();
}
END_TEST

START_TEST(other_texts_are_no_segments)
{
	memset(area, 0, sizeof(area));
	snprintf((char *)area, sizeof(area), "a note of the operator");
	for (size_t n = 1; n <= sizeof(area); n += n < 30 ? 1 : 509) {
		suite_expect(read_area(n) == SN_ETAG);
	}
	ck_assert_int_eq(read_area(sizeof(area)), SN_ETAG);
}
END_TEST

START_TEST(other_versions_and_byte_orders_are_told_apart)
{
	uint32_t swapped = __builtin_bswap32(0x01020304);

	write_area();
	memcpy(area + 8, &swapped, 4);
	memcpy(area + SN_FORMAT_COPY + 8, &swapped, 4);
	area[SN_FORMAT_AREA] = 1;
	ck_assert_int_eq(read_area(SN_FORMAT_AREA + 8), SN_EVERSION);
}
END_TEST

/* A record in exact-size memory. */
static uint8_t *make_record(const char *key, const char *payload, size_t *n)
{
	struct sn_format_record rec = {
		.number = 77,
		.boot = 5,
		.time = 1795377600999,
		.rows = 48,
		.rounds = 1,
		.kind = 3,
		.key = sn_span_str(key),
		.payload = sn_span_str(payload),
	};
	uint8_t *p;

	*n = sn_format_record_size(rec.key.n, rec.payload.n);
	p = malloc(*n);
	suite_expect(p != NULL);
	memset(p, 0xee, *n);
	sn_format_record_write(p, &rec);
	return p;
}

START_TEST(reads_a_record_of_any_length)
{
	static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	for (size_t k = 0; k < 20; k++) {
		for (size_t b = 0; b < 20; b++) {
			struct sn_format_record rec;
			size_t n;
			uint8_t *p = make_record(text + 36 - k, text + 36 - b, &n);

			suite_expect(n % 8 == 0 && n < SN_FORMAT_RECORD + k + b + 8);
			suite_expect(sn_format_record_read(p, n, 5, &rec) == SN_OK);
			suite_expect(rec.number == 77 && rec.boot == 5);
			suite_expect(rec.time == 1795377600999 && rec.kind == 3);
			suite_expect(rec.rows == 48 && rec.rounds == 1);
			suite_expect(rec.key.n == k && memcmp(rec.key.p, text + 36 - k, k) == 0);
			suite_expect(rec.payload.n == b && rec.payload.p == NULL);
			suite_expect(sn_format_record_check(&rec, p + SN_FORMAT_RECORD + k) ==
				     SN_OK);
			for (size_t i = SN_FORMAT_RECORD + k + b; i < n; i++) {
				suite_expect(p[i] == 0);
			}
			free(p);
		}
	}
}
END_TEST

START_TEST(notices_every_changed_bit_of_a_record)
{
	struct sn_format_record rec;
	size_t n;
	uint8_t *p = make_record("192.0.2.1", "payload of it", &n);
	size_t head = SN_FORMAT_RECORD + 9;

	for (size_t bit = 0; bit < 8 * (head + 13); bit++) {
		int rc;

		p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		rc = sn_format_record_read(p, n, 5, &rec);
		if (bit < 8 * head) {
			/* a key length that grew wants more octets than there are */
			suite_expect(rc == SN_ETAG || rc == SN_ETRUNC);
		} else {
			suite_expect(rc == SN_OK);
			suite_expect(sn_format_record_check(&rec, p + head) == SN_ETAG);
		}
		p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(p);
}
END_TEST

START_TEST(a_record_of_another_start_is_none)
{
	struct sn_format_record rec;
	size_t n;
	uint8_t *p = make_record("key", "payload", &n);

	ck_assert_int_eq(sn_format_record_read(p, n, 6, &rec), SN_ETAG);
	for (size_t k = 0; k < SN_FORMAT_RECORD + 3; k++) {
		suite_expect(sn_format_record_read(p, k, 5, &rec) == SN_ETRUNC);
	}
	free(p);
}
END_TEST

START_TEST(reads_a_mark_and_notices_every_changed_bit)
{
	struct sn_format_mark mark = {
		.generation = 9, .acked = 100, .floor = 200, .next_id = 3, .boot = 5};
	struct sn_format_mark again;
	uint8_t slot[SN_FORMAT_MARK];

	sn_format_mark_write(slot, &mark);
	ck_assert_int_eq(sn_format_mark_read(slot, &again), SN_OK);
	ck_assert_uint_eq(again.generation, 9);
	ck_assert_uint_eq(again.acked, 100);
	ck_assert_uint_eq(again.floor, 200);
	ck_assert_uint_eq(again.next_id, 3);
	ck_assert_uint_eq(again.boot, 5);
	for (size_t bit = 0; bit < 8 * sizeof(slot); bit++) {
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
		suite_expect(sn_format_mark_read(slot, &again) == SN_ETAG);
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	mark.acked = 201; /* sound, but cannot be */
	sn_format_mark_write(slot, &mark);
	ck_assert_int_eq(sn_format_mark_read(slot, &again), SN_ETAG);
}
END_TEST

START_TEST(names_of_segments)
{
	static const char *const others[] = {"",
					     "1.seg",
					     "0000000000000001.SEG",
					     "000000000000000A.seg",
					     "0000000000000001.seg~",
					     "00000000000000001.seg",
					     "000000000000000g.seg",
					     " 000000000000001.seg",
					     "ffffffffffffffff.seg",
					     "mark"};
	char name[SN_FORMAT_NAME];
	uint64_t id = 0;

	sn_format_name(name, 0x2a);
	ck_assert_str_eq(name, "000000000000002a.seg");
	ck_assert_int_eq(sn_format_name_read(name, &id), SN_OK);
	ck_assert_uint_eq(id, 0x2a);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ck_assert_int_eq(sn_format_name_read(others[i], &id), SN_EINVAL);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_the_head_of_a_segment,
				      the_second_copy_stands_in_for_the_first,
				      with_both_copies_damaged_it_is_left_alone_if_it_has_records,
				      a_file_without_a_whole_head_was_never_finished,
				      other_texts_are_no_segments,
				      other_versions_and_byte_orders_are_told_apart,
				      reads_a_record_of_any_length,
				      notices_every_changed_bit_of_a_record,
				      a_record_of_another_start_is_none,
				      reads_a_mark_and_notices_every_changed_bit,
				      names_of_segments,
				      NULL};

	return suite_run_tests("format", tests, 0);
}

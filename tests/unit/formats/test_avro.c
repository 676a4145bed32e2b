/*
 * Avro's binary encoding, octet by octet. Behaviour of formats/avro.h; what other implementations
 * read of it is tested by tests/interop/encoded_avro.py.
 */
#include "formats/avro.h"

#include "support/bytes.h"
#include "support/suite.h"

enum { ROOM = 70000 };

static uint8_t out[ROOM];

static void expect_hex(const struct sn_text *t, const char *hex)
{
	struct sn_span expected = bytes_hex(hex);

	ck_assert(!t->full);
	ck_assert_uint_eq((size_t)(t->p - out), expected.n);
	ck_assert_mem_eq(out, expected.p, expected.n);
}

START_TEST(longs_are_those_of_the_specification)
{
	struct sn_text t = sn_text_make(out, ROOM);

	sn_avro_long(&t, 0);
	sn_avro_long(&t, -1);
	sn_avro_long(&t, 1);
	sn_avro_long(&t, -2);
	sn_avro_long(&t, 2);
	sn_avro_long(&t, -64);
	sn_avro_long(&t, 64);
	sn_avro_long(&t, INT64_MAX);
	sn_avro_long(&t, INT64_MIN);
	expect_hex(&t, "00 01 02 03 04 7f 8001 feffffffffffffffff01 ffffffffffffffffff01");
}
END_TEST

/* A long the slow way. */
static size_t write_slowly(uint8_t *p, int64_t v)
{
	uint64_t u = v < 0 ? ~((uint64_t)v << 1) : (uint64_t)v << 1;
	size_t n = 0;

	do {
		p[n++] = (uint8_t)((u & 0x7f) | (u > 0x7f ? 0x80 : 0));
		u >>= 7;
	} while (u);
	return n;
}

START_TEST(longs_of_all_lengths_are_written_as_the_slow_way_does)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		for (int64_t off = -70; off <= 70; off++) {
			int64_t v = (int64_t)((UINT64_C(1) << bit) + (uint64_t)off);
			int64_t minus = (int64_t)(0 - (uint64_t)v);
			uint8_t slow[SN_AVRO_LONG_MAX];
			size_t n = write_slowly(slow, v);

			suite_expect((size_t)(sn_avro_write_long(out, v) - out) == n);
			suite_expect(memcmp(out, slow, n) == 0);
			n = write_slowly(slow, minus);
			suite_expect((size_t)(sn_avro_write_long(out, minus) - out) == n);
			suite_expect(memcmp(out, slow, n) == 0);
		}
	}
}
END_TEST

START_TEST(simple_values_have_their_octets)
{
	struct sn_text t = sn_text_make(out, ROOM);

	sn_avro_boolean(&t, true);
	sn_avro_boolean(&t, false);
	sn_avro_branch(&t, false);
	sn_avro_branch(&t, true);
	sn_avro_double(&t, -1.5);
	sn_avro_string(&t, sn_span_str("foo"));
	sn_avro_string(&t, sn_span_str(""));
	expect_hex(&t, "01 00 00 02 000000000000f8bf 06 666f6f 00");
}
END_TEST

START_TEST(a_text_of_any_length_stands_behind_its_length)
{
	static char text[20000];

	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n < sizeof(text); n += n < 300 || (n > 8100 && n < 8300) ? 1 : 61) {
		struct sn_text t = sn_text_make(out, ROOM);
		uint8_t slow[SN_AVRO_LONG_MAX];
		size_t size = write_slowly(slow, (int64_t)n);

		sn_avro_string(&t, sn_span_make(text, n));
		suite_expect(!t.full && (size_t)(t.p - out) == size + n);
		suite_expect(memcmp(out, slow, size) == 0);
		suite_expect(memcmp(out + size, text, n) == 0);
	}
}
END_TEST

START_TEST(items_come_in_blocks_of_63_at_most)
{
	for (unsigned n = 0; n < 200; n++) {
		struct sn_avro_items items = {.count = NULL};
		struct sn_text t = sn_text_make(out, ROOM);
		const uint8_t *p = out;
		unsigned left = n;

		for (unsigned i = 0; i < n; i++) {
			sn_avro_item(&t, &items);
			sn_text_char(&t, 'i');
		}
		sn_avro_end(&t);
		while (*p) {
			unsigned count = *p++ / 2;

			suite_expect(count == (left < 63 ? left : 63));
			for (; count; count--, left--) {
				suite_expect(*p++ == 'i');
			}
		}
		suite_expect(left == 0 && p + 1 == t.p);
	}
}
END_TEST

START_TEST(the_last_item_can_be_taken_back)
{
	for (unsigned n = 0; n < 130; n++) {
		struct sn_avro_items items = {.count = NULL};
		struct sn_avro_items before;
		struct sn_text t = sn_text_make(out, ROOM);
		struct sn_text start;
		static uint8_t expected[ROOM];

		for (unsigned i = 0; i < n; i++) {
			sn_avro_item(&t, &items);
			sn_text_char(&t, 'i');
		}
		before = items;
		start = t;
		memcpy(expected, out, (size_t)(t.p - out));
		sn_avro_item(&t, &items);
		sn_text_char(&t, 'j');
		t = start;
		sn_avro_undo(&items, before);
		suite_expect(memcmp(expected, out, (size_t)(t.p - out)) == 0);
		suite_expect(items.count == before.count && items.n == before.n);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_told_and_nothing_is_written_behind_the_end)
{
	char text[100];

	memset(text, 'y', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n += 50) {
		bool fitted = false;

		for (size_t cap = 0; cap < 300; cap++) {
			struct sn_avro_items items = {.count = NULL};
			uint8_t *heap = malloc(cap ? cap : 1);
			struct sn_text t = sn_text_make(heap, cap);

			suite_expect(heap != NULL);
			sn_avro_long(&t, INT64_MIN);
			sn_avro_item(&t, &items);
			sn_avro_string(&t, sn_span_make(text, n));
			sn_avro_double(&t, 1);
			sn_avro_end(&t);
			suite_expect(!fitted || !t.full);
			fitted |= !t.full;
			free(heap);
		}
		ck_assert(fitted);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		longs_are_those_of_the_specification,
		longs_of_all_lengths_are_written_as_the_slow_way_does,
		simple_values_have_their_octets,
		a_text_of_any_length_stands_behind_its_length,
		items_come_in_blocks_of_63_at_most,
		the_last_item_can_be_taken_back,
		what_does_not_fit_is_told_and_nothing_is_written_behind_the_end,
		NULL};

	return suite_run_tests("avro", tests, 30);
}

/*
 * Protocol Buffers' wire format, octet by octet. Behaviour of formats/pb.h; what other
 * implementations read of it is tested by tests/interop/encoded_otlp.py.
 */
#include "formats/pb.h"

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

/* A varint as the definition has it, and how many octets it took. */
static uint64_t read_varint(const uint8_t **p)
{
	uint64_t v = 0;

	for (unsigned shift = 0;; shift += 7) {
		uint8_t octet = *(*p)++;

		v |= (uint64_t)(octet & 0x7f) << shift;
		if (octet < 0x80) {
			return v;
		}
	}
}

START_TEST(a_varint_of_any_length_is_the_number)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		for (int off = -1; off <= 1; off++) {
			uint64_t v = (UINT64_C(1) << bit) + (uint64_t)off;
			const uint8_t *p = out;
			uint8_t *end = sn_pb_write_varint(out, v);

			suite_expect(end - out == sn_pb_varint_size(v));
			suite_expect(read_varint(&p) == v && p == end);
			suite_expect(end - out == 1 || end[-1] != 0);
		}
	}
}
END_TEST

START_TEST(fields_are_a_tag_and_a_value)
{
	struct sn_text t = sn_text_make(out, ROOM);

	sn_pb_varint(&t, SN_PB_VARINT(2), 300);
	sn_pb_fixed64(&t, SN_PB_FIXED64(3), UINT64_C(0x0102030405060708));
	sn_pb_string(&t, SN_PB_LEN(1), sn_span_str("ab"));
	sn_pb_string(&t, SN_PB_LEN(1), sn_span_str(""));
	expect_hex(&t, "10 ac02 19 0807060504030201 0a 02 6162 0a 00");
}
END_TEST

START_TEST(a_message_has_its_length_in_four_octets)
{
	struct sn_text t = sn_text_make(out, ROOM);
	uint8_t *outer = sn_pb_open(&t, SN_PB_LEN(1));
	uint8_t *inner = sn_pb_open(&t, SN_PB_LEN(2));

	sn_pb_varint(&t, SN_PB_VARINT(3), 1);
	sn_pb_close(&t, inner);
	sn_pb_close(&t, outer);
	expect_hex(&t, "0a 87808000 12 82808000 18 01");
}
END_TEST

START_TEST(a_short_length_makes_room_when_the_content_is_long)
{
	for (unsigned width = 1; width <= 2; width++) {
		for (size_t n = 0; n < 40000; n += n < 300 || (n > 16300 && n < 16400) ? 1 : 61) {
			struct sn_text t = sn_text_make(out, ROOM);
			uint8_t *length = sn_pb_open_short(&t, SN_PB_LEN(1), width);
			const uint8_t *p = out + 1;

			for (size_t i = 0; i < n; i++) {
				sn_text_char(&t, (char)(i * 7));
			}
			sn_pb_close_short(&t, length, width);
			suite_expect(!t.full && out[0] == 0x0a);
			suite_expect(read_varint(&p) == n && (size_t)(t.p - p) == n);
			for (size_t i = 0; i < n; i++) {
				suite_expect(p[i] == (uint8_t)(i * 7));
			}
		}
	}
}
END_TEST

/* Reads a KeyValue of key "k" at p; returns its text. */
static struct sn_span read_pair(const uint8_t *p, const uint8_t *end)
{
	size_t n;

	suite_expect(*p++ == SN_PB_LEN(7));
	n = (size_t)read_varint(&p);
	suite_expect(n == (size_t)(end - p));
	suite_expect(memcmp(p, "\x0a\x01k\x12", 4) == 0);
	p += 4;
	n = (size_t)read_varint(&p);
	suite_expect(n == (size_t)(end - p));
	suite_expect(*p++ == SN_PB_LEN(1));
	n = (size_t)read_varint(&p);
	suite_expect(n == (size_t)(end - p));
	return sn_span_make(p, n);
}

START_TEST(an_attribute_of_any_length_is_read_back)
{
	static const uint8_t key[3 + SN_TEXT_SLACK] = "\x0a\x01k";
	static char text[20000];

	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n < sizeof(text); n += n < 300 ? 1 : 577) {
		struct sn_text t = sn_text_make(out, ROOM);
		struct sn_pb_pair pair = sn_pb_open_pair(&t, SN_PB_LEN(7), sn_span_make(key, 3));
		struct sn_span s;

		sn_text_put(&t, text, n);
		sn_pb_close_pair(&t, &pair);
		suite_expect(!t.full);
		s = read_pair(out, t.p);
		suite_expect(sn_span_eq(s, sn_span_make(text, n)));
		t = sn_text_make(out, ROOM);
		sn_pb_pair(&t, SN_PB_LEN(7), "k", sn_span_make(text, n));
		suite_expect(!t.full);
		s = read_pair(out, t.p);
		suite_expect(sn_span_eq(s, sn_span_make(text, n)));
	}
}
END_TEST

/* Some of everything. */
static void write_all(struct sn_text *t, struct sn_span key, const char *text, size_t n)
{
	uint8_t *message = sn_pb_open(t, SN_PB_LEN(1));
	uint8_t *length = sn_pb_open_short(t, SN_PB_LEN(2), 2);
	struct sn_pb_pair pair = sn_pb_open_pair(t, SN_PB_LEN(7), key);

	sn_text_put(t, text, n);
	sn_pb_close_pair(t, &pair);
	sn_pb_pair(t, SN_PB_LEN(7), "key", sn_span_make(text, n));
	sn_pb_string(t, SN_PB_LEN(1), sn_span_make(text, n));
	sn_pb_varint(t, SN_PB_VARINT(2), UINT64_MAX);
	sn_pb_fixed64(t, SN_PB_FIXED64(3), UINT64_MAX);
	sn_pb_close_short(t, length, 2);
	sn_pb_close(t, message);
}

START_TEST(what_does_not_fit_is_told_and_nothing_is_written_behind_the_end)
{
	static const uint8_t key[3 + SN_TEXT_SLACK] = "\x0a\x01k";
	static char text[200];

	memset(text, 'y', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n += 50) {
		bool fitted = false;

		for (size_t cap = 0; cap < 900; cap++) {
			uint8_t *heap = malloc(cap ? cap : 1);
			struct sn_text t = sn_text_make(heap, cap);

			suite_expect(heap != NULL);
			write_all(&t, sn_span_make(key, 3), text, n);
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
		a_varint_of_any_length_is_the_number,
		fields_are_a_tag_and_a_value,
		a_message_has_its_length_in_four_octets,
		a_short_length_makes_room_when_the_content_is_long,
		an_attribute_of_any_length_is_read_back,
		what_does_not_fit_is_told_and_nothing_is_written_behind_the_end,
		NULL};

	return suite_run_tests("pb", tests, 30);
}

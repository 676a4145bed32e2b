/*
 * What is UTF-8 and what is done about the rest. Behaviour of base/utf8.h.
 */
#include "base/utf8.h"

#include "support/bytes.h"
#include "support/suite.h"

START_TEST(characters_have_the_lengths_of_the_standard)
{
	static const struct {
		const char *hex; /* octets */
		size_t length;	 /* of the first character, 0: none */
		uint32_t number; /* of it */
	} rows[] = {
		{"00", 1, 0},
		{"41 42", 1, 'A'},
		{"7f", 1, 0x7f},
		{"80", 0, 0},
		{"bf", 0, 0},
		{"c0 80", 0, 0},
		{"c1 bf", 0, 0},
		{"c2", 0, 0},
		{"c2 7f", 0, 0},
		{"c2 80", 2, 0x80},
		{"df bf 41", 2, 0x7ff},
		{"e0 9f bf", 0, 0},
		{"e0 a0 80", 3, 0x800},
		{"e2 82 ac", 3, 0x20ac},
		{"e2 82", 0, 0},
		{"ed 9f bf", 3, 0xd7ff},
		{"ed a0 80", 0, 0},
		{"ef bf bf", 3, 0xffff},
		{"f0 8f bf bf", 0, 0},
		{"f0 90 80 80", 4, 0x10000},
		{"f4 8f bf bf", 4, 0x10ffff},
		{"f4 90 80 80", 0, 0},
		{"f0 90 80", 0, 0},
		{"f5 80 80 80", 0, 0},
		{"ff", 0, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_span s = bytes_hex(rows[i].hex);
		size_t n = sn_utf8_length(s.p, s.n);

		ck_assert_msg(n == rows[i].length, "%s: %zu", rows[i].hex, n);
		if (n) {
			ck_assert_uint_eq(sn_utf8_read(s.p, n), rows[i].number);
		}
	}
}
END_TEST

START_TEST(each_run_of_other_octets_becomes_one_replacement)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"61 62", "61 62"},
		{"c3 a9", "c3 a9"},
		{"ff", "ef bf bd"},
		{"ff fe fd 61", "ef bf bd 61"},
		{"61 ff 62 ff", "61 ef bf bd 62 ef bf bd"},
		{"e2 82", "ef bf bd"},
		{"e2 82 61", "ef bf bd 61"},
		{"ff c3 a9 ff", "ef bf bd c3 a9 ef bf bd"},
		{"ed a0 80 00", "ef bf bd 00"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_span s = bytes_hex(rows[i][0]);
		struct sn_span expect = bytes_hex(rows[i][1]);
		uint8_t out[64];
		size_t n = sn_utf8_mend(out, s);

		suite_expect(n <= 3 * s.n);
		ck_assert_msg(sn_span_eq(sn_span_make(out, n), expect), "%s", rows[i][0]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {characters_have_the_lengths_of_the_standard,
				      each_run_of_other_octets_becomes_one_replacement, NULL};

	return suite_run_tests("utf8", tests, 0);
}

/*
 * Text as it is. Behaviour of formats/verbatim.h.
 */
#include "formats/verbatim.h"

#include "support/bytes.h"
#include "support/suite.h"

static void expect_text(const char *in, size_t n, const char *expected, size_t len)
{
	struct sn_span s = bytes_copy(in, n);
	uint8_t out[256];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_verbatim_put(&t, s.p, s.n);
	ck_assert(!t.full);
	ck_assert_uint_eq((size_t)(t.p - out), len);
	ck_assert_mem_eq(out, expected, len);
}

#define EXPECT(in, out) expect_text("" in, sizeof(in) - 1, "" out, sizeof(out) - 1)

START_TEST(utf_8_stays_as_it_is)
{
	EXPECT("", "");
	EXPECT("plain ascii of more than eight octets", "plain ascii of more than eight octets");
	EXPECT("\0\n\"\\", "\0\n\"\\");
	EXPECT("K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x98\x80",
	       "K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x98\x80");
}
END_TEST

START_TEST(an_octet_that_is_none_is_replaced)
{
	EXPECT("\xff", "\xef\xbf\xbd");
	EXPECT("a\xff\xfe"
	       "b",
	       "a\xef\xbf\xbd\xef\xbf\xbd"
	       "b");
	EXPECT("12345678\xc3", "12345678\xef\xbf\xbd");
	EXPECT("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(a_text_is_copied_at_every_length_and_fits_or_says_so)
{
	static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	for (size_t n = 0; n < sizeof(text); n++) {
		for (size_t cap = 0; cap < sizeof(text) + 4; cap++) {
			uint8_t *heap = malloc(cap ? cap : 1);
			struct sn_span s = bytes_copy(text, n);
			struct sn_text t = sn_text_make(heap, cap);

			suite_expect(heap != NULL);
			sn_verbatim_put(&t, s.p, s.n);
			suite_expect(t.full == (n > cap));
			suite_expect(t.full ||
				     ((size_t)(t.p - heap) == n && memcmp(heap, text, n) == 0));
			free(heap);
		}
	}
	bytes_free_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {utf_8_stays_as_it_is, an_octet_that_is_none_is_replaced,
				      a_text_is_copied_at_every_length_and_fits_or_says_so, NULL};

	return suite_run_tests("verbatim", tests, 0);
}

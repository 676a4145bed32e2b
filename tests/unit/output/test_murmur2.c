/*
 * The hash of keys against what Kafka's Java client gives: the vectors of its own test of murmur2.
 */
#include "output/murmur2.h"

#include "support/suite.h"

static const struct {
	const char *key;     /* text */
	int32_t hash;	     /* of the Java client */
	int32_t partition_7; /* of seven, by toPositive(hash) % 7 */
} vectors[] = {
	{"21", -973932308, (-973932308 & 0x7fffffff) % 7},
	{"foobar", -790332482, (-790332482 & 0x7fffffff) % 7},
	{"a-little-bit-long-string", -985981536, (-985981536 & 0x7fffffff) % 7},
	{"a-little-bit-longer-string", -1486304829, (-1486304829 & 0x7fffffff) % 7},
	{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971,
	 (-58897971 & 0x7fffffff) % 7},
	{"abc", 479470107, 479470107 % 7},
};

START_TEST(gives_what_the_java_client_gives)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint32_t h = sn_murmur2(sn_span_str(vectors[i].key));

		ck_assert_int_eq((int32_t)h, vectors[i].hash);
		ck_assert_int_eq(sn_murmur2_partition(h, 7), vectors[i].partition_7);
	}
}
END_TEST

START_TEST(reads_no_octet_behind_the_key)
{
	char *key = malloc(11); /* the sanitizer sees the end of it */

	memset(key, '2', 11);
	for (size_t n = 0; n <= 11; n++) {
		uint32_t h = sn_murmur2(sn_span_make(key + 11 - n, n));

		ck_assert_int_ge(sn_murmur2_partition(h, 12), 0);
		ck_assert_int_lt(sn_murmur2_partition(h, 12), 12);
	}
	free(key);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {gives_what_the_java_client_gives,
				      reads_no_octet_behind_the_key, NULL};

	return suite_run_tests("murmur2", tests, 30);
}

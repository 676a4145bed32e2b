/*
 * Counters in Prometheus' text format. Behaviour of observe/metrics.h.
 */
#include "observe/metrics.h"

#include "support/suite.h"

#include <string.h>

static char text[SN_METRICS_MAX];

START_TEST(every_counter_has_help_type_and_value)
{
	uint64_t v[SN_COUNTER_COUNT];
	char line[512];
	size_t n;
	unsigned lines = 0;

	for (unsigned i = 0; i < SN_COUNTER_COUNT; i++) {
		v[i] = UINT64_MAX - i;
	}
	n = sn_metrics_write(v, text, sizeof(text));
	ck_assert_uint_eq(n, strlen(text));
	for (unsigned i = 0; i < SN_COUNTER_COUNT; i++) {
		const char *name = sn_counter_name((enum sn_counter)i);

		snprintf(line, sizeof(line),
			 "# HELP sonde_%s %s.\n# TYPE sonde_%s %s\nsonde_%s %llu\n", name,
			 sn_counter_help((enum sn_counter)i), name,
			 i == SN_C_GOVERNOR_LIMIT || i == SN_C_IN_FLIGHT ? "gauge" : "counter",
			 name, (unsigned long long)v[i]);
		ck_assert_msg(strstr(text, line) != NULL, "%s", line);
	}
	for (const char *p = text; (p = strchr(p, '\n')); p++) {
		lines++;
	}
	ck_assert_uint_eq(lines / 3, SN_COUNTER_COUNT);
}
END_TEST

START_TEST(names_and_help_need_no_escapes)
{
	for (unsigned i = 0; i < SN_COUNTER_COUNT; i++) {
		const char *name = sn_counter_name((enum sn_counter)i);
		const char *help = sn_counter_help((enum sn_counter)i);

		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
				  strlen(name));
		ck_assert(strpbrk(help, "\\\n") == NULL);
		ck_assert(strlen(name) * 3 + strlen(help) + 64 < SN_METRICS_MAX / SN_COUNTER_COUNT);
	}
}
END_TEST

static FILE *begin(void)
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(out);
	return out;
}

START_TEST(samples_have_labels_and_values)
{
	const struct sn_metrics_label labels[] = {{"worker", "0"}, {"sink", "file /a b"}};
	const struct sn_metrics_labels two = {labels, 2};
	const struct sn_metrics_labels none = {NULL, 0};
	FILE *out = begin();

	sn_metrics_family(out, "x_total", sn_metrics_type("x_total"), "What it is");
	sn_metrics_uint(out, "x_total", two, UINT64_MAX);
	sn_metrics_uint(out, "y", none, 0);
	sn_metrics_real(out, "z", none, 1795377600.123);
	sn_metrics_real(out, "z", none, 0.000001);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text, "# HELP x_total What it is.\n# TYPE x_total counter\n"
			       "x_total{worker=\"0\",sink=\"file /a b\"} 18446744073709551615\n"
			       "y 0\nz 1795377600.123\nz 1e-06\n");
}
END_TEST

START_TEST(values_of_labels_are_escaped)
{
	const struct sn_metrics_label label = {"l", "a\"b\\c\nd{}\xc3\xbc\xff\xc3"};
	FILE *out = begin();

	sn_metrics_uint(out, "x", (struct sn_metrics_labels){&label, 1}, 1);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text, "x{l=\"a\\\"b\\\\c\\nd{}\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd\"} 1\n");
}
END_TEST

START_TEST(a_histogram_has_growing_buckets_sum_and_count)
{
	static struct sn_hist h;
	uint64_t before = 0;
	unsigned buckets = 0;
	FILE *out = begin();

	sn_hist_add(&h, 500 * 1000);
	sn_hist_add(&h, 70 * 1000 * 1000);
	sn_hist_add(&h, UINT64_C(1000) * 1000 * 1000 * 1000);
	sn_metrics_durations(out, "d_seconds", &h);
	ck_assert_int_eq(fclose(out), 0);
	for (const char *p = text; (p = strstr(p, "_bucket{le=\"")); p++) {
		uint64_t n = strtoull(strchr(p, '}') + 1, NULL, 10);

		ck_assert_uint_ge(n, before);
		before = n;
		buckets++;
	}
	ck_assert_uint_eq(buckets, 18);
	ck_assert_ptr_nonnull(strstr(text, "d_seconds_bucket{le=\"0.001\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "d_seconds_bucket{le=\"0.05\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "d_seconds_bucket{le=\"0.1\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "d_seconds_bucket{le=\"300\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "d_seconds_bucket{le=\"+Inf\"} 3\n"
					   "d_seconds_sum 1000.0705\nd_seconds_count 3\n"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_counter_has_help_type_and_value,
				      names_and_help_need_no_escapes,
				      samples_have_labels_and_values,
				      values_of_labels_are_escaped,
				      a_histogram_has_growing_buckets_sum_and_count,
				      NULL};

	return suite_run_tests("metrics", tests, 0);
}

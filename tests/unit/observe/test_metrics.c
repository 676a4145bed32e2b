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

int main(void)
{
	const TTest *const tests[] = {every_counter_has_help_type_and_value,
				      names_and_help_need_no_escapes, NULL};

	return suite_run_tests("metrics", tests, 0);
}

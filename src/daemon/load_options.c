/*
 * The options of sonde load that have a value: one table, see load.h. Main thread.
 */
#include "daemon/load_parts.h"

#include "document/options.h"

#include <stdio.h>

static const char *const backends[] = {
	[SN_IO_AUTO] = "auto", [SN_IO_URING] = "io_uring", [SN_IO_MMSG] = "recvmmsg", NULL};

#define AT(field) .offset = offsetof(struct sn_load_values, field)

static const struct sn_option rows[] = {
	{.key = "targets", .type = SN_OPTION_STRING, AT(targets_file), .min = 1},
	{.key = "get", .type = SN_OPTION_STRING, AT(oids[SN_MIX_GET]), .min = 1},
	{.key = "getnext", .type = SN_OPTION_STRING, AT(oids[SN_MIX_GETNEXT]), .min = 1},
	{.key = "bulk", .type = SN_OPTION_STRING, AT(oids[SN_MIX_BULK]), .min = 1},
	{.key = "walk", .type = SN_OPTION_STRING, AT(oids[SN_MIX_WALK]), .min = 1},
	{.key = "mix", .type = SN_OPTION_STRING, AT(mix), .min = 1},
	{.key = "repetitions",
	 .type = SN_OPTION_UINT,
	 AT(repetitions),
	 .fallback = "10",
	 .min = 1,
	 .max = 10000},
	{.key = "rate", .type = SN_OPTION_FLOAT, AT(rate)},
	{.key = "in-flight",
	 .type = SN_OPTION_UINT,
	 AT(in_flight),
	 .min = 1,
	 .max = SN_LOAD_OUTSTANDING_MAX},
	{.key = "duration",
	 .type = SN_OPTION_DURATION,
	 AT(duration_ns),
	 .fallback = "10s",
	 .min = SN_NS_PER_MS},
	{.key = "requests", .type = SN_OPTION_UINT, AT(requests), .min = 1, .max = UINT32_MAX},
	{.key = "ramp", .type = SN_OPTION_DURATION, AT(ramp_ns)},
	{.key = "max-rate", .type = SN_OPTION_FLOAT, AT(rate_max), .fallback = "10000"},
	{.key = "timeout",
	 .type = SN_OPTION_DURATION,
	 AT(timeout_ns),
	 .fallback = "1s",
	 .min = SN_NS_PER_MS,
	 .max = 600 * SN_NS_PER_SEC},
	{.key = "retries",
	 .type = SN_OPTION_UINT,
	 AT(retries),
	 .fallback = "0",
	 .max = SN_REQUEST_ATTEMPTS_MAX - 1},
	{.key = "threads",
	 .type = SN_OPTION_UINT,
	 AT(threads),
	 .fallback = "1",
	 .min = 1,
	 .max = SN_LOAD_THREADS_MAX},
	{.key = "io", .type = SN_OPTION_ENUM, AT(backend), .fallback = "auto", .words = backends},
	{.key = "stats", .type = SN_OPTION_DURATION, AT(stats_ns), .min = 100 * SN_NS_PER_MS},
	{.key = "histogram", .type = SN_OPTION_STRING, AT(histogram), .min = 1},
	{.key = "step",
	 .type = SN_OPTION_DURATION,
	 AT(step_ns),
	 .fallback = "3s",
	 .min = 100 * SN_NS_PER_MS},
	{.key = "factor", .type = SN_OPTION_FLOAT, AT(factor), .fallback = "1.5"},
	{.key = "max-loss", .type = SN_OPTION_FLOAT, AT(loss_max), .fallback = "1"},
	{.key = "max-p99", .type = SN_OPTION_DURATION, AT(p99_max_ns)},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

unsigned sn_load_option_count(void)
{
	return ROWS;
}

const char *sn_load_option_name(unsigned i)
{
	return rows[i].key;
}

bool sn_load_option_set(struct sn_load_options *opt, unsigned i, const char *text)
{
	char why[SN_OPTION_WHY_MAX];

	if (sn_options_parse(&rows[i], text, (uint8_t *)&opt->v + rows[i].offset, why)) {
		fprintf(stderr, "sonde load: --%s: \"%.200s\" %s\n", rows[i].key, text, why);
		return false;
	}
	return true;
}

void sn_load_option_defaults(struct sn_load_options *opt)
{
	for (unsigned i = 0; i < ROWS; i++) {
		if (rows[i].fallback && !sn_load_option_set(opt, i, rows[i].fallback)) {
			return; /* a fallback that its own row refuses: said, and tests see it */
		}
	}
}

static bool complain(const char *what)
{
	fprintf(stderr, "sonde load: %s\n", what);
	return false;
}

bool sn_load_option_check(const struct sn_load_options *opt)
{
	const struct sn_load_values *v = &opt->v;

	if (v->rate < 0 || v->rate_max <= 0) {
		return complain("--rate and --max-rate: expected requests/s above 0");
	}
	if (v->rate > v->rate_max) {
		fprintf(stderr,
			"sonde load: --rate %g is above --max-rate %g: raise that if it is meant\n",
			v->rate, v->rate_max);
		return false;
	}
	if (opt->find_max && v->factor <= 1) {
		return complain("--factor: expected a number above 1");
	}
	if (v->loss_max < 0 || v->loss_max > 100) {
		return complain("--max-loss: expected a percentage, 0 to 100");
	}
	if (opt->find_max && (v->requests || v->ramp_ns)) {
		return complain("--find-max has --step and --factor in place of --requests and "
				"--ramp");
	}
	if (v->in_flight && v->in_flight < v->threads) {
		return complain("--in-flight: expected at least one request for each thread");
	}
	return true;
}

/*
 * What a simulation tells: the ready line, a line of statistics every while, the state on SIGUSR1,
 * the summary; or the figures as JSON. Main thread; reads counters that workers write.
 */
#include "daemon/simulate_parts.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* Octets of memory that the process has at this moment. */
static uint64_t memory_now(void)
{
	FILE *from = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;
	char line[128];

	if (!from) {
		return 0;
	}
	if (fgets(line, sizeof(line), from)) {
		char *resident = strchr(line, ' '); /* the second of its numbers */

		pages = resident ? strtoull(resident, NULL, 10) : 0;
	}
	fclose(from);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t cpu_now(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * SN_NS_PER_SEC +
	       (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * SN_NS_PER_US;
}

void sn_simulate_take(const struct sn_simulation *sim, struct sn_simulate_totals *t)
{
	memset(t, 0, sizeof(*t));
	t->at = sn_clock_mono();
	t->cpu_ns = cpu_now();
	for (unsigned i = 0; i < sim->nworkers; i++) {
		for (unsigned id = 0; id < SN_COUNTER_COUNT; id++) {
			t->v[id] += sn_counter_get(&sim->workers[i].worker.counters,
						   (enum sn_counter)id);
		}
	}
}

/* Requests of all kinds; discoveries and what is refused by a Report included. */
static uint64_t requests(const struct sn_simulate_totals *t)
{
	return t->v[SN_C_AGENT_GETS] + t->v[SN_C_AGENT_GETNEXTS] + t->v[SN_C_AGENT_GETBULKS] +
	       t->v[SN_C_AGENT_SETS] + t->v[SN_C_AGENT_OTHERS] + t->v[SN_C_AGENT_REPORTS];
}

/* What happened between two moments. */
struct span_of_time {
	double seconds;
	double cpu;	 /* seconds */
	uint64_t n;	 /* requests */
	double rate;	 /* requests a second */
	double us_each;	 /* of CPU, a request */
	double varbinds; /* a second */
};

static struct span_of_time between(const struct sn_simulate_totals *a,
				   const struct sn_simulate_totals *b)
{
	struct span_of_time s = {.seconds = (double)(b->at - a->at) / 1e9,
				 .cpu = (double)(b->cpu_ns - a->cpu_ns) / 1e9,
				 .n = requests(b) - requests(a)};
	double seconds = s.seconds > 1e-9 ? s.seconds : 1e-9;

	s.rate = (double)s.n / seconds;
	s.us_each = s.n ? s.cpu * 1e6 / (double)s.n : 0;
	s.varbinds = (double)(b->v[SN_C_AGENT_VARBINDS] - a->v[SN_C_AGENT_VARBINDS]) / seconds;
	return s;
}

static const char *backend(const struct sn_simulation *sim)
{
	return sim->workers[0].worker.io->ops->name;
}

void sn_simulate_report_ready(const struct sn_simulation *sim)
{
	const struct sn_fleet *f = &sim->fleet;
	char text[SN_ADDR_TEXT_MAX];

	if (sim->opt->quiet) {
		return;
	}
	for (uint32_t i = 0; i < f->nranges; i++) {
		const struct sn_fleet_range *range = &f->range[i];
		struct sn_addr last = sn_fleet_addr(f, range->device + range->n - 1);

		fprintf(stderr, "sonde: %u device%s at %s", range->n, range->n > 1 ? "s" : "",
			sn_addr_format(&range->first, text, sizeof(text)));
		if (range->n > 1) {
			fprintf(stderr, " to %s", sn_addr_format(&last, text, sizeof(text)));
		}
		fputc('\n', stderr);
	}
	if (sim->data.n) {
		fprintf(stderr,
			"sonde: %u recordings, %" PRIu64
			" instances, %.1f MiB; left out: %u files, "
			"%u lines\n",
			sim->data.n, sim->data.instances, (double)sim->data.bytes / 1048576,
			sim->data.failed, sim->data.bad_lines);
	}
	fprintf(stderr, "sonde: ready after %.3f s: %u devices, %u worker%s (%s), %.1f MiB\n",
		(double)(sim->ready - sim->started) / 1e9, f->devices, sim->nworkers,
		sim->nworkers > 1 ? "s" : "", backend(sim), (double)memory_now() / 1048576);
}

/* The figures in one line of JSON; s: what the rates are of. */
static void print_json(const struct sn_simulation *sim, const char *event,
		       const struct sn_simulate_totals *t, const struct span_of_time *s)
{
	static const struct {
		const char *key;
		enum sn_counter id;
	} figures[] = {{"get", SN_C_AGENT_GETS},
		       {"getnext", SN_C_AGENT_GETNEXTS},
		       {"getbulk", SN_C_AGENT_GETBULKS},
		       {"set", SN_C_AGENT_SETS},
		       {"other", SN_C_AGENT_OTHERS},
		       {"responses", SN_C_AGENT_RESPONSES},
		       {"varbinds", SN_C_AGENT_VARBINDS},
		       {"reports", SN_C_AGENT_REPORTS},
		       {"faults", SN_C_AGENT_FAULTS},
		       {"bad_communities", SN_C_AGENT_BAD_COMMUNITY},
		       {"nobody", SN_C_AGENT_NOBODY},
		       {"silent_drops", SN_C_AGENT_SILENT_DROPS},
		       {"overload", SN_C_AGENT_OVERLOAD},
		       {"parse_errors", SN_C_RX_PARSE_ERRORS},
		       {"bad_versions", SN_C_RX_BAD_VERSION},
		       {"socket_drops", SN_C_RX_SOCKET_DROPS},
		       {"tx_errors", SN_C_TX_ERRORS},
		       {"tx_busy", SN_C_TX_BUSY},
		       {"rx_bytes", SN_C_RX_BYTES},
		       {"tx_bytes", SN_C_TX_BYTES}};

	printf("{\"event\":\"%s\",\"seconds\":%.3f,\"devices\":%u,\"workers\":%u,"
	       "\"backend\":\"%s\","
	       "\"requests\":%" PRIu64 ",\"requests_per_second\":%.1f,\"varbinds_per_second\":%.1f,"
	       "\"cpu_seconds\":%.3f,\"us_per_request\":%.3f,\"memory_bytes\":%" PRIu64,
	       event, (double)(t->at - sim->at_ready.at) / 1e9, sim->fleet.devices, sim->nworkers,
	       backend(sim), requests(t), s->rate, s->varbinds, s->cpu, s->us_each, memory_now());
	for (unsigned i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		printf(",\"%s\":%" PRIu64, figures[i].key, t->v[figures[i].id]);
	}
	puts("}");
	fflush(stdout);
}

void sn_simulate_report_stats(struct sn_simulation *sim)
{
	struct sn_simulate_totals t;
	struct span_of_time s;

	sn_simulate_take(sim, &t);
	s = between(&sim->last, &t);
	if (sim->opt->json) {
		print_json(sim, "stats", &t, &s);
	} else {
		sn_log(SN_LOG_INFO,
		       "%.0fs: %.0f requests/s, %.0f varbinds/s, %" PRIu64 " requests, %" PRIu64
		       " answers, %" PRIu64 " faults, %" PRIu64 " drops, %.2f us of CPU each",
		       (double)(t.at - sim->at_ready.at) / 1e9, s.rate, s.varbinds, requests(&t),
		       t.v[SN_C_AGENT_RESPONSES], t.v[SN_C_AGENT_FAULTS], t.v[SN_C_RX_SOCKET_DROPS],
		       s.us_each);
	}
	sim->last = t;
}

static void print_text(const struct sn_simulation *sim, const struct sn_simulate_totals *t,
		       const struct span_of_time *s)
{
	const uint64_t *v = t->v;

	fprintf(stderr,
		"sonde: %u devices, %" PRIu64 " requests in %.1f s (%.0f/s): %" PRIu64
		" get, %" PRIu64 " getnext, %" PRIu64 " getbulk, %" PRIu64 " set, %" PRIu64
		" other\n",
		sim->fleet.devices, requests(t), s->seconds, s->rate, v[SN_C_AGENT_GETS],
		v[SN_C_AGENT_GETNEXTS], v[SN_C_AGENT_GETBULKS], v[SN_C_AGENT_SETS],
		v[SN_C_AGENT_OTHERS]);
	fprintf(stderr,
		"  %" PRIu64 " answers with %" PRIu64 " varbinds, %" PRIu64 " Reports; %" PRIu64
		" hit by faults; %" PRIu64 " not answered, %" PRIu64 " dropped by the kernel\n",
		v[SN_C_AGENT_RESPONSES], v[SN_C_AGENT_VARBINDS], v[SN_C_AGENT_REPORTS],
		v[SN_C_AGENT_FAULTS],
		v[SN_C_AGENT_BAD_COMMUNITY] + v[SN_C_AGENT_NOBODY] + v[SN_C_AGENT_SILENT_DROPS],
		v[SN_C_RX_SOCKET_DROPS]);
	fprintf(stderr,
		"  %.2f s of CPU, %.2f us a request; by %s on %u workers; %.1f MiB of memory\n",
		s->cpu, s->us_each, backend(sim), sim->nworkers, (double)memory_now() / 1048576);
}

/* What the lines above do not tell, where it is not 0. */
static void print_counters(const struct sn_simulate_totals *t)
{
	static const enum sn_counter ids[] = {
		SN_C_AGENT_BAD_COMMUNITY, SN_C_AGENT_NOBODY,	SN_C_AGENT_SILENT_DROPS,
		SN_C_AGENT_OVERLOAD,	  SN_C_RX_PARSE_ERRORS, SN_C_RX_BAD_VERSION,
		SN_C_RX_TRUNCATED,	  SN_C_TX_ERRORS,	SN_C_TX_BUSY};

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (t->v[ids[i]]) {
			fprintf(stderr, "  %-32s %12" PRIu64 "  %s\n", sn_counter_name(ids[i]),
				t->v[ids[i]], sn_counter_help(ids[i]));
		}
	}
}

void sn_simulate_report_state(const struct sn_simulation *sim)
{
	struct sn_simulate_totals t;
	struct span_of_time s;

	sn_simulate_take(sim, &t);
	s = between(&sim->at_ready, &t);
	print_text(sim, &t, &s);
	print_counters(&t);
}

void sn_simulate_report_summary(const struct sn_simulation *sim)
{
	struct sn_simulate_totals t;
	struct span_of_time s;

	sn_simulate_take(sim, &t);
	s = between(&sim->at_ready, &t);
	if (sim->opt->json) {
		print_json(sim, "summary", &t, &s);
	}
	if (!sim->opt->quiet) {
		print_text(sim, &t, &s);
		print_counters(&t);
	}
}

/*
 * What workers count, for /metrics: see metrics_int.h and docs/CONCURRENCY.md. Called by pages.c on
 * its thread.
 */
#include "collect/collector.h"
#include "serve/metrics_int.h"

#include <stdlib.h>

/* What an agent counts, which a collector is not. */
static bool is_agents(enum sn_counter id)
{
	return id >= SN_C_AGENT_GETS && id <= SN_C_AGENT_FAULTS;
}

void sn_metrics_write_workers(FILE *out, const struct sn_serve_config *cfg)
{
	for (unsigned id = 0; id < SN_COUNTER_COUNT; id++) {
		char name[96];

		if (is_agents((enum sn_counter)id)) {
			continue;
		}
		snprintf(name, sizeof(name), "sonde_%s", sn_counter_name((enum sn_counter)id));
		sn_metrics_family(out, name, sn_metrics_type(name),
				  sn_counter_help((enum sn_counter)id));
		for (unsigned w = 0; w < cfg->nworkers; w++) {
			char number[16];
			const struct sn_metrics_label label = {"worker", number};

			snprintf(number, sizeof(number), "%u", w);
			sn_metrics_uint(out, name, (struct sn_metrics_labels){&label, 1},
					sn_counter_get(&cfg->workers[w].worker->counters,
						       (enum sn_counter)id));
		}
	}
}

void sn_metrics_write_rounds(FILE *out, const struct sn_serve_config *cfg)
{
	struct sn_hist *both = calloc(2, sizeof(*both));

	if (!both) {
		return;
	}
	for (unsigned w = 0; w < cfg->nworkers; w++) {
		sn_hist_merge(&both[0], &cfg->workers[w].collector->lateness);
		sn_hist_merge(&both[1], &cfg->workers[w].collector->duration);
	}
	sn_metrics_durations(out, sn_metrics_begin(out, SN_FAMILY_H_LATENESS), &both[0]);
	sn_metrics_durations(out, sn_metrics_begin(out, SN_FAMILY_H_DURATION), &both[1]);
	free(both);
}

/* The sums over all workers for one list of modules. */
struct sum {
	const char *modules;	    /* of a tally */
	uint64_t v[SN_TALLY_COUNT]; /* by enum sn_tally_count */
};

static int by_modules(const void *a, const void *b)
{
	const struct sn_tally *const *x = a;
	const struct sn_tally *const *y = b;

	return strcmp((*x)->modules, (*y)->modules);
}

/* All tallies of all workers, sorted by modules; heap, NULL: none, or no memory. */
static const struct sn_tally **gather(const struct sn_serve_config *cfg, size_t *n)
{
	const struct sn_tally **list = NULL;
	size_t cap = 0;

	*n = 0;
	for (unsigned w = 0; w < cfg->nworkers; w++) {
		const struct sn_tally *t = sn_tallies_first(&cfg->workers[w].collector->tallies);

		for (; t; t = t->next) {
			if (*n == cap) {
				const struct sn_tally **more;

				cap = cap ? 2 * cap : 64;
				more = realloc(list, cap * sizeof(const struct sn_tally *));
				if (!more) {
					free(list);
					return NULL;
				}
				list = more;
			}
			list[(*n)++] = t;
		}
	}
	if (*n) {
		qsort(list, *n, sizeof(const struct sn_tally *), by_modules);
	}
	return list;
}

/* Tallies of the same modules become one sum; returns how many sums. */
static size_t add_up(const struct sn_tally *const *list, size_t n, struct sum *sums)
{
	size_t nsums = 0;

	for (size_t i = 0; i < n; i++) {
		if (nsums == 0 || strcmp(sums[nsums - 1].modules, list[i]->modules) != 0) {
			sums[nsums++].modules = list[i]->modules;
		}
		for (unsigned k = 0; k < SN_TALLY_COUNT; k++) {
			sums[nsums - 1].v[k] += sn_tally_get(list[i], (enum sn_tally_count)k);
		}
	}
	return nsums;
}

static void write_results(FILE *out, const struct sum *sums, size_t n)
{
	static const char *const results[] = {[SN_TALLY_ROUNDS_OK] = "ok",
					      [SN_TALLY_ROUNDS_PARTIAL] = "partial",
					      [SN_TALLY_ROUNDS_FAILED] = "failed",
					      [SN_TALLY_ROUNDS_CANCELLED] = "cancelled"};
	const char *name = sn_metrics_begin(out, SN_FAMILY_MODULE_ROUNDS);

	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < sizeof(results) / sizeof(results[0]); k++) {
			const struct sn_metrics_label labels[] = {{"module", sums[i].modules},
								  {"result", results[k]}};

			sn_metrics_uint(out, name, (struct sn_metrics_labels){labels, 2},
					sums[i].v[k]);
		}
	}
}

static void write_sums(FILE *out, const struct sum *sums, size_t n)
{
	static const struct {
		enum sn_family id;	  /* of the family */
		enum sn_tally_count from; /* its figure */
	} counts[] = {
		{SN_FAMILY_MODULE_ROWS, SN_TALLY_ROWS},
		{SN_FAMILY_MODULE_PARTIAL, SN_TALLY_ROWS_PARTIAL},
		{SN_FAMILY_MODULE_VARBINDS, SN_TALLY_VARBINDS},
		{SN_FAMILY_MODULE_REQUESTS, SN_TALLY_REQUESTS},
		{SN_FAMILY_MODULE_RETRIES, SN_TALLY_RETRIES},
		{SN_FAMILY_MODULE_TIMEOUTS, SN_TALLY_TIMEOUTS},
		{SN_FAMILY_MODULE_ERRORS, SN_TALLY_AGENT_ERRORS},
		{SN_FAMILY_MODULE_DURATION, SN_TALLY_DURATION_NS},
	};

	for (unsigned k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		const char *name = sn_metrics_begin(out, counts[k].id);

		for (size_t i = 0; i < n; i++) {
			const struct sn_metrics_label label = {"module", sums[i].modules};
			const struct sn_metrics_labels labels = {&label, 1};
			uint64_t v = sums[i].v[counts[k].from];

			if (counts[k].from == SN_TALLY_DURATION_NS) {
				sn_metrics_real(out, name, labels, (double)v / 1e9);
			} else {
				sn_metrics_uint(out, name, labels, v);
			}
		}
	}
}

void sn_metrics_write_modules(FILE *out, const struct sn_serve_config *cfg)
{
	size_t n;
	const struct sn_tally **list = gather(cfg, &n);
	struct sum *sums = list ? calloc(n, sizeof(*sums)) : NULL;

	if (sums) {
		n = add_up(list, n, sums);
		write_results(out, sums, n);
		write_sums(out, sums, n);
	}
	free(sums);
	free(list);
}

/*
 * /metrics but the parts by worker, module and output, see metrics_page.h. Called by pages.c on its
 * thread.
 */
#include "serve/metrics_page.h"

#include "base/clock.h"
#include "collect/collector.h"
#include "observe/process.h"
#include "serve/metrics_int.h"

#include <inttypes.h>

struct sn_family_info sn_family_get(enum sn_family id)
{
	static const struct sn_family_info table[] = {
#define SN_FAMILY_ROW(id, name, labels, help) {name, #id, labels, help},
		SN_FAMILY_TABLE(SN_FAMILY_ROW)
#undef SN_FAMILY_ROW
	};
	struct sn_family_info info = table[id];

	/* in the table its place is taken by the id, which tells a histogram */
	info.type = strncmp(info.type, "H_", 2) == 0 ? "histogram" : sn_metrics_type(info.name);
	return info;
}

const char *sn_metrics_begin(FILE *out, enum sn_family id)
{
	struct sn_family_info info = sn_family_get(id);

	sn_metrics_family(out, info.name, info.type, info.help);
	return info.name;
}

static const struct sn_metrics_labels no_labels;

static void write_uint(FILE *out, enum sn_family id, uint64_t v)
{
	sn_metrics_uint(out, sn_metrics_begin(out, id), no_labels, v);
}

static void write_real(FILE *out, enum sn_family id, double v)
{
	sn_metrics_real(out, sn_metrics_begin(out, id), no_labels, v);
}

static void write_self(FILE *out, const struct sn_metrics_page *page)
{
	const struct sn_metrics_label version = {"version", page->cfg->version};

	sn_metrics_uint(out, sn_metrics_begin(out, SN_FAMILY_BUILD),
			(struct sn_metrics_labels){&version, 1}, 1);
	write_uint(out, SN_FAMILY_READY, page->cfg->ready(page->cfg->ctx));
	write_uint(out, SN_FAMILY_WORKERS, page->cfg->nworkers);
	write_uint(out, SN_FAMILY_SNAPSHOT, page->snapshot);
	write_uint(out, SN_FAMILY_RELOAD_OK, page->load_ok);
	write_real(out, SN_FAMILY_RELOAD_AT, (double)page->loaded_at / 1e9);
}

void sn_metrics_query(struct sn_survey_query *q)
{
	const uint32_t up = 1u << SN_TARGET_UP | 1u << SN_TARGET_SLOW;
	const uint32_t dead =
		1u << SN_TARGET_DOWN | 1u << SN_TARGET_REFUSED | 1u << SN_TARGET_UNRESOLVED;

	memset(q, 0, sizeof(*q));
	q->nranks = 3;
	q->rank[SN_METRICS_SLOWEST] =
		(struct sn_survey_ranking){SN_SURVEY_BY_DURATION, true, up, SN_METRICS_TOP};
	q->rank[SN_METRICS_MOST_RETRIES] =
		(struct sn_survey_ranking){SN_SURVEY_BY_RETRIES, true, 0, SN_METRICS_TOP};
	q->rank[SN_METRICS_DEAD_LONGEST] =
		(struct sn_survey_ranking){SN_SURVEY_BY_SUCCESS, false, dead, SN_METRICS_TOP};
}

static void write_states(FILE *out, const struct sn_metrics_page *page)
{
	const char *name = sn_metrics_begin(out, SN_FAMILY_TARGETS);

	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		enum sn_target_state state = (enum sn_target_state)i;
		const struct sn_metrics_label label = {"state", sn_target_state_name(state)};

		sn_metrics_uint(out, name, (struct sn_metrics_labels){&label, 1},
				sn_survey_total(page->survey, state));
	}
	name = sn_metrics_begin(out, SN_FAMILY_WORKER_TARGETS);
	for (unsigned w = 0; w < page->cfg->nworkers; w++) {
		uint64_t n = 0;
		char number[16];
		const struct sn_metrics_label label = {"worker", number};

		snprintf(number, sizeof(number), "%u", w);
		for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
			n += sn_survey_worker_total(page->survey, w, (enum sn_target_state)i);
		}
		sn_metrics_uint(out, name, (struct sn_metrics_labels){&label, 1}, n);
	}
}

/* What a row is worth in its list; negative: it does not belong there. */
static double worth(const struct sn_metrics_page *page, unsigned rank,
		    const struct sn_survey_row *row)
{
	const struct sn_status *st = &row->status;
	uint64_t now_s = page->now / SN_NS_PER_SEC;

	switch (rank) {
	case SN_METRICS_SLOWEST:
		return (double)st->duration_us / 1e6;
	case SN_METRICS_MOST_RETRIES:
		return st->retries ? st->retries : -1;
	default:
		return now_s > st->good_at ? (double)(now_s - st->good_at) : 0;
	}
}

static void write_top(FILE *out, const struct sn_metrics_page *page, unsigned rank,
		      enum sn_family id)
{
	const char *name = sn_metrics_begin(out, id);
	const struct sn_survey_row *rows[SN_METRICS_TOP];
	uint32_t n = sn_survey_rows(page->survey, rank, 0, rows, SN_METRICS_TOP);

	for (uint32_t i = 0; i < n; i++) {
		const struct sn_metrics_label labels[] = {{"instance", rows[i]->instance},
							  {"module", rows[i]->modules}};
		double v = worth(page, rank, rows[i]);

		if (v >= 0) {
			sn_metrics_real(out, name, (struct sn_metrics_labels){labels, 2}, v);
		}
	}
}

static void write_survey(FILE *out, const struct sn_metrics_page *page)
{
	if (!page->survey) {
		return;
	}
	write_states(out, page);
	write_real(out, SN_FAMILY_SURVEY_AT, (double)page->survey_at / 1e9);
	write_top(out, page, SN_METRICS_SLOWEST, SN_FAMILY_TOP_DURATION);
	write_top(out, page, SN_METRICS_MOST_RETRIES, SN_FAMILY_TOP_RETRIES);
	write_top(out, page, SN_METRICS_DEAD_LONGEST, SN_FAMILY_TOP_DEAD);
}

static void write_scrapes(FILE *out, const struct sn_scrape_stats *st)
{
	write_uint(out, SN_FAMILY_SNMP_REQUESTS, st->requests);
	write_uint(out, SN_FAMILY_SNMP_REFUSED, st->refused);
	write_uint(out, SN_FAMILY_SNMP_FAILED, st->failed);
	write_uint(out, SN_FAMILY_SNMP_OPEN, st->open);
	write_uint(out, SN_FAMILY_SNMP_DUPLICATES, st->duplicates);
}

static void write_http(FILE *out, const struct sn_http_stats *st)
{
	const char *name;

	write_uint(out, SN_FAMILY_HTTP_CONNECTIONS, st->open);
	write_uint(out, SN_FAMILY_HTTP_ACCEPTED, st->connections);
	write_uint(out, SN_FAMILY_HTTP_REQUESTS, st->requests);
	name = sn_metrics_begin(out, SN_FAMILY_HTTP_REPLIES);
	for (unsigned i = 2; i < sizeof(st->replies) / sizeof(st->replies[0]); i++) {
		char code[16];
		const struct sn_metrics_label label = {"code", code};

		snprintf(code, sizeof(code), "%uxx", i);
		sn_metrics_uint(out, name, (struct sn_metrics_labels){&label, 1}, st->replies[i]);
	}
	write_uint(out, SN_FAMILY_HTTP_AUTH, st->auth_failures);
}

static void write_process(FILE *out)
{
	struct sn_process p;

	sn_process_read(&p);
	write_real(out, SN_FAMILY_CPU, p.cpu_s);
	write_real(out, SN_FAMILY_START, p.start_s);
	write_uint(out, SN_FAMILY_RESIDENT, p.resident);
	write_uint(out, SN_FAMILY_VIRTUAL, p.virtual_size);
	write_uint(out, SN_FAMILY_OPEN_FDS, p.open_fds);
	write_real(out, SN_FAMILY_MAX_FDS, (double)p.max_fds);
	write_uint(out, SN_FAMILY_THREADS, p.threads);
}

void sn_metrics_page_write(FILE *out, const struct sn_metrics_page *page)
{
	write_self(out, page);
	write_survey(out, page);
	sn_metrics_write_workers(out, page->cfg);
	sn_metrics_write_rounds(out, page->cfg);
	sn_metrics_write_modules(out, page->cfg);
	sn_metrics_write_outputs(out, page->cfg);
	write_scrapes(out, &page->scrapes);
	write_http(out, &page->http);
	write_process(out);
}

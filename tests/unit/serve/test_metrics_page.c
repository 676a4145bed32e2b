/*
 * /metrics: every family of the table with its samples, in a format that readers take, and
 * docs/METRICS.md is what the tables say. With SONDE_UPDATE_DOCS=1 in the environment that page is
 * written instead. Behaviour of serve/metrics_page.h.
 */
#include "serve/metrics_page.h"

#include "base/clock.h"
#include "serve/families.h"
#include "support/metrics_doc.h"
#include "support/postbox.h"
#include "support/pump_rig.h"
#include "support/roster.h"
#include "support/suite.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WORKERS = 2, EACH = 20 };

static struct roster r[WORKERS];
static struct sn_serve_worker workers[WORKERS];
static struct sn_pump *pumps[1];
static struct probe probe;
static char text[1 << 20];

static bool is_ready(void *ctx)
{
	(void)ctx;
	return true;
}

static struct sn_serve_config cfg = {.workers = workers,
				     .pumps = pumps,
				     .nworkers = WORKERS,
				     .npumps = 1,
				     .version = "1.2.3",
				     .ready = is_ready};

static struct sn_metrics_page page = {.cfg = &cfg,
				      .now = 2000 * SN_NS_PER_SEC,
				      .survey_at = 1999 * SN_NS_PER_SEC,
				      .snapshot = 7,
				      .loaded_at = 1000 * SN_NS_PER_SEC,
				      .load_ok = true,
				      .scrapes = {9, 2, 3, 1, 6},
				      .http = {.requests = 5, .replies = {0, 0, 4, 0, 1, 0}}};

static void open_all(void)
{
	probe_init(&probe);
	pumps[0] = rig_start(&probe, WORKERS, 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		roster_open(&r[i], EACH, i, WORKERS);
		workers[i] = roster_worker(&r[i]);
	}
}

static void close_all(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		sn_tallies_fini(&r[i].c.tallies);
		roster_close(&r[i]);
	}
	rig_stop(pumps[0], &probe, SN_NS_PER_SEC);
	probe_fini(&probe);
}

static void write_page(void)
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(out);
	sn_metrics_page_write(out, &page);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
}

static void survey(void)
{
	struct sn_survey_query q;
	struct sn_survey *s;
	int fd = eventfd(0, EFD_NONBLOCK);

	sn_metrics_query(&q);
	s = sn_survey_start(&q, workers, WORKERS, fd);
	ck_assert_ptr_nonnull(s);
	while (!sn_survey_done(s)) {
		roster_turn(&r[0]);
		roster_turn(&r[1]);
	}
	page.survey = s;
	close(fd);
}

static void has(const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "%s\nis not in\n%s", part, text);
}

static void lacks(const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "%s\nis in\n%s", part, text);
}

START_TEST(every_family_of_the_tables_is_on_the_page_once)
{
	char line[512];

	open_all();
	sn_tallies_add(&r[0].c.tallies, &(struct sn_round){.modules = "m"}, 0);
	survey();
	write_page();
	for (unsigned i = 0; i < SN_FAMILIES; i++) {
		struct sn_family_info f = sn_family_get((enum sn_family)i);
		const char *first;

		snprintf(line, sizeof(line), "# HELP %s %s.\n# TYPE %s %s\n", f.name, f.help,
			 f.name, f.type);
		first = strstr(text, line);
		ck_assert_msg(first != NULL, "%s", line);
		ck_assert_msg(strstr(first + 1, line) == NULL, "twice: %s", line);
	}
	for (unsigned i = 0; i < SN_COUNTER_COUNT; i++) {
		bool agents = i >= SN_C_AGENT_GETS && i <= SN_C_AGENT_FAULTS;

		snprintf(line, sizeof(line), "\nsonde_%s{worker=\"1\"} ",
			 sn_counter_name((enum sn_counter)i));
		ck_assert_msg((strstr(text, line) != NULL) != agents, "%s", line);
	}
	sn_survey_free((struct sn_survey *)(uintptr_t)page.survey);
	close_all();
}
END_TEST

START_TEST(losses_of_messages_are_told_by_reason)
{
	struct sn_pump *stream;
	struct postbox box;
	struct rig_worker w;

	open_all();
	stream = pumps[0];
	postbox_init(&box);
	box.fate = SN_LOSS_TOPIC;
	pumps[0] = rig_start_sink(box.sink, 1, 0, 0);
	rig_worker_init(&w, pumps[0], 0);
	rig_emit(&w, 7, 0);
	sn_outputs_flush(w.outs, 0, true);
	postbox_wait(&box, &box.n, 1);
	do {
		write_page();
	} while (!strstr(text, "rows_lost_total{output=\"0\",sink=\"postbox\"} 7\n"));
	has("records_lost_total{output=\"0\",sink=\"postbox\",reason=\"topic\"} 7\n");
	has("records_lost_total{output=\"0\",sink=\"postbox\",reason=\"timeout\"} 0\n");
	has("messages_lost_total{output=\"0\",sink=\"postbox\",reason=\"topic\"} 1\n");
	has("sonde_output_rows_in_flight{output=\"0\",sink=\"postbox\"} 0\n");
	lacks("sonde_kafka_brokers{");
	rig_worker_fini(&w);
	sn_pump_stop(pumps[0], SN_NS_PER_SEC, NULL);
	postbox_fini(&box);
	pumps[0] = stream;
	write_page();
	lacks("reason=");
	close_all();
}
END_TEST

START_TEST(counters_are_those_of_each_worker)
{
	open_all();
	sn_counter_add(&r[0].w.counters, SN_C_REQUESTS, 11);
	sn_counter_add(&r[1].w.counters, SN_C_REQUESTS, 22);
	sn_hist_add(&r[0].c.lateness, 5 * SN_NS_PER_MS);
	sn_hist_add(&r[1].c.lateness, 7 * SN_NS_PER_SEC);
	write_page();
	has("sonde_requests_total{worker=\"0\"} 11\nsonde_requests_total{worker=\"1\"} 22\n");
	has("# TYPE sonde_in_flight gauge\n");
	has("sonde_round_lateness_seconds_bucket{le=\"1\"} 1\n");
	has("sonde_round_lateness_seconds_sum 7.005\nsonde_round_lateness_seconds_count 2\n");
	has("sonde_round_duration_seconds_count 0\n");
	has("sonde_build_info{version=\"1.2.3\"} 1\n");
	has("sonde_config_snapshot 7\n");
	has("sonde_config_last_reload_success_timestamp_seconds 1000\n");
	has("sonde_http_replies_total{code=\"2xx\"} 4\n");
	has("sonde_http_replies_total{code=\"4xx\"} 1\n");
	has("\nsonde_snmp_requests_total 9\n");
	has("\nsonde_snmp_requests_refused_total 2\n");
	has("\nsonde_snmp_requests_failed_total 3\n");
	has("\nsonde_snmp_requests_in_flight 1\n");
	has("\nsonde_snmp_duplicate_series_total 6\n");
	has("\nsonde_ready 1\n");
	/* without a survey there is nothing about targets */
	lacks("sonde_targets");
	lacks("sonde_top_");
	close_all();
}
END_TEST

START_TEST(modules_are_added_up_over_workers)
{
	struct sn_round a = {.modules = "if_mib", .rows = 48, .duration_ns = 1500 * SN_NS_PER_MS};
	struct sn_round b = {.modules = "if_mib,system", .status = SN_ROUND_TIMEOUT, .timeouts = 1};

	open_all();
	sn_tallies_add(&r[0].c.tallies, &a, 0);
	sn_tallies_add(&r[1].c.tallies, &a, 2);
	sn_tallies_add(&r[1].c.tallies, &b, 0);
	write_page();
	has("sonde_module_rounds_total{module=\"if_mib\",result=\"ok\"} 2\n"
	    "sonde_module_rounds_total{module=\"if_mib\",result=\"partial\"} 0\n"
	    "sonde_module_rounds_total{module=\"if_mib\",result=\"failed\"} 0\n"
	    "sonde_module_rounds_total{module=\"if_mib\",result=\"cancelled\"} 0\n"
	    "sonde_module_rounds_total{module=\"if_mib,system\",result=\"ok\"} 0\n"
	    "sonde_module_rounds_total{module=\"if_mib,system\",result=\"partial\"} 0\n"
	    "sonde_module_rounds_total{module=\"if_mib,system\",result=\"failed\"} 1\n");
	has("sonde_module_rows_total{module=\"if_mib\"} 96\n");
	has("sonde_module_agent_errors_total{module=\"if_mib\"} 2\n");
	has("sonde_module_timeouts_total{module=\"if_mib,system\"} 1\n");
	has("sonde_module_round_duration_seconds_total{module=\"if_mib\"} 3\n");
	close_all();
}
END_TEST

START_TEST(outputs_are_told_with_their_sinks)
{
	static struct rig_worker w;

	open_all();
	rig_worker_init(&w, pumps[0], 0);
	rig_emit(&w, 3, 0);
	rig_worker_fini(&w);
	write_page();
	has("sonde_output_rows_encoded_total{output=\"0\",sink=\"");
	has("\"} 3\n");
	has("sonde_output_up{output=\"0\",sink=\"");
	close_all();
}
END_TEST

START_TEST(lists_have_ten_targets_at_most_and_the_right_ones)
{
	unsigned lines = 0;

	open_all();
	for (uint32_t i = 0; i < WORKERS * EACH; i++) {
		struct sn_status *st = &r[i % WORKERS].target[i / WORKERS].status;

		st->state = (uint8_t)(i < 30 ? SN_TARGET_UP : SN_TARGET_DOWN);
		st->duration_us = i == 39 ? 99000000 : i * 1000;
		st->retries = (uint16_t)(i == 12 || i == 33 ? i : 0);
		st->good_at = 1900 - i;
	}
	survey();
	write_page();
	has("sonde_targets{state=\"up\"} 30\n");
	has("sonde_targets{state=\"down\"} 10\n");
	has("sonde_worker_targets{worker=\"1\"} 20\n");
	has("sonde_targets_survey_timestamp_seconds 1999\n");
	/* one that is down is not slow */
	has("sonde_top_round_duration_seconds{instance=\"t0000029\",module=\"if_mib\"} 0.029\n");
	lacks("sonde_top_round_duration_seconds{instance=\"t0000039\"");
	lacks("sonde_top_round_duration_seconds{instance=\"t0000019\"");
	has("sonde_top_round_retries{instance=\"t0000033\",module=\"if_mib\"} 33\n"
	    "sonde_top_round_retries{instance=\"t0000012\",module=\"if_mib\"} 12\n#");
	has("sonde_top_dead_seconds{instance=\"t0000039\",module=\"if_mib\"} 139\n");
	lacks("sonde_top_dead_seconds{instance=\"t0000029\"");
	for (const char *p = text; (p = strstr(p, "\nsonde_top_")); p++) {
		lines++;
	}
	ck_assert_uint_eq(lines, 10 + 2 + 10);
	sn_survey_free((struct sn_survey *)(uintptr_t)page.survey);
	close_all();
}
END_TEST

START_TEST(names_are_unique_and_need_no_escapes)
{
	for (unsigned i = 0; i < SN_FAMILIES; i++) {
		struct sn_family_info f = sn_family_get((enum sn_family)i);

		ck_assert_uint_eq(strspn(f.name, "abcdefghijklmnopqrstuvwxyz_"), strlen(f.name));
		ck_assert(strpbrk(f.help, "\\\n|") == NULL);
		ck_assert_int_ne(f.help[strlen(f.help) - 1], '.');
		for (unsigned k = 0; k < i; k++) {
			ck_assert_str_ne(sn_family_get((enum sn_family)k).name, f.name);
		}
		for (unsigned k = 0; k < SN_COUNTER_COUNT; k++) {
			ck_assert_str_ne(sn_counter_name((enum sn_counter)k),
					 f.name + strlen("sonde_"));
		}
	}
}
END_TEST

START_TEST(the_page_of_the_documentation_is_what_the_tables_say)
{
	const char *source = getenv("SONDE_SOURCE_DIR");
	static char made[1 << 16];
	char path[4096];
	FILE *f = fmemopen(made, sizeof(made), "w");
	size_t n;

	ck_assert_ptr_nonnull(f);
	metrics_doc_write(f);
	ck_assert_int_eq(fclose(f), 0);
	snprintf(path, sizeof(path), "%s/docs/METRICS.md", source ? source : ".");
	if (getenv("SONDE_UPDATE_DOCS")) {
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fputs(made, f);
		ck_assert_int_eq(fclose(f), 0);
	}
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s is missing", path);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	ck_assert_msg(strcmp(text, made) == 0,
		      "docs/METRICS.md differs from the tables: run this test with "
		      "SONDE_UPDATE_DOCS=1 and commit the page");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_family_of_the_tables_is_on_the_page_once,
				      losses_of_messages_are_told_by_reason,
				      counters_are_those_of_each_worker,
				      modules_are_added_up_over_workers,
				      outputs_are_told_with_their_sinks,
				      lists_have_ten_targets_at_most_and_the_right_ones,
				      names_are_unique_and_need_no_escapes,
				      the_page_of_the_documentation_is_what_the_tables_say,
				      NULL};

	return suite_run_tests("metrics_page", tests, 0);
}

/*
 * /outputs: what is gathered from pumps, and written as JSON and for people; nothing that a device
 * or a broker said can be more than text. Behaviour of serve/outputs_page.h.
 */
#include "serve/outputs_page.h"

#include "base/clock.h"
#include "support/postbox.h"
#include "support/pump_rig.h"
#include "support/suite.h"

#include <string.h>

#define NOW UINT64_C(1795377600)

static char text[1 << 16];

static struct sn_output_loss losses[] = {
	{.target = (char[]){"<b>core-1</b>"}, .rows = 900, .rounds = 9, .messages = 27},
	{.target = (char[]){""}, .rows = 11, .messages = 4},
};

static struct sn_output_view views[] = {
	{.report = {.label = "file a&b.json",
		    .format = "json",
		    .state = SN_ENOSPC,
		    .memory = 65536,
		    .memory_max = 64 << 20,
		    .error_at = (NOW - 5) * SN_NS_PER_SEC,
		    .error = "no space left on <device>"},
	 .stats = {.rows_encoded = 100,
		   .rows_written = 60,
		   .rows_lost = 10,
		   .rows_dropped = 3,
		   .rounds_encoded = 8,
		   .rounds_written = 7,
		   .bytes_written = 12345,
		   .errors = 2}},
	{.report = {.label = "kafka snmp",
		    .format = "avro",
		    .messages = true,
		    .memory_max = 256 << 20},
	 .kafka = true,
	 .figures = {[SN_KAFKA_BROKERS] = 3, [SN_KAFKA_BROKERS_UP] = 2, [SN_KAFKA_RTT_US] = 1500},
	 .stats = {.rows_encoded = 1000,
		   .rows_written = 500,
		   .rows_waiting = 400,
		   .rounds_encoded = 10,
		   .rounds_waiting = 4,
		   .messages_written = 50,
		   .messages_lost = {[SN_LOSS_TOO_LARGE] = 2, [SN_LOSS_SPOOL_FULL] = 7},
		   .spools = true,
		   .spool = {.working = true,
			     .messages_waiting = 41,
			     .messages_spooled = 77,
			     .messages_recovered = 5,
			     .rows_recovered = 55,
			     .bytes = 3 << 20,
			     .max_bytes = UINT64_C(4) << 30,
			     .oldest_ms = (NOW - 90) * 1000,
			     .lost_rows = {[SN_SPOOL_FULL] = 911},
			     .lost_messages = {[SN_SPOOL_FULL] = 31}}},
	 .losses = losses,
	 .nlosses = 2,
	 .targets = 12},
};

static const struct sn_outputs_page page = {.outputs = views, .n = 2, .now = NOW * SN_NS_PER_SEC};

static void written(void (*how)(FILE *out, const struct sn_outputs_page *page),
		    const struct sn_outputs_page *what)
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(out);
	how(out, what);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
}

static void has(const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "%s\nis not in\n%s", part, text);
}

static void lacks(const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "%s\nis in\n%s", part, text);
}

START_TEST(json_has_all_of_every_output)
{
	written(sn_outputs_json_write, &page);
	has("{\"now\":1795377600,\"outputs\":[\n{\"output\":0,\"sink\":\"file a&b.json\","
	    "\"format\":\"json\",\"state\":\"down\",\"last_error\":{\"at\":1795377595,\"text\":"
	    "\"no space left on <device>\"},\"memory\":{\"bytes\":65536,\"max_bytes\":67108864},"
	    "\"rows\":{\"encoded\":100,\"written\":60,\"in_flight\":30,\"in_spool\":0,\"lost\":10,"
	    "\"dropped\":3},\"round_records\":{\"encoded\":8,\"written\":7,\"in_flight\":1,"
	    "\"in_spool\":0,\"lost\":0,\"dropped\":0},\"bytes_written\":12345,\"errors\":2},\n");
	has("{\"output\":1,\"sink\":\"kafka snmp\",\"format\":\"avro\",\"state\":\"up\","
	    "\"last_error\":null,");
	has("\"rows\":{\"encoded\":1000,\"written\":500,\"in_flight\":100,\"in_spool\":400,");
	has(",\"messages\":{\"written\":50,\"lost\":{\"too_large\":2,\"spool_full\":7}}");
	has(",\"kafka\":{\"producers\":0,\"requeued\":0,");
	has(",\"brokers\":3,\"brokers_up\":2,\"rtt_us\":1500,");
	has(",\"spool\":{\"working\":true,\"lag_s\":90.000,\"bytes\":3145728,"
	    "\"max_bytes\":4294967296,");
	has(",\"messages_waiting\":41,\"messages_spooled\":77,");
	has(",\"messages_recovered\":5,\"rows_recovered\":55,");
	has(",\"lost\":{\"full\":{\"messages\":31,\"rows\":911,\"round_records\":0},\"age\":{");
	has("\"unwritten\":{\"messages\":0,\"rows\":0,\"round_records\":0}}}");
	has(",\"losses\":{\"targets\":12,\"largest\":[\n{\"instance\":\"<b>core-1</b>\","
	    "\"rows\":900,\"round_records\":9,\"messages\":27},\n{\"instance\":\"\",\"rows\":11,"
	    "\"round_records\":0,\"messages\":4}]}}]}\n");
}
END_TEST

START_TEST(people_get_a_document_in_which_everything_is_text)
{
	written(sn_outputs_html_write, &page);
	has("<title>Outputs</title>");
	has("<td class=\"state down\">down</td><td>file a&amp;b.json</td><td>json</td>");
	has("no space left on &lt;device&gt;");
	has("<td class=\"n\">64.0 KiB of 64.0 MiB</td>");
	has("<td class=\"n\">2 of 3</td>");
	has("<td class=\"n\">1.5 ms</td>");
	has("<h2>Spool of output 1</h2>");
	has("<td class=\"state up\">working</td><td class=\"n\">3.0 MiB of 4.0 GiB</td>"
	    "<td class=\"n\">41</td><td class=\"n\">90 s</td>");
	has("the largest 2 of 12");
	has("<tr><td>&lt;b&gt;core-1&lt;/b&gt;</td><td class=\"n\">900</td>");
	has("<span class=\"dim\">all others</span>");
	lacks("<device>");
	lacks("<b>core");
	lacks("Spool of output 0");
}
END_TEST

START_TEST(a_spool_that_fails_and_a_reader_that_is_gone_are_seen)
{
	struct sn_output_view v[] = {views[0], views[1]};
	const struct sn_outputs_page other = {.outputs = v, .n = 2, .now = page.now};

	v[0].report.state = SN_EPIPE;
	v[1].stats.spool.working = false;
	v[1].stats.spool.oldest_ms = 0;
	written(sn_outputs_html_write, &other);
	has(">closed</td>");
	has("<td class=\"state down\">not working</td>");
	has("<td class=\"n\">0 s</td>");
	written(sn_outputs_json_write, &other);
	has("\"state\":\"closed\"");
	has("\"spool\":{\"working\":false,\"lag_s\":0.000,");
}
END_TEST

START_TEST(sums_that_were_not_read_at_one_moment_are_never_negative)
{
	const struct sn_pump_stats st = {.rows_encoded = 9, .rows_written = 9, .rows_waiting = 1};

	ck_assert_uint_eq(sn_outputs_rows_in_flight(&st), 0);
	ck_assert_uint_eq(sn_outputs_rounds_in_flight(&st), 0);
}
END_TEST

START_TEST(a_pump_tells_its_last_error_and_the_memory_in_use)
{
	struct sn_pump *pump;
	struct probe probe;
	struct rig_worker w;
	struct sn_outputs_page seen;
	struct sn_serve_config cfg = {.pumps = &pump, .npumps = 1};
	const struct sn_pump_report *r;

	probe_init(&probe);
	pump = rig_start(&probe, 1, 0);
	rig_worker_init(&w, pump, 0);
	ck_assert_int_eq(sn_outputs_page_init(&seen, &cfg, 10), SN_OK);
	r = &seen.outputs[0].report;
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_str_eq(r->format, "influx");
	ck_assert_int_eq(r->state, SN_OK);
	ck_assert_uint_eq(r->error_at, 0);
	ck_assert_uint_eq(r->memory, 0);
	ck_assert_uint_gt(r->memory_max, RIG_BUFFER);
	ck_assert(!r->messages && !seen.outputs[0].kafka && !seen.outputs[0].stats.spools);
	sn_outputs_page_fini(&seen);

	probe_fail(&probe, SN_ENOSPC, 1);
	rig_emit(&w, 3, 0);
	ck_assert_int_eq(sn_outputs_page_init(&seen, &cfg, 10), SN_OK);
	ck_assert_uint_ge(seen.outputs[0].report.memory, RIG_BUFFER);
	sn_outputs_page_fini(&seen);
	sn_outputs_flush(w.outs, 0, true);
	probe_wait(&probe, &probe.writes, 2);
	rig_worker_fini(&w);
	ck_assert_int_eq(sn_outputs_page_init(&seen, &cfg, 10), SN_OK);
	r = &seen.outputs[0].report;
	ck_assert_str_eq(r->error, "No space left on device");
	ck_assert_uint_le(r->error_at, seen.now);
	ck_assert_uint_gt(r->error_at, seen.now - 60 * SN_NS_PER_SEC);
	sn_outputs_page_fini(&seen);
	rig_stop(pump, &probe, SN_NS_PER_SEC);
	probe_fini(&probe);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {json_has_all_of_every_output,
				      people_get_a_document_in_which_everything_is_text,
				      a_spool_that_fails_and_a_reader_that_is_gone_are_seen,
				      sums_that_were_not_read_at_one_moment_are_never_negative,
				      a_pump_tells_its_last_error_and_the_memory_in_use,
				      NULL};

	return suite_run_tests("outputs_page", tests, 0);
}

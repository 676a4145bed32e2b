/*
 * /outputs as JSON, see outputs_page.h and docs/HTTP.md. Called by pages.c on its thread.
 */
#include "base/clock.h"
#include "page/escape.h"
#include "serve/outputs_page.h"

#include <ctype.h>
#include <inttypes.h>

static void write_uint(FILE *out, const char *before, const char *name, uint64_t v)
{
	fprintf(out, "%s\"%s\":%" PRIu64, before, name, v);
}

static void write_state(FILE *out, const struct sn_pump_report *r)
{
	const char *state = r->state == SN_OK ? "up" : r->state == SN_EPIPE ? "closed" : "down";

	fprintf(out, ",\"format\":\"%s\",\"state\":\"%s\",\"last_error\":", r->format, state);
	if (r->error_at) {
		fprintf(out, "{\"at\":%" PRIu64 ",\"text\":", r->error_at / SN_NS_PER_SEC);
		sn_escape_json(out, r->error);
		fputc('}', out);
	} else {
		fputs("null", out);
	}
	fprintf(out, ",\"memory\":{\"bytes\":%" PRIu64 ",\"max_bytes\":%" PRIu64 "}", r->memory,
		r->memory_max);
}

static void write_counts(FILE *out, const struct sn_pump_stats *st)
{
	write_uint(out, ",\"rows\":{", "encoded", st->rows_encoded);
	write_uint(out, ",", "written", st->rows_written);
	write_uint(out, ",", "in_flight", sn_outputs_rows_in_flight(st));
	write_uint(out, ",", "in_spool", st->rows_waiting);
	write_uint(out, ",", "lost", st->rows_lost);
	write_uint(out, ",", "dropped", st->rows_dropped);
	write_uint(out, "},\"round_records\":{", "encoded", st->rounds_encoded);
	write_uint(out, ",", "written", st->rounds_written);
	write_uint(out, ",", "in_flight", sn_outputs_rounds_in_flight(st));
	write_uint(out, ",", "in_spool", st->rounds_waiting);
	write_uint(out, ",", "lost", st->rounds_lost);
	write_uint(out, ",", "dropped", st->rounds_dropped);
	write_uint(out, "},", "bytes_written", st->bytes_written);
	write_uint(out, ",", "errors", st->errors);
}

/* By reason; of all reasons only those that there were. */
static void write_reasons(FILE *out, const struct sn_pump_stats *st)
{
	const char *comma = "";

	write_uint(out, ",\"messages\":{", "written", st->messages_written);
	fputs(",\"lost\":{", out);
	for (unsigned i = 0; i < SN_LOSSES; i++) {
		if (st->messages_lost[i]) {
			write_uint(out, comma, sn_outputs_reasons[i], st->messages_lost[i]);
			comma = ",";
		}
	}
	fputs("}}", out);
}

static void write_kafka(FILE *out, const struct sn_output_view *view)
{
	static const char *const names[] = {
#define FIGURE_NAME(id, help) #id,
		SN_KAFKA_FIGURE_TABLE(FIGURE_NAME)
#undef FIGURE_NAME
	};
	const char *before = ",\"kafka\":{\"";

	for (unsigned i = 0; i < SN_KAFKA_FIGURES; i++) {
		fputs(before, out);
		for (const char *c = names[i]; *c; c++) {
			fputc(tolower((unsigned char)*c), out);
		}
		fprintf(out, "\":%" PRIu64, view->figures[i]);
		before = ",\"";
	}
	fputc('}', out);
}

static void write_spool(FILE *out, const struct sn_spooler_stats *st, uint64_t now)
{
	fprintf(out, ",\"spool\":{\"working\":%s,\"lag_s\":%.3f", st->working ? "true" : "false",
		sn_outputs_lag(st, now));
	write_uint(out, ",", "bytes", st->bytes);
	write_uint(out, ",", "max_bytes", st->max_bytes);
	write_uint(out, ",", "segments", st->segments);
	write_uint(out, ",", "messages_waiting", st->messages_waiting);
	write_uint(out, ",", "messages_spooled", st->messages_spooled);
	write_uint(out, ",", "rows_spooled", st->rows_spooled);
	write_uint(out, ",", "round_records_spooled", st->rounds_spooled);
	write_uint(out, ",", "messages_found", st->messages_found);
	write_uint(out, ",", "messages_recovered", st->messages_recovered);
	write_uint(out, ",", "rows_recovered", st->rows_recovered);
	write_uint(out, ",", "round_records_recovered", st->rounds_recovered);
	write_uint(out, ",", "messages_refused", st->messages_refused);
	write_uint(out, ",", "messages_bypassed", st->messages_bypassed);
	write_uint(out, ",", "commits", st->commits);
	write_uint(out, ",", "disk_errors", st->errors);
	write_uint(out, ",", "torn_bytes", st->torn_bytes);
	write_uint(out, ",", "foreign_files", st->foreign);
	fputs(",\"lost\":{", out);
	for (unsigned i = 0; i < SN_SPOOL_CAUSES; i++) {
		fprintf(out,
			"%s\"%s\":{\"messages\":%" PRIu64 ",\"rows\":%" PRIu64
			",\"round_records\":%" PRIu64 "}",
			i ? "," : "", sn_outputs_causes[i], st->lost_messages[i], st->lost_rows[i],
			st->lost_rounds[i]);
	}
	fputs("}}", out);
}

static void write_losses(FILE *out, const struct sn_output_view *view)
{
	fprintf(out, ",\"losses\":{\"targets\":%" PRIu32 ",\"largest\":[", view->targets);
	for (uint32_t i = 0; i < view->nlosses; i++) {
		const struct sn_output_loss *l = &view->losses[i];

		fputs(i ? ",\n{\"instance\":" : "\n{\"instance\":", out);
		sn_escape_json(out, l->target);
		fprintf(out,
			",\"rows\":%" PRIu64 ",\"round_records\":%" PRIu64 ",\"messages\":%" PRIu64
			"}",
			l->rows, l->rounds, l->messages);
	}
	fputs("]}", out);
}

void sn_outputs_json_write(FILE *out, const struct sn_outputs_page *page)
{
	fprintf(out, "{\"now\":%" PRIu64 ",\"outputs\":[", page->now / SN_NS_PER_SEC);
	for (unsigned i = 0; i < page->n; i++) {
		const struct sn_output_view *view = &page->outputs[i];

		fprintf(out, "%s{\"output\":%u,\"sink\":", i ? ",\n" : "\n", i);
		sn_escape_json(out, view->report.label);
		write_state(out, &view->report);
		write_counts(out, &view->stats);
		if (view->report.messages) {
			write_reasons(out, &view->stats);
		}
		if (view->kafka) {
			write_kafka(out, view);
		}
		if (view->stats.spools) {
			write_spool(out, &view->stats.spool, page->now);
			write_losses(out, view);
		}
		fputc('}', out);
	}
	fputs("]}\n", out);
}

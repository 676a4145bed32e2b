/*
 * /outputs as a page for people, see outputs_page.h. Called by pages.c on its thread.
 */
#include "base/clock.h"
#include "page/escape.h"
#include "page/html.h"
#include "serve/outputs_page.h"

#include <inttypes.h>
#include <time.h>

static void write_cell(FILE *out, uint64_t v)
{
	fprintf(out, "<td class=\"n\">%" PRIu64 "</td>", v);
}

/* Bytes with a unit of three digits or so. */
static void write_bytes(FILE *out, uint64_t v)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double n = (double)v;
	unsigned i = 0;

	while (n >= 1024 && i + 1 < sizeof(units) / sizeof(units[0])) {
		n /= 1024;
		i++;
	}
	fprintf(out, i && n < 100 ? "%.1f %s" : "%.0f %s", n, units[i]);
}

/* So much of so much. */
static void write_share(FILE *out, uint64_t v, uint64_t all)
{
	fputs("<td class=\"n\">", out);
	write_bytes(out, v);
	fputs(" of ", out);
	write_bytes(out, all);
	fputs("</td>", out);
}

static void write_error(FILE *out, const struct sn_pump_report *r)
{
	time_t t = (time_t)(r->error_at / SN_NS_PER_SEC);
	char iso[32];
	struct tm tm;

	fputs("<td class=\"error\">", out);
	if (r->error_at) {
		strftime(iso, sizeof(iso), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
		fprintf(out, "<time datetime=\"%s\">%s</time>: ", iso, iso);
		sn_escape_html(out, r->error);
	}
	fputs("</td>", out);
}

static void write_output(FILE *out, unsigned i, const struct sn_output_view *view)
{
	const struct sn_pump_stats *st = &view->stats;
	const struct sn_pump_report *r = &view->report;
	bool up = r->state == SN_OK;

	fprintf(out, "<tr><td class=\"n\">%u</td><td class=\"state %s\">%s</td><td>", i,
		up ? "up" : "down",
		up		       ? "up"
		: r->state == SN_EPIPE ? "closed"
				       : "down");
	sn_escape_html(out, r->label);
	fprintf(out, "</td><td>%s</td>", r->format);
	write_cell(out, st->rows_written);
	write_cell(out, sn_outputs_rows_in_flight(st));
	write_cell(out, st->rows_waiting);
	write_cell(out, st->rows_lost);
	write_cell(out, st->rows_dropped);
	write_share(out, r->memory, r->memory_max);
	write_error(out, r);
	fputs("</tr>\n", out);
}

static void write_outputs(FILE *out, const struct sn_outputs_page *page)
{
	fputs("<div class=\"scroll\"><table>\n<thead><tr><th class=\"n\">Output</th><th>State</th>"
	      "<th>Sink</th><th>Format</th><th class=\"n\">Rows written</th>"
	      "<th class=\"n\">In memory</th><th class=\"n\">In the spool</th>"
	      "<th class=\"n\">Lost</th><th class=\"n\">Dropped</th><th class=\"n\">Memory</th>"
	      "<th>Last error</th></tr></thead>\n<tbody>\n",
	      out);
	for (unsigned i = 0; i < page->n; i++) {
		write_output(out, i, &page->outputs[i]);
	}
	fputs("</tbody></table></div>\n", out);
}

static bool has_kafka(const struct sn_outputs_page *page)
{
	for (unsigned i = 0; i < page->n; i++) {
		if (page->outputs[i].kafka) {
			return true;
		}
	}
	return false;
}

static void write_kafka(FILE *out, const struct sn_outputs_page *page)
{
	fputs("<h2>Kafka</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
	      "<th class=\"n\">Output</th><th class=\"n\">Brokers up</th>"
	      "<th class=\"n\">Messages written</th><th class=\"n\">Messages in the queue</th>"
	      "<th class=\"n\">Sent</th><th class=\"n\">Retries</th><th class=\"n\">Time-outs</th>"
	      "<th class=\"n\">Connections broken</th><th class=\"n\">Round trip</th>"
	      "<th class=\"n\">Producers</th></tr></thead>\n<tbody>\n",
	      out);
	for (unsigned i = 0; i < page->n; i++) {
		const struct sn_output_view *view = &page->outputs[i];
		const uint64_t *v = view->figures;

		if (!view->kafka) {
			continue;
		}
		fprintf(out,
			"<tr><td class=\"n\">%u</td><td class=\"n\">%" PRIu64 " of %" PRIu64
			"</td>",
			i, v[SN_KAFKA_BROKERS_UP], v[SN_KAFKA_BROKERS]);
		write_cell(out, view->stats.messages_written);
		write_cell(out, v[SN_KAFKA_QUEUE_MESSAGES]);
		fputs("<td class=\"n\">", out);
		write_bytes(out, v[SN_KAFKA_SENT_BYTES]);
		fputs("</td>", out);
		write_cell(out, v[SN_KAFKA_RETRIES]);
		write_cell(out, v[SN_KAFKA_TIMEOUTS]);
		write_cell(out, v[SN_KAFKA_DISCONNECTS]);
		fprintf(out, "<td class=\"n\">%.1f ms</td>", (double)v[SN_KAFKA_RTT_US] / 1e3);
		write_cell(out, v[SN_KAFKA_PRODUCERS]);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void write_loss(FILE *out, const struct sn_output_loss *l)
{
	fputs("<tr><td>", out);
	if (l->target[0]) {
		sn_escape_html(out, l->target);
	} else {
		fputs("<span class=\"dim\">all others</span>", out);
	}
	fputs("</td>", out);
	write_cell(out, l->rows);
	write_cell(out, l->rounds);
	write_cell(out, l->messages);
	fputs("</tr>\n", out);
}

static void write_losses(FILE *out, const struct sn_output_view *view)
{
	fprintf(out,
		"<p>Losses by target, the largest %" PRIu32 " of %" PRIu32 "</p>\n"
		"<div class=\"scroll\"><table>\n<thead><tr><th>Instance</th><th class=\"n\">Rows"
		"</th><th class=\"n\">Round records</th><th class=\"n\">Messages</th></tr>"
		"</thead>\n"
		"<tbody>\n",
		view->nlosses, view->targets);
	for (uint32_t i = 0; i < view->nlosses; i++) {
		write_loss(out, &view->losses[i]);
	}
	fputs("</tbody></table></div>\n", out);
}

static void write_spool(FILE *out, unsigned i, const struct sn_output_view *view, uint64_t now)
{
	const struct sn_spooler_stats *st = &view->stats.spool;

	fprintf(out,
		"<h2>Spool of output %u</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
		"<th>State</th><th class=\"n\">Size</th><th class=\"n\">Messages waiting</th>"
		"<th class=\"n\">Oldest</th><th class=\"n\">Spooled</th>"
		"<th class=\"n\">Recovered</th><th class=\"n\">Disk errors</th>",
		i);
	for (unsigned k = 0; k < SN_SPOOL_CAUSES; k++) {
		fprintf(out, "<th class=\"n\">Lost: %s</th>", sn_outputs_causes[k]);
	}
	fprintf(out, "</tr></thead>\n<tbody>\n<tr><td class=\"state %s\">%s</td>",
		st->working ? "up" : "down", st->working ? "working" : "not working");
	write_share(out, st->bytes, st->max_bytes);
	write_cell(out, st->messages_waiting);
	fprintf(out, "<td class=\"n\">%.0f s</td>", sn_outputs_lag(st, now));
	write_cell(out, st->messages_spooled);
	write_cell(out, st->messages_recovered);
	write_cell(out, st->errors);
	for (unsigned k = 0; k < SN_SPOOL_CAUSES; k++) {
		write_cell(out, st->lost_messages[k]);
	}
	fputs("</tr>\n</tbody></table></div>\n", out);
	if (view->nlosses) {
		write_losses(out, view);
	}
}

void sn_outputs_html_write(FILE *out, const struct sn_outputs_page *page)
{
	sn_html_begin(out, "Outputs");
	fputs("<p id=\"refresh\"></p>\n<div id=\"live\">\n", out);
	write_outputs(out, page);
	if (has_kafka(page)) {
		write_kafka(out, page);
	}
	for (unsigned i = 0; i < page->n; i++) {
		if (page->outputs[i].stats.spools) {
			write_spool(out, i, &page->outputs[i], page->now);
		}
	}
	fputs("</div>\n", out);
	sn_html_end(out);
}

/*
 * /targets as JSON, see targets_page.h and docs/HTTP.md. Called by pages.c on its thread.
 */
#include "page/escape.h"
#include "serve/targets_page.h"

#include <inttypes.h>

static uint64_t sum(const struct sn_targets_page *page)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		n += page->totals[i];
	}
	return n;
}

static void write_head(FILE *out, const struct sn_targets_page *page)
{
	char sort[SN_TARGETS_SORT_MAX];

	fprintf(out, "{\"now\":%" PRIu64 ",\"totals\":{\"all\":%" PRIu64, page->now, sum(page));
	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		fprintf(out, ",\"%s\":%" PRIu64, sn_target_state_name((enum sn_target_state)i),
			page->totals[i]);
	}
	fprintf(out,
		"},\"matched\":%" PRIu64 ",\"offset\":%" PRIu32 ",\"limit\":%" PRIu32
		",\"sort\":\"%s\",\"targets\":[",
		page->matched, page->query->offset, page->query->limit,
		sn_targets_query_sort(page->query, sort));
}

static void write_labels(FILE *out, const struct sn_survey_row *row)
{
	fputs(",\"labels\":{", out);
	for (uint32_t i = 0; i < row->nlabels; i++) {
		fputs(i ? "," : "", out);
		sn_escape_json(out, row->labels[i].name);
		fputc(':', out);
		sn_escape_json(out, row->labels[i].value);
	}
	fputc('}', out);
}

/* Unix s, or null. */
static void write_time(FILE *out, const char *name, bool known, uint32_t at)
{
	if (known) {
		fprintf(out, ",\"%s\":%" PRIu32, name, at);
	} else {
		fprintf(out, ",\"%s\":null", name);
	}
}

static void write_last(FILE *out, const struct sn_status *st)
{
	if (st->state == SN_TARGET_PENDING) {
		fputs(",\"last\":null", out);
		return;
	}
	fprintf(out,
		",\"last\":{\"at\":%" PRIu32 ",\"status\":\"%s\",\"duration_ms\":%" PRIu32
		".%03" PRIu32 ",\"rows\":%" PRIu32 ",\"retries\":%u,\"error\":",
		st->at, sn_round_status_name((enum sn_round_status)st->round),
		st->duration_us / 1000, st->duration_us % 1000, st->rows, st->retries);
	sn_escape_json(out, st->reason);
	fputc('}', out);
}

static void write_row(FILE *out, const struct sn_survey_row *row)
{
	const struct sn_status *st = &row->status;
	char addr[SN_ADDR_TEXT_MAX];

	fputs("{\"instance\":", out);
	sn_escape_json(out, row->instance);
	fprintf(out, ",\"state\":\"%s\",\"modules\":",
		sn_target_state_name((enum sn_target_state)st->state));
	sn_escape_json(out, row->modules);
	fputs(",\"address\":", out);
	sn_escape_json(out, row->resolved ? sn_addr_format(&row->addr, addr, sizeof(addr)) : NULL);
	fprintf(out, ",\"interval_s\":%.9g,\"polling\":%s", (double)row->interval_ns / 1e9,
		row->busy ? "true" : "false");
	write_labels(out, row);
	write_last(out, st);
	write_time(out, "last_success", !st->never && st->good_at, st->good_at);
	fprintf(out, ",\"failures\":%u}", st->failures);
}

void sn_targets_json_write(FILE *out, const struct sn_targets_page *page)
{
	write_head(out, page);
	for (uint32_t i = 0; i < page->n; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_row(out, page->rows[i]);
	}
	fputs("]}\n", out);
}

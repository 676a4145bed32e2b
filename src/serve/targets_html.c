/*
 * /targets for people, see targets_page.h: totals, a filter form, a table whose columns are links
 * that sort by them. Called by pages.c on its thread.
 */
#include "page/escape.h"
#include "page/html.h"
#include "serve/targets_page.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* Seconds. */
#define MINUTE UINT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* What a link to this page changes of the query. */
struct change {
	const char *state; /* NULL: as it is */
	const char *sort;  /* the same */
	uint32_t offset;   /* of the first row */
};

static void write_states(FILE *out, uint32_t states)
{
	const char *comma = "";

	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		if (states >> i & 1) {
			fprintf(out, "%s%s", comma, sn_target_state_name((enum sn_target_state)i));
			comma = ",";
		}
	}
}

/* The href of a link to this page with another state, order or part. */
static void write_link(FILE *out, const struct sn_targets_query *q, const struct change *change)
{
	char sort[SN_TARGETS_SORT_MAX];

	fputs("targets?state=", out);
	if (change->state) {
		fputs(change->state, out);
	} else {
		write_states(out, q->survey.states);
	}
	fputs("&amp;q=", out);
	sn_escape_query(out, q->survey.text);
	fputs("&amp;module=", out);
	sn_escape_query(out, q->survey.module);
	fprintf(out, "&amp;sort=%s&amp;limit=%" PRIu32,
		change->sort ? change->sort : sn_targets_query_sort(q, sort), q->limit);
	if (change->offset) {
		fprintf(out, "&amp;offset=%" PRIu32, change->offset);
	}
}

static void write_tile(FILE *out, const struct sn_targets_page *page, const char *state,
		       const char *title, uint64_t n, bool here)
{
	const struct change change = {.state = state};

	fputs("<li><a href=\"", out);
	write_link(out, page->query, &change);
	fprintf(out, "\" title=\"%s\"%s><b>%" PRIu64 "</b><span class=\"%s\">%s</span></a></li>\n",
		title, here ? " class=\"here\"" : "", n, state, state[0] ? state : "all");
}

static void write_tiles(FILE *out, const struct sn_targets_page *page)
{
	uint32_t states = page->query->survey.states;
	uint64_t all = 0;

	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		all += page->totals[i];
	}
	fputs("<ul class=\"tiles\">\n", out);
	write_tile(out, page, "", "every target", all, states == 0);
	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		enum sn_target_state state = (enum sn_target_state)i;

		write_tile(out, page, sn_target_state_name(state), sn_target_state_help(state),
			   page->totals[i], states == 1u << i);
	}
	fputs("</ul>\n", out);
}

static void write_input(FILE *out, const char *name, const char *title, const char *value)
{
	fprintf(out, "<label>%s<input name=\"%s\" value=\"", title, name);
	sn_escape_html(out, value);
	fputs("\"></label>\n", out);
}

static void write_form(FILE *out, const struct sn_targets_query *q)
{
	char sort[SN_TARGETS_SORT_MAX];

	fputs("<form method=\"get\" action=\"targets\">\n", out);
	write_input(out, "q", "Instance or label contains", q->survey.text);
	write_input(out, "module", "Module", q->survey.module);
	fputs("<label>State<select name=\"state\"><option value=\"\">any</option>\n", out);
	for (unsigned i = 0; i < SN_TARGET_STATES; i++) {
		const char *name = sn_target_state_name((enum sn_target_state)i);

		fprintf(out, "<option value=\"%s\"%s>%s</option>\n", name,
			q->survey.states == 1u << i ? " selected" : "", name);
	}
	fprintf(out,
		"</select></label>\n<label>Rows<input name=\"limit\" size=\"5\" "
		"inputmode=\"numeric\" value=\"%" PRIu32 "\"></label>\n"
		"<input type=\"hidden\" name=\"sort\" value=\"%s\">\n"
		"<button>Show</button>\n<span id=\"refresh\"></span>\n</form>\n",
		q->limit, sn_targets_query_sort(q, sort));
}

/* A column: its key for sorting, or none; numbers and ages begin with the largest. */
struct column {
	const char *title;	/* above it */
	enum sn_survey_key key; /* SN_SURVEY_KEYS: it cannot be sorted by */
	bool number;		/* to the right */
	bool largest_first;	/* when it is chosen */
};

static void write_column(FILE *out, const struct sn_targets_query *q, const struct column *col)
{
	const struct sn_survey_ranking *rank = &q->survey.rank[0];
	bool here = rank->key == col->key;
	bool descending = here ? !rank->descending : col->largest_first;
	char sort[SN_TARGETS_SORT_MAX];
	const struct change change = {.sort = sort};

	fprintf(out, "<th%s%s>", col->number ? " class=\"n\"" : "",
		!here		   ? ""
		: rank->descending ? " aria-sort=\"descending\""
				   : " aria-sort=\"ascending\"");
	if (col->key == SN_SURVEY_KEYS) {
		fprintf(out, "%s</th>", col->title);
		return;
	}
	snprintf(sort, sizeof(sort), "%s%s", descending ? "-" : "", sn_survey_key_name(col->key));
	fputs("<a href=\"", out);
	write_link(out, q, &change);
	fprintf(out, "\">%s%s</a></th>", col->title,
		!here ? "" : (rank->descending ? " &#9660;" : " &#9650;"));
}

static void write_head(FILE *out, const struct sn_targets_query *q)
{
	static const struct column columns[] = {
		{"State", SN_SURVEY_BY_STATE, false, true},
		{"Instance", SN_SURVEY_BY_INSTANCE, false, false},
		{"Last error", SN_SURVEY_BY_ERROR, false, true},
		{"Duration", SN_SURVEY_BY_DURATION, true, true},
		{"Rows", SN_SURVEY_BY_ROWS, true, true},
		{"Retries", SN_SURVEY_BY_RETRIES, true, true},
		{"Failures", SN_SURVEY_BY_FAILURES, true, true},
		{"Last round", SN_SURVEY_BY_LAST, true, false},
		{"Last success", SN_SURVEY_BY_SUCCESS, true, false},
		{"Modules", SN_SURVEY_BY_MODULE, false, false},
		{"Labels", SN_SURVEY_KEYS, false, false},
	};

	fputs("<thead><tr>", out);
	for (unsigned i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		write_column(out, q, &columns[i]);
	}
	fputs("</tr></thead>\n", out);
}

/* How long ago, in a cell whose title is the moment itself. */
static void write_ago(FILE *out, uint64_t now, uint32_t at, bool known)
{
	uint64_t s = now > at ? now - at : 0;
	time_t t = (time_t)at;
	char iso[32];
	struct tm tm;

	if (!known) {
		fputs("<td class=\"n dim\">never</td>", out);
		return;
	}
	strftime(iso, sizeof(iso), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	fprintf(out, "<td class=\"n\"><time datetime=\"%s\" title=\"%s\">", iso, iso);
	if (s < 2 * MINUTE) {
		fprintf(out, "%" PRIu64 " s", s);
	} else if (s < 2 * HOUR) {
		fprintf(out, "%" PRIu64 " min", s / MINUTE);
	} else if (s < 2 * DAY) {
		fprintf(out, "%" PRIu64 " h", s / HOUR);
	} else {
		fprintf(out, "%" PRIu64 " d", s / DAY);
	}
	fputs(" ago</time></td>", out);
}

static void write_error(FILE *out, const struct sn_status *st)
{
	fputs("<td class=\"error\">", out);
	if (st->state != SN_TARGET_PENDING && st->round != SN_ROUND_OK) {
		fprintf(out, "<b>%s</b>", sn_round_status_name((enum sn_round_status)st->round));
		if (st->reason) {
			fputs(": ", out);
			sn_escape_html(out, st->reason);
		}
	}
	fputs("</td>", out);
}

static void write_names(FILE *out, const struct sn_survey_row *row)
{
	fputs("<td>", out);
	sn_escape_html(out, row->modules);
	fputs("</td><td class=\"wrap\">", out);
	for (uint32_t i = 0; i < row->nlabels; i++) {
		fputs("<span class=\"tag\">", out);
		sn_escape_html(out, row->labels[i].name);
		fputc('=', out);
		sn_escape_html(out, row->labels[i].value);
		fputs("</span>", out);
	}
	fputs("</td></tr>\n", out);
}

static void write_row(FILE *out, const struct sn_survey_row *row, uint64_t now)
{
	const struct sn_status *st = &row->status;
	const char *state = sn_target_state_name((enum sn_target_state)st->state);
	char addr[SN_ADDR_TEXT_MAX] = "no address";
	bool polled = st->state != SN_TARGET_PENDING;

	if (row->resolved) {
		sn_addr_format(&row->addr, addr, sizeof(addr));
	}
	fprintf(out, "<tr><td class=\"state %s\">%s</td><td title=\"%s\">", state, state, addr);
	sn_escape_html(out, row->instance);
	fputs("</td>", out);
	write_error(out, st);
	if (polled) {
		fprintf(out,
			"<td class=\"n\">%" PRIu32 ".%" PRIu32 " ms</td><td class=\"n\">%" PRIu32
			"</td><td class=\"n\">%u</td><td class=\"n\">%u</td>",
			st->duration_us / 1000, st->duration_us % 1000 / 100, st->rows, st->retries,
			st->failures);
	} else {
		fputs("<td></td><td></td><td></td><td></td>", out);
	}
	write_ago(out, now, st->at, polled);
	write_ago(out, now, st->good_at, polled && !st->never);
	write_names(out, row);
}

static void write_pages(FILE *out, const struct sn_targets_page *page)
{
	const struct sn_targets_query *q = page->query;
	uint32_t end = q->offset + page->n;

	fputs("<p class=\"pages\">", out);
	if (page->n) {
		fprintf(out, "<span>%" PRIu32 " to %" PRIu32 " of %" PRIu64 "</span>",
			q->offset + 1, end, page->matched);
	} else {
		fprintf(out, "<span>None of %" PRIu64 "</span>", page->matched);
	}
	if (q->offset) {
		const struct change back = {.offset = q->offset > q->limit ? q->offset - q->limit
									   : 0};

		fputs("<a href=\"", out);
		write_link(out, q, &back);
		fputs("\">&#9664; before</a>", out);
	}
	if (end < page->matched && page->n && end + q->limit <= SN_SURVEY_ROWS_MAX) {
		const struct change next = {.offset = end};

		fputs("<a href=\"", out);
		write_link(out, q, &next);
		fputs("\">next &#9654;</a>", out);
	}
	fputs("</p>\n", out);
}

void sn_targets_html_write(FILE *out, const struct sn_targets_page *page)
{
	sn_html_begin(out, "Targets");
	write_form(out, page->query);
	fputs("<div id=\"live\">\n", out);
	write_tiles(out, page);
	fputs("<div class=\"scroll\"><table>\n", out);
	write_head(out, page->query);
	fputs("<tbody>\n", out);
	for (uint32_t i = 0; i < page->n; i++) {
		write_row(out, page->rows[i], page->now);
	}
	fputs("</tbody></table></div>\n", out);
	write_pages(out, page);
	fputs("</div>\n", out);
	sn_html_end(out);
}

/*
 * The result of a load test for programs: one JSON object on stdout, and the histogram as a file.
 * Main thread.
 */
#include "daemon/load_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A text as JSON has it. Names of targets come from outside; what is no plain ASCII is escaped. */
static void print_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			printf("\\%c", c);
		} else if (c < 0x20 || c >= 0x7f) {
			printf("\\u%04x", c);
		} else {
			putchar(c);
		}
	}
	putchar('"');
}

static void print_latency(const struct sn_hdr *h)
{
	static const struct {
		const char *name; /* key */
		double share;
	} rows[] = {{"p50", 0.5},     {"p90", 0.9},	  {"p99", 0.99},
		    {"p99_9", 0.999}, {"p99_99", 0.9999}, {"max", 1.0}};
	uint64_t n = sn_load_get(&h->n);

	printf("{\"count\":%" PRIu64 ",\"min\":%" PRIu64 ",\"mean\":%.0f", n,
	       sn_load_get(&h->least), n ? (double)sn_load_get(&h->sum) / (double)n : 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		printf(",\"%s\":%" PRIu64, rows[i].name, sn_hdr_quantile(h, rows[i].share));
	}
	putchar('}');
}

static void print_statuses(const struct sn_load_tally *t)
{
	const char *comma = "";

	printf("\"status\":{");
	for (unsigned i = 0; i < SN_STATUS_MAX + 2; i++) {
		uint64_t n = sn_load_get(&t->status[i]);

		if (n) {
			printf("%s\"%s\":%" PRIu64, comma,
			       i > SN_STATUS_MAX ? "unknown" : sn_pdu_status_name((int32_t)i), n);
			comma = ",";
		}
	}
	putchar('}');
}

static void print_operations(const struct sn_load *l)
{
	const char *comma = "";

	printf("\"operations\":{");
	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		const struct sn_load_tally *t = &l->result->tally[k];

		if (l->mix.op[k].weight == 0) {
			continue;
		}
		printf("%s\"%s\":{", comma, sn_mix_name((enum sn_mix_kind)k));
		for (unsigned i = 0; i < SN_LOAD_COUNTS; i++) {
			printf("\"%s\":%" PRIu64 ",", sn_load_count_name((enum sn_load_count)i),
			       sn_load_get(&t->count[i]));
		}
		print_statuses(t);
		printf(",\"latency_ns\":");
		print_latency(&t->latency);
		putchar('}');
		comma = ",";
	}
	putchar('}');
}

static void print_reports(const struct sn_load *l)
{
	const char *comma = "";

	printf("\"reports\":{");
	for (int id = SN_C_REPORT_UNSUPPORTED_LEVEL; id <= SN_C_REPORT_OTHER; id++) {
		uint64_t n = sn_load_counter(l, (enum sn_counter)id);

		if (n) {
			printf("%s\"%s\":%" PRIu64, comma, sn_counter_name((enum sn_counter)id), n);
			comma = ",";
		}
	}
	putchar('}');
}

static void print_knee(const struct sn_knee *k)
{
	static const char *const states[] = {[SN_KNEE_RISING] = "interrupted",
					     [SN_KNEE_HALVING] = "interrupted",
					     [SN_KNEE_FOUND] = "found",
					     [SN_KNEE_BELOW] = "below the first step",
					     [SN_KNEE_ABOVE] = "above --max-rate",
					     [SN_KNEE_OURS] = "above what this machine sends"};

	printf("\"knee\":{\"state\":\"%s\",\"good_rate\":%.1f,\"bad_rate\":%.1f},",
	       states[k->state], k->good, k->bad);
}

void sn_load_json_print(const struct sn_load *l, const struct sn_knee *knee)
{
	const struct sn_load_result *r = l->result;
	uint64_t requests = sn_load_result_sum(r, SN_LOAD_REQUESTS);

	printf("{\"targets\":[");
	for (uint32_t i = 0; i < l->ntargets; i++) {
		fputs(i ? "," : "", stdout);
		print_text(l->names[i]);
	}
	printf("],\"loop\":\"%s\",\"seconds\":%.6f,", l->asked > 0 ? "open" : "closed", l->seconds);
	if (l->asked > 0) {
		printf("\"rate_asked\":%.3f,", l->asked);
	}
	printf("\"rate\":%.3f,", l->seconds > 0 ? (double)requests / l->seconds : 0);
	if (knee) {
		print_knee(knee);
	}
	for (unsigned i = 0; i < SN_LOAD_COUNTS; i++) {
		printf("\"%s\":%" PRIu64 ",", sn_load_count_name((enum sn_load_count)i),
		       sn_load_result_sum(r, (enum sn_load_count)i));
	}
	printf("\"late_sends\":%" PRIu64 ",\"latest_ns\":%" PRIu64 ",\"unsent\":%" PRIu64
	       ",\"held_by_cap\":%" PRIu64 ",",
	       sn_load_get(&r->late), sn_load_get(&r->latest), sn_load_get(&r->unsent),
	       sn_load_get(&r->capped));
	printf("\"tx_bytes\":%" PRIu64 ",\"rx_bytes\":%" PRIu64 ",\"cpu_us_per_request\":%.3f,",
	       l->tx_bytes, l->rx_bytes, requests ? l->cpu * 1e6 / (double)requests : 0);
	print_reports(l);
	printf(",\"latency_ns\":");
	print_latency(l->latency);
	putchar(',');
	print_operations(l);
	printf(",\"interrupted\":%s}\n", l->interrupted ? "true" : "false");
}

int sn_load_json_histogram(const struct sn_load *l, const char *path)
{
	FILE *f = fopen(path, "we");
	bool bad;

	if (!f) {
		return SN_EIO;
	}
	fprintf(f, "# latency up to (ns), answers\n");
	for (unsigned i = 0; i < SN_HDR_BUCKETS; i++) {
		uint64_t n = sn_load_get(&l->latency->bucket[i]);

		if (n) {
			fprintf(f, "%" PRIu64 " %" PRIu64 "\n", sn_loglin_top(i, SN_HDR_BITS), n);
		}
	}
	bad = ferror(f);
	return fclose(f) || bad ? SN_EIO : SN_OK;
}

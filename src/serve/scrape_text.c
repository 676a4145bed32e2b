/*
 * What a scrape says beside what the device has said: of its tables, on the worker; of all of it,
 * on the thread that replies. Called by scrape.c.
 */
#include "base/clock.h"
#include "serve/scrape_int.h"

#include <stdio.h>

enum { LABELS_MAX = 8192 };

/* A text inside a label's value. */
static void put_escaped(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 3 < size; text++) {
		if (*text == '"' || *text == '\\') {
			out[n++] = '\\';
		}
		out[n++] = *text;
	}
	out[n] = '\0';
}

void sn_scrape_say_table(struct sn_scrape *s, const struct sn_schema *schema, bool whole)
{
	char module[LABELS_MAX / 4];
	char table[LABELS_MAX / 4];
	char labels[LABELS_MAX];

	put_escaped(module, sizeof(module), schema->module);
	put_escaped(table, sizeof(table), schema->table);
	snprintf(labels, sizeof(labels), "module=\"%s\",table=\"%s\"", module, table);
	s->nomem |= sn_expose_sample(s->expose, "sonde_scrape_table_complete",
				     "1 when all of a table was answered, else 0.", "gauge", labels,
				     whole) != SN_OK;
}

/* The labels of samples about the whole scrape. */
static void put_labels(const struct sn_scrape *s, char labels[LABELS_MAX])
{
	char module[LABELS_MAX / 2];

	put_escaped(module, sizeof(module), s->spec.modules);
	snprintf(labels, LABELS_MAX, "module=\"%s\"", module);
}

/* What snmp_exporter says about its own work, of this round. */
static void add_samples(struct sn_scrape *s)
{
	const struct sn_round *rd = &s->probe.round;
	const double walk = (double)rd->duration_ns / (double)SN_NS_PER_SEC;
	const double all = (double)(sn_clock_mono() - s->started) / (double)SN_NS_PER_SEC;
	const struct {
		const char *name;
		const char *help;
		double value;
	} samples[] = {
		{"snmp_scrape_walk_duration_seconds",
		 "Time from the first request to the last answer.", walk},
		{"snmp_scrape_packets_sent", "Messages sent, retransmissions included.",
		 rd->requests + rd->retries},
		{"snmp_scrape_packets_retried", "Retransmissions.", rd->retries},
		{"snmp_scrape_pdus_returned", "Variable bindings received.", rd->varbinds},
		{"snmp_scrape_duration_seconds", "Time from the request for it to the reply.", all},
		{"sonde_scrape_complete", "1 when the device answered all it was asked, else 0.",
		 rd->status == SN_ROUND_OK},
	};
	char labels[LABELS_MAX];

	put_labels(s, labels);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		s->nomem |= sn_expose_sample(s->expose, samples[i].name, samples[i].help, "gauge",
					     labels, samples[i].value) != SN_OK;
	}
}

/*
 * The text of the reply. Of series that are there twice it says how many were left out, which shows
 * only once it is written: then it is written again. Else it says nothing, for a sample that is
 * always 0 costs whoever stores it. SN_ENOMEM.
 */
static int finish(struct sn_scrape *s, struct sn_span *text)
{
	int rc = sn_expose_finish(s->expose, text);
	uint64_t n = rc ? 0 : sn_expose_duplicates(s->expose);
	char labels[LABELS_MAX];

	if (n == 0) {
		return rc;
	}
	put_labels(s, labels);
	rc = sn_expose_sample(s->expose, "sonde_scrape_duplicate_series",
			      "Series left out since one of the same name and labels was there.",
			      "gauge", labels, (double)n);
	return rc ? rc : sn_expose_finish(s->expose, text);
}

int sn_scrape_write(struct sn_scrape *s, struct sn_span *text)
{
	add_samples(s);
	return s->nomem ? SN_ENOMEM : finish(s, text);
}

/*
 * /outputs: what becomes of what was polled. A view of each output is gathered (outputs_page.c) and
 * written as a page for people or as JSON. On the thread of pages.
 */
#ifndef SN_SERVE_OUTPUTS_PAGE_H
#define SN_SERVE_OUTPUTS_PAGE_H

#include "kafka/kafka.h"
#include "output/pump.h"
#include "page/args.h"
#include "serve/serve.h"

#include <stdio.h>

enum {
	SN_OUTPUTS_LIMIT = 20,	      /* targets of an output when the query does not say */
	SN_OUTPUTS_LIMIT_MAX = 10000, /* most */
};

struct sn_outputs_query {
	uint32_t limit; /* targets of each output whose losses are told */
	bool json;	/* in place of a page for people */
};

/* What the spool dropped of a target. */
struct sn_output_loss {
	char *target;	   /* its name, "": all others; heap */
	uint64_t rows;	   /* rows */
	uint64_t rounds;   /* round records */
	uint64_t messages; /* messages that held them */
};

/* One output, as it is now. */
struct sn_output_view {
	struct sn_pump_report report;	       /* state, last error, memory */
	struct sn_pump_stats stats;	       /* counts, those of the spool too */
	uint64_t figures[SN_SINK_FIGURES_MAX]; /* of Kafka */
	bool kafka;			       /* there are such */
	struct sn_output_loss *losses;	       /* largest first */
	uint32_t nlosses;		       /* of them, at most as many as were asked for */
	uint32_t targets;		       /* that lost something */
};

struct sn_outputs_page {
	struct sn_output_view *outputs; /* in the order of the configuration */
	unsigned n;			/* outputs */
	uint64_t now;			/* Unix ns */
};

/* Names of enum sn_spool_cause and enum sn_loss, as in labels and keys. */
extern const char *const sn_outputs_causes[SN_SPOOL_CAUSES];
extern const char *const sn_outputs_reasons[SN_LOSSES];

/* accept: the request's Accept header, NULL: none. SN_EINVAL and why (SN_ARGS_WHY_MAX). */
SN_MUST_USE int sn_outputs_query_read(const struct sn_args *args, const char *accept,
				      struct sn_outputs_query *q, char *why);

/* Looks at all outputs. SN_ENOMEM; sn_outputs_page_fini is due in any case. */
SN_MUST_USE int sn_outputs_page_init(struct sn_outputs_page *page,
				     const struct sn_serve_config *cfg, uint32_t limit);
void sn_outputs_page_fini(struct sn_outputs_page *page);

/* How long the oldest message has waited in a spool, s; 0: none does. now: Unix ns. */
double sn_outputs_lag(const struct sn_spooler_stats *st, uint64_t now);

/* Rows (round records) that are neither written, lost nor in the spool: those in memory. */
uint64_t sn_outputs_rows_in_flight(const struct sn_pump_stats *st);
uint64_t sn_outputs_rounds_in_flight(const struct sn_pump_stats *st);

/* One object, see docs/HTTP.md. */
void sn_outputs_json_write(FILE *out, const struct sn_outputs_page *page);

/* A whole document. */
void sn_outputs_html_write(FILE *out, const struct sn_outputs_page *page);

#endif

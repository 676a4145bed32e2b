/*
 * Expositions: what a scrape answers. Blocks of rows and single samples go in, in any order; out
 * comes one text, families sorted by name with HELP and TYPE once each, their series sorted by
 * label values, as client_golang writes them. Memory is the heap's. One thread at a time: the
 * worker that polls for a request, or the server's.
 */
#ifndef SN_ENCODE_EXPOSE_H
#define SN_ENCODE_EXPOSE_H

#include "base/err.h"
#include "record/block.h"

enum sn_expose_format {
	SN_EXPOSE_TEXT,	      /* Prometheus' text format 0.0.4 */
	SN_EXPOSE_OPENMETRICS /* OpenMetrics 1.0.0, "# EOF" at the end */
};

/* Zero is what snmp_exporter does when it is asked for numbers as they are. */
struct sn_expose_options {
	enum sn_expose_format format;
	bool wrap_counters; /* Counter64 modulo 2^53, as snmp_exporter does unless told otherwise */
	bool origin;	    /* instance and target labels are labels of the series */
	bool timestamps;    /* when the row arrived; single samples have none */
};

struct sn_expose;

/* Content-Type of a format. */
const char *sn_expose_content_type(enum sn_expose_format format);

/* An empty exposition; NULL: no memory. */
SN_MUST_USE struct sn_expose *sn_expose_new(const struct sn_expose_options *opt);

/*
 * Adds all series of a block and keeps nothing of it. A family that is there already gets more
 * series; it keeps the type and the help text of the first. SN_OK, SN_ENOMEM: the exposition may
 * hold a part of them.
 */
SN_MUST_USE int sn_expose_block(struct sn_expose *x, const struct sn_block *blk);

/*
 * Adds one sample. type: "gauge", "counter", "untyped". labels: as they are written, sorted by
 * name, values escaped, without braces (`module="if_mib"`); NULL: none. All texts are copied.
 * SN_OK, SN_ENOMEM.
 */
SN_MUST_USE int sn_expose_sample(struct sn_expose *x, const char *family, const char *help,
				 const char *type, const char *labels, double v);

/*
 * Writes the text; x owns it until the next call. Of series that have the same name and labels the
 * one that came first stays. May be called again, after more blocks as well. SN_OK, SN_ENOMEM.
 */
SN_MUST_USE int sn_expose_finish(struct sn_expose *x, struct sn_span *text);

/* Series that the last sn_expose_finish left out because they were there already. client_golang
 * refuses the whole scrape for one. */
uint64_t sn_expose_duplicates(const struct sn_expose *x);

/* Frees all; x may be NULL. */
void sn_expose_free(struct sn_expose *x);

#endif

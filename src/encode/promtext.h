/*
 * The tokens of Prometheus' text formats, spelled as client_golang spells them: names, label
 * values, help texts, numbers. Called by enc_prom.c, series.c and expose.c; pure, any thread.
 */
#ifndef SN_ENCODE_PROMTEXT_H
#define SN_ENCODE_PROMTEXT_H

#include "encode/text.h"

enum { SN_PROMTEXT_VALUE_ROOM = 48 }; /* bytes that any number needs while it is written */

/* What a name is for. */
enum sn_promtext_name {
	SN_PROMTEXT_METRIC, /* letters, digits, underscores, colons */
	SN_PROMTEXT_LABEL   /* no colons */
};

/* A name; each character that it must not have becomes "_" (client_golang's "underscores"). */
void sn_promtext_put_name(struct sn_text *t, enum sn_promtext_name what, const char *s);

/*
 * The value of a label without its quotes: backslash, quote and line feed escaped. Each run of
 * octets that are no UTF-8 becomes one U+FFFD, as Go's strings.ToValidUTF8 does.
 */
void sn_promtext_escape(struct sn_text *t, const uint8_t *s, size_t n);

/* A help text: the same, but a quote stays as it is unless openmetrics. */
void sn_promtext_put_help(struct sn_text *t, const char *s, bool openmetrics);

/*
 * Writes d at p, which has SN_PROMTEXT_VALUE_ROOM; returns the end. The shortest digits that read
 * back as d, with an exponent below 1e-4 and from 1e6 on: Go's FormatFloat(d, 'g', -1, 64). NaN,
 * +Inf, -Inf by name.
 */
uint8_t *sn_promtext_write_value(uint8_t *p, double d);

/* The same for OpenMetrics: whole numbers without an exponent end in ".0". */
uint8_t *sn_promtext_write_real(uint8_t *p, double d);

/* sn_promtext_write_value into t. */
void sn_promtext_put_value(struct sn_text *t, double d);

#endif

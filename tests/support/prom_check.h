/*
 * A reader of Prometheus' text formats, written from their specifications and knowing nothing of
 * the encoder: it says whether a text is one, and what is wrong with it.
 */
#ifndef TEST_SUPPORT_PROM_CHECK_H
#define TEST_SUPPORT_PROM_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum prom_check_kind {
	PROM_CHECK_STREAM,     /* samples only, each with a time stamp */
	PROM_CHECK_TEXT,       /* an exposition, text format 0.0.4 */
	PROM_CHECK_OPENMETRICS /* an exposition, OpenMetrics 1.0.0 */
};

struct prom_check {
	enum prom_check_kind kind; /* what the text should be */
	unsigned samples;	   /* lines of samples read */
	unsigned families;	   /* TYPE lines read */
	char why[256];		   /* the first fault, "" when there is none */
};

/*
 * Reads n bytes of text. An exposition must have HELP and TYPE before the samples of a family, each
 * family once, families in ascending order, no series twice; "# EOF" at the end, for OpenMetrics.
 * Label names must be ascending, text valid UTF-8. True when all is well.
 */
bool prom_check(struct prom_check *c, const uint8_t *text, size_t n);

#endif

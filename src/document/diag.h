/*
 * What is wrong with a document, and where: formats "file:line:column: text" lines for who asked to
 * have it read, and counts them. Used by every file of this folder and by config; main thread.
 */
#ifndef SN_DOCUMENT_DIAG_H
#define SN_DOCUMENT_DIAG_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SN_DIAG_MAX = 20,	 /* errors shown; warnings are limited likewise */
	SN_DIAG_QUOTE_MAX = 96,	 /* bytes of a quoted text, quotes and NUL included */
	SN_DIAG_LINE_MAX = 2000, /* bytes of a line, cut beyond */
};

/* Receives one complete error or warning line, without line end. */
typedef void sn_diag_report_fn(void *ctx, const char *line);

struct sn_place {
	const char *file; /* as opened; NULL: no file, such as the command line */
	uint32_t line;	  /* from 1; 0: the file as a whole */
	uint32_t column;  /* from 1, in characters */
};

struct sn_diag {
	sn_diag_report_fn *report; /* receives the lines */
	void *ctx;		   /* its first argument */
	uint32_t errors;	   /* errors met, shown or not */
	uint32_t warnings;	   /* warnings met, shown or not */
	bool nomem;		   /* some step ran out of memory: the load fails as a whole */
};

/* Counts an error; the first SN_DIAG_MAX go to report, then one line says that there are more. */
void sn_diag_error(struct sn_diag *d, const struct sn_place *at, const char *fmt, ...)
	SN_PRINTF(3, 4);

/* The same for a warning, whose line says so. */
void sn_diag_warn(struct sn_diag *d, const struct sn_place *at, const char *fmt, ...)
	SN_PRINTF(3, 4);

/* Remembers that memory ran out; the load ends with SN_ENOMEM. */
void sn_diag_nomem(struct sn_diag *d);

/* True when going on makes no sense: enough errors were shown, or memory ran out. */
bool sn_diag_full(const struct sn_diag *d);

/*
 * Writes text in quotes for use in a message: control characters escaped, long text cut. out has
 * SN_DIAG_QUOTE_MAX bytes; returns out.
 */
const char *sn_diag_quote(char *out, const char *text);

#endif

/*
 * Error and warning lines of documents, see diag.h. Main thread.
 */
#include "document/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

SN_PRINTF(4, 0)
static void print(struct sn_diag *d, const struct sn_place *at, const char *kind, const char *fmt,
		  va_list args)
{
	char line[SN_DIAG_LINE_MAX];
	int n = 0;

	if (at && at->file && at->line) {
		n = snprintf(line, sizeof(line), "%s:%u:%u: %s", at->file, at->line, at->column,
			     kind);
	} else if (at && at->file) {
		n = snprintf(line, sizeof(line), "%s: %s", at->file, kind);
	} else {
		n = snprintf(line, sizeof(line), "%s", kind);
	}
	if (n >= 0 && (size_t)n < sizeof(line)) {
		vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, args);
	}
	/* names of files and keys may hold anything, a message is one line of text */
	for (char *s = line; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f) {
			*s = '?';
		}
	}
	d->report(d->ctx, line);
}

void sn_diag_error(struct sn_diag *d, const struct sn_place *at, const char *fmt, ...)
{
	va_list args;

	d->errors++;
	if (d->errors == SN_DIAG_MAX + 1) {
		d->report(d->ctx, "too many errors; the rest is not shown");
	}
	if (d->errors > SN_DIAG_MAX) {
		return;
	}
	va_start(args, fmt);
	print(d, at, "", fmt, args);
	va_end(args);
}

void sn_diag_warn(struct sn_diag *d, const struct sn_place *at, const char *fmt, ...)
{
	va_list args;

	d->warnings++;
	if (d->warnings == SN_DIAG_MAX + 1) {
		d->report(d->ctx, "warning: too many warnings; the rest is not shown");
	}
	if (d->warnings > SN_DIAG_MAX) {
		return;
	}
	va_start(args, fmt);
	print(d, at, "warning: ", fmt, args);
	va_end(args);
}

void sn_diag_nomem(struct sn_diag *d)
{
	d->nomem = true;
}

bool sn_diag_full(const struct sn_diag *d)
{
	return d->nomem || d->errors > SN_DIAG_MAX;
}

const char *sn_diag_quote(char *out, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	out[n++] = '"';
	/* room for the longest escape, the dots, the quote and the NUL */
	while (*s && n < SN_DIAG_QUOTE_MAX - 9) {
		if (*s < 0x20 || *s == 0x7f) {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[*s >> 4];
			out[n++] = hex[*s & 15];
		} else {
			out[n++] = (char)*s;
		}
		s++;
	}
	if (*s) {
		/* never cut inside a UTF-8 character */
		while (n > 1 && ((unsigned char)*s & 0xc0) == 0x80) {
			n--;
			s--;
		}
		out[n++] = '.';
		out[n++] = '.';
		out[n++] = '.';
	}
	out[n++] = '"';
	out[n] = '\0';
	return out;
}

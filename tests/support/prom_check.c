/*
 * A reader of Prometheus' text formats, see prom_check.h.
 */
#include "support/prom_check.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line, and how far it has been read. */
struct line {
	const char *p;	 /* next character */
	const char *end; /* where it ends */
};

struct span {
	const char *p; /* first character */
	size_t n;      /* characters */
};

struct reader {
	struct prom_check *c; /* what is wrong */
	struct span family;   /* of the samples that come now, none: p NULL */
	struct span help;     /* family of the HELP line just before */
	bool counter;	      /* family is a counter */
	bool eof;	      /* "# EOF" was there */
	struct span *series;  /* name and labels of all samples */
	size_t nseries;	      /* of them */
};

__attribute__((format(printf, 2, 3))) static bool wrong(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (!r->c->why[0]) {
		va_start(ap, fmt);
		vsnprintf(r->c->why, sizeof(r->c->why), fmt, ap);
		va_end(ap);
	}
	return false;
}

static int compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* RFC 3629 by its ranges. */
static bool is_utf8(const uint8_t *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t c = s[i];
		size_t len = c < 0x80 ? 1 : (c >> 5 == 6 ? 2 : (c >> 4 == 14 ? 3 : 4));

		if (c >= 0x80 && (c < 0xc2 || c > 0xf4)) {
			return false;
		}
		c = len == 1 ? c : c & (0xffu >> (len + 1));
		for (size_t k = 1; k < len; k++) {
			if (i + k >= n || (s[i + k] & 0xc0) != 0x80) {
				return false;
			}
			c = c << 6 | (s[i + k] & 0x3f);
		}
		if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) || c > 0x10ffff ||
		    (c >= 0xd800 && c < 0xe000)) {
			return false;
		}
		i += len;
	}
	return true;
}

static bool take(struct line *l, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(l->end - l->p) < n || memcmp(l->p, s, n) != 0) {
		return false;
	}
	l->p += n;
	return true;
}

/* Empty: there is none. */
static struct span take_name(struct line *l, bool colon)
{
	struct span name = {l->p, 0};

	while (l->p < l->end &&
	       (isalpha((unsigned char)*l->p) || *l->p == '_' || (colon && *l->p == ':') ||
		(l->p > name.p && isdigit((unsigned char)*l->p)))) {
		l->p++;
	}
	name.n = (size_t)(l->p - name.p);
	return name;
}

static bool take_value(struct reader *r, struct line *l)
{
	while (l->p < l->end && *l->p != '"') {
		if (*l->p == '\\') {
			l->p++;
			if (l->p == l->end || !strchr("\\\"n", *l->p)) {
				return wrong(r, "no escape");
			}
		}
		l->p++;
	}
	return take(l, "\"") || wrong(r, "a value does not end");
}

static bool take_labels(struct reader *r, struct line *l)
{
	struct span last = {"", 0};

	if (!take(l, "{")) {
		return true;
	}
	do {
		struct span name = take_name(l, false);

		if (name.n == 0 || !take(l, "=\"")) {
			return wrong(r, "no label: %.20s", name.p);
		}
		if (compare(last, name) >= 0) {
			return wrong(r, "label %.*s is not behind %.*s", (int)name.n, name.p,
				     (int)last.n, last.p);
		}
		last = name;
		if (!take_value(r, l)) {
			return false;
		}
	} while (take(l, ","));
	return take(l, "}") || wrong(r, "labels do not end");
}

static bool take_number(struct reader *r, struct line *l, bool whole)
{
	char s[64];
	size_t n = 0;
	char *end;

	while (l->p + n < l->end && l->p[n] != ' ') {
		n++;
	}
	if (n == 0 || n >= sizeof(s)) {
		return wrong(r, "no number");
	}
	memcpy(s, l->p, n);
	s[n] = '\0';
	l->p += n;
	if (strcmp(s, "NaN") == 0 || strcmp(s, "+Inf") == 0 || strcmp(s, "-Inf") == 0) {
		return !whole || wrong(r, "%s is no time", s);
	}
	if (strspn(s, whole ? "0123456789" : "0123456789+-.e") != n) {
		return wrong(r, "%s is no number", s);
	}
	(void)strtod(s, &end);
	if (r->c->kind == PROM_CHECK_OPENMETRICS && !strpbrk(s, ".e")) {
		return wrong(r, "%s has no point", s);
	}
	return *end == '\0' || wrong(r, "%s is no number", s);
}

/* Whether a sample of this name belongs to the family that was announced. */
static bool is_of_family(const struct reader *r, struct span name)
{
	struct span total = {name.p, name.n};

	if (r->c->kind == PROM_CHECK_OPENMETRICS && r->counter) {
		if (name.n <= 6 || memcmp(name.p + name.n - 6, "_total", 6) != 0) {
			return false;
		}
		total.n -= 6;
	}
	return r->family.p && compare(r->family, total) == 0;
}

static bool read_sample(struct reader *r, struct line *l)
{
	struct span series = {l->p, 0};
	struct span name = take_name(l, true);
	bool stamped;

	if (name.n == 0) {
		return wrong(r, "a sample has no name");
	}
	if (r->c->kind != PROM_CHECK_STREAM && !is_of_family(r, name)) {
		return wrong(r, "%.*s is not of the family before", (int)name.n, name.p);
	}
	if (!take_labels(r, l)) {
		return false;
	}
	series.n = (size_t)(l->p - series.p);
	r->series[r->nseries++] = series;
	if (!take(l, " ") || !take_number(r, l, false)) {
		return wrong(r, "%.*s has no value", (int)series.n, series.p);
	}
	stamped = take(l, " ");
	if (stamped && !take_number(r, l, r->c->kind != PROM_CHECK_OPENMETRICS)) {
		return false;
	}
	if (!stamped && r->c->kind == PROM_CHECK_STREAM) {
		return wrong(r, "%.*s has no time", (int)name.n, name.p);
	}
	r->c->samples++;
	return l->p == l->end || wrong(r, "something is behind a sample");
}

static bool read_help(struct reader *r, struct line *l)
{
	r->help = take_name(l, true);
	if (r->help.n == 0 || !take(l, " ")) {
		return wrong(r, "no HELP line");
	}
	for (; l->p < l->end; l->p++) {
		if (*l->p == '\\') {
			l->p++;
			if (l->p == l->end || !strchr("\\\"n", *l->p)) {
				return wrong(r, "no escape in a help text");
			}
		}
	}
	return true;
}

static bool read_type(struct reader *r, struct line *l)
{
	static const char *const types[] = {"counter", "gauge", "untyped", "unknown"};
	struct span name = take_name(l, true);
	size_t unknown = r->c->kind == PROM_CHECK_OPENMETRICS ? 3 : 2;
	bool known = false;

	if (!r->help.p || compare(name, r->help) != 0) {
		return wrong(r, "no HELP line before TYPE %.*s", (int)name.n, name.p);
	}
	if (r->family.p && compare(r->family, name) >= 0 && r->c->kind == PROM_CHECK_TEXT) {
		return wrong(r, "%.*s is not behind %.*s", (int)name.n, name.p, (int)r->family.n,
			     r->family.p);
	}
	r->family = name;
	r->help.p = NULL;
	r->c->families++;
	if (!take(l, " ")) {
		return wrong(r, "no type");
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i]) == (size_t)(l->end - l->p) && take(l, types[i])) {
			known = i < 2 || i == unknown;
			r->counter = i == 0;
		}
	}
	return known || wrong(r, "%.*s is no type", (int)(l->end - l->p), l->p);
}

static bool read_line(struct reader *r, struct line *l)
{
	if (r->eof) {
		return wrong(r, "something is behind the end");
	}
	if (r->help.p && (l->end - l->p < 7 || memcmp(l->p, "# TYPE ", 7) != 0)) {
		return wrong(r, "no TYPE line behind HELP");
	}
	if (l->p == l->end || *l->p != '#') {
		return read_sample(r, l);
	}
	if (r->c->kind == PROM_CHECK_STREAM) {
		return wrong(r, "a comment");
	}
	if (take(l, "# HELP ")) {
		return read_help(r, l);
	}
	if (take(l, "# TYPE ")) {
		return read_type(r, l);
	}
	r->eof = r->c->kind == PROM_CHECK_OPENMETRICS && take(l, "# EOF") && l->p == l->end;
	return r->eof || wrong(r, "an unknown comment");
}

static int by_text(const void *a, const void *b)
{
	return compare(*(const struct span *)a, *(const struct span *)b);
}

static bool is_unique(struct reader *r)
{
	if (r->nseries) {
		qsort(r->series, r->nseries, sizeof(*r->series), by_text);
	}
	for (size_t i = 1; i < r->nseries; i++) {
		if (compare(r->series[i - 1], r->series[i]) == 0) {
			return wrong(r, "twice: %.*s", (int)r->series[i].n, r->series[i].p);
		}
	}
	return true;
}

static bool read_all(struct reader *r, const char *text, size_t n)
{
	struct line l = {text, text};

	if (n && text[n - 1] != '\n') {
		return wrong(r, "the last line does not end");
	}
	for (; l.p < text + n; l.p = l.end + 1) {
		l.end = memchr(l.p, '\n', (size_t)(text + n - l.p));
		if (!read_line(r, &l)) {
			return false;
		}
	}
	if (r->c->kind == PROM_CHECK_OPENMETRICS && !r->eof) {
		return wrong(r, "no # EOF");
	}
	if (r->help.p) {
		return wrong(r, "it ends in a HELP line");
	}
	return r->c->kind == PROM_CHECK_STREAM || is_unique(r);
}

bool prom_check(struct prom_check *c, const uint8_t *text, size_t n)
{
	struct reader r = {.c = c};
	bool good;

	c->samples = 0;
	c->families = 0;
	c->why[0] = '\0';
	if (!is_utf8(text, n)) {
		return wrong(&r, "no UTF-8");
	}
	r.series = malloc((n / 2 + 1) * sizeof(*r.series)); /* a line has more than two characters
							     */
	if (!r.series) {
		return wrong(&r, "no memory");
	}
	good = read_all(&r, (const char *)text, n);
	free(r.series);
	return good;
}

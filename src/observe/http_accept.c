/*
 * What a client takes: which exposition format by its Accept header (RFC 9110 section 12.5.1), for
 * the handlers of serve on the server's thread; which content codings by Accept-Encoding (section
 * 12.5.3), for http_reply.c on the thread that replies. Pure functions.
 */
#include "observe/http.h"
#include "observe/http_pack.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What one element of an Accept header says. */
struct choice {
	bool openmetrics; /* application/openmetrics-text */
	bool text;	  /* text/plain */
	bool version;	  /* one that we write, or none was named */
	double q;	  /* weight, 0 to 1 */
};

static const char *skip_spaces(const char *s)
{
	while (*s == ' ' || *s == '\t') {
		s++;
	}
	return s;
}

/* The end of what one of the characters of stop, or the text's end, ends; quotes hide them. */
static const char *find_end(const char *s, const char *stop)
{
	bool quoted = false;

	for (; *s; s++) {
		if (*s == '"') {
			quoted = !quoted;
		} else if (*s == '\\' && quoted && s[1]) {
			s++;
		} else if (!quoted && strchr(stop, *s)) {
			break;
		}
	}
	return s;
}

/* Whether the n octets at s, without spaces around and quotes, are word. */
static bool is_word(const char *s, size_t n, const char *word)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t')) {
		n--;
	}
	if (n >= 2 && s[0] == '"' && s[n - 1] == '"') {
		s++;
		n -= 2;
	}
	return n == strlen(word) && strncasecmp(s, word, n) == 0;
}

/* A weight: 0 to 1 with digits behind the point; what is not one counts as 1. */
static double read_weight(const char *s)
{
	char *end;
	double q;

	if (!isdigit((unsigned char)s[0])) {
		return 1;
	}
	q = strtod(s, &end);
	return q > 1 ? 1 : q;
}

static void read_parameter(struct choice *c, const char *s, const char *end)
{
	const char *value = memchr(s, '=', (size_t)(end - s));

	if (!value) {
		return;
	}
	if (is_word(s, (size_t)(value - s), "q")) {
		c->q = read_weight(skip_spaces(value + 1));
	} else if (is_word(s, (size_t)(value - s), "version")) {
		const char *v = skip_spaces(value + 1);
		size_t n = (size_t)(end - v);

		/* text has had two versions, which differ in the quoting of odd names alone */
		c->version = is_word(v, n, "1.0.0") || (c->text && is_word(v, n, "0.0.4"));
	}
}

/* Reads one element; returns where the next begins, NULL: there is none. */
static const char *read_choice(const char *s, struct choice *c)
{
	const char *end = find_end(s, ",;");

	s = skip_spaces(s);
	c->openmetrics = end > s && is_word(s, (size_t)(end - s), "application/openmetrics-text");
	c->text = end > s && is_word(s, (size_t)(end - s), "text/plain");
	c->version = true;
	c->q = 1;
	while (*end == ';') {
		s = skip_spaces(end + 1);
		end = find_end(s, ",;");
		read_parameter(c, s, end);
	}
	return *end == ',' ? end + 1 : NULL;
}

bool sn_http_pick_openmetrics(const char *accept)
{
	bool openmetrics = false;
	bool text = false;

	/* which of the two weighs more does not matter; 0 means never */
	while (accept) {
		struct choice c;

		accept = read_choice(accept, &c);
		openmetrics |= c.openmetrics && c.version && c.q > 0;
		text |= c.text && c.version && c.q > 0;
	}
	return openmetrics && !text;
}

void sn_http_codings_init(struct sn_http_codings *c)
{
	c->gzip = -1;
	c->identity = -1;
	c->others = -1;
}

/* Where the weight of a coding belongs; NULL: it is none of ours. */
static double *find_coding(struct sn_http_codings *c, const char *s, const char *end)
{
	size_t n = (size_t)(end - s);

	if (is_word(s, n, "gzip") || is_word(s, n, "x-gzip")) {
		return &c->gzip; /* section 8.4.1.3: the same */
	}
	if (is_word(s, n, "identity")) {
		return &c->identity;
	}
	return is_word(s, n, "*") ? &c->others : NULL;
}

/* Reads one coding; returns where the next begins, NULL: there is none. */
static const char *read_coding(struct sn_http_codings *c, const char *s)
{
	struct choice weight = {.q = 1};
	const char *end = find_end(s, ",;");
	double *coding;

	s = skip_spaces(s);
	coding = end > s ? find_coding(c, s, end) : NULL;
	while (*end == ';') {
		s = skip_spaces(end + 1);
		end = find_end(s, ",;");
		read_parameter(&weight, s, end);
	}
	if (coding && weight.q > *coding) {
		*coding = weight.q;
	}
	return *end == ',' ? end + 1 : NULL;
}

void sn_http_codings_read(struct sn_http_codings *c, const char *header)
{
	while (header) {
		header = read_coding(c, header);
	}
}

bool sn_http_codings_gzip(const struct sn_http_codings *c)
{
	double others = c->others >= 0 ? c->others : 0;
	double gzip = c->gzip >= 0 ? c->gzip : others;
	/* it needs no mention to be allowed, but only one that was mentioned is liked better */
	double identity = c->identity >= 0 ? c->identity : others;

	return gzip > 0 && gzip >= identity;
}

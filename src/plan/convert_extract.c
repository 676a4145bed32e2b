/*
 * Numbers out of texts: templates and numbers as Go's regexp and strconv packages have them, since
 * modules are written against these. See convert.h.
 */
#include "plan/convert_int.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum {
	NUMBER_MAX = 1024,	 /* octets of a number, NUL included */
	NUMBER_LIMIT = 100000000 /* what is named so is no group's number */
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Digits of a number of this kind, and the underscores between them. */
static bool is_part(uint8_t c, bool hex)
{
	return is_digit(c) || c == '_' || (hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* True when every underscore stands between digits, or behind the 0x of a hexadecimal number. */
static bool underscores_fit(const char *s, bool hex)
{
	bool digit = false; /* just before */

	for (; *s; s++) {
		if (*s != '_') {
			digit = is_part((uint8_t)*s, hex) || (hex && (*s | 0x20) == 'x');
		} else if (!digit || s[1] == '_' || !is_part((uint8_t)s[1], hex)) {
			return false;
		}
	}
	return true;
}

/* Behind the digits at s, with at most one point among them; NULL: there is no digit. */
static const char *skip_mantissa(const char *s, bool hex)
{
	bool digits = false;
	bool point = false;

	for (; is_part((uint8_t)*s, hex) || (*s == '.' && !point); s++) {
		point = point || *s == '.';
		digits = digits || (*s != '.' && *s != '_');
	}
	return digits ? s : NULL;
}

/* Behind the exponent at s, if there is one; NULL: it has no digit. */
static const char *skip_exponent(const char *s, bool hex)
{
	if ((*s | 0x20) != (hex ? 'p' : 'e')) {
		return hex ? NULL : s; /* a hexadecimal number must have one */
	}
	s++;
	s += *s == '+' || *s == '-';
	if (!is_digit((uint8_t)*s)) {
		return NULL;
	}
	while (is_part((uint8_t)*s, false)) {
		s++;
	}
	return s;
}

/* True when strtod reads all of s, underscores apart, and Go does too. */
static bool is_number(const char *s)
{
	const char *p = s + (*s == '+' || *s == '-');
	bool hex = p[0] == '0' && (p[1] | 0x20) == 'x' && p[2];

	p = skip_mantissa(hex ? p + 2 : p, hex);
	p = p ? skip_exponent(p, hex) : NULL;
	return p && *p == '\0' && underscores_fit(s, hex);
}

/* inf, infinity, nan. */
static bool read_special(const char *s, double *out)
{
	bool sign = *s == '+' || *s == '-';

	if (strcasecmp(s + sign, "inf") == 0 || strcasecmp(s + sign, "infinity") == 0) {
		*out = *s == '-' ? -(double)INFINITY : (double)INFINITY;
		return true;
	}
	if (strcasecmp(s, "nan") == 0) {
		*out = (double)NAN;
		return true;
	}
	return false;
}

int sn_convert_parse_float(struct sn_span s, double *out)
{
	char text[NUMBER_MAX];
	size_t n = 0;

	if (s.n >= sizeof(text) || memchr(s.p ? s.p : (const uint8_t *)"", '\0', s.n)) {
		return SN_ENOENT;
	}
	memcpy(text, s.p ? s.p : (const uint8_t *)"", s.n);
	text[s.n] = '\0';
	if (read_special(text, out)) {
		return SN_OK;
	}
	if (!is_number(text)) {
		return SN_ENOENT;
	}
	for (const char *p = text; *p; p++) {
		if (*p != '_') {
			text[n++] = *p;
		}
	}
	text[n] = '\0';
	*out = strtod(text, NULL);
	return isinf(*out) ? SN_ENOENT : SN_OK;
}

/* A value being made of its template. */
struct expansion {
	uint8_t text[NUMBER_MAX]; /* n octets */
	size_t n;		  /* so far */
	bool full;		  /* it is too long for a number */
};

static void put(struct expansion *x, struct sn_span s)
{
	if (s.n > sizeof(x->text) - x->n) {
		x->full = true;
	} else if (s.n) {
		memcpy(x->text + x->n, s.p, s.n);
		x->n += s.n;
	}
}

/*
 * The name behind a $, in braces or without: as many letters, digits and underscores as there are.
 * Returns what follows it, NULL: there is no name. Octets above ASCII count as letters.
 */
static const char *read_name(const char *p, struct sn_span *name)
{
	bool braces = *p == '{';
	const char *from = p + braces;

	p = from;
	while (is_letter((uint8_t)*p) || is_digit((uint8_t)*p) || *p == '_' || (uint8_t)*p > 0x7f) {
		p++;
	}
	*name = sn_span_make(from, (size_t)(p - from));
	if (!name->n || (braces && *p != '}')) {
		return NULL;
	}
	return p + braces;
}

/* The group of this number, UINT32_MAX: the name is none. */
static uint32_t number_of(struct sn_span name)
{
	uint32_t number = 0;

	for (size_t i = 0; i < name.n; i++) {
		if (!is_digit(name.p[i]) || number >= NUMBER_LIMIT || (name.p[0] == '0' && i)) {
			return UINT32_MAX;
		}
		number = number * 10 + (name.p[i] - '0');
	}
	return number;
}

/* What the group of this number or name holds; of several with one name, the first that took part.
 */
static struct sn_span group_of(const struct sn_regex *re, struct sn_span name,
			       const struct sn_span *groups)
{
	const struct sn_span none = {NULL, 0};
	uint32_t number = number_of(name);
	int found = 0;

	if (number != UINT32_MAX) {
		return number < sn_regex_groups(re) ? groups[number] : none;
	}
	do {
		found = sn_regex_group(re, name, (uint32_t)found);
	} while (found > 0 && !groups[found].p);
	return found > 0 ? groups[found] : none;
}

/* The template with what the groups hold. */
static void expand(struct expansion *x, const struct sn_extract *e, const struct sn_span *groups)
{
	const char *p = e->value;

	while (*p) {
		const char *next = p + 1;
		struct sn_span name;

		if (*p != '$') {
			put(x, sn_span_make(p, 1));
		} else if (*next == '$') {
			put(x, sn_span_make(p, 1));
			next++;
		} else {
			next = read_name(p + 1, &name);
			/* one that begins no name is itself */
			put(x, next ? group_of(e->regex, name, groups) : sn_span_make(p, 1));
			next = next ? next : p + 1;
		}
		p = next;
	}
}

int sn_convert_extract(const struct sn_extract *list, uint32_t n, struct sn_span text, double *out)
{
	struct sn_span groups[SN_REGEX_GROUPS_MAX];

	for (uint32_t i = 0; i < n; i++) {
		struct expansion x;
		int rc =
			sn_regex_match(list[i].regex, text, groups, sn_regex_groups(list[i].regex));

		if (rc == SN_ENOMEM) {
			return rc;
		}
		if (rc) {
			continue;
		}
		x.n = 0;
		x.full = false;
		expand(&x, &list[i], groups);
		if (!x.full && sn_convert_parse_float(sn_span_make(x.text, x.n), out) == SN_OK) {
			return SN_OK;
		}
	}
	return SN_ENOENT;
}

/*
 * Dates in texts, see sn_convert_strptime in convert_int.h. The directives and their leniencies are
 * those of timefmt-go, which snmp_exporter uses.
 */
#include "plan/convert_int.h"

#include <stddef.h>
#include <strings.h>

/* A text being read. */
struct reader {
	const char *p;		      /* next octet */
	const char *end;	      /* behind the last */
	struct sn_convert_said *said; /* so far */
};

/* Directives that are a number. */
static const struct number {
	char directive; /* letter */
	char digits;	/* at most so many */
	char blank;	/* a space may stand in place of the first */
	short min;	/* least value */
	short max;	/* largest value */
	size_t field;	/* of struct sn_convert_said, an int */
} numbers[] = {
	{'C', 2, 0, 0, 99, offsetof(struct sn_convert_said, century)},
	{'H', 2, 0, 0, 23, offsetof(struct sn_convert_said, hour)},
	{'I', 2, 0, 1, 12, offsetof(struct sn_convert_said, hour)},
	{'M', 2, 0, 0, 59, offsetof(struct sn_convert_said, minute)},
	{'S', 2, 0, 0, 60, offsetof(struct sn_convert_said, second)},
	{'U', 2, 0, 0, 53, offsetof(struct sn_convert_said, week)},
	{'V', 2, 0, 1, 53, offsetof(struct sn_convert_said, week)},
	{'W', 2, 0, 0, 53, offsetof(struct sn_convert_said, week)},
	{'d', 2, 0, 1, 31, offsetof(struct sn_convert_said, day)},
	{'e', 2, 1, 1, 31, offsetof(struct sn_convert_said, day)},
	{'j', 3, 0, 1, 366, offsetof(struct sn_convert_said, yday)},
	{'k', 2, 1, 0, 23, offsetof(struct sn_convert_said, hour)},
	{'l', 2, 1, 1, 12, offsetof(struct sn_convert_said, hour)},
	{'m', 2, 0, 1, 12, offsetof(struct sn_convert_said, month)},
	{'u', 1, 0, 1, 7, offsetof(struct sn_convert_said, weekday)},
	{'w', 1, 0, 0, 6, offsetof(struct sn_convert_said, weekday)},
};

/* Directives that are short for several. */
static const struct composite {
	char directive;	     /* letter */
	const char *pattern; /* what it is short for */
} composites[] = {
	{'D', "%m/%d/%y"},    {'F', "%Y-%m-%d"},
	{'R', "%H:%M"},	      {'T', "%H:%M:%S"},
	{'X', "%H:%M:%S"},    {'c', "%a %b %e %H:%M:%S %Y"},
	{'r', "%I:%M:%S %p"}, {'v', "%e-%b-%Y"},
	{'x', "%m/%d/%y"},    {'+', "%a %b %e %H:%M:%S %Z %Y"},
};

static const char *const months[] = {"January",	  "February", "March",	  "April",
				     "May",	  "June",     "July",	  "August",
				     "September", "October",  "November", "December"};
static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
				   "Thursday", "Friday", "Saturday"};
static const char *const halves[] = {"AM", "PM"};

static bool at_char(const struct reader *r, char c)
{
	return r->p < r->end && *r->p == c;
}

/* One to so many digits. False: there is none. */
static bool take_digits(struct reader *r, unsigned digits, uint64_t *v)
{
	const char *from = r->p;

	*v = 0;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && r->p < from + digits) {
		*v = *v * 10 + (unsigned)(*r->p++ - '0');
	}
	return r->p > from;
}

static bool take_number(struct reader *r, unsigned digits, int min, int max, int *out)
{
	uint64_t v;

	if (!take_digits(r, digits, &v) || v < (unsigned)min || v > (unsigned)max) {
		return false;
	}
	*out = (int)v;
	return true;
}

/* A minus, if there is one. */
static int take_sign(struct reader *r)
{
	bool minus = at_char(r, '-');

	r->p += minus;
	return minus ? -1 : 1;
}

/* One of n names, of which so many letters count (0: all). *out: its number, from 1. */
static bool take_name(struct reader *r, const char *const *names, int n, size_t letters, int *out)
{
	for (int i = 0; i < n; i++) {
		size_t len = letters ? letters : strlen(names[i]);

		if ((size_t)(r->end - r->p) >= len && strncasecmp(r->p, names[i], len) == 0) {
			r->p += len;
			*out = i + 1;
			return true;
		}
	}
	return false;
}

static bool take_year(struct reader *r, char directive)
{
	bool whole = directive == 'Y' || directive == 'G';
	int sign = whole ? take_sign(r) : 1;
	int year;

	if (!take_number(r, whole ? 4 : 2, 0, 9999, &year)) {
		return false;
	}
	if (!whole) {
		year += year < 69 ? 2000 : 1900;
	}
	r->said->year = sign < 0 ? -year : year;
	r->said->iso_year |= directive == 'G' || directive == 'g';
	return true;
}

/* What a number means beside its field. */
static void understand(struct sn_convert_said *said, char directive)
{
	switch (directive) {
	case 'I':
	case 'l':
		said->hour %= 12;
		break;
	case 'u':
		said->weekday = said->weekday % 7 + 1;
		break;
	case 'w':
		said->weekday++;
		break;
	case 'U':
	case 'V':
	case 'W':
		said->weeks = directive;
		if (!said->weekday) {
			said->weekday = directive == 'U' ? 1 : 2; /* where weeks begin */
		}
		break;
	default:
		break;
	}
}

/* Unix seconds. */
static bool take_seconds(struct reader *r)
{
	int sign = take_sign(r);
	struct sn_convert_said *said = r->said;
	uint64_t v;
	int of_day;

	if (!take_digits(r, 19, &v) || v > INT64_MAX / 2) {
		return false;
	}
	of_day = (int)sn_convert_day_of(sign * (int64_t)v, &said->year, &said->month, &said->day);
	said->hour = of_day / 3600;
	said->minute = of_day / 60 % 60;
	said->second = of_day % 60;
	return true;
}

/* The abbreviation of a time zone. What it means depends on the place: UTC unless said. */
static bool take_zone_name(struct reader *r)
{
	const char *from = r->p;
	size_t n;

	while (r->p < r->end && *r->p >= 'A' && *r->p <= 'Z') {
		r->p++;
	}
	n = (size_t)(r->p - from);
	if (n < 3 || n > 5) {
		return false;
	}
	if (n > 3 && (memcmp(from, "UTC", 3) == 0 || memcmp(from, "GMT", 3) == 0)) {
		return false;
	}
	if (n > 3 && from[n - 1] != 'T' && (n != 4 || memcmp(from, "WITA", 4) != 0)) {
		return false;
	}
	if (!r->said->has_offset) {
		r->said->offset = 0;
	}
	return true;
}

/* Exactly two digits; else r stays where it is. A single one counts as well as being read again by
 * what comes next, as there. */
static bool take_pair(struct reader *r, int max, int *out)
{
	const char *from = r->p;

	if (take_number(r, 2, 0, max, out) && r->p == from + 2) {
		return true;
	}
	r->p = from;
	return false;
}

/*
 * Minutes and seconds of an offset. colons: those of the directive; %:z is hh:mm, %::z hh:mm:ss,
 * %:::z as much of it as there is, %z also without any colon.
 */
static bool take_offset_rest(struct reader *r, unsigned colons, int *minute, int *second)
{
	bool colon = at_char(r, ':');
	bool must = colons == 1 || colons == 2 || (colons == 0 && colon);

	if (!colon && must) {
		return false;
	}
	r->p += colon;
	if (!take_pair(r, 59, minute)) {
		return !must;
	}
	if (colons == 1 || (colons == 0 && !colon)) {
		return true;
	}
	if (at_char(r, ':')) {
		r->p++;
		if (take_pair(r, 59, second)) {
			return true;
		}
		r->p--;
	}
	return colons != 2;
}

static bool take_offset(struct reader *r, unsigned colons)
{
	bool minus = at_char(r, '-');
	int minute = 0;
	int second = 0;
	int hour;

	if (at_char(r, 'Z')) {
		r->p++;
		r->said->offset = 0;
		return true;
	}
	if (!minus && !at_char(r, '+')) {
		return false;
	}
	r->p++;
	if (!take_pair(r, 23, &hour) || !take_offset_rest(r, colons, &minute, &second)) {
		return false;
	}
	r->said->offset = ((hour * 60 + minute) * 60 + second) * (minus ? -1 : 1);
	r->said->has_offset = true;
	return true;
}

static bool take_space(struct reader *r)
{
	const char *from = r->p;

	while (r->p < r->end && *r->p && strchr(" \t\n\v\f\r", *r->p)) {
		r->p++;
	}
	return r->p > from;
}

static bool take_half(struct reader *r)
{
	int half;

	if (!take_name(r, halves, 2, 0, &half)) {
		return false;
	}
	r->said->pm = half == 2;
	return true;
}

/* What a directive says that is neither a number nor short for others. */
static bool take_other(struct reader *r, char directive)
{
	struct sn_convert_said *said = r->said;
	int microseconds;

	switch (directive) {
	case 'G':
	case 'Y':
	case 'g':
	case 'y':
		return take_year(r, directive);
	case 'B':
		return take_name(r, months, 12, 0, &said->month);
	case 'b':
	case 'h':
		return take_name(r, months, 12, 3, &said->month);
	case 'A':
		return take_name(r, days, 7, 0, &said->weekday);
	case 'a':
		return take_name(r, days, 7, 3, &said->weekday);
	case 'P':
	case 'p':
		return take_half(r);
	case 'f':
		return take_number(r, 6, 0, 999999, &microseconds);
	case 's':
		return take_seconds(r);
	case 'Z':
		return take_zone_name(r);
	case 'z':
		return take_offset(r, 0);
	case 'n':
	case 't':
		return take_space(r);
	default:
		return false;
	}
}

static bool take_directive(struct reader *r, char directive)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number *n = &numbers[i];
		int *field = (int *)(void *)((char *)r->said + n->field);

		if (n->directive != directive) {
			continue;
		}
		r->p += n->blank && at_char(r, ' ');
		if (!take_number(r, (unsigned)n->digits, n->min, n->max, field)) {
			return false;
		}
		understand(r->said, directive);
		return true;
	}
	return take_other(r, directive);
}

static const char *composite_of(char directive)
{
	for (size_t i = 0; i < sizeof(composites) / sizeof(composites[0]); i++) {
		if (composites[i].directive == directive) {
			return composites[i].pattern;
		}
	}
	return NULL;
}

/* %:z and the like; *pattern: behind the first colon, moves behind the z. */
static bool take_colons(struct reader *r, const char **pattern)
{
	unsigned colons = 1;

	while (colons < 3 && **pattern == ':') {
		colons++;
		(*pattern)++;
	}
	if (**pattern != 'z') {
		return false;
	}
	(*pattern)++;
	return take_offset(r, colons);
}

static bool take_all(struct reader *r, const char *pattern)
{
	const char *after = NULL; /* the pattern's rest while a composite is read */

	for (;;) {
		const char *composite;
		char c = *pattern;

		if (c == '\0' && after) {
			pattern = after;
			after = NULL;
			continue;
		}
		if (c == '\0') {
			return r->p == r->end;
		}
		pattern++;
		if (c != '%' || *pattern == '%') {
			pattern += c == '%';
			if (!at_char(r, c)) {
				return false;
			}
			r->p++;
			continue;
		}
		c = *pattern;
		pattern += c != '\0';
		composite = composite_of(c);
		if (c == ':') {
			if (!take_colons(r, &pattern)) {
				return false;
			}
		} else if (composite) {
			after = pattern;
			pattern = composite;
		} else if (!take_directive(r, c)) {
			return false;
		}
	}
}

int sn_convert_strptime(struct sn_span text, const char *pattern, int64_t *seconds)
{
	struct sn_convert_said said = {.year = 1900, .century = -1, .month = 1};
	struct reader r = {.p = text.p ? (const char *)text.p : "", .said = &said};

	r.end = r.p + text.n;
	return take_all(&r, pattern) ? sn_convert_said_seconds(&said, seconds) : SN_ENOENT;
}

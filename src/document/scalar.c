/*
 * Texts of a configuration to values, see scalar.h.
 */
#include "document/scalar.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name; /* behind the number */
	uint64_t factor;  /* nanoseconds or bytes */
};

static const struct unit durations[] = {
	{"ns", 1},
	{"us", 1000},
	{"\xc2\xb5s", 1000}, /* micro sign */
	{"\xce\xbcs", 1000}, /* Greek mu */
	{"ms", 1000000},
	{"s", 1000000000},
	{"m", UINT64_C(60) * 1000000000},
	{"h", UINT64_C(3600) * 1000000000},
	{"d", UINT64_C(86400) * 1000000000},
	{"w", UINT64_C(7) * 86400 * 1000000000},
	{"y", UINT64_C(365) * 86400 * 1000000000},
};

static const struct unit sizes[] = {
	{"", 1},
	{"B", 1},
	{"kB", 1000},
	{"KB", 1000},
	{"MB", 1000000},
	{"GB", 1000000000},
	{"TB", UINT64_C(1000000000000)},
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"TiB", UINT64_C(1) << 40},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The unit that is the first n characters of s, NULL when there is none. */
static const struct unit *find_unit(const struct unit *units, size_t count, const char *s, size_t n)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(units[i].name) == n && memcmp(units[i].name, s, n) == 0) {
			return &units[i];
		}
	}
	return NULL;
}

/*
 * Digits with an optional fraction, times the unit's factor once the unit is known: whole and
 * fraction are kept apart so that no precision is lost.
 */
struct number {
	uint64_t whole;	     /* digits before the point */
	uint64_t fraction;   /* the first digits after it */
	uint64_t resolution; /* 10 to the number of these digits */
	bool overflow;	     /* whole does not fit */
};

static const char *read_number(const char *s, struct number *v)
{
	const char *start = s;
	bool any = false;

	memset(v, 0, sizeof(*v));
	v->resolution = 1;
	for (; is_digit(*s); s++) {
		v->overflow |= __builtin_mul_overflow(v->whole, UINT64_C(10), &v->whole);
		v->overflow |= __builtin_add_overflow(v->whole, (uint64_t)(*s - '0'), &v->whole);
		any = true;
	}
	if (*s == '.') {
		for (s++; is_digit(*s); s++) {
			any = true;
			if (v->resolution < UINT64_C(1000000000)) {
				v->fraction = v->fraction * 10 + (uint64_t)(*s - '0');
				v->resolution *= 10;
			}
		}
	}
	return any ? s : start;
}

/* Adds v units to *sum. */
static int add(uint64_t *sum, const struct number *v, uint64_t factor)
{
	uint64_t part;

	if (v->overflow || __builtin_mul_overflow(v->whole, factor, &part) ||
	    __builtin_add_overflow(*sum, part, sum)) {
		return SN_ERANGE;
	}
	/* below 10^9 times a year in ns: in long double this rounds by less than a nanosecond */
	part = (uint64_t)((long double)v->fraction * (long double)factor /
			  (long double)v->resolution);
	if (__builtin_add_overflow(*sum, part, sum) || *sum > INT64_MAX) {
		return SN_ERANGE;
	}
	return SN_OK;
}

int sn_scalar_duration(const char *text, uint64_t *ns)
{
	const char *s = text;
	int rc = SN_OK;

	*ns = 0;
	if (strcmp(text, "0") == 0) {
		return SN_OK;
	}
	if (*s == '\0') {
		return SN_EINVAL;
	}
	while (*s) {
		struct number v;
		const char *unit_at = read_number(s, &v);
		const struct unit *unit;
		size_t n = 0;

		if (unit_at == s) {
			return SN_EINVAL;
		}
		while (unit_at[n] && unit_at[n] != '.' && !is_digit(unit_at[n])) {
			n++;
		}
		unit = find_unit(durations, COUNT(durations), unit_at, n);
		if (!unit) {
			return SN_EINVAL;
		}
		/* go on after an overflow: the rest may show that it is no duration at all */
		if (!rc) {
			rc = add(ns, &v, unit->factor);
		}
		s = unit_at + n;
	}
	return rc;
}

const char *sn_scalar_format_duration(char *out, uint64_t ns)
{
	static const char *const names[] = {"h", "m", "s", "ms", "us", "ns"};
	static const uint64_t factors[] = {
		UINT64_C(3600000000000), UINT64_C(60000000000), 1000000000, 1000000, 1000, 1};
	size_t used = 0;

	if (ns == 0) {
		memcpy(out, "0s", 3);
		return out;
	}
	for (size_t i = 0; i < COUNT(factors); i++) {
		uint64_t v = ns / factors[i];

		ns %= factors[i];
		if (v) {
			used += (size_t)snprintf(out + used, SN_SCALAR_TEXT_MAX - used, "%llu%s",
						 (unsigned long long)v, names[i]);
		}
	}
	return out;
}

int sn_scalar_size(const char *text, uint64_t *bytes)
{
	struct number v;
	const char *unit_at = read_number(text, &v);
	const struct unit *unit;

	*bytes = 0;
	if (unit_at == text) {
		return SN_EINVAL;
	}
	while (*unit_at == ' ') {
		unit_at++;
	}
	unit = find_unit(sizes, COUNT(sizes), unit_at, strlen(unit_at));
	if (!unit || (unit->factor == 1 && v.resolution != 1)) {
		return SN_EINVAL;
	}
	return add(bytes, &v, unit->factor);
}

const char *sn_scalar_format_size(char *out, uint64_t bytes)
{
	static const char *const names[] = {"", "KiB", "MiB", "GiB", "TiB"};
	size_t i = 0;

	while (bytes && bytes % 1024 == 0 && i + 1 < COUNT(names)) {
		bytes /= 1024;
		i++;
	}
	snprintf(out, SN_SCALAR_TEXT_MAX, "%llu%s", (unsigned long long)bytes, names[i]);
	return out;
}

int sn_scalar_int(const char *text, int64_t *v)
{
	const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
	char *end;

	*v = 0;
	if (!is_digit(*digits)) {
		return SN_EINVAL;
	}
	errno = 0;
	*v = strtoll(text, &end, 10);
	if (*end != '\0') {
		return SN_EINVAL;
	}
	return errno ? SN_ERANGE : SN_OK;
}

int sn_scalar_float(const char *text, double *v)
{
	char *end;

	*v = 0;
	/* strtod would also take white space, hexadecimal, nan and infinity */
	if (strspn(text, "0123456789+-.eE") != strlen(text)) {
		return SN_EINVAL;
	}
	*v = strtod(text, &end);
	return end == text || *end != '\0' || !isfinite(*v) ? SN_EINVAL : SN_OK;
}

int sn_scalar_bool(const char *text, bool *v)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*v = i % 2 == 1;
			return SN_OK;
		}
	}
	*v = false;
	return SN_EINVAL;
}

/* Length of the character at s, 0: malformed. */
static size_t utf8_length(const unsigned char *s)
{
	static const unsigned char second_min[] = {0xa0, 0x80, 0x90, 0x80};

	if (s[0] < 0x80) {
		return 1;
	}
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		return (s[1] & 0xc0) == 0x80 ? 2 : 0;
	}
	if (s[0] >= 0xe0 && s[0] <= 0xef) {
		/* E0 begins at U+0800, ED ends before the surrogates */
		unsigned char min = second_min[s[0] == 0xe0 ? 0 : 1];
		unsigned char max = s[0] == 0xed ? 0x9f : 0xbf;

		return s[1] >= min && s[1] <= max && (s[2] & 0xc0) == 0x80 ? 3 : 0;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		/* F0 begins at U+10000, F4 ends with U+10FFFF */
		unsigned char min = second_min[s[0] == 0xf0 ? 2 : 3];
		unsigned char max = s[0] == 0xf4 ? 0x8f : 0xbf;

		return s[1] >= min && s[1] <= max && (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80
			       ? 4
			       : 0;
	}
	return 0;
}

static int digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 0x20; /* lower case */
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int sn_scalar_hex(struct sn_span text, uint8_t *out, size_t cap, size_t *n)
{
	if (text.n >= 2 && text.p[0] == '0' && (text.p[1] | 0x20) == 'x') {
		text = sn_span_from(text, 2);
	}
	*n = text.n / 2;
	if (text.n % 2 != 0) {
		return SN_EINVAL;
	}
	for (size_t i = 0; i < *n; i++) {
		int high = digit_value(text.p[2 * i]);
		int low = digit_value(text.p[2 * i + 1]);

		if (high < 0 || low < 0) {
			return SN_EINVAL;
		}
		if (i < cap) {
			out[i] = (uint8_t)(high << 4 | low);
		}
	}
	return SN_OK;
}

bool sn_scalar_is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t n = utf8_length(s);

		if (n == 0) {
			return false;
		}
		s += n;
	}
	return true;
}

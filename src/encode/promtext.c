/*
 * Prometheus' tokens, see promtext.h. The digits of a number come from whole-number arithmetic in
 * all the usual cases: counters, and readings with a few decimals. Called by encoders on workers'
 * threads and by whoever makes an exposition.
 */
#include "encode/promtext.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A positive number as decimal digits: digits * 10^exponent. */
struct decimal {
	uint64_t digits; /* may end in zeros */
	int exponent;	 /* of ten */
};

static bool is_name_octet(enum sn_promtext_name what, uint8_t c, bool first)
{
	if (c >= '0' && c <= '9') {
		return !first;
	}
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (c == ':' && what == SN_PROMTEXT_METRIC);
}

/* The character at s as it is written, or U+FFFD; returns the octets taken from s, 1 for the
 * latter.
 */
static size_t take_character(const uint8_t *s, size_t n, uint8_t *utf8, size_t *len)
{
	struct sn_text t = sn_text_make(utf8, 4);
	size_t used = sn_text_utf8(&t, s, n);

	*len = (size_t)(t.p - utf8);
	return used;
}

void sn_promtext_put_name(struct sn_text *t, enum sn_promtext_name what, const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	const size_t n = strlen(s);
	uint8_t utf8[4];
	size_t len;

	for (size_t i = 0; i < n;) {
		bool good = is_name_octet(what, p[i], i == 0);

		sn_text_char(t, good ? (char)p[i] : '_');
		i += p[i] < 0x80 ? 1 : take_character(p + i, n - i, utf8, &len);
	}
	if (n == 0) {
		sn_text_char(t, '_');
	}
}

/* quote: what is escaped beside backslash and line feed. */
static inline void escape(struct sn_text *t, const uint8_t *s, size_t n, char quote)
{
	bool replaced = false; /* what was before is no UTF-8, and is written already */
	size_t i = 0;

	while (i < n && !t->full) {
		size_t run = sn_text_safe_run(t, s + i, n - i, 0, quote, '\\', '\n');
		uint8_t utf8[4];
		size_t len;

		i += run;
		replaced = replaced && run == 0;
		if (i == n) {
			return;
		}
		if (s[i] >= 0x80) {
			size_t used = take_character(s + i, n - i, utf8, &len);

			if (used > 1 || !replaced) {
				sn_text_put(t, utf8, len);
			}
			replaced = used == 1;
			i += used;
			continue;
		}
		if (s[i] == (uint8_t)quote || s[i] == '\\' || s[i] == '\n') {
			sn_text_char(t, '\\');
		}
		sn_text_char(t, s[i] == '\n' ? 'n' : (char)s[i]);
		replaced = false;
		i++;
	}
}

void sn_promtext_escape(struct sn_text *t, const uint8_t *s, size_t n)
{
	escape(t, s, n, '"');
}

void sn_promtext_put_help(struct sn_text *t, const char *s, bool openmetrics)
{
	if (openmetrics) {
		escape(t, (const uint8_t *)s, strlen(s), '"');
	} else {
		escape(t, (const uint8_t *)s, strlen(s), '\\');
	}
}

/* Two digits of an exponent, or three. */
static uint8_t *write_exponent(uint8_t *p, int exponent)
{
	uint32_t e = (uint32_t)(exponent < 0 ? -exponent : exponent);

	*p++ = 'e';
	*p++ = exponent < 0 ? '-' : '+';
	if (e < 10) {
		*p++ = '0';
	}
	return sn_digits_write(p, e);
}

/* The n digits at s as Go's 'g' has them; the first stands for 10^exponent. */
static uint8_t *write_digits(uint8_t *p, const uint8_t *s, size_t n, int exponent)
{
	size_t whole; /* digits before the point */

	if (exponent < -4 || exponent >= 6) {
		*p++ = s[0];
		if (n > 1) {
			*p++ = '.';
			memcpy(p, s + 1, n - 1);
			p += n - 1;
		}
		return write_exponent(p, exponent);
	}
	if (exponent < 0) {
		memset(p, '0', 6);
		p[1] = '.';
		p += 1 - exponent;
		memcpy(p, s, n);
		return p + n;
	}
	whole = (size_t)exponent + 1;
	if (n <= whole) {
		memset(p, '0', whole);
		memcpy(p, s, n);
		return p + whole;
	}
	memcpy(p, s, whole);
	p[whole] = '.';
	memcpy(p + whole + 1, s + whole, n - whole);
	return p + n + 1;
}

static uint8_t *write_decimal(uint8_t *p, struct decimal dec)
{
	uint8_t digits[SN_DIGITS_ROOM];
	size_t n = (size_t)(sn_digits_write(digits, dec.digits) - digits);
	int exponent = (int)n - 1 + dec.exponent;

	while (n > 1 && digits[n - 1] == '0') {
		n--;
	}
	return write_digits(p, digits, n, exponent);
}

static bool is_same(double a, double b)
{
	return !(a < b || a > b);
}

/*
 * Whole numbers from 2^53 to 2^64, which is what a Counter64 may reach: the largest j for which the
 * multiple of 10^j next to d still reads as d; halfway the even one. Neighbours are at most 2048
 * apart there, so that of the multiples of larger powers only those of 10^4 are left to find.
 */
static struct decimal round_large(double d)
{
	__extension__ typedef unsigned __int128 u128;
	const u128 u = (u128)d;
	struct decimal dec = {(uint64_t)u, 0};
	uint64_t power = 10;

	for (int j = 1; j <= 4; j++, power *= 10) {
		uint64_t q = (uint64_t)(u / power);
		uint64_t rest = (uint64_t)(u % power);

		q += rest > power / 2 || (rest == power / 2 && (q & 1));
		if (is_same((double)((u128)q * power), d)) {
			dec = (struct decimal){q, j};
		}
	}
	return dec;
}

/*
 * Numbers with few decimals: the least k for which d = m / 10^k with an exact m < 10^15, by the
 * same argument as in text.c.
 */
static bool find_decimals(double d, struct decimal *dec)
{
	static const double power[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

	for (int k = 0; k < (int)(sizeof(power) / sizeof(power[0])); k++) {
		double m = nearbyint(d * power[k]);

		if (m >= 1e15) {
			return false;
		}
		if (is_same(m / power[k], d)) {
			*dec = (struct decimal){(uint64_t)m, -k};
			return true;
		}
	}
	return false;
}

static bool reads_as(struct decimal dec, double d)
{
	char s[SN_PROMTEXT_VALUE_ROOM];

	snprintf(s, sizeof(s), "%" PRIu64 "e%d", dec.digits, dec.exponent);
	return is_same(strtod(s, NULL), d);
}

/* d correctly rounded to so many digits. */
static struct decimal round_to(double d, int digits)
{
	struct decimal dec = {0, 1 - digits};
	char s[SN_PROMTEXT_VALUE_ROOM];
	const char *c = s;

	snprintf(s, sizeof(s), "%.*e", digits - 1, d);
	for (; *c != 'e'; c++) {
		if (*c >= '0' && *c <= '9') { /* the point may be a comma */
			dec.digits = dec.digits * 10 + (uint64_t)(*c - '0');
		}
	}
	dec.exponent += (int)strtol(c + 1, NULL, 10);
	return dec;
}

/*
 * The general case: as few digits as read back the same. The number below a power of two is only
 * half as far away as the one above, so there the next larger digits may do when the nearest don't.
 */
static struct decimal find_shortest(double d)
{
	int exponent;
	const bool power_of_two = is_same(frexp(d, &exponent), 0.5);

	for (int digits = d < DBL_MIN ? 1 : DBL_DIG;; digits++) {
		struct decimal dec = round_to(d, digits);

		if (digits == DBL_DECIMAL_DIG || reads_as(dec, d)) {
			return dec;
		}
		dec.digits++;
		if (power_of_two && reads_as(dec, d)) {
			return dec;
		}
	}
}

/* A finite number that is no small whole one. */
static uint8_t *write_other(uint8_t *p, double d)
{
	struct decimal dec;

	if (d < 0) {
		*p++ = '-';
		d = -d;
	}
	if (d >= 9007199254740992.0 && d <= 18446744073709551616.0) {
		dec = round_large(d);
	} else if (!find_decimals(d, &dec)) {
		dec = find_shortest(d);
	}
	return write_decimal(p, dec);
}

/* NaN and the infinities. */
static uint8_t *write_special(uint8_t *p, double d)
{
	return (uint8_t *)stpcpy((char *)p, isnan(d) ? "NaN" : (d < 0 ? "-Inf" : "+Inf"));
}

uint8_t *sn_promtext_write_value(uint8_t *p, double d)
{
	if (d >= 0 && d < 9007199254740992.0) {
		uint64_t u = (uint64_t)d;

		if (is_same((double)u, d)) {
			return u < 1000000 ? sn_digits_write(p, u)
					   : write_decimal(p, (struct decimal){u, 0});
		}
	}
	if (!isfinite(d)) {
		return write_special(p, d);
	}
	return write_other(p, d);
}

uint8_t *sn_promtext_write_real(uint8_t *p, double d)
{
	uint8_t *end = sn_promtext_write_value(p, d);

	for (const uint8_t *c = p; c < end; c++) {
		if (*c == '.' || *c == 'e' || *c == 'N' || *c == 'I') {
			return end;
		}
	}
	*end++ = '.';
	*end++ = '0';
	return end;
}

void sn_promtext_put_value(struct sn_text *t, double d)
{
	uint8_t tmp[SN_PROMTEXT_VALUE_ROOM];

	if (sn_text_room(t) >= SN_PROMTEXT_VALUE_ROOM) {
		t->p = sn_promtext_write_value(t->p, d);
	} else {
		sn_text_put(t, tmp, (size_t)(sn_promtext_write_value(tmp, d) - tmp));
	}
}

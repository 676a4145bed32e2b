/*
 * The rarer parts of text writing, see text.h: real numbers and UTF-8. Called by encoders on
 * workers' threads.
 */
#include "encode/text.h"

#include "base/utf8.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

size_t sn_text_utf8(struct sn_text *t, const uint8_t *s, size_t n)
{
	size_t len = sn_utf8_length(s, n);

	if (len) {
		sn_text_put(t, s, len);
		return len;
	}
	sn_text_put(t, "\xef\xbf\xbd", 3);
	return 1;
}

/* True when a reader of the decimal number q gets d, as a double or as a float. */
static bool reads_as(double q, double d, bool single)
{
	if (single) {
		q = (double)(float)q;
	}
	return !(q < d || q > d);
}

/* m / 10^k with exactly k decimals. */
static void put_scaled(struct sn_text *t, uint64_t m, unsigned k)
{
	uint8_t digits[10 + SN_DIGITS_ROOM];
	const uint8_t *first = digits + 10;
	const uint8_t *last;
	size_t n;

	memset(digits, '0', 10);
	last = sn_digits_write(digits + 10, m);
	n = (size_t)(last - first);
	if (n <= k) {
		first -= k + 1 - n; /* there is a digit before the point */
	}
	sn_text_put(t, first, (size_t)(last - first) - k);
	if (k) {
		sn_text_char(t, '.');
		sn_text_put(t, last - k, k);
	}
}

/*
 * Numbers with few decimals, which is what readings are: the least k for which d = m / 10^k with an
 * exact m < 10^15. m and 10^k are exact doubles, so the quotient is what a reader gets from the
 * text (the argument of Clinger's fast path), and below 10^15 no other m of this k gives d. d is
 * positive.
 */
static bool put_decimal(struct sn_text *t, double d, bool single)
{
	static const double power[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	const double limit = single ? 1e9 : 1e15;

	for (unsigned k = 0; k < sizeof(power) / sizeof(power[0]); k++) {
		double m = nearbyint(d * power[k]);

		if (m >= limit) {
			return false;
		}
		if (reads_as(m / power[k], d, single)) {
			put_scaled(t, (uint64_t)m, k);
			return true;
		}
	}
	return false;
}

/* NaN and the infinities by name; true when d is one of them. */
static bool put_special(struct sn_text *t, double d)
{
	if (isfinite(d)) {
		return false;
	}
	sn_text_str(t, isnan(d) ? "NaN" : (d < 0 ? "-Inf" : "+Inf"));
	return true;
}

/* What printf made of a number, with a point whatever the locale says. */
static void put_printed(struct sn_text *t, char *s, int n)
{
	for (int i = 0; i < n; i++) {
		if (s[i] == ',') {
			s[i] = '.';
		}
	}
	sn_text_put(t, s, (size_t)n);
}

/*
 * The general case: as few significant digits as read back the same. So many digits are never too
 * many for a normal number, since printf leaves out trailing zeros; subnormal ones have less
 * precision.
 */
static void put_shortest(struct sn_text *t, double d, bool single)
{
	const bool subnormal = d < (single ? (double)FLT_MIN : DBL_MIN);
	const int least = subnormal ? 1 : (single ? FLT_DIG : DBL_DIG);
	const int most = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
	char s[40];
	int n = 0;

	for (int digits = least; digits <= most; digits++) {
		n = snprintf(s, sizeof(s), "%.*g", digits, d);
		if (reads_as(strtod(s, NULL), d, single)) {
			break;
		}
	}
	put_printed(t, s, n);
}

static void put_real(struct sn_text *t, double d, bool single)
{
	if (put_special(t, d)) {
		return;
	}
	if (signbit(d)) {
		sn_text_char(t, '-');
		d = -d;
	}
	if (!put_decimal(t, d, single)) {
		put_shortest(t, d, single);
	}
}

void sn_text_real(struct sn_text *t, double d)
{
	put_real(t, d, false);
}

void sn_text_float(struct sn_text *t, float f)
{
	put_real(t, (double)f, true);
}

void sn_text_ms(struct sn_text *t, uint64_t ns)
{
	uint64_t us = (ns + 500) / 1000;
	uint8_t frac[4] = {'.', (uint8_t)('0' + us / 100 % 10), (uint8_t)('0' + us / 10 % 10),
			   (uint8_t)('0' + us % 10)};
	size_t n = 4;

	while (n > 1 && frac[n - 1] == '0') {
		n--;
	}
	sn_text_u64(t, us / 1000);
	sn_text_put(t, frac, n > 1 ? n : 0);
}

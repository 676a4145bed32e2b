/*
 * One scalar of the configuration to its value, with the text of what was expected: the types of
 * the option table, see options.h. Main thread.
 */
#include "document/options.h"

#include "document/scalar.h"

#include <stdio.h>
#include <string.h>

/* Writes an amount as the user would. */
static const char *format_amount(const struct sn_option *row, uint64_t v, char *out)
{
	if (row->type == SN_OPTION_DURATION || row->type == SN_OPTION_USEC) {
		return sn_scalar_format_duration(out, v);
	}
	return sn_scalar_format_size(out, v);
}

static int check_range(const struct sn_option *row, int rc, uint64_t v, char *why)
{
	char low[SN_SCALAR_TEXT_MAX];
	char high[SN_SCALAR_TEXT_MAX];

	if (rc == SN_OK && v >= row->min && (row->max == 0 || v <= row->max)) {
		return SN_OK;
	}
	if (row->max == 0) {
		snprintf(why, SN_OPTION_WHY_MAX, "is out of range (expected %s or more)",
			 format_amount(row, row->min, low));
	} else {
		snprintf(why, SN_OPTION_WHY_MAX, "is out of range (expected %s to %s)",
			 format_amount(row, row->min, low), format_amount(row, row->max, high));
	}
	return SN_EINVAL;
}

static int fail(char *why, const char *text)
{
	snprintf(why, SN_OPTION_WHY_MAX, "%s", text);
	return SN_EINVAL;
}

static int parse_duration(const struct sn_option *row, const char *text, void *dst, char *why)
{
	uint64_t ns;
	int rc = sn_scalar_duration(text, &ns);

	if (rc == SN_EINVAL) {
		return fail(why, "is not a duration "
				 "(expected a number with unit, such as 30s, 1m30s, 500ms)");
	}
	rc = check_range(row, rc, ns, why);
	if (rc) {
		return rc;
	}
	if (row->type == SN_OPTION_USEC) {
		*(unsigned *)dst = (unsigned)(ns / 1000);
	} else {
		*(uint64_t *)dst = ns;
	}
	return SN_OK;
}

static int parse_size(const struct sn_option *row, const char *text, void *dst, char *why)
{
	uint64_t v;
	int rc = sn_scalar_size(text, &v);

	if (rc == SN_EINVAL) {
		return fail(why, "is not a size "
				 "(expected bytes, or a number with unit, such as 64KiB, 10MB)");
	}
	rc = check_range(row, rc, v, why);
	if (rc) {
		return rc;
	}
	if (row->type == SN_OPTION_SIZE32) {
		*(uint32_t *)dst = (uint32_t)v;
	} else {
		*(size_t *)dst = (size_t)v;
	}
	return SN_OK;
}

/* "is not a whole number (expected 1 to 1024, or auto)" */
static int parse_uint(const struct sn_option *row, const char *text, void *dst, char *why)
{
	int64_t v = 0;
	int rc;

	if (row->words && strcmp(text, row->words[0]) == 0) {
		*(uint32_t *)dst = 0;
		return SN_OK;
	}
	rc = sn_scalar_int(text, &v);
	if (rc == SN_OK && v >= 0 && (uint64_t)v >= row->min &&
	    (uint64_t)v <= (row->max ? row->max : UINT32_MAX)) {
		*(uint32_t *)dst = (uint32_t)v;
		return SN_OK;
	}
	snprintf(why, SN_OPTION_WHY_MAX, "is %s (expected %llu to %llu%s%s)",
		 rc == SN_EINVAL ? "not a whole number" : "out of range",
		 (unsigned long long)row->min,
		 (unsigned long long)(row->max ? row->max : UINT32_MAX), row->words ? ", or " : "",
		 row->words ? row->words[0] : "");
	return SN_EINVAL;
}

static int parse_int(const char *text, void *dst, char *why)
{
	int64_t v;
	int rc = sn_scalar_int(text, &v);

	if (rc == SN_EINVAL) {
		return fail(why, "is not a whole number");
	}
	if (rc || v < INT32_MIN || v > INT32_MAX) {
		return fail(why, "is out of range");
	}
	*(int32_t *)dst = (int32_t)v;
	return SN_OK;
}

static int parse_enum(const struct sn_option *row, const char *text, void *dst, char *why)
{
	const char *word;
	size_t n;

	for (int i = 0; row->words[i]; i++) {
		if (strcmp(row->words[i], text) == 0) {
			*(int *)dst = i;
			return SN_OK;
		}
	}
	word = sn_options_suggest(text, row->words);
	if (word) {
		snprintf(why, SN_OPTION_WHY_MAX, "is not known (did you mean \"%s\"?)", word);
		return SN_EINVAL;
	}
	n = (size_t)snprintf(why, SN_OPTION_WHY_MAX, "is not known (expected ");
	for (int i = 0; row->words[i] && n < SN_OPTION_WHY_MAX; i++) {
		const char *glue = i == 0 ? "" : row->words[i + 1] ? ", " : " or ";

		n += (size_t)snprintf(why + n, SN_OPTION_WHY_MAX - n, "%s%s", glue, row->words[i]);
	}
	if (n < SN_OPTION_WHY_MAX) {
		snprintf(why + n, SN_OPTION_WHY_MAX - n, ")");
	}
	return SN_EINVAL;
}

static int parse_address(const struct sn_option *row, const char *text, void *dst, char *why)
{
	bool v6 = row->type == SN_OPTION_ADDRESS6;
	struct sn_addr a;

	if (sn_addr_parse(&a, text, 0) == SN_OK && sn_addr_port(&a) == 0 &&
	    a.sa.sa_family == (v6 ? AF_INET6 : AF_INET)) {
		*(struct sn_addr *)dst = a;
		return SN_OK;
	}
	return fail(why, v6 ? "is not an IPv6 address (expected one such as 2001:db8::1, no port)"
			    : "is not an IPv4 address (expected one such as 192.0.2.1, no port)");
}

static int parse_text(const struct sn_option *row, const char *text, void *dst, char *why)
{
	bool hex = row->type == SN_OPTION_HEX;
	size_t n = strlen(text);
	bool ok = !hex || sn_scalar_hex(sn_span_str(text), NULL, 0, &n) == SN_OK;

	if (ok && n >= row->min && (row->max == 0 || n <= row->max)) {
		*(const char **)dst = text;
		return SN_OK;
	}
	snprintf(why, SN_OPTION_WHY_MAX, "is %s (expected %llu to %llu octets%s)",
		 !ok		? "not right"
		 : n < row->min ? "too short"
				: "too long",
		 (unsigned long long)row->min, (unsigned long long)row->max,
		 hex ? " as pairs of hexadecimal digits" : "");
	return SN_EINVAL;
}

int sn_options_parse(const struct sn_option *row, const char *text, void *dst, char *why)
{
	switch (row->type) {
	case SN_OPTION_DURATION:
	case SN_OPTION_USEC:
		return parse_duration(row, text, dst, why);
	case SN_OPTION_SIZE:
	case SN_OPTION_SIZE32:
		return parse_size(row, text, dst, why);
	case SN_OPTION_UINT:
		return parse_uint(row, text, dst, why);
	case SN_OPTION_INT:
		return parse_int(text, dst, why);
	case SN_OPTION_FLOAT:
		return sn_scalar_float(text, dst) ? fail(why, "is not a number") : SN_OK;
	case SN_OPTION_BOOL:
		return sn_scalar_bool(text, dst) ? fail(why, "is not true or false") : SN_OK;
	case SN_OPTION_STRING:
	case SN_OPTION_HEX:
		return parse_text(row, text, dst, why);
	case SN_OPTION_SECRET:
		*(const char **)dst = text;
		return SN_OK;
	case SN_OPTION_ENUM:
		return parse_enum(row, text, dst, why);
	case SN_OPTION_ADDRESS4:
	case SN_OPTION_ADDRESS6:
		return parse_address(row, text, dst, why);
	default:
		return fail(why, "is not expected here");
	}
}

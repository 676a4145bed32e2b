/*
 * Arguments of pages, see args.h. Called by serve on the HTTP server's thread.
 */
#include "page/args.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 9 }; /* of a number */

const char *sn_args_get(const struct sn_args *args, const char *name)
{
	const char *v = args->get(args->ctx, name);

	return v ? v : "";
}

int sn_args_number(const struct sn_args *args, const char *name, uint32_t fallback, uint32_t max,
		   uint32_t *out, char *why)
{
	const char *text = sn_args_get(args, name);
	unsigned long v;

	*out = fallback;
	if (!text[0]) {
		return SN_OK;
	}
	v = strlen(text) <= DIGITS_MAX && text[strspn(text, "0123456789")] == '\0'
		    ? strtoul(text, NULL, 10)
		    : ULONG_MAX;
	if (v > max) {
		snprintf(why, SN_ARGS_WHY_MAX, "%s: \"%.32s\" is not valid (expected 0 to %u)",
			 name, text, (unsigned)max);
		return SN_EINVAL;
	}
	*out = (uint32_t)v;
	return SN_OK;
}

int sn_args_format(const struct sn_args *args, const char *accept, bool *json, char *why)
{
	const char *format = sn_args_get(args, "format");

	if (!format[0]) {
		*json = accept && strstr(accept, "application/json");
		return SN_OK;
	}
	*json = strcmp(format, "json") == 0;
	if (*json || strcmp(format, "html") == 0) {
		return SN_OK;
	}
	snprintf(why, SN_ARGS_WHY_MAX, "format: \"%.32s\" is unknown (expected json or html)",
		 format);
	return SN_EINVAL;
}

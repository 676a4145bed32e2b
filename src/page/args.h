/*
 * Arguments of pages: names and values of a query, checked; what is wrong is explained. Pure; any
 * thread.
 */
#ifndef SN_PAGE_ARGS_H
#define SN_PAGE_ARGS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { SN_ARGS_WHY_MAX = 256 }; /* bytes of an explanation, NUL included */

/* Where arguments come from: the value of a name, NULL: it is not in the query. */
struct sn_args {
	const char *(*get)(const void *ctx, const char *name); /* see above */
	const void *ctx;				       /* its first argument */
};

/* The value of a name, "" if there is none. */
const char *sn_args_get(const struct sn_args *args, const char *name);

/* A number up to max; fallback: when there is none. SN_EINVAL and why. */
SN_MUST_USE int sn_args_number(const struct sn_args *args, const char *name, uint32_t fallback,
			       uint32_t max, uint32_t *out, char *why);

/* `format`: json or html; without it as the request's header Accept says (NULL: none). SN_EINVAL
 * and why. */
SN_MUST_USE int sn_args_format(const struct sn_args *args, const char *accept, bool *json,
			       char *why);

#endif

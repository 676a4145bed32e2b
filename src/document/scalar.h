/*
 * Texts of a configuration to values: durations, sizes, numbers, truth values. Pure functions; used
 * by options.c and wherever a label carries a value.
 */
#ifndef SN_DOCUMENT_SCALAR_H
#define SN_DOCUMENT_SCALAR_H

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SN_SCALAR_TEXT_MAX = 48 }; /* bytes of a written duration or size, NUL included */

/*
 * A duration as Go and Prometheus write it: one or more numbers with a unit, such as 1m30s, 1.5h,
 * 500ms; units ns us ms s m h d w y (365 d); 0 needs none. SN_EINVAL: not a duration; SN_ERANGE:
 * above 2^63-1 ns.
 */
SN_MUST_USE int sn_scalar_duration(const char *text, uint64_t *ns);

/* Writes a duration the same way, the largest units first; returns out (SN_SCALAR_TEXT_MAX). */
const char *sn_scalar_format_duration(char *out, uint64_t ns);

/*
 * A number of bytes: digits with an optional unit B, kB, MB, GB, TB (powers of 1000), KiB, MiB,
 * GiB, TiB (powers of 1024). SN_EINVAL; SN_ERANGE: above 2^63-1.
 */
SN_MUST_USE int sn_scalar_size(const char *text, uint64_t *bytes);

/* Writes a size the same way, in the largest power of 1024 that divides it; returns out
 * (SN_SCALAR_TEXT_MAX). */
const char *sn_scalar_format_size(char *out, uint64_t bytes);

/* Decimal digits with an optional sign. SN_EINVAL, SN_ERANGE. */
SN_MUST_USE int sn_scalar_int(const char *text, int64_t *v);

/* A finite decimal number. SN_EINVAL. */
SN_MUST_USE int sn_scalar_float(const char *text, double *v);

/* true or false, in the spellings of YAML 1.1 (yes, on, ...). SN_EINVAL. */
SN_MUST_USE int sn_scalar_bool(const char *text, bool *v);

/*
 * Octets as an even number of hexadecimal digits, with or without 0x in front. *n: how many there
 * are, also where they are more than cap; the first cap of them at out. SN_EINVAL: not that.
 */
SN_MUST_USE int sn_scalar_hex(struct sn_span text, uint8_t *out, size_t cap, size_t *n);

/* True for well-formed UTF-8 (no surrogates, nothing above U+10FFFF, no overlong form). */
bool sn_scalar_is_utf8(const char *text);

#endif

/*
 * Decompression of whole files in memory: gzip.c by zlib, bzip2.c by libbzip2, one function each.
 * Used while recordings are loaded, on the main thread.
 */
#ifndef SN_RECORDING_UNPACK_H
#define SN_RECORDING_UNPACK_H

#include "base/err.h"
#include "base/span.h"

/*
 * in, which may be several compressed streams one after the other, to *out (malloc'd, the caller
 * frees it, on success only) and *n octets. SN_ENOMEM; SN_EIO: damaged, cut, or more than max
 * octets.
 */
SN_MUST_USE int sn_gzip_unpack(struct sn_span in, size_t max, uint8_t **out, size_t *n);
SN_MUST_USE int sn_bzip2_unpack(struct sn_span in, size_t max, uint8_t **out, size_t *n);

#endif

/*
 * Outside test material: where it is and how a compressed file of it is read. It may be missing;
 * then the test is skipped.
 */
#ifndef TEST_SUPPORT_XZ_H
#define TEST_SUPPORT_XZ_H

#include <stddef.h>

/* $SONDE_CORPORA/<path>, in a buffer that the next call reuses; NULL when the variable is not set.
 */
const char *corpora_path(const char *path);

/*
 * The whole file below $SONDE_CORPORA, decompressed by `xz -dc`, n octets and a NUL that does not
 * count; to be freed. NULL when the file or xz is missing, or the file is damaged.
 */
char *corpora_read_xz(const char *path, size_t *n);

#endif

/*
 * Test inputs as exact-size heap blocks, so that AddressSanitizer sees a read of one byte too many.
 * The blocks stay reachable until the test process ends: no test has to free them.
 */
#ifndef TEST_SUPPORT_BYTES_H
#define TEST_SUPPORT_BYTES_H

#include "base/span.h"

/* A heap copy of n bytes; a block of its own also for n = 0. */
struct sn_span bytes_copy(const void *p, size_t n);

/* Hexadecimal digits, spaces between octets ignored, as a heap block. Aborts on anything else. */
struct sn_span bytes_hex(const char *hex);

/* Frees every block handed out so far, for loops over many inputs. */
void bytes_free_all(void);

#endif

/*
 * CRC-32C, Castagnoli's polynomial (RFC 3720 appendix B.4), over segments of the spool. It finds
 * damage, not malice. Called by the spool on its thread; no state, any thread may.
 */
#ifndef SN_SPOOL_CRC32C_H
#define SN_SPOOL_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The sum of n octets behind those whose sum is crc, 0 for none: the sum of two runs is that of the
 * second begun with that of the first. By the processor's instruction where it has one.
 */
uint32_t sn_crc32c(uint32_t crc, const void *p, size_t n);

/* The same by table, eight octets a step: what is used where there is no instruction. */
uint32_t sn_crc32c_table(uint32_t crc, const void *p, size_t n);

/* Whether sn_crc32c uses an instruction here. */
bool sn_crc32c_hardware(void);

#endif

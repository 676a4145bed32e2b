/*
 * Values on standard output as the interop tests read them: octets hexadecimal, addresses and OIDs
 * dotted. For the programs of tests/tools.
 */
#ifndef TEST_SUPPORT_PRINT_H
#define TEST_SUPPORT_PRINT_H

#include "codec/value.h"

void print_hex(struct sn_span s);

/* BER content; "?" where it is no OID. */
void print_oid(struct sn_span oid);

/* Four octets. */
void print_address(struct sn_span s);

/* Without its type; nothing for NULL and the exceptions. */
void print_value(const struct sn_value *v);

#endif

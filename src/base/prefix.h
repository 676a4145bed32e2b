/*
 * Blocks of addresses as "10.0.0.0/8" and "2001:db8::/32", and tables of them in which an address
 * finds the smallest block that it is in. config reads them, session and daemon look up. Values, no
 * ownership; any thread.
 *
 * A table is an array of any structs that begin with a struct sn_prefix, sorted by sn_prefix_order.
 */
#ifndef SN_BASE_PREFIX_H
#define SN_BASE_PREFIX_H

#include "base/addr.h"

enum { SN_PREFIX_TEXT_MAX = 64 }; /* "v6/128" and a NUL */

struct sn_prefix {
	uint8_t key[17]; /* 4 or 6, then the address, then zeros */
	uint8_t bits;	 /* of the address that count */
	uint32_t up;	 /* in a table: 1 + index of the next larger block around it, 0: none */
};

/*
 * "address/bits". SN_EINVAL: it is not. Bits of the address beyond these are cleared, *exact says
 * that there were none.
 */
SN_MUST_USE int sn_prefix_parse(struct sn_prefix *p, const char *text, bool *exact);

/* Writes "10.0.0.0/8", NUL-terminated; returns out. size: SN_PREFIX_TEXT_MAX. */
char *sn_prefix_format(const struct sn_prefix *p, char *out, size_t size);

/* By family, then address, then larger blocks first; 0: the same. */
int sn_prefix_order(const struct sn_prefix *a, const struct sn_prefix *b);

/* Sets `up` of all n structs of this size, which are sorted and all different. */
void sn_prefix_link(void *table, uint32_t n, size_t size);

/* Index of the smallest block that has the address, -1: none. The table was linked. */
int64_t sn_prefix_find(const void *table, uint32_t n, size_t size, const struct sn_addr *addr);

#endif

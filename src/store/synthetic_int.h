/*
 * What the files of synthetic*.c share: the table of objects, and what a function that makes up one
 * value is told. Pure functions on a worker's thread; nothing is kept between calls.
 *
 * Time enters as hundredths of a second since the device's management system started, the unit of
 * sysUpTime: whoever fetched sysUpTime with a value can compute that value exactly.
 */
#ifndef SN_STORE_SYNTHETIC_INT_H
#define SN_STORE_SYNTHETIC_INT_H

#include "store/synthetic.h"
#include "base/hash.h"

enum {
	SN_SYNTHETIC_NAME = 32,	     /* octets of an item's room that its name may take */
	SN_SYNTHETIC_PREFIX = 16,    /* octets of the longest column's OID, and some */
	SN_SYNTHETIC_STORAGES = 4,   /* rows of hrStorageTable */
	SN_SYNTHETIC_TICK = 10000000 /* ns of 1/100 s */
};

/* Tables, in the order of their OIDs; a group of scalars counts as a table of one row. */
enum sn_synthetic_table {
	SN_SYNTHETIC_SYSTEM,
	SN_SYNTHETIC_INTERFACES,
	SN_SYNTHETIC_IF,
	SN_SYNTHETIC_STORAGE,
	SN_SYNTHETIC_PROCESSOR,
	SN_SYNTHETIC_IFX,
	SN_SYNTHETIC_ENTITY,
	SN_SYNTHETIC_TABLES
};

/* Whose value is made up, and where. */
struct sn_synthetic_at {
	const struct sn_synthetic_config *cfg; /* of the store */
	uint64_t ticks;			       /* 1/100 s since the device started */
	uint64_t device_key;		       /* hash of seed and device */
	uint64_t row_key;		       /* of the row too; ifXTable's are those of ifTable */
	uint32_t device;		       /* its number */
	uint32_t row;			       /* from 0 */
	uint32_t index;			       /* the row's index in its table */
	uint8_t *room;			       /* for octets of the value, SN_SYNTHETIC_OCTETS */
};

enum { SN_SYNTHETIC_OCTETS = SN_STORE_ROOM - SN_SYNTHETIC_NAME };

/* Makes up the content of v, whose tag is set; which: what the object's row says. */
typedef void sn_synthetic_fn(const struct sn_synthetic_at *at, unsigned which, struct sn_value *v);

/* What SET may give a writable object. */
struct sn_synthetic_range {
	uint32_t low;	/* smallest number, or octets */
	uint32_t high;	/* largest */
	bool printable; /* octets are those of DisplayString, RFC 2579 §2 */
};

struct sn_synthetic_object {
	uint8_t table;				/* enum sn_synthetic_table */
	uint8_t column;				/* last arc of its OID */
	uint8_t tag;				/* enum sn_tag */
	uint8_t which;				/* for value */
	sn_synthetic_fn *value;			/* makes up a value */
	const struct sn_synthetic_range *range; /* for SET; NULL: read-only */
};

/* All objects there can be, in the order of their OIDs. */
extern const struct sn_synthetic_object sn_synthetic_objects[];
extern const size_t sn_synthetic_object_count;

/* OID of what stands above the columns of a table. */
struct sn_span sn_synthetic_table_oid(enum sn_synthetic_table table);

/* A key for one more thing below a key. */
static inline uint64_t sn_synthetic_key(uint64_t key, uint64_t thing)
{
	return sn_hash_mix(key ^ (thing * UINT64_C(0x9fb21c651e98df25)),
			   UINT64_C(0xe7037ed1a0b428db));
}

/* A number below n out of 32 bits of a key. */
static inline uint32_t sn_synthetic_below(uint64_t key, uint32_t n)
{
	return (uint32_t)(((key & UINT32_MAX) * n) >> 32);
}

/* synthetic_text.c */

/* Text under way: p is where the next octet goes. */
struct sn_synthetic_text {
	uint8_t *start; /* first octet */
	uint8_t *p;	/* next one */
	uint8_t *end;	/* what comes behind is cut off */
};

struct sn_synthetic_text sn_synthetic_text_make(uint8_t *room, size_t n);
void sn_synthetic_text_add(struct sn_synthetic_text *t, const char *words);
void sn_synthetic_text_number(struct sn_synthetic_text *t, uint32_t n, unsigned digits);
void sn_synthetic_text_end(const struct sn_synthetic_text *t, struct sn_value *v);

/* An OCTET STRING or OBJECT IDENTIFIER that is a constant. */
void sn_synthetic_text_constant(struct sn_value *v, const char *octets, size_t n);

/* synthetic_interface.c */

/* What an interface is. */
struct sn_synthetic_interface {
	const struct sn_synthetic_kind *kind; /* type, speed, names */
	bool admin_up;			      /* ifAdminStatus is up */
	bool up;			      /* ifOperStatus is up: only then octets flow */
};

/* A kind of interface. */
struct sn_synthetic_kind {
	const char *name;  /* of ifDescr, before the number */
	const char *brief; /* of ifName */
	uint32_t mbps;	   /* speed, Mb/s */
	uint16_t type;	   /* IANAifType */
	uint16_t mtu;	   /* octets */
	bool slots;	   /* numbered 1/0/1 instead of 1 */
	bool address;	   /* has a MAC address */
};

void sn_synthetic_interface_read(const struct sn_synthetic_at *at,
				 struct sn_synthetic_interface *ifc);

/* Objects of IF-MIB that are no counters. */
enum sn_synthetic_interface_object {
	SN_IF_NUMBER,
	SN_IF_INDEX,
	SN_IF_DESCR,
	SN_IF_TYPE,
	SN_IF_MTU,
	SN_IF_SPEED,
	SN_IF_PHYS_ADDRESS,
	SN_IF_ADMIN_STATUS,
	SN_IF_OPER_STATUS,
	SN_IF_LAST_CHANGE,
	SN_IF_OUT_QLEN,
	SN_IF_SPECIFIC,
	SN_IF_NAME,
	SN_IF_LINK_TRAP,
	SN_IF_HIGH_SPEED,
	SN_IF_PROMISCUOUS,
	SN_IF_CONNECTOR,
	SN_IF_ALIAS,
	SN_IF_DISCONTINUITY
};

sn_synthetic_fn sn_synthetic_interface_value;

/* synthetic_counter.c */

/* What the counters of an interface count; outgoing things have SN_COUNT_OUT added. */
enum sn_synthetic_counted {
	SN_COUNT_OCTETS,
	SN_COUNT_UCAST,
	SN_COUNT_MULTICAST,
	SN_COUNT_BROADCAST,
	SN_COUNT_NUCAST, /* the two before, together */
	SN_COUNT_DISCARDS,
	SN_COUNT_ERRORS,
	SN_COUNT_UNKNOWN,
	SN_COUNT_OUT
};

/* which: enum sn_synthetic_counted; Counter32 shows the low half. */
sn_synthetic_fn sn_synthetic_counter_value;

/* Ticks at which the interface's counters last began anew, 0: at the start of the device. */
uint64_t sn_synthetic_counter_since(const struct sn_synthetic_at *at);

/* A number from low to high that wanders in time, another one for each key. */
uint32_t sn_synthetic_wander(uint64_t key, uint64_t ticks, uint32_t low, uint32_t high);

/* synthetic_system.c: system group, entPhysicalTable, HOST-RESOURCES-MIB; which: the column. */

sn_synthetic_fn sn_synthetic_system_value;
sn_synthetic_fn sn_synthetic_entity_value;
sn_synthetic_fn sn_synthetic_storage_value;
sn_synthetic_fn sn_synthetic_processor_value;

#endif

/*
 * The objects that made-up devices know (RFC 3418, RFC 2863, RFC 2790, RFC 6933): one row each, in
 * the order of their OIDs. synthetic.c makes its columns of them when a store is made.
 */
#include "store/synthetic_int.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* DisplayString (SIZE (0..255)), and (0..64) of ifAlias; ifAdminStatus; TruthValue-like enums. */
static const struct sn_synthetic_range text_range = {0, 255, true};
static const struct sn_synthetic_range alias_range = {0, 64, true};
static const struct sn_synthetic_range admin_range = {1, 3, false};
static const struct sn_synthetic_range trap_range = {1, 2, false};

#define SYSTEM(column, tag, range)                                                                 \
	{                                                                                          \
		SN_SYNTHETIC_SYSTEM, column, SN_TAG_##tag, column, sn_synthetic_system_value,      \
			range                                                                      \
	}
#define ENTITY(column, tag)                                                                        \
	{                                                                                          \
		SN_SYNTHETIC_ENTITY, column, SN_TAG_##tag, column, sn_synthetic_entity_value, NULL \
	}
#define STORAGE(column, tag)                                                                       \
	{                                                                                          \
		SN_SYNTHETIC_STORAGE, column, SN_TAG_##tag, column, sn_synthetic_storage_value,    \
			NULL                                                                       \
	}
#define PROCESSOR(column, tag)                                                                     \
	{                                                                                          \
		SN_SYNTHETIC_PROCESSOR, column, SN_TAG_##tag, column,                              \
			sn_synthetic_processor_value, NULL                                         \
	}
#define IFACE(table, column, tag, which, range)                                                    \
	{                                                                                          \
		SN_SYNTHETIC_##table, column, SN_TAG_##tag, SN_IF_##which,                         \
			sn_synthetic_interface_value, range                                        \
	}
#define COUNTER(table, column, bits, which)                                                        \
	{                                                                                          \
		SN_SYNTHETIC_##table, column, SN_TAG_COUNTER##bits, SN_COUNT_##which,              \
			sn_synthetic_counter_value, NULL                                           \
	}
#define COUNTER_OUT(table, column, bits, which)                                                    \
	{                                                                                          \
		SN_SYNTHETIC_##table, column, SN_TAG_COUNTER##bits,                                \
			SN_COUNT_OUT + SN_COUNT_##which, sn_synthetic_counter_value, NULL          \
	}

const struct sn_synthetic_object sn_synthetic_objects[] = {
	SYSTEM(1, OCTETS, NULL),
	SYSTEM(2, OID, NULL),
	SYSTEM(3, TIMETICKS, NULL),
	SYSTEM(4, OCTETS, &text_range),
	SYSTEM(5, OCTETS, &text_range),
	SYSTEM(6, OCTETS, &text_range),
	SYSTEM(7, INTEGER, NULL),

	IFACE(INTERFACES, 1, INTEGER, NUMBER, NULL),

	IFACE(IF, 1, INTEGER, INDEX, NULL),
	IFACE(IF, 2, OCTETS, DESCR, NULL),
	IFACE(IF, 3, INTEGER, TYPE, NULL),
	IFACE(IF, 4, INTEGER, MTU, NULL),
	IFACE(IF, 5, GAUGE32, SPEED, NULL),
	IFACE(IF, 6, OCTETS, PHYS_ADDRESS, NULL),
	IFACE(IF, 7, INTEGER, ADMIN_STATUS, &admin_range),
	IFACE(IF, 8, INTEGER, OPER_STATUS, NULL),
	IFACE(IF, 9, TIMETICKS, LAST_CHANGE, NULL),
	COUNTER(IF, 10, 32, OCTETS),
	COUNTER(IF, 11, 32, UCAST),
	COUNTER(IF, 12, 32, NUCAST),
	COUNTER(IF, 13, 32, DISCARDS),
	COUNTER(IF, 14, 32, ERRORS),
	COUNTER(IF, 15, 32, UNKNOWN),
	COUNTER_OUT(IF, 16, 32, OCTETS),
	COUNTER_OUT(IF, 17, 32, UCAST),
	COUNTER_OUT(IF, 18, 32, NUCAST),
	COUNTER_OUT(IF, 19, 32, DISCARDS),
	COUNTER_OUT(IF, 20, 32, ERRORS),
	IFACE(IF, 21, GAUGE32, OUT_QLEN, NULL),
	IFACE(IF, 22, OID, SPECIFIC, NULL),

	STORAGE(1, INTEGER),
	STORAGE(2, OID),
	STORAGE(3, OCTETS),
	STORAGE(4, INTEGER),
	STORAGE(5, INTEGER),
	STORAGE(6, INTEGER),
	STORAGE(7, COUNTER32),

	PROCESSOR(1, OID),
	PROCESSOR(2, INTEGER),

	IFACE(IFX, 1, OCTETS, NAME, NULL),
	COUNTER(IFX, 2, 32, MULTICAST),
	COUNTER(IFX, 3, 32, BROADCAST),
	COUNTER_OUT(IFX, 4, 32, MULTICAST),
	COUNTER_OUT(IFX, 5, 32, BROADCAST),
	COUNTER(IFX, 6, 64, OCTETS),
	COUNTER(IFX, 7, 64, UCAST),
	COUNTER(IFX, 8, 64, MULTICAST),
	COUNTER(IFX, 9, 64, BROADCAST),
	COUNTER_OUT(IFX, 10, 64, OCTETS),
	COUNTER_OUT(IFX, 11, 64, UCAST),
	COUNTER_OUT(IFX, 12, 64, MULTICAST),
	COUNTER_OUT(IFX, 13, 64, BROADCAST),
	IFACE(IFX, 14, INTEGER, LINK_TRAP, &trap_range),
	IFACE(IFX, 15, GAUGE32, HIGH_SPEED, NULL),
	IFACE(IFX, 16, INTEGER, PROMISCUOUS, NULL),
	IFACE(IFX, 17, INTEGER, CONNECTOR, NULL),
	IFACE(IFX, 18, OCTETS, ALIAS, &alias_range),
	IFACE(IFX, 19, TIMETICKS, DISCONTINUITY, NULL),

	ENTITY(2, OCTETS),
	ENTITY(3, OID),
	ENTITY(4, INTEGER),
	ENTITY(5, INTEGER),
	ENTITY(6, INTEGER),
	ENTITY(7, OCTETS),
	ENTITY(8, OCTETS),
	ENTITY(9, OCTETS),
	ENTITY(10, OCTETS),
	ENTITY(11, OCTETS),
	ENTITY(12, OCTETS),
	ENTITY(13, OCTETS),
	ENTITY(14, OCTETS),
	ENTITY(15, OCTETS),
	ENTITY(16, INTEGER),
};

const size_t sn_synthetic_object_count = COUNT(sn_synthetic_objects);

/* 1.3.6.1.2.1, below which everything is. */
#define MIB_2 "\x2b\x06\x01\x02\x01"
#define OID_OF(octets)                                                                             \
	{                                                                                          \
		(const uint8_t *)(octets), sizeof(octets) - 1                                      \
	}

struct sn_span sn_synthetic_table_oid(enum sn_synthetic_table table)
{
	static const struct sn_span oids[SN_SYNTHETIC_TABLES] = {
		[SN_SYNTHETIC_SYSTEM] = OID_OF(MIB_2 "\x01"),
		[SN_SYNTHETIC_INTERFACES] = OID_OF(MIB_2 "\x02"),
		[SN_SYNTHETIC_IF] = OID_OF(MIB_2 "\x02\x02\x01"),
		[SN_SYNTHETIC_STORAGE] = OID_OF(MIB_2 "\x19\x02\x03\x01"),
		[SN_SYNTHETIC_PROCESSOR] = OID_OF(MIB_2 "\x19\x03\x03\x01"),
		[SN_SYNTHETIC_IFX] = OID_OF(MIB_2 "\x1f\x01\x01\x01"),
		[SN_SYNTHETIC_ENTITY] = OID_OF(MIB_2 "\x2f\x01\x01\x01\x01"),
	};

	return oids[table];
}

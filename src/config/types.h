/*
 * snmp_exporter's metric, index and look-up types: one table, from which the checks, the messages
 * and the documentation are made.
 */
#ifndef SN_CONFIG_TYPES_H
#define SN_CONFIG_TYPES_H

#include "record/schema.h"

enum {
	SN_TYPE_METRIC = 1, /* of a metric or a look-up */
	SN_TYPE_INDEX = 2,  /* of an index */
	SN_TYPE_LATER = 4,  /* known, not supported by this version: an error once it is used */
};

/* X(id, name, kind, uses) */
#define SN_TYPE_TABLE(X)                                                                           \
	X(COUNTER, "counter", COUNTER, SN_TYPE_METRIC | SN_TYPE_INDEX)                             \
	X(GAUGE, "gauge", GAUGE, SN_TYPE_METRIC | SN_TYPE_INDEX)                                   \
	X(FLOAT, "Float", FLOAT, SN_TYPE_METRIC)                                                   \
	X(DOUBLE, "Double", FLOAT, SN_TYPE_METRIC)                                                 \
	X(DISPLAY_STRING, "DisplayString", TEXT, SN_TYPE_METRIC | SN_TYPE_INDEX)                   \
	X(OCTET_STRING, "OctetString", HEX, SN_TYPE_METRIC | SN_TYPE_INDEX)                        \
	X(PHYS_ADDRESS48, "PhysAddress48", PHYS_ADDRESS48, SN_TYPE_METRIC | SN_TYPE_INDEX)         \
	X(INET4, "InetAddressIPv4", INET4, SN_TYPE_METRIC | SN_TYPE_INDEX)                         \
	X(INET6, "InetAddressIPv6", INET6, SN_TYPE_METRIC | SN_TYPE_INDEX)                         \
	X(ENUM_AS_INFO, "EnumAsInfo", ENUM, SN_TYPE_METRIC | SN_TYPE_INDEX)                        \
	X(ENUM_AS_STATE_SET, "EnumAsStateSet", ENUM, SN_TYPE_METRIC)                               \
	X(BITS, "Bits", BITS, SN_TYPE_METRIC)                                                      \
	X(INTEGER, "Integer", GAUGE, SN_TYPE_INDEX)                                                \
	X(INTEGER32, "Integer32", GAUGE, SN_TYPE_INDEX)                                            \
	X(DATE_AND_TIME, "DateAndTime", GAUGE, SN_TYPE_METRIC | SN_TYPE_LATER)                     \
	X(PARSE_DATE_AND_TIME, "ParseDateAndTime", GAUGE, SN_TYPE_METRIC | SN_TYPE_LATER)          \
	X(NTP_TIME_STAMP, "NTPTimeStamp", GAUGE, SN_TYPE_METRIC | SN_TYPE_LATER)                   \
	X(INET, "InetAddress", HEX, SN_TYPE_METRIC | SN_TYPE_INDEX | SN_TYPE_LATER)                \
	X(INET_MISSING_SIZE, "InetAddressMissingSize", HEX,                                        \
	  SN_TYPE_METRIC | SN_TYPE_INDEX | SN_TYPE_LATER)                                          \
	X(LLDP_PORT_ID, "LldpPortId", HEX, SN_TYPE_METRIC | SN_TYPE_INDEX | SN_TYPE_LATER)

enum sn_type {
#define SN_TYPE_ENUM(id, name, kind, uses) SN_TYPE_##id,
	SN_TYPE_TABLE(SN_TYPE_ENUM)
#undef SN_TYPE_ENUM
		SN_TYPE_COUNT
};

#endif

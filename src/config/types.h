/*
 * snmp_exporter's metric, index and look-up types: one table, from which the checks, the messages
 * and the documentation are made.
 */
#ifndef SN_CONFIG_TYPES_H
#define SN_CONFIG_TYPES_H

#include "plan/convert.h"
#include "record/schema.h"

enum {
	SN_TYPE_METRIC = 1,  /* of a metric or a look-up */
	SN_TYPE_INDEX = 2,   /* of an index */
	SN_TYPE_CONVERT = 4, /* a value of it is turned into something simple first */
	SN_TYPE_BESIDE = 8   /* what its values are says the column before theirs */
};

/*
 * X(id, name, kind of a value, kind of an index label, conversion, uses); conversion counts with
 * SN_TYPE_CONVERT only.
 */
#define SN_TYPE_TABLE(X)                                                                           \
	X(COUNTER, "counter", COUNTER, GAUGE, INET, SN_TYPE_METRIC | SN_TYPE_INDEX)                \
	X(GAUGE, "gauge", GAUGE, GAUGE, INET, SN_TYPE_METRIC | SN_TYPE_INDEX)                      \
	X(FLOAT, "Float", FLOAT, GAUGE, INET, SN_TYPE_METRIC)                                      \
	X(DOUBLE, "Double", FLOAT, GAUGE, INET, SN_TYPE_METRIC)                                    \
	X(DISPLAY_STRING, "DisplayString", TEXT, TEXT, INET, SN_TYPE_METRIC | SN_TYPE_INDEX)       \
	X(OCTET_STRING, "OctetString", HEX, HEX, INET, SN_TYPE_METRIC | SN_TYPE_INDEX)             \
	X(PHYS_ADDRESS48, "PhysAddress48", PHYS_ADDRESS48, PHYS_ADDRESS48, INET,                   \
	  SN_TYPE_METRIC | SN_TYPE_INDEX)                                                          \
	X(INET4, "InetAddressIPv4", INET4, INET4, INET, SN_TYPE_METRIC | SN_TYPE_INDEX)            \
	X(INET6, "InetAddressIPv6", INET6, INET6, INET, SN_TYPE_METRIC | SN_TYPE_INDEX)            \
	X(ENUM_AS_INFO, "EnumAsInfo", ENUM, ENUM, INET, SN_TYPE_METRIC | SN_TYPE_INDEX)            \
	X(ENUM_AS_STATE_SET, "EnumAsStateSet", STATE_SET, ENUM, INET, SN_TYPE_METRIC)              \
	X(BITS, "Bits", BITS, BITS, INET, SN_TYPE_METRIC)                                          \
	X(INTEGER, "Integer", GAUGE, GAUGE, INET, SN_TYPE_INDEX)                                   \
	X(INTEGER32, "Integer32", GAUGE, GAUGE, INET, SN_TYPE_INDEX)                               \
	X(DATE_AND_TIME, "DateAndTime", GAUGE, GAUGE, DATE_AND_TIME,                               \
	  SN_TYPE_METRIC | SN_TYPE_CONVERT)                                                        \
	X(PARSE_DATE_AND_TIME, "ParseDateAndTime", GAUGE, GAUGE, PARSE_DATE_AND_TIME,              \
	  SN_TYPE_METRIC | SN_TYPE_CONVERT)                                                        \
	X(NTP_TIME_STAMP, "NTPTimeStamp", GAUGE, GAUGE, NTP_TIME_STAMP,                            \
	  SN_TYPE_METRIC | SN_TYPE_CONVERT)                                                        \
	X(INET, "InetAddress", TEXT, INET, INET,                                                   \
	  SN_TYPE_METRIC | SN_TYPE_INDEX | SN_TYPE_CONVERT | SN_TYPE_BESIDE)                       \
	X(INET_MISSING_SIZE, "InetAddressMissingSize", TEXT, INET_MISSING_SIZE, INET_MISSING_SIZE, \
	  SN_TYPE_METRIC | SN_TYPE_INDEX | SN_TYPE_CONVERT | SN_TYPE_BESIDE)                       \
	X(LLDP_PORT_ID, "LldpPortId", TEXT, LLDP_PORT_ID, LLDP_PORT_ID,                            \
	  SN_TYPE_METRIC | SN_TYPE_INDEX | SN_TYPE_CONVERT | SN_TYPE_BESIDE)

enum sn_type {
#define SN_TYPE_ENUM(id, name, kind, index, convert, uses) SN_TYPE_##id,
	SN_TYPE_TABLE(SN_TYPE_ENUM)
#undef SN_TYPE_ENUM
		SN_TYPE_COUNT
};

#endif

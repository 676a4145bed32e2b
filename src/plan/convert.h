/*
 * Odd values to simple ones, as snmp_exporter makes them: dates to Unix seconds, addresses whose
 * kind is in the column beside them, display hints, numbers cut out of texts by regular
 * expressions. Called for the cells of a table before it leaves (collect/derive), on workers'
 * threads; pure but for the arena, and for the match data of base/regex.h.
 */
#ifndef SN_PLAN_CONVERT_H
#define SN_PLAN_CONVERT_H

#include "base/arena.h"
#include "base/regex.h"
#include "codec/value.h"
#include "record/schema.h"

enum sn_convert {
	SN_CONVERT_DATE_AND_TIME,	/* 8 or 11 octets of RFC 2579: Unix seconds */
	SN_CONVERT_PARSE_DATE_AND_TIME, /* text by a pattern of strptime: Unix seconds */
	SN_CONVERT_NTP_TIME_STAMP,	/* 8 octets or more of RFC 5905: Unix seconds */
	SN_CONVERT_INET,		/* address by InetAddressType: text */
	SN_CONVERT_INET_MISSING_SIZE,	/* the same */
	SN_CONVERT_LLDP_PORT_ID,	/* text or MAC address by LldpPortIdSubtype: text */
	SN_CONVERT_DISPLAY_HINT		/* octets by a display hint, else hex: text */
};

/* What an op needs besides the value. */
struct sn_convert_spec {
	enum sn_convert how; /* what is to be done */
	const char *text;    /* PARSE_DATE_AND_TIME: the pattern; else a display hint for what is
				written as octets, or NULL */
	bool lookup;	     /* address of a look-up: where the type is unknown, the octets say what
				they are as arcs of an index would, as in snmp_exporter */
};

/*
 * Turns v into a simple value: a number (tag SN_TAG_INTEGER) or octets (tag SN_TAG_OCTETS) that are
 * the finished text. type: the number in the column beside it (InetAddressType, LldpPortIdSubtype),
 * 0 unknown. Text is made in arena, or is v's own. SN_OK; SN_ENOENT: the series is dropped (bad
 * length, does not parse); SN_ENOMEM.
 */
SN_MUST_USE int sn_convert(const struct sn_convert_spec *spec, const struct sn_value *v,
			   int64_t type, struct sn_arena *arena, struct sn_value *out);

/*
 * v as text: numbers decimal, OIDs and IpAddress dotted, octets as their kind says (TEXT as they
 * are; addresses filled up or cut; all others hex, or by hint if it is not NULL and fits). What
 * regex_extracts and filters look at. Made in arena, or v's own octets. SN_ENOMEM.
 */
SN_MUST_USE int sn_convert_text(enum sn_kind kind, const char *hint, const struct sn_value *v,
				struct sn_arena *arena, struct sn_span *text);

/* An entry of regex_extracts. */
struct sn_extract {
	const struct sn_regex *regex; /* anchored */
	const char *value;	      /* template of the number: "$1" */
};

/*
 * regex_extracts: the first entry whose regex matches and whose expanded value is a number as Go's
 * strconv.ParseFloat reads it (of at most 1023 characters). SN_OK, SN_ENOENT, SN_ENOMEM.
 */
SN_MUST_USE int sn_convert_extract(const struct sn_extract *list, uint32_t n, struct sn_span text,
				   double *out);

#endif

/*
 * What a table of rows looks like: columns, index labels, look-up labels. Built once by collect
 * from a module and immutable afterwards; blocks point at it, encoders read it. Any thread may
 * read.
 */
#ifndef SN_RECORD_SCHEMA_H
#define SN_RECORD_SCHEMA_H

#include "base/span.h"

/*
 * How a column's value is meant, after snmp_exporter's metric types. It decides the rendering, not
 * the wire type: a cell keeps the tag it came with.
 */
enum sn_kind {
	SN_KIND_COUNTER,	/* number that only grows, apart from resets */
	SN_KIND_GAUGE,		/* number */
	SN_KIND_FLOAT,		/* Opaque float or double, or any number */
	SN_KIND_TEXT,		/* DisplayString; an OID value is written dotted */
	SN_KIND_HEX,		/* OctetString: 0x and upper-case hex digits, "" stays empty */
	SN_KIND_PHYS_ADDRESS48, /* AA:BB:CC:DD:EE:FF */
	SN_KIND_INET4,		/* dotted quad */
	SN_KIND_INET6,		/* eight groups of four upper-case hex digits */
	SN_KIND_ENUM,		/* number with names */
	SN_KIND_BITS,		/* octets whose bits have names; written as hex */
	SN_KIND_STATE_SET,	/* number with names, each a series of its own in Prometheus */

	/* of index labels only */
	SN_KIND_INET,		   /* address behind the arcs of its type and its length */
	SN_KIND_INET_MISSING_SIZE, /* the same without the length */
	SN_KIND_LLDP_PORT_ID	   /* text or MAC address, behind two arcs as INET */
};

/* True for the kinds whose values are numbers (scaled, summed), false for text. */
static inline bool sn_kind_is_number(enum sn_kind kind)
{
	const unsigned numbers = 1u << SN_KIND_COUNTER | 1u << SN_KIND_GAUGE | 1u << SN_KIND_FLOAT |
				 1u << SN_KIND_ENUM | 1u << SN_KIND_STATE_SET;

	return numbers >> kind & 1;
}

/* True for numbers that are names: never scaled. */
static inline bool sn_kind_is_state(enum sn_kind kind)
{
	return kind == SN_KIND_ENUM || kind == SN_KIND_STATE_SET;
}

/* The name of one value of an enumeration or of one bit. */
struct sn_enum_name {
	int64_t value;	  /* number or bit position */
	const char *name; /* label */
};

/* Which labels the series of a column have, in formats that give each column a series of its own.
 */
struct sn_series {
	const uint8_t *dropped;	 /* one octet per index label: 1: taken away, or overwritten by
				    a look-up; NULL: none is */
	const uint32_t *lookups; /* numbers into the schema's look-ups */
	uint32_t nlookups;	 /* of them */
};

struct sn_column {
	const char *name;		  /* metric name, as in the module */
	const char *help;		  /* what it means, may be "" */
	const struct sn_series *series;	  /* NULL: all labels of the schema */
	struct sn_span oid;		  /* column (or scalar) OID, BER content */
	const struct sn_enum_name *enums; /* sorted by value, may be NULL */
	uint32_t nenums;
	enum sn_kind kind;
	bool is_value; /* appears among the row's values */
	bool is_label; /* walked for labels only: what it says may be kept for a while */
	double scale;  /* factor, 0: none */
	double offset; /* added after scaling */
};

/* One label made from arcs of the index. */
struct sn_index {
	const char *label; /* label name */
	enum sn_kind kind; /* GAUGE: one arc; TEXT, HEX: octets; PHYS_ADDRESS48 6, INET4 4, INET6 16
			      arcs; INET and the others: see record/index.h */
	const struct sn_enum_name *enums; /* KIND_ENUM: one arc with names */
	uint32_t nenums;
	uint32_t fixed_size; /* octet strings: so many arcs; 0: a length arc comes first unless
				implied */
	bool implied;	     /* octet string takes all remaining arcs */
};

/* A label filled from a column of the same row (snmp_exporter's lookups). */
struct sn_lookup {
	const char *label; /* label name */
	uint32_t column;   /* index into columns */
	bool own_row;	   /* asked for by the row's index, label by label: snmp_exporter finds
			      nothing when the index has more or fewer arcs than its labels take */
};

struct sn_schema {
	const char *module; /* name of the module */
	const char *table;  /* name of the table: record's "table", influx measurement */
	const struct sn_column *columns; /* those that are walked first, in the order of their OIDs
					  */
	const struct sn_index *indexes;	 /* none: the row of scalars, index "0" */
	const uint8_t *dropped; /* one octet per index: 1: no column has its label; NULL: none */
	const struct sn_lookup *lookups; /* labels of any of the columns */
	uint32_t ncolumns;
	uint32_t nwalked; /* columns that are walked; what follows is got by instance, or made from
			     other cells before the rows leave */
	uint32_t nindexes;
	uint32_t nlookups;
	int32_t discontinuity; /* column that holds ifCounterDiscontinuityTime, -1: none */
};

#endif

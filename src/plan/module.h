/*
 * A module as the user wrote it: snmp_exporter's modules.<name>, checked and with OIDs in BER.
 * config fills it, plan.c compiles it. Immutable; memory belongs to the configuration snapshot.
 */
#ifndef SN_PLAN_MODULE_H
#define SN_PLAN_MODULE_H

#include "base/regex.h"
#include "plan/convert.h"
#include "record/schema.h"

/* How the cell of a column is meant: rendered as it is, or turned into something simple first. */
struct sn_module_type {
	enum sn_kind kind; /* of the cell as rows have it */
	bool converted;	   /* convert says how the value becomes that */
	bool beside;	   /* its meaning is the number in the column before it */
	struct sn_convert_spec convert;
	const struct sn_enum_name *enums; /* enum_values, sorted by value */
	uint32_t nenums;
};

struct sn_module_lookup {
	const char *label;	   /* labelname */
	const char *const *inputs; /* labels whose arcs make the instance; none: delete the label */
	uint32_t ninputs;
	struct sn_span oid;	    /* column */
	struct sn_module_type type; /* of the column */
};

/* regex_extracts: another series for each suffix, in place of the metric itself. */
struct sn_module_extract {
	const char *name;	       /* of the series: the metric's and the suffix */
	const char *help;	       /* the metric's, and that it is extracted */
	const struct sn_extract *list; /* tried in this order */
	uint32_t n;		       /* of them */
};

/* A dynamic filter: only rows that it allows are asked for, by their names. */
struct sn_module_filter {
	struct sn_span oid;		      /* column that decides */
	const struct sn_span *targets;	      /* OIDs of walks that become gets */
	const struct sn_regex *const *values; /* any of them must match */
	uint32_t ntargets;
	uint32_t nvalues;
};

struct sn_module_metric {
	const char *name;		/* series and column name */
	const char *help;		/* may be "" */
	struct sn_span oid;		/* column or scalar, without instance */
	struct sn_module_type type;	/* type */
	const struct sn_index *indexes; /* none: scalar */
	uint32_t nindexes;
	uint32_t nlookups;
	const struct sn_module_lookup *lookups;	  /* in the order in which they are applied */
	const struct sn_module_extract *extracts; /* regex_extracts */
	uint32_t nextracts;
	double scale; /* 0: none */
	double offset;
};

struct sn_module {
	const char *name;	     /* key under modules */
	const struct sn_span *walks; /* subtree OIDs */
	uint32_t nwalks;
	const struct sn_span *gets; /* instance OIDs */
	uint32_t ngets;
	const struct sn_module_metric *metrics;
	uint32_t nmetrics;
	uint32_t nfilters;
	const struct sn_module_filter *filters; /* applied in this order */
	uint32_t max_repetitions; /* most repetitions of a GETBULK and most names of a GET; 0: no
				     limit */
	int32_t retries;	  /* -1: the poll section's */
	uint64_t timeout_ns;	  /* per attempt; 0: the poll section's */
	bool allow_nonincreasing; /* keep walking a column whose OIDs do not increase, until one
				     repeats */
	bool rates; /* counters get a column with their rate beside them: poll.rates */
};

#endif

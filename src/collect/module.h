/*
 * A module as the user wrote it: snmp_exporter's modules.<name>, checked and with OIDs in BER.
 * config fills it, plan.c compiles it. Immutable; memory belongs to the configuration snapshot.
 */
#ifndef SN_COLLECT_MODULE_H
#define SN_COLLECT_MODULE_H

#include "record/schema.h"

struct sn_module_lookup {
	const char *label;	   /* labelname */
	const char *const *inputs; /* labels whose arcs make the instance; none: delete the label */
	uint32_t ninputs;
	struct sn_span oid; /* column */
	enum sn_kind kind;  /* type */
	const struct sn_enum_name *enums;
	uint32_t nenums;
};

struct sn_module_metric {
	const char *name;		  /* series and column name */
	const char *help;		  /* may be "" */
	struct sn_span oid;		  /* column or scalar, without instance */
	enum sn_kind kind;		  /* type */
	const struct sn_enum_name *enums; /* enum_values, sorted by value */
	uint32_t nenums;
	const struct sn_index *indexes; /* none: scalar */
	uint32_t nindexes;
	const struct sn_module_lookup *lookups;
	uint32_t nlookups;
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
	uint32_t max_repetitions; /* most repetitions of a GETBULK and most names of a GET; 0: no
				     limit */
	int32_t retries;	  /* -1: the poll section's */
	uint64_t timeout_ns;	  /* per attempt; 0: the poll section's */
	bool allow_nonincreasing; /* keep walking a column whose OIDs do not increase, until one
				     repeats */
};

#endif

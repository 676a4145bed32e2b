/*
 * The scalars of a set of plans: sysUpTime.0, which every round needs, and what the plans want by
 * name. Compiled once for each distinct set, immutable, shared by all targets and workers; memory
 * belongs to the configuration snapshot's arena. The requests that ask for all of them are written
 * here once: a round only points at them.
 */
#ifndef SN_PLAN_SCALARS_H
#define SN_PLAN_SCALARS_H

#include "codec/varbind.h"
#include "plan/plan.h"

enum { SN_SCALAR_NO_PLAN = -1 };

/* One name to ask for. */
struct sn_scalar {
	struct sn_span name;	     /* instance OID */
	struct sn_varbind_name form; /* of the name, when is_usual */
	struct sn_span root;	     /* where else its value may lie, at or below; empty: nowhere */
	int32_t plan;	     /* where the value goes; SN_SCALAR_NO_PLAN: only the round's uptime */
	uint32_t column;     /* of that plan's scalars */
	bool is_uptime;	     /* sysUpTime.0 */
	bool is_last_change; /* ifTableLastChange.0, asked because labels are kept */
	bool is_usual;	     /* the value goes into a plan's row, at most to the uptime besides */
	int32_t label;	     /* the device's label that its text is, -1: none */
};

/* A label of all rows of a device: the text of a scalar, such as sysName's. */
struct sn_device_label {
	const char *name;      /* label name */
	struct sn_span scalar; /* instance OID */
};

/* What is asked for besides what the plans want. */
struct sn_scalars_want {
	bool keep_labels; /* labels are read once and used for a while, so the change of interfaces
			     is watched where the plans have some */
	const struct sn_device_label *labels; /* of the device, sorted by name */
	uint32_t nlabels;		      /* of them */
};

struct sn_scalars {
	const struct sn_scalar *v; /* n of them, sysUpTime.0 first */
	uint32_t n;
	uint32_t reply_guess;  /* octets of the answer's varbinds, before one was seen */
	uint32_t names_octets; /* room that the varbinds of a request for all of them take */
	struct sn_span get;    /* varbinds of a GET of all */
	/* Varbinds of a GETNEXT whose successors they are (each name without its last arc, 0), so
	 * that they can be the non-repeaters of a GETBULK; empty when some name does not end so. */
	struct sn_span next;
	const struct sn_device_label *labels; /* of the device, as wanted */
	uint32_t nlabels;		      /* of them */
};

/* Octets of a value and the headers around it and its name, before one was seen. */
enum { SN_SCALAR_VALUE_GUESS = 16 };

/* Compiles the names of the plans. want: NULL for nothing more; what it points at stays. NULL: out
 * of memory. */
SN_MUST_USE const struct sn_scalars *sn_scalars_build(const struct sn_plan *const *plans,
						      uint32_t nplans,
						      const struct sn_scalars_want *want,
						      struct sn_arena *arena);

#endif

/*
 * Scripted agents for the scripted network (io/fake.h): each answers GET, GETNEXT and GETBULK of
 * v1, v2c and, if the test makes engines for them, v3 from a MIB whose values are a pure function
 * of agent, object, index and time, so a test can check every value it gets. What an agent does
 * wrong is switched on in its struct. The codec is the product's own: wire truth is other tests'
 * business.
 *
 * agent.c: the MIB. agent_answer.c: requests in, answers out. agent_secure.h: version 3.
 */
#ifndef TEST_SUPPORT_AGENT_H
#define TEST_SUPPORT_AGENT_H

#include "io/fake.h"
#include "msg/community.h"
#include "support/agent_secure.h"

/* Everything an agent knows, in the order of the OIDs. */
enum agent_object {
	AGENT_SYS_DESCR,
	AGENT_SYS_UPTIME,
	AGENT_SYS_NAME,
	AGENT_SYS_SERVICES,
	AGENT_IF_NUMBER,
	AGENT_IF_INDEX, /* the columns begin here */
	AGENT_IF_DESCR,
	AGENT_IF_SPEED,
	AGENT_IF_PHYS,
	AGENT_IF_OPER,
	AGENT_IF_IN_OCTETS,
	AGENT_SNMP_IN_PKTS, /* scalars again */
	AGENT_SNMP_OUT_PKTS,
	AGENT_IF_NAME,
	AGENT_IF_HC_IN,
	AGENT_IF_HC_OUT,
	AGENT_IF_ALIAS,
	AGENT_IF_DISCONTINUITY,
	AGENT_OBJECTS
};

#define AGENT_BIT(object) (UINT32_C(1) << (object))
#define AGENT_SCALARS                                                                              \
	(AGENT_BIT(AGENT_SYS_SERVICES) | AGENT_BIT(AGENT_SYS_NAME) |                               \
	 AGENT_BIT(AGENT_SNMP_IN_PKTS) | AGENT_BIT(AGENT_SNMP_OUT_PKTS))
#define AGENT_COLUMNS                                                                              \
	(AGENT_BIT(AGENT_IF_INDEX) | AGENT_BIT(AGENT_IF_DESCR) | AGENT_BIT(AGENT_IF_SPEED) |       \
	 AGENT_BIT(AGENT_IF_PHYS) | AGENT_BIT(AGENT_IF_OPER) | AGENT_BIT(AGENT_IF_IN_OCTETS) |     \
	 AGENT_BIT(AGENT_IF_NAME) | AGENT_BIT(AGENT_IF_HC_IN) | AGENT_BIT(AGENT_IF_HC_OUT) |       \
	 AGENT_BIT(AGENT_IF_ALIAS))

/* What is wrong with a single instance. */
enum agent_fault {
	AGENT_SOUND,
	AGENT_HOLE,		/* not there: a walk skips it */
	AGENT_NO_SUCH_INSTANCE, /* there, with that exception for a value */
	AGENT_NULL,		/* there, with a NULL */
	AGENT_WRONG_TYPE,	/* an OCTET STRING, whatever it should be */
	AGENT_UNDECODABLE,	/* content that its type cannot have */
	AGENT_BROKEN		/* the VarBind itself is no BER */
};

struct agent_spot {
	enum agent_object object; /* what */
	uint32_t index;		  /* which instance */
	enum agent_fault fault;	  /* what is wrong with it */
};

/* After `from` comes `to` instead of the next one: cycles, OIDs that do not increase. */
struct agent_jump {
	enum agent_object object; /* column */
	uint32_t from;		  /* index asked from */
	uint32_t to;		  /* index that is answered */
};

/* What is wrong with an answer as a datagram; bits. */
enum agent_mischief {
	AGENT_WRONG_ADDRESS = 1,    /* comes from a neighbour's address */
	AGENT_WRONG_PORT = 2,	    /* comes from another port */
	AGENT_WRONG_ID = 4,	    /* another request-id */
	AGENT_OTHER_GENERATION = 8, /* the slot is right, its generation is not */
	AGENT_WRONG_COMMUNITY = 16,
	AGENT_WRONG_VERSION = 32,   /* v1 for v2c and the other way round */
	AGENT_V3 = 64,		    /* msgVersion 3 */
	AGENT_GARBAGE = 128,	    /* no SNMP at all */
	AGENT_CUT = 256,	    /* the second half of the datagram is missing */
	AGENT_REQUEST = 512,	    /* the PDU is a request */
	AGENT_DUPLICATE = 1024,	    /* the same answer again */
	AGENT_FUTURE_ATTEMPT = 2048 /* the id of an attempt that was not made */
};

enum { AGENT_SPOTS = 4, AGENT_PENDING = 64 };

struct agents;

/* Zero means sound, in every field. */
struct agent {
	uint32_t id;		     /* its place among the agents; address 10.0.0.0 + id */
	uint32_t rows;		     /* interfaces, indexes 1 .. rows */
	const char *community;	     /* NULL: "public" */
	struct agent_secure *secure; /* its engine; NULL: does not hear version 3 */
	bool only_v1;		     /* does not hear v2c */
	uint32_t missing;	     /* objects it does not have, AGENT_BIT */
	uint64_t boot_age;	     /* ns that it had been up when virtual time began */
	bool from_zero;		     /* its counters begin at 0 when it does */
	uint64_t delay_ns;	     /* thinks so long about an answer */
	uint64_t first_delay_ns;     /* instead, about a first attempt */
	unsigned deaf_attempts;	     /* does not hear attempts below this number */
	uint32_t dies_after;	     /* requests; then it is silent, 0: never */
	uint64_t dead_from;	     /* silent from this mono time */
	uint64_t dead_until;	     /* to this; 0: for good if dead_from or dead */
	bool dead;		     /* silent from the start */
	uint64_t reboot_at;	     /* mono time at which it starts anew */
	uint64_t discontinuity_at;   /* mono time at which this index's counters restart */
	uint32_t discontinuity_index;
	uint32_t discontinuity; /* value before that, 0 usual */
	uint32_t grow;		/* new rows in every grow_ns from the start */
	uint64_t grow_ns;
	uint32_t endless;	/* columns without an end, AGENT_BIT */
	uint32_t too_big_above; /* octets of an answer above which it says tooBig */
	uint32_t max_message;	/* octets of a GETBULK answer; 0: 1472 */
	uint32_t bulk_varbinds; /* most in a GETBULK answer */
	bool empty_bulk;	/* answers GETBULK without a varbind */
	int32_t error_status;	/* for a request in which a name of error_objects occurs */
	uint32_t error_objects; /* AGENT_BIT */
	uint32_t error_first;	/* only from this index on */
	bool error_no_index;	/* error-index 0 instead of the right one */
	bool silent_error;	/* no answer instead of the error-status */
	bool reversed;		/* GET: varbinds in the other order */
	bool nameless;		/* GET: answers other names than asked */
	bool early;		/* GET: has nothing under the last name, it says in the first's
				   place, and then a value in its own */
	unsigned mischief;	/* enum agent_mischief: what it does to its answers */
	bool and_right;		/* the right answer follows 1 ms behind the wrong one */
	struct agent_spot spots[AGENT_SPOTS]; /* single instances that are not sound */
	struct agent_jump jumps[AGENT_SPOTS]; /* from != 0 */

	/* What it saw. */
	uint32_t heard;			 /* requests, retransmissions included, while alive; of
					    version 3 only those that are sound */
	uint32_t strangers;		 /* with another community or version */
	uint32_t by_type[9];		 /* by PDU type & 15 */
	uint32_t most_pending;		 /* requests it was thinking about at the same time */
	uint32_t most_names;		 /* in one request */
	uint32_t most_repetitions;	 /* asked by a GETBULK */
	uint32_t largest_asked;		 /* octets of the largest request */
	uint32_t largest;		 /* octets of its largest answer */
	uint64_t pending[AGENT_PENDING]; /* when those end */
	uint32_t npending;
};

struct agents {
	struct agent *agent;	     /* n of them */
	struct agent_secure *secure; /* their engines, NULL: none */
	struct agent_salts salts;    /* that they saw */
	uint32_t n;
	uint64_t began; /* mono time at the start */
};

/* n agents with so many rows each. SN_ENOMEM. */
SN_MUST_USE int agents_init(struct agents *as, uint32_t n, uint32_t rows, uint64_t began);
void agents_fini(struct agents *as);

/* An engine with this user for each of them; they go on to answer v1 and v2c. SN_ENOMEM. */
SN_MUST_USE int agents_secure(struct agents *as, const struct sn_usm_user *user);
void agents_secure_fini(struct agents *as);

/* Where agent number id lives. */
struct sn_addr agent_addr(uint32_t id);

/* For sn_fake_config.peer; ctx is the struct agents. */
sn_fake_peer_fn agents_peer;

/* agent.c, also for the rig's checks */

/* OID without instance, BER content; valid for ever. */
struct sn_span agent_oid(enum agent_object object);
const char *agent_name(enum agent_object object);
uint8_t agent_tag(enum agent_object object);
bool agent_is_scalar(enum agent_object object);

/* The object that a column or scalar OID (without instance) names; AGENT_OBJECTS: none. */
enum agent_object agent_find(struct sn_span oid);

/* What is wrong with an instance. */
enum agent_fault agent_fault_of(const struct agent *a, enum agent_object object, uint32_t index);

/* True when the instance is there (v1 has no Counter64). */
bool agent_has(const struct agents *as, const struct agent *a, enum agent_object object,
	       uint32_t index, int32_t version, uint64_t now);

/* Its sound value at a time. buf: room for 64 octets. */
void agent_value(const struct agents *as, const struct agent *a, enum agent_object object,
		 uint32_t index, uint64_t now, struct sn_value *v, uint8_t *buf);

/* Whether v is what the agent would have said at some time between from and to. */
bool agent_value_is(const struct agents *as, const struct agent *a, enum agent_object object,
		    uint32_t index, const struct sn_value *v, uint64_t from, uint64_t to);

/* The instance that follows a name. False: the end of the MIB. */
bool agent_next(const struct agents *as, const struct agent *a, struct sn_span name,
		int32_t version, uint64_t now, enum agent_object *object, uint32_t *index);

/* The instance a name is. False: not there; *object tells whether the object is. */
bool agent_get(const struct agents *as, const struct agent *a, struct sn_span name, int32_t version,
	       uint64_t now, enum agent_object *object, uint32_t *index);

#endif

/*
 * The SNMPv3 side of the scripted agents: each is an authoritative engine with one user, made with
 * the product's own usm/authority, and does wrong what a test switches on. Part of agent.h.
 *
 * agent_secure.c: engines, requests in. agent_forge.c: answers out, and everything wrong with them.
 */
#ifndef TEST_SUPPORT_AGENT_SECURE_H
#define TEST_SUPPORT_AGENT_SECURE_H

#include "usm/authority.h"

/* What is wrong with an answer of version 3; bits. */
enum agent_secure_mischief {
	SECURE_MAC_NONE = 1,	 /* the MAC is of 0 octets, */
	SECURE_MAC_ONE = 2,	 /* of 1, */
	SECURE_MAC_ELEVEN = 4,	 /* of 11: each time the right MAC's first ones */
	SECURE_BIT = 8,		 /* one bit of msgData has changed on the way */
	SECURE_OTHER_KEY = 16,	 /* MAC and encryption by the user's keys at another engine */
	SECURE_NO_AUTH = 32,	 /* at noAuthNoPriv */
	SECURE_NO_PRIV = 64,	 /* at authNoPriv */
	SECURE_MSG_ID = 128,	 /* another msgID, the right request-id */
	SECURE_REQUEST_ID = 256, /* the right msgID, another request-id */
	SECURE_CONTEXT_ENGINE = 512,
	SECURE_CONTEXT = 1024,
	SECURE_USER = 2048,
	SECURE_NOISE = 4096,	    /* authentic, but what was encrypted is noise */
	SECURE_ENGINE = 8192,	    /* another msgAuthoritativeEngineID, MAC by the right key */
	SECURE_MODEL = 16384,	    /* msgSecurityModel 4 */
	SECURE_FLAGS = 32768,	    /* privacy without authentication */
	SECURE_OLD_TIME = 1 << 16,  /* 152 s behind its clock */
	SECURE_OLD_BOOTS = 1 << 17, /* of the boot before */
	SECURE_REPLAY = 1 << 18,    /* not the answer, but its first one ever once more */

	/* and with Reports */
	SECURE_EMPTY_ID = 1 << 19,   /* of discovery: an engine ID of 0 octets */
	SECURE_LONG_ID = 1 << 20,    /* of 33 */
	SECURE_ALL_WINDOW = 1 << 21, /* answers every sound request with notInTimeWindows */
	SECURE_ALL_ENGINE = 1 << 22, /* answers everything with unknownEngineIDs, each a new one */
	SECURE_DISCOVERY_RESPONSE = 1 << 23, /* answers discovery with a Response */
	SECURE_SILENT = 1 << 25,	     /* answers discovery and nothing else */
	SECURE_NO_HINT = 1 << 24 /* says 0 and 0 for boots and time until asked with a MAC */
};

enum { SECURE_REPLAY_MAX = 2000 };

struct agent_secure {
	struct sn_authority au;	       /* engine ID, boots, clock, statistics */
	struct sn_usm_user user;       /* the agent's own copy: a test may change its keys */
	struct sn_usm_account account; /* of that user */
	const char *context;	       /* contextName that it has; NULL: "" */
	bool forgetful;		       /* a reboot does not count up boots */
	bool stopped;		       /* its clock stands still */
	unsigned mischief;	       /* enum agent_secure_mischief */
	bool forges;		       /* an unauthenticated Report comes before each true answer */
	bool forges_only;	       /* and the true answer does not */
	enum sn_report forged;	       /* what it says */
	struct sn_span forged_id;      /* engine ID of it; empty: the agent's own */

	/* What it saw. */
	uint32_t messages;	/* of version 3, all */
	uint32_t discoveries;	/* of these, without an engine ID */
	uint32_t requests;	/* of these, sealed for this engine ID */
	uint32_t served;	/* of these, answered with a Response */
	uint32_t reports;	/* Reports it sent, forged ones not counted */
	uint32_t dropped;	/* messages that it did not answer for what was wrong with them */
	uint32_t odd;		/* messages that no manager may send: see agent_secure.c */
	uint32_t boots;		/* what the last request took for its boots */
	uint32_t time;		/* and for its time */
	uint32_t largest_asked; /* octets of the largest message */

	bool rebooted;	   /* agent.reboot_at has been */
	uint32_t made_up;  /* engine IDs so far */
	uint32_t replay_n; /* octets of its first answer */
	uint8_t replay[SECURE_REPLAY_MAX];
};

/* Salts of all encrypted messages that all agents saw, where a test wants to look at them. */
struct agent_salts {
	uint64_t *salt; /* room for max of them; NULL: not wanted */
	size_t n;
	size_t max;
};

/* Starts its engine anew; time is 0 at `at`, mono ns. */
void agent_secure_reboot(struct agent_secure *s, uint64_t at);

/* Its clock is so many seconds further (or back) from now on, boots unchanged. */
void agent_secure_step(struct agent_secure *s, int64_t seconds);

/* Another engine from now on. */
void agent_secure_swap(struct agent_secure *s, struct sn_span id, uint32_t boots, uint64_t started);

/* Its user has other keys from now on: every octet of both is xored with this. */
void agent_secure_rekey(struct agent_secure *s, uint8_t auth, uint8_t priv);

/* True when no salt came twice. Sorts them. */
bool agent_salts_differ(struct agent_salts *salts);

#endif

/*
 * The round record: the outcome of one poll round of one target. Every round that starts ends in
 * exactly one of these. Written by collect, read by encoders.
 */
#ifndef SN_RECORD_ROUND_H
#define SN_RECORD_ROUND_H

#include "record/block.h"

/* X(id, name, help) */
#define SN_ROUND_STATUS_TABLE(X)                                                                   \
	X(OK, "ok", "every request was answered")                                                  \
	X(PARTIAL, "partial", "some data arrived, some is missing")                                \
	X(TIMEOUT, "timeout", "no answer at all")                                                  \
	X(UNREACHABLE, "unreachable", "the kernel had no way to the target")                       \
	X(UNRESOLVED, "unresolved", "the target's name has no address")                            \
	X(AGENT_ERROR, "agentError", "answers came, all with an error-status")                     \
	X(WRONG_DIGEST, "wrongDigest", "authentication failed: password or protocol is wrong")     \
	X(UNKNOWN_USER, "unknownUserName", "the agent does not know the user")                     \
	X(UNSUPPORTED_LEVEL, "unsupportedSecLevel", "the agent refuses the security level")        \
	X(DECRYPTION_ERROR, "decryptionError", "wrong privacy password or protocol")               \
	X(NOT_IN_TIME_WINDOW, "notInTimeWindow", "clocks could not be brought together")           \
	X(UNKNOWN_ENGINE, "unknownEngineID",                                                       \
	  "no engine ID to speak to, or not the configured one")                                   \
	X(UNKNOWN_CONTEXT, "unknownContext", "the agent does not have the context")                \
	X(REFUSED, "refused", "the agent refused the messages with another Report")                \
	X(IGNORED, "ignored",                                                                      \
	  "the agent answers discovery, but no request: privacy key, context or access list")      \
	X(OVERLOAD, "overload", "this collector had no memory or slot left")                       \
	X(CANCELLED, "cancelled", "shutdown or removal of the target cut the round")

enum sn_round_status {
#define SN_ROUND_ENUM(id, name, help) SN_ROUND_##id,
	SN_ROUND_STATUS_TABLE(SN_ROUND_ENUM)
#undef SN_ROUND_ENUM
};

struct sn_round {
	const struct sn_origin *origin; /* whose round */
	const char *modules;		/* module names, comma-separated */
	uint64_t at;			/* Unix ns at the end of the round */
	uint64_t began;			/* Unix ns at its start: names the round of its target */
	uint64_t uptime;		/* sysUpTime, 1/100 s, when has_uptime */
	uint64_t duration_ns;		/* first request queued to the last answer */
	uint64_t lateness_ns;		/* start behind schedule */
	uint64_t rtt_ns;		/* mean round-trip time of the answers, 0: none */
	uint32_t requests;		/* messages sent, retransmissions not counted */
	uint32_t retries;		/* retransmissions */
	uint32_t timeouts;		/* requests given up without a word of the agent */
	uint32_t varbinds;		/* received */
	uint32_t rows;			/* emitted */
	uint32_t rows_partial;		/* of these, marked partial */
	uint32_t skipped;   /* intervals left out just before this round because the last one still
			       ran; not those that a refusal costs (SN_C_ROUNDS_HELD) */
	uint8_t status;	    /* enum sn_round_status */
	bool has_uptime;    /* sysUpTime was answered */
	bool reset;	    /* the device restarted since the last round */
	const char *reason; /* first cause when not ok: "tooBig", "genErr", "not increasing", ...;
			       or NULL */
};

const char *sn_round_status_name(enum sn_round_status status);

#endif

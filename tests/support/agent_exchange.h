/*
 * Between the files of the scripted agents: one request on its way to an answer.
 */
#ifndef TEST_SUPPORT_AGENT_EXCHANGE_H
#define TEST_SUPPORT_AGENT_EXCHANGE_H

#include "support/agent.h"

enum {
	AGENT_NAMES = 512, /* in one request */
	AGENT_ANSWER = 65000,
	AGENT_ROOM = AGENT_ANSWER + 500 /* for the datagram around it */
};

struct exchange {
	struct agents *as;		  /* all */
	struct agent *a;		  /* whose */
	struct sn_fake *net;		  /* where */
	const struct sn_addr *to;	  /* the collector */
	uint64_t now;			  /* mono ns */
	struct sn_message rq;		  /* the request; of version 3 without a community */
	struct sn_authority_request sec;  /* version 3: the same with all around it */
	size_t headers;			  /* octets of the answer around varbinds, at most */
	struct sn_span name[AGENT_NAMES]; /* its names */
	uint32_t n;			  /* of them */
	int32_t status;			  /* of the answer */
	int32_t index;			  /* of the answer */
	size_t octets;			  /* in vbs */
	uint32_t varbinds;		  /* in vbs */
	uint8_t vbs[AGENT_ANSWER];	  /* varbinds of the answer, in order */
};

/* True when the agent hears anything now. */
bool agent_is_awake(const struct agent *a, uint64_t now);

/* Sends a datagram as the agent's, spoilt as enum agent_mischief says. */
void agent_send(struct exchange *x, struct sn_span s, unsigned mischief, uint64_t delay);

/* How long it thinks about this attempt. */
uint64_t agent_delay(const struct agent *a, int32_t id);

/*
 * A datagram of version 3. True: x->rq is a request to be answered; else it was answered with a
 * Report, or is not to be.
 */
bool agent_secure_hear(struct exchange *x, struct sn_span data);

/* The Response-PDU sealed, somewhere in out. *mischief: bits of enum agent_mischief that it has
 * seen to. */
struct sn_span agent_secure_build(struct exchange *x, const struct sn_pdu *pdu, unsigned mischief,
				  bool right, uint8_t *out, size_t size);

/* Sends the Report that x->sec asks for, or a wrong one; and one in which nothing is right. */
void agent_secure_report(struct exchange *x);
void agent_secure_forge(struct exchange *x);
void agent_secure_respond_to_discovery(struct exchange *x);

#endif

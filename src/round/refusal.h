/*
 * What an error-status says about a GET or GETNEXT of several names: which of them it is about, and
 * what that means. Called by the steps that ask for names. Worker thread.
 */
#ifndef SN_ROUND_REFUSAL_H
#define SN_ROUND_REFUSAL_H

#include "round/job.h"

struct sn_refusal {
	const char *reason; /* static text; NULL: the agent does not have the name */
	uint32_t culprit;   /* its position among the names; their number: none was named */
	bool too_big;	    /* the answer would be too large: fewer names may do */
};

/*
 * Reads and counts an answer with an error-status to a request with n names. RFC 3416 §4.2.1;
 * noSuchName is v1's way to say that there is none (RFC 1157 §4.1.2).
 */
struct sn_refusal sn_refusal_read(struct sn_job *job, const struct sn_pdu *pdu, uint32_t n);

#endif

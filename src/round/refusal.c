/*
 * Answers with an error-status, see refusal.h. Worker thread.
 */
#include "round/refusal.h"

struct sn_refusal sn_refusal_read(struct sn_job *job, const struct sn_pdu *pdu, uint32_t n)
{
	struct sn_refusal rf = {.reason = sn_pdu_status_name(pdu->status),
				.culprit = n,
				.too_big = pdu->status == SN_STATUS_TOO_BIG};

	if (rf.too_big) {
		sn_job_count(job, SN_C_AGENT_TOO_BIG, 1);
		job->errors += n == 1;
		return rf;
	}
	if (pdu->status == SN_STATUS_NO_SUCH_NAME) {
		rf.reason = NULL;
	} else {
		sn_job_count(job, SN_C_AGENT_ERRORS, 1);
		job->errors++;
	}
	if (pdu->index >= 1 && (uint32_t)pdu->index <= n) {
		rf.culprit = (uint32_t)pdu->index - 1;
	}
	return rf;
}

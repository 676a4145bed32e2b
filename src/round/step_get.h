/*
 * The scalars of a round by GET: all names in one request where the reply size allows it, fewer
 * when the agent cannot. Worker thread.
 */
#ifndef SN_ROUND_STEP_GET_H
#define SN_ROUND_STEP_GET_H

#include "round/job.h"

/* Starts the step in the job's arena; attempts: of each request, at least 1. SN_ENOMEM. */
SN_MUST_USE int sn_step_get_start(struct sn_job *job, uint8_t attempts);

#endif

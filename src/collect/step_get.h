/*
 * The scalars of a round: sysUpTime.0 and every plan's names by GET, as many names in a request as
 * the reply size allows, fewer when the agent cannot. Worker thread.
 */
#ifndef SN_COLLECT_STEP_GET_H
#define SN_COLLECT_STEP_GET_H

#include "collect/job.h"

/* Starts the step in the job's arena. SN_ENOMEM. */
SN_MUST_USE int sn_step_get_start(struct sn_job *job);

#endif

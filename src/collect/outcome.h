/*
 * What a round came to: the status of its record, from how its requests ended. Worker thread.
 */
#ifndef SN_COLLECT_OUTCOME_H
#define SN_COLLECT_OUTCOME_H

#include "collect/job.h"

/* True for the error of a request that the agent refused with a Report, or by its silence. */
bool sn_outcome_is_refusal(int err);

/* enum sn_round_status of a round that has ended by itself. */
uint8_t sn_outcome_of(const struct sn_job *job);

/* Counts the round by the status it has. */
void sn_outcome_count(const struct sn_job *job);

#endif

/*
 * What a round came to: the status of its record, from how its requests ended; and what follows for
 * the next one. An agent that refuses what we are to it (key, user, level, context) will go on
 * doing so until a person changes something, so its rounds grow rare, each refusal doubling the
 * distance to the next round up to an hour. The first answer ends that, and a reload that changes
 * the target. Worker thread.
 */
#ifndef SN_ROUND_OUTCOME_H
#define SN_ROUND_OUTCOME_H

#include "round/job.h"

/* True for the error of a request that the agent refused with a Report, or by its silence. */
bool sn_outcome_is_refusal(int err);

/* enum sn_round_status of a round that has ended by itself. */
uint8_t sn_outcome_of(const struct sn_job *job);

/* Counts the round by the status it has. */
void sn_outcome_count(const struct sn_job *job);

/*
 * True for the outcomes that only a change at either end can heal: wrongDigest, unknownUserName,
 * unsupportedSecLevel, decryptionError, unknownEngineID (keys localized for another engine),
 * unknownContext, refused, ignored. Not for timeout and not for notInTimeWindow, which time heals.
 */
bool sn_outcome_is_final(uint8_t status);

/*
 * Rounds to leave out after so many refused ones without an answer between them: the distance is 2,
 * 4, 8, ... times step_ns, the usual one, but not above an hour unless step_ns is. 0 when refusals
 * or step_ns is.
 */
uint32_t sn_outcome_rounds_held(uint8_t refusals, uint64_t step_ns);

#endif

/*
 * Slow retry: an agent that refuses what we are to it (key, user, level, context) will go on doing
 * so until a person changes something, so its rounds grow rare, each refusal doubling the distance
 * to the next round up to an hour. The first answer ends that, and a reload that changes the
 * target. Pure functions, called by the collector on the worker's thread.
 */
#ifndef SN_COLLECT_HOLD_H
#define SN_COLLECT_HOLD_H

#include "record/round.h"

/*
 * True for the outcomes that only a change at either end can heal: wrongDigest, unknownUserName,
 * unsupportedSecLevel, decryptionError, unknownEngineID (keys localized for another engine),
 * unknownContext, refused, ignored. Not for timeout and not for notInTimeWindow, which time heals.
 */
bool sn_hold_is_refusal(uint8_t status);

/*
 * Rounds to leave out after so many refused ones without an answer between them: the distance is 2,
 * 4, 8, ... times step_ns, the usual one, but not above an hour unless step_ns is. 0 when refusals
 * or step_ns is.
 */
uint32_t sn_hold_rounds(uint8_t refusals, uint64_t step_ns);

#endif

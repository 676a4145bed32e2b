/*
 * When a target's rounds begin. The phase inside the interval derives from the target's hash and is
 * tied to wall time at start, so load is flat and a restart changes nothing; from then on mono time
 * counts, so a step of the wall clock loses or doubles no round. Pure arithmetic.
 */
#ifndef SN_SCHEDULER_CALENDAR_H
#define SN_SCHEDULER_CALENDAR_H

#include <stdint.h>

/*
 * Mono ns of the first round after now: the next instant whose wall time is congruent to the phase,
 * hash scaled to the interval. interval 0: now.
 */
uint64_t sn_calendar_first(uint64_t now, uint64_t wall, uint64_t interval, uint64_t hash);

/*
 * The round after the one that was due at `due`: the first multiple of the interval beyond both due
 * and now. skipped is set to the number of intervals that passed unused.
 */
uint64_t sn_calendar_next(uint64_t due, uint64_t now, uint64_t interval, uint64_t *skipped);

#endif

/*
 * How a target fares: what its last round came to and what follows from that, kept for the pages
 * that people read. Of every target there is one, so it is small. Filled in by the collector at the
 * end of each round, read by surveys; worker thread.
 */
#ifndef SN_COLLECT_STATUS_H
#define SN_COLLECT_STATUS_H

#include "record/round.h"

#include <stdbool.h>
#include <stdint.h>

struct sn_target_spec;

/* X(id, name, help). A target is in exactly one of these states. */
#define SN_TARGET_STATE_TABLE(X)                                                                   \
	X(PENDING, "pending", "no round has ended yet")                                            \
	X(UP, "up", "the last round brought data")                                                 \
	X(SLOW, "slow",                                                                            \
	  "the last round brought data, but took longer than the timeout of one request, "         \
	  "or than half the interval")                                                             \
	X(DOWN, "down", "the last round brought nothing")                                          \
	X(REFUSED, "refused", "the device answers, but refuses the user, key, level or context")   \
	X(UNRESOLVED, "unresolved", "the target's name has no address")

enum sn_target_state {
#define SN_TARGET_STATE_ENUM(id, name, help) SN_TARGET_##id,
	SN_TARGET_STATE_TABLE(SN_TARGET_STATE_ENUM)
#undef SN_TARGET_STATE_ENUM
		SN_TARGET_STATES
};

struct sn_status {
	const char *reason; /* what the last round lacks first of all, a static string; NULL */
	uint32_t at;	    /* Unix s, end of the last round; 0: there was none */
	uint32_t good_at; /* Unix s, end of the last round with data; with `never`, of the first */
	uint32_t duration_us; /* of the last round; stays at the top */
	uint32_t rows;	      /* of the last round */
	uint16_t retries;     /* of the last round; stays at the top */
	uint16_t failures;    /* rounds in a row without data; stays at the top */
	uint8_t round;	      /* enum sn_round_status of the last round */
	uint8_t state;	      /* enum sn_target_state */
	bool never;	      /* no round brought data so far */
};

_Static_assert(sizeof(struct sn_status) == 32, "there is one of every target");

/* A round of the target has ended. spec: what it was polled by. One that was cut says nothing about
 * the target and changes nothing. */
void sn_status_note(struct sn_status *st, const struct sn_target_spec *spec,
		    const struct sn_round *rd);

/* "up", "down", ...; any thread. */
const char *sn_target_state_name(enum sn_target_state state);

/* What it means, without a full stop; any thread. */
const char *sn_target_state_help(enum sn_target_state state);

#endif

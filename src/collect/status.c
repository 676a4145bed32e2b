/*
 * States of targets, see status.h. Called by collector.c at the end of a round, worker thread.
 */
#include "collect/status.h"

#include "base/clock.h"
#include "round/outcome.h"

/* Rounds that take longer make a target slow. */
static uint64_t slow_from(const struct sn_target_spec *spec)
{
	uint64_t half = spec->interval_ns / 2;

	return half && half < spec->timeout_ns ? half : spec->timeout_ns;
}

static enum sn_target_state state_of(const struct sn_target_spec *spec, const struct sn_round *rd)
{
	switch (rd->status) {
	case SN_ROUND_OK:
	case SN_ROUND_PARTIAL:
		return rd->duration_ns > slow_from(spec) ? SN_TARGET_SLOW : SN_TARGET_UP;
	case SN_ROUND_UNRESOLVED:
		return SN_TARGET_UNRESOLVED;
	case SN_ROUND_NOT_IN_TIME_WINDOW: /* time may heal it, but it is a refusal all the same */
		return SN_TARGET_REFUSED;
	default:
		return sn_outcome_is_final(rd->status) ? SN_TARGET_REFUSED : SN_TARGET_DOWN;
	}
}

void sn_status_note(struct sn_status *st, const struct sn_target_spec *spec,
		    const struct sn_round *rd)
{
	uint64_t us = rd->duration_ns / SN_NS_PER_US;
	bool first = st->state == SN_TARGET_PENDING;

	if (rd->status == SN_ROUND_CANCELLED) {
		return;
	}
	st->state = (uint8_t)state_of(spec, rd);
	st->round = rd->status;
	st->reason = rd->reason;
	st->at = (uint32_t)(rd->at / SN_NS_PER_SEC);
	st->duration_us = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
	st->rows = rd->rows;
	st->retries = rd->retries < UINT16_MAX ? (uint16_t)rd->retries : UINT16_MAX;
	if (st->state == SN_TARGET_UP || st->state == SN_TARGET_SLOW) {
		st->good_at = st->at;
		st->never = false;
		st->failures = 0;
		return;
	}
	if (first) {
		st->good_at = st->at;
		st->never = true;
	}
	if (st->failures < UINT16_MAX) {
		st->failures++;
	}
}

const char *sn_target_state_name(enum sn_target_state state)
{
	static const char *const names[] = {
#define SN_TARGET_STATE_NAME(id, name, help) [SN_TARGET_##id] = (name),
		SN_TARGET_STATE_TABLE(SN_TARGET_STATE_NAME)
#undef SN_TARGET_STATE_NAME
	};

	return names[state];
}

const char *sn_target_state_help(enum sn_target_state state)
{
	static const char *const helps[] = {
#define SN_TARGET_STATE_HELP(id, name, help) [SN_TARGET_##id] = (help),
		SN_TARGET_STATE_TABLE(SN_TARGET_STATE_HELP)
#undef SN_TARGET_STATE_HELP
	};

	return helps[state];
}

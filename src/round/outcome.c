/*
 * Statuses of rounds, see outcome.h. Worker thread.
 */
#include "round/outcome.h"

#include "base/clock.h"

/* The longest distance that refusals make. */
#define LONGEST_NS (3600 * SN_NS_PER_SEC)

/* Doublings after which any distance of 1 ns or more is past the longest. */
enum { DOUBLINGS_MAX = 42 };

/* What a Report with which requests end makes of a round; SN_ROUND_OK: the code is no Report's. */
static uint8_t refusal_status(int err)
{
	switch (err) {
	case SN_EDIGEST:
		return SN_ROUND_WRONG_DIGEST;
	case SN_EUSER:
		return SN_ROUND_UNKNOWN_USER;
	case SN_ELEVEL:
		return SN_ROUND_UNSUPPORTED_LEVEL;
	case SN_EDECRYPT:
		return SN_ROUND_DECRYPTION_ERROR;
	case SN_ETIMEWINDOW:
		return SN_ROUND_NOT_IN_TIME_WINDOW;
	case SN_EENGINE:
		return SN_ROUND_UNKNOWN_ENGINE;
	case SN_ECONTEXT:
		return SN_ROUND_UNKNOWN_CONTEXT;
	case SN_EREPORT:
		return SN_ROUND_REFUSED;
	case SN_EIGNORED:
		return SN_ROUND_IGNORED;
	default:
		return SN_ROUND_OK;
	}
}

bool sn_outcome_is_refusal(int err)
{
	return refusal_status(err) != SN_ROUND_OK;
}

uint8_t sn_outcome_of(const struct sn_job *job)
{
	if (job->answers == 0) {
		if (refusal_status(job->err)) {
			return refusal_status(job->err);
		}
		switch (job->err) {
		case SN_EUNREACH:
		case SN_EPERM:
		case SN_EMSGSIZE:
		case SN_ESYS:
			return SN_ROUND_UNREACHABLE;
		case SN_ENOMEM:
			return SN_ROUND_OVERLOAD;
		default:
			return SN_ROUND_TIMEOUT;
		}
	}
	if (!job->incomplete) {
		return SN_ROUND_OK;
	}
	return job->round.rows == 0 && job->errors ? SN_ROUND_AGENT_ERROR : SN_ROUND_PARTIAL;
}

void sn_outcome_count(const struct sn_job *job)
{
	static const enum sn_counter by_status[] = {
		[SN_ROUND_OK] = SN_C_ROUNDS_OK,
		[SN_ROUND_PARTIAL] = SN_C_ROUNDS_PARTIAL,
		[SN_ROUND_TIMEOUT] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNREACHABLE] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNRESOLVED] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_AGENT_ERROR] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_WRONG_DIGEST] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNKNOWN_USER] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNSUPPORTED_LEVEL] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_DECRYPTION_ERROR] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_NOT_IN_TIME_WINDOW] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNKNOWN_ENGINE] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_UNKNOWN_CONTEXT] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_REFUSED] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_IGNORED] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_OVERLOAD] = SN_C_ROUNDS_FAILED,
		[SN_ROUND_CANCELLED] = SN_C_ROUNDS_CANCELLED,
	};

	sn_job_count(job, by_status[job->round.status], 1);
	sn_job_count(job, SN_C_VARBINDS, job->round.varbinds);
}

bool sn_outcome_is_final(uint8_t status)
{
	switch (status) {
	case SN_ROUND_WRONG_DIGEST:
	case SN_ROUND_UNKNOWN_USER:
	case SN_ROUND_UNSUPPORTED_LEVEL:
	case SN_ROUND_DECRYPTION_ERROR:
	case SN_ROUND_UNKNOWN_ENGINE:
	case SN_ROUND_UNKNOWN_CONTEXT:
	case SN_ROUND_REFUSED:
	case SN_ROUND_IGNORED:
		return true;
	default:
		return false;
	}
}

uint32_t sn_outcome_rounds_held(uint8_t refusals, uint64_t step)
{
	uint64_t most = step ? LONGEST_NS / step : 0;
	uint64_t times = UINT64_C(1) << (refusals < DOUBLINGS_MAX ? refusals : DOUBLINGS_MAX);

	times = times < most ? times : most;
	times = times < UINT32_MAX ? times : UINT32_MAX;
	return times > 1 ? (uint32_t)(times - 1) : 0;
}

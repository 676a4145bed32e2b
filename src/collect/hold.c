/*
 * Slow retry, see hold.h. Called by the collector on the worker's thread.
 */
#include "collect/hold.h"

#include "base/clock.h"

/* The longest distance that refusals make. */
#define LONGEST_NS (3600 * SN_NS_PER_SEC)

/* Doublings after which any distance of 1 ns or more is past the longest. */
enum { DOUBLINGS_MAX = 42 };

bool sn_hold_is_refusal(uint8_t status)
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

uint32_t sn_hold_rounds(uint8_t refusals, uint64_t step)
{
	uint64_t most = step ? LONGEST_NS / step : 0;
	uint64_t times = UINT64_C(1) << (refusals < DOUBLINGS_MAX ? refusals : DOUBLINGS_MAX);

	times = times < most ? times : most;
	times = times < UINT32_MAX ? times : UINT32_MAX;
	return times > 1 ? (uint32_t)(times - 1) : 0;
}

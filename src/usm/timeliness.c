/*
 * Engine clocks and time windows, see timeliness.h. Called on the thread that owns the clock, for
 * messages whose MAC was right.
 */
#include "usm/timeliness.h"

#define NS_PER_S UINT64_C(1000000000)

void sn_engine_clock_read(const struct sn_engine_clock *c, uint64_t now, uint32_t *boots,
			  uint32_t *time)
{
	const uint64_t period = (uint64_t)SN_ENGINE_TIME_MAX + 1;
	uint64_t s = c->time + (now > c->at ? (now - c->at) / NS_PER_S : 0);
	uint64_t b = c->boots + s / period;

	*boots = b < SN_ENGINE_BOOTS_MAX ? (uint32_t)b : SN_ENGINE_BOOTS_MAX;
	*time = (uint32_t)(s % period);
}

/* RFC 3414 §3.2 7b 1): what may move our notion of the clock. */
static bool is_newer(const struct sn_engine_clock *c, uint32_t boots, uint32_t time)
{
	return !c->synced || boots > c->boots || (boots == c->boots && time > c->latest);
}

int sn_engine_clock_check(struct sn_engine_clock *c, uint32_t boots, uint32_t time, uint64_t now)
{
	uint32_t own_boots;
	uint32_t own_time;

	if (is_newer(c, boots, time)) {
		c->at = now;
		c->boots = boots;
		c->time = time;
		c->latest = time;
		c->synced = true;
	}
	sn_engine_clock_read(c, now, &own_boots, &own_time);
	/* RFC 3414 §3.2 7b 2) */
	if (own_boots == SN_ENGINE_BOOTS_MAX || boots < own_boots ||
	    (boots == own_boots && (uint64_t)time + SN_WINDOW_S < own_time)) {
		return SN_ETIMEWINDOW;
	}
	return SN_OK;
}

int sn_timeliness_check_own(uint32_t own_boots, uint32_t own_time, uint32_t boots, uint32_t time)
{
	uint32_t apart = own_time > time ? own_time - time : time - own_time;

	/* RFC 3414 §3.2 7a */
	if (own_boots == SN_ENGINE_BOOTS_MAX || boots != own_boots || apart > SN_WINDOW_S) {
		return SN_ETIMEWINDOW;
	}
	return SN_OK;
}

/*
 * What is known of another engine, see engine.h. Called by session, on the worker's thread.
 */
#include "usm/engine.h"
#include "usm/keys.h"

int sn_engine_init(struct sn_engine *eng, const struct sn_usm_user *user, struct sn_span id)
{
	int err;

	if (id.n < SN_V3_ENGINE_ID_MIN || id.n > SN_V3_ENGINE_ID_MAX) {
		return SN_EINVAL;
	}
	err = sn_usm_user_localize(user, id, &eng->keys);
	if (err) {
		return err;
	}
	memcpy(eng->id, id.p, id.n);
	eng->id_n = (uint8_t)id.n;
	return SN_OK;
}

void sn_engine_fini(struct sn_engine *eng)
{
	sn_usm_keys_fini(&eng->keys);
}

void sn_engine_now(const struct sn_engine *eng, uint64_t now, uint32_t *boots, uint32_t *time)
{
	struct sn_engine_clock hint = {
		.at = eng->hint_at, .boots = eng->hint_boots, .time = eng->hint_time};

	if (eng->clock.synced) {
		sn_engine_clock_read(&eng->clock, now, boots, time);
	} else if (hint.boots || hint.time) {
		sn_engine_clock_read(&hint, now, boots, time);
	} else {
		/* no hint: what a synchronization begins with (RFC 3414 §4) */
		*boots = 0;
		*time = 0;
	}
}

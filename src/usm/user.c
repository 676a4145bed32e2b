/*
 * Keys of a user at an engine, see user.h. Called when an engine is first met, on the thread of
 * whoever talks to it.
 */
#include "usm/user.h"
#include "usm/keys.h"

#include "msg/v3.h"

static int localize_auth(const struct sn_usm_user *user, struct sn_span engine_id,
			 struct sn_usm_keys *keys)
{
	enum sn_auth_protocol auth = (enum sn_auth_protocol)user->auth;
	uint8_t kul[SN_AUTH_KEY_MAX];

	if (auth == SN_AUTH_NONE || auth >= SN_AUTH_COUNT ||
	    user->auth_n < sn_auth_info(auth)->digest) {
		return SN_EINVAL;
	}
	keys->auth = user->auth;
	if (user->auth_kind == SN_KEY_LOCALIZED) {
		sn_auth_prepare(auth, user->auth_key, &keys->hmac);
		return SN_OK;
	}
	sn_auth_localize(auth, user->auth_key, engine_id, kul);
	sn_auth_prepare(auth, kul, &keys->hmac);
	sn_keys_wipe(kul, sizeof(kul));
	return SN_OK;
}

static int localize_priv(const struct sn_usm_user *user, struct sn_span engine_id,
			 struct sn_usm_keys *keys)
{
	enum sn_auth_protocol auth = (enum sn_auth_protocol)user->auth;
	enum sn_priv_protocol priv = (enum sn_priv_protocol)user->priv;
	bool localized = user->priv_kind == SN_KEY_LOCALIZED;
	uint8_t kul[SN_AUTH_KEY_MAX];
	size_t n;
	int err;

	if (priv == SN_PRIV_NONE || priv >= SN_PRIV_COUNT) {
		return SN_EINVAL;
	}
	n = localized ? sn_priv_info(priv)->key : sn_auth_info(auth)->digest;
	if (user->priv_n < n) {
		return SN_EINVAL;
	}
	keys->priv = user->priv;
	if (localized) {
		return sn_priv_init(&keys->cipher, priv, user->priv_key);
	}
	sn_auth_localize(auth, user->priv_key, engine_id, kul);
	sn_priv_extend(priv, auth, engine_id, kul, &n);
	err = sn_priv_init(&keys->cipher, priv, kul);
	sn_keys_wipe(kul, sizeof(kul));
	return err;
}

int sn_usm_user_localize(const struct sn_usm_user *user, struct sn_span engine_id,
			 struct sn_usm_keys *keys)
{
	int err = SN_OK;

	memset(keys, 0, sizeof(*keys));
	/* Privacy without authentication is no security level (RFC 3411 §3.4.3). */
	if ((user->level & SN_V3_LEVEL) == SN_V3_PRIV) {
		return SN_EINVAL;
	}
	if (user->level & SN_V3_AUTH) {
		err = localize_auth(user, engine_id, keys);
	}
	if (err == SN_OK && user->level & SN_V3_PRIV) {
		err = localize_priv(user, engine_id, keys);
	}
	if (err) {
		sn_usm_keys_fini(keys);
	}
	return err;
}

void sn_usm_keys_fini(struct sn_usm_keys *keys)
{
	sn_priv_fini(&keys->cipher);
	sn_keys_wipe(keys, sizeof(*keys));
}

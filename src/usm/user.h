/*
 * A user of the User-based Security Model as configured, and its keys for one engine. A user is
 * immutable and lives in the configuration snapshot (in a pool of usm/keys.h); the keys belong to
 * whoever talks to the engine. Pure functions, but that localizing takes memory for a cipher.
 */
#ifndef SN_USM_USER_H
#define SN_USM_USER_H

#include "usm/priv.h"

/* What the octets of a user's key are. */
enum sn_key_kind {
	SN_KEY_MASTER,	 /* Ku, of a password or as given: to be localized */
	SN_KEY_LOCALIZED /* Kul of the one engine it was made for */
};

struct sn_usm_user {
	struct sn_span name;	  /* userName and securityName, 1 to 32 octets; borrowed */
	struct sn_span engine_id; /* authoritative engine if known beforehand, else empty; borrowed
				   */
	uint8_t level;		  /* enum sn_v3_flags: 0, AUTH, or AUTH | PRIV */
	uint8_t auth;		  /* enum sn_auth_protocol */
	uint8_t priv;		  /* enum sn_priv_protocol */
	uint8_t auth_kind;	  /* enum sn_key_kind */
	uint8_t priv_kind;	  /* enum sn_key_kind */
	uint8_t auth_n;		  /* octets of auth_key */
	uint8_t priv_n; /* octets of priv_key: a localized one may be lengthened already */
	uint8_t auth_key[SN_AUTH_KEY_MAX]; /* secret */
	uint8_t priv_key[SN_AUTH_KEY_MAX]; /* secret; made with auth's hash */
};

/* How a target is spoken to; immutable, in the snapshot. */
struct sn_usm_access {
	const struct sn_usm_user *user; /* as whom */
	struct sn_span context;		/* contextName, "" usual */
	struct sn_span context_engine;	/* contextEngineID; empty: the authoritative engine's */
};

/* A user's keys at one engine. As secret as the passwords. */
struct sn_usm_keys {
	struct sn_hmac hmac;	 /* authentication */
	struct sn_cipher cipher; /* privacy */
	uint8_t auth;		 /* enum sn_auth_protocol, NONE at noAuthNoPriv */
	uint8_t priv;		 /* enum sn_priv_protocol, NONE without privacy */
};

/*
 * Localizes a user's keys. SN_ENOMEM; SN_EINVAL: a localized key shorter than its protocol wants.
 * Ended by sn_usm_keys_fini. With Reeder's extension this hashes 1 MiB and takes about 1 ms.
 */
SN_MUST_USE int sn_usm_user_localize(const struct sn_usm_user *user, struct sn_span engine_id,
				     struct sn_usm_keys *keys);

/* Wipes. Harmless on zeroed keys. */
void sn_usm_keys_fini(struct sn_usm_keys *keys);

#endif

/*
 * Whole SNMPv3 messages under USM: written backward in one pass, encrypted and signed in place
 * (RFC 3414 §3.1), and opened step by step by whoever knows which keys apply (§3.2). Pure
 * functions over the caller's memory; used by both roles.
 */
#ifndef SN_USM_SEAL_H
#define SN_USM_SEAL_H

#include "msg/usm_params.h"
#include "msg/v3.h"
#include "usm/user.h"

/* What goes into a message. */
struct sn_usm_outgoing {
	int32_t msg_id;			/* msgID */
	int32_t max_size;		/* msgMaxSize: what we can receive */
	uint8_t flags;			/* enum sn_v3_flags */
	uint32_t boots;			/* msgAuthoritativeEngineBoots */
	uint32_t time;			/* msgAuthoritativeEngineTime */
	uint64_t salt;			/* counter for sn_priv_salt; not looked at without PRIV */
	struct sn_span engine_id;	/* msgAuthoritativeEngineID */
	struct sn_span user;		/* msgUserName */
	const struct sn_usm_keys *keys; /* may be NULL when flags has no AUTH */
	struct sn_scoped_pdu scoped;	/* msgData */
};

/* Octets that are always enough to seal a message around this scoped PDU. */
size_t sn_usm_seal_room(const struct sn_usm_outgoing *out);

/*
 * Builds the message somewhere in the cap octets at buf. SN_OK and *message; SN_ESPACE: cap is less
 * than sn_usm_seal_room and was not enough.
 */
SN_MUST_USE int sn_usm_seal(const struct sn_usm_outgoing *out, uint8_t *buf, size_t cap,
			    struct sn_span *message);

/*
 * Opens msgData of a message whose MAC and timeliness were checked, if it had to be: decrypts into
 * scratch where the flags say so (m->data.n + 16 octets, not overlapping), then reads the scoped
 * PDU, whose spans point into scratch or into the datagram. SN_EDECRYPT: does not decrypt, or what
 * comes out is no ScopedPDU (RFC 3414 §3.2 8); SN_ELEVEL: encrypted, and keys is NULL or has no
 * privacy; else the reader's errors for a plaintext.
 */
SN_MUST_USE int sn_usm_open(const struct sn_v3_message *m, const struct sn_usm_params *p,
			    const struct sn_usm_keys *keys, uint8_t *scratch,
			    struct sn_scoped_pdu *scoped);

#endif

/*
 * Whole SNMPv3 messages under USM, see seal.h. session and usm/authority call it for each message
 * they send or receive, on worker threads: no allocation, each octet is written once and then
 * encrypted and signed where it stands.
 */
#include "usm/seal.h"

#include <assert.h>

enum {
	HEADER_MAX = 6, /* tag and length of any TLV */
	INT_MAX32 = 7,	/* INTEGER of up to 32 bits, unsigned */
	/* all of a message but for what its spans hold: the outer SEQUENCE and msgVersion, */
	ROOM = HEADER_MAX + INT_MAX32 +
	       /* msgGlobalData: three INTEGERs and an octet, */
	       HEADER_MAX + 4 * INT_MAX32 +
	       /* msgSecurityParameters: two headers, four strings, boots and time */
	       4 * HEADER_MAX + 2 * INT_MAX32 + HEADER_MAX + SN_AUTH_MAC_MAX + HEADER_MAX +
	       SN_PRIV_SALT +
	       /* msgData and ScopedPDU with its two names, padding, */
	       4 * HEADER_MAX + SN_PRIV_PAD_MAX +
	       /* the PDU and its list */
	       2 * HEADER_MAX + 3 * INT_MAX32
};

size_t sn_usm_seal_room(const struct sn_usm_outgoing *out)
{
	return ROOM + out->engine_id.n + out->user.n + out->scoped.engine_id.n +
	       out->scoped.context.n + out->scoped.pdu.vbs.n;
}

/*
 * Writes msgData encrypted. How much padding there will be is known only when the ScopedPDU is
 * there, so it ends the longest padding below the end of the room. Returns the end of msgData.
 */
static uint8_t *write_encrypted(struct sn_writer *w, const struct sn_usm_outgoing *out,
				const uint8_t salt[SN_PRIV_SALT])
{
	uint8_t *end = sn_writer_reserve(w, SN_PRIV_PAD_MAX);
	size_t n;

	sn_scoped_write(w, &out->scoped);
	if (w->err) {
		return end;
	}
	n = (size_t)(end - w->p);
	sn_priv_encrypt(&out->keys->cipher, out->boots, out->time, salt, w->p, n);
	end = w->p + sn_priv_size(out->keys->priv, n);
	sn_ber_write_wrap(w, SN_TAG_OCTETS, end);
	return end;
}

int sn_usm_seal(const struct sn_usm_outgoing *out, uint8_t *buf, size_t cap,
		struct sn_span *message)
{
	struct sn_writer w = sn_writer_make(buf, cap);
	struct sn_v3_message m = {.msg_id = out->msg_id,
				  .max_size = out->max_size,
				  .model = SN_V3_MODEL_USM,
				  .flags = out->flags};
	struct sn_usm_params p = {.engine_id = out->engine_id,
				  .boots = out->boots,
				  .time = out->time,
				  .user = out->user};
	uint8_t salt[SN_PRIV_SALT];
	uint8_t *end = w.p;
	uint8_t *mac;

	/* RFC 3412 §6.4: no privacy without authentication */
	assert(!(out->flags & SN_V3_PRIV) || (out->flags & SN_V3_AUTH));
	assert(!(out->flags & SN_V3_AUTH) || out->keys->auth != SN_AUTH_NONE);
	assert(!(out->flags & SN_V3_PRIV) || out->keys->priv != SN_PRIV_NONE);
	if (out->flags & SN_V3_PRIV) {
		sn_priv_salt(out->keys->priv, out->boots, out->salt, salt);
		p.priv = sn_span_make(salt, sizeof(salt));
		end = write_encrypted(&w, out, salt);
	} else {
		sn_scoped_write(&w, &out->scoped);
	}
	if (out->flags & SN_V3_AUTH) {
		p.auth.n = sn_auth_info(out->keys->auth)->mac;
	}
	mac = sn_usm_params_write(&w, &p);
	sn_v3_write_header(&w, &m, end);
	if (w.err) {
		return w.err;
	}
	*message = sn_span_make(w.p, (size_t)(end - w.p));
	if (out->flags & SN_V3_AUTH) {
		sn_auth_sign(out->keys->auth, &out->keys->hmac, *message, mac);
	}
	return SN_OK;
}

int sn_usm_open(const struct sn_v3_message *m, const struct sn_usm_params *p,
		const struct sn_usm_keys *keys, uint8_t *scratch, struct sn_scoped_pdu *scoped)
{
	int rc;

	if (!(m->flags & SN_V3_PRIV)) {
		return sn_scoped_read(m->data, scoped);
	}
	if (!keys || keys->priv == SN_PRIV_NONE) {
		return SN_ELEVEL;
	}
	rc = sn_priv_decrypt(&keys->cipher, p->boots, p->time, p->priv, m->data, scratch);
	if (rc) {
		return rc;
	}
	/* what a wrong key leaves is not a ScopedPDU, save by chance */
	return sn_scoped_read(sn_span_make(scratch, m->data.n), scoped) ? SN_EDECRYPT : SN_OK;
}

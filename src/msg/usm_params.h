/*
 * The syntax of UsmSecurityParameters (RFC 3414 §2.4), the content of msgSecurityParameters under
 * the User-based Security Model. Syntax only: what the fields mean is usm's business. Pure
 * functions.
 */
#ifndef SN_MSG_USM_PARAMS_H
#define SN_MSG_USM_PARAMS_H

#include "codec/ber.h"

struct sn_usm_params {
	struct sn_span engine_id; /* msgAuthoritativeEngineID, 0 to 32 octets */
	uint32_t boots;		  /* msgAuthoritativeEngineBoots, 0 .. 2^31-1 */
	uint32_t time;		  /* msgAuthoritativeEngineTime, s, 0 .. 2^31-1 */
	struct sn_span user;	  /* msgUserName, 0 to 32 octets */
	struct sn_span auth;	  /* msgAuthenticationParameters: the MAC's place in the datagram */
	struct sn_span priv;	  /* msgPrivacyParameters: the salt */
};

/*
 * Reads the content of msgSecurityParameters; spans point into it. SN_ETAG, SN_ETRUNC, SN_ELENGTH
 * (an engine ID or user name of more than 32 octets, octets after the SEQUENCE or after its last
 * field), SN_ERANGE.
 */
SN_MUST_USE int sn_usm_params_read(struct sn_span security, struct sn_usm_params *p);

/*
 * Writes the OCTET STRING msgSecurityParameters with its header below w->p. p->auth.n zero octets
 * are written for the MAC (p->auth.p is not read). Returns where they begin, NULL after SN_ESPACE;
 * errors stick to the writer.
 */
uint8_t *sn_usm_params_write(struct sn_writer *w, const struct sn_usm_params *p);

#endif

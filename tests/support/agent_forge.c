/*
 * Messages of version 3 that the scripted agents send, sound ones by usm/authority and all others
 * by a writer of their own that stops at nothing. See agent_secure.h.
 */
#include "support/agent_exchange.h"

#include "base/clock.h"
#include "usm/crypto.h"
#include "usm/timeliness.h"

#include <stdlib.h>

/* What a message is made of, right or wrong. */
struct recipe {
	struct sn_usm_outgoing out; /* as far as it is a message at all */
	size_t mac;		    /* octets of MAC */
	int32_t model;		    /* msgSecurityModel */
	bool noise;		    /* encrypt noise */
	bool flip;		    /* change a bit when all is done */
};

static const uint8_t stranger[] = {0x80, 0, 0x1f, 0x88, 5, 'o', 't', 'h', 'e', 'r'};

/* msgData; returns its end. */
static const uint8_t *write_data(struct sn_writer *w, const struct recipe *rc,
				 const uint8_t salt[SN_PRIV_SALT])
{
	const struct sn_usm_outgoing *out = &rc->out;
	const uint8_t *end = w->p;
	size_t n;

	if (!(out->flags & SN_V3_PRIV) || !(out->flags & SN_V3_AUTH)) {
		sn_scoped_write(w, &out->scoped);
		return end;
	}
	end = sn_writer_reserve(w, SN_PRIV_PAD_MAX);
	sn_scoped_write(w, &out->scoped);
	if (w->err) {
		abort();
	}
	n = (size_t)(end - w->p);
	memset(w->p, 0x5a, rc->noise ? n : 0);
	sn_priv_encrypt(&out->keys->cipher, out->boots, out->time, salt, w->p, n);
	end = w->p + sn_priv_size((enum sn_priv_protocol)out->keys->priv, n);
	sn_ber_write_wrap(w, SN_TAG_OCTETS, end);
	return end;
}

/* A MAC of any length: the first octets of the one that this very message would have. */
static void sign(const struct recipe *rc, struct sn_span whole, uint8_t *mac)
{
	uint8_t digest[SN_AUTH_KEY_MAX];

	sn_crypto_hmac((enum sn_auth_protocol)rc->out.keys->auth, &rc->out.keys->hmac, &whole, 1,
		       digest);
	memcpy(mac, digest, rc->mac);
}

static struct sn_span cook(const struct recipe *rc, uint8_t *buf, size_t size)
{
	const struct sn_usm_outgoing *out = &rc->out;
	struct sn_writer w = sn_writer_make(buf, size);
	struct sn_v3_message m = {.msg_id = out->msg_id,
				  .max_size = out->max_size,
				  .model = rc->model,
				  .flags = out->flags};
	struct sn_usm_params p = {.engine_id = out->engine_id,
				  .boots = out->boots,
				  .time = out->time,
				  .user = out->user,
				  .auth = sn_span_make(NULL, rc->mac)};
	uint8_t salt[SN_PRIV_SALT];
	const uint8_t *end;
	struct sn_span whole;
	uint8_t *mac;

	if (out->flags & SN_V3_PRIV && out->keys) {
		sn_priv_salt((enum sn_priv_protocol)out->keys->priv, out->boots, out->salt, salt);
		p.priv = sn_span_make(salt, sizeof(salt));
	}
	end = write_data(&w, rc, salt);
	mac = sn_usm_params_write(&w, &p);
	sn_v3_write_header(&w, &m, end);
	if (w.err) {
		abort();
	}
	whole = sn_span_make(w.p, (size_t)(end - w.p));
	if (out->flags & SN_V3_AUTH) {
		sign(rc, whole, mac);
	}
	if (rc->flip) {
		w.p[whole.n - 1] ^= 4;
	}
	return whole;
}

/* A sound answer to x->sec around this PDU. */
static struct recipe plain_recipe(const struct exchange *x, const struct sn_pdu *pdu)
{
	struct agent_secure *s = x->a->secure;
	uint32_t time = sn_authority_time(&s->au, x->now);
	struct recipe rc = {.out = {.msg_id = x->sec.m.msg_id,
				    .max_size = s->au.max_size,
				    .flags = x->sec.level,
				    .boots = s->au.boots,
				    .time = time,
				    .salt = s->au.salt++,
				    .engine_id = sn_span_make(s->au.id, s->au.id_n),
				    .user = x->sec.params.user,
				    .keys = &s->account.keys,
				    .scoped = {.engine_id = sn_span_make(s->au.id, s->au.id_n),
					       .context = x->sec.scoped.context,
					       .pdu = *pdu}},
			    .model = SN_V3_MODEL_USM};

	return rc;
}

static void spoil_names(struct recipe *rc, unsigned mischief)
{
	if (mischief & SECURE_CONTEXT_ENGINE) {
		rc->out.scoped.engine_id = sn_span_make(stranger, sizeof(stranger));
	}
	if (mischief & SECURE_CONTEXT) {
		rc->out.scoped.context = sn_span_str("elsewhere");
	}
	if (mischief & SECURE_USER) {
		rc->out.user = sn_span_str("somebody");
	}
	if (mischief & SECURE_ENGINE) {
		rc->out.engine_id = sn_span_make(stranger, sizeof(stranger));
	}
	if (mischief & SECURE_MSG_ID) {
		rc->out.msg_id ^= 0x00555500;
	}
	if (mischief & SECURE_REQUEST_ID) {
		rc->out.scoped.pdu.request_id ^= 0x00555500;
	}
}

static void spoil_level(struct recipe *rc, unsigned mischief)
{
	if (mischief & SECURE_NO_AUTH) {
		rc->out.flags = 0;
	}
	if (mischief & SECURE_NO_PRIV) {
		rc->out.flags &= SN_V3_AUTH;
	}
	if (mischief & SECURE_FLAGS) {
		rc->out.flags = SN_V3_PRIV;
	}
	if (mischief & SECURE_MODEL) {
		rc->model = 4;
	}
	if (mischief & SECURE_OLD_TIME) {
		rc->out.time -= SN_WINDOW_S + 2; /* our notion may lag by one */
	}
	if (mischief & SECURE_OLD_BOOTS) {
		rc->out.boots--;
	}
	rc->flip = mischief & SECURE_BIT;
	rc->noise = mischief & SECURE_NOISE;
	if (rc->out.flags & SN_V3_AUTH) {
		rc->mac = sn_auth_info((enum sn_auth_protocol)rc->out.keys->auth)->mac;
	}
	rc->mac = mischief & SECURE_MAC_NONE ? 0 : rc->mac;
	rc->mac = mischief & SECURE_MAC_ONE ? 1 : rc->mac;
	rc->mac = mischief & SECURE_MAC_ELEVEN ? 11 : rc->mac;
}

static struct sn_span cook_spoilt(const struct exchange *x, const struct sn_pdu *pdu, uint8_t *out,
				  size_t size)
{
	const struct agent_secure *s = x->a->secure;
	struct recipe rc = plain_recipe(x, pdu);
	struct sn_usm_keys other = {0};
	struct sn_span message;

	if (s->mischief & SECURE_OTHER_KEY) {
		if (sn_usm_user_localize(&s->user, sn_span_make(stranger, sizeof(stranger)),
					 &other)) {
			abort();
		}
		rc.out.keys = &other;
	}
	spoil_names(&rc, s->mischief);
	spoil_level(&rc, s->mischief);
	message = cook(&rc, out, size);
	sn_usm_keys_fini(&other);
	return message;
}

/* Its first answer, once more; the first time it is the answer. */
static struct sn_span replay(struct agent_secure *s, struct sn_span message)
{
	if (s->replay_n == 0) {
		if (message.n > sizeof(s->replay)) {
			abort();
		}
		memcpy(s->replay, message.p, message.n);
		s->replay_n = (uint32_t)message.n;
	}
	return sn_span_make(s->replay, s->replay_n);
}

struct sn_span agent_secure_build(struct exchange *x, const struct sn_pdu *pdu, unsigned mischief,
				  bool right, uint8_t *out, size_t size)
{
	struct agent_secure *s = x->a->secure;
	struct sn_authority_request sec = x->sec;
	struct sn_pdu small = *pdu;
	struct sn_span message;
	int rc;

	sec.m.msg_id = pdu->request_id; /* spoilt or not: both are the same number */
	if (mischief & AGENT_WRONG_COMMUNITY) {
		sec.params.user = sn_span_str("privat");
	}
	if (!right && (s->mischief & (SECURE_EMPTY_ID - 1) & ~(unsigned)SECURE_REPLAY)) {
		return cook_spoilt(x, pdu, out, size);
	}
	rc = sn_authority_respond(&s->au, &sec, pdu, x->now, out, size, &message);
	if (rc == SN_EMSGSIZE) {
		small.status = SN_STATUS_TOO_BIG;
		small.index = 0;
		small.vbs.n = 0;
		rc = sn_authority_respond(&s->au, &sec, &small, x->now, out, size, &message);
	}
	if (rc) {
		abort();
	}
	return !right && (s->mischief & SECURE_REPLAY) ? replay(s, message) : message;
}

/* A Report nobody signed, with any engine ID; clock: with the true boots and time. */
static void send_unsigned(struct exchange *x, enum sn_report report, struct sn_span id, bool clock,
			  uint64_t delay)
{
	uint8_t buf[600];
	uint8_t vbs[64];
	struct sn_writer w = sn_writer_make(vbs, sizeof(vbs));
	struct sn_pdu pdu = {.type = SN_PDU_REPORT,
			     .request_id = x->sec.scoped.pdu.type ? x->sec.scoped.pdu.request_id
								  : x->sec.m.msg_id};
	struct recipe rc;

	sn_report_write_vbs(&w, report, 1);
	pdu.vbs = sn_writer_span(&w);
	rc = plain_recipe(x, &pdu);
	rc.out.flags = 0;
	rc.out.engine_id = id;
	rc.out.scoped.engine_id = id;
	rc.out.scoped.context.n = 0;
	rc.out.boots = clock ? rc.out.boots : 0;
	rc.out.time = clock ? rc.out.time : 0;
	agent_send(x, cook(&rc, buf, sizeof(buf)), 0, delay);
}

void agent_secure_forge(struct exchange *x)
{
	struct agent_secure *s = x->a->secure;
	struct sn_span own = sn_span_make(s->au.id, s->au.id_n);

	send_unsigned(x, s->forged, s->forged_id.n ? s->forged_id : own, true, 0);
}

/* Ever another engine. */
static struct sn_span make_up(struct agent_secure *s, uint8_t id[12])
{
	static const uint8_t prefix[] = {0x80, 0, 0x1f, 0x88, 5, 'n', 'e', 'w'};

	s->made_up++;
	memcpy(id, prefix, sizeof(prefix));
	memcpy(id + sizeof(prefix), &s->made_up, 4);
	return sn_span_make(id, 12);
}

void agent_secure_report(struct exchange *x)
{
	static const uint8_t long_id[33] = {0x80, 0, 0x1f, 0x88, 5};
	struct agent_secure *s = x->a->secure;
	struct sn_span own = sn_span_make(s->au.id, s->au.id_n);
	bool discovery = x->sec.params.engine_id.n == 0;
	uint64_t delay = agent_delay(x->a, x->sec.m.msg_id);
	uint8_t buf[2000];
	uint8_t id[12];
	struct sn_span message;

	s->reports++;
	if (s->mischief & SECURE_ALL_ENGINE) {
		send_unsigned(x, SN_REPORT_UNKNOWN_ENGINE_IDS, make_up(s, id), true, delay);
	} else if (discovery && (s->mischief & SECURE_EMPTY_ID)) {
		send_unsigned(x, SN_REPORT_UNKNOWN_ENGINE_IDS, sn_span_make(NULL, 0), true, delay);
	} else if (discovery && (s->mischief & SECURE_LONG_ID)) {
		send_unsigned(x, SN_REPORT_UNKNOWN_ENGINE_IDS, sn_span_make(long_id, 33), true,
			      delay);
	} else if (discovery && (s->mischief & SECURE_NO_HINT)) {
		send_unsigned(x, SN_REPORT_UNKNOWN_ENGINE_IDS, own, false, delay);
	} else if (sn_authority_report(&s->au, &x->sec, x->now, buf, sizeof(buf), &message)) {
		abort();
	} else {
		agent_send(x, message, x->a->mischief & AGENT_DUPLICATE, delay);
	}
}

void agent_secure_respond_to_discovery(struct exchange *x)
{
	const struct agent_secure *s = x->a->secure;
	struct sn_pdu pdu = {.type = SN_PDU_RESPONSE, .request_id = x->sec.scoped.pdu.request_id};
	struct recipe rc = plain_recipe(x, &pdu);
	uint8_t buf[600];

	rc.out.flags = 0;
	rc.out.user = s->user.name; /* all as in an answer to a request */
	agent_send(x, cook(&rc, buf, sizeof(buf)), 0, agent_delay(x->a, x->sec.m.msg_id));
}

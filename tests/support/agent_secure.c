/*
 * Engines of the scripted agents and what reaches them, see agent_secure.h. The checks are the
 * product's (usm/authority); here is what an agent adds: its context, its reboots, and what it
 * remembers of the manager for the tests.
 */
#include "support/agent_exchange.h"

#include "base/clock.h"
#include "codec/oid.h"

#include <stdlib.h>

int agents_secure(struct agents *as, const struct sn_usm_user *user)
{
	as->secure = calloc(as->n, sizeof(*as->secure));
	if (!as->secure) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < as->n; i++) {
		const uint8_t id[] = {0x80,
				      0,
				      0x1f,
				      0x88,
				      5,
				      (uint8_t)(i >> 24),
				      (uint8_t)(i >> 16),
				      (uint8_t)(i >> 8),
				      (uint8_t)i};
		struct agent_secure *s = &as->secure[i];

		memcpy(s->au.id, id, sizeof(id));
		s->au.id_n = sizeof(id);
		s->au.boots = 1 + i % 5;
		s->au.started = as->began - as->agent[i].boot_age;
		s->au.max_size = SN_IO_DATAGRAM_MAX;
		s->au.salt = i;
		s->au.accounts = &s->account;
		s->au.naccounts = 1;
		s->user = *user;
		s->account.user = &s->user;
		as->agent[i].secure = s;
	}
	return SN_OK;
}

void agents_secure_fini(struct agents *as)
{
	for (uint32_t i = 0; as->secure && i < as->n; i++) {
		sn_authority_fini(&as->secure[i].au);
	}
	free(as->secure);
	as->secure = NULL;
}

void agent_secure_reboot(struct agent_secure *s, uint64_t at)
{
	s->au.boots += !s->forgetful && s->au.boots < INT32_MAX;
	s->au.started = at;
}

void agent_secure_step(struct agent_secure *s, int64_t seconds)
{
	s->au.started -= (uint64_t)seconds * SN_NS_PER_SEC;
}

void agent_secure_swap(struct agent_secure *s, struct sn_span id, uint32_t boots, uint64_t started)
{
	sn_authority_fini(&s->au);
	memcpy(s->au.id, id.p, id.n);
	s->au.id_n = (uint8_t)id.n;
	s->au.boots = boots;
	s->au.started = started;
}

void agent_secure_rekey(struct agent_secure *s, uint8_t auth, uint8_t priv)
{
	sn_authority_fini(&s->au);
	for (int i = 0; i < SN_AUTH_KEY_MAX; i++) {
		s->user.auth_key[i] ^= auth;
		s->user.priv_key[i] ^= priv;
	}
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

bool agent_salts_differ(struct agent_salts *salts)
{
	qsort(salts->salt, salts->n, sizeof(uint64_t), by_number);
	for (size_t i = 1; i < salts->n; i++) {
		if (salts->salt[i] == salts->salt[i - 1]) {
			return false;
		}
	}
	return true;
}

static void remember_salt(struct agent_salts *salts, struct sn_span salt)
{
	if (!salts->salt || salt.n != SN_PRIV_SALT) {
		return;
	}
	if (salts->n == salts->max) {
		abort(); /* the test did not give room enough */
	}
	memcpy(&salts->salt[salts->n++], salt.p, SN_PRIV_SALT);
}

static void run_clock(struct agent *a, uint64_t now)
{
	struct agent_secure *s = a->secure;

	if (a->reboot_at && now >= a->reboot_at && !s->rebooted) {
		s->rebooted = true;
		agent_secure_reboot(s, a->reboot_at);
	}
	if (s->stopped) {
		s->au.started = now;
	}
}

/* RFC 3414 §4: nothing but the wish to know who is there. */
static bool is_sound_discovery(const struct sn_authority_request *sec)
{
	return sec->m.flags == SN_V3_REPORTABLE && sec->params.user.n == 0 &&
	       sec->params.boots == 0 && sec->params.time == 0 && sec->scoped.engine_id.n == 0 &&
	       sec->scoped.context.n == 0 && sec->scoped.pdu.type == SN_PDU_GET &&
	       sec->scoped.pdu.vbs.n == 0;
}

/* Reportable, at the user's level, one number for both ids: what our manager has to send. */
static bool is_sound_request(const struct agent_secure *s, const struct sn_authority_request *sec)
{
	if (sec->m.flags != (s->user.level | SN_V3_REPORTABLE) ||
	    !sn_span_eq(sec->params.user, s->user.name)) {
		return false;
	}
	return sec->scoped.pdu.type == 0 || sec->scoped.pdu.request_id == sec->m.msg_id;
}

static void note_message(struct exchange *x, size_t octets)
{
	struct agent_secure *s = x->a->secure;
	const struct sn_usm_params *p = &x->sec.params;

	s->messages++;
	s->largest_asked = octets > s->largest_asked ? (uint32_t)octets : s->largest_asked;
	if (p->engine_id.n == 0) {
		s->discoveries++;
		s->odd += !is_sound_discovery(&x->sec);
		return;
	}
	s->requests += sn_span_eq(p->engine_id, sn_span_make(s->au.id, s->au.id_n));
	s->odd += !is_sound_request(s, &x->sec);
	s->boots = p->boots;
	s->time = p->time;
	if (x->sec.m.flags & SN_V3_PRIV) {
		remember_salt(&x->as->salts, p->priv);
	}
}

/* What RFC 3412 §4.2.2.1 and RFC 3413 §3.2 leave to the application. */
static enum sn_authority_verdict find_context(struct agent_secure *s,
					      struct sn_authority_request *sec)
{
	struct sn_span context = sn_span_str(s->context ? s->context : "");

	if (!sn_span_eq(sec->scoped.engine_id, sn_span_make(s->au.id, s->au.id_n))) {
		sn_authority_refuse(&s->au, sec, SN_REPORT_UNKNOWN_PDU_HANDLERS);
		return SN_AUTHORITY_REPORT;
	}
	if (!sn_span_eq(sec->scoped.context, context)) {
		sn_authority_refuse(&s->au, sec, SN_REPORT_UNKNOWN_CONTEXTS);
		return SN_AUTHORITY_REPORT;
	}
	if (s->mischief & SECURE_ALL_WINDOW) {
		sn_authority_refuse(&s->au, sec, SN_REPORT_NOT_IN_TIME_WINDOWS);
		sec->level &= SN_V3_AUTH;
		return SN_AUTHORITY_REPORT;
	}
	return SN_AUTHORITY_SERVE;
}

/* The request as the MIB's side wants it. */
static void unwrap(struct exchange *x)
{
	const struct sn_authority_request *sec = &x->sec;
	struct sn_usm_outgoing room = {.engine_id = sec->params.engine_id,
				       .user = sec->params.user,
				       .scoped = {.engine_id = sec->scoped.engine_id,
						  .context = sec->scoped.context}};

	x->rq = (struct sn_message){.version = SN_VERSION_3, .pdu = sec->scoped.pdu};
	x->headers = sn_usm_seal_room(&room);
}

/* Forged Reports come before whatever else is to come. */
static bool is_silenced(struct exchange *x, unsigned attempt)
{
	struct agent_secure *s = x->a->secure;

	if (attempt < x->a->deaf_attempts) {
		return true;
	}
	if (s->forges || s->forges_only) {
		agent_secure_forge(x);
	}
	return s->forges_only;
}

bool agent_secure_hear(struct exchange *x, struct sn_span data)
{
	static uint8_t scratch[SN_IO_DATAGRAM_MAX + 16];
	struct agent_secure *s = x->a->secure;
	enum sn_authority_verdict verdict;

	if (!s || x->a->only_v1 || !agent_is_awake(x->a, x->now)) {
		return false;
	}
	run_clock(x->a, x->now);
	verdict = sn_authority_open(&s->au, data, x->now, scratch, &x->sec);
	note_message(x, data.n);
	if (verdict == SN_AUTHORITY_SERVE) {
		verdict = find_context(s, &x->sec);
	}
	if (verdict == SN_AUTHORITY_SERVE) {
		x->a->heard++;
		x->a->by_type[x->sec.scoped.pdu.type & 15]++;
	}
	if (is_silenced(x, (unsigned)x->sec.m.msg_id & 7)) {
		return false;
	}
	if (verdict == SN_AUTHORITY_DROP ||
	    (x->sec.params.engine_id.n && (s->mischief & SECURE_SILENT))) {
		s->dropped++;
		return false;
	}
	if (x->sec.params.engine_id.n == 0 && (s->mischief & SECURE_DISCOVERY_RESPONSE)) {
		agent_secure_respond_to_discovery(x);
		return false;
	}
	if (verdict == SN_AUTHORITY_REPORT || (s->mischief & SECURE_ALL_ENGINE)) {
		agent_secure_report(x);
		return false;
	}
	s->served++;
	unwrap(x);
	return true;
}

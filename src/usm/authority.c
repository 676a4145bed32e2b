/*
 * The authoritative side of USM, see authority.h. Serves the agent, simulated devices and a
 * receiver of informs, on the thread of whoever owns the authority. The order of the checks is
 * that of RFC 3412 §7.2 and RFC 3414 §3.2: it decides which error of several is reported.
 */
#include "usm/authority.h"

#include "base/clock.h"
#include "usm/timeliness.h"

enum {
	NOTHING = SN_REPORT_COUNT, /* nothing is wrong */
	REPORT_VBS = 64		   /* octets of a Report's only varbind, at most */
};

/* ns until snmpEngineTime passes 2^31-1 s. */
#define TIME_SPAN (((uint64_t)SN_ENGINE_TIME_MAX + 1) * SN_NS_PER_SEC)

uint32_t sn_authority_time(struct sn_authority *a, uint64_t now)
{
	while (now - a->started >= TIME_SPAN) {
		a->started += TIME_SPAN;
		a->boots += a->boots < SN_ENGINE_BOOTS_MAX;
	}
	return (uint32_t)((now - a->started) / SN_NS_PER_SEC);
}

static struct sn_usm_account *find_account(const struct sn_authority *a, struct sn_span name)
{
	for (uint32_t i = 0; i < a->naccounts; i++) {
		if (sn_span_eq(a->accounts[i].user->name, name)) {
			return &a->accounts[i];
		}
	}
	return NULL;
}

static int prepare_keys(const struct sn_authority *a, struct sn_usm_account *account)
{
	int rc;

	if (account->ready) {
		return SN_OK;
	}
	rc = sn_usm_user_localize(account->user, sn_span_make(a->id, a->id_n), &account->keys);
	account->ready = rc == SN_OK;
	return rc;
}

/* Steps 6 and 7 of RFC 3414 §3.2, for messages with authentication. */
static enum sn_report authenticate(struct sn_authority *a, const struct sn_authority_request *rq,
				   uint64_t now)
{
	const struct sn_usm_keys *keys = &rq->account->keys;
	uint32_t time = sn_authority_time(a, now); /* first: it moves boots */

	if (sn_auth_check((enum sn_auth_protocol)keys->auth, &keys->hmac, rq->m.whole,
			  rq->params.auth)) {
		return SN_REPORT_WRONG_DIGESTS;
	}
	if (sn_timeliness_check_own(a->boots, time, rq->params.boots, rq->params.time)) {
		return SN_REPORT_NOT_IN_TIME_WINDOWS;
	}
	return (enum sn_report)NOTHING;
}

/*
 * Steps 3 to 7 of RFC 3414 §3.2: what is wrong with the message, or NOTHING. *failed: the keys
 * could not be made.
 */
static enum sn_report check(struct sn_authority *a, struct sn_authority_request *rq, uint64_t now,
			    bool *failed)
{
	uint8_t level = rq->m.flags & SN_V3_LEVEL;

	/* 3b: an ID of any other length as well, the empty one of discovery above all */
	if (!sn_span_eq(rq->params.engine_id, sn_span_make(a->id, a->id_n))) {
		return SN_REPORT_UNKNOWN_ENGINE_IDS;
	}
	rq->account = find_account(a, rq->params.user);
	if (!rq->account) {
		return SN_REPORT_UNKNOWN_USER_NAMES;
	}
	/* a lower level than the user's is not USM's to refuse but access control's */
	if (level & ~rq->account->user->level) {
		return SN_REPORT_UNSUPPORTED_SEC_LEVELS;
	}
	if (!(level & SN_V3_AUTH)) {
		return (enum sn_report)NOTHING;
	}
	*failed = prepare_keys(a, rq->account) != SN_OK;
	return *failed ? (enum sn_report)NOTHING : authenticate(a, rq, now);
}

/* The confirmed class of RFC 3411 §2.8: PDUs that want an answer. */
static bool is_confirmed(uint8_t type)
{
	return type == SN_PDU_GET || type == SN_PDU_GETNEXT || type == SN_PDU_GETBULK ||
	       type == SN_PDU_SET || type == SN_PDU_INFORM;
}

/* RFC 3412 §6.4: the PDU decides where it can be read, the flag only where it cannot. */
static bool is_reportable(const struct sn_authority_request *rq)
{
	return rq->scoped.pdu.type ? is_confirmed(rq->scoped.pdu.type)
				   : (rq->m.flags & SN_V3_REPORTABLE) != 0;
}

/* Reads the scoped PDU; on failure rq->scoped is empty. */
static int read_scoped(struct sn_authority_request *rq, uint8_t *scratch)
{
	const struct sn_usm_keys *keys = rq->account ? &rq->account->keys : NULL;
	int rc = sn_usm_open(&rq->m, &rq->params, keys, scratch, &rq->scoped);

	if (rc) {
		memset(&rq->scoped, 0, sizeof(rq->scoped));
	}
	return rc;
}

static enum sn_authority_verdict complain(struct sn_authority *a, struct sn_authority_request *rq,
					  enum sn_report report)
{
	a->stats[report]++;
	rq->report = report;
	return is_reportable(rq) ? SN_AUTHORITY_REPORT : SN_AUTHORITY_DROP;
}

/* A message that RFC 3414 §3.2 refuses before its msgData is opened. */
static enum sn_authority_verdict refuse_unopened(struct sn_authority *a,
						 struct sn_authority_request *rq,
						 enum sn_report report)
{
	/* step 7a asks for authNoPriv, all else stays at noAuthNoPriv: RFC 3412 §7.1 3d */
	rq->level = report == SN_REPORT_NOT_IN_TIME_WINDOWS ? SN_V3_AUTH : 0;
	if (!rq->m.encrypted) {
		(void)read_scoped(rq, NULL); /* for its class and request-id, if it has them */
	}
	return complain(a, rq, report);
}

enum sn_authority_verdict sn_authority_open(struct sn_authority *a, struct sn_span datagram,
					    uint64_t now, uint8_t *scratch,
					    struct sn_authority_request *rq)
{
	enum sn_report report;
	bool failed = false;
	int rc;

	memset(rq, 0, sizeof(*rq));
	rc = sn_v3_read(datagram, &rq->m);
	if (rc && rc != SN_EINVAL) {
		return SN_AUTHORITY_DROP;
	}
	if (rq->m.model != SN_V3_MODEL_USM) {
		a->stats[SN_REPORT_UNKNOWN_SECURITY_MODELS]++;
		return SN_AUTHORITY_DROP; /* RFC 3412 §7.2 4 */
	}
	if (rc) {
		a->stats[SN_REPORT_INVALID_MSGS]++;
		return SN_AUTHORITY_DROP; /* §7.2 5d */
	}
	if (sn_usm_params_read(rq->m.security, &rq->params)) {
		return SN_AUTHORITY_DROP; /* RFC 3414 §3.2 1 */
	}
	report = check(a, rq, now, &failed);
	if (failed) {
		return SN_AUTHORITY_DROP;
	}
	if (report != (enum sn_report)NOTHING) {
		return refuse_unopened(a, rq, report);
	}
	if (read_scoped(rq, scratch)) {
		/* RFC 3414 §3.2 8, and for a plaintext RFC 3412 §7.2 7 */
		return rq->m.encrypted ? complain(a, rq, SN_REPORT_DECRYPTION_ERRORS)
				       : SN_AUTHORITY_DROP;
	}
	rq->level = rq->m.flags & SN_V3_LEVEL;
	if (!is_confirmed(rq->scoped.pdu.type)) {
		/* nobody waits for it here: §7.2 11 and 13b */
		return complain(a, rq, SN_REPORT_UNKNOWN_PDU_HANDLERS);
	}
	return SN_AUTHORITY_SERVE;
}

void sn_authority_refuse(struct sn_authority *a, struct sn_authority_request *rq,
			 enum sn_report report)
{
	a->stats[report]++;
	rq->report = report;
}

/* Seals a scoped PDU for who asked, at rq->level, in no more octets than it takes. */
static int seal(struct sn_authority *a, const struct sn_authority_request *rq,
		const struct sn_scoped_pdu *scoped, uint64_t now, uint8_t *buf, size_t cap,
		struct sn_span *message)
{
	uint32_t time = sn_authority_time(a, now);
	struct sn_usm_outgoing out = {.msg_id = rq->m.msg_id,
				      .max_size = a->max_size,
				      .flags = rq->level,
				      .boots = a->boots,
				      .time = time,
				      .engine_id = sn_span_make(a->id, a->id_n),
				      .user = rq->params.user,
				      .keys = rq->account ? &rq->account->keys : NULL,
				      .scoped = *scoped};
	int rc;

	if (rq->level & SN_V3_PRIV) {
		out.salt = a->salt++;
	}
	rc = sn_usm_seal(&out, buf, cap, message);
	return rc == SN_OK && message->n > (size_t)rq->m.max_size ? SN_EMSGSIZE : rc;
}

int sn_authority_respond(struct sn_authority *a, const struct sn_authority_request *rq,
			 const struct sn_pdu *pdu, uint64_t now, uint8_t *buf, size_t cap,
			 struct sn_span *message)
{
	struct sn_scoped_pdu scoped = {
		.engine_id = rq->scoped.engine_id, .context = rq->scoped.context, .pdu = *pdu};

	return seal(a, rq, &scoped, now, buf, cap, message);
}

int sn_authority_report(struct sn_authority *a, const struct sn_authority_request *rq, uint64_t now,
			uint8_t *buf, size_t cap, struct sn_span *message)
{
	uint8_t vbs[REPORT_VBS];
	struct sn_writer w = sn_writer_make(vbs, sizeof(vbs));
	bool dispatched = rq->report >= SN_REPORT_UNKNOWN_PDU_HANDLERS;
	struct sn_scoped_pdu scoped = {.engine_id = sn_span_make(a->id, a->id_n),
				       .pdu = {.type = SN_PDU_REPORT,
					       .request_id = rq->scoped.pdu.request_id}};

	if (dispatched) {
		/* as an answer would have it: RFC 3412 §4.2.2.1, RFC 3413 §3.2 */
		scoped.engine_id = rq->scoped.engine_id;
		scoped.context = rq->scoped.context;
	}
	sn_report_write_vbs(&w, rq->report, a->stats[rq->report]);
	scoped.pdu.vbs = sn_writer_span(&w);
	return seal(a, rq, &scoped, now, buf, cap, message);
}

void sn_authority_fini(struct sn_authority *a)
{
	for (uint32_t i = 0; i < a->naccounts; i++) {
		sn_usm_keys_fini(&a->accounts[i].keys);
		a->accounts[i].ready = false;
	}
}

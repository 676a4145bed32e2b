/*
 * Messages of version 3 in a session, see exchange_int.h: sealed for the device's engine, or a
 * discovery in their place; received ones checked in the order of RFC 3412 §7.2 and RFC 3414 §3.2.
 * Worker thread.
 *
 * A Report never uses up a retransmission: what it says how to do better goes out again at once, a
 * bounded number of times.
 */
#include "msg/peek.h"
#include "msg/v3.h"
#include "session/discovery_int.h"
#include "session/exchange_int.h"
#include "usm/report.h"
#include "usm/seal.h"

/*
 * Times that one request is sealed anew. In the worst case that is sound each of these comes once:
 * discovery, wrong time, another engine, wrong time there, clock given up.
 */
enum { REPORTS_MAX = 5 };

/* A discovery (RFC 3414 §4): no engine, no user, no varbinds, and nothing secret. */
static void fill_discovery(struct sn_usm_outgoing *out)
{
	out->flags = SN_V3_REPORTABLE;
	out->scoped.pdu.type = SN_PDU_GET;
}

static void fill_request(const struct sn_request *rq, const struct sn_engine *eng, uint64_t now,
			 struct sn_usm_outgoing *out)
{
	const struct sn_usm_access *access = rq->dev->access;

	out->flags = access->user->level | SN_V3_REPORTABLE;
	out->engine_id = sn_engine_id(eng);
	out->user = access->user->name;
	out->keys = &eng->keys;
	if (access->user->level & SN_V3_AUTH) {
		sn_engine_now(eng, now, &out->boots, &out->time);
	}
	out->scoped.engine_id = access->context_engine.n ? access->context_engine : out->engine_id;
	out->scoped.context = access->context;
	out->scoped.pdu.type = rq->type;
	out->scoped.pdu.status = rq->status;
	out->scoped.pdu.index = rq->index;
	out->scoped.pdu.vbs = rq->vbs;
}

/* The ScopedPDU in clear, for the tracer. */
static struct sn_span clear_text(struct sn_session *s, const struct sn_usm_outgoing *out)
{
	struct sn_writer wr = sn_writer_make(s->scratch, SN_SESSION_SCRATCH);

	sn_scoped_write(&wr, &out->scoped);
	return sn_writer_span(&wr);
}

int sn_secure_build(struct sn_session *s, struct sn_request *rq, uint32_t id, struct sn_span *msg,
		    struct sn_span *scoped)
{
	struct sn_usm_outgoing out = {.msg_id = (int32_t)id,
				      .max_size = SN_IO_DATAGRAM_MAX,
				      .scoped.pdu.request_id = (int32_t)id};
	uint8_t probe = (uint8_t)(1u << (rq->attempts - 1u));
	struct sn_engine *eng;
	int rc = sn_discovery_choose(s, rq, &eng);
	uint8_t *buf;
	size_t cap;

	if (rc) {
		return rc;
	}
	if (eng) {
		rq->probes &= (uint8_t)~probe;
		out.salt = s->salt++;
		fill_request(rq, eng, s->w->now, &out);
	} else {
		rq->probes |= probe;
		fill_discovery(&out);
		sn_counter_add(&s->w->counters, SN_C_DISCOVERIES, 1);
	}
	cap = sn_usm_seal_room(&out);
	if (cap > SN_IO_DATAGRAM_MAX) {
		return SN_EMSGSIZE;
	}
	buf = sn_io_tx_reserve(s->w->io, cap);
	if (!buf) {
		return SN_EAGAIN;
	}
	rc = sn_usm_seal(&out, buf, cap, msg);
	if (rc == SN_OK && eng && eng->max_size && msg->n > (size_t)eng->max_size) {
		return SN_EMSGSIZE;
	}
	if (rc == SN_OK && s->tracer.event && (out.flags & SN_V3_PRIV)) {
		*scoped = clear_text(s, &out);
	}
	return rc;
}

/* Reads what is not secret of a message. False: it is not worth a look. */
static bool read_message(struct sn_received *r, struct sn_v3_message *m, struct sn_usm_params *p)
{
	int rc = sn_v3_read(r->pk->data, m);

	if (rc == SN_EINVAL) {
		sn_exchange_drop(r, SN_C_RX_INVALID_MSG,
				 "dropped: contradictory msgFlags (snmpInvalidMsgs)");
		return false;
	}
	if (rc == SN_OK && m->model != SN_V3_MODEL_USM) {
		sn_exchange_drop(r, SN_C_RX_UNKNOWN_SECURITY_MODEL,
				 "dropped: another security model (snmpUnknownSecurityModels)");
		return false;
	}
	rc = rc ? rc : sn_usm_params_read(m->security, p);
	if (rc) {
		sn_exchange_drop(r, r->pk->truncated ? SN_C_RX_TRUNCATED : SN_C_RX_PARSE_ERRORS,
				 "dropped: malformed");
		return false;
	}
	return true;
}

/*
 * A Report says no. If it is signed, or nothing better can come, the request is over. Otherwise
 * anybody who saw the request can have written it: the real answer may still come, and if none does
 * the request ends with this at its deadline.
 */
static enum sn_verdict refuse(struct sn_received *r, int err, bool authentic)
{
	struct sn_request *rq = r->rq;

	r->err = err;
	if (authentic || !rq->dev->engine || !(rq->dev->access->user->level & SN_V3_AUTH)) {
		return SN_VERDICT_REFUSED;
	}
	rq->refusal = (int16_t)err;
	return SN_VERDICT_DROP;
}

static enum sn_verdict again(struct sn_received *r, int err, bool authentic)
{
	if (r->rq->reports >= REPORTS_MAX) {
		return refuse(r, err, authentic);
	}
	r->rq->reports++;
	return SN_VERDICT_AGAIN;
}

static enum sn_counter report_counter(enum sn_report report)
{
	switch (report) {
	case SN_REPORT_UNSUPPORTED_SEC_LEVELS:
		return SN_C_REPORT_UNSUPPORTED_LEVEL;
	case SN_REPORT_NOT_IN_TIME_WINDOWS:
		return SN_C_REPORT_NOT_IN_TIME_WINDOW;
	case SN_REPORT_UNKNOWN_USER_NAMES:
		return SN_C_REPORT_UNKNOWN_USER;
	case SN_REPORT_UNKNOWN_ENGINE_IDS:
		return SN_C_REPORT_UNKNOWN_ENGINE;
	case SN_REPORT_WRONG_DIGESTS:
		return SN_C_REPORT_WRONG_DIGEST;
	case SN_REPORT_DECRYPTION_ERRORS:
		return SN_C_REPORT_DECRYPTION_ERROR;
	default:
		return SN_C_REPORT_OTHER;
	}
}

/* Whose keys and ID the answered attempt carried; NULL: it was a discovery. */
static const struct sn_engine *sealed_for(const struct sn_received *r)
{
	const struct sn_request *rq = r->rq;

	if (rq->probes >> r->number & 1u) {
		return NULL;
	}
	return rq->by_candidate ? rq->dev->candidate : rq->dev->engine;
}

/* RFC 3412 §7.2 11, RFC 3414 §3.2. eng: the device's engine or candidate it is from, or NULL. */
static enum sn_verdict on_report(struct sn_session *s, struct sn_received *r,
				 const struct sn_usm_params *p, struct sn_engine *eng,
				 bool authentic)
{
	enum sn_report report = sn_report_read(&r->pdu);
	int err = sn_report_err(report);

	r->why = report_counter(report);
	r->note = sn_report_name(report);
	if (report == SN_REPORT_UNKNOWN_ENGINE_IDS && !authentic) {
		/* no engine denies its own ID: to seal for it once more would lead nowhere */
		int rc = eng && eng == sealed_for(r) ? SN_EENGINE : sn_discovery_learn(s, r->rq, p);

		return rc ? refuse(r, rc, false) : again(r, err, false);
	}
	if (report == SN_REPORT_NOT_IN_TIME_WINDOWS && eng) {
		if (!authentic && eng->clock.synced) {
			return refuse(r, err, false); /* nothing to be learnt from that */
		}
		if (!authentic) {
			eng->hint_boots = p->boots;
			eng->hint_time = p->time;
			eng->hint_at = s->w->now;
		}
		return again(r, err, authentic);
	}
	return refuse(r, err, authentic);
}

/* Reports nobody signed may come without it; all else is for the request's user. */
static bool is_users(struct sn_received *r, const struct sn_usm_params *p)
{
	if (sn_span_eq(p->user, r->rq->dev->access->user->name)) {
		return true;
	}
	sn_exchange_drop(r, SN_C_RX_UNKNOWN_USER,
			 "dropped: another user (usmStatsUnknownUserNames)");
	return false;
}

/* RFC 3412 §7.2 10 and 12: a Response must be what the request was. */
static enum sn_verdict on_response(struct sn_received *r, const struct sn_v3_message *m,
				   const struct sn_scoped_pdu *scoped, const struct sn_engine *eng)
{
	const struct sn_usm_access *access = r->rq->dev->access;
	struct sn_span context_engine =
		access->context_engine.n ? access->context_engine : sn_engine_id(eng);

	if (r->rq->probes >> r->number & 1) {
		return sn_exchange_drop(r, SN_C_RX_NOT_RESPONSE,
					"dropped: a response to a discovery");
	}
	if ((m->flags & SN_V3_LEVEL) != access->user->level) {
		return sn_exchange_drop(
			r, SN_C_RX_UNSUPPORTED_LEVEL,
			"dropped: at another security level (usmStatsUnsupportedSecLevels)");
	}
	if (scoped->pdu.request_id != m->msg_id) {
		return sn_exchange_drop(r, SN_C_RX_UNMATCHED,
					"dropped: request-id is not the request's");
	}
	if (!sn_span_eq(scoped->engine_id, context_engine) ||
	    !sn_span_eq(scoped->context, access->context)) {
		return sn_exchange_drop(r, SN_C_RX_WRONG_CONTEXT, "dropped: another context");
	}
	return SN_VERDICT_ANSWER;
}

/* Checks a signed message down to its PDU. SN_VERDICT_ANSWER: all is right so far. */
static enum sn_verdict unseal(struct sn_session *s, struct sn_received *r,
			      const struct sn_v3_message *m, const struct sn_usm_params *p,
			      struct sn_engine *eng, struct sn_scoped_pdu *scoped)
{
	struct sn_request *rq = r->rq;
	int rc;

	if (m->flags & SN_V3_LEVEL & ~rq->dev->access->user->level) {
		return sn_exchange_drop(
			r, SN_C_RX_UNSUPPORTED_LEVEL,
			"dropped: at another security level (usmStatsUnsupportedSecLevels)");
	}
	if (sn_auth_check(eng->keys.auth, &eng->keys.hmac, m->whole, p->auth)) {
		if (!rq->dev->engine) {
			/* pysnmp's agents sign even the Report that says our key is wrong */
			rq->refusal = SN_EDIGEST;
		}
		return sn_exchange_drop(r, SN_C_RX_WRONG_DIGEST,
					"dropped: wrong MAC (usmStatsWrongDigests)");
	}
	if (sn_engine_clock_check(&eng->clock, p->boots, p->time, s->w->now)) {
		sn_exchange_drop(r, SN_C_RX_NOT_IN_TIME_WINDOW,
				 "dropped: outside the time window (usmStatsNotInTimeWindows)");
		if (sn_discovery_give_up_clock(s, rq->dev, eng)) {
			return again(r, SN_ETIMEWINDOW, true);
		}
		rq->refusal = SN_ETIMEWINDOW;
		return SN_VERDICT_DROP;
	}
	sn_discovery_confirm(s, rq->dev, eng);
	eng->max_size = m->max_size;
	rc = sn_usm_open(m, p, &eng->keys, s->scratch, scoped);
	if (rc) {
		rq->refusal = SN_EDECRYPT;
		return sn_exchange_drop(r, SN_C_RX_DECRYPTION_ERROR,
					"dropped: does not decrypt (usmStatsDecryptionErrors)");
	}
	return SN_VERDICT_ANSWER;
}

static enum sn_verdict receive_signed(struct sn_session *s, struct sn_received *r,
				      const struct sn_v3_message *m, const struct sn_usm_params *p,
				      struct sn_engine *eng)
{
	struct sn_scoped_pdu scoped;
	enum sn_verdict verdict;

	if (!eng) {
		return sn_exchange_drop(r, SN_C_RX_UNKNOWN_ENGINE,
					"dropped: of another engine (usmStatsUnknownEngineIDs)");
	}
	if (!is_users(r, p)) {
		return SN_VERDICT_DROP;
	}
	verdict = unseal(s, r, m, p, eng, &scoped);
	if (verdict != SN_VERDICT_ANSWER) {
		return verdict;
	}
	r->pdu = scoped.pdu;
	if (m->encrypted) {
		r->scoped = sn_span_make(s->scratch, m->data.n);
	}
	if (scoped.pdu.type == SN_PDU_REPORT) {
		return on_report(s, r, p, eng, true);
	}
	if (scoped.pdu.type != SN_PDU_RESPONSE) {
		return sn_exchange_drop(r, SN_C_RX_NOT_RESPONSE, "dropped: not a response");
	}
	return on_response(r, m, &scoped, eng);
}

static enum sn_verdict receive_unsigned(struct sn_session *s, struct sn_received *r,
					const struct sn_v3_message *m,
					const struct sn_usm_params *p, struct sn_engine *eng)
{
	struct sn_scoped_pdu scoped;
	enum sn_verdict verdict;

	if (sn_scoped_read(m->data, &scoped)) {
		return sn_exchange_drop(r, SN_C_RX_PARSE_ERRORS, "dropped: malformed");
	}
	r->pdu = scoped.pdu;
	if (scoped.pdu.type == SN_PDU_REPORT) {
		return on_report(s, r, p, eng, false);
	}
	if (scoped.pdu.type != SN_PDU_RESPONSE) {
		return sn_exchange_drop(r, SN_C_RX_NOT_RESPONSE, "dropped: not a response");
	}
	if (!eng) {
		return sn_exchange_drop(r, SN_C_RX_UNKNOWN_ENGINE,
					"dropped: of another engine (usmStatsUnknownEngineIDs)");
	}
	if (!is_users(r, p)) {
		return SN_VERDICT_DROP;
	}
	verdict = on_response(r, m, &scoped, eng);
	if (verdict == SN_VERDICT_ANSWER) {
		sn_discovery_confirm(s, r->rq->dev, eng);
		eng->max_size = m->max_size;
	}
	return verdict;
}

enum sn_verdict sn_secure_receive(struct sn_session *s, struct sn_received *r)
{
	struct sn_v3_message m;
	struct sn_usm_params p;
	struct sn_engine *eng;

	if (!read_message(r, &m, &p) || !sn_exchange_find(s, r, m.msg_id, SN_VERSION_3)) {
		return SN_VERDICT_DROP;
	}
	eng = sn_discovery_find(r->rq->dev, p.engine_id);
	return m.flags & SN_V3_AUTH ? receive_signed(s, r, &m, &p, eng)
				    : receive_unsigned(s, r, &m, &p, eng);
}

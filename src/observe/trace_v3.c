/*
 * What only an SNMPv3 message has, in the tracer's words: header, security parameters, scoped PDU
 * (RFC 3412 §6, RFC 3414 §2.4). See trace_int.h; called by trace.c while it formats.
 */
#include "msg/peek.h"
#include "msg/usm_params.h"
#include "msg/v3.h"
#include "observe/trace_int.h"

bool sn_trace_v3_is(struct sn_span data)
{
	struct sn_cursor outer = sn_cursor_make(data);
	struct sn_cursor cur = sn_cursor_make(sn_ber_expect(&outer, SN_TAG_SEQUENCE));
	int32_t version = sn_ber_read_int32(&cur);

	(void)sn_ber_expect(&cur, SN_TAG_SEQUENCE);
	return version == SN_VERSION_3 && outer.err == SN_OK && cur.err == SN_OK;
}

/* An engine ID or a salt: hexadecimal in one word, as other tools write it, unless it is longer
 * than either can be. */
static void add_word(struct sn_trace_text *t, struct sn_span s)
{
	if (s.n == 0) {
		sn_trace_add(t, "none");
	}
	if (s.n > SN_V3_ENGINE_ID_MAX) {
		sn_trace_add_hex(t, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		sn_trace_add(t, "%02x", s.p[i]);
	}
}

static const char *level_name(uint8_t flags)
{
	static const char *const names[] = {"noAuthNoPriv", "authNoPriv",
					    "privacy without authentication", "authPriv"};

	return names[flags & SN_V3_LEVEL];
}

static void add_header(struct sn_trace_text *t, const struct sn_v3_message *m)
{
	sn_trace_add(t, "    SNMPv3, %s%s, msgID %d, msgMaxSize %d\n", level_name(m->flags),
		     m->flags & SN_V3_REPORTABLE ? ", reportable" : "", m->msg_id, m->max_size);
}

/* A MAC and a salt are no secrets; the MAC says nothing to a reader but that it is there. */
static void add_security(struct sn_trace_text *t, const struct sn_v3_message *m)
{
	struct sn_usm_params p;
	int rc;

	if (m->model != SN_V3_MODEL_USM) {
		sn_trace_add(t, "    security model %d: ", m->model);
		sn_trace_add_hex(t, m->security);
		sn_trace_add(t, "\n");
		return;
	}
	rc = sn_usm_params_read(m->security, &p);
	if (rc) {
		sn_trace_add(t, "    security parameters do not decode: %s: ", sn_err_text(rc));
		sn_trace_add_hex(t, m->security);
		sn_trace_add(t, "\n");
		return;
	}
	sn_trace_add(t, "    engine ");
	add_word(t, p.engine_id);
	sn_trace_add(t, ", boots %u, time %u, user ", p.boots, p.time);
	sn_trace_add_octets(t, p.user);
	if (p.auth.n) {
		sn_trace_add(t, ", MAC %zu octets", p.auth.n);
	}
	if (p.priv.n) {
		sn_trace_add(t, ", salt ");
		add_word(t, p.priv);
	}
	sn_trace_add(t, "\n");
}

static void add_scoped(struct sn_trace_text *t, struct sn_span data)
{
	struct sn_scoped_pdu s;
	int rc = sn_scoped_read(data, &s);

	if (rc) {
		sn_trace_add(t, "    scoped PDU does not decode: %s: ", sn_err_text(rc));
		sn_trace_add_hex(t, data);
		sn_trace_add(t, "\n");
		return;
	}
	sn_trace_add(t, "    context engine ");
	add_word(t, s.engine_id);
	sn_trace_add(t, ", context ");
	sn_trace_add_octets(t, s.context);
	sn_trace_add(t, "\n");
	sn_trace_add_pdu(t, &s.pdu);
}

void sn_trace_v3_add(struct sn_trace_text *t, struct sn_span data, struct sn_span scoped)
{
	struct sn_v3_message m;
	int rc = sn_v3_read(data, &m);

	if (rc && rc != SN_EINVAL) {
		sn_trace_add(t, "    SNMPv3, does not decode: %s\n    ", sn_err_text(rc));
		sn_trace_add_hex(t, data);
		sn_trace_add(t, "\n");
		return;
	}
	add_header(t, &m);
	if (rc) {
		sn_trace_add(t, "    msgFlags contradict themselves or msgData\n");
	}
	add_security(t, &m);
	if (!m.encrypted) {
		add_scoped(t, m.data);
	} else if (scoped.n) {
		add_scoped(t, scoped);
	} else {
		sn_trace_add(t, "    encrypted, not decrypted, %zu octets\n", m.data.n);
	}
}

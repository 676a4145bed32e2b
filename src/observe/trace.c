/*
 * The tracer's text, see trace.h. Called by daemon on the thread of the traced target's worker,
 * only while tracing.
 */
#include "observe/trace.h"

#include "codec/oid.h"
#include "msg/community.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { HEX_MAX = 64 }; /* octets of something undecodable that are shown */

/* Text that grows to the right and stops at the end of its room. */
struct text {
	char *p;     /* next character */
	size_t left; /* room, NUL included */
};

static void add(struct text *t, const char *fmt, ...) SN_PRINTF(2, 3);

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p, t->left, fmt, ap);
	va_end(ap);
	if (n > 0) {
		size_t k = (size_t)n < t->left ? (size_t)n : t->left - 1;

		t->p += k;
		t->left -= k;
	}
}

static void add_hex(struct text *t, struct sn_span s)
{
	for (size_t i = 0; s.p && i < s.n && i < HEX_MAX; i++) {
		add(t, "%s%02x", i ? " " : "", s.p[i]);
	}
	if (s.n > HEX_MAX) {
		add(t, " ... (%zu octets)", s.n);
	}
}

/* The community of a message whose rest may be malformed; an empty span when even that is not
 * there. */
static struct sn_span find_community(struct sn_span data)
{
	struct sn_cursor outer = sn_cursor_make(data);
	struct sn_cursor cur = sn_cursor_make(sn_ber_expect(&outer, SN_TAG_SEQUENCE));

	(void)sn_ber_read_int32(&cur);
	return sn_ber_expect(&cur, SN_TAG_OCTETS);
}

/* What does not decode, without the secret in it: if that cannot be told from the rest, nothing but
 * the size. */
static void add_malformed(struct text *t, struct sn_span data)
{
	struct sn_span secret = find_community(data);

	if (secret.n == 0) {
		add(t, "    %zu octets, not shown: they may hold a community\n", data.n);
		return;
	}
	add(t, "    ");
	add_hex(t, sn_span_make(data.p, (size_t)(secret.p - data.p)));
	add(t, " *** ");
	add_hex(t, sn_span_from(data, (size_t)(secret.p - data.p) + secret.n));
	add(t, "\n");
}

static bool is_printable(struct sn_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((s.p[i] < 0x20 || s.p[i] > 0x7e) && s.p[i] != '\n' && s.p[i] != '\r' &&
		    s.p[i] != '\t') {
			return false;
		}
	}
	return true;
}

static void add_octets(struct text *t, struct sn_span s)
{
	if (!is_printable(s)) {
		add_hex(t, s);
		return;
	}
	add(t, "\"");
	for (size_t i = 0; i < s.n; i++) {
		add(t, s.p[i] < 0x20 ? "\\x%02x" : "%c", s.p[i]);
	}
	add(t, "\"");
}

static void add_oid(struct text *t, struct sn_span oid)
{
	char text[SN_OID_MAX_TEXT];

	if (sn_oid_to_text(oid, text, sizeof(text)) < 0) {
		add(t, "undecodable OID ");
		add_hex(t, oid);
		return;
	}
	add(t, "%s", text);
}

static void add_value(struct text *t, const struct sn_varbind *vb)
{
	struct sn_value v;
	int rc = sn_value_read(vb->tag, vb->value, &v);

	if (rc) {
		add(t, "tag 0x%02x, undecodable (%s): ", vb->tag, sn_err_text(rc));
		add_hex(t, vb->value);
		return;
	}
	add(t, "%s", sn_value_type_name(v.tag));
	switch (v.tag) {
	case SN_TAG_INTEGER:
		add(t, ": %lld", (long long)v.i);
		break;
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
	case SN_TAG_COUNTER64:
		add(t, ": %llu", (unsigned long long)v.u);
		break;
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		add(t, ": %.17g", v.d);
		break;
	case SN_TAG_OID:
		add(t, ": ");
		add_oid(t, v.bytes);
		break;
	case SN_TAG_IPADDRESS:
		add(t, ": %u.%u.%u.%u", v.bytes.p[0], v.bytes.p[1], v.bytes.p[2], v.bytes.p[3]);
		break;
	case SN_TAG_OCTETS:
	case SN_TAG_OPAQUE:
	case SN_TAG_NSAP:
		add(t, ": ");
		add_octets(t, v.bytes);
		break;
	default:
		break; /* NULL and the exceptions are their own text */
	}
}

static void add_varbinds(struct text *t, const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;
	unsigned n = 0;

	while (sn_varbind_next(&cur, &vb)) {
		add(t, "    %3u  ", ++n);
		add_oid(t, vb.name);
		add(t, " = ");
		add_value(t, &vb);
		add(t, "\n");
	}
	if (cur.err) {
		add(t, "    varbind %u does not decode: %s\n", n + 1, sn_err_text(cur.err));
	}
}

static void add_pdu(struct text *t, const struct sn_pdu *pdu)
{
	add(t, "    %s", sn_pdu_type_name(pdu->type));
	if (pdu->type == SN_PDU_TRAP_V1) {
		add(t, " enterprise ");
		add_oid(t, pdu->trap.enterprise);
		add(t, " generic %d specific %d", pdu->trap.generic, pdu->trap.specific);
	} else if (pdu->type == SN_PDU_GETBULK) {
		add(t, " request-id %d, non-repeaters %d, max-repetitions %d", pdu->request_id,
		    pdu->status, pdu->index);
	} else {
		add(t, " request-id %d", pdu->request_id);
		if (pdu->status || pdu->index) {
			add(t, ", error-status %s (%d), error-index %d",
			    sn_pdu_status_name(pdu->status), pdu->status, pdu->index);
		}
	}
	add(t, "\n");
	add_varbinds(t, pdu);
}

static void add_head(struct text *t, const struct sn_trace_message *m)
{
	char peer[SN_ADDR_TEXT_MAX];
	time_t sec = (time_t)(m->wall / 1000000000u);
	struct tm tm;

	gmtime_r(&sec, &tm);
	add(t, "%02d:%02d:%02d.%06u +%.6fs %s %s: %zu octets, %s", tm.tm_hour, tm.tm_min, tm.tm_sec,
	    (unsigned)(m->wall % 1000000000u / 1000u), (double)m->since_start / 1e9,
	    m->sent ? "sent to" : "received from", sn_addr_format(m->peer, peer, sizeof(peer)),
	    m->data.n, m->note);
	if (m->rtt_ns) {
		add(t, ", after %.3f ms", (double)m->rtt_ns / 1e6);
	}
	add(t, "\n");
}

size_t sn_trace_format(const struct sn_trace_message *m, char *out, size_t size)
{
	struct text t = {.p = out, .left = size};
	struct sn_message msg;
	int rc = sn_community_read(m->data, &msg);

	out[0] = '\0';
	add_head(&t, m);
	if (rc) {
		add(&t, "    does not decode: %s\n", sn_err_text(rc));
		add_malformed(&t, m->data);
	} else {
		add(&t, "    %s, community ***\n",
		    msg.version == SN_VERSION_1 ? "SNMPv1" : "SNMPv2c");
		add_pdu(&t, &msg.pdu);
	}
	return size - t.left;
}

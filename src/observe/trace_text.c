/*
 * The tracer's words for what every version has: octets, OIDs, values, PDUs. See trace_int.h;
 * called by trace.c and trace_v3.c while they format.
 */
#include "observe/trace_int.h"

#include "codec/oid.h"

#include <stdarg.h>
#include <stdio.h>

enum { HEX_MAX = 64 }; /* octets of something undecodable that are shown */

void sn_trace_add(struct sn_trace_text *t, const char *fmt, ...)
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

void sn_trace_add_hex(struct sn_trace_text *t, struct sn_span s)
{
	for (size_t i = 0; s.p && i < s.n && i < HEX_MAX; i++) {
		sn_trace_add(t, "%s%02x", i ? " " : "", s.p[i]);
	}
	if (s.n > HEX_MAX) {
		sn_trace_add(t, " ... (%zu octets)", s.n);
	}
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

void sn_trace_add_octets(struct sn_trace_text *t, struct sn_span s)
{
	if (!is_printable(s)) {
		sn_trace_add_hex(t, s);
		return;
	}
	sn_trace_add(t, "\"");
	for (size_t i = 0; i < s.n; i++) {
		sn_trace_add(t, s.p[i] < 0x20 ? "\\x%02x" : "%c", s.p[i]);
	}
	sn_trace_add(t, "\"");
}

static void add_oid(struct sn_trace_text *t, struct sn_span oid)
{
	char text[SN_OID_MAX_TEXT];

	if (sn_oid_to_text(oid, text, sizeof(text)) < 0) {
		sn_trace_add(t, "undecodable OID ");
		sn_trace_add_hex(t, oid);
		return;
	}
	sn_trace_add(t, "%s", text);
}

static void add_value(struct sn_trace_text *t, const struct sn_varbind *vb)
{
	struct sn_value v;
	int rc = sn_value_read(vb->tag, vb->value, &v);

	if (rc) {
		sn_trace_add(t, "tag 0x%02x, undecodable (%s): ", vb->tag, sn_err_text(rc));
		sn_trace_add_hex(t, vb->value);
		return;
	}
	sn_trace_add(t, "%s", sn_value_type_name(v.tag));
	switch (v.tag) {
	case SN_TAG_INTEGER:
		sn_trace_add(t, ": %lld", (long long)v.i);
		break;
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
	case SN_TAG_COUNTER64:
		sn_trace_add(t, ": %llu", (unsigned long long)v.u);
		break;
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		sn_trace_add(t, ": %.17g", v.d);
		break;
	case SN_TAG_OID:
		sn_trace_add(t, ": ");
		add_oid(t, v.bytes);
		break;
	case SN_TAG_IPADDRESS:
		sn_trace_add(t, ": %u.%u.%u.%u", v.bytes.p[0], v.bytes.p[1], v.bytes.p[2],
			     v.bytes.p[3]);
		break;
	case SN_TAG_OCTETS:
	case SN_TAG_OPAQUE:
	case SN_TAG_NSAP:
		sn_trace_add(t, ": ");
		sn_trace_add_octets(t, v.bytes);
		break;
	default:
		break; /* NULL and the exceptions are their own text */
	}
}

static void add_varbinds(struct sn_trace_text *t, const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;
	unsigned n = 0;

	while (sn_varbind_next(&cur, &vb)) {
		sn_trace_add(t, "    %3u  ", ++n);
		add_oid(t, vb.name);
		sn_trace_add(t, " = ");
		add_value(t, &vb);
		sn_trace_add(t, "\n");
	}
	if (cur.err) {
		sn_trace_add(t, "    varbind %u does not decode: %s\n", n + 1,
			     sn_err_text(cur.err));
	}
}

void sn_trace_add_pdu(struct sn_trace_text *t, const struct sn_pdu *pdu)
{
	sn_trace_add(t, "    %s", sn_pdu_type_name(pdu->type));
	if (pdu->type == SN_PDU_TRAP_V1) {
		sn_trace_add(t, " enterprise ");
		add_oid(t, pdu->trap.enterprise);
		sn_trace_add(t, " generic %d specific %d", pdu->trap.generic, pdu->trap.specific);
	} else if (pdu->type == SN_PDU_GETBULK) {
		sn_trace_add(t, " request-id %d, non-repeaters %d, max-repetitions %d",
			     pdu->request_id, pdu->status, pdu->index);
	} else {
		sn_trace_add(t, " request-id %d", pdu->request_id);
		if (pdu->status || pdu->index) {
			sn_trace_add(t, ", error-status %s (%d), error-index %d",
				     sn_pdu_status_name(pdu->status), pdu->status, pdu->index);
		}
	}
	sn_trace_add(t, "\n");
	add_varbinds(t, pdu);
}

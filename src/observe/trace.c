/*
 * The tracer's text, see trace.h: one message with its circumstances. Called by daemon on the
 * thread of the traced target's worker, only while tracing.
 */
#include "observe/trace.h"

#include "msg/community.h"
#include "observe/trace_int.h"

#include <stdio.h>
#include <time.h>

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
static void add_malformed(struct sn_trace_text *t, struct sn_span data)
{
	struct sn_span secret = find_community(data);

	if (secret.n == 0) {
		sn_trace_add(t, "    %zu octets, not shown: they may hold a community\n", data.n);
		return;
	}
	sn_trace_add(t, "    ");
	sn_trace_add_hex(t, sn_span_make(data.p, (size_t)(secret.p - data.p)));
	sn_trace_add(t, " *** ");
	sn_trace_add_hex(t, sn_span_from(data, (size_t)(secret.p - data.p) + secret.n));
	sn_trace_add(t, "\n");
}

static void add_head(struct sn_trace_text *t, const struct sn_trace_message *m)
{
	char peer[SN_ADDR_TEXT_MAX];
	time_t sec = (time_t)(m->wall / 1000000000u);
	struct tm tm;

	gmtime_r(&sec, &tm);
	sn_trace_add(t, "%02d:%02d:%02d.%06u +%.6fs %s %s: %zu octets, %s", tm.tm_hour, tm.tm_min,
		     tm.tm_sec, (unsigned)(m->wall % 1000000000u / 1000u),
		     (double)m->since_start / 1e9, m->sent ? "sent to" : "received from",
		     sn_addr_format(m->peer, peer, sizeof(peer)), m->data.n, m->note);
	if (m->rtt_ns) {
		sn_trace_add(t, ", after %.3f ms", (double)m->rtt_ns / 1e6);
	}
	sn_trace_add(t, "\n");
}

static void add_community(struct sn_trace_text *t, struct sn_span data)
{
	struct sn_message msg;
	int rc = sn_community_read(data, &msg);

	if (rc) {
		sn_trace_add(t, "    does not decode: %s\n", sn_err_text(rc));
		add_malformed(t, data);
		return;
	}
	sn_trace_add(t, "    %s, community ***\n",
		     msg.version == SN_VERSION_1 ? "SNMPv1" : "SNMPv2c");
	sn_trace_add_pdu(t, &msg.pdu);
}

size_t sn_trace_format(const struct sn_trace_message *m, char *out, size_t size)
{
	struct sn_trace_text t = {.p = out, .left = size};

	out[0] = '\0';
	add_head(&t, m);
	if (sn_trace_v3_is(m->data)) {
		sn_trace_v3_add(&t, m->data, m->scoped);
	} else {
		add_community(&t, m->data);
	}
	return size - t.left;
}

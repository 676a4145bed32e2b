/*
 * Fuzz target: a datagram, as a worker receives it. All spans must lie inside the input; what is
 * accepted is written by our encoder and must read back equal, and once more octet by octet.
 */
#include "msg/community.h"

#include "support/fuzz.h"
#include "support/rewrite.h"

static uint8_t first[REWRITE_MAX];
static uint8_t second[REWRITE_MAX];

static void expect_inside(struct sn_span part, struct sn_span whole)
{
	fuzz_expect(part.p >= whole.p && part.n <= whole.n);
	fuzz_expect(part.p + part.n <= whole.p + whole.n);
}

static int expect_spans_inside(const struct sn_message *m, struct sn_span whole)
{
	struct sn_cursor cur = sn_cursor_make(m->pdu.vbs);
	struct sn_varbind vb;
	int n = 0;

	expect_inside(m->community, whole);
	expect_inside(m->pdu.vbs, whole);
	if (m->pdu.type == SN_PDU_TRAP_V1) {
		expect_inside(m->pdu.trap.enterprise, whole);
		fuzz_expect(m->pdu.trap.agent_addr.n == 4);
		expect_inside(m->pdu.trap.agent_addr, whole);
	}
	while (sn_varbind_next(&cur, &vb)) {
		expect_inside(vb.name, m->pdu.vbs);
		expect_inside(vb.value, m->pdu.vbs);
		n++;
	}
	fuzz_expect(sn_cursor_left(&cur) == 0);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sn_span in = sn_span_make(data, size);
	struct sn_message m;
	struct sn_message back;
	struct sn_span canonical;
	int n;

	if (size > 65535 || sn_community_read(in, &m)) {
		return 0;
	}
	n = expect_spans_inside(&m, in);
	fuzz_expect(sn_pdu_type_name(m.pdu.type)[0] != 'u');
	if (sn_pdu_check(&m.pdu) < 0) {
		return 0;
	}
	fuzz_expect(sn_pdu_check(&m.pdu) == n);
	canonical = rewrite_message(&m, first);
	fuzz_expect(sn_community_read(canonical, &back) == SN_OK);
	fuzz_expect(rewrite_equal(&m, &back));
	fuzz_expect(sn_span_eq(rewrite_message(&back, second), canonical));
	return 0;
}

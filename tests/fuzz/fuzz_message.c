/*
 * Fuzz target: a datagram, as a worker receives it. All spans must lie inside the input; what is
 * accepted is written by our encoder and must read back equal, and once more octet by octet.
 */
#include "codec/oid.h"
#include "msg/community.h"

#include "support/fuzz.h"
#include "support/gen.h"

enum { WIRE = 1 << 20 }; /* more than any input of 65,507 octets becomes */

static uint8_t list[WIRE];
static uint8_t first[WIRE];
static uint8_t second[WIRE];

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

/* All varbinds written anew, values through their decoded form. */
static struct sn_span rewrite_varbinds(struct sn_span vbs)
{
	static struct sn_varbind all[65536 / 6];
	struct sn_cursor cur = sn_cursor_make(vbs);
	struct sn_writer w = sn_writer_make(list, sizeof(list));
	size_t n = 0;

	while (sn_varbind_next(&cur, &all[n])) {
		n++;
	}
	while (n-- > 0) {
		struct sn_value v;

		fuzz_expect(sn_value_read(all[n].tag, all[n].value, &v) == SN_OK);
		sn_varbind_write(&w, all[n].name, &v);
	}
	fuzz_expect(w.err == SN_OK);
	return sn_writer_span(&w);
}

static struct sn_span rewrite(const struct sn_message *m, uint8_t *out)
{
	struct sn_writer w = sn_writer_make(out, WIRE);
	struct sn_message copy = *m;

	copy.pdu.vbs = rewrite_varbinds(m->pdu.vbs);
	sn_community_write(&w, &copy);
	fuzz_expect(w.err == SN_OK);
	return sn_writer_span(&w);
}

static void expect_equal(const struct sn_message *a, const struct sn_message *b)
{
	struct sn_cursor ca = sn_cursor_make(a->pdu.vbs);
	struct sn_cursor cb = sn_cursor_make(b->pdu.vbs);
	struct sn_varbind va;
	struct sn_varbind vb;

	fuzz_expect(a->version == b->version && sn_span_eq(a->community, b->community));
	fuzz_expect(a->pdu.type == b->pdu.type && a->pdu.request_id == b->pdu.request_id);
	fuzz_expect(a->pdu.status == b->pdu.status && a->pdu.index == b->pdu.index);
	if (a->pdu.type == SN_PDU_TRAP_V1) {
		const struct sn_pdu_trap_v1 *ta = &a->pdu.trap;
		const struct sn_pdu_trap_v1 *tb = &b->pdu.trap;

		fuzz_expect(sn_span_eq(ta->enterprise, tb->enterprise));
		fuzz_expect(sn_span_eq(ta->agent_addr, tb->agent_addr));
		fuzz_expect(ta->generic == tb->generic && ta->specific == tb->specific);
		fuzz_expect(ta->timestamp == tb->timestamp);
	}
	while (sn_varbind_next(&ca, &va)) {
		struct sn_value x;
		struct sn_value y;

		fuzz_expect(sn_varbind_next(&cb, &vb) && sn_span_eq(va.name, vb.name));
		fuzz_expect(sn_value_read(va.tag, va.value, &x) == SN_OK);
		fuzz_expect(sn_value_read(vb.tag, vb.value, &y) == SN_OK);
		fuzz_expect(gen_value_equal(&x, &y));
	}
	fuzz_expect(!sn_varbind_next(&cb, &vb));
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
	canonical = rewrite(&m, first);
	fuzz_expect(sn_community_read(canonical, &back) == SN_OK);
	expect_equal(&m, &back);
	fuzz_expect(sn_span_eq(rewrite(&back, second), canonical));
	return 0;
}

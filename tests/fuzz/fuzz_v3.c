/*
 * Fuzz target: a datagram of SNMPv3, as a worker receives it. What peek and the reader say must
 * agree, all spans must lie inside the input, what is accepted is written by our encoder and must
 * read back equal. Nothing is authenticated here, so all of it is the sender's.
 */
#include "msg/community.h"
#include "msg/peek.h"
#include "msg/usm_params.h"
#include "msg/v3.h"

#include "support/fuzz.h"

enum { MAX = 65535, ROOM = MAX + 256 };

static void expect_inside(struct sn_span part, struct sn_span whole)
{
	fuzz_expect(part.p >= whole.p && part.n <= whole.n);
	fuzz_expect(part.p + part.n <= whole.p + whole.n);
}

/* Written shortest around the same security parameters and data; must say the same. */
static void expect_survives(const struct sn_v3_message *m)
{
	static uint8_t buf[ROOM];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	const uint8_t *end = w.p;
	struct sn_v3_message back;
	int rc;

	if (m->encrypted) {
		sn_ber_write_tlv(&w, SN_TAG_OCTETS, m->data);
	} else {
		sn_ber_write_raw(&w, m->data);
	}
	sn_ber_write_tlv(&w, SN_TAG_OCTETS, m->security);
	sn_v3_write_header(&w, m, end);
	fuzz_expect(w.err == SN_OK);
	rc = sn_v3_read(sn_writer_span(&w), &back);
	fuzz_expect(rc == SN_OK || rc == SN_EINVAL);
	fuzz_expect(back.whole.p == w.p && back.whole.n == sn_writer_len(&w));
	fuzz_expect(back.msg_id == m->msg_id && back.max_size == m->max_size);
	fuzz_expect(back.model == m->model && back.flags == m->flags);
	fuzz_expect(back.encrypted == m->encrypted);
	fuzz_expect(sn_span_eq(back.security, m->security) && sn_span_eq(back.data, m->data));
}

static void look_inside(const struct sn_v3_message *m)
{
	struct sn_usm_params p;
	struct sn_scoped_pdu s;

	if (sn_usm_params_read(m->security, &p) == SN_OK) {
		expect_inside(p.engine_id, m->security);
		expect_inside(p.user, m->security);
		expect_inside(p.auth, m->whole);
		expect_inside(p.priv, m->security);
	}
	if (!m->encrypted && sn_scoped_read(m->data, &s) == SN_OK) {
		expect_inside(s.engine_id, m->data);
		expect_inside(s.context, m->data);
		expect_inside(s.pdu.vbs, m->data);
		fuzz_expect(sn_pdu_check(&s.pdu) <= (int)s.pdu.vbs.n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sn_span in = sn_span_make(data, size);
	struct sn_v3_message m;
	int32_t version = -1;
	int peek;
	int rc;

	if (size > MAX) {
		return 0;
	}
	peek = sn_peek_version(in, &version);
	rc = sn_v3_read(in, &m);
	fuzz_expect(peek == SN_OK || rc == peek);
	fuzz_expect((rc == SN_EVERSION) == (peek == SN_OK && version != SN_VERSION_3));
	if (rc != SN_OK && rc != SN_EINVAL) {
		return 0;
	}
	fuzz_expect(m.msg_id >= 0 && m.max_size >= SN_V3_SIZE_MIN && m.model >= 1);
	fuzz_expect(rc == SN_EINVAL || m.encrypted == ((m.flags & SN_V3_PRIV) != 0));
	fuzz_expect(m.whole.p == data && m.whole.n <= size);
	expect_inside(m.security, m.whole);
	expect_inside(m.data, m.whole);
	fuzz_expect(m.security.p + m.security.n <= m.data.p);
	expect_survives(&m);
	look_inside(&m);
	return 0;
}

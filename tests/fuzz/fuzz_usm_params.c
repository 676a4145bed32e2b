/*
 * Fuzz target: the content of msgSecurityParameters. All spans must lie inside the input, in order;
 * what is accepted is written by our encoder and must read back equal, with the MAC where the
 * writer says it is.
 */
#include "msg/usm_params.h"

#include "support/fuzz.h"

enum { MAX = 65535, ROOM = MAX + 256 };

static void expect_follows(struct sn_span part, const uint8_t *from, const uint8_t *end)
{
	fuzz_expect(part.p >= from && part.p <= end && part.n <= (size_t)(end - part.p));
}

static void expect_survives(const struct sn_usm_params *p)
{
	static uint8_t buf[ROOM];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	const uint8_t *mac = sn_usm_params_write(&w, p);
	struct sn_cursor cur = sn_cursor_make(sn_writer_span(&w));
	struct sn_span content = sn_ber_expect(&cur, SN_TAG_OCTETS);
	struct sn_usm_params back;

	fuzz_expect(mac != NULL && w.err == SN_OK);
	fuzz_expect(cur.err == SN_OK && sn_cursor_left(&cur) == 0);
	fuzz_expect(sn_usm_params_read(content, &back) == SN_OK);
	fuzz_expect(back.boots == p->boots && back.time == p->time);
	fuzz_expect(sn_span_eq(back.engine_id, p->engine_id) && sn_span_eq(back.user, p->user));
	fuzz_expect(sn_span_eq(back.priv, p->priv));
	fuzz_expect(back.auth.p == mac && back.auth.n == p->auth.n);
	for (size_t i = 0; i < back.auth.n; i++) {
		fuzz_expect(mac[i] == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sn_usm_params p;

	if (size > MAX || sn_usm_params_read(sn_span_make(data, size), &p)) {
		return 0;
	}
	expect_follows(p.engine_id, data, data + size);
	expect_follows(p.user, p.engine_id.p + p.engine_id.n, data + size);
	expect_follows(p.auth, p.user.p + p.user.n, data + size);
	expect_follows(p.priv, p.auth.p + p.auth.n, data + size);
	fuzz_expect(p.priv.p + p.priv.n == data + size);
	fuzz_expect(p.engine_id.n <= 32 && p.user.n <= 32);
	fuzz_expect(p.boots <= INT32_MAX && p.time <= INT32_MAX);
	expect_survives(&p);
	return 0;
}

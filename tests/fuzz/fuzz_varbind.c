/*
 * Fuzz target: the content of a VarBindList. The fast and the general way to take a varbind must
 * agree, names are judged by an oracle on arcs, and each value must survive being written.
 */
#include "codec/oid.h"
#include "codec/varbind.h"

#include "support/fuzz.h"
#include "support/gen.h"

/* -1, 0, 1 from the arcs, which sn_oid_cmp never looks at. */
static int cmp_by_arcs(struct sn_span a, struct sn_span b)
{
	uint32_t x[SN_OID_MAX_ARCS];
	uint32_t y[SN_OID_MAX_ARCS];
	int nx = sn_oid_to_arcs(a, x, SN_OID_MAX_ARCS);
	int ny = sn_oid_to_arcs(b, y, SN_OID_MAX_ARCS);

	fuzz_expect(nx >= 0 && ny >= 0);
	for (int i = 0; i < nx && i < ny; i++) {
		if (x[i] != y[i]) {
			return x[i] < y[i] ? -1 : 1;
		}
	}
	return (nx > ny) - (nx < ny);
}

/* Whether each arc has its shortest form; sn_oid_cmp promises an order of numbers only for these.
 */
static bool is_minimal(struct sn_span oid)
{
	for (size_t i = 0; i < oid.n; i++) {
		if (oid.p[i] == 0x80 && (i == 0 || !(oid.p[i - 1] & 0x80))) {
			return false;
		}
	}
	return true;
}

static void check_names(struct sn_span a, struct sn_span b)
{
	int order;

	if (!sn_oid_valid(a) || !sn_oid_valid(b) || !is_minimal(a) || !is_minimal(b)) {
		return;
	}
	order = sn_oid_cmp(a, b);
	fuzz_expect(order == cmp_by_arcs(a, b));
	fuzz_expect(order == -sn_oid_cmp(b, a));
	fuzz_expect((order == 0) == sn_span_eq(a, b));
}

static void check_value(const struct sn_varbind *vb)
{
	static uint8_t room[1 << 20];
	struct sn_writer w = sn_writer_make(room, sizeof(room));
	struct sn_cursor cur;
	struct sn_value v;
	struct sn_value back;
	struct sn_span content;
	uint8_t tag;

	if (sn_value_read(vb->tag, vb->value, &v) == SN_OK) {
		fuzz_expect(sn_value_type_name(v.tag)[0] != 'u');
		sn_value_write(&w, &v);
		fuzz_expect(w.err == SN_OK);
		cur = sn_cursor_make(sn_writer_span(&w));
		content = sn_ber_read(&cur, &tag);
		fuzz_expect(cur.err == SN_OK && sn_cursor_left(&cur) == 0);
		fuzz_expect(sn_value_read(tag, content, &back) == SN_OK);
		fuzz_expect(gen_value_equal(&v, &back));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sn_cursor fast = sn_cursor_make(sn_span_make(data, size));
	struct sn_cursor any = fast;
	struct sn_span last = sn_span_make(NULL, 0);
	struct sn_varbind vb;
	struct sn_varbind same;

	while (sn_varbind_next(&fast, &vb)) {
		fuzz_expect(sn_varbind_next_any(&any, &same));
		fuzz_expect(fast.p == any.p && vb.tag == same.tag);
		fuzz_expect(vb.name.p == same.name.p && vb.name.n == same.name.n);
		fuzz_expect(vb.value.p == same.value.p && vb.value.n == same.value.n);
		check_value(&vb);
		check_names(vb.name, last);
		last = vb.name;
	}
	fuzz_expect(sn_cursor_left(&any) == 0 || !sn_varbind_next_any(&any, &same));
	fuzz_expect(any.err == fast.err);
	return 0;
}

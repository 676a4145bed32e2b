/*
 * Fuzz target: OIDs as text (configuration) and as BER (the wire). The first octet tells which of
 * both the rest is. Both ways there and back, all functions must agree on what is valid.
 */
#include "codec/oid.h"

#include "support/fuzz.h"

static void check_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint8_t ber[SN_OID_MAX_BER];
	uint8_t again[SN_OID_MAX_BER];
	char out[SN_OID_MAX_TEXT];
	int n;

	if (!text) {
		return;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	n = sn_oid_from_text(text, ber, sizeof(ber));
	fuzz_expect(n != SN_ESPACE);
	if (n > 0) {
		struct sn_span oid = sn_span_make(ber, (size_t)n);

		fuzz_expect(sn_oid_valid(oid));
		fuzz_expect(sn_oid_to_text(oid, out, sizeof(out)) > 0);
		fuzz_expect(strlen(out) <= size);
		fuzz_expect(sn_oid_from_text(out, again, sizeof(again)) == n);
		fuzz_expect(memcmp(ber, again, (size_t)n) == 0);
		/* one octet less of room is too little */
		fuzz_expect(sn_oid_from_text(text, again, (size_t)n - 1) == SN_ESPACE);
	} else {
		fuzz_expect(n == SN_EOID);
	}
	free(text);
}

static void check_index(struct sn_span index)
{
	char out[SN_OID_MAX_TEXT];
	struct sn_cursor cur = sn_cursor_make(index);
	size_t arcs = 0;

	while (sn_cursor_left(&cur)) {
		(void)sn_oid_read_arc(&cur);
		arcs++;
	}
	fuzz_expect(sn_oid_index_valid(index) == (cur.err == SN_OK && arcs <= SN_OID_MAX_ARCS));
	fuzz_expect((sn_oid_index_to_text(index, out, sizeof(out)) >= 0) ==
		    sn_oid_index_valid(index));
}

static void check_ber(struct sn_span oid)
{
	uint32_t arcs[SN_OID_MAX_ARCS];
	uint8_t ber[SN_OID_MAX_BER];
	char out[SN_OID_MAX_TEXT];
	int n = sn_oid_to_arcs(oid, arcs, SN_OID_MAX_ARCS);
	int len;

	fuzz_expect(sn_oid_valid(oid) == (n >= 0));
	fuzz_expect((sn_oid_to_text(oid, out, sizeof(out)) > 0) == (n >= 0));
	fuzz_expect(sn_oid_cmp(oid, oid) == 0);
	if (n < 2) {
		return;
	}
	len = sn_oid_from_arcs(arcs, (size_t)n, ber, sizeof(ber));
	fuzz_expect(len > 0 && (size_t)len <= oid.n);
	/* as long as the input: nothing was padded, so it must be the input */
	fuzz_expect((size_t)len != oid.n || memcmp(ber, oid.p, oid.n) == 0);
	fuzz_expect(sn_oid_from_text(out, ber, sizeof(ber)) == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0) {
		return 0;
	}
	if (data[0] & 1) {
		check_text(data + 1, size - 1);
	} else {
		check_ber(sn_span_make(data + 1, size - 1));
		check_index(sn_span_make(data + 1, size - 1));
	}
	return 0;
}

/*
 * SNMPv3 messages and ScopedPDUs: what is taken, what is refused with which code, offsets, and
 * random ones written, compared with an independent encoding and read back. Behaviour of msg/v3.h.
 *
 * ctest: one_thread timeout=120
 */
#include "msg/v3.h"

#include "support/bytes.h"
#include "support/gen.h"
#include "support/suite.h"

/* Parts of a message in hexadecimal: header data, msgSecurityParameters' and msgData's TLV. */
#define GLOBAL "02 02 4a 69 02 03 00 ff e3 04 01 04 02 01 03"
#define PRIVATE "02 02 4a 69 02 03 00 ff e3 04 01 07 02 01 03"
#define SECURITY "04 03 aa bb cc"
#define PDU "a0 0b 02 01 2a 02 01 00 02 01 00 30 00"
#define SCOPED "30 16 04 03 01 02 03 04 02 63 78 " PDU
#define SEALED "04 05 31 32 33 34 35"

/* A message of version 3 around the three parts; lengths below 128 are written in one octet. */
static struct sn_span message(const char *global, const char *security, const char *data)
{
	char hex[1600];
	size_t g = bytes_hex(global).n;
	size_t n = 3 + 2 + g + bytes_hex(security).n + bytes_hex(data).n;

	ck_assert_uint_lt(n, 128);
	snprintf(hex, sizeof(hex), "30 %02zx 02 01 03 30 %02zx %s %s %s", n, g, global, security,
		 data);
	return bytes_hex(hex);
}

START_TEST(reads_a_plain_message_in_place)
{
	struct sn_span in = message(GLOBAL, SECURITY, SCOPED);
	struct sn_v3_message m;
	struct sn_scoped_pdu s;

	ck_assert_int_eq(sn_v3_read(in, &m), SN_OK);
	ck_assert(m.whole.p == in.p && m.whole.n == in.n);
	ck_assert_int_eq(m.msg_id, 0x4a69);
	ck_assert_int_eq(m.max_size, 65507);
	ck_assert_uint_eq(m.flags, SN_V3_REPORTABLE);
	ck_assert_int_eq(m.model, SN_V3_MODEL_USM);
	ck_assert(!m.encrypted);
	ck_assert(m.security.p == in.p + 24 && m.security.n == 3);
	ck_assert(m.data.p == in.p + 27 && m.data.n == 24);
	ck_assert_int_eq(sn_scoped_read(m.data, &s), SN_OK);
	ck_assert(sn_span_eq(s.engine_id, bytes_hex("01 02 03")));
	ck_assert(sn_span_eq(s.context, sn_span_str("cx")));
	ck_assert_uint_eq(s.pdu.type, SN_PDU_GET);
	ck_assert_int_eq(s.pdu.request_id, 42);
}
END_TEST

START_TEST(reads_an_encrypted_message_in_place)
{
	struct sn_span in = message(PRIVATE, SECURITY, SEALED);
	struct sn_v3_message m;

	ck_assert_int_eq(sn_v3_read(in, &m), SN_OK);
	ck_assert(m.encrypted);
	ck_assert_uint_eq(m.flags, SN_V3_AUTH | SN_V3_PRIV | SN_V3_REPORTABLE);
	ck_assert(m.data.p == in.p + 29 && m.data.n == 5);
}
END_TEST

START_TEST(the_message_ends_before_octets_behind_it)
{
	static uint8_t padded[2048];
	struct sn_span in = message(GLOBAL, SECURITY, SCOPED);
	struct sn_v3_message m;
	struct sn_scoped_pdu s;

	memcpy(padded, in.p, in.n);
	ck_assert_int_eq(sn_v3_read(sn_span_make(padded, sizeof(padded)), &m), SN_OK);
	ck_assert_uint_eq(m.whole.n, in.n);
	ck_assert_uint_eq(m.data.n, 24);
	/* as a block cipher leaves them */
	ck_assert_int_eq(sn_scoped_read(sn_span_make(m.data.p, m.data.n + 7), &s), SN_OK);
	ck_assert_int_eq(s.pdu.request_id, 42);
}
END_TEST

START_TEST(takes_non_minimal_lengths_and_numbers_in_every_place)
{
	struct sn_v3_message m;
	struct sn_scoped_pdu s;
	struct sn_span in = bytes_hex(
		"30 84 00 00 00 4c 02 81 03 00 00 03"
		" 30 82 00 1c 02 84 00 00 00 02 4a 69 02 81 05 00 00 00 ff e3 04 83 00 00 01 04"
		" 02 82 00 02 00 03"
		" 04 81 03 aa bb cc"
		" 30 81 1d 04 82 00 03 01 02 03 04 81 02 63 78"
		" a0 84 00 00 00 0b 02 01 2a 02 01 00 02 01 00 30 00");

	ck_assert_int_eq(sn_v3_read(in, &m), SN_OK);
	ck_assert_uint_eq(m.whole.n, in.n);
	ck_assert_int_eq(m.msg_id, 0x4a69);
	ck_assert_int_eq(m.max_size, 65507);
	ck_assert_uint_eq(m.flags, SN_V3_REPORTABLE);
	ck_assert_int_eq(m.model, SN_V3_MODEL_USM);
	ck_assert_int_eq(sn_scoped_read(m.data, &s), SN_OK);
	ck_assert_int_eq(s.pdu.request_id, 42);
}
END_TEST

START_TEST(header_fields_have_the_ranges_of_the_rfc)
{
	static const struct {
		const char *global; /* header data */
		int rc;		    /* expected */
	} rows[] = {
		{"02 01 00 02 02 01 e4 04 01 00 02 01 01", SN_OK},
		{"02 04 7f ff ff ff 02 04 7f ff ff ff 04 01 04 02 04 7f ff ff ff", SN_OK},
		/* octets behind the fields */
		{GLOBAL " 05 00", SN_OK},
		/* msgID */
		{"02 01 ff 02 02 05 dc 04 01 04 02 01 03", SN_ERANGE},
		{"02 05 00 80 00 00 00 02 02 05 dc 04 01 04 02 01 03", SN_ERANGE},
		{"02 00 02 02 05 dc 04 01 04 02 01 03", SN_ELENGTH},
		{"41 01 01 02 02 05 dc 04 01 04 02 01 03", SN_ETAG},
		/* msgMaxSize */
		{"02 01 01 02 02 01 e3 04 01 04 02 01 03", SN_ERANGE},
		{"02 01 01 02 01 00 04 01 04 02 01 03", SN_ERANGE},
		{"02 01 01 02 02 ff e3 04 01 04 02 01 03", SN_ERANGE},
		{"02 01 01 02 05 00 80 00 00 00 04 01 04 02 01 03", SN_ERANGE},
		{"02 01 01 42 02 05 dc 04 01 04 02 01 03", SN_ETAG},
		/* msgFlags */
		{"02 01 01 02 02 05 dc 04 00 02 01 03", SN_ELENGTH},
		{"02 01 01 02 02 05 dc 04 02 04 00 02 01 03", SN_ELENGTH},
		{"02 01 01 02 02 05 dc 02 01 04 02 01 03", SN_ETAG},
		/* msgSecurityModel */
		{"02 01 01 02 02 05 dc 04 01 04 02 01 00", SN_ERANGE},
		{"02 01 01 02 02 05 dc 04 01 04 02 01 fd", SN_ERANGE},
		{"02 01 01 02 02 05 dc 04 01 04 02 05 01 00 00 00 03", SN_ERANGE},
		{"02 01 01 02 02 05 dc 04 01 04 04 01 03", SN_ETAG},
		{"02 01 01 02 02 05 dc 04 01 04", SN_ETRUNC},
		{"02 01 01 02 02 05 dc 04 01", SN_ETRUNC},
		{"", SN_ETRUNC},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_v3_message m;
		int rc = sn_v3_read(message(rows[i].global, SECURITY, SCOPED), &m);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
	}
}
END_TEST

START_TEST(flags_and_data_must_agree)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		for (unsigned sealed = 0; sealed < 2; sealed++) {
			char global[100];
			struct sn_v3_message m;
			struct sn_span in;
			bool private = (flags & SN_V3_PRIV) != 0;
			bool fine = private == (sealed != 0) && (!private || (flags & SN_V3_AUTH));

			snprintf(global, sizeof(global), "02 01 09 02 02 05 dc 04 01 %02x 02 01 03",
				 flags);
			in = message(global, SECURITY, sealed ? SEALED : SCOPED);
			memset(&m, 0xee, sizeof(m));
			ck_assert_int_eq(sn_v3_read(in, &m), fine ? SN_OK : SN_EINVAL);
			/* filled either way: a Report needs it */
			ck_assert_uint_eq(m.flags, flags);
			ck_assert_int_eq(m.msg_id, 9);
			ck_assert_int_eq(m.max_size, 1500);
			ck_assert_int_eq(m.model, 3);
			ck_assert_uint_eq(m.encrypted, sealed);
			ck_assert_uint_eq(m.security.n, 3);
			ck_assert_uint_eq(m.data.n, sealed ? 5 : 24);
			ck_assert_uint_eq(m.whole.n, in.n);
			bytes_free_all();
		}
	}
}
END_TEST

START_TEST(refuses_other_versions)
{
	static const struct {
		const char *hex; /* the datagram */
		int rc;		 /* expected */
	} rows[] = {
		{"30 03 02 01 00", SN_EVERSION},
		{"30 03 02 01 01", SN_EVERSION},
		{"30 03 02 01 02", SN_EVERSION},
		{"30 03 02 01 04", SN_EVERSION},
		{"30 03 02 01 ff", SN_EVERSION},
		{"30 06 02 04 03 00 00 03", SN_EVERSION},
		{"30 07 02 05 03 00 00 00 03", SN_ERANGE},
		{"30 02 02 00", SN_ELENGTH},
		{"30 03 41 01 03", SN_ETAG},
		/* a message of version 2c, whole */
		{"30 13 02 01 01 04 01 78 " PDU, SN_EVERSION},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_v3_message m;
		int rc = sn_v3_read(bytes_hex(rows[i].hex), &m);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
	}
}
END_TEST

START_TEST(refuses_what_could_overrun_and_other_tags)
{
	static const struct {
		const char *hex; /* the datagram */
		int rc;		 /* expected */
	} rows[] = {
		{"31 03 02 01 03", SN_ETAG},
		{"30 80 02 01 03 00 00", SN_ELENGTH},
		{"30 85 00 00 00 00 03 02 01 03", SN_ELENGTH},
		{"30 84 ff ff ff ff 02 01 03", SN_ETRUNC},
		{"30 03 02 01 03", SN_ETRUNC},
		{"30 05 02 01 03 30 01", SN_ETRUNC},
		{"30 05 02 01 03 30 80", SN_ELENGTH},
		{"30 05 02 01 03 31 00", SN_ETAG},
		{"30 14 02 01 03 30 0f " GLOBAL, SN_ETRUNC},
		{"30 16 02 01 03 30 0f " GLOBAL " 24 00", SN_ETAG},
		{"30 16 02 01 03 30 0f " GLOBAL " 04 01", SN_ETRUNC},
		{"30 16 02 01 03 30 0f " GLOBAL " 04 00", SN_ETRUNC},
		{"30 18 02 01 03 30 0f " GLOBAL " 04 00 a0 00", SN_ETAG},
		{"30 18 02 01 03 30 0f " GLOBAL " 04 00 05 00", SN_ETAG},
		{"30 18 02 01 03 30 0f " GLOBAL " 04 00 30 01", SN_ETRUNC},
		{"30 1c 02 01 03 30 0f " GLOBAL " 04 00 04 84 7f ff ff ff", SN_ETRUNC},
		{"30 18 02 01 03 30 0f " GLOBAL " 04 00 30 80", SN_ELENGTH},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_v3_message m;
		int rc = sn_v3_read(bytes_hex(rows[i].hex), &m);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
	}
}
END_TEST

START_TEST(every_cut_of_a_message_is_refused)
{
	struct sn_span whole = message(GLOBAL, SECURITY, SCOPED);
	struct sn_v3_message m;

	for (size_t n = 0; n < whole.n; n++) {
		ck_assert_int_eq(sn_v3_read(bytes_copy(whole.p, n), &m), SN_ETRUNC);
	}
	ck_assert_int_eq(sn_v3_read(sn_span_make(NULL, 0), &m), SN_ETRUNC);
	ck_assert_int_eq(sn_v3_read(bytes_copy(whole.p, whole.n), &m), SN_OK);
}
END_TEST

START_TEST(every_cut_of_a_scoped_pdu_is_refused)
{
	struct sn_span whole = bytes_hex(SCOPED);
	struct sn_scoped_pdu s;

	for (size_t n = 0; n < whole.n; n++) {
		ck_assert_int_eq(sn_scoped_read(bytes_copy(whole.p, n), &s), SN_ETRUNC);
	}
	ck_assert_int_eq(sn_scoped_read(sn_span_make(NULL, 0), &s), SN_ETRUNC);
	ck_assert_int_eq(sn_scoped_read(bytes_copy(whole.p, whole.n), &s), SN_OK);
}
END_TEST

START_TEST(a_scoped_pdu_has_pdus_of_version_2_only)
{
	for (unsigned type = 0x9f; type <= 0xa9; type++) {
		char hex[200];
		struct sn_scoped_pdu s;
		bool has = type >= SN_PDU_GET && type <= SN_PDU_REPORT && type != SN_PDU_TRAP_V1;

		snprintf(hex, sizeof(hex),
			 "30 11 04 00 04 00 %02x 0b 02 01 01 02 01 00 02 01 00 30 00", type);
		if (type == SN_PDU_TRAP_V1) {
			snprintf(hex, sizeof(hex),
				 "30 1a 04 00 04 00 a4 14 06 01 2b 40 04 c0 00 02 01"
				 " 02 01 06 02 01 01 43 01 01 30 00");
		}
		ck_assert_int_eq(sn_scoped_read(bytes_hex(hex), &s), has ? SN_OK : SN_ETAG);
	}
}
END_TEST

START_TEST(refuses_a_malformed_scoped_pdu)
{
	static const struct {
		const char *hex; /* the ScopedPDU */
		int rc;		 /* expected */
	} rows[] = {
		{"04 11 04 00 04 00 " PDU, SN_ETAG},
		{"30 11 02 00 04 00 " PDU, SN_ETAG},
		{"30 11 04 00 05 00 " PDU, SN_ETAG},
		{"30 80 04 00 04 00 " PDU " 00 00", SN_ELENGTH},
		{"30 11 04 80 04 00 " PDU, SN_ELENGTH},
		{"30 0f 04 7f " PDU, SN_ETRUNC},
		/* the PDU is longer than the ScopedPDU that holds it */
		{"30 10 04 00 04 00 " PDU, SN_ETRUNC},
		{"30 0e 04 00 04 00 a0 08 02 00 02 01 00 02 01 00", SN_ELENGTH},
		{"30 19 04 00 04 00 a0 13 02 09 01 00 00 00 00 00 00 00 00 02 01 00 02 01 00 30 00",
		 SN_ERANGE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_scoped_pdu s;
		int rc = sn_scoped_read(bytes_hex(rows[i].hex), &s);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
	}
}
END_TEST

/* Writes the message around s; the security parameters are raw octets. */
static void write_message(struct sn_writer *w, const struct sn_v3_message *m,
			  const struct sn_scoped_pdu *s)
{
	const uint8_t *end = w->p;

	sn_scoped_write(w, s);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, m->security);
	sn_v3_write_header(w, m, end);
}

START_TEST(writes_what_it_reads)
{
	struct sn_span in = message(GLOBAL, SECURITY, SCOPED);
	uint8_t buf[200];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	struct sn_v3_message m;
	struct sn_scoped_pdu s;

	ck_assert_int_eq(sn_v3_read(in, &m), SN_OK);
	ck_assert_int_eq(sn_scoped_read(m.data, &s), SN_OK);
	write_message(&w, &m, &s);
	ck_assert_int_eq(w.err, SN_OK);
	ck_assert(sn_span_eq(sn_writer_span(&w), in));
	/* the message need not end where the buffer does */
	w = sn_writer_make(buf, sizeof(buf));
	ck_assert_ptr_nonnull(sn_writer_reserve(&w, 7));
	write_message(&w, &m, &s);
	ck_assert(sn_span_eq(sn_span_make(w.p, sn_writer_len(&w) - 7), in));
}
END_TEST

START_TEST(writes_into_exactly_the_room_it_needs)
{
	struct sn_span in = message(GLOBAL, SECURITY, SCOPED);
	struct sn_v3_message m;
	struct sn_scoped_pdu s;

	ck_assert_int_eq(sn_v3_read(in, &m), SN_OK);
	ck_assert_int_eq(sn_scoped_read(m.data, &s), SN_OK);
	for (size_t size = 0; size <= in.n; size++) {
		uint8_t *exact = malloc(size ? size : 1);
		struct sn_writer w;

		ck_assert_ptr_nonnull(exact);
		w = sn_writer_make(exact, size);
		write_message(&w, &m, &s);
		ck_assert_int_eq(w.err, size == in.n ? SN_OK : SN_ESPACE);
		free(exact);
	}
}
END_TEST

/* A forward encoder that shares nothing with the product's: TLVs appended one behind the other. */
struct forward {
	uint8_t p[GEN_WIRE + 1024]; /* octets */
	size_t n;		    /* so far */
};

static void put_tlv(struct forward *f, uint8_t tag, const void *content, size_t n)
{
	unsigned octets = n < 0x80 ? 0 : (n < 0x100 ? 1 : (n < 0x10000 ? 2 : 3));

	f->p[f->n++] = tag;
	if (octets == 0) {
		f->p[f->n++] = (uint8_t)n;
	} else {
		f->p[f->n++] = (uint8_t)(0x80 + octets);
		while (octets-- > 0) {
			f->p[f->n++] = (uint8_t)(n >> 8 * octets);
		}
	}
	memcpy(f->p + f->n, content, n);
	f->n += n;
}

static void put_int(struct forward *f, int32_t v)
{
	uint8_t be[5] = {0, (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
	size_t skip = 0;

	/* not negative here */
	while (skip < 4 && be[skip] == 0 && be[skip + 1] < 0x80) {
		skip++;
	}
	put_tlv(f, 2, be + skip, 5 - skip);
}

static struct sn_span forward_encode(const struct sn_v3_message *m, const struct sn_scoped_pdu *s,
				     struct sn_span pdu)
{
	static struct forward all;
	static struct forward in;
	static struct forward part;

	in.n = 0;
	put_int(&in, 3);
	part.n = 0;
	put_int(&part, m->msg_id);
	put_int(&part, m->max_size);
	put_tlv(&part, 4, &m->flags, 1);
	put_int(&part, m->model);
	put_tlv(&in, 0x30, part.p, part.n);
	put_tlv(&in, 4, m->security.p, m->security.n);
	part.n = 0;
	put_tlv(&part, 4, s->engine_id.p, s->engine_id.n);
	put_tlv(&part, 4, s->context.p, s->context.n);
	memcpy(part.p + part.n, pdu.p, pdu.n);
	put_tlv(&in, 0x30, part.p, part.n + pdu.n);
	all.n = 0;
	put_tlv(&all, 0x30, in.p, in.n);
	return sn_span_make(all.p, all.n);
}

static struct sn_span random_octets(struct sn_rng *r, uint8_t *out, size_t max)
{
	size_t n = sn_rng_below(r, max + 1);

	for (size_t i = 0; i < n; i++) {
		out[i] = (uint8_t)sn_rng_u64(r);
	}
	return sn_span_make(out, n);
}

static int32_t random_from(struct sn_rng *r, int32_t min)
{
	int32_t v = (int32_t)(sn_rng_u64(r) >> (33 + sn_rng_below(r, 31)));

	return v < min ? min : v;
}

/* A PDU of SNMPv2 with random varbinds; *pdu_tlv is another encoder's whole PDU. */
static void random_pdu(struct sn_rng *r, struct sn_pdu *pdu, struct sn_span *pdu_tlv)
{
	static struct gen_message g;
	static uint8_t wire[GEN_WIRE];
	struct sn_message m;
	struct sn_span in;

	do {
		gen_message(r, &g);
	} while (g.m.pdu.type == SN_PDU_TRAP_V1);
	in = sn_span_make(wire, gen_encode(r, &g, GEN_SHORTEST, wire));
	suite_expect(sn_community_read(in, &m) == SN_OK);
	*pdu = m.pdu;
	*pdu_tlv = sn_span_from(in, (size_t)(m.community.p + m.community.n - in.p));
}

START_TEST(random_messages_survive_and_equal_an_independent_encoding)
{
	static uint8_t ours[GEN_WIRE + 2048];
	struct sn_rng r;

	sn_rng_init_seed(&r, 40);
	for (int i = 0; i < 20000; i++) {
		uint8_t octets[3][400];
		struct sn_writer w = sn_writer_make(ours, sizeof(ours));
		struct sn_v3_message m = {.msg_id = random_from(&r, 0),
					  .max_size = random_from(&r, SN_V3_SIZE_MIN),
					  .model = random_from(&r, 1),
					  .flags = (uint8_t)sn_rng_u64(&r) & 0xfd};
		struct sn_scoped_pdu s;
		struct sn_v3_message m2;
		struct sn_scoped_pdu s2;
		struct sn_span pdu;
		struct sn_span wire;

		m.security = random_octets(&r, octets[0], 400);
		s.engine_id = random_octets(&r, octets[1], sn_rng_below(&r, 8) ? 32 : 400);
		s.context = random_octets(&r, octets[2], sn_rng_below(&r, 8) ? 32 : 400);
		random_pdu(&r, &s.pdu, &pdu);
		write_message(&w, &m, &s);
		suite_expect(w.err == SN_OK);
		wire = sn_writer_span(&w);
		suite_expect(sn_span_eq(wire, forward_encode(&m, &s, pdu)));
		suite_expect(sn_v3_read(bytes_copy(wire.p, wire.n), &m2) == SN_OK);
		suite_expect(m2.msg_id == m.msg_id && m2.max_size == m.max_size);
		suite_expect(m2.model == m.model && m2.flags == m.flags && !m2.encrypted);
		suite_expect(sn_span_eq(m2.security, m.security));
		suite_expect(sn_span_eq(m2.whole, wire));
		suite_expect(sn_scoped_read(m2.data, &s2) == SN_OK);
		suite_expect(sn_span_eq(s2.engine_id, s.engine_id));
		suite_expect(sn_span_eq(s2.context, s.context));
		suite_expect(s2.pdu.type == s.pdu.type && s2.pdu.request_id == s.pdu.request_id);
		suite_expect(s2.pdu.status == s.pdu.status && s2.pdu.index == s.pdu.index);
		suite_expect(sn_span_eq(s2.pdu.vbs, s.pdu.vbs));
		/* no cut of it is a message */
		suite_expect(sn_v3_read(bytes_copy(wire.p, sn_rng_below(&r, wire.n)), &m2) ==
			     SN_ETRUNC);
		bytes_free_all();
	}
}
END_TEST

START_TEST(random_flips_never_read_outside)
{
	static uint8_t ours[GEN_WIRE + 2048];
	struct sn_rng r;
	int taken = 0;

	sn_rng_init_seed(&r, 41);
	for (int i = 0; i < 20000; i++) {
		uint8_t security[60];
		struct sn_writer w = sn_writer_make(ours, sizeof(ours));
		struct sn_v3_message m = {.msg_id = 1, .max_size = 1500, .model = 3};
		struct sn_scoped_pdu s = {.context = {NULL, 0}};
		struct sn_span pdu;
		size_t n;

		m.security = random_octets(&r, security, sizeof(security));
		random_pdu(&r, &s.pdu, &pdu);
		write_message(&w, &m, &s);
		n = sn_writer_len(&w);
		for (uint64_t k = 1 + sn_rng_below(&r, 3); k > 0; k--) {
			w.p[sn_rng_below(&r, n < 100 ? n : 100)] ^=
				(uint8_t)(1u << sn_rng_below(&r, 8));
		}
		if (sn_v3_read(bytes_copy(w.p, n), &m) == SN_OK) {
			taken += sn_scoped_read(bytes_copy(m.data.p, m.data.n), &s) == SN_OK;
		}
		bytes_free_all();
	}
	suite_expect(taken > 2000);
	suite_expect(taken < 18000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_a_plain_message_in_place,
				      reads_an_encrypted_message_in_place,
				      the_message_ends_before_octets_behind_it,
				      takes_non_minimal_lengths_and_numbers_in_every_place,
				      header_fields_have_the_ranges_of_the_rfc,
				      flags_and_data_must_agree,
				      refuses_other_versions,
				      refuses_what_could_overrun_and_other_tags,
				      every_cut_of_a_message_is_refused,
				      every_cut_of_a_scoped_pdu_is_refused,
				      a_scoped_pdu_has_pdus_of_version_2_only,
				      refuses_a_malformed_scoped_pdu,
				      writes_what_it_reads,
				      writes_into_exactly_the_room_it_needs,
				      random_messages_survive_and_equal_an_independent_encoding,
				      random_flips_never_read_outside,
				      NULL};

	return suite_run_tests("v3", tests, 30);
}

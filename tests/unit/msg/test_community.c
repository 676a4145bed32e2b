/*
 * Messages of v1 and v2c: what is taken, what is refused, and 100,000 random ones written and read
 * back. Behaviour of msg/community.h.
 *
 * ctest: one_thread timeout=120
 */
#include "msg/community.h"

#include "support/bytes.h"
#include "support/gen.h"
#include "support/suite.h"

/* One GetRequest for sysUpTime.0, v2c, "public". */
#define SAMPLE                                                                                     \
	"30 26 02 01 01 04 06 70 75 62 6c 69 63 a0 19 02 01 2a 02 01 00 02 01 00"                  \
	" 30 0e 30 0c 06 08 2b 06 01 02 01 01 03 00 05 00"

START_TEST(reads_a_request)
{
	struct sn_message m;

	ck_assert_int_eq(sn_community_read(bytes_hex(SAMPLE), &m), SN_OK);
	ck_assert_int_eq(m.version, SN_VERSION_2C);
	ck_assert(sn_span_eq(m.community, sn_span_str("public")));
	ck_assert_uint_eq(m.pdu.type, SN_PDU_GET);
	ck_assert_int_eq(m.pdu.request_id, 42);
	ck_assert_int_eq(sn_pdu_check(&m.pdu), 1);
}
END_TEST

/* The same message with every length in each long form, as get.dat of sharpsnmplib does with 81. */
START_TEST(takes_non_minimal_lengths_in_every_place)
{
	static const char *const rows[] = {
		"30 81 30 02 81 01 01 04 81 06 70 75 62 6c 69 63 a0 81 20 02 81 01 2a 02 81 01 00"
		" 02 81 01 00 30 81 11 30 81 0e 06 81 08 2b 06 01 02 01 01 03 00 05 81 00",
		"30 82 00 2e 02 82 00 01 01 04 82 00 06 70 75 62 6c 69 63"
		" a0 84 00 00 00 19 02 01 2a 02 01 00 02 01 00"
		" 30 0e 30 0c 06 08 2b 06 01 02 01 01 03 00 05 00",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_message m;

		ck_assert_int_eq(sn_community_read(bytes_hex(rows[i]), &m), SN_OK);
		ck_assert_int_eq(m.pdu.request_id, 42);
		ck_assert_int_eq(sn_pdu_check(&m.pdu), 1);
	}
}
END_TEST

START_TEST(ignores_octets_behind_the_message)
{
	static uint8_t padded[8192];
	struct sn_span s = bytes_hex(SAMPLE);
	struct sn_message m;

	memcpy(padded, s.p, s.n);
	ck_assert_int_eq(sn_community_read(sn_span_make(padded, sizeof(padded)), &m), SN_OK);
	ck_assert_int_eq(sn_pdu_check(&m.pdu), 1);
}
END_TEST

START_TEST(an_empty_community_is_a_community)
{
	struct sn_message m;

	ck_assert_int_eq(
		sn_community_read(
			bytes_hex("30 12 02 01 00 04 00 a1 0b 02 01 01 02 01 00 02 01 00 30 00"),
			&m),
		SN_OK);
	ck_assert_uint_eq(m.community.n, 0);
	ck_assert_int_eq(sn_pdu_check(&m.pdu), 0);
}
END_TEST

START_TEST(refuses_other_versions)
{
	static const struct {
		const char *hex; /* content of the version's INTEGER with its header */
		int rc;		 /* expected */
	} rows[] = {
		{"02 01 00", SN_OK},
		{"02 01 01", SN_OK},
		{"02 03 00 00 01", SN_OK},
		{"02 01 02", SN_EVERSION},
		{"02 01 03", SN_EVERSION},
		{"02 01 04", SN_EVERSION},
		{"02 01 ff", SN_EVERSION},
		{"02 04 01 01 01 01", SN_EVERSION},
		{"02 05 01 00 00 00 01", SN_ERANGE},
		{"02 00", SN_ELENGTH},
		{"41 01 01", SN_ETAG},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char hex[200];
		struct sn_message m;
		size_t n = bytes_hex(rows[i].hex).n;
		int rc;

		snprintf(hex, sizeof(hex),
			 "30 %02zx %s 04 01 78 a0 0b 02 01 01 02 01 00 02 01 00 30 00", n + 16,
			 rows[i].hex);
		rc = sn_community_read(bytes_hex(hex), &m);
		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
	}
}
END_TEST

START_TEST(each_version_has_its_own_pdus)
{
	for (unsigned version = 0; version < 2; version++) {
		for (unsigned type = SN_PDU_GET; type <= SN_PDU_REPORT; type++) {
			char hex[200];
			struct sn_message m;
			bool has = version ? type != SN_PDU_TRAP_V1 : type <= SN_PDU_TRAP_V1;

			if (type == SN_PDU_TRAP_V1) {
				snprintf(
					hex, sizeof(hex),
					"30 1c 02 01 %02x 04 01 78 a4 14 06 01 2b 40 04 c0 00 02 01"
					" 02 01 06 02 01 01 43 01 01 30 00",
					version);
			} else {
				snprintf(hex, sizeof(hex),
					 "30 13 02 01 %02x 04 01 78 %02x 0b 02 01 01 02 01 00"
					 " 02 01 00 30 00",
					 version, type);
			}
			ck_assert_int_eq(sn_community_read(bytes_hex(hex), &m),
					 has ? SN_OK : SN_ETAG);
		}
	}
}
END_TEST

START_TEST(every_cut_of_a_message_is_refused)
{
	struct sn_span whole = bytes_hex(SAMPLE);
	struct sn_message m;

	for (size_t n = 0; n < whole.n; n++) {
		int rc = sn_community_read(bytes_copy(whole.p, n), &m);

		ck_assert_int_eq(rc, SN_ETRUNC);
	}
	ck_assert_int_eq(sn_community_read(sn_span_make(NULL, 0), &m), SN_ETRUNC);
}
END_TEST

START_TEST(refuses_what_could_overrun)
{
	static const struct {
		const char *hex; /* the datagram */
		int rc;		 /* expected */
	} rows[] = {
		{"30 80 02 01 01 00 00", SN_ELENGTH},
		{"30 85 00 00 00 00 03 02 01 01", SN_ELENGTH},
		{"30 88 7f ff ff ff ff ff ff ee 02 01 01", SN_ELENGTH},
		{"30 84 ff ff ff ff 02 01 01", SN_ETRUNC},
		{"30 03 02 01 01", SN_ETRUNC},
		{"30 05 02 01 01 04 7f", SN_ETRUNC},
		{"30 08 02 01 01 04 84 7f ff ff ff", SN_ETRUNC},
		{"31 03 02 01 01", SN_ETAG},
		{"30 06 02 01 01 44 01 78", SN_ETAG},
		{"30 08 02 01 01 04 01 78 30 00", SN_ETAG},
		/* the PDU is longer than the message that holds it */
		{"30 10 02 01 01 04 01 78 a0 0c 02 01 01 02 01 00 02 01 00 30 00", SN_ETRUNC},
		/* the list is longer than the PDU that holds it */
		{"30 13 02 01 01 04 01 78 a0 0b 02 01 01 02 01 00 02 01 00 30 01 00", SN_ETRUNC},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_message m;
		int rc = sn_community_read(bytes_hex(rows[i].hex), &m);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
	}
}
END_TEST

/* Whether what was read is what was generated, varbind by varbind. */
static void compare(const struct gen_message *g, const struct sn_message *m)
{
	const struct sn_pdu *want = &g->m.pdu;
	struct sn_cursor cur = sn_cursor_make(m->pdu.vbs);
	struct sn_varbind vb;
	int n = 0;

	suite_expect(m->version == g->m.version);
	suite_expect(sn_span_eq(m->community, g->m.community));
	suite_expect(m->pdu.type == want->type);
	suite_expect(m->pdu.request_id == want->request_id);
	suite_expect(m->pdu.status == want->status);
	suite_expect(m->pdu.index == want->index);
	if (want->type == SN_PDU_TRAP_V1) {
		suite_expect(sn_span_eq(m->pdu.trap.enterprise, want->trap.enterprise));
		suite_expect(sn_span_eq(m->pdu.trap.agent_addr, want->trap.agent_addr));
		suite_expect(m->pdu.trap.generic == want->trap.generic);
		suite_expect(m->pdu.trap.specific == want->trap.specific);
		suite_expect(m->pdu.trap.timestamp == want->trap.timestamp);
	}
	while (sn_varbind_next(&cur, &vb)) {
		struct sn_value v;

		suite_expect(n < g->n);
		suite_expect(sn_span_eq(vb.name, sn_span_make(g->vb[n].name, g->vb[n].name_n)));
		suite_expect(sn_value_read(vb.tag, vb.value, &v) == SN_OK);
		suite_expect(gen_value_equal(&v, &g->vb[n].v));
		n++;
	}
	suite_expect(cur.err == SN_OK);
	suite_expect(n == g->n);
	suite_expect(sn_pdu_check(&m->pdu) == n);
}

START_TEST(random_messages_survive_and_equal_an_independent_encoding)
{
	static struct gen_message g;
	static uint8_t ours[GEN_WIRE];
	static uint8_t other[GEN_WIRE];
	struct sn_rng r;

	sn_rng_init_seed(&r, 20);
	for (int i = 0; i < 100000; i++) {
		struct sn_message m;
		struct sn_span wire;
		size_t n;

		gen_message(&r, &g);
		wire = gen_write(&g, ours, sizeof(ours));
		n = gen_encode(&r, &g, GEN_SHORTEST, other);
		suite_expect(sn_span_eq(wire, sn_span_make(other, n)));
		suite_expect(sn_community_read(bytes_copy(wire.p, wire.n), &m) == SN_OK);
		compare(&g, &m);
		bytes_free_all();
	}
}
END_TEST

START_TEST(random_messages_of_sloppy_encoders_read_the_same)
{
	static struct gen_message g;
	static uint8_t sloppy[GEN_WIRE];
	static uint8_t ours[GEN_WIRE];
	static uint8_t again[GEN_WIRE];
	struct sn_rng r;
	int differ = 0;

	sn_rng_init_seed(&r, 21);
	for (int i = 0; i < 100000; i++) {
		struct sn_message m;
		struct sn_span wire;
		struct sn_writer w = sn_writer_make(again, sizeof(again));
		size_t n;

		gen_message(&r, &g);
		wire = gen_write(&g, ours, sizeof(ours));
		n = gen_encode(&r, &g, GEN_LENIENT, sloppy);
		suite_expect(n + 8 >= wire.n);
		differ += !sn_span_eq(wire, sn_span_make(sloppy, n));
		suite_expect(sn_community_read(bytes_copy(sloppy, n), &m) == SN_OK);
		compare(&g, &m);
		/* and written again around the same varbinds it still reads the same */
		sn_community_write(&w, &m);
		suite_expect(w.err == SN_OK);
		wire = sn_writer_span(&w);
		suite_expect(sn_community_read(bytes_copy(wire.p, wire.n), &m) == SN_OK);
		compare(&g, &m);
		bytes_free_all();
	}
	suite_expect(differ > 90000);
}
END_TEST

/* Every cut is refused or, where the cut only took padding behind the message, reads the same. */
START_TEST(random_cuts_and_flips_never_read_outside)
{
	static struct gen_message g;
	static uint8_t ours[GEN_WIRE];
	struct sn_rng r;
	int taken = 0;

	sn_rng_init_seed(&r, 22);
	for (int i = 0; i < 100000; i++) {
		struct sn_message m;
		struct sn_span wire;
		uint8_t *p;

		gen_message(&r, &g);
		wire = gen_write(&g, ours, sizeof(ours));
		suite_expect(sn_community_read(bytes_copy(wire.p, sn_rng_below(&r, wire.n)), &m) ==
			     SN_ETRUNC);
		p = ours + (wire.p - ours);
		for (uint64_t k = 1 + sn_rng_below(&r, 3); k > 0; k--) {
			p[sn_rng_below(&r, wire.n < 60 ? wire.n : 60)] ^=
				(uint8_t)(1u << sn_rng_below(&r, 8));
		}
		if (sn_community_read(bytes_copy(wire.p, wire.n), &m) == SN_OK) {
			taken += sn_pdu_check(&m.pdu) >= 0;
		}
		bytes_free_all();
	}
	suite_expect(taken > 10000);
	suite_expect(taken < 90000);
}
END_TEST

/* m written field by field, header by header, at the end of buf; its octets. */
static size_t write_plainly(uint8_t *buf, size_t size, const struct sn_message *m)
{
	struct sn_writer w = sn_writer_make(buf, size);
	const uint8_t *end = w.p;

	sn_ber_write_tlv(&w, SN_TAG_SEQUENCE, m->pdu.vbs);
	sn_ber_write_int(&w, SN_TAG_INTEGER, m->pdu.index);
	sn_ber_write_int(&w, SN_TAG_INTEGER, m->pdu.status);
	sn_ber_write_int(&w, SN_TAG_INTEGER, m->pdu.request_id);
	sn_ber_write_wrap(&w, m->pdu.type, end);
	sn_ber_write_tlv(&w, SN_TAG_OCTETS, m->community);
	sn_ber_write_int(&w, SN_TAG_INTEGER, m->version);
	sn_ber_write_wrap(&w, SN_TAG_SEQUENCE, end);
	suite_expect(w.err == SN_OK);
	return sn_writer_len(&w);
}

static void expect_plain(const struct sn_message *m)
{
	static uint8_t plain[70000];
	static uint8_t ours[70000];
	struct sn_writer w = sn_writer_make(ours, sizeof(ours));
	size_t n = write_plainly(plain, sizeof(plain), m);

	sn_community_write(&w, m);
	suite_expect(w.err == SN_OK && sn_writer_len(&w) == n);
	suite_expect(memcmp(ours + sizeof(ours) - n, plain + sizeof(plain) - n, n) == 0);
}

START_TEST(lengths_and_integers_of_every_size_are_written_shortest)
{
	static const int32_t ids[] = {0, 127, 8388607, 8388608, INT32_MAX, -1, -8388609, INT32_MIN};
	static const int32_t numbers[] = {0, 1, 127, 128, -128, -129, 255, 32768, INT32_MIN};
	static uint8_t octets[66000];
	struct sn_message m = {.version = SN_VERSION_2C,
			       .community = sn_span_make(octets, 6),
			       .pdu = {.type = SN_PDU_GET, .request_id = INT32_MAX}};

	for (size_t i = 0; i < sizeof(octets); i++) {
		octets[i] = (uint8_t)(i % 251);
	}
	for (size_t n = 0; n < sizeof(octets); n += n < 600 || n > 64900 ? 1 : 997) {
		m.pdu.vbs = sn_span_make(octets, n);
		expect_plain(&m);
	}
	m.pdu.vbs = sn_span_make(octets, 90);
	for (size_t n = 0; n < 300; n++) {
		m.community = sn_span_make(octets, n);
		expect_plain(&m);
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		m.pdu.request_id = ids[i];
		expect_plain(&m);
	}
	m.pdu.request_id = INT32_MAX;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		m.pdu.status = numbers[i];
		m.pdu.index = numbers[sizeof(numbers) / sizeof(numbers[0]) - 1 - i];
		expect_plain(&m);
	}
}
END_TEST

START_TEST(writes_into_exactly_the_room_it_needs)
{
	static struct gen_message g;
	static uint8_t ours[GEN_WIRE];
	struct sn_rng r;

	sn_rng_init_seed(&r, 23);
	for (int i = 0; i < 200; i++) {
		struct sn_message m;
		struct sn_span wire;

		gen_message(&r, &g);
		wire = gen_write(&g, ours, sizeof(ours));
		ck_assert_int_eq(sn_community_read(wire, &m), SN_OK);
		for (size_t size = 0; size <= wire.n; size++) {
			uint8_t *exact = malloc(size ? size : 1);
			struct sn_writer w;

			ck_assert_ptr_nonnull(exact);
			w = sn_writer_make(exact, size);
			sn_community_write(&w, &m);
			ck_assert_int_eq(w.err, size == wire.n ? SN_OK : SN_ESPACE);
			free(exact);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_a_request,
				      takes_non_minimal_lengths_in_every_place,
				      ignores_octets_behind_the_message,
				      an_empty_community_is_a_community,
				      refuses_other_versions,
				      each_version_has_its_own_pdus,
				      every_cut_of_a_message_is_refused,
				      refuses_what_could_overrun,
				      random_messages_survive_and_equal_an_independent_encoding,
				      random_messages_of_sloppy_encoders_read_the_same,
				      random_cuts_and_flips_never_read_outside,
				      lengths_and_integers_of_every_size_are_written_shortest,
				      writes_into_exactly_the_room_it_needs,
				      NULL};

	return suite_run_tests("community", tests, 30);
}

/*
 * UsmSecurityParameters: what is taken, what is refused, the place of the MAC, and random ones
 * written and read back. Behaviour of msg/usm_params.h.
 */
#include "msg/usm_params.h"

#include "base/rng.h"
#include "support/bytes.h"
#include "support/suite.h"

/* Engine ID of 5 octets, boots 7, time 256, user "ada", MAC of 12 octets, salt of 8. */
#define SAMPLE                                                                                     \
	"30 2b 04 05 80 00 1f 88 04 02 01 07 02 02 01 00 04 03 61 64 61"                           \
	" 04 0c a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab 04 08 01 02 03 04 05 06 07 08"

START_TEST(reads_all_fields_in_place)
{
	struct sn_span in = bytes_hex(SAMPLE);
	struct sn_usm_params p;

	ck_assert_int_eq(sn_usm_params_read(in, &p), SN_OK);
	ck_assert(sn_span_eq(p.engine_id, bytes_hex("80 00 1f 88 04")));
	ck_assert_uint_eq(p.boots, 7);
	ck_assert_uint_eq(p.time, 256);
	ck_assert(sn_span_eq(p.user, sn_span_str("ada")));
	ck_assert(p.auth.p == in.p + 23);
	ck_assert_uint_eq(p.auth.n, 12);
	ck_assert(p.priv.p == in.p + 37);
	ck_assert_uint_eq(p.priv.n, 8);
}
END_TEST

START_TEST(an_empty_field_is_a_field)
{
	struct sn_usm_params p;

	ck_assert_int_eq(sn_usm_params_read(
				 bytes_hex("30 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 00"), &p),
			 SN_OK);
	ck_assert_uint_eq(p.engine_id.n + p.user.n + p.auth.n + p.priv.n, 0);
	ck_assert_uint_eq(p.boots, 0);
	ck_assert_uint_eq(p.time, 0);
}
END_TEST

START_TEST(takes_non_minimal_lengths_in_every_place)
{
	struct sn_usm_params p;
	struct sn_span in =
		bytes_hex("30 82 00 21 04 81 05 80 00 1f 88 04 02 84 00 00 00 01 07 02 81 02 01 00"
			  " 04 81 03 61 64 61 04 81 01 a0 04 81 00");

	ck_assert_int_eq(sn_usm_params_read(in, &p), SN_OK);
	ck_assert_uint_eq(p.boots, 7);
	ck_assert_uint_eq(p.time, 256);
	ck_assert(sn_span_eq(p.user, sn_span_str("ada")));
	ck_assert_uint_eq(p.auth.n, 1);
}
END_TEST

START_TEST(refuses_what_the_syntax_does_not_have)
{
	static const struct {
		const char *hex; /* content of msgSecurityParameters */
		int rc;		 /* expected */
	} rows[] = {
		/* boots and time at their ends */
		{"30 14 04 00 02 04 7f ff ff ff 02 04 7f ff ff ff 04 00 04 00 04 00", SN_OK},
		{"30 0e 04 00 02 01 ff 02 01 00 04 00 04 00 04 00", SN_ERANGE},
		{"30 0e 04 00 02 01 00 02 01 ff 04 00 04 00 04 00", SN_ERANGE},
		{"30 12 04 00 02 05 00 80 00 00 00 02 01 00 04 00 04 00 04 00", SN_ERANGE},
		{"30 12 04 00 02 01 00 02 05 00 80 00 00 00 04 00 04 00 04 00", SN_ERANGE},
		{"30 0d 04 00 02 00 02 01 00 04 00 04 00 04 00", SN_ELENGTH},
		{"30 0d 04 00 02 01 00 02 00 04 00 04 00 04 00", SN_ELENGTH},
		/* each field under another tag */
		{"31 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 00", SN_ETAG},
		{"30 0e 44 00 02 01 00 02 01 00 04 00 04 00 04 00", SN_ETAG},
		{"30 0e 04 00 41 01 00 02 01 00 04 00 04 00 04 00", SN_ETAG},
		{"30 0e 04 00 02 01 00 43 01 00 04 00 04 00 04 00", SN_ETAG},
		{"30 0e 04 00 02 01 00 02 01 00 05 00 04 00 04 00", SN_ETAG},
		{"30 0e 04 00 02 01 00 02 01 00 04 00 05 00 04 00", SN_ETAG},
		{"30 0e 04 00 02 01 00 02 01 00 04 00 04 00 05 00", SN_ETAG},
		/* octets behind the last field, and behind the SEQUENCE */
		{"30 10 04 00 02 01 00 02 01 00 04 00 04 00 04 00 05 00", SN_ELENGTH},
		{"30 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 00 00", SN_ELENGTH},
		/* a field is missing */
		{"30 0c 04 00 02 01 00 02 01 00 04 00 04 00", SN_ETRUNC},
		{"30 00", SN_ETRUNC},
		{"", SN_ETRUNC},
		/* what could overrun */
		{"30 80 04 00 02 01 00 02 01 00 04 00 04 00 04 00 00 00", SN_ELENGTH},
		{"30 0e 04 80 02 01 00 02 01 00 04 00 04 00 04 00", SN_ELENGTH},
		{"30 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 01", SN_ETRUNC},
		{"30 0e 04 00 02 01 00 02 01 00 04 00 04 7f 04 00", SN_ETRUNC},
		{"30 12 04 00 02 01 00 02 01 00 04 84 ff ff ff ff 04 00 04 00", SN_ETRUNC},
		{"30 0f 04 00 02 01 00 02 01 00 04 00 04 00 04 00", SN_ETRUNC},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_usm_params p;
		int rc = sn_usm_params_read(bytes_hex(rows[i].hex), &p);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
	}
	{
		struct sn_usm_params p;

		ck_assert_int_eq(sn_usm_params_read(sn_span_make(NULL, 0), &p), SN_ETRUNC);
	}
}
END_TEST

START_TEST(every_cut_is_refused)
{
	struct sn_span whole = bytes_hex(SAMPLE);
	struct sn_usm_params p;

	for (size_t n = 0; n < whole.n; n++) {
		ck_assert_int_eq(sn_usm_params_read(bytes_copy(whole.p, n), &p), SN_ETRUNC);
	}
}
END_TEST

/* p with strings of these many octets, written by hand: lengths below 128. */
static struct sn_span forward(const struct sn_usm_params *p, uint8_t boots, uint8_t time)
{
	static uint8_t out[256];
	const struct sn_span strings[] = {p->engine_id, p->user, p->auth, p->priv};
	size_t n = 2;

	for (size_t i = 0; i < 4; i++) {
		if (i == 1) {
			memcpy(out + n, (const uint8_t[]){2, 1, boots, 2, 1, time}, 6);
			n += 6;
		}
		out[n++] = 4;
		out[n++] = (uint8_t)strings[i].n;
		memcpy(out + n, strings[i].p, strings[i].n);
		n += strings[i].n;
	}
	out[0] = 0x30;
	out[1] = (uint8_t)(n - 2);
	return sn_span_make(out, n);
}

START_TEST(engine_ids_and_names_end_at_32_octets)
{
	static const uint8_t octets[48];

	for (size_t n = 0; n <= 33; n++) {
		struct sn_span s = sn_span_make(octets, n);
		struct sn_span short_one = sn_span_make(octets, 1);
		struct sn_usm_params p = {short_one, 0, 0, s, short_one, short_one};
		struct sn_usm_params back;
		struct sn_span in = forward(&p, 0, 0);
		int rc = n <= 32 ? SN_OK : SN_ELENGTH;

		ck_assert_int_eq(sn_usm_params_read(bytes_copy(in.p, in.n), &back), rc);
		p.engine_id = s;
		p.user = short_one;
		in = forward(&p, 0, 0);
		ck_assert_int_eq(sn_usm_params_read(bytes_copy(in.p, in.n), &back), rc);
	}
}
END_TEST

START_TEST(writes_the_header_around_them_and_zeros_for_the_mac)
{
	uint8_t buf[100];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	struct sn_usm_params p;
	struct sn_span got;
	uint8_t *mac;

	memset(buf, 0xee, sizeof(buf));
	ck_assert_int_eq(sn_usm_params_read(bytes_hex(SAMPLE), &p), SN_OK);
	p.auth.p = NULL; /* is not looked at */
	mac = sn_usm_params_write(&w, &p);
	got = sn_writer_span(&w);
	ck_assert(sn_span_eq(got,
			     bytes_hex("04 2d 30 2b 04 05 80 00 1f 88 04 02 01 07 02 02 01 00"
				       " 04 03 61 64 61 04 0c 00 00 00 00 00 00 00 00 00 00 00 00"
				       " 04 08 01 02 03 04 05 06 07 08")));
	ck_assert(mac == got.p + 25);
	/* the place a reader finds is the place that was named */
	ck_assert_int_eq(sn_usm_params_read(sn_span_from(got, 2), &p), SN_OK);
	ck_assert(p.auth.p == mac);
}
END_TEST

START_TEST(writes_into_exactly_the_room_it_needs)
{
	struct sn_usm_params p;

	ck_assert_int_eq(sn_usm_params_read(bytes_hex(SAMPLE), &p), SN_OK);
	for (size_t size = 0; size <= 47; size++) {
		uint8_t *exact = malloc(size ? size : 1);
		struct sn_writer w;
		uint8_t *mac;

		ck_assert_ptr_nonnull(exact);
		w = sn_writer_make(exact, size);
		mac = sn_usm_params_write(&w, &p);
		ck_assert_int_eq(w.err, size == 47 ? SN_OK : SN_ESPACE);
		ck_assert(size == 47 ? mac == exact + 25 : mac == NULL);
		free(exact);
	}
}
END_TEST

START_TEST(an_error_of_the_writer_sticks)
{
	uint8_t buf[100];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	struct sn_usm_params p = {.boots = 1};

	w.err = SN_ESPACE;
	ck_assert_ptr_null(sn_usm_params_write(&w, &p));
	ck_assert_uint_eq(sn_writer_len(&w), 0);
}
END_TEST

static struct sn_span random_octets(struct sn_rng *r, uint8_t *out, size_t max)
{
	size_t n = sn_rng_below(r, max + 1);

	for (size_t i = 0; i < n; i++) {
		out[i] = (uint8_t)sn_rng_u64(r);
	}
	return sn_span_make(out, n);
}

START_TEST(random_ones_survive)
{
	struct sn_rng r;

	sn_rng_init_seed(&r, 30);
	for (int i = 0; i < 20000; i++) {
		uint8_t octets[4][300];
		uint8_t buf[800];
		struct sn_writer w = sn_writer_make(buf, sizeof(buf));
		struct sn_usm_params p;
		struct sn_usm_params back;
		struct sn_cursor cur;
		struct sn_span content;
		const uint8_t *mac;

		p.engine_id = random_octets(&r, octets[0], 32);
		p.user = random_octets(&r, octets[1], 32);
		p.auth = random_octets(&r, octets[2], sn_rng_below(&r, 8) ? 48 : 300);
		p.priv = random_octets(&r, octets[3], sn_rng_below(&r, 8) ? 8 : 300);
		p.boots = (uint32_t)(sn_rng_u64(&r) >> (33 + sn_rng_below(&r, 31)));
		p.time = (uint32_t)(sn_rng_u64(&r) >> (33 + sn_rng_below(&r, 31)));
		mac = sn_usm_params_write(&w, &p);
		suite_expect(mac != NULL);
		cur = sn_cursor_make(sn_writer_span(&w));
		content = sn_ber_expect(&cur, SN_TAG_OCTETS);
		suite_expect(cur.err == SN_OK && sn_cursor_left(&cur) == 0);
		suite_expect(sn_usm_params_read(content, &back) == SN_OK);
		suite_expect(back.auth.p == mac);
		suite_expect(sn_usm_params_read(bytes_copy(content.p, content.n), &back) == SN_OK);
		suite_expect(sn_span_eq(back.engine_id, p.engine_id));
		suite_expect(sn_span_eq(back.user, p.user));
		suite_expect(sn_span_eq(back.priv, p.priv));
		suite_expect(back.auth.n == p.auth.n);
		for (size_t k = 0; k < back.auth.n; k++) {
			suite_expect(back.auth.p[k] == 0);
		}
		suite_expect(back.boots == p.boots && back.time == p.time);
		bytes_free_all();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_all_fields_in_place,
				      an_empty_field_is_a_field,
				      takes_non_minimal_lengths_in_every_place,
				      refuses_what_the_syntax_does_not_have,
				      every_cut_is_refused,
				      engine_ids_and_names_end_at_32_octets,
				      writes_the_header_around_them_and_zeros_for_the_mac,
				      writes_into_exactly_the_room_it_needs,
				      an_error_of_the_writer_sticks,
				      random_ones_survive,
				      NULL};

	return suite_run_tests("usm_params", tests, 30);
}

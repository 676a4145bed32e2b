/*
 * Variable bindings: iteration over a list and writing. Behaviour of codec/varbind.h.
 */
#include "codec/varbind.h"

#include "support/bytes.h"
#include "support/gen.h"
#include "support/suite.h"

#include <stdlib.h>

/* Walks a list to its end: the number of varbinds taken, *err the cursor's error. */
static int walk(const char *hex, int *err)
{
	struct sn_cursor cur = sn_cursor_make(bytes_hex(hex));
	struct sn_varbind vb;
	int n = 0;

	while (sn_varbind_next(&cur, &vb)) {
		n++;
	}
	ck_assert_uint_eq(sn_cursor_left(&cur), 0);
	*err = cur.err;
	return n;
}

START_TEST(walks_a_list_to_its_end)
{
	struct sn_cursor cur =
		sn_cursor_make(bytes_hex("30 07 06 03 2b 06 01 05 00  30 07 06 02 2b 06 02 01 2a"));
	struct sn_varbind vb;

	ck_assert(sn_varbind_next(&cur, &vb));
	ck_assert(sn_span_eq(vb.name, bytes_hex("2b 06 01")));
	ck_assert_uint_eq(vb.tag, SN_TAG_NULL);
	ck_assert_uint_eq(vb.value.n, 0);
	ck_assert(sn_varbind_next(&cur, &vb));
	ck_assert(sn_span_eq(vb.name, bytes_hex("2b 06")));
	ck_assert_uint_eq(vb.tag, SN_TAG_INTEGER);
	ck_assert(sn_span_eq(vb.value, bytes_hex("2a")));
	ck_assert(!sn_varbind_next(&cur, &vb));
	ck_assert_int_eq(cur.err, SN_OK);
}
END_TEST

START_TEST(an_empty_list_has_no_varbind)
{
	int err;

	ck_assert_int_eq(walk("", &err), 0);
	ck_assert_int_eq(err, SN_OK);
}
END_TEST

START_TEST(takes_non_minimal_lengths_everywhere)
{
	int err;

	ck_assert_int_eq(walk("30 81 0a 06 82 00 02 2b 06 02 81 01 2a", &err), 1);
	ck_assert_int_eq(err, SN_OK);
	ck_assert_int_eq(walk("30 84 00 00 00 06 06 02 2b 06 05 00", &err), 1);
	ck_assert_int_eq(err, SN_OK);
}
END_TEST

START_TEST(a_structural_error_ends_the_walk)
{
	static const struct {
		const char *hex; /* the list */
		int n;		 /* varbinds before the error */
		int err;	 /* the error */
	} rows[] = {
		{"31 06 06 02 2b 06 05 00", 0, SN_ETAG},
		{"30 06 04 02 2b 06 05 00", 0, SN_ETAG},
		{"30 06 06 02 2b 06 05 00 30", 1, SN_ETRUNC},
		{"30 06 06 02 2b 06 05 00 00", 1, SN_ETRUNC},
		{"30 06 06 02 2b 06 05 00 00 00", 1, SN_ETAG},
		{"30 07 06 02 2b 06 05 00", 0, SN_ETRUNC},
		{"30 80 06 02 2b 06 05 00 00 00", 0, SN_ELENGTH},
		{"30 06 06 03 2b 06 05 00", 0, SN_ETRUNC},    /* the name eats the value's tag */
		{"30 06 06 05 2b 06 05 00", 0, SN_ETRUNC},    /* and runs out of the varbind */
		{"30 06 06 02 2b 06 05 01 30", 0, SN_ETRUNC}, /* the value runs out of it */
		{"30 04 06 02 2b 06", 0, SN_ETRUNC},	      /* no value */
		{"30 00", 0, SN_ETRUNC},
		{"30 07 06 02 2b 06 05 00 00", 0, SN_ELENGTH}, /* octets left over inside */
		{"30 08 06 02 2b 06 05 00 05 00", 0, SN_ELENGTH},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err;
		int n = walk(rows[i].hex, &err);

		ck_assert_msg(n == rows[i].n && err == rows[i].err, "row %zu: %d varbinds, %s", i,
			      n, sn_err_text(err));
	}
}
END_TEST

/* The walk is lazy: what nobody wants is not looked at, sn_pdu_check is there for the rest. */
START_TEST(names_and_values_are_not_validated_while_walking)
{
	int err;

	ck_assert_int_eq(walk("30 07 06 02 2b 86 02 01 00 30 06 06 02 2b 06 02 00", &err), 2);
	ck_assert_int_eq(err, SN_OK);
}
END_TEST

START_TEST(writes_null_and_values)
{
	uint8_t buf[64];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	struct sn_value v = {.tag = SN_TAG_GAUGE32, .u = 1000000000};
	uint8_t name[] = {0x2b, 6, 1, 2, 1, 2, 2, 1, 5, 3};

	sn_varbind_write(&w, sn_span_make(name, sizeof(name)), &v);
	sn_varbind_write_null(&w, sn_span_make(name, 2));
	sn_varbind_write_null(&w, sn_span_make(NULL, 0));
	ck_assert_int_eq(w.err, SN_OK);
	ck_assert(sn_span_eq(sn_writer_span(&w),
			     bytes_hex("30 04 06 00 05 00 30 06 06 02 2b 06 05 00 "
				       "30 12 06 0a 2b 06 01 02 01 02 02 01 05 03"
				       " 42 04 3b 9a ca 00")));
}
END_TEST

START_TEST(writes_long_names_and_values_with_long_lengths)
{
	static uint8_t buf[2048];
	static uint8_t octets[700];
	uint8_t name[SN_OID_MAX_BER];
	struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = {octets, sizeof(octets)}};
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	struct sn_cursor cur;
	struct sn_varbind vb;

	memset(name, 1, sizeof(name));
	for (size_t n = 120; n < 140; n++) {
		w = sn_writer_make(buf, sizeof(buf));
		sn_varbind_write(&w, sn_span_make(name, n), &v);
		sn_varbind_write_null(&w, sn_span_make(name, n));
		ck_assert_int_eq(w.err, SN_OK);
		cur = sn_cursor_make(sn_writer_span(&w));
		ck_assert(sn_varbind_next(&cur, &vb));
		ck_assert_uint_eq(vb.name.n, n);
		ck_assert_uint_eq(vb.tag, SN_TAG_NULL);
		ck_assert(sn_varbind_next(&cur, &vb));
		ck_assert_uint_eq(vb.name.n, n);
		ck_assert_uint_eq(vb.value.n, sizeof(octets));
		ck_assert(!sn_varbind_next(&cur, &vb));
		ck_assert_int_eq(cur.err, SN_OK);
	}
}
END_TEST

START_TEST(every_room_but_the_right_one_is_refused)
{
	struct sn_rng r;

	sn_rng_init_seed(&r, 3);
	for (int i = 0; i < 300; i++) {
		static struct gen_varbind g;
		static uint8_t big[2048];
		struct sn_writer w = sn_writer_make(big, sizeof(big));
		size_t need;
		uint8_t *exact;

		g.name_n = gen_oid(&r, g.name, sizeof(g.name));
		gen_value(&r, &g.v, g.bytes);
		sn_varbind_write(&w, sn_span_make(g.name, g.name_n), &g.v);
		need = sn_writer_len(&w);
		for (size_t size = 0; size <= need; size++) {
			exact = malloc(size ? size : 1);
			ck_assert_ptr_nonnull(exact);
			w = sn_writer_make(exact, size);
			sn_varbind_write(&w, sn_span_make(g.name, g.name_n), &g.v);
			ck_assert_int_eq(w.err, size == need ? SN_OK : SN_ESPACE);
			free(exact);
		}
	}
}
END_TEST

/* One varbind with its name in two parts. */
struct cell {
	uint8_t name[40];
	size_t column_n, index_n;
	uint8_t wire[128];
	size_t wire_n;
};

static const uint8_t number_tags[] = {SN_TAG_INTEGER,	SN_TAG_COUNTER32, SN_TAG_GAUGE32,
				      SN_TAG_TIMETICKS, SN_TAG_COUNTER64, SN_TAG_UINTEGER32,
				      SN_TAG_OCTETS,	SN_TAG_NULL};

/* A varbind under a name of both parts with any value octets; sometimes one octet of it is another.
 */
static void make_cell(struct sn_rng *r, struct cell *c)
{
	uint8_t tag = number_tags[sn_rng_below(r, sizeof(number_tags))];
	size_t m = sn_rng_below(r, 11);
	size_t n;

	c->column_n = 8 + sn_rng_below(r, 9);
	c->index_n = sn_rng_below(r, 8);
	n = c->column_n + c->index_n;
	for (size_t i = 0; i < n; i++) {
		c->name[i] = (uint8_t)sn_rng_below(r, 128);
	}
	c->wire_n = 6 + n + m;
	memcpy(c->wire,
	       (const uint8_t[]){SN_TAG_SEQUENCE, (uint8_t)(n + m + 4), SN_TAG_OID, (uint8_t)n}, 4);
	memcpy(c->wire + 4, c->name, n);
	c->wire[4 + n] = tag;
	c->wire[5 + n] = (uint8_t)m;
	for (size_t i = 0; i < m; i++) {
		const uint8_t odd[] = {0, 0, 0xff, 0x80, (uint8_t)sn_rng_below(r, 256)};

		c->wire[6 + n + i] = odd[sn_rng_below(r, sizeof(odd))];
	}
	if (sn_rng_below(r, 3) == 0) {
		c->wire[sn_rng_below(r, (uint32_t)c->wire_n)] = (uint8_t)sn_rng_below(r, 256);
	}
}

/* What the general way reads: octets of a varbind under this name that is a number, else 0. */
static size_t general_number(const uint8_t *p, size_t n, struct sn_span name, struct sn_value *v)
{
	struct sn_cursor cur = sn_cursor_make(sn_span_make(p, n));
	struct sn_varbind vb;

	if (!sn_varbind_next(&cur, &vb) || !sn_span_eq(vb.name, name) ||
	    !(sn_value_is_unsigned(vb.tag) || vb.tag == SN_TAG_INTEGER) ||
	    sn_value_read(vb.tag, vb.value, v)) {
		return 0;
	}
	return (size_t)(cur.p - p);
}

START_TEST(a_number_is_read_as_in_the_general_way_or_left_to_it)
{
	struct sn_rng r;
	unsigned taken = 0;
	unsigned left = 0;

	sn_rng_init_seed(&r, 11);
	for (int i = 0; i < 300000; i++) {
		struct sn_varbind_name column;
		struct sn_value v;
		struct cell c;
		uint64_t u;
		uint8_t tag;
		size_t given;
		size_t got;
		size_t general;
		uint8_t *exact;

		make_cell(&r, &c);
		given = sn_rng_below(&r, 4) ? c.wire_n : sn_rng_below(&r, (uint32_t)c.wire_n);
		exact = malloc(given + 1); /* so that a sanitizer sees what is read beyond */
		ck_assert_ptr_nonnull(exact);
		memcpy(exact + 1, c.wire, given);
		ck_assert(sn_varbind_name_make(&column, sn_span_make(c.name, c.column_n)));
		got = sn_varbind_number(exact + 1, given, &column, c.name + c.column_n, c.index_n,
					&tag, &u);
		general = general_number(exact + 1, given,
					 sn_span_make(c.name, c.column_n + c.index_n), &v);
		if (got) {
			ck_assert_uint_eq(got, general);
			ck_assert_uint_eq(tag, v.tag);
			ck_assert_uint_eq(u, v.u);
			taken++;
		} else if (general) {
			/* only what is rare: a negative unsigned number, or one of nine octets */
			uint8_t m = c.wire[5 + c.column_n + c.index_n];

			ck_assert(m > 8 || (m > 4 && v.tag != SN_TAG_INTEGER));
			left++;
		}
		free(exact);
	}
	ck_assert_uint_gt(taken, 50000);
	ck_assert_uint_gt(left, 100);
}
END_TEST

START_TEST(a_name_too_short_or_too_long_for_two_words_has_no_form)
{
	static const uint8_t octets[20];
	struct sn_varbind_name name;

	for (size_t n = 0; n <= sizeof(octets); n++) {
		ck_assert(sn_varbind_name_make(&name, sn_span_make(octets, n)) ==
			  (n >= 8 && n <= 16));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {walks_a_list_to_its_end,
				      an_empty_list_has_no_varbind,
				      takes_non_minimal_lengths_everywhere,
				      a_structural_error_ends_the_walk,
				      names_and_values_are_not_validated_while_walking,
				      writes_null_and_values,
				      writes_long_names_and_values_with_long_lengths,
				      every_room_but_the_right_one_is_refused,
				      a_number_is_read_as_in_the_general_way_or_left_to_it,
				      a_name_too_short_or_too_long_for_two_words_has_no_form,
				      NULL};

	return suite_run_tests("varbind", tests, 20);
}

/*
 * SMI values: every type read and written, lenient and strict cases of each. Behaviour of
 * codec/value.h.
 */
#include "codec/value.h"

#include "support/bytes.h"
#include "support/suite.h"

#include <float.h>
#include <math.h>

static int read_hex(uint8_t tag, const char *hex, struct sn_value *v)
{
	return sn_value_read(tag, bytes_hex(hex), v);
}

START_TEST(reads_integers_of_each_type)
{
	static const struct {
		uint8_t tag;	 /* type on the wire */
		const char *hex; /* content */
		int rc;		 /* expected code */
		int64_t i;	 /* expected for INTEGER */
		uint64_t u;	 /* expected for the unsigned types */
	} rows[] = {
		{SN_TAG_INTEGER, "ff", SN_OK, -1, 0},
		{SN_TAG_INTEGER, "00 ff ff ff ff", SN_OK, INT64_C(0xffffffff), 0},
		{SN_TAG_INTEGER, "80 00 00 00", SN_OK, INT32_MIN, 0},
		{SN_TAG_INTEGER, "", SN_ELENGTH, 0, 0},
		{SN_TAG_INTEGER, "01 00 00 00 00 00 00 00 00", SN_ERANGE, 0, 0},
		{SN_TAG_COUNTER32, "ff ff ff ff", SN_OK, 0, UINT32_MAX},
		{SN_TAG_COUNTER32, "00 ff ff ff ff", SN_OK, 0, UINT32_MAX},
		{SN_TAG_COUNTER32, "01 00 00 00 00", SN_ERANGE, 0, 0},
		{SN_TAG_COUNTER32, "", SN_ELENGTH, 0, 0},
		{SN_TAG_GAUGE32, "80", SN_OK, 0, 128},
		{SN_TAG_GAUGE32, "00 00 00 00 00 00 07", SN_OK, 0, 7},
		{SN_TAG_TIMETICKS, "01 02 03", SN_OK, 0, 0x010203},
		{SN_TAG_UINTEGER32, "7f ff ff ff", SN_OK, 0, INT32_MAX},
		{SN_TAG_UINTEGER32, "00 00 01 00 00 00 00", SN_ERANGE, 0, 0},
		{SN_TAG_COUNTER64, "00 ff ff ff ff ff ff ff ff", SN_OK, 0, UINT64_MAX},
		{SN_TAG_COUNTER64, "ff ff ff ff ff ff ff ff", SN_OK, 0, UINT64_MAX},
		{SN_TAG_COUNTER64, "01 00 00 00 00", SN_OK, 0, UINT64_C(1) << 32},
		{SN_TAG_COUNTER64, "01 ff ff ff ff ff ff ff ff", SN_ERANGE, 0, 0},
		{SN_TAG_COUNTER64, "", SN_ELENGTH, 0, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_value v;
		int rc = read_hex(rows[i].tag, rows[i].hex, &v);

		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, sn_err_text(rc));
		ck_assert_uint_eq(v.tag, rows[i].tag);
		if (rc) {
			continue;
		}
		if (rows[i].tag == SN_TAG_INTEGER) {
			ck_assert_int_eq(v.i, rows[i].i);
		} else {
			ck_assert_uint_eq(v.u, rows[i].u);
		}
	}
}
END_TEST

START_TEST(octets_of_any_length_are_borrowed_from_the_input)
{
	static const uint8_t tags[] = {SN_TAG_OCTETS, SN_TAG_NSAP, SN_TAG_OPAQUE};
	static uint8_t big[70000];

	for (size_t i = 0; i < sizeof(tags); i++) {
		struct sn_span in = bytes_hex("00 ff 0a");
		struct sn_value v;

		ck_assert_int_eq(sn_value_read(tags[i], in, &v), SN_OK);
		ck_assert_uint_eq(v.tag, tags[i]);
		ck_assert_ptr_eq(v.bytes.p, in.p);
		ck_assert_uint_eq(v.bytes.n, 3);
		ck_assert_int_eq(sn_value_read(tags[i], bytes_hex(""), &v), SN_OK);
		ck_assert_uint_eq(v.bytes.n, 0);
		ck_assert_int_eq(sn_value_read(tags[i], sn_span_make(big, sizeof(big)), &v), SN_OK);
		ck_assert_uint_eq(v.bytes.n, sizeof(big));
	}
}
END_TEST

START_TEST(an_ip_address_has_four_octets)
{
	struct sn_value v;

	ck_assert_int_eq(read_hex(SN_TAG_IPADDRESS, "c0 00 02 01", &v), SN_OK);
	ck_assert_uint_eq(v.bytes.n, 4);
	ck_assert_int_eq(read_hex(SN_TAG_IPADDRESS, "", &v), SN_ELENGTH);
	ck_assert_int_eq(read_hex(SN_TAG_IPADDRESS, "c0 00 02", &v), SN_ELENGTH);
	ck_assert_int_eq(read_hex(SN_TAG_IPADDRESS, "c0 00 02 01 00", &v), SN_ELENGTH);
}
END_TEST

START_TEST(an_oid_value_is_validated)
{
	struct sn_value v;

	ck_assert_int_eq(read_hex(SN_TAG_OID, "2b 06 01", &v), SN_OK);
	ck_assert_uint_eq(v.bytes.n, 3);
	ck_assert_int_eq(read_hex(SN_TAG_OID, "", &v), SN_OK);
	ck_assert_int_eq(read_hex(SN_TAG_OID, "2b 86", &v), SN_EOID);
	ck_assert_int_eq(read_hex(SN_TAG_OID, "2b 90 80 80 80 00", &v), SN_EOID);
}
END_TEST

START_TEST(null_and_exceptions_are_empty)
{
	static const uint8_t tags[] = {SN_TAG_NULL, SN_TAG_NO_SUCH_OBJECT, SN_TAG_NO_SUCH_INSTANCE,
				       SN_TAG_END_OF_MIB_VIEW};

	for (size_t i = 0; i < sizeof(tags); i++) {
		struct sn_value v;

		ck_assert_int_eq(read_hex(tags[i], "", &v), SN_OK);
		ck_assert_uint_eq(v.tag, tags[i]);
		ck_assert_int_eq(read_hex(tags[i], "00", &v), SN_ELENGTH);
		ck_assert_int_eq(sn_value_is_exception(tags[i]), i > 0);
	}
	ck_assert(!sn_value_is_exception(0x83));
	ck_assert(!sn_value_is_exception(SN_TAG_INTEGER));
}
END_TEST

/* Type by type over all 256 tags: what is no SMI type is refused, also float and double outside
 * Opaque. */
START_TEST(all_other_tags_are_refused)
{
	static const uint8_t known[] = {SN_TAG_INTEGER,	       SN_TAG_OCTETS,
					SN_TAG_NULL,	       SN_TAG_OID,
					SN_TAG_IPADDRESS,      SN_TAG_COUNTER32,
					SN_TAG_GAUGE32,	       SN_TAG_TIMETICKS,
					SN_TAG_OPAQUE,	       SN_TAG_NSAP,
					SN_TAG_COUNTER64,      SN_TAG_UINTEGER32,
					SN_TAG_NO_SUCH_OBJECT, SN_TAG_NO_SUCH_INSTANCE,
					SN_TAG_END_OF_MIB_VIEW};

	for (unsigned tag = 0; tag < 256; tag++) {
		struct sn_value v;
		int rc = read_hex((uint8_t)tag, "01 02 03 04", &v);

		if (memchr(known, (int)tag, sizeof(known))) {
			ck_assert_int_ne(rc, SN_ETAG);
			ck_assert_str_ne(sn_value_type_name((uint8_t)tag), "unknown");
		} else {
			ck_assert_int_eq(rc, SN_ETAG);
			ck_assert_int_eq(read_hex((uint8_t)tag, "", &v), SN_ETAG);
		}
	}
	ck_assert_str_eq(sn_value_type_name(SN_TAG_COUNTER64), "Counter64");
	ck_assert_str_eq(sn_value_type_name(SN_TAG_FLOAT), "Float");
	ck_assert_str_eq(sn_value_type_name(0x00), "unknown");
	ck_assert_str_eq(sn_value_type_name(SN_TAG_BOOLEAN), "unknown");
}
END_TEST

START_TEST(numbers_inside_opaque_become_float_and_double)
{
	struct sn_value v;

	ck_assert_int_eq(read_hex(SN_TAG_OPAQUE, "9f 78 04 40 20 00 00", &v), SN_OK);
	ck_assert_uint_eq(v.tag, SN_TAG_FLOAT);
	ck_assert(v.d >= 2.5 && v.d <= 2.5);
	ck_assert_int_eq(read_hex(SN_TAG_OPAQUE, "9f 79 08 c0 04 00 00 00 00 00 00", &v), SN_OK);
	ck_assert_uint_eq(v.tag, SN_TAG_DOUBLE);
	ck_assert(v.d >= -2.5 && v.d <= -2.5);
	ck_assert_int_eq(read_hex(SN_TAG_OPAQUE, "9f 78 04 7f c0 00 00", &v), SN_OK);
	ck_assert(isnan(v.d));
	ck_assert_int_eq(read_hex(SN_TAG_OPAQUE, "9f 79 08 ff f0 00 00 00 00 00 00", &v), SN_OK);
	ck_assert(isinf(v.d) && v.d < 0);
}
END_TEST

START_TEST(opaque_that_only_looks_like_a_number_stays_opaque)
{
	static const char *const rows[] = {"9f",
					   "9f 78",
					   "9f 78 04",
					   "9f 78 04 40 20 00",
					   "9f 78 04 40 20 00 00 00",
					   "9f 78 03 40 20 00 00",
					   "9f 79 04 40 20 00 00",
					   "9e 78 04 40 20 00 00",
					   "9f 79 08 c0 04 00 00 00 00 00",
					   "9f 78 08 c0 04 00 00 00 00 00 00",
					   "44 07 9f 78 04 40 20 00 00"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_value v;

		ck_assert_int_eq(read_hex(SN_TAG_OPAQUE, rows[i], &v), SN_OK);
		ck_assert_uint_eq(v.tag, SN_TAG_OPAQUE);
		ck_assert(sn_span_eq(v.bytes, bytes_hex(rows[i])));
	}
}
END_TEST

/* Writes v and reads the TLV back as a message's reader would. */
static struct sn_value round_trip(const struct sn_value *v, struct sn_span *wire)
{
	static uint8_t buf[512];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	struct sn_cursor cur;
	struct sn_value back;
	uint8_t tag;
	struct sn_span content;

	sn_value_write(&w, v);
	ck_assert_int_eq(w.err, SN_OK);
	*wire = sn_writer_span(&w);
	cur = sn_cursor_make(*wire);
	content = sn_ber_read(&cur, &tag);
	ck_assert_int_eq(cur.err, SN_OK);
	ck_assert_uint_eq(sn_cursor_left(&cur), 0);
	ck_assert_int_eq(sn_value_read(tag, content, &back), SN_OK);
	ck_assert_uint_eq(back.tag, v->tag);
	return back;
}

START_TEST(every_type_survives_writing_and_reading)
{
	static const struct {
		struct sn_value v; /* what is written */
		const char *hex;   /* the exact octets */
	} rows[] = {
		{{.tag = SN_TAG_INTEGER, .i = -129}, "02 02 ff 7f"},
		{{.tag = SN_TAG_INTEGER, .i = 128}, "02 02 00 80"},
		{{.tag = SN_TAG_COUNTER32, .u = UINT32_MAX}, "41 05 00 ff ff ff ff"},
		{{.tag = SN_TAG_GAUGE32, .u = 0}, "42 01 00"},
		{{.tag = SN_TAG_TIMETICKS, .u = 0x80}, "43 02 00 80"},
		{{.tag = SN_TAG_UINTEGER32, .u = 0x7f}, "47 01 7f"},
		{{.tag = SN_TAG_COUNTER64, .u = UINT64_MAX}, "46 09 00 ff ff ff ff ff ff ff ff"},
		{{.tag = SN_TAG_NULL}, "05 00"},
		{{.tag = SN_TAG_NO_SUCH_OBJECT}, "80 00"},
		{{.tag = SN_TAG_NO_SUCH_INSTANCE}, "81 00"},
		{{.tag = SN_TAG_END_OF_MIB_VIEW}, "82 00"},
		{{.tag = SN_TAG_OCTETS, .bytes = {(const uint8_t *)"abc", 3}}, "04 03 61 62 63"},
		{{.tag = SN_TAG_OCTETS, .bytes = {NULL, 0}}, "04 00"},
		{{.tag = SN_TAG_OID, .bytes = {(const uint8_t *)"\x2b\x06", 2}}, "06 02 2b 06"},
		{{.tag = SN_TAG_OPAQUE, .bytes = {(const uint8_t *)"\x01", 1}}, "44 01 01"},
		{{.tag = SN_TAG_NSAP, .bytes = {(const uint8_t *)"\x49", 1}}, "45 01 49"},
		{{.tag = SN_TAG_IPADDRESS, .bytes = {(const uint8_t *)"\x7f\0\0\x01", 4}},
		 "40 04 7f 00 00 01"},
		{{.tag = SN_TAG_FLOAT, .d = 2.5}, "44 07 9f 78 04 40 20 00 00"},
		{{.tag = SN_TAG_DOUBLE, .d = -2.5}, "44 0b 9f 79 08 c0 04 00 00 00 00 00 00"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_span wire;
		struct sn_value back = round_trip(&rows[i].v, &wire);

		ck_assert_msg(sn_span_eq(wire, bytes_hex(rows[i].hex)), "row %zu", i);
		switch (rows[i].v.tag) {
		case SN_TAG_INTEGER:
		case SN_TAG_COUNTER32:
		case SN_TAG_GAUGE32:
		case SN_TAG_TIMETICKS:
		case SN_TAG_UINTEGER32:
		case SN_TAG_COUNTER64:
			ck_assert_uint_eq(back.u, rows[i].v.u);
			break;
		case SN_TAG_FLOAT:
		case SN_TAG_DOUBLE:
			ck_assert_int_eq(memcmp(&back.d, &rows[i].v.d, sizeof(back.d)), 0);
			break;
		case SN_TAG_OCTETS:
		case SN_TAG_OID:
		case SN_TAG_OPAQUE:
		case SN_TAG_NSAP:
		case SN_TAG_IPADDRESS:
			ck_assert(sn_span_eq(back.bytes, rows[i].v.bytes));
			break;
		default:
			break;
		}
	}
}
END_TEST

START_TEST(floating_point_edges_survive)
{
	static const double doubles[] = {0.0,	   -0.0,	DBL_MIN, DBL_MAX,
					 -DBL_MAX, DBL_EPSILON, 1e-310};
	static const float floats[] = {0.0f, -0.0f, FLT_MIN, FLT_MAX, -FLT_MAX, 1e-40f};
	struct sn_span wire;

	for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++) {
		struct sn_value v = {.tag = SN_TAG_DOUBLE, .d = doubles[i]};
		struct sn_value back = round_trip(&v, &wire);

		ck_assert_int_eq(memcmp(&back.d, &doubles[i], sizeof(double)), 0);
	}
	for (size_t i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
		struct sn_value v = {.tag = SN_TAG_FLOAT, .d = (double)floats[i]};
		struct sn_value back = round_trip(&v, &wire);
		float f = (float)back.d;

		ck_assert_int_eq(memcmp(&f, &floats[i], sizeof(float)), 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_integers_of_each_type,
				      octets_of_any_length_are_borrowed_from_the_input,
				      an_ip_address_has_four_octets,
				      an_oid_value_is_validated,
				      null_and_exceptions_are_empty,
				      all_other_tags_are_refused,
				      numbers_inside_opaque_become_float_and_double,
				      opaque_that_only_looks_like_a_number_stays_opaque,
				      every_type_survives_writing_and_reading,
				      floating_point_edges_survive,
				      NULL};

	return suite_run_tests("value", tests, 0);
}

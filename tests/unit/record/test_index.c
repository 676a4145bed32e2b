/*
 * Which arcs belong to which index label. Behaviour of record/index.h; what the labels then read as
 * is tested with encode/render.h.
 */
#include "record/index.h"

#include "support/suite.h"

/* Takes n labels of an index of narcs arcs: "kind from+used first+count", a bar between them. */
static const char *take(const struct sn_index *labels, unsigned n, const uint32_t *arc,
			uint32_t narcs)
{
	static char out[512];
	size_t len = 0;
	uint32_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		struct sn_index_part part;

		sn_index_take(&labels[i], arc, narcs, &at, &part);
		suite_expect(part.from <= narcs && part.first <= narcs && at <= narcs);
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%u %u+%u %u+%u",
					i ? "|" : "", part.kind, part.from, part.used, part.first,
					part.count);
	}
	return out;
}

#define ARCS(...)                                                                                  \
	(const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

static const struct sn_index number = {.kind = SN_KIND_GAUGE};

static const char *expected(const char *format, enum sn_kind kind)
{
	static char out[64];

	snprintf(out, sizeof(out), "%u %s", kind, format);
	return out;
}

START_TEST(a_number_takes_one_arc)
{
	const struct sn_index two[2] = {number, {.kind = SN_KIND_STATE_SET}};

	ck_assert_str_eq(take(&number, 1, ARCS(7)), expected("0+1 0+1", SN_KIND_GAUGE));
	ck_assert_str_eq(take(two, 2, ARCS(7, 8)), "1 0+1 0+1|10 1+1 1+1");
	ck_assert_str_eq(take(two, 2, ARCS(7)), "1 0+1 0+1|10 1+1 1+1");
	ck_assert_uint_eq(SN_KIND_STATE_SET, 10);
}
END_TEST

START_TEST(octets_take_a_size_the_rest_or_a_length)
{
	struct sn_index text = {.kind = SN_KIND_TEXT};

	ck_assert_str_eq(take(&text, 1, ARCS(2, 97, 98, 5)), expected("0+3 1+2", SN_KIND_TEXT));
	ck_assert_str_eq(take(&text, 1, ARCS(0)), expected("0+1 1+0", SN_KIND_TEXT));
	text.fixed_size = 2;
	ck_assert_str_eq(take(&text, 1, ARCS(2, 97, 98, 5)), expected("0+2 0+2", SN_KIND_TEXT));
	text.implied = true;
	ck_assert_str_eq(take(&text, 1, ARCS(2, 97, 98, 5)), expected("0+4 0+4", SN_KIND_TEXT));
	ck_assert_str_eq(take(&text, 1, NULL, 0), expected("0+1 0+0", SN_KIND_TEXT));
}
END_TEST

START_TEST(addresses_follow_their_type)
{
	const struct sn_index inet = {.kind = SN_KIND_INET};
	const struct sn_index sizeless = {.kind = SN_KIND_INET_MISSING_SIZE};
	const struct sn_index port = {.kind = SN_KIND_LLDP_PORT_ID};

	ck_assert_str_eq(take(&inet, 1, ARCS(1, 4, 192, 0, 2, 1)),
			 expected("0+6 2+4", SN_KIND_INET4));
	ck_assert_str_eq(take(&inet, 1, ARCS(2, 16, 1)), expected("0+18 2+16", SN_KIND_INET6));
	/* an unknown type: type, length and so many arcs */
	ck_assert_str_eq(take(&inet, 1, ARCS(16, 3, 1, 2, 3, 4)), expected("0+5 0+5", SN_KIND_HEX));
	ck_assert_str_eq(take(&inet, 1, ARCS(16)), expected("0+2 0+2", SN_KIND_HEX));
	ck_assert_str_eq(take(&sizeless, 1, ARCS(1, 192, 0, 2, 1)),
			 expected("0+5 1+4", SN_KIND_INET4));
	ck_assert_str_eq(take(&sizeless, 1, ARCS(3, 192, 0, 2, 1)),
			 expected("0+5 0+5", SN_KIND_HEX));
	ck_assert_str_eq(take(&sizeless, 1, NULL, 0), expected("0+1 0+0", SN_KIND_HEX));
	/* behind the two arcs a text has a length of its own */
	ck_assert_str_eq(take(&port, 1, ARCS(5, 3, 2, 97, 98)), expected("0+5 3+2", SN_KIND_TEXT));
	ck_assert_str_eq(take(&port, 1, ARCS(3, 6, 1, 2, 3, 4, 5, 6)),
			 expected("0+8 2+6", SN_KIND_PHYS_ADDRESS48));
	ck_assert_str_eq(take(&port, 1, ARCS(4, 1, 9)), expected("0+3 0+3", SN_KIND_HEX));
}
END_TEST

START_TEST(what_comes_after_an_address_begins_behind_it)
{
	const struct sn_index labels[3] = {{.kind = SN_KIND_INET}, number, number};

	ck_assert_str_eq(take(labels, 3, ARCS(1, 4, 192, 0, 2, 1, 7, 8)),
			 "6 0+6 2+4|1 6+1 6+1|1 7+1 7+1");
	ck_assert_str_eq(take(labels, 3, ARCS(16, 1, 5, 7)), "4 0+3 0+3|1 3+1 3+1|1 4+1 4+1");
	ck_assert_uint_eq(SN_KIND_INET4, 6);
	ck_assert_uint_eq(SN_KIND_HEX, 4);
}
END_TEST

START_TEST(absurd_lengths_are_bounded)
{
	const struct sn_index inet = {.kind = SN_KIND_INET};
	const struct sn_index port = {.kind = SN_KIND_LLDP_PORT_ID};
	const struct sn_index text = {.kind = SN_KIND_TEXT, .fixed_size = UINT32_MAX};

	ck_assert_str_eq(take(&inet, 1, ARCS(9, UINT32_MAX, 1)),
			 expected("0+128 0+128", SN_KIND_HEX));
	ck_assert_str_eq(take(&port, 1, ARCS(7, 1, UINT32_MAX, 1)),
			 expected("0+131 3+128", SN_KIND_TEXT));
	ck_assert_str_eq(take(&text, 1, ARCS(1)), expected("0+128 0+128", SN_KIND_TEXT));
}
END_TEST

START_TEST(types_name_what_the_address_is)
{
	for (int64_t type = -1; type < 10; type++) {
		enum sn_kind inet = type == 1	? SN_KIND_INET4
				    : type == 2 ? SN_KIND_INET6
						: SN_KIND_HEX;
		enum sn_kind port = type == 1 || type == 2 || type == 5 || type == 7 ? SN_KIND_TEXT
				    : type == 3 ? SN_KIND_PHYS_ADDRESS48
						: SN_KIND_HEX;

		ck_assert_int_eq(sn_index_kind(SN_KIND_INET, type), inet);
		ck_assert_int_eq(sn_index_kind(SN_KIND_INET_MISSING_SIZE, type), inet);
		ck_assert_int_eq(sn_index_kind(SN_KIND_LLDP_PORT_ID, type), port);
	}
}
END_TEST

START_TEST(arcs_are_read_until_one_does_not_end)
{
	static const uint8_t ber[] = {0x01, 0x8f, 0xff, 0xff, 0xff, 0x7f, 0x7f, 0x81};
	uint32_t arc[SN_INDEX_ARCS];
	uint8_t many[200];
	uint64_t first = 99;

	ck_assert_uint_eq(sn_index_read(sn_span_make(ber, sizeof(ber)), &first, arc), 3);
	ck_assert_uint_eq(first, 1);
	ck_assert_uint_eq(arc[1], UINT32_MAX);
	ck_assert_uint_eq(arc[2], 0x7f);
	ck_assert_uint_eq(sn_index_read(sn_span_make(ber + 1, 5), &first, arc), 1);
	ck_assert_uint_eq(first, UINT32_MAX);
	ck_assert_uint_eq(sn_index_read(sn_span_make(NULL, 0), &first, arc), 0);
	memset(many, 1, sizeof(many));
	ck_assert_uint_eq(sn_index_read(sn_span_make(many, sizeof(many)), &first, arc),
			  SN_INDEX_ARCS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_number_takes_one_arc,
				      octets_take_a_size_the_rest_or_a_length,
				      addresses_follow_their_type,
				      what_comes_after_an_address_begins_behind_it,
				      absurd_lengths_are_bounded,
				      types_name_what_the_address_is,
				      arcs_are_read_until_one_does_not_end,
				      NULL};

	return suite_run_tests("index", tests, 0);
}

/*
 * What values and index labels read as. Behaviour of encode/render.h.
 */
#include "encode/render.h"

#include "support/bytes.h"
#include "support/rows.h"
#include "support/suite.h"

#include <math.h>

/* Marks what goes through escaping. */
static void mark(struct sn_text *t, const uint8_t *s, size_t n)
{
	sn_text_char(t, '<');
	sn_text_put(t, s, n);
	sn_text_char(t, '>');
}

static const char *text_of(const struct sn_text *t, const uint8_t *out)
{
	static char text[4096];
	int n = sn_text_result(t, out);

	suite_expect(n >= 0 && n < (int)sizeof(text));
	memcpy(text, out, (size_t)n);
	text[n] = '\0';
	return text;
}

static const char *plain(enum sn_kind kind, const struct sn_value *v)
{
	static uint8_t out[4096];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_render_plain(&t, kind, v);
	return text_of(&t, out);
}

static const char *label(const struct sn_column *col, const struct sn_value *v)
{
	static uint8_t out[4096];
	struct sn_text t = sn_text_make(out, sizeof(out));

	sn_render_label(&t, mark, col, v);
	return text_of(&t, out);
}

static struct sn_value octets(uint8_t tag, const char *hex)
{
	return (struct sn_value){.tag = tag, .bytes = bytes_hex(hex)};
}

START_TEST(octets_read_as_their_kind_says)
{
	static const struct {
		enum sn_kind kind;  /* of the column */
		uint8_t tag;	    /* on the wire */
		const char *hex;    /* content */
		const char *expect; /* text */
	} rows[] = {
		{SN_KIND_HEX, SN_TAG_OCTETS, "", ""},
		{SN_KIND_HEX, SN_TAG_OCTETS, "00", "0x00"},
		{SN_KIND_HEX, SN_TAG_OCTETS, "0a 1b ff 80", "0x0A1BFF80"},
		{SN_KIND_HEX, SN_TAG_OPAQUE, "9f78", "0x9F78"},
		{SN_KIND_HEX, SN_TAG_OID, "2b0601", "1.3.6.1"},
		{SN_KIND_HEX, SN_TAG_IPADDRESS, "c0000201", "192.0.2.1"},
		{SN_KIND_BITS, SN_TAG_OCTETS, "8001", "0x8001"},
		{SN_KIND_BITS, SN_TAG_OCTETS, "", ""},
		{SN_KIND_TEXT, SN_TAG_OID, "2b06010201", "1.3.6.1.2.1"},
		{SN_KIND_TEXT, SN_TAG_OID, "", ""},
		{SN_KIND_TEXT, SN_TAG_OID, "00", "0.0"},
		{SN_KIND_TEXT, SN_TAG_OID, "27", "0.39"},
		{SN_KIND_TEXT, SN_TAG_OID, "28", "1.0"},
		{SN_KIND_TEXT, SN_TAG_OID, "4f", "1.39"},
		{SN_KIND_TEXT, SN_TAG_OID, "50", "2.0"},
		{SN_KIND_TEXT, SN_TAG_OID, "8837", "2.999"},
		{SN_KIND_TEXT, SN_TAG_OID, "908080804f", "2.4294967295"},
		{SN_KIND_TEXT, SN_TAG_OID, "2b8fffffff7f", "1.3.4294967295"},
		{SN_KIND_TEXT, SN_TAG_IPADDRESS, "ff00017f", "255.0.1.127"},
		{SN_KIND_TEXT, SN_TAG_OPAQUE, "01", "0x01"},
		{SN_KIND_TEXT, SN_TAG_NSAP, "0102", "0x0102"},
		{SN_KIND_PHYS_ADDRESS48, SN_TAG_OCTETS, "0012f3abcdef", "00:12:F3:AB:CD:EF"},
		{SN_KIND_PHYS_ADDRESS48, SN_TAG_OCTETS, "0012", "0x0012"},
		{SN_KIND_PHYS_ADDRESS48, SN_TAG_OCTETS, "", ""},
		{SN_KIND_PHYS_ADDRESS48, SN_TAG_OCTETS, "0102030405060708", "0x0102030405060708"},
		{SN_KIND_INET4, SN_TAG_OCTETS, "0a000001", "10.0.0.1"},
		{SN_KIND_INET4, SN_TAG_OCTETS, "0a", "0x0A"},
		{SN_KIND_INET4, SN_TAG_IPADDRESS, "0a000001", "10.0.0.1"},
		{SN_KIND_INET6, SN_TAG_OCTETS, "20010db80000000000000000000000ff",
		 "2001:0DB8:0000:0000:0000:0000:0000:00FF"},
		{SN_KIND_INET6, SN_TAG_OCTETS, "fe80", "0xFE80"},
		{SN_KIND_GAUGE, SN_TAG_OCTETS, "31", "0x31"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_value v = octets(rows[i].tag, rows[i].hex);

		ck_assert_str_eq(plain(rows[i].kind, &v), rows[i].expect);
	}
}
END_TEST

START_TEST(numbers_under_text_kinds_are_decimal)
{
	for (unsigned kind = 0; kind <= SN_KIND_LLDP_PORT_ID; kind++) {
		struct sn_value v = {.tag = SN_TAG_INTEGER, .i = -5};

		ck_assert_str_eq(plain(kind, &v), "-5");
		v = (struct sn_value){.tag = SN_TAG_COUNTER64, .u = UINT64_MAX};
		ck_assert_str_eq(plain(kind, &v), "18446744073709551615");
		v = (struct sn_value){.tag = SN_TAG_TIMETICKS, .u = 100};
		ck_assert_str_eq(plain(kind, &v), "100");
		v = (struct sn_value){.tag = SN_TAG_FLOAT, .d = (double)21.3F};
		ck_assert_str_eq(plain(kind, &v), "21.3");
		v = (struct sn_value){.tag = SN_TAG_DOUBLE, .d = 0.1};
		ck_assert_str_eq(plain(kind, &v), "0.1");
	}
}
END_TEST

START_TEST(an_oid_of_too_many_arcs_is_cut_not_overrun)
{
	uint8_t many[300] = {0};
	struct sn_value v = {.tag = SN_TAG_OID, .bytes = sn_span_make(many, sizeof(many))};

	memset(many, 1, sizeof(many));
	ck_assert_uint_eq(strlen(plain(SN_KIND_TEXT, &v)), 2 * (SN_INDEX_ARCS + 1) - 1);
}
END_TEST

START_TEST(the_form_follows_kind_and_wire_type)
{
	static const uint8_t whole[] = {SN_TAG_COUNTER32, SN_TAG_GAUGE32, SN_TAG_TIMETICKS,
					SN_TAG_COUNTER64, SN_TAG_UINTEGER32};
	static const uint8_t bytes[] = {SN_TAG_OCTETS, SN_TAG_OID, SN_TAG_IPADDRESS, SN_TAG_OPAQUE,
					SN_TAG_NSAP};

	for (unsigned kind = 0; kind <= SN_KIND_LLDP_PORT_ID; kind++) {
		bool numeric = kind == SN_KIND_COUNTER || kind == SN_KIND_GAUGE ||
			       kind == SN_KIND_FLOAT || kind == SN_KIND_ENUM ||
			       kind == SN_KIND_STATE_SET;
		struct sn_column col = {.kind = kind};
		struct sn_value v = {.tag = SN_TAG_INTEGER, .i = 1};

		ck_assert_int_eq(sn_kind_is_number(kind), numeric);
		ck_assert_int_eq(sn_render_form(&col, &v), numeric ? SN_FORM_INT : SN_FORM_PLAIN);
		for (size_t i = 0; i < sizeof(whole); i++) {
			v = (struct sn_value){.tag = whole[i], .u = 1};
			ck_assert_int_eq(sn_render_form(&col, &v),
					 numeric ? SN_FORM_UINT : SN_FORM_PLAIN);
		}
		v = (struct sn_value){.tag = SN_TAG_FLOAT, .d = 1};
		ck_assert_int_eq(sn_render_form(&col, &v), numeric ? SN_FORM_FLOAT : SN_FORM_PLAIN);
		v = (struct sn_value){.tag = SN_TAG_DOUBLE, .d = 1};
		ck_assert_int_eq(sn_render_form(&col, &v), numeric ? SN_FORM_REAL : SN_FORM_PLAIN);
		for (size_t i = 0; i < sizeof(bytes); i++) {
			enum sn_form text = kind == SN_KIND_TEXT && bytes[i] == SN_TAG_OCTETS
						    ? SN_FORM_OCTETS
						    : SN_FORM_PLAIN;

			v = (struct sn_value){.tag = bytes[i]};
			ck_assert_int_eq(sn_render_form(&col, &v), numeric ? SN_FORM_NONE : text);
		}
	}
}
END_TEST

START_TEST(scale_and_offset_make_a_real)
{
	static const struct {
		enum sn_kind kind; /* of the column */
		double scale;	   /* factor, 0: none */
		double offset;	   /* added */
		int64_t in;	   /* INTEGER */
		double out;	   /* result */
	} rows[] = {
		{SN_KIND_GAUGE, 0.1, 0, 235, 23.5}, {SN_KIND_GAUGE, 0, -10, 3, -7},
		{SN_KIND_COUNTER, 8, 0, 3, 24},	    {SN_KIND_FLOAT, 2, 1, -3, -5},
		{SN_KIND_GAUGE, -1, 0, 4, -4},
	};
	struct sn_column states = {.kind = SN_KIND_ENUM, .scale = 10, .offset = 1};
	struct sn_column text = {.kind = SN_KIND_TEXT, .scale = 10, .offset = 1};
	struct sn_value v;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sn_column col = {
			.kind = rows[i].kind, .scale = rows[i].scale, .offset = rows[i].offset};

		v = (struct sn_value){.tag = SN_TAG_INTEGER, .i = rows[i].in};
		ck_assert_int_eq(sn_render_form(&col, &v), SN_FORM_REAL);
		ck_assert_double_eq(v.d, rows[i].out);
	}
	v = (struct sn_value){.tag = SN_TAG_COUNTER64, .u = UINT64_MAX};
	ck_assert_int_eq(sn_render_form(&(struct sn_column){.scale = 2}, &v), SN_FORM_REAL);
	ck_assert_double_eq(v.d, 36893488147419103232.0);
	v = (struct sn_value){.tag = SN_TAG_DOUBLE, .d = 1.5};
	ck_assert_int_eq(sn_render_form(&(struct sn_column){.scale = 2}, &v), SN_FORM_REAL);
	ck_assert_double_eq(v.d, 3);
	v = (struct sn_value){.tag = SN_TAG_INTEGER, .i = 3};
	ck_assert_int_eq(sn_render_form(&states, &v), SN_FORM_INT);
	ck_assert(v.i == 3);
	states.kind = SN_KIND_STATE_SET;
	ck_assert_int_eq(sn_render_form(&states, &v), SN_FORM_INT);
	ck_assert(v.i == 3);
	ck_assert_int_eq(sn_render_form(&text, &v), SN_FORM_PLAIN);
	ck_assert(v.i == 3);
}
END_TEST

static const struct sn_enum_name states[] = {
	{-1, "none"}, {1, "up"}, {2, "down"}, {7, "lower \"layer\""}};

START_TEST(labels_name_enumerations_and_escape_text)
{
	const struct sn_column state = {.kind = SN_KIND_ENUM, .enums = states, .nenums = 4};
	const struct sn_column set = {.kind = SN_KIND_STATE_SET, .enums = states, .nenums = 4};
	const struct sn_column text = {.kind = SN_KIND_TEXT};
	const struct sn_column hex = {.kind = SN_KIND_HEX};
	const struct sn_column gauge = {.kind = SN_KIND_GAUGE};
	struct sn_value v = {.tag = SN_TAG_INTEGER, .i = 1};

	ck_assert_str_eq(label(&state, &v), "<up>");
	ck_assert_str_eq(label(&set, &v), "<up>");
	v.i = 7;
	ck_assert_str_eq(label(&state, &v), "<lower \"layer\">");
	v.i = -1;
	ck_assert_str_eq(label(&state, &v), "<none>");
	v.i = 3;
	ck_assert_str_eq(label(&state, &v), "3");
	v.i = -9;
	ck_assert_str_eq(label(&state, &v), "-9");
	v = octets(SN_TAG_OCTETS, "61 62");
	ck_assert_str_eq(label(&text, &v), "<ab>");
	ck_assert_str_eq(label(&hex, &v), "0x6162");
	ck_assert_str_eq(label(&gauge, &v), "97"); /* as one arc of an index */
	v = octets(SN_TAG_OPAQUE, "61 62");
	ck_assert_str_eq(label(&text, &v), "<ab>");
	v = octets(SN_TAG_OCTETS, "");
	ck_assert_str_eq(label(&text, &v), "<>");
	v = octets(SN_TAG_OID, "2b06");
	ck_assert_str_eq(label(&text, &v), "1.3.6");
}
END_TEST

START_TEST(octets_under_a_numeric_label_are_their_first_one)
{
	const struct sn_column gauge = {.kind = SN_KIND_GAUGE};
	struct sn_value v = octets(SN_TAG_OCTETS, "ff 62");

	ck_assert_str_eq(label(&gauge, &v), "255");
	v = octets(SN_TAG_OCTETS, "");
	ck_assert_str_eq(label(&gauge, &v), "0");
	v = octets(SN_TAG_OID, "2b06");
	ck_assert_str_eq(label(&gauge, &v), "1.3.6");
}
END_TEST

START_TEST(labels_fill_up_and_cut_addresses_to_their_size)
{
	const struct sn_column mac = {.kind = SN_KIND_PHYS_ADDRESS48};
	const struct sn_column inet4 = {.kind = SN_KIND_INET4};
	const struct sn_column inet6 = {.kind = SN_KIND_INET6};
	struct sn_value v = octets(SN_TAG_OCTETS, "0102030405060708");

	ck_assert_str_eq(label(&mac, &v), "01:02:03:04:05:06");
	ck_assert_str_eq(label(&inet4, &v), "1.2.3.4");
	ck_assert_str_eq(label(&inet6, &v), "0102:0304:0506:0708:0000:0000:0000:0000");
	v = octets(SN_TAG_OCTETS, "");
	ck_assert_str_eq(label(&mac, &v), "00:00:00:00:00:00");
	ck_assert_str_eq(label(&inet4, &v), "0.0.0.0");
	v = octets(SN_TAG_IPADDRESS, "c0000201");
	ck_assert_str_eq(label(&mac, &v), "192.0.2.1");
}
END_TEST

/* All index labels of one row, separated by bars. */
static const char *index_labels(const struct sn_index *indexes, uint32_t n, const char *dotted)
{
	struct sn_schema schema = {.indexes = indexes, .nindexes = n, .ncolumns = 0};
	struct sn_origin origin = {.instance = "x"};
	static uint8_t out[8192];
	struct sn_text t = sn_text_make(out, sizeof(out));
	struct sn_render_index *ix = malloc(sizeof(*ix));
	struct rows r;

	suite_expect(ix != NULL);
	rows_init(&r, &schema, &origin);
	sn_render_split(&schema, rows_row(&r, dotted), ix);
	for (uint32_t i = 0; i < n; i++) {
		if (i) {
			sn_text_char(&t, '|');
		}
		sn_render_index_label(&t, mark, &schema, ix, i);
	}
	rows_fini(&r);
	free(ix);
	return text_of(&t, out);
}

#define INDEX_LABELS(dotted, ...)                                                                  \
	index_labels((const struct sn_index[]){__VA_ARGS__},                                       \
		     sizeof((const struct sn_index[]){__VA_ARGS__}) / sizeof(struct sn_index),     \
		     dotted)

START_TEST(index_labels_take_their_arcs_from_left_to_right)
{
	const struct sn_index number = {.kind = SN_KIND_GAUGE};
	const struct sn_index state = {.kind = SN_KIND_ENUM, .enums = states, .nenums = 4};
	const struct sn_index text = {.kind = SN_KIND_TEXT};
	const struct sn_index implied = {.kind = SN_KIND_TEXT, .implied = true};
	const struct sn_index fixed = {.kind = SN_KIND_TEXT, .fixed_size = 2};
	const struct sn_index hex = {.kind = SN_KIND_HEX};
	const struct sn_index mac = {.kind = SN_KIND_PHYS_ADDRESS48};
	const struct sn_index v4 = {.kind = SN_KIND_INET4};
	const struct sn_index v6 = {.kind = SN_KIND_INET6};

	ck_assert_str_eq(INDEX_LABELS("3", number), "3");
	ck_assert_str_eq(INDEX_LABELS("4294967295.0", number, number), "4294967295|0");
	ck_assert_str_eq(INDEX_LABELS("2.9", state, state), "<down>|9");
	ck_assert_str_eq(INDEX_LABELS("2.97.98.5", text, number), "<ab>|5");
	ck_assert_str_eq(INDEX_LABELS("97.98.99", implied), "<abc>");
	ck_assert_str_eq(INDEX_LABELS("97.98.5", fixed, number), "<ab>|5");
	ck_assert_str_eq(INDEX_LABELS("3.0.10.255", hex), "0x000AFF");
	ck_assert_str_eq(INDEX_LABELS("0.7", hex, number), "|7");
	ck_assert_str_eq(INDEX_LABELS("0.7", text, number), "<>|7");
	ck_assert_str_eq(INDEX_LABELS("0.18.243.171.205.239.1", mac, number),
			 "00:12:F3:AB:CD:EF|1");
	ck_assert_str_eq(INDEX_LABELS("1.192.0.2.1.9", number, v4, number), "1|192.0.2.1|9");
	ck_assert_str_eq(INDEX_LABELS("32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1", v6),
			 "2001:0DB8:0000:0000:0000:0000:0000:0001");
}
END_TEST

START_TEST(missing_arcs_read_as_zero)
{
	const struct sn_index number = {.kind = SN_KIND_GAUGE};
	const struct sn_index text = {.kind = SN_KIND_TEXT};
	const struct sn_index hex = {.kind = SN_KIND_HEX};
	const struct sn_index fixed = {.kind = SN_KIND_HEX, .fixed_size = 3};
	const struct sn_index implied = {.kind = SN_KIND_TEXT, .implied = true};
	const struct sn_index mac = {.kind = SN_KIND_PHYS_ADDRESS48};

	ck_assert_str_eq(INDEX_LABELS("", number), "0");
	ck_assert_str_eq(INDEX_LABELS("5", number, number), "5|0");
	ck_assert_str_eq(INDEX_LABELS("1.2", mac, number), "01:02:00:00:00:00|0");
	ck_assert_str_eq(INDEX_LABELS("1", fixed, number), "0x010000|0");
	ck_assert_str_eq(INDEX_LABELS("4.1", hex, number), "0x01000000|0");
	ck_assert_str_eq(INDEX_LABELS("", text, number), "<>|0");
	ck_assert_str_eq(INDEX_LABELS("5", number, implied), "5|<>");
}
END_TEST

START_TEST(names_of_an_index_count_only_where_it_is_an_enumeration)
{
	const struct sn_index state = {.kind = SN_KIND_ENUM, .enums = states, .nenums = 4};
	const struct sn_index gauge = {.kind = SN_KIND_GAUGE, .enums = states, .nenums = 4};

	ck_assert_str_eq(INDEX_LABELS("1.1", state, gauge), "<up>|1");
}
END_TEST

START_TEST(index_labels_of_addresses_say_what_their_type_says)
{
	const struct sn_index number = {.kind = SN_KIND_GAUGE};
	const struct sn_index inet = {.kind = SN_KIND_INET};
	const struct sn_index sizeless = {.kind = SN_KIND_INET_MISSING_SIZE};
	const struct sn_index port = {.kind = SN_KIND_LLDP_PORT_ID};

	ck_assert_str_eq(INDEX_LABELS("1.4.192.0.2.1.9", inet, number), "192.0.2.1|9");
	ck_assert_str_eq(INDEX_LABELS("2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1.9", inet, number),
			 "2001:0DB8:0000:0000:0000:0000:0000:0001|9");
	ck_assert_str_eq(INDEX_LABELS("1.192.0.2.1.9", sizeless, number), "192.0.2.1|9");
	ck_assert_str_eq(INDEX_LABELS("2.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1.9", sizeless, number),
			 "2001:0DB8:0000:0000:0000:0000:0000:0001|9");
	ck_assert_str_eq(INDEX_LABELS("5.0.2.97.98.9", port, number), "<ab>|9");
	ck_assert_str_eq(INDEX_LABELS("3.6.0.18.243.171.205.239.9", port, number),
			 "00:12:F3:AB:CD:EF|9");
}
END_TEST

START_TEST(index_labels_of_unknown_types_are_all_their_arcs)
{
	const struct sn_index number = {.kind = SN_KIND_GAUGE};
	const struct sn_index inet = {.kind = SN_KIND_INET};
	const struct sn_index sizeless = {.kind = SN_KIND_INET_MISSING_SIZE};
	const struct sn_index port = {.kind = SN_KIND_LLDP_PORT_ID};

	ck_assert_str_eq(INDEX_LABELS("16.3.97.98.99.9", inet, number), "0x1003616263|9");
	ck_assert_str_eq(INDEX_LABELS("4.2.1.2.9", port, number), "0x04020102|9");
	ck_assert_str_eq(INDEX_LABELS("16.97.98.99.9", sizeless, number), "0x1061626309|0");
	ck_assert_str_eq(INDEX_LABELS("16.3", inet, number), "0x1003000000|0");
	ck_assert_str_eq(INDEX_LABELS("", inet), "0x0000");
	ck_assert_str_eq(INDEX_LABELS("", sizeless), "");
	ck_assert_str_eq(INDEX_LABELS("1.4.192", inet), "192.0.0.0");
	ck_assert_str_eq(INDEX_LABELS("1", sizeless), "0.0.0.0");
}
END_TEST

START_TEST(arcs_that_are_no_octets_are_written_in_addresses_and_cut_in_text)
{
	const struct sn_index mac = {.kind = SN_KIND_PHYS_ADDRESS48};
	const struct sn_index v4 = {.kind = SN_KIND_INET4};
	const struct sn_index hex = {.kind = SN_KIND_HEX, .fixed_size = 2};

	ck_assert_str_eq(INDEX_LABELS("256.0.0.0.0.4095", mac), "100:00:00:00:00:FFF");
	ck_assert_str_eq(INDEX_LABELS("1000.0.0.4294967295", v4), "1000.0.0.4294967295");
	ck_assert_str_eq(INDEX_LABELS("256.511", hex), "0x00FF");
}
END_TEST

START_TEST(implied_counts_more_than_a_size)
{
	const struct sn_index text = {.kind = SN_KIND_TEXT, .implied = true, .fixed_size = 1};

	ck_assert_str_eq(INDEX_LABELS("97.98", text), "<ab>");
}
END_TEST

START_TEST(an_absurd_length_arc_is_bounded)
{
	const struct sn_index hex = {.kind = SN_KIND_HEX};
	const struct sn_index number = {.kind = SN_KIND_GAUGE};
	const struct sn_index fixed = {.kind = SN_KIND_HEX, .fixed_size = UINT32_MAX};
	const char *got = INDEX_LABELS("4294967295.1.2", hex, number);

	ck_assert_uint_eq(strlen(got), 2 + 2 * SN_INDEX_ARCS + 2);
	ck_assert_int_eq(strncmp(got, "0x010200", 8), 0);
	ck_assert_uint_eq(strlen(INDEX_LABELS("1", fixed, number)), 2 + 2 * SN_INDEX_ARCS + 2);
}
END_TEST

START_TEST(more_labels_than_arcs_can_be)
{
	struct sn_index *many = calloc(300, sizeof(*many));
	const char *got;

	suite_expect(many != NULL);
	for (int i = 0; i < 300; i++) {
		many[i].kind = SN_KIND_GAUGE;
	}
	got = index_labels(many, 300, "1.2.3");
	ck_assert_uint_eq(strlen(got), 2 * 300 - 1);
	ck_assert_int_eq(strncmp(got, "1|2|3|0|0|", 10), 0);
	free(many);
}
END_TEST

START_TEST(a_long_index_is_cut_at_the_arcs_an_oid_can_have)
{
	const struct sn_index implied = {.kind = SN_KIND_HEX, .implied = true};
	char dotted[2 * 200];

	for (int i = 0; i < 200; i++) {
		dotted[2 * i] = '1';
		dotted[2 * i + 1] = i < 199 ? '.' : '\0';
	}
	ck_assert_uint_eq(strlen(INDEX_LABELS(dotted, implied)), 2 + 2 * SN_INDEX_ARCS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		octets_read_as_their_kind_says,
		numbers_under_text_kinds_are_decimal,
		an_oid_of_too_many_arcs_is_cut_not_overrun,
		the_form_follows_kind_and_wire_type,
		scale_and_offset_make_a_real,
		labels_name_enumerations_and_escape_text,
		octets_under_a_numeric_label_are_their_first_one,
		names_of_an_index_count_only_where_it_is_an_enumeration,
		labels_fill_up_and_cut_addresses_to_their_size,
		index_labels_take_their_arcs_from_left_to_right,
		missing_arcs_read_as_zero,
		index_labels_of_addresses_say_what_their_type_says,
		index_labels_of_unknown_types_are_all_their_arcs,
		arcs_that_are_no_octets_are_written_in_addresses_and_cut_in_text,
		implied_counts_more_than_a_size,
		an_absurd_length_arc_is_bounded,
		more_labels_than_arcs_can_be,
		a_long_index_is_cut_at_the_arcs_an_oid_can_have,
		NULL};

	return suite_run_tests("render", tests, 0);
}

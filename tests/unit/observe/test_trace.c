/*
 * The tracer's text: both directions decoded, the community never shown, nothing malformed breaks
 * it.
 */
#include "observe/trace.h"

#include "codec/oid.h"
#include "msg/community.h"

#include "support/suite.h"

static const char secret[] = "s3cr3t-c0mmun1ty";

/* A v2c response with one varbind of each given value, in buf. */
static struct sn_span message(uint8_t *buf, size_t size, uint8_t type,
			      const struct sn_value *values, size_t n)
{
	static const uint8_t name[] = {0x2b, 6, 1, 2, 1, 1, 1, 0};
	uint8_t list[1024];
	struct sn_writer vbs = sn_writer_make(list, sizeof(list));
	struct sn_writer w = sn_writer_make(buf, size);
	struct sn_message m = {.version = SN_VERSION_2C, .community = sn_span_str(secret)};

	while (n-- > 0) {
		sn_varbind_write(&vbs, sn_span_make(name, sizeof(name)), &values[n]);
	}
	m.pdu.type = type;
	m.pdu.request_id = 12345678;
	m.pdu.vbs = sn_writer_span(&vbs);
	sn_community_write(&w, &m);
	ck_assert_int_eq(w.err, SN_OK);
	return sn_writer_span(&w);
}

static struct sn_trace_message event(struct sn_span data, const struct sn_addr *peer)
{
	struct sn_trace_message m = {.wall = UINT64_C(1795389746328075000),
				     .since_start = 2557000,
				     .peer = peer,
				     .data = data,
				     .note = "answer",
				     .rtt_ns = 361000};
	return m;
}

static struct sn_addr peer_address(void)
{
	struct sn_addr a;

	ck_assert_int_eq(sn_addr_parse(&a, "192.0.2.1", 161), SN_OK);
	return a;
}

START_TEST(shows_every_type_and_never_the_community)
{
	static const uint8_t ip[] = {192, 0, 2, 7};
	static const uint8_t binary[] = {0, 1, 0xfe};
	const struct sn_value values[] = {
		{.tag = SN_TAG_INTEGER, .i = -5},
		{.tag = SN_TAG_COUNTER64, .u = UINT64_MAX},
		{.tag = SN_TAG_OCTETS, .bytes = sn_span_str("uplink")},
		{.tag = SN_TAG_OCTETS, .bytes = sn_span_make(binary, sizeof(binary))},
		{.tag = SN_TAG_IPADDRESS, .bytes = sn_span_make(ip, sizeof(ip))},
		{.tag = SN_TAG_NO_SUCH_INSTANCE},
		{.tag = SN_TAG_DOUBLE, .d = 0.5},
	};
	static const char *const expected[] = {"received from 192.0.2.1:161",
					       "answer, after 0.361 ms",
					       "SNMPv2c, community ***",
					       "Response request-id 12345678",
					       "1.3.6.1.2.1.1.1.0 = INTEGER: -5",
					       "Counter64: 18446744073709551615",
					       "OCTET STRING: \"uplink\"",
					       "OCTET STRING: 00 01 fe",
					       "IpAddress: 192.0.2.7",
					       "noSuchInstance",
					       "Double: 0.5"};
	uint8_t buf[2048];
	char text[8192];
	struct sn_addr peer = peer_address();
	struct sn_trace_message m = event(message(buf, sizeof(buf), SN_PDU_RESPONSE, values,
						  sizeof(values) / sizeof(values[0])),
					  &peer);

	ck_assert_uint_eq(sn_trace_format(&m, text, sizeof(text)), strlen(text));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		ck_assert_msg(strstr(text, expected[i]), "\"%s\" is missing in:\n%s", expected[i],
			      text);
	}
	ck_assert_ptr_null(strstr(text, secret));
}
END_TEST

START_TEST(shows_no_octet_of_a_message_whose_community_cannot_be_told)
{
	static const uint8_t garbage[] = {0x30, 0x82, 0xff, 0xff, 0x02, 's', '3', 'c'};
	char text[1024];
	struct sn_addr peer = peer_address();
	struct sn_trace_message m = event(sn_span_make(garbage, sizeof(garbage)), &peer);

	sn_trace_format(&m, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "does not decode"));
	ck_assert_ptr_nonnull(strstr(text, "8 octets, not shown"));
	ck_assert_ptr_null(strstr(text, "73 33 63"));
}
END_TEST

/* A message that stops decoding behind its community must not show the community in the hexadecimal
 * part either. */
START_TEST(masks_the_community_of_a_malformed_message)
{
	const struct sn_value value = {.tag = SN_TAG_INTEGER, .i = 1};
	uint8_t buf[2048];
	char text[4096];
	char hex[64];
	struct sn_addr peer = peer_address();
	struct sn_span data = message(buf, sizeof(buf), SN_PDU_RESPONSE, &value, 1);
	struct sn_trace_message m = event(data, &peer);
	uint8_t *pdu = memchr(buf + (data.p - buf), SN_PDU_RESPONSE, data.n);

	ck_assert_ptr_nonnull(pdu);
	*pdu = 0xbf;
	snprintf(hex, sizeof(hex), "%02x %02x %02x", (unsigned)secret[0], (unsigned)secret[1],
		 (unsigned)secret[2]);
	sn_trace_format(&m, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "does not decode"));
	ck_assert_ptr_null(strstr(text, secret));
	ck_assert_ptr_null(strstr(text, hex));
	ck_assert_ptr_nonnull(strstr(text, "*** bf"));
}
END_TEST

START_TEST(never_writes_past_its_room)
{
	const struct sn_value value = {.tag = SN_TAG_OCTETS,
				       .bytes = sn_span_str("a longer text than that")};
	uint8_t buf[2048];
	struct sn_addr peer = peer_address();
	struct sn_trace_message m = event(message(buf, sizeof(buf), SN_PDU_GET, &value, 1), &peer);

	for (size_t size = 1; size < 400; size++) {
		char *text = malloc(size);

		ck_assert_ptr_nonnull(text);
		ck_assert_uint_lt(sn_trace_format(&m, text, size), size);
		ck_assert_uint_lt(strlen(text), size);
		free(text);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {shows_every_type_and_never_the_community,
				      shows_no_octet_of_a_message_whose_community_cannot_be_told,
				      masks_the_community_of_a_malformed_message,
				      never_writes_past_its_room, NULL};

	return suite_run_tests("trace", tests, 0);
}

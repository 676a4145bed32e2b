/*
 * The tracer's text of SNMPv3 messages: in clear, opened by the session, or closed; odd and
 * malformed ones. Behaviour of observe/trace.h.
 */
#include "observe/trace.h"

#include "msg/community.h"
#include "msg/usm_params.h"
#include "msg/v3.h"

#include "support/suite.h"

enum { ROOM = 2048, TEXT = 8192 };

static const uint8_t engine[] = {0x80, 0, 0x1f, 0x88, 0x04, 'c', 'o', 'r', 'e'};
static const uint8_t salt[] = {0, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef};
static const uint8_t mac[12];
static const uint8_t sysuptime[] = {0x2b, 6, 1, 2, 1, 1, 3, 0};

/* What a message is made of; begun by sample(). */
struct parts {
	struct sn_v3_message m;	     /* header */
	struct sn_usm_params params; /* security parameters */
	struct sn_span security;     /* instead of params, if not empty */
	struct sn_scoped_pdu scoped; /* content */
	struct sn_span cipher;	     /* encrypted msgData, if m.encrypted */
	uint8_t vbs[64];	     /* of the PDU */
	uint8_t clear[ROOM];	     /* the ScopedPDU */
	uint8_t buf[ROOM];	     /* the message */
};

static void sample(struct parts *p)
{
	const struct sn_value value = {.tag = SN_TAG_TIMETICKS, .u = 4711};
	struct sn_writer w = sn_writer_make(p->vbs, sizeof(p->vbs));

	memset(&p->security, 0, sizeof(p->security));
	sn_varbind_write(&w, sn_span_make(sysuptime, sizeof(sysuptime)), &value);
	p->m = (struct sn_v3_message){.msg_id = 87654321,
				      .max_size = 65507,
				      .model = SN_V3_MODEL_USM,
				      .flags = SN_V3_AUTH | SN_V3_REPORTABLE};
	p->params = (struct sn_usm_params){.engine_id = sn_span_make(engine, sizeof(engine)),
					   .boots = 7,
					   .time = 1795,
					   .user = sn_span_str("watcher"),
					   .auth = sn_span_make(mac, sizeof(mac))};
	p->scoped = (struct sn_scoped_pdu){.engine_id = sn_span_make(engine, sizeof(engine)),
					   .context = sn_span_str("vlan-12"),
					   .pdu = {.type = SN_PDU_RESPONSE,
						   .request_id = 12345678,
						   .vbs = sn_writer_span(&w)}};
	p->cipher = sn_span_str("\x01\x02not readable\xfe\xff");
}

/* The ScopedPDU by itself. */
static struct sn_span scoped_of(struct parts *p)
{
	struct sn_writer w = sn_writer_make(p->clear, sizeof(p->clear));

	sn_scoped_write(&w, &p->scoped);
	ck_assert_int_eq(w.err, SN_OK);
	return sn_writer_span(&w);
}

static struct sn_span message_of(struct parts *p)
{
	struct sn_writer w = sn_writer_make(p->buf, sizeof(p->buf));
	const uint8_t *end = w.p;

	if (p->m.encrypted) {
		sn_ber_write_tlv(&w, SN_TAG_OCTETS, p->cipher);
	} else {
		sn_scoped_write(&w, &p->scoped);
	}
	if (p->security.n) {
		sn_ber_write_tlv(&w, SN_TAG_OCTETS, p->security);
	} else {
		ck_assert_ptr_nonnull(sn_usm_params_write(&w, &p->params));
	}
	sn_v3_write_header(&w, &p->m, end);
	ck_assert_int_eq(w.err, SN_OK);
	return sn_writer_span(&w);
}

/* The trace of a datagram. */
static const char *text_of(struct sn_span data, struct sn_span scoped)
{
	static char text[TEXT];
	struct sn_addr peer;
	struct sn_trace_message m = {.wall = UINT64_C(1795389746328075000),
				     .peer = &peer,
				     .data = data,
				     .scoped = scoped,
				     .note = "answer"};

	ck_assert_int_eq(sn_addr_parse(&peer, "192.0.2.1", 161), SN_OK);
	ck_assert_uint_eq(sn_trace_format(&m, text, sizeof(text)), strlen(text));
	return text;
}

static void expect(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what), "\"%s\" is missing in:\n%s", what, text);
}

static void refute(const char *text, const char *what)
{
	ck_assert_msg(!strstr(text, what), "\"%s\" is in:\n%s", what, text);
}

static const struct sn_span nothing = {0};

START_TEST(shows_every_field_of_an_authenticated_message)
{
	struct parts p;
	const char *text;

	sample(&p);
	text = text_of(message_of(&p), nothing);
	expect(text, "received from 192.0.2.1:161");
	expect(text, "    SNMPv3, authNoPriv, reportable, msgID 87654321, msgMaxSize 65507\n");
	expect(text, "    engine 80001f8804636f7265, boots 7, time 1795, user \"watcher\", "
		     "MAC 12 octets\n");
	expect(text, "    context engine 80001f8804636f7265, context \"vlan-12\"\n");
	expect(text, "    Response request-id 12345678\n");
	expect(text, "      1  1.3.6.1.2.1.1.3.0 = TimeTicks: 4711\n");
	refute(text, "salt");
	refute(text, "decode");
}
END_TEST

START_TEST(shows_what_the_session_could_decrypt)
{
	struct parts p;
	const char *text;

	sample(&p);
	p.m.flags = SN_V3_AUTH | SN_V3_PRIV;
	p.m.encrypted = true;
	p.params.priv = sn_span_make(salt, sizeof(salt));
	text = text_of(message_of(&p), scoped_of(&p));
	expect(text, "    SNMPv3, authPriv, msgID");
	expect(text, "MAC 12 octets, salt 00000001deadbeef\n");
	expect(text, "context \"vlan-12\"");
	expect(text, "1.3.6.1.2.1.1.3.0 = TimeTicks: 4711");
	refute(text, "encrypted");
	refute(text, "reportable");
}
END_TEST

START_TEST(says_how_much_stays_encrypted)
{
	struct parts p;
	const char *text;

	sample(&p);
	p.m.flags = SN_V3_AUTH | SN_V3_PRIV;
	p.m.encrypted = true;
	text = text_of(message_of(&p), nothing);
	expect(text, "user \"watcher\"");
	expect(text, "    encrypted, not decrypted, 16 octets\n");
	refute(text, "context");
	refute(text, "readable");
}
END_TEST

START_TEST(shows_a_discovery_and_its_report)
{
	static const uint8_t unknown_engines[] = {0x2b, 6, 1, 6, 3, 15, 1, 1, 4, 0};
	const struct sn_value value = {.tag = SN_TAG_COUNTER32, .u = 3};
	struct sn_writer w;
	struct parts p;
	const char *text;

	sample(&p);
	p.m.flags = SN_V3_REPORTABLE;
	p.params = (struct sn_usm_params){0};
	p.scoped.engine_id = nothing;
	p.scoped.context = nothing;
	p.scoped.pdu = (struct sn_pdu){.type = SN_PDU_GET, .request_id = 5};
	text = text_of(message_of(&p), nothing);
	expect(text, "SNMPv3, noAuthNoPriv, reportable");
	expect(text, "    engine none, boots 0, time 0, user \"\"\n");
	expect(text, "    context engine none, context \"\"\n    GetRequest request-id 5\n");

	p.m.flags = 0;
	w = sn_writer_make(p.vbs, sizeof(p.vbs));
	sn_varbind_write(&w, sn_span_make(unknown_engines, sizeof(unknown_engines)), &value);
	p.scoped.pdu = (struct sn_pdu){.type = SN_PDU_REPORT, .vbs = sn_writer_span(&w)};
	text = text_of(message_of(&p), nothing);
	expect(text, "    Report request-id 0\n");
	expect(text, "1.3.6.1.6.3.15.1.1.4.0 = Counter32: 3");
}
END_TEST

START_TEST(shows_flags_that_contradict_and_another_security_model)
{
	struct parts p;
	const char *text;

	sample(&p);
	p.m.flags = SN_V3_PRIV;
	p.m.encrypted = true;
	text = text_of(message_of(&p), nothing);
	expect(text, "SNMPv3, privacy without authentication, msgID");
	expect(text, "msgFlags contradict themselves");
	expect(text, "encrypted, not decrypted");

	sample(&p);
	p.m.model = 4;
	p.security = sn_span_str("\x30\x02\x04\x7f");
	text = text_of(message_of(&p), nothing);
	expect(text, "    security model 4: 30 02 04 7f\n");
	expect(text, "TimeTicks: 4711");
}
END_TEST

START_TEST(shows_malformed_parts_in_hexadecimal_and_the_others_decoded)
{
	uint8_t shortened[ROOM];
	struct parts p;
	struct sn_span data;
	const char *text;

	sample(&p);
	p.security = sn_span_str("\x30\x05\x04\x01");
	text = text_of(message_of(&p), nothing);
	expect(text, "security parameters do not decode: ");
	expect(text, ": 30 05 04 01\n");
	expect(text, "TimeTicks: 4711");

	sample(&p);
	p.m.flags = SN_V3_AUTH | SN_V3_PRIV;
	p.m.encrypted = true;
	text = text_of(message_of(&p), sn_span_str("\x30\x7f\x04"));
	expect(text, "scoped PDU does not decode: ");
	expect(text, ": 30 7f 04\n");
	expect(text, "user \"watcher\"");

	sample(&p);
	p.m.max_size = 1; /* below 484 */
	text = text_of(message_of(&p), nothing);
	expect(text, "    SNMPv3, does not decode: value out of range\n    30 ");
	refute(text, "not shown");

	/* cut by the receive buffer: what it was cannot be told */
	sample(&p);
	data = message_of(&p);
	memcpy(shortened, data.p, data.n - 1);
	text = text_of(sn_span_make(shortened, data.n - 1), nothing);
	expect(text, "not shown");
}
END_TEST

START_TEST(keeps_hostile_text_and_lengths_in_bounds)
{
	static uint8_t octets[1024];
	struct parts p;
	const char *text;

	sample(&p);
	p.params.user = sn_span_str("a\n12:00:00 forged\x1b[2J");
	p.scoped.context = sn_span_str("b\r\nline");
	text = text_of(message_of(&p), nothing);
	refute(text, "\x1b");
	refute(text, "\nline");
	refute(text, "\n12:00:00");

	sample(&p);
	p.params.auth = sn_span_make(octets, 300);
	p.params.priv = sn_span_make(octets, sizeof(octets));
	text = text_of(message_of(&p), nothing);
	expect(text, "MAC 300 octets");
	expect(text, "... (1024 octets)");
	ck_assert_uint_lt(strlen(text), 1200);
}
END_TEST

/* A v2c message whose version was flipped to 3 still has a community behind it. */
START_TEST(takes_no_community_for_a_header_of_version_3)
{
	static const char secret[] = "s3cr3t-c0mmun1ty";
	struct sn_message m = {.version = 3,
			       .community = sn_span_str(secret),
			       .pdu = {.type = SN_PDU_GET, .request_id = 1}};
	uint8_t buf[256];
	struct sn_writer w = sn_writer_make(buf, sizeof(buf));
	const char *text;

	sn_community_write(&w, &m);
	text = text_of(sn_writer_span(&w), nothing);
	expect(text, "does not decode: unsupported message version");
	expect(text, "***");
	refute(text, secret);
	refute(text, "73 33 63");
}
END_TEST

START_TEST(never_writes_past_its_room)
{
	struct sn_trace_message m = {.note = "request", .sent = true};
	struct sn_addr peer;
	struct parts p;

	sample(&p);
	ck_assert_int_eq(sn_addr_parse(&peer, "::1", 161), SN_OK);
	m.peer = &peer;
	m.data = message_of(&p);
	for (size_t size = 1; size < 600; size++) {
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
	const TTest *const tests[] = {shows_every_field_of_an_authenticated_message,
				      shows_what_the_session_could_decrypt,
				      says_how_much_stays_encrypted,
				      shows_a_discovery_and_its_report,
				      shows_flags_that_contradict_and_another_security_model,
				      shows_malformed_parts_in_hexadecimal_and_the_others_decoded,
				      keeps_hostile_text_and_lengths_in_bounds,
				      takes_no_community_for_a_header_of_version_3,
				      never_writes_past_its_room,
				      NULL};

	return suite_run_tests("trace_v3", tests, 0);
}

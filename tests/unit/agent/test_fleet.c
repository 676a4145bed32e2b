/*
 * A fleet of simulated devices behind session/responder, on the scripted network: who answers
 * where, in which version, from which store, and what a device keeps. Behaviour of agent/fleet.h
 * and session/responder.h.
 */
#include "agent/fleet.h"

#include "base/clock.h"
#include "io/fake.h"
#include "msg/community.h"
#include "usm/engine.h"

#include "support/suite.h"

enum { ROOM = 2048, DEVICES = 1000 };

/* A store of one instance: sysName.0, which says whose it is. */
struct named {
	struct sn_store st;
	char mark;
};

static const uint8_t sys_name[] = {0x2b, 6, 1, 2, 1, 1, 5, 0};

static void fill(const struct sn_store *st, const struct sn_store_place *pl,
		 struct sn_store_item *it)
{
	const struct named *n = (const struct named *)st;
	int len = snprintf((char *)it->room, sizeof(it->room), "%c%u", n->mark, pl->device);

	it->name = sn_span_make(sys_name, sizeof(sys_name));
	it->value = (struct sn_value){.tag = SN_TAG_OCTETS,
				      .bytes = sn_span_make(it->room, (size_t)len)};
}

static int named_get(const struct sn_store *st, const struct sn_store_place *pl,
		     struct sn_span name, struct sn_store_item *it)
{
	if (!sn_span_eq(name, sn_span_make(sys_name, sizeof(sys_name)))) {
		it->value.tag = SN_TAG_NO_SUCH_OBJECT;
		return SN_ENOENT;
	}
	fill(st, pl, it);
	return SN_OK;
}

static int named_next(const struct sn_store *st, const struct sn_store_place *pl,
		      struct sn_span name, struct sn_store_item *it)
{
	if (sn_oid_cmp(name, sn_span_make(sys_name, sizeof(sys_name))) >= 0) {
		return SN_ENOENT;
	}
	fill(st, pl, it);
	return SN_OK;
}

static int named_advance(const struct sn_store *st, const struct sn_store_place *pl,
			 struct sn_store_item *it)
{
	(void)st;
	(void)pl;
	(void)it;
	return SN_ENOENT;
}

static int32_t named_may_set(const struct sn_store *st, const struct sn_store_place *pl,
			     struct sn_span name, const struct sn_value *v)
{
	(void)st;
	(void)pl;
	if (!sn_span_eq(name, sn_span_make(sys_name, sizeof(sys_name)))) {
		return SN_STATUS_NO_CREATION;
	}
	return v->tag == SN_TAG_OCTETS ? 0 : SN_STATUS_WRONG_TYPE;
}

static const struct sn_store_ops named_ops = {.name = "named",
					      .get = named_get,
					      .next = named_next,
					      .advance = named_advance,
					      .may_set = named_may_set};

static struct named alpha = {{.ops = &named_ops, .instances = 1}, 'a'};
static struct named beta = {{.ops = &named_ops, .instances = 1}, 'b'};

static struct sn_fake *net;
static struct sn_worker w;
static struct sn_fleet fleet;
static struct sn_fleet_recording recordings[2];
static struct sn_fleet_worker fw;
static struct sn_usm_user user;
static struct sn_addr manager;

/* The last answer. */
static unsigned heard;
static uint8_t answer[ROOM];
static size_t answer_n;
static struct sn_addr answered_from;
static uint64_t answered_at;

static void peer(void *ctx, struct sn_fake *n, const struct sn_addr *to, const struct sn_addr *from,
		 struct sn_span data, uint64_t now)
{
	(void)ctx;
	(void)n;
	suite_expect(sn_addr_equal(to, &manager));
	suite_expect(data.n <= sizeof(answer));
	memcpy(answer, data.p, data.n);
	answer_n = data.n;
	answered_from = *from;
	answered_at = now;
	heard++;
}

static struct sn_addr addr(const char *text)
{
	struct sn_addr a;

	suite_expect(sn_addr_parse(&a, text, 161) == SN_OK);
	return a;
}

static void setup(void)
{
	const uint64_t seed = 5;
	struct sn_addr listen[] = {addr("0.0.0.0"), addr("[::]:161")};
	struct sn_fake_config fc = {.seed = 1,
				    .start_mono = 100 * SN_NS_PER_SEC,
				    .peer = peer,
				    .listen = listen,
				    .nlisten = 2};
	struct sn_worker_config wc = {.in_flight = 1, .seed = &seed};

	ck_assert_int_eq(sn_fake_open(&fc, &net), SN_OK);
	ck_assert_int_eq(sn_worker_init(&w, &wc, sn_fake_io(net)), SN_OK);
	manager = addr("192.0.2.77");
	recordings[0] = (struct sn_fleet_recording){.name = "lab/beta", .store = &beta.st};
	recordings[1] = (struct sn_fleet_recording){.name = "alpha", .store = &alpha.st};
	user = (struct sn_usm_user){.name = sn_span_str("bert"),
				    .level = SN_V3_AUTH,
				    .auth = SN_AUTH_SHA1,
				    .auth_n = 20};
	ck_assert_int_eq(sn_auth_password_to_key(SN_AUTH_SHA1, sn_span_str("maplesyrup"),
						 user.auth_key),
			 SN_OK);
	fleet = (struct sn_fleet){.range = {{addr("10.1.0.1"), 600, 0},
					    {addr("[2001:db8::1:1]:161"), 400, 600}},
				  .nranges = 2,
				  .devices = DEVICES,
				  .community = "public",
				  .recording = recordings,
				  .nrecordings = 2,
				  .user = &user,
				  .nusers = 1,
				  .writable = true,
				  .seed = 9,
				  .began = 100 * SN_NS_PER_SEC,
				  .max_message = 1472};
	ck_assert_int_eq(sn_fleet_sort(&fleet), SN_OK);
	ck_assert_int_eq(sn_fleet_worker_init(&fw, &fleet, &w), SN_OK);
}

static void teardown(void)
{
	sn_fleet_worker_fini(&fw);
	sn_worker_fini(&w);
}

/* Sends a datagram to a device and runs until all is quiet; true: it was answered. */
static bool deliver(const struct sn_addr *to, struct sn_span data)
{
	unsigned before = heard;
	uint64_t end = sn_io_now(w.io) + 10 * SN_NS_PER_SEC;

	if (to->sa.sa_family == AF_INET6) {
		manager = addr("[2001:db8::77]:161");
	} else {
		manager = addr("192.0.2.77");
	}
	sn_fake_inject(net, &manager, to, data, 0);
	while (sn_io_now(w.io) < end) {
		ck_assert_int_eq(sn_worker_turn(&w, end), SN_OK);
		w.now = sn_io_now(w.io);
	}
	return heard > before;
}

/* A request by v1 or v2c for sysName.0, or to set it. */
static bool ask(const char *to, int32_t version, const char *community, uint8_t type,
		const char *value)
{
	struct sn_addr device = addr(to);
	struct sn_value v = {.tag = value ? SN_TAG_OCTETS : SN_TAG_NULL};
	uint8_t vbs[64];
	uint8_t buf[ROOM];
	struct sn_writer wr = sn_writer_make(vbs, sizeof(vbs));
	struct sn_message m = {.version = version, .community = sn_span_str(community)};

	if (value) {
		v.bytes = sn_span_str(value);
	}
	sn_varbind_write(&wr, sn_span_make(sys_name, sizeof(sys_name)), &v);
	m.pdu = (struct sn_pdu){.type = type, .request_id = 4711, .vbs = sn_writer_span(&wr)};
	wr = sn_writer_make(buf, sizeof(buf));
	sn_community_write(&wr, &m);
	return deliver(&device, sn_writer_span(&wr));
}

/* The only value of the last answer. */
static struct sn_span told(void)
{
	struct sn_message m;
	struct sn_varbind vb;
	struct sn_cursor cur;

	ck_assert_int_eq(sn_community_read(sn_span_make(answer, answer_n), &m), SN_OK);
	ck_assert_int_eq(m.pdu.type, SN_PDU_RESPONSE);
	ck_assert_int_eq(m.pdu.request_id, 4711);
	ck_assert_int_eq(m.pdu.status, 0);
	cur = sn_cursor_make(m.pdu.vbs);
	ck_assert(sn_varbind_next(&cur, &vb));
	return vb.value;
}

#define ck_assert_told(text) ck_assert(sn_span_eq(told(), sn_span_str(text)))

START_TEST(every_address_of_a_range_is_a_device_and_no_other_is)
{
	setup();
	for (uint32_t i = 0; i < DEVICES; i++) {
		struct sn_addr a = sn_fleet_addr(&fleet, i);

		ck_assert_int_eq(sn_fleet_find(&fleet, &a), i);
	}
	ck_assert_int_eq(sn_fleet_find(&fleet, &(struct sn_addr){.in = addr("10.1.0.0").in}),
			 SN_ENOENT);
	ck_assert_int_eq(sn_fleet_find(&fleet, &(struct sn_addr){.in = addr("10.1.2.89").in}),
			 SN_ENOENT);
	ck_assert_int_eq(sn_fleet_find(&fleet, &(struct sn_addr){.in = addr("10.1.0.1:162").in}),
			 SN_ENOENT);
	ck_assert_int_eq(sn_fleet_find(&fleet,
				       &(struct sn_addr){.in6 = addr("[2001:db9::1:1]:161").in6}),
			 SN_ENOENT);
	teardown();
}
END_TEST

START_TEST(the_device_asked_answers_from_its_address)
{
	struct sn_addr a;

	setup();
	ck_assert(ask("10.1.0.1", SN_VERSION_2C, "public", SN_PDU_GET, NULL));
	ck_assert_told("a0");
	ck_assert(ask("10.1.0.6", SN_VERSION_1, "public", SN_PDU_GET, NULL));
	ck_assert_told("b5");
	a = addr("10.1.0.6");
	ck_assert(sn_addr_equal(&answered_from, &a));
	ck_assert(ask("[2001:db8::1:3]:161", SN_VERSION_2C, "public", SN_PDU_GET, NULL));
	ck_assert_told("a602");
	ck_assert_uint_eq(fw.nmade, 0); /* nobody needed a state */
	teardown();
}
END_TEST

START_TEST(addresses_without_a_device_and_other_communities_are_silent)
{
	setup();
	ck_assert(!ask("10.1.3.1", SN_VERSION_2C, "public", SN_PDU_GET, NULL));
	ck_assert(!ask("10.1.0.1", SN_VERSION_2C, "private", SN_PDU_GET, NULL));
	ck_assert(!ask("10.1.0.1", SN_VERSION_2C, "publi", SN_PDU_GET, NULL));
	ck_assert(!ask("10.1.0.1", SN_VERSION_2C, "publicc", SN_PDU_GET, NULL));
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_AGENT_BAD_COMMUNITY), 3);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_AGENT_NOBODY), 1);
	teardown();
}
END_TEST

START_TEST(a_community_names_a_recording_on_any_device)
{
	setup();
	ck_assert(ask("10.1.0.1", SN_VERSION_2C, "lab/beta", SN_PDU_GET, NULL));
	ck_assert_told("b0");
	ck_assert(ask("10.1.0.2", SN_VERSION_2C, "alpha", SN_PDU_GET, NULL));
	ck_assert_told("a1");
	teardown();
}
END_TEST

START_TEST(what_is_set_stays_on_its_device)
{
	setup();
	ck_assert(ask("10.1.0.1", SN_VERSION_2C, "public", SN_PDU_SET, "here"));
	ck_assert_told("here");
	ck_assert(ask("10.1.0.1", SN_VERSION_2C, "public", SN_PDU_GET, NULL));
	ck_assert_told("here");
	ck_assert(ask("10.1.0.3", SN_VERSION_2C, "public", SN_PDU_GET, NULL));
	ck_assert_told("a2");
	ck_assert_uint_eq(fw.nmade, 1);
	teardown();
}
END_TEST

START_TEST(two_recordings_of_one_name_are_refused)
{
	setup();
	recordings[0].name = recordings[1].name;
	ck_assert_int_eq(sn_fleet_sort(&fleet), SN_EEXIST);
	teardown();
}
END_TEST

START_TEST(a_fault_holds_an_answer_back_and_doubles_it)
{
	uint64_t asked;

	setup();
	fleet.has_faults = true;
	fleet.fault = (struct sn_fault_spec){
		.share_ppm = 1000000, .dup_ppm = 1000000, .delay_ns = 2 * SN_NS_PER_SEC};
	asked = sn_io_now(w.io);
	ck_assert(ask("10.1.0.1", SN_VERSION_2C, "public", SN_PDU_GET, NULL));
	ck_assert_uint_eq(heard, 2);
	ck_assert_uint_ge(answered_at - asked, 2 * SN_NS_PER_SEC);
	ck_assert_uint_eq(fw.responder.npending, 0);
	teardown();
}
END_TEST

START_TEST(answers_still_held_at_the_end_are_dropped)
{
	setup();
	fleet.has_faults = true;
	fleet.fault = (struct sn_fault_spec){.share_ppm = 1000000, .delay_ns = 60 * SN_NS_PER_SEC};
	ck_assert(!ask("10.1.0.1", SN_VERSION_2C, "public", SN_PDU_GET, NULL));
	ck_assert_uint_eq(fw.responder.npending, 1);
	teardown();
}
END_TEST

/* Seals a GET of sysName.0 in a context for the engine, or a discovery when eng is NULL. */
static bool ask_v3(const char *to, const struct sn_engine *eng, const char *context)
{
	struct sn_addr device = addr(to);
	uint8_t vbs[64];
	uint8_t buf[ROOM];
	struct sn_writer wr = sn_writer_make(vbs, sizeof(vbs));
	struct sn_usm_outgoing out = {.msg_id = 99, .max_size = ROOM, .flags = SN_V3_REPORTABLE};
	struct sn_span msg;

	sn_varbind_write_null(&wr, sn_span_make(sys_name, sizeof(sys_name)));
	out.scoped.pdu =
		(struct sn_pdu){.type = SN_PDU_GET, .request_id = 4711, .vbs = sn_writer_span(&wr)};
	out.scoped.context = sn_span_str(context);
	if (eng) {
		out.flags |= SN_V3_AUTH;
		out.engine_id = out.scoped.engine_id = sn_engine_id(eng);
		out.user = user.name;
		out.keys = &eng->keys;
		sn_engine_now(eng, sn_io_now(w.io), &out.boots, &out.time);
	}
	ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &msg), SN_OK);
	return deliver(&device, msg);
}

/* The PDU of the last answer; learns engine, boots and time of it. */
static struct sn_scoped_pdu told_v3(struct sn_engine *eng)
{
	static struct sn_scoped_pdu scoped;
	struct sn_v3_message m;
	struct sn_usm_params p;

	ck_assert_int_eq(sn_v3_read(sn_span_make(answer, answer_n), &m), SN_OK);
	ck_assert_int_eq(m.msg_id, 99);
	ck_assert_int_eq(sn_usm_params_read(m.security, &p), SN_OK);
	if (eng->id_n == 0) {
		ck_assert_int_eq(sn_engine_init(eng, &user, p.engine_id), SN_OK);
	}
	eng->hint_boots = p.boots;
	eng->hint_time = p.time;
	eng->hint_at = sn_io_now(w.io);
	ck_assert_int_eq(sn_scoped_read(m.data, &scoped), SN_OK);
	return scoped;
}

START_TEST(each_device_is_an_engine_of_its_own_in_version_3)
{
	struct sn_engine one = {0};
	struct sn_engine two = {0};
	struct sn_scoped_pdu scoped;
	struct sn_varbind vb;
	struct sn_cursor cur;

	setup();
	ck_assert(ask_v3("10.1.0.1", NULL, ""));
	ck_assert_uint_eq(told_v3(&one).pdu.type, SN_PDU_REPORT);
	ck_assert(ask_v3("10.1.0.2", NULL, ""));
	ck_assert_uint_eq(told_v3(&two).pdu.type, SN_PDU_REPORT);
	ck_assert(!sn_span_eq(sn_engine_id(&one), sn_engine_id(&two)));
	ck_assert(ask_v3("10.1.0.2", &two, ""));
	scoped = told_v3(&two);
	ck_assert_uint_eq(scoped.pdu.type, SN_PDU_RESPONSE);
	cur = sn_cursor_make(scoped.pdu.vbs);
	ck_assert(sn_varbind_next(&cur, &vb));
	ck_assert(sn_span_eq(vb.value, sn_span_str("b1")));
	ck_assert(ask_v3("10.1.0.1", &two, "")); /* another's engine */
	ck_assert_uint_eq(told_v3(&two).pdu.type, SN_PDU_REPORT);
	ck_assert(!ask_v3("10.2.0.1", NULL, ""));
	sn_engine_fini(&one);
	sn_engine_fini(&two);
	teardown();
}
END_TEST

START_TEST(a_context_names_a_recording_by_name_or_digest_or_is_unknown)
{
	static const char *const contexts[] = {"lab/beta", "2c1743a391305fbf367df8e4f069f9f9"};
	struct sn_engine eng = {0};
	struct sn_varbind vb;
	struct sn_cursor cur;

	setup();
	ck_assert(ask_v3("10.1.0.1", NULL, ""));
	(void)told_v3(&eng);
	for (int i = 0; i < 2; i++) {
		ck_assert(ask_v3("10.1.0.1", &eng, contexts[i]));
		cur = sn_cursor_make(told_v3(&eng).pdu.vbs);
		ck_assert(sn_varbind_next(&cur, &vb));
		ck_assert_uint_eq(vb.value.p[0], i ? 'a' : 'b'); /* the digest is alpha's */
	}
	ck_assert(ask_v3("10.1.0.1", &eng, "nowhere"));
	ck_assert_uint_eq(told_v3(&eng).pdu.type, SN_PDU_REPORT);
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_AGENT_REPORTS), 2);
	sn_engine_fini(&eng);
	teardown();
}
END_TEST

START_TEST(garbage_is_counted_and_not_answered)
{
	struct sn_addr device;

	setup();
	device = addr("10.1.0.1");
	ck_assert(!deliver(&device, sn_span_str("what is this?")));
	ck_assert_uint_eq(sn_counter_get(&w.counters, SN_C_RX_PARSE_ERRORS), 1);
	teardown();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_address_of_a_range_is_a_device_and_no_other_is,
				      the_device_asked_answers_from_its_address,
				      addresses_without_a_device_and_other_communities_are_silent,
				      a_community_names_a_recording_on_any_device,
				      what_is_set_stays_on_its_device,
				      two_recordings_of_one_name_are_refused,
				      a_fault_holds_an_answer_back_and_doubles_it,
				      answers_still_held_at_the_end_are_dropped,
				      each_device_is_an_engine_of_its_own_in_version_3,
				      a_context_names_a_recording_by_name_or_digest_or_is_unknown,
				      garbage_is_counted_and_not_answered,
				      NULL};

	return suite_run_tests("fleet", tests, 0);
}

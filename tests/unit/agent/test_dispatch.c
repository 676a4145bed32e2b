/*
 * Requests over a store: what RFC 3416 §4.2 and, for SNMPv1, RFC 1157 §4.1 and RFC 3584 §4 say of
 * each. Behaviour of agent/dispatch.h over a small store of known content.
 */
#include "agent/dispatch.h"
#include "msg/peek.h"

#include "support/bytes.h"
#include "support/gen.h"
#include "support/suite.h"

enum { ROWS = 12, ROOM = 4096, SHOWN = 8192 };

/* One instance of the device under test. */
struct row {
	const char *oid;
	struct sn_value value;
	int32_t status;	   /* it answers with instead */
	int32_t may_set;   /* status of a SET */
	uint64_t delay_ns; /* it thinks */
};

#define TEXT(s)                                                                                    \
	{                                                                                          \
		.tag = SN_TAG_OCTETS, .bytes = {(const uint8_t *)(s), sizeof(s) - 1 }              \
	}
#define NUMBER(t, v)                                                                               \
	{                                                                                          \
		.tag = SN_TAG_##t, .u = (v)                                                        \
	}

static const struct row rows[ROWS] = {
	{"1.3.1.1.0", TEXT("abc"), 0, 0, 0},
	{"1.3.1.2.0", {.tag = SN_TAG_INTEGER, .i = -5}, 0, 0, 0},
	{"1.3.2.1.1", NUMBER(COUNTER32, 10), 0, SN_STATUS_NOT_WRITABLE, 0},
	{"1.3.2.1.2", NUMBER(COUNTER32, 11), 0, SN_STATUS_WRONG_VALUE, 0},
	{"1.3.2.1.3", NUMBER(COUNTER32, 12), 0, SN_STATUS_COMMIT_FAILED, 0},
	{"1.3.2.2.1", NUMBER(COUNTER64, 20), 0, SN_STATUS_NOT_WRITABLE, 0},
	{"1.3.2.2.2", NUMBER(COUNTER64, 21), 0, SN_STATUS_NOT_WRITABLE, 0},
	{"1.3.2.2.3", NUMBER(COUNTER64, 22), 0, SN_STATUS_NOT_WRITABLE, 0},
	{"1.3.3.1.0", NUMBER(GAUGE32, 30), SN_STATUS_GEN_ERR, SN_STATUS_GEN_ERR, 5},
	{"1.3.4.1.0", NUMBER(NO_SUCH_INSTANCE, 0), 0, SN_STATUS_NO_ACCESS, 0},
	{"1.3.5.1.0", NUMBER(GAUGE32, 7), 0, SN_STATUS_WRONG_TYPE, 1000},
	{"1.3.5.2.0", NUMBER(TIMETICKS, 4294967295), 0, SN_STATUS_INCONSISTENT_NAME, 50},
};

static uint8_t names[ROWS][16]; /* OIDs of the rows, BER content */
static size_t name_n[ROWS];

static struct sn_span oid(const char *text)
{
	uint8_t out[SN_OID_MAX_BER];
	int n = sn_oid_from_text(text, out, sizeof(out));

	suite_expect(n > 0);
	return bytes_copy(out, (size_t)n);
}

static int found(size_t i, struct sn_store_item *it)
{
	if (i == ROWS) {
		return SN_ENOENT;
	}
	it->name = sn_span_make(names[i], name_n[i]);
	it->value = rows[i].value;
	it->status = rows[i].status;
	it->delay_ns = rows[i].delay_ns;
	it->at = i;
	return SN_OK;
}

static int fake_get(const struct sn_store *st, const struct sn_store_place *pl, struct sn_span name,
		    struct sn_store_item *it)
{
	(void)st;
	(void)pl;
	it->value.tag = SN_TAG_NO_SUCH_OBJECT;
	for (size_t i = 0; i < ROWS; i++) {
		if (sn_span_eq(name, sn_span_make(names[i], name_n[i]))) {
			return found(i, it);
		}
		if (sn_span_is_prefix(sn_span_make(names[i], name_n[i] - 1), name)) {
			it->value.tag = SN_TAG_NO_SUCH_INSTANCE;
		}
	}
	return SN_ENOENT;
}

static int fake_next(const struct sn_store *st, const struct sn_store_place *pl,
		     struct sn_span name, struct sn_store_item *it)
{
	size_t i = 0;

	(void)st;
	(void)pl;
	while (i < ROWS && sn_oid_cmp(sn_span_make(names[i], name_n[i]), name) <= 0) {
		i++;
	}
	return found(i, it);
}

static int fake_advance(const struct sn_store *st, const struct sn_store_place *pl,
			struct sn_store_item *it)
{
	(void)st;
	(void)pl;
	return found(it->at + 1, it);
}

static int32_t fake_may_set(const struct sn_store *st, const struct sn_store_place *pl,
			    struct sn_span name, const struct sn_value *v)
{
	struct sn_store_item it;

	if (fake_get(st, pl, name, &it)) {
		return SN_STATUS_NO_CREATION;
	}
	return it.value.tag == v->tag ? rows[it.at].may_set : SN_STATUS_WRONG_TYPE;
}

static const struct sn_store_ops fake_ops = {
	.get = fake_get, .next = fake_next, .advance = fake_advance, .may_set = fake_may_set};
static const struct sn_store fake = {.ops = &fake_ops, .instances = ROWS};

/* A dispatcher, its answer, and the answer in words. */
struct desk {
	struct sn_dispatch d;
	struct sn_overlay overlay;
	struct sn_pdu answer;
	uint8_t buf[ROOM];
	char words[SHOWN];
};

static struct desk *desk(int32_t version)
{
	static struct desk k;

	for (size_t i = 0; i < ROWS; i++) {
		int n = sn_oid_from_text(rows[i].oid, names[i], sizeof(names[i]));

		suite_expect(n > 0);
		name_n[i] = (size_t)n;
	}
	memset(&k, 0, sizeof(k));
	k.d = (struct sn_dispatch){.store = &fake,
				   .overlay = &k.overlay,
				   .version = version,
				   .writable = true,
				   .buf = k.buf,
				   .room = ROOM};
	return &k;
}

/* Varbinds out of words: "1.3.1=" is NULL, "1.3.1=5" INTEGER, "1.3.1=ctr" Counter32 1, anything
 * else OCTET STRING. */
static struct sn_span varbinds(const char *const *list, size_t n)
{
	static uint8_t buf[ROOM];
	struct sn_writer wr = sn_writer_make(buf, sizeof(buf));

	while (n--) {
		char name[64];
		const char *equals = strchr(list[n], '=');
		struct sn_value v = {.tag = SN_TAG_NULL};

		suite_expect(equals && equals - list[n] < (ptrdiff_t)sizeof(name));
		memcpy(name, list[n], (size_t)(equals - list[n]));
		name[equals - list[n]] = '\0';
		if (strcmp(equals, "=ctr") == 0) {
			v = (struct sn_value)NUMBER(COUNTER32, 1);
		} else if (strspn(equals + 1, "-0123456789") && equals[1]) {
			v = (struct sn_value){.tag = SN_TAG_INTEGER, .i = atoi(equals + 1)};
		} else if (equals[1]) {
			v = (struct sn_value){.tag = SN_TAG_OCTETS,
					      .bytes = sn_span_str(equals + 1)};
		}
		sn_varbind_write(&wr, oid(name), &v);
	}
	suite_expect(wr.err == SN_OK);
	return bytes_copy(wr.p, sn_writer_len(&wr));
}

/* "status index oid=type:value oid=..." */
static const char *show(struct desk *k)
{
	struct sn_cursor cur = sn_cursor_make(k->answer.vbs);
	struct sn_varbind vb;
	char *p = k->words;

	p += sprintf(p, "%s %d", sn_pdu_status_name(k->answer.status), k->answer.index);
	while (sn_varbind_next(&cur, &vb)) {
		struct sn_value v;
		char name[SN_OID_MAX_TEXT];

		suite_expect(sn_value_read(vb.tag, vb.value, &v) == SN_OK);
		suite_expect(sn_oid_to_text(vb.name, name, sizeof(name)) > 0);
		suite_expect(p - k->words < SHOWN - 400);
		p += sprintf(p, " %s=", name);
		if (v.tag == SN_TAG_OCTETS) {
			p += sprintf(p, "%.*s", (int)v.bytes.n, (const char *)v.bytes.p);
		} else if (v.tag == SN_TAG_INTEGER) {
			p += sprintf(p, "%lld", (long long)v.i);
		} else if (v.tag == SN_TAG_NULL) {
			*p = '\0';
		} else if (sn_value_is_exception(v.tag)) {
			p += sprintf(p, "%s", sn_value_type_name(v.tag));
		} else {
			p += sprintf(p, "%llu", (unsigned long long)v.u);
		}
	}
	suite_expect(cur.err == SN_OK);
	return k->words;
}

static struct sn_pdu request(uint8_t type, struct sn_span vbs)
{
	return (struct sn_pdu){.type = type, .request_id = 77, .vbs = vbs};
}

static const char *ask(struct desk *k, const struct sn_pdu *rq)
{
	suite_expect(sn_dispatch(&k->d, rq, &k->answer) == SN_OK);
	suite_expect(k->answer.type == SN_PDU_RESPONSE && k->answer.request_id == 77);
	return show(k);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__})
#define VARBINDS(...) varbinds(LIST(__VA_ARGS__), sizeof(LIST(__VA_ARGS__)) / sizeof(char *))

#define expect_answer(k, type, answer, ...)                                                        \
	do {                                                                                       \
		struct sn_pdu rq_ = request(type, VARBINDS(__VA_ARGS__));                          \
		ck_assert_str_eq(ask(k, &rq_), answer);                                            \
	} while (0)

#define expect_bulk(k, nonrep, maxrep, answer, ...)                                                \
	do {                                                                                       \
		struct sn_pdu rq_ = request(SN_PDU_GETBULK, VARBINDS(__VA_ARGS__));                \
		rq_.status = (nonrep);                                                             \
		rq_.index = (maxrep);                                                              \
		ck_assert_str_eq(ask(k, &rq_), answer);                                            \
	} while (0)

START_TEST(get_gives_values_and_exceptions)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_answer(k, SN_PDU_GET,
		      "noError 0 1.3.1.1.0=abc 1.3.1.2.0=-5 1.3.2.2.3=22 1.3.5.2.0=4294967295",
		      "1.3.1.1.0=", "1.3.1.2.0=", "1.3.2.2.3=", "1.3.5.2.0=");
	ck_assert_uint_eq(k->d.varbinds, 4);
	expect_answer(k, SN_PDU_GET, "noError 0 1.3.2.1.9=noSuchInstance 1.3.9.1=noSuchObject",
		      "1.3.2.1.9=", "1.3.9.1=");
	/* a recording may hold exceptions */
	expect_answer(k, SN_PDU_GET, "noError 0 1.3.4.1.0=noSuchInstance", "1.3.4.1.0=");
	/* what a request's values are does not matter */
	expect_answer(k, SN_PDU_GET, "noError 0 1.3.1.2.0=-5", "1.3.1.2.0=99");
}
END_TEST

START_TEST(an_empty_request_has_an_empty_answer)
{
	struct desk *k = desk(SN_VERSION_2C);
	struct sn_pdu rq = request(SN_PDU_GET, sn_span_make(NULL, 0));

	ck_assert_str_eq(ask(k, &rq), "noError 0");
	rq.type = SN_PDU_GETBULK;
	rq.index = 10;
	ck_assert_str_eq(ask(k, &rq), "noError 0");
	rq.type = SN_PDU_SET;
	ck_assert_str_eq(ask(k, &rq), "noError 0");
}
END_TEST

START_TEST(getnext_gives_successors_and_the_end)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_answer(k, SN_PDU_GETNEXT,
		      "noError 0 1.3.1.1.0=abc 1.3.2.1.1=10 1.3.2.2.1=20 1.3.5.2.0=endOfMibView",
		      "1.3.1=", "1.3.1.2.0=", "1.3.2.1.3=", "1.3.5.2.0=");
	expect_answer(k, SN_PDU_GETNEXT, "noError 0 1.3.4.1.0=noSuchInstance", "1.3.3.1.0=");
}
END_TEST

START_TEST(an_error_of_the_device_carries_the_requests_varbinds)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_answer(k, SN_PDU_GET, "genErr 2 1.3.1.1.0= 1.3.3.1.0= 1.3.1.2.0=", "1.3.1.1.0=",
		      "1.3.3.1.0=", "1.3.1.2.0=");
	ck_assert_uint_eq(k->d.varbinds, 0);
	expect_answer(k, SN_PDU_GETNEXT, "genErr 1 1.3.2.2.3=", "1.3.2.2.3=");
}
END_TEST

START_TEST(the_device_thinks_as_long_as_all_its_values_take)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_answer(k, SN_PDU_GET, "noError 0 1.3.5.1.0=7 1.3.5.2.0=4294967295",
		      "1.3.5.1.0=", "1.3.5.2.0=");
	ck_assert_uint_eq(k->d.delay_ns, 1050);
	expect_answer(k, SN_PDU_GETNEXT, "noError 0 1.3.5.1.0=7", "1.3.4.1.0=");
	ck_assert_uint_eq(k->d.delay_ns, 1000);
	expect_bulk(k, 0, 9, "noError 0 1.3.5.1.0=7 1.3.5.2.0=4294967295 1.3.5.2.0=endOfMibView",
		    "1.3.4.1.0=");
	ck_assert_uint_eq(k->d.delay_ns, 1050);
}
END_TEST

START_TEST(getbulk_repeats_each_column)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_bulk(k, 1, 2,
		    "noError 0 1.3.1.1.0=abc 1.3.2.1.1=10 1.3.2.2.1=20 1.3.2.1.2=11 "
		    "1.3.2.2.2=21",
		    "1.3.1.1=", "1.3.2.1=", "1.3.2.2=");
	ck_assert_uint_eq(k->d.varbinds, 5);
	expect_bulk(k, 0, 1, "noError 0 1.3.2.1.1=10", "1.3.2.1=");
	expect_bulk(k, 3, 5, "noError 0 1.3.1.1.0=abc 1.3.1.2.0=-5", "1.3.1.1=", "1.3.1.2=");
}
END_TEST

START_TEST(getbulk_takes_negative_and_zero_numbers_as_zero)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_bulk(k, INT32_MIN, 1, "noError 0 1.3.1.1.0=abc 1.3.1.2.0=-5", "1.3.1=", "1.3.1.2=");
	expect_bulk(k, -1, 1, "noError 0 1.3.1.1.0=abc", "1.3.1=");
	expect_bulk(k, 1, 0, "noError 0 1.3.1.1.0=abc", "1.3.1=", "1.3.1.2=");
	expect_bulk(k, 0, 0, "noError 0", "1.3.1=");
	expect_bulk(k, 1, INT32_MIN, "noError 0 1.3.1.1.0=abc", "1.3.1=", "1.3.1.2=");
	expect_bulk(k, INT32_MAX, INT32_MAX, "noError 0 1.3.1.1.0=abc 1.3.2.1.1=10",
		    "1.3.1=", "1.3.2=");
}
END_TEST

/* RFC 3416 §4.2.3: columns that ended repeat their last name; a whole row of ends is the last. */
START_TEST(getbulk_ends_with_a_repetition_of_ends)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_bulk(k, 0, 10,
		    "noError 0 1.3.5.1.0=7 1.3.5.2.0=4294967295 1.3.9.0=endOfMibView "
		    "1.3.5.2.0=4294967295 1.3.5.2.0=endOfMibView 1.3.9.0=endOfMibView "
		    "1.3.5.2.0=endOfMibView 1.3.5.2.0=endOfMibView 1.3.9.0=endOfMibView",
		    "1.3.4.1.0=", "1.3.5.1.0=", "1.3.9.0=");
	expect_bulk(k, 0, 5, "noError 0 1.3.9.0=endOfMibView", "1.3.9.0=");
	expect_bulk(k, 1, 5,
		    "noError 0 1.3.9.0=endOfMibView 1.3.5.2.0=4294967295 "
		    "1.3.5.2.0=endOfMibView",
		    "1.3.9.0=", "1.3.5.1.0=");
}
END_TEST

START_TEST(getbulk_fails_for_an_error_in_the_first_repetition_only)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_bulk(k, 0, 3, "genErr 1 1.3.2.2.3=", "1.3.2.2.3=");
	expect_bulk(k, 0, 3, "genErr 2 1.3.1= 1.3.2.2.3=", "1.3.1=", "1.3.2.2.3=");
	expect_bulk(k, 1, 3, "genErr 1 1.3.2.2.3= 1.3.1=", "1.3.2.2.3=", "1.3.1=");
	/* later on it ends the answer: one repetition is complete */
	expect_bulk(k, 0, 5, "noError 0 1.3.2.2.2=21 1.3.2.2.3=22", "1.3.2.2.1=");
	expect_bulk(k, 0, 5, "noError 0 1.3.2.2.3=22 1.3.2.1.1=10", "1.3.2.2.2=", "1.3.1.2.0=");
}
END_TEST

START_TEST(getbulk_stops_at_the_most_varbinds_there_may_be)
{
	struct desk *k = desk(SN_VERSION_2C);

	k->d.max_varbinds = 3;
	expect_bulk(k, 0, 9, "noError 0 1.3.1.1.0=abc 1.3.2.1.1=10 1.3.1.2.0=-5",
		    "1.3.1=", "1.3.2=");
	k->d.max_varbinds = 1;
	expect_bulk(k, 1, 9, "noError 0 1.3.1.1.0=abc", "1.3.1=", "1.3.2=");
}
END_TEST

/* All sizes from none to enough: the answer is as long as fits, and the same as far as it goes. */
START_TEST(getbulk_is_cut_after_any_whole_varbind)
{
	struct desk *k = desk(SN_VERSION_2C);
	struct sn_pdu rq = request(SN_PDU_GETBULK, VARBINDS("1.3.2.1=", "1.3.2.2=", "1.3.5.2="));
	uint8_t all[ROOM];
	size_t n;
	size_t longest = 0;

	rq.index = 3;
	ask(k, &rq);
	ck_assert_uint_eq(k->d.varbinds, 9);
	n = k->answer.vbs.n;
	memcpy(all, k->answer.vbs.p, n);
	for (k->d.room = 0; k->d.room <= n; k->d.room++) {
		struct sn_cursor cur = sn_cursor_make(sn_span_make(all, n));
		struct sn_varbind vb;
		size_t fits = 0;

		k->d.buf = (uint8_t *)(uintptr_t)bytes_copy(all, k->d.room).p;
		while (sn_varbind_next(&cur, &vb) && (size_t)(cur.p - all) <= k->d.room) {
			fits = (size_t)(cur.p - all);
		}
		suite_expect(sn_dispatch(&k->d, &rq, &k->answer) == SN_OK);
		suite_expect(k->answer.status == 0);
		suite_expect(k->answer.vbs.n == fits && memcmp(k->answer.vbs.p, all, fits) == 0);
		longest = fits;
	}
	ck_assert_uint_eq(longest, n);
}
END_TEST

START_TEST(get_and_getnext_that_do_not_fit_are_too_big)
{
	struct desk *k = desk(SN_VERSION_2C);
	size_t n;

	expect_answer(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc 1.3.1.9=noSuchObject",
		      "1.3.1.1.0=", "1.3.1.9=");
	n = k->answer.vbs.n;
	for (k->d.room = 0; k->d.room < n; k->d.room++) {
		expect_answer(k, SN_PDU_GET, "tooBig 0", "1.3.1.1.0=", "1.3.1.9=");
	}
	expect_answer(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc 1.3.1.9=noSuchObject",
		      "1.3.1.1.0=", "1.3.1.9=");
	k->d.room = 8;
	expect_answer(k, SN_PDU_GETNEXT, "tooBig 0", "1.3.1=");
	expect_answer(k, SN_PDU_GETNEXT, "tooBig 0", "1.3.5.2.0=");
	k->d.version = SN_VERSION_1;
	expect_answer(k, SN_PDU_GETNEXT, "tooBig 0 1.3.1=", "1.3.1=");
}
END_TEST

/* A request of n names, all the same. */
static struct sn_span many(const char *name, unsigned n)
{
	static uint8_t buf[ROOM];
	struct sn_writer wr = sn_writer_make(buf, sizeof(buf));
	struct sn_span ber = oid(name);

	while (n--) {
		sn_varbind_write_null(&wr, ber);
	}
	suite_expect(wr.err == SN_OK);
	return sn_writer_span(&wr);
}

/* An answer may not leave a name out of the middle of a repetition: the manager counts. */
START_TEST(getbulk_of_very_many_names_completes_one_repetition)
{
	struct desk *k = desk(SN_VERSION_2C);
	struct sn_pdu rq;

	for (unsigned n = 60; n < 70; n++) {
		rq = request(SN_PDU_GETBULK, many("1.3.2.1", n));
		rq.index = 2;
		ask(k, &rq);
		ck_assert_int_eq(k->answer.status, 0);
		ck_assert_uint_eq(k->d.varbinds, n <= 64 ? 2 * n : n);
	}
	rq = request(SN_PDU_GETBULK, many("1.3.2.1", 256));
	rq.status = 200;
	rq.index = 2;
	ask(k, &rq);
	ck_assert_uint_eq(k->d.varbinds, 200 + 2 * 56);
}
END_TEST

START_TEST(more_names_than_any_manager_sends_are_too_big)
{
	struct desk *k = desk(SN_VERSION_2C);
	struct sn_pdu rq = request(SN_PDU_GET, many("1.3.1", 256));

	ask(k, &rq);
	ck_assert_int_eq(k->answer.status, 0);
	ck_assert_uint_eq(k->d.varbinds, 256);
	rq = request(SN_PDU_GET, many("1.3.1", 257));
	ck_assert_str_eq(ask(k, &rq), "tooBig 0");
	k->d.version = SN_VERSION_1;
	ask(k, &rq);
	ck_assert_int_eq(k->answer.status, SN_STATUS_TOO_BIG);
	ck_assert_uint_eq(k->answer.vbs.n, rq.vbs.n);
}
END_TEST

START_TEST(v1_has_errors_in_place_of_exceptions)
{
	struct desk *k = desk(SN_VERSION_1);

	expect_answer(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc", "1.3.1.1.0=");
	expect_answer(k, SN_PDU_GET, "noSuchName 2 1.3.1.1.0= 1.3.9=", "1.3.1.1.0=", "1.3.9=");
	expect_answer(k, SN_PDU_GET, "noSuchName 1 1.3.2.1.9=", "1.3.2.1.9=");
	expect_answer(k, SN_PDU_GET, "noSuchName 1 1.3.4.1.0=", "1.3.4.1.0=");
	expect_answer(k, SN_PDU_GETNEXT, "noSuchName 2 1.3.1= 1.3.5.2.0=", "1.3.1=", "1.3.5.2.0=");
	expect_answer(k, SN_PDU_GET, "genErr 1 1.3.3.1.0=", "1.3.3.1.0=");
}
END_TEST

/* RFC 3584 §4.2.2.1: as if a Counter64 were not there. */
START_TEST(v1_does_not_see_what_it_cannot_say)
{
	struct desk *k = desk(SN_VERSION_1);

	expect_answer(k, SN_PDU_GET, "noSuchName 1 1.3.2.2.1=", "1.3.2.2.1=");
	/* over Counter64s to the next object, which has an error of its own */
	expect_answer(k, SN_PDU_GETNEXT, "genErr 1 1.3.2.1.3=", "1.3.2.1.3=");
	/* over an exception of a recording */
	expect_answer(k, SN_PDU_GETNEXT, "noError 0 1.3.5.1.0=7", "1.3.3.1.0=");
}
END_TEST

START_TEST(answers_no_getbulk_of_v1_and_no_pdu_that_asks_nothing)
{
	struct desk *k = desk(SN_VERSION_1);
	static const uint8_t types[] = {SN_PDU_RESPONSE, SN_PDU_TRAP_V1, SN_PDU_INFORM,
					SN_PDU_TRAP_V2, SN_PDU_REPORT};
	struct sn_pdu rq = request(SN_PDU_GETBULK, VARBINDS("1.3.1="));

	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_EINVAL);
	k->d.version = SN_VERSION_2C;
	for (size_t i = 0; i < sizeof(types); i++) {
		rq.type = types[i];
		ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_EINVAL);
	}
}
END_TEST

START_TEST(answers_nothing_that_does_not_decode)
{
	struct desk *k = desk(SN_VERSION_2C);
	struct sn_pdu rq = request(SN_PDU_GET, bytes_hex("30 06 06 02 2b 01 05"));

	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_ETRUNC);
	rq.vbs = bytes_hex("30 06 06 02 2b 81 05 00");
	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_EOID);
	rq.vbs = bytes_hex("30 06 04 02 2b 01 05 00");
	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_ETAG);
	rq.vbs = bytes_hex("30 08 06 02 2b 01 40 02 0a 00");
	ck_assert_int_eq(sn_dispatch(&k->d, &rq, &k->answer), SN_ELENGTH);
}
END_TEST

START_TEST(set_changes_what_get_getnext_and_getbulk_show)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_answer(k, SN_PDU_SET, "noError 0 1.3.1.1.0=xyzzy 1.3.1.2.0=12", "1.3.1.1.0=xyzzy",
		      "1.3.1.2.0=12");
	ck_assert_uint_eq(k->d.varbinds, 2);
	expect_answer(k, SN_PDU_GET, "noError 0 1.3.1.2.0=12 1.3.1.1.0=xyzzy",
		      "1.3.1.2.0=", "1.3.1.1.0=");
	expect_answer(k, SN_PDU_GETNEXT, "noError 0 1.3.1.1.0=xyzzy", "1.3.1=");
	expect_bulk(k, 0, 3, "noError 0 1.3.1.1.0=xyzzy 1.3.1.2.0=12 1.3.2.1.1=10", "1.3.1=");
	sn_overlay_fini(&k->overlay);
}
END_TEST

START_TEST(set_is_all_or_nothing)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_answer(k, SN_PDU_SET, "notWritable 3 1.3.1.1.0=one 1.3.1.2.0=2 1.3.2.1.1=1",
		      "1.3.1.1.0=one", "1.3.1.2.0=2", "1.3.2.1.1=ctr");
	expect_answer(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc 1.3.1.2.0=-5",
		      "1.3.1.1.0=", "1.3.1.2.0=");
	/* and what was refused does not come back with the next one */
	expect_answer(k, SN_PDU_SET, "noError 0 1.3.1.2.0=3", "1.3.1.2.0=3");
	expect_answer(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc 1.3.1.2.0=3",
		      "1.3.1.1.0=", "1.3.1.2.0=");
	sn_overlay_fini(&k->overlay);
}
END_TEST

START_TEST(set_says_why_it_cannot)
{
	struct desk *k = desk(SN_VERSION_2C);

	expect_answer(k, SN_PDU_SET, "wrongType 1 1.3.1.2.0=x", "1.3.1.2.0=x");
	expect_answer(k, SN_PDU_SET, "noCreation 1 1.3.1.3.0=1", "1.3.1.3.0=1");
	expect_answer(k, SN_PDU_SET, "wrongValue 1 1.3.2.1.2=1", "1.3.2.1.2=ctr");
	k->d.writable = false;
	expect_answer(k, SN_PDU_SET, "noAccess 1 1.3.1.2.0=1", "1.3.1.2.0=1");
	k->d.writable = true;
	k->d.overlay = NULL;
	expect_answer(k, SN_PDU_SET, "noAccess 1 1.3.1.2.0=1", "1.3.1.2.0=1");
}
END_TEST

/* RFC 3584 §4.4. */
START_TEST(v1_has_fewer_reasons)
{
	struct desk *k = desk(SN_VERSION_1);

	expect_answer(k, SN_PDU_SET, "noError 0 1.3.1.2.0=1", "1.3.1.2.0=1");
	expect_answer(k, SN_PDU_SET, "badValue 1 1.3.1.2.0=x", "1.3.1.2.0=x");
	expect_answer(k, SN_PDU_SET, "badValue 1 1.3.2.1.2=1", "1.3.2.1.2=ctr");
	expect_answer(k, SN_PDU_SET, "noSuchName 1 1.3.1.3.0=1", "1.3.1.3.0=1");
	expect_answer(k, SN_PDU_SET, "noSuchName 1 1.3.2.1.1=1", "1.3.2.1.1=ctr");
	expect_answer(k, SN_PDU_SET, "genErr 1 1.3.2.1.3=1", "1.3.2.1.3=ctr");
	k->d.writable = false;
	expect_answer(k, SN_PDU_SET, "noSuchName 1 1.3.1.2.0=1", "1.3.1.2.0=1");
	sn_overlay_fini(&k->overlay);
}
END_TEST

/* RFC 3416 §4.2.5: decided before anything is set. */
START_TEST(a_set_whose_answer_does_not_fit_sets_nothing)
{
	struct desk *k = desk(SN_VERSION_2C);

	k->d.room = 10;
	expect_answer(k, SN_PDU_SET, "tooBig 0", "1.3.1.1.0=too long");
	k->d.room = ROOM;
	expect_answer(k, SN_PDU_GET, "noError 0 1.3.1.1.0=abc", "1.3.1.1.0=");
}
END_TEST

/* Random requests: every answer decodes, fits, and has as many varbinds as it should. */
START_TEST(answers_any_request_within_its_room)
{
	struct sn_rng r;
	struct desk *k = desk(SN_VERSION_2C);

	sn_rng_init_seed(&r, 3);
	for (int turn = 0; turn < 20000; turn++) {
		static const uint8_t types[] = {SN_PDU_GET, SN_PDU_GETNEXT, SN_PDU_GETBULK,
						SN_PDU_SET};
		struct gen_message g;
		uint8_t wire[GEN_WIRE];
		struct sn_pdu rq;
		int n;
		int asked;

		gen_message(&r, &g);
		g.m.pdu.type = SN_PDU_GET;
		for (int i = 0; i < g.n; i++) {
			size_t row = sn_rng_below(&r, 2 * ROWS);

			if (row < ROWS) {
				memcpy(g.vb[i].name, names[row], name_n[row]);
				g.vb[i].name_n = name_n[row] - sn_rng_below(&r, 2);
			}
		}
		rq = request(types[sn_rng_below(&r, 4)], sn_span_make(NULL, 0));
		{
			struct sn_writer wr = sn_writer_make(wire, sizeof(wire));

			for (int i = g.n; i-- > 0;) {
				sn_varbind_write(&wr, sn_span_make(g.vb[i].name, g.vb[i].name_n),
						 &g.vb[i].v);
			}
			suite_expect(wr.err == SN_OK);
			rq.vbs = sn_writer_span(&wr);
		}
		if (rq.type == SN_PDU_GETBULK) {
			rq.status = (int32_t)sn_rng_below(&r, 6) - 1;
			rq.index = (int32_t)sn_rng_below(&r, 30) - 1;
		}
		k->d.version = rq.type != SN_PDU_GETBULK && sn_rng_below(&r, 2) ? SN_VERSION_1
										: SN_VERSION_2C;
		k->d.room = sn_rng_below(&r, 3) ? ROOM : sn_rng_below(&r, 200);
		asked = sn_pdu_check(&rq);
		suite_expect(asked == g.n);
		suite_expect(sn_dispatch(&k->d, &rq, &k->answer) == SN_OK);
		n = sn_pdu_check(&k->answer);
		suite_expect(n >= 0);
		if (k->answer.status) {
			suite_expect(k->answer.status == SN_STATUS_TOO_BIG
					     ? k->answer.index == 0
					     : k->answer.index > 0 && k->answer.index <= asked);
		} else if (rq.type == SN_PDU_GETBULK) {
			suite_expect(k->answer.vbs.n <= k->d.room);
		} else {
			suite_expect(n == asked && k->answer.vbs.n <= k->d.room);
		}
	}
	sn_overlay_fini(&k->overlay);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		get_gives_values_and_exceptions,
		an_empty_request_has_an_empty_answer,
		getnext_gives_successors_and_the_end,
		an_error_of_the_device_carries_the_requests_varbinds,
		the_device_thinks_as_long_as_all_its_values_take,
		getbulk_repeats_each_column,
		getbulk_takes_negative_and_zero_numbers_as_zero,
		getbulk_ends_with_a_repetition_of_ends,
		getbulk_fails_for_an_error_in_the_first_repetition_only,
		getbulk_stops_at_the_most_varbinds_there_may_be,
		getbulk_is_cut_after_any_whole_varbind,
		get_and_getnext_that_do_not_fit_are_too_big,
		getbulk_of_very_many_names_completes_one_repetition,
		more_names_than_any_manager_sends_are_too_big,
		v1_has_errors_in_place_of_exceptions,
		v1_does_not_see_what_it_cannot_say,
		answers_no_getbulk_of_v1_and_no_pdu_that_asks_nothing,
		answers_nothing_that_does_not_decode,
		set_changes_what_get_getnext_and_getbulk_show,
		set_is_all_or_nothing,
		set_says_why_it_cannot,
		v1_has_fewer_reasons,
		a_set_whose_answer_does_not_fit_sets_nothing,
		answers_any_request_within_its_room,
		NULL,
	};

	return suite_run_tests("agent/dispatch", tests, 30);
}

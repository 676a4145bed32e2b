/*
 * The desk of desk.h, and the small store behind it.
 */
#include "support/desk.h"

#include "support/bytes.h"
#include "support/suite.h"

/* One instance of the device under test. */
struct row {
	const char *oid;       /* of it, in text */
	struct sn_value value; /* it answers with */
	int32_t status;	       /* it answers with instead */
	int32_t may_set;       /* status of a SET */
	uint64_t delay_ns;     /* it thinks */
};

#define TEXT(s)                                                                                    \
	{                                                                                          \
		.tag = SN_TAG_OCTETS, .bytes = {(const uint8_t *)(s), sizeof(s) - 1 }              \
	}
#define NUMBER(t, v)                                                                               \
	{                                                                                          \
		.tag = SN_TAG_##t, .u = (v)                                                        \
	}

static const struct row rows[DESK_ROWS] = {
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

static uint8_t names[DESK_ROWS][16]; /* OIDs of the rows, BER content */
static size_t name_n[DESK_ROWS];

struct sn_span desk_name(size_t row)
{
	return sn_span_make(names[row], name_n[row]);
}

struct sn_span desk_oid(const char *text)
{
	uint8_t out[SN_OID_MAX_BER];
	int n = sn_oid_from_text(text, out, sizeof(out));

	suite_expect(n > 0);
	return bytes_copy(out, (size_t)n);
}

static int found(size_t i, struct sn_store_item *it)
{
	if (i == DESK_ROWS) {
		return SN_ENOENT;
	}
	it->name = desk_name(i);
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
	for (size_t i = 0; i < DESK_ROWS; i++) {
		if (sn_span_eq(name, desk_name(i))) {
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
	while (i < DESK_ROWS && sn_oid_cmp(desk_name(i), name) <= 0) {
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
static const struct sn_store fake = {.ops = &fake_ops, .instances = DESK_ROWS};

struct desk *desk_open(int32_t version)
{
	static struct desk k;

	for (size_t i = 0; i < DESK_ROWS; i++) {
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
				   .room = DESK_ROOM};
	return &k;
}

struct sn_span desk_varbinds(const char *const *list, size_t n)
{
	static uint8_t buf[DESK_ROOM];
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
		sn_varbind_write(&wr, desk_oid(name), &v);
	}
	suite_expect(wr.err == SN_OK);
	return bytes_copy(wr.p, sn_writer_len(&wr));
}

/* "status index oid=value oid=..." */
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
		suite_expect(p - k->words < DESK_SHOWN - 400);
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

struct sn_pdu desk_request(uint8_t type, struct sn_span vbs)
{
	return (struct sn_pdu){.type = type, .request_id = 77, .vbs = vbs};
}

const char *desk_ask(struct desk *k, const struct sn_pdu *rq)
{
	suite_expect(sn_dispatch(&k->d, rq, &k->answer) == SN_OK);
	suite_expect(k->answer.type == SN_PDU_RESPONSE && k->answer.request_id == 77);
	return show(k);
}

struct sn_span desk_many(const char *name, unsigned n)
{
	static uint8_t buf[DESK_ROOM];
	struct sn_writer wr = sn_writer_make(buf, sizeof(buf));
	struct sn_span ber = desk_oid(name);

	while (n--) {
		sn_varbind_write_null(&wr, ber);
	}
	suite_expect(wr.err == SN_OK);
	return sn_writer_span(&wr);
}

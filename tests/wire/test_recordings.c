/*
 * Every record of every device walk below $SONDE_CORPORA (*.snmprec: oid|tag|value): made a varbind
 * by our writer, put into a response, read back equal, name and type as the recording says. Records
 * that no agent can have sent (hexadecimal slips, text for an address) are counted by kind.
 *
 * ctest: timeout=60
 */
#include "codec/oid.h"
#include "msg/community.h"

#include "support/bytes.h"
#include "support/gen.h"
#include "support/suite.h"
#include "support/xz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>

enum { LINE_MAX_OCTETS = 1 << 17, WIRE_MAX = 1 << 17 };

/* What became of a record. */
enum fate { TAKEN, COMMENT, VARIATION, BAD_NAME, BAD_TAG, BAD_VALUE, FATES };

static const char *const fate_names[FATES] = {"taken",	  "comment or empty", "variation module",
					      "bad name", "unknown tag",      "bad value"};

struct record {
	char *name;		 /* dotted OID */
	unsigned tag;		 /* BER tag, decimal in the file */
	bool hex;		 /* value is hexadecimal */
	bool escaped;		 /* value has backslash escapes */
	char *value;		 /* text of the value */
	uint8_t ber[WIRE_MAX];	 /* the name */
	size_t ber_n;		 /* octets of the name */
	uint8_t bytes[WIRE_MAX]; /* storage of a value that is bytes */
	struct sn_value v;	 /* the value */
};

static struct record rec;
static unsigned long fates[FATES];
static unsigned files;

/* Splits a line in place. */
static enum fate split(char *line)
{
	char *end;

	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '#' || line[0] == '\0') {
		return COMMENT;
	}
	rec.name = line;
	line += strcspn(line, "|");
	if (*line == '\0') {
		return COMMENT;
	}
	*line++ = '\0';
	rec.tag = (unsigned)strtoul(line, &end, 10);
	rec.hex = false;
	rec.escaped = false;
	for (; *end == 'x' || *end == 'e'; end++) {
		rec.hex = rec.hex || *end == 'x';
		rec.escaped = rec.escaped || *end == 'e';
	}
	if (*end == ':') {
		return VARIATION;
	}
	rec.value = end + 1;
	return *end == '|' && end > line ? TAKEN : BAD_TAG;
}

/* Octets of the value's text: as it stands, from hexadecimal, or with \\x41 and the like undone. */
static bool to_bytes(size_t *n)
{
	const char *s = rec.value;

	*n = 0;
	while (*s) {
		char two[3] = {s[0], s[1], '\0'};

		if (rec.escaped && s[0] == '\\' && s[1] == 'x' && s[2] && s[3]) {
			two[0] = s[2];
			two[1] = s[3];
			s += 2;
		} else if (!rec.hex) {
			rec.bytes[(*n)++] = (uint8_t)*s++;
			continue;
		}
		if (strspn(two, "0123456789abcdefABCDEF") != 2) {
			return false;
		}
		rec.bytes[(*n)++] = (uint8_t)strtoul(two, NULL, 16);
		s += 2;
	}
	return true;
}

static bool to_number(uint64_t max)
{
	char *end;

	errno = 0;
	if (rec.tag == SN_TAG_INTEGER) {
		rec.v.i = strtoll(rec.value, &end, 10);
	} else {
		rec.v.u = strtoull(rec.value, &end, 10);
		if (rec.v.u > max || rec.value[0] == '-') {
			return false;
		}
	}
	return errno == 0 && end > rec.value && *end == '\0';
}

static enum fate to_value(void)
{
	size_t n = 0;
	bool good = true;
	int len;

	rec.v = (struct sn_value){.tag = (uint8_t)rec.tag};
	switch (rec.tag) {
	case SN_TAG_INTEGER:
	case SN_TAG_COUNTER64:
		good = to_number(UINT64_MAX);
		break;
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
		good = to_number(UINT32_MAX);
		break;
	case SN_TAG_OCTETS:
	case SN_TAG_OPAQUE:
	case SN_TAG_NSAP:
		good = to_bytes(&n);
		break;
	case SN_TAG_OID:
		len = sn_oid_from_text(rec.value, rec.bytes, sizeof(rec.bytes));
		good = len > 0;
		n = good ? (size_t)len : 0;
		break;
	case SN_TAG_IPADDRESS:
		n = 4;
		good = rec.hex || rec.escaped ? to_bytes(&n) && n == 4
					      : inet_pton(AF_INET, rec.value, rec.bytes) == 1;
		break;
	case SN_TAG_NULL:
	case SN_TAG_NO_SUCH_OBJECT:
	case SN_TAG_NO_SUCH_INSTANCE:
	case SN_TAG_END_OF_MIB_VIEW:
		break;
	default:
		return BAD_TAG;
	}
	if (n > 0 || rec.tag == SN_TAG_OCTETS) {
		rec.v.bytes = sn_span_make(rec.bytes, n);
	}
	return good ? TAKEN : BAD_VALUE;
}

/* Whether two dotted OIDs are the same; one recording has a leading zero in an arc. */
static bool same_text(const char *a, const char *b)
{
	while (*a || *b) {
		a += *a == '0' && a[1] >= '0' && a[1] <= '9';
		b += *b == '0' && b[1] >= '0' && b[1] <= '9';
		if (*a++ != *b++) {
			return false;
		}
	}
	return true;
}

/* A response with just this varbind, written and read. */
static void round_trip(void)
{
	static uint8_t list[WIRE_MAX];
	static uint8_t wire[WIRE_MAX];
	struct sn_writer vbs = sn_writer_make(list, sizeof(list));
	struct sn_writer w = sn_writer_make(wire, sizeof(wire));
	struct sn_message m = {.version = SN_VERSION_2C,
			       .community = sn_span_str("public"),
			       .pdu = {.type = SN_PDU_RESPONSE, .request_id = 0x12345678}};
	char text[SN_OID_MAX_TEXT];
	struct sn_cursor cur;
	struct sn_varbind vb;
	struct sn_value v;
	struct sn_span in;

	sn_varbind_write(&vbs, sn_span_make(rec.ber, rec.ber_n), &rec.v);
	m.pdu.vbs = sn_writer_span(&vbs);
	sn_community_write(&w, &m);
	suite_expect(vbs.err == SN_OK && w.err == SN_OK);
	in = sn_writer_span(&w);
	bytes_free_all();
	suite_expect(sn_community_read(bytes_copy(in.p, in.n), &m) == SN_OK);
	suite_expect(sn_pdu_check(&m.pdu) == 1);
	cur = sn_cursor_make(m.pdu.vbs);
	suite_expect(sn_varbind_next(&cur, &vb));
	suite_expect(vb.tag == rec.tag);
	suite_expect(sn_oid_to_text(vb.name, text, sizeof(text)) > 0);
	if (!same_text(text, rec.name)) {
		ck_abort_msg("%s became %s", rec.name, text);
	}
	suite_expect(sn_value_read(vb.tag, vb.value, &v) == SN_OK);
	/* Opaque that wraps a number comes back as that number, from the same octets */
	suite_expect(v.tag == SN_TAG_FLOAT || v.tag == SN_TAG_DOUBLE ||
		     gen_value_equal(&v, &rec.v));
	suite_expect(!sn_varbind_next(&cur, &vb) && cur.err == SN_OK);
}

/* A tag that is no SMI type, whatever its octets say, is refused and does no harm. */
static void expect_refused(void)
{
	struct sn_value v;

	if (rec.tag < 256) {
		suite_expect(sn_value_read((uint8_t)rec.tag, sn_span_str(rec.value), &v) ==
			     SN_ETAG);
	}
}

static enum fate take_line(char *line)
{
	enum fate fate = split(line);
	int n;

	if (fate != TAKEN) {
		return fate;
	}
	n = sn_oid_from_text(rec.name, rec.ber, sizeof(rec.ber));
	if (n < 0) {
		return BAD_NAME;
	}
	rec.ber_n = (size_t)n;
	rec.name += rec.name[0] == '.';
	fate = to_value();
	if (fate == TAKEN) {
		round_trip();
	} else if (fate == BAD_TAG) {
		expect_refused();
	}
	return fate;
}

static int take_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	static char line[LINE_MAX_OCTETS];
	size_t n = strlen(path);
	FILE *f;

	(void)st;
	(void)ftw;
	if (type != FTW_F || n < 8 || strcmp(path + n - 8, ".snmprec") != 0) {
		return 0;
	}
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	files++;
	while (fgets(line, sizeof(line), f)) {
		fates[take_line(line)]++;
	}
	fclose(f);
	return 0;
}

START_TEST(every_record_survives_the_wire)
{
	unsigned long all = 0;

	ck_assert_int_eq(nftw(corpora_path("librenms"), take_file, 16, FTW_PHYS), 0);
	ck_assert_int_eq(nftw(corpora_path("snmpsim-builtin"), take_file, 16, FTW_PHYS), 0);
	printf("%u recordings:", files);
	for (int i = 0; i < FATES; i++) {
		printf(" %lu %s%s", fates[i], fate_names[i], i + 1 < FATES ? "," : "\n");
		all += fates[i];
	}
	ck_assert_uint_gt(files, 100);
	ck_assert_uint_gt(fates[TAKEN], 500000);
	/* all but a few in a thousand: the 1,392 slips of one device and some dozens of others */
	ck_assert_uint_gt(fates[TAKEN] * 1000, all * 995);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_record_survives_the_wire, NULL};
	const char *root = corpora_path("librenms");
	FILE *f = root ? fopen(root, "r") : NULL;

	if (!f) {
		printf("skipped: no recordings below SONDE_CORPORA\n");
		return SUITE_SKIP;
	}
	fclose(f);
	return suite_run_tests("recordings", tests, 30);
}

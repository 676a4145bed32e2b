/*
 * Every datagram of $SONDE_CORPORA/payloads (62,881: the PROTOS c06-snmpv1 suite and captures of
 * real devices) against the verdicts of two decoders that nobody here wrote, Net-SNMP and pysnmp:
 * accepted where both accept, with the same PDU tag, request-id, number of varbinds and
 * error-status; refused where both refuse. The exceptions are listed one by one in
 * payload_exceptions.h.
 *
 * ctest: timeout=60
 */
#include "msg/community.h"

#include "support/bytes.h"
#include "support/rewrite.h"
#include "support/suite.h"
#include "support/xz.h"
#include "wire/payload_exceptions.h"

struct payload {
	struct sn_span octets; /* the datagram */
	bool fragment;	       /* first IP fragment of a longer one: truncated input */
	bool protos;	       /* of the PROTOS suite, not from a real device */
	bool netsnmp;	       /* Net-SNMP accepts it */
	bool pysnmp;	       /* pysnmp accepts it */
	bool v3;	       /* either says that it is version 3 */
	unsigned tag;	       /* PDU tag, by Net-SNMP */
	uint32_t request_id;   /* by Net-SNMP, its low 32 bits */
	int varbinds;	       /* number, by Net-SNMP */
	uint32_t error_status; /* by Net-SNMP, its low 32 bits */
	bool has_exception;    /* in the table */
	enum exception expect; /* how it differs */
};

static struct payload *payloads;
static size_t count;

/* The next tab-separated field of a NUL-terminated line, cut off in place. */
static char *field(char **p)
{
	char *start = *p;
	char *end = start + strcspn(start, "\t");

	*p = *end ? end + 1 : end;
	*end = '\0';
	return start;
}

/* Calls take(payload, fields) for each line but the first of a table that is numbered like the
 * payloads. */
static bool read_table(const char *path, size_t fields, void (*take)(struct payload *, char **))
{
	size_t n;
	char *file = corpora_read_xz(path, &n);
	char *p = file;
	size_t line = 0;
	bool numbered = true;

	while (p && p < file + n && numbered && line <= count) {
		char *end = memchr(p, '\n', (size_t)(file + n - p));
		char *f[16] = {0};

		if (!end) {
			break;
		}
		/* with a NUL here no string function looks further than the line */
		*end = '\0';
		for (size_t i = 0; i < fields; i++) {
			f[i] = field(&p);
		}
		if (line > 0) {
			numbered = strtoul(f[0], NULL, 10) == line - 1;
			take(&payloads[line - 1], f);
		}
		p = end + 1;
		line++;
	}
	free(file);
	return numbered && line == count + 1;
}

/* n sha1 len source frame sport dport note */
static void take_index(struct payload *pl, char **f)
{
	pl->protos = strncmp(f[3], "protos-", 7) == 0;
	pl->fragment = strcmp(f[7], "first-fragment") == 0;
}

/* n netsnmp errno pdu_tag version request_id varbinds error_status pysnmp */
static void take_verdict(struct payload *pl, char **f)
{
	pl->netsnmp = strcmp(f[1], "accept") == 0;
	pl->pysnmp = strncmp(f[8], "ok", 2) == 0;
	pl->v3 = strncmp(f[1], "v3", 2) == 0 || strcmp(f[8], "ver3") == 0;
	pl->tag = (unsigned)strtoul(f[3], NULL, 10);
	pl->request_id = (uint32_t)strtoll(f[5], NULL, 10);
	pl->varbinds = atoi(f[6]);
	pl->error_status = (uint32_t)strtoll(f[7], NULL, 10);
}

/* Splits (u32 length, octets)... into payloads. */
static bool split(struct sn_span pack)
{
	for (size_t pass = 0; pass < 2; pass++) {
		struct sn_cursor cur = sn_cursor_make(pack);

		count = 0;
		while (sn_cursor_left(&cur)) {
			struct sn_span head = sn_cursor_take(&cur, 4);
			struct sn_span octets;

			if (cur.err) {
				return false;
			}
			octets = sn_cursor_take(&cur, (size_t)head.p[0] << 24 |
							      (size_t)head.p[1] << 16 |
							      (size_t)head.p[2] << 8 | head.p[3]);
			if (cur.err) {
				return false;
			}
			if (pass == 1) {
				payloads[count].octets = octets;
			}
			count++;
		}
		if (pass == 0) {
			payloads = calloc(count + 1, sizeof(*payloads));
			if (!payloads) {
				return false;
			}
		}
	}
	return true;
}

static bool load(struct sn_span pack)
{
	if (!split(pack) || !read_table("payloads/index.tsv.xz", 8, take_index) ||
	    !read_table("payloads/verdicts.tsv.xz", 9, take_verdict)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		if (exceptions[i].number >= count) {
			return false;
		}
		payloads[exceptions[i].number].has_exception = true;
		payloads[exceptions[i].number].expect = exceptions[i].kind;
	}
	return true;
}

/* The number of varbinds, or the error. Reads from a block of exactly the datagram's size. */
static int decode(const struct payload *pl, struct sn_message *m)
{
	int rc;

	bytes_free_all();
	rc = sn_community_read(bytes_copy(pl->octets.p, pl->octets.n), m);
	return rc ? rc : sn_pdu_check(&m->pdu);
}

/* Traps of v1 have neither request-id nor error-status: what the verdicts say there is Net-SNMP's
 * own. */
static bool numbers_agree(const struct payload *pl, const struct sn_message *m)
{
	return m->pdu.type == SN_PDU_TRAP_V1 || ((uint32_t)m->pdu.request_id == pl->request_id &&
						 (uint32_t)m->pdu.status == pl->error_status);
}

START_TEST(accepts_with_the_same_head_what_both_decoders_accept)
{
	unsigned accepted = 0;
	unsigned excepted = 0;
	unsigned real = 0;

	for (size_t i = 0; i < count; i++) {
		const struct payload *pl = &payloads[i];
		struct sn_message m;
		int n;

		if (pl->fragment || pl->v3 || !pl->netsnmp || !pl->pysnmp) {
			continue;
		}
		n = decode(pl, &m);
		accepted++;
		real += !pl->protos;
		if (pl->has_exception && pl->expect == REFUSED_LENGTH_OF_LENGTH) {
			ck_assert_msg(n == SN_ELENGTH, "%zu: exception not needed: %d", i, n);
			excepted++;
			continue;
		}
		if (n < 0 || m.pdu.type != pl->tag || n != pl->varbinds) {
			ck_abort_msg("%zu: %s, tag %02x, %d varbinds", i,
				     n < 0 ? sn_err_text(n) : "other head", n < 0 ? 0u : m.pdu.type,
				     n);
		}
		if (pl->has_exception) {
			ck_assert_msg(!numbers_agree(pl, &m), "%zu: exception not needed", i);
			excepted++;
		} else if (!numbers_agree(pl, &m)) {
			ck_abort_msg("%zu: request-id %d, error-status %d", i, m.pdu.request_id,
				     m.pdu.status);
		}
	}
	printf("both decoders accept %u, of them %u from real devices: all accepted but %u"
	       " exceptions\n",
	       accepted, real, excepted);
	ck_assert_uint_eq(excepted, sizeof(exceptions) / sizeof(exceptions[0]));
	ck_assert_uint_le(excepted, 50);
	/* the corpus' own figures: a lost column would otherwise look like success */
	ck_assert_uint_eq(accepted, 20925);
	ck_assert_uint_eq(real, 4158);
}
END_TEST

START_TEST(no_exception_concerns_a_real_device)
{
	for (size_t i = 0; i < count; i++) {
		suite_expect(!payloads[i].has_exception || payloads[i].protos);
	}
}
END_TEST

START_TEST(refuses_what_both_decoders_refuse)
{
	unsigned refused = 0;

	for (size_t i = 0; i < count; i++) {
		const struct payload *pl = &payloads[i];
		struct sn_message m;
		int n;

		if (pl->fragment || pl->v3 || pl->netsnmp || pl->pysnmp) {
			continue;
		}
		n = decode(pl, &m);
		if (n >= 0) {
			ck_abort_msg("%zu: accepted, tag %02x, %d varbinds", i,
				     (unsigned)m.pdu.type, n);
		}
		refused++;
	}
	printf("both decoders refuse %u: all refused\n", refused);
	ck_assert_uint_eq(refused, 22826);
}
END_TEST

START_TEST(version_3_is_refused_by_its_version)
{
	unsigned seen = 0;

	for (size_t i = 0; i < count; i++) {
		struct sn_message m;

		if (payloads[i].v3) {
			suite_expect(decode(&payloads[i], &m) == SN_EVERSION);
			seen++;
		}
	}
	printf("version 3: %u, all SN_EVERSION\n", seen);
	ck_assert_uint_gt(seen, 400);
}
END_TEST

/* Fragments and disputed ones included: no crash, no read outside, and what is accepted survives
 * rewriting. */
START_TEST(whatever_is_accepted_reads_the_same_after_writing)
{
	static uint8_t out[REWRITE_MAX];
	unsigned accepted = 0;
	unsigned fragments = 0;

	for (size_t i = 0; i < count; i++) {
		struct sn_message m;
		struct sn_message back;
		struct sn_span wire;

		fragments += payloads[i].fragment;
		if (decode(&payloads[i], &m) < 0) {
			continue;
		}
		wire = rewrite_message(&m, out);
		if (wire.n == 0 || sn_community_read(wire, &back) || !rewrite_equal(&m, &back)) {
			ck_abort_msg("%zu: differs after writing", i);
		}
		accepted++;
	}
	printf("of %zu datagrams (%u first fragments) %u are accepted and survive rewriting\n",
	       count, fragments, accepted);
	ck_assert_uint_gt(accepted, 20925);
	ck_assert_uint_gt(fragments, 10000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {accepts_with_the_same_head_what_both_decoders_accept,
				      no_exception_concerns_a_real_device,
				      refuses_what_both_decoders_refuse,
				      version_3_is_refused_by_its_version,
				      whatever_is_accepted_reads_the_same_after_writing,
				      NULL};

	size_t n;
	const char *pack = corpora_read_xz("payloads/snmp-payloads.lp.xz", &n);

	if (!pack) {
		printf("skipped: no payloads below SONDE_CORPORA, or no xz\n");
		return SUITE_SKIP;
	}
	if (!load(sn_span_make(pack, n))) {
		printf("the tables beside the payloads do not fit to them\n");
		return EXIT_FAILURE;
	}
	return suite_run_tests("payloads", tests, 30);
}

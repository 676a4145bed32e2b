/*
 * SNMPv3 messages that others sent, below $SONDE_CORPORA, against the passwords published with
 * them: every MAC checks, every encrypted one decrypts to the plaintext that another program found,
 * no octet can change; written again from their fields they are the same octets; and of all others
 * the header and the USM parameters are read, unless Net-SNMP calls them malformed.
 *
 * ctest: timeout=120
 */
#include "codec/oid.h"
#include "msg/community.h"
#include "msg/peek.h"
#include "usm/seal.h"

#include "support/bytes.h"
#include "support/suite.h"
#include "support/xz.h"

#define WIKI "wireshark-wiki/snmp_usm.pcap"

enum { MESSAGES_MAX = 1000, FIELDS = 8, DATAGRAM_MAX = 65535 };

/* One message of version 3 in the pack. */
struct captured {
	struct sn_span octets; /* the datagram, on the heap */
	char source[120];      /* file it is from */
	char verdict[16];      /* Net-SNMP's: "accept", "v3:-43", ... */
	long frame;	       /* its number in a capture; 0: a file of its own */
};

static struct captured captured[MESSAGES_MAX];
static size_t count;

/* A message taken apart. */
struct parts {
	struct sn_v3_message m;	     /* header */
	struct sn_usm_params params; /* security parameters */
};

/* A user whose passwords are published. */
struct user {
	const char *name;	   /* msgUserName */
	unsigned auth;		   /* enum sn_auth_protocol */
	unsigned priv;		   /* enum sn_priv_protocol */
	const char *auth_password; /* of authentication */
	const char *priv_password; /* of privacy; NULL: none */
};

/* Users of the capture WIKI. */
static const struct user wiki_users[] = {
	{"pippo", SN_AUTH_MD5, SN_PRIV_DES, "pippoxxx", "PIPPOxxx"},
	{"pippo2", SN_AUTH_SHA1, SN_PRIV_DES, "pippoxxx", "PIPPOxxx"},
	{"pippo3", SN_AUTH_SHA1, SN_PRIV_AES128, "pippoxxx", "PIPPOxxx"},
	{"pippo4", SN_AUTH_MD5, SN_PRIV_AES128, "pippoxxx", "PIPPOxxx"},
};

/* Files of one message and the user in each: the passwords are those of the source's own tests. */
static const struct {
	const char *source; /* in the pack */
	struct user user;   /* its sender or receiver */
} files[] = {
	{"sharpsnmplib/TestGetRequestV3AuthPrivAES2_1.bin",
	 {"usr-sha-aes", SN_AUTH_SHA1, SN_PRIV_AES128, "authkey1", "privkey1"}},
	{"sharpsnmplib/TestGetRequestV3AuthPriv_LocalizedKeys_Request_1.bin",
	 {"usr-sha-aes", SN_AUTH_SHA1, SN_PRIV_AES128, "authkey1", "privkey1"}},
	{"sharpsnmplib/TestGetRequestV3AuthPriv_LocalizedKeys_Response_1.bin",
	 {"usr-sha-aes", SN_AUTH_SHA1, SN_PRIV_AES128, "authkey1", "privkey1"}},
	{"sharpsnmplib/TestGetRequestV3AuthPriv_MD5_3DES_1.bin",
	 {"usr-md5-3des", SN_AUTH_MD5, SN_PRIV_3DES, "authkey1", "privkey1"}},
	{"sharpsnmplib/TestGetRequestV3AuthPriv_MD5_DES_1.bin",
	 {"lexmark", SN_AUTH_MD5, SN_PRIV_DES, "testpass", "passtest"}},
	{"sharpsnmplib/TestGetRequestV3AuthPriv_SHA1_AES_1.bin",
	 {"usr-sha-aes", SN_AUTH_SHA1, SN_PRIV_AES128, "authkey1", "privkey1"}},
	{"sharpsnmplib/TestGetRequestV3Auth_1.bin",
	 {"lexli", SN_AUTH_MD5, SN_PRIV_NONE, "testpass", NULL}},
	{"sharpsnmplib/TestReportFailure2_1.bin",
	 {"billing", SN_AUTH_MD5, SN_PRIV_NONE, "testing345", NULL}},
	{"sharpsnmplib/TestReportFailure_1.bin",
	 {"MD5_DES_User", SN_AUTH_MD5, SN_PRIV_DES, "AuthPassword", "PrivPassword"}},
	{"sharpsnmplib/trapv3auth", {"lextm", SN_AUTH_MD5, SN_PRIV_NONE, "authentication", NULL}},
	{"sharpsnmplib/trapv3authpriv",
	 {"lextm", SN_AUTH_MD5, SN_PRIV_DES, "authentication", "privacyphrase"}},
	{"sharpsnmplib/v3authNoPriv_BER_Issue",
	 {"test", SN_AUTH_SHA1, SN_PRIV_NONE, "testpass", NULL}},
	{"gosnmp/trap_test__genericV3Trap.bin",
	 {"myuser", SN_AUTH_MD5, SN_PRIV_NONE, "mypassword", NULL}},
	{"gosnmp/trap_test__snmpV3AuthPrivTrap.bin",
	 {"myuser2", SN_AUTH_MD5, SN_PRIV_AES128, "mypassword2", "myprivacy2"}},
};

enum { FILES = sizeof(files) / sizeof(files[0]) };

/* The next field of a line that ends in a line feed, cut off in place. */
static char *field(char **p)
{
	char *start = *p;
	char *end = start + strcspn(start, "\t\n");

	*p = *end == '\t' ? end + 1 : end;
	if (*end == '\t') {
		*end = '\0';
	}
	return start;
}

/* What is left of a text. */
struct text {
	char *p;   /* next line; NULL: there is no text */
	char *end; /* behind the last octet */
};

/* Splits the next line into fields; absent ones are empty. False at the end. */
static bool next_line(struct text *t, char *f[FIELDS])
{
	char *end = memchr(t->p, '\n', (size_t)(t->end - t->p));
	char *line = t->p;

	if (!end) {
		return false;
	}
	/* with a NUL here no string function looks further than the line */
	*end = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		f[i] = field(&line);
	}
	t->p = end + 1;
	return true;
}

/* Keeps one message of version 3; false when there is no room for it. */
static bool keep(struct sn_span octets, char *const index[FIELDS], char *const verdicts[FIELDS])
{
	struct captured *c = &captured[count];
	uint8_t *copy = malloc(octets.n);

	if (count == MESSAGES_MAX || !copy) {
		free(copy);
		return false;
	}
	memcpy(copy, octets.p, octets.n);
	c->octets = sn_span_make(copy, octets.n);
	c->frame = strtol(index[4], NULL, 10);
	snprintf(c->source, sizeof(c->source), "%s", index[3]);
	snprintf(c->verdict, sizeof(c->verdict), "%s", verdicts[1]);
	count++;
	return true;
}

/* Keeps all messages of version 3 of the pack, with the lines of the two tables beside it. */
static bool select_messages(struct sn_span pack, struct text index, struct text verdicts)
{
	struct sn_cursor cur = sn_cursor_make(pack);
	char *fi[FIELDS];
	char *fv[FIELDS];
	int32_t version;

	if (!next_line(&index, fi) || !next_line(&verdicts, fv)) {
		return false;
	}
	while (sn_cursor_left(&cur)) {
		struct sn_span head = sn_cursor_take(&cur, 4);
		struct sn_span octets;

		if (cur.err || !next_line(&index, fi) || !next_line(&verdicts, fv)) {
			return false;
		}
		octets = sn_cursor_take(&cur, sn_ber_be(head.p, 4));
		if (octets.n && sn_peek_version(octets, &version) == SN_OK &&
		    version == SN_VERSION_3 && !keep(octets, fi, fv)) {
			return false;
		}
	}
	return cur.err == SN_OK;
}

/* 0, SUITE_SKIP when the material is missing, EXIT_FAILURE when it does not fit together. */
static int load(void)
{
	size_t n[3];
	char *index = corpora_read_xz("payloads/index.tsv.xz", &n[0]);
	char *verdicts = corpora_read_xz("payloads/verdicts.tsv.xz", &n[1]);
	char *pack = corpora_read_xz("payloads/snmp-payloads.lp.xz", &n[2]);
	int rc = SUITE_SKIP;

	if (index && verdicts && pack) {
		struct text it = {index, index + n[0]};
		struct text vt = {verdicts, verdicts + n[1]};

		rc = select_messages(sn_span_make(pack, n[2]), it, vt) ? 0 : EXIT_FAILURE;
	}
	free(index);
	free(verdicts);
	free(pack);
	return rc;
}

static const struct captured *find(const char *source, long frame)
{
	for (size_t i = 0; i < count; i++) {
		if (captured[i].frame == frame && strcmp(captured[i].source, source) == 0) {
			return &captured[i];
		}
	}
	ck_abort_msg("%s, frame %ld: not in the pack", source, frame);
	return NULL;
}

/* A whole text file below SONDE_CORPORA. */
static struct text read_text(const char *path)
{
	static char text[1 << 17];
	struct text none = {NULL, NULL};
	const char *full = corpora_path(path);
	FILE *in = full ? fopen(full, "re") : NULL;
	size_t n;

	if (!in) {
		return none;
	}
	n = fread(text, 1, sizeof(text), in);
	fclose(in);
	return (struct text){text, text + n};
}

/* Reads a copy of exactly the datagram's size. */
static int take_apart(struct sn_span octets, struct parts *p)
{
	int rc = sn_v3_read(bytes_copy(octets.p, octets.n), &p->m);

	return rc ? rc : sn_usm_params_read(p->m.security, &p->params);
}

/* Keys of a user at the engine of a message; the last one made is kept. */
static const struct sn_usm_keys *keys_of(const struct user *u, struct sn_span engine_id)
{
	static struct sn_usm_keys keys;
	static const struct user *last;
	static uint8_t last_engine[SN_V3_ENGINE_ID_MAX];
	static size_t last_n;
	struct sn_usm_user user = {.name = sn_span_str(u->name),
				   .level = u->priv ? SN_V3_LEVEL : SN_V3_AUTH,
				   .auth = (uint8_t)u->auth,
				   .priv = (uint8_t)u->priv};

	if (u == last && sn_span_eq(engine_id, sn_span_make(last_engine, last_n))) {
		return &keys;
	}
	user.auth_n = user.priv_n = sn_auth_info(u->auth)->digest;
	ck_assert_int_eq(sn_auth_password_to_key(u->auth, sn_span_str(u->auth_password),
						 user.auth_key),
			 SN_OK);
	if (u->priv_password) {
		ck_assert_int_eq(sn_auth_password_to_key(u->auth, sn_span_str(u->priv_password),
							 user.priv_key),
				 SN_OK);
	}
	sn_usm_keys_fini(&keys);
	ck_assert_int_eq(sn_usm_user_localize(&user, engine_id, &keys), SN_OK);
	last = u;
	last_n = engine_id.n;
	memcpy(last_engine, engine_id.p, engine_id.n);
	return &keys;
}

static const struct user *wiki_user(struct sn_span name)
{
	for (size_t i = 0; i < sizeof(wiki_users) / sizeof(wiki_users[0]); i++) {
		if (sn_span_eq(name, sn_span_str(wiki_users[i].name))) {
			return &wiki_users[i];
		}
	}
	return NULL;
}

/* What is in an authenticated message; fails the test when its MAC or its content is not right. */
static void open_authentic(const struct parts *p, const struct sn_usm_keys *keys, uint8_t *scratch,
			   struct sn_scoped_pdu *s)
{
	ck_assert_int_eq(sn_auth_check(keys->auth, &keys->hmac, p->m.whole, p->params.auth), SN_OK);
	ck_assert_int_eq(sn_usm_open(&p->m, &p->params, keys, scratch, s), SN_OK);
	ck_assert_int_ge(sn_pdu_check(&s->pdu), 0);
}

/* frame, user, flags, result, plaintext: as another program has found them. */
START_TEST(the_wiki_capture_authenticates_and_decrypts_as_expected)
{
	static uint8_t scratch[DATAGRAM_MAX + 16];
	struct text text = read_text("vectors/snmp_usm.expected.tsv");
	char *f[FIELDS];
	unsigned plain = 0;
	unsigned authentic = 0;
	unsigned decrypted = 0;

	ck_assert_ptr_nonnull(text.p);
	ck_assert(next_line(&text, f));
	while (next_line(&text, f)) {
		long frame = strtol(f[0], NULL, 10);
		struct sn_scoped_pdu s;
		struct parts p;

		ck_assert_int_eq(take_apart(find(WIKI, frame)->octets, &p), SN_OK);
		ck_assert(sn_span_eq(p.params.user, sn_span_str(f[1])));
		ck_assert_int_eq(p.m.flags & SN_V3_LEVEL, strtol(f[2], NULL, 10));
		if (!(p.m.flags & SN_V3_AUTH)) {
			ck_assert_int_eq(sn_usm_open(&p.m, &p.params, NULL, NULL, &s), SN_OK);
			plain++;
			continue;
		}
		open_authentic(&p, keys_of(wiki_user(p.params.user), p.params.engine_id), scratch,
			       &s);
		ck_assert(sn_span_eq(s.engine_id, p.params.engine_id));
		authentic++;
		if (p.m.encrypted) {
			struct sn_span want = bytes_hex(f[4]);

			ck_assert_msg(sn_span_eq(want, sn_span_make(scratch, p.m.data.n)),
				      "frame %ld", frame);
			decrypted++;
		}
	}
	printf("%u authentic, %u of them decrypted as expected, %u without authentication\n",
	       authentic, decrypted, plain);
	ck_assert_uint_eq(plain, 16);
	ck_assert_uint_eq(authentic, 128);
	ck_assert_uint_eq(decrypted, 64);
}
END_TEST

START_TEST(messages_of_other_libraries_authenticate_and_decrypt)
{
	static uint8_t scratch[DATAGRAM_MAX + 16];
	unsigned decrypted = 0;

	for (size_t i = 0; i < FILES; i++) {
		struct sn_scoped_pdu s;
		struct parts p;

		ck_assert_int_eq(take_apart(find(files[i].source, 0)->octets, &p), SN_OK);
		ck_assert(sn_span_eq(p.params.user, sn_span_str(files[i].user.name)));
		ck_assert_msg(p.m.flags & SN_V3_AUTH, "%s", files[i].source);
		open_authentic(&p, keys_of(&files[i].user, p.params.engine_id), scratch, &s);
		decrypted += p.m.encrypted;
	}
	ck_assert_uint_eq(decrypted, 8);
}
END_TEST

/*
 * The sender has encrypted with another salt than it sent: the last four octets of the salt, and so
 * of the IV, do not fit, and with them octets 4 to 7 of the plaintext (in the contextEngineID).
 * openssl finds the same. All else is a sane request, which only the right keys make of it.
 */
START_TEST(the_3des_message_is_a_request_but_for_the_senders_salt)
{
	static const char *const names[] = {"1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"};
	static uint8_t scratch[DATAGRAM_MAX + 16];
	struct sn_scoped_pdu s;
	struct sn_cursor cur;
	struct sn_varbind vb;
	struct parts p;

	ck_assert_str_eq(files[3].source, "sharpsnmplib/TestGetRequestV3AuthPriv_MD5_3DES_1.bin");
	ck_assert_int_eq(take_apart(find(files[3].source, 0)->octets, &p), SN_OK);
	open_authentic(&p, keys_of(&files[3].user, p.params.engine_id), scratch, &s);
	ck_assert_uint_eq(s.engine_id.n, p.params.engine_id.n);
	for (size_t i = 0; i < s.engine_id.n; i++) {
		const uint8_t *at = s.engine_id.p + i;
		bool salted = at - scratch >= 4 && at - scratch < 8;

		ck_assert_int_eq(*at != p.params.engine_id.p[i], salted);
	}
	ck_assert_uint_eq(s.context.n, 0);
	ck_assert_uint_eq(s.pdu.type, SN_PDU_GET);
	ck_assert_int_eq(s.pdu.status, 0);
	ck_assert_int_eq(s.pdu.index, 0);
	cur = sn_cursor_make(s.pdu.vbs);
	for (size_t i = 0; i < 2; i++) {
		char oid[SN_OID_MAX_TEXT];

		ck_assert(sn_varbind_next(&cur, &vb));
		ck_assert_uint_eq(vb.tag, SN_TAG_NULL);
		ck_assert_int_gt(sn_oid_to_text(vb.name, oid, sizeof(oid)), 0);
		ck_assert_str_eq(oid, names[i]);
	}
	ck_assert(!sn_varbind_next(&cur, &vb));
	ck_assert_int_eq(cur.err, SN_OK);
}
END_TEST

/* The row of vectors/usm-vectors.tsv whose name begins so, as octets. */
static struct sn_span vector(const char *name)
{
	struct text text = read_text("vectors/usm-vectors.tsv");
	char *f[FIELDS];

	ck_assert_ptr_nonnull(text.p);
	while (next_line(&text, f)) {
		if (strncmp(f[0], name, strlen(name)) == 0) {
			return bytes_hex(f[1]);
		}
	}
	ck_abort_msg("no vector \"%s\"", name);
	return sn_span_make(NULL, 0);
}

START_TEST(sha_2_packets_authenticate_with_their_localized_keys)
{
	static const struct {
		unsigned auth;	    /* enum sn_auth_protocol */
		const char *key;    /* vector with the localized key */
		const char *packet; /* vector with the packet */
	} rows[] = {
		{SN_AUTH_SHA224, "Kul SHA224 authkey1", "full authenticated packet SHA224"},
		{SN_AUTH_SHA512, "Kul SHA512 authkey1", "full authenticated packet SHA512"},
	};

	for (size_t i = 0; i < 2; i++) {
		struct sn_span key = vector(rows[i].key);
		struct sn_usm_user user = {.level = SN_V3_AUTH,
					   .auth = (uint8_t)rows[i].auth,
					   .auth_kind = SN_KEY_LOCALIZED,
					   .auth_n = (uint8_t)key.n};
		struct sn_usm_keys keys;
		struct sn_scoped_pdu s;
		struct parts p;

		memcpy(user.auth_key, key.p, key.n);
		ck_assert_int_eq(take_apart(vector(rows[i].packet), &p), SN_OK);
		ck_assert_int_eq(sn_usm_user_localize(&user, p.params.engine_id, &keys), SN_OK);
		open_authentic(&p, &keys, NULL, &s);
		ck_assert(sn_span_eq(s.engine_id, p.params.engine_id));
		sn_usm_keys_fini(&keys);
	}
}
END_TEST

/* One bit of the octet at `at` flipped: what a receiver makes of it. */
static int open_flipped(struct sn_span octets, size_t at, const struct sn_usm_keys *keys)
{
	static uint8_t copy[DATAGRAM_MAX];
	struct parts p;
	int rc;

	memcpy(copy, octets.p, octets.n);
	copy[at] ^= (uint8_t)(1u << at % 8);
	rc = take_apart(sn_span_make(copy, octets.n), &p);
	if (rc) {
		return rc;
	}
	/* a receiver that wants authentication refuses a lower level as it refuses a wrong MAC */
	return p.m.flags & SN_V3_AUTH
		       ? sn_auth_check(keys->auth, &keys->hmac, p.m.whole, p.params.auth)
		       : SN_ELEVEL;
}

START_TEST(no_octet_of_an_authenticated_message_can_change)
{
	unsigned flips = 0;

	for (size_t i = 0; i < count; i++) {
		const struct user *u = NULL;
		const struct sn_usm_keys *keys;
		struct parts p;

		if (strcmp(captured[i].source, WIKI) == 0) {
			suite_expect(take_apart(captured[i].octets, &p) == SN_OK);
			u = wiki_user(p.params.user);
		}
		for (size_t k = 0; k < FILES; k++) {
			if (strcmp(captured[i].source, files[k].source) == 0) {
				suite_expect(take_apart(captured[i].octets, &p) == SN_OK);
				u = &files[k].user;
			}
		}
		if (!u || !(p.m.flags & SN_V3_AUTH)) {
			continue;
		}
		keys = keys_of(u, p.params.engine_id);
		for (size_t at = 0; at < captured[i].octets.n; at++) {
			if (open_flipped(captured[i].octets, at, keys) == SN_OK) {
				ck_abort_msg("%s, frame %ld: octet %zu may change",
					     captured[i].source, captured[i].frame, at);
			}
			flips++;
			bytes_free_all();
		}
	}
	printf("%u octets flipped, one at a time\n", flips);
	ck_assert_uint_gt(flips, 20000);
}
END_TEST

/*
 * Net-SNMP writes the shortest lengths as we do, so that a message of its that is written again
 * from its fields must be the same octets, MAC and ciphertext included. Only what DES is padded
 * with is anybody's choice: then the length must be the same.
 */
START_TEST(the_wiki_capture_written_again_is_the_same_octets)
{
	static uint8_t scratch[DATAGRAM_MAX + 16];
	static uint8_t buf[DATAGRAM_MAX];
	unsigned same[SN_PRIV_COUNT] = {0};
	unsigned padded = 0;

	for (size_t i = 0; i < count; i++) {
		struct sn_usm_outgoing out = {.salt = 0};
		const struct user *u;
		struct sn_cursor plain;
		struct sn_span message;
		struct parts p;

		if (strcmp(captured[i].source, WIKI) != 0) {
			continue;
		}
		ck_assert_int_eq(take_apart(captured[i].octets, &p), SN_OK);
		u = wiki_user(p.params.user);
		out.keys = u ? keys_of(u, p.params.engine_id) : NULL;
		ck_assert_int_eq(sn_usm_open(&p.m, &p.params, out.keys, scratch, &out.scoped),
				 SN_OK);
		out.msg_id = p.m.msg_id;
		out.max_size = p.m.max_size;
		out.flags = p.m.flags;
		out.boots = p.params.boots;
		out.time = p.params.time;
		out.engine_id = p.params.engine_id;
		out.user = p.params.user;
		out.salt = p.m.encrypted ? sn_ber_be(p.params.priv.p, 8) : 0;
		ck_assert_int_eq(sn_usm_seal(&out, buf, sizeof(buf), &message), SN_OK);
		plain = sn_cursor_make(sn_span_make(scratch, p.m.data.n));
		if (p.m.encrypted && sn_ber_expect(&plain, SN_TAG_SEQUENCE).n &&
		    sn_cursor_left(&plain)) {
			ck_assert_uint_eq(out.keys->priv, SN_PRIV_DES);
			ck_assert_uint_eq(message.n, captured[i].octets.n);
			padded++;
			continue;
		}
		ck_assert_msg(sn_span_eq(message, captured[i].octets), "frame %ld",
			      captured[i].frame);
		same[p.m.encrypted ? out.keys->priv : SN_PRIV_NONE]++;
	}
	printf("the same octets: %u plain, %u DES, %u AES; %u DES padded\n", same[SN_PRIV_NONE],
	       same[SN_PRIV_DES], same[SN_PRIV_AES128], padded);
	ck_assert_uint_eq(same[SN_PRIV_NONE], 80);
	ck_assert_uint_eq(same[SN_PRIV_AES128], 32);
	ck_assert_uint_eq(same[SN_PRIV_DES] + padded, 32);
	ck_assert_uint_ge(same[SN_PRIV_DES], 8);
}
END_TEST

/* Verdicts of Net-SNMP that mean a parse error; others stand for users and levels it does not know.
 */
static bool is_malformed(const struct captured *c)
{
	/* SNMPERR_ASN_PARSE_ERR of the message, SNMPERR_USM_PARSEERROR of its parameters */
	return strcmp(c->verdict, "v3:-29") == 0 || strcmp(c->verdict, "v3:-47") == 0;
}

START_TEST(header_and_parameters_are_read_where_net_snmp_does)
{
	unsigned read = 0;
	unsigned refused = 0;

	for (size_t i = 0; i < count; i++) {
		const struct captured *c = &captured[i];
		struct parts p;
		int rc = take_apart(c->octets, &p);

		if ((rc != SN_OK) != is_malformed(c)) {
			ck_abort_msg("%s, frame %ld: %s, %s", c->source, c->frame, c->verdict,
				     sn_err_text(rc));
		}
		read += rc == SN_OK;
		refused += rc != SN_OK;
		bytes_free_all();
	}
	printf("%u messages of version 3 read, %u malformed ones refused\n", read, refused);
	ck_assert_uint_eq(read, 475);
	ck_assert_uint_eq(refused, 11);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_wiki_capture_authenticates_and_decrypts_as_expected,
				      messages_of_other_libraries_authenticate_and_decrypt,
				      the_3des_message_is_a_request_but_for_the_senders_salt,
				      sha_2_packets_authenticate_with_their_localized_keys,
				      no_octet_of_an_authenticated_message_can_change,
				      the_wiki_capture_written_again_is_the_same_octets,
				      header_and_parameters_are_read_where_net_snmp_does,
				      NULL};
	int rc = read_text("vectors/snmp_usm.expected.tsv").p ? load() : SUITE_SKIP;

	if (rc == SUITE_SKIP) {
		printf("skipped: no payloads or vectors below SONDE_CORPORA, or no xz\n");
	} else if (rc) {
		printf("the tables beside the payloads do not fit to them\n");
	}
	return rc ? rc : suite_run_tests("usm_captures", tests, 30);
}

/*
 * Fuzz target: a datagram of version 3 as an agent gets it. The first octet's lowest bit says that
 * the MAC is to be made right first, as somebody with the key would, so that what lies behind the
 * check is reached. Whatever comes: nothing is answered that must not be, every answer can be read
 * back, has the request's msgID, and is no larger than what the asker takes.
 */
#include "usm/authority.h"

#include "base/clock.h"
#include "support/fuzz.h"

enum { OPEN, AUTH, PRIV, USERS, MAX = 65507, TIME = 1000, BOOTS = 7 };

#define NOW ((uint64_t)TIME * SN_NS_PER_SEC)

static const uint8_t engine_id[] = {0x80, 0, 0x1f, 0x88, 4, 't', 'e', 's', 't'};

static struct sn_usm_user user[USERS];
static struct sn_usm_account account[USERS];
static struct sn_authority a;

static void make_users(void)
{
	static const char *const names[USERS] = {"open", "auth", "priv"};

	for (int i = 0; i < USERS; i++) {
		struct sn_usm_user *u = &user[i];

		u->name = sn_span_str(names[i]);
		u->level = i == PRIV ? SN_V3_AUTH | SN_V3_PRIV : i == AUTH ? SN_V3_AUTH : 0;
		u->auth = i == AUTH ? SN_AUTH_MD5 : SN_AUTH_SHA1;
		u->auth_n = sn_auth_info((enum sn_auth_protocol)u->auth)->digest;
		u->priv = SN_PRIV_AES128;
		u->priv_n = u->auth_n;
		memset(u->auth_key, 0x11, u->auth_n);
		memset(u->priv_key, 0x22, u->priv_n);
		account[i].user = u;
		fuzz_expect(sn_usm_user_localize(u, sn_span_make(engine_id, sizeof(engine_id)),
						 &account[i].keys) == SN_OK);
		account[i].ready = true;
	}
	memcpy(a.id, engine_id, sizeof(engine_id));
	a.id_n = sizeof(engine_id);
	a.max_size = 1472;
	a.accounts = account;
	a.naccounts = USERS;
}

/* Makes the MAC right, if the message is one with a MAC for a user of ours. */
static void sign(uint8_t *datagram, size_t size)
{
	struct sn_v3_message m;
	struct sn_usm_params p;

	if (sn_v3_read(sn_span_make(datagram, size), &m) || sn_usm_params_read(m.security, &p)) {
		return;
	}
	for (int i = AUTH; i < USERS; i++) {
		const struct sn_usm_keys *keys = &account[i].keys;
		enum sn_auth_protocol auth = (enum sn_auth_protocol)keys->auth;

		if (sn_span_eq(p.user, user[i].name) && p.auth.n == sn_auth_info(auth)->mac) {
			sn_auth_sign(auth, &keys->hmac, m.whole,
				     datagram + (size_t)(p.auth.p - datagram));
		}
	}
}

static bool is_confirmed(uint8_t type)
{
	return type == SN_PDU_GET || type == SN_PDU_GETNEXT || type == SN_PDU_GETBULK ||
	       type == SN_PDU_SET || type == SN_PDU_INFORM;
}

/* As the asker would read it. */
static void expect_readable(const struct sn_authority_request *rq, struct sn_span answer,
			    uint8_t type)
{
	static uint8_t clear[MAX + 16];
	struct sn_v3_message m;
	struct sn_usm_params p;
	struct sn_scoped_pdu scoped;
	const struct sn_usm_keys *keys = rq->account ? &rq->account->keys : NULL;

	fuzz_expect(sn_v3_read(answer, &m) == SN_OK);
	fuzz_expect(sn_usm_params_read(m.security, &p) == SN_OK);
	fuzz_expect(m.msg_id == rq->m.msg_id);
	fuzz_expect(m.flags == rq->level);
	fuzz_expect(answer.n <= (size_t)rq->m.max_size);
	fuzz_expect(sn_span_eq(p.engine_id, sn_span_make(engine_id, sizeof(engine_id))));
	fuzz_expect(p.boots == BOOTS && p.time == TIME);
	fuzz_expect(sn_span_eq(p.user, rq->params.user));
	if (m.flags & SN_V3_AUTH) {
		fuzz_expect(sn_auth_check((enum sn_auth_protocol)keys->auth, &keys->hmac, m.whole,
					  p.auth) == SN_OK);
	}
	fuzz_expect(sn_usm_open(&m, &p, keys, clear, &scoped) == SN_OK);
	fuzz_expect(scoped.pdu.type == type);
	fuzz_expect(scoped.pdu.request_id == rq->scoped.pdu.request_id);
	if (type == SN_PDU_REPORT) {
		fuzz_expect(sn_report_read(&scoped.pdu) == rq->report);
	}
}

static uint32_t sum_of_stats(void)
{
	uint32_t sum = 0;

	for (int i = 0; i < SN_REPORT_COUNT; i++) {
		sum += a.stats[i];
	}
	return sum;
}

static void serve(struct sn_authority_request *rq)
{
	static uint8_t buf[MAX + 1024];
	struct sn_pdu pdu = rq->scoped.pdu; /* the varbinds of the request as those of the answer */
	struct sn_span answer;
	int rc;

	fuzz_expect(is_confirmed(pdu.type));
	fuzz_expect(rq->level == (rq->m.flags & SN_V3_LEVEL));
	fuzz_expect((rq->level & ~rq->account->user->level) == 0);
	pdu.type = SN_PDU_RESPONSE;
	rc = sn_authority_respond(&a, rq, &pdu, NOW, buf, sizeof(buf), &answer);
	fuzz_expect(rc == SN_OK || rc == SN_EMSGSIZE);
	if (rc == SN_OK) {
		expect_readable(rq, answer, SN_PDU_RESPONSE);
	}
	sn_authority_refuse(&a, rq, SN_REPORT_UNKNOWN_CONTEXTS);
	rc = sn_authority_report(&a, rq, NOW, buf, sizeof(buf), &answer);
	fuzz_expect(rc == SN_OK || rc == SN_EMSGSIZE);
	if (rc == SN_OK) {
		expect_readable(rq, answer, SN_PDU_REPORT);
	}
}

static void report(struct sn_authority_request *rq)
{
	uint8_t buf[SN_V3_SIZE_MIN]; /* everybody takes that, so no Report is larger */
	struct sn_span answer;

	/* never to what is itself an answer: two engines would keep each other busy for ever */
	fuzz_expect(rq->scoped.pdu.type == 0 || is_confirmed(rq->scoped.pdu.type));
	fuzz_expect(rq->level == (rq->report == SN_REPORT_NOT_IN_TIME_WINDOWS ? SN_V3_AUTH : 0));
	fuzz_expect(sn_authority_report(&a, rq, NOW, buf, sizeof(buf), &answer) == SN_OK);
	expect_readable(rq, answer, SN_PDU_REPORT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t datagram[MAX];
	static uint8_t scratch[MAX + 16];
	struct sn_authority_request rq;
	enum sn_authority_verdict verdict;

	if (a.naccounts == 0) {
		make_users();
	}
	if (size < 1 || size - 1 > MAX) {
		return 0;
	}
	memcpy(datagram, data + 1, size - 1);
	if (data[0] & 1) {
		sign(datagram, size - 1);
	}
	a.boots = BOOTS;
	a.started = 0;
	memset(a.stats, 0, sizeof(a.stats));
	verdict = sn_authority_open(&a, sn_span_make(datagram, size - 1), NOW, scratch, &rq);
	fuzz_expect(sum_of_stats() <= 1);
	if (verdict == SN_AUTHORITY_SERVE) {
		fuzz_expect(sum_of_stats() == 0);
		serve(&rq);
	} else if (verdict == SN_AUTHORITY_REPORT) {
		fuzz_expect(a.stats[rq.report] == 1);
		report(&rq);
	}
	return 0;
}

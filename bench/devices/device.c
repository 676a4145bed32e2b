/*
 * Answers of the benchmark's devices, see device.h.
 */
#include "device.h"

#include "msg/community.h"

#include <stdlib.h>

enum {
	HEADERS_MAX = 200, /* of a sealed answer, around its varbinds */
	VARBINDS_MAX = DEVICE_ANSWER - HEADERS_MAX
};

const struct device_user device_users[DEVICE_USERS] = {
	{"none", SN_AUTH_NONE, SN_PRIV_NONE},
	{"sha", SN_AUTH_SHA1, SN_PRIV_NONE},
	{"sha_aes", SN_AUTH_SHA1, SN_PRIV_AES128},
	{"sha256_aes256", SN_AUTH_SHA256, SN_PRIV_AES256},
	{"md5_des", SN_AUTH_MD5, SN_PRIV_DES},
	{"sha512_aes256", SN_AUTH_SHA512, SN_PRIV_AES256}};

int device_shared_init(struct device_shared *shared, const struct mib *mib)
{
	memset(shared, 0, sizeof(*shared));
	shared->mib = mib;
	shared->scratch = malloc(DEVICE_SCRATCH);
	if (!shared->scratch) {
		return SN_ENOMEM;
	}
	for (unsigned i = 0; i < DEVICE_USERS; i++) {
		const struct device_user *u = &device_users[i];
		struct sn_usm_user *user = &shared->user[i];

		user->name = sn_span_str(u->name);
		user->auth = u->auth;
		user->priv = u->priv;
		user->level = (uint8_t)((u->auth ? SN_V3_AUTH : 0) | (u->priv ? SN_V3_PRIV : 0));
		if (u->auth) {
			user->auth_n = user->priv_n = sn_auth_info(u->auth)->digest;
			if (sn_auth_password_to_key(u->auth, sn_span_str(DEVICE_PASSWORD),
						    user->auth_key)) {
				abort(); /* the password is a constant */
			}
			memcpy(user->priv_key, user->auth_key, user->auth_n);
		}
	}
	return SN_OK;
}

void device_shared_fini(struct device_shared *shared)
{
	free(shared->scratch);
}

void device_init(struct device *d, const struct device_shared *shared, uint32_t number,
		 uint64_t now)
{
	/* enterprise number 0 and octets of our own: no real device's (RFC 3411, SnmpEngineID) */
	uint8_t id[] = {0x80,
			0,
			0,
			0,
			5,
			's',
			'n',
			'b',
			(uint8_t)(number >> 24),
			(uint8_t)(number >> 16),
			(uint8_t)(number >> 8),
			(uint8_t)number};

	memset(d, 0, sizeof(*d));
	for (unsigned i = 0; i < DEVICE_USERS; i++) {
		d->account[i].user = &shared->user[i];
	}
	memcpy(d->authority.id, id, sizeof(id));
	d->authority.id_n = sizeof(id);
	d->authority.boots = 1 + number % 7;
	d->authority.started = now;
	d->authority.max_size = DEVICE_ANSWER;
	d->authority.salt = (uint64_t)number << 32;
	d->authority.accounts = d->account;
	d->authority.naccounts = DEVICE_USERS;
}

void device_fini(struct device *d)
{
	sn_authority_fini(&d->authority);
}

/* Varbinds to the right of each other. */
struct list {
	uint8_t *p;  /* next */
	size_t left; /* octets */
};

static bool put(struct list *out, struct sn_span varbind)
{
	if (varbind.n > out->left) {
		return false;
	}
	memcpy(out->p, varbind.p, varbind.n);
	out->p += varbind.n;
	out->left -= varbind.n;
	return true;
}

/* A VarBind that says there is nothing. */
static bool put_exception(struct list *out, struct sn_span name, uint8_t tag)
{
	uint8_t buf[160];
	struct sn_writer wr = sn_writer_make(buf, sizeof(buf));
	struct sn_value v = {.tag = tag};

	sn_varbind_write(&wr, name, &v);
	return wr.err == SN_OK && put(out, sn_writer_span(&wr));
}

static bool put_next(const struct mib *mib, struct list *out, uint32_t *at, struct sn_span name)
{
	if (*at < mib->n) {
		return put(out, mib->entry[(*at)++].varbind);
	}
	return put_exception(out, name, SN_TAG_END_OF_MIB_VIEW);
}

static bool put_exact(const struct mib *mib, struct list *out, struct sn_span name)
{
	uint32_t at = mib_find(mib, name, true);

	if (at < mib->n && sn_span_eq(mib->entry[at].name, name)) {
		return put(out, mib->entry[at].varbind);
	}
	return put_exception(out, name, SN_TAG_NO_SUCH_INSTANCE);
}

/* RFC 3416 §4.2.3: repetition by repetition, until the answer is full. */
static void answer_bulk(const struct mib *mib, const struct sn_pdu *rq, struct list *out)
{
	enum { NAMES_MAX = 64 };
	struct sn_span name[NAMES_MAX];
	uint32_t at[NAMES_MAX];
	struct sn_cursor cur = sn_cursor_make(rq->vbs);
	struct sn_varbind vb;
	int32_t skip = rq->status;
	unsigned n = 0;
	bool room = true;

	while (room && sn_varbind_next(&cur, &vb)) {
		uint32_t first = mib_find(mib, vb.name, false);

		if (skip-- > 0) {
			room = put_next(mib, out, &first, vb.name);
		} else if (n < NAMES_MAX) {
			name[n] = vb.name;
			at[n++] = first;
		}
	}
	for (int32_t r = 0; room && n && r < rq->index; r++) {
		for (unsigned i = 0; room && i < n; i++) {
			room = put_next(mib, out, &at[i], name[i]);
		}
	}
}

/* False: not a request that is answered. */
static bool answer_pdu(const struct mib *mib, const struct sn_pdu *rq, uint8_t *buf,
		       struct sn_pdu *out)
{
	struct list list = {.p = buf, .left = VARBINDS_MAX};
	struct sn_cursor cur = sn_cursor_make(rq->vbs);
	struct sn_varbind vb;

	if (rq->type == SN_PDU_GETBULK) {
		answer_bulk(mib, rq, &list);
	} else if (rq->type == SN_PDU_GET || rq->type == SN_PDU_GETNEXT) {
		bool room = true;

		while (room && sn_varbind_next(&cur, &vb)) {
			uint32_t at = mib_find(mib, vb.name, false);

			room = rq->type == SN_PDU_GET ? put_exact(mib, &list, vb.name)
						      : put_next(mib, &list, &at, vb.name);
		}
	} else {
		return false;
	}
	*out = (struct sn_pdu){.type = SN_PDU_RESPONSE,
			       .request_id = rq->request_id,
			       .vbs = sn_span_make(buf, (size_t)(list.p - buf))};
	return true;
}

static struct sn_span answer_v3(struct device *d, const struct device_shared *shared,
				struct sn_span datagram, uint64_t now, uint8_t *buf)
{
	struct sn_authority_request rq;
	struct sn_span out = {0};
	uint8_t vbs[VARBINDS_MAX];
	struct sn_pdu pdu;
	int rc = SN_ENOENT;

	switch (sn_authority_open(&d->authority, datagram, now, shared->scratch, &rq)) {
	case SN_AUTHORITY_SERVE:
		if (answer_pdu(shared->mib, &rq.scoped.pdu, vbs, &pdu)) {
			rc = sn_authority_respond(&d->authority, &rq, &pdu, now, buf, DEVICE_ANSWER,
						  &out);
		}
		break;
	case SN_AUTHORITY_REPORT:
		rc = sn_authority_report(&d->authority, &rq, now, buf, DEVICE_ANSWER, &out);
		break;
	case SN_AUTHORITY_DROP:
		break;
	}
	return rc ? sn_span_make(NULL, 0) : out;
}

struct sn_span device_answer(struct device *d, const struct device_shared *shared,
			     struct sn_span datagram, uint64_t now, uint8_t *buf)
{
	uint8_t vbs[VARBINDS_MAX];
	struct sn_message m;
	struct sn_pdu pdu;
	struct sn_writer wr = sn_writer_make(buf, DEVICE_ANSWER);
	int rc = sn_community_read(datagram, &m);

	if (rc == SN_EVERSION) {
		return answer_v3(d, shared, datagram, now, buf);
	}
	if (rc || !answer_pdu(shared->mib, &m.pdu, vbs, &pdu)) {
		return sn_span_make(NULL, 0);
	}
	m.pdu = pdu;
	sn_community_write(&wr, &m);
	return wr.err ? sn_span_make(NULL, 0) : sn_writer_span(&wr);
}

/*
 * Requests over a store, see dispatch.h. The simulated devices call it, on a worker's thread.
 */
#include "agent/dispatch.h"

#include "codec/varbind.h"
#include "msg/peek.h"

enum {
	NAMES_MAX = 256,     /* names of a request that are answered; more is tooBig */
	STRANDS_MAX = 64,    /* names of a GETBULK that are repeated more than once */
	HEADERS_MAX = 3 * 6, /* tags and lengths of a VarBind, its name and its value */
	NUMBER_MAX = 11	     /* octets of any value that is no string, Opaque's wrapping included */
};

/* The answer's varbinds, from left to right. */
struct list {
	uint8_t *p;  /* next */
	size_t left; /* octets */
	uint32_t n;  /* varbinds so far */
};

/*
 * Writes one VarBind. The writer goes backward, so it works at the end of the largest place the
 * VarBind can need, and what it wrote moves to its own. False: no room.
 */
static bool put(struct list *out, struct sn_span name, const struct sn_value *v)
{
	bool is_number = v->tag == SN_TAG_INTEGER || v->tag == SN_TAG_COUNTER32 ||
			 v->tag == SN_TAG_GAUGE32 || v->tag == SN_TAG_TIMETICKS ||
			 v->tag == SN_TAG_COUNTER64 || v->tag == SN_TAG_UINTEGER32 ||
			 v->tag == SN_TAG_FLOAT || v->tag == SN_TAG_DOUBLE ||
			 v->tag == SN_TAG_NULL || sn_value_is_exception(v->tag);
	size_t most = name.n + HEADERS_MAX + (is_number ? NUMBER_MAX : v->bytes.n);
	struct sn_writer wr = sn_writer_make(out->p, most < out->left ? most : out->left);
	size_t n;

	sn_varbind_write(&wr, name, v);
	if (wr.err) {
		return false;
	}
	n = sn_writer_len(&wr);
	memmove(out->p, wr.p, n);
	out->p += n;
	out->left -= n;
	out->n++;
	return true;
}

static bool put_exception(struct list *out, struct sn_span name, uint8_t tag)
{
	struct sn_value v = {.tag = tag};

	return put(out, name, &v);
}

static bool is_v1(const struct sn_dispatch *d)
{
	return d->version == SN_VERSION_1;
}

/* The item as this device has it now. */
static void finish_item(struct sn_dispatch *d, struct sn_store_item *it)
{
	d->delay_ns += it->delay_ns;
	if (d->overlay) {
		sn_overlay_apply(d->overlay, it);
	}
}

/* Error-status for SNMPv1 (RFC 3584 §4.4). */
static int32_t v1_status(int32_t status)
{
	switch (status) {
	case SN_STATUS_WRONG_VALUE:
	case SN_STATUS_WRONG_ENCODING:
	case SN_STATUS_WRONG_TYPE:
	case SN_STATUS_WRONG_LENGTH:
	case SN_STATUS_INCONSISTENT_VALUE:
		return SN_STATUS_BAD_VALUE;
	case SN_STATUS_NO_ACCESS:
	case SN_STATUS_NOT_WRITABLE:
	case SN_STATUS_NO_CREATION:
	case SN_STATUS_INCONSISTENT_NAME:
	case SN_STATUS_AUTHORIZATION_ERROR:
		return SN_STATUS_NO_SUCH_NAME;
	case SN_STATUS_RESOURCE_UNAVAILABLE:
	case SN_STATUS_COMMIT_FAILED:
	case SN_STATUS_UNDO_FAILED:
		return SN_STATUS_GEN_ERR;
	default:
		return status;
	}
}

/* An answer with an error-status: the request's own varbinds, since SNMPv2 none with tooBig. */
static void fail(const struct sn_dispatch *d, const struct sn_pdu *rq, struct sn_pdu *answer,
		 int32_t status, uint32_t index)
{
	answer->status = is_v1(d) ? v1_status(status) : status;
	answer->index = status == SN_STATUS_TOO_BIG ? 0 : (int32_t)index;
	answer->vbs = rq->vbs;
	if (status == SN_STATUS_TOO_BIG && !is_v1(d)) {
		answer->vbs.n = 0;
	}
}

/* RFC 3416 §4.2.1; SNMPv1: what is not there is an error. Status, 0: put. */
static int32_t answer_get(struct sn_dispatch *d, struct list *out, struct sn_span name)
{
	struct sn_store_item it;
	int rc = sn_store_get(d->store, &d->place, name, &it);

	if (rc == SN_OK) {
		finish_item(d, &it);
		if (it.status) {
			return it.status;
		}
	}
	if (is_v1(d) &&
	    (rc || sn_value_is_exception(it.value.tag) || it.value.tag == SN_TAG_COUNTER64)) {
		return SN_STATUS_NO_SUCH_NAME;
	}
	if (rc) {
		return put_exception(out, name, it.value.tag) ? 0 : SN_STATUS_TOO_BIG;
	}
	return put(out, name, &it.value) ? 0 : SN_STATUS_TOO_BIG;
}

/* SNMPv1 walks over what it cannot say (RFC 3584 §4.2.2.1). */
static int skip_for_v1(struct sn_dispatch *d, int rc, struct sn_store_item *it)
{
	while (rc == SN_OK && is_v1(d) &&
	       (it->value.tag == SN_TAG_COUNTER64 || sn_value_is_exception(it->value.tag))) {
		rc = sn_store_advance(d->store, &d->place, it);
	}
	return rc;
}

/* RFC 3416 §4.2.2. */
static int32_t answer_next(struct sn_dispatch *d, struct list *out, struct sn_span name)
{
	struct sn_store_item it;
	int rc = skip_for_v1(d, sn_store_next(d->store, &d->place, name, &it), &it);

	if (rc == SN_OK) {
		finish_item(d, &it);
		if (it.status) {
			return it.status;
		}
		return put(out, it.name, &it.value) ? 0 : SN_STATUS_TOO_BIG;
	}
	if (is_v1(d)) {
		return SN_STATUS_NO_SUCH_NAME;
	}
	return put_exception(out, name, SN_TAG_END_OF_MIB_VIEW) ? 0 : SN_STATUS_TOO_BIG;
}

/* A column under way. */
struct strand {
	struct sn_store_item it; /* the last item put */
	struct sn_span name;	 /* its name; at the end of the MIB the last one asked from */
	bool over;		 /* the end was reached */
};

/* One more of a strand. Status; *room false: the answer is full. */
static int32_t pull(struct sn_dispatch *d, struct list *out, struct strand *s, bool first,
		    bool *room)
{
	int rc = SN_ENOENT;

	if (!s->over) {
		rc = first ? sn_store_next(d->store, &d->place, s->name, &s->it)
			   : sn_store_advance(d->store, &d->place, &s->it);
	}
	if (rc) {
		s->over = true;
		*room = put_exception(out, s->name, SN_TAG_END_OF_MIB_VIEW);
		return 0;
	}
	finish_item(d, &s->it);
	if (s->it.status) {
		return s->it.status;
	}
	s->name = s->it.name;
	*room = put(out, s->name, &s->it.value);
	return 0;
}

/* What an answer to a GETBULK has been filled to. */
struct bulk {
	uint32_t limit; /* varbinds it may have */
	uint32_t n;	/* it has */
	bool room;	/* the last one fitted */
};

static int32_t bulk_put(struct sn_dispatch *d, struct list *out, struct strand *s, bool first,
			struct bulk *b)
{
	int32_t status;

	if (b->n == b->limit) {
		b->room = false;
		return 0;
	}
	status = pull(d, out, s, first, &b->room);
	b->n += b->room && status == 0;
	return status;
}

/*
 * Non-repeaters, and the first repetition of the others, whose strands are kept as far as there
 * are any. Status; *n: how many there would have to be.
 */
static int32_t bulk_first(struct sn_dispatch *d, const struct sn_pdu *rq, struct list *out,
			  struct strand *strand, uint32_t *n, struct bulk *b)
{
	struct sn_cursor cur = sn_cursor_make(rq->vbs);
	struct sn_varbind vb;
	int32_t alone = rq->status;
	int32_t status = 0;

	*n = 0;
	while (b->room && status == 0 && sn_varbind_next(&cur, &vb)) {
		struct strand *s = &strand[*n < STRANDS_MAX ? *n : STRANDS_MAX];

		s->name = vb.name;
		s->over = false;
		if (alone > 0) {
			alone--;
			status = bulk_put(d, out, s, true, b);
		} else if (rq->index > 0) {
			status = bulk_put(d, out, s, true, b);
			*n += 1;
		}
	}
	return status;
}

/* All strands once more. False: every one is at its end, the answer is full, or an error. */
static bool bulk_again(struct sn_dispatch *d, struct list *out, struct strand *s, uint32_t n,
		       struct bulk *b)
{
	bool more = false;

	for (uint32_t i = 0; i < n; i++) {
		if (bulk_put(d, out, &s[i], false, b) || !b->room) {
			return false;
		}
		more |= !s[i].over;
	}
	return more;
}

/* Whether a strand has not reached the end of the MIB. */
static bool any_left(const struct strand *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!s[i].over) {
			return true;
		}
	}
	return false;
}

/*
 * RFC 3416 §4.2.3. The answer is as long as it may be; a whole repetition of endOfMibView ends it.
 * After one repetition it may end for any reason: an error of the device in a later one does it,
 * which the manager meets when it asks on from there, and more names than there are strands.
 */
static int32_t answer_bulk(struct sn_dispatch *d, const struct sn_pdu *rq, struct list *out,
			   uint32_t *index)
{
	struct strand strand[STRANDS_MAX + 1]; /* the last one is for names that are not kept */
	struct bulk b = {.limit = d->max_varbinds ? d->max_varbinds : UINT32_MAX, .room = true};
	uint32_t n;
	int32_t status = bulk_first(d, rq, out, strand, &n, &b);

	*index = b.n + 1;
	if (status == 0 && b.room && n <= STRANDS_MAX && any_left(strand, n)) {
		int32_t left = rq->index - 1;

		while (left > 0 && bulk_again(d, out, strand, n, &b)) {
			left--;
		}
	}
	return status;
}

/* GET and GETNEXT. */
static int32_t answer_each(struct sn_dispatch *d, const struct sn_pdu *rq, struct list *out,
			   uint32_t *index)
{
	struct sn_cursor cur = sn_cursor_make(rq->vbs);
	struct sn_varbind vb;

	for (*index = 1; sn_varbind_next(&cur, &vb); (*index)++) {
		int32_t status = rq->type == SN_PDU_GET ? answer_get(d, out, vb.name)
							: answer_next(d, out, vb.name);

		if (status) {
			return status;
		}
	}
	return 0;
}

/* RFC 3416 §4.2.5: all or nothing. First whether each may be set, then all of them. */
static int answer_set(struct sn_dispatch *d, const struct sn_pdu *rq, int32_t *status,
		      uint32_t *index)
{
	struct sn_cursor cur = sn_cursor_make(rq->vbs);
	struct sn_varbind vb;
	struct sn_value v;
	int rc = SN_OK;

	*index = 0;
	*status = rq->vbs.n > d->room ? SN_STATUS_TOO_BIG : 0; /* known before anything is set */
	while (rc == SN_OK && *status == 0 && sn_varbind_next(&cur, &vb)) {
		++*index;
		rc = sn_value_read(vb.tag, vb.value, &v);
		if (rc == SN_OK) {
			*status = d->writable && d->overlay
					  ? sn_store_may_set(d->store, &d->place, vb.name, &v)
					  : SN_STATUS_NO_ACCESS;
		}
		if (rc == SN_OK && *status == 0) {
			rc = sn_overlay_stage(d->overlay, vb.name, &v);
		}
	}
	if (d->overlay && rc == SN_OK && *status == 0) {
		sn_overlay_commit(d->overlay);
	} else if (d->overlay) {
		sn_overlay_cancel(d->overlay);
	}
	return rc;
}

static bool is_request(const struct sn_dispatch *d, uint8_t type)
{
	return type == SN_PDU_GET || type == SN_PDU_GETNEXT || type == SN_PDU_SET ||
	       (type == SN_PDU_GETBULK && !is_v1(d));
}

int sn_dispatch(struct sn_dispatch *d, const struct sn_pdu *rq, struct sn_pdu *answer)
{
	struct list out = {.p = d->buf, .left = d->room};
	int n = is_request(d, rq->type) ? sn_pdu_check(rq) : SN_EINVAL;
	int32_t status;
	uint32_t index;

	d->delay_ns = 0;
	d->varbinds = 0;
	*answer = (struct sn_pdu){.type = SN_PDU_RESPONSE, .request_id = rq->request_id};
	if (n < 0) {
		return n;
	}
	if (n > NAMES_MAX) {
		fail(d, rq, answer, SN_STATUS_TOO_BIG, 0);
		return SN_OK;
	}
	if (rq->type == SN_PDU_SET) {
		int rc = answer_set(d, rq, &status, &index);

		if (rc) {
			return rc;
		}
		answer->vbs = rq->vbs;
	} else {
		status = rq->type == SN_PDU_GETBULK ? answer_bulk(d, rq, &out, &index)
						    : answer_each(d, rq, &out, &index);
		answer->vbs = sn_span_make(d->buf, (size_t)(out.p - d->buf));
	}
	if (status) {
		fail(d, rq, answer, status, index);
	} else {
		d->varbinds = rq->type == SN_PDU_SET ? (uint32_t)n : out.n;
	}
	return SN_OK;
}

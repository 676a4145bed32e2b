/*
 * Recording a device, see walk.h.
 */
#include "recorder/walk.h"

#include "recorder/line.h"
#include "session/discovery.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	ARENA_CHUNK = 64 * 1024,
	FAILURES_STEP = 8, /* objects in a row that fail: more of the kind are left out at once */
	FAILURES_MAX = 16, /* ... the device will not get better */
	LINE_MAX_OCTETS = 2 * 65536 + SN_OID_MAX_TEXT,
	ROOM_FIRST = 1024
};

static void on_done(struct sn_request *rq, const struct sn_answer *answer);

void sn_record_init(struct sn_record *rec, struct sn_worker *w, const struct sn_record_config *cfg)
{
	memset(rec, 0, sizeof(*rec));
	rec->cfg = *cfg;
	sn_session_init(&rec->session, w);
	sn_device_init(&rec->dev, &cfg->device);
	sn_request_init(&rec->rq);
	sn_arena_pool_init(&rec->pool, ARENA_CHUNK);
	sn_arena_init(&rec->arena, &rec->pool);
	rec->n = (uint32_t)cfg->start.n;
	memcpy(rec->oid, cfg->start.p, cfg->start.n);
	rec->repetitions = sn_device_has_bulk(&rec->dev) ? cfg->repetitions : 1;
}

static void ask(struct sn_record *rec)
{
	struct sn_writer w = sn_writer_make(rec->vbs, sizeof(rec->vbs));
	struct sn_request *rq = &rec->rq;

	sn_varbind_write_null(&w, sn_span_make(rec->oid, rec->n));
	rq->dev = &rec->dev;
	rq->done = on_done;
	rq->vbs = sn_writer_span(&w);
	rq->type = rec->repetitions > 1 ? SN_PDU_GETBULK : SN_PDU_GETNEXT;
	rq->index = rec->repetitions > 1 ? (int32_t)rec->repetitions : 0;
	rq->timeout_ns = rec->cfg.timeout_ns;
	rq->attempts_max = rec->cfg.attempts;
	sn_request_start(&rec->session, rq);
}

void sn_record_begin(struct sn_record *rec)
{
	rec->running = true;
	ask(rec);
}

static void end(struct sn_record *rec, int err, const char *why)
{
	char oid[SN_OID_MAX_TEXT];

	rec->err = err;
	rec->running = false;
	if (err) {
		if (sn_oid_to_text(sn_span_make(rec->oid, rec->n), oid, sizeof(oid)) < 0) {
			oid[0] = '\0';
		}
		snprintf(rec->note, sizeof(rec->note), "%s after %.120s", why, oid);
	}
	rec->cfg.over(rec->cfg.ctx, rec);
}

/* Whether a value has our community in it; "public" is everybody's and stands in many texts. */
static bool has_community(const struct sn_record *rec, struct sn_span value)
{
	struct sn_span ours = rec->cfg.device.community;
	static const char everybodys[] = "public";

	if (ours.n == 0 || sn_span_eq(ours, sn_span_make(everybodys, sizeof(everybodys) - 1))) {
		return false;
	}
	return memmem(value.p, value.n, ours.p, ours.n) != NULL;
}

/* Where users' names, keys and communities stand (SNMP-USER-BASED-SM-MIB usmUserTable,
 * SNMP-VIEW-BASED-ACM-MIB vacmSecurityToGroupTable, SNMP-COMMUNITY-MIB), and what programs were
 * told when they were started (HOST-RESOURCES-MIB hrSWRunParameters): passwords often enough. */
static bool is_secret(const struct sn_record *rec, const struct sn_varbind *vb)
{
	static const uint8_t users[] = {0x2b, 6, 1, 6, 3, 15, 1, 2};
	static const uint8_t groups[] = {0x2b, 6, 1, 6, 3, 16, 1, 2};
	static const uint8_t communities[] = {0x2b, 6, 1, 6, 3, 18, 1};
	static const uint8_t arguments[] = {0x2b, 6, 1, 2, 1, 25, 4, 2, 1, 5};

	return sn_span_is_prefix(sn_span_make(users, sizeof(users)), vb->name) ||
	       sn_span_is_prefix(sn_span_make(groups, sizeof(groups)), vb->name) ||
	       sn_span_is_prefix(sn_span_make(communities, sizeof(communities)), vb->name) ||
	       sn_span_is_prefix(sn_span_make(arguments, sizeof(arguments)), vb->name) ||
	       (vb->tag == SN_TAG_OCTETS && has_community(rec, vb->value));
}

/* A line in the arena. SN_ENOMEM. */
static int keep(struct sn_record *rec, struct sn_span name, const char *text, size_t n)
{
	struct sn_record_line *line;

	if (rec->nlines == rec->room) {
		uint32_t room = rec->room ? 2 * rec->room : ROOM_FIRST;
		void *more = reallocarray(rec->lines, room, sizeof(*rec->lines));

		if (!more) {
			return SN_ENOMEM;
		}
		rec->lines = more;
		rec->room = room;
	}
	line = &rec->lines[rec->nlines];
	line->name =
		sn_span_make(sn_arena_strndup(&rec->arena, (const char *)name.p, name.n), name.n);
	line->text = sn_arena_strndup(&rec->arena, text, n);
	if (!line->name.p || !line->text) {
		return SN_ENOMEM;
	}
	rec->nlines++;
	return SN_OK;
}

/* One varbind becomes a line, or is counted as one that does not. SN_ENOMEM. */
static int record(struct sn_record *rec, const struct sn_varbind *vb)
{
	static _Thread_local char text[LINE_MAX_OCTETS];
	const struct sn_scramble *s = rec->cfg.scramble;
	uint8_t name_room[SN_OID_MAX_BER];
	uint8_t value_room[SN_SCRAMBLE_VALUE_MAX];
	struct sn_span name = vb->name;
	struct sn_span value = vb->value;
	int n;

	if (is_secret(rec, vb)) {
		rec->secrets++;
		return SN_OK;
	}
	if (s) {
		value = sn_scramble_value(s, vb->name, vb->tag, value, value_room);
		name = sn_span_make(name_room, sn_scramble_name(s, vb->name, name_room));
	}
	n = sn_line_write(name, vb->tag, value, text, sizeof(text));
	if (n < 0) {
		rec->bad++;
		return SN_OK;
	}
	return keep(rec, name, text, (size_t)n);
}

/* The device has no word for this object: the next one is asked for by the OID after it. */
static void skip(struct sn_record *rec, const char *why)
{
	uint32_t arcs[SN_OID_MAX_ARCS];
	int n = sn_oid_to_arcs(sn_span_make(rec->oid, rec->n), arcs, SN_OID_MAX_ARCS);

	rec->errors++;
	rec->failures++;
	if (rec->failures > FAILURES_STEP) {
		n--; /* all of a column, then all of a table */
	}
	while (n > 2 && arcs[n - 1] == UINT32_MAX) {
		n--;
	}
	if (rec->failures > FAILURES_MAX || n <= 2) {
		end(rec, SN_ESTATUS, why);
		return;
	}
	arcs[n - 1]++;
	n = sn_oid_from_arcs(arcs, (size_t)n, rec->oid, sizeof(rec->oid));
	rec->n = n > 0 ? (uint32_t)n : rec->n;
	ask(rec);
}

/* No answer, or none that fits: asks for less if that is possible. */
static bool ask_for_less(struct sn_record *rec)
{
	if (rec->repetitions <= 1) {
		return false;
	}
	rec->repetitions = rec->repetitions / 2;
	ask(rec);
	return true;
}

/* The error-status is not noError. */
static void on_status(struct sn_record *rec, const struct sn_pdu *pdu)
{
	if (pdu->status == SN_STATUS_NO_SUCH_NAME) {
		end(rec, SN_OK, ""); /* SNMPv1's end of the MIB (RFC 1157 §4.1.3) */
	} else if (pdu->status == SN_STATUS_TOO_BIG && ask_for_less(rec)) {
		return;
	} else if (rec->repetitions > 1) {
		rec->repetitions = 1; /* find the one that fails */
		ask(rec);
	} else {
		skip(rec, sn_pdu_status_name(pdu->status));
	}
}

enum step { STEP_ON, STEP_OVER };

static enum step on_varbind(struct sn_record *rec, const struct sn_varbind *vb)
{
	const struct sn_span last = {.p = rec->oid, .n = rec->n};

	if (vb->tag == SN_TAG_END_OF_MIB_VIEW) {
		end(rec, SN_OK, "");
		return STEP_OVER;
	}
	if (!sn_oid_valid(vb->name) || sn_oid_cmp(vb->name, last) <= 0) {
		end(rec, SN_EOID, "OID not increasing");
		return STEP_OVER;
	}
	if (rec->cfg.stop.n && sn_oid_cmp(vb->name, rec->cfg.stop) >= 0) {
		end(rec, SN_OK, "");
		return STEP_OVER;
	}
	memcpy(rec->oid, vb->name.p, vb->name.n);
	rec->n = (uint32_t)vb->name.n;
	if (rec->nlines >= rec->cfg.lines_max) {
		end(rec, SN_EFULL, "too many objects");
		return STEP_OVER;
	}
	if (record(rec, vb)) {
		end(rec, SN_ENOMEM, "out of memory");
		return STEP_OVER;
	}
	return STEP_ON;
}

static void on_varbinds(struct sn_record *rec, const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;
	bool any = false;

	while (sn_varbind_next(&cur, &vb)) {
		if (on_varbind(rec, &vb) == STEP_OVER) {
			return;
		}
		any = true;
	}
	if (any) {
		rec->failures = 0;
		if (rec->repetitions == 1 && sn_device_has_bulk(&rec->dev)) {
			rec->repetitions = rec->cfg.repetitions; /* past what failed */
		}
		ask(rec);
	} else if (!ask_for_less(rec)) {
		skip(rec, "an answer without an object");
	}
}

static void on_done(struct sn_request *rq, const struct sn_answer *answer)
{
	struct sn_record *rec = sn_container_of(rq, struct sn_record, rq);

	rec->requests++;
	if (answer->err == SN_ETIMEDOUT && rec->nlines && ask_for_less(rec)) {
		return; /* some agents are silent about what is too much for them */
	}
	if (answer->err) {
		end(rec, answer->err, sn_err_text(answer->err));
	} else if (answer->pdu->status) {
		on_status(rec, answer->pdu);
	} else {
		on_varbinds(rec, answer->pdu);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct sn_record_line *x = a;
	const struct sn_record_line *y = b;

	return sn_oid_cmp(x->name, y->name);
}

void sn_record_sort(struct sn_record *rec)
{
	if (rec->nlines) {
		qsort(rec->lines, rec->nlines, sizeof(*rec->lines), by_name);
	}
}

void sn_record_fini(struct sn_record *rec)
{
	sn_request_cancel(&rec->rq);
	sn_discovery_forget(&rec->session, &rec->dev);
	sn_session_fini(&rec->session);
	free(rec->lines);
	sn_arena_reset(&rec->arena);
	sn_arena_pool_fini(&rec->pool);
}

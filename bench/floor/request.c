/*
 * The messages that bench_floor sends: written by sonde's codec from options, or recorded ones from
 * a file. Called by main.c before anything is measured.
 */
#include "floor.h"

#include "codec/oid.h"
#include "msg/community.h"

#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_MAX = 65507, LINE_MAX_LENGTH = 2 * MESSAGE_MAX + 2 };

/* Takes over a copy of a message if it is one that can be sent again and again. */
static bool append(struct floor_requests *rqs, struct sn_span msg)
{
	struct floor_request rq = {.len = msg.n};
	struct floor_request *list;
	struct sn_message m;

	if (sn_community_read(msg, &m)) {
		fprintf(stderr, "bench_floor: a request is no message of SNMPv1 or v2c\n");
		return false;
	}
	if (rqs->n && m.community.n != rqs->community) {
		fprintf(stderr, "bench_floor: communities of different lengths\n");
		return false;
	}
	rq.id_at = floor_id_at(msg.p, msg.n, m.community.n);
	if (rq.id_at + 4 > msg.n || msg.p[rq.id_at - 2] != SN_TAG_INTEGER ||
	    msg.p[rq.id_at - 1] != 4) {
		fprintf(stderr, "bench_floor: a request whose id does not take four octets\n");
		return false;
	}
	list = rqs->n < FLOOR_REQUESTS_MAX ? realloc(rqs->list, (rqs->n + 1) * sizeof(*list))
					   : NULL;
	rq.msg = malloc(msg.n);
	if (!list || !rq.msg) {
		free(rq.msg);
		rqs->list = list ? list : rqs->list;
		fprintf(stderr, "bench_floor: too many requests\n");
		return false;
	}
	memcpy(rq.msg, msg.p, msg.n);
	rqs->list = list;
	rqs->list[rqs->n++] = rq;
	rqs->community = m.community.n;
	rqs->longest = msg.n > rqs->longest ? msg.n : rqs->longest;
	return true;
}

/* Varbinds of names separated by commas, the last first since the writer goes backward. */
static bool write_names(struct sn_writer *w, const char *names)
{
	char *text = strdup(names);
	bool ok = text != NULL;

	while (ok) {
		char *comma = strrchr(text, ',');
		uint8_t oid[SN_OID_MAX_BER];
		int n = sn_oid_from_text(comma ? comma + 1 : text, oid, sizeof(oid));

		ok = n >= 0;
		if (ok) {
			sn_varbind_write_null(w, sn_span_make(oid, (size_t)n));
		}
		if (!comma) {
			break;
		}
		*comma = '\0';
	}
	free(text);
	if (!ok) {
		fprintf(stderr, "bench_floor: %s: not names separated by commas\n", names);
	}
	return ok;
}

static bool add(struct floor_requests *rqs, const char *community, const char *names,
		struct sn_pdu pdu)
{
	static uint8_t vbs[MESSAGE_MAX];
	static uint8_t msg[MESSAGE_MAX];
	struct sn_writer list = sn_writer_make(vbs, sizeof(vbs));
	struct sn_writer w = sn_writer_make(msg, sizeof(msg));
	struct sn_message m = {.version = SN_VERSION_2C, .community = sn_span_str(community)};

	if (!write_names(&list, names)) {
		return false;
	}
	m.pdu = pdu;
	m.pdu.request_id = FLOOR_ID_FIRST;
	m.pdu.vbs = sn_writer_span(&list);
	sn_community_write(&w, &m);
	if (list.err || w.err) {
		fprintf(stderr, "bench_floor: more names than a datagram holds\n");
		return false;
	}
	return append(rqs, sn_writer_span(&w));
}

bool floor_requests_add(struct floor_requests *rqs, const char *community, const char *names)
{
	return add(rqs, community, names, (struct sn_pdu){.type = SN_PDU_GET});
}

bool floor_requests_add_bulk(struct floor_requests *rqs, const char *community, const char *bulk)
{
	struct sn_pdu pdu = {.type = SN_PDU_GETBULK};
	int at = 0;

	if (sscanf(bulk, "%d:%d:%n", &pdu.status, &pdu.index, &at) != 2 || at == 0) {
		fprintf(stderr,
			"bench_floor: %s: expected NON-REPEATERS:MAX-REPETITIONS:OID[,OID...]\n",
			bulk);
		return false;
	}
	return add(rqs, community, bulk + at, pdu);
}

/* The value of a digit; 16: it is none. */
static unsigned digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c | 0x20) : NULL;

	return found ? (unsigned)(found - digits) : 16;
}

/* The octets of a line; -1: not hexadecimal digits in pairs. */
static int unhex(const char *line, uint8_t *out)
{
	int n = 0;

	for (; digit(line[0]) < 16; line += 2) {
		if (digit(line[1]) == 16) {
			return -1;
		}
		out[n++] = (uint8_t)(digit(line[0]) << 4 | digit(line[1]));
	}
	return line[0] == '\n' || line[0] == '\0' ? n : -1;
}

bool floor_requests_read(struct floor_requests *rqs, const char *path)
{
	static char line[LINE_MAX_LENGTH];
	static uint8_t msg[MESSAGE_MAX + 1];
	FILE *f = fopen(path, "r");
	bool ok = f != NULL;

	if (!f) {
		perror(path);
		return false;
	}
	while (ok && fgets(line, sizeof(line), f)) {
		int n = unhex(line, msg);

		if (n < 0) {
			fprintf(stderr, "bench_floor: %s: not hexadecimal: %.40s\n", path, line);
		}
		ok = n >= 0 && append(rqs, sn_span_make(msg, (size_t)n));
	}
	fclose(f);
	return ok;
}

void floor_requests_free(struct floor_requests *rqs)
{
	for (unsigned i = 0; i < rqs->n; i++) {
		free(rqs->list[i].msg);
	}
	free(rqs->list);
}

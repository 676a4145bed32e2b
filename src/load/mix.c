/*
 * The mix of a load test, see mix.h.
 */
#include "load/mix.h"

#include "codec/oid.h"

#include <stdio.h>
#include <string.h>

static const char *const names[SN_MIX_KINDS] = {"get", "getnext", "bulk", "walk"};

const char *sn_mix_name(enum sn_mix_kind kind)
{
	return names[kind];
}

/* The next OID of a list; *text moves on. Its length in octets, or SN_EINVAL. */
static int read_oid(const char **text, uint8_t *ber, char *why)
{
	char one[SN_OID_MAX_TEXT + 2];
	size_t n = strcspn(*text, ",");
	int len;

	snprintf(one, sizeof(one), "%.*s", n < sizeof(one) ? (int)n : (int)sizeof(one), *text);
	len = n < sizeof(one) ? sn_oid_from_text(one, ber, SN_OID_MAX_BER) : SN_EOID;
	if (len < 0) {
		snprintf(why, SN_MIX_WHY_MAX,
			 "\"%.80s\" is no object identifier (expected numbers, such as "
			 "1.3.6.1.2.1.1.3.0)",
			 one);
		return SN_EINVAL;
	}
	*text += n + ((*text)[n] == ',');
	return len;
}

/* Writers write backward, so the list comes out in its order only if read from its end. */
static int write_names(struct sn_mix_op *op, const char *oids, char *why)
{
	const char *starts[SN_MIX_OIDS_MAX];
	struct sn_writer w = sn_writer_make(op->room, sizeof(op->room));
	uint8_t ber[SN_OID_MAX_BER];
	uint32_t n = 0;

	for (const char *p = oids; p; p = strchr(p, ','), p = p ? p + 1 : NULL) {
		if (n == SN_MIX_OIDS_MAX) {
			snprintf(why, SN_MIX_WHY_MAX, "more than %d object identifiers", (int)n);
			return SN_EINVAL;
		}
		starts[n++] = p;
	}
	op->noids = n;
	while (n > 0) {
		const char *p = starts[--n];
		int len = read_oid(&p, ber, why);

		if (len < 0) {
			return len;
		}
		sn_varbind_write_null(&w, sn_span_make(ber, (size_t)len));
	}
	if (w.err) {
		snprintf(why, SN_MIX_WHY_MAX, "object identifiers of more than %d octets",
			 (int)SN_MIX_ROOM);
		return SN_EINVAL;
	}
	op->n = (uint32_t)sn_writer_len(&w);
	memmove(op->room, w.p, op->n);
	return SN_OK;
}

static int write_root(struct sn_mix_op *op, const char *oid, char *why)
{
	int len = read_oid(&oid, op->room, why);

	if (len < 0) {
		return len;
	}
	if (*oid) {
		snprintf(why, SN_MIX_WHY_MAX, "a walk begins at one object identifier");
		return SN_EINVAL;
	}
	op->n = (uint32_t)len;
	op->noids = 1;
	return SN_OK;
}

int sn_mix_add(struct sn_mix *m, enum sn_mix_kind kind, const char *oids, uint32_t repetitions,
	       bool bulk, char *why)
{
	static const uint8_t types[SN_MIX_KINDS] = {SN_PDU_GET, SN_PDU_GETNEXT, SN_PDU_GETBULK,
						    SN_PDU_GETBULK};
	struct sn_mix_op *op = &m->op[kind];
	int rc;

	if (kind == SN_MIX_BULK && !bulk) {
		snprintf(why, SN_MIX_WHY_MAX, "SNMPv1 has no GETBULK");
		return SN_EINVAL;
	}
	rc = kind == SN_MIX_WALK ? write_root(op, oids, why) : write_names(op, oids, why);
	if (rc) {
		return rc;
	}
	op->type = kind == SN_MIX_WALK && !bulk ? SN_PDU_GETNEXT : types[kind];
	op->repetitions = op->type == SN_PDU_GETBULK ? repetitions : 0;
	m->total += 1 - op->weight;
	op->weight = 1;
	return SN_OK;
}

/* One "name=weight" of n characters. */
static int weigh_one(struct sn_mix *m, const char *text, size_t n, bool *seen, char *why)
{
	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		size_t len = strlen(names[k]);
		uint32_t weight = 0;
		size_t i = len + 1;

		if (n <= len || strncmp(text, names[k], len) != 0 || text[len] != '=') {
			continue;
		}
		for (; i < n && text[i] >= '0' && text[i] <= '9' && weight < 100000; i++) {
			weight = weight * 10 + (uint32_t)(text[i] - '0');
		}
		if (i < n || i == len + 1 || weight == 0 || weight > 100000) {
			break;
		}
		if (m->op[k].weight == 0) {
			snprintf(why, SN_MIX_WHY_MAX,
				 "%s has no object identifiers (expected --%s)", names[k],
				 names[k]);
			return SN_EINVAL;
		}
		if (seen[k]) {
			snprintf(why, SN_MIX_WHY_MAX, "%s occurs twice", names[k]);
			return SN_EINVAL;
		}
		seen[k] = true;
		m->total += weight - m->op[k].weight;
		m->op[k].weight = weight;
		return SN_OK;
	}
	snprintf(why, SN_MIX_WHY_MAX,
		 "\"%.*s\" is no share (expected get=, getnext=, bulk= or walk= and 1 to 100000)",
		 n < 80 ? (int)n : 80, text);
	return SN_EINVAL;
}

int sn_mix_weigh(struct sn_mix *m, const char *text, char *why)
{
	bool seen[SN_MIX_KINDS] = {false};

	for (;;) {
		size_t n = strcspn(text, ",");
		int rc = weigh_one(m, text, n, seen, why);

		if (rc) {
			return rc;
		}
		if (text[n] == '\0') {
			break;
		}
		text += n + 1;
	}
	for (unsigned k = 0; k < SN_MIX_KINDS; k++) {
		if (m->op[k].weight && !seen[k]) {
			snprintf(why, SN_MIX_WHY_MAX, "%s has no share", names[k]);
			return SN_EINVAL;
		}
	}
	return SN_OK;
}

enum sn_mix_kind sn_mix_pick(const struct sn_mix *m, uint64_t ticket)
{
	unsigned k = 0;

	while (k + 1 < SN_MIX_KINDS && ticket >= m->op[k].weight) {
		ticket -= m->op[k].weight;
		k++;
	}
	return (enum sn_mix_kind)k;
}

/*
 * Messages written again and compared by meaning, see rewrite.h.
 */
#include "support/rewrite.h"

#include "support/gen.h"

/* All varbinds written anew, the last one first; false where that fails. */
static bool rewrite_varbinds(struct sn_span vbs, struct sn_writer *w)
{
	static struct sn_varbind all[65536 / 6];
	struct sn_cursor cur = sn_cursor_make(vbs);
	size_t n = 0;

	while (n < sizeof(all) / sizeof(all[0]) && sn_varbind_next(&cur, &all[n])) {
		n++;
	}
	if (cur.err || sn_cursor_left(&cur)) {
		return false;
	}
	while (n-- > 0) {
		struct sn_value v;

		if (sn_value_read(all[n].tag, all[n].value, &v)) {
			return false;
		}
		sn_varbind_write(w, all[n].name, &v);
	}
	return w->err == SN_OK;
}

struct sn_span rewrite_message(const struct sn_message *m, uint8_t *out)
{
	static uint8_t list[REWRITE_MAX];
	struct sn_writer vbs = sn_writer_make(list, sizeof(list));
	struct sn_writer w = sn_writer_make(out, REWRITE_MAX);
	struct sn_message copy = *m;

	if (!rewrite_varbinds(m->pdu.vbs, &vbs)) {
		return sn_span_make(NULL, 0);
	}
	copy.pdu.vbs = sn_writer_span(&vbs);
	sn_community_write(&w, &copy);
	return w.err ? sn_span_make(NULL, 0) : sn_writer_span(&w);
}

static bool traps_equal(const struct sn_pdu_trap_v1 *a, const struct sn_pdu_trap_v1 *b)
{
	return sn_span_eq(a->enterprise, b->enterprise) &&
	       sn_span_eq(a->agent_addr, b->agent_addr) && a->generic == b->generic &&
	       a->specific == b->specific && a->timestamp == b->timestamp;
}

static bool varbinds_equal(struct sn_span a, struct sn_span b)
{
	struct sn_cursor ca = sn_cursor_make(a);
	struct sn_cursor cb = sn_cursor_make(b);
	struct sn_varbind va;
	struct sn_varbind vb;

	while (sn_varbind_next(&ca, &va)) {
		struct sn_value x;
		struct sn_value y;

		if (!sn_varbind_next(&cb, &vb) || !sn_span_eq(va.name, vb.name) ||
		    sn_value_read(va.tag, va.value, &x) || sn_value_read(vb.tag, vb.value, &y) ||
		    !gen_value_equal(&x, &y)) {
			return false;
		}
	}
	return ca.err == SN_OK && !sn_varbind_next(&cb, &vb) && cb.err == SN_OK;
}

bool rewrite_equal(const struct sn_message *a, const struct sn_message *b)
{
	return a->version == b->version && sn_span_eq(a->community, b->community) &&
	       a->pdu.type == b->pdu.type && a->pdu.request_id == b->pdu.request_id &&
	       a->pdu.status == b->pdu.status && a->pdu.index == b->pdu.index &&
	       (a->pdu.type != SN_PDU_TRAP_V1 || traps_equal(&a->pdu.trap, &b->pdu.trap)) &&
	       varbinds_equal(a->pdu.vbs, b->pdu.vbs);
}

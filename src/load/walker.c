/*
 * Walks, see walker.h. Called by generator.c.
 */
#include "load/walker.h"

#include <string.h>

void sn_walker_begin(struct sn_walker *wk, struct sn_device *dev, struct sn_span root)
{
	wk->dev = dev;
	wk->root = root;
	wk->n = (uint32_t)root.n;
	memcpy(wk->oid, root.p, root.n);
}

struct sn_span sn_walker_ask(struct sn_walker *wk)
{
	struct sn_writer w = sn_writer_make(wk->vbs, sizeof(wk->vbs));

	sn_varbind_write_null(&w, sn_span_make(wk->oid, wk->n));
	return sn_writer_span(&w);
}

enum sn_walker_verdict sn_walker_take(struct sn_walker *wk, const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;
	bool moved = false;

	if (pdu->status == SN_STATUS_NO_SUCH_NAME) {
		return SN_WALKER_END; /* how SNMPv1 says it (RFC 1157 §4.1.3) */
	}
	if (pdu->status != SN_STATUS_NO_ERROR) {
		return SN_WALKER_CUT;
	}
	while (sn_varbind_next(&cur, &vb)) {
		if (vb.tag == SN_TAG_END_OF_MIB_VIEW || !sn_span_is_prefix(wk->root, vb.name)) {
			return SN_WALKER_END;
		}
		if (!sn_oid_valid(vb.name) ||
		    sn_oid_cmp(vb.name, sn_span_make(wk->oid, wk->n)) <= 0) {
			return SN_WALKER_CUT;
		}
		memcpy(wk->oid, vb.name.p, vb.name.n);
		wk->n = (uint32_t)vb.name.n;
		moved = true;
	}
	return moved && cur.err == SN_OK ? SN_WALKER_ON : SN_WALKER_CUT;
}

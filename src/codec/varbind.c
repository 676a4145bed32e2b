/*
 * Writing of variable bindings, see varbind.h. Worker threads; pure functions.
 */
#include "codec/varbind.h"

void sn_varbind_write_null(struct sn_writer *w, struct sn_span name)
{
	const uint8_t *mark = w->p;

	sn_ber_write_header(w, SN_TAG_NULL, 0);
	sn_ber_write_tlv(w, SN_TAG_OID, name);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}

void sn_varbind_write(struct sn_writer *w, struct sn_span name, const struct sn_value *v)
{
	const uint8_t *mark = w->p;

	sn_value_write(w, v);
	sn_ber_write_tlv(w, SN_TAG_OID, name);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
}

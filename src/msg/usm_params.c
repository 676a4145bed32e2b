/*
 * UsmSecurityParameters, see usm_params.h. usm/seal writes them, session and usm/authority read
 * them, on worker threads.
 */
#include "msg/usm_params.h"

/* snmpEngineID and msgUserName have at most 32 octets each (RFC 3414 §2.4 and §5). */
enum { STRING_MAX = 32 };

static struct sn_span read_string(struct sn_cursor *cur)
{
	struct sn_span s = sn_ber_expect(cur, SN_TAG_OCTETS);

	if (s.n > STRING_MAX) {
		sn_cursor_fail(cur, SN_ELENGTH);
	}
	return s;
}

static uint32_t read_unsigned31(struct sn_cursor *cur)
{
	int32_t v = sn_ber_read_int32(cur);

	if (v < 0) {
		sn_cursor_fail(cur, SN_ERANGE);
		return 0;
	}
	return (uint32_t)v;
}

int sn_usm_params_read(struct sn_span security, struct sn_usm_params *p)
{
	struct sn_cursor outer = sn_cursor_make(security);
	struct sn_cursor cur = sn_cursor_make(sn_ber_expect(&outer, SN_TAG_SEQUENCE));

	if (outer.err) {
		return outer.err;
	}
	p->engine_id = read_string(&cur);
	p->boots = read_unsigned31(&cur);
	p->time = read_unsigned31(&cur);
	p->user = read_string(&cur);
	p->auth = sn_ber_expect(&cur, SN_TAG_OCTETS);
	p->priv = sn_ber_expect(&cur, SN_TAG_OCTETS);
	if (cur.err) {
		return cur.err;
	}
	/* octets left over: a length is wrong, and with it perhaps the place of the MAC */
	return sn_cursor_left(&cur) || sn_cursor_left(&outer) ? SN_ELENGTH : SN_OK;
}

uint8_t *sn_usm_params_write(struct sn_writer *w, const struct sn_usm_params *p)
{
	const uint8_t *mark = w->p;
	uint8_t *mac;

	sn_ber_write_tlv(w, SN_TAG_OCTETS, p->priv);
	mac = sn_writer_reserve(w, p->auth.n);
	if (!mac) {
		return NULL;
	}
	memset(mac, 0, p->auth.n);
	sn_ber_write_header(w, SN_TAG_OCTETS, p->auth.n);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, p->user);
	sn_ber_write_int(w, SN_TAG_INTEGER, p->time);
	sn_ber_write_int(w, SN_TAG_INTEGER, p->boots);
	sn_ber_write_tlv(w, SN_TAG_OCTETS, p->engine_id);
	sn_ber_write_wrap(w, SN_TAG_SEQUENCE, mark);
	sn_ber_write_wrap(w, SN_TAG_OCTETS, mark);
	return w->err ? NULL : mac;
}

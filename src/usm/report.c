/*
 * Report-PDUs, see report.h. session reads them when a request was refused, usm/authority writes
 * them, on worker threads.
 */
#include "usm/report.h"

enum { OID_MAX = 5 + 4 + 1 }; /* 1.3.6.1.6.3, the object's arcs, instance 0 */

struct object {
	const char *name;     /* as in the MIB */
	int err;	      /* enum sn_err of the request it answers */
	uint8_t n;	      /* octets of oid, instance included */
	uint8_t oid[OID_MAX]; /* BER content; every arc is one octet */
};

#define SNMP_MODULES 0x2b, 6, 1, 6, 3 /* 1.3.6.1.6.3 */

static const struct object objects[SN_REPORT_COUNT] = {
#define OBJECT(id, object, code, ...)                                                              \
	[SN_REPORT_##id] = {.name = (object),                                                      \
			    .err = (code),                                                         \
			    .n = sizeof((const uint8_t[]){SNMP_MODULES, __VA_ARGS__, 0}),          \
			    .oid = {SNMP_MODULES, __VA_ARGS__, 0}},
	SN_REPORT_TABLE(OBJECT)
#undef OBJECT
		[SN_REPORT_OTHER] = {.name = "another object", .err = SN_EREPORT},
};

enum sn_report sn_report_read(const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;

	if (!sn_varbind_next(&cur, &vb)) {
		return SN_REPORT_OTHER;
	}
	for (enum sn_report report = 0; report < SN_REPORT_OTHER; report++) {
		const struct object *o = &objects[report];

		/* without its instance: the object alone says what is wrong */
		if (sn_span_is_prefix(sn_span_make(o->oid, o->n - 1u), vb.name)) {
			return report;
		}
	}
	return SN_REPORT_OTHER;
}

const char *sn_report_name(enum sn_report report)
{
	return objects[report].name;
}

int sn_report_err(enum sn_report report)
{
	return objects[report].err;
}

void sn_report_write_vbs(struct sn_writer *w, enum sn_report report, uint32_t value)
{
	struct sn_value v = {.tag = SN_TAG_COUNTER32, .u = value};

	sn_varbind_write(w, sn_span_make(objects[report].oid, objects[report].n), &v);
}

/*
 * Values on standard output, see print.h.
 */
#include "support/print.h"

#include "codec/oid.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

void print_hex(struct sn_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		printf("%02x", s.p[i]);
	}
}

void print_oid(struct sn_span oid)
{
	char text[SN_OID_MAX_TEXT];

	printf("%s", sn_oid_to_text(oid, text, sizeof(text)) < 0 ? "?" : text);
}

void print_address(struct sn_span s)
{
	char text[INET_ADDRSTRLEN];

	printf("%s", inet_ntop(AF_INET, s.p, text, sizeof(text)));
}

void print_value(const struct sn_value *v)
{
	switch (v->tag) {
	case SN_TAG_INTEGER:
		printf("%" PRId64, v->i);
		break;
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_UINTEGER32:
	case SN_TAG_COUNTER64:
		printf("%" PRIu64, v->u);
		break;
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		printf("%.17g", v->d);
		break;
	case SN_TAG_OID:
		print_oid(v->bytes);
		break;
	case SN_TAG_IPADDRESS:
		print_address(v->bytes);
		break;
	case SN_TAG_OCTETS:
	case SN_TAG_OPAQUE:
	case SN_TAG_NSAP:
		print_hex(v->bytes);
		break;
	default:
		break;
	}
}

/*
 * Lines of a recording, see line.h. Called by walk.c.
 */
#include "recorder/line.h"

#include "codec/oid.h"

#include <inttypes.h>
#include <stdio.h>

/* snmpsim takes the blanks off both ends of a line, and reads it as text. */
static bool is_plain(struct sn_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x20 || s.p[i] > 0x7e) {
			return false;
		}
	}
	return s.n == 0 || (s.p[0] != ' ' && s.p[s.n - 1] != ' ');
}

static int write_hex(struct sn_span s, char *out, size_t size)
{
	if (2 * s.n >= size) {
		return SN_ESPACE;
	}
	for (size_t i = 0; i < s.n; i++) {
		snprintf(out + 2 * i, 3, "%02x", s.p[i]);
	}
	out[2 * s.n] = '\0';
	return (int)(2 * s.n);
}

/* The value as its tag wants it; hex: in hexadecimal. */
static int write_value(uint8_t tag, bool hex, struct sn_span content, char *out, size_t size)
{
	struct sn_value v;
	int rc = sn_value_read(tag, content, &v);

	if (rc) {
		return rc;
	}
	if (hex) {
		return write_hex(content, out, size);
	}
	switch (tag) {
	case SN_TAG_INTEGER:
		return snprintf(out, size, "%" PRId64, v.i);
	case SN_TAG_OCTETS:
		return content.n < size ? snprintf(out, size, "%.*s", (int)content.n,
						   (const char *)content.p)
					: SN_ESPACE;
	case SN_TAG_NULL:
		return snprintf(out, size, "%s", "");
	case SN_TAG_OID:
		return sn_oid_to_text(content, out, size);
	case SN_TAG_IPADDRESS:
		return snprintf(out, size, "%u.%u.%u.%u", content.p[0], content.p[1], content.p[2],
				content.p[3]);
	default:
		return snprintf(out, size, "%" PRIu64, v.u);
	}
}

int sn_line_write(struct sn_span name, uint8_t tag, struct sn_span content, char *out, size_t size)
{
	bool hex = tag == SN_TAG_OPAQUE || (tag == SN_TAG_OCTETS && !is_plain(content));
	int used = sn_oid_to_text(name, out, size);
	int n;

	switch (tag) {
	case SN_TAG_INTEGER:
	case SN_TAG_OCTETS:
	case SN_TAG_NULL:
	case SN_TAG_OID:
	case SN_TAG_IPADDRESS:
	case SN_TAG_COUNTER32:
	case SN_TAG_GAUGE32:
	case SN_TAG_TIMETICKS:
	case SN_TAG_OPAQUE:
	case SN_TAG_COUNTER64:
		break;
	case SN_TAG_UINTEGER32:
		tag = SN_TAG_GAUGE32; /* RFC 1442's, told apart by its tag only */
		break;
	default:
		return SN_ETAG;
	}
	if (used < 0) {
		return used;
	}
	n = snprintf(out + used, size - (size_t)used, "|%u%s|", tag, hex ? "x" : "");
	used += n;
	if ((size_t)used >= size) {
		return SN_ESPACE;
	}
	n = write_value(tag, hex, content, out + used, size - (size_t)used);
	if (n < 0) {
		return n;
	}
	return (size_t)used + (size_t)n < size ? used + n : SN_ESPACE;
}

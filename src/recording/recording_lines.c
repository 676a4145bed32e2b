/*
 * Formats with one record a line: snmpsim's .snmprec, SimpleAgentPro's .sapwalk, and .dump (also
 * .MVC). Called by recording.c while a recording is loaded.
 */
#include "recording/recording_int.h"

#include <stdio.h>

static const char type_expected[] =
	"2, 4, 5, 6, 64, 65, 66, 67, 68, 70, 71, 128, 129 or 130, then x or e where it applies";

/* Decimal tag, modifier, ":" and a module. False: no such type. */
static bool read_type(struct sn_span field, struct sn_recording_type *type, struct sn_span *module)
{
	static const uint8_t known[] = {2, 4, 5, 6, 64, 65, 66, 67, 68, 70, 71, 128, 129, 130};
	struct sn_span head;
	unsigned tag = 0;

	*type = (struct sn_recording_type){0};
	*module = sn_span_make(NULL, 0);
	if (sn_recording_cut(&field, ':', &head)) {
		*module = field;
		field = head;
		if (field.n == 0) {
			return true;
		}
	}
	if (field.n && (field.p[field.n - 1] == 'x' || field.p[field.n - 1] == 'e')) {
		type->modifier = (char)field.p[--field.n];
	}
	if (field.n == 0 || field.n > 3 || field.p[0] == '0') {
		return false;
	}
	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] < '0' || field.p[i] > '9') {
			return false;
		}
		tag = tag * 10 + (unsigned)(field.p[i] - '0');
	}
	for (size_t i = 0; i < sizeof(known); i++) {
		if (known[i] == tag) {
			type->tag = known[i];
			return !type->modifier || tag == SN_TAG_OCTETS || tag == SN_TAG_OPAQUE ||
			       tag == SN_TAG_IPADDRESS;
		}
	}
	return false;
}

/* One escape of a Python string, behind its backslash. Octets used, 0: none of them. */
static size_t read_escape(struct sn_span s, uint8_t *out)
{
	static const char names[] = "\\'\"abfnrtv";
	static const char octets[] = "\\'\"\a\b\f\n\r\t\v";
	const char *at = s.n && s.p[0] ? strchr(names, s.p[0]) : NULL;

	if (at) {
		*out = (uint8_t)octets[at - names];
		return 1;
	}
	if (s.n >= 3 && s.p[0] == 'x' && sn_recording_hex_digit(s.p[1]) >= 0 &&
	    sn_recording_hex_digit(s.p[2]) >= 0) {
		*out = (uint8_t)(sn_recording_hex_digit(s.p[1]) << 4 |
				 sn_recording_hex_digit(s.p[2]));
		return 3;
	}
	return 0;
}

static const char escape_expected[] =
	"an escape of \\\\ \\' \\\" \\a \\b \\f \\n \\r \\t \\v \\xHH";

static const char *unescape(struct sn_span text, struct sn_recording_buf *out)
{
	uint8_t *p = sn_recording_buf_grow(out, text.n);
	size_t n = 0;

	if (!p) {
		return NULL; /* the reader will notice */
	}
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\') {
			size_t used = read_escape(sn_span_from(text, i + 1), p + n);

			if (!used) {
				return escape_expected;
			}
			i += used;
		} else {
			p[n] = text.p[i];
		}
		n++;
	}
	out->n -= text.n - n;
	return NULL;
}

const char *sn_recording_typed(struct sn_recording_type type, struct sn_span text,
			       struct sn_recording_buf *out)
{
	const char *expected;
	size_t n = out->n;

	if (!type.modifier) {
		return sn_recording_value(type.tag, text, out);
	}
	expected = type.modifier == 'x' ? sn_recording_hex(text, out) : unescape(text, out);
	if (!expected && out->n - n > SN_RECORDING_MAX_OCTETS) {
		return "at most 65535 octets";
	}
	if (!expected && type.tag == SN_TAG_IPADDRESS && out->n - n != 4 && !out->failed) {
		return "four octets";
	}
	return expected;
}

static void bad_field(struct sn_recording_reader *r, const char *what, struct sn_span field,
		      const char *expected)
{
	struct sn_recording_quote q;

	sn_recording_bad(r, "%s '%s', expected %s", what, sn_recording_quote(field, &q), expected);
}

/* Name of a record; false: bad, and said so. */
static bool read_name(struct sn_recording_reader *r, struct sn_span field,
		      uint8_t room[SN_OID_MAX_BER], struct sn_span *name)
{
	int n = sn_recording_oid(field, room);

	if (n < 0) {
		bad_field(r, "name", field, "an OID in numbers");
		return false;
	}
	*name = sn_span_make(room, (size_t)n);
	return true;
}

static void add_value(struct sn_recording_reader *r, struct sn_span name,
		      struct sn_recording_type type, struct sn_span text)
{
	const char *expected;

	r->value.n = 0;
	expected = sn_recording_typed(type, text, &r->value);
	if (expected) {
		struct sn_recording_quote q;

		sn_recording_bad(r, "value '%s' of type %s, expected %s",
				 sn_recording_quote(text, &q), sn_value_type_name(type.tag),
				 expected);
		return;
	}
	sn_recording_add(r, name, type.tag, sn_span_make(r->value.p, r->value.n));
}

static void snmprec_line(struct sn_recording_reader *r, struct sn_span line)
{
	uint8_t room[SN_OID_MAX_BER];
	char text[160];
	struct sn_span name;
	struct sn_span tag;
	struct sn_span module;
	struct sn_recording_type type;
	const char *wrong;
	struct sn_span whole = line;

	if (!sn_recording_cut(&line, '|', &name) || !sn_recording_cut(&line, '|', &tag)) {
		bad_field(r, "record", whole, "OID|TAG|VALUE");
		return;
	}
	if (!read_name(r, name, room, &name)) {
		return;
	}
	if (!read_type(tag, &type, &module)) {
		bad_field(r, "tag", tag, type_expected);
		return;
	}
	if (!module.p) {
		add_value(r, name, type, line);
		return;
	}
	r->value.n = 0;
	wrong = sn_vary_write(type, module, line, &r->value, text, sizeof(text));
	if (wrong) {
		sn_recording_bad(r, "%s", wrong);
		return;
	}
	sn_recording_add(r, name, SN_RECORDING_VARIED, sn_span_make(r->value.p, r->value.n));
}

static void sapwalk_line(struct sn_recording_reader *r, struct sn_span line)
{
	static const struct {
		const char *word;
		uint8_t tag;
	} types[] = {
		{"Counter", SN_TAG_COUNTER32},	 {"Gauge", SN_TAG_GAUGE32},
		{"Integer", SN_TAG_INTEGER},	 {"IpAddress", SN_TAG_IPADDRESS},
		{"ObjectID", SN_TAG_OID},	 {"OctetString", SN_TAG_OCTETS},
		{"TimeTicks", SN_TAG_TIMETICKS}, {"Counter64", SN_TAG_COUNTER64},
	};
	struct sn_recording_type type = {0};
	uint8_t room[SN_OID_MAX_BER];
	struct sn_span whole = line;
	struct sn_span name;
	struct sn_span word;

	if (!sn_recording_cut(&line, ',', &name) || !sn_recording_cut(&line, ',', &word)) {
		bad_field(r, "record", whole, "OID, TYPE, VALUE");
		return;
	}
	if (!read_name(r, name, room, &name)) {
		return;
	}
	word = sn_recording_trim(word);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (sn_vary_is(word, types[i].word)) {
			type.tag = types[i].tag;
		}
	}
	if (!type.tag) {
		bad_field(r, "type", word,
			  "Counter, Counter64, Gauge, Integer, IpAddress, ObjectID, OctetString "
			  "or TimeTicks");
		return;
	}
	line = sn_recording_trim(line);
	if (type.tag == SN_TAG_OCTETS && sn_recording_take(&line, "0x")) {
		type.modifier = 'x';
	}
	add_value(r, name, type, line);
}

/* "hex: 0a.0b" of .dump to digits as of snmprec; false: something else. */
static bool dump_hex(struct sn_recording_reader *r, struct sn_span name, struct sn_span text)
{
	bool more = true;

	if (!sn_recording_take(&text, "hex: ")) {
		return false;
	}
	r->value.n = 0;
	while (more) {
		struct sn_span part = text;
		int high;
		int low;
		uint8_t *p;

		more = sn_recording_cut(&text, '.', &part);
		high = part.n == 2 ? sn_recording_hex_digit(part.p[0]) : 0;
		low = part.n && part.n <= 2 ? sn_recording_hex_digit(part.p[part.n - 1]) : -1;
		if (high < 0 || low < 0) {
			bad_field(r, "value", part, "two hexadecimal digits for each octet");
			return true;
		}
		p = sn_recording_buf_grow(&r->value, 1);
		if (p) {
			*p = (uint8_t)(high << 4 | low);
		}
	}
	if (r->value.n > SN_RECORDING_MAX_OCTETS) {
		sn_recording_bad(r, "value of %zu octets, expected at most 65535", r->value.n);
		return true;
	}
	sn_recording_add(r, name, SN_TAG_OCTETS, sn_span_make(r->value.p, r->value.n));
	return true;
}

static void dump_line(struct sn_recording_reader *r, struct sn_span line)
{
	static const uint8_t types[] = {SN_TAG_COUNTER32, SN_TAG_GAUGE32,   SN_TAG_INTEGER,
					SN_TAG_IPADDRESS, SN_TAG_NULL,	    SN_TAG_OID,
					SN_TAG_OCTETS,	  SN_TAG_TIMETICKS, SN_TAG_COUNTER32,
					SN_TAG_COUNTER64};
	struct sn_recording_type type = {0};
	uint8_t room[SN_OID_MAX_BER];
	struct sn_span whole = line;
	struct sn_span name;
	struct sn_span digit;

	if (!sn_recording_cut(&line, '|', &name) || !sn_recording_cut(&line, '|', &digit)) {
		bad_field(r, "record", whole, "OID|DIGIT|VALUE");
		return;
	}
	if (!read_name(r, name, room, &name)) {
		return;
	}
	if (digit.n != 1 || digit.p[0] < '0' || digit.p[0] > '9') {
		bad_field(r, "type", digit, "a digit");
		return;
	}
	type.tag = types[digit.p[0] - '0'];
	line = sn_recording_trim(line);
	if (type.tag == SN_TAG_NULL) {
		line.n = 0;
	}
	if (type.tag == SN_TAG_OCTETS && dump_hex(r, name, line)) {
		return;
	}
	if (type.tag == SN_TAG_OCTETS && line.n >= 2 && line.p[0] == '"' &&
	    line.p[line.n - 1] == '"') {
		line = sn_span_make(line.p + 1, line.n - 2);
	}
	add_value(r, name, type, line);
}

static void read_lines(struct sn_recording_reader *r,
		       void (*read)(struct sn_recording_reader *, struct sn_span))
{
	struct sn_span line;

	while (sn_recording_line(r, &line)) {
		line = sn_recording_trim(line);
		if (line.n && line.p[0] != '#') {
			read(r, line);
		}
	}
}

void sn_recording_read_snmprec(struct sn_recording_reader *r)
{
	read_lines(r, snmprec_line);
}

void sn_recording_read_sapwalk(struct sn_recording_reader *r)
{
	read_lines(r, sapwalk_line);
}

void sn_recording_read_dump(struct sn_recording_reader *r)
{
	read_lines(r, dump_line);
}

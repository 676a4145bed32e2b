/*
 * .snmpwalk: what Net-SNMP's snmpwalk prints, best with -On and -Oe. "name = TYPE: value", with
 * values that go on in the next lines: texts with line ends, long Hex-STRINGs. snmpsim knows
 * neither and refuses such files; where both read a line, both give the same. Called by recording.c
 * while a recording is loaded.
 */
#include "recording/recording_int.h"

#include <endian.h>
#include <stdlib.h>

/* How the text of a value is read. */
enum walk_kind {
	KIND_NUMBER,  /* up(1), 60 seconds, 60 */
	KIND_TICKS,   /* (6000) 0:01:00.00, 6000 */
	KIND_OID,     /* .1.3.6, iso.3.6 */
	KIND_STRING,  /* "text", text, 0:1a:ff */
	KIND_HEX,     /* 00 1A FF */
	KIND_ADDRESS, /* 192.0.2.1 */
	KIND_NETWORK, /* C0:00:02:01 */
	KIND_FLOAT,   /* of an Opaque */
	KIND_DOUBLE,  /* likewise */
	KIND_NULL
};

/* Words before a value; their case does not matter, longer ones come first. */
static const struct word {
	const char *word;
	uint8_t tag;
	uint8_t kind; /* enum walk_kind */
} words[] = {
	{"STRING:", SN_TAG_OCTETS, KIND_STRING},
	{"INTEGER:", SN_TAG_INTEGER, KIND_NUMBER},
	{"Integer32:", SN_TAG_INTEGER, KIND_NUMBER},
	{"Counter32:", SN_TAG_COUNTER32, KIND_NUMBER},
	{"Counter64:", SN_TAG_COUNTER64, KIND_NUMBER},
	{"Gauge32:", SN_TAG_GAUGE32, KIND_NUMBER},
	{"Unsigned32:", SN_TAG_GAUGE32, KIND_NUMBER},
	{"UInteger32:", SN_TAG_UINTEGER32, KIND_NUMBER},
	{"Timeticks:", SN_TAG_TIMETICKS, KIND_TICKS},
	{"OID:", SN_TAG_OID, KIND_OID},
	{"Hex-STRING:", SN_TAG_OCTETS, KIND_HEX},
	{"BITS:", SN_TAG_OCTETS, KIND_HEX},
	{"IpAddress:", SN_TAG_IPADDRESS, KIND_ADDRESS},
	{"Network Address:", SN_TAG_IPADDRESS, KIND_NETWORK},
	{"Opaque: Float:", SN_TAG_OPAQUE, KIND_FLOAT},
	{"Opaque: Double:", SN_TAG_OPAQUE, KIND_DOUBLE},
	{"OPAQUE:", SN_TAG_OPAQUE, KIND_HEX},
	{"NULL", SN_TAG_NULL, KIND_NULL},
};

/* Said in place of a value where there is no variable. */
static const char *const no_values[] = {
	"No more variables left in this MIB View",
	"No Such Object available on this agent",
	"No Such Instance currently exists",
};

/* Lines that belong to one value are joined here. */
struct walk {
	struct sn_recording_reader *r;	/* lines come from it */
	struct sn_recording_buf joined; /* text of a value of several lines */
	struct sn_span ahead;		/* line read but not used */
	bool has_ahead;			/* there is one */
};

static bool next_line(struct walk *wk, struct sn_span *line)
{
	if (wk->has_ahead) {
		wk->has_ahead = false;
		*line = wk->ahead;
		return true;
	}
	if (!sn_recording_line(wk->r, line)) {
		return false;
	}
	if (wk->r->crlf && line->n && line->p[line->n - 1] == '\r') {
		line->n--;
	}
	return true;
}

/* Without white space before it: what is behind a text may belong to one of several lines. */
static struct sn_span trim_left(struct sn_span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s = sn_span_from(s, 1);
	}
	return s;
}

/* Splits "name = value"; the name must look like one, so that text is not taken for a record. */
static bool split_record(struct sn_span line, struct sn_span *name, struct sn_span *value)
{
	const uint8_t *at;

	line = trim_left(line);
	at = line.n ? memmem(line.p, line.n, " =", 2) : NULL;
	if (!at) {
		return false;
	}
	*name = sn_span_make(line.p, (size_t)(at - line.p));
	*value = sn_span_from(line, name->n + 2);
	if (sn_recording_trim(*value).n && value->p[0] != ' ') {
		return false;
	}
	*value = trim_left(*value);
	return memchr(name->p, ' ', name->n) == NULL && memchr(name->p, '.', name->n) != NULL;
}

/* Name or value, also with "iso" for its first arc, as without -On. NULL, or what was expected. */
static const char *oid_text(struct sn_span text, struct sn_recording_buf *out)
{
	uint8_t copy[SN_OID_MAX_TEXT] = "1.";

	text = sn_recording_trim(text);
	if (sn_recording_take(&text, ".iso.") || sn_recording_take(&text, "iso.")) {
		if (text.n > sizeof(copy) - 2) {
			return "an OID in numbers";
		}
		memcpy(copy + 2, text.p, text.n);
		text = sn_span_make(copy, text.n + 2);
	}
	return sn_recording_value(SN_TAG_OID, text, out);
}

/* The number in "up(1)" or "(6000) 0:01:00.00". */
static bool in_brackets(struct sn_span text, struct sn_span *number)
{
	struct sn_span head;
	struct sn_span rest = text;

	while (sn_recording_cut(&rest, '(', &head)) {
		struct sn_span after = rest;

		if (sn_recording_cut(&after, ')', number) && number->n &&
		    (number->p[0] == '-' || (number->p[0] >= '0' && number->p[0] <= '9'))) {
			return true;
		}
	}
	return false;
}

static const char *number_text(const struct word *w, struct sn_span text,
			       struct sn_recording_buf *out)
{
	struct sn_span number = text;
	const char *expected = sn_recording_value(w->tag, text, out);

	if (!expected) {
		return NULL;
	}
	if (!in_brackets(text, &number)) {
		struct sn_span rest = text;

		/* a unit behind the number */
		if (w->kind == KIND_TICKS || !sn_recording_cut(&rest, ' ', &number)) {
			return expected;
		}
	}
	return sn_recording_value(w->tag, number, out);
}

/* "0:1a:ff" is octets, as snmpsim reads it; false: a text. */
static bool colon_octets(struct sn_span text, struct sn_recording_buf *out)
{
	size_t n = out->n;
	size_t digits = 0;
	unsigned octet = 0;

	if (!text.n || text.p[0] == ':' || !memchr(text.p, ':', text.n)) {
		return false;
	}
	for (size_t i = 0; i <= text.n; i++) {
		int digit = i < text.n ? sn_recording_hex_digit(text.p[i]) : -1;

		if (i == text.n || text.p[i] == ':') {
			uint8_t c = (uint8_t)octet;

			if (digits == 0 || octet > 255) {
				out->n = n;
				return false;
			}
			sn_recording_buf_add(out, sn_span_make(&c, 1));
			digits = 0;
			octet = 0;
		} else if (digit < 0 || ++digits > 2) {
			out->n = n;
			return false;
		} else {
			octet = octet << 4 | (unsigned)digit;
		}
	}
	return true;
}

/* Between quotes Net-SNMP puts a backslash before quotes and backslashes. */
static void unquote(struct sn_span text, struct sn_recording_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n &&
		    (text.p[i + 1] == '\\' || text.p[i + 1] == '"')) {
			i++;
		}
		sn_recording_buf_add(out, sn_span_make(text.p + i, 1));
	}
}

static const char *string_text(struct sn_span text, struct sn_recording_buf *out)
{
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"') {
		unquote(sn_span_make(text.p + 1, text.n - 2), out);
	} else if (!colon_octets(text, out)) {
		sn_recording_buf_add(out, text);
	}
	return out->n > SN_RECORDING_MAX_OCTETS ? "at most 65535 octets" : NULL;
}

/* "00 1A FF", also with names of bits or the text in brackets behind. */
static const char *hex_text(uint8_t tag, struct sn_span text, struct sn_recording_buf *out)
{
	size_t i = 0;

	while (i < text.n) {
		int high;
		int low;
		uint8_t c;

		if (text.p[i] == ' ' || text.p[i] == '\n' || text.p[i] == '\r') {
			i++;
			continue;
		}
		high = sn_recording_hex_digit(text.p[i]);
		low = i + 1 < text.n ? sn_recording_hex_digit(text.p[i + 1]) : -1;
		if (low < 0) { /* a lone digit */
			low = high;
			high = 0;
			i++;
		} else {
			i += 2;
		}
		if (high < 0 || low < 0 ||
		    (i < text.n && text.p[i] != ' ' && text.p[i] != '\n' && text.p[i] != '\r')) {
			return "pairs of hexadecimal digits";
		}
		c = (uint8_t)(high << 4 | low);
		sn_recording_buf_add(out, sn_span_make(&c, 1));
	}
	if (tag == SN_TAG_OCTETS || tag == SN_TAG_OPAQUE) {
		return out->n > SN_RECORDING_MAX_OCTETS ? "at most 65535 octets" : NULL;
	}
	return NULL;
}

/* The Opaque of Net-SNMP for a float (9f 78 04) or a double (9f 79 08). */
static const char *float_text(const struct word *w, struct sn_span text,
			      struct sn_recording_buf *out)
{
	double d;
	uint8_t octets[11] = {0x9f, 0x78, 4};

	if (sn_recording_double(text, &d)) {
		return "a number";
	}
	if (w->kind == KIND_FLOAT) {
		float f = (float)d;
		uint32_t bits;

		memcpy(&bits, &f, sizeof(bits));
		bits = htobe32(bits);
		memcpy(octets + 3, &bits, sizeof(bits));
	} else {
		uint64_t bits;

		memcpy(&bits, &d, sizeof(bits));
		bits = htobe64(bits);
		octets[1] = 0x79;
		octets[2] = 8;
		memcpy(octets + 3, &bits, sizeof(bits));
	}
	sn_recording_buf_add(out, sn_span_make(octets, (size_t)octets[2] + 3));
	return NULL;
}

static const char *value_text(const struct word *w, struct sn_span text,
			      struct sn_recording_buf *out)
{
	switch ((enum walk_kind)w->kind) {
	case KIND_NUMBER:
	case KIND_TICKS:
		return number_text(w, text, out);
	case KIND_OID:
		return oid_text(text, out);
	case KIND_STRING:
		return string_text(text, out);
	case KIND_HEX:
		return hex_text(w->tag, text, out);
	case KIND_ADDRESS:
		return sn_recording_value(w->tag, text, out);
	case KIND_NETWORK:
		return colon_octets(text, out) && out->n == 4 ? NULL : "four octets, hexadecimal";
	case KIND_FLOAT:
	case KIND_DOUBLE:
		return float_text(w, text, out);
	case KIND_NULL:
	default:
		return NULL;
	}
}

/* Whether a text that begins with a quote has its closing one at the end. */
static bool is_closed(struct sn_span text)
{
	size_t backslashes = 0;

	if (text.n < 2 || text.p[text.n - 1] != '"') {
		return false;
	}
	while (backslashes < text.n - 2 && text.p[text.n - 2 - backslashes] == '\\') {
		backslashes++;
	}
	return backslashes % 2 == 0;
}

/*
 * Adds the lines that follow and belong to the value: until the quote is closed, or while lines are
 * no records. Only texts and hexadecimal values have more than one line.
 */
static struct sn_span join_lines(struct walk *wk, enum walk_kind kind, struct sn_span text)
{
	bool quoted = kind == KIND_STRING && text.n && text.p[0] == '"';
	struct sn_span line;
	struct sn_span name;
	struct sn_span value;

	wk->joined.n = 0;
	if (kind != KIND_STRING && kind != KIND_HEX) {
		return sn_recording_trim(text);
	}
	while (!(quoted && is_closed(sn_recording_trim(text))) && next_line(wk, &line)) {
		if (split_record(line, &name, &value)) {
			wk->ahead = line;
			wk->has_ahead = true;
			break;
		}
		if (wk->joined.n == 0) {
			sn_recording_buf_add(&wk->joined, text);
		}
		sn_recording_buf_add(&wk->joined, sn_span_make("\n", 1));
		sn_recording_buf_add(&wk->joined, line);
		text = sn_span_make(wk->joined.p, wk->joined.n);
		if (wk->joined.failed) {
			break;
		}
	}
	return sn_recording_trim(text);
}

static const struct word *find_word(struct sn_span *text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct sn_span rest = *text;

		if (sn_recording_take(&rest, words[i].word) &&
		    (sn_recording_trim(rest).n == 0 || rest.p[0] == ' ')) {
			*text = trim_left(rest);
			return &words[i];
		}
	}
	return NULL;
}

/* Type of a value; without a word it is "" or a TimeTicks, as in snmpsim. NULL: neither. */
static const struct word *type_of(struct sn_span *text)
{
	static const struct word ticks = {"", SN_TAG_TIMETICKS, KIND_TICKS};
	static const struct word string = {"", SN_TAG_OCTETS, KIND_STRING};
	struct sn_span head;
	const struct word *w;

	if (sn_recording_take(text, "Wrong Type (should be")) {
		(void)sn_recording_cut(text, ':', &head);
		*text = trim_left(*text);
	}
	w = find_word(text);
	if (w) {
		return w;
	}
	if (text->n && text->p[0] == '"') {
		return &string;
	}
	return text->n && text->p[0] >= '0' && text->p[0] <= '9' ? &ticks : NULL;
}

static bool is_no_value(struct sn_span text)
{
	for (size_t i = 0; i < sizeof(no_values) / sizeof(no_values[0]); i++) {
		struct sn_span rest = text;

		if (sn_recording_take(&rest, no_values[i])) {
			return true;
		}
	}
	return false;
}

/* Value of a record whose name is content of r->value; replaces it. */
static void add_record(struct walk *wk, const struct word *w, struct sn_span text)
{
	struct sn_recording_reader *r = wk->r;
	uint8_t name[SN_OID_MAX_BER];
	size_t n = r->value.n;
	struct sn_recording_quote q;
	const char *expected;

	if (r->value.failed) {
		return;
	}
	memcpy(name, r->value.p, n);
	r->value.n = 0;
	expected = value_text(w, text, &r->value);
	if (expected) {
		sn_recording_bad(r, "value '%s' of type '%s', expected %s",
				 sn_recording_quote(text, &q), w->word, expected);
	} else if (!r->value.failed) {
		sn_recording_add(r, sn_span_make(name, n), w->tag,
				 sn_span_make(r->value.p, r->value.n));
	}
}

static void read_record(struct walk *wk, struct sn_span name, struct sn_span text)
{
	struct sn_recording_reader *r = wk->r;
	uint32_t first = r->line;
	uint32_t last;
	struct sn_recording_quote q;
	const struct word *w = type_of(&text);

	if (w) {
		text = join_lines(wk, (enum walk_kind)w->kind, text);
	}
	if (is_no_value(text)) {
		return;
	}
	last = r->line;
	r->line = first; /* a report names the line where the record begins */
	r->value.n = 0;
	if (oid_text(name, &r->value)) {
		sn_recording_bad(r, "name '%s', expected an OID in numbers (snmpwalk -On)",
				 sn_recording_quote(name, &q));
	} else if (!w) {
		sn_recording_bad(r, "value '%s', expected TYPE: VALUE as snmpwalk prints it",
				 sn_recording_quote(sn_recording_trim(text), &q));
	} else {
		add_record(wk, w, text);
	}
	r->line = last;
}

void sn_recording_read_snmpwalk(struct sn_recording_reader *r)
{
	struct walk wk = {.r = r};
	struct sn_span line;
	struct sn_span name;
	struct sn_span text;
	struct sn_recording_quote q;

	while (next_line(&wk, &line)) {
		struct sn_span bare = sn_recording_trim(line);

		if (bare.n == 0 || bare.p[0] == '#') {
			continue;
		}
		if (split_record(line, &name, &text)) {
			read_record(&wk, name, text);
		} else {
			sn_recording_bad(r, "line '%s', expected NAME = TYPE: VALUE",
					 sn_recording_quote(bare, &q));
		}
	}
	r->value.failed |= wk.joined.failed;
	free(wk.joined.p);
}

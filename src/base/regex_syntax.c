/*
 * RE2's syntax as Go's regexp package has it, read and written anew for PCRE2 in such a way that
 * nothing is left to differences between the two: every character that stands for itself is
 * escaped, ^ and $ are said as what they mean, names of groups stay here. What RE2 lacks
 * (look-around, backreferences, possessive repetitions) is refused, as are its limits. Called by
 * regex.c when configuration is read.
 */
#include "base/regex_int.h"

#include "base/utf8.h"

#include <stdio.h>

enum {
	REPEAT_MAX = 1000, /* copies that repetitions within repetitions may make */
	INT_LIMIT = 100000000
};

static bool at_char(const struct sn_regex_parser *p, char c)
{
	return p->at < p->end && *p->at == c;
}

/* Writes the flags that what comes now depends on, if they are others than before. */
static void put_flags(struct sn_regex_parser *p)
{
	const unsigned mask = SN_REGEX_FOLD | SN_REGEX_DOT_ALL;
	unsigned differ = (p->flags ^ p->written) & mask;

	if (differ & SN_REGEX_FOLD) {
		sn_regex_put(&p->out, p->flags & SN_REGEX_FOLD ? "(?i)" : "(?-i)");
	}
	if (differ & SN_REGEX_DOT_ALL) {
		sn_regex_put(&p->out, p->flags & SN_REGEX_DOT_ALL ? "(?s)" : "(?-s)");
	}
	p->written = p->flags & mask;
}

/* Something begins that may be repeated. */
static void begin_atom(struct sn_regex_parser *p)
{
	put_flags(p);
	p->atom = p->out.n;
	p->atom_weight = 1;
	p->atom_repeated = false;
}

static void put_literal(struct sn_regex_parser *p, uint32_t c)
{
	begin_atom(p);
	sn_regex_put_rune(&p->out, c);
}

/* An assertion, in a group of its own since PCRE2 repeats no bare ones; chars: in the pattern. */
static void put_assertion(struct sn_regex_parser *p, const char *text, unsigned chars)
{
	begin_atom(p);
	sn_regex_put(&p->out, "(?:");
	sn_regex_put(&p->out, text);
	sn_regex_put(&p->out, ")");
	p->at += chars;
}

/* A decimal number without zeros in front; INT_LIMIT: it is that large or larger. */
static bool take_int(struct sn_regex_parser *p, int32_t *v)
{
	const char *from = p->at;
	int d;

	*v = 0;
	while ((d = sn_regex_take_digit(p, 10)) >= 0) {
		*v = *v >= INT_LIMIT ? INT_LIMIT : *v * 10 + d;
	}
	return p->at > from && (*from != '0' || p->at == from + 1);
}

/* {n}, {n,} (max -1) or {n,m} at p->at, which moves only behind one of these. */
static bool take_braces(struct sn_regex_parser *p, int32_t *min, int32_t *max)
{
	const char *from = p->at++;
	bool ok = take_int(p, min);

	*max = *min;
	if (ok && at_char(p, ',')) {
		p->at++;
		*max = -1;
		ok = at_char(p, '}') || take_int(p, max);
	}
	if (ok && at_char(p, '}')) {
		p->at++;
		return true;
	}
	p->at = from;
	return false;
}

/* What is written last becomes a group, so that it can be repeated once more: a*(?i)* */
static void wrap_atom(struct sn_regex_parser *p)
{
	static const char open[3] = {'(', '?', ':'};

	sn_regex_put(&p->out, "(?:)");
	if (!p->out.nomem) {
		char *atom = p->out.p + p->atom;

		memmove(atom + 3, atom, p->out.n - 4 - p->atom);
		memcpy(atom, open, sizeof(open));
	}
}

/*
 * The last thing is repeated; from: the operator, p->at behind it. max: -1 is any number; counted:
 * by braces, as which it is written.
 */
static int repeat(struct sn_regex_parser *p, const char *from, int32_t min, int32_t max,
		  bool counted)
{
	bool ungreedy = p->flags & SN_REGEX_UNGREEDY;
	char text[40] = {*from, '\0'};

	if (at_char(p, '?')) {
		p->at++;
		ungreedy = !ungreedy;
	}
	if (p->repeated) {
		return sn_regex_error(p, "invalid nested repetition operator", from);
	}
	if (p->atom == SIZE_MAX) {
		return sn_regex_error(p, "missing argument to repetition operator", from);
	}
	if (p->atom_repeated) {
		wrap_atom(p);
	}
	if (counted) {
		int32_t copies = max < 0 ? min : max;
		char most[16] = "";

		if (max > 0) {
			snprintf(most, sizeof(most), "%d", (int)max);
		}
		snprintf(text, sizeof(text), max == min ? "{%d}" : "{%d,%s}", (int)min, most);
		p->atom_weight = max == 0 ? 1 : p->atom_weight * (uint32_t)(copies ? copies : 1);
		if (p->atom_weight > REPEAT_MAX) {
			return sn_regex_error(p, "invalid repeat count", from);
		}
		p->weight = p->weight > p->atom_weight ? p->weight : p->atom_weight;
	}
	sn_regex_put(&p->out, text);
	sn_regex_put(&p->out, ungreedy ? "?" : "");
	p->atom_repeated = true;
	p->repeated = true;
	return SN_OK;
}

static int take_repeat(struct sn_regex_parser *p)
{
	const char *from = p->at;
	int32_t min = 0;
	int32_t max = -1;

	if (*from != '{') {
		p->at++;
		return repeat(p, from, 0, -1, false);
	}
	if (!take_braces(p, &min, &max)) {
		put_literal(p, '{');
		p->at++;
		p->repeated = false;
		return SN_OK;
	}
	if (min > REPEAT_MAX || max > REPEAT_MAX || (max >= 0 && min > max)) {
		return sn_regex_error(p, "invalid repeat count", from);
	}
	return repeat(p, from, min, max, true);
}

/* \Q...\E: each character stands for itself. */
static int take_quoted(struct sn_regex_parser *p)
{
	p->at += 2;
	while (p->at < p->end) {
		if (p->end - p->at >= 2 && p->at[0] == '\\' && p->at[1] == 'E') {
			p->at += 2;
			break;
		}
		put_literal(p, sn_regex_take_rune(p));
	}
	return SN_OK;
}

static int take_backslash(struct sn_regex_parser *p)
{
	char next = p->end - p->at >= 2 ? p->at[1] : '\0';
	const char *from = p->at;
	uint32_t c;
	int rc;

	switch (next) {
	case 'A':
		put_assertion(p, "\\A", 2);
		return SN_OK;
	case 'z':
		put_assertion(p, "\\z", 2);
		return SN_OK;
	case 'b':
		put_assertion(p, "\\b", 2);
		return SN_OK;
	case 'B':
		put_assertion(p, "\\B", 2);
		return SN_OK;
	case 'Q':
		return take_quoted(p);
	case 'C':
		p->at += 2;
		return sn_regex_error(p, "invalid escape sequence", from);
	default:
		break;
	}
	begin_atom(p);
	rc = sn_regex_take_set(p);
	if (rc == 0) {
		rc = sn_regex_take_escape(p, &c);
		if (!rc) {
			sn_regex_put_rune(&p->out, c);
		}
	}
	return rc < 0 ? rc : SN_OK;
}

/* What is at p->at, except repetitions. */
static int take_one(struct sn_regex_parser *p)
{
	bool lines = p->flags & SN_REGEX_LINES;

	switch (*p->at) {
	case '(':
		return sn_regex_take_paren(p);
	case ')':
		return sn_regex_close_group(p);
	case '|':
		sn_regex_put(&p->out, "|");
		p->atom = SIZE_MAX;
		p->at++;
		return SN_OK;
	case '^':
		put_assertion(p, lines ? "(?m)^" : "\\A", 1);
		return SN_OK;
	case '$':
		put_assertion(p, lines ? "(?m)$" : "\\z", 1);
		return SN_OK;
	case '.':
		begin_atom(p);
		sn_regex_put(&p->out, ".");
		p->at++;
		return SN_OK;
	case '[':
		begin_atom(p);
		return sn_regex_take_class(p);
	case '\\':
		return take_backslash(p);
	default:
		put_literal(p, sn_regex_take_rune(p));
		return SN_OK;
	}
}

/* Not one octet of the pattern is anything but UTF-8. */
static bool is_utf8(const struct sn_regex_parser *p)
{
	const uint8_t *s = (const uint8_t *)p->at;
	size_t left = (size_t)(p->end - p->at);

	while (left) {
		size_t n = sn_utf8_length(s, left);

		if (!n) {
			return false;
		}
		s += n;
		left -= n;
	}
	return true;
}

int sn_regex_translate(struct sn_regex_parser *p)
{
	const char *from = p->at;
	int rc = SN_OK;

	if (!is_utf8(p)) {
		return sn_regex_error(p, "invalid UTF-8", p->at);
	}
	p->ngroups = 1;
	p->weight = 1;
	p->atom = SIZE_MAX;
	while (p->at < p->end && !rc) {
		if (strchr("*+?{", *p->at)) {
			rc = take_repeat(p);
		} else {
			rc = take_one(p);
			p->repeated = false;
		}
	}
	if (!rc && p->depth) {
		rc = sn_regex_error(p, "missing closing )", from);
	}
	return !rc && p->out.nomem ? SN_ENOMEM : rc;
}

/*
 * Parentheses of RE2's patterns: groups with and without a number, names, flags. Called by
 * regex_syntax.c.
 */
#include "base/regex_int.h"

/* A group opens; text: how it is written; flags: in force inside. */
static int open_group(struct sn_regex_parser *p, const char *from, const char *text, unsigned flags)
{
	if (p->depth == SN_REGEX_DEPTH_MAX) {
		return sn_regex_error(p, "expression nests too deeply", p->at);
	}
	if (text[1] == '\0' && ++p->ngroups > SN_REGEX_GROUPS_MAX) {
		return sn_regex_error(p, "more than 255 groups", from);
	}
	p->frame[p->depth++] = (struct sn_regex_frame){
		.at = p->out.n, .flags = p->flags, .written = p->written, .weight = p->weight};
	sn_regex_put(&p->out, text);
	p->flags = flags;
	p->weight = 1;
	p->atom = SIZE_MAX;
	return SN_OK;
}

int sn_regex_close_group(struct sn_regex_parser *p)
{
	const struct sn_regex_frame *frame;

	if (p->depth == 0) {
		return sn_regex_error(p, "unexpected )", p->at);
	}
	frame = &p->frame[--p->depth];
	sn_regex_put(&p->out, ")");
	p->at++;
	p->atom = frame->at;
	p->atom_weight = p->weight;
	p->atom_repeated = false;
	p->flags = frame->flags;
	p->written = frame->written;
	p->weight = p->weight > frame->weight ? p->weight : frame->weight;
	return SN_OK;
}

static bool is_word(struct sn_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
		    c != '_') {
			return false;
		}
	}
	return s.n > 0;
}

/* (?P<name> or (?<name> at p->at; skip: octets before the name. */
static int open_named(struct sn_regex_parser *p, unsigned skip)
{
	const char *from = p->at;
	const char *end = memchr(from, '>', (size_t)(p->end - from));
	struct sn_span name;
	int rc;

	p->at = end ? end + 1 : p->end;
	name = sn_span_make(from + skip, end ? (size_t)(end - from - skip) : 0);
	if (!is_word(name)) {
		return sn_regex_error(p, "invalid named capture", from);
	}
	rc = open_group(p, from, "(", p->flags);
	if (!rc) {
		p->name[p->ngroups - 1] = name;
	}
	return rc;
}

/* Which flag a letter is, 0: none. */
static unsigned flag_of(char c)
{
	switch (c) {
	case 'i':
		return SN_REGEX_FOLD;
	case 'm':
		return SN_REGEX_LINES;
	case 's':
		return SN_REGEX_DOT_ALL;
	case 'U':
		return SN_REGEX_UNGREEDY;
	default:
		return 0;
	}
}

/* (?flags) or (?flags: at p->at. */
static int take_flags(struct sn_regex_parser *p)
{
	const char *from = p->at;
	unsigned flags = p->flags;
	bool minus = false;
	bool any = false; /* flag since the minus */

	for (p->at += 2; p->at < p->end;) {
		uint32_t c = sn_regex_take_rune(p);
		unsigned flag = c < 0x80 ? flag_of((char)c) : 0;

		if (flag) {
			flags = minus ? flags & ~flag : flags | flag;
			any = true;
		} else if (c == '-' && !minus) {
			minus = true;
			any = false;
		} else if ((c == ':' || c == ')') && (any || !minus)) {
			if (c == ':') {
				return open_group(p, from, "(?:", flags);
			}
			p->flags = flags;
			return SN_OK;
		} else {
			break;
		}
	}
	return sn_regex_error(p, "invalid or unsupported Perl syntax", from);
}

int sn_regex_take_paren(struct sn_regex_parser *p)
{
	const char *from = p->at;
	size_t left = (size_t)(p->end - from);

	if (left < 2 || from[1] != '?') {
		p->at++;
		return open_group(p, from, "(", p->flags);
	}
	if (left > 3 && from[2] == '<' && (from[3] == '=' || from[3] == '!')) {
		p->at += 4;
		return sn_regex_error(p, "look-behind is not supported", from);
	}
	if (left > 2 && (from[2] == '=' || from[2] == '!')) {
		p->at += 3;
		return sn_regex_error(p, "look-ahead is not supported", from);
	}
	if (left > 3 && from[2] == '<') {
		return open_named(p, 3);
	}
	if (left > 4 && from[2] == 'P' && from[3] == '<') {
		return open_named(p, 4);
	}
	return take_flags(p);
}

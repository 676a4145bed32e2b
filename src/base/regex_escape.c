/*
 * Single characters of RE2's patterns, read and written: escapes, digits, messages. Called by the
 * other files of the regular expressions.
 */
#include "base/regex_int.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

void sn_regex_put(struct sn_regex_text *text, const char *s)
{
	size_t n = strlen(s);

	if (text->n + n > text->room && !text->nomem) {
		size_t room = (text->n + n) * 2 + 64;
		char *p = realloc(text->p, room);

		text->nomem = p == NULL;
		text->p = p ? p : text->p;
		text->room = p ? room : text->room;
	}
	if (!text->nomem) {
		memcpy(text->p + text->n, s, n);
		text->n += n;
	}
}

void sn_regex_put_rune(struct sn_regex_text *text, uint32_t c)
{
	bool word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
	char s[16];

	if (word) {
		snprintf(s, sizeof(s), "%c", (char)c);
	} else if (c > ' ' && c < 0x7f) {
		snprintf(s, sizeof(s), "\\%c", (char)c);
	} else {
		snprintf(s, sizeof(s), "\\x{%x}", (unsigned)c);
	}
	sn_regex_put(text, s);
}

int sn_regex_error(struct sn_regex_parser *p, const char *what, const char *from)
{
	int n = (int)(p->at - from);

	snprintf(p->why, p->why_n, "%s%s%.*s%s", what, n ? ": `" : "", n < 100 ? n : 100, from,
		 n ? "`" : "");
	for (char *c = p->why; p->why_n && *c; c++) {
		if (*c < ' ' || *c == 0x7f) {
			*c = '?';
		}
	}
	return SN_EINVAL;
}

uint32_t sn_regex_take_rune(struct sn_regex_parser *p)
{
	const uint8_t *s = (const uint8_t *)p->at;
	size_t n = sn_utf8_length(s, (size_t)(p->end - p->at));

	p->at += n;
	return sn_utf8_read(s, n);
}

int sn_regex_take_digit(struct sn_regex_parser *p, int base)
{
	int d = -1;

	if (p->at == p->end) {
		return -1;
	}
	if (*p->at >= '0' && *p->at <= '9') {
		d = *p->at - '0';
	} else if ((*p->at | 0x20) >= 'a' && (*p->at | 0x20) <= 'f') {
		d = (*p->at | 0x20) - 'a' + 10;
	}
	if (d < 0 || d >= base) {
		return -1;
	}
	p->at++;
	return d;
}

static bool at_char(const struct sn_regex_parser *p, char c)
{
	return p->at < p->end && *p->at == c;
}

/* What follows \x: two digits, or any number in braces. */
static bool take_hex(struct sn_regex_parser *p, uint32_t *c)
{
	bool braces = at_char(p, '{');
	unsigned n = 0;
	int d;

	p->at += braces;
	*c = 0;
	while ((braces || n < 2) && (d = sn_regex_take_digit(p, 16)) >= 0) {
		*c = *c * 16 + (uint32_t)d;
		if (*c > SN_REGEX_RUNE_MAX) {
			return false;
		}
		n++;
	}
	if (!braces) {
		return n == 2;
	}
	if (n == 0 || !at_char(p, '}')) {
		return false;
	}
	p->at++;
	return true;
}

/* Up to two more octal digits behind the first, which has the value *c. */
static void take_octal(struct sn_regex_parser *p, uint32_t *c)
{
	int d;

	for (unsigned i = 0; i < 2 && (d = sn_regex_take_digit(p, 8)) >= 0; i++) {
		*c = *c * 8 + (uint32_t)d;
	}
}

int sn_regex_take_escape(struct sn_regex_parser *p, uint32_t *c)
{
	static const char letters[] = "afnrtv";
	static const char meant[] = "\a\f\n\r\t\v";
	const char *from = p->at++;
	const char *letter;

	if (p->at == p->end) {
		return sn_regex_error(p, "trailing backslash at end of expression", p->at);
	}
	*c = sn_regex_take_rune(p);
	if (*c >= '0' && *c <= '7') {
		bool octal = *c == '0' || (p->at < p->end && *p->at >= '0' && *p->at <= '7');

		*c -= '0';
		if (octal) {
			take_octal(p, c);
			return SN_OK;
		}
		return sn_regex_error(p, "backreferences are not supported", from);
	}
	if (*c == 'x') {
		if (take_hex(p, c)) {
			return SN_OK;
		}
	} else if (*c < 0x80 && (letter = memchr(letters, (int)*c, sizeof(letters) - 1))) {
		*c = (uint8_t)meant[letter - letters];
		return SN_OK;
	} else if (*c < 0x80 && !(*c >= '8' && *c <= '9') &&
		   !((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z')) {
		return SN_OK;
	}
	return sn_regex_error(p, "invalid escape sequence", from);
}

/*
 * Escapes, see escape.h. Called by the writers of pages.
 */
#include "page/escape.h"

#include "base/utf8.h"

#include <string.h>

/* Copies the character at s, which begins with an octet of 0x80 or above; returns its octets. */
static size_t put_wide(FILE *out, const char *s)
{
	size_t len = sn_utf8_length((const uint8_t *)s, strlen(s));

	fwrite(len ? s : "\xef\xbf\xbd", 1, len ? len : 3, out);
	return len ? len : 1;
}

static void put_json(FILE *out, char c)
{
	switch (c) {
	case '"':
	case '\\':
		fputc('\\', out);
		fputc(c, out);
		break;
	case '\n':
		fputs("\\n", out);
		break;
	case '\t':
		fputs("\\t", out);
		break;
	default:
		if ((unsigned char)c < 0x20 || c == 0x7f) {
			fprintf(out, "\\u%04x", (unsigned)c);
		} else {
			fputc(c, out);
		}
		break;
	}
}

void sn_escape_json(FILE *out, const char *s)
{
	if (!s) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	while (*s) {
		if ((unsigned char)*s >= 0x80) {
			s += put_wide(out, s);
		} else {
			put_json(out, *s++);
		}
	}
	fputc('"', out);
}

static void put_html(FILE *out, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		if ((unsigned char)c < 0x20 && c != '\n' && c != '\t') {
			fputs("\xef\xbf\xbd", out); /* HTML has no way to say it */
		} else {
			fputc(c, out);
		}
		break;
	}
}

void sn_escape_html(FILE *out, const char *s)
{
	while (*s) {
		if ((unsigned char)*s >= 0x80) {
			s += put_wide(out, s);
		} else {
			put_html(out, *s++);
		}
	}
}

void sn_escape_query(FILE *out, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *s; s++) {
		if (strchr(plain, *s)) {
			fputc(*s, out);
		} else {
			fprintf(out, "%%%02X", (unsigned)(unsigned char)*s);
		}
	}
}

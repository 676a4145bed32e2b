/*
 * Display hints, see convert_int.h. A hint comes from a module file and is checked by snmp_exporter
 * only when it meets a value; so here.
 */
#include "plan/convert_int.h"

#include <inttypes.h>
#include <stdio.h>

/* One specification of a hint. */
struct spec {
	bool star;	/* the first octet says how often it applies */
	char format;	/* d x o a t */
	char separator; /* behind each application, 0: none */
	char ender;	/* behind all of a star's, 0: none */
	size_t take;	/* octets of an application */
};

/* Text being written or counted. */
struct writer {
	char *out;     /* NULL: count only */
	size_t n;      /* characters */
	bool too_long; /* above SN_CONVERT_HINT_MAX */
};

static void put(struct writer *w, const void *p, size_t n)
{
	if (n > SN_CONVERT_HINT_MAX - w->n) {
		w->too_long = true;
		return;
	}
	if (w->out && n) {
		memcpy(w->out + w->n, p, n);
	}
	w->n += n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What may stand behind a specification: one character that begins none. */
static char read_mark(const char **hint)
{
	if (**hint == '\0' || **hint == '*' || is_digit(**hint)) {
		return '\0';
	}
	return *(*hint)++;
}

/* The specification at *hint, which moves behind it. False: there is none. */
static bool read_spec(const char **hint, struct spec *spec)
{
	spec->star = **hint == '*';
	*hint += spec->star;
	if (!is_digit(**hint)) {
		return false;
	}
	for (spec->take = 0; is_digit(**hint); (*hint)++) {
		/* no value is that long */
		spec->take = spec->take < UINT32_MAX ? spec->take * 10 + (size_t)(**hint - '0')
						     : spec->take;
	}
	spec->format = **hint;
	if (spec->format == '\0' || !strchr("dxoat", spec->format)) {
		return false;
	}
	(*hint)++;
	spec->separator = read_mark(hint);
	spec->ender = spec->star && spec->separator ? read_mark(hint) : '\0';
	return true;
}

/* Octets as one number, most significant first. False: more than eight. */
static bool put_number(struct writer *w, char format, struct sn_span s)
{
	uint64_t v = 0;
	char text[24];
	int n;

	if (s.n > 8) {
		return false;
	}
	for (size_t i = 0; i < s.n; i++) {
		v = v << 8 | s.p[i];
	}
	n = format == 'o' ? snprintf(text, sizeof(text), "%" PRIo64, v)
			  : snprintf(text, sizeof(text), "%" PRIu64, v);
	put(w, text, (size_t)n);
	return true;
}

/* The octets of one application. */
static bool put_octets(struct writer *w, char format, struct sn_span s)
{
	static const char digits[] = "0123456789ABCDEF";

	if (format == 'a' || format == 't') {
		put(w, s.p, s.n);
		return true;
	}
	if (format != 'x') {
		return put_number(w, format, s);
	}
	for (size_t i = 0; i < s.n; i++) {
		char pair[2] = {digits[s.p[i] >> 4], digits[s.p[i] & 15]};

		put(w, pair, 2);
	}
	return true;
}

/* Applies a specification to the octets at *s, which move. */
static bool apply(struct writer *w, const struct spec *spec, struct sn_span *s)
{
	unsigned times = 1;

	if (spec->star) {
		times = s->p[0];
		*s = sn_span_from(*s, 1);
	}
	for (unsigned i = 1; i <= times && s->n && !w->too_long; i++) {
		size_t n = spec->take < s->n ? spec->take : s->n;

		if (!put_octets(w, spec->format, sn_span_make(s->p, n))) {
			return false;
		}
		*s = sn_span_from(*s, n);
		/* an ender takes the place of the last separator */
		if (spec->separator && s->n && !(spec->ender && i == times)) {
			put(w, &spec->separator, 1);
		}
	}
	if (spec->ender && s->n) {
		put(w, &spec->ender, 1);
	}
	return !w->too_long;
}

int sn_convert_hint(const char *hint, struct sn_span s, char *out)
{
	struct spec spec = {.take = 0};
	struct writer w = {.n = 0};

	if (!s.n || !*hint) {
		return SN_ENOENT;
	}
	w.out = out;
	while (s.n) {
		if (*hint == '\0') {
			/* the last one once more, unless it takes nothing for ever */
			if (!spec.take && !spec.star) {
				return SN_ENOENT;
			}
		} else if (!read_spec(&hint, &spec)) {
			return SN_ENOENT;
		}
		if (!apply(&w, &spec, &s)) {
			return SN_ENOENT;
		}
	}
	return (int)w.n;
}

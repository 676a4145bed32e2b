/*
 * The text of an exposition, see expose.h: families and series in client_golang's order, each line
 * written in one go. Called by whoever made the exposition, on the same thread.
 */
#include "encode/expose_int.h"
#include "encode/promtext.h"

#include <stdlib.h>

enum {
	TAIL = 2 * SN_PROMTEXT_VALUE_ROOM + 16, /* bytes of a line behind its labels, at most */
	MIN_OUT = 16384
};

/* The character of an escaped text at i, or -1 at its end, which is a quote. inside: what is before
 * i is a backslash that escapes it. */
static int character(const uint8_t *s, size_t i, bool inside)
{
	if (!inside && s[i] == '"') {
		return -1;
	}
	if (!inside && s[i] == '\\') {
		i++;
		inside = true;
	}
	return inside && s[i] == 'n' ? '\n' : s[i];
}

/* Whether s[i] is escaped: an odd number of backslashes is before it, from `first` on. */
static bool is_escaped(const uint8_t *s, size_t first, size_t i)
{
	size_t k = i;

	while (k > first && s[k - 1] == '\\') {
		k--;
	}
	return (i - k) & 1;
}

static size_t first_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;
	uint64_t x;
	uint64_t y;

	for (; n - i >= 8; i += 8) {
		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y) {
			break;
		}
	}
	while (i < n && a[i] == b[i]) {
		i++;
	}
	return i;
}

/* Compares where two texts differ, which is within the values of one label. */
static int compare_at(const uint8_t *a, const uint8_t *b, size_t i)
{
	bool inside = is_escaped(a, 0, i);

	return character(a, i, inside) - character(b, i, inside);
}

/* Length of a value in quotes, of which s is the first character. */
static size_t value_length(const uint8_t *s)
{
	size_t i = 0;

	while (s[i] != '"') {
		i += s[i] == '\\' ? 2 : 1;
	}
	return i;
}

/* Compares value by value, whatever the labels are called; they are equally many. */
static int compare_values(const struct sn_expose_labels *a, const struct sn_expose_labels *b)
{
	const uint8_t *s = a->text;
	const uint8_t *u = b->text;

	for (uint32_t i = 0; i < a->nlabels; i++) {
		size_t n;
		size_t m;
		size_t d;

		s = (const uint8_t *)strchr((const char *)s, '"') + 1;
		u = (const uint8_t *)strchr((const char *)u, '"') + 1;
		n = value_length(s);
		m = value_length(u);
		d = first_difference(s, u, n < m ? n : m);
		if (d < n || d < m) {
			return compare_at(s, u, d);
		}
		s += n + 1;
		u += m + 1;
	}
	return 0;
}

static bool is_equal(const struct sn_expose_labels *a, const struct sn_expose_labels *b)
{
	return a == b || (a->n == b->n && memcmp(a->text, b->text, a->n) == 0);
}

/* client_golang's order: by number of labels, then by the values of the first label that differs.
 * Equal series follow each other, the first to come first. */
static int compare_labels(const struct sn_expose_labels *a, const struct sn_expose_labels *b)
{
	size_t least = a->n < b->n ? a->n : b->n;
	size_t d;
	int order;

	if (a->nlabels != b->nlabels) {
		return a->nlabels < b->nlabels ? -1 : 1;
	}
	d = first_difference(a->text, b->text, least);
	if (d == a->n && d == b->n) {
		return a->number < b->number ? -1 : a->number > b->number;
	}
	if (a->names && a->names == b->names) {
		return compare_at(a->text, b->text, d);
	}
	order = compare_values(a, b);
	return order ? order : memcmp(a->text, b->text, least);
}

static int by_labels(const void *a, const void *b)
{
	return compare_labels(*(struct sn_expose_labels *const *)a,
			      *(struct sn_expose_labels *const *)b);
}

static int by_series(const void *a, const void *b)
{
	return compare_labels(((const struct sn_expose_series *)a)->labels,
			      ((const struct sn_expose_series *)b)->labels);
}

void sn_expose_sort_labels(struct sn_expose_labels **labels, uint32_t n)
{
	qsort(labels, n, sizeof(*labels), by_labels);
	for (uint32_t i = 1; i < n; i++) {
		labels[i]->twin = is_equal(labels[i - 1], labels[i]);
	}
}

/* Room for n more bytes of text. */
static int grow_out(struct sn_expose *x, struct sn_text *t, size_t n)
{
	size_t used = (size_t)(t->p - x->out);
	size_t cap = x->out_cap;
	uint8_t *out;

	if (n <= sn_text_room(t)) {
		return SN_OK;
	}
	while (cap - used < n) {
		cap *= 2;
	}
	out = realloc(x->out, cap);
	if (!out) {
		return SN_ENOMEM;
	}
	x->out = out;
	x->out_cap = cap;
	*t = sn_text_make(out, cap);
	t->p += used;
	return SN_OK;
}

static bool ends_with(const struct sn_expose_family *f, const char *suffix)
{
	size_t n = strlen(suffix);

	return f->name_len > n && memcmp(f->name + f->name_len - n, suffix, n) == 0;
}

static void put_comment(struct sn_text *t, const char *what, const struct sn_expose_family *f,
			size_t name_len)
{
	sn_text_str(t, what);
	sn_text_put(t, f->name, name_len);
	sn_text_char(t, ' ');
}

/*
 * HELP and TYPE. OpenMetrics: a counter is called <family>_total, which is not a part of the
 * family's name; what is no counter by that rule is of unknown type.
 */
static int put_head(struct sn_expose *x, struct sn_text *t, const struct sn_expose_family *f)
{
	const bool om = x->opt.format == SN_EXPOSE_OPENMETRICS;
	const bool counter = strcmp(f->type, "counter") == 0;
	const bool total = counter && ends_with(f, "_total");
	size_t name_len = f->name_len - (om && total ? strlen("_total") : 0);
	const char *type = f->type;

	if (om && (strcmp(type, "untyped") == 0 || (counter && !total))) {
		type = "unknown";
	}
	/* an octet of a help text takes three at most */
	if (grow_out(x, t,
		     2 * (size_t)f->name_len + 3 * (strlen(f->help) + strlen(f->help_suffix)) +
			     strlen(type) + TAIL)) {
		return SN_ENOMEM;
	}
	put_comment(t, "# HELP ", f, name_len);
	sn_promtext_put_help(t, f->help, om);
	sn_promtext_put_help(t, f->help_suffix, om);
	sn_text_char(t, '\n');
	put_comment(t, "# TYPE ", f, name_len);
	sn_text_str(t, type);
	sn_text_char(t, '\n');
	return SN_OK;
}

static int put_line(struct sn_expose *x, struct sn_text *t, const struct sn_expose_family *f,
		    const struct sn_expose_series *s)
{
	const struct sn_expose_labels *l = s->labels;
	const bool om = x->opt.format == SN_EXPOSE_OPENMETRICS;
	uint8_t *p;

	if (grow_out(x, t, (size_t)f->name_len + l->n + TAIL)) {
		return SN_ENOMEM;
	}
	p = sn_text_write_frag(t->p, (const uint8_t *)f->name, f->name_len);
	p = sn_text_write_frag(p, l->text, l->n);
	*p++ = ' ';
	p = om ? sn_promtext_write_real(p, s->value) : sn_promtext_write_value(p, s->value);
	if (l->at) {
		*p++ = ' ';
		p = om ? sn_promtext_write_real(p, (double)l->at / 1000)
		       : sn_digits_write(p, l->at);
	}
	*p++ = '\n';
	t->p = p;
	return SN_OK;
}

/* All series of a family in one piece and in order. NULL: no memory. */
static const struct sn_expose_series *gather(struct sn_expose *x, const struct sn_expose_family *f,
					     size_t *n)
{
	struct sn_expose_series *all;

	*n = 0;
	for (const struct sn_expose_chunk *c = f->first; c; c = c->next) {
		*n += c->n;
	}
	if (f->nchunks == 1 && f->first->sorted) {
		return f->first->series;
	}
	all = sn_arena_alloc(&x->temp, *n * sizeof(*all));
	if (!all) {
		return NULL;
	}
	*n = 0;
	for (const struct sn_expose_chunk *c = f->first; c; c = c->next) {
		memcpy(all + *n, c->series, c->n * sizeof(*all));
		*n += c->n;
	}
	qsort(all, *n, sizeof(*all), by_series);
	return all;
}

static int put_family(struct sn_expose *x, struct sn_text *t, const struct sn_expose_family *f)
{
	const bool sorted = f->nchunks == 1 && f->first->sorted;
	const struct sn_expose_labels *last = NULL;
	const struct sn_expose_series *series;
	size_t n;

	series = gather(x, f, &n);
	if (!series || put_head(x, t, f)) {
		return SN_ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		const struct sn_expose_labels *labels = series[i].labels;

		if (last && (labels->twin || !sorted) && is_equal(last, labels)) {
			x->duplicates++;
			continue;
		}
		if (put_line(x, t, f, &series[i])) {
			return SN_ENOMEM;
		}
		last = labels;
	}
	return SN_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct sn_expose_family *const *)a)->name,
		      (*(const struct sn_expose_family *const *)b)->name);
}

static int put_all(struct sn_expose *x, struct sn_text *t)
{
	const struct sn_expose_family **sorted;
	uint32_t n = 0;

	if (x->nfamilies == 0) {
		return SN_OK;
	}
	sorted = sn_arena_alloc(&x->temp, x->nfamilies * sizeof(const struct sn_expose_family *));
	if (!sorted) {
		return SN_ENOMEM;
	}
	for (const struct sn_expose_family *f = x->families; f; f = f->next) {
		if (f->nchunks) {
			sorted[n++] = f;
		}
	}
	qsort(sorted, n, sizeof(const struct sn_expose_family *), by_name);
	for (uint32_t i = 0; i < n; i++) {
		if (put_family(x, t, sorted[i])) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

/* An empty text in the room there is. */
static int open_out(struct sn_expose *x, struct sn_text *t)
{
	if (!x->out) {
		x->out = malloc(MIN_OUT);
		x->out_cap = x->out ? MIN_OUT : 0;
	}
	if (!x->out) {
		return SN_ENOMEM;
	}
	*t = sn_text_make(x->out, x->out_cap);
	return SN_OK;
}

int sn_expose_finish(struct sn_expose *x, struct sn_span *text)
{
	struct sn_text t;
	int err;

	x->duplicates = 0;
	err = open_out(x, &t);
	err = err ? err : put_all(x, &t);
	sn_arena_reset(&x->temp);
	err = err ? err : grow_out(x, &t, TAIL);
	if (err) {
		return err;
	}
	if (x->opt.format == SN_EXPOSE_OPENMETRICS) {
		sn_text_str(&t, "# EOF\n");
	}
	*text = sn_span_make(x->out, (size_t)(t.p - x->out));
	return SN_OK;
}

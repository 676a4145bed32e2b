/*
 * Prometheus' lines and expositions made the usual way, see fixture.h: labels in an array that is
 * kept sorted, then snprintf.
 */
#include "fixture.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct pair {
	const char *name; /* of a label */
	char value[32];	  /* its value, escaped */
};

/* Adds a label where it belongs by its name; one that is there already stays. Returns how many
 * there are. */
__attribute__((format(printf, 4, 5))) static unsigned add_pair(struct pair *pairs, unsigned n,
							       const char *name, const char *fmt,
							       ...)
{
	unsigned at = n;
	va_list ap;

	for (unsigned i = 0; i < n; i++) {
		if (strcmp(pairs[i].name, name) == 0) {
			return n;
		}
	}
	for (; at > 0 && strcmp(pairs[at - 1].name, name) > 0; at--) {
		pairs[at] = pairs[at - 1];
	}
	pairs[at].name = name;
	va_start(ap, fmt);
	vsnprintf(pairs[at].value, sizeof(pairs[at].value), fmt, ap);
	va_end(ap);
	return n + 1;
}

static unsigned add_octets_pair(struct pair *pairs, unsigned n, const struct sn_block *blk,
				const struct sn_row *row, uint32_t col)
{
	const struct sn_column *column = &blk->schema->columns[col];
	struct sn_value v;

	if (!sn_block_get(blk, row, col, &v)) {
		return n;
	}
	if (v.tag == SN_TAG_INTEGER) {
		return add_pair(pairs, n, column->name, "%" PRId64, v.i);
	}
	if (v.tag == SN_TAG_OID) {
		return add_pair(pairs, n, column->name, "%d.%d", v.bytes.p[0] / 40,
				v.bytes.p[0] % 40);
	}
	if (column->kind == SN_KIND_PHYS_ADDRESS48) {
		return add_pair(pairs, n, column->name, "%02X:%02X:%02X:%02X:%02X:%02X",
				v.bytes.p[0], v.bytes.p[1], v.bytes.p[2], v.bytes.p[3],
				v.bytes.p[4], v.bytes.p[5]);
	}
	return add_pair(pairs, n, column->name, "%.*s", (int)v.bytes.n, (const char *)v.bytes.p);
}

/* A whole number as Go's 'g' has it. */
static void add_go(struct fixture *f, double d)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%.0f", d);
	int exponent = n - 1;

	if (n <= 6) {
		plain_add(f, "%s", digits);
		return;
	}
	while (n > 1 && digits[n - 1] == '0') {
		n--;
	}
	plain_add(f, "%c%s%.*se+%02d", digits[0], n > 1 ? "." : "", n - 1, digits + 1, exponent);
}

/* A series without time and line feed; with the labels of the origin or without. */
static void add_series(struct fixture *f, const struct sn_block *blk, const struct sn_row *row,
		       uint32_t col, bool with_origin)
{
	static const uint32_t tags[] = {IF_ALIAS, IF_DESCR, IF_NAME};
	enum sn_kind kind = blk->schema->columns[col].kind;
	bool number = kind == SN_KIND_GAUGE || kind == SN_KIND_COUNTER;
	struct pair pairs[12];
	struct sn_value v;
	unsigned n = add_pair(pairs, 0, "ifIndex", "%u", row->number + 1);

	for (unsigned i = 0; i < TARGET_LABELS; i++) {
		n = add_octets_pair(pairs, n, blk, row, tags[i]);
	}
	if (!number) {
		n = add_octets_pair(pairs, n, blk, row, col);
	}
	if (with_origin) {
		n = add_pair(pairs, n, "instance", "%s", fixture_origin.instance);
		for (unsigned i = 0; i < TARGET_LABELS; i++) {
			n = add_pair(pairs, n, fixture_origin.labels[i].name, "%s",
				     fixture_origin.labels[i].value);
		}
	}
	plain_add(f, "%s%s", blk->schema->columns[col].name, kind == SN_KIND_ENUM ? "_info" : "");
	for (unsigned i = 0; i < n; i++) {
		plain_add(f, "%s%s=\"", i ? "," : "{", pairs[i].name);
		plain_escaped(f, sn_span_str(pairs[i].value), "\"\\");
		plain_add(f, "\"");
	}
	plain_add(f, "} ");
	if (!sn_block_get(blk, row, col, &v)) {
		abort();
	}
	add_go(f, !number ? 1 : (v.tag == SN_TAG_INTEGER ? (double)v.i : (double)v.u));
}

void plain_prometheus(struct fixture *f, const struct sn_block *blk, const struct sn_row *row)
{
	for (uint32_t i = 0; i < COLUMNS; i++) {
		add_series(f, blk, row, i, true);
		plain_add(f, " %" PRIu64 "\n", row->at / 1000000);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The series of one column in order. No value here has a character below the quote that ends it, so
 * the lines sort as their values do. */
static void add_sorted(struct fixture *f, const struct sn_block *blk, uint32_t col)
{
	static char lines[ROWS][512];
	char *sorted[ROWS];
	size_t start = f->len;

	for (uint32_t i = 0; i < ROWS; i++) {
		add_series(f, blk, sn_block_row(blk, i), col, false);
		snprintf(lines[i], sizeof(lines[i]), "%s", f->text + start);
		sorted[i] = lines[i];
		f->len = start;
	}
	qsort(sorted, ROWS, sizeof(sorted[0]), by_text);
	for (uint32_t i = 0; i < ROWS; i++) {
		plain_add(f, "%s\n", sorted[i]);
	}
}

void plain_exposition(struct fixture *f, const struct sn_block *blk)
{
	char names[COLUMNS][64];
	char *sorted[COLUMNS];

	for (unsigned i = 0; i < COLUMNS; i++) {
		snprintf(names[i], sizeof(names[i]), "%s%s", f->columns[i].name,
			 f->columns[i].kind == SN_KIND_ENUM ? "_info" : "");
		sorted[i] = names[i];
	}
	qsort(sorted, COLUMNS, sizeof(sorted[0]), by_text);
	f->len = 0;
	for (unsigned i = 0; i < COLUMNS; i++) {
		uint32_t col = (uint32_t)((sorted[i] - names[0]) / (ptrdiff_t)sizeof(names[0]));
		enum sn_kind kind = f->columns[col].kind;

		plain_add(f, "# HELP %s %s\n# TYPE %s %s\n", sorted[i],
			  kind == SN_KIND_ENUM ? " (EnumAsInfo)" : "", sorted[i],
			  kind == SN_KIND_COUNTER ? "counter" : "gauge");
		add_sorted(f, blk, col);
	}
}

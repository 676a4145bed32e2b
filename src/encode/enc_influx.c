/*
 * InfluxDB line protocol: the table is the measurement, the instance the tag "source", labels are
 * tags sorted by name, values are fields. What the protocol cannot carry is replaced so that no
 * reader takes it for syntax: control characters become spaces, and a backslash that would come
 * before a separator or an escape is left out. Called through the table in encoder.c, on workers'
 * threads.
 */
#include "encode/enc.h"
#include "encode/layout.h"

#include "base/clock.h"

#include <math.h>

#define LITERAL(t, s) sn_text_put((t), "" s, sizeof(s) - 1)

/* True for what escape_name writes with a backslash before it. */
static bool needs_escape(uint8_t c)
{
	return c <= ' ' || c == ',' || c == '=';
}

/*
 * Tag keys, tag values and field keys. Some readers take "\\" for one backslash, others for two, so
 * one is written only where nothing follows that it could escape.
 */
static void escape_name(struct sn_text *t, const uint8_t *s, size_t n)
{
	size_t i = 0;

	while (i < n && !t->full) {
		size_t first;

		i += sn_text_safe_run(t, s + i, n - i, ' ' + 1, ',', '=', '\\');
		if (i == n) {
			return;
		}
		if (s[i] >= 0x80) {
			i += sn_text_utf8(t, s + i, n - i);
			continue;
		}
		for (first = i; i < n && s[i] == '\\';) {
			i++;
		}
		if (i < n && !needs_escape(s[i])) {
			sn_text_put(t, s + first, i - first);
			if (s[i] < 0x80) {
				sn_text_char(t, (char)s[i++]);
			}
		} else if (i < n) {
			sn_text_char(t, '\\');
			sn_text_char(t, s[i] < ' ' ? ' ' : (char)s[i]);
			i++;
		}
	}
}

/* As escape_name, but "=" is nothing special, and a "#" at the start would make the line a comment.
 */
static void escape_measurement(struct sn_text *t, const char *s)
{
	if (*s == '#') {
		sn_text_char(t, '_');
		s++;
	}
	for (;;) {
		size_t n = strcspn(s, "=");

		escape_name(t, (const uint8_t *)s, n);
		if (!s[n]) {
			return;
		}
		sn_text_char(t, '=');
		s += n + 1;
	}
}

/* A string field without its quotes. */
static void escape_string(struct sn_text *t, const uint8_t *s, size_t n)
{
	size_t i = 0;

	while (i < n && !t->full) {
		i += sn_text_safe_run(t, s + i, n - i, ' ', '"', '\\', '\\');
		if (i == n) {
			return;
		}
		if (s[i] >= 0x80) {
			i += sn_text_utf8(t, s + i, n - i);
			continue;
		}
		if (s[i] == '"' || s[i] == '\\') {
			sn_text_char(t, '\\');
		}
		sn_text_char(t, s[i] < ' ' ? ' ' : (char)s[i]);
		i++;
	}
}

static void put_title(struct sn_text *t, const struct sn_schema *schema)
{
	escape_measurement(t, schema->table);
}

static void put_tag_value(struct sn_text *t, const char *value)
{
	escape_name(t, (const uint8_t *)value, strlen(value));
}

/* ",key=value", nothing when the value is empty: the protocol has no empty tags. */
static void put_tag(struct sn_text *t, const char *name, const char *value)
{
	uint8_t *before = t->p;
	uint8_t *after;

	sn_text_char(t, ',');
	escape_name(t, (const uint8_t *)name, strlen(name));
	sn_text_char(t, '=');
	after = t->p;
	put_tag_value(t, value);
	if (t->p == after) {
		t->p = before;
	}
}

static void put_label(struct sn_text *t, const struct sn_layout_label *label)
{
	if (label->source == SN_LAYOUT_CONSTANT) {
		put_tag(t, label->name, label->value);
		return;
	}
	sn_text_char(t, ',');
	escape_name(t, (const uint8_t *)label->name, strlen(label->name));
	sn_text_char(t, '=');
}

static void put_value_name(struct sn_text *t, const struct sn_column *col)
{
	sn_text_char(t, ',');
	escape_name(t, (const uint8_t *)col->name, strlen(col->name));
	sn_text_char(t, '=');
}

static void put_tags(const struct sn_layout *lo, const struct sn_block *blk,
		     const struct sn_row *row, struct sn_text *t)
{
	struct sn_render_index ix;

	sn_render_split(lo->schema, row, &ix);
	for (uint32_t i = 0; i < lo->nlabels; i++) {
		const struct sn_layout_piece *piece = &lo->labels[i];
		struct sn_value v;
		uint8_t *after;

		sn_text_frag(t, lo->text + piece->off, piece->len);
		after = t->p;
		if (piece->source == SN_LAYOUT_INDEX) {
			sn_render_index_label(t, escape_name, lo->schema, &ix, piece->ref);
		} else if (piece->source == SN_LAYOUT_LOOKUP &&
			   sn_block_get(blk, row, piece->ref, &v)) {
			sn_render_label(t, escape_name, &lo->schema->columns[piece->ref], &v);
		}
		if (t->p == after && !t->full) {
			t->p -= piece->own;
		}
	}
}

static void put_unsigned(const struct sn_encoder_options *opt, struct sn_text *t, uint64_t u)
{
	if (opt->unsigned_suffix) {
		sn_text_u64(t, u);
		sn_text_char(t, 'u');
	} else {
		sn_text_u64(t, u < INT64_MAX ? u : INT64_MAX);
		sn_text_char(t, 'i');
	}
}

/*
 * Writes a field after its name. A column that is meant as real is written without suffix even when
 * the agent sends whole numbers: a field has one type for ever.
 */
static void put_value(const struct sn_encoder_options *opt, struct sn_text *t, enum sn_form form,
		      enum sn_kind kind, const struct sn_value *v)
{
	switch (form) {
	case SN_FORM_INT:
		sn_text_i64(t, v->i);
		if (kind != SN_KIND_FLOAT) {
			sn_text_char(t, 'i');
		}
		break;
	case SN_FORM_UINT:
		if (kind == SN_KIND_FLOAT) {
			sn_text_u64(t, v->u);
		} else {
			put_unsigned(opt, t, v->u);
		}
		break;
	case SN_FORM_FLOAT:
		sn_text_float(t, (float)v->d);
		break;
	case SN_FORM_REAL:
		sn_text_real(t, v->d);
		break;
	case SN_FORM_PLAIN:
		sn_text_char(t, '"');
		sn_render_plain(t, kind, v);
		sn_text_char(t, '"');
		break;
	case SN_FORM_OCTETS:
		sn_text_char(t, '"');
		escape_string(t, v->bytes.p, v->bytes.n);
		sn_text_char(t, '"');
		break;
	case SN_FORM_NONE:
		break;
	}
}

/* The protocol has no NaN and no infinity: such a field is left out. */
static bool can_write(enum sn_form form, const struct sn_value *v)
{
	if (form == SN_FORM_FLOAT || form == SN_FORM_REAL) {
		return isfinite(v->d);
	}
	return form != SN_FORM_NONE;
}

/* A value that is no plain number, or has little room. False: it is left out. */
static bool put_other(const struct sn_encoder_options *opt, const struct sn_layout *lo,
		      const struct sn_layout_piece *piece, const struct sn_block *blk,
		      const struct sn_row *row, bool first, struct sn_text *t)
{
	const struct sn_column *col = &lo->schema->columns[piece->ref];
	enum sn_form form;
	struct sn_value v;

	if (!sn_block_get(blk, row, piece->ref, &v)) {
		return false;
	}
	form = sn_render_form(col, &v);
	if (!can_write(form, &v)) {
		return false;
	}
	sn_text_frag(t, lo->names + piece->off + first, piece->len - first);
	put_value(opt, t, form, col->kind, &v);
	return true;
}

/* Returns whether any field was written. */
static bool put_fields(const struct sn_encoder_options *opt, const struct sn_layout *lo,
		       const struct sn_block *blk, const struct sn_row *row, struct sn_text *t)
{
	const uint64_t most = opt->unsigned_suffix ? UINT64_MAX : INT64_MAX;
	const uint8_t suffix[] = {
		[SN_LAYOUT_SIGNED] = 'i', [SN_LAYOUT_UNSIGNED] = opt->unsigned_suffix ? 'u' : 'i'};
	const struct sn_layout own = *lo; /* which no octet that is written can change */
	const uint8_t *const end = t->end;
	uint8_t *p = t->p;
	bool first = true; /* then the comma before the name is left out */
	bool roomy = sn_layout_is_roomy(&own, (size_t)(end - p));

	for (uint32_t i = 0; i < own.nvalues; i++) {
		const struct sn_layout_piece *piece = &own.values[i];
		uint8_t number;
		uint8_t *after = sn_layout_write_whole(&own, piece, row, first, most, p, end, roomy,
						       &number);

		if (after) {
			*after = suffix[number];
			p = after + 1;
			first = false;
			continue;
		}
		t->p = p;
		first &= !put_other(opt, lo, piece, blk, row, first, t);
		p = t->p;
		roomy = sn_layout_is_roomy(&own, (size_t)(end - p));
	}
	t->p = p;
	return !first;
}

static bool put_row(const struct sn_encoder_options *opt, const struct sn_layout *lo,
		    const struct sn_block *blk, const struct sn_row *row, struct sn_text *t)
{
	sn_text_frag(t, lo->text, lo->head);
	if (lo->nlabels) {
		put_tags(lo, blk, row, t);
	}
	sn_text_char(t, ' ');
	if (!put_fields(opt, lo, blk, row, t)) {
		return false;
	}
	if (blk->reset || (row->flags & SN_ROW_RESET)) {
		LITERAL(t, ",reset=true");
	}
	if (row->flags & SN_ROW_PARTIAL) {
		LITERAL(t, ",partial=true");
	}
	sn_text_char(t, ' ');
	sn_text_u64(t, row->at);
	sn_text_char(t, '\n');
	return true;
}

static const struct sn_layout_format format = {
	.instance = "source",
	.title = put_title,
	.label = put_label,
	.constant = put_tag_value,
	.value = put_value_name,
	.row = put_row,
};

static int influx_row(const struct sn_encoder_options *opt, const struct sn_block *blk,
		      const struct sn_row *row, uint8_t *out, size_t cap)
{
	return sn_layout_encode_row(&format, opt, blk, row, out, cap);
}

static int influx_rows(const struct sn_encoder_options *opt, const struct sn_block *blk,
		       struct sn_encoder_run *run, uint8_t *out, size_t cap)
{
	return sn_layout_encode_rows(&format, opt, blk, run, out, cap);
}

static void put_count(const struct sn_encoder_options *opt, struct sn_text *t, const char *key,
		      uint64_t n)
{
	sn_text_str(t, key);
	put_unsigned(opt, t, n);
}

static int influx_round(const struct sn_encoder_options *opt, const struct sn_round *r,
			uint8_t *out, size_t cap)
{
	struct sn_text t = sn_text_make(out, cap);

	LITERAL(&t, "sonde_round");
	put_tag(&t, "modules", r->modules);
	put_tag(&t, "source", r->origin->instance);
	put_tag(&t, "status", sn_round_status_name(r->status));
	put_count(opt, &t, " requests=", r->requests);
	put_count(opt, &t, ",retries=", r->retries);
	put_count(opt, &t, ",varbinds=", r->varbinds);
	LITERAL(&t, ",duration_ms=");
	sn_text_ms(&t, r->duration_ns);
	LITERAL(&t, ",lateness_ms=");
	sn_text_ms(&t, r->lateness_ns);
	if (r->rtt_ns) {
		LITERAL(&t, ",rtt_ms=");
		sn_text_ms(&t, r->rtt_ns);
	}
	put_count(opt, &t, ",timeouts=", r->timeouts);
	put_count(opt, &t, ",rows=", r->rows);
	put_count(opt, &t, ",rows_partial=", r->rows_partial);
	put_count(opt, &t, ",skipped=", r->skipped);
	if (r->reason) {
		LITERAL(&t, ",reason=\"");
		escape_string(&t, (const uint8_t *)r->reason, strlen(r->reason));
		sn_text_char(&t, '"');
	}
	if (r->has_uptime) {
		put_count(opt, &t, ",uptime=", r->uptime);
	}
	if (r->reset) {
		LITERAL(&t, ",reset=true");
	}
	sn_text_char(&t, ' ');
	sn_text_u64(&t, r->at);
	sn_text_char(&t, '\n');
	return sn_text_result(&t, out);
}

const struct sn_encoder sn_enc_influx = {
	.name = "influx",
	.content_type = "application/vnd.influx.line",
	.extension = "lp",
	.row = influx_row,
	.rows = influx_rows,
	.round = influx_round,
};

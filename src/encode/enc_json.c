/*
 * JSON lines: one object a row and one a round, keys in a fixed order (ARCHITECTURE.md, records).
 * Escaping after RFC 8259 §7; what is no UTF-8 becomes U+FFFD. Called through the table in
 * encoder.c, on workers' threads.
 */
#include "encode/enc.h"
#include "encode/json.h"
#include "encode/layout.h"

#include "base/clock.h"

#include <math.h>

#define LITERAL(t, s) sn_text_put((t), "" s, sizeof(s) - 1)

void sn_json_escape(struct sn_text *t, const uint8_t *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	static const char names[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	size_t i = 0;

	while (i < n && !t->full) {
		uint8_t c;

		i += sn_text_safe_run(t, s + i, n - i, 0x20, '"', '\\', '\\');
		if (i == n) {
			return;
		}
		c = s[i];
		if (c >= 0x80) {
			i += sn_text_utf8(t, s + i, n - i);
			continue;
		}
		i++;
		if (c >= 0x20) {
			if (c == '"' || c == '\\') {
				sn_text_char(t, '\\');
			}
			sn_text_char(t, (char)c);
		} else if (c < sizeof(names) && names[c]) {
			sn_text_char(t, '\\');
			sn_text_char(t, names[c]);
		} else {
			LITERAL(t, "\\u00");
			sn_text_char(t, hex[c >> 4]);
			sn_text_char(t, hex[c & 15]);
		}
	}
}

void sn_json_quote(struct sn_text *t, const char *s)
{
	sn_text_char(t, '"');
	sn_json_escape(t, (const uint8_t *)s, strlen(s));
	sn_text_char(t, '"');
}

static void put_head(struct sn_text *t, const struct sn_origin *origin)
{
	LITERAL(t, ",\"instance\":");
	sn_json_quote(t, origin->instance);
}

static void put_title(struct sn_text *t, const struct sn_schema *schema)
{
	LITERAL(t, ",\"module\":");
	sn_json_quote(t, schema->module);
	LITERAL(t, ",\"table\":");
	sn_json_quote(t, schema->table);
	LITERAL(t, ",\"index\":\"");
}

static void put_label(struct sn_text *t, const struct sn_layout_label *label)
{
	sn_text_char(t, ',');
	sn_json_quote(t, label->name);
	sn_text_char(t, ':');
	if (label->source == SN_LAYOUT_CONSTANT) {
		sn_json_quote(t, label->value);
	} else {
		sn_text_char(t, '"');
	}
}

static void put_value_name(struct sn_text *t, const struct sn_column *col)
{
	sn_text_char(t, ',');
	sn_json_quote(t, col->name);
	sn_text_char(t, ':');
}

/* What stands before a label or value; text: of all labels or values. For the first one of a list
 * without its comma. */
static inline void put_piece(struct sn_text *t, const uint8_t *text,
			     const struct sn_layout_piece *piece, bool first)
{
	sn_text_frag(t, text + piece->off + first, piece->len - first);
}

static void put_labels(const struct sn_layout *lo, const struct sn_block *blk,
		       const struct sn_row *row, const struct sn_render_index *ix,
		       struct sn_text *t)
{
	bool first = true;

	for (uint32_t i = 0; i < lo->nlabels; i++) {
		const struct sn_layout_piece *piece = &lo->labels[i];
		struct sn_value v;

		if (piece->source == SN_LAYOUT_LOOKUP && !sn_block_get(blk, row, piece->ref, &v)) {
			continue;
		}
		put_piece(t, lo->text, piece, first);
		first = false;
		if (piece->source == SN_LAYOUT_INDEX) {
			sn_render_index_label(t, sn_json_escape, lo->schema, ix, piece->ref);
			sn_text_char(t, '"');
		} else if (piece->source == SN_LAYOUT_LOOKUP) {
			sn_render_label(t, sn_json_escape, &lo->schema->columns[piece->ref], &v);
			sn_text_char(t, '"');
		}
	}
}

/* Beyond 2^53 a reader that knows only doubles would round: optionally such numbers are strings. */
void sn_json_unsigned(const struct sn_encoder_options *opt, struct sn_text *t, uint64_t u)
{
	bool quoted = opt->int64_as_string && u > UINT64_C(1) << 53;

	if (quoted) {
		sn_text_char(t, '"');
	}
	sn_text_u64(t, u);
	if (quoted) {
		sn_text_char(t, '"');
	}
}

void sn_json_signed(const struct sn_encoder_options *opt, struct sn_text *t, int64_t i)
{
	bool quoted = opt->int64_as_string && (i > INT64_C(1) << 53 || i < -(INT64_C(1) << 53));

	if (quoted) {
		sn_text_char(t, '"');
	}
	sn_text_i64(t, i);
	if (quoted) {
		sn_text_char(t, '"');
	}
}

void sn_json_real(struct sn_text *t, double d)
{
	if (isfinite(d)) {
		sn_text_real(t, d);
	} else {
		LITERAL(t, "null"); /* RFC 8259 §6 has no NaN and no infinity */
	}
}

static void put_value(const struct sn_encoder_options *opt, struct sn_text *t, enum sn_form form,
		      enum sn_kind kind, const struct sn_value *v)
{
	switch (form) {
	case SN_FORM_INT:
		sn_json_signed(opt, t, v->i);
		break;
	case SN_FORM_UINT:
		sn_json_unsigned(opt, t, v->u);
		break;
	case SN_FORM_FLOAT:
	case SN_FORM_REAL:
		if (form == SN_FORM_FLOAT && isfinite(v->d)) {
			sn_text_float(t, (float)v->d);
		} else {
			sn_json_real(t, v->d);
		}
		break;
	case SN_FORM_PLAIN:
		sn_text_char(t, '"');
		sn_render_plain(t, kind, v);
		sn_text_char(t, '"');
		break;
	case SN_FORM_OCTETS:
		sn_text_char(t, '"');
		sn_json_escape(t, v->bytes.p, v->bytes.n);
		sn_text_char(t, '"');
		break;
	case SN_FORM_NONE:
		break;
	}
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
	if (form == SN_FORM_NONE) {
		return false;
	}
	put_piece(t, lo->names, piece, first);
	put_value(opt, t, form, col->kind, &v);
	return true;
}

/* Returns whether any value was written. */
static bool put_values(const struct sn_encoder_options *opt, const struct sn_layout *lo,
		       const struct sn_block *blk, const struct sn_row *row, struct sn_text *t)
{
	const bool strings = opt->int64_as_string;
	bool first = true;

	for (uint32_t i = 0; i < lo->nvalues; i++) {
		const struct sn_layout_piece *piece = &lo->values[i];
		uint8_t number;
		uint8_t *p = strings ? NULL
				     : sn_layout_write_whole(lo, piece, row, first, UINT64_MAX,
							     t->p, t->end, false, &number);

		if (p) {
			t->p = p;
			first = false;
		} else if (put_other(opt, lo, piece, blk, row, first, t)) {
			first = false;
		}
	}
	return !first;
}

/* "types": the wire type of every value, which scaling and text hide. */
static void put_types(const struct sn_layout *lo, const struct sn_block *blk,
		      const struct sn_row *row, struct sn_text *t)
{
	bool first = true;

	LITERAL(t, ",\"types\":{");
	for (uint32_t i = 0; i < lo->nvalues; i++) {
		const struct sn_layout_piece *piece = &lo->values[i];
		uint8_t tag = sn_block_tag(blk, row, piece->ref);
		struct sn_value v;

		if (sn_block_get(blk, row, piece->ref, &v) &&
		    sn_render_form(&lo->schema->columns[piece->ref], &v) != SN_FORM_NONE) {
			put_piece(t, lo->names, piece, first);
			sn_json_quote(t, sn_value_type_name(tag));
			first = false;
		}
	}
	sn_text_char(t, '}');
}

/* "uptime" when it is known, "reset". */
static void put_state(struct sn_text *t, bool has_uptime, uint64_t uptime, bool reset)
{
	if (has_uptime) {
		LITERAL(t, ",\"uptime\":");
		sn_text_u64(t, uptime);
	}
	if (reset) {
		LITERAL(t, ",\"reset\":true");
	} else {
		LITERAL(t, ",\"reset\":false");
	}
}

static bool put_row(const struct sn_encoder_options *opt, const struct sn_layout *lo,
		    const struct sn_block *blk, const struct sn_row *row, struct sn_text *t)
{
	struct sn_render_index ix;

	sn_render_split(lo->schema, row, &ix);
	LITERAL(t, "{\"ts\":");
	sn_text_u64(t, row->at / SN_NS_PER_MS);
	sn_text_put(t, lo->text, lo->head);
	sn_render_dotted(t, ix.arc, ix.narcs);
	LITERAL(t, "\",\"labels\":{");
	put_labels(lo, blk, row, &ix, t);
	LITERAL(t, "},\"values\":{");
	if (!put_values(opt, lo, blk, row, t)) {
		return false;
	}
	sn_text_char(t, '}');
	if (opt->types) {
		put_types(lo, blk, row, t);
	}
	put_state(t, blk->has_uptime, blk->uptime, blk->reset || (row->flags & SN_ROW_RESET));
	if (row->flags & SN_ROW_PARTIAL) {
		LITERAL(t, ",\"partial\":true");
	}
	LITERAL(t, "}\n");
	return true;
}

static const struct sn_layout_format format = {
	.head = put_head,
	.title = put_title,
	.label = put_label,
	.value = put_value_name,
	.row = put_row,
};

static int json_row(const struct sn_encoder_options *opt, const struct sn_block *blk,
		    const struct sn_row *row, uint8_t *out, size_t cap)
{
	return sn_layout_encode_row(&format, opt, blk, row, out, cap);
}

static int json_rows(const struct sn_encoder_options *opt, const struct sn_block *blk,
		     struct sn_encoder_run *run, uint8_t *out, size_t cap)
{
	return sn_layout_encode_rows(&format, opt, blk, run, out, cap);
}

static void put_count(struct sn_text *t, const char *key, uint64_t n)
{
	sn_text_str(t, key);
	sn_text_u64(t, n);
}

static int json_round(const struct sn_encoder_options *opt, const struct sn_round *r, uint8_t *out,
		      size_t cap)
{
	struct sn_text t = sn_text_make(out, cap);

	(void)opt; /* nothing here is beyond 2^53 but what counts nanoseconds for months */
	put_count(&t, "{\"ts\":", r->at / SN_NS_PER_MS);
	LITERAL(&t, ",\"instance\":");
	sn_json_quote(&t, r->origin->instance);
	LITERAL(&t, ",\"module\":");
	sn_json_quote(&t, r->modules);
	LITERAL(&t, ",\"round\":{\"status\":");
	sn_json_quote(&t, sn_round_status_name(r->status));
	put_count(&t, ",\"requests\":", r->requests);
	put_count(&t, ",\"retries\":", r->retries);
	put_count(&t, ",\"varbinds\":", r->varbinds);
	LITERAL(&t, ",\"duration_ms\":");
	sn_text_ms(&t, r->duration_ns);
	LITERAL(&t, ",\"lateness_ms\":");
	sn_text_ms(&t, r->lateness_ns);
	if (r->rtt_ns) {
		LITERAL(&t, ",\"rtt_ms\":");
		sn_text_ms(&t, r->rtt_ns);
	}
	put_count(&t, ",\"timeouts\":", r->timeouts);
	put_count(&t, ",\"rows\":", r->rows);
	put_count(&t, ",\"rows_partial\":", r->rows_partial);
	put_count(&t, ",\"skipped\":", r->skipped);
	if (r->reason) {
		LITERAL(&t, ",\"reason\":");
		sn_json_quote(&t, r->reason);
	}
	sn_text_char(&t, '}');
	put_state(&t, r->has_uptime, r->uptime, r->reset);
	LITERAL(&t, "}\n");
	return sn_text_result(&t, out);
}

const struct sn_encoder sn_enc_json = {
	.name = "json",
	.content_type = "application/x-ndjson",
	.extension = "json",
	.row = json_row,
	.rows = json_rows,
	.round = json_round,
};

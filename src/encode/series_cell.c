/*
 * Rows by a plan, see series.h: the labels of a row, what a cell says, and the label that is the
 * column's own. Called by enc_prom.c and expose_block.c, on workers' threads and those of requests.
 */
#include "encode/series.h"

const char *sn_series_help_suffix(enum sn_series_how how)
{
	switch (how) {
	case SN_SERIES_INFO:
		return " (EnumAsInfo)";
	case SN_SERIES_STATE_SET:
		return " (EnumAsStateSet)";
	case SN_SERIES_BITS:
		return " (Bits)";
	default:
		return "";
	}
}

const char *sn_series_type(const struct sn_series_column *c)
{
	return c->col->kind == SN_KIND_COUNTER ? "counter" : "gauge";
}

void sn_series_put_labels(struct sn_text *t, const struct sn_series_set *set,
			  const struct sn_block *blk, const struct sn_row *row,
			  const struct sn_render_index *ix, uint32_t *cuts)
{
	uint8_t *start = t->p;

	for (uint32_t i = 0; i < set->nlabels && !t->full; i++) {
		const struct sn_series_label *label = &set->labels[i];
		struct sn_value v;

		if (cuts) {
			cuts[i] = (uint32_t)(t->p - start);
		}
		sn_text_frag(t, label->text, label->len);
		if (label->source == SN_SERIES_CONSTANT) {
			continue;
		}
		if (label->source == SN_SERIES_INDEX) {
			sn_render_index_label(t, sn_promtext_escape, blk->schema, ix, label->ref);
		} else if ((ix->whole || !label->own_row) &&
			   sn_block_get(blk, row, label->ref, &v)) {
			sn_render_label(t, sn_promtext_escape, &blk->schema->columns[label->ref],
					&v);
		}
		sn_text_char(t, '"');
	}
	if (cuts) {
		cuts[set->nlabels] = (uint32_t)(t->p - start);
	}
	if (set->nlabels) {
		sn_text_char(t, '}');
		if (!t->full) {
			*start = '{'; /* in place of the first comma */
		}
	}
}

/* Position of a number among the names of a column, which are sorted by number; nenums: it has
 * none.
 */
static uint32_t find_state(const struct sn_column *col, int64_t number)
{
	uint32_t low = 0;
	uint32_t high = col->nenums;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (col->enums[mid].value < number) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low < col->nenums && col->enums[low].value == number ? low : col->nenums;
}

/* A number as Go's int(float64) has it; what is no number is 0. */
static int64_t whole(const struct sn_value *v)
{
	if (!sn_value_is_number(v->tag)) {
		return 0;
	}
	if (v->tag == SN_TAG_INTEGER) {
		return v->i;
	}
	if (sn_value_is_unsigned(v->tag)) {
		return (int64_t)v->u;
	}
	return v->d > -9e18 && v->d < 9e18 ? (int64_t)v->d : INT64_MIN;
}

bool sn_series_read(const struct sn_series_column *c, const struct sn_block *blk,
		    const struct sn_row *row, struct sn_series_cell *cell)
{
	if (!sn_block_get(blk, row, c->number, &cell->v)) {
		return false;
	}
	cell->count = 1;
	cell->state = 0;
	switch (c->how) {
	case SN_SERIES_NUMBER:
		if (!sn_value_is_number(cell->v.tag)) {
			cell->v = (struct sn_value){.tag = SN_TAG_INTEGER};
		}
		return true;
	case SN_SERIES_INFO:
	case SN_SERIES_STATE_SET:
		cell->state = find_state(c->col, whole(&cell->v));
		if (c->how == SN_SERIES_STATE_SET) {
			cell->count = c->col->nenums + (cell->state == c->col->nenums);
		}
		return true;
	case SN_SERIES_BITS:
		cell->count = c->col->nenums;
		return cell->v.tag == SN_TAG_OCTETS && cell->count > 0;
	default:
		return true;
	}
}

bool sn_series_read_strict(const struct sn_series_column *c, const struct sn_block *blk,
			   const struct sn_row *row, struct sn_series_cell *cell)
{
	return (!sn_kind_is_number(c->col->kind) ||
		sn_value_is_number(sn_block_tag(blk, row, c->number))) &&
	       sn_series_read(c, blk, row, cell);
}

static bool has_bit(struct sn_span octets, int64_t bit)
{
	return bit >= 0 && (uint64_t)bit / 8 < octets.n && octets.p[bit / 8] & (0x80 >> (bit % 8));
}

double sn_series_value(const struct sn_series_plan *plan, const struct sn_series_column *c,
		       const struct sn_series_cell *cell, uint32_t i)
{
	switch (c->how) {
	case SN_SERIES_NUMBER:
		return sn_series_scale(c, sn_series_raw(plan, cell->v.tag, cell->v.u));
	case SN_SERIES_TEXT:
		return sn_series_scale(c, 1);
	case SN_SERIES_BITS:
		return has_bit(cell->v.bytes, c->col->enums[i].value);
	default:
		return i == 0;
	}
}

/* Name of state number i: that of the cell first, then the others in their order. */
static void put_state(struct sn_text *t, sn_render_escape *escape, const struct sn_column *col,
		      const struct sn_series_cell *cell, uint32_t i)
{
	uint32_t state = i == 0 ? cell->state : (i - 1 < cell->state ? i - 1 : i);

	if (state < col->nenums) {
		const char *name = col->enums[state].name;

		escape(t, (const uint8_t *)name, strlen(name));
	} else {
		sn_text_i64(t, whole(&cell->v));
	}
}

void sn_series_put_own_value(struct sn_text *t, sn_render_escape *escape,
			     const struct sn_series_column *c, const struct sn_series_cell *cell,
			     uint32_t i)
{
	const char *name;

	switch (c->how) {
	case SN_SERIES_TEXT:
		sn_render_label(t, escape, c->col, &cell->v);
		break;
	case SN_SERIES_BITS:
		name = c->col->enums[i].name;
		escape(t, (const uint8_t *)name, strlen(name));
		break;
	default:
		put_state(t, escape, c->col, cell, i);
		break;
	}
}

void sn_series_put_own(struct sn_text *t, const struct sn_series_column *c,
		       const struct sn_series_cell *cell, uint32_t i, struct sn_span labels,
		       const uint32_t *cuts)
{
	uint32_t cut = cuts[c->own_at];
	uint8_t *start = t->p;
	uint8_t *after;

	sn_text_put(t, labels.p, cut);
	sn_text_frag(t, c->own, c->own_len);
	sn_series_put_own_value(t, sn_promtext_escape, c, cell, i);
	sn_text_char(t, '"');
	after = t->p;
	if (labels.n) {
		sn_text_put(t, labels.p + cut, labels.n - cut);
	} else {
		sn_text_char(t, '}');
	}
	if (!t->full && cut == 0) {
		*start = '{';
		*after = labels.n ? ',' : '}';
	}
}

/*
 * Layouts of text formats, see layout.h: what is prepared once for a block and how its rows run
 * through it. Called by the encoders on workers' threads.
 */
#include "encode/layout.h"

#include "encode/layouts.h"
#include "encode/rows.h"

#include <stdalign.h>

enum {
	SCRATCH = 8192,	 /* bytes on the stack, enough for some 150 columns; more comes from the
			    arena */
	PLAIN_HEAD = 256 /* bytes of what opens a row in the usual layout of scalars */
};

const uint8_t sn_layout_numbers[256] = {
	[SN_TAG_INTEGER] = SN_LAYOUT_SIGNED,	 [SN_TAG_COUNTER32] = SN_LAYOUT_UNSIGNED,
	[SN_TAG_GAUGE32] = SN_LAYOUT_UNSIGNED,	 [SN_TAG_TIMETICKS] = SN_LAYOUT_UNSIGNED,
	[SN_TAG_COUNTER64] = SN_LAYOUT_UNSIGNED, [SN_TAG_UINTEGER32] = SN_LAYOUT_UNSIGNED,
};

/* Memory handed out from one piece. */
struct bump {
	uint8_t *p;   /* next byte, aligned to 8 */
	uint8_t *end; /* first byte that must not be used */
};

static void *take(struct bump *b, size_t n, size_t size)
{
	size_t need = (n * size + 7) & ~(size_t)7; /* n is a few 32-bit counts: no overflow */
	void *p = b->p;

	if (need > (size_t)(b->end - b->p)) {
		return NULL;
	}
	b->p += need;
	return p;
}

struct label_list {
	struct sn_layout_label *label; /* n of them */
	uint32_t n;		       /* labels */
};

/* Adds a label unless one before it has its name: the earlier one wins. */
static void add_label(struct label_list *list, struct sn_layout_label label)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (strcmp(list->label[i].name, label.name) == 0) {
			return;
		}
	}
	list->label[list->n++] = label;
}

static void collect_labels(struct label_list *list, const struct sn_layout_format *f,
			   const struct sn_block *blk)
{
	const struct sn_schema *s = blk->schema;
	const struct sn_origin *origin = blk->origin;

	if (f->instance) {
		add_label(list,
			  (struct sn_layout_label){.name = f->instance, .value = origin->instance});
	}
	for (uint32_t i = 0; i < s->nindexes; i++) {
		add_label(list, (struct sn_layout_label){.name = s->indexes[i].label,
							 .ref = i,
							 .source = SN_LAYOUT_INDEX});
	}
	for (uint32_t i = 0; i < s->nlookups; i++) {
		add_label(list, (struct sn_layout_label){.name = s->lookups[i].label,
							 .ref = s->lookups[i].column,
							 .source = SN_LAYOUT_LOOKUP});
	}
	for (uint32_t i = 0; i < origin->nlabels; i++) {
		add_label(list, (struct sn_layout_label){.name = origin->labels[i].name,
							 .value = origin->labels[i].value});
	}
}

/* By insertion: the list is short, and its longest part, the target labels, is sorted already. */
static void sort_labels(struct label_list *list)
{
	for (uint32_t i = 1; i < list->n; i++) {
		struct sn_layout_label label = list->label[i];
		uint32_t k = i;

		for (; k > 0 && strcmp(list->label[k - 1].name, label.name) > 0; k--) {
			list->label[k] = list->label[k - 1];
		}
		list->label[k] = label;
	}
}

/* Constants run on into the text of the next variable label; what is left at the end is a piece of
 * its own. */
static void lay_labels(struct sn_layout *lo, const struct sn_layout_format *f,
		       const struct label_list *list, struct sn_text *t)
{
	uint32_t off = (uint32_t)(t->p - lo->text);

	for (uint32_t i = 0; i < list->n; i++) {
		const struct sn_layout_label *label = &list->label[i];
		uint8_t *before = t->p;

		f->label(t, label);
		if (label->source != SN_LAYOUT_CONSTANT) {
			lo->labels[lo->nlabels++] =
				(struct sn_layout_piece){.off = off,
							 .len = (uint32_t)(t->p - lo->text) - off,
							 .own = (uint32_t)(t->p - before),
							 .ref = label->ref,
							 .source = (uint8_t)label->source};
			off = (uint32_t)(t->p - lo->text);
		}
	}
	if (t->p - lo->text > off) {
		lo->labels[lo->nlabels++] =
			(struct sn_layout_piece){.off = off,
						 .len = (uint32_t)(t->p - lo->text) - off,
						 .source = SN_LAYOUT_CONSTANT};
	}
}

static uint8_t whole_mask(const struct sn_column *col)
{
	bool scaled = col->scale < 0 || col->scale > 0 || col->offset < 0 || col->offset > 0;

	if (sn_kind_is_state(col->kind)) {
		return 0xff;
	}
	return (col->kind == SN_KIND_COUNTER || col->kind == SN_KIND_GAUGE) && !scaled ? 0xff : 0;
}

static void lay_values(struct sn_layout *lo, const struct sn_layout_format *f, struct sn_text *t)
{
	for (uint32_t i = 0; i < lo->schema->ncolumns; i++) {
		const struct sn_column *col = &lo->schema->columns[i];
		uint32_t off = (uint32_t)(t->p - lo->names);

		if (col->is_value) {
			f->value(t, col);
			lo->values[lo->nvalues++] =
				(struct sn_layout_piece){.off = off,
							 .len = (uint32_t)(t->p - lo->names) - off,
							 .ref = i,
							 .whole = whole_mask(col)};
		}
	}
}

/* What is left of b for text; behind it SN_TEXT_SLACK bytes stay readable. False: nothing is. */
static bool open_text(const struct bump *b, struct sn_text *t)
{
	if (b->end - b->p < SN_TEXT_SLACK) {
		return false;
	}
	*t = sn_text_make(b->p, (size_t)(b->end - b->p) - SN_TEXT_SLACK);
	return true;
}

/* Lays out what the schema says into b. False: it is too small. */
static bool build_schema(struct sn_layout *lo, const struct sn_layout_format *f,
			 const struct sn_schema *schema, struct bump *b)
{
	struct sn_text t;

	memset(lo, 0, sizeof(*lo));
	lo->schema = schema;
	lo->tags = (size_t)schema->ncolumns * 8;
	lo->values = take(b, schema->ncolumns, sizeof(*lo->values));
	if (!lo->values || !open_text(b, &t)) {
		return false;
	}
	lo->names = b->p;
	f->title(&t, schema);
	lo->title = (uint32_t)(t.p - lo->names);
	if (f->instance && schema->nindexes == 0 && schema->nlookups == 0) {
		f->label(&t, &(struct sn_layout_label){.name = f->instance,
						       .source = SN_LAYOUT_LOOKUP});
		lo->key = (uint32_t)(t.p - lo->names);
	}
	lay_values(lo, f, &t);
	lo->names_len = (uint32_t)(t.p - lo->names);
	return !t.full && take(b, lo->names_len + SN_TEXT_SLACK, 1);
}

/* build_origin when the instance is the only label: the text before its value is there already. */
static bool build_instance(struct sn_layout *lo, const struct sn_layout_format *f,
			   const char *instance, const struct bump *b)
{
	const uint8_t *value;
	struct sn_text t;

	if (!open_text(b, &t)) {
		return false;
	}
	lo->nlabels = 0;
	lo->text = t.p;
	sn_text_frag(&t, lo->names, lo->key);
	value = t.p;
	f->constant(&t, instance);
	lo->head = t.p == value ? lo->title : (uint32_t)(t.p - lo->text);
	return !t.full;
}

/* Lays out what the origin says into b as well. False: it is too small. */
static bool build_origin(struct sn_layout *lo, const struct sn_layout_format *f,
			 const struct sn_block *blk, struct bump *b)
{
	size_t most =
		(size_t)blk->schema->nindexes + blk->schema->nlookups + blk->origin->nlabels + 1;
	struct label_list list = {.label = take(b, most, sizeof(*list.label))};
	struct sn_text t;

	lo->nlabels = 0;
	lo->labels = take(b, most, sizeof(*lo->labels));
	if (!list.label || !lo->labels || !open_text(b, &t)) {
		return false;
	}
	lo->text = b->p;
	if (f->head) {
		f->head(&t, blk->origin);
	}
	sn_text_frag(&t, lo->names, lo->title);
	lo->head = (uint32_t)(t.p - lo->text);
	collect_labels(&list, f, blk);
	if (f->instance) {
		sort_labels(&list);
	}
	lay_labels(lo, f, &list, &t);
	return !t.full;
}

/* Lays out into b, which begins at a multiple of 8, what is not kept. False: it is too small. */
static bool build(struct sn_layout *lo, const struct sn_layout_format *f,
		  const struct sn_block *blk, const struct sn_layout *known, struct bump b)
{
	if (known) {
		*lo = *known;
	} else if (!build_schema(lo, f, blk->schema, &b)) {
		return false;
	}
	if (lo->key && blk->origin->nlabels == 0) {
		return build_instance(lo, f, blk->origin->instance, &b);
	}
	return build_origin(lo, f, blk, &b);
}

/*
 * Lays out on the stack if possible, else in the block's arena, which is dropped after the round.
 * kept may be NULL. SN_ENOMEM.
 */
static int make(struct sn_layout *lo, const struct sn_layout_format *f, const struct sn_block *blk,
		struct sn_layouts *kept, uint8_t *scratch)
{
	const struct sn_layout *known = kept ? sn_layouts_find(kept, blk->schema) : NULL;
	size_t size = SCRATCH;
	uint8_t *mem = scratch;

	while (!build(lo, f, blk, known, (struct bump){.p = mem, .end = mem + size})) {
		size *= 4;
		mem = size <= UINT32_MAX ? sn_arena_alloc(blk->arena, size) : NULL;
		if (!mem) {
			return SN_ENOMEM;
		}
	}
	if (kept && !known) {
		sn_layouts_keep(kept, lo);
	}
	return SN_OK;
}

/* Rows on their way through a layout. */
struct passage {
	const struct sn_layout_format *f;     /* the format */
	const struct sn_encoder_options *opt; /* its options */
	const struct sn_layout *lo;	      /* the layout */
	const struct sn_block *blk;	      /* of the rows */
};

/* A sn_rows_put. */
static int put_row(void *format, const struct sn_row *row, struct sn_text *t)
{
	const struct passage *p = format;

	return p->f->row(p->opt, p->lo, p->blk, row, t);
}

int sn_layout_encode_row(const struct sn_layout_format *f, const struct sn_encoder_options *opt,
			 const struct sn_block *blk, const struct sn_row *row, uint8_t *out,
			 size_t cap)
{
	alignas(16) uint8_t scratch[SCRATCH];
	struct sn_layout lo;
	struct passage p = {.f = f, .opt = opt, .lo = &lo, .blk = blk};
	int err = make(&lo, f, blk, NULL, scratch);

	return err ? err : sn_rows_write_one(row, put_row, &p, out, cap);
}

/* Rows from run->next on through a layout; as sn_layout_encode_rows. */
static int run_rows(const struct sn_layout_format *f, const struct sn_encoder_options *opt,
		    const struct sn_layout *lo, const struct sn_block *blk,
		    struct sn_encoder_run *run, uint8_t *out, size_t cap)
{
	struct passage p = {.f = f, .opt = opt, .lo = lo, .blk = blk};

	return sn_rows_write(blk, run, blk->nrows, put_row, &p, out, cap);
}

/*
 * The usual layout of scalars: that of the schema is kept, and the instance, with nothing to
 * escape, is the only label. False: it is another.
 */
static bool make_plain(struct sn_layout *lo, const struct sn_block *blk,
		       const struct sn_layouts *kept, uint8_t head[PLAIN_HEAD])
{
	const struct sn_layout *known = kept ? sn_layouts_find(kept, blk->schema) : NULL;
	const struct sn_origin *origin = blk->origin;

	if (!known || !known->key || origin->nlabels || !origin->plain ||
	    (size_t)known->key + origin->plain + SN_TEXT_SLACK > PLAIN_HEAD) {
		return false;
	}
	*lo = *known;
	memcpy(sn_text_write_frag(head, lo->names, lo->key), origin->instance, origin->plain);
	lo->text = head;
	lo->head = lo->key + origin->plain;
	lo->nlabels = 0;
	return true;
}

/* sn_layout_encode_rows with a layout that is still to be made. */
static int encode_made(const struct sn_layout_format *f, const struct sn_encoder_options *opt,
		       const struct sn_block *blk, struct sn_encoder_run *run, uint8_t *out,
		       size_t cap)
{
	alignas(16) uint8_t scratch[SCRATCH];
	struct sn_layout lo;
	int err = make(&lo, f, blk, run->kept, scratch);

	return err ? err : run_rows(f, opt, &lo, blk, run, out, cap);
}

int sn_layout_encode_rows(const struct sn_layout_format *f, const struct sn_encoder_options *opt,
			  const struct sn_block *blk, struct sn_encoder_run *run, uint8_t *out,
			  size_t cap)
{
	alignas(16) uint8_t head[PLAIN_HEAD];
	struct sn_layout lo;

	if (run->next >= blk->nrows) {
		return 0;
	}
	if (make_plain(&lo, blk, run->kept, head)) {
		return run_rows(f, opt, &lo, blk, run, out, cap);
	}
	return encode_made(f, opt, blk, run, out, cap);
}

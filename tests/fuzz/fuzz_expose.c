/*
 * Fuzz target: tables with any names, kinds, labels and cells, as series. What comes out must be
 * read by an independent reader: as a stream, and as an exposition in both formats.
 */
#include "encode/encoder.h"
#include "encode/expose.h"
#include "support/fuzz.h"
#include "support/prom_check.h"

enum { COLUMNS = 10, INDEXES = 3, LOOKUPS = 3, ENUMS = 4, SERIES = 3, ROWS = 12, OUT = 1 << 20 };

/* What is left of the input; zeros behind its end. */
struct input {
	const uint8_t *p; /* next octet */
	size_t n;	  /* octets left */
};

struct world {
	struct sn_arena_pool pool;	   /* of arena */
	struct sn_arena arena;		   /* of texts and rows */
	struct sn_column columns[COLUMNS]; /* of schema */
	struct sn_index indexes[INDEXES];  /* of schema */
	struct sn_lookup lookups[LOOKUPS]; /* of schema */
	struct sn_enum_name enums[ENUMS];  /* of all that has names */
	struct sn_series series[SERIES];   /* of columns */
	uint8_t dropped[SERIES][INDEXES];  /* of series */
	uint32_t chosen[SERIES][LOOKUPS];  /* lookups of series */
	struct sn_label label;		   /* of origin */
	struct sn_origin origin;	   /* of the block */
	struct sn_schema schema;	   /* of the block */
	struct sn_block blk;		   /* the rows */
};

static uint8_t take(struct input *in)
{
	if (in->n == 0) {
		return 0;
	}
	in->n--;
	return *in->p++;
}

static unsigned below(struct input *in, unsigned n)
{
	return take(in) % n;
}

static uint64_t take_u64(struct input *in)
{
	uint64_t v = 0;

	for (unsigned i = below(in, 9); i > 0; i--) {
		v = v << 8 | take(in);
	}
	return v;
}

static struct sn_span take_octets(struct input *in, size_t most)
{
	size_t n = take(in) % most;
	struct sn_span s;

	n = n < in->n ? n : in->n;
	s = sn_span_make(in->p, n);
	in->p += n;
	in->n -= n;
	return s;
}

/* A text; short ones often meet. */
static const char *take_text(struct world *w, struct input *in)
{
	struct sn_span s = take_octets(in, 12);
	char *text = sn_arena_strndup(&w->arena, (const char *)s.p, s.n);

	fuzz_expect(text != NULL);
	return text;
}

static void make_index(struct world *w, struct input *in, struct sn_index *index)
{
	static const enum sn_kind kinds[] = {SN_KIND_GAUGE,	     SN_KIND_TEXT,   SN_KIND_HEX,
					     SN_KIND_PHYS_ADDRESS48, SN_KIND_INET4,  SN_KIND_INET6,
					     SN_KIND_ENUM,	     SN_KIND_COUNTER};

	*index = (struct sn_index){.label = take_text(w, in),
				   .kind = kinds[below(in, 8)],
				   .enums = w->enums,
				   .nenums = ENUMS,
				   .fixed_size = below(in, 4),
				   .implied = below(in, 2)};
}

static void make_column(struct world *w, struct input *in, struct sn_column *col)
{
	static const enum sn_kind kinds[] = {
		SN_KIND_COUNTER, SN_KIND_GAUGE,		 SN_KIND_FLOAT, SN_KIND_TEXT,
		SN_KIND_HEX,	 SN_KIND_PHYS_ADDRESS48, SN_KIND_INET4, SN_KIND_INET6,
		SN_KIND_ENUM,	 SN_KIND_STATE_SET,	 SN_KIND_BITS};
	unsigned series;

	*col = (struct sn_column){.name = take_text(w, in),
				  .help = take_text(w, in),
				  .kind = kinds[below(in, 11)],
				  .enums = w->enums,
				  .nenums = below(in, ENUMS + 1),
				  .is_value = below(in, 4) != 0};
	series = below(in, SERIES + 1);
	col->series = series < SERIES ? &w->series[series] : NULL;
	if (below(in, 4) == 0) {
		col->scale = (double)take(in) / 8;
		col->offset = take(in);
	}
}

static void make_schema(struct world *w, struct input *in)
{
	for (unsigned i = 0; i < ENUMS; i++) {
		w->enums[i] = (struct sn_enum_name){.value = (int64_t)i * 3 - 1,
						    .name = take_text(w, in)};
	}
	for (unsigned i = 0; i < INDEXES; i++) {
		make_index(w, in, &w->indexes[i]);
	}
	w->schema.nindexes = below(in, INDEXES + 1);
	w->schema.ncolumns = 1 + below(in, COLUMNS);
	w->schema.nlookups = below(in, LOOKUPS + 1);
	for (unsigned i = 0; i < w->schema.nlookups; i++) {
		w->lookups[i] = (struct sn_lookup){.label = take_text(w, in),
						   .column = below(in, w->schema.ncolumns)};
	}
	for (unsigned i = 0; i < SERIES; i++) {
		struct sn_series *s = &w->series[i];

		for (unsigned k = 0; k < INDEXES; k++) {
			w->dropped[i][k] = (uint8_t)below(in, 2);
		}
		s->dropped = w->dropped[i];
		s->lookups = w->chosen[i];
		s->nlookups = below(in, w->schema.nlookups + 1);
		for (unsigned k = 0; k < s->nlookups; k++) {
			w->chosen[i][k] = below(in, w->schema.nlookups);
		}
	}
	for (unsigned i = 0; i < w->schema.ncolumns; i++) {
		make_column(w, in, &w->columns[i]);
	}
	w->schema.module = "m";
	w->schema.table = "t";
	w->schema.columns = w->columns;
	w->schema.indexes = w->indexes;
	w->schema.lookups = w->lookups;
}

static void make_cell(struct input *in, struct sn_value *v)
{
	static const uint8_t tags[] = {SN_TAG_INTEGER,	 SN_TAG_COUNTER32, SN_TAG_COUNTER64,
				       SN_TAG_TIMETICKS, SN_TAG_FLOAT,	   SN_TAG_DOUBLE,
				       SN_TAG_OCTETS,	 SN_TAG_IPADDRESS, SN_TAG_OID};
	uint64_t bits;

	v->tag = tags[below(in, sizeof(tags))];
	switch (v->tag) {
	case SN_TAG_FLOAT:
	case SN_TAG_DOUBLE:
		bits = take_u64(in);
		memcpy(&v->d, &bits, sizeof(bits));
		if (v->tag == SN_TAG_FLOAT) {
			v->d = (double)(float)take(in) / 16;
		}
		break;
	case SN_TAG_OCTETS:
	case SN_TAG_IPADDRESS:
	case SN_TAG_OID:
		v->bytes = take_octets(in, 40);
		break;
	default:
		v->u = take_u64(in);
		break;
	}
}

static void make_rows(struct world *w, struct input *in)
{
	sn_block_init(&w->blk, &w->schema, &w->origin, &w->arena);
	for (unsigned i = 0; i < ROWS && in->n; i++) {
		uint8_t ber[24];
		size_t n = below(in, sizeof(ber));
		struct sn_row *row;

		for (size_t k = 0; k < n; k++) {
			ber[k] = take(in) & 0x7f;
		}
		row = sn_block_get_row(&w->blk, sn_span_make(ber, n), 0);
		fuzz_expect(row != NULL);
		for (uint32_t c = 0; c < w->schema.ncolumns; c++) {
			struct sn_value v = {.u = 0};

			if (below(in, 4) == 0) {
				continue;
			}
			make_cell(in, &v);
			fuzz_expect(sn_block_set(&w->blk, row, c, &v, take_u64(in)) >= 0);
		}
	}
}

static void expect_readable(enum prom_check_kind kind, const uint8_t *text, size_t n,
			    unsigned *samples)
{
	struct prom_check check = {.kind = kind};

	if (!prom_check(&check, text, n)) {
		fprintf(stderr, "%s in:\n%.*s\n", check.why, (int)n, (const char *)text);
		abort();
	}
	*samples = check.samples;
}

static unsigned check_stream(const struct world *w)
{
	static const struct sn_encoder_options opt;
	static uint8_t out[OUT];
	const struct sn_encoder *e = sn_encoder_find("prometheus");
	struct sn_encoder_run run = {0};
	unsigned samples;
	size_t used = 0;

	fuzz_expect(e != NULL);
	while (run.next < w->blk.nrows) {
		int n = e->rows(&opt, &w->blk, &run, out + used, OUT - used);

		fuzz_expect(n >= 0);
		used += (size_t)n;
	}
	expect_readable(PROM_CHECK_STREAM, out, used, &samples);
	return samples;
}

/* With the labels of the stream, every sample of it is in, or counted as a duplicate. */
static void check_exposition(const struct world *w, enum sn_expose_format format, bool origin,
			     unsigned streamed)
{
	struct sn_expose *x = sn_expose_new(&(struct sn_expose_options){
		.format = format, .origin = origin, .timestamps = origin, .wrap_counters = origin});
	struct sn_span text;
	unsigned samples;

	fuzz_expect(x != NULL);
	fuzz_expect(sn_expose_block(x, &w->blk) == SN_OK);
	if (origin) {
		fuzz_expect(sn_expose_sample(x, w->columns[0].name, w->columns[0].help, "gauge",
					     "a=\"\\\"\",b=\"\\n\"", 1) == SN_OK);
		fuzz_expect(sn_expose_block(x, &w->blk) == SN_OK);
		streamed = 2 * streamed + 1;
	}
	fuzz_expect(sn_expose_finish(x, &text) == SN_OK);
	expect_readable(format == SN_EXPOSE_TEXT ? PROM_CHECK_TEXT : PROM_CHECK_OPENMETRICS, text.p,
			text.n, &samples);
	if (origin) {
		fuzz_expect(samples + sn_expose_duplicates(x) == streamed);
	}
	sn_expose_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct world w;
	unsigned streamed;

	memset(&w, 0, sizeof(w));
	sn_arena_pool_init(&w.pool, 4096);
	sn_arena_init(&w.arena, &w.pool);
	w.label.name = take_text(&w, &in);
	w.label.value = take_text(&w, &in);
	w.origin = (struct sn_origin){
		.instance = take_text(&w, &in), .labels = &w.label, .nlabels = below(&in, 2)};
	make_schema(&w, &in);
	make_rows(&w, &in);
	streamed = check_stream(&w);
	check_exposition(&w, SN_EXPOSE_TEXT, false, streamed);
	check_exposition(&w, SN_EXPOSE_TEXT, true, streamed);
	check_exposition(&w, SN_EXPOSE_OPENMETRICS, false, streamed);
	check_exposition(&w, SN_EXPOSE_OPENMETRICS, true, streamed);
	sn_arena_reset(&w.arena);
	sn_arena_pool_fini(&w.pool);
	return 0;
}

/*
 * Odd blocks, see odd.h.
 */
#include "support/odd.h"

#include "support/fuzz.h"

enum { ROWS = 12 };

/* What is left of the input; zeros behind its end. */
struct input {
	const uint8_t *p; /* next octet */
	size_t n;	  /* octets left */
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
static const char *take_text(struct odd *w, struct input *in)
{
	struct sn_span s = take_octets(in, 12);
	char *text = sn_arena_strndup(&w->arena, (const char *)s.p, s.n);

	fuzz_expect(text != NULL);
	return text;
}

static void make_index(struct odd *w, struct input *in, struct sn_index *index)
{
	static const enum sn_kind kinds[] = {SN_KIND_GAUGE,	     SN_KIND_TEXT,   SN_KIND_HEX,
					     SN_KIND_PHYS_ADDRESS48, SN_KIND_INET4,  SN_KIND_INET6,
					     SN_KIND_ENUM,	     SN_KIND_COUNTER};

	*index = (struct sn_index){.label = take_text(w, in),
				   .kind = kinds[below(in, 8)],
				   .enums = w->enums,
				   .nenums = ODD_ENUMS,
				   .fixed_size = below(in, 4),
				   .implied = below(in, 2)};
}

static void make_column(struct odd *w, struct input *in, struct sn_column *col)
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
				  .nenums = below(in, ODD_ENUMS + 1),
				  .is_value = below(in, 4) != 0};
	series = below(in, ODD_SERIES + 1);
	col->series = series < ODD_SERIES ? &w->series[series] : NULL;
	if (below(in, 4) == 0) {
		col->scale = (double)take(in) / 8;
		col->offset = take(in);
	}
}

static void make_schema(struct odd *w, struct input *in)
{
	for (unsigned i = 0; i < ODD_ENUMS; i++) {
		w->enums[i] = (struct sn_enum_name){.value = (int64_t)i * 3 - 1,
						    .name = take_text(w, in)};
	}
	for (unsigned i = 0; i < ODD_INDEXES; i++) {
		make_index(w, in, &w->indexes[i]);
	}
	w->schema.nindexes = below(in, ODD_INDEXES + 1);
	w->schema.ncolumns = 1 + below(in, ODD_COLUMNS);
	w->schema.nlookups = below(in, ODD_LOOKUPS + 1);
	for (unsigned i = 0; i < w->schema.nlookups; i++) {
		w->lookups[i] = (struct sn_lookup){.label = take_text(w, in),
						   .column = below(in, w->schema.ncolumns)};
	}
	for (unsigned i = 0; i < ODD_SERIES; i++) {
		struct sn_series *s = &w->series[i];

		for (unsigned k = 0; k < ODD_INDEXES; k++) {
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

static void make_rows(struct odd *w, struct input *in)
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

void odd_init(struct odd *w, const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	memset(w, 0, sizeof(*w));
	sn_arena_pool_init(&w->pool, 4096);
	sn_arena_init(&w->arena, &w->pool);
	w->label.name = take_text(w, &in);
	w->label.value = take_text(w, &in);
	w->origin = (struct sn_origin){
		.instance = take_text(w, &in), .labels = &w->label, .nlabels = below(&in, 2)};
	make_schema(w, &in);
	make_rows(w, &in);
}

void odd_fini(struct odd *w)
{
	sn_arena_reset(&w->arena);
	sn_arena_pool_fini(&w->pool);
}

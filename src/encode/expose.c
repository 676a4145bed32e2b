/*
 * Expositions, see expose.h: their families, and single samples. Called on a worker's thread for a
 * request to poll, on the server's for pages.
 */
#include "encode/expose_int.h"
#include "encode/promtext.h"

#include "base/hash.h"

#include <stdlib.h>

enum {
	CHUNK = 65536,	/* of the arenas */
	SCRATCH = 1024, /* for labels, at first */
	MIN_SLOTS = 64	/* of the families' table */
};

const char *sn_expose_content_type(enum sn_expose_format format)
{
	return format == SN_EXPOSE_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}

int sn_expose_grow_scratch(struct sn_expose *x)
{
	size_t cap = x->scratch_cap ? x->scratch_cap * 2 : SCRATCH;

	free(x->scratch);
	x->scratch = malloc(cap);
	x->scratch_cap = x->scratch ? cap : 0;
	return x->scratch ? SN_OK : SN_ENOMEM;
}

struct sn_expose *sn_expose_new(const struct sn_expose_options *opt)
{
	struct sn_expose *x = calloc(1, sizeof(*x));

	if (!x || sn_expose_grow_scratch(x)) {
		free(x);
		return NULL;
	}
	x->opt = *opt;
	sn_arena_pool_init(&x->pool, CHUNK);
	sn_arena_init(&x->arena, &x->pool);
	sn_arena_init(&x->temp, &x->pool);
	return x;
}

void sn_expose_free(struct sn_expose *x)
{
	if (!x) {
		return;
	}
	sn_arena_reset(&x->temp);
	sn_arena_reset(&x->arena);
	sn_arena_pool_fini(&x->pool);
	free(x->slots);
	free(x->scratch);
	free(x->out);
	free(x);
}

uint64_t sn_expose_duplicates(const struct sn_expose *x)
{
	return x->duplicates;
}

/* Keeps a family in the table, which has room. */
static void insert_family(struct sn_expose *x, struct sn_expose_family *family)
{
	uint32_t i = (uint32_t)family->hash & (x->nslots - 1);

	while (x->slots[i]) {
		i = (i + 1) & (x->nslots - 1);
	}
	x->slots[i] = family;
}

/* Keeps at least half of the slots empty after one more family. */
static int grow_slots(struct sn_expose *x)
{
	uint32_t n = x->nslots ? x->nslots * 2 : MIN_SLOTS;
	struct sn_expose_family **slots;

	if ((x->nfamilies + 1) * 2 <= x->nslots) {
		return SN_OK;
	}
	slots = calloc(n, sizeof(struct sn_expose_family *));
	if (!slots) {
		return SN_ENOMEM;
	}
	free(x->slots);
	x->slots = slots;
	x->nslots = n;
	for (struct sn_expose_family *f = x->families; f; f = f->next) {
		insert_family(x, f);
	}
	return SN_OK;
}

/* The family of a name; one that is new has neither type nor help text. NULL: no memory. */
static struct sn_expose_family *find_or_add(struct sn_expose *x, struct sn_span name)
{
	uint64_t hash = sn_hash_bytes(name.p, name.n, 0);
	struct sn_expose_family *f;
	char *copy;

	for (uint32_t i = (uint32_t)hash; x->nslots; i++) {
		f = x->slots[i & (x->nslots - 1)];
		if (!f) {
			break;
		}
		if (f->hash == hash && f->name_len == name.n &&
		    memcmp(f->name, name.p, name.n) == 0) {
			return f;
		}
	}
	f = sn_arena_zalloc(&x->arena, sizeof(*f));
	copy = sn_arena_zalloc(&x->arena, name.n + SN_TEXT_SLACK);
	if (!f || !copy || name.n > UINT32_MAX || grow_slots(x)) {
		return NULL;
	}
	memcpy(copy, name.p, name.n);
	f->name = copy;
	f->name_len = (uint32_t)name.n;
	f->hash = hash;
	f->next = x->families;
	x->families = f;
	x->nfamilies++;
	insert_family(x, f);
	return f;
}

struct sn_expose_family *sn_expose_family(struct sn_expose *x, struct sn_span name,
					  const char *help, const char *suffix, const char *type)
{
	struct sn_expose_family *f = find_or_add(x, name);

	if (!f || f->type) {
		return f;
	}
	f->help_suffix = suffix;
	f->help = sn_arena_strndup(&x->arena, help ? help : "", help ? strlen(help) : 0);
	f->type = sn_arena_strndup(&x->arena, type, strlen(type));
	return f->help && f->type ? f : NULL;
}

struct sn_expose_chunk *sn_expose_chunk(struct sn_expose *x, struct sn_expose_family *f, size_t n)
{
	struct sn_expose_chunk *chunk = sn_arena_zalloc(&x->arena, sizeof(*chunk));

	if (!chunk) {
		return NULL;
	}
	chunk->series = sn_arena_alloc(&x->arena, n * sizeof(*chunk->series));
	if (!chunk->series) {
		return NULL;
	}
	if (f->last) {
		f->last->next = chunk;
	} else {
		f->first = chunk;
	}
	f->last = chunk;
	f->nchunks++;
	return chunk;
}

struct sn_expose_labels *sn_expose_labels(struct sn_expose *x, struct sn_span text,
					  const void *names, uint32_t nlabels)
{
	struct sn_expose_labels *l;

	if (text.n > UINT32_MAX) {
		return NULL;
	}
	l = sn_arena_alloc(&x->arena, sizeof(*l) + text.n + SN_TEXT_SLACK);
	if (!l) {
		return NULL;
	}
	memset(l, 0, sizeof(*l));
	l->names = names;
	l->number = x->nlabels++;
	l->nlabels = nlabels;
	l->n = (uint32_t)text.n;
	if (text.n) {
		memcpy(l->text, text.p, text.n);
	}
	memset(l->text + text.n, 0, SN_TEXT_SLACK);
	return l;
}

/* Labels in a quoted text: quotes that are not escaped, halved. */
static uint32_t count_labels(const char *s)
{
	uint32_t quotes = 0;

	for (; *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
		} else if (*s == '"') {
			quotes++;
		}
	}
	return quotes / 2;
}

/* Writes a name, and labels unless there are none, into scratch. SN_ENOMEM. */
static int write_scratch(struct sn_expose *x, const char *name, const char *labels,
			 struct sn_span *text)
{
	struct sn_text t;

	for (;;) {
		t = sn_text_make(x->scratch, x->scratch_cap);
		if (name) {
			sn_promtext_put_name(&t, SN_PROMTEXT_METRIC, name);
		}
		if (labels && labels[0]) {
			sn_text_char(&t, '{');
			sn_text_str(&t, labels);
			sn_text_char(&t, '}');
		}
		if (!t.full) {
			*text = sn_span_make(x->scratch, (size_t)(t.p - x->scratch));
			return SN_OK;
		}
		if (sn_expose_grow_scratch(x)) {
			return SN_ENOMEM;
		}
	}
}

int sn_expose_sample(struct sn_expose *x, const char *family, const char *help, const char *type,
		     const char *labels, double v)
{
	struct sn_expose_labels *kept;
	struct sn_expose_family *f;
	struct sn_expose_chunk *chunk;
	struct sn_span text;

	if (write_scratch(x, family, NULL, &text)) {
		return SN_ENOMEM;
	}
	f = sn_expose_family(x, text, help, "", type);
	if (!f || write_scratch(x, NULL, labels, &text)) {
		return SN_ENOMEM;
	}
	kept = sn_expose_labels(x, text, NULL, labels ? count_labels(labels) : 0);
	chunk = kept ? sn_expose_chunk(x, f, 1) : NULL;
	if (!chunk) {
		return SN_ENOMEM;
	}
	sn_expose_add(chunk, kept, v);
	return SN_OK;
}

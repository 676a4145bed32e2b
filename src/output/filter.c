/*
 * Filters of outputs, see filter.h. What a filter makes of a schema is worked out once: nothing,
 * all of it, or a copy in which some columns are no values any more.
 */
#include "output/filter.h"

#include <fnmatch.h>
#include <stdlib.h>

enum { FIRST_CAP = 16 };

/* What passes of a schema. */
struct sn_filtered_schema {
	const struct sn_schema *of; /* key */
	bool none;		    /* nothing */
	bool whole;		    /* all of it */
	struct sn_schema schema;    /* otherwise, with columns */
	struct sn_column columns[]; /* as many as it has */
};

static bool fits(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, 0) == 0;
}

static bool fits_any(const char *const *patterns, uint32_t n, const char *text)
{
	for (uint32_t i = 0; i < n; i++) {
		if (fits(patterns[i], text)) {
			return true;
		}
	}
	return false;
}

static bool fits_labels(const struct sn_filter *f, const struct sn_origin *origin)
{
	for (uint32_t i = 0; i < f->nlabels; i++) {
		const char *value = "";

		for (uint32_t k = 0; k < origin->nlabels; k++) {
			if (strcmp(origin->labels[k].name, f->labels[i].name) == 0) {
				value = origin->labels[k].value;
				break;
			}
		}
		if (!fits(f->labels[i].pattern, value)) {
			return false;
		}
	}
	return true;
}

static struct sn_filtered_schema *make(const struct sn_filter *f, const struct sn_schema *schema)
{
	struct sn_filtered_schema *s =
		calloc(1, sizeof(*s) + schema->ncolumns * sizeof(s->columns[0]));
	uint32_t values = 0;
	uint32_t left = 0;

	if (!s) {
		return NULL;
	}
	s->of = schema;
	s->schema = *schema;
	s->schema.columns = s->columns;
	for (uint32_t i = 0; i < schema->ncolumns; i++) {
		struct sn_column *col = &s->columns[i];

		*col = schema->columns[i];
		values += col->is_value;
		col->is_value = col->is_value &&
				(f->nmetrics == 0 || fits_any(f->metrics, f->nmetrics, col->name));
		left += col->is_value;
	}
	s->whole = left == values;
	s->none = left == 0 || (f->nmodules && !fits_any(f->modules, f->nmodules, schema->module));
	return s;
}

static uint32_t home(const struct sn_filtered *kept, const struct sn_schema *schema)
{
	return (uint32_t)((uint64_t)(uintptr_t)schema * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
	       (kept->cap - 1);
}

/* The place of a schema, or the empty one where it belongs. There is one. */
static struct sn_filtered_schema **find(const struct sn_filtered *kept,
					const struct sn_schema *schema)
{
	uint32_t i = home(kept, schema);

	while (kept->slot[i] && kept->slot[i]->of != schema) {
		i = (i + 1) & (kept->cap - 1);
	}
	return &kept->slot[i];
}

/* Room for one more, a quarter staying empty. SN_ENOMEM. */
static int grow(struct sn_filtered *kept)
{
	struct sn_filtered larger = {.cap = kept->cap ? 2 * kept->cap : FIRST_CAP, .n = kept->n};

	if (kept->n < kept->cap / 4 * 3) {
		return SN_OK;
	}
	larger.slot = calloc(larger.cap, sizeof(struct sn_filtered_schema *));
	if (!larger.slot) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < kept->cap; i++) {
		if (kept->slot[i]) {
			*find(&larger, kept->slot[i]->of) = kept->slot[i];
		}
	}
	free(kept->slot);
	*kept = larger;
	return SN_OK;
}

/* What passes of a schema; NULL: no memory. */
static const struct sn_filtered_schema *filtered(const struct sn_filter *f,
						 struct sn_filtered *kept,
						 const struct sn_schema *schema)
{
	struct sn_filtered_schema **slot;

	if (grow(kept)) {
		return NULL;
	}
	slot = find(kept, schema);
	if (!*slot) {
		*slot = make(f, schema);
		kept->n += *slot != NULL;
	}
	return *slot;
}

int sn_filter_rows(const struct sn_filter *f, struct sn_filtered *kept, const struct sn_block *blk,
		   struct sn_block *room, const struct sn_block **passed)
{
	const struct sn_filtered_schema *s = filtered(f, kept, blk->schema);

	*passed = NULL;
	if (!s) {
		return SN_ENOMEM;
	}
	if (s->none || !fits_labels(f, blk->origin)) {
		return SN_OK;
	}
	*passed = blk;
	if (!s->whole) {
		*room = *blk;
		room->schema = &s->schema;
		*passed = room;
	}
	return SN_OK;
}

/* Whether one of the names in a list, with commas between them, fits. */
static bool fits_list(const struct sn_filter *f, const char *names)
{
	char name[256]; /* longer ones are no modules that anybody would write a pattern for */

	while (*names) {
		size_t n = strcspn(names, ",");

		if (n < sizeof(name)) {
			memcpy(name, names, n);
			name[n] = '\0';
			if (fits_any(f->modules, f->nmodules, name)) {
				return true;
			}
		}
		names += n + (names[n] == ',');
	}
	return false;
}

bool sn_filter_round(const struct sn_filter *f, const struct sn_round *round)
{
	return (f->nmodules == 0 || fits_list(f, round->modules)) && fits_labels(f, round->origin);
}

void sn_filtered_forget(struct sn_filtered *kept)
{
	for (uint32_t i = 0; i < kept->cap; i++) {
		free(kept->slot[i]);
	}
	free(kept->slot);
	memset(kept, 0, sizeof(*kept));
}

/* Appends a text behind *end. */
static const char *put(char **end, const char *text)
{
	size_t n = strlen(text) + 1;
	const char *p = memcpy(*end, text, n);

	*end += n;
	return p;
}

/* Octets of all texts. */
static size_t texts_size(const struct sn_filter *f)
{
	size_t n = 0;

	for (uint32_t i = 0; i < f->nmodules; i++) {
		n += strlen(f->modules[i]) + 1;
	}
	for (uint32_t i = 0; i < f->nmetrics; i++) {
		n += strlen(f->metrics[i]) + 1;
	}
	for (uint32_t i = 0; i < f->nlabels; i++) {
		n += strlen(f->labels[i].name) + strlen(f->labels[i].pattern) + 2;
	}
	return n;
}

struct sn_filter *sn_filter_copy(const struct sn_filter *f)
{
	size_t lists = ((size_t)f->nmodules + f->nmetrics) * sizeof(char *) +
		       f->nlabels * sizeof(struct sn_filter_label);
	struct sn_filter *copy = malloc(sizeof(*copy) + lists + texts_size(f));
	const char **modules;
	const char **metrics;
	struct sn_filter_label *labels;
	char *end;

	if (!copy) {
		return NULL;
	}
	*copy = *f;
	copy->modules = modules = (const char **)(copy + 1);
	copy->metrics = metrics = modules + f->nmodules;
	copy->labels = labels = (struct sn_filter_label *)(void *)(metrics + f->nmetrics);
	end = (char *)(labels + f->nlabels);
	for (uint32_t i = 0; i < f->nmodules; i++) {
		modules[i] = put(&end, f->modules[i]);
	}
	for (uint32_t i = 0; i < f->nmetrics; i++) {
		metrics[i] = put(&end, f->metrics[i]);
	}
	for (uint32_t i = 0; i < f->nlabels; i++) {
		labels[i].name = put(&end, f->labels[i].name);
		labels[i].pattern = put(&end, f->labels[i].pattern);
	}
	return copy;
}

/*
 * Plans of Avro messages, see avro_plan.h. Called by layouts.c for enc_avro.c, once for a schema,
 * on workers' threads.
 */
#include "formats/avro_plan.h"

#include "formats/avro.h"
#include "formats/room.h"

/* One or two strings. */
static struct sn_span keep_strings(struct sn_room *b, const char *one, const char *two)
{
	struct sn_text t = sn_room_open(b);

	sn_avro_string(&t, sn_span_str(one));
	if (two) {
		sn_avro_string(&t, sn_span_str(two));
	}
	return sn_room_keep(b, &t);
}

/* Adds a label; one of its name that is there already stays, as a map has each key once. */
static void add_label(struct sn_room *b, struct sn_avro_label *labels, uint32_t *n,
		      const char *name, uint32_t ref, bool is_lookup)
{
	struct sn_span key = keep_strings(b, name, NULL);

	for (uint32_t i = 0; i < *n && !b->full; i++) {
		if (sn_span_eq(labels[i].key, key)) {
			return;
		}
	}
	labels[(*n)++] = (struct sn_avro_label){.key = key, .ref = ref, .is_lookup = is_lookup};
}

static void add_labels(struct sn_room *b, struct sn_avro_plan *plan)
{
	const struct sn_schema *s = plan->schema;
	struct sn_avro_label *labels =
		sn_room_take(b, (size_t)s->nindexes + s->nlookups, sizeof(*labels));

	plan->labels = labels;
	for (uint32_t i = 0; !b->full && i < s->nindexes; i++) {
		add_label(b, labels, &plan->nlabels, s->indexes[i].label, i, false);
	}
	for (uint32_t i = 0; !b->full && i < s->nlookups; i++) {
		add_label(b, labels, &plan->nlabels, s->lookups[i].label, s->lookups[i].column,
			  true);
	}
}

static uint8_t whole_mask(const struct sn_column *col)
{
	bool scaled = col->scale < 0 || col->scale > 0 || col->offset < 0 || col->offset > 0;

	return sn_kind_is_state(col->kind) || (col->kind != SN_KIND_FLOAT && !scaled) ? 0xff : 0;
}

/* Adds the values that are numbers, or all others. Returns how many. */
static uint32_t add_values(struct sn_room *b, struct sn_avro_value *values,
			   const struct sn_schema *schema, bool numbers)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < schema->ncolumns && !b->full; i++) {
		const struct sn_column *col = &schema->columns[i];
		struct sn_span key;

		if (!col->is_value || sn_kind_is_number(col->kind) != numbers) {
			continue;
		}
		key = keep_strings(b, col->name, NULL);
		values[n++] = (struct sn_avro_value){.key = key.p,
						     .len = (uint32_t)key.n,
						     .ref = i,
						     .whole = numbers ? whole_mask(col) : 0};
	}
	return n;
}

int sn_avro_plan_make(void *room, size_t size, const struct sn_schema *schema,
		      const struct sn_encoder_options *opt)
{
	struct sn_room b = {.p = room, .end = (uint8_t *)room + size};
	struct sn_avro_plan *plan = sn_room_take(&b, 1, sizeof(*plan));
	struct sn_avro_value *values = sn_room_take(&b, schema->ncolumns, sizeof(*values));

	(void)opt; /* no option changes a name */
	if (b.full) {
		return SN_ESPACE;
	}
	*plan = (struct sn_avro_plan){.schema = schema, .values = values};
	plan->title = keep_strings(&b, schema->module, schema->table);
	add_labels(&b, plan);
	plan->nnumbers = add_values(&b, values, schema, true);
	plan->ntexts = add_values(&b, values + plan->nnumbers, schema, false);
	return b.full ? SN_ESPACE : SN_OK;
}

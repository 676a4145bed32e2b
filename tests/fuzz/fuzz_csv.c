/*
 * Fuzz target: comma-separated values as groups of targets. The first octet is the delimiter. Every
 * group has one target and labels in the text's order, their places lie in the text and never go
 * back.
 */
#include "support/fuzz.h"
#include "targets/csv.h"

#include <string.h>

/* What is known of the text. */
struct seen {
	struct sn_place last; /* of the target before */
	uint32_t lines;	      /* of the text */
	unsigned groups;      /* taken */
};

static void check_place(const struct seen *seen, const struct sn_place *at)
{
	fuzz_expect(at->line >= 1 && at->line <= seen->lines && at->column >= 1);
}

static void check_text(const struct sn_node *node)
{
	fuzz_expect(node->kind == SN_NODE_SCALAR && strlen(node->text) == node->n);
}

static int take(void *ctx, const struct sn_node *group)
{
	const struct sn_node *targets = sn_node_find(group, "targets");
	const struct sn_node *labels = sn_node_find(group, "labels");
	struct seen *seen = ctx;
	uint32_t n = 0;

	fuzz_expect(targets && targets->kind == SN_NODE_LIST && targets->n == 1);
	fuzz_expect(labels && labels->kind == SN_NODE_MAP);
	check_text(targets->first);
	check_place(seen, &targets->first->at);
	fuzz_expect(targets->first->at.line > seen->last.line);
	for (const struct sn_node *k = labels->first; k; k = k->next->next) {
		check_text(k);
		check_text(k->next);
		check_place(seen, &k->next->at);
		fuzz_expect(k->n > 0 && k->next->n > 0);
		n++;
	}
	fuzz_expect(n == labels->n && n < SN_CSV_COLUMNS_MAX);
	seen->last = targets->first->at;
	seen->groups++;
	return SN_OK;
}

static void check_line(void *ctx, const char *line)
{
	(void)ctx;
	fuzz_expect(line[0] && !strchr(line, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sn_diag diag = {.report = check_line};
	struct seen seen = {.lines = 1};
	const struct sn_node_items items = {take, &seen};
	struct sn_arena_pool pool;
	struct sn_arena arena;
	int rc;

	if (size == 0 || strchr("\"\r\n", data[0])) {
		return 0;
	}
	for (size_t i = 1; i < size; i++) {
		seen.lines += data[i] == '\n';
	}
	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	rc = sn_csv_parse_items(&arena, "csv", sn_span_make(data + 1, size - 1), (char)data[0],
				&diag, &items);
	fuzz_expect(rc == (diag.errors ? SN_ECONFIG : SN_OK));
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
	return 0;
}

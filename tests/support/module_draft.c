/*
 * The draft of module_draft.h.
 */
#include "support/module_draft.h"

#include "codec/oid.h"
#include "support/suite.h"

struct module_draft draft;

struct sn_span draft_oid(const char *text)
{
	int n = sn_oid_from_text(text, draft.octets + draft.used, DRAFT_OCTETS - draft.used);
	struct sn_span s;

	suite_expect(n > 0);
	s = sn_span_make(draft.octets + draft.used, (size_t)n);
	draft.used += (size_t)n;
	return s;
}

void draft_begin(void)
{
	memset(&draft, 0, sizeof(draft));
	draft.m = (struct sn_module){.name = "m",
				     .walks = draft.walk,
				     .gets = draft.get,
				     .metrics = draft.metric,
				     .max_repetitions = 25,
				     .retries = -1};
	sn_arena_pool_init(&draft.pool, 1024);
	sn_arena_init(&draft.arena, &draft.pool);
}

void draft_end(void)
{
	sn_arena_reset(&draft.arena);
	sn_arena_pool_fini(&draft.pool);
}

void draft_walk(const char *text)
{
	suite_expect(draft.m.nwalks < DRAFT_METRICS);
	draft.walk[draft.m.nwalks++] = draft_oid(text);
}

void draft_get(const char *text)
{
	suite_expect(draft.m.ngets < DRAFT_METRICS);
	draft.get[draft.m.ngets++] = draft_oid(text);
}

struct sn_module_metric *draft_metric(const char *name, const char *text,
				      const struct sn_index *index)
{
	struct sn_module_metric *mm = &draft.metric[draft.m.nmetrics];

	suite_expect(draft.m.nmetrics < DRAFT_METRICS);
	draft.m.nmetrics++;
	*mm = (struct sn_module_metric){.name = name,
					.help = "",
					.oid = draft_oid(text),
					.type.kind = SN_KIND_GAUGE,
					.indexes = index,
					.nindexes = index ? 1 : 0};
	return mm;
}

struct sn_module_lookup draft_lookup(const char *label, const char *const *inputs, uint32_t ninputs,
				     const char *text)
{
	return (struct sn_module_lookup){.label = label,
					 .inputs = inputs,
					 .ninputs = ninputs,
					 .oid = draft_oid(text),
					 .type = {.kind = SN_KIND_TEXT}};
}

int draft_build(void)
{
	return sn_plan_build(&draft.m, NULL, &draft.arena, &draft.plan, draft.why);
}

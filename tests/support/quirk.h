/*
 * What the tests of weak, odd and broken agents share: a table to poll, its cells, and a rig whose
 * only agent has quirks. They run with rig_main, and i is its _i: 0 for v2c, 1 for v1, 2 for v3.
 */
#ifndef TEST_SUPPORT_QUIRK_H
#define TEST_SUPPORT_QUIRK_H

#include "support/rig.h"

enum { QUIRK_ROWS = 48, QUIRK_COLUMNS = 10, QUIRK_SCALARS = 4 };

/* Once, all scalars and columns. */
static inline struct rig_config quirk_table(int i)
{
	struct rig_config cfg = {.once = true,
				 .rows = QUIRK_ROWS,
				 .objects = AGENT_SCALARS | AGENT_COLUMNS,
				 .v1 = i == 1,
				 .v3 = i == 2};

	return cfg;
}

/* Cells of a complete round: v1 has no Counter64. */
static inline uint32_t quirk_cells(int i)
{
	return QUIRK_ROWS * (QUIRK_COLUMNS - (i == 1 ? 2u : 0u)) + QUIRK_SCALARS;
}

/* rig_open, then the agent gets the quirks; NULL: it is sound. */
static inline void quirk_open(struct rig *r, const struct rig_config *cfg,
			      const struct agent *quirks)
{
	struct agent *a;

	rig_open(r, cfg);
	a = &r->agents.agent[0];
	if (quirks) {
		struct agent sound = *a;

		*a = *quirks;
		a->id = sound.id;
		a->rows = quirks->rows ? quirks->rows : sound.rows;
		a->boot_age = sound.boot_age;
		a->secure = sound.secure;
	}
}

/* The one round there was ended so. */
static inline void quirk_ended(const struct rig *r, enum sn_round_status status, const char *reason)
{
	ck_assert_str_eq(r->target[0].reason, reason);
	ck_assert_uint_eq(r->target[0].last.status, status);
	ck_assert_uint_eq(r->rounds, 1);
}

#endif

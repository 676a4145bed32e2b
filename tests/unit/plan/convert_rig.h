/*
 * What the tests of converting share: an arena, and results as text.
 */
#ifndef TEST_UNIT_COLLECT_CONVERT_RIG_H
#define TEST_UNIT_COLLECT_CONVERT_RIG_H

#include "plan/convert.h"

#include "support/bytes.h"
#include "support/suite.h"

#include <inttypes.h>

static struct sn_arena_pool rig_pool;
static struct sn_arena rig_arena;

/* Once, in main. */
static inline void rig_init(void)
{
	sn_arena_pool_init(&rig_pool, 4096);
	sn_arena_init(&rig_arena, &rig_pool);
}

/* At the end of main: the tests' processes have copies of their own. */
static inline int rig_fini(int rc)
{
	sn_arena_reset(&rig_arena);
	sn_arena_pool_fini(&rig_pool);
	return rc;
}

/* The result of a conversion, "dropped" where there is none; valid until the next call. */
static inline const char *rig_convert(struct sn_convert_spec spec, const struct sn_value *v,
				      int64_t type)
{
	static char text[8192];
	struct sn_value out;
	int rc = sn_convert(&spec, v, type, &rig_arena, &out);

	if (rc == SN_ENOENT) {
		return "dropped";
	}
	suite_expect(rc == SN_OK);
	if (out.tag == SN_TAG_INTEGER) {
		snprintf(text, sizeof(text), "%" PRId64, out.i);
		return text;
	}
	suite_expect(out.tag == SN_TAG_OCTETS && out.bytes.n < sizeof(text));
	snprintf(text, sizeof(text), "%.*s", (int)out.bytes.n,
		 out.bytes.p ? (const char *)out.bytes.p : "");
	return text;
}

/* The same of octets in hex. */
static inline const char *rig_octets(struct sn_convert_spec spec, const char *hex, int64_t type)
{
	struct sn_value v = {.tag = SN_TAG_OCTETS, .bytes = bytes_hex(hex)};

	return rig_convert(spec, &v, type);
}

#endif

/*
 * What the tests of regular expressions share: one from a pattern, and what it matches as text.
 */
#ifndef TEST_SUPPORT_REGEX_TEXT_H
#define TEST_SUPPORT_REGEX_TEXT_H

#include "base/regex.h"

#include "support/suite.h"

/* Fails the test unless it compiles. The caller frees it. */
static inline struct sn_regex *regex_compile(const char *pattern, unsigned flags)
{
	char why[SN_REGEX_WHY_MAX];
	struct sn_regex *re;
	int rc = sn_regex_compile(pattern, flags, &re, why, sizeof(why));

	ck_assert_msg(rc == SN_OK, "%s: %s", pattern, why);
	return re;
}

/*
 * What the groups of a match are, "<whole><1>..." with "-" for those that took no part, or "none";
 * valid until the next call.
 */
static inline const char *regex_text(const struct sn_regex *re, struct sn_span text)
{
	static char out[4096];
	struct sn_span groups[SN_REGEX_GROUPS_MAX];
	uint32_t n = sn_regex_groups(re);
	size_t len = 0;
	int rc = sn_regex_match(re, text, groups, n);

	if (rc) {
		suite_expect(rc == SN_ENOENT);
		return "none";
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!groups[i].p) {
			len += (size_t)snprintf(out + len, sizeof(out) - len, "-");
			continue;
		}
		len += (size_t)snprintf(out + len, sizeof(out) - len, "<%.*s>", (int)groups[i].n,
					(const char *)groups[i].p);
	}
	suite_expect(len < sizeof(out));
	return out;
}

#endif

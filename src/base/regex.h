/*
 * Regular expressions of the syntax that snmp_exporter's users write, RE2's as Go has it. The
 * pattern is read by us (regex_syntax.c), which refuses what RE2 refuses, and PCRE2 matches.
 * config compiles, collect matches on workers' threads; a compiled expression is immutable.
 *
 * Match data (offsets, backtracking frames) is kept once for each thread that ever matches, grows
 * to what its largest expression needs and goes with the thread: a match allocates nothing once its
 * thread has done a few.
 */
#ifndef SN_BASE_REGEX_H
#define SN_BASE_REGEX_H

#include "base/err.h"
#include "base/span.h"

struct sn_regex;

enum {
	SN_REGEX_ANCHORED = 1, /* the whole text must match, as of ^(?:...)$ */

	SN_REGEX_GROUPS_MAX = 256, /* groups of an expression, the whole match included */
	SN_REGEX_WHY_MAX = 200	   /* octets of a message that are always enough */
};

/*
 * Compiles a pattern. flags: SN_REGEX_*. SN_EINVAL: it is no RE2 pattern, or too large; why (n
 * octets) then says so in one line. SN_ENOMEM. On success the caller owns *re.
 */
SN_MUST_USE int sn_regex_compile(const char *pattern, unsigned flags, struct sn_regex **re,
				 char *why, size_t n);

/* NULL is allowed. Nobody may be matching. */
void sn_regex_free(struct sn_regex *re);

/* Groups of an expression, the whole match (group 0) included. */
uint32_t sn_regex_groups(const struct sn_regex *re);

/* Number of the first group of this name behind group number `after` (0 at first: several may have
 * one name), SN_ENOENT: there is none. */
SN_MUST_USE int sn_regex_group(const struct sn_regex *re, struct sn_span name, uint32_t after);

/*
 * Looks for the leftmost match, of several there the first in the order of the pattern. groups: n
 * spans, may be NULL with n 0; those of groups that took no part have p NULL. SN_OK; SN_ENOENT: no
 * match, or the effort (100,000 steps and 100 for each octet, 4 MiB) did not suffice; SN_ENOMEM.
 *
 * One thing is PCRE2's way: where the last turn of a repetition is empty, as of (a*)*, its group is
 * that turn's; Go keeps the turn before.
 *
 * Octets that are not UTF-8 are matched as sn_utf8_mend writes them. The groups then lie in memory
 * of this thread, until its next match. Any thread.
 */
SN_MUST_USE int sn_regex_match(const struct sn_regex *re, struct sn_span text,
			       struct sn_span *groups, uint32_t n);

#endif

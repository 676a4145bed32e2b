/*
 * Between the files of the regular expressions: RE2's syntax in, PCRE2's out. regex_syntax.c reads
 * it, regex_group.c the parentheses, regex_class.c sets of characters, regex_escape.c single ones;
 * regex.c compiles and matches. One thread at a time.
 */
#ifndef SN_BASE_REGEX_INT_H
#define SN_BASE_REGEX_INT_H

#include "base/err.h"
#include "base/regex.h"

enum {
	SN_REGEX_FOLD = 1,	  /* (?i) */
	SN_REGEX_DOT_ALL = 2,	  /* (?s) */
	SN_REGEX_LINES = 4,	  /* (?m) */
	SN_REGEX_UNGREEDY = 8,	  /* (?U) */
	SN_REGEX_DEPTH_MAX = 500, /* parentheses in each other; PCRE2 takes about 700 */

	SN_REGEX_RUNE_MAX = 0x10ffff
};

/* Text that grows on the heap. */
struct sn_regex_text {
	char *p;     /* n octets */
	size_t n;    /* written */
	size_t room; /* allocated */
	bool nomem;  /* something could not be written */
};

/* An open parenthesis. */
struct sn_regex_frame {
	size_t at;	  /* where it is in what was written */
	unsigned flags;	  /* in force before it */
	unsigned written; /* the same, of those that were written */
	uint32_t weight;  /* of what stands before it in the group around */
};

/* A pattern being read. */
struct sn_regex_parser {
	const char *at;		  /* next octet */
	const char *end;	  /* behind the last */
	const char *script;	  /* what PCRE2 wants in front of the name of a script */
	struct sn_regex_text out; /* the same for PCRE2 */
	char *why;		  /* why_n octets for a message */
	size_t why_n;		  /* room at why */
	size_t atom;		  /* where the last thing that may be repeated is, SIZE_MAX: none */
	unsigned flags;		  /* SN_REGEX_FOLD... in force */
	unsigned written;	  /* those in force in what was written */
	uint32_t weight;	  /* most copies that repetitions make of anything in this group */
	uint32_t atom_weight;	  /* the same of the last thing */
	uint32_t depth;		  /* open parentheses */
	uint32_t ngroups;	  /* groups so far, the whole match included */
	bool repeated;		  /* a repetition came just before */
	bool atom_repeated;	  /* the last thing ends with a repetition */
	struct sn_span name[SN_REGEX_GROUPS_MAX]; /* of each group, in the pattern; n 0: none */
	struct sn_regex_frame frame[SN_REGEX_DEPTH_MAX]; /* depth of them */
};

/*
 * Reads the pattern from p->at to p->end, all else zero but script, why and why_n. SN_EINVAL with a
 * message, SN_ENOMEM. The caller frees p->out.p in all cases.
 */
SN_MUST_USE int sn_regex_translate(struct sn_regex_parser *p);

/* Writes a message about the pattern's octets from `from` to p->at; returns SN_EINVAL. */
int sn_regex_error(struct sn_regex_parser *p, const char *what, const char *from);

/* Appends to text. */
void sn_regex_put(struct sn_regex_text *text, const char *s);

/* Appends one character that stands for itself, inside of a set or outside. */
void sn_regex_put_rune(struct sn_regex_text *text, uint32_t c);

/* The character at p->at, which is moved behind it; p->at < p->end. */
uint32_t sn_regex_take_rune(struct sn_regex_parser *p);

/* A digit of this base (8, 10 or 16) at p->at, which moves; -1: there is none. */
int sn_regex_take_digit(struct sn_regex_parser *p, int base);

/* One character from its escape at p->at. SN_EINVAL with a message. */
SN_MUST_USE int sn_regex_take_escape(struct sn_regex_parser *p, uint32_t *c);

/* A parenthesis that opens a group or sets flags, at p->at. SN_EINVAL with a message. */
SN_MUST_USE int sn_regex_take_paren(struct sn_regex_parser *p);

/* The one that closes a group. SN_EINVAL with a message. */
SN_MUST_USE int sn_regex_close_group(struct sn_regex_parser *p);

/* A set in brackets at p->at. SN_EINVAL with a message. */
SN_MUST_USE int sn_regex_take_class(struct sn_regex_parser *p);

/*
 * A set as an escape, such as \d or \p{Greek}, outside of brackets. 1: there was one; 0: there is
 * none at p->at; SN_EINVAL with a message.
 */
SN_MUST_USE int sn_regex_take_set(struct sn_regex_parser *p);

#endif

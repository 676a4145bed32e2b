/*
 * Compiling and matching with PCRE2, see regex.h. No just-in-time compiler: it has other limits,
 * and some systems forbid it.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/regex.h"

#include "base/regex_int.h"
#include "base/utf8.h"

#include <pcre2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	STEPS = 100000,	  /* of matching any text: RE2 would never need them */
	STEPS_EACH = 100, /* and for each octet */
	HEAP_KIB = 4096	  /* of frames to go back to */
};

struct sn_regex {
	pcre2_code *code; /* what PCRE2 made of it */
	char *pattern;	  /* as given, anchors added; holds the names */
	uint32_t ngroups; /* the whole match included */
	uint32_t nnames;  /* groups with a name */
	struct sn_regex_name {
		struct sn_span name; /* in the pattern */
		uint32_t group;	     /* number of the group */
	} names[];		     /* nnames of them */
};

/* What a thread needs to match. */
struct scratch {
	pcre2_match_data *data;	      /* offsets and frames; holds `ngroups` groups */
	pcre2_match_context *context; /* limits */
	uint8_t *mended;	      /* the text, where it was not UTF-8; room octets */
	size_t room;		      /* allocated at mended */
	uint32_t ngroups;	      /* groups that fit */
};

static _Thread_local struct scratch *mine;
static pthread_key_t key; /* of `mine`, so that it goes with its thread */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_key; /* written once */

static void scratch_free(void *p)
{
	struct scratch *s = p;

	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->context);
	free(s->mended);
	free(s);
	mine = NULL;
}

static void make_key(void)
{
	have_key = pthread_key_create(&key, scratch_free) == 0;
}

/* The thread's own, with room for so many groups; NULL: out of memory. */
static struct scratch *scratch_get(uint32_t ngroups)
{
	pcre2_match_data *data;

	if (!mine) {
		struct scratch *s = calloc(1, sizeof(*s));

		pthread_once(&once, make_key);
		if (!s || !have_key) {
			free(s);
			return NULL;
		}
		s->context = pcre2_match_context_create(NULL);
		if (!s->context || pthread_setspecific(key, s)) {
			scratch_free(s);
			return NULL;
		}
		pcre2_set_heap_limit(s->context, HEAP_KIB);
		mine = s;
	}
	if (ngroups > mine->ngroups) {
		data = pcre2_match_data_create(ngroups, NULL);
		if (!data) {
			return NULL;
		}
		pcre2_match_data_free(mine->data);
		mine->data = data;
		mine->ngroups = ngroups;
	}
	return mine;
}

/* A copy of the pattern, as snmp_exporter anchors it; NULL: out of memory. */
static char *copy_pattern(const char *pattern, unsigned flags)
{
	bool anchored = flags & SN_REGEX_ANCHORED;
	size_t n = strlen(pattern) + 8;
	char *copy = malloc(n);

	if (copy) {
		snprintf(copy, n, "%s%s%s", anchored ? "^(?:" : "", pattern, anchored ? ")$" : "");
	}
	return copy;
}

/* The pattern in PCRE2's syntax to its code. SN_EINVAL with a message, SN_ENOMEM. */
static int compile(const struct sn_regex_text *text, pcre2_code **code, char *why, size_t n)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	char said[160] = "";
	PCRE2_SIZE at;
	int err;

	*code = NULL;
	if (!context) {
		return SN_ENOMEM;
	}
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(context, 2 * SN_REGEX_DEPTH_MAX);
	pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALLOW_SURROGATE_ESCAPES);
	*code = pcre2_compile((PCRE2_SPTR)(text->n ? text->p : ""), text->n,
			      PCRE2_UTF | PCRE2_ALT_CIRCUMFLEX | PCRE2_DOLLAR_ENDONLY |
				      PCRE2_NEVER_BACKSLASH_C,
			      &err, &at, context);
	pcre2_compile_context_free(context);
	if (*code) {
		return SN_OK;
	}
	if (err == PCRE2_ERROR_HEAP_FAILED) {
		return SN_ENOMEM;
	}
	pcre2_get_error_message(err, (PCRE2_UCHAR *)said, sizeof(said));
	snprintf(why, n, "%s", said);
	return SN_EINVAL;
}

/* The result, with the names that the parser met. */
static struct sn_regex *make(const struct sn_regex_parser *p, char *pattern, pcre2_code *code)
{
	struct sn_regex *re;
	uint32_t nnames = 0;

	for (uint32_t i = 1; i < p->ngroups; i++) {
		nnames += p->name[i].n > 0;
	}
	re = calloc(1, sizeof(*re) + nnames * sizeof(re->names[0]));
	if (!re) {
		return NULL;
	}
	re->code = code;
	re->pattern = pattern;
	re->ngroups = p->ngroups;
	for (uint32_t i = 1; i < p->ngroups; i++) {
		if (p->name[i].n) {
			re->names[re->nnames++] =
				(struct sn_regex_name){.name = p->name[i], .group = i};
		}
	}
	return re;
}

int sn_regex_compile(const char *pattern, unsigned flags, struct sn_regex **re, char *why, size_t n)
{
	struct sn_regex_parser *p = calloc(1, sizeof(*p));
	char *copy = copy_pattern(pattern, flags);
	pcre2_code *code = NULL;
	int rc = SN_ENOMEM;

	*re = NULL;
	if (n) {
		why[0] = '\0';
	}
	if (p && copy) {
		p->at = copy;
		p->end = copy + strlen(copy);
		p->script = PCRE2_MAJOR > 10 || PCRE2_MINOR >= 40 ? "sc:" : "";
		p->why = why;
		p->why_n = n;
		rc = sn_regex_translate(p);
	}
	if (!rc) {
		rc = compile(&p->out, &code, why, n);
	}
	if (!rc) {
		*re = make(p, copy, code);
		rc = *re ? SN_OK : SN_ENOMEM;
	}
	if (rc) {
		pcre2_code_free(code);
		free(copy);
	}
	if (p) {
		free(p->out.p);
	}
	free(p);
	return rc;
}

void sn_regex_free(struct sn_regex *re)
{
	if (re) {
		pcre2_code_free(re->code);
		free(re->pattern);
		free(re);
	}
}

uint32_t sn_regex_groups(const struct sn_regex *re)
{
	return re->ngroups;
}

int sn_regex_group(const struct sn_regex *re, struct sn_span name, uint32_t after)
{
	for (uint32_t i = 0; i < re->nnames; i++) {
		if (re->names[i].group > after && sn_span_eq(re->names[i].name, name)) {
			return (int)re->names[i].group;
		}
	}
	return SN_ENOENT;
}

static int run(const struct sn_regex *re, struct scratch *s, struct sn_span text)
{
	uint64_t steps = STEPS + (uint64_t)STEPS_EACH * text.n;

	pcre2_set_match_limit(s->context, steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX);
	return pcre2_match(re->code, text.p ? text.p : (PCRE2_SPTR) "", text.n, 0, 0, s->data,
			   s->context);
}

static bool is_not_utf8(int rc)
{
	return rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21;
}

/* The text in UTF-8, in the thread's memory. */
static int mend(struct scratch *s, struct sn_span *text)
{
	if (s->room < 3 * text->n) {
		uint8_t *p = realloc(s->mended, 3 * text->n);

		if (!p) {
			return SN_ENOMEM;
		}
		s->mended = p;
		s->room = 3 * text->n;
	}
	*text = sn_span_make(s->mended, sn_utf8_mend(s->mended, *text));
	return SN_OK;
}

int sn_regex_match(const struct sn_regex *re, struct sn_span text, struct sn_span *groups,
		   uint32_t n)
{
	struct scratch *s = scratch_get(re->ngroups);
	const PCRE2_SIZE *at;
	int rc;

	if (!s) {
		return SN_ENOMEM;
	}
	rc = run(re, s, text);
	if (is_not_utf8(rc)) {
		if (mend(s, &text)) {
			return SN_ENOMEM;
		}
		rc = run(re, s, text);
	}
	if (rc < 0) {
		return rc == PCRE2_ERROR_NOMEMORY ? SN_ENOMEM : SN_ENOENT;
	}
	at = pcre2_get_ovector_pointer(s->data);
	for (size_t i = 0; i < n; i++) {
		bool took_part = i < (size_t)rc && at[2 * i] != PCRE2_UNSET;

		groups[i] = sn_span_make(NULL, 0);
		if (took_part) {
			const uint8_t *p = text.p ? text.p : (const uint8_t *)"";

			groups[i] = sn_span_make(p + at[2 * i], at[2 * i + 1] - at[2 * i]);
		}
	}
	return SN_OK;
}

/*
 * Sets of characters in RE2's syntax: [a-z], \d, [[:alpha:]], \p{Greek}. They are written out as
 * ranges, since PCRE2's own differ in details (\s and the vertical tab, what (?i) adds to \W).
 * Called by regex_syntax.c.
 */
#include "base/regex_int.h"

#include "base/utf8.h"

#include <stdio.h>

/* A set of ASCII characters. */
struct set {
	char name[8];	  /* without the rest of its syntax */
	uint8_t n;	  /* octets of range that count */
	uint8_t range[8]; /* first and last characters, in order */
};

static const struct set perl_sets[] = {
	{"d", 2, {'0', '9'}},
	{"s", 6, {'\t', '\n', '\f', '\r', ' ', ' '}},
	{"w", 8, {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}},
};

static const struct set posix_sets[] = {
	{"alnum", 6, {'0', '9', 'A', 'Z', 'a', 'z'}},
	{"alpha", 4, {'A', 'Z', 'a', 'z'}},
	{"ascii", 2, {0, 0x7f}},
	{"blank", 4, {'\t', '\t', ' ', ' '}},
	{"cntrl", 4, {0, 0x1f, 0x7f, 0x7f}},
	{"digit", 2, {'0', '9'}},
	{"graph", 2, {'!', '~'}},
	{"lower", 2, {'a', 'z'}},
	{"print", 2, {' ', '~'}},
	{"punct", 8, {'!', '/', ':', '@', '[', '`', '{', '~'}},
	{"space", 4, {'\t', '\r', ' ', ' '}},
	{"upper", 2, {'A', 'Z'}},
	{"word", 8, {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}},
	{"xdigit", 6, {'0', '9', 'A', 'F', 'a', 'f'}},
};

/* Unicode's general categories, and their long names with nothing between the words. */
static const char categories[] = " C Cc Cf Cn Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd "
				 "Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs ";

static const struct {
	char shortly[3];       /* what PCRE2 knows */
	const char *at_length; /* first letter large, all others small */
} category_names[] = {
	{"L&", "Lc"},
	{"L&", "Casedletter"},
	{"Pe", "Closepunctuation"},
	{"Pc", "Connectorpunctuation"},
	{"Cc", "Control"},
	{"Sc", "Currencysymbol"},
	{"Pd", "Dashpunctuation"},
	{"Nd", "Decimalnumber"},
	{"Me", "Enclosingmark"},
	{"Pf", "Finalpunctuation"},
	{"Cf", "Format"},
	{"Pi", "Initialpunctuation"},
	{"L", "Letter"},
	{"Nl", "Letternumber"},
	{"Zl", "Lineseparator"},
	{"Ll", "Lowercaseletter"},
	{"M", "Mark"},
	{"Sm", "Mathsymbol"},
	{"Lm", "Modifierletter"},
	{"Sk", "Modifiersymbol"},
	{"Mn", "Nonspacingmark"},
	{"N", "Number"},
	{"Ps", "Openpunctuation"},
	{"C", "Other"},
	{"Lo", "Otherletter"},
	{"No", "Othernumber"},
	{"Po", "Otherpunctuation"},
	{"So", "Othersymbol"},
	{"Zp", "Paragraphseparator"},
	{"Co", "Privateuse"},
	{"P", "Punctuation"},
	{"Z", "Separator"},
	{"Zs", "Spaceseparator"},
	{"Mc", "Spacingmark"},
	{"Cs", "Surrogate"},
	{"S", "Symbol"},
	{"Lt", "Titlecaseletter"},
	{"Cn", "Unassigned"},
	{"Lu", "Uppercaseletter"},
	{"Cc", "Cntrl"},
	{"Nd", "Digit"},
	{"P", "Punct"},
};

static void put_range(struct sn_regex_text *text, uint32_t first, uint32_t last)
{
	sn_regex_put_rune(text, first);
	if (last > first) {
		sn_regex_put(text, "-");
		sn_regex_put_rune(text, last);
	}
}

static bool has(const struct set *set, uint32_t c)
{
	for (unsigned i = 0; i < set->n; i += 2) {
		if (c >= set->range[i] && c <= set->range[i + 1]) {
			return true;
		}
	}
	return false;
}

/* The same, of the set and, with fold, of the other cases of its letters. Two characters outside of
 * ASCII are such. */
static bool has_folded(const struct set *set, uint32_t c, bool fold)
{
	if (c == 0x17f || c == 0x212a) {
		uint32_t same = c == 0x17f ? 's' : 'k';

		return fold && (has(set, same) || has(set, same - 0x20));
	}
	if (fold && ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) {
		return has(set, c) || has(set, c ^ 0x20);
	}
	return has(set, c);
}

/* The first character behind c that may be in a set when c is not, or the reverse. */
static uint32_t next_edge(uint32_t c)
{
	static const uint32_t edges[] = {0x17f, 0x180, 0x212a, 0x212b, SN_REGEX_RUNE_MAX + 1};
	unsigned i = 0;

	if (c < 0x80) {
		return c + 1;
	}
	while (edges[i] <= c) {
		i++;
	}
	return edges[i];
}

/* The inside of a set's brackets, of one of its members' or all others. */
static void put_set(struct sn_regex_text *text, const struct set *set, bool others, bool fold)
{
	uint32_t first = 0; /* of those to write */
	bool open = false;

	for (unsigned i = 0; i < set->n && !others; i += 2) {
		put_range(text, set->range[i], set->range[i + 1]);
	}
	for (uint32_t c = 0; c <= SN_REGEX_RUNE_MAX && others; c = next_edge(c)) {
		bool in = has_folded(set, c, fold);

		if (in && open) {
			put_range(text, first, c - 1);
		} else if (!in && !open) {
			first = c;
		}
		open = !in;
	}
	if (open) {
		put_range(text, first, SN_REGEX_RUNE_MAX);
	}
}

/* The same with brackets unless it is in some already. */
static void put_whole_set(struct sn_regex_parser *p, const struct set *set, bool others,
			  bool bracketed)
{
	if (bracketed) {
		put_set(&p->out, set, others, p->flags & SN_REGEX_FOLD);
		return;
	}
	sn_regex_put(&p->out, others ? "[^" : "[");
	put_set(&p->out, set, false, false);
	sn_regex_put(&p->out, "]");
}

static const struct set *find_set(const struct set *sets, size_t nsets, const char *name, size_t n)
{
	for (size_t i = 0; i < nsets; i++) {
		if (strlen(sets[i].name) == n && memcmp(sets[i].name, name, n) == 0) {
			return &sets[i];
		}
	}
	return NULL;
}

#define FIND_SET(sets, name, n) find_set((sets), sizeof(sets) / sizeof((sets)[0]), (name), (n))

/* A name of Unicode's as the tables here have it. False: it has other characters or is too long. */
static bool plain_name(const char *name, size_t n, char out[32])
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		bool large = name[i] >= 'A' && name[i] <= 'Z';
		bool small = name[i] >= 'a' && name[i] <= 'z';

		if (name[i] == '_' || name[i] == '-' || name[i] == ' ') {
			continue;
		}
		if (len == 31 || !(large || small || (name[i] >= '0' && name[i] <= '9'))) {
			return false;
		}
		out[len] = name[i];
		if (len == 0 ? small : large) {
			out[len] = (char)(name[i] ^ 0x20);
		}
		len++;
	}
	out[len] = '\0';
	return len > 0;
}

/* What PCRE2 calls the category of this name, NULL: there is none. */
static const char *category_of(const char *name)
{
	char padded[34];

	for (size_t i = 0; i < sizeof(category_names) / sizeof(category_names[0]); i++) {
		if (strcmp(category_names[i].at_length, name) == 0) {
			return category_names[i].shortly;
		}
	}
	snprintf(padded, sizeof(padded), " %s ", name);
	return strstr(categories, padded) || strcmp(name, "Any") == 0 ? name : NULL;
}

/* A set of Unicode's; name: between the braces, n octets. */
static int put_unicode(struct sn_regex_parser *p, const char *from, const char *name, size_t n,
		       bool others, bool bracketed)
{
	const char *category;
	char plain[32];

	if (!plain_name(name, n, plain)) {
		return sn_regex_error(p, "invalid character class range", from);
	}
	if (strcmp(plain, "Ascii") == 0) {
		put_whole_set(p, FIND_SET(posix_sets, "ascii", 5), others, bracketed);
		return SN_OK;
	}
	if (strcmp(plain, "Assigned") == 0) {
		strcpy(plain, "Cn");
		others = !others;
	}
	category = category_of(plain);
	if (category && p->flags & SN_REGEX_FOLD && strlen(plain) == 2 && strstr("LuLlLt", plain)) {
		category = "L&"; /* older PCRE2 does not fold these */
	}
	sn_regex_put(&p->out, others ? "\\P{" : "\\p{");
	if (category) {
		sn_regex_put(&p->out, category);
	} else {
		char script[64];

		snprintf(script, sizeof(script), "%s%.*s", p->script, (int)(n < 40 ? n : 40), name);
		sn_regex_put(&p->out, script);
	}
	sn_regex_put(&p->out, "}");
	return SN_OK;
}

/* \pN, \p{Greek}, \P{..}, \p{^..} at p->at. */
static int take_unicode(struct sn_regex_parser *p, bool bracketed)
{
	const char *from = p->at;
	bool others = from[1] == 'P';
	const char *name;
	const char *end;

	p->at += 2;
	if (p->at == p->end) {
		return sn_regex_error(p, "invalid character class range", from);
	}
	name = p->at;
	if (*name == '{') {
		name++;
		end = memchr(name, '}', (size_t)(p->end - name));
		if (!end) {
			p->at = p->end;
			return sn_regex_error(p, "invalid character class range", from);
		}
		p->at = end + 1;
	} else {
		(void)sn_regex_take_rune(p);
		end = p->at;
	}
	if (name < end && *name == '^') {
		others = !others;
		name++;
	}
	return put_unicode(p, from, name, (size_t)(end - name), others, bracketed);
}

/* A set as an escape at p->at, see sn_regex_take_set. */
static int take_set(struct sn_regex_parser *p, bool bracketed)
{
	const struct set *set;
	char name;

	if (p->end - p->at < 2 || p->at[0] != '\\') {
		return 0;
	}
	if (p->at[1] == 'p' || p->at[1] == 'P') {
		int rc = take_unicode(p, bracketed);

		return rc ? rc : 1;
	}
	name = (char)(p->at[1] | 0x20);
	set = FIND_SET(perl_sets, &name, 1);
	if (!set || (p->at[1] & 0x40) == 0) {
		return 0;
	}
	put_whole_set(p, set, p->at[1] != name, bracketed);
	p->at += 2;
	return 1;
}

int sn_regex_take_set(struct sn_regex_parser *p)
{
	return take_set(p, false);
}

/* [:alpha:] or [:^alpha:] at p->at, within brackets. 1: there was one; 0: it is something else. */
static int take_posix(struct sn_regex_parser *p)
{
	const char *from = p->at;
	const char *name = from + 2;
	const struct set *set;
	const char *end = NULL;
	bool others;

	if (p->end - from > 2 && from[0] == '[' && from[1] == ':') {
		end = strstr(name, ":]"); /* the pattern ends with NUL */
	}
	if (!end) {
		return 0;
	}
	others = *name == '^';
	name += others;
	set = FIND_SET(posix_sets, name, (size_t)(end - name));
	p->at = end + 2;
	if (!set) {
		return sn_regex_error(p, "invalid character class range", from);
	}
	put_set(&p->out, set, others, p->flags & SN_REGEX_FOLD);
	return 1;
}

/* One end of a range; whole: where the brackets begin. */
static int take_end(struct sn_regex_parser *p, const char *whole, uint32_t *c)
{
	if (p->at == p->end) {
		return sn_regex_error(p, "missing closing ]", whole);
	}
	if (*p->at == '\\') {
		return sn_regex_take_escape(p, c);
	}
	*c = sn_regex_take_rune(p);
	return SN_OK;
}

/* A character or a range within brackets. */
static int take_range(struct sn_regex_parser *p, const char *whole)
{
	const char *from = p->at;
	uint32_t first = 0;
	uint32_t last;
	int rc = take_end(p, whole, &first);

	if (rc) {
		return rc;
	}
	last = first;
	/* a hyphen that comes last is one */
	if (p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
		p->at++;
		rc = take_end(p, whole, &last);
		if (rc) {
			return rc;
		}
		if (last < first) {
			return sn_regex_error(p, "invalid character class range", from);
		}
	}
	put_range(&p->out, first, last);
	return SN_OK;
}

int sn_regex_take_class(struct sn_regex_parser *p)
{
	const char *whole = p->at++;
	bool first = true; /* a closing bracket is none there */

	sn_regex_put(&p->out, "[");
	if (p->at < p->end && *p->at == '^') {
		sn_regex_put(&p->out, "^");
		p->at++;
	}
	for (; p->at == p->end || *p->at != ']' || first; first = false) {
		int rc = take_posix(p);

		if (rc == 0) {
			rc = take_set(p, true);
		}
		if (rc == 0) {
			rc = take_range(p, whole);
		}
		if (rc < 0) {
			return rc;
		}
	}
	p->at++;
	sn_regex_put(&p->out, "]");
	return SN_OK;
}

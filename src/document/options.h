/*
 * Options: tables of the keys that a map may have (config/option_table.c and its like), from which
 * the binder, the error texts and docs/CONFIG.md are made (CONVENTIONS 17). A level is the keys of
 * one map; binding a map to a level fills a struct of the caller's. Main thread.
 */
#ifndef SN_DOCUMENT_OPTIONS_H
#define SN_DOCUMENT_OPTIONS_H

#include "base/addr.h"
#include "document/node.h"

#include <stddef.h>

/* What a key holds, and as what it is stored at option.offset. */
enum sn_option_type {
	SN_OPTION_DURATION, /* uint64_t, ns */
	SN_OPTION_USEC,	    /* a duration as unsigned microseconds */
	SN_OPTION_SIZE,	    /* size_t, bytes */
	SN_OPTION_SIZE32,   /* a size as uint32_t */
	SN_OPTION_UINT,	    /* uint32_t; words[0], if there are words, stands for 0 */
	SN_OPTION_INT,	    /* int32_t */
	SN_OPTION_FLOAT,    /* double */
	SN_OPTION_BOOL,	    /* bool */
	SN_OPTION_STRING,   /* const char *, borrowed from the node; min and max in octets */
	SN_OPTION_HEX,	    /* the same, pairs of hexadecimal digits; min and max in octets */
	SN_OPTION_SECRET,   /* the same, never shown; ${NAME} is expanded later by secret.c */
	SN_OPTION_ENUM,	    /* int, index into words */
	SN_OPTION_ADDRESS4, /* struct sn_addr, IPv4, port 0 */
	SN_OPTION_ADDRESS6, /* struct sn_addr, IPv6, port 0 */
	SN_OPTION_SECTION,  /* a map bound to child, into the same struct */
	SN_OPTION_TEXTS,    /* const struct sn_node *: a list of texts */
	SN_OPTION_TEXT_MAP, /* const struct sn_node *: a map of texts */
	SN_OPTION_LIST_OF,  /* const struct sn_node *: a list of child maps */
	SN_OPTION_MAP_OF,   /* const struct sn_node *: a map of child maps by name */
	SN_OPTION_CHOICE,   /* const struct sn_node *: a child map, bound by the caller */
	SN_OPTION_LATER, /* part of the design, refused by this version; fallback names the kind */
	SN_OPTION_TYPE_COUNT
};

struct sn_option_level;

struct sn_option {
	const char *key;		     /* as written before the colon */
	enum sn_option_type type;	     /* what it holds */
	size_t offset;			     /* where it lands in the level's struct */
	const char *fallback;		     /* default, as one would write it; NULL: none */
	const char *const *words;	     /* ENUM, UINT: NULL-terminated */
	uint64_t min;			     /* smallest value: ns, bytes, octets or a number */
	uint64_t max;			     /* largest value; 0: no limit */
	const struct sn_option_level *child; /* keys below */
	const char *help;		     /* one sentence or more, for docs/CONFIG.md */
};

struct sn_option_level {
	const char *title;	      /* as in docs/CONFIG.md: "poll", "auths.<name>" */
	const char *help;	      /* what the map is, for docs/CONFIG.md */
	const struct sn_option *rows; /* keys in the order of the documentation */
	unsigned n;		      /* rows */
};

/* Where in the file the binder is, for messages: frames on the stack, innermost first. */
struct sn_path {
	const struct sn_path *up; /* NULL at the top */
	const char *key;	  /* NULL: an item of a list */
	uint32_t index;		  /* of that item */
};

enum { SN_PATH_TEXT_MAX = 256 }; /* bytes of a written path, NUL included */

/* Writes "modules.if_mib.metrics[3]: " (nothing for NULL); returns out, SN_PATH_TEXT_MAX bytes. */
const char *sn_path_format(char *out, const struct sn_path *path);

/* Reports an error at node, with the path in front. */
void sn_path_error(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node,
		   const char *fmt, ...) SN_PRINTF(4, 5);

/*
 * Fills base with the level's defaults and then from map, which may be null; what has neither keeps
 * what the caller put there. Reports unknown keys and wrong values; false when there were any. What
 * is stored borrows from map.
 */
bool sn_options_bind(struct sn_diag *d, const struct sn_option_level *level,
		     const struct sn_path *path, const struct sn_node *map, void *base);

/* The row of a key, NULL when the level has none. */
const struct sn_option *sn_options_find(const struct sn_option_level *level, const char *key);

/* Checks that node is a list (or null); reports and returns false otherwise. */
bool sn_options_is_list(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node);

/* Checks that node is a map (or null); reports and returns false otherwise. */
bool sn_options_is_map(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node);

/* Checks that node is text; reports and returns false otherwise. */
bool sn_options_is_text(struct sn_diag *d, const struct sn_path *path, const struct sn_node *node);

/*
 * One scalar to its value at dst. SN_OK, or SN_EINVAL with the rest of a sentence that begins with
 * the text in why[SN_OPTION_WHY_MAX].
 */
enum { SN_OPTION_WHY_MAX = 512 };
SN_MUST_USE int sn_options_parse(const struct sn_option *row, const char *text, void *dst,
				 char *why);

/* The word closest to text, if it is close enough to be a misspelling; else NULL. */
const char *sn_options_suggest(const char *text, const char *const *words);

#endif

/*
 * Configuration without its secrets, see shown.h. What is not known to be harmless is masked.
 */
#include "config/shown.h"

#include <string.h>
#include <strings.h>

static const char mask[] = "<secret>";

static void write_value(FILE *out, const struct sn_node *node, const struct sn_option_level *level,
			int depth);

/* Whether a key names something that should not be seen, whatever its type; not a file's name. */
static bool names_secret(const char *key)
{
	static const char *const words[] = {"password",	     "passwd",
					    "passphrase",    "secret",
					    "token",	     "credential",
					    "authorization", "cookie",
					    "api-key",	     "api_key",
					    "apikey",	     "community",
					    "key.pem",	     "oauthbearer.config"};
	size_t n = strlen(key);

	if (n > 5 && strcmp(key + n - 5, "_file") == 0) {
		return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasestr(key, words[i])) {
			return true;
		}
	}
	return false;
}

static void put_character(FILE *out, char c)
{
	if (c == '"' || c == '\\') {
		fputc('\\', out);
		fputc(c, out);
	} else if ((unsigned char)c < 0x20 || c == 0x7f) {
		fprintf(out, "\\x%02x", (unsigned)(unsigned char)c);
	} else {
		fputc(c, out);
	}
}

/* What a reader takes for the same text without quotes. */
static bool is_plain(const char *s)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_./+-";

	return s[0] != '\0' && s[0] != '-' && s[strspn(s, harmless)] == '\0';
}

/* Octets of s before its part that says who asks, and of that part; both 0: there is none. */
static size_t find_user(const char *s, size_t *n)
{
	const char *host = strstr(s, "://");
	const char *at;

	*n = 0;
	if (!host) {
		return 0;
	}
	host += 3;
	at = memrchr(host, '@', strcspn(host, "/?#"));
	if (!at) {
		return 0;
	}
	*n = (size_t)(at - host);
	return (size_t)(host - s);
}

static void write_text(FILE *out, const struct sn_node *node)
{
	const char *s = node->text;
	size_t user_n;
	size_t user = find_user(s, &user_n);
	size_t end = strstr(s, "://") ? strcspn(s, "?") : strlen(s);

	if (node->plain && (is_plain(s) || sn_node_is_null(node))) {
		fprintf(out, "%s\n", node->n ? s : "~");
		return;
	}
	fputc('"', out);
	for (size_t i = 0; i < end; i++) {
		if (user_n && i == user) {
			fputs(mask, out);
			i += user_n;
		}
		put_character(out, s[i]);
	}
	if (s[end]) {
		fprintf(out, "?%s", mask);
	}
	fputs("\"\n", out);
}

static void indent(FILE *out, int depth)
{
	fprintf(out, "%*s", 2 * depth, "");
}

static void write_rest(FILE *out, uint32_t n, int depth)
{
	if (n > SN_SHOWN_ITEMS_MAX) {
		indent(out, depth);
		fprintf(out, "# and %u more\n", (unsigned)n - SN_SHOWN_ITEMS_MAX);
	}
}

/* level: of the maps in it, NULL: whatever. */
/* NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by yaml.c */
static void write_list(FILE *out, const struct sn_node *list, const struct sn_option_level *level,
		       int depth)
{
	unsigned n = 0;

	for (const struct sn_node *c = list->first; c && n < SN_SHOWN_ITEMS_MAX; c = c->next) {
		indent(out, depth);
		fputc('-', out);
		write_value(out, c, level, depth + 1);
		n++;
	}
	write_rest(out, list->n, depth);
}

static void write_key(FILE *out, const char *key, int depth)
{
	indent(out, depth);
	if (is_plain(key)) {
		fputs(key, out);
	} else {
		fputc('"', out);
		for (const char *s = key; *s; s++) {
			put_character(out, *s);
		}
		fputc('"', out);
	}
	fputc(':', out);
}

/* A map whose keys are names; level: of the maps under them, NULL: whatever. */
/* NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by yaml.c */
static void write_names(FILE *out, const struct sn_node *map, const struct sn_option_level *level,
			int depth)
{
	unsigned n = 0;

	for (const struct sn_node *k = map->first; k && n < SN_SHOWN_ITEMS_MAX; k = k->next->next) {
		write_key(out, k->text, depth);
		if (!level && names_secret(k->text)) {
			fprintf(out, " %s\n", mask);
		} else {
			write_value(out, k->next, level, depth + 1);
		}
		n++;
	}
	write_rest(out, map->n, depth);
}

static bool is_masked(const struct sn_option *row)
{
	return !row || row->type == SN_OPTION_SECRET || row->type == SN_OPTION_LATER ||
	       (!row->child && names_secret(row->key));
}

/* The value of a key that the table knows. */
/* NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by yaml.c */
static void write_option(FILE *out, const struct sn_option *row, const struct sn_node *value,
			 int depth)
{
	if (row->type == SN_OPTION_MAP_OF && value->kind == SN_NODE_MAP && value->n) {
		fputc('\n', out);
		write_names(out, value, row->child, depth + 1);
	} else {
		write_value(out, value, row->child, depth + 1);
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by yaml.c */
static void write_map(FILE *out, const struct sn_node *map, const struct sn_option_level *level,
		      int depth)
{
	for (const struct sn_node *k = map->first; k; k = k->next->next) {
		const struct sn_option *row = sn_options_find(level, k->text);

		write_key(out, k->text, depth);
		if (is_masked(row) && !sn_node_is_null(k->next)) {
			fprintf(out, " %s\n", mask);
		} else if (row) {
			write_option(out, row, k->next, depth);
		} else {
			fputs(" ~\n", out);
		}
	}
}

/* Behind a colon or a dash. */
/* NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by yaml.c */
static void write_value(FILE *out, const struct sn_node *node, const struct sn_option_level *level,
			int depth)
{
	if (node->kind == SN_NODE_SCALAR) {
		fputc(' ', out);
		write_text(out, node);
	} else if (node->n == 0) {
		fputs(node->kind == SN_NODE_LIST ? " []\n" : " {}\n", out);
	} else if (node->kind == SN_NODE_LIST) {
		fputc('\n', out);
		write_list(out, node, level, depth);
	} else {
		fputc('\n', out);
		if (level) {
			write_map(out, node, level, depth);
		} else {
			write_names(out, node, NULL, depth);
		}
	}
}

void sn_shown_write(FILE *out, const struct sn_node *root, const struct sn_option_level *level)
{
	if (root->kind == SN_NODE_MAP) {
		write_map(out, root, level, 0);
	}
}

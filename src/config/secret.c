/*
 * Where secrets come from, see secret.h. Main thread.
 */
#include "config/secret.h"

#include "config/load.h"

#include <stdlib.h>

int sn_secret_add(struct sn_arena *arena, struct sn_secret **list, const void *p, size_t n)
{
	struct sn_secret *s = sn_arena_alloc(arena, sizeof(*s));

	if (!s) {
		return SN_ENOMEM;
	}
	s->p = (void *)(uintptr_t)p; /* read-only for all but its end */
	s->n = n;
	s->next = *list;
	*list = s;
	return SN_OK;
}

void sn_secret_wipe(struct sn_secret *list)
{
	for (; list; list = list->next) {
		explicit_bzero(list->p, list->n);
	}
}

/* A copy in an arena, on the list of its secrets. */
static int keep(struct sn_arena *arena, struct sn_secret **list, const void *p, size_t n,
		struct sn_span *out)
{
	char *copy = sn_arena_strndup(arena, p, n);

	if (!copy) {
		return SN_ENOMEM;
	}
	*out = sn_span_make(copy, n);
	if (sn_secret_add(arena, list, copy, n)) {
		explicit_bzero(copy, n);
		return SN_ENOMEM;
	}
	return SN_OK;
}

int sn_secret_keep(struct sn_load *load, struct sn_span bytes, struct sn_span *out)
{
	return keep(&load->snap->arena, &load->snap->secrets, bytes.p, bytes.n, out);
}

static void warn_readable(struct sn_load *load, struct sn_source_file *f)
{
	struct sn_place at = {f->name, 0, 0};

	if (f->readable && !f->warned) {
		f->warned = true;
		sn_diag_warn(&load->diag, &at,
			     "holds a secret and others may read it (expected mode 0600)");
	}
}

void sn_secret_check_value(struct sn_load *load, const struct sn_node *node)
{
	struct sn_source_file *f = load->files.read;

	if (!node || node->kind != SN_NODE_SCALAR) {
		return;
	}
	if (sn_secret_add(&load->scratch, &load->scratch_secrets, node->text, node->n)) {
		sn_diag_nomem(&load->diag);
	}
	/* the community that everybody knows is no secret */
	if (node->n == 0 || strcmp(node->text, "public") == 0 || strstr(node->text, "${")) {
		return;
	}
	while (f && f->name != node->at.file) {
		f = f->next;
	}
	if (f) {
		warn_readable(load, f);
	}
}

void sn_secret_check(struct sn_load *load, const struct sn_option_level *level,
		     const struct sn_node *map)
{
	for (unsigned i = 0; i < level->n; i++) {
		if (level->rows[i].type == SN_OPTION_SECRET) {
			sn_secret_check_value(load, sn_node_find(map, level->rows[i].key));
		}
	}
}

int sn_secret_choose(struct sn_load *load, const struct sn_path *path, const struct sn_node *map,
		     const struct sn_secret_key *keys, int n)
{
	const char *first = NULL;
	int choice = n;

	for (int i = 0; i < 2 * n; i++) {
		const char *name = i % 2 ? keys[i / 2].file : keys[i / 2].text;
		const struct sn_node *key = sn_node_find_key(map, name);

		if (!key) {
			continue;
		}
		if (first) {
			sn_path_error(&load->diag, path, key, "%s and %s exclude each other", first,
				      name);
			return SN_ECONFIG;
		}
		first = name;
		choice = i / 2;
	}
	return choice;
}

/* The value of the variable named by n bytes at name; NULL: reported. */
static const char *variable(struct sn_load *load, const struct sn_path *path,
			    const struct sn_node *node, const char *name, size_t n)
{
	char *copy = sn_arena_strndup(&load->scratch, name, n);
	const char *text = copy && n ? getenv(copy) : NULL;
	char quoted[SN_DIAG_QUOTE_MAX];

	if (!copy) {
		sn_diag_nomem(&load->diag);
	} else if (!text) {
		sn_path_error(&load->diag, path, node, "environment variable %s is not set",
			      sn_diag_quote(quoted, copy));
	}
	return text;
}

/* Appends to out, whose length goes on counting when it is full. */
static void append(char *out, size_t *used, const char *text, size_t n)
{
	if (*used + n <= SN_SECRET_MAX) {
		memcpy(out + *used, text, n);
	}
	*used += n;
}

/* The text with ${NAME} replaced and $${ as ${. Returns the length, which may exceed out's
 * SN_SECRET_MAX bytes, or SIZE_MAX: reported. */
static size_t expand(struct sn_load *load, const struct sn_path *path, const struct sn_node *node,
		     char *out)
{
	const char *s = node->text;
	size_t used = 0;

	while (*s) {
		const char *end = strncmp(s, "${", 2) == 0 ? strchr(s, '}') : NULL;

		if (end) {
			const char *text = variable(load, path, node, s + 2, (size_t)(end - s) - 2);

			if (!text) {
				return SIZE_MAX;
			}
			append(out, &used, text, strlen(text));
			s = end + 1;
		} else if (strncmp(s, "$${", 3) == 0) {
			append(out, &used, "${", 2);
			s += 3;
		} else {
			append(out, &used, s, 1);
			s++;
		}
	}
	return used;
}

/* Where a value stands and what it may be. */
struct value {
	const struct sn_path *path; /* of its key */
	const struct sn_node *node; /* itself */
	const struct sn_secret_key *key;
};

static int check_length(struct sn_load *load, const struct value *v, size_t n)
{
	if (n == 0 || n > v->key->max) {
		sn_path_error(&load->diag, v->path, v->node,
			      "the %s has %zu octets (expected 1 to %zu)", v->key->what, n,
			      v->key->max);
		return SN_ECONFIG;
	}
	return SN_OK;
}

static int from_text(struct sn_load *load, const struct value *v, struct sn_span *out)
{
	char text[SN_SECRET_MAX];
	size_t n = expand(load, v->path, v->node, text);
	int rc = n == SIZE_MAX ? SN_ECONFIG : check_length(load, v, n);

	rc = rc ? rc : keep(&load->scratch, &load->scratch_secrets, text, n, out);
	explicit_bzero(text, sizeof(text));
	return rc;
}

static int from_file(struct sn_load *load, const struct value *v, struct sn_span *out)
{
	const char *file = sn_files_relative(&load->files, v->node->at.file, v->node->text);
	int rc = file ? sn_files_read(&load->files, file, &v->node->at, out) : SN_ENOMEM;

	if (rc) {
		return rc;
	}
	if (sn_secret_add(&load->scratch, &load->scratch_secrets, out->p, out->n)) {
		explicit_bzero((void *)(uintptr_t)out->p, out->n);
		return SN_ENOMEM;
	}
	warn_readable(load, load->files.read);
	while (out->n && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r')) {
		out->n--;
	}
	return check_length(load, v, out->n);
}

int sn_secret_read(struct sn_load *load, const struct sn_path *path, const struct sn_node *map,
		   const struct sn_secret_key *key, struct sn_secret_found *found)
{
	const struct sn_node *text = sn_node_find(map, key->text);
	struct sn_path here = {path, text ? key->text : key->file, 0};
	struct value v = {&here, text ? text : sn_node_find(map, key->file), key};

	found->key = here.key;
	found->node = v.node;
	return text ? from_text(load, &v, &found->text) : from_file(load, &v, &found->text);
}

int sn_secret_read_value(struct sn_load *load, const struct sn_path *path,
			 const struct sn_node *node, bool is_file, const struct sn_secret_key *key,
			 struct sn_span *text)
{
	const struct value v = {path, node, key};

	return is_file ? from_file(load, &v, text) : from_text(load, &v, text);
}

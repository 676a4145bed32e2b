/*
 * Communities: where they come from (text, environment, file), who may read them, and that they are
 * overwritten in the end. Called by auths.c and config.c, see load.h. Main thread.
 */
#include "config/load.h"

#include <stdlib.h>

static int add(struct sn_arena *arena, struct sn_secret **list, void *p, size_t n)
{
	struct sn_secret *s = sn_arena_alloc(arena, sizeof(*s));

	if (!s) {
		return SN_ENOMEM;
	}
	s->p = p;
	s->n = n;
	s->next = *list;
	*list = s;
	return SN_OK;
}

int sn_secret_keep(struct sn_load *load, void *p, size_t n)
{
	return add(&load->snap->arena, &load->snap->secrets, p, n);
}

int sn_secret_scratch(struct sn_load *load, const void *p, size_t n)
{
	/* the tree is read-only for all but its end */
	return add(&load->scratch, &load->scratch_secrets, (void *)(uintptr_t)p, n);
}

void sn_secret_wipe(struct sn_secret *list)
{
	for (; list; list = list->next) {
		explicit_bzero(list->p, list->n);
	}
}

/* The value of the variable named by n bytes at name; NULL: reported. */
static const char *variable(struct sn_load *load, const struct sn_path *path,
			    const struct sn_node *value, const char *name, size_t n)
{
	char *copy = sn_arena_strndup(&load->scratch, name, n);
	const char *text;

	if (!copy) {
		sn_diag_nomem(&load->diag);
		return NULL;
	}
	text = n ? getenv(copy) : NULL;
	if (!text) {
		sn_path_error(&load->diag, path, value, "environment variable %s is not set",
			      n ? copy : "\"\"");
	}
	return text;
}

/*
 * Goes through the text once: out NULL only measures. Returns the length, SIZE_MAX when a variable
 * is missing (reported).
 */
static size_t expand(struct sn_load *load, const struct sn_path *path, const struct sn_node *value,
		     char *out, bool *literal)
{
	const char *s = value->text;
	size_t n = 0;

	while (*s) {
		const char *end = strncmp(s, "${", 2) == 0 ? strchr(s, '}') : NULL;

		if (end) {
			const char *text =
				variable(load, path, value, s + 2, (size_t)(end - s) - 2);
			size_t len = text ? strlen(text) : 0;

			if (!text) {
				return SIZE_MAX;
			}
			if (out) {
				memcpy(out + n, text, len);
			}
			n += len;
			s = end + 1;
			*literal = false;
			continue;
		}
		s += strncmp(s, "$${", 3) == 0; /* the escape of "${" */
		if (out) {
			out[n] = *s;
		}
		n++;
		s++;
		if (s[-1] == '$' && *s == '{') {
			/* "${" of an escape or without an end: as it stands */
			if (out) {
				out[n] = *s;
			}
			n++;
			s++;
		}
	}
	return n;
}

int sn_secret_expand(struct sn_load *load, const struct sn_path *path, const struct sn_node *value,
		     struct sn_span *out, bool *literal)
{
	bool plain = true;
	size_t n = expand(load, path, value, NULL, &plain);
	char *p;

	if (n == SIZE_MAX) {
		return load->diag.nomem ? SN_ENOMEM : SN_ECONFIG;
	}
	p = sn_arena_alloc(&load->snap->arena, n + 1);
	if (!p || sn_secret_keep(load, p, n) || sn_secret_scratch(load, value->text, value->n)) {
		return SN_ENOMEM;
	}
	expand(load, path, value, p, &plain);
	p[n] = '\0';
	*out = sn_span_make(p, n);
	if (literal) {
		*literal = plain;
	}
	return SN_OK;
}

int sn_secret_from_file(struct sn_load *load, const struct sn_path *path,
			const struct sn_node *value, struct sn_span *out)
{
	const char *file = sn_files_relative(load, value->at.file, value->text);
	struct sn_span text;
	char *p;
	int rc = file ? sn_files_read(load, file, &value->at, &text) : SN_ENOMEM;

	if (rc) {
		return rc;
	}
	if (sn_secret_scratch(load, text.p, text.n)) {
		return SN_ENOMEM;
	}
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r')) {
		text.n--;
	}
	if (text.n == 0) {
		sn_path_error(&load->diag, path, value, "%s holds nothing", file);
		return SN_ECONFIG;
	}
	if (load->files->readable) {
		struct sn_place at = {file, 0, 0};

		sn_diag_warn(&load->diag, &at,
			     "holds a community and is readable by others (expected mode 0600)");
	}
	p = sn_arena_alloc(&load->snap->arena, text.n);
	if (!p || sn_secret_keep(load, p, text.n)) {
		return SN_ENOMEM;
	}
	memcpy(p, text.p, text.n);
	*out = sn_span_make(p, text.n);
	return SN_OK;
}

void sn_secret_check_file(struct sn_load *load, const struct sn_node *node)
{
	struct sn_source_file *f = load->files;

	while (f && f->name != node->at.file) {
		f = f->next;
	}
	if (f && f->readable && !f->warned) {
		struct sn_place at = {f->name, 0, 0};

		f->warned = true;
		sn_diag_warn(&load->diag, &at,
			     "holds a community and is readable by others (expected mode 0600)");
	}
}

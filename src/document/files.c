/*
 * Reading, parsing by kind, wildcards, and who else may read a file, see files.h.
 */
#include "document/files.h"

#include "base/clock.h"
#include "document/json.h"
#include "document/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 512 << 20, FILE_STEP = 64 << 10 };

/* Bytes of a file, growing. */
struct bytes {
	char *p;    /* heap */
	size_t n;   /* in use */
	size_t cap; /* room */
};

static void free_bytes(struct bytes *b)
{
	if (b->p) {
		explicit_bzero(b->p, b->n); /* may hold communities */
	}
	free(b->p);
}

/* Room for more, at first for all and the end; not by realloc, which would leave a copy behind. */
static int grow(struct bytes *b, size_t expected)
{
	size_t cap = b->cap ? b->cap * 2 : expected + FILE_STEP;
	char *p = malloc(cap);

	if (!p) {
		return SN_ENOMEM;
	}
	if (b->p) {
		memcpy(p, b->p, b->n);
	}
	free_bytes(b);
	b->p = p;
	b->cap = cap;
	return SN_OK;
}

/* 0, or an errno; ENOMEM and EFBIG included. */
static int read_all(int fd, off_t size, struct bytes *b)
{
	if (size > FILE_SIZE_MAX) {
		return EFBIG;
	}
	for (;;) {
		ssize_t got;

		if (b->n == b->cap && grow(b, (size_t)size)) {
			return ENOMEM;
		}
		got = read(fd, b->p + b->n, b->cap - b->n);
		if (got == 0) {
			return 0;
		}
		if (got < 0) {
			if (errno != EINTR) {
				return errno;
			}
			continue;
		}
		b->n += (size_t)got;
		if (b->n > FILE_SIZE_MAX) {
			return EFBIG;
		}
	}
}

/* Remembers a file for the check of permissions, and to see whether it changes. */
static int note_file(struct sn_files *files, const char *path, const struct stat *st,
		     uint64_t opened, const struct bytes *b)
{
	struct sn_source_file *f = sn_arena_zalloc(files->arena, sizeof(*f));

	if (!f) {
		return SN_ENOMEM;
	}
	f->name = path;
	f->readable = (st->st_mode & (S_IRGRP | S_IROTH)) != 0;
	f->next = files->read;
	files->read = f;
	return sn_sources_add_file(files->sources, files->kept, path, st, opened,
				   sn_span_make(b->p, b->n));
}

static int slurp(struct sn_files *files, const char *path, const struct sn_place *at,
		 struct bytes *b)
{
	struct stat st = {0};
	uint64_t opened = sn_clock_wall();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || fstat(fd, &st) != 0 ? errno : read_all(fd, st.st_size, b);

	if (fd >= 0) {
		close(fd);
	}
	if (err == ENOMEM) {
		return SN_ENOMEM;
	}
	if (err) {
		sn_diag_error(files->diag, at, "cannot read %s: %s", path,
			      err == EFBIG ? "larger than 512 MiB" : strerror(err));
		return SN_ECONFIG;
	}
	return note_file(files, path, &st, opened, b);
}

static bool has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path);
	size_t m = strlen(suffix);

	return n >= m && strcmp(path + n - m, suffix) == 0;
}

int sn_files_parse_text(struct sn_files *files, const char *path, struct sn_span text,
			const struct sn_node_items *items, const struct sn_node **root)
{
	if (has_suffix(path, ".json") && items) {
		return sn_json_parse_items(files->arena, path, text, files->diag, items, root);
	}
	if (has_suffix(path, ".json")) {
		return sn_json_parse(files->arena, path, text, files->diag, root);
	}
	return sn_yaml_parse_items(files->arena, path, text, files->diag, items, root);
}

int sn_files_parse_items(struct sn_files *files, const char *path, const struct sn_place *at,
			 const struct sn_node_items *items, const struct sn_node **root)
{
	struct bytes b = {0};
	int rc = slurp(files, path, at, &b);

	rc = rc ? rc : sn_files_parse_text(files, path, sn_span_make(b.p, b.n), items, root);
	free_bytes(&b);
	return rc;
}

int sn_files_parse(struct sn_files *files, const char *path, const struct sn_place *at,
		   const struct sn_node **root)
{
	return sn_files_parse_items(files, path, at, NULL, root);
}

int sn_files_read(struct sn_files *files, const char *path, const struct sn_place *at,
		  struct sn_span *text)
{
	struct bytes b = {0};
	int rc = slurp(files, path, at, &b);

	if (!rc) {
		const char *copy = sn_arena_strndup(files->arena, b.p, b.n);

		*text = sn_span_make(copy, b.n);
		rc = copy ? SN_OK : SN_ENOMEM;
	}
	free_bytes(&b);
	return rc;
}

int sn_files_take(struct sn_files *files, const char *path, const struct sn_place *at, char **p,
		  size_t *n)
{
	struct bytes b = {0};
	int rc = slurp(files, path, at, &b);
	char *fit;

	if (rc) {
		free_bytes(&b);
		return rc == SN_ECONFIG && sn_sources_add_absent(files->sources, files->kept, path)
			       ? SN_ENOMEM
			       : rc;
	}
	fit = b.p ? realloc(b.p, b.n + 1) : NULL;
	if (!fit) {
		free_bytes(&b);
		return SN_ENOMEM;
	}
	fit[b.n] = '\0';
	*p = fit;
	*n = b.n;
	return SN_OK;
}

/* Length of the folder part of a path, slash included. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

const char *sn_files_relative(struct sn_files *files, const char *from, const char *path)
{
	size_t n = path[0] == '/' ? 0 : folder_length(from);
	size_t m = strlen(path);
	char *out = sn_arena_alloc(files->arena, n + m + 1);

	if (out) {
		memcpy(out, from, n);
		memcpy(out + n, path, m + 1);
	}
	return out;
}

/* The pattern with its folder in front, whose own wildcards are made harmless. */
static char *full_pattern(struct sn_files *files, const struct sn_node *pattern)
{
	const char *from = pattern->at.file;
	size_t n = pattern->text[0] == '/' ? 0 : folder_length(from);
	char *out = sn_arena_alloc(files->arena, 2 * n + pattern->n + 1);
	char *w = out;

	if (!out) {
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (strchr("*?[]\\", from[i])) {
			*w++ = '\\';
		}
		*w++ = from[i];
	}
	memcpy(w, pattern->text, pattern->n + 1);
	return out;
}

static int copy_matches(struct sn_files *files, const glob_t *g, struct sn_file_list *list)
{
	list->v = sn_arena_alloc(files->arena, g->gl_pathc * sizeof(*list->v) + 1);
	if (!list->v) {
		return SN_ENOMEM;
	}
	for (size_t i = 0; i < g->gl_pathc; i++) {
		const char *path = g->gl_pathv[i];

		list->v[i] = sn_arena_strndup(files->arena, path, strlen(path));
		if (!list->v[i]) {
			return SN_ENOMEM;
		}
	}
	list->n = (uint32_t)g->gl_pathc;
	return SN_OK;
}

int sn_files_glob(struct sn_files *files, const struct sn_node *pattern, struct sn_file_list *list)
{
	char *full;
	glob_t g;
	int rc;

	list->n = 0;
	list->v = NULL;
	if (!strpbrk(pattern->text, "*?[")) {
		list->v = sn_arena_alloc(files->arena, sizeof(*list->v));
		if (!list->v) {
			return SN_ENOMEM;
		}
		list->v[0] = sn_files_relative(files, pattern->at.file, pattern->text);
		list->n = 1;
		return list->v[0] ? SN_OK : SN_ENOMEM;
	}
	full = full_pattern(files, pattern);
	if (!full) {
		return SN_ENOMEM;
	}
	rc = glob(full, 0, NULL, &g);
	if (rc && rc != GLOB_NOMATCH) {
		sn_diag_error(files->diag, &pattern->at, "cannot list %s: %s", pattern->text,
			      rc == GLOB_NOSPACE ? "out of memory" : "the folder cannot be read");
		return SN_ECONFIG;
	}
	if (rc == GLOB_NOMATCH) {
		rc = SN_OK;
	} else {
		rc = copy_matches(files, &g, list);
		globfree(&g);
	}
	return rc ? rc
		  : sn_sources_add_pattern(files->sources, files->kept, full, list->v, list->n);
}

/*
 * Files of a configuration: reading, parsing by kind, wildcards, and who else may read them. Called
 * by the steps of a load, see load.h. Main thread.
 */
#include "config/load.h"

#include "base/clock.h"
#include "document/json.h"
#include "document/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
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
static int note_file(struct sn_load *load, const char *path, const struct stat *st, uint64_t opened)
{
	struct sn_source_file *f = sn_arena_zalloc(&load->scratch, sizeof(*f));

	if (!f) {
		return SN_ENOMEM;
	}
	f->name = path;
	f->readable = (st->st_mode & (S_IRGRP | S_IROTH)) != 0;
	f->next = load->files;
	load->files = f;
	return sn_sources_add_file(&load->snap->sources, &load->snap->arena, path, st, opened);
}

static int slurp(struct sn_load *load, const char *path, const struct sn_place *at, struct bytes *b)
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
		sn_diag_error(&load->diag, at, "cannot read %s: %s", path,
			      err == EFBIG ? "larger than 512 MiB" : strerror(err));
		return SN_ECONFIG;
	}
	return note_file(load, path, &st, opened);
}

static bool has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path);
	size_t m = strlen(suffix);

	return n >= m && strcmp(path + n - m, suffix) == 0;
}

int sn_files_parse_items(struct sn_load *load, const char *path, const struct sn_place *at,
			 const struct sn_node_items *items, const struct sn_node **root)
{
	struct bytes b = {0};
	int rc = slurp(load, path, at, &b);
	struct sn_span text = sn_span_make(b.p, b.n);

	if (!rc && has_suffix(path, ".json") && items) {
		rc = sn_json_parse_items(&load->scratch, path, text, &load->diag, items, root);
	} else if (!rc && has_suffix(path, ".json")) {
		rc = sn_json_parse(&load->scratch, path, text, &load->diag, root);
	} else if (!rc) {
		rc = sn_yaml_parse_items(&load->scratch, path, text, &load->diag, items, root);
	}
	free_bytes(&b);
	return rc;
}

int sn_files_parse(struct sn_load *load, const char *path, const struct sn_place *at,
		   const struct sn_node **root)
{
	return sn_files_parse_items(load, path, at, NULL, root);
}

int sn_files_read(struct sn_load *load, const char *path, const struct sn_place *at,
		  struct sn_span *text)
{
	struct bytes b = {0};
	int rc = slurp(load, path, at, &b);

	if (!rc) {
		const char *copy = sn_arena_strndup(&load->scratch, b.p, b.n);

		*text = sn_span_make(copy, b.n);
		rc = copy ? SN_OK : SN_ENOMEM;
	}
	free_bytes(&b);
	return rc;
}

/* Length of the folder part of a path, slash included. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

const char *sn_files_relative(struct sn_load *load, const char *from, const char *path)
{
	size_t n = path[0] == '/' ? 0 : folder_length(from);
	size_t m = strlen(path);
	char *out = sn_arena_alloc(&load->scratch, n + m + 1);

	if (out) {
		memcpy(out, from, n);
		memcpy(out + n, path, m + 1);
	}
	return out;
}

/* The pattern with its folder in front, whose own wildcards are made harmless. */
static char *full_pattern(struct sn_load *load, const struct sn_node *pattern)
{
	const char *from = pattern->at.file;
	size_t n = pattern->text[0] == '/' ? 0 : folder_length(from);
	char *out = sn_arena_alloc(&load->scratch, 2 * n + pattern->n + 1);
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

static int copy_matches(struct sn_load *load, const glob_t *g, struct sn_file_list *list)
{
	list->v = sn_arena_alloc(&load->scratch, g->gl_pathc * sizeof(*list->v) + 1);
	if (!list->v) {
		return SN_ENOMEM;
	}
	for (size_t i = 0; i < g->gl_pathc; i++) {
		const char *path = g->gl_pathv[i];

		list->v[i] = sn_arena_strndup(&load->scratch, path, strlen(path));
		if (!list->v[i]) {
			return SN_ENOMEM;
		}
	}
	list->n = (uint32_t)g->gl_pathc;
	return SN_OK;
}

int sn_files_glob(struct sn_load *load, const struct sn_node *pattern, struct sn_file_list *list)
{
	char *full;
	glob_t g;
	int rc;

	list->n = 0;
	list->v = NULL;
	if (!strpbrk(pattern->text, "*?[")) {
		list->v = sn_arena_alloc(&load->scratch, sizeof(*list->v));
		if (!list->v) {
			return SN_ENOMEM;
		}
		list->v[0] = sn_files_relative(load, pattern->at.file, pattern->text);
		list->n = 1;
		return list->v[0] ? SN_OK : SN_ENOMEM;
	}
	full = full_pattern(load, pattern);
	if (!full) {
		return SN_ENOMEM;
	}
	rc = glob(full, 0, NULL, &g);
	if (rc && rc != GLOB_NOMATCH) {
		sn_diag_error(&load->diag, &pattern->at, "cannot list %s: %s", pattern->text,
			      rc == GLOB_NOSPACE ? "out of memory" : "the folder cannot be read");
		return SN_ECONFIG;
	}
	if (rc == GLOB_NOMATCH) {
		rc = SN_OK;
	} else {
		rc = copy_matches(load, &g, list);
		globfree(&g);
	}
	return rc ? rc
		  : sn_sources_add_pattern(&load->snap->sources, &load->snap->arena, full, list->v,
					   list->n);
}

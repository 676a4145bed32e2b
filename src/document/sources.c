/*
 * What files looked like when they were read, see sources.h.
 */
#include "document/sources.h"

#include "base/clock.h"
#include "base/hash.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK = 64 << 10 }; /* octets of a file that are hashed at a time */

/* Within this time of its last change a file may have changed again unseen: clocks of file systems
 * have steps, of up to two seconds. */
#define YOUNG_NS (2 * SN_NS_PER_SEC)

/* Of a file, what changes with its contents. */
struct stamp {
	dev_t dev;	/* file system */
	ino_t ino;	/* file */
	off_t size;	/* octets */
	uint64_t mtime; /* Unix ns of the last change of the contents */
	uint64_t ctime; /* the same, of anything about it: renaming over it too */
};

struct sn_source {
	struct sn_source *next; /* noted before */
	const char *path;	/* file or pattern */
	struct stamp stamp;	/* of a file */
	uint64_t text;		/* of a young file: hash of its contents */
	uint64_t matches;	/* of a pattern: hash of its files */
	bool pattern;		/* it is one */
	bool young;		/* the file was too young for its stamp to tell */
	bool absent;		/* there was no file that could be read */
	bool passing;		/* a pipe, which cannot be read again */
};

static uint64_t ns_of(struct timespec t)
{
	return (uint64_t)t.tv_sec * SN_NS_PER_SEC + (uint64_t)t.tv_nsec;
}

static struct stamp stamp_of(const struct stat *st)
{
	return (struct stamp){.dev = st->st_dev,
			      .ino = st->st_ino,
			      .size = st->st_size,
			      .mtime = ns_of(st->st_mtim),
			      .ctime = ns_of(st->st_ctim)};
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime == b->mtime &&
	       a->ctime == b->ctime;
}

static struct sn_source *add(struct sn_sources *s, struct sn_arena *arena, const char *path)
{
	struct sn_source *src = sn_arena_zalloc(arena, sizeof(*src));

	if (src) {
		src->path = sn_arena_strndup(arena, path, strlen(path));
	}
	if (!src || !src->path) {
		return NULL;
	}
	src->next = s->list;
	s->list = src;
	return src;
}

/* A time in the future tells nothing either. */
static bool is_young(const struct stamp *stamp, uint64_t now)
{
	return stamp->ctime + YOUNG_NS >= now || stamp->mtime + YOUNG_NS >= now;
}

/* Of contents that come block by block. */
static uint64_t hash_text(struct sn_span text)
{
	uint64_t h = 0;

	for (size_t at = 0; at < text.n; at += BLOCK) {
		size_t n = text.n - at < BLOCK ? text.n - at : BLOCK;

		h = sn_hash_bytes(text.p + at, n, h);
	}
	return h;
}

/* As much of a block as there is, errors being an end. */
static size_t read_block(int fd, char *block)
{
	size_t n = 0;
	ssize_t got = 1;

	while (n < BLOCK && got > 0) {
		got = read(fd, block + n, BLOCK - n);
		n += got > 0 ? (size_t)got : 0;
	}
	return n;
}

static bool same_text(const struct sn_source *src)
{
	int fd = open(src->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *block = fd >= 0 ? malloc(BLOCK) : NULL;
	uint64_t h = 0;
	size_t n;

	while (block && (n = read_block(fd, block)) > 0) {
		h = sn_hash_bytes(block, n, h);
	}
	if (fd >= 0) {
		close(fd);
	}
	free(block);
	return block && h == src->text;
}

int sn_sources_add_file(struct sn_sources *s, struct sn_arena *arena, const char *path,
			const struct stat *st, uint64_t now, struct sn_span text)
{
	struct sn_source *src = add(s, arena, path);

	if (!src) {
		return SN_ENOMEM;
	}
	src->stamp = stamp_of(st);
	src->young = is_young(&src->stamp, now);
	src->passing = !S_ISREG(st->st_mode);
	src->text = src->young ? hash_text(text) : 0;
	return SN_OK;
}

int sn_sources_add_absent(struct sn_sources *s, struct sn_arena *arena, const char *path)
{
	struct sn_source *src = add(s, arena, path);

	if (!src) {
		return SN_ENOMEM;
	}
	src->absent = true;
	return SN_OK;
}

static uint64_t hash_paths(const char *const *paths, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i++) {
		h = sn_hash_bytes(paths[i], strlen(paths[i]), h);
	}
	return h;
}

int sn_sources_add_pattern(struct sn_sources *s, struct sn_arena *arena, const char *pattern,
			   const char *const *paths, size_t n)
{
	struct sn_source *src = add(s, arena, pattern);

	if (!src) {
		return SN_ENOMEM;
	}
	src->pattern = true;
	src->matches = hash_paths(paths, n);
	return SN_OK;
}

static bool same_file(struct sn_source *src)
{
	uint64_t now = sn_clock_wall();
	struct stamp stamp;
	struct stat st;

	if (src->absent) {
		return access(src->path, R_OK) != 0;
	}
	if (src->passing || stat(src->path, &st) != 0) {
		return false;
	}
	stamp = stamp_of(&st);
	if (!src->young) {
		return same_stamp(&src->stamp, &stamp);
	}
	if (!same_text(src)) {
		return false;
	}
	src->stamp = stamp; /* of the same contents, and older */
	src->young = is_young(&stamp, now);
	return true;
}

static bool same_matches(const struct sn_source *src)
{
	glob_t g;
	int rc = glob(src->path, 0, NULL, &g);
	bool same;

	if (rc == GLOB_NOMATCH) {
		return src->matches == hash_paths(NULL, 0);
	}
	if (rc) {
		return false;
	}
	same = src->matches == hash_paths((const char *const *)g.gl_pathv, g.gl_pathc);
	globfree(&g);
	return same;
}

bool sn_sources_same(const struct sn_sources *s)
{
	for (struct sn_source *src = s->list; src; src = src->next) {
		if (!(src->pattern ? same_matches(src) : same_file(src))) {
			return false;
		}
	}
	return true;
}

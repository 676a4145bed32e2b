/*
 * What files looked like when they were read, see sources.h.
 */
#include "document/sources.h"

#include "base/clock.h"
#include "base/hash.h"

#include <glob.h>

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
	uint64_t matches;	/* of a pattern: hash of its files */
	bool pattern;		/* it is one */
	bool young;		/* the file was too young for its stamp to tell */
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

int sn_sources_add_file(struct sn_sources *s, struct sn_arena *arena, const char *path,
			const struct stat *st, uint64_t now)
{
	struct sn_source *src = add(s, arena, path);

	if (!src) {
		return SN_ENOMEM;
	}
	src->stamp = stamp_of(st);
	/* a time in the future tells nothing either; a pipe cannot be read again */
	src->young = src->stamp.ctime + YOUNG_NS >= now || src->stamp.mtime + YOUNG_NS >= now ||
		     !S_ISREG(st->st_mode);
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

static bool same_file(const struct sn_source *src)
{
	struct stat st;
	struct stamp now;

	if (src->young || stat(src->path, &st) != 0) {
		return false;
	}
	now = stamp_of(&st);
	return same_stamp(&src->stamp, &now);
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
	for (const struct sn_source *src = s->list; src; src = src->next) {
		if (!(src->pattern ? same_matches(src) : same_file(src))) {
			return false;
		}
	}
	return true;
}

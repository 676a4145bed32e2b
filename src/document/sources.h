/*
 * Whether what a configuration was read from has changed since: all its files, and the files that
 * its patterns stand for. With a million targets a look at the files costs nothing against reading
 * them again every refresh_interval. Noted by files.c while a configuration is loaded, asked by
 * daemon on the main thread.
 */
#ifndef SN_DOCUMENT_SOURCES_H
#define SN_DOCUMENT_SOURCES_H

#include "base/arena.h"
#include "base/span.h"

#include <stdbool.h>
#include <sys/stat.h>

struct sn_source;

struct sn_sources {
	struct sn_source *list; /* latest first */
};

/* Notes a file that was opened at now (Unix ns) and then read: text. In arena; SN_ENOMEM. */
SN_MUST_USE int sn_sources_add_file(struct sn_sources *s, struct sn_arena *arena, const char *path,
				    const struct stat *st, uint64_t now, struct sn_span text);

/* Notes a file that is not there, or cannot be read: once it can, there is a change. In arena;
 * SN_ENOMEM. */
SN_MUST_USE int sn_sources_add_absent(struct sn_sources *s, struct sn_arena *arena,
				      const char *path);

/* Notes a pattern as glob(3) has it, and its files. In arena; SN_ENOMEM. */
SN_MUST_USE int sn_sources_add_pattern(struct sn_sources *s, struct sn_arena *arena,
				       const char *pattern, const char *const *paths, size_t n);

/*
 * True when reading all of it again would give the same. A file that was read within a second or
 * two of its last change is read for that: another change in that time would have left no other
 * trace. One thread at a time.
 */
bool sn_sources_same(const struct sn_sources *s);

#endif

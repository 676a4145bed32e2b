/*
 * Notices changes of files by inotify: their folders are watched, so that a file that an editor or
 * a deployment tool renames into place, one that is new and one that goes are noticed too, and the
 * links of a Kubernetes volume. It only says that it is time to look; where it cannot watch, who
 * looks from time to time loses nothing but time. Owned by daemon; main thread.
 */
#ifndef SN_TARGETS_WATCH_H
#define SN_TARGETS_WATCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Files of one folder. */
struct sn_watch_path {
	const char *folder; /* "." for the working directory */
	const char *name;   /* of the files, as fnmatch(3) has it */
};

/* How long it must be quiet before a change is reported, and how long that may go on. */
enum { SN_WATCH_QUIET_MS = 200, SN_WATCH_PATIENCE_MS = 2000 };

struct sn_watch;

/* NULL: not available here (errno). */
SN_MUST_USE struct sn_watch *sn_watch_new(void);

/* NULL is harmless. */
void sn_watch_free(struct sn_watch *w);

/*
 * Watches these files and no others; v is borrowed until the next call. A folder that was not
 * watched before counts as changed at now (mono ns): something may have happened while nobody
 * watched. The number of folders that cannot be watched, of which *folder and errno are the first.
 */
unsigned sn_watch_set(struct sn_watch *w, const struct sn_watch_path *v, unsigned n, uint64_t now,
		      const char **folder);

/* True once after changes, when they seem to be over at now. Does not block. */
bool sn_watch_changed(struct sn_watch *w, uint64_t now);

#endif

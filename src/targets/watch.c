/*
 * Watched folders, see watch.h.
 */
#include "targets/watch.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file is looked at when it was written and closed, not when it is made: it is empty then. */
#define EVENTS                                                                                     \
	(IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF |   \
	 IN_MOVE_SELF)

struct sn_watch {
	int fd;			       /* of inotify */
	const struct sn_watch_path *v; /* what is watched, n of them; borrowed */
	int *wd;		       /* of the folder of each, -1: not watched; heap */
	unsigned n;		       /* of both */
	uint64_t first;		       /* mono ns of the first change not reported, 0: none */
	uint64_t last;		       /* the same of the last */
};

struct sn_watch *sn_watch_new(void)
{
	struct sn_watch *w = calloc(1, sizeof(*w));

	if (!w) {
		return NULL;
	}
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0) {
		free(w);
		return NULL;
	}
	return w;
}

void sn_watch_free(struct sn_watch *w)
{
	if (w) {
		close(w->fd);
		free(w->wd);
	}
	free(w);
}

static bool has(const int *wd, unsigned n, int one)
{
	for (unsigned i = 0; i < n; i++) {
		if (wd[i] == one) {
			return true;
		}
	}
	return false;
}

static void note(struct sn_watch *w, uint64_t now)
{
	w->first = w->first ? w->first : now;
	w->last = now;
}

unsigned sn_watch_set(struct sn_watch *w, const struct sn_watch_path *v, unsigned n, uint64_t now,
		      const char **folder)
{
	int *wd = malloc((n + 1u) * sizeof(*wd));
	unsigned failed = 0;
	int err = ENOMEM;

	*folder = n ? v[0].folder : NULL;
	for (unsigned i = 0; wd && i < n; i++) {
		/* many files share a folder: they come in a row */
		wd[i] = i > 0 && strcmp(v[i].folder, v[i - 1].folder) == 0
				? wd[i - 1]
				: inotify_add_watch(w->fd, v[i].folder, EVENTS | IN_ONLYDIR);
		if (wd[i] < 0) {
			*folder = failed++ ? *folder : v[i].folder;
			err = failed == 1 ? errno : err;
		} else if (!has(w->wd, w->n, wd[i])) {
			note(w, now);
		}
	}
	for (unsigned i = 0; i < w->n; i++) {
		if (w->wd[i] >= 0 && !(wd && has(wd, n, w->wd[i])) && !has(w->wd, i, w->wd[i])) {
			inotify_rm_watch(w->fd, w->wd[i]);
		}
	}
	free(w->wd);
	w->wd = wd;
	w->v = v;
	w->n = wd ? n : 0;
	errno = err;
	return wd ? failed : n;
}

/* A new file is complete already if it is a link: nobody will write and close it. */
static bool is_link(const char *folder, const char *name)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st = {0};
	bool is = fd >= 0 && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		  (S_ISLNK(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink > 1));

	if (fd >= 0) {
		close(fd);
	}
	return is;
}

/* Whether an event is about one of the files, or of the links that lead to them. */
static bool concerns(const struct sn_watch *w, const struct inotify_event *e)
{
	if (e->mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) {
		return true;
	}
	for (unsigned i = 0; e->len && i < w->n; i++) {
		/* "..data", whose change is the change of all files of a Kubernetes volume */
		if (w->wd[i] == e->wd &&
		    (fnmatch(w->v[i].name, e->name, 0) == 0 || strncmp(e->name, "..", 2) == 0)) {
			return !(e->mask & IN_CREATE) || is_link(w->v[i].folder, e->name);
		}
	}
	return false;
}

/* The kernel has let go of a folder: it went. */
static void forget(struct sn_watch *w, int wd)
{
	for (unsigned i = 0; i < w->n; i++) {
		if (w->wd[i] == wd) {
			w->wd[i] = -1;
		}
	}
}

static void read_events(struct sn_watch *w, uint64_t now)
{
	_Alignas(struct inotify_event) char buf[16384];
	ssize_t n;

	while ((n = read(w->fd, buf, sizeof(buf))) > 0) {
		for (const char *p = buf; p < buf + n;) {
			const struct inotify_event *e = (const void *)p;

			if (e->mask & IN_IGNORED) {
				forget(w, e->wd);
			} else if (concerns(w, e)) {
				note(w, now);
			}
			p += sizeof(*e) + e->len;
		}
	}
}

bool sn_watch_changed(struct sn_watch *w, uint64_t now)
{
	read_events(w, now);
	if (!w->first || (now < w->last + SN_WATCH_QUIET_MS * SN_NS_PER_MS &&
			  now < w->first + SN_WATCH_PATIENCE_MS * SN_NS_PER_MS)) {
		return false;
	}
	w->first = 0;
	return true;
}

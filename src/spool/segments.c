/*
 * Which segments there are. At the start they are found by their names and heads; only the last one
 * is read through, for its torn tail: those before it end where the next one's numbers begin. On
 * the spool's thread.
 */
#include "spool/spool_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of the files with a segment's name. */
struct found {
	struct sn_spool *sp; /* whose */
	uint64_t *ids;	     /* n of them */
	size_t n;	     /* found */
	size_t room;	     /* of ids */
	int err;	     /* SN_ENOMEM, or SN_OK */
};

static void tell_foreign(struct sn_spool *sp, const char *name, int why)
{
	sp->stats.foreign++;
	if (sp->cfg.foreign) {
		sp->cfg.foreign(sp->cfg.ctx, name, why);
	}
}

static void find(void *ctx, const char *name)
{
	struct found *f = ctx;
	uint64_t id;

	if (strcmp(name, SN_DISK_LOCK) == 0 || strcmp(name, SN_FORMAT_MARK_NAME) == 0) {
		return;
	}
	if (sn_format_name_read(name, &id)) {
		tell_foreign(f->sp, name, SN_EINVAL);
		return;
	}
	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : 64;
		uint64_t *ids = realloc(f->ids, room * sizeof(*ids));

		if (!ids) {
			f->err = SN_ENOMEM;
			return;
		}
		f->ids = ids;
		f->room = room;
	}
	f->ids[f->n++] = id;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int sn_segments_reserve(struct sn_segments *c)
{
	size_t room = c->room ? 2 * c->room : 64;
	struct sn_segment *v;

	if (c->n < c->room) {
		return SN_OK;
	}
	v = realloc(c->v, room * sizeof(*v));
	if (!v) {
		return SN_ENOMEM;
	}
	c->v = v;
	c->room = room;
	return SN_OK;
}

uint64_t sn_segments_limit(const struct sn_spool *sp, size_t i)
{
	const struct sn_segments *c = &sp->segments;

	return i + 1 < c->n ? c->v[i + 1].first : sn_spool_committed(sp);
}

int sn_segments_open(const struct sn_spool *sp, size_t i)
{
	char name[SN_FORMAT_NAME];

	sn_format_name(name, sp->segments.v[i].id);
	return sp->disk->ops->open(sp->disk, name, SN_DISK_READ);
}

int sn_segments_remove(struct sn_spool *sp, size_t i)
{
	struct sn_segments *c = &sp->segments;
	char name[SN_FORMAT_NAME];
	int rc;

	if (sp->replay.id == c->v[i].id) {
		sn_replay_close(sp);
	}
	sn_format_name(name, c->v[i].id);
	rc = sp->disk->ops->unlink(sp->disk, name);
	if (rc && rc != -ENOENT) {
		return sn_spool_fail(sp, rc);
	}
	sp->bytes -= c->v[i].size;
	c->n--;
	memmove(&c->v[i], &c->v[i + 1], (c->n - i) * sizeof(c->v[0]));
	return SN_OK;
}

/* Octets from the beginning of a file, up to n: how many there are, or a negative errno. */
static ssize_t read_start(struct sn_disk *d, int fd, uint8_t *to, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = d->ops->pread(d, fd, to + have, n - have, have);

		if (got < 0) {
			return got;
		}
		if (got == 0) {
			break;
		}
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* Reads the head. As sn_format_segment_read, or *unread and a code of the disk's. */
static int read_head(struct sn_spool *sp, int fd, struct sn_format_segment *head, int64_t *size,
		     bool *unread)
{
	struct sn_disk *d = sp->disk;
	uint8_t *area = sp->read_buf;
	ssize_t got;

	*size = d->ops->size(d, fd);
	got = *size < 0 ? (ssize_t)*size : read_start(d, fd, area, SN_FORMAT_AREA + 8);
	*unread = got < 0;
	if (got < 0) {
		return sn_spool_fail(sp, (int)got);
	}
	return sn_format_segment_read(area, (size_t)got, head);
}

/* Whether a segment with that head belongs behind those that are known. */
static bool belongs(const struct sn_spool *sp, uint64_t id, const struct sn_format_segment *head,
		    int64_t size)
{
	const struct sn_segments *c = &sp->segments;

	return head->id == id && head->first >= 1 && size <= (int64_t)SN_FORMAT_SEGMENT_MAX &&
	       (c->n == 0 || head->first >= c->v[c->n - 1].first);
}

static void add(struct sn_spool *sp, const struct sn_format_segment *head, uint64_t size)
{
	struct sn_segments *c = &sp->segments;

	if (c->n && c->v[c->n - 1].newest < head->created) {
		c->v[c->n - 1].newest = head->created;
	}
	c->v[c->n++] = (struct sn_segment){
		.id = head->id,
		.first = head->first,
		.boot = head->boot,
		.created = head->created,
		.newest = head->created,
		.end = size,
		.size = size,
	};
	sp->bytes += size;
	sp->next_id = head->id + 1;
	sp->slack = 0; /* what was passed by is before this one's first */
}

/*
 * A segment that cannot be read now: what may be in it must not be given away, neither its name nor
 * its numbers. SN_OK, or err if the owner wants to try again.
 */
static int pass_by(struct sn_spool *sp, uint64_t id, const char *name, int64_t size, int err)
{
	uint64_t most = size < 0 ? sp->cfg.segment_bytes : (uint64_t)size;

	if (!sp->cfg.accept_unreadable) {
		return err;
	}
	tell_foreign(sp, name, err);
	sp->slack += most / SN_FORMAT_RECORD + 1;
	sp->next_id = id < SN_FORMAT_ID_MAX && id >= sp->next_id ? id + 1 : sp->next_id;
	return SN_OK;
}

/* Takes one file into the list, or leaves it alone. SN_OK, SN_ENOMEM or an error of the disk. */
static int examine(struct sn_spool *sp, uint64_t id)
{
	struct sn_disk *d = sp->disk;
	struct sn_format_segment head;
	char name[SN_FORMAT_NAME];
	int64_t size = -1;
	bool unread;
	int rc;
	int fd;

	if (sn_segments_reserve(&sp->segments)) {
		return SN_ENOMEM;
	}
	sn_format_name(name, id);
	fd = d->ops->open(d, name, SN_DISK_READ);
	if (fd < 0 && fd != -EINVAL) {
		return pass_by(sp, id, name, size, sn_spool_fail(sp, fd));
	}
	rc = SN_ETAG;
	unread = false;
	if (fd >= 0) {
		rc = read_head(sp, fd, &head, &size, &unread);
		d->ops->close(d, fd);
	}
	if (unread) {
		return pass_by(sp, id, name, size, rc);
	}
	if (rc == SN_OK && belongs(sp, id, &head, size)) {
		add(sp, &head, (uint64_t)size);
	} else if (rc == SN_ENOENT) {
		rc = d->ops->unlink(d, name);
		if (rc) {
			(void)sn_spool_fail(sp, rc);
		}
	} else {
		tell_foreign(sp, name, rc ? rc : SN_ETAG);
	}
	return SN_OK;
}

/* Finds the last sound record. SN_OK, or an error of the disk: then the rest may hold anything. */
static int read_through(struct sn_spool *sp, struct sn_segment *seg, int fd)
{
	struct sn_walk w = {.buf = sp->read_buf, .cap = SN_SPOOL_READ_BUF};
	struct sn_format_record rec;
	bool sound;
	int rc;

	sn_walk_start(&w, sp->disk, fd, seg->boot, seg->first);
	w.end = seg->size;
	seg->end = SN_FORMAT_AREA;
	while ((rc = sn_walk_next(&w, &rec, &sound)) == SN_OK) {
		if (sound) {
			seg->end = w.off;
			seg->newest = rec.time > seg->newest ? rec.time : seg->newest;
			sp->next = rec.number + 1;
		}
	}
	if (rc == SN_EIO) {
		sp->slack += (seg->size - w.off) / SN_FORMAT_RECORD + 1;
		sp->next = w.expected;
		seg->end = seg->size;
		return sn_spool_fail(sp, w.os_error);
	}
	return SN_OK;
}

static void cut_and_sync(struct sn_spool *sp, struct sn_segment *seg, int fd)
{
	struct sn_disk *d = sp->disk;
	uint64_t torn = seg->size - seg->end;
	int rc = torn ? d->ops->truncate(d, fd, seg->end) : 0;

	if (rc == 0) {
		sp->stats.torn_bytes += torn;
		sp->bytes -= torn;
		seg->size = seg->end;
		rc = d->ops->sync(d, fd);
	}
	if (rc) {
		(void)sn_spool_fail(sp, rc); /* read-only: it is cut another time */
	}
}

/*
 * The last segment may end in what a write left that was never committed: cut off. The rest is made
 * durable, for it counts from here on. SN_OK, or an error of the disk: it cannot be read.
 */
static int cut_tail(struct sn_spool *sp)
{
	struct sn_segment *seg = &sp->segments.v[sp->segments.n - 1];
	struct sn_disk *d = sp->disk;
	char name[SN_FORMAT_NAME];
	int fd;
	int rc;

	sp->next = seg->first;
	sn_format_name(name, seg->id);
	fd = d->ops->open(d, name, SN_DISK_WRITE);
	if (fd < 0) {
		fd = d->ops->open(d, name, SN_DISK_READ);
	}
	if (fd < 0) {
		sp->slack += seg->size / SN_FORMAT_RECORD + 1;
		return sn_spool_fail(sp, fd);
	}
	rc = read_through(sp, seg, fd);
	if (rc == SN_OK) {
		cut_and_sync(sp, seg, fd);
	}
	d->ops->close(d, fd);
	return rc;
}

int sn_segments_load(struct sn_spool *sp)
{
	struct found f = {.sp = sp};
	int rc = sp->disk->ops->list(sp->disk, find, &f);

	rc = rc ? sn_spool_fail(sp, rc) : f.err;
	if (f.n) {
		qsort(f.ids, f.n, sizeof(f.ids[0]), by_number);
	}
	for (size_t i = 0; rc == SN_OK && i < f.n; i++) {
		rc = examine(sp, f.ids[i]);
	}
	free(f.ids);
	if (rc == SN_OK && sp->segments.n) {
		rc = cut_tail(sp);
		rc = sp->cfg.accept_unreadable ? SN_OK : rc;
	}
	sp->next += sp->slack;
	return rc;
}

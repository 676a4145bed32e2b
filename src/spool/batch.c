/*
 * Appending: records gather in memory, already as they will be on the disk, and go there together
 * with one write and one sync. They leave memory only when the sync succeeded: what a failed sync
 * left of earlier writes is unknown, so everything since the last good one is written again, into
 * another segment. On the spool's thread.
 */
#include "spool/spool_int.h"

#include <errno.h>

/* Segments live a sixteenth of the age limit, so that little outlives it in wait for its segment.
 */
enum { AGE_PARTS = 16 };

static struct sn_segment *last(struct sn_spool *sp)
{
	return &sp->segments.v[sp->segments.n - 1];
}

void sn_batch_seal(struct sn_spool *sp)
{
	if (sp->batch.fd >= 0) {
		sp->disk->ops->close(sp->disk, sp->batch.fd);
		sp->batch.fd = -1;
	}
}

int sn_batch_append(struct sn_spool *sp, const struct sn_spool_entry *e, uint64_t *number)
{
	struct sn_format_record rec = {
		.number = sp->next,
		.boot = sp->cfg.boot,
		.time = sp->now,
		.rows = e->rows,
		.rounds = e->rounds,
		.kind = e->kind,
		.key = e->key,
		.payload = e->payload,
	};
	struct sn_batch *b = &sp->batch;
	size_t size;

	if (e->key.n > SN_FORMAT_KEY_MAX || e->payload.n > SN_FORMAT_PAYLOAD_MAX) {
		return SN_EMSGSIZE;
	}
	size = sn_format_record_size(e->key.n, e->payload.n);
	if (size > sp->cfg.batch_bytes) {
		return SN_EMSGSIZE;
	}
	if (size > sp->cfg.batch_bytes - b->n) {
		int rc = sn_batch_commit(sp);

		if (rc) {
			return rc;
		}
	}
	sn_format_record_write(b->buf + b->n, &rec);
	b->n += size;
	b->records++;
	sp->next++;
	sp->stats.appended++;
	sp->stats.appended_bytes += size;
	if (number) {
		*number = rec.number;
	}
	return SN_OK;
}

/* The head and the name of a new file, durable before there is a record in it. */
static int write_head(struct sn_disk *d, int fd, const struct sn_format_segment *head)
{
	uint8_t area[SN_FORMAT_AREA];
	int rc;

	sn_format_segment_write(area, head);
	rc = sn_disk_write_all(d, fd, area, sizeof(area), 0);
	rc = rc ? rc : d->ops->sync(d, fd);
	return rc ? rc : d->ops->sync_dir(d);
}

/* Makes the segment that the batch goes into; SN_OK, SN_ENOMEM or an error of the disk. */
static int new_segment(struct sn_spool *sp)
{
	struct sn_disk *d = sp->disk;
	struct sn_format_segment head = {
		.first = sn_spool_committed(sp),
		.boot = sp->cfg.boot,
		.created = sp->now,
	};
	char name[SN_FORMAT_NAME];
	int rc = sn_segments_reserve(&sp->segments);
	int fd;

	if (rc) {
		return rc;
	}
	do {
		/* a name that is taken is a foreign file's */
		head.id = sp->next_id++;
		sn_format_name(name, head.id);
		fd = d->ops->open(d, name, SN_DISK_CREATE);
	} while (fd == -EEXIST);
	if (fd < 0) {
		return sn_spool_fail(sp, fd);
	}
	rc = write_head(d, fd, &head);
	if (rc) {
		d->ops->close(d, fd);
		(void)d->ops->unlink(d, name);
		return sn_spool_fail(sp, rc);
	}
	sp->segments.v[sp->segments.n++] = (struct sn_segment){
		.id = head.id,
		.first = head.first,
		.boot = head.boot,
		.created = head.created,
		.newest = head.created,
		.end = SN_FORMAT_AREA,
		.size = SN_FORMAT_AREA,
	};
	sp->bytes += SN_FORMAT_AREA;
	sp->batch.fd = fd;
	return SN_OK;
}

static void set_size(struct sn_spool *sp, uint64_t size)
{
	sp->bytes += size - last(sp)->size;
	last(sp)->size = size;
}

/* Takes what a failed write left behind the last commit away again, if the disk lets us. */
static void cut_back(struct sn_spool *sp)
{
	struct sn_disk *d = sp->disk;
	int64_t size = (int64_t)last(sp)->end;

	if (d->ops->truncate(d, sp->batch.fd, last(sp)->end)) {
		size = d->ops->size(d, sp->batch.fd);
	}
	if (size >= 0) {
		set_size(sp, (uint64_t)size);
	}
}

/* The segment cannot be trusted with more; what is committed in it stays. */
static void abandon(struct sn_spool *sp)
{
	cut_back(sp);
	sn_batch_seal(sp);
	if (last(sp)->end == SN_FORMAT_AREA) {
		/* one that stays is empty, and goes when those before it do */
		(void)sn_segments_remove(sp, sp->segments.n - 1);
	}
}

/* Everything in memory to the disk, durable. SN_OK or an error of the disk. */
static int write_batch(struct sn_spool *sp)
{
	struct sn_disk *d = sp->disk;
	struct sn_batch *b = &sp->batch;
	int rc = sn_disk_write_all(d, b->fd, b->buf, b->n, last(sp)->end);
	int err;

	if (rc) {
		err = sn_spool_fail(sp, rc);
		if (err == SN_ENOSPC) {
			cut_back(sp); /* nothing is unknown: the same place will do */
		} else {
			abandon(sp);
		}
		return err;
	}
	rc = d->ops->sync(d, b->fd);
	if (rc) {
		err = sn_spool_fail(sp, rc);
		abandon(sp);
		return err;
	}
	return SN_OK;
}

/* Whether the batch has to go into a new segment. */
static bool is_full(struct sn_spool *sp)
{
	const struct sn_segment *seg = last(sp);
	uint64_t part = sp->cfg.max_age_ms / AGE_PARTS;

	return seg->end + sp->batch.n > sp->cfg.segment_bytes ||
	       (sp->cfg.max_age_ms && sp->now > seg->created && sp->now - seg->created > part);
}

int sn_batch_commit(struct sn_spool *sp)
{
	struct sn_batch *b = &sp->batch;
	struct sn_segment *seg;
	int rc;

	if (b->records == 0) {
		return SN_OK;
	}
	if (b->fd >= 0 && is_full(sp)) {
		sn_batch_seal(sp);
	}
	rc = sn_limit_make_room(sp, b->n + (b->fd < 0 ? SN_FORMAT_AREA : 0));
	if (rc == SN_OK && b->fd < 0) {
		rc = new_segment(sp);
	}
	if (rc == SN_OK) {
		rc = write_batch(sp);
	}
	if (rc) {
		return rc;
	}
	seg = last(sp);
	seg->end += b->n;
	seg->newest = sp->now > seg->newest ? sp->now : seg->newest;
	if (seg->end > seg->size) {
		set_size(sp, seg->end);
	}
	b->n = 0;
	b->records = 0;
	sp->stats.commits++;
	sp->stats.os_error = 0;
	return SN_OK;
}

void sn_batch_give_up(struct sn_spool *sp)
{
	struct sn_batch *b = &sp->batch;
	struct sn_format_record rec;

	for (size_t at = 0; b->records; b->records--) {
		if (sn_format_record_read(b->buf + at, b->n - at, sp->cfg.boot, &rec)) {
			break; /* our own memory: cannot be */
		}
		sn_spool_lose(sp, SN_SPOOL_UNWRITTEN, &rec);
		at += sn_format_record_size(rec.key.n, rec.payload.n);
		sp->next--; /* the number goes to nobody: it is not pending */
	}
	b->n = 0;
}

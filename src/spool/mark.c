/*
 * What is settled, made durable: a file of two slots that are written in turn, so that a write that
 * is torn spoils only the slot that does not count yet. Written before a segment is unlinked, never
 * after. Without the file, or with none of its slots sound, records come again; none is lost. On
 * the spool's thread.
 */
#include "spool/spool_int.h"

#include <errno.h>

/* 0 or a negative errno. */
static int read_slot(struct sn_spool *sp, unsigned slot)
{
	struct sn_disk *d = sp->disk;
	struct sn_format_mark mark;
	uint8_t room[SN_FORMAT_MARK];
	ssize_t got =
		d->ops->pread(d, sp->mark.fd, room, sizeof(room), (uint64_t)slot * SN_FORMAT_SLOT);

	if (got == (ssize_t)sizeof(room) && sn_format_mark_read(room, &mark) == SN_OK &&
	    mark.generation > sp->mark.durable.generation) {
		sp->mark.durable = mark;
	}
	return got < 0 ? (int)got : 0;
}

/*
 * A mark that cannot be read now might be read by the next run, and would then stand for what was
 * settled long before: it has to go.
 */
static int discard(struct sn_spool *sp, int os_error)
{
	struct sn_disk *d = sp->disk;
	int err = sn_spool_fail(sp, os_error);
	int rc;

	if (!sp->cfg.accept_unreadable) {
		return err;
	}
	rc = d->ops->unlink(d, SN_FORMAT_MARK_NAME);
	if (rc == 0) {
		rc = d->ops->sync_dir(d);
	}
	if (rc) {
		(void)sn_spool_fail(sp, rc);
		return err;
	}
	sp->mark.durable = (struct sn_format_mark){0};
	return SN_OK;
}

int sn_mark_load(struct sn_spool *sp)
{
	struct sn_disk *d = sp->disk;
	int fd = d->ops->open(d, SN_FORMAT_MARK_NAME, SN_DISK_READ);
	int rc = fd < 0 ? fd : 0;

	if (fd >= 0) {
		sp->mark.fd = fd;
		rc = read_slot(sp, 0);
		rc = rc ? rc : read_slot(sp, 1);
		sn_mark_close(sp);
	}
	return rc && rc != -ENOENT ? discard(sp, rc) : SN_OK;
}

/* Opens the file to be written, makes it where it is missing: 0 or a negative errno. */
static int open_file(struct sn_spool *sp)
{
	struct sn_disk *d = sp->disk;
	int fd;

	if (sp->mark.fd >= 0) {
		return 0;
	}
	fd = d->ops->open(d, SN_FORMAT_MARK_NAME, SN_DISK_WRITE);
	if (fd == -ENOENT) {
		fd = d->ops->open(d, SN_FORMAT_MARK_NAME, SN_DISK_CREATE);
	}
	if (fd < 0) {
		return fd;
	}
	/* one that was found may have been made by a run that ended before it was durable */
	sp->mark.fresh = true;
	sp->mark.fd = fd;
	return 0;
}

/* One slot, durable: 0 or a negative errno. */
static int write_slot(struct sn_spool *sp, const struct sn_format_mark *mark)
{
	struct sn_disk *d = sp->disk;
	uint8_t room[SN_FORMAT_MARK];
	int rc = open_file(sp);

	if (rc) {
		return rc;
	}
	sn_format_mark_write(room, mark);
	rc = sn_disk_write_all(d, sp->mark.fd, room, sizeof(room),
			       mark->generation % 2 * SN_FORMAT_SLOT);
	if (rc == 0) {
		rc = d->ops->sync(d, sp->mark.fd);
	}
	if (rc == 0 && sp->mark.fresh) {
		rc = d->ops->sync_dir(d);
		sp->mark.fresh = rc != 0;
	}
	return rc;
}

int sn_mark_write(struct sn_spool *sp, uint64_t acked, uint64_t floor)
{
	/* after a failure the same slot is written again: the other one is the only sound one */
	struct sn_format_mark mark = {
		.generation = sp->mark.durable.generation + 1,
		.acked = acked,
		.floor = floor,
		.next_id = sp->next_id,
		.boot = sp->cfg.boot,
	};
	int rc = write_slot(sp, &mark);

	if (rc) {
		sn_mark_close(sp);
		return sn_spool_fail(sp, rc);
	}
	sp->mark.durable = mark;
	sp->stats.marks++;
	sp->stats.os_error = 0;
	return SN_OK;
}

int sn_mark_update(struct sn_spool *sp)
{
	uint64_t floor = sp->window.floor;

	if (sp->mark.durable.acked == floor && sp->mark.durable.floor == floor) {
		return SN_OK;
	}
	return sn_mark_write(sp, floor, floor);
}

void sn_mark_close(struct sn_spool *sp)
{
	if (sp->mark.fd >= 0) {
		sp->disk->ops->close(sp->disk, sp->mark.fd);
		sp->mark.fd = -1;
	}
}

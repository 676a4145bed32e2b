/*
 * What goes: segments that are settled as a whole, and the oldest where a limit is reached. Always
 * in this order: the mark that says so is durable, losses are told, the file is unlinked. A crash
 * between two of these steps loses no record without a report; one may be made twice. On the
 * spool's thread.
 */
#include "spool/spool_int.h"

/* Tells what is lost with numbers from .. to - 1 of segment i and is not settled. */
static void report(struct sn_spool *sp, size_t i, enum sn_spool_cause cause, uint64_t from,
		   uint64_t to)
{
	struct sn_walk w = {
		.buf = sp->heads_buf, .cap = SN_SPOOL_HEADS_BUF, .heads = true, .fd = -1};
	const struct sn_segment *seg = &sp->segments.v[i];
	struct sn_format_record rec;
	bool sound;
	int rc = SN_OK;
	int fd = sn_segments_open(sp, i);

	if (fd >= 0) {
		sn_walk_start(&w, sp->disk, fd, seg->boot, seg->first);
		w.end = seg->end;
		w.limit = to;
	} else {
		(void)sn_spool_fail(sp, fd);
		rc = SN_ENOENT;
	}
	while (rc == SN_OK || rc == SN_EIO) {
		rc = sn_walk_next(&w, &rec, &sound);
		if (rc == SN_EIO) {
			(void)sn_spool_fail(sp, w.os_error);
			sn_walk_pass(&w);
		} else if (rc == SN_OK && rec.number >= from) {
			sn_spool_lose_range(sp, cause, from, rec.number);
			if (!sn_ackwin_test(&sp->window, rec.number)) {
				sn_spool_lose(sp, cause, &rec);
			}
			from = rec.number + 1;
		}
	}
	sn_spool_lose_range(sp, cause, from, to);
	if (fd >= 0) {
		sp->disk->ops->close(sp->disk, fd);
	}
}

int sn_limit_drop(struct sn_spool *sp, enum sn_spool_cause cause)
{
	uint64_t floor;
	int rc;

	if (sp->segments.n == 0) {
		return SN_ENOENT;
	}
	if (sp->segments.n == 1) {
		sn_batch_seal(sp);
	}
	floor = sn_segments_limit(sp, 0);
	if (floor > sp->window.floor) {
		rc = sn_mark_write(sp, sp->window.floor, floor);
		if (rc) {
			return rc;
		}
		report(sp, 0, cause, sp->window.floor, floor);
		sn_ackwin_jump(&sp->window, floor);
	} else {
		rc = sn_mark_update(sp);
		if (rc) {
			return rc;
		}
	}
	return sn_segments_remove(sp, 0);
}

int sn_limit_sweep(struct sn_spool *sp, bool all)
{
	while (sp->segments.n && sn_segments_limit(sp, 0) <= sp->window.floor) {
		int rc;

		if (sp->segments.n == 1 && sp->batch.fd >= 0) {
			if (!all) {
				break; /* it is being written */
			}
			sn_batch_seal(sp);
		}
		rc = sn_mark_update(sp);
		if (rc == SN_OK) {
			rc = sn_segments_remove(sp, 0);
		}
		if (rc) {
			return rc;
		}
	}
	return SN_OK;
}

static bool has_room(const struct sn_spool *sp, uint64_t octets)
{
	return sp->bytes + octets <= sp->cfg.max_bytes && sp->segments.n < SN_SPOOL_SEGMENTS_MAX;
}

int sn_limit_make_room(struct sn_spool *sp, uint64_t octets)
{
	int rc = has_room(sp, octets) ? SN_OK : sn_limit_sweep(sp, false);

	while (rc == SN_OK && !has_room(sp, octets)) {
		/* without the segment that was written a new one has to begin */
		if (sp->segments.n == 1 && sp->batch.fd >= 0) {
			octets += SN_FORMAT_AREA;
		}
		rc = sn_limit_drop(sp, SN_SPOOL_FULL);
	}
	return rc;
}

int sn_limit_age(struct sn_spool *sp)
{
	const struct sn_segments *c = &sp->segments;
	uint64_t most = sp->cfg.max_age_ms;
	int rc = SN_OK;

	while (rc == SN_OK && most && c->n && sp->now > c->v[0].newest &&
	       sp->now - c->v[0].newest > most) {
		rc = sn_limit_drop(sp, SN_SPOOL_AGE);
	}
	return rc;
}

void sn_limit_resume(struct sn_spool *sp)
{
	uint64_t to = sp->mark.durable.floor;

	for (size_t i = 0; i < sp->segments.n && sp->segments.v[i].first < to; i++) {
		uint64_t limit = sn_segments_limit(sp, i);
		uint64_t from = sp->segments.v[i].first;

		from = from < sp->window.floor ? sp->window.floor : from;
		limit = limit < to ? limit : to;
		if (from < limit) {
			report(sp, i, SN_SPOOL_FULL, from, limit);
		}
	}
	sn_ackwin_jump(&sp->window, to);
}

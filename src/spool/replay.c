/*
 * Reading back, in the order of appending. What is damaged is told and settled on the way, so that
 * it is met once; what cannot be read is tried again, but not for ever. On the spool's thread.
 */
#include "spool/spool_int.h"

/* step(): nothing to hand out yet, go on. */
enum { GO_ON = 1 };

void sn_replay_close(struct sn_spool *sp)
{
	struct sn_replay *rp = &sp->replay;

	if (rp->walk.fd >= 0) {
		sp->disk->ops->close(sp->disk, rp->walk.fd);
		rp->walk.fd = -1;
	}
}

/* Numbers up to `to` are nowhere: tells and settles them. GO_ON, or SN_EAGAIN: too many. */
static int pass_over(struct sn_spool *sp, uint64_t to)
{
	struct sn_replay *rp = &sp->replay;
	uint64_t from = rp->expected;

	if (from != sp->window.floor && !sn_ackwin_fits(&sp->window, to - 1)) {
		return SN_EAGAIN;
	}
	sn_spool_lose_range(sp, SN_SPOOL_DAMAGED, from, to);
	rp->expected = to;
	if (from == sp->window.floor) {
		sn_ackwin_jump(&sp->window, to);
		return GO_ON;
	}
	for (; from < to; from++) {
		if (!sn_ackwin_test(&sp->window, from)) {
			sn_ackwin_set(&sp->window, from);
		}
	}
	return GO_ON;
}

/* A place that cannot be read: GO_ON once it was tried often enough, else an error. */
static int trouble(struct sn_spool *sp, uint64_t id, uint64_t at, int os_error)
{
	struct sn_replay *rp = &sp->replay;
	int err = sn_spool_fail(sp, os_error);

	rp->tries = rp->id == id && rp->stuck == at ? rp->tries + 1 : 1;
	rp->id = id;
	rp->stuck = at;
	if (rp->tries < SN_SPOOL_READ_TRIES) {
		return err;
	}
	rp->tries = 0;
	return GO_ON;
}

/* Has segment i open. SN_OK; GO_ON: it was given up; an error. */
static int place(struct sn_spool *sp, size_t i)
{
	const struct sn_segment *seg = &sp->segments.v[i];
	struct sn_walk *w = &sp->replay.walk;
	int rc = SN_OK;

	if (w->fd < 0 || sp->replay.id != seg->id) {
		int fd;

		sn_replay_close(sp);
		fd = sn_segments_open(sp, i);
		if (fd < 0) {
			rc = trouble(sp, seg->id, 0, fd);
			return rc == GO_ON ? pass_over(sp, sn_segments_limit(sp, i)) : rc;
		}
		sn_walk_start(w, sp->disk, fd, seg->boot, seg->first);
		sp->replay.id = seg->id;
		sp->replay.tries = 0;
	}
	w->end = seg->end;
	w->limit = sn_segments_limit(sp, i);
	return rc;
}

/* The segment in which a number should be, or the number of segments: it is before all. */
static size_t segment_of(const struct sn_spool *sp, uint64_t number)
{
	const struct sn_segments *c = &sp->segments;
	size_t low = 0;
	size_t high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->v[middle].first <= number) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low ? low - 1 : c->n;
}

/* A record was read: SN_OK: to be handed out; GO_ON: not; SN_EAGAIN: not yet. */
static int judge(struct sn_spool *sp, const struct sn_format_record *r, bool sound)
{
	struct sn_replay *rp = &sp->replay;
	int rc;

	if (r->number < rp->expected) {
		return GO_ON;
	}
	if (r->number > rp->expected) {
		rc = pass_over(sp, r->number);
		if (rc != GO_ON) {
			return rc;
		}
	}
	if (r->number < sp->window.floor) {
		return GO_ON;
	}
	if (!sn_ackwin_fits(&sp->window, r->number)) {
		return SN_EAGAIN;
	}
	rp->expected = r->number + 1;
	if (sn_ackwin_test(&sp->window, r->number)) {
		return GO_ON;
	}
	if (!sound) {
		sn_spool_lose(sp, SN_SPOOL_DAMAGED, r);
		sn_ackwin_set(&sp->window, r->number);
		return GO_ON;
	}
	return SN_OK;
}

/* One record further. SN_OK: *r is to be handed out; GO_ON; or as sn_spool_read. */
static int step(struct sn_spool *sp, struct sn_format_record *r)
{
	struct sn_walk *w = &sp->replay.walk;
	size_t i = segment_of(sp, sp->replay.expected);
	struct sn_walk before;
	bool sound;
	int rc;

	if (i == sp->segments.n) {
		return pass_over(sp, i ? sp->segments.v[0].first : sn_spool_committed(sp));
	}
	rc = place(sp, i);
	if (rc) {
		return rc;
	}
	before = *w;
	rc = sn_walk_next(w, r, &sound);
	if (rc == SN_ENOENT) {
		return pass_over(sp, sn_segments_limit(sp, i));
	}
	if (rc == SN_EIO) {
		rc = trouble(sp, sp->replay.id, w->off, w->os_error);
		if (rc == GO_ON) {
			sn_walk_pass(w);
		}
		return rc;
	}
	rc = judge(sp, r, sound);
	if (rc == SN_EAGAIN) {
		/* read again, from the same octets */
		w->off = before.off;
		w->expected = before.expected;
		w->skipped = before.skipped;
	}
	return rc;
}

int sn_replay_next(struct sn_spool *sp, struct sn_spool_record *rec)
{
	struct sn_replay *rp = &sp->replay;
	struct sn_format_record r;
	int rc = GO_ON;

	while (rc == GO_ON) {
		if (rp->expected < sp->window.floor) {
			rp->expected = sp->window.floor;
		}
		if (rp->expected >= sn_spool_committed(sp)) {
			return SN_ENOENT;
		}
		rc = step(sp, &r);
	}
	if (rc) {
		return rc;
	}
	*rec = (struct sn_spool_record){
		.boot = r.boot,
		.number = r.number,
		.time = r.time,
		.key = r.key,
		.payload = r.payload,
		.rows = r.rows,
		.rounds = r.rounds,
		.kind = r.kind,
		.again = r.number < rp->high,
	};
	rp->high = rp->high > r.number ? rp->high : r.number + 1;
	return SN_OK;
}

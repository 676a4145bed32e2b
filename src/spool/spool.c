/*
 * The spool as its owner sees it, see spool.h: opening, closing, accounts; the work is done in
 * batch.c, replay.c and limit.c. Called by the pump's thread.
 */
#include "spool/spool_int.h"

#include <errno.h>
#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

int sn_spool_fail(struct sn_spool *sp, int os_error)
{
	int err = sn_disk_err(os_error);

	sp->stats.errors++;
	sp->stats.errors_nospace += err == SN_ENOSPC;
	sp->stats.os_error = os_error < 0 ? -os_error : os_error;
	/* these have a meaning of their own where a spool's functions return them */
	return err == SN_ENOENT || err == SN_EEXIST ? SN_EIO : err;
}

static void tell(struct sn_spool *sp, const struct sn_spool_loss *loss)
{
	sp->stats.lost_records[loss->cause] += loss->records;
	sp->stats.lost_rows[loss->cause] += loss->rows;
	sp->stats.lost_rounds[loss->cause] += loss->rounds;
	if (sp->cfg.lost) {
		sp->cfg.lost(sp->cfg.ctx, loss);
	}
}

void sn_spool_lose(struct sn_spool *sp, enum sn_spool_cause cause,
		   const struct sn_format_record *rec)
{
	struct sn_spool_loss loss = {
		.cause = cause,
		.number = rec->number,
		.records = 1,
		.key = rec->key,
		.rows = rec->rows,
		.rounds = rec->rounds,
		.kind = rec->kind,
		.known = true,
		.in_flight = rec->number < sp->replay.high,
	};

	tell(sp, &loss);
}

static void lose_run(struct sn_spool *sp, enum sn_spool_cause cause, uint64_t from, uint64_t to)
{
	struct sn_spool_loss loss = {.cause = cause, .number = from};

	if (from < to) {
		loss.records = to - from;
		loss.in_flight = from < sp->replay.high;
		tell(sp, &loss);
	}
}

void sn_spool_lose_range(struct sn_spool *sp, enum sn_spool_cause cause, uint64_t from, uint64_t to)
{
	/* beyond the window nothing is settled */
	uint64_t edge = sp->window.floor + sp->window.size;

	for (uint64_t n = from; n < to && n < edge; n++) {
		if (sn_ackwin_test(&sp->window, n)) {
			lose_run(sp, cause, from, n);
			from = n + 1;
		}
	}
	lose_run(sp, cause, from, to);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int sn_spool_config_complete(struct sn_spool_config *cfg)
{
	uint64_t part;

	cfg->max_bytes = cfg->max_bytes ? cfg->max_bytes : 4 * GIB;
	part = cfg->max_bytes / 64 < 4 * MIB ? 4 * MIB : least(cfg->max_bytes / 64, 64 * MIB);
	if (cfg->segment_bytes == 0) {
		cfg->segment_bytes = least(part, cfg->max_bytes / 4);
	}
	if (cfg->segment_bytes < 2 * (uint64_t)SN_FORMAT_AREA ||
	    cfg->segment_bytes > SN_FORMAT_SEGMENT_MAX || cfg->segment_bytes > cfg->max_bytes / 4) {
		return SN_EINVAL;
	}
	if (cfg->batch_bytes == 0) {
		cfg->batch_bytes = least(4 * MIB, cfg->segment_bytes - SN_FORMAT_AREA);
	}
	if (cfg->batch_bytes > cfg->segment_bytes - SN_FORMAT_AREA) {
		return SN_EINVAL;
	}
	cfg->window = cfg->window ? cfg->window : 65536;
	return SN_OK;
}

static void spool_free(struct sn_spool *sp)
{
	sn_replay_close(sp);
	sn_batch_seal(sp);
	sn_mark_close(sp);
	sp->disk->ops->free(sp->disk);
	sn_ackwin_fini(&sp->window);
	free(sp->segments.v);
	free(sp->batch.buf);
	free(sp->read_buf);
	free(sp->heads_buf);
	free(sp);
}

static struct sn_spool *spool_new(struct sn_disk *disk, const struct sn_spool_config *cfg)
{
	struct sn_spool *sp = calloc(1, sizeof(*sp));

	if (!sp) {
		disk->ops->free(disk);
		return NULL;
	}
	sp->disk = disk;
	sp->cfg = *cfg;
	sp->batch.fd = -1;
	sp->replay.walk.fd = -1;
	sp->mark.fd = -1;
	sp->next = 1;
	sp->next_id = 1;
	return sp;
}

static int take_memory(struct sn_spool *sp)
{
	sp->batch.buf = malloc(sp->cfg.batch_bytes);
	sp->read_buf = malloc(SN_SPOOL_READ_BUF);
	sp->heads_buf = malloc(SN_SPOOL_HEADS_BUF);
	sp->replay.walk.buf = sp->read_buf;
	sp->replay.walk.cap = SN_SPOOL_READ_BUF;
	if (sn_ackwin_init(&sp->window, sp->cfg.window) || !sp->batch.buf || !sp->read_buf ||
	    !sp->heads_buf) {
		return SN_ENOMEM;
	}
	return SN_OK;
}

/* Where the last run ended: what is settled, which number comes next. */
static void resume(struct sn_spool *sp)
{
	const struct sn_format_mark *mark = &sp->mark.durable;

	if (sp->next_id < mark->next_id) {
		sp->next_id = mark->next_id;
	}
	if (sp->next < mark->floor) {
		sp->next = mark->floor;
	}
	if (mark->generation == 0) {
		/* without a mark the first segment is where it begins */
		sn_ackwin_jump(&sp->window, sp->segments.n ? sp->segments.v[0].first : 1);
	} else {
		sn_ackwin_jump(&sp->window, mark->acked);
		sn_limit_resume(sp);
	}
	sp->stats.found = sp->next - sp->window.floor;
	for (int i = 0; i < SN_SPOOL_CAUSES; i++) {
		sp->stats.found += sp->stats.lost_records[i];
	}
	/* from here on there is a mark: a segment that vanishes is missed. Errors are counted. */
	if (sn_mark_update(sp) == SN_OK) {
		sn_limit_sweep(sp, true);
	}
}

int sn_spool_open(struct sn_disk *disk, const struct sn_spool_config *cfg, uint64_t now,
		  struct sn_spool **spool)
{
	struct sn_spool *sp = spool_new(disk, cfg);
	int rc;

	if (!sp) {
		return SN_ENOMEM;
	}
	sp->now = now;
	rc = sn_spool_config_complete(&sp->cfg);
	if (rc == SN_OK) {
		rc = take_memory(sp);
	}
	if (rc == SN_OK) {
		rc = disk->ops->lock(disk);
		if (rc) {
			rc = rc == -EWOULDBLOCK ? SN_EEXIST : sn_spool_fail(sp, rc);
		}
	}
	if (rc == SN_OK) {
		rc = sn_mark_load(sp);
	}
	if (rc == SN_OK) {
		rc = sn_segments_load(sp);
	}
	if (rc) {
		spool_free(sp);
		return rc;
	}
	resume(sp);
	*spool = sp;
	return SN_OK;
}

static int first_error(int a, int b)
{
	return a ? a : b;
}

int sn_spool_close(struct sn_spool *sp)
{
	int rc = sn_batch_commit(sp);

	sn_batch_give_up(sp);
	rc = first_error(rc, sn_mark_update(sp));
	rc = first_error(rc, sn_limit_sweep(sp, true));
	spool_free(sp);
	return rc;
}

int sn_spool_append(struct sn_spool *sp, const struct sn_spool_entry *e, uint64_t now,
		    uint64_t *number)
{
	sp->now = now;
	return sn_batch_append(sp, e, number);
}

int sn_spool_commit(struct sn_spool *sp)
{
	return sn_batch_commit(sp);
}

int sn_spool_read(struct sn_spool *sp, struct sn_spool_record *rec)
{
	return sn_replay_next(sp, rec);
}

int sn_spool_ack(struct sn_spool *sp, uint64_t number)
{
	if (number >= sp->replay.high) {
		return SN_EINVAL;
	}
	if (sn_ackwin_test(&sp->window, number)) {
		return SN_ENOENT;
	}
	sn_ackwin_set(&sp->window, number);
	sp->stats.acked++;
	return SN_OK;
}

void sn_spool_rewind(struct sn_spool *sp)
{
	sn_replay_close(sp);
	sp->replay.expected = sp->window.floor;
}

int sn_spool_tick(struct sn_spool *sp, uint64_t now)
{
	int rc;

	sp->now = now;
	rc = sn_mark_update(sp);
	rc = first_error(rc, sn_limit_sweep(sp, false));
	return first_error(rc, sn_limit_age(sp));
}

int sn_spool_drop_oldest(struct sn_spool *sp)
{
	return sn_limit_drop(sp, SN_SPOOL_FULL);
}

void sn_spool_stats_get(const struct sn_spool *sp, struct sn_spool_stats *stats)
{
	uint64_t floor = sp->window.floor;

	*stats = sp->stats;
	stats->pending = sp->next - floor - sp->window.settled;
	stats->uncommitted = sp->batch.records;
	stats->in_flight =
		sp->replay.high > floor ? sp->replay.high - floor - sp->window.settled : 0;
	stats->bytes = sp->bytes;
	stats->segments = sp->segments.n;
}

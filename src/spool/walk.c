/*
 * One segment from front to back, see walk.h. Octets come in pieces as large as the buffer; a
 * record that reaches beyond a piece is read again with the next one, which begins with it.
 */
#include "spool/walk.h"

enum { STEP = 8, BLOCK = 4096 };

void sn_walk_start(struct sn_walk *w, struct sn_disk *disk, int fd, uint64_t boot, uint64_t first)
{
	w->disk = disk;
	w->fd = fd;
	w->os_error = 0;
	w->have = 0;
	w->at = SN_FORMAT_AREA;
	w->off = SN_FORMAT_AREA;
	w->end = SN_FORMAT_AREA;
	w->boot = boot;
	w->expected = first;
	w->limit = SN_FORMAT_NUMBER_MAX;
	w->skipped = 0;
}

/* Octets from off on that are in the buffer. */
static size_t in_buf(const struct sn_walk *w)
{
	return w->off < w->at || w->off >= w->at + w->have ? 0 : (size_t)(w->at + w->have - w->off);
}

/* Octets from off to the end. */
static uint64_t to_end(const struct sn_walk *w)
{
	return w->off < w->end ? w->end - w->off : 0;
}

/*
 * Has n octets from off on in the buffer, n <= cap. SN_OK; SN_ENOENT: the file ends before,
 * whatever its size was; SN_EIO.
 */
static int need(struct sn_walk *w, size_t n)
{
	uint64_t most;

	if (n > to_end(w)) {
		return SN_ENOENT;
	}
	if (in_buf(w) >= n) {
		return SN_OK;
	}
	most = to_end(w) < w->cap ? to_end(w) : w->cap;
	w->at = w->off;
	w->have = 0;
	while (w->have < n) {
		ssize_t got = w->disk->ops->pread(w->disk, w->fd, w->buf + w->have,
						  (size_t)most - w->have, w->at + w->have);

		if (got < 0) {
			w->os_error = (int)got;
			return SN_EIO;
		}
		if (got == 0) {
			return SN_ENOENT;
		}
		w->have += (size_t)got;
	}
	return SN_OK;
}

static const uint8_t *here(const struct sn_walk *w)
{
	return w->buf + (w->off - w->at);
}

/* The head at off, with its key. SN_ETAG: there is none. */
static int read_head(struct sn_walk *w, struct sn_format_record *rec)
{
	int rc = need(w, SN_FORMAT_RECORD);

	if (rc) {
		return rc;
	}
	rc = sn_format_record_read(here(w), in_buf(w), w->boot, rec);
	if (rc == SN_ETRUNC) {
		/* the longest key, or all there is */
		size_t most = SN_FORMAT_RECORD + SN_FORMAT_KEY_MAX;

		rc = need(w, to_end(w) < most ? (size_t)to_end(w) : most);
		if (rc) {
			return rc == SN_ENOENT ? SN_ETAG : rc;
		}
		rc = sn_format_record_read(here(w), in_buf(w), w->boot, rec);
	}
	return rc ? SN_ETAG : SN_OK;
}

/*
 * Whether a sound head is that of the next record, or of a later one behind some that are lost:
 * each of those took up room.
 */
static bool follows(const struct sn_walk *w, const struct sn_format_record *rec)
{
	return rec->number >= w->expected &&
	       rec->number - w->expected <= w->skipped / SN_FORMAT_RECORD &&
	       sn_format_record_size(rec->key.n, rec->payload.n) <= to_end(w);
}

/* Takes the record whose head was read and moves behind it. */
static int take(struct sn_walk *w, struct sn_format_record *rec, bool *sound)
{
	size_t before = SN_FORMAT_RECORD + rec->key.n;
	size_t size = sn_format_record_size(rec->key.n, rec->payload.n);

	*sound = true;
	if (!w->heads) {
		int rc = need(w, size);

		if (rc) {
			return rc;
		}
		rec->key.p = here(w) + SN_FORMAT_RECORD;
		rec->payload.p = here(w) + before;
		*sound = sn_format_record_check(rec, rec->payload.p) == SN_OK;
	}
	w->off += size;
	w->skipped = 0;
	w->expected = rec->number + 1;
	return SN_OK;
}

static void skip(struct sn_walk *w, uint64_t n)
{
	w->off += n;
	w->skipped += n;
}

int sn_walk_next(struct sn_walk *w, struct sn_format_record *rec, bool *sound)
{
	for (;;) {
		int rc = read_head(w, rec);

		if (rc == SN_OK && rec->number >= w->limit) {
			return SN_ENOENT;
		}
		if (rc == SN_OK && follows(w, rec)) {
			return take(w, rec, sound);
		}
		if (rc == SN_ENOENT || rc == SN_EIO) {
			return rc;
		}
		skip(w, STEP);
	}
}

void sn_walk_pass(struct sn_walk *w)
{
	skip(w, BLOCK - w->off % BLOCK);
	w->have = 0;
}

/*
 * The disk of model_disk.h. One thread.
 */
#include "support/model_disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct model_handle {
	struct sn_disk base; /* first: the spool sees this */
	struct model *m;     /* what it is a view of */
	bool has_lock;	     /* this one took it */
};

enum kind { READING, WRITING };

static struct model *of(struct sn_disk *d)
{
	return ((struct model_handle *)d)->m;
}

/* Counts a call: 0, or the negative errno it fails with. After the crash nothing works. */
static int call(struct model *m, enum kind kind)
{
	uint64_t n = ++m->calls;

	if (m->crash_at && n >= m->crash_at) {
		return -EIO;
	}
	if (m->fail_from && n >= m->fail_from && n - m->fail_from < m->fail_count &&
	    !(m->fail_writes_only && kind == READING)) {
		return -m->fail_error;
	}
	return 0;
}

bool model_dead(const struct model *m)
{
	return m->crash_at && m->calls >= m->crash_at;
}

static void *must(void *p)
{
	if (!p) {
		abort();
	}
	return p;
}

/* Room for so many octets; what is new is zero. */
static void grow(struct model_file *f, uint64_t size)
{
	uint64_t room = f->room ? f->room : 8 * MODEL_SECTOR;

	if (size <= f->room) {
		return;
	}
	while (room < size) {
		room *= 2;
	}
	f->now = must(realloc(f->now, room));
	f->durable = must(realloc(f->durable, room));
	f->dirty = must(realloc(f->dirty, room / MODEL_SECTOR));
	memset(f->now + f->room, 0, room - f->room);
	memset(f->durable + f->room, 0, room - f->room);
	memset(f->dirty + f->room / MODEL_SECTOR, 0, (room - f->room) / MODEL_SECTOR);
	f->room = room;
}

static void drop(struct model_file *f)
{
	free(f->now);
	free(f->durable);
	free(f->dirty);
	memset(f, 0, sizeof(*f));
}

static struct model_file *place(struct model *m)
{
	for (int i = 0; i < MODEL_FILES; i++) {
		if (!m->files[i].used) {
			m->files[i].used = true;
			return &m->files[i];
		}
	}
	abort();
}

struct model_file *model_find(struct model *m, const char *name)
{
	for (int i = 0; i < MODEL_FILES; i++) {
		if (m->files[i].used && strcmp(m->files[i].name, name) == 0) {
			return &m->files[i];
		}
	}
	return NULL;
}

static int model_lock(struct sn_disk *d)
{
	struct model *m = of(d);
	int rc = call(m, WRITING);

	if (rc == 0 && m->locked) {
		return -EWOULDBLOCK;
	}
	if (rc == 0) {
		m->locked = true;
		((struct model_handle *)d)->has_lock = true;
	}
	return rc;
}

static int model_list(struct sn_disk *d, sn_disk_name_fn *each, void *ctx)
{
	struct model *m = of(d);
	int rc = call(m, READING);

	/* backwards: nobody promises an order */
	for (int i = MODEL_FILES; rc == 0 && i-- > 0;) {
		if (m->files[i].used && m->files[i].name[0]) {
			each(ctx, m->files[i].name);
		}
	}
	return rc;
}

static int model_open(struct sn_disk *d, const char *name, enum sn_disk_mode mode)
{
	struct model *m = of(d);
	int rc = call(m, mode == SN_DISK_READ ? READING : WRITING);
	struct model_file *f = model_find(m, name);

	if (rc) {
		return rc;
	}
	if (mode == SN_DISK_CREATE && f) {
		return -EEXIST;
	}
	if (mode == SN_DISK_CREATE) {
		f = place(m);
		snprintf(f->name, sizeof(f->name), "%s", name);
	}
	if (!f) {
		return -ENOENT;
	}
	m->open++;
	f->opens++;
	return (int)(f - m->files);
}

static int64_t model_size(struct sn_disk *d, int fd)
{
	int rc = call(of(d), READING);

	return rc ? rc : (int64_t)of(d)->files[fd].size;
}

static ssize_t model_pread(struct sn_disk *d, int fd, void *to, size_t n, uint64_t at)
{
	const struct model_file *f = &of(d)->files[fd];
	int rc = call(of(d), READING);

	if (rc) {
		return rc;
	}
	if (at >= f->size) {
		return 0;
	}
	n = n < f->size - at ? n : (size_t)(f->size - at);
	if (of(d)->bad_name && strcmp(of(d)->bad_name, f->name) == 0) {
		if (at >= of(d)->bad_from) {
			return -EIO;
		}
		n = n < of(d)->bad_from - at ? n : (size_t)(of(d)->bad_from - at);
	}
	if (n) {
		memcpy(to, f->now + at, n);
	}
	return (ssize_t)n;
}

static void put(struct model_file *f, const void *from, size_t n, uint64_t at)
{
	grow(f, at + n);
	memcpy(f->now + at, from, n);
	for (uint64_t s = at / MODEL_SECTOR; s * MODEL_SECTOR < at + n; s++) {
		f->dirty[s] = 1;
	}
	f->size = f->size > at + n ? f->size : at + n;
}

static ssize_t model_pwrite(struct sn_disk *d, int fd, const void *from, size_t n, uint64_t at)
{
	struct model *m = of(d);
	int rc = call(m, WRITING);
	size_t all = n;

	if (rc && (model_dead(m) || !m->fail_short)) {
		/* of the write at which the power goes any sector may have arrived */
		if (model_dead(m) && m->calls == m->crash_at) {
			put(&m->files[fd], from, n, at);
		}
		return rc;
	}
	n = m->fail_short && rc ? n / 2 : n;
	if (n) {
		put(&m->files[fd], from, n, at);
	}
	return n || all == 0 ? (ssize_t)n : rc;
}

static int model_truncate(struct sn_disk *d, int fd, uint64_t size)
{
	struct model_file *f = &of(d)->files[fd];
	int rc = call(of(d), WRITING);

	if (rc) {
		return rc;
	}
	grow(f, size);
	if (size < f->size) {
		memset(f->now + size, 0, f->size - size);
	}
	f->size = size;
	return 0;
}

static int model_sync(struct sn_disk *d, int fd)
{
	struct model *m = of(d);
	struct model_file *f = &m->files[fd];
	int rc = call(m, WRITING);

	if (model_dead(m)) {
		return rc;
	}
	if (rc == 0) {
		memcpy(f->durable, f->now, f->room);
		f->durable_size = f->size;
	}
	if (f->room) {
		memset(f->dirty, 0, f->room / MODEL_SECTOR); /* after a failure too */
	}
	return rc;
}

static void model_close(struct sn_disk *d, int fd)
{
	of(d)->open--;
	of(d)->files[fd].opens--;
}

static int model_unlink(struct sn_disk *d, const char *name)
{
	struct model *m = of(d);
	int rc = call(m, WRITING);
	struct model_file *f = model_find(m, name);

	if (rc) {
		return rc;
	}
	if (!f) {
		return -ENOENT;
	}
	f->name[0] = '\0'; /* its content stays while its name may come back or it is open */
	return 0;
}

static int model_sync_dir(struct sn_disk *d)
{
	struct model *m = of(d);
	int rc = call(m, WRITING);

	for (int i = 0; rc == 0 && i < MODEL_FILES; i++) {
		struct model_file *f = &m->files[i];

		memcpy(f->kept, f->name, MODEL_NAME);
		if (f->used && !f->name[0] && f->opens == 0) {
			drop(f);
		}
	}
	return rc;
}

static void model_free(struct sn_disk *d)
{
	if (((struct model_handle *)d)->has_lock) {
		of(d)->locked = false;
	}
	free(d);
}

static const struct sn_disk_ops model_ops = {
	.lock = model_lock,
	.list = model_list,
	.open = model_open,
	.size = model_size,
	.pread = model_pread,
	.pwrite = model_pwrite,
	.truncate = model_truncate,
	.sync = model_sync,
	.close = model_close,
	.unlink = model_unlink,
	.sync_dir = model_sync_dir,
	.free = model_free,
};

struct sn_disk *model_disk(struct model *m)
{
	struct model_handle *h = must(calloc(1, sizeof(*h)));

	h->base.ops = &model_ops;
	h->m = m;
	return &h->base;
}

void model_init(struct model *m, uint64_t seed)
{
	memset(m, 0, sizeof(*m));
	sn_rng_init_seed(&m->rng, seed);
}

void model_fini(struct model *m)
{
	for (int i = 0; i < MODEL_FILES; i++) {
		if (m->files[i].used) {
			drop(&m->files[i]);
		}
	}
}

/* Whether something that is not durable is there afterwards. */
static bool survives(struct model *m, enum model_crash how, bool name)
{
	switch (how) {
	case MODEL_LOSE_ALL:
		return false;
	case MODEL_KEEP_DATA:
		return !name;
	case MODEL_KEEP_NAMES:
		return name;
	default:
		return sn_rng_below(&m->rng, 2) != 0;
	}
}

static void settle_content(struct model *m, struct model_file *f, enum model_crash how)
{
	for (uint64_t s = 0; s < f->room / MODEL_SECTOR; s++) {
		size_t n = MODEL_SECTOR;

		if (f->dirty[s] && survives(m, how, false)) {
			/* often within the first octets, where what is small lies */
			if (how == MODEL_RANDOM_TORN && sn_rng_below(&m->rng, 2)) {
				n = sn_rng_below(&m->rng, sn_rng_below(&m->rng, 2) ? 80 : n);
			}
			memcpy(f->durable + s * MODEL_SECTOR, f->now + s * MODEL_SECTOR, n);
		}
	}
	/* a size may arrive without its data, and data without their size */
	if (f->size != f->durable_size && survives(m, how, false)) {
		f->durable_size = f->size;
	}
	memset(f->durable + f->durable_size, 0, f->room - f->durable_size);
	memcpy(f->now, f->durable, f->room);
	memset(f->dirty, 0, f->room / MODEL_SECTOR);
	f->size = f->durable_size;
}

void model_power_cycle(struct model *m, enum model_crash how)
{
	for (int i = 0; i < MODEL_FILES; i++) {
		struct model_file *f = &m->files[i];

		f->opens = 0;
		if (!f->used || how == MODEL_KEEP_ALL) {
			continue;
		}
		if (strcmp(f->name, f->kept) != 0 && survives(m, how, true)) {
			memcpy(f->kept, f->name, MODEL_NAME);
		}
		memcpy(f->name, f->kept, MODEL_NAME);
		if (!f->name[0]) {
			drop(f);
		} else if (f->room) {
			settle_content(m, f, how);
		}
	}
	m->crash_at = 0;
	m->fail_from = 0;
	m->locked = false;
	m->calls = 0;
	m->open = 0;
}

void model_put(struct model *m, const char *name, const void *data, size_t n)
{
	struct model_file *f = model_find(m, name);

	if (f) {
		drop(f);
	}
	f = place(m);
	snprintf(f->name, sizeof(f->name), "%s", name);
	memcpy(f->kept, f->name, MODEL_NAME);
	grow(f, n + 1);
	if (n) {
		memcpy(f->now, data, n);
		memcpy(f->durable, data, n);
	}
	f->size = n;
	f->durable_size = n;
}

uint64_t model_bytes(const struct model *m)
{
	uint64_t n = 0;

	for (int i = 0; i < MODEL_FILES; i++) {
		const struct model_file *f = &m->files[i];

		if (f->used && strlen(f->name) == 20 && strcmp(f->name + 16, ".seg") == 0) {
			n += f->size;
		}
	}
	return n;
}

/*
 * Fuzz target: a segment of the spool as the disk may give it back. The first octet says how it is
 * put together, 64 are its head, the rest are its records (octets 4,096 on). With flag 1 sums are
 * made right, so that what is behind them is reached; with 2 the head has its second copy; with 4 a
 * sound segment follows. The start succeeds, what comes out was in the file, in order, once; the
 * accounts are right; the spool works on and forgets what is settled.
 */
#include "spool/crc32c.h"
#include "spool/format.h"
#include "spool/spool.h"

#include "support/fuzz.h"
#include "support/model_disk.h"

#include <string.h>

enum { HEAD = 64, MEND = 1, COPY = 2, FOLLOWED = 4, LARGEST = 1 << 16 };

struct tally {
	uint64_t records; /* told as lost */
	uint64_t rows;	  /* in them */
};

static uint8_t file[SN_FORMAT_AREA + LARGEST];
static size_t file_n;
static struct model disk;

static void on_lost(void *ctx, const struct sn_spool_loss *loss)
{
	struct tally *t = ctx;

	fuzz_expect(loss->records > 0 && loss->cause == SN_SPOOL_DAMAGED);
	fuzz_expect(loss->known ? loss->records == 1 : loss->key.n == 0 && loss->rows == 0);
	t->records += loss->records;
	t->rows += loss->rows;
}

static void put32(uint8_t *to, uint32_t v)
{
	memcpy(to, &v, 4);
}

/* docs/SPOOL.md has the layouts. */
static void mend_head(uint8_t *head)
{
	static const uint8_t start[16] = {'s', 'o', 'n', 'd', 'e', 's', 'e', 'g',
					  4,   3,   2,	 1,   1,   0,	0,   0x10};
	uint64_t id = 1;

	memcpy(head, start, sizeof(start));
	memcpy(head + 16, &id, 8);
	put32(head + 60, sn_crc32c(0, head, 60));
}

/* Gives every head of a record the segment's boot number and right sums. */
static void mend_records(void)
{
	for (size_t at = SN_FORMAT_AREA; at + SN_FORMAT_RECORD <= file_n; at += 8) {
		static const uint8_t magic[4] = {0xe3, 0x9a, 0x5d, 0x6f};
		uint8_t *p = file + at;
		size_t left = file_n - at - SN_FORMAT_RECORD;
		uint32_t payload;
		uint16_t key;

		memcpy(&payload, p + 12, 4);
		memcpy(&key, p + 16, 2);
		if (memcmp(p, magic, 4) != 0 || key > left) {
			continue;
		}
		memcpy(p + 40, file + 32, 8);
		if (payload <= left - key) {
			put32(p + 8, sn_crc32c(0, p + SN_FORMAT_RECORD + key, payload));
		}
		put32(p + 4, sn_crc32c(0, p + 8, SN_FORMAT_RECORD - 8 + key));
	}
}

/* The file of an input; false: too short or too long. */
static bool make_file(const uint8_t *data, size_t size)
{
	if (size < 1 + HEAD || size - 1 - HEAD > LARGEST) {
		return false;
	}
	memset(file, 0, SN_FORMAT_AREA);
	memcpy(file, data + 1, HEAD);
	file_n = SN_FORMAT_AREA + size - 1 - HEAD;
	memcpy(file + SN_FORMAT_AREA, data + 1 + HEAD, size - 1 - HEAD);
	if (data[0] & MEND) {
		mend_head(file);
		mend_records();
	}
	if (data[0] & COPY) {
		memcpy(file + SN_FORMAT_COPY, file, HEAD);
	}
	model_put(&disk, "0000000000000001.seg", file, file_n);
	return true;
}

/* A segment whose first record is far behind those that the first one can have. */
static void put_second(void)
{
	uint8_t area[SN_FORMAT_AREA];
	struct sn_format_segment seg = {.id = 2, .first = 1, .boot = 3, .created = 4};

	memcpy(&seg.first, file + 24, 8);
	seg.first = seg.first > SN_FORMAT_ID_MAX ? 5000 : seg.first % 4096 + 3;
	sn_format_segment_write(area, &seg);
	model_put(&disk, "0000000000000002.seg", area, sizeof(area));
}

static struct sn_spool *open_spool(struct tally *t)
{
	struct sn_spool_config cfg = {.max_bytes = 1 << 20,
				      .segment_bytes = 128 << 10,
				      .batch_bytes = 16 << 10,
				      .window = 1024,
				      .boot = 6,
				      .lost = on_lost,
				      .ctx = t};
	struct sn_spool *sp = NULL;

	fuzz_expect(sn_spool_open(model_disk(&disk), &cfg, 9, &sp) == SN_OK);
	return sp;
}

static void check_accounts(const struct sn_spool *sp, const struct tally *t)
{
	struct sn_spool_stats st;

	sn_spool_stats_get(sp, &st);
	fuzz_expect(st.lost_records[SN_SPOOL_DAMAGED] == t->records);
	fuzz_expect(st.lost_rows[SN_SPOOL_DAMAGED] == t->rows);
	fuzz_expect(st.found + st.appended == st.acked + st.pending + t->records);
}

/* Reads everything; settles it, the second of each two first. */
static unsigned drain(struct sn_spool *sp)
{
	struct sn_spool_record r;
	uint64_t waiting = 0; /* read and not settled, 0: none */
	uint64_t last = 0;
	unsigned n = 0;
	int rc;

	for (;;) {
		rc = sn_spool_read(sp, &r);
		if (waiting && rc) {
			/* at the end, or at a hole that is wider than the window */
			fuzz_expect(rc == SN_ENOENT || rc == SN_EAGAIN);
			fuzz_expect(sn_spool_ack(sp, waiting) == SN_OK);
			waiting = 0;
			continue;
		}
		if (rc) {
			break;
		}
		fuzz_expect(r.number > last && !r.again);
		fuzz_expect(r.key.n == 0 || memmem(file, file_n, r.key.p, r.key.n));
		fuzz_expect(r.payload.n == 0 || memmem(file, file_n, r.payload.p, r.payload.n));
		last = r.number;
		n++;
		if (!waiting) {
			waiting = r.number;
			continue;
		}
		fuzz_expect(sn_spool_ack(sp, r.number) == SN_OK);
		fuzz_expect(sn_spool_ack(sp, waiting) == SN_OK);
		waiting = 0;
	}
	fuzz_expect(rc == SN_ENOENT && n <= file_n / SN_FORMAT_RECORD);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sn_spool_entry e = {.rows = 1};
	struct tally t = {0};
	struct sn_spool *sp;

	model_init(&disk, 1);
	if (!make_file(data, size)) {
		return 0;
	}
	if (data[0] & FOLLOWED) {
		put_second();
	}
	sp = open_spool(&t);
	drain(sp);
	check_accounts(sp, &t);
	fuzz_expect(sn_spool_append(sp, &e, 9, NULL) == SN_OK);
	fuzz_expect(sn_spool_commit(sp) == SN_OK);
	fuzz_expect(drain(sp) == 1);
	check_accounts(sp, &t);
	fuzz_expect(sn_spool_close(sp) == SN_OK);

	t = (struct tally){0};
	sp = open_spool(&t);
	fuzz_expect(drain(sp) == 0 && t.records == 0);
	fuzz_expect(sn_spool_close(sp) == SN_OK);
	fuzz_expect(disk.open == 0);
	model_fini(&disk);
	return 0;
}

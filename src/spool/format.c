/*
 * The layouts of the spool's files, see format.h. The structs below are the octets on the disk:
 * naturally aligned, without a gap, so that they are copied as they are. Called on the spool's
 * thread.
 */
#include "spool/format.h"

#include "spool/crc32c.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SEGMENT_MAGIC "sondeseg"
#define MARK_MAGIC "sondemrk"
#define RECORD_MAGIC UINT32_C(0x6f5d9ae3)
#define ORDER UINT32_C(0x01020304)

struct head {
	char magic[8];	   /* SEGMENT_MAGIC or MARK_MAGIC */
	uint32_t order;	   /* ORDER in the writer's byte order */
	uint16_t version;  /* SN_FORMAT_VERSION */
	uint16_t area;	   /* a segment: SN_FORMAT_AREA; a mark: 0 */
	uint64_t v[5];	   /* a segment: id, first, boot, created, 0; a mark as its struct */
	uint32_t reserved; /* 0 */
	uint32_t sum;	   /* CRC-32C of all before */
};

struct record_head {
	uint32_t magic;	   /* RECORD_MAGIC */
	uint32_t head_sum; /* CRC-32C from the next field to the end of the key */
	uint32_t body_sum; /* CRC-32C of the payload */
	uint32_t payload;  /* octets behind the key */
	uint16_t key;	   /* octets behind the head */
	uint16_t kind;	   /* the appender's own */
	uint32_t rows;	   /* that it holds */
	uint32_t rounds;   /* the same of round records */
	uint32_t reserved; /* 0 */
	uint64_t number;   /* of the record */
	uint64_t boot;	   /* of the process that wrote it */
	uint64_t time;	   /* Unix time, ms */
};

_Static_assert(sizeof(struct head) == SN_FORMAT_MARK, "heads on the disk have 64 octets");
_Static_assert(sizeof(struct record_head) == SN_FORMAT_RECORD, "records' heads have 56 octets");

/* Where the octets under head_sum begin. */
enum { SUMMED = offsetof(struct record_head, body_sum) };

static void head_finish(struct head *h, const char *magic, uint16_t area)
{
	memcpy(h->magic, magic, sizeof(h->magic));
	h->order = ORDER;
	h->version = SN_FORMAT_VERSION;
	h->area = area;
	h->reserved = 0;
	h->sum = sn_crc32c(0, h, offsetof(struct head, sum));
}

static bool has_magic(const struct head *h, const char *magic)
{
	return memcmp(h->magic, magic, sizeof(h->magic)) == 0;
}

static bool head_sound(const struct head *h)
{
	return h->sum == sn_crc32c(0, h, offsetof(struct head, sum));
}

void sn_format_segment_write(uint8_t area[SN_FORMAT_AREA], const struct sn_format_segment *seg)
{
	struct head h = {.v = {seg->id, seg->first, seg->boot, seg->created}};

	head_finish(&h, SEGMENT_MAGIC, SN_FORMAT_AREA);
	memset(area, 0, SN_FORMAT_AREA);
	memcpy(area, &h, sizeof(h));
	memcpy(area + SN_FORMAT_COPY, &h, sizeof(h));
}

/* One copy of a segment's head. */
static int segment_copy(const uint8_t *p, struct sn_format_segment *seg)
{
	struct head h;

	memcpy(&h, p, sizeof(h));
	if (!has_magic(&h, SEGMENT_MAGIC)) {
		return SN_ETAG;
	}
	if (h.order != ORDER || (head_sound(&h) && h.version != SN_FORMAT_VERSION)) {
		return SN_EVERSION;
	}
	if (!head_sound(&h) || h.area != SN_FORMAT_AREA) {
		return SN_ETAG;
	}
	*seg = (struct sn_format_segment){
		.id = h.v[0], .first = h.v[1], .boot = h.v[2], .created = h.v[3]};
	return seg->first > SN_FORMAT_ID_MAX || seg->id > SN_FORMAT_ID_MAX ? SN_ETAG : SN_OK;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i]) {
			return false;
		}
	}
	return true;
}

/* Whether n octets are how a head begins, or a torn one: the rest of the magic number is zeros. */
static bool begins_head(const uint8_t *p, size_t n)
{
	size_t same = 0;

	n = n < 8 ? n : 8;
	while (same < n && p[same] == (uint8_t)SEGMENT_MAGIC[same]) {
		same++;
	}
	return same > 0 && all_zero(p + same, n - same);
}

/* Whether a file without a sound head that ends before its first record is one of ours. */
static bool begun(const uint8_t *area, size_t n)
{
	return begins_head(area, n) ||
	       (n > SN_FORMAT_COPY && begins_head(area + SN_FORMAT_COPY, n - SN_FORMAT_COPY));
}

int sn_format_segment_read(const uint8_t *area, size_t n, struct sn_format_segment *seg)
{
	int first = SN_ETAG;
	int second = SN_ETAG;

	if (n >= SN_FORMAT_AREA) {
		first = segment_copy(area, seg);
		second = first == SN_OK ? SN_OK : segment_copy(area + SN_FORMAT_COPY, seg);
	}
	if (second == SN_OK) {
		return SN_OK;
	}
	if (all_zero(area, n) || (n <= SN_FORMAT_AREA && begun(area, n))) {
		return SN_ENOENT;
	}
	return first == SN_EVERSION ? first : second;
}

static size_t round_up(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

size_t sn_format_record_size(size_t key, size_t payload)
{
	return round_up(SN_FORMAT_RECORD + key + payload);
}

void sn_format_record_write(uint8_t *to, const struct sn_format_record *rec)
{
	struct record_head h = {
		.magic = RECORD_MAGIC,
		.body_sum = sn_crc32c(0, rec->payload.p, rec->payload.n),
		.payload = (uint32_t)rec->payload.n,
		.key = (uint16_t)rec->key.n,
		.kind = rec->kind,
		.rows = rec->rows,
		.rounds = rec->rounds,
		.number = rec->number,
		.boot = rec->boot,
		.time = rec->time,
	};
	size_t size = sn_format_record_size(rec->key.n, rec->payload.n);
	uint8_t *p = to + sizeof(h);

	h.head_sum = sn_crc32c(0, (const uint8_t *)&h + SUMMED, sizeof(h) - SUMMED);
	h.head_sum = sn_crc32c(h.head_sum, rec->key.p, rec->key.n);
	memset(to + size - 8, 0, 8); /* the padding; what else it clears is written below */
	memcpy(to, &h, sizeof(h));
	if (rec->key.n) {
		memcpy(p, rec->key.p, rec->key.n);
	}
	if (rec->payload.n) {
		memcpy(p + rec->key.n, rec->payload.p, rec->payload.n);
	}
}

int sn_format_record_read(const uint8_t *p, size_t n, uint64_t boot, struct sn_format_record *rec)
{
	struct record_head h;
	uint32_t sum;

	if (n < sizeof(h)) {
		return SN_ETRUNC;
	}
	memcpy(&h, p, sizeof(h));
	/* the boot number keeps octets that a device sent from passing for a head of ours */
	if (h.magic != RECORD_MAGIC || h.boot != boot || h.key > SN_FORMAT_KEY_MAX ||
	    h.payload > SN_FORMAT_PAYLOAD_MAX || h.number > SN_FORMAT_NUMBER_MAX) {
		return SN_ETAG;
	}
	if (n < sizeof(h) + h.key) {
		return SN_ETRUNC;
	}
	sum = sn_crc32c(0, p + SUMMED, sizeof(h) - SUMMED + h.key);
	if (sum != h.head_sum) {
		return SN_ETAG;
	}
	*rec = (struct sn_format_record){
		.number = h.number,
		.boot = h.boot,
		.time = h.time,
		.rows = h.rows,
		.rounds = h.rounds,
		.kind = h.kind,
		.key = sn_span_make(p + sizeof(h), h.key),
		.payload = sn_span_make(NULL, h.payload),
		.body_sum = h.body_sum,
	};
	return SN_OK;
}

int sn_format_record_check(const struct sn_format_record *rec, const uint8_t *body)
{
	return sn_crc32c(0, body, rec->payload.n) == rec->body_sum ? SN_OK : SN_ETAG;
}

void sn_format_mark_write(uint8_t slot[SN_FORMAT_MARK], const struct sn_format_mark *mark)
{
	struct head h = {
		.v = {mark->generation, mark->acked, mark->floor, mark->next_id, mark->boot}};

	head_finish(&h, MARK_MAGIC, 0);
	memcpy(slot, &h, sizeof(h));
}

int sn_format_mark_read(const uint8_t slot[SN_FORMAT_MARK], struct sn_format_mark *mark)
{
	struct head h;

	memcpy(&h, slot, sizeof(h));
	if (!has_magic(&h, MARK_MAGIC) || h.order != ORDER || !head_sound(&h) ||
	    h.version != SN_FORMAT_VERSION) {
		return SN_ETAG;
	}
	*mark = (struct sn_format_mark){.generation = h.v[0],
					.acked = h.v[1],
					.floor = h.v[2],
					.next_id = h.v[3],
					.boot = h.v[4]};
	if (mark->acked < 1 || mark->acked > mark->floor || mark->floor > SN_FORMAT_NUMBER_MAX ||
	    mark->next_id > SN_FORMAT_ID_MAX) {
		return SN_ETAG;
	}
	return SN_OK;
}

void sn_format_name(char name[SN_FORMAT_NAME], uint64_t id)
{
	snprintf(name, SN_FORMAT_NAME, "%016" PRIx64 ".seg", id);
}

int sn_format_name_read(const char *name, uint64_t *id)
{
	uint64_t v = 0;

	if (strlen(name) != SN_FORMAT_NAME - 1 || strcmp(name + 16, ".seg") != 0) {
		return SN_EINVAL;
	}
	for (int i = 0; i < 16; i++) {
		char c = name[i];
		bool digit = c >= '0' && c <= '9';

		if (!digit && (c < 'a' || c > 'f')) {
			return SN_EINVAL;
		}
		v = v << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
	}
	*id = v;
	return v <= SN_FORMAT_NUMBER_MAX ? SN_OK : SN_EINVAL;
}

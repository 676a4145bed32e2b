/*
 * A message as a record of the spool, see spooler_parts.h: a head of fixed size, the status, then
 * names and body as they are. Numbers in the byte order of the machine, which the spool's files
 * name. On the pump's thread.
 */
#include "output/spooler_parts.h"

#include "output/murmur2.h"

struct head {
	uint64_t began; /* as in struct sn_output_message, all of these */
	uint32_t part;
	uint32_t module; /* octets */
	uint32_t table;	 /* octets */
	uint8_t status;	 /* octets */
	uint8_t topic;
	uint8_t last;
	uint8_t zero;
};

_Static_assert(sizeof(struct head) == 24, "lies on disks");

enum { STATUS_MAX = 255 };

static size_t status_size(const struct sn_output_message *m)
{
	size_t n = strlen(m->status);

	return n < STATUS_MAX ? n : STATUS_MAX;
}

size_t sn_spooler_record_size(const struct sn_output_message *m)
{
	return sizeof(struct head) + status_size(m) + m->module + m->table + m->body;
}

void sn_spooler_record_pack(uint8_t *to, const struct sn_output_message *m)
{
	struct head h = {
		.began = m->began,
		.part = m->part,
		.module = m->module,
		.table = m->table,
		.status = (uint8_t)status_size(m),
		.topic = m->topic,
		.last = m->last,
	};

	memcpy(to, &h, sizeof(h));
	to += sizeof(h);
	memcpy(to, m->status, h.status);
	to += h.status;
	memcpy(to, m->data + m->key, (size_t)m->module + m->table + m->body);
}

size_t sn_spooler_record_room(const struct sn_spool_record *rec)
{
	/* the status is in the payload and gets a NUL */
	size_t n = offsetof(struct sn_output_message, data) + rec->key.n + rec->payload.n + 1;

	return (n + 7) & ~(size_t)7;
}

int sn_spooler_record_unpack(const struct sn_spool_record *rec, struct sn_output_message *m)
{
	const uint8_t *from = rec->payload.p;
	struct head h;
	size_t names;
	size_t rest;
	uint8_t *to = m->data;

	if (rec->kind != SN_SPOOLER_KIND || rec->payload.n < sizeof(h)) {
		return SN_EINVAL;
	}
	memcpy(&h, from, sizeof(h));
	from += sizeof(h);
	names = (size_t)h.module + h.table;
	if (h.topic > SN_TOPIC_STATUS || rec->payload.n - sizeof(h) < h.status + names) {
		return SN_EINVAL;
	}
	rest = rec->payload.n - sizeof(h) - h.status;
	memset(m, 0, offsetof(struct sn_output_message, data));
	m->began = h.began;
	m->key = (uint32_t)rec->key.n;
	m->module = h.module;
	m->table = h.table;
	m->body = (uint32_t)(rest - names);
	m->rows = rec->rows;
	m->rounds = rec->rounds;
	m->hash = sn_murmur2(rec->key);
	m->part = h.part;
	m->topic = h.topic;
	m->last = h.last;
	m->record = rec->number;
	if (rec->key.n) {
		memcpy(to, rec->key.p, rec->key.n);
		to += rec->key.n;
	}
	memcpy(to, from + h.status, rest);
	to += rest;
	m->status = (const char *)to;
	memcpy(to, from, h.status);
	to[h.status] = '\0';
	m->size = (uint32_t)sn_spooler_record_room(rec);
	return SN_OK;
}

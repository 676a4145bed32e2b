/*
 * A message as librdkafka takes it, see kafka_parts.h. On the pump's thread. Nothing is copied but
 * the key and the headers: the body stays where the worker wrote it until its report is there.
 */
#include "base/clock.h"
#include "kafka/kafka_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

enum {
	NUMBERS_ROOM = 48, /* octets of two numbers as text */
	HOST_ROOM = 256	   /* of a host's name */
};

/* Of what is in the headers and bodies. */
static const char schema_version[] = "1";

static void add_header(rd_kafka_headers_t *h, const char *name, struct sn_span value)
{
	rd_kafka_header_add(h, name, -1, value.p, (ssize_t)value.n);
}

static void add_text(rd_kafka_headers_t *h, const char *name, const char *value)
{
	add_header(h, name, sn_span_str(value));
}

rd_kafka_headers_t *sn_kafka_headers_new(const char *content_type)
{
	rd_kafka_headers_t *h = rd_kafka_headers_new(8);
	char host[HOST_ROOM] = "";

	if (!h) {
		return NULL;
	}
	gethostname(host, sizeof(host) - 1);
	add_text(h, "ct", content_type);
	add_text(h, "collector", host);
	add_text(h, "schema", schema_version);
	return h;
}

/* docs/KAFKA.md lists them. */
static rd_kafka_headers_t *headers(const struct sn_kafka *k, const struct sn_output_message *m)
{
	rd_kafka_headers_t *h = rd_kafka_headers_copy(k->same);
	char text[NUMBERS_ROOM];

	add_header(h, "snmp.instance", sn_message_key(m));
	add_header(h, "snmp.module", sn_message_module(m));
	snprintf(text, sizeof(text), "%" PRIu64, m->began);
	add_text(h, "snmp.cycle", text);
	add_text(h, "snmp.status", m->status);
	if (m->table) {
		add_header(h, "snmp.table", sn_message_table(m));
		if (m->last) {
			snprintf(text, sizeof(text), "%" PRIu32 "/%" PRIu32, m->part, m->part);
		} else {
			snprintf(text, sizeof(text), "%" PRIu32 "/", m->part);
		}
		add_text(h, "snmp.part", text);
	}
	return h;
}

static rd_kafka_resp_err_t produce(struct sn_kafka *k, struct sn_output_message *m)
{
	struct sn_span key = sn_message_key(m);
	struct sn_span body = sn_message_body(m);
	rd_kafka_headers_t *h = headers(k, m);
	const rd_kafka_vu_t v[] = {
		{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = k->topic[m->topic]},
		{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t)key.p, key.n}},
		{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)body.p, body.n}},
		{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = (int64_t)(m->began / SN_NS_PER_MS)},
		{.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = m},
		{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = h},
	};
	rd_kafka_error_t *error = rd_kafka_produceva(k->rk, v, sizeof(v) / sizeof(v[0]));
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;

	if (error) {
		err = rd_kafka_error_code(error);
		rd_kafka_error_destroy(error);
		rd_kafka_headers_destroy(h);
	} else {
		m->sent = true;
		k->under_way++;
	}
	return err;
}

int sn_kafka_give(struct sn_kafka *k, struct sn_output_message *m)
{
	rd_kafka_resp_err_t err = produce(k, m);

	if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		return SN_OK;
	}
	if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL || sn_kafka_has_failed(k, sn_clock_mono())) {
		return SN_EAGAIN;
	}
	sn_kafka_lose(k, m, err);
	return SN_OK;
}

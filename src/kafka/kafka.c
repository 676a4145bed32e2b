/*
 * The sink for Kafka, see kafka.h: producers of librdkafka, one at a time. One that fails for good
 * is replaced by another, which gets all that was not delivered, in its order. Runs on the pump's
 * thread; librdkafka's own threads only call wake() and partition().
 */
#include "kafka/kafka.h"

#include "base/clock.h"
#include "kafka/kafka_parts.h"
#include "output/murmur2.h"
#include "output/port.h"

#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>

enum {
	TRIES = 4,	  /* producers that a message may see fail */
	ABORT_POLLS = 20, /* waits for reports at the very end */
	ABORT_MS = 50,	  /* of such a wait */
	BINS = 48	  /* of a merge sort: a list of 2^48 messages */
};

static const uint64_t first_pause = SN_NS_PER_SEC / 2;	  /* between two producers, then doubled */
static const uint64_t longest_pause = 30 * SN_NS_PER_SEC; /* up to this */
static const uint64_t drain_time = 10 * SN_NS_PER_SEC;	  /* for the reports of a failed one */
static const uint64_t full_pause = 50 * SN_NS_PER_MS;	  /* when one's queue is full */

/* On librdkafka's threads: there are events. */
static void wake(rd_kafka_t *rk, void *opaque)
{
	struct sn_kafka *k = opaque;

	(void)rk;
	sn_pump_nudge(k->base.pump);
}

/* On any thread: as Kafka's Java client does, from the hash that the worker has worked out. */
static int32_t partition(const rd_kafka_topic_t *topic, const void *key, size_t key_n,
			 int32_t partitions, void *topic_opaque, void *message)
{
	const struct sn_output_message *m = message;

	(void)topic;
	(void)key;
	(void)key_n;
	(void)topic_opaque;
	return sn_murmur2_partition(m->hash, partitions);
}

static void close_producer(struct sn_kafka *k)
{
	for (unsigned i = 0; i < 2; i++) {
		if (k->topic[i]) {
			rd_kafka_topic_destroy(k->topic[i]);
			k->topic[i] = NULL;
		}
	}
	if (k->queue) {
		rd_kafka_queue_cb_event_enable(k->queue, NULL, NULL);
		rd_kafka_queue_destroy(k->queue);
		k->queue = NULL;
	}
	if (k->rk) {
		rd_kafka_destroy(k->rk);
		k->rk = NULL;
	}
	for (unsigned i = 0; i < SN_KAFKA_FIGURES; i++) {
		k->before[i] += k->latest[i];
		k->latest[i] = 0;
	}
	k->failed = false;
}

static bool open_topics(struct sn_kafka *k)
{
	for (unsigned i = 0; i < 2; i++) {
		k->topic[i] = rd_kafka_topic_new(k->rk, k->topics[i], NULL);
		if (!k->topic[i]) {
			return false;
		}
	}
	return true;
}

/* Merges two lists that are in order. */
static struct sn_output_message *merge(struct sn_output_message *a, struct sn_output_message *b)
{
	struct sn_output_message *list = NULL;
	struct sn_output_message **end = &list;

	while (a && b) {
		struct sn_output_message **least = a->number < b->number ? &a : &b;

		*end = *least;
		end = &(*least)->next;
		*least = *end;
	}
	*end = a ? a : b;
	return list;
}

/* Into the order in which the messages came: in bin i is a sorted list of 2^i, or none. */
static struct sn_output_message *sort(struct sn_output_message *list)
{
	struct sn_output_message *bin[BINS] = {NULL};
	struct sn_output_message *sorted = NULL;

	while (list) {
		struct sn_output_message *carry = list;
		unsigned i = 0;

		list = list->next;
		carry->next = NULL;
		for (; bin[i]; i++) {
			carry = merge(bin[i], carry);
			bin[i] = NULL;
		}
		bin[i] = carry;
	}
	for (unsigned i = 0; i < BINS; i++) {
		sorted = merge(bin[i], sorted);
	}
	return sorted;
}

static void trouble(struct sn_kafka *k, const char *why)
{
	sn_pump_trouble(k->base.pump, SN_EIO, why);
}

/* Makes a producer; if that fails, there will be another try. */
static void open_producer(struct sn_kafka *k, uint64_t now)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_dup(k->conf);
	char why[SN_KAFKA_WHY_MAX];

	k->pause = k->pause ? k->pause * 2 : first_pause;
	k->pause = k->pause < longest_pause ? k->pause : longest_pause;
	k->start_at = now + k->pause;
	rd_kafka_conf_set_opaque(conf, k);
	k->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!k->rk) {
		rd_kafka_conf_destroy(conf);
		trouble(k, why);
		return;
	}
	if (!open_topics(k)) {
		trouble(k, rd_kafka_err2str(rd_kafka_last_error()));
		close_producer(k);
		return;
	}
	k->queue = rd_kafka_queue_get_main(k->rk);
	rd_kafka_set_log_queue(k->rk, k->queue);
	rd_kafka_queue_cb_event_enable(k->queue, wake, k);
	k->again = sort(k->again);
	sn_kafka_figure_add(k, SN_KAFKA_PRODUCERS, 1);
}

bool sn_kafka_has_failed(struct sn_kafka *k, uint64_t now)
{
	static const char text[] = "the producer has failed for good, another takes over: ";
	char why[sizeof(text) + SN_KAFKA_WHY_MAX];
	const size_t n = sizeof(text) - 1;

	if (k->failed) {
		return true;
	}
	memcpy(why, text, n);
	if (rd_kafka_fatal_error(k->rk, why + n, SN_KAFKA_WHY_MAX) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		return false;
	}
	k->failed = true;
	k->drained_at = now + drain_time;
	trouble(k, why);
	rd_kafka_purge(k->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
				      RD_KAFKA_PURGE_F_NON_BLOCKING);
	return true;
}

void sn_kafka_keep(struct sn_kafka *k, struct sn_output_message *m)
{
	if (++m->tries >= TRIES) {
		k->lost_at = sn_clock_mono();
		sn_message_settle(m, SN_LOSS_FATAL);
		return;
	}
	m->next = k->again;
	k->again = m;
}

static enum sn_loss loss_of(rd_kafka_resp_err_t err)
{
	switch (err) {
	case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
		return SN_LOSS_TIMEOUT;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
		return SN_LOSS_TOO_LARGE;
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
		return SN_LOSS_TOPIC;
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
		return SN_LOSS_AUTHORIZATION;
	default:
		return SN_LOSS_REFUSED;
	}
}

void sn_kafka_lose(struct sn_kafka *k, struct sn_output_message *m, int err)
{
	enum sn_loss loss = loss_of((rd_kafka_resp_err_t)err);
	const bool lost = sn_message_settle(m, loss);
	/* what brokers said last is why there is no answer */
	const bool known = loss == SN_LOSS_TIMEOUT && k->error[0];
	char why[2 * SN_KAFKA_WHY_MAX];

	k->lost_at = sn_clock_mono();
	snprintf(why, sizeof(why), "messages %s: %s%s%s%s%s",
		 lost ? "fail" : "fail and wait in the spool",
		 rd_kafka_err2str((rd_kafka_resp_err_t)err), known ? " (" : "",
		 known ? k->error : "", known ? ")" : "",
		 loss == SN_LOSS_TOO_LARGE ? " (the property message.max.bytes is not to be above "
					     "the topic's max.message.bytes)"
					   : "");
	trouble(k, why);
}

/* Messages that a producer took to its grave: it is gone, and there was no report. */
static void recover(struct sn_kafka *k)
{
	struct sn_list *head = &k->base.pump->under_way;
	struct sn_output_message *found = NULL;

	for (struct sn_list *n = head->next; n != head; n = n->next) {
		struct sn_buffer *b = sn_container_of(n, struct sn_buffer, link);

		for (size_t at = 0; at < b->used;) {
			struct sn_output_message *m = (void *)(b->data + at);

			if (m->sent) {
				m->sent = false;
				m->next = found;
				found = m;
			}
			at += m->size;
		}
	}
	k->under_way = 0;
	while (found) {
		struct sn_output_message *m = found;

		found = m->next;
		sn_kafka_keep(k, m);
	}
}

/* What another producer had goes first. False: not all of it is taken. */
static bool give_again(struct sn_kafka *k)
{
	while (k->again) {
		struct sn_output_message *m = k->again;
		struct sn_output_message *rest = m->next;

		if (sn_kafka_give(k, m) == SN_EAGAIN) {
			return false;
		}
		k->again = rest;
		sn_kafka_figure_add(k, SN_KAFKA_REQUEUED, 1);
	}
	return true;
}

static int kafka_take(struct sn_sink *sink, struct sn_output_message *m)
{
	struct sn_kafka *k = (struct sn_kafka *)sink;

	if (!k->rk || k->failed || !give_again(k)) {
		return SN_EAGAIN;
	}
	m->number = ++k->number;
	return sn_kafka_give(k, m);
}

static uint64_t kafka_serve(struct sn_sink *sink, uint64_t now)
{
	struct sn_kafka *k = (struct sn_kafka *)sink;
	bool any = k->queue && sn_kafka_events_serve(k, 0);

	if (k->failed && (k->under_way == 0 || now >= k->drained_at)) {
		close_producer(k);
		recover(k);
	}
	if (!k->rk && now >= k->start_at) {
		open_producer(k, now);
		return 0;
	}
	if (any) {
		return 0;
	}
	if (!k->rk || k->failed) {
		return k->rk ? k->drained_at : k->start_at;
	}
	return give_again(k) ? SN_TIME_NEVER : now + full_pause;
}

/* What is not reported within a second is settled by the pump. */
static void kafka_abort(struct sn_sink *sink)
{
	struct sn_kafka *k = (struct sn_kafka *)sink;

	if (!k->rk) {
		return;
	}
	k->failed = true; /* what is not delivered is kept, which is the pump's to settle */
	rd_kafka_purge(k->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
				      RD_KAFKA_PURGE_F_NON_BLOCKING);
	for (unsigned i = 0; i < ABORT_POLLS && k->under_way; i++) {
		sn_kafka_events_serve(k, ABORT_MS);
	}
	close_producer(k);
}

static unsigned kafka_figures(const struct sn_sink *sink, uint64_t *v)
{
	const struct sn_kafka *k = (const struct sn_kafka *)sink;

	for (unsigned i = 0; i < SN_KAFKA_FIGURES; i++) {
		v[i] = atomic_load_explicit(&k->figures[i], memory_order_relaxed);
	}
	return SN_KAFKA_FIGURES;
}

static void kafka_free(struct sn_sink *sink)
{
	struct sn_kafka *k = (struct sn_kafka *)sink;

	close_producer(k);
	if (k->same) {
		rd_kafka_headers_destroy(k->same);
	}
	if (k->conf) {
		rd_kafka_conf_destroy(k->conf);
	}
	free(k->topics[0]);
	free(k->topics[1]);
	free(k);
}

static const struct sn_sink_ops kafka_ops = {
	.name = "kafka",
	.take = kafka_take,
	.serve = kafka_serve,
	.abort = kafka_abort,
	.figures = kafka_figures,
	.free = kafka_free,
};

static int fill(struct sn_kafka *k, const struct sn_kafka_config *cfg, char *why)
{
	int rc = sn_kafka_conf_make(cfg, &k->conf, why);

	rc = rc ? rc : sn_kafka_conf_brokers(k->conf, cfg->brokers, why);
	if (rc) {
		return rc;
	}
	rd_kafka_topic_conf_set_partitioner_cb(rd_kafka_conf_get_default_topic_conf(k->conf),
					       partition);
	k->same = sn_kafka_headers_new(cfg->content_type);
	k->topics[SN_TOPIC_ROWS] = strdup(cfg->topic);
	k->topics[SN_TOPIC_STATUS] = strdup(cfg->status_topic ? cfg->status_topic : cfg->topic);
	return k->same && k->topics[0] && k->topics[1] ? SN_OK : SN_ENOMEM;
}

int sn_sink_kafka_new(const struct sn_kafka_config *cfg, struct sn_sink **sink, char *why)
{
	static const char prefix[] = "kafka ";
	size_t size = sizeof(prefix) + strlen(cfg->topic);
	struct sn_kafka *k = calloc(1, sizeof(*k) + size);
	int rc;

	if (!k) {
		return SN_ENOMEM;
	}
	snprintf(k->label, size, "%s%s", prefix, cfg->topic);
	k->base.ops = &kafka_ops;
	k->base.label = k->label;
	rc = fill(k, cfg, why);
	if (rc) {
		kafka_free(&k->base);
		return rc;
	}
	*sink = &k->base;
	return SN_OK;
}

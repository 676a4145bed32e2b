/*
 * The parts of the Kafka sink among themselves: kafka.c begins, replaces and ends producers,
 * kafka_message.c hands messages to one, kafka_event.c takes what it has to say, kafka_conf.c makes
 * librdkafka's configuration, kafka_stats.c reads its statistics.
 */
#ifndef SN_KAFKA_KAFKA_PARTS_H
#define SN_KAFKA_KAFKA_PARTS_H

#include "kafka/kafka.h"

#include <stdatomic.h>

/* librdkafka's types, whose names for C are rd_kafka_t and so on. */
struct rd_kafka_conf_s;
struct rd_kafka_headers_s;
struct rd_kafka_queue_s;
struct rd_kafka_s;
struct rd_kafka_topic_s;

/* The sink. The pump's thread owns all but what is atomic or constant. */
struct sn_kafka {
	struct sn_sink base;		   /* first: the pump sees this */
	struct rd_kafka_conf_s *conf;	   /* of each producer */
	struct rd_kafka_headers_s *same;   /* headers that all messages have */
	char *topics[2];		   /* names, by enum sn_topic; may be the same */
	struct rd_kafka_s *rk;		   /* the producer, NULL: there is none now */
	struct rd_kafka_queue_s *queue;	   /* its events */
	struct rd_kafka_topic_s *topic[2]; /* its topics */
	bool failed;			   /* it has failed for good, and is being emptied */
	uint64_t drained_at;		   /* mono ns at which that is given up */
	uint64_t start_at;		   /* mono ns at which another may be made */
	uint64_t pause;			   /* before the next one, ns */
	uint64_t under_way;		   /* messages that it has */
	uint64_t number;		   /* of the last message taken */
	struct sn_output_message *again;   /* for the next producer, sorted once there is one */
	uint64_t lost_at;		   /* mono ns of the last loss, 0: none */
	uint64_t told_at;		   /* mono ns of the last warning of a broker's error */
	char error[SN_KAFKA_WHY_MAX];	   /* the last of these errors, ""; none since it works */
	_Atomic uint64_t figures[SN_KAFKA_FIGURES]; /* written by the pump's thread */
	uint64_t before[SN_KAFKA_FIGURES];	    /* counted by producers that are gone */
	uint64_t latest[SN_KAFKA_FIGURES];	    /* counted by this one */
	char label[];				    /* "kafka <topic>" */
};

/* kafka.c */

/* After an error: whether the producer has failed for good. If so, it is given up: what it has
 * comes back, and then another is made. */
bool sn_kafka_has_failed(struct sn_kafka *k, uint64_t now);

/* A message that the producer has not delivered, and never will. */
void sn_kafka_keep(struct sn_kafka *k, struct sn_output_message *m);

/* Counts a message as lost by an error of librdkafka's. */
void sn_kafka_lose(struct sn_kafka *k, struct sn_output_message *m, int err);

static inline void sn_kafka_figure_set(struct sn_kafka *k, enum sn_kafka_figure id, uint64_t v)
{
	atomic_store_explicit(&k->figures[id], v, memory_order_relaxed);
}

static inline void sn_kafka_figure_add(struct sn_kafka *k, enum sn_kafka_figure id, uint64_t n)
{
	sn_kafka_figure_set(k, id, atomic_load_explicit(&k->figures[id], memory_order_relaxed) + n);
}

/* kafka_message.c */

/* The headers that all messages have; NULL: no memory. */
struct rd_kafka_headers_s *sn_kafka_headers_new(const char *content_type);

/* Gives a message to the producer. SN_OK: it has it, or the message is settled; SN_EAGAIN: its
 * queue is full, or it has failed. */
SN_MUST_USE int sn_kafka_give(struct sn_kafka *k, struct sn_output_message *m);

/* kafka_event.c */

/* Serves the producer's events: reports, errors, statistics, messages. Waits up to wait_ms for the
 * first. Whether there was any. */
bool sn_kafka_events_serve(struct sn_kafka *k, int wait_ms);

/* kafka_conf.c */

/* librdkafka's configuration: sonde's defaults and the properties. SN_ENOMEM; SN_EINVAL and why. */
SN_MUST_USE int sn_kafka_conf_make(const struct sn_kafka_config *cfg, struct rd_kafka_conf_s **conf,
				   char *why);

/* Gives it the brokers, which sn_kafka_conf_make leaves out. SN_EINVAL and why. */
SN_MUST_USE int sn_kafka_conf_brokers(struct rd_kafka_conf_s *conf, const char *brokers, char *why);

/* kafka_stats.c */

/*
 * Reads statistics as librdkafka gives them into v[SN_KAFKA_FIGURES], but for the figures that are
 * none of them. SN_EINVAL: they are not understood; SN_ENOMEM.
 */
SN_MUST_USE int sn_kafka_stats_read(struct sn_span json, uint64_t *v);

/* Whether a figure only grows, and begins anew with each producer. */
static inline bool sn_kafka_figure_grows(enum sn_kafka_figure id)
{
	return id >= SN_KAFKA_REQUESTS && id <= SN_KAFKA_DISCONNECTS;
}

/*
 * Makes v the latest figures. librdkafka forgets what it has counted of a topic or broker that it
 * lets go: so much goes to `before`, and before + latest of what only grows never goes back.
 */
void sn_kafka_stats_follow(const uint64_t *v, uint64_t *before, uint64_t *latest);

#endif

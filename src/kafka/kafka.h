/*
 * The sink for Apache Kafka, see sink.h: messages to one topic, round records to another if wanted.
 * By librdkafka, which has threads of its own; what is here runs on the pump's thread, but for the
 * checks, which config makes before anything starts.
 */
#ifndef SN_KAFKA_KAFKA_H
#define SN_KAFKA_KAFKA_H

#include "base/err.h"
#include "output/sink.h"

/* A property of librdkafka. */
struct sn_kafka_property {
	const char *name;  /* as in its documentation */
	const char *value; /* may be secret */
};

struct sn_kafka_config {
	const char *brokers;			    /* "host:port,..." */
	const char *topic;			    /* of rows */
	const char *status_topic;		    /* of round records; NULL: the same */
	const char *content_type;		    /* of bodies */
	const struct sn_kafka_property *properties; /* in order, over sonde's own defaults */
	uint32_t nproperties;
};

enum { SN_KAFKA_WHY_MAX = 512 }; /* octets of an explanation */

/*
 * What the sink counts, by statistics of librdkafka (every statistics.interval.ms, 10 s) but for
 * the first two: X(id, help). Of several brokers the sum, or the worst.
 */
#define SN_KAFKA_FIGURE_TABLE(X)                                                                   \
	X(PRODUCERS, "Producers made: one, and one more after each failure for good")              \
	X(REQUEUED, "Messages given to another producer after the one before had failed for good") \
	X(QUEUE_MESSAGES, "Messages in the producer's queue or sent and not acknowledged")         \
	X(QUEUE_BYTES, "Their bytes")                                                              \
	X(REQUESTS, "Requests sent to brokers")                                                    \
	X(SENT_BYTES, "Bytes sent to brokers, after compression")                                  \
	X(MESSAGES, "Messages sent to brokers")                                                    \
	X(MESSAGE_BYTES, "Their bytes, before compression")                                        \
	X(RETRIES, "Requests sent once more")                                                      \
	X(ERRORS, "Requests that could not be sent")                                               \
	X(TIMEOUTS, "Requests without a reply in time")                                            \
	X(DISCONNECTS, "Connections that broke")                                                   \
	X(BROKERS, "Brokers known")                                                                \
	X(BROKERS_UP, "Brokers connected")                                                         \
	X(RTT_US, "Mean time of a request and its reply, us, of the slowest broker")               \
	X(RTT_P99_US, "Its 99th percentile")                                                       \
	X(LINGER_US, "Mean time of a message in the producer's queue, us, of the slowest broker")  \
	X(THROTTLE_MS, "Longest throttling by a broker, ms")

enum sn_kafka_figure {
#define SN_KAFKA_FIGURE_ENUM(id, help) SN_KAFKA_##id,
	SN_KAFKA_FIGURE_TABLE(SN_KAFKA_FIGURE_ENUM)
#undef SN_KAFKA_FIGURE_ENUM
		SN_KAFKA_FIGURES
};

_Static_assert((int)SN_KAFKA_FIGURES <= (int)SN_SINK_FIGURES_MAX, "as the pump has room for");

/*
 * Whether librdkafka has a property of that name, takes that value, and sonde leaves it to be set.
 * SN_OK; SN_ENOENT: the name, SN_EINVAL: the value is wrong, and why (SN_KAFKA_WHY_MAX) says so
 * without the value, if the property is secret. Any thread.
 */
SN_MUST_USE int sn_kafka_check_property(const char *name, const char *value, char *why);

/* Whether the value of a property should not be seen. */
bool sn_kafka_is_secret(const char *name);

/* Whether a text may name a topic. */
bool sn_kafka_is_topic(const char *name);

/*
 * Whether all of it goes together: files are read, nothing is connected. SN_OK, or SN_EINVAL and
 * why. *largest: bytes of the largest message that the properties allow. Not on a worker: threads
 * are begun and ended.
 */
SN_MUST_USE int sn_kafka_check(const struct sn_kafka_config *cfg, size_t *largest, char *why);

/* The version of librdkafka that runs. */
const char *sn_kafka_version(void);

/*
 * What cfg has is copied. The producer is made by the pump's thread. SN_ENOMEM; SN_EINVAL and why:
 * not what sn_kafka_check said was right.
 */
SN_MUST_USE int sn_sink_kafka_new(const struct sn_kafka_config *cfg, struct sn_sink **sink,
				  char *why);

#endif

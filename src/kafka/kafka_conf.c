/*
 * Properties for librdkafka: sonde's defaults, those of the configuration over them, and what is
 * not to be set, see kafka.h. Called by config on the main or reload thread, and by kafka.c.
 */
#include "kafka/kafka_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>

enum {
	TOPIC_MAX = 249,     /* octets of a topic's name (Kafka's own limit) */
	ENVELOPE_MAX = 4096, /* octets of a message beside its body: key, headers, framing */
	LARGEST_TEXT = 32    /* of a number */
};

/*
 * docs/KAFKA.md says why. Idempotence is safe with old versions too, since a producer that fails
 * for good is replaced: with 2.0 to 2.2 a lost connection may end in that.
 */
static const struct sn_kafka_property defaults[] = {
	{"client.id", "sonde"},
	{"enable.idempotence", "true"},
	{"compression.type", "lz4"},
	{"linger.ms", "500"},
	{"batch.size", "1000000"},
	{"message.copy.max.bytes", "4096"},
	{"batch.num.messages", "10000"},
	{"queue.buffering.max.kbytes", "1048576"},
	{"queue.buffering.max.messages", "1000000"},
	{"message.timeout.ms", "60000"},
	{"retry.backoff.ms", "100"},
	{"reconnect.backoff.ms", "100"},
	{"reconnect.backoff.max.ms", "2000"},
	{"socket.nagle.disable", "true"},
	{"socket.keepalive.enable", "true"},
	{"statistics.interval.ms", "10000"},
};

/* What sonde does by itself, so that a property would break it or do nothing. */
static const struct {
	const char *name; /* of the property */
	const char *why;  /* it is not to be set */
} reserved[] = {
	{"bootstrap.servers", "is the key `brokers`"},
	{"metadata.broker.list", "is the key `brokers`"},
	{"delivery.report.only.error", "would leave rows unaccounted for"},
	{"transactional.id", "is for transactions, which sonde has no use for"},
	{"log.queue", "is set by sonde"},
	{"enabled_events", "is set by sonde"},
	{"partitioner", "has no effect: partitions are chosen as by Kafka's Java client (murmur2)"},
};

bool sn_kafka_is_secret(const char *name)
{
	static const char *const secret[] = {"password", "secret", "key.pem", "token",
					     "oauthbearer.config"};

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		if (strstr(name, secret[i])) {
			return true;
		}
	}
	return false;
}

bool sn_kafka_is_topic(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > TOPIC_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!isascii(name[i]) ||
		    (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))) {
			return false;
		}
	}
	return true;
}

const char *sn_kafka_version(void)
{
	return rd_kafka_version_str();
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, char *why)
{
	switch (rd_kafka_conf_set(conf, name, value, why, SN_KAFKA_WHY_MAX)) {
	case RD_KAFKA_CONF_OK:
		return SN_OK;
	case RD_KAFKA_CONF_UNKNOWN:
		snprintf(why, SN_KAFKA_WHY_MAX, "librdkafka %s has no such property",
			 rd_kafka_version_str());
		return SN_ENOENT;
	default:
		if (sn_kafka_is_secret(name)) {
			snprintf(why, SN_KAFKA_WHY_MAX, "librdkafka %s refuses the value",
				 rd_kafka_version_str());
		}
		return SN_EINVAL;
	}
}

int sn_kafka_check_property(const char *name, const char *value, char *why)
{
	rd_kafka_conf_t *conf;
	int rc;

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcmp(reserved[i].name, name) == 0) {
			snprintf(why, SN_KAFKA_WHY_MAX, "%s", reserved[i].why);
			return SN_ENOENT;
		}
	}
	conf = rd_kafka_conf_new();
	rc = set(conf, name, value, why);
	rd_kafka_conf_destroy(conf);
	return rc;
}

int sn_kafka_conf_make(const struct sn_kafka_config *cfg, rd_kafka_conf_t **conf, char *why)
{
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	int rc = SN_OK;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]) && !rc; i++) {
		rc = set(c, defaults[i].name, defaults[i].value, why);
	}
	for (uint32_t i = 0; i < cfg->nproperties && !rc; i++) {
		rc = set(c, cfg->properties[i].name, cfg->properties[i].value, why);
	}
	rc = rc ? rc : set(c, "log.queue", "true", why);
	if (rc) {
		rd_kafka_conf_destroy(c);
		return SN_EINVAL;
	}
	rd_kafka_conf_set_events(c, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR |
					    RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_LOG);
	*conf = c;
	return SN_OK;
}

int sn_kafka_conf_brokers(rd_kafka_conf_t *conf, const char *brokers, char *why)
{
	return set(conf, "bootstrap.servers", brokers, why) ? SN_EINVAL : SN_OK;
}

/* A number among the properties. */
static size_t get_size(const rd_kafka_conf_t *conf, const char *name)
{
	char text[LARGEST_TEXT];
	size_t n = sizeof(text);

	if (rd_kafka_conf_get(conf, name, text, &n) != RD_KAFKA_CONF_OK) {
		return 0;
	}
	return strtoul(text, NULL, 10);
}

int sn_kafka_check(const struct sn_kafka_config *cfg, size_t *largest, char *why)
{
	rd_kafka_conf_t *conf;
	rd_kafka_t *rk;
	int rc = sn_kafka_conf_make(cfg, &conf, why);

	if (rc) {
		return rc;
	}
	*largest = get_size(conf, "message.max.bytes");
	*largest -= *largest > ENVELOPE_MAX ? ENVELOPE_MAX : *largest;
	/* without brokers it connects to nobody */
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, SN_KAFKA_WHY_MAX);
	if (!rk) {
		rd_kafka_conf_destroy(conf);
		return SN_EINVAL;
	}
	rd_kafka_destroy(rk);
	return SN_OK;
}

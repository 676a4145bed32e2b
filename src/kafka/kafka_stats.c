/*
 * librdkafka's statistics, JSON every statistics.interval.ms, into figures, see kafka_parts.h.
 * Called by kafka.c on the pump's thread.
 */
#include "base/arena.h"
#include "document/json.h"
#include "kafka/kafka_parts.h"

#include <stdlib.h>

enum { CHUNK = 256 * 1024 }; /* statistics have some kilobytes for each broker and partition */

/* Where a figure is, and how those of several brokers become one. */
enum how { FROM_TOP, SUM_OF_BROKERS, WORST_BROKER };

static const struct {
	enum sn_kafka_figure id; /* figure */
	enum how how;		 /* where it is */
	const char *key;	 /* of it */
	const char *inner;	 /* key within the map under key; NULL: key holds it */
} table[] = {
	{SN_KAFKA_QUEUE_MESSAGES, FROM_TOP, "msg_cnt", NULL},
	{SN_KAFKA_QUEUE_BYTES, FROM_TOP, "msg_size", NULL},
	{SN_KAFKA_REQUESTS, FROM_TOP, "tx", NULL},
	{SN_KAFKA_SENT_BYTES, FROM_TOP, "tx_bytes", NULL},
	{SN_KAFKA_MESSAGES, FROM_TOP, "txmsgs", NULL},
	{SN_KAFKA_MESSAGE_BYTES, FROM_TOP, "txmsg_bytes", NULL},
	{SN_KAFKA_RETRIES, SUM_OF_BROKERS, "txretries", NULL},
	{SN_KAFKA_ERRORS, SUM_OF_BROKERS, "txerrs", NULL},
	{SN_KAFKA_TIMEOUTS, SUM_OF_BROKERS, "req_timeouts", NULL},
	{SN_KAFKA_DISCONNECTS, SUM_OF_BROKERS, "disconnects", NULL},
	{SN_KAFKA_RTT_US, WORST_BROKER, "rtt", "avg"},
	{SN_KAFKA_RTT_P99_US, WORST_BROKER, "rtt", "p99"},
	{SN_KAFKA_LINGER_US, WORST_BROKER, "int_latency", "avg"},
	{SN_KAFKA_THROTTLE_MS, WORST_BROKER, "throttle", "max"},
};

/* A whole number, 0 when it is missing or negative (not known). */
static uint64_t number(const struct sn_node *map, const char *key, const char *inner)
{
	const struct sn_node *node = sn_node_find(map, key);

	if (node && inner) {
		node = sn_node_find(node, inner);
	}
	if (!node || node->kind != SN_NODE_SCALAR || node->text[0] == '-') {
		return 0;
	}
	return strtoull(node->text, NULL, 10);
}

static bool is_text(const struct sn_node *map, const char *key, const char *text)
{
	const struct sn_node *node = sn_node_find(map, key);

	return node && node->kind == SN_NODE_SCALAR && strcmp(node->text, text) == 0;
}

/* Adds what one broker counts. Addresses it was bootstrapped by and group coordinators are listed
 * as brokers too; they have no connection of their own once all is known, but may have had errors.
 */
static void add_broker(const struct sn_node *broker, uint64_t *v)
{
	const struct sn_node *id = sn_node_find(broker, "nodeid");

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t n = number(broker, table[i].key, table[i].inner);
		uint64_t *sum = &v[table[i].id];

		if (table[i].how == SUM_OF_BROKERS) {
			*sum += n;
		} else if (table[i].how == WORST_BROKER && n > *sum) {
			*sum = n;
		}
	}
	if (id && id->kind == SN_NODE_SCALAR && id->text[0] != '-') {
		v[SN_KAFKA_BROKERS]++;
		v[SN_KAFKA_BROKERS_UP] += is_text(broker, "state", "UP");
	}
}

static void add_all(const struct sn_node *root, uint64_t *v)
{
	const struct sn_node *brokers = sn_node_find(root, "brokers");

	for (unsigned i = 0; i < SN_KAFKA_FIGURES; i++) {
		v[i] = i == SN_KAFKA_PRODUCERS || i == SN_KAFKA_REQUEUED ? v[i] : 0;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].how == FROM_TOP) {
			v[table[i].id] = number(root, table[i].key, NULL);
		}
	}
	if (brokers && brokers->kind == SN_NODE_MAP) {
		for (const struct sn_node *k = brokers->first; k; k = k->next->next) {
			add_broker(k->next, v);
		}
	}
}

static void ignore(void *ctx, const char *line)
{
	(void)ctx; /* that it is wrong is all there is to know */
	(void)line;
}

int sn_kafka_stats_read(struct sn_span json, uint64_t *v)
{
	struct sn_diag diag = {.report = ignore};
	struct sn_arena_pool pool;
	struct sn_arena arena;
	const struct sn_node *root;
	int rc;

	sn_arena_pool_init(&pool, CHUNK);
	sn_arena_init(&arena, &pool);
	rc = sn_json_parse(&arena, "statistics", json, &diag, &root);
	if (!rc && root->kind == SN_NODE_MAP) {
		add_all(root, v);
	} else if (rc != SN_ENOMEM) {
		rc = SN_EINVAL;
	}
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
	return rc;
}

void sn_kafka_stats_follow(const uint64_t *v, uint64_t *before, uint64_t *latest)
{
	for (unsigned i = 0; i < SN_KAFKA_FIGURES; i++) {
		if (sn_kafka_figure_grows((enum sn_kafka_figure)i) && v[i] < latest[i]) {
			before[i] += latest[i] - v[i];
		}
		latest[i] = v[i];
	}
}

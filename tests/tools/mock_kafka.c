/*
 * A stand-in for Kafka brokers: librdkafka's mock cluster in a process of its own, for the tests
 * that need errors on demand. usage: mock_kafka BROKERS. Prints the addresses as one line, then
 * obeys lines of its standard input, each answered by one line, until that ends:
 *
 *   errors API N CODE     the next N requests of this kind fail with that code of the protocol
 *   down ID | up ID       a broker does not accept connections | does so again
 *   rtt ID MS             so long until a broker answers
 *   topic NAME PARTITIONS REPLICAS
 *   topic_error NAME CODE
 *   leader NAME PARTITION ID
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum { ERRORS_MAX = 4096 };

static void push_errors(rd_kafka_mock_cluster_t *mc, int api, int n, int code)
{
	static rd_kafka_resp_err_t errors[ERRORS_MAX];

	n = n < ERRORS_MAX ? n : ERRORS_MAX;
	for (int i = 0; i < n; i++) {
		errors[i] = (rd_kafka_resp_err_t)code;
	}
	rd_kafka_mock_push_request_errors_array(mc, (int16_t)api, (size_t)n, errors);
}

/* Whether the line was understood. */
static int obey(rd_kafka_mock_cluster_t *mc, const char *line)
{
	char name[256];
	int a;
	int b;
	int c;

	if (sscanf(line, "errors %d %d %d", &a, &b, &c) == 3) {
		push_errors(mc, a, b, c);
	} else if (sscanf(line, "down %d", &a) == 1) {
		return rd_kafka_mock_broker_set_down(mc, a) == 0;
	} else if (sscanf(line, "up %d", &a) == 1) {
		return rd_kafka_mock_broker_set_up(mc, a) == 0;
	} else if (sscanf(line, "rtt %d %d", &a, &b) == 2) {
		return rd_kafka_mock_broker_set_rtt(mc, a, b) == 0;
	} else if (sscanf(line, "topic_error %255s %d", name, &a) == 2) {
		rd_kafka_mock_topic_set_error(mc, name, (rd_kafka_resp_err_t)a);
	} else if (sscanf(line, "topic %255s %d %d", name, &a, &b) == 3) {
		return rd_kafka_mock_topic_create(mc, name, a, b) == 0;
	} else if (sscanf(line, "leader %255s %d %d", name, &a, &b) == 3) {
		return rd_kafka_mock_partition_set_leader(mc, name, a, b) == 0;
	} else {
		return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	char why[512];
	char line[512];
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
	rd_kafka_mock_cluster_t *mc =
		rk ? rd_kafka_mock_cluster_new(rk, argc > 1 ? atoi(argv[1]) : 1) : NULL;

	if (!mc) {
		fprintf(stderr, "mock_kafka: no cluster\n");
		return 1;
	}
	printf("%s\n", rd_kafka_mock_cluster_bootstraps(mc));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%s\n", obey(mc, line) ? "ok" : "not understood");
		fflush(stdout);
	}
	rd_kafka_mock_cluster_destroy(mc);
	rd_kafka_destroy(rk);
	return 0;
}

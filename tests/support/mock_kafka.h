/*
 * Kafka brokers for tests of the sink: tests/tools/mock_kafka as a child that ends with its parent.
 */
#ifndef TEST_SUPPORT_MOCK_KAFKA_H
#define TEST_SUPPORT_MOCK_KAFKA_H

#include <stdio.h>
#include <sys/types.h>

struct mock_kafka {
	pid_t pid;	   /* the child */
	FILE *to;	   /* its standard input */
	FILE *from;	   /* its standard output */
	char brokers[512]; /* addresses */
};

/* Requests, by the numbers of the protocol, for the command `errors`. */
enum { MOCK_PRODUCE = 0, MOCK_METADATA = 3, MOCK_INIT_PRODUCER_ID = 22 };

/* Starts so many brokers; aborts if that fails. */
void mock_kafka_start(struct mock_kafka *m, unsigned brokers);

/* Gives a command, as in tests/tools/mock_kafka.c, and waits until it is obeyed. */
void mock_kafka_say(struct mock_kafka *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void mock_kafka_stop(struct mock_kafka *m);

#endif

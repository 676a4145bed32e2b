/*
 * Messages: what a sink that is no stream of bytes is given, one at a time. A message is the rows
 * of one table of one device in one round, or a part of them, or a round record. It lies in a
 * buffer of its worker's, where the worker has written it, and stays there until the sink has said
 * what became of it: nothing is copied on the way. Written by port_message.c on workers' threads,
 * read by sinks on their pump's.
 */
#ifndef SN_OUTPUT_MESSAGE_H
#define SN_OUTPUT_MESSAGE_H

#include "base/span.h"

#include <stddef.h>

/* What became of a message that was not delivered: X(id, name, help) */
#define SN_LOSS_TABLE(X)                                                                           \
	X(TIMEOUT, "timeout", "not delivered within the output's time-out")                        \
	X(TOO_LARGE, "too_large", "larger than what is taken at the other end")                    \
	X(TOPIC, "topic", "the topic is missing, or its name is not valid")                        \
	X(AUTHORIZATION, "authorization", "not allowed to write there")                            \
	X(FATAL, "fatal", "given up after the producer had failed for good several times")         \
	X(REFUSED, "refused", "refused with another error")                                        \
	X(SHUTDOWN, "shutdown", "still under way when the time to stop was over")                  \
	X(SPOOL_FULL, "spool_full", "dropped from the spool: it was full, these were the oldest")  \
	X(SPOOL_AGE, "spool_age", "dropped from the spool: older than max_age")                    \
	X(SPOOL_DAMAGED, "spool_damaged", "in the spool, and the disk did not give them back")     \
	X(SPOOL_UNWRITTEN, "spool_unwritten", "at a stop: neither delivered nor written to disk")

enum sn_loss {
#define SN_LOSS_ENUM(id, name, help) SN_LOSS_##id,
	SN_LOSS_TABLE(SN_LOSS_ENUM)
#undef SN_LOSS_ENUM
		SN_LOSSES,
	SN_LOSS_NONE = SN_LOSSES, /* delivered */
	SN_LOSS_SPOOLED		  /* the spool has it for good: will be delivered from there */
};

/* Where a message belongs. */
enum sn_topic { SN_TOPIC_ROWS, SN_TOPIC_STATUS };

/* Head of a message, at a multiple of 8; key, module, table and body follow in this order. */
struct sn_output_message {
	struct sn_output_message *next; /* sink: in a list of its own */
	uint64_t number;		/* sink: order in which it came */
	uint64_t record;		/* spooler: its number in the spool, 0: it is not there */
	uint64_t began;	    /* Unix ns at which the round began: time stamp, and with the key
			       the name of the round */
	const char *status; /* static text: "ok", "partial", or that of a round record */
	uint32_t offset;    /* from the head of its buffer to this one */
	uint32_t size;	    /* octets up to the next message */
	uint32_t key;	    /* octets of the key: the target's name */
	uint32_t module;    /* octets of the module's name, or of the names in a round record */
	uint32_t table;	    /* octets of the table's name; 0: a round record */
	uint32_t body;	    /* octets of what the encoder wrote */
	uint32_t rows;	    /* rows in it */
	uint32_t rounds;    /* round records in it */
	uint32_t hash;	    /* murmur2 of the key */
	uint32_t part;	    /* number among the parts of its table, from 1 */
	uint8_t topic;	    /* enum sn_topic */
	uint8_t tries;	    /* sink: how often it began anew */
	bool last;	    /* no part of its table follows */
	bool sent;	    /* sink: somebody else has it now */
	bool settled;	    /* it is known what became of it */
	uint8_t kept;	    /* spooler: enum sn_spooler_kept */
	uint8_t gave_up;    /* spooler: why the sink has not delivered it, enum sn_loss plus 1 */
	uint8_t data[];	    /* key, module, table, body */
};

_Static_assert(sizeof(struct sn_output_message) % 8 == 0, "messages follow each other");

static inline struct sn_span sn_message_key(const struct sn_output_message *m)
{
	return sn_span_make(m->data, m->key);
}

static inline struct sn_span sn_message_module(const struct sn_output_message *m)
{
	return sn_span_make(m->data + m->key, m->module);
}

static inline struct sn_span sn_message_table(const struct sn_output_message *m)
{
	return sn_span_make(m->data + m->key + m->module, m->table);
}

static inline struct sn_span sn_message_body(const struct sn_output_message *m)
{
	return sn_span_make(m->data + m->key + m->module + m->table, m->body);
}

/*
 * Says what became of a message: SN_LOSS_NONE, or why it is lost. Once for each message that a sink
 * has taken, on the pump's thread; afterwards the message is gone for the sink. Whether it is lost:
 * what another try may mend goes into the spool instead, if there is one.
 */
bool sn_message_settle(struct sn_output_message *m, enum sn_loss why);

#endif

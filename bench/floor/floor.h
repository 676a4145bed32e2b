/*
 * bench_floor: what the kernel takes for requests and their answers, and nothing else. A client
 * without a codec: messages are ready-made, an answer is known by the request-id at its place and
 * not read any further. Stands beside a collector that moves the same packets to the same devices;
 * what the collector costs more is its own. One thread; main.c reads the options and starts it.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "base/span.h"

#include <netinet/in.h>
#include <stdint.h>

enum {
	FLOOR_BATCH = 64,	     /* datagrams of one system call */
	FLOOR_SLOT_BITS = 20,	     /* of an id; above them 8 bits of generation */
	FLOOR_BUFFERS = 256,	     /* receive buffers of the ring */
	FLOOR_BUFFER_SIZE = 2048,    /* what of an answer is taken: a frame and io_uring's header */
	FLOOR_REQUESTS_MAX = 65535,  /* in the list */
	FLOOR_ID_FIRST = 0x10000000, /* all ids take four octets */
};

/* How answers are fetched; requests leave by sendmmsg in both. */
enum floor_mode {
	FLOOR_MMSG,   /* recvmmsg */
	FLOOR_HYBRID, /* io_uring, multishot recvmsg */
};

/* A whole message; the four octets of its request-id are overwritten each time it is sent. */
struct floor_request {
	uint8_t *msg; /* on the heap */
	size_t len;   /* octets */
	size_t id_at; /* where the id is */
};

struct floor_requests {
	struct floor_request *list; /* each device goes through it over and over */
	unsigned n;		    /* in the list */
	size_t community;	    /* octets of the community, the same in all */
	size_t longest;		    /* octets of the longest message */
};

struct floor_config {
	enum floor_mode mode;	  /* how answers are fetched */
	struct sockaddr_in first; /* the first device; the others have the next addresses */
	unsigned devices;	  /* number of these */
	unsigned window;	  /* requests under way to each */
	unsigned rate;		  /* requests a second of all; 0: as fast as answers come */
	unsigned min_wait_us;	  /* how long a wait gathers answers; 0: ends with the first */
	uint64_t timeout_ns;	  /* what is not answered by then is lost, and the next sent */
	uint64_t duration_ns;	  /* how long requests are sent */
};

struct floor_result {
	uint64_t requests; /* sent */
	uint64_t answers;  /* matched */
	uint64_t lost;	   /* not answered in time */
	uint64_t strange;  /* datagrams without an id under way: late, or not ours */
	uint64_t octets;   /* of all answers matched, as far as they were fetched */
	double user;	   /* CPU of this process in user mode, s */
	double system;	   /* in the kernel, s */
	double seconds;	   /* from the first request to the last answer */
};

/*
 * Where the request-id of a message of SNMPv1 or v2c is: behind two lengths, a version of one
 * octet, the community, the PDU's tag and two octets of the INTEGER. Beyond n for what is too
 * short.
 */
static inline size_t floor_id_at(const uint8_t *p, size_t n, size_t community)
{
	size_t at;

	if (n < community + 17) {
		return n;
	}
	at = 2 + (p[1] & 0x80 ? p[1] & 3u : 0) + 3 + 2 + community;
	return at + 2 + (p[at + 1] & 0x80 ? p[at + 1] & 3u : 0) + 2;
}

/* Appends a request: GET of, or GETBULK from names in dotted text, separated by commas. False:
 * explained on stderr. */
bool floor_requests_add(struct floor_requests *rqs, const char *community, const char *names);
bool floor_requests_add_bulk(struct floor_requests *rqs, const char *community, const char *bulk);

/* Appends the messages of a file, each a line of hexadecimal digits. False: explained. */
bool floor_requests_read(struct floor_requests *rqs, const char *path);

void floor_requests_free(struct floor_requests *rqs);

/* Sends for as long as the configuration says. False: explained on stderr. */
bool floor_run(const struct floor_config *cfg, const struct floor_requests *rqs,
	       struct floor_result *res);

/* client.c for receive.c: an answer, or some other datagram. */
struct floor_client;
void floor_client_take(struct floor_client *c, const uint8_t *p, size_t n);

/* Fetching answers, by one of the modes. NULL: explained on stderr. */
struct floor_receiver;
struct floor_receiver *floor_receiver_open(enum floor_mode mode, int fd, unsigned min_wait_us);

/* Hands over what has come, waiting for it until a time of the monotonic clock; 0: not at all.
 * Number of datagrams, -1: explained. */
int floor_receiver_wait(struct floor_receiver *r, struct floor_client *c, uint64_t until);

void floor_receiver_close(struct floor_receiver *r);

#endif

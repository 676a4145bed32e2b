/*
 * The client of bench_floor: slots with requests under way, the batch that is sent, what is lost.
 * An id is a slot and its generation, so an answer finds its request without a search.
 */
#include "floor.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RCVBUF = 64 << 20,
	BURST = 4 * FLOOR_BATCH, /* requests sent before answers are looked for again */
	SWEEPS = 8,		 /* looks at all slots within a timeout */
	SETTLE_MS = 200,	 /* how long the last answers may take */
	IDLE_MS = 100,		 /* longest wait; a paced client looks each millisecond */
};

struct floor_client {
	const struct floor_config *cfg;	  /* what to do */
	const struct floor_requests *rqs; /* what to send */
	struct floor_result *res;	  /* what came of it */
	int fd;				  /* the socket */
	unsigned nslots;	       /* devices * window; slot s belongs to device s % devices */
	uint32_t *id;		       /* by slot: of its last request */
	uint64_t *sent_at;	       /* by slot: when that left; 0: nothing under way */
	uint16_t *next;		       /* by device: which request of the list comes next */
	uint32_t *ready;	       /* ring of slots that may send */
	unsigned ready_at;	       /* oldest of them */
	unsigned nready;	       /* how many */
	uint64_t now;		       /* of this turn */
	uint64_t swept_at;	       /* when slots were looked through */
	uint8_t *room;		       /* FLOOR_BATCH messages, rqs->longest octets each */
	unsigned in_room[FLOOR_BATCH]; /* which request is there, plus one */
	struct iovec iov[FLOOR_BATCH]; /* of the batch */
	struct sockaddr_in to[FLOOR_BATCH]; /* of the batch */
	struct mmsghdr hdr[FLOOR_BATCH];    /* the batch */
};

static void push_ready(struct floor_client *c, uint32_t slot)
{
	unsigned at = c->ready_at + c->nready++;

	c->ready[at < c->nslots ? at : at - c->nslots] = slot;
}

static uint32_t pop_ready(struct floor_client *c)
{
	uint32_t slot = c->ready[c->ready_at];

	c->ready_at = c->ready_at + 1 < c->nslots ? c->ready_at + 1 : 0;
	c->nready--;
	return slot;
}

void floor_client_take(struct floor_client *c, const uint8_t *p, size_t n)
{
	size_t at = floor_id_at(p, n, c->rqs->community);
	uint32_t id;
	uint32_t slot;

	if (at + 4 > n) {
		c->res->strange++;
		return;
	}
	memcpy(&id, p + at, 4);
	id = ntohl(id);
	slot = id & ((1u << FLOOR_SLOT_BITS) - 1);
	if (slot >= c->nslots || c->id[slot] != id || !c->sent_at[slot]) {
		c->res->strange++;
		return;
	}
	c->sent_at[slot] = 0;
	c->res->answers++;
	c->res->octets += n;
	push_ready(c, slot);
}

/* The next request of a slot at place i of the batch. */
static void prepare(struct floor_client *c, uint32_t slot, unsigned i)
{
	uint32_t dev = slot % c->cfg->devices;
	unsigned number = c->next[dev];
	const struct floor_request *rq = &c->rqs->list[number];
	uint8_t *msg = c->iov[i].iov_base;
	uint32_t id;

	c->next[dev] = (uint16_t)(number + 1 < c->rqs->n ? number + 1 : 0);
	if (c->in_room[i] != number + 1) {
		memcpy(msg, rq->msg, rq->len);
		c->iov[i].iov_len = rq->len;
		c->in_room[i] = number + 1;
	}
	/* the next generation, without a carry into the bits above */
	c->id[slot] =
		FLOOR_ID_FIRST | ((c->id[slot] + (1u << FLOOR_SLOT_BITS)) & (FLOOR_ID_FIRST - 1));
	id = htonl(c->id[slot]);
	memcpy(msg + rq->id_at, &id, 4);
	c->to[i].sin_addr.s_addr = htonl(ntohl(c->cfg->first.sin_addr.s_addr) + dev);
	c->sent_at[slot] = c->now;
}

/* False: explained. */
static bool send_batch(struct floor_client *c, unsigned n)
{
	for (unsigned at = 0; at < n;) {
		int r = sendmmsg(c->fd, c->hdr + at, n - at, 0);

		if (r >= 0) {
			at += (unsigned)r;
		} else if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) {
			struct pollfd room = {.fd = c->fd, .events = POLLOUT};

			(void)poll(&room, 1, 1);
		} else {
			perror("bench_floor: sendmmsg");
			return false;
		}
	}
	c->res->requests += n;
	return true;
}

/* Sends up to n requests of slots that are ready. */
static bool send_ready(struct floor_client *c, uint64_t n)
{
	bool ok = true;

	while (ok && n && c->nready) {
		unsigned batch = c->nready < FLOOR_BATCH ? c->nready : FLOOR_BATCH;

		batch = n < batch ? (unsigned)n : batch;
		for (unsigned i = 0; i < batch; i++) {
			prepare(c, pop_ready(c), i);
		}
		ok = send_batch(c, batch);
		n -= batch;
	}
	return ok;
}

/* Gives up what is too old. */
static void sweep(struct floor_client *c)
{
	if (c->now - c->swept_at < c->cfg->timeout_ns / SWEEPS) {
		return;
	}
	c->swept_at = c->now;
	for (uint32_t s = 0; s < c->nslots; s++) {
		if (c->sent_at[s] && c->now - c->sent_at[s] > c->cfg->timeout_ns) {
			c->sent_at[s] = 0;
			c->res->lost++;
			push_ready(c, s);
		}
	}
}

/* Requests that the pace allows by now. */
static uint64_t allowance(const struct floor_client *c, uint64_t start)
{
	uint64_t due = (c->now - start) / SN_NS_PER_US * c->cfg->rate / 1000000;

	if (!c->cfg->rate) {
		return BURST;
	}
	due = due > c->res->requests ? due - c->res->requests : 0;
	return due < BURST ? due : BURST;
}

static bool run(struct floor_client *c, struct floor_receiver *r)
{
	uint64_t start = sn_clock_mono();
	uint64_t end = start + c->cfg->duration_ns;
	uint64_t idle = (c->cfg->rate ? 1 : IDLE_MS) * SN_NS_PER_MS;
	bool ok = true;

	c->swept_at = start;
	for (c->now = start; ok && c->now < end; c->now = sn_clock_mono()) {
		uint64_t n = allowance(c, start);

		ok = send_ready(c, n) &&
		     floor_receiver_wait(r, c, n == BURST && c->nready ? 0 : c->now + idle) >= 0;
		sweep(c);
	}
	/* what is under way */
	end = c->now + SETTLE_MS * SN_NS_PER_MS;
	while (ok && c->now < end && c->nready < c->nslots) {
		ok = floor_receiver_wait(r, c, end) >= 0;
		c->now = sn_clock_mono();
	}
	c->res->lost += c->nslots - c->nready;
	c->res->seconds = (double)(c->now - start) / 1e9;
	return ok;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int size = RCVBUF;

	if (fd < 0) {
		perror("bench_floor: socket");
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size))) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	return fd;
}

/* Memory and the batch; all slots are ready, one of each device first. */
static bool set_up(struct floor_client *c)
{
	c->id = calloc(c->nslots, sizeof(*c->id));
	c->sent_at = calloc(c->nslots, sizeof(*c->sent_at));
	c->next = calloc(c->cfg->devices, sizeof(*c->next));
	c->ready = calloc(c->nslots, sizeof(*c->ready));
	c->room = calloc(FLOOR_BATCH, c->rqs->longest);
	if (!c->id || !c->sent_at || !c->next || !c->ready || !c->room) {
		fprintf(stderr, "bench_floor: out of memory\n");
		return false;
	}
	for (uint32_t s = 0; s < c->nslots; s++) {
		c->id[s] = s;
		push_ready(c, s);
	}
	for (unsigned i = 0; i < FLOOR_BATCH; i++) {
		c->to[i] = c->cfg->first;
		c->iov[i].iov_base = c->room + i * c->rqs->longest;
		c->hdr[i].msg_hdr = (struct msghdr){.msg_name = &c->to[i],
						    .msg_namelen = sizeof(c->to[i]),
						    .msg_iov = &c->iov[i],
						    .msg_iovlen = 1};
	}
	return true;
}

bool floor_run(const struct floor_config *cfg, const struct floor_requests *rqs,
	       struct floor_result *res)
{
	struct floor_client c = {.cfg = cfg, .rqs = rqs, .res = res, .fd = open_socket()};
	struct floor_receiver *r = NULL;
	struct rusage before;
	struct rusage after;
	bool ok = false;

	memset(res, 0, sizeof(*res));
	c.nslots = cfg->devices * cfg->window;
	if (c.fd >= 0 && set_up(&c)) {
		r = floor_receiver_open(cfg->mode, c.fd, cfg->min_wait_us);
	}
	if (r) {
		getrusage(RUSAGE_SELF, &before);
		ok = run(&c, r);
		getrusage(RUSAGE_SELF, &after);
		res->user = seconds(after.ru_utime) - seconds(before.ru_utime);
		res->system = seconds(after.ru_stime) - seconds(before.ru_stime);
		floor_receiver_close(r);
	}
	if (c.fd >= 0) {
		close(c.fd);
	}
	free(c.id);
	free(c.sent_at);
	free(c.next);
	free(c.ready);
	free(c.room);
	return ok;
}

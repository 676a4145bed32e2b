/*
 * The worker's loop, see worker.h. daemon runs one per thread; tests turn it by hand over io/fake.
 */
#include "scheduler/worker.h"

enum {
	ARENA_CHUNK = 8 * 1024, /* a small round takes one */
	INFORM_FROM = 128,	/* requests under way that may overrun a receive buffer */
};

/* How often the sockets are asked for drops while so many are under way: the kernel tells in a
 * quarter of a microsecond. */
#define INFORM_EVERY (10 * SN_NS_PER_MS)

int sn_worker_init(struct sn_worker *w, const struct sn_worker_config *cfg, struct sn_io *io)
{
	int rc;

	memset(w, 0, sizeof(*w));
	w->io = io;
	w->number = cfg->number;
	if (cfg->seed) {
		sn_rng_init_seed(&w->rng, *cfg->seed);
	} else {
		sn_rng_init_system(&w->rng);
	}
	rc = sn_slots_init(&w->slots, cfg->in_flight, &w->rng);
	if (rc) {
		sn_io_close(io);
		return rc;
	}
	sn_inbox_init(&w->inbox);
	sn_arena_pool_init(&w->arenas, ARENA_CHUNK);
	w->now = sn_io_now(io);
	w->wall_offset = sn_io_wall(io) - w->now;
	w->wall_read_at = w->now;
	sn_wheel_init(&w->wheel, w->now);
	sn_governor_init(&w->governor, cfg->in_flight, cfg->governed ? sn_io_rcvbuf(io) : 0,
			 w->now);
	return SN_OK;
}

void sn_worker_fini(struct sn_worker *w)
{
	sn_io_close(w->io);
	sn_slots_fini(&w->slots);
	sn_arena_pool_fini(&w->arenas);
	sn_rng_fini(&w->rng);
}

void sn_worker_post(struct sn_worker *w, struct sn_worker_message *message)
{
	sn_inbox_push(&w->inbox, &message->node);
	sn_io_wake(w->io);
}

static void run_messages(struct sn_worker *w)
{
	struct sn_inbox_node *n = sn_inbox_take(&w->inbox);

	while (n) {
		struct sn_inbox_node *next = n->next;
		struct sn_worker_message *m = sn_container_of(n, struct sn_worker_message, node);

		m->run(w, m);
		n = next;
	}
}

static void set_counter(struct sn_worker *w, enum sn_counter id, uint64_t v)
{
	atomic_store_explicit(&w->counters.v[id], v, memory_order_relaxed);
}

/*
 * Has the governor hear of datagrams that the kernel dropped since the last time, and of what
 * answers take in the receive buffers. Publishes what comes of it.
 */
static void inform_governor(struct sn_worker *w)
{
	const struct sn_io_stats *st = &w->io->stats;
	struct sn_governor *g = &w->governor;
	uint64_t drops = st->rx_drops;

	sn_io_poll_drops(w->io);
	if (st->rx_drops != drops) {
		sn_governor_dropped(g, w->now);
	}
	sn_governor_received(g, st->rx_datagrams - w->weighed_datagrams,
			     st->rx_bytes - w->weighed_bytes);
	w->weighed_datagrams = st->rx_datagrams;
	w->weighed_bytes = st->rx_bytes;
	w->informed_at = w->now;
	set_counter(w, SN_C_RX_SOCKET_DROPS, st->rx_drops);
	set_counter(w, SN_C_GOVERNOR_CUTS, g->cuts);
	set_counter(w, SN_C_GOVERNOR_LIMIT, g->limit < w->slots.n ? g->limit : w->slots.n);
	set_counter(w, SN_C_IN_FLIGHT, w->slots.used);
}

/* Once a second: follow wall-clock steps, publish what the back end counted. */
static void housekeep(struct sn_worker *w)
{
	const struct sn_io_stats *st = &w->io->stats;

	w->wall_offset = sn_io_wall(w->io) - w->now;
	w->wall_read_at = w->now;
	inform_governor(w);
	set_counter(w, SN_C_RX_BYTES, st->rx_bytes);
	set_counter(w, SN_C_TX_BYTES, st->tx_bytes);
	set_counter(w, SN_C_TX_ERRORS, st->tx_errors);
	set_counter(w, SN_C_TX_BUSY, st->tx_busy);
}

int sn_worker_turn(struct sn_worker *w, uint64_t until)
{
	uint64_t next;
	int rc;

	w->now = sn_io_now(w->io);
	if (w->now - w->wall_read_at >= SN_NS_PER_SEC) {
		housekeep(w);
	}
	if (w->slots.used >= INFORM_FROM && w->now - w->informed_at >= INFORM_EVERY) {
		inform_governor(w);
	}
	sn_governor_advance(&w->governor, w->now);
	w->hurry = false;
	run_messages(w);
	sn_wheel_advance(&w->wheel, w->now);
	if (w->hooks.turn) {
		w->hooks.turn(w->hooks.ctx, w);
	}
	sn_counter_add(&w->counters, SN_C_LOOPS, 1);
	rc = sn_io_flush(w->io);
	if (rc < 0 && rc != SN_EAGAIN) {
		return rc;
	}
	if (w->stop) {
		housekeep(w);
		return SN_OK;
	}
	next = w->hurry ? w->now : sn_wheel_next(&w->wheel);
	w->io->awaited = w->slots.used;
	rc = sn_io_wait(w->io, next < until ? next : until);
	return rc < 0 ? rc : SN_OK;
}

int sn_worker_run(struct sn_worker *w)
{
	int rc = SN_OK;

	while (!w->stop && rc == SN_OK) {
		rc = sn_worker_turn(w, SN_TIME_NEVER);
	}
	return rc;
}

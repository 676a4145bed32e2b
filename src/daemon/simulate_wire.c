/*
 * Workers of a simulation: their sockets, which share ports and are dealt datagrams by the address
 * asked, so that a device is always the same worker's; their threads. Main thread; worker_main and
 * what it leads to run on the workers.
 */
#include "daemon/simulate_parts.h"

#include "base/log.h"
#include "scheduler/affinity.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SLOTS = 1 }; /* a worker that only answers has no requests of its own */

static void run_stop(struct sn_worker *w, struct sn_worker_message *message)
{
	(void)message;
	w->stop = true;
}

static void *worker_main(void *arg)
{
	struct sn_simulate_worker *sw = arg;
	uint64_t one = 1;

	sw->err = sn_worker_run(&sw->worker);
	atomic_store_explicit(&sw->running, false, memory_order_release);
	if (write(sw->sim->event_fd, &one, sizeof(one)) < 0) {
		return NULL; /* the counter is full: the main thread is awake already */
	}
	return NULL;
}

/* Says why the sockets cannot be had; errno is that of the failed call. */
static void say_no_sockets(const struct sn_simulation *sim, int rc, const char *why)
{
	char text[SN_ADDR_TEXT_MAX];

	if (why[0]) {
		sn_log(SN_LOG_ERROR, "cannot open sockets: %s", why);
		return;
	}
	sn_log(SN_LOG_ERROR, "cannot listen on %s%s: %s",
	       sn_addr_format(&sim->listen[0], text, sizeof(text)),
	       sim->nlisten > 1 ? " and others" : "",
	       rc == SN_ESYS || rc == SN_EPERM ? strerror(errno) : sn_err_text(rc));
}

static struct sn_io_config io_config(const struct sn_simulation *sim, unsigned share)
{
	return (struct sn_io_config){.backend = sim->opt->backend,
				     .listen = sim->listen,
				     .nlisten = sim->nlisten,
				     .share_port = share};
}

/*
 * Ports that are shared would be shared with another program of the same user too, which would get
 * a part of our datagrams. SN_OK: they are free.
 */
static int probe(const struct sn_simulation *sim)
{
	struct sn_io_config cfg = io_config(sim, 0);
	char why[128] = "";
	struct sn_io *io;
	int rc;

	cfg.backend = SN_IO_MMSG;
	rc = sn_io_open(&cfg, &io, why);
	if (rc) {
		say_no_sockets(sim, rc, why);
		return rc;
	}
	sn_io_close(io);
	return SN_OK;
}

/* The ports that the first worker got where any was asked for: for the others, and the devices. */
static int take_ports(struct sn_simulation *sim, struct sn_io *io)
{
	for (unsigned i = 0; i < sim->nlisten; i++) {
		if (sn_io_local(io, i, &sim->listen[i])) {
			return SN_ESYS;
		}
	}
	for (uint32_t i = 0; i < sim->fleet.nranges; i++) {
		struct sn_addr *first = &sim->fleet.range[i].first;
		uint16_t port = htons(sn_addr_port(&sim->listen[sim->socket[i]]));

		if (first->sa.sa_family == AF_INET) {
			first->in.sin_port = port;
		} else {
			first->in6.sin6_port = port;
		}
	}
	return SN_OK;
}

/* One worker's io. *share goes down to 1 where the kernel cannot deal by address. */
static int open_io(struct sn_simulation *sim, struct sn_simulate_worker *sw, unsigned *share,
		   struct sn_io **io)
{
	struct sn_io_config cfg = io_config(sim, *share);
	int rc = sn_io_open(&cfg, io, sw->why);

	if (!rc && *share > 1 && !(*io)->stats.steered) {
		sn_io_close(*io);
		sn_log(SN_LOG_WARNING, "the kernel does not deal datagrams by address: one worker");
		*share = 1;
		cfg.share_port = 0;
		rc = sn_io_open(&cfg, io, sw->why);
	}
	if (rc) {
		say_no_sockets(sim, rc, sw->why);
	}
	return rc;
}

static int open_worker(struct sn_simulation *sim, unsigned number, unsigned *share)
{
	struct sn_simulate_worker *sw = &sim->workers[number];
	struct sn_worker_config wc = {.number = number, .in_flight = SLOTS};
	struct sn_io *io;
	int rc = open_io(sim, sw, share, &io);

	if (rc) {
		return rc;
	}
	if (number == 0) {
		rc = take_ports(sim, io);
	}
	if (rc) {
		sn_io_close(io);
	}
	rc = rc ? rc : sn_worker_init(&sw->worker, &wc, io);
	if (rc) {
		sn_log(SN_LOG_ERROR, "cannot start a worker: %s", sn_err_text(rc));
		return rc;
	}
	sw->sim = sim;
	sw->stop.run = run_stop;
	rc = sn_fleet_worker_init(&sw->fleet, &sim->fleet, &sw->worker);
	if (rc) {
		sn_worker_fini(&sw->worker);
		sn_log(SN_LOG_ERROR, "cannot start a worker: %s", sn_err_text(rc));
	}
	return rc;
}

int sn_simulate_open(struct sn_simulation *sim)
{
	unsigned n = sim->opt->threads ? sim->opt->threads : sn_affinity_count();
	unsigned share;

	n = n < sim->fleet.devices ? n : sim->fleet.devices;
	share = n;
	sim->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sim->workers = aligned_alloc(alignof(struct sn_simulate_worker), n * sizeof(*sim->workers));
	if (!sim->workers || sim->event_fd < 0) {
		sn_log(SN_LOG_ERROR, "cannot start: %s", strerror(errno));
		return SN_ESYS;
	}
	memset(sim->workers, 0, n * sizeof(*sim->workers));
	if (share > 1 && probe(sim)) {
		return SN_ESYS;
	}
	while (sim->nworkers < share) {
		int rc = open_worker(sim, sim->nworkers, &share);

		if (rc) {
			return rc;
		}
		sim->nworkers++;
	}
	if (sim->workers[0].why[0]) {
		sn_log(SN_LOG_INFO, "io_uring is not available (%s); using recvmmsg",
		       sim->workers[0].why);
	}
	return SN_OK;
}

int sn_simulate_start(struct sn_simulation *sim)
{
	for (unsigned i = 0; i < sim->nworkers; i++) {
		struct sn_simulate_worker *sw = &sim->workers[i];

		atomic_store(&sw->running, true);
		if (pthread_create(&sw->thread, NULL, worker_main, sw) == 0) {
			continue;
		}
		sn_log(SN_LOG_ERROR, "cannot start a thread");
		atomic_store(&sw->running, false);
		while (i-- > 0) {
			sn_worker_post(&sim->workers[i].worker, &sim->workers[i].stop);
			pthread_join(sim->workers[i].thread, NULL);
		}
		return SN_ESYS;
	}
	return SN_OK;
}

bool sn_simulate_running(const struct sn_simulation *sim)
{
	for (unsigned i = 0; i < sim->nworkers; i++) {
		if (!atomic_load_explicit(&sim->workers[i].running, memory_order_acquire)) {
			return false;
		}
	}
	return true;
}

int sn_simulate_stop(struct sn_simulation *sim)
{
	bool unlocked = false;
	int rc = SN_OK;

	for (unsigned i = 0; i < sim->nworkers; i++) {
		sn_worker_post(&sim->workers[i].worker, &sim->workers[i].stop);
	}
	for (unsigned i = 0; i < sim->nworkers; i++) {
		struct sn_simulate_worker *sw = &sim->workers[i];

		pthread_join(sw->thread, NULL);
		unlocked |= sw->fleet.states.unlocked > 0;
		if (sw->err) {
			rc = sw->err;
			sn_log(SN_LOG_ERROR, "worker %u: %s", i, sn_err_text(rc));
		}
	}
	if (unlocked && sim->fleet.nusers) {
		sn_log(SN_LOG_WARNING, "keys of devices' engines were in memory that could not be "
				       "locked and may have been swapped to disk");
	}
	return rc;
}

void sn_simulate_close(struct sn_simulation *sim)
{
	for (unsigned i = 0; i < sim->nworkers; i++) {
		sn_fleet_worker_fini(&sim->workers[i].fleet);
		sn_worker_fini(&sim->workers[i].worker);
	}
	free(sim->workers);
	sim->workers = NULL;
	sim->nworkers = 0;
	if (sim->event_fd >= 0) {
		close(sim->event_fd);
	}
}

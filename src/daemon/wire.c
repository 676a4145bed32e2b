/*
 * Putting the parts together: outputs with their threads, workers with theirs, targets dealt out to
 * workers. Main thread; worker_main and the functions it leads to run on the workers.
 */
#include "daemon/parts.h"

#include "base/log.h"
#include "scheduler/affinity.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	FLUSH_TIMEOUT_S = 10,
	/* Receive buffer that a family's sockets are to have, as it is asked for. */
	RCVBUF_MIN = 1 << 20,
	RCVBUF_MAX = 64 << 20
};

static void notify_main(struct sn_daemon *d)
{
	uint64_t one = 1;

	if (write(d->event_fd, &one, sizeof(one)) < 0) {
		return; /* the counter is full: the main thread is awake already */
	}
}

/* On the worker: everything is done. */
static void on_idle(void *ctx, struct sn_collector *c)
{
	(void)ctx;
	c->w->stop = true;
}

/* On the worker: the snapshot before is not used any more. */
static void on_released(void *ctx, struct sn_collector *c)
{
	struct sn_daemon_worker *dw = ctx;

	(void)c;
	sn_handover_taken(dw);
	atomic_fetch_add_explicit(&dw->released, 1, memory_order_release);
	notify_main(dw->daemon);
}

/* On the worker: there was no memory for a snapshot's targets. */
static void on_refused(void *ctx, struct sn_collector *c)
{
	(void)c;
	sn_handover_refused(ctx);
}

/* On the worker: a command arrived. */
static void run_command(struct sn_worker *w, struct sn_worker_message *message)
{
	struct sn_command *cmd = sn_container_of(message, struct sn_command, message);
	struct sn_collector *c = &cmd->dw->collector;

	(void)w;
	switch (cmd->type) {
	case SN_COMMAND_APPLY:
		sn_handover_take(cmd->dw);
		break;
	case SN_COMMAND_DRAIN:
		sn_collector_drain(c);
		break;
	case SN_COMMAND_CANCEL:
		sn_collector_cancel(c);
		break;
	case SN_COMMAND_NONE:
		break;
	}
}

static void *worker_main(void *arg)
{
	struct sn_daemon_worker *dw = arg;

	if (dw->daemon->cfg->pin && sn_affinity_pin(dw->worker.number)) {
		sn_log(SN_LOG_WARNING, "worker %u: cannot be pinned to a CPU", dw->worker.number);
	}
	dw->err = sn_worker_run(&dw->worker);
	atomic_store_explicit(&dw->running, false, memory_order_release);
	notify_main(dw->daemon);
	return NULL;
}

static void command_init(struct sn_daemon_worker *dw, struct sn_command *cmd,
			 enum sn_command_type type)
{
	memset(cmd, 0, sizeof(*cmd));
	cmd->message.run = run_command;
	cmd->dw = dw;
	cmd->type = type;
}

/* What the configuration leaves open, by the number of answers that may come at once. */
static struct sn_io_config size_sockets(const struct sn_config *cfg)
{
	struct sn_io_config ic = cfg->io;
	uint64_t want = sn_governor_rcvbuf(cfg->in_flight) / 2; /* the kernel doubles it */

	want = want < RCVBUF_MIN ? RCVBUF_MIN : want;
	want = want < RCVBUF_MAX ? want : RCVBUF_MAX;
	if (ic.sockets4 == 0) {
		ic.sockets4 = 1;
		ic.sockets6 = 1;
		ic.sockets_max = SN_IO_SOCKETS_MAX / 2;
	}
	if (ic.rcvbuf == 0) {
		ic.rcvbuf = (unsigned)(want / ic.sockets4);
		ic.rcvbuf_family = 2 * want;
	}
	return ic;
}

/* Says it when the kernel grants less than the configuration lets the targets ask for. */
static void say_if_bounded(const struct sn_daemon *d)
{
	const struct sn_worker *w = &d->workers[0].worker;
	uint64_t wanted = (uint64_t)d->cfg->ntargets * d->cfg->window / d->nworkers;

	wanted = wanted < d->cfg->in_flight ? wanted : d->cfg->in_flight;
	if (w->governor.held < wanted) {
		sn_log(SN_LOG_INFO,
		       "the kernel grants a worker receive buffers for %u answers at once; more, "
		       "to poll.in_flight %u, are asked for with care (raise net.core.rmem_max)",
		       w->governor.held, d->cfg->in_flight);
	}
}

static int worker_open(struct sn_daemon *d, struct sn_daemon_worker *dw, unsigned number)
{
	const struct sn_config *cfg = d->cfg;
	const struct sn_io_config ic = size_sockets(cfg);
	struct sn_worker_config wc = {
		.number = number, .in_flight = cfg->in_flight, .governed = true};
	struct sn_collector_config cc = {.max_jobs = cfg->in_flight,
					 .once = d->opt->once,
					 .ctx = dw,
					 .idle = on_idle,
					 .released = on_released,
					 .refused = on_refused};
	struct sn_io *io;
	int rc = sn_io_open(&ic, &io, dw->why);

	if (rc && dw->why[0]) {
		sn_log(SN_LOG_ERROR, "cannot open sockets: %s", dw->why);
		return rc;
	}
	if (rc) {
		return sn_wire_failed("cannot open sockets", rc);
	}
	rc = sn_worker_init(&dw->worker, &wc, io);
	if (rc) {
		return sn_wire_failed("cannot start a worker", rc);
	}
	rc = sn_outputs_new(d->pumps, d->npumps, number, &dw->worker.counters, &dw->outs);
	if (rc) {
		sn_worker_fini(&dw->worker);
		return sn_wire_failed("cannot start a worker", rc);
	}
	cc.outs = dw->outs;
	dw->daemon = d;
	sn_collector_init(&dw->collector, &dw->worker, &cc);
	command_init(dw, &dw->apply, SN_COMMAND_APPLY);
	command_init(dw, &dw->drain, SN_COMMAND_DRAIN);
	command_init(dw, &dw->cancel, SN_COMMAND_CANCEL);
	return SN_OK;
}

static int open_workers(struct sn_daemon *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		int rc = worker_open(d, &d->workers[i], i);

		if (rc) {
			return rc;
		}
		d->nworkers++;
	}
	if (d->workers[0].why[0]) {
		sn_log(SN_LOG_INFO, "io_uring is not available (%s); using recvmmsg",
		       d->workers[0].why);
	}
	say_if_bounded(d);
	return SN_OK;
}

int sn_wire_open(struct sn_daemon *d)
{
	unsigned n = d->cfg->threads ? d->cfg->threads : sn_affinity_count();
	int rc;

	d->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->workers = aligned_alloc(alignof(struct sn_daemon_worker), n * sizeof(*d->workers));
	if (!d->workers || d->event_fd < 0) {
		return sn_wire_failed("cannot start", SN_ESYS);
	}
	memset(d->workers, 0, n * sizeof(*d->workers));
	rc = sn_wire_open_outputs(d, n);
	return rc ? rc : open_workers(d, n);
}

int sn_wire_start(struct sn_daemon *d)
{
	int rc = sn_handover_give(d); /* the first thing a worker finds in its inbox */

	for (unsigned i = 0; rc == SN_OK && i < d->nworkers; i++) {
		struct sn_daemon_worker *dw = &d->workers[i];

		atomic_store(&dw->running, true);
		if (pthread_create(&dw->thread, NULL, worker_main, dw) == 0) {
			continue;
		}
		sn_log(SN_LOG_ERROR, "cannot start a thread");
		atomic_store(&dw->running, false);
		while (i-- > 0) {
			sn_worker_post(&d->workers[i].worker, &d->workers[i].cancel.message);
			pthread_join(d->workers[i].thread, NULL);
		}
		return SN_ESYS;
	}
	return rc;
}

void sn_wire_command(struct sn_daemon *d, enum sn_command_type type)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		struct sn_daemon_worker *dw = &d->workers[i];

		sn_worker_post(&dw->worker,
			       type == SN_COMMAND_DRAIN ? &dw->drain.message : &dw->cancel.message);
	}
}

bool sn_wire_running(const struct sn_daemon *d)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		if (atomic_load_explicit(&d->workers[i].running, memory_order_acquire)) {
			return true;
		}
	}
	return false;
}

/* A worker's ports go before the pumps they lead to. */
static void close_outputs(struct sn_daemon *d, uint64_t timeout_ns)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		if (d->workers[i].outs) {
			sn_outputs_free(d->workers[i].outs);
			d->workers[i].outs = NULL;
		}
	}
	for (unsigned i = 0; i < d->npumps; i++) {
		sn_pump_end(d->pumps[i], timeout_ns);
	}
	for (unsigned i = 0; i < d->npumps; i++) {
		sn_pump_stop(d->pumps[i], timeout_ns, &d->final[i]);
	}
}

int sn_wire_stop(struct sn_daemon *d)
{
	int rc = SN_OK;

	for (unsigned i = 0; i < d->nworkers; i++) {
		pthread_join(d->workers[i].thread, NULL);
		if (d->workers[i].err) {
			rc = d->workers[i].err;
			sn_log(SN_LOG_ERROR, "worker %u: %s", i, sn_err_text(rc));
		}
	}
	sn_web_stop(d); /* it reads what the workers and outputs are */
	close_outputs(d, FLUSH_TIMEOUT_S * SN_NS_PER_SEC);
	return rc;
}

void sn_wire_free(struct sn_daemon *d)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		struct sn_daemon_worker *dw = &d->workers[i];

		sn_collector_fini(&dw->collector);
		sn_worker_fini(&dw->worker);
		free(dw->specs);
		free(dw->old_specs);
		free(dw->limits);
	}
	free(d->workers);
	free(d->pumps);
	free(d->final);
	if (d->event_fd >= 0) {
		close(d->event_fd);
	}
}

void sn_wire_abandon(struct sn_daemon *d)
{
	close_outputs(d, 0);
	d->npumps = 0;
	sn_wire_free(d);
}

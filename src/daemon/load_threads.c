/*
 * Workers of a load test and their threads; one run after the other on all of them. Main thread;
 * worker_main and what it leads to run on the workers.
 */
#include "daemon/load_parts.h"

#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TICK_MS = 100, RX_BUFFERS = 1024 };

static void notify_main(struct sn_load *l)
{
	uint64_t one = 1;

	if (write(l->event_fd, &one, sizeof(one)) < 0) {
		return; /* the counter is full: the main thread is awake already */
	}
}

/* On the worker: its run has ended. */
static void on_over(void *ctx, struct sn_generator *g)
{
	struct sn_load_worker *lw = ctx;
	const struct sn_io_stats *st = &g->w->io->stats;

	atomic_store_explicit(&lw->rx_bytes, st->rx_bytes, memory_order_relaxed);
	atomic_store_explicit(&lw->tx_bytes, st->tx_bytes, memory_order_relaxed);
	atomic_store_explicit(&lw->busy, false, memory_order_release);
	notify_main(lw->load);
}

/* On the worker: a command arrived. */
static void run_command(struct sn_worker *w, struct sn_worker_message *message)
{
	struct sn_load_command *cmd = sn_container_of(message, struct sn_load_command, message);
	struct sn_load_worker *lw = cmd->lw;

	switch (cmd->type) {
	case SN_LOAD_BEGIN:
		sn_generator_begin(&lw->g, &lw->run);
		break;
	case SN_LOAD_STOP:
		sn_generator_stop(&lw->g);
		break;
	case SN_LOAD_CUT:
		sn_generator_cut(&lw->g);
		break;
	default:
		w->stop = true;
		break;
	}
}

static void *worker_main(void *arg)
{
	struct sn_load_worker *lw = arg;
	int rc = SN_OK;

	prctl(PR_SET_TIMERSLACK, 1UL); /* due times are kept to the microsecond */
	while (rc == SN_OK && !lw->worker.stop) {
		rc = sn_generator_turn(&lw->g, SN_TIME_NEVER);
	}
	atomic_store(&lw->err, rc);
	atomic_store_explicit(&lw->busy, false, memory_order_release);
	notify_main(lw->load);
	return NULL;
}

static int start_failed(const char *what, int rc)
{
	sn_log(SN_LOG_ERROR, "%s: %s", what, rc == SN_ESYS ? strerror(errno) : sn_err_text(rc));
	return rc;
}

/* Requests that one worker may have outstanding. */
static uint32_t outstanding(const struct sn_load *l)
{
	const struct sn_load_values *v = &l->opt->v;
	uint32_t all = v->in_flight && (v->rate > 0 || l->opt->find_max) ? v->in_flight
									 : SN_LOAD_OUTSTANDING_MAX;

	return (all + v->threads - 1) / v->threads;
}

static int open_worker(struct sn_load *l, unsigned i)
{
	struct sn_load_worker *lw = &l->workers[i];
	struct sn_io_config ic = {.backend = (enum sn_io_backend)l->opt->v.backend,
				  .rx_buffers = RX_BUFFERS};
	struct sn_worker_config wc = {.number = i, .in_flight = outstanding(l)};
	struct sn_generator_config gc = {
		.mix = &l->mix,
		.target = l->targets,
		.ntargets = l->ntargets,
		.first = (uint32_t)((uint64_t)i * l->ntargets / l->opt->v.threads),
		.outstanding = wc.in_flight,
		.timeout_ns = l->opt->v.timeout_ns,
		.attempts = (uint8_t)(l->opt->v.retries + 1),
		.ctx = lw,
		.over = on_over};
	struct sn_io *io;
	int rc;

	for (uint32_t t = 0; t < l->ntargets; t++) {
		ic.sockets4 |= l->targets[t].addr.sa.sa_family == AF_INET;
		ic.sockets6 |= l->targets[t].addr.sa.sa_family == AF_INET6;
	}
	rc = sn_io_open(&ic, &io, lw->why);
	if (rc) {
		sn_log(SN_LOG_ERROR, "cannot open sockets: %s",
		       lw->why[0] ? lw->why : (rc == SN_ESYS ? strerror(errno) : sn_err_text(rc)));
		return rc;
	}
	rc = sn_worker_init(&lw->worker, &wc, io);
	if (rc) {
		return start_failed("cannot start a worker", rc);
	}
	rc = sn_generator_init(&lw->g, &lw->worker, &gc);
	if (rc) {
		sn_worker_fini(&lw->worker);
		return start_failed("cannot start a worker", rc);
	}
	lw->load = l;
	for (unsigned c = 0; c < SN_LOAD_COMMANDS; c++) {
		lw->cmd[c].message.run = run_command;
		lw->cmd[c].lw = lw;
		lw->cmd[c].type = (enum sn_load_command_type)c;
	}
	l->nworkers++;
	return SN_OK;
}

/* Threads inherit what is blocked; signalfd reads it. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int sn_load_threads_start(struct sn_load *l)
{
	unsigned n = l->opt->v.threads;
	int rc = SN_OK;

	l->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->signal_fd = open_signals();
	l->workers = aligned_alloc(alignof(struct sn_load_worker), n * sizeof(*l->workers));
	if (!l->workers || l->event_fd < 0 || l->signal_fd < 0) {
		return start_failed("cannot start", SN_ESYS);
	}
	memset(l->workers, 0, n * sizeof(*l->workers));
	for (unsigned i = 0; i < n && rc == SN_OK; i++) {
		rc = open_worker(l, i);
	}
	if (rc == SN_OK && l->workers[0].why[0] && !l->opt->quiet) {
		sn_log(SN_LOG_INFO, "io_uring is not available (%s); using recvmmsg",
		       l->workers[0].why);
	}
	for (unsigned i = 0; i < l->nworkers && rc == SN_OK; i++) {
		struct sn_load_worker *lw = &l->workers[i];

		lw->started = pthread_create(&lw->thread, NULL, worker_main, lw) == 0;
		rc = lw->started ? SN_OK : start_failed("cannot start a thread", SN_ESYS);
	}
	return rc;
}

static void command(struct sn_load *l, enum sn_load_command_type type)
{
	for (unsigned i = 0; i < l->nworkers; i++) {
		sn_worker_post(&l->workers[i].worker, &l->workers[i].cmd[type].message);
	}
}

/* Signals that arrived: the first ends the run, the second cuts it. */
static void read_signals(struct sn_load *l)
{
	struct signalfd_siginfo info;

	while (read(l->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		l->interrupted++;
		if (l->interrupted == 1) {
			command(l, SN_LOAD_STOP);
		} else if (l->interrupted == 2) {
			command(l, SN_LOAD_CUT);
		}
	}
}

static bool is_busy(const struct sn_load *l)
{
	for (unsigned i = 0; i < l->nworkers; i++) {
		if (atomic_load_explicit(&l->workers[i].busy, memory_order_acquire)) {
			return true;
		}
	}
	return false;
}

static bool all_well(const struct sn_load *l)
{
	for (unsigned i = 0; i < l->nworkers; i++) {
		int err = atomic_load(&l->workers[i].err);

		if (err) {
			sn_log(SN_LOG_ERROR, "worker %u: %s", i, sn_err_text(err));
			return false;
		}
	}
	return true;
}

bool sn_load_threads_run(struct sn_load *l,
			 void (*share)(const struct sn_load *l, unsigned i, struct sn_run *run))
{
	uint64_t count;

	for (unsigned i = 0; i < l->nworkers; i++) {
		share(l, i, &l->workers[i].run);
		atomic_store_explicit(&l->workers[i].busy, true, memory_order_release);
	}
	command(l, SN_LOAD_BEGIN);
	while (is_busy(l)) {
		struct pollfd fds[] = {{.fd = l->signal_fd, .events = POLLIN},
				       {.fd = l->event_fd, .events = POLLIN}};

		if (poll(fds, 2, TICK_MS) < 0 && errno != EINTR) {
			return start_failed("poll", SN_ESYS) == SN_OK;
		}
		read_signals(l);
		if (read(l->event_fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
			return start_failed("eventfd", SN_ESYS) == SN_OK;
		}
		sn_load_report_progress(l, sn_clock_mono());
	}
	return all_well(l);
}

void sn_load_threads_stop(struct sn_load *l)
{
	command(l, SN_LOAD_QUIT);
	for (unsigned i = 0; i < l->nworkers; i++) {
		struct sn_load_worker *lw = &l->workers[i];

		if (lw->started) {
			pthread_join(lw->thread, NULL);
		}
		sn_generator_fini(&lw->g);
		sn_worker_fini(&lw->worker);
	}
	free(l->workers);
	if (l->event_fd >= 0) {
		close(l->event_fd);
	}
	if (l->signal_fd >= 0) {
		close(l->signal_fd);
	}
}

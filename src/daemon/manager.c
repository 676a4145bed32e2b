/*
 * What the service manager is told when, see manager.h.
 *
 * The watchdog: a quarter of its time after the last WATCHDOG=1 every worker is woken, for one
 * without work sleeps until its next timer. At the half, once all have had a turn since, the next
 * one goes out; as long as one has not, none does, and the manager's patience runs out.
 */
#include "daemon/manager.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_EVERY_NS (10 * SN_NS_PER_SEC)

void sn_manager_open(struct sn_manager *m)
{
	const struct sn_sdnotify_env env = {.notify_socket = secure_getenv("NOTIFY_SOCKET"),
					    .watchdog_usec = secure_getenv("WATCHDOG_USEC"),
					    .watchdog_pid = secure_getenv("WATCHDOG_PID")};
	int rc;

	memset(m, 0, sizeof(*m));
	rc = sn_sdnotify_open(&m->sd, &env, getpid());
	if (rc) {
		sn_log(SN_LOG_WARNING, "NOTIFY_SOCKET: %s; the service manager is told nothing",
		       rc == SN_ESYS ? strerror(errno)
				     : "not a path and not a name behind @, or too long");
	}
}

void sn_manager_close(struct sn_manager *m)
{
	sn_sdnotify_close(&m->sd);
	free(m->worker);
	m->worker = NULL;
	m->nworkers = 0;
}

int sn_manager_watch(struct sn_manager *m, struct sn_worker *w, const _Atomic bool *running)
{
	struct sn_manager_worker *grown;

	if (!m->sd.watchdog_ns) {
		return SN_OK;
	}
	grown = realloc(m->worker, (m->nworkers + 1) * sizeof(*grown));
	if (!grown) {
		return SN_ENOMEM;
	}
	m->worker = grown;
	m->worker[m->nworkers++] = (struct sn_manager_worker){.w = w, .running = running};
	return SN_OK;
}

/* Tells the state unless it is known. */
static void tell_state(struct sn_manager *m)
{
	char text[96];

	if (m->told == m->state) {
		return;
	}
	switch (m->state) {
	case SN_MANAGER_RELOADING:
		/* the manager compares the time with that of its own request */
		snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
			 sn_clock_mono() / SN_NS_PER_US);
		break;
	case SN_MANAGER_STOPPING:
		snprintf(text, sizeof(text), "STOPPING=1\nSTATUS=ending");
		break;
	default:
		snprintf(text, sizeof(text), "READY=1");
		break;
	}
	if (sn_sdnotify_tell(&m->sd, text) != SN_EAGAIN) {
		m->told = m->state;
	}
}

void sn_manager_set(struct sn_manager *m, enum sn_manager_state state)
{
	if (m->state == SN_MANAGER_STOPPING) {
		return;
	}
	m->state = state;
	tell_state(m);
}

bool sn_manager_wants_status(struct sn_manager *m, uint64_t now)
{
	if (!sn_sdnotify_is_open(&m->sd) || m->state != SN_MANAGER_READY || now < m->status_at) {
		return false;
	}
	m->status_at = now + STATUS_EVERY_NS;
	return true;
}

void sn_manager_say(struct sn_manager *m, const char *status)
{
	char text[sizeof("STATUS=") + SN_MANAGER_TEXT_MAX];

	snprintf(text, sizeof(text), "STATUS=%s", status);
	if (sn_sdnotify_tell(&m->sd, text)) {
		return; /* there will be another one */
	}
}

static void ask_workers(struct sn_manager *m)
{
	for (unsigned i = 0; i < m->nworkers; i++) {
		struct sn_manager_worker *mw = &m->worker[i];

		mw->loops = sn_counter_get(&mw->w->counters, SN_C_LOOPS);
		sn_io_wake(mw->w->io);
	}
}

/* A worker that has not turned since it was asked; NULL: all have. */
static const struct sn_worker *stuck(const struct sn_manager *m)
{
	for (unsigned i = 0; i < m->nworkers; i++) {
		const struct sn_manager_worker *mw = &m->worker[i];

		if (sn_counter_get(&mw->w->counters, SN_C_LOOPS) == mw->loops &&
		    atomic_load_explicit(mw->running, memory_order_acquire)) {
			return mw->w;
		}
	}
	return NULL;
}

static void watch(struct sn_manager *m, uint64_t now)
{
	const struct sn_worker *w;

	if (!m->asked && now >= m->ask_at) {
		m->asked = true;
		m->due_at = now + m->sd.watchdog_ns / 4;
		ask_workers(m);
	}
	if (!m->asked || now < m->due_at) {
		return;
	}
	w = stuck(m);
	if (w) {
		if (!m->complained) {
			sn_log(SN_LOG_ERROR,
			       "worker %u does nothing any more; the service manager's watchdog "
			       "is not told that all is well",
			       w->number);
			m->complained = true;
		}
		return;
	}
	if (sn_sdnotify_tell(&m->sd, "WATCHDOG=1") == SN_EAGAIN) {
		return; /* in the next turn */
	}
	m->complained = false;
	m->asked = false;
	m->ask_at = now + m->sd.watchdog_ns / 4;
}

void sn_manager_turn(struct sn_manager *m, uint64_t now)
{
	tell_state(m);
	if (m->sd.watchdog_ns) {
		watch(m, now);
	}
}

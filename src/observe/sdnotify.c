/*
 * sd_notify(3) without its library, see sdnotify.h. Main thread.
 */
#include "observe/sdnotify.h"

#include "base/clock.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A decimal number and nothing else; 0: it is none. */
static uint64_t number(const char *s)
{
	char *end;
	unsigned long long v;

	if (!s || *s < '0' || *s > '9') {
		return 0;
	}
	errno = 0;
	v = strtoull(s, &end, 10);
	return *end || errno ? 0 : v;
}

/* How long the manager waits for WATCHDOG=1; 0: it does not watch this process. */
static uint64_t watchdog(const struct sn_sdnotify_env *env, pid_t self)
{
	uint64_t us = number(env->watchdog_usec);

	if (env->watchdog_pid && number(env->watchdog_pid) != (uint64_t)self) {
		return 0; /* a process above us; its variables are ours by descent only */
	}
	return us < UINT64_MAX / SN_NS_PER_US ? us * SN_NS_PER_US : 0;
}

/* unix(7): a path ends with a NUL, an abstract name begins with one and has a length. */
static bool set_address(struct sn_sdnotify *sd, const char *name)
{
	size_t n = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof(sd->to.un.sun_path)) {
		return false;
	}
	sd->to.un.sun_family = AF_UNIX;
	memcpy(sd->to.un.sun_path, name, n);
	sd->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (name[0] == '@') {
		sd->to.un.sun_path[0] = '\0';
	} else {
		sd->size++;
	}
	return true;
}

int sn_sdnotify_open(struct sn_sdnotify *sd, const struct sn_sdnotify_env *env, pid_t self)
{
	memset(sd, 0, sizeof(*sd));
	if (!env->notify_socket || !env->notify_socket[0]) {
		return SN_OK;
	}
	if (!set_address(sd, env->notify_socket)) {
		return SN_EINVAL;
	}
	sd->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sd->fd < 0) {
		sd->size = 0;
		return SN_ESYS;
	}
	sd->watchdog_ns = watchdog(env, self);
	return SN_OK;
}

void sn_sdnotify_close(struct sn_sdnotify *sd)
{
	if (sn_sdnotify_is_open(sd)) {
		close(sd->fd);
		sd->size = 0;
	}
}

int sn_sdnotify_tell(const struct sn_sdnotify *sd, const char *text)
{
	if (!sn_sdnotify_is_open(sd)) {
		return SN_OK;
	}
	/* to its address each time: a manager that starts anew opens its socket again */
	while (sendto(sd->fd, text, strlen(text), MSG_NOSIGNAL, &sd->to.sa, sd->size) < 0) {
		if (errno != EINTR) {
			return errno == EAGAIN ? SN_EAGAIN : SN_ESYS;
		}
	}
	return SN_OK;
}

/*
 * C11's threads by POSIX', for builds with ThreadSanitizer only: it sees pthread_create and
 * pthread_mutex_lock, but not glibc's thrd_create and mtx_lock, which libraries such as librdkafka
 * are built on. Without this their threads crash in our callbacks, and what their locks order looks
 * like races. Linked into every program of such a build (cmake/flags.cmake).
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#define EXPORT __attribute__((visibility("default")))

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "one is the other in glibc");
_Static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "so here");

/* What a thread is to do. */
struct start {
	thrd_start_t run; /* function */
	void *arg;	  /* its argument */
};

static int result(int e)
{
	switch (e) {
	case 0:
		return thrd_success;
	case EBUSY:
		return thrd_busy;
	case ETIMEDOUT:
		return thrd_timedout;
	case ENOMEM:
	case EAGAIN:
		return thrd_nomem;
	default:
		return thrd_error;
	}
}

static void *run(void *arg)
{
	struct start s = *(struct start *)arg;

	free(arg);
	return (void *)(intptr_t)s.run(s.arg);
}

EXPORT int thrd_create(thrd_t *t, thrd_start_t func, void *arg)
{
	struct start *s = malloc(sizeof(*s));
	int e;

	if (!s) {
		return thrd_nomem;
	}
	*s = (struct start){func, arg};
	e = pthread_create(t, NULL, run, s);
	if (e) {
		free(s);
	}
	return result(e);
}

EXPORT int thrd_join(thrd_t t, int *res)
{
	void *p;
	int e = pthread_join(t, &p);

	if (!e && res) {
		*res = (int)(intptr_t)p;
	}
	return result(e);
}

EXPORT int thrd_detach(thrd_t t)
{
	return result(pthread_detach(t));
}

EXPORT int mtx_init(mtx_t *m, int type)
{
	pthread_mutexattr_t attr;
	int e;

	pthread_mutexattr_init(&attr);
	if (type & mtx_recursive) {
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	}
	e = pthread_mutex_init((pthread_mutex_t *)(void *)m, &attr);
	pthread_mutexattr_destroy(&attr);
	return result(e);
}

EXPORT void mtx_destroy(mtx_t *m)
{
	pthread_mutex_destroy((pthread_mutex_t *)(void *)m);
}

EXPORT int mtx_lock(mtx_t *m)
{
	return result(pthread_mutex_lock((pthread_mutex_t *)(void *)m));
}

EXPORT int mtx_trylock(mtx_t *m)
{
	return result(pthread_mutex_trylock((pthread_mutex_t *)(void *)m));
}

EXPORT int mtx_unlock(mtx_t *m)
{
	return result(pthread_mutex_unlock((pthread_mutex_t *)(void *)m));
}

EXPORT int cnd_init(cnd_t *c)
{
	return result(pthread_cond_init((pthread_cond_t *)(void *)c, NULL));
}

EXPORT void cnd_destroy(cnd_t *c)
{
	pthread_cond_destroy((pthread_cond_t *)(void *)c);
}

EXPORT int cnd_signal(cnd_t *c)
{
	return result(pthread_cond_signal((pthread_cond_t *)(void *)c));
}

EXPORT int cnd_broadcast(cnd_t *c)
{
	return result(pthread_cond_broadcast((pthread_cond_t *)(void *)c));
}

EXPORT int cnd_wait(cnd_t *c, mtx_t *m)
{
	return result(pthread_cond_wait((pthread_cond_t *)(void *)c, (pthread_mutex_t *)(void *)m));
}

EXPORT int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *until)
{
	return result(pthread_cond_timedwait((pthread_cond_t *)(void *)c,
					     (pthread_mutex_t *)(void *)m, until));
}

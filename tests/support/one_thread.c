/*
 * What a test with `one_thread` in its `ctest:` line calls when something in it starts a thread
 * after all (linked with --wrap=pthread_create, see tests/CMakeLists.txt): ThreadSanitizer has to
 * see it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	(void)thread;
	(void)attr;
	(void)run;
	(void)arg;
	fputs("a thread is started: take one_thread out of the `ctest:` line of this test\n",
	      stderr);
	abort();
}

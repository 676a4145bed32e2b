/*
 * Waiting on a word of memory, for the pump's thread and for those who stop it. The word is the
 * condition: a wait returns when it was woken, when the word is no longer `expected`, or at the
 * timeout, and the caller looks again.
 */
#ifndef SN_OUTPUT_FUTEX_H
#define SN_OUTPUT_FUTEX_H

#include "base/clock.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* timeout_ns: SN_TIME_NEVER for none. Spurious returns happen. */
static inline void sn_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
	struct timespec ts = {.tv_sec = (time_t)(timeout_ns / SN_NS_PER_SEC),
			      .tv_nsec = (long)(timeout_ns % SN_NS_PER_SEC)};

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected,
		timeout_ns == SN_TIME_NEVER ? NULL : &ts, NULL, 0);
}

/* Wakes all who wait on word. */
static inline void sn_futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

#endif

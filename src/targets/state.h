/*
 * Files in which the program keeps for its next start what it learned in this one: written whole or
 * not at all, also when the power fails, and readable by nobody else. Called by services.c on the
 * thread of a load.
 */
#ifndef SN_TARGETS_STATE_H
#define SN_TARGETS_STATE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the folder, mode 0700, if it is not there (the one it is in must be), and sees whether
 * files can be written in it; make false: only whether that would go well. SN_ESYS: errno. */
SN_MUST_USE int sn_state_prepare(const char *folder, bool make);

/* Replaces the file of a folder by these octets. SN_ESYS (errno): the one before is still there. */
SN_MUST_USE int sn_state_write(const char *folder, const char *name, const void *p, size_t n);

/*
 * The octets of such a file, heap, a NUL behind them; *when: Unix ns at which it was written.
 * SN_ENOENT: there is none; SN_ESYS: errno; SN_ERANGE: larger than max; SN_ENOMEM.
 */
SN_MUST_USE int sn_state_read(const char *folder, const char *name, size_t max, char **p, size_t *n,
			      uint64_t *when);

#endif

/*
 * A load of the configuration while the program goes on: with a million targets or with names to be
 * looked up it takes seconds, in which the main thread must hear signals and workers must have
 * their CPUs. So it runs on a thread of its own, with little claim to CPU. All functions are the
 * main thread's.
 */
#ifndef SN_CONFIG_RELOAD_H
#define SN_CONFIG_RELOAD_H

#include "config/config.h"

struct sn_reload;

/*
 * Begins sn_config_load(path, over, context). All three are borrowed until the end, what the
 * context names is the load's alone until then; its `cancel` is not used. current: NULL, or the
 * snapshot in use, which stays until the end (and context has names and lists): then names and
 * services that are due are asked first, and nothing is loaded if it all is as it was. SN_ENOMEM,
 * SN_ESYS.
 */
SN_MUST_USE int sn_reload_start(const char *path, const struct sn_config_overrides *over,
				const struct sn_config_context *context,
				const struct sn_config *current, struct sn_reload **r);

/*
 * SN_EAGAIN while it goes on. Else reports what was wrong, frees r and returns what the load
 * returned, or SN_EEXIST: nothing has changed. After SN_OK *cfg is the caller's, else it is NULL.
 */
SN_MUST_USE int sn_reload_end(struct sn_reload *r, sn_diag_report_fn *report, void *ctx,
			      const struct sn_config **cfg);

/* Ends it as soon as it lets itself be ended: what is asked of a resolver is waited for. Frees r;
 * NULL is allowed. */
void sn_reload_cancel(struct sn_reload *r);

#endif

/*
 * Where the value of a scalar goes, whichever request brought it: into its plan's row, and
 * sysUpTime to the round. Worker thread.
 */
#ifndef SN_COLLECT_TAKE_SCALAR_H
#define SN_COLLECT_TAKE_SCALAR_H

#include "collect/job.h"

/* Makes the empty rows of all plans. SN_ENOMEM. */
SN_MUST_USE int sn_take_scalar_prepare(struct sn_job *job);

/*
 * The agent's answer for a name: a value, or an exception, by which it says that it has none. What
 * cannot be decoded leaves the row incomplete.
 */
void sn_take_scalar(struct sn_job *job, const struct sn_scalar *sc, const struct sn_varbind *vb);

/* The agent has nothing under this name. */
void sn_take_scalar_none(struct sn_job *job, const struct sn_scalar *sc);

#endif

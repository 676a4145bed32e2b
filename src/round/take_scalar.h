/*
 * Where the value of a scalar goes, whichever request brought it: into its plan's row, and
 * sysUpTime to the round. Worker thread.
 */
#ifndef SN_ROUND_TAKE_SCALAR_H
#define SN_ROUND_TAKE_SCALAR_H

#include "round/job.h"

/* Makes the empty rows of all plans. SN_ENOMEM. */
SN_MUST_USE int sn_take_scalar_prepare(struct sn_job *job);

/*
 * The agent's answer for a name: a value, or an exception, by which it says that it has none. What
 * cannot be decoded leaves the row incomplete.
 */
void sn_take_scalar(struct sn_job *job, const struct sn_scalar *sc, const struct sn_varbind *vb);

/*
 * The same for what most answers are: takes whole numbers under the names of sc[0..n), in that
 * order, from the cursor, up to the first varbind that is anything else or whose cell is filled.
 * How many it took.
 */
uint32_t sn_take_scalars(struct sn_job *job, const struct sn_scalar *sc, uint32_t n,
			 struct sn_cursor *cur);

/* The agent has nothing under this name. It is open as long as it may have it elsewhere
 * (search.h). */
void sn_take_scalar_none(struct sn_job *job, const struct sn_scalar *sc);

/* The agent has nothing under this name, and said so with this other one, which is where the value
 * lies if any instance is meant. */
void sn_take_scalar_beside(struct sn_job *job, const struct sn_scalar *sc,
			   const struct sn_varbind *vb);

/* It has nothing elsewhere. */
void sn_take_scalar_settle(struct sn_job *job, const struct sn_scalar *sc);

#endif

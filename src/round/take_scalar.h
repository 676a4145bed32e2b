/*
 * Where the value of a scalar goes, whichever request brought it: into its plan's row, and
 * sysUpTime to the round. Worker thread.
 */
#ifndef SN_ROUND_TAKE_SCALAR_H
#define SN_ROUND_TAKE_SCALAR_H

#include "round/job.h"

/* Makes the empty rows of all plans. SN_ENOMEM. */
SN_MUST_USE int sn_take_scalar_prepare(struct sn_job *job);

/* sn_take_scalar for all but the usual. */
void sn_take_scalar_any(struct sn_job *job, const struct sn_scalar *sc,
			const struct sn_varbind *vb);

/*
 * The agent's answer for a name: a value, or an exception, by which it says that it has none. What
 * cannot be decoded leaves the row incomplete.
 */
static inline void sn_take_scalar(struct sn_job *job, const struct sn_scalar *sc,
				  const struct sn_varbind *vb)
{
	/* usual: an unsigned number, which every kind of column takes, into a row that is there */
	if (sc->plan >= 0 && !sc->is_uptime && !sc->is_last_change && sc->label < 0 &&
	    job->scalars[sc->plan].nrows && sn_value_is_unsigned(vb->tag)) {
		struct sn_block *blk = &job->scalars[sc->plan];
		struct sn_row *row = sn_block_row(blk, 0);
		struct sn_value v;

		if (!sn_block_tag(blk, row, sc->column) &&
		    sn_value_read(vb->tag, vb->value, &v) == SN_OK) {
			sn_block_fill(blk, row, sc->column, v.tag, v.u, sn_job_wall(job));
			job->scalars_open[sc->plan]--;
			return;
		}
	}
	sn_take_scalar_any(job, sc, vb);
}

/* The agent has nothing under this name. */
void sn_take_scalar_none(struct sn_job *job, const struct sn_scalar *sc);

#endif

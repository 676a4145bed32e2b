/*
 * Tables by a course: every request of it at once, as far as the device's window allows. What the
 * names in an answer do not cover is asked again at once; what makes no sense sends the table back
 * to the plain walk, within the same round. Worker thread.
 */
#ifndef SN_ROUND_STEP_COURSE_H
#define SN_ROUND_STEP_COURSE_H

#include "round/table.h"

/*
 * Starts all tables of the job by its course; with_scalars: the scalars come with the
 * first answer. SN_ENOMEM: some requests may have been started.
 */
SN_MUST_USE int sn_step_course_start(struct sn_job *job, bool with_scalars);

/* The round is cut: marks what the course still had to bring as missing. Its requests are gone;
 * what it had pending is left to sn_table_abort. */
void sn_step_course_abort(struct sn_job *job);

#endif

/*
 * What of a round is got by name, and when: the instances that modules list, and the cells of the
 * rows that dynamic filters allow (snmp_exporter's: collectors see modules.<name>.filters). A
 * filter reads a walked column of this round, when its table has been read and its labels are
 * there; the last arc of the index of each row whose value matches is an index below the filter's
 * targets. What it allowed is forgotten with the round. Of several filters on one column all that
 * could be read must allow a row, as in snmp_exporter. When none could be read, all is as if there
 * were none: the column is walked if the module walks it, and the gets below it are asked for.
 *
 * The calls, in the order of a round:
 * - start_tables calls sn_filter_start when all tables are made and before the first walk or course
 *   is started: tables of which nothing is walked are asked for, or held, from then on;
 * - complete_if_settled of table.c calls sn_filter_table_over when a table has nothing pending and
 *   its labels are there, before it completes the table, and looks at `pending` again after it;
 * - end_round calls sn_filter_abort beside sn_step_course_abort, before sn_table_abort.
 *
 * Rows that come only by name are made after the walked rows of their table, so walks, courses and
 * kept labels never meet them. Worker thread.
 */
#ifndef SN_ROUND_FILTER_H
#define SN_ROUND_FILTER_H

#include "round/table.h"

/* Prepares job->filters if some plan wants cells by name. SN_ENOMEM. */
SN_MUST_USE int sn_filter_start(struct sn_job *job);

/*
 * The walked columns of a table have been read, or given up; called again it does nothing. Starts
 * what waited for them. The table itself, and others, may have something pending after it.
 */
void sn_filter_table_over(struct sn_table *table);

/* The round ends: what was still to come by name is missing, nothing is started any more. */
void sn_filter_abort(struct sn_job *job);

#endif

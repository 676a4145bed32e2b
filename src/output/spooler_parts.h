/*
 * The parts of a spooler among themselves and what the pump sees of it, see spooler.h.
 */
#ifndef SN_OUTPUT_SPOOLER_PARTS_H
#define SN_OUTPUT_SPOOLER_PARTS_H

#include "output/port.h"
#include "output/spooler_losses.h"

struct sn_spooler {
	struct sn_pump *pump;		  /* whose it is */
	struct sn_spooler_losses *losses; /* by target */
	pthread_mutex_t lock;		  /* of told */
	struct sn_spooler_stats told;	  /* what other threads are told */
};

/* Any thread. */
void sn_spooler_stats_get(struct sn_spooler *sp, struct sn_spooler_stats *stats);
void sn_spooler_losses_each(struct sn_spooler *sp, sn_spooler_loss_fn *each, void *ctx);

/* Closes the spool. */
void sn_spooler_free(struct sn_spooler *sp);

#endif

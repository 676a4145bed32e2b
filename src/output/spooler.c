/*
 * The life of a spooler, see spooler.h.
 */
#include "output/spooler_parts.h"

#include <stdlib.h>

void sn_spooler_free(struct sn_spooler *sp)
{
	sn_spooler_losses_free(sp->losses);
	pthread_mutex_destroy(&sp->lock);
	free(sp);
}

void sn_spooler_stats_get(struct sn_spooler *sp, struct sn_spooler_stats *stats)
{
	pthread_mutex_lock(&sp->lock);
	*stats = sp->told;
	pthread_mutex_unlock(&sp->lock);
}

void sn_spooler_losses_each(struct sn_spooler *sp, sn_spooler_loss_fn *each, void *ctx)
{
	sn_spooler_losses_tell(sp->losses, each, ctx);
}

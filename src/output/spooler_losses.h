/*
 * What a spool dropped, by target: a table that only grows, up to a limit, behind a lock. Filled by
 * the pump's thread when something is dropped, read by any.
 */
#ifndef SN_OUTPUT_SPOOLER_LOSSES_H
#define SN_OUTPUT_SPOOLER_LOSSES_H

#include "base/span.h"
#include "output/spooler.h"

enum { SN_SPOOLER_TARGETS = 65536 }; /* that are told apart */

struct sn_spooler_losses;

/* NULL: no memory. */
struct sn_spooler_losses *sn_spooler_losses_new(void);
void sn_spooler_losses_free(struct sn_spooler_losses *l);

/*
 * Adds to what was dropped of a target; of one more than there is room or memory for, to that of
 * all others. event: number of the occasion on which it was dropped; true: the first call for this
 * target with this event.
 */
bool sn_spooler_losses_add(struct sn_spooler_losses *l, struct sn_span target,
			   const struct sn_spooler_loss *loss, uint64_t event);

/* Tells all, under the lock. Any thread. */
void sn_spooler_losses_tell(struct sn_spooler_losses *l, sn_spooler_loss_fn *each, void *ctx);

#endif

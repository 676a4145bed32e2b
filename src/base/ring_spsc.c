/*
 * Memory of the single-producer single-consumer ring, see ring_spsc.h. Called at boot.
 */
#include "base/ring_spsc.h"

#include <stdlib.h>

int sn_ring_spsc_init(struct sn_ring_spsc *r, uint32_t capacity)
{
	uint32_t n = 2;

	while (n < capacity && n < (1u << 30)) {
		n <<= 1;
	}
	atomic_init(&r->head, 0);
	atomic_init(&r->tail, 0);
	r->head_seen = 0;
	r->tail_seen = 0;
	r->mask = n - 1;
	r->slot = calloc(n, sizeof(*r->slot));
	return r->slot ? SN_OK : SN_ENOMEM;
}

void sn_ring_spsc_fini(struct sn_ring_spsc *r)
{
	free(r->slot);
	r->slot = NULL;
}

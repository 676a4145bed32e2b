/*
 * Settled records within a window, see ackwin.h.
 */
#include "spool/ackwin.h"

#include <stdlib.h>
#include <string.h>

static uint64_t *word(const struct sn_ackwin *w, uint64_t number)
{
	return &w->bits[(number & (w->size - 1)) / 64];
}

static uint64_t bit(uint64_t number)
{
	return UINT64_C(1) << (number % 64);
}

int sn_ackwin_init(struct sn_ackwin *w, uint64_t size)
{
	*w = (struct sn_ackwin){.size = 64};
	while (w->size < size) {
		w->size *= 2;
	}
	w->bits = calloc(w->size / 64, sizeof(*w->bits));
	return w->bits ? SN_OK : SN_ENOMEM;
}

void sn_ackwin_fini(struct sn_ackwin *w)
{
	free(w->bits);
	w->bits = NULL;
}

bool sn_ackwin_test(const struct sn_ackwin *w, uint64_t number)
{
	if (number < w->floor) {
		return true;
	}
	return sn_ackwin_fits(w, number) && (*word(w, number) & bit(number)) != 0;
}

/* The lowest number of the window leaves it. */
static void leave(struct sn_ackwin *w)
{
	uint64_t *v = word(w, w->floor);

	if (*v & bit(w->floor)) {
		*v &= ~bit(w->floor);
		w->settled--;
	}
	w->floor++;
}

void sn_ackwin_set(struct sn_ackwin *w, uint64_t number)
{
	*word(w, number) |= bit(number);
	w->settled++;
	while (*word(w, w->floor) & bit(w->floor)) {
		leave(w);
	}
}

void sn_ackwin_jump(struct sn_ackwin *w, uint64_t floor)
{
	if (floor > w->floor && floor - w->floor >= w->size) {
		memset(w->bits, 0, w->size / 8);
		w->settled = 0;
		w->floor = floor;
	}
	while (w->floor < floor || *word(w, w->floor) & bit(w->floor)) {
		leave(w);
	}
}

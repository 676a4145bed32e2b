/*
 * The window of a device, see window.h. Worker thread.
 */
#include "session/window.h"

static uint16_t at_most(uint32_t n, uint32_t cap)
{
	cap = cap > UINT16_MAX ? UINT16_MAX : cap;
	return (uint16_t)(n < cap ? n : cap);
}

void sn_window_init(struct sn_window *win, uint32_t cap)
{
	win->size = at_most(SN_WINDOW_INITIAL, cap);
	win->threshold = UINT16_MAX;
	win->answers = 0;
	win->epoch = 0;
}

void sn_window_limit(struct sn_window *win, uint32_t cap)
{
	win->size = at_most(win->size, cap);
}

void sn_window_answered(struct sn_window *win, uint32_t cap, uint32_t in_flight)
{
	if (win->size >= at_most(UINT16_MAX, cap) || in_flight < win->size) {
		return;
	}
	win->answers++;
	if (win->size < win->threshold || win->answers >= win->size) {
		win->size++;
		win->answers = 0;
	}
}

uint16_t sn_window_lost(struct sn_window *win, uint8_t epoch)
{
	uint16_t before = win->size;

	if (epoch != win->epoch || before == 1) {
		return 0;
	}
	win->size = before / 2;
	win->threshold = win->size;
	win->answers = 0;
	win->epoch++;
	return before;
}

void sn_window_undo(struct sn_window *win, uint32_t cap, uint16_t from, uint8_t epoch)
{
	from = at_most(from, cap);
	if (epoch != win->epoch || from <= win->size) {
		return;
	}
	win->size = from;
	win->threshold = from;
	win->answers = 0;
}

void sn_window_collapse(struct sn_window *win)
{
	if (win->size > 1) {
		win->threshold = win->size > 4 ? win->size / 2 : 2; /* RFC 5681 §3.1 (4) */
		win->size = 1;
		win->answers = 0;
		win->epoch++;
	}
}

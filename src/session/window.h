/*
 * How many requests one device may have in flight: additive increase, multiplicative decrease as in
 * RFC 5681 §3.1, counted in requests, never above the user's limit (`cap` in every call). Pure
 * arithmetic, called by device.c and requester.c on the worker's thread.
 *
 * A request notes the epoch in which it was sent: only the loss of one sent after the last cut may
 * cut again, so that one bad moment is one cut. A cut that turns out to have been for nothing,
 * since the lost answer was only late, is undone (Eifel, RFC 4015 §3.2).
 */
#ifndef SN_SESSION_WINDOW_H
#define SN_SESSION_WINDOW_H

#include <stdint.h>

enum { SN_WINDOW_INITIAL = 4 /* of a device nothing is known of */ };

struct sn_window {
	uint16_t size;	    /* requests allowed in flight, at least 1 */
	uint16_t threshold; /* below it the window grows with every answer: slow start */
	uint16_t answers;   /* above it, so many came since it last grew */
	uint8_t epoch;	    /* cuts so far; wraps */
};

/* Of a device nothing is known of. */
void sn_window_init(struct sn_window *win, uint32_t cap);

/* The user's limit is another one. */
void sn_window_limit(struct sn_window *win, uint32_t cap);

/* An answer came; in_flight counts its request. A window that is not used does not grow (RFC 7661).
 */
void sn_window_answered(struct sn_window *win, uint32_t cap, uint32_t in_flight);

/* An attempt sent in this epoch was lost. Gives the size before the cut, 0: nothing was cut. */
uint16_t sn_window_lost(struct sn_window *win, uint8_t epoch);

/* The cut from this size was for nothing. epoch: of the attempt sent after it; once another cut
 * has followed, nothing is undone. */
void sn_window_undo(struct sn_window *win, uint32_t cap, uint16_t from, uint8_t epoch);

/* The device was silent for a whole request. */
void sn_window_collapse(struct sn_window *win);

#endif

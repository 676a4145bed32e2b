/*
 * Between the life of a request (requester.c) and rate limits (pacer.c): whether one may be sent,
 * that one was, and when those that wait may. Who waits: requests that hold the device's window in
 * `first` of its pacer, retransmissions mostly, and after them those that are parked at the device.
 * Of a prefix its devices wait, each for one request at a time, so that they take turns.
 */
#ifndef SN_SESSION_PACER_INT_H
#define SN_SESSION_PACER_INT_H

#include "session/meter.h"
#include "session/requester.h"

/* The limit of a prefix. */
struct sn_prefix_pacer {
	struct sn_meter meter;	    /* of all its devices together */
	struct sn_timer timer;	    /* when the first that waits may go; armed while one does */
	struct sn_list urgent;	    /* pacers whose `first` is not empty */
	struct sn_list waiting;	    /* the others */
	struct sn_pacer *turn;	    /* whose turn it is just now, else NULL */
	struct sn_session *session; /* whose timers and requests */
	uint32_t refs;		    /* devices, and the table of the session */
};

/* The limits of a device. */
struct sn_pacer {
	struct sn_meter meter;		/* of the device itself */
	struct sn_timer timer;		/* when that allows the next one */
	struct sn_list node;		/* waits in one of the prefix's lists */
	struct sn_list first;		/* requests that hold the window; go before parked ones */
	struct sn_device *dev;		/* whose */
	struct sn_prefix_pacer *prefix; /* NULL: none */
	struct sn_session *session;	/* whose timers and requests */
};

/* Whether the device, which has a pacer, may be sent one more now, nothing of `first` being before
 * it. False: sn_requester_serve is called when one may. */
bool sn_pacer_admits(struct sn_session *s, const struct sn_device *dev);

/* One more is sent to the device, which has a pacer. */
void sn_pacer_sent(struct sn_session *s, const struct sn_device *dev);

/* The request, which was not admitted and holds the window, waits. */
void sn_pacer_hold(struct sn_request *rq);

/* Takes out the first of those that may go now, NULL: none may, or none waits. */
struct sn_request *sn_pacer_next(struct sn_session *s, const struct sn_device *dev);

/* requester.c: sends what waits for the device, as much as may. */
void sn_requester_serve(struct sn_session *s, struct sn_device *dev);

#endif

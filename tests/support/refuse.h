/*
 * Lets requests end as a session ends them that met a Report, a millisecond after their start,
 * whatever the version: what collect makes of it is looked at here, how it comes about elsewhere.
 * For a test that is linked with -Wl,--wrap=sn_request_start.
 */
#ifndef TEST_UNIT_COLLECT_REFUSE_H
#define TEST_UNIT_COLLECT_REFUSE_H

#include "base/clock.h"
#include "session/requester.h"

void __real_sn_request_start(struct sn_session *s, struct sn_request *rq);
void __wrap_sn_request_start(struct sn_session *s, struct sn_request *rq);

/* What requests end with, SN_OK: they are sent; and how many are sent before. */
static int refuse_err;
static unsigned refuse_after;

static inline void refuse_fire(struct sn_timer *timer, uint64_t now)
{
	struct sn_request *rq = sn_container_of(timer, struct sn_request, timer);
	struct sn_answer answer = {.err = refuse_err};

	(void)now;
	rq->state = SN_REQUEST_IDLE;
	rq->done(rq, &answer);
}

void __wrap_sn_request_start(struct sn_session *s, struct sn_request *rq)
{
	if (refuse_err == SN_OK || refuse_after) {
		refuse_after -= refuse_after > 0;
		__real_sn_request_start(s, rq);
		return;
	}
	rq->session = s;
	rq->attempts = 1;
	rq->sent_at = s->w->now;
	rq->state = SN_REQUEST_PARKED; /* holds no slot and no place in the window */
	sn_counter_add(&s->w->counters, SN_C_REQUESTS, 1);
	sn_counter_add(&s->w->counters, SN_C_REFUSED, 1);
	sn_timer_init(&rq->timer, refuse_fire);
	sn_wheel_arm(&s->w->wheel, &rq->timer, s->w->now + SN_NS_PER_MS);
}

#endif

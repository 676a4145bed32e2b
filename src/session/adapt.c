/*
 * What the attempts of requests have to do with the speed of their device, see adapt_int.h. Worker
 * thread.
 */
#include "session/adapt_int.h"

/* A timer that fires so long after its time says that the worker was away. */
#define LATE_NS (5 * SN_NS_PER_MS)

/* Enough for jitter, and the same in every run of a test. */
static uint32_t noise_of(uint32_t x)
{
	x *= 0x9e3779b9u;
	return x >> 24;
}

uint64_t sn_adapt_deadline(const struct sn_session *s, const struct sn_request *rq)
{
	struct sn_attempt at = {.sent_at = s->w->now,
				.timeout_ns = rq->timeout_ns,
				.give_up_at = rq->give_up_at,
				.noise = noise_of(rq->slot ^ (uint32_t)s->w->now),
				.number = rq->attempts,
				.max = rq->attempts_max};

	return sn_retransmit_deadline(sn_device_timing(rq->dev), &at);
}

bool sn_adapt_excuse(struct sn_session *s, struct sn_request *rq, uint64_t now)
{
	uint64_t late = now - (rq->timer.due << SN_WHEEL_TICK_SHIFT);

	if (rq->excused || rq->tx_err || late < LATE_NS) {
		return false;
	}
	rq->excused = true;
	late = late < rq->timeout_ns ? late : rq->timeout_ns;
	sn_wheel_arm(&s->w->wheel, &rq->timer, now + late);
	return true;
}

bool sn_adapt_await_better(struct sn_session *s, struct sn_request *rq, uint64_t now)
{
	uint64_t end =
		rq->sent_at + rq->resent_us[rq->attempts - 1] * SN_NS_PER_US + rq->timeout_ns;

	if (now >= end) {
		return false;
	}
	sn_wheel_arm(&s->w->wheel, &rq->timer, end);
	return true;
}

void sn_adapt_lost(struct sn_request *rq)
{
	uint16_t before = sn_window_lost(&rq->dev->aimd, rq->epoch);

	rq->cut_from = before > rq->cut_from ? before : rq->cut_from;
}

void sn_adapt_answered(struct sn_session *s, const struct sn_request *rq, unsigned number,
		       uint64_t rtt)
{
	struct sn_device *dev = rq->dev;
	unsigned needless = rq->attempts - 1u - number;

	sn_retransmit_sample(&dev->rtt, rtt);
	if (needless) {
		sn_counter_add(&s->w->counters, SN_C_RETRIES_SPURIOUS, needless);
		sn_window_undo(&dev->aimd, dev->window, rq->cut_from, rq->epoch);
	}
	sn_window_answered(&dev->aimd, dev->window, dev->in_flight);
}

void sn_adapt_silent(struct sn_request *rq)
{
	sn_window_collapse(&rq->dev->aimd);
}

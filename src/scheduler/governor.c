/*
 * The limit of answers awaited, see governor.h. Worker thread.
 */
#include "scheduler/governor.h"

#include "base/clock.h"

#include <string.h>

enum {
	SLOW_STEP = 16, /* answers for one step of slow growth */
	/* Weight of a sample in the means over all devices: one in so many. */
	RTT_SHIFT = 8,
	OCTETS_SHIFT = 3,
	/* Of the receive buffers three quarters are planned with: sockets of a family are not
	   loaded evenly, nor are all answers of usual size. */
	PLANNED_NUM = 3,
	PLANNED_DEN = 4,
	PACE = 2,    /* times the limit may be sent in a round trip */
	BURST = 256, /* may be sent at once at any pace: rounds begun in a turn */
};

#define PATIENCE_FIRST (1 * SN_NS_PER_SEC)
#define PATIENCE_MIN (100 * SN_NS_PER_MS)
#define CUT_EVERY (200 * SN_NS_PER_MS)
#define PACE_MAX (20 * SN_NS_PER_MS)
#define EPOCH_MIN (25 * SN_NS_PER_MS)
#define REST (500 * SN_NS_PER_MS)

static uint64_t age_of(uint64_t ns)
{
	return ns >> SN_GOVERNOR_AGE_SHIFT;
}

/* Frames' worth of buffer: datagrams longer than a frame come as fragments, each with its own
 * overhead. */
static void plan(struct sn_governor *g)
{
	uint64_t frames = 1 + g->octets / (SN_GOVERNOR_FRAME + 1);
	uint64_t held =
		(uint64_t)g->rcvbuf / PLANNED_DEN * PLANNED_NUM / (frames * SN_GOVERNOR_FRAME_COST);

	held = held < SN_GOVERNOR_MIN ? SN_GOVERNOR_MIN : held;
	g->held = held < g->max ? (uint32_t)held : g->max;
}

static void begin_epoch(struct sn_governor *g, uint64_t now)
{
	g->epoch_at = now;
	g->epoch_limit = g->limit;
	g->epoch_answers = 0;
}

uint64_t sn_governor_rcvbuf(uint32_t max)
{
	/* + PLANNED_DEN: plan() rounds down */
	return (uint64_t)max * SN_GOVERNOR_FRAME_COST * PLANNED_DEN / PLANNED_NUM + PLANNED_DEN;
}

void sn_governor_init(struct sn_governor *g, uint32_t max, uint64_t rcvbuf, uint64_t now)
{
	memset(g, 0, sizeof(*g));
	g->max = max;
	g->fast = max;
	g->limit = max < SN_GOVERNOR_START ? max : SN_GOVERNOR_START;
	if (rcvbuf == 0) {
		g->limit = UINT32_MAX;
	}
	g->rcvbuf = rcvbuf < UINT32_MAX ? (uint32_t)rcvbuf : UINT32_MAX;
	g->age = age_of(now);
	g->oldest = g->age;
	g->paced_at = now;
	g->credit = BURST;
	begin_epoch(g, now);
	plan(g);
}

/* How long an attempt counts. */
static uint64_t patience(const struct sn_governor *g)
{
	uint64_t ns = g->srtt_ns + 4 * g->rttvar_ns;

	if (g->srtt_ns == 0) {
		return PATIENCE_FIRST;
	}
	return ns > PATIENCE_MIN ? ns : PATIENCE_MIN;
}

/* Nothing was gained by the last step: one back, and no further ones for a while. */
static void go_back(struct sn_governor *g, uint64_t now)
{
	uint32_t limit = g->judged_limit - g->judged_limit / 16;
	uint32_t least = g->judged_limit < SN_GOVERNOR_START ? g->judged_limit : SN_GOVERNOR_START;

	g->limit = limit > least ? limit : least;
	g->judged_limit = 0;
	g->rest_until = now + REST;
}

/*
 * An epoch ends with the first answer to what was sent in it, so that answers that come in one
 * burst a round trip are all in one epoch, and not before a usual round trip is almost over, so
 * that the nearest devices do not speak for all.
 */
static bool is_epoch_over(const struct sn_governor *g, uint64_t sent_at, uint64_t now)
{
	uint64_t least = g->srtt_ns - g->srtt_ns / 4;

	return sent_at >= g->epoch_at &&
	       now - g->epoch_at >= (least > EPOCH_MIN ? least : EPOCH_MIN);
}

/* An epoch is over: were its answers worth its limit? */
static void judge(struct sn_governor *g, uint64_t now)
{
	uint64_t length = now - g->epoch_at;
	uint64_t rate = g->epoch_answers * SN_NS_PER_SEC / length;

	if (g->full_age < age_of(g->epoch_at) || length > 4 * (g->srtt_ns + EPOCH_MIN)) {
		g->judged_limit = 0; /* the limit did not matter, or nobody answered for long */
	} else if (g->judged_limit == 0 || now < g->rest_until) {
		g->judged_limit = g->epoch_limit;
		g->judged_rate = rate;
	} else if (g->epoch_limit >= g->judged_limit + g->judged_limit / 2) {
		if (rate < g->judged_rate + g->judged_rate / 4) {
			go_back(g, now);
		} else {
			g->judged_limit = g->epoch_limit;
			g->judged_rate = rate;
		}
	}
	begin_epoch(g, now);
}

/* What the pace of answers allows for the time that has passed; no more than 20 ms of it are saved
 * up. */
static void earn(struct sn_governor *g, uint64_t now)
{
	uint64_t passed = now - g->paced_at < PACE_MAX ? now - g->paced_at : PACE_MAX;
	uint64_t earned = g->srtt_ns ? PACE * passed * g->limit / g->srtt_ns : 0;
	uint64_t most = g->srtt_ns ? PACE * PACE_MAX * g->limit / g->srtt_ns : 0;

	if (earned) {
		most = most > BURST ? most : BURST;
		g->credit = (uint32_t)(g->credit + earned < most ? g->credit + earned : most);
		g->paced_at = now;
	}
}

void sn_governor_advance(struct sn_governor *g, uint64_t now)
{
	uint64_t span = age_of(patience(g)) + 1;
	uint64_t age = age_of(now);

	earn(g, now);
	if (age <= g->age) {
		return;
	}
	span = span < SN_GOVERNOR_AGES ? span : SN_GOVERNOR_AGES - 1;
	g->age = age;
	if (age - g->oldest >= 2 * (uint64_t)SN_GOVERNOR_AGES) {
		/* A long sleep: nothing of it counts, and there is no need to step through it. */
		memset(g->sent, 0, sizeof(g->sent));
		g->awaited = 0;
		g->oldest = age;
	}
	while (g->oldest + span < age) {
		uint32_t *n = &g->sent[g->oldest++ % SN_GOVERNOR_AGES];

		g->awaited -= *n;
		*n = 0;
	}
}

void sn_governor_sent(struct sn_governor *g, uint64_t now)
{
	if (g->rcvbuf == 0) {
		return;
	}
	sn_governor_advance(g, now);
	g->credit -= g->credit ? 1 : 0;
	g->sent[g->age % SN_GOVERNOR_AGES]++;
	if (++g->awaited >= g->limit) {
		g->full_age = g->age;
	}
}

/* RFC 6298 section 2 with smaller weights, since the samples are of all devices. */
static void sample(struct sn_governor *g, uint64_t rtt)
{
	uint64_t off = rtt > g->srtt_ns ? rtt - g->srtt_ns : g->srtt_ns - rtt;

	if (g->srtt_ns == 0) {
		g->srtt_ns = rtt ? rtt : 1;
		g->rttvar_ns = rtt / 2;
		return;
	}
	g->rttvar_ns += (off >> RTT_SHIFT) - (g->rttvar_ns >> RTT_SHIFT);
	g->srtt_ns += (rtt >> RTT_SHIFT) - (g->srtt_ns >> RTT_SHIFT);
	g->srtt_ns = g->srtt_ns ? g->srtt_ns : 1;
}

/* One more answer came of a time when the limit was used up. */
static void grow(struct sn_governor *g, uint64_t now)
{
	/* It at most doubles in an epoch, however short round trips are. */
	if (g->limit >= g->max || g->limit / 2 >= g->epoch_limit || now < g->rest_until) {
		return;
	}
	if (g->limit < g->fast && g->limit < g->held) {
		g->limit++;
	} else if (++g->sixteens >= SLOW_STEP) {
		g->sixteens = 0;
		g->limit++;
	}
}

void sn_governor_answered(struct sn_governor *g, uint64_t sent_at, uint64_t now)
{
	uint64_t age = age_of(sent_at);

	if (g->rcvbuf == 0) {
		return;
	}
	sample(g, now - sent_at);
	if (is_epoch_over(g, sent_at, now)) {
		judge(g, now);
	}
	g->epoch_answers++;
	if (age <= g->full_age) {
		grow(g, now);
	}
	sn_governor_advance(g, now);
	if (age >= g->oldest && age <= g->age && g->sent[age % SN_GOVERNOR_AGES]) {
		g->sent[age % SN_GOVERNOR_AGES]--;
		g->awaited--;
	}
}

void sn_governor_received(struct sn_governor *g, uint64_t n, uint64_t octets)
{
	uint32_t mean;

	if (n == 0) {
		return;
	}
	mean = (uint32_t)(octets / n);
	g->octets =
		g->octets ? g->octets - (g->octets >> OCTETS_SHIFT) + (mean >> OCTETS_SHIFT) : mean;
	plan(g);
}

void sn_governor_dropped(struct sn_governor *g, uint64_t now)
{
	if (g->rcvbuf == 0 || (g->cut_at && now - g->cut_at < CUT_EVERY)) {
		return;
	}
	g->cut_at = now;
	g->cuts++;
	g->limit = g->limit / 2 > SN_GOVERNOR_MIN ? g->limit / 2 : SN_GOVERNOR_MIN;
	g->limit = g->limit < g->max ? g->limit : g->max;
	g->fast = g->limit;
	g->judged_limit = 0;
	begin_epoch(g, now);
}

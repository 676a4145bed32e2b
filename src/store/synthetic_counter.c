/*
 * Numbers of made-up devices that move with time: the counters of interfaces, and gauges. A rate
 * swings between a low and a high value in a triangle wave, so that a counter is a straight line
 * plus a bounded curve: both have a closed form in whole numbers, exact over years and the same on
 * any machine. Called by the other files of synthetic*.c on a worker's thread.
 */
#include "store/synthetic_int.h"

__extension__ typedef __int128 wide;

enum {
	SWING_BITS = 16,     /* half a swing of a rate takes 2^16 ticks, 11 minutes */
	RATE_BITS = 16,	     /* rates are in 1/65536 of what they count, a tick */
	STEP_BITS = 12,	     /* a gauge has a new aim every 2^12 ticks, 41 s */
	WRAP_SOONEST = 6750, /* ticks at a mean rate till a Counter32 has wrapped under fast_wrap */
	WRAP_SPREAD = 19500  /* and so many more at most: 1 to 5 minutes as the rate swings */
};

/* A thing that is counted: what comes in a tick, with RATE_BITS behind the point. */
struct flow {
	uint64_t mean;	/* over a whole swing */
	uint64_t swing; /* from the mean up and down, not above it: nothing flows backward */
	uint64_t phase; /* ticks that the swing is ahead */
	uint64_t start; /* what the counter begins with */
};

/* What a swing of 1 from a mean of 0 has added up to, times 2^SWING_BITS. */
static int64_t swung(uint64_t ticks)
{
	uint64_t half = UINT64_C(1) << SWING_BITS;
	uint64_t u = ticks & (half - 1);
	int64_t area = (int64_t)(u * (half - u));

	return ticks & half ? -area : area;
}

/* How much has been counted in so many ticks. Never less than a tick earlier: flow.swing <= mean.
 */
static uint64_t counted(const struct flow *f, uint64_t ticks)
{
	wide line = (wide)f->mean * (wide)ticks;
	wide curve = (wide)f->swing * (swung(ticks + f->phase) - swung(f->phase));

	return f->start + (uint64_t)((line + (curve >> SWING_BITS)) >> RATE_BITS);
}

/* Octets in one direction of an interface, between nothing and line rate. */
static void octets_flow(const struct sn_synthetic_at *at, const struct sn_synthetic_interface *ifc,
			uint64_t key, struct flow *f)
{
	/* 1 Mb/s is 1250 octets a tick */
	uint64_t line = (uint64_t)ifc->kind->mbps * 1250 << RATE_BITS;
	/* of two even shares the product: most links idle, some are full */
	uint64_t load = (key & 0xffff) * (key >> 16 & 0xffff) >> 16;
	uint64_t peak = (line >> 16) * load;

	f->phase = key >> 44;
	f->start = 0;
	if (at->cfg->fast_wrap) {
		uint32_t wrap = WRAP_SOONEST + sn_synthetic_below(key >> 8, WRAP_SPREAD);

		f->mean = (UINT64_C(1) << (32 + RATE_BITS)) / wrap;
		f->swing = f->mean / 8;
		return;
	}
	f->mean = peak - peak / 2 + (peak >> 17) * (key >> 32 & 0xffff);
	f->swing = peak - f->mean;
}

/* Scales a flow by share / 65536. */
static void thin(struct flow *f, uint64_t share)
{
	f->mean = f->mean * share >> 16;
	f->swing = f->swing * share >> 16;
}

/*
 * Packets are octets over a mean size of 64 to 1490; of other kinds there are fewer. Rounding may
 * leave a swing as large as its mean, but never larger.
 */
static void scale(struct flow *f, uint64_t row_key, unsigned which)
{
	static const uint8_t rarer[SN_COUNT_OUT] = {
		[SN_COUNT_MULTICAST] = 4, [SN_COUNT_BROADCAST] = 6, [SN_COUNT_DISCARDS] = 9,
		[SN_COUNT_ERRORS] = 12,	  [SN_COUNT_UNKNOWN] = 11,
	};
	unsigned direction = which & SN_COUNT_OUT;
	unsigned thing = which & (SN_COUNT_OUT - 1);
	uint64_t key = sn_synthetic_key(row_key, 16 + direction);

	if (thing == SN_COUNT_OCTETS) {
		return;
	}
	thin(f, 44 + sn_synthetic_below(key, 980));
	if (thing != SN_COUNT_UCAST) {
		key = sn_synthetic_key(row_key, 16 + which);
		thin(f, (0x8000 + (key & 0x7fff)) >> rarer[thing]);
	}
}

/* Under fast_wrap: octets wrap soon enough by themselves, the others begin shortly before 2^32. */
static void start_late(struct flow *f, uint64_t row_key, unsigned which)
{
	uint64_t key = sn_synthetic_key(row_key, 32 + which);
	uint64_t ticks = WRAP_SOONEST + sn_synthetic_below(key, WRAP_SPREAD);

	f->start = -(f->mean * ticks >> RATE_BITS) & UINT32_MAX;
}

static uint64_t count(const struct sn_synthetic_at *at, const struct sn_synthetic_interface *ifc,
		      unsigned which)
{
	uint64_t key = sn_synthetic_key(at->row_key, 1 + (which & SN_COUNT_OUT));
	struct flow f;

	octets_flow(at, ifc, key, &f);
	scale(&f, at->row_key, which);
	if (at->cfg->fast_wrap && which != SN_COUNT_OCTETS &&
	    which != SN_COUNT_OUT + SN_COUNT_OCTETS) {
		start_late(&f, at->row_key, which);
	}
	return counted(&f, at->ticks - sn_synthetic_counter_since(at));
}

void sn_synthetic_counter_value(const struct sn_synthetic_at *at, unsigned which,
				struct sn_value *v)
{
	unsigned direction = which & SN_COUNT_OUT;
	struct sn_synthetic_interface ifc;

	sn_synthetic_interface_read(at, &ifc);
	v->u = 0;
	if (!ifc.up) {
		return;
	}
	if (which - direction == SN_COUNT_NUCAST) {
		v->u = count(at, &ifc, direction + SN_COUNT_MULTICAST) +
		       count(at, &ifc, direction + SN_COUNT_BROADCAST);
	} else {
		v->u = count(at, &ifc, which);
	}
	if (v->tag == SN_TAG_COUNTER32) {
		v->u &= UINT32_MAX;
	}
}

uint64_t sn_synthetic_counter_since(const struct sn_synthetic_at *at)
{
	uint64_t every = at->cfg->reset_every / SN_SYNTHETIC_TICK;
	uint64_t ahead;
	uint64_t past;

	if (every == 0) {
		return 0;
	}
	ahead = sn_synthetic_key(at->row_key, 3) % every;
	past = (at->ticks + ahead) / every;
	return past ? past * every - ahead : 0;
}

uint32_t sn_synthetic_wander(uint64_t key, uint64_t ticks, uint32_t low, uint32_t high)
{
	uint64_t step = ticks >> STEP_BITS;
	uint64_t done = ticks & ((1 << STEP_BITS) - 1);
	uint64_t from = sn_synthetic_key(key, step) & 0xffff;
	uint64_t to = sn_synthetic_key(key, step + 1) & 0xffff;
	uint64_t at = (from * ((1 << STEP_BITS) - done) + to * done) >> STEP_BITS;

	return low + (uint32_t)(at * ((uint64_t)high - low + 1) >> 16);
}

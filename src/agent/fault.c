/*
 * Faults of simulated devices, see fault.h. The responder calls it once for each request, on the
 * worker's thread. Each decision is a hash of seed, device, number of the request and what is to be
 * decided: no generator is kept, and one fault more changes nothing about the others.
 */
#include "agent/fault.h"

#include "base/hash.h"

#include <math.h>

enum { NS_PER_S = 1000000000 };

/* What a draw is for. */
enum draw {
	DRAW_SHARE = 1,
	DRAW_DEAD,
	DRAW_LOSS,
	DRAW_DUP,
	DRAW_REORDER,
	DRAW_WRONG_ID,
	DRAW_GARBAGE,
	DRAW_CUT,
	DRAW_STALL,
	DRAW_RADIUS,
	DRAW_ANGLE
};

/* Of one request, or of the device (count 0). */
struct dice {
	uint64_t seed;	 /* of the run */
	uint32_t device; /* its number */
	uint32_t count;	 /* number of the request, from 1 */
};

static uint64_t draw(const struct dice *d, enum draw what)
{
	uint64_t h = sn_hash_mix(d->seed ^ (UINT64_C(0x9fb21c651e98df25) + what),
				 UINT64_C(0xd6e8feb86659fd93));

	h = sn_hash_mix(h ^ ((uint64_t)d->device << 32 | d->count), UINT64_C(0xe7037ed1a0b428db));
	return sn_hash_mix(h ^ UINT64_C(0xa0761d6478bd642f), UINT64_C(0x8ebc6af09c88c6e3));
}

static bool hits(const struct dice *d, enum draw what, uint32_t ppm)
{
	return ppm && (draw(d, what) >> 32) * SN_FAULT_ALL >> 32 < ppm;
}

/* Above 0, up to 1. */
static double unit(uint64_t h)
{
	return (double)((h >> 11) + 1) * 0x1p-53;
}

/*
 * Log-normal: the median times e^(0.5 z), z normal (Box and Muller). One in 100 is above 3.2 times
 * the median, one in 10,000 above 6.4 times.
 */
static uint64_t jitter(const struct dice *d, uint64_t median)
{
	double radius = sqrt(-2 * log(unit(draw(d, DRAW_RADIUS))));
	double z = radius * cos(2 * M_PI * unit(draw(d, DRAW_ANGLE)));

	return (uint64_t)((double)median * exp(0.5 * z));
}

bool sn_fault_applies(const struct sn_fault_spec *spec, uint64_t seed, uint32_t device)
{
	struct dice d = {.seed = seed, .device = device};

	return hits(&d, DRAW_SHARE, spec->share_ppm);
}

/* Whether the device has had its requests of this second. */
static bool over_rate(struct sn_fault_state *state, uint32_t rate, uint64_t now)
{
	uint64_t second = now / NS_PER_S;

	if (rate == 0) {
		return false;
	}
	if (second != state->second) {
		state->second = second;
		state->requests = 0;
	}
	if (state->requests == rate) {
		return true;
	}
	state->requests++;
	return false;
}

/* Waits for the CPU and keeps it busy. False: too many are waiting already. */
static bool serve(struct sn_fault_state *state, uint64_t service, uint64_t now, uint64_t *delay)
{
	uint64_t start = state->busy_until > now ? state->busy_until : now;

	if (service && (start - now) / service >= SN_FAULT_QUEUE) {
		return false;
	}
	if (service) {
		state->busy_until = start + service;
		*delay += state->busy_until - now;
	}
	return true;
}

/* Whether the device takes the request at all: it is alive, not stalled, and has time. */
static bool takes(const struct sn_fault_spec *spec, const struct dice *d,
		  struct sn_fault_state *state, uint64_t now, uint64_t *delay)
{
	struct dice device = {.seed = d->seed, .device = d->device};

	if (hits(&device, DRAW_DEAD, spec->dead_ppm) || now < state->stalled ||
	    over_rate(state, spec->rate, now)) {
		return false;
	}
	if (hits(d, DRAW_STALL, spec->stall_ppm)) {
		state->stalled = now + spec->stall_ns;
		return false;
	}
	return serve(state, spec->service_ns, now, delay);
}

void sn_fault_decide(const struct sn_fault_spec *spec, uint64_t seed, uint32_t device,
		     struct sn_fault_state *state, uint64_t now, uint64_t think_ns,
		     struct sn_fault_fate *fate)
{
	struct dice d = {.seed = seed, .device = device, .count = ++state->count};

	*fate = (struct sn_fault_fate){.copies = 1, .delay_ns = think_ns};
	if (!sn_fault_applies(spec, seed, device)) {
		return;
	}
	if (!takes(spec, &d, state, now, &fate->delay_ns) || hits(&d, DRAW_LOSS, spec->loss_ppm)) {
		*fate = (struct sn_fault_fate){.dropped = true};
		return;
	}
	fate->delay_ns += spec->delay_ns;
	if (spec->jitter_ns) {
		fate->delay_ns += jitter(&d, spec->jitter_ns);
	}
	if (hits(&d, DRAW_REORDER, spec->reorder_ppm)) {
		fate->delay_ns += spec->reorder_ns;
	}
	fate->copies += hits(&d, DRAW_DUP, spec->dup_ppm);
	fate->wrong_id = hits(&d, DRAW_WRONG_ID, spec->wrong_id_ppm);
	fate->garbage = hits(&d, DRAW_GARBAGE, spec->garbage_ppm);
	fate->cut = hits(&d, DRAW_CUT, spec->cut_ppm);
}

size_t sn_fault_spoil(const struct sn_fault_fate *fate, uint64_t seed, uint8_t *msg, size_t n)
{
	uint64_t h = sn_hash_bytes(msg, n, seed);

	if (fate->garbage) {
		for (size_t i = 0; i < n; i++) {
			msg[i] = (uint8_t)(sn_hash_mix(h + i, UINT64_C(0xd6e8feb86659fd93)) >> 8);
		}
	}
	if (fate->cut && n) {
		return (size_t)((h >> 32) * n >> 32);
	}
	return n;
}

/*
 * Fine histograms, see hdr.h. load adds latencies; daemon reads them.
 */
#include "base/hdr.h"

static uint64_t get(const _Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

/* The one writer's: a plain load and store, no locked instruction. */
static void put(_Atomic uint64_t *v, uint64_t to)
{
	atomic_store_explicit(v, to, memory_order_relaxed);
}

static void note_extremes(struct sn_hdr *h, uint64_t least, uint64_t greatest)
{
	if (get(&h->n) == 0 || least < get(&h->least)) {
		put(&h->least, least);
	}
	if (greatest > get(&h->greatest)) {
		put(&h->greatest, greatest);
	}
}

void sn_hdr_add(struct sn_hdr *h, uint64_t value)
{
	_Atomic uint64_t *b = &h->bucket[sn_loglin_bucket(value, SN_HDR_BITS)];

	note_extremes(h, value, value);
	put(b, get(b) + 1);
	put(&h->sum, get(&h->sum) + value);
	put(&h->n, get(&h->n) + 1);
}

void sn_hdr_clear(struct sn_hdr *h)
{
	put(&h->n, 0);
	put(&h->sum, 0);
	put(&h->least, 0);
	put(&h->greatest, 0);
	for (unsigned i = 0; i < SN_HDR_BUCKETS; i++) {
		if (get(&h->bucket[i])) {
			put(&h->bucket[i], 0);
		}
	}
}

void sn_hdr_merge(struct sn_hdr *to, const struct sn_hdr *from)
{
	if (get(&from->n) == 0) {
		return;
	}
	note_extremes(to, get(&from->least), get(&from->greatest));
	put(&to->sum, get(&to->sum) + get(&from->sum));
	put(&to->n, get(&to->n) + get(&from->n));
	for (unsigned i = 0; i < SN_HDR_BUCKETS; i++) {
		uint64_t n = get(&from->bucket[i]);

		if (n) {
			put(&to->bucket[i], get(&to->bucket[i]) + n);
		}
	}
}

/* How many of n values are within a share of them: the rank of the quantile, counted from 1. */
static uint64_t rank_of(uint64_t n, double share)
{
	double exact = share * (double)n;
	uint64_t rank;

	if (exact >= (double)n) {
		return n;
	}
	rank = exact > 0 ? (uint64_t)exact : 0;
	/* 0.99 of 100 is 99, whatever the 53 bits of 0.99 say */
	return rank + (exact - (double)rank > 1e-6 || rank == 0);
}

uint64_t sn_hdr_quantile(const struct sn_hdr *h, double share)
{
	uint64_t total = 0;
	uint64_t seen = 0;
	uint64_t rank;

	for (unsigned i = 0; i < SN_HDR_BUCKETS; i++) {
		total += get(&h->bucket[i]);
	}
	if (total == 0) {
		return 0;
	}
	rank = rank_of(total, share);
	for (unsigned i = 0; i < SN_HDR_BUCKETS; i++) {
		seen += get(&h->bucket[i]);
		if (seen >= rank) {
			uint64_t top = sn_loglin_top(i, SN_HDR_BITS);
			uint64_t greatest = get(&h->greatest);

			return top < greatest ? top : greatest;
		}
	}
	return get(&h->greatest);
}

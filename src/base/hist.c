/*
 * Histograms, see hist.h. collect adds lateness and round times; daemon reads them for the summary,
 * serve for /metrics.
 */
#include "base/hist.h"

void sn_hist_add(struct sn_hist *h, uint64_t value)
{
	_Atomic uint64_t *b = &h->bucket[sn_loglin_bucket(value, SN_HIST_SUB_BITS)];

	atomic_store_explicit(b, atomic_load_explicit(b, memory_order_relaxed) + 1,
			      memory_order_relaxed);
	atomic_store_explicit(&h->sum, atomic_load_explicit(&h->sum, memory_order_relaxed) + value,
			      memory_order_relaxed);
}

void sn_hist_merge(struct sn_hist *to, const struct sn_hist *from)
{
	for (unsigned i = 0; i < SN_HIST_BUCKETS; i++) {
		uint64_t n = atomic_load_explicit(&from->bucket[i], memory_order_relaxed);

		if (n) {
			atomic_fetch_add_explicit(&to->bucket[i], n, memory_order_relaxed);
		}
	}
	atomic_fetch_add_explicit(&to->sum, atomic_load_explicit(&from->sum, memory_order_relaxed),
				  memory_order_relaxed);
}

uint64_t sn_hist_quantile(const struct sn_hist *h, double share)
{
	uint64_t total = 0;
	uint64_t seen = 0;
	uint64_t rank;

	for (unsigned i = 0; i < SN_HIST_BUCKETS; i++) {
		total += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
	}
	if (total == 0) {
		return 0;
	}
	rank = (uint64_t)(share * (double)total + 0.5);
	rank = rank == 0 ? 1 : (rank > total ? total : rank);
	for (unsigned i = 0; i < SN_HIST_BUCKETS; i++) {
		seen += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		if (seen >= rank) {
			return sn_loglin_top(i, SN_HIST_SUB_BITS);
		}
	}
	return 0;
}

uint64_t sn_hist_count(const struct sn_hist *h, uint64_t bound)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SN_HIST_BUCKETS && sn_loglin_top(i, SN_HIST_SUB_BITS) <= bound;
	     i++) {
		n += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
	}
	return n;
}

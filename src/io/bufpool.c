/*
 * Receive buffers, see bufpool.h. Made and unmade by the thread that opens the io.
 */
#include "io/bufpool.h"

#include <sys/mman.h>

int sn_bufpool_init(struct sn_bufpool *pool, unsigned at_least)
{
	unsigned count = SN_BUFPOOL_MIN;
	size_t n;
	void *mem;

	while (count < at_least) {
		count *= 2;
	}
	n = (size_t)count * SN_BUFPOOL_STRIDE;
	mem = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		   0);

	if (mem == MAP_FAILED) {
		pool->mem = NULL;
		pool->count = 0;
		return SN_ENOMEM;
	}
	/* A huge page would make 2 MiB resident for the first bytes of 32 buffers. Failure only
	 * costs memory. */
	(void)madvise(mem, n, MADV_NOHUGEPAGE);
	pool->mem = mem;
	pool->count = count;
	return SN_OK;
}

void sn_bufpool_fini(struct sn_bufpool *pool)
{
	if (pool->mem) {
		munmap(pool->mem, (size_t)pool->count * SN_BUFPOOL_STRIDE);
		pool->mem = NULL;
	}
}

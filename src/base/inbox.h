/*
 * Messages from any thread to one: producers push nodes with a compare-and-swap, the owner takes
 * all of them at once, oldest first. No capacity, no allocation: the node is part of the message.
 * Used for control of workers (targets added, removed, stop), never on the packet path. Release on
 * push, acquire on take (docs/CONCURRENCY.md).
 */
#ifndef SN_BASE_INBOX_H
#define SN_BASE_INBOX_H

#include <stdatomic.h>
#include <stddef.h>

struct sn_inbox_node {
	struct sn_inbox_node *next; /* older node while in the inbox; newer one after sn_inbox_take
				     */
};

struct sn_inbox {
	_Atomic(struct sn_inbox_node *) top; /* newest node, NULL when empty */
};

static inline void sn_inbox_init(struct sn_inbox *in)
{
	atomic_init(&in->top, NULL);
}

/* Any thread. The node belongs to the owner of the inbox from here on. */
static inline void sn_inbox_push(struct sn_inbox *in, struct sn_inbox_node *n)
{
	struct sn_inbox_node *top = atomic_load_explicit(&in->top, memory_order_relaxed);

	do {
		n->next = top;
	} while (!atomic_compare_exchange_weak_explicit(&in->top, &top, n, memory_order_release,
							memory_order_relaxed));
}

/* Owner only. A chain linked by next, oldest first; NULL when there is none. */
static inline struct sn_inbox_node *sn_inbox_take(struct sn_inbox *in)
{
	struct sn_inbox_node *n = atomic_exchange_explicit(&in->top, NULL, memory_order_acquire);
	struct sn_inbox_node *oldest_first = NULL;

	while (n) {
		struct sn_inbox_node *older = n->next;

		n->next = oldest_first;
		oldest_first = n;
		n = older;
	}
	return oldest_first;
}

#endif

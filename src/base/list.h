/*
 * Intrusive circular doubly linked list: the head is a node too, an unlinked node points at itself.
 * Used by the timing wheel, device queues and pools. O(1) everything; one thread only.
 */
#ifndef SN_BASE_LIST_H
#define SN_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct sn_list {
	struct sn_list *next; /* following node, or the node itself */
	struct sn_list *prev; /* preceding node, or the node itself */
};

#define sn_container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void sn_list_init(struct sn_list *n)
{
	n->next = n;
	n->prev = n;
}

static inline bool sn_list_empty(const struct sn_list *head)
{
	return head->next == head;
}

/* Inserts n before head, that is at the tail. */
static inline void sn_list_push(struct sn_list *head, struct sn_list *n)
{
	n->prev = head->prev;
	n->next = head;
	head->prev->next = n;
	head->prev = n;
}

/* Unlinks n and leaves it pointing at itself; harmless on an unlinked node. */
static inline void sn_list_del(struct sn_list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	sn_list_init(n);
}

/* Unlinks and returns the first node, NULL when the list is empty. */
static inline struct sn_list *sn_list_pop(struct sn_list *head)
{
	struct sn_list *n = head->next;

	if (n == head) {
		return NULL;
	}
	sn_list_del(n);
	return n;
}

/* Moves all nodes of from (left empty) to the tail of to. */
static inline void sn_list_splice(struct sn_list *to, struct sn_list *from)
{
	if (sn_list_empty(from)) {
		return;
	}
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	sn_list_init(from);
}

#endif

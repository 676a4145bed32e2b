/*
 * Replies from any thread. That of a worker must not take a lock, and going on with a suspended
 * request takes one: so a reply is left in an inbox, and the thread that looks after the clock
 * (http_watch.c) carries it to the request. Packed, if at all, they are by the thread that has made
 * them, so that neither of these two is held up. Called by handlers and by whom they told.
 */
#include "observe/http_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void sn_http_suspend(struct sn_http_request *rq)
{
	pthread_mutex_lock(&rq->h->lock);
	rq->later = true;
	pthread_mutex_unlock(&rq->h->lock);
}

/* Gives a request its reply, or nobody who has gone, and drops the hold of who had to reply. */
static void deliver(struct sn_http_request *rq)
{
	struct sn_http_answer *offer = &rq->offer;

	pthread_mutex_lock(&rq->h->lock);
	if (rq->conn && rq->phase == SN_HTTP_HANDLED) {
		rq->answer = *offer;
		offer->body = NULL;
		rq->phase = SN_HTTP_REPLIED;
		sn_http_wake(rq);
	}
	free(offer->body);
	sn_http_request_put(rq);
}

void sn_http_deliver_all(struct sn_http *h)
{
	struct sn_inbox_node *n = sn_inbox_take(&h->replies);

	while (n) {
		struct sn_inbox_node *next = n->next;

		deliver(sn_container_of(n, struct sn_http_request, reply));
		n = next;
	}
}

/* Leaves a reply to be carried. rq is somebody else's from the push on. */
static void hand_over(struct sn_http_request *rq)
{
	const uint64_t one = 1;
	struct sn_http *h = rq->h;

	atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
	sn_inbox_push(&h->replies, &rq->reply);
	/* both sides change the word: who stops comes later and finds the reply in the inbox, or
	   came before and is seen here */
	if (atomic_fetch_or_explicit(&h->stopped, 0, memory_order_acq_rel)) {
		sn_http_deliver_all(h);
	} else if (write(h->event, &one, sizeof(one)) < 0) {
		/* the count is full: he will look anyway */
	}
	sn_http_unref(h);
}

/* Whether the client likes gzip at least as much as what it was packed from. */
static bool takes_gzip(const struct sn_http_request *rq)
{
	struct sn_http_codings codings;

	sn_http_codings_init(&codings);
	for (const struct sn_http_field *f = rq->headers.first; f; f = f->next) {
		if (strcasecmp(f->name, "Accept-Encoding") == 0) {
			sn_http_codings_read(&codings, f->value);
		}
	}
	return sn_http_codings_gzip(&codings);
}

/* Makes the offer of a packed body. False: it has none, for want of memory or since it would not be
 * smaller. */
static bool pack(struct sn_http *h, struct sn_http_answer *offer, const void *body, size_t n)
{
	struct sn_http_packer *pk =
		atomic_exchange_explicit(&h->packer, NULL, memory_order_acquire);
	int rc;

	pk = pk ? pk : sn_http_packer_new();
	rc = pk ? sn_http_pack(pk, body, n, &offer->body, &offer->n) : SN_ENOMEM;
	/* one is kept, however many replied at a time */
	sn_http_packer_free(atomic_exchange_explicit(&h->packer, pk, memory_order_acq_rel));
	return rc == SN_OK;
}

/* Makes the offer of a body as it is. False: no memory. */
static bool copy(struct sn_http_answer *offer, const void *body, size_t n)
{
	offer->body = n ? malloc(n) : NULL;
	if (offer->body) {
		memcpy(offer->body, body, n);
	}
	offer->n = offer->body ? n : 0;
	return offer->n == n;
}

void sn_http_reply(struct sn_http_request *rq, unsigned status, const char *content_type,
		   const void *body, size_t n)
{
	struct sn_http_answer *offer = &rq->offer;

	snprintf(offer->type, sizeof(offer->type), "%s", content_type);
	offer->status = status;
	offer->varies = n >= SN_HTTP_PACK_MIN && sn_http_pack_fits(content_type);
	offer->packed = offer->varies && takes_gzip(rq) && pack(rq->h, offer, body, n);
	if (!offer->packed && !copy(offer, body, n)) {
		offer->status = 500;
	}
	if (pthread_equal(pthread_self(), rq->thread)) {
		deliver(rq);
	} else {
		hand_over(rq);
	}
}

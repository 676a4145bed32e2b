/*
 * Messages from many threads to one: nothing lost, each producer's order kept. Behaviour of
 * base/inbox.h; the stress is meant for ThreadSanitizer.
 */
#include "base/inbox.h"

#include "support/suite.h"

#include <pthread.h>

enum { PRODUCERS = 3, EACH = 20000 };

struct message {
	struct sn_inbox_node node; /* first: a node is a message */
	int producer;		   /* who sent it */
	int number;		   /* its place among the producer's, written before the push */
};

struct producer {
	pthread_t thread;	  /* its thread */
	struct sn_inbox *in;	  /* where it pushes */
	struct message *messages; /* EACH of them */
};

static void *produce(void *arg)
{
	struct producer *p = arg;

	for (int i = 0; i < EACH; i++) {
		p->messages[i].number = i;
		sn_inbox_push(p->in, &p->messages[i].node);
	}
	return NULL;
}

START_TEST(an_empty_inbox_gives_nothing)
{
	struct sn_inbox in;

	sn_inbox_init(&in);
	ck_assert_ptr_null(sn_inbox_take(&in));
}
END_TEST

START_TEST(takes_everything_oldest_first)
{
	struct sn_inbox in;
	struct sn_inbox_node n[3];
	struct sn_inbox_node *got;

	sn_inbox_init(&in);
	for (int i = 0; i < 3; i++) {
		sn_inbox_push(&in, &n[i]);
	}
	got = sn_inbox_take(&in);
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_eq(got, &n[i]);
		got = got->next;
	}
	ck_assert_ptr_null(got);
	ck_assert_ptr_null(sn_inbox_take(&in));
	sn_inbox_push(&in, &n[1]); /* nodes can be used again */
	ck_assert_ptr_eq(sn_inbox_take(&in), &n[1]);
}
END_TEST

START_TEST(several_threads_lose_nothing_and_keep_their_order)
{
	struct sn_inbox in;
	struct producer p[PRODUCERS];
	int seen[PRODUCERS] = {0};
	int total = 0;

	sn_inbox_init(&in);
	for (int i = 0; i < PRODUCERS; i++) {
		p[i].in = &in;
		p[i].messages = calloc(EACH, sizeof(*p[i].messages));
		ck_assert_ptr_nonnull(p[i].messages);
		for (int k = 0; k < EACH; k++) {
			p[i].messages[k].producer = i;
		}
		ck_assert_int_eq(pthread_create(&p[i].thread, NULL, produce, &p[i]), 0);
	}
	while (total < PRODUCERS * EACH) {
		struct sn_inbox_node *n = sn_inbox_take(&in);

		for (; n; n = n->next) {
			const struct message *m = (const struct message *)(const void *)n;

			suite_expect(m->number == seen[m->producer]);
			seen[m->producer]++;
			total++;
		}
	}
	for (int i = 0; i < PRODUCERS; i++) {
		pthread_join(p[i].thread, NULL);
		free(p[i].messages);
	}
	ck_assert_ptr_null(sn_inbox_take(&in));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_empty_inbox_gives_nothing, takes_everything_oldest_first,
				      several_threads_lose_nothing_and_keep_their_order, NULL};

	return suite_run_tests("inbox", tests, 30);
}

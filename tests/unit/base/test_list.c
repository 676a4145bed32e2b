/*
 * Intrusive lists: order, removal, splicing. Behaviour of base/list.h.
 */
#include "base/list.h"

#include "support/suite.h"

struct item {
	int id;		     /* what the tests look at */
	struct sn_list link; /* deliberately not the first field */
};

static struct item *item_of(struct sn_list *n)
{
	return n ? sn_container_of(n, struct item, link) : NULL;
}

static void fill(struct sn_list *head, struct item *items, int n, int first)
{
	sn_list_init(head);
	for (int i = 0; i < n; i++) {
		items[i].id = first + i;
		sn_list_push(head, &items[i].link);
	}
}

START_TEST(pops_in_the_order_of_pushing)
{
	struct sn_list head;
	struct item items[4];

	fill(&head, items, 4, 0);
	ck_assert(!sn_list_empty(&head));
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(item_of(sn_list_pop(&head))->id, i);
	}
	ck_assert(sn_list_empty(&head));
	ck_assert_ptr_null(sn_list_pop(&head));
}
END_TEST

START_TEST(deletes_in_the_middle_and_twice)
{
	struct sn_list head;
	struct item items[3];

	fill(&head, items, 3, 0);
	sn_list_del(&items[1].link);
	sn_list_del(&items[1].link);
	ck_assert(sn_list_empty(&items[1].link));
	ck_assert_int_eq(item_of(sn_list_pop(&head))->id, 0);
	ck_assert_int_eq(item_of(sn_list_pop(&head))->id, 2);
	ck_assert_ptr_null(sn_list_pop(&head));
}
END_TEST

START_TEST(a_popped_node_can_be_pushed_again)
{
	struct sn_list head;
	struct item items[2];
	struct sn_list *n;

	fill(&head, items, 2, 0);
	n = sn_list_pop(&head);
	sn_list_push(&head, n);
	ck_assert_int_eq(item_of(sn_list_pop(&head))->id, 1);
	ck_assert_int_eq(item_of(sn_list_pop(&head))->id, 0);
}
END_TEST

START_TEST(splices_behind_what_is_there)
{
	struct sn_list a;
	struct sn_list b;
	struct item ia[2];
	struct item ib[3];

	fill(&a, ia, 2, 0);
	fill(&b, ib, 3, 2);
	sn_list_splice(&a, &b);
	ck_assert(sn_list_empty(&b));
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(item_of(sn_list_pop(&a))->id, i);
	}
	ck_assert(sn_list_empty(&a));
}
END_TEST

START_TEST(splices_nothing_and_into_nothing)
{
	struct sn_list a;
	struct sn_list b;
	struct item items[2];

	sn_list_init(&b);
	fill(&a, items, 2, 0);
	sn_list_splice(&a, &b);
	ck_assert_int_eq(item_of(a.next)->id, 0);
	sn_list_splice(&b, &a);
	ck_assert(sn_list_empty(&a));
	ck_assert_int_eq(item_of(sn_list_pop(&b))->id, 0);
	ck_assert_int_eq(item_of(sn_list_pop(&b))->id, 1);
	ck_assert(sn_list_empty(&b));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pops_in_the_order_of_pushing,	   deletes_in_the_middle_and_twice,
		a_popped_node_can_be_pushed_again, splices_behind_what_is_there,
		splices_nothing_and_into_nothing,  NULL};

	return suite_run_tests("list", tests, 0);
}

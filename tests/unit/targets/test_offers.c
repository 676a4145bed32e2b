/*
 * Lists kept over loads: what is the latest, what is good, and what goes. Behaviour of
 * targets/offers.h.
 */
#include "targets/offers.h"

#include "base/clock.h"
#include "support/suite.h"
#include "targets/services.h"

#include <string.h>

static struct sn_offer_cache *cache;

static struct sn_offer *want(const char *name)
{
	struct sn_offer *l = sn_offer_cache_want(cache, SN_OFFER_FILE, name, strlen(name));

	ck_assert_ptr_nonnull(l);
	return l;
}

static bool put(struct sn_offer *l, const char *text)
{
	bool changed;

	ck_assert_int_eq(sn_offer_put(l, strdup(text), strlen(text), &changed), SN_OK);
	return changed;
}

/* A load that takes this text of list a; whether it went well. */
static struct sn_offer *load(const char *text, bool used)
{
	struct sn_offer *l;

	sn_offer_cache_begin(cache);
	l = want("a");
	put(l, text);
	sn_offer_take(l, l->latest);
	sn_offer_cache_end(cache, used);
	return l;
}

static void begin(void)
{
	cache = sn_offer_cache_new();
	ck_assert_ptr_nonnull(cache);
}

START_TEST(what_a_load_took_is_good_once_it_is_used)
{
	struct sn_offer *l;

	begin();
	l = load("one", false);
	ck_assert_ptr_null(l->good);
	ck_assert_ptr_null(l->latest);
	ck_assert(!l->known && !l->wanted);
	ck_assert_ptr_eq(l, load("two", true));
	ck_assert_str_eq(l->good->p, "two");
	ck_assert(l->known);
	load("three", false);
	ck_assert_str_eq(l->good->p, "two");
	ck_assert(l->known && l->wanted);
	sn_offer_cache_free(cache);
}
END_TEST

START_TEST(a_good_list_stays_when_it_is_taken_again)
{
	struct sn_offer *l;

	begin();
	l = load("one", true);
	sn_offer_cache_begin(cache);
	ck_assert_ptr_eq(l, want("a"));
	put(l, "wrong");
	sn_offer_take(l, l->good);
	sn_offer_cache_end(cache, true);
	ck_assert_str_eq(l->good->p, "one");
	/* and when nothing was taken at all */
	sn_offer_cache_begin(cache);
	want("a");
	sn_offer_cache_end(cache, true);
	ck_assert_str_eq(l->good->p, "one");
	sn_offer_cache_free(cache);
}
END_TEST

START_TEST(lists_that_nobody_wants_go_with_a_load_that_is_used)
{
	struct sn_offer *l;

	begin();
	load("one", true);
	sn_offer_cache_begin(cache);
	want("b");
	sn_offer_cache_end(cache, false);
	l = want("a");
	ck_assert_str_eq(l->good->p, "one");
	sn_offer_cache_begin(cache);
	want("b");
	sn_offer_cache_end(cache, true);
	l = want("a");
	ck_assert_ptr_null(l->good);
	ck_assert(!l->known);
	sn_offer_cache_free(cache);
}
END_TEST

START_TEST(kinds_and_names_are_different_lists)
{
	struct sn_offer *v[40];

	begin();
	for (int i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i / 2);
		v[i] = sn_offer_cache_want(cache, i % 2 ? SN_OFFER_FILE : SN_OFFER_PATTERN, name,
					   strlen(name));
		for (int k = 0; k < i; k++) {
			ck_assert_ptr_ne(v[i], v[k]);
		}
	}
	ck_assert_ptr_eq(v[1], want("n0"));
	sn_offer_cache_free(cache);
}
END_TEST

START_TEST(an_equal_text_is_no_change)
{
	struct sn_offer *l;

	begin();
	l = want("a");
	ck_assert(put(l, "x"));
	ck_assert(!put(l, "x"));
	ck_assert(put(l, "y"));
	ck_assert_int_eq(sn_offer_restore(l, strdup("kept"), 4), SN_OK);
	ck_assert_str_eq(l->good->p, "kept");
	ck_assert_str_eq(l->latest->p, "y");
	sn_offer_cache_free(cache);
}
END_TEST

static struct sn_offer *want_service(uint64_t key, uint64_t how)
{
	const struct sn_service s = {.key = key, .how = how};
	struct sn_offer *l = sn_service_want(cache, &s);

	ck_assert_ptr_nonnull(l);
	return l;
}

START_TEST(the_first_service_that_is_due_counts)
{
	struct sn_offer *a;
	struct sn_offer *b;

	begin();
	want("file");
	ck_assert_uint_eq(sn_offer_cache_due(cache), SN_TIME_NEVER);
	a = want_service(1, 7);
	b = want_service(2, 7);
	ck_assert_uint_eq(sn_offer_cache_due(cache), 0);
	a->service->due = 500;
	b->service->due = 400;
	ck_assert_uint_eq(sn_offer_cache_due(cache), 400);
	sn_offer_cache_end(cache, true);
	sn_offer_cache_begin(cache);
	want_service(1, 7);
	ck_assert_uint_eq(sn_offer_cache_due(cache), 500);
	/* a load that failed wants nothing: those of the one before are due as they were */
	sn_offer_cache_end(cache, false);
	ck_assert_uint_eq(sn_offer_cache_due(cache), 400);
	sn_offer_cache_doubt(cache);
	ck_assert_uint_eq(sn_offer_cache_due(cache), 0);
	sn_offer_cache_free(cache);
}
END_TEST

START_TEST(a_service_that_is_asked_in_another_way_is_asked_at_once)
{
	struct sn_offer *l;

	begin();
	l = want_service(1, 7);
	put(l, "list");
	l->service->due = 500;
	strcpy(l->service->etag, "tag");
	ck_assert_ptr_eq(l, want_service(1, 7));
	ck_assert_uint_eq(l->service->due, 500);
	ck_assert_ptr_eq(l, want_service(1, 8));
	ck_assert_uint_eq(l->service->due, 0);
	ck_assert_str_eq(l->service->etag, "");
	ck_assert_str_eq(l->latest->p, "list");
	/* between loads what a service said last stays */
	sn_offer_cache_end(cache, true);
	ck_assert_str_eq(l->latest->p, "list");
	sn_offer_cache_free(cache);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_a_load_took_is_good_once_it_is_used,
				      a_good_list_stays_when_it_is_taken_again,
				      lists_that_nobody_wants_go_with_a_load_that_is_used,
				      kinds_and_names_are_different_lists,
				      an_equal_text_is_no_change,
				      the_first_service_that_is_due_counts,
				      a_service_that_is_asked_in_another_way_is_asked_at_once,
				      NULL};

	sn_offer_cache_free(NULL);
	return suite_run_tests("offers", tests, 0);
}

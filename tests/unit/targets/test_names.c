/*
 * Host names over reloads: each asked once, answers kept while they hold, open ones first, and an
 * end when the resolver is slow. Behaviour of targets/names.h.
 */
#include "targets/names.h"

#include "base/clock.h"
#include "support/config_files.h"
#include "support/suite.h"

#include <netdb.h>

enum { NAMES = 3000 };

#define TTL_NS (SN_NAME_TTL_S * SN_NS_PER_SEC)

static struct sn_name_cache *cache;
static _Atomic unsigned asked; /* all questions */
static _Atomic int answer;     /* what the resolver says of every host */
static _Atomic bool stop;      /* made true by the question of this number */
static unsigned stop_at;
static unsigned moved; /* added to all addresses */

/* h7 is 10.0.0.7 and so on. */
static int resolve(const char *host, struct sn_addr *addr)
{
	unsigned n = atomic_fetch_add(&asked, 1) + 1;

	if (n == stop_at) {
		atomic_store(&stop, true);
	}
	memset(addr, 0, sizeof(*addr));
	addr->in.sin_family = AF_INET;
	addr->in.sin_addr.s_addr =
		htonl(0x0a000000u + moved + (uint32_t)strtoul(host + 1, NULL, 10));
	return atomic_load(&answer);
}

static void setup(void)
{
	cache = sn_name_cache_new(resolve);
	asked = 0;
	answer = 0;
	stop = false;
	stop_at = 0;
	moved = 0;
}

static void teardown(void)
{
	sn_name_cache_free(cache);
}

static struct sn_name *want(unsigned i)
{
	struct sn_name *name;
	char host[16];

	snprintf(host, sizeof(host), "h%u", i);
	name = sn_name_cache_want(cache, host);
	suite_expect(name && strcmp(name->host, host) == 0);
	return name;
}

/* One load of names 0 .. n - 1. */
static void load(unsigned n, uint64_t now)
{
	sn_name_cache_begin(cache);
	for (unsigned i = 0; i < n; i++) {
		want(i);
	}
	ck_assert_int_eq(sn_name_cache_look_up(cache, now, &stop), SN_OK);
}

START_TEST(each_name_is_asked_once_and_finds_its_own_address)
{
	sn_name_cache_begin(cache);
	for (unsigned i = 0; i < 2 * NAMES; i++) {
		want(i % NAMES);
	}
	ck_assert_int_eq(sn_name_cache_look_up(cache, sn_clock_mono(), NULL), SN_OK);
	ck_assert_uint_eq(asked, NAMES);
	ck_assert_uint_eq(sn_name_cache_open(cache), 0);
	for (unsigned i = 0; i < NAMES; i++) {
		const struct sn_name *name = want(i);

		suite_expect(name->known && name->error == 0);
		suite_expect(ntohl(name->addr.in.sin_addr.s_addr) == 0x0a000000u + i);
	}
	sn_name_cache_end(cache, true);
}
END_TEST

START_TEST(answers_hold_for_a_while_and_over_loads)
{
	uint64_t now = sn_clock_mono();

	load(10, now);
	sn_name_cache_end(cache, true);
	ck_assert_uint_ge(sn_name_cache_due(cache), now + TTL_NS);
	load(12, now + TTL_NS - SN_NS_PER_SEC);
	ck_assert_uint_eq(asked, 12);
	sn_name_cache_end(cache, true);
	load(12, sn_clock_mono() + TTL_NS);
	ck_assert_uint_eq(asked, 24);
	sn_name_cache_end(cache, true);
}
END_TEST

START_TEST(an_address_stays_when_the_resolver_fails_and_goes_when_the_name_does)
{
	load(1, sn_clock_mono());
	ck_assert(want(0)->known);
	answer = EAI_AGAIN;
	load(1, sn_clock_mono() + TTL_NS);
	ck_assert(want(0)->known);
	ck_assert_int_eq(want(0)->error, EAI_AGAIN);
	answer = EAI_NONAME;
	load(1, sn_clock_mono() + TTL_NS);
	ck_assert(!want(0)->known);
	ck_assert_uint_eq(asked, 3);
	sn_name_cache_end(cache, true);
}
END_TEST

START_TEST(doubt_asks_again_for_what_had_no_address)
{
	answer = EAI_NONAME;
	load(1, sn_clock_mono());
	answer = 0;
	sn_name_cache_begin(cache);
	want(0);
	want(1);
	ck_assert_int_eq(sn_name_cache_look_up(cache, sn_clock_mono(), NULL), SN_OK);
	ck_assert_uint_eq(asked, 2);
	sn_name_cache_doubt(cache);
	ck_assert_int_eq(sn_name_cache_look_up(cache, sn_clock_mono(), NULL), SN_OK);
	ck_assert_uint_eq(asked, 3);
	ck_assert(want(0)->known);
}
END_TEST

START_TEST(a_load_that_is_not_wanted_any_more_asks_no_more)
{
	stop_at = 100;
	load(NAMES, sn_clock_mono());
	/* each thread may have had one question under way */
	ck_assert_uint_ge(asked, 100);
	ck_assert_uint_le(asked, 200);
	ck_assert_uint_eq(sn_name_cache_open(cache), NAMES - asked);
	ck_assert_uint_eq(sn_name_cache_due(cache), 0);
	/* the next goes on where this one ended */
	stop = false;
	stop_at = 0;
	load(NAMES, sn_clock_mono());
	ck_assert_uint_eq(asked, NAMES);
	ck_assert_uint_eq(sn_name_cache_open(cache), 0);
}
END_TEST

START_TEST(what_was_never_answered_goes_first)
{
	load(NAMES, sn_clock_mono());
	/* who takes the first place asks, however soon the others stop */
	stop_at = NAMES + 1;
	load(NAMES + 1, sn_clock_mono() + TTL_NS);
	ck_assert(want(NAMES)->known);
	ck_assert_uint_le(asked, NAMES + 100);
}
END_TEST

START_TEST(names_that_nobody_wants_go_with_a_load_that_is_used)
{
	uint64_t now = sn_clock_mono();

	load(NAMES, now);
	sn_name_cache_end(cache, true);
	load(1, now);
	sn_name_cache_end(cache, false);
	load(NAMES, now);
	ck_assert_uint_eq(asked, NAMES);
	load(1, now);
	sn_name_cache_end(cache, true);
	load(NAMES, now);
	ck_assert_uint_eq(asked, 2 * NAMES - 1);
}
END_TEST

START_TEST(answers_that_differ_are_counted)
{
	uint64_t now = sn_clock_mono();

	load(3, now);
	ck_assert_uint_eq(sn_name_cache_changes(cache), 3);
	load(3, now + 2 * TTL_NS); /* between loads too: the same addresses */
	ck_assert_uint_eq(asked, 6);
	ck_assert_uint_eq(sn_name_cache_changes(cache), 3);
	moved = 256;
	load(3, now + 4 * TTL_NS);
	ck_assert_uint_eq(sn_name_cache_changes(cache), 6);
	answer = EAI_AGAIN; /* no answer is no change */
	load(3, now + 6 * TTL_NS);
	ck_assert_uint_eq(sn_name_cache_changes(cache), 6);
	answer = EAI_NONAME;
	load(3, now + 8 * TTL_NS);
	ck_assert_uint_eq(sn_name_cache_changes(cache), 9);
}
END_TEST

START_TEST(names_stay_wanted_after_a_load_that_failed)
{
	uint64_t now = sn_clock_mono();

	load(2, now);
	sn_name_cache_end(cache, true);
	load(1, now);
	sn_name_cache_end(cache, false);
	ck_assert_int_eq(sn_name_cache_look_up(cache, now + 2 * TTL_NS, NULL), SN_OK);
	ck_assert_uint_eq(asked, 4);
}
END_TEST

START_TEST(targets_of_one_host_share_its_question_and_keep_their_ports)
{
	const struct sn_config *cfg;

	setup();
	config_files_use_names(cache);
	for (unsigned round = 0; round < 2; round++) {
		cfg = config_files_good(CONFIG_BASE
					"targets: [{static: [{targets: ['h5:1', 'h5:2', h6]}]}]\n");
		ck_assert_uint_eq(asked, 2);
		ck_assert_uint_eq(cfg->open_names, 0);
		ck_assert_uint_eq(sn_addr_port(&cfg->targets[0]->addr), 1);
		ck_assert_uint_eq(sn_addr_port(&cfg->targets[1]->addr), 2);
		ck_assert_uint_eq(sn_addr_port(&cfg->targets[2]->addr), 161);
		ck_assert_uint_eq(ntohl(cfg->targets[1]->addr.in.sin_addr.s_addr), 0x0a000005u);
		sn_config_free(cfg);
	}
	config_files_use_names(NULL);
	teardown();
}
END_TEST

START_TEST(a_name_without_an_address_is_told_once)
{
	const struct sn_config *cfg;

	setup();
	config_files_use_names(cache);
	answer = EAI_NONAME;
	config_files_write("sonde.yaml", CONFIG_BASE "targets: [{static: [{targets: [h1]}]}]\n");
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_uint_eq(cfg->warnings, 1);
	sn_config_free(cfg);
	config_files_clear();
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_int_eq(cfg->targets[0]->resolve_err, SN_ENOENT);
	sn_config_free(cfg);
	config_files_use_names(NULL);
	teardown();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_name_is_asked_once_and_finds_its_own_address,
		answers_hold_for_a_while_and_over_loads,
		an_address_stays_when_the_resolver_fails_and_goes_when_the_name_does,
		doubt_asks_again_for_what_had_no_address,
		a_load_that_is_not_wanted_any_more_asks_no_more,
		what_was_never_answered_goes_first,
		names_that_nobody_wants_go_with_a_load_that_is_used,
		answers_that_differ_are_counted,
		names_stay_wanted_after_a_load_that_failed,
		NULL};
	const TTest *const loads[] = {targets_of_one_host_share_its_question_and_keep_their_ports,
				      a_name_without_an_address_is_told_once, NULL};
	Suite *s = suite_create("names");
	TCase *tc = tcase_create("names");
	int rc;

	tcase_add_checked_fixture(tc, setup, teardown);
	for (const TTest *const *t = tests; *t; t++) {
		tcase_add_test(tc, *t);
	}
	suite_add_tcase(s, tc);
	rc = suite_run(s);
	return rc ? rc : config_files_run("names of targets", loads);
}

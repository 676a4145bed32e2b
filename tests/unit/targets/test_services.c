/*
 * Services: asked when they are due, their failures told once, their good lists kept on disk.
 * Behaviour of targets/services.h against a scripted web server.
 */
#include "targets/services.h"

#include "base/clock.h"
#include "support/config_files.h"
#include "support/http_peer.h"
#include "support/suite.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INTERVAL (60 * SN_NS_PER_SEC)
#define START (1000 * SN_NS_PER_SEC)

static struct sn_offer_cache *cache;
static struct http_peer *peer;
static struct sn_service service;
static bool changed;

static const struct http_answer one = {
	.status = 200, .headers = HTTP_JSON "ETag: \"1\"\r\n", .body = "[1]"};
static const struct http_answer two = {
	.status = 200, .headers = HTTP_JSON "ETag: \"2\"\r\n", .body = "[2]"};
static const struct http_answer not_modified = {.status = 304};
static const struct http_answer failing = {.status = 500};

static void begin(const struct http_answer *a)
{
	cache = sn_offer_cache_new();
	peer = http_peer_start(a, 1);
	service = (struct sn_service){.ask = {.url = http_peer_url(peer, "/x"),
					      .type = "application/json",
					      .timeout_ns = 20 * SN_NS_PER_SEC,
					      .max = 1 << 20},
				      .shown = "http://sd.example/x",
				      .interval_ns = INTERVAL,
				      .key = 1,
				      .how = 2,
				      .folder = "state",
				      .file = "x.json"};
	ck_assert_int_eq(mkdir("state", 0700), 0);
}

static void end(void)
{
	http_peer_stop(peer);
	sn_offer_cache_free(cache);
}

/* One look at a time; how many questions it took. */
static unsigned ask(uint64_t now)
{
	struct sn_diag diag = {.report = config_files_report};
	unsigned before = atomic_load(&peer->count);

	config_files_clear();
	changed = false;
	ck_assert_int_eq(sn_services_ask(cache, &service, 1, now, &diag, NULL, &changed), SN_OK);
	ck_assert_uint_eq(diag.errors, 0);
	return atomic_load(&peer->count) - before;
}

static struct sn_offer *list(void)
{
	return sn_service_want(cache, &service);
}

/* As a load that takes up the latest list does, or the good one. */
static void use(void)
{
	struct sn_diag diag = {.report = config_files_report};
	struct sn_offer *l = list();

	sn_offer_take(l, l->latest ? l->latest : l->good);
	sn_offer_cache_end(cache, true);
	sn_services_keep(cache, &service, 1, &diag);
}

START_TEST(a_service_is_asked_when_it_is_due)
{
	begin(&one);
	ck_assert_uint_eq(ask(START), 1);
	ck_assert(changed);
	ck_assert_str_eq(list()->latest->p, "[1]");
	ck_assert_uint_eq(ask(START + INTERVAL - 1), 0);
	ck_assert(changed); /* nobody has taken it up */
	use();
	ck_assert_uint_eq(ask(START + INTERVAL - 1), 0);
	ck_assert(!changed);
	http_peer_say(peer, &not_modified, 1);
	ck_assert_uint_eq(ask(START + INTERVAL), 1);
	ck_assert(!changed);
	ck_assert_ptr_nonnull(strstr(peer->heads[1], "If-None-Match: \"1\"\r\n"));
	ck_assert_str_eq(list()->latest->p, "[1]");
	ck_assert_uint_eq(sn_offer_cache_due(cache), START + 2 * INTERVAL);
	http_peer_say(peer, &two, 1);
	ck_assert_uint_eq(ask(START + 2 * INTERVAL), 1);
	ck_assert(changed);
	ck_assert_str_eq(list()->latest->p, "[2]");
	list()->told = list()->latest->hash; /* it is refused */
	/* the same without 304 */
	ck_assert_uint_eq(ask(START + 3 * INTERVAL), 1);
	ck_assert(!changed);
	ck_assert_uint_eq(atomic_load(&sn_offer_cache_counts(cache)->asked), 4);
	ck_assert_uint_eq(atomic_load(&sn_offer_cache_counts(cache)->unchanged), 2);
	ck_assert_uint_eq(atomic_load(&sn_offer_cache_counts(cache)->failed), 0);
	ck_assert_str_eq(config_files_messages(), "");
	end();
}
END_TEST

START_TEST(a_failure_is_told_once_and_changes_nothing)
{
	begin(&one);
	ask(START);
	use();
	http_peer_say(peer, &failing, 1);
	ck_assert_uint_eq(ask(START + INTERVAL), 1);
	ck_assert(!changed);
	ck_assert_str_eq(config_files_messages(),
			 "http://sd.example/x: warning: the server answers with status 500 "
			 "(expected 200); its targets stay as they were\n");
	ck_assert_uint_eq(ask(START + 2 * INTERVAL), 1);
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_str_eq(list()->good->p, "[1]");
	ck_assert_uint_eq(list()->service->failed, 2);
	ck_assert_uint_eq(atomic_load(&sn_offer_cache_counts(cache)->failed), 2);
	/* once it has answered, the next failure is told again */
	http_peer_say(peer, &one, 1);
	ask(START + 3 * INTERVAL);
	ck_assert(!changed);
	ck_assert_uint_eq(list()->service->failed, 0);
	http_peer_say(peer, &failing, 1);
	ask(START + 4 * INTERVAL);
	ck_assert_str_ne(config_files_messages(), "");
	/* and when somebody asks for a reload */
	sn_offer_cache_doubt(cache);
	ck_assert_uint_eq(ask(START + 4 * INTERVAL + 1), 1);
	ck_assert_str_ne(config_files_messages(), "");
	end();
}
END_TEST

START_TEST(without_any_list_it_is_asked_again_soon)
{
	begin(&failing);
	ask(START);
	ck_assert_str_eq(config_files_messages(),
			 "http://sd.example/x: warning: the server answers with status 500 "
			 "(expected 200); there are no targets from it yet\n");
	ck_assert_uint_eq(sn_offer_cache_due(cache), START + SN_SERVICE_RETRY_S * SN_NS_PER_SEC);
	http_peer_say(peer, &one, 1);
	ck_assert_uint_eq(ask(START + SN_SERVICE_RETRY_S * SN_NS_PER_SEC), 1);
	ck_assert(changed);
	end();
}
END_TEST

START_TEST(good_lists_are_on_disk_for_the_next_start)
{
	struct stat st;

	begin(&one);
	ask(START);
	ck_assert_int_ne(stat("state/x.json", &st), 0); /* it may be wrong yet */
	use();
	ck_assert_int_eq(stat("state/x.json", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	/* nothing is written that is there */
	ck_assert_int_eq(unlink("state/x.json"), 0);
	use();
	ck_assert_int_ne(stat("state/x.json", &st), 0);
	http_peer_say(peer, &two, 1);
	ask(START + INTERVAL);
	use();
	sn_offer_cache_free(cache);
	cache = sn_offer_cache_new();
	http_peer_say(peer, &failing, 1);
	ask(START);
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "going on with its list of 20"));
	ck_assert_ptr_null(list()->latest);
	ck_assert_str_eq(list()->good->p, "[2]");
	ck_assert_int_eq(stat("state/x.json", &st), 0);
	use();
	ck_assert_str_eq(list()->good->p, "[2]");
	end();
}
END_TEST

START_TEST(what_cannot_be_kept_or_read_is_told)
{
	begin(&one);
	ck_assert_int_eq(mkdir("state/x.json", 0700), 0);
	ask(START);
	use();
	ck_assert_ptr_nonnull(strstr(config_files_messages(),
				     "warning: its list cannot be kept in state/x.json: "));
	config_files_clear();
	use();
	ck_assert_str_eq(config_files_messages(), "");
	sn_offer_cache_free(cache);
	cache = sn_offer_cache_new();
	http_peer_say(peer, &failing, 1);
	ask(START);
	ck_assert_ptr_nonnull(strstr(config_files_messages(),
				     "warning: its list in state/x.json cannot be read: Is a "
				     "directory\n"));
	ck_assert_ptr_nonnull(strstr(config_files_messages(), "there are no targets from it yet"));
	end();
}
END_TEST

START_TEST(nothing_is_kept_without_a_folder)
{
	struct stat st;

	begin(&one);
	service.folder = NULL;
	ask(START);
	use();
	ck_assert_int_ne(stat("x.json", &st), 0);
	ck_assert_int_eq(rmdir("state"), 0);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_service_is_asked_when_it_is_due,
				      a_failure_is_told_once_and_changes_nothing,
				      without_any_list_it_is_asked_again_soon,
				      good_lists_are_on_disk_for_the_next_start,
				      what_cannot_be_kept_or_read_is_told,
				      nothing_is_kept_without_a_folder,
				      NULL};

	return config_files_run("services", tests);
}

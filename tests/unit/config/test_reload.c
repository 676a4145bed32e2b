/*
 * A load on a thread of its own: its result, its messages, and its end before the time. Behaviour
 * of config/reload.h.
 */
#include "config/reload.h"

#include "support/config_files.h"
#include "support/http_peer.h"
#include "support/suite.h"

#include <netdb.h>
#include <sched.h>

static const struct sn_config_overrides none;
static _Atomic unsigned asked;
static _Atomic bool open_up; /* the resolver answers */

/* A resolver that takes its time. */
static int ask(const char *host, struct sn_addr *addr)
{
	(void)host;
	(void)addr;
	atomic_fetch_add(&asked, 1);
	while (!atomic_load(&open_up)) {
		sched_yield();
	}
	return EAI_NONAME;
}

static struct sn_reload *start_if(const struct sn_config_context *context,
				  const struct sn_config *current)
{
	struct sn_reload *r = NULL;

	ck_assert_int_eq(sn_reload_start("sonde.yaml", &none, context, current, &r), SN_OK);
	ck_assert_ptr_nonnull(r);
	return r;
}

static struct sn_reload *start(const struct sn_config_context *context)
{
	return start_if(context, NULL);
}

/* Waits as the main thread's loop does. */
static int end(struct sn_reload *r, const struct sn_config **cfg)
{
	int rc = SN_EAGAIN;

	while (rc == SN_EAGAIN) {
		rc = sn_reload_end(r, config_files_report, NULL, cfg);
		sched_yield();
	}
	return rc;
}

START_TEST(a_good_configuration_is_the_callers)
{
	const struct sn_config_context context = {.keys = NULL};
	const struct sn_config *cfg = NULL;

	config_files_write("sonde.yaml",
			   CONFIG_BASE "targets: [{static: [{targets: [192.0.2.1]}]}]\n");
	ck_assert_int_eq(end(start(&context), &cfg), SN_OK);
	ck_assert_uint_eq(cfg->ntargets, 1);
	ck_assert_str_eq(config_files_messages(), "");
	sn_config_free(cfg);
}
END_TEST

START_TEST(errors_come_with_the_end_in_their_order)
{
	const struct sn_config_context context = {.keys = NULL};
	const struct sn_config *cfg = NULL;

	config_files_write("sonde.yaml", CONFIG_BASE "targets: [{static: [{targets: ['a b']}]}]\n"
						     "outpud: []\n");
	ck_assert_int_eq(end(start(&context), &cfg), SN_ECONFIG);
	ck_assert_ptr_null(cfg);
	ck_assert_str_eq(
		config_files_messages(),
		"sonde.yaml:4:1: unknown key \"outpud\" (did you mean \"output\"?)\n"
		"sonde.yaml:3:32: targets[0].static[0].targets[0]: \"a b\" is not a target "
		"(expected host, host:port, IPv4, IPv6 or [IPv6]:port)\n");
}
END_TEST

START_TEST(nobody_waits_for_a_slow_resolver)
{
	struct sn_config_context context = {.names = sn_name_cache_new(ask)};
	const struct sn_config *cfg = NULL;
	struct sn_reload *r;

	config_files_write("sonde.yaml", CONFIG_BASE "targets: [{static: [{targets: [h]}]}]\n");
	r = start(&context);
	while (atomic_load(&asked) == 0) {
		sched_yield();
	}
	ck_assert_int_eq(sn_reload_end(r, config_files_report, NULL, &cfg), SN_EAGAIN);
	atomic_store(&open_up, true);
	ck_assert_int_eq(end(r, &cfg), SN_OK);
	ck_assert_int_eq(cfg->targets[0]->resolve_err, SN_ENOENT);
	sn_config_free(cfg);
	sn_name_cache_free(context.names);
}
END_TEST

START_TEST(it_ends_before_its_time_when_told_to)
{
	enum { NAMES = 100000 }; /* more than are asked before we come to tell */
	struct sn_config_context context = {.names = sn_name_cache_new(ask)};
	char *text = malloc(NAMES * 16 + 1024);
	size_t n = (size_t)sprintf(text, "%stargets: [{static: [{targets: [", CONFIG_BASE);

	for (int i = 0; i < NAMES; i++) {
		n += (size_t)sprintf(text + n, "h%d, ", i);
	}
	strcpy(text + n, "]}]}]\n");
	config_files_write("sonde.yaml", text);
	atomic_store(&open_up, true);
	sn_reload_cancel(start(&context));
	ck_assert_uint_lt(asked, NAMES);
	sn_reload_cancel(NULL);
	sn_name_cache_free(context.names);
	free(text);
}
END_TEST

/* What daemon has over all loads, and the first snapshot. */
struct life {
	struct sn_config_context context;
	const struct sn_config *cfg;
};

static void begin_life(struct life *l, const char *text)
{
	l->context = (struct sn_config_context){.names = sn_name_cache_new(ask),
						.lists = sn_offer_cache_new()};
	config_files_write("sonde.yaml", text);
	ck_assert_int_eq(end(start(&l->context), &l->cfg), SN_OK);
}

/* A look: nothing has changed, or there is another snapshot. */
static void look(struct life *l, bool changed)
{
	const struct sn_config *cfg = NULL;
	int rc = end(start_if(&l->context, l->cfg), &cfg);

	ck_assert_int_eq(rc, changed ? SN_OK : SN_EEXIST);
	ck_assert((cfg != NULL) == changed);
	if (cfg) {
		sn_config_free(l->cfg);
		l->cfg = cfg;
	}
}

static void end_life(struct life *l)
{
	sn_config_free(l->cfg);
	sn_name_cache_free(l->context.names);
	sn_offer_cache_free(l->context.lists);
}

START_TEST(nothing_is_loaded_where_no_file_has_changed)
{
	struct life l;

	config_files_write("a.yml", "- targets: [192.0.2.1]\n");
	begin_life(&l, CONFIG_BASE "targets: [{file_sd: {files: [a.yml]}}]\n");
	look(&l, false);
	look(&l, false);
	config_files_write("a.yml", "- targets: [192.0.2.1, 192.0.2.2]\n");
	look(&l, true);
	ck_assert_uint_eq(l.cfg->ntargets, 2);
	look(&l, false);
	/* a file that is wrong is a change, once */
	config_files_write("a.yml", "- {}\n");
	look(&l, true);
	ck_assert_uint_eq(l.cfg->ntargets, 2);
	look(&l, false);
	end_life(&l);
}
END_TEST

START_TEST(a_list_that_a_service_changed_is_loaded)
{
	static const struct http_answer one = {.status = 200,
					       .headers = HTTP_JSON "ETag: \"1\"\r\n",
					       .body = "[{\"targets\": [\"192.0.2.1\"]}]"};
	static const struct http_answer same = {.status = 304};
	static const struct http_answer two = {
		.status = 200,
		.headers = HTTP_JSON,
		.body = "[{\"targets\": [\"192.0.2.1\", \"192.0.2.2\"]}]"};
	static const struct http_answer failing = {.status = 500};
	const struct http_answer *const unchanged[] = {&one, &same, &failing};
	struct http_peer *p = http_peer_start(&one, 1);
	struct life l;
	char text[1024];

	snprintf(text, sizeof(text), CONFIG_BASE "targets: [{http_sd: {url: '%s'}}]\n",
		 http_peer_url(p, "/x"));
	begin_life(&l, text);
	ck_assert_uint_eq(l.cfg->ntargets, 1);
	for (unsigned i = 0; i < 3; i++) {
		http_peer_say(p, unchanged[i], 1);
		sn_offer_cache_doubt(l.context.lists);
		look(&l, false);
	}
	ck_assert_uint_eq(atomic_load(&p->count), 4);
	look(&l, false); /* not due */
	ck_assert_uint_eq(atomic_load(&p->count), 4);
	http_peer_say(p, &two, 1);
	sn_offer_cache_doubt(l.context.lists);
	look(&l, true);
	ck_assert_uint_eq(l.cfg->ntargets, 2);
	/* asked once, and not by the load again */
	ck_assert_uint_eq(atomic_load(&p->count), 5);
	end_life(&l);
	http_peer_stop(p);
}
END_TEST

START_TEST(a_name_that_got_an_address_is_loaded)
{
	struct life l;

	atomic_store(&open_up, true);
	begin_life(&l, CONFIG_BASE "targets: [{static: [{targets: [h]}]}]\n");
	ck_assert_uint_eq(atomic_load(&asked), 1);
	look(&l, false);
	ck_assert_uint_eq(atomic_load(&asked), 1); /* its answer holds */
	sn_name_cache_doubt(l.context.names);
	look(&l, true); /* the first answer to a doubt is one, whatever it says */
	ck_assert_uint_eq(atomic_load(&asked), 2);
	look(&l, false);
	end_life(&l);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_good_configuration_is_the_callers,
				      errors_come_with_the_end_in_their_order,
				      nobody_waits_for_a_slow_resolver,
				      it_ends_before_its_time_when_told_to,
				      nothing_is_loaded_where_no_file_has_changed,
				      a_list_that_a_service_changed_is_loaded,
				      a_name_that_got_an_address_is_loaded,
				      NULL};

	return config_files_run("reload", tests);
}

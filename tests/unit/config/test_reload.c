/*
 * A load on a thread of its own: its result, its messages, and its end before the time. Behaviour
 * of config/reload.h.
 */
#include "config/reload.h"

#include "support/config_files.h"
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

static struct sn_reload *start(const struct sn_config_context *context)
{
	struct sn_reload *r = NULL;

	ck_assert_int_eq(sn_reload_start("sonde.yaml", &none, context, &r), SN_OK);
	ck_assert_ptr_nonnull(r);
	return r;
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
	enum { NAMES = 2000 };
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

int main(void)
{
	const TTest *const tests[] = {a_good_configuration_is_the_callers,
				      errors_come_with_the_end_in_their_order,
				      nobody_waits_for_a_slow_resolver,
				      it_ends_before_its_time_when_told_to, NULL};

	return config_files_run("reload", tests);
}

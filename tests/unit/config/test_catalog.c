/*
 * What requests may name: with `listen` all modules and auths by their names, and a snapshot that
 * stays as long as somebody needs it. Behaviour of the catalog part of config/config.h.
 */
#include "config/config.h"

#include "support/config_files.h"

#include <string.h>

#define REST                                                                                       \
	"auths:\n"                                                                                 \
	"  public_v2: {community: public}\n"                                                       \
	"  secret: {version: 3, username: u, security_level: authNoPriv, auth_protocol: SHA, "     \
	"password: maplesyrup, context_name: c}\n"                                                 \
	"modules:\n"                                                                               \
	"  zebra: {get: [1.3.6.1.2.1.1.5.0], metrics: [{name: sysName, "                           \
	"oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}\n"                                           \
	"  ape: {walk: [1.3.6.1.2.1.2.2], metrics: [{name: ifMtu, oid: 1.3.6.1.2.1.2.2.1.4, "      \
	"type: gauge, indexes: [{labelname: ifIndex, type: gauge}]}]}\n"

START_TEST(with_listen_everything_can_be_named_and_targets_are_not_needed)
{
	const struct sn_config *cfg = config_files_good("listen: 127.0.0.1:0\n" REST);
	const struct sn_config_auth *auth;

	ck_assert_str_eq(cfg->listen, "127.0.0.1:0");
	ck_assert_uint_eq(cfg->ntargets, 0);
	ck_assert_uint_eq(cfg->nmodules, 2);
	ck_assert_uint_eq(cfg->nauths, 2);
	ck_assert_str_eq(sn_config_module(cfg, "zebra")->plan->name, "zebra");
	ck_assert_uint_eq(sn_config_module(cfg, "ape")->plan->ntables, 1);
	ck_assert_ptr_null(sn_config_module(cfg, "if_mib"));
	ck_assert_ptr_null(sn_config_module(cfg, ""));
	auth = sn_config_auth(cfg, "secret");
	ck_assert_ptr_nonnull(auth);
	ck_assert_ptr_nonnull(auth->access.user);
	ck_assert(sn_span_eq(auth->access.context, sn_span_str("c")));
	ck_assert_ptr_null(sn_config_auth(cfg, "public_v2")->access.user);
	ck_assert_ptr_null(sn_config_auth(cfg, "nobody"));
	sn_config_free(cfg);
}
END_TEST

START_TEST(without_it_there_is_no_catalog)
{
	const struct sn_config *cfg = config_files_good(
		REST "targets: [{static: [{targets: [10.0.0.1], labels: {__param_module: ape, "
		     "__param_auth: public_v2}}]}]\n");

	ck_assert_ptr_null(cfg->listen);
	ck_assert_uint_eq(cfg->nmodules, 0);
	ck_assert_ptr_null(sn_config_module(cfg, "ape"));
	ck_assert_ptr_null(sn_config_auth(cfg, "public_v2"));
	sn_config_free(cfg);
}
END_TEST

START_TEST(a_snapshot_stays_while_somebody_has_it)
{
	const struct sn_config *cfg = config_files_good("listen: ':9116'\n" REST);
	const struct sn_config *again = sn_config_ref(cfg);

	ck_assert_ptr_eq(again, cfg);
	sn_config_free(cfg);
	ck_assert_str_eq(sn_config_module(again, "ape")->plan->name, "ape");
	sn_config_free(again);
}
END_TEST

START_TEST(a_module_that_brings_nothing_is_refused_whoever_uses_it)
{
	static const struct config_case cases[] = {
		{"listen: ':9116'\nauths: {a: {community: x}}\nmodules:\n  m: {walk: "
		 "[1.3.6.1.2.1.2], metrics: [{name: x, oid: 1.3.6.1.4.1.9, type: gauge}]}\n",
		 "sonde.yaml:4:3: module m: no walk or get covers any of its metrics\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		with_listen_everything_can_be_named_and_targets_are_not_needed,
		without_it_there_is_no_catalog, a_snapshot_stays_while_somebody_has_it,
		a_module_that_brings_nothing_is_refused_whoever_uses_it, NULL};

	return config_files_run("catalog", tests);
}

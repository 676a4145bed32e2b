/*
 * Modules and auths by name: module files, definitions twice, the default, lists of modules, tables
 * and their new names. Behaviour of the modules part of config/load.h, seen through whole
 * configurations.
 */
#include "config/config.h"

#include "support/config_files.h"
#include "support/suite.h"

#define AUTHS "auths: {public_v2: {community: public}}\n"
#define TARGETS "targets: [{static: [{targets: [127.0.0.1]}]}]\n"
#define NAMED(names)                                                                               \
	"targets: [{static: [{targets: [127.0.0.1], labels: {__param_module: '" names "'}}]}]\n"
#define NAME                                                                                       \
	"{get: [1.3.6.1.2.1.1.5.0], metrics: "                                                     \
	"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}"
#define TABLE                                                                                      \
	"{walk: [1.3.6.1.2.1.2.2], metrics: [{name: ifMtu, oid: 1.3.6.1.2.1.2.2.1.4, type: "       \
	"gauge, indexes: [{labelname: ifIndex, type: gauge}]}]}"

static const struct sn_config *expect(const char *text, const char *modules)
{
	const struct sn_config *cfg = config_files_good(text);

	ck_assert_str_eq(cfg->targets[0]->modules, modules);
	return cfg;
}

START_TEST(a_target_without_a_module_takes_the_default)
{
	sn_config_free(expect(AUTHS "modules: {m: " NAME "}\n" TARGETS, "m"));
	sn_config_free(
		expect(AUTHS "modules: {a: " NAME ", if_mib: " TABLE "}\n" TARGETS, "if_mib"));
	sn_config_free(
		expect(AUTHS "modules: {a: " NAME ", if_mib: " TABLE "}\n" NAMED(""), "if_mib"));
}
END_TEST

START_TEST(a_target_may_have_several_modules)
{
	const struct sn_config *cfg =
		expect(AUTHS "modules: {a: " NAME ", b: " TABLE "}\n" NAMED("b, a ,b"), "b,a");

	ck_assert_uint_eq(cfg->targets[0]->nplans, 2);
	ck_assert_str_eq(cfg->targets[0]->plans[0]->name, "b");
	ck_assert_uint_eq(cfg->targets[0]->plans[0]->ntables, 1);
	ck_assert_str_eq(cfg->targets[0]->plans[0]->tables[0].schema.table, "b_ifIndex");
	ck_assert_str_eq(cfg->targets[0]->plans[1]->name, "a");
	ck_assert_uint_eq(cfg->targets[0]->plans[1]->ngets, 1);
	sn_config_free(cfg);
}
END_TEST

START_TEST(targets_share_the_plans_of_a_module)
{
	const struct sn_config *cfg = config_files_good(
		AUTHS "modules: {a: " NAME ", b: " TABLE "}\n"
		      "targets:\n"
		      "- static:\n"
		      "  - {targets: [192.0.2.1, 192.0.2.2], labels: {__param_module: 'a,b'}}\n"
		      "  - {targets: [192.0.2.3], labels: {__param_module: 'a,b', x: y}}\n"
		      "  - {targets: [192.0.2.4], labels: {__param_module: b}}\n");

	ck_assert_ptr_eq(cfg->targets[0]->plans, cfg->targets[1]->plans);
	ck_assert_ptr_eq(cfg->targets[0]->plans, cfg->targets[2]->plans);
	ck_assert_ptr_eq(cfg->targets[0]->plans[1], cfg->targets[3]->plans[0]);
	sn_config_free(cfg);
}
END_TEST

START_TEST(modules_come_from_files_too)
{
	config_files_write("m/a.yml", "modules:\n  a: " NAME "\nversion: 2\n");
	config_files_write("m/b.yml", "auths:\n  public_v2: {}\nmodules:\n  b: " TABLE "\n");
	config_files_write("m/c.json",
			   "{\"modules\": {\"c\": {\"get\": [\"1.3.6.1.2.1.1.5.0\"], \"metrics\": "
			   "[{\"name\": \"n\", \"oid\": \"1.3.6.1.2.1.1.5\", \"type\": "
			   "\"DisplayString\"}]}}}");
	config_files_write("m/empty.yml", "# nothing\n");
	sn_config_free(expect("module_files: ['m/*.yml', m/c.json]\nmodules: {d: " NAME
			      "}\n" NAMED("d,c,b,a"),
			      "d,c,b,a"));
}
END_TEST

START_TEST(a_name_is_defined_once)
{
	static const struct config_case cases[] = {
		{AUTHS "modules:\n  a: " NAME "\n  a: " NAME "\n" TARGETS,
		 "sonde.yaml:4:3: duplicate key \"a\" (first at line 3, column 3)\n"},
		{"module_files: [m.yml]\n" AUTHS "modules:\n  a: " NAME "\n" TARGETS,
		 "m.yml:2:3: module \"a\" is defined twice (first at sonde.yaml:4:3)\n"},
		{"module_files: [m.yml, n.yml]\n" AUTHS TARGETS,
		 "n.yml:1:11: module \"a\" is defined twice (first at m.yml:2:3)\n"},
		{"module_files: [m.yml, m.yml]\n" AUTHS TARGETS,
		 "m.yml:2:3: module \"a\" is defined twice (first at m.yml:2:3)\n"},
		{"module_files: [auth.yml]\n" AUTHS "modules: {a: " NAME "}\n" TARGETS,
		 "auth.yml:1:9: auth \"public_v2\" is defined twice (first at sonde.yaml:2:9)\n"},
	};

	config_files_write("m.yml", "modules:\n  a: " NAME "\n");
	config_files_write("n.yml", "modules: {a: " NAME "}\n");
	config_files_write("auth.yml", "auths: {public_v2: {}}\n");
	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(a_target_needs_modules_that_exist)
{
	static const struct config_case cases[] = {
		{AUTHS TARGETS,
		 "sonde.yaml:2:21: no module is defined (expected one under modules: or in a "
		 "module "
		 "file)\n"},
		{AUTHS "modules: {a: " NAME ", b: " NAME "}\n" TARGETS,
		 "sonde.yaml:3:21: no module is chosen (expected the label __param_module, or a "
		 "module called if_mib)\n"},
		{AUTHS "modules: {a: " NAME "}\n" NAMED("a,b"),
		 "sonde.yaml:3:69: targets[0].static[0].labels.__param_module: module \"b\" is not "
		 "defined\n"},
		{AUTHS "modules: {a: " NAME "}\n" NAMED("a,,a"),
		 "sonde.yaml:3:69: targets[0].static[0].labels.__param_module: module \"\" is not "
		 "defined\n"},
		{AUTHS "modules: {a: " NAME "}\n" NAMED("A"),
		 "sonde.yaml:3:69: targets[0].static[0].labels.__param_module: module \"A\" is not "
		 "defined\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(an_error_in_a_module_is_reported_once_however_many_use_it)
{
	static const struct config_case cases[] = {
		{AUTHS "modules: {a: {metrics: [{name: x, oid: 1.3, type: DateAndTime}]}}\n"
		       "targets:\n- static:\n"
		       "  - {targets: [192.0.2.1, 192.0.2.2]}\n"
		       "  - {targets: [192.0.2.3], labels: {__param_module: a}}\n",
		 "sonde.yaml:2:11: module a: no walk or get covers any of its metrics\n"},
		{AUTHS "modules: {a: {metrics: [{name: x, oid: 1.3, type: Date}]}}\n" TARGETS,
		 "sonde.yaml:2:51: modules.a.metrics[0].type: \"Date\" is not known (expected "
		 "counter, gauge, Float, Double, DisplayString, OctetString, PhysAddress48, "
		 "InetAddressIPv4, InetAddressIPv6, EnumAsInfo, EnumAsStateSet, Bits, Integer, "
		 "Integer32, DateAndTime, ParseDateAndTime, NTPTimeStamp, InetAddress, "
		 "InetAddressMissingSize or LldpPortId)\n"},
		{AUTHS "modules: {a: }\n" TARGETS,
		 "sonde.yaml:2:11: module a: no metrics, so there is nothing to poll\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(what_the_plan_refuses_is_an_error_at_the_module)
{
	static const struct config_case cases[] = {
		{AUTHS
		 "modules:\n  a:\n    metrics: [{name: x, oid: 1.3.6.1, type: gauge}]\n" TARGETS,
		 "sonde.yaml:3:3: module a: no walk or get covers any of its metrics\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(the_old_format_of_module_files_is_named)
{
	static const struct config_case cases[] = {
		{"module_files: [old.yml]\n" AUTHS "modules: {a: " NAME "}\n" TARGETS,
		 "old.yml:1:1: this is the format of snmp_exporter before 0.23 (expected modules "
		 "under modules:, versions and communities under auths:)\n"},
		{"module_files: [other.yml]\n" AUTHS "modules: {a: " NAME "}\n" TARGETS,
		 "other.yml:1:1: unknown key \"module\" (did you mean \"modules\"?)\n"},
	};

	config_files_write("old.yml", "if_mib:\n  walk: [1.3.6.1.2.1.2]\n  version: 2\n");
	config_files_write("other.yml", "module: {}\n");
	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(tables_get_new_names)
{
	const struct sn_config *cfg = config_files_good(
		AUTHS "modules: {if_mib: " TABLE ", a: " NAME "}\n"
		      "tables: {if_mib_ifIndex: interfaces, a: system}\n" NAMED("if_mib,a"));

	ck_assert_str_eq(cfg->targets[0]->plans[0]->tables[0].schema.table, "interfaces");
	ck_assert_str_eq(cfg->targets[0]->plans[1]->scalars.table, "system");
	sn_config_free(cfg);
}
END_TEST

#define COUNTER(more)                                                                              \
	"auths: {a: {community: x}}\nmodules: {m: {walk: [1.3.6.1.4.1], metrics: "                 \
	"[{name: in, oid: 1.3.6.1.4.1.7, type: counter}" more "]}}\n"                              \
	"targets: [{static: [{targets: [192.0.2.1]}]}]\n"

START_TEST(a_rate_whose_name_is_taken_is_a_warning)
{
	static const struct config_case cases[] = {
		{"poll: {rates: true}\n" COUNTER(""), ""},
		{COUNTER(", {name: in_rate, oid: 1.3.6.1.4.1.8, type: gauge}"), ""},
		{"poll: {rates: true}\n" COUNTER(
			 ", {name: in_rate, oid: 1.3.6.1.4.1.8, type: gauge}"),
		 "sonde.yaml:3:11: warning: module m: no rates for the counters whose names with "
		 "\"_rate\" are taken, such as in_rate\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(a_new_name_for_nothing_is_a_warning)
{
	static const struct config_case cases[] = {
		{AUTHS "modules: {if_mib: " TABLE
		       "}\ntables: {if_mib: x, if_mib_ifIndex: y}\n" TARGETS,
		 "sonde.yaml:3:10: warning: tables: no module in use has the table \"if_mib\"\n"},
		{AUTHS "modules: {if_mib: " TABLE "}\ntables: {if_mib_ifIndex: }\n" TARGETS,
		 "sonde.yaml:3:26: tables.if_mib_ifIndex: the new name is missing\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_target_without_a_module_takes_the_default,
				      a_target_may_have_several_modules,
				      targets_share_the_plans_of_a_module,
				      modules_come_from_files_too,
				      a_name_is_defined_once,
				      a_target_needs_modules_that_exist,
				      an_error_in_a_module_is_reported_once_however_many_use_it,
				      what_the_plan_refuses_is_an_error_at_the_module,
				      the_old_format_of_module_files_is_named,
				      tables_get_new_names,
				      a_rate_whose_name_is_taken_is_a_warning,
				      a_new_name_for_nothing_is_a_warning,
				      NULL};

	return config_files_run("modules", tests);
}

/*
 * snmp_exporter's modules as structs: every key arrives, every mistake has its text, what is not
 * supported is refused only where it is used.
 */
#include "codec/oid.h"
#include "config/load.h"
#include "document/yaml.h"

#include "support/config_files.h"
#include "support/suite.h"

static struct sn_load load;
static struct sn_module module;
static bool any_source;

static struct sn_snapshot snap;

/* Reads a module written without indentation below its name "m". */
static int read_module(const char *text, bool used)
{
	struct sn_definition def = {.name = "m"};
	const struct sn_node *root;

	memset(&load, 0, sizeof(load));
	memset(&snap, 0, sizeof(snap));
	load.snap = &snap;
	load.diag.report = config_files_report;
	config_files_clear();
	sn_arena_pool_init(&load.scratch_pool, 4096);
	sn_arena_init(&load.scratch, &load.scratch_pool);
	ck_assert_int_eq(
		sn_yaml_parse(&load.scratch, "f.yml", sn_span_str(text), &load.diag, &root), SN_OK);
	def.key = def.value = root;
	return sn_module_read(&load, &load.scratch, &def, used, &module, &any_source);
}

static void done(void)
{
	for (struct sn_snapshot_regex *re = snap.regexes; re; re = re->next) {
		sn_regex_free(re->regex);
	}
	sn_arena_reset(&load.scratch);
	sn_arena_pool_fini(&load.scratch_pool);
}

static void check_oid(struct sn_span oid, const char *expect)
{
	char text[SN_OID_MAX_TEXT];

	ck_assert_int_gt(sn_oid_to_text(oid, text, sizeof(text)), 0);
	ck_assert_str_eq(text, expect);
}

static const char full[] =
	"walk: [1.3.6.1.2.1.2.2, .1.3.6.1.2.1.31.1.1]\n"
	"get: [1.3.6.1.2.1.1.3.0]\n"
	"max_repetitions: 10\n"
	"retries: 5\n"
	"timeout: 3s\n"
	"allow_nonincreasing_oids: true\n"
	"use_unconnected_udp_socket: true\n"
	"filters: []\n"
	"metrics:\n"
	"- {name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: up, scale: 0.01, offset: "
	"-5}\n"
	"- name: ifType\n"
	"  oid: 1.3.6.1.2.1.2.2.1.3\n"
	"  type: EnumAsInfo\n"
	"  enum_values: {24: softwareLoopback, 6: ethernetCsmacd, -1: none}\n"
	"  indexes:\n"
	"  - {labelname: ifIndex, type: gauge}\n"
	"  - {labelname: name, type: DisplayString, fixed_size: 8}\n"
	"  - {labelname: rest, type: OctetString, implied: true}\n"
	"  - {labelname: kind, type: EnumAsInfo, enum_values: {1: a}}\n"
	"  lookups:\n"
	"  - {labels: [ifIndex, name, rest, kind], labelname: ifDescr, oid: 1.3.6.1.2.1.2.2.1.2, "
	"type: DisplayString}\n"
	"  - {labels: [], labelname: ifIndex}\n"
	"  regex_extracts: {}\n"
	"  datetime_pattern: ''\n"
	"  display_hint: ''\n";

START_TEST(every_key_of_a_module_arrives)
{
	ck_assert_msg(read_module(full, true) == SN_OK, "%s", config_files_messages());
	ck_assert_str_eq(module.name, "m");
	ck_assert_uint_eq(module.nwalks, 2);
	check_oid(module.walks[0], "1.3.6.1.2.1.2.2");
	check_oid(module.walks[1], "1.3.6.1.2.1.31.1.1");
	ck_assert_uint_eq(module.ngets, 1);
	check_oid(module.gets[0], "1.3.6.1.2.1.1.3.0");
	ck_assert_uint_eq(module.max_repetitions, 10);
	ck_assert_int_eq(module.retries, 5);
	ck_assert_uint_eq(module.timeout_ns, UINT64_C(3000000000));
	ck_assert(module.allow_nonincreasing);
	ck_assert(any_source);
	ck_assert_uint_eq(module.nmetrics, 2);
	done();
}
END_TEST

START_TEST(every_key_of_a_metric_arrives)
{
	const struct sn_module_metric *m;

	ck_assert_int_eq(read_module(full, true), SN_OK);
	m = &module.metrics[0];
	ck_assert_str_eq(m->name, "sysUpTime");
	ck_assert_str_eq(m->help, "up");
	check_oid(m->oid, "1.3.6.1.2.1.1.3");
	ck_assert_int_eq(m->type.kind, SN_KIND_GAUGE);
	ck_assert_double_eq(m->scale, 0.01);
	ck_assert_double_eq(m->offset, -5.0);
	ck_assert_uint_eq(m->nindexes + m->nlookups + m->type.nenums, 0);
	m = &module.metrics[1];
	ck_assert_int_eq(m->type.kind, SN_KIND_ENUM);
	ck_assert_str_eq(m->help, "");
	ck_assert_double_eq(m->scale, 0.0);
	/* sorted by value */
	ck_assert_uint_eq(m->type.nenums, 3);
	ck_assert_int_eq(m->type.enums[0].value, -1);
	ck_assert_int_eq(m->type.enums[1].value, 6);
	ck_assert_str_eq(m->type.enums[1].name, "ethernetCsmacd");
	ck_assert_int_eq(m->type.enums[2].value, 24);
	done();
}
END_TEST

START_TEST(every_key_of_indexes_and_lookups_arrives)
{
	const struct sn_module_metric *m;

	ck_assert_int_eq(read_module(full, true), SN_OK);
	m = &module.metrics[1];
	ck_assert_uint_eq(m->nindexes, 4);
	ck_assert_str_eq(m->indexes[0].label, "ifIndex");
	ck_assert_int_eq(m->indexes[0].kind, SN_KIND_GAUGE);
	ck_assert_int_eq(m->indexes[1].kind, SN_KIND_TEXT);
	ck_assert_uint_eq(m->indexes[1].fixed_size, 8);
	ck_assert(!m->indexes[1].implied);
	ck_assert_int_eq(m->indexes[2].kind, SN_KIND_HEX);
	ck_assert(m->indexes[2].implied);
	ck_assert_int_eq(m->indexes[3].kind, SN_KIND_ENUM);
	ck_assert_str_eq(m->indexes[3].enums[0].name, "a");
	ck_assert_uint_eq(m->nlookups, 2);
	ck_assert_str_eq(m->lookups[0].label, "ifDescr");
	ck_assert_uint_eq(m->lookups[0].ninputs, 4);
	ck_assert_str_eq(m->lookups[0].inputs[3], "kind");
	check_oid(m->lookups[0].oid, "1.3.6.1.2.1.2.2.1.2");
	ck_assert_int_eq(m->lookups[0].type.kind, SN_KIND_TEXT);
	ck_assert_str_eq(m->lookups[1].label, "ifIndex");
	ck_assert_uint_eq(m->lookups[1].ninputs, 0);
	ck_assert_uint_eq(m->lookups[1].oid.n, 0);
	done();
}
END_TEST

START_TEST(what_is_not_given_has_its_default)
{
	ck_assert_int_eq(read_module("metrics:\n- {name: a, oid: 1.3, type: counter, indexes: "
				     "[{labelname: i, type: Integer}], lookups: [{labels: [i], "
				     "labelname: l, oid: 1.3.6}]}",
				     true),
			 SN_OK);
	ck_assert_uint_eq(module.nwalks + module.ngets, 0);
	ck_assert_uint_eq(module.max_repetitions, 0);
	ck_assert_int_eq(module.retries, -1);
	ck_assert_uint_eq(module.timeout_ns, 0);
	ck_assert(!module.allow_nonincreasing);
	ck_assert(!any_source);
	ck_assert_int_eq(module.metrics[0].lookups[0].type.kind, SN_KIND_HEX);
	done();
	ck_assert_int_eq(read_module("{max_repetitions: 0, retries: 12}", true), SN_OK);
	ck_assert_uint_eq(module.max_repetitions, 0);
	ck_assert_int_eq(module.retries, 7);
	done();
	ck_assert_int_eq(read_module("", true), SN_OK);
	ck_assert_uint_eq(module.nmetrics, 0);
	done();
}
END_TEST

START_TEST(every_type_has_its_kind)
{
	static const struct {
		const char *type;
		enum sn_kind kind;
	} rows[] = {{"counter", SN_KIND_COUNTER},
		    {"gauge", SN_KIND_GAUGE},
		    {"Float", SN_KIND_FLOAT},
		    {"Double", SN_KIND_FLOAT},
		    {"DisplayString", SN_KIND_TEXT},
		    {"OctetString", SN_KIND_HEX},
		    {"PhysAddress48", SN_KIND_PHYS_ADDRESS48},
		    {"InetAddressIPv4", SN_KIND_INET4},
		    {"InetAddressIPv6", SN_KIND_INET6},
		    {"EnumAsInfo", SN_KIND_ENUM},
		    {"EnumAsStateSet", SN_KIND_STATE_SET},
		    {"Bits", SN_KIND_BITS}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "metrics: [{name: a, oid: 1.3, type: %s}]",
			 rows[i].type);
		ck_assert_msg(read_module(text, true) == SN_OK, "%s", rows[i].type);
		ck_assert_int_eq(module.metrics[0].type.kind, rows[i].kind);
		done();
	}
}
END_TEST

/* A module and the messages it must give, used or not. */
struct row {
	const char *text;
	const char *messages;
};

static void check_rows(const struct row *rows, size_t n, bool used)
{
	for (size_t i = 0; i < n; i++) {
		int rc = read_module(rows[i].text, used);

		ck_assert_msg(strcmp(config_files_messages(), rows[i].messages) == 0,
			      "%s\nexpected: %s\ngot: %s", rows[i].text, rows[i].messages,
			      config_files_messages());
		ck_assert_int_eq(rc, rows[i].messages[0] ? SN_ECONFIG : SN_OK);
		done();
	}
}

#define CHECK_ROWS(rows, used) check_rows(rows, sizeof(rows) / sizeof((rows)[0]), used)

START_TEST(mistakes_are_errors_in_used_and_unused_modules)
{
	static const struct row rows[] = {
		{"{walk: [ifTable]}",
		 "f.yml:1:9: modules.m.walk[0]: \"ifTable\" is not an OID in numbers (expected one "
		 "such as 1.3.6.1.2.1.2.2)\n"},
		{"{walk: [1.3], get: [1.3, IF-MIB::ifNumber.0]}",
		 "f.yml:1:26: modules.m.get[1]: \"IF-MIB::ifNumber.0\" is not an OID in numbers "
		 "(expected one such as 1.3.6.1.2.1.2.2)\n"},
		{"{walk: [1]}", "f.yml:1:9: modules.m.walk[0]: \"1\" is not an OID in numbers "
				"(expected one such as 1.3.6.1.2.1.2.2)\n"},
		{"{walk: [1.3..6]}", "f.yml:1:9: modules.m.walk[0]: \"1.3..6\" is not an OID in "
				     "numbers (expected one such as 1.3.6.1.2.1.2.2)\n"},
		{"{walk: ['']}", "f.yml:1:9: modules.m.walk[0]: \"\" is not an OID in numbers "
				 "(expected one such as 1.3.6.1.2.1.2.2)\n"},
		{"{walk: [1.3.4294967296]}",
		 "f.yml:1:9: modules.m.walk[0]: \"1.3.4294967296\" is not an OID in numbers "
		 "(expected one such as 1.3.6.1.2.1.2.2)\n"},
		{"{walk: 1.3}", "f.yml:1:8: modules.m.walk: expected a list, found text\n"},
		{"{wlak: [1.3]}",
		 "f.yml:1:2: modules.m: unknown key \"wlak\" (did you mean \"walk\"?)\n"},
		{"{version: 2, auth: x}",
		 "f.yml:1:2: modules.m: unknown key \"version\" (expected one of walk, get, "
		 "metrics, "
		 "max_repetitions, retries, timeout, allow_nonincreasing_oids, "
		 "use_unconnected_udp_socket, filters)\n"
		 "f.yml:1:14: modules.m: unknown key \"auth\" (expected one of walk, get, metrics, "
		 "max_repetitions, retries, timeout, allow_nonincreasing_oids, "
		 "use_unconnected_udp_socket, filters)\n"},
		{"{max_repetitions: -1}", "f.yml:1:19: modules.m.max_repetitions: \"-1\" is out of "
					  "range (expected 0 to 4294967295)\n"},
		{"{retries: x}", "f.yml:1:11: modules.m.retries: \"x\" is not a whole number\n"},
		{"{timeout: 5}",
		 "f.yml:1:11: modules.m.timeout: \"5\" is not a duration (expected a "
		 "number with unit, such as 30s, 1m30s, 500ms)\n"},
		{"{allow_nonincreasing_oids: 3}",
		 "f.yml:1:28: modules.m.allow_nonincreasing_oids: \"3\" is not true or false\n"},
		{"{metrics: {a: b}}",
		 "f.yml:1:11: modules.m.metrics: expected a list, found a map\n"},
		{"{metrics: [a]}", "f.yml:1:12: modules.m.metrics[0]: expected a map of keys and "
				   "values, found text\n"},
	};

	CHECK_ROWS(rows, true);
	CHECK_ROWS(rows, false);
}
END_TEST

START_TEST(mistakes_in_metrics_are_errors_in_used_and_unused_modules)
{
	static const struct row rows[] = {
		{"metrics:\n- {}\n", "f.yml:2:3: modules.m.metrics[0].name: missing\n"
				     "f.yml:2:3: modules.m.metrics[0].oid: missing\n"
				     "f.yml:2:3: modules.m.metrics[0].type: missing\n"},
		{"metrics:\n- {name: '', oid: x, type: gage}\n",
		 "f.yml:2:28: modules.m.metrics[0].type: \"gage\" is not known (did you mean "
		 "\"gauge\"?)\n"},
		{"metrics:\n- {name: '', oid: x, type: gauge}\n",
		 "f.yml:2:10: modules.m.metrics[0].name: missing\n"
		 "f.yml:2:19: modules.m.metrics[0].oid: \"x\" is not an OID in numbers (expected "
		 "one "
		 "such as 1.3.6.1.2.1.2.2)\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: Integer32}\n",
		 "f.yml:2:29: modules.m.metrics[0].type: \"Integer32\" is not a type of a "
		 "metric\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: gauge, scale: big}\n",
		 "f.yml:2:43: modules.m.metrics[0].scale: \"big\" is not a number\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: gauge, enum_values: {x: y}}\n",
		 "f.yml:2:50: modules.m.metrics[0].enum_values: \"x\" is not a whole number\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: gauge, enum_values: {1: [y]}}\n",
		 "f.yml:2:53: modules.m.metrics[0].enum_values.1: expected text, found a list\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: gauge, indexes: [{}]}\n",
		 "f.yml:2:46: modules.m.metrics[0].indexes[0].labelname: missing\n"
		 "f.yml:2:46: modules.m.metrics[0].indexes[0].type: missing\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: gauge, indexes: [{labelname: i, type: "
		 "Float}]}\n",
		 "f.yml:2:67: modules.m.metrics[0].indexes[0].type: \"Float\" is not a type of an "
		 "index\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: gauge, indexes: [{labelname: i, type: "
		 "gauge, "
		 "fixed_size: 129}]}\n",
		 "f.yml:2:86: modules.m.metrics[0].indexes[0].fixed_size: \"129\" is out of range "
		 "(expected 0 to 128)\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: gauge, lookups: [{labels: [i], oid: "
		 "1.3}]}\n",
		 "f.yml:2:46: modules.m.metrics[0].lookups[0].labelname: missing\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: gauge, lookups: [{labels: [], labelname: "
		 "l, "
		 "type: Integer}]}\n",
		 "f.yml:2:79: modules.m.metrics[0].lookups[0].type: \"Integer\" is not a type of a "
		 "metric\n"},
	};

	CHECK_ROWS(rows, false);
}
END_TEST

#define METRIC "metrics:\n- {name: a, oid: 1.3, type: gauge, "

START_TEST(mistakes_in_regexes_and_filters_are_errors_in_used_and_unused_modules)
{
	static const struct row rows[] = {
		{"filters: [{targets: [1.3], values: [a]}]\n",
		 "f.yml:1:11: modules.m.filters[0].oid: missing\n"},
		{"filters: [{oid: 1.x, targets: [1.3], values: [a]}]\n",
		 "f.yml:1:17: modules.m.filters[0].oid: \"1.x\" is not an OID in numbers (expected "
		 "one such as 1.3.6.1.2.1.2.2)\n"},
		{"filters: [{oid: 1.3, targets: [y], values: [a]}]\n",
		 "f.yml:1:32: modules.m.filters[0].targets[0]: \"y\" is not an OID in numbers "
		 "(expected one such as 1.3.6.1.2.1.2.2)\n"},
		{"metrics:\n- {name: a, oid: 1.3, type: ParseDateAndTime}\n",
		 "f.yml:2:3: modules.m.metrics[0].datetime_pattern: missing (expected one, as "
		 "the type is ParseDateAndTime)\n"},
		{METRIC "regex_extracts: {Num: 1}}\n",
		 "f.yml:2:58: modules.m.metrics[0].regex_extracts.Num: expected a list, "
		 "found text\n"},
	};

	CHECK_ROWS(rows, true);
	CHECK_ROWS(rows, false);
}
END_TEST

START_TEST(a_regex_that_is_none_is_an_error)
{
	static const char *const texts[] = {
		METRIC "regex_extracts: {Num: [{regex: '(', value: x}]}}\n",
		"filters: [{oid: 1.3, targets: [1.3], values: ['a(']}]\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_eq(read_module(texts[i], true), SN_ECONFIG);
		ck_assert_ptr_nonnull(
			strstr(config_files_messages(), "not a regular expression: "));
		done();
	}
}
END_TEST

START_TEST(every_key_of_extracts_and_filters_arrives)
{
	ck_assert_int_eq(read_module("filters: [{oid: 1.3.5, targets: [1.3.6, 1.3.7], "
				     "values: [a, 'b.']}]\n" METRIC
				     "regex_extracts: {Num: [{regex: '(.*)x'}, {regex: y, value: "
				     "'2'}], Other: [{regex: z}]}}\n",
				     true),
			 SN_OK);
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_uint_eq(module.nfilters, 1);
	check_oid(module.filters[0].oid, "1.3.5");
	ck_assert_uint_eq(module.filters[0].ntargets, 2);
	check_oid(module.filters[0].targets[1], "1.3.7");
	ck_assert_uint_eq(module.filters[0].nvalues, 2);
	ck_assert_int_eq(sn_regex_match(module.filters[0].values[1], sn_span_str("abc"), NULL, 0),
			 SN_OK);
	ck_assert_uint_eq(module.metrics[0].nextracts, 2);
	ck_assert_str_eq(module.metrics[0].extracts[0].name, "aNum");
	ck_assert_uint_eq(module.metrics[0].extracts[0].n, 2);
	ck_assert_str_eq(module.metrics[0].extracts[0].list[0].value, "$1");
	ck_assert_str_eq(module.metrics[0].extracts[0].list[1].value, "2");
	/* the whole text must match */
	ck_assert_int_eq(sn_regex_match(module.metrics[0].extracts[1].list[0].regex,
					sn_span_str("zz"), NULL, 0),
			 SN_ENOENT);
	done();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_key_of_a_module_arrives,
		every_key_of_a_metric_arrives,
		every_key_of_indexes_and_lookups_arrives,
		what_is_not_given_has_its_default,
		every_type_has_its_kind,
		mistakes_are_errors_in_used_and_unused_modules,
		mistakes_in_metrics_are_errors_in_used_and_unused_modules,
		mistakes_in_regexes_and_filters_are_errors_in_used_and_unused_modules,
		a_regex_that_is_none_is_an_error,
		every_key_of_extracts_and_filters_arrives,
		NULL};

	return suite_run_tests("module_read", tests, 0);
}

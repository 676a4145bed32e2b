/*
 * Labels of target groups: settings, labels of records, what is dropped, and the fingerprint that
 * tells a changed target. Behaviour of the settings part of config/load.h, seen through whole
 * configurations.
 */
#include "config/config.h"
#include "usm/user.h"

#include "support/config_files.h"
#include "support/suite.h"

#define LABELS(text)                                                                               \
	CONFIG_BASE                                                                                \
	"targets: [{static: [{targets: [192.0.2.1], labels: {" text "}}]}]\n"

START_TEST(labels_go_out_sorted_by_name)
{
	const struct sn_config *cfg = config_files_good(
		LABELS("site: ams, rack: 12, '\xc3\xa4.b/c': \"x\\ny\", Zone: z"));
	const struct sn_origin *o = &cfg->targets[0]->origin;
	static const struct sn_label expect[] = {
		{"Zone", "z"}, {"rack", "12"}, {"site", "ams"}, {"\xc3\xa4.b/c", "x\ny"}};

	ck_assert_uint_eq(o->nlabels, 4);
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert_str_eq(o->labels[i].name, expect[i].name);
		ck_assert_str_eq(o->labels[i].value, expect[i].value);
	}
	sn_config_free(cfg);
}
END_TEST

START_TEST(equal_labels_are_there_once)
{
	const struct sn_config *cfg = config_files_good(
		CONFIG_BASE "targets: [{static: [\n"
			    "{targets: [192.0.2.1], labels: {site: ams, rack: r1, x: ''}},\n"
			    "{targets: [192.0.2.2], labels: {rack: r1, site: ams}},\n"
			    "{targets: [192.0.2.3], labels: {rack: ams, site: r1}},\n"
			    "{targets: [192.0.2.4], labels: {}}]}]\n");
	const struct sn_origin *a = &cfg->targets[0]->origin;
	const struct sn_origin *b = &cfg->targets[1]->origin;
	const struct sn_origin *c = &cfg->targets[2]->origin;

	ck_assert_uint_eq(a->nlabels, 2);
	ck_assert_ptr_eq(a->labels, b->labels);
	ck_assert_ptr_ne(a->labels, c->labels);
	ck_assert_ptr_eq(a->labels[0].name, c->labels[0].name);
	ck_assert_ptr_eq(a->labels[1].value, c->labels[0].value);
	ck_assert_uint_eq(cfg->targets[3]->origin.nlabels, 0);
	sn_config_free(cfg);
}
END_TEST

START_TEST(labels_with_two_underscores_and_empty_ones_do_not_go_out)
{
	const struct sn_config *cfg = config_files_good(
		LABELS("__meta_filepath: x, __param_snmp_context: y, __: z, ___a: b, empty: '', "
		       "nothing: , null_word: null, _one: c"));

	ck_assert_uint_eq(cfg->targets[0]->origin.nlabels, 1);
	ck_assert_str_eq(cfg->targets[0]->origin.labels[0].name, "_one");
	sn_config_free(cfg);
}
END_TEST

START_TEST(labels_override_interval_and_timeout)
{
	const struct sn_config *cfg = config_files_good(
		"poll: {interval: 10s, timeout: 3s, retries: 2, window: 8, max_reply_bytes: 1000, "
		"max_rows: 50, retransmit: fixed}\n" CONFIG_BASE "targets:\n"
		"- static:\n"
		"  - {targets: [192.0.2.1], labels: {__scrape_interval__: 1m, __scrape_timeout__: "
		"1500ms}}\n"
		"  - {targets: [192.0.2.2], labels: {__scrape_interval__: 0s, __scrape_timeout__: "
		"''}}\n"
		"  - {targets: [192.0.2.3]}\n");

	ck_assert_uint_eq(cfg->targets[0]->interval_ns, UINT64_C(60000000000));
	ck_assert_uint_eq(cfg->targets[0]->timeout_ns, UINT64_C(1500000000));
	ck_assert_uint_eq(cfg->targets[1]->interval_ns, 0);
	ck_assert_uint_eq(cfg->targets[1]->timeout_ns, UINT64_C(3000000000));
	ck_assert_uint_eq(cfg->targets[2]->interval_ns, UINT64_C(10000000000));
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(cfg->targets[i]->retries, 2);
		ck_assert_uint_eq(cfg->targets[i]->window, 8);
		ck_assert(cfg->targets[i]->fixed);
		ck_assert_uint_eq(cfg->targets[i]->max_reply, 1000);
		ck_assert_uint_eq(cfg->targets[i]->max_rows, 50);
		ck_assert(!cfg->targets[i]->any_source);
		ck_assert_uint_eq(cfg->targets[i]->origin.nlabels, 0);
	}
	sn_config_free(cfg);
}
END_TEST

START_TEST(the_most_patient_module_goes_before_the_poll_section)
{
	static const char metric[] =
		"get: [1.3.6.1.2.1.1.5.0], metrics: [{name: n, oid: 1.3.6.1.2.1.1.5, type: gauge}]";
	char text[1024];
	const struct sn_config *cfg;

	snprintf(
		text, sizeof(text),
		"poll: {timeout: 3s, retries: 2}\nauths: {a: {community: x}}\nmodules:\n"
		"  quick: {timeout: 500ms, retries: 0, %s}\n  slow: {timeout: 9s, retries: 5, %s}\n"
		"  plain: {%s}\ntargets: [{static: [\n"
		"  {targets: [192.0.2.1], labels: {__param_module: quick}},\n"
		"  {targets: [192.0.2.2], labels: {__param_module: 'quick,slow,plain'}},\n"
		"  {targets: [192.0.2.3], labels: {__param_module: plain}},\n"
		"  {targets: [192.0.2.4], labels: {__param_module: slow, __scrape_timeout__: "
		"1s}}]}]\n",
		metric, metric, metric);
	cfg = config_files_good(text);
	ck_assert_uint_eq(cfg->targets[0]->timeout_ns, UINT64_C(500000000));
	ck_assert_uint_eq(cfg->targets[0]->retries, 0);
	ck_assert_uint_eq(cfg->targets[1]->timeout_ns, UINT64_C(9000000000));
	ck_assert_uint_eq(cfg->targets[1]->retries, 5);
	ck_assert_uint_eq(cfg->targets[2]->timeout_ns, UINT64_C(3000000000));
	ck_assert_uint_eq(cfg->targets[2]->retries, 2);
	ck_assert_uint_eq(cfg->targets[3]->timeout_ns, UINT64_C(1000000000));
	ck_assert_uint_eq(cfg->targets[3]->retries, 5);
	sn_config_free(cfg);
}
END_TEST

START_TEST(the_address_may_differ_from_the_name)
{
	const struct sn_config *cfg = config_files_good(
		CONFIG_BASE "targets:\n- static:\n"
			    "  - {targets: [core1], labels: {__address__: '192.0.2.1:1161'}}\n"
			    "  - {targets: [192.0.2.2], labels: {instance: core2}}\n");
	char text[SN_ADDR_TEXT_MAX];

	ck_assert_uint_eq(cfg->ntargets, 2);
	ck_assert_str_eq(cfg->targets[0]->origin.instance, "core1");
	ck_assert_str_eq(sn_addr_format(&cfg->targets[0]->addr, text, sizeof(text)),
			 "192.0.2.1:1161");
	ck_assert_str_eq(cfg->targets[1]->origin.instance, "core2");
	ck_assert_str_eq(sn_addr_format(&cfg->targets[1]->addr, text, sizeof(text)),
			 "192.0.2.2:161");
	ck_assert_uint_eq(cfg->targets[0]->origin.nlabels + cfg->targets[1]->origin.nlabels, 0);
	sn_config_free(cfg);
}
END_TEST

START_TEST(a_module_may_take_answers_from_any_address)
{
	const struct sn_config *cfg = config_files_good(
		"auths: {a: }\n"
		"modules:\n"
		"  x: {get: [1.3.6.1.2.1.1.5.0], use_unconnected_udp_socket: true, metrics: "
		"[{name: "
		"n, oid: 1.3.6.1.2.1.1.5, type: gauge}]}\n"
		"  y: {get: [1.3.6.1.2.1.1.5.0], metrics: [{name: n, oid: 1.3.6.1.2.1.1.5, type: "
		"gauge}]}\n"
		"targets:\n- static:\n"
		"  - {targets: [192.0.2.1], labels: {__param_module: 'y,x'}}\n"
		"  - {targets: [192.0.2.2], labels: {__param_module: y}}\n");

	ck_assert(cfg->targets[0]->any_source);
	ck_assert(!cfg->targets[1]->any_source);
	sn_config_free(cfg);
}
END_TEST

START_TEST(wrong_labels_are_errors)
{
	static const struct config_case cases[] = {
		{LABELS("__scrape_interval__: often"),
		 "sonde.yaml:3:74: targets[0].static[0].labels.__scrape_interval__: \"often\" is "
		 "not a "
		 "duration (expected a number with unit, such as 30s, 1m30s, 500ms)\n"},
		{LABELS("__scrape_timeout__: 0s"),
		 "sonde.yaml:3:73: targets[0].static[0].labels.__scrape_timeout__: \"0s\" is out "
		 "of "
		 "range (expected 1ms to 1h)\n"},
		{LABELS("'': x"),
		 "sonde.yaml:3:53: targets[0].static[0].labels: \"\" is not a name of a label\n"},
		{LABELS("\"a\\tb\": x"),
		 "sonde.yaml:3:53: targets[0].static[0].labels: \"a\\x09b\" is not a name of a "
		 "label\n"},
		{LABELS("a: [b]"),
		 "sonde.yaml:3:56: targets[0].static[0].labels.a: expected text, found a list\n"},
		{LABELS("a: b, a: c"),
		 "sonde.yaml:3:59: duplicate key \"a\" (first at line 3, column 53)\n"},
		{LABELS("__address__: 'a b'"),
		 "sonde.yaml:3:32: targets[0].static[0].targets[0]: \"a b\" is not a target "
		 "(expected "
		 "host, host:port, IPv4, IPv6 or [IPv6]:port)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

static uint64_t fingerprint(const char *text)
{
	const struct sn_config *cfg = config_files_good(text);
	uint64_t fp = cfg->targets[0]->fingerprint;

	ck_assert_uint_eq(cfg->ntargets, 1);
	sn_config_free(cfg);
	return fp;
}

#define M                                                                                          \
	"modules: {m: {get: [1.3.6.1.2.1.1.5.0], metrics: "                                        \
	"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n"
#define T "targets: [{static: [{targets: [192.0.2.1]}]}]\n"

START_TEST(whatever_matters_to_a_target_is_in_its_fingerprint)
{
	static const char *const texts[] = {
		"auths: {a: {community: x}}\n" M T,
		"auths: {a: {community: y}}\n" M T,
		"auths: {a: {community: x, version: 1}}\n" M T,
		"poll: {interval: 61s}\nauths: {a: {community: x}}\n" M T,
		"poll: {timeout: 1s}\nauths: {a: {community: x}}\n" M T,
		"poll: {retries: 1}\nauths: {a: {community: x}}\n" M T,
		"poll: {window: 1}\nauths: {a: {community: x}}\n" M T,
		"poll: {retransmit: fixed}\nauths: {a: {community: x}}\n" M T,
		"poll: {max_reply_bytes: 1300}\nauths: {a: {community: x}}\n" M T,
		"poll: {max_rows: 10}\nauths: {a: {community: x}}\n" M T,
		"poll: {rates: true}\nauths: {a: {community: x}}\n" M T,
		"tables: {m: n}\nauths: {a: {community: x}}\n" M T,
		"auths: {a: {community: x}}\n" M "targets: [{static: [{targets: [192.0.2.2]}]}]\n",
		"auths: {a: {community: x}}\n" M
		"targets: [{static: [{targets: ['192.0.2.1:162']}]}]\n",
		"auths: {a: {community: x}}\n" M
		"targets: [{static: [{targets: [192.0.2.1], labels: {a: b}}]}]\n",
		"auths: {a: {community: x}}\n" M
		"targets: [{static: [{targets: [192.0.2.1], labels: {a: c}}]}]\n",
		"auths: {a: {community: x}}\n" M
		"targets: [{static: [{targets: [192.0.2.1], labels: {__address__: 192.0.2.2}}]}]\n",
		"auths: {a: {community: x}}\n"
		"modules: {m: {get: [1.3.6.1.2.1.1.5.0], metrics: "
		"[{name: sysname, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n" T,
		"auths: {a: {community: x}}\n"
		"modules: {n: {get: [1.3.6.1.2.1.1.5.0], metrics: "
		"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n" T,
	};
	enum { N = sizeof(texts) / sizeof(texts[0]) };
	uint64_t fp[N];

	for (size_t i = 0; i < N; i++) {
		fp[i] = fingerprint(texts[i]);
		for (size_t k = 0; k < i; k++) {
			ck_assert_msg(fp[i] != fp[k], "%s and %s", texts[i], texts[k]);
		}
	}
}
END_TEST

START_TEST(nothing_else_is_in_the_fingerprint)
{
	uint64_t fp = fingerprint("auths: {a: {community: x}}\n" M T);

	config_files_write("t.yml", "- targets:\n  - '192.0.2.1'\n  labels: {empty: ''}\n");
	ck_assert(fp == fingerprint("# comment\nio: {sockets: 2}\npoll: {threads: 3}\n"
				    "auths: {b: {version: 2, community: 'x'}}\n" M
				    "targets: [{file_sd: {files: [t.yml]}}]\n"
				    "output: [{file: {path: x}}]\n"));
	/* a name and an address are the same whichever way they are written */
	ck_assert(fingerprint("auths: {a: {community: x}}\n" M
			      "targets: [{static: [{targets: [192.0.2.2], labels: {instance: "
			      "192.0.2.1}}]}]\n") ==
		  fingerprint("auths: {a: {community: x}}\n" M
			      "targets: [{static: [{targets: [192.0.2.1], labels: {__address__: "
			      "192.0.2.2}}]}]\n"));
	/* all is named, and there are other modules and auths */
	ck_assert(fp ==
		  fingerprint("auths: {a: {community: x}, b: }\n" M "  \n"
			      "targets: [{static: [{targets: [192.0.2.1], labels: {__param_auth: "
			      "a, __param_module: m, __scrape_interval__: 1m}}]}]\n"));
}
END_TEST

START_TEST(the_hash_of_a_target_is_that_of_its_name)
{
	const struct sn_config *a = config_files_good("auths: {a: {community: x}}\n" M T);
	uint64_t hash = a->targets[0]->hash;
	const struct sn_config *b = config_files_good(
		"poll: {interval: 5s}\nauths: {a: {community: y}}\n" M
		"targets: [{static: [{targets: [192.0.2.1], labels: {c: d}}]}]\n");

	ck_assert(b->targets[0]->hash == hash);
	sn_config_free(a);
	sn_config_free(b);
}
END_TEST

#define V3_LABELS(text)                                                                            \
	"auths: {a: {version: 3, username: u}}\n" M                                                \
	"targets: [{static: [{targets: [192.0.2.1], labels: {" text "}}]}]\n"

START_TEST(contexts_are_the_auths_or_the_labels)
{
	static const uint8_t engine[] = {0x80, 0, 0, 0, 9};
	static const uint8_t other[] = {0x80, 0, 0, 0, 0xab};
	const struct sn_usm_access *access;
	const struct sn_config *cfg;

	cfg = config_files_good(
		"auths: {a: {version: 3, username: u, context_name: c, context_engine_id: "
		"'0x8000000009'}, v2: {community: x}}\n" M "targets:\n- static:\n"
		"  - {targets: [192.0.2.1, 192.0.2.2], labels: {__param_auth: a}}\n"
		"  - {targets: [192.0.2.3], labels: {__param_auth: a,"
		" __param_snmp_context: vlan-1}}\n"
		"  - {targets: [192.0.2.4], labels: {__param_auth: a, __param_snmp_context: c,"
		" __param_snmp_engineid: '80000000aB'}}\n"
		"  - {targets: [192.0.2.5], labels: {__param_auth: a, __param_snmp_context: '',"
		" __param_snmp_engineid: '8000000009'}}\n"
		"  - {targets: [192.0.2.6], labels: {__param_auth: v2,"
		" __param_snmp_context: vlan-1, __param_snmp_engineid: not a number}}\n");
	access = cfg->targets[0]->access;
	ck_assert(sn_span_eq(access->context, sn_span_str("c")));
	ck_assert(sn_span_eq(access->context_engine, sn_span_make(engine, 5)));
	/* equal ones are one */
	ck_assert_ptr_eq(cfg->targets[1]->access, access);
	ck_assert_ptr_eq(cfg->targets[4]->access, access);
	ck_assert(sn_span_eq(cfg->targets[2]->access->context, sn_span_str("vlan-1")));
	ck_assert(sn_span_eq(cfg->targets[2]->access->context_engine, sn_span_make(engine, 5)));
	ck_assert_ptr_eq(cfg->targets[2]->access->user, access->user);
	ck_assert(sn_span_eq(cfg->targets[3]->access->context, sn_span_str("c")));
	ck_assert(sn_span_eq(cfg->targets[3]->access->context_engine, sn_span_make(other, 5)));
	/* version 2 has no contexts */
	ck_assert_ptr_null(cfg->targets[5]->access);
	ck_assert_uint_eq(cfg->targets[5]->origin.nlabels, 0);
	sn_config_free(cfg);
}
END_TEST

START_TEST(a_wrong_context_label_is_an_error)
{
	static const struct config_case cases[] = {
		{V3_LABELS("__param_snmp_context: 123456789012345678901234567890123"),
		 "sonde.yaml:3:75: targets[0].static[0].labels.__param_snmp_context: "
		 "\"123456789012345678901234567890123\" is too long (expected 0 to 32 octets)\n"},
		{V3_LABELS("__param_snmp_engineid: 1234"),
		 "sonde.yaml:3:76: targets[0].static[0].labels.__param_snmp_engineid: \"1234\" is "
		 "too short (expected 5 to 32 octets as pairs of hexadecimal digits)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

static uint64_t v3_fingerprint(const char *text)
{
	const struct sn_config *cfg = config_files_good(text);
	uint64_t fingerprint = cfg->targets[0]->fingerprint;

	sn_config_free(cfg);
	return fingerprint;
}

START_TEST(contexts_are_in_the_fingerprint)
{
	struct sn_key_cache *keys = sn_key_cache_new();
	uint64_t plain;

	config_files_use_keys(keys);
	plain = v3_fingerprint(V3_LABELS("a: b"));
	ck_assert_uint_ne(v3_fingerprint(V3_LABELS("a: b, __param_snmp_context: c")), plain);
	ck_assert_uint_ne(v3_fingerprint(V3_LABELS("a: b, __param_snmp_engineid: '8000000001'")),
			  plain);
	ck_assert_uint_eq(v3_fingerprint(V3_LABELS("a: b, __param_snmp_context: ''")), plain);
	sn_key_cache_free(keys);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {labels_go_out_sorted_by_name,
				      equal_labels_are_there_once,
				      labels_with_two_underscores_and_empty_ones_do_not_go_out,
				      labels_override_interval_and_timeout,
				      the_most_patient_module_goes_before_the_poll_section,
				      the_address_may_differ_from_the_name,
				      a_module_may_take_answers_from_any_address,
				      wrong_labels_are_errors,
				      whatever_matters_to_a_target_is_in_its_fingerprint,
				      nothing_else_is_in_the_fingerprint,
				      the_hash_of_a_target_is_that_of_its_name,
				      contexts_are_the_auths_or_the_labels,
				      a_wrong_context_label_is_an_error,
				      contexts_are_in_the_fingerprint,
				      NULL};

	return config_files_run("settings", tests);
}

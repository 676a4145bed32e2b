/*
 * Whole loads: the shipped example, what the command line overrides, all or nothing, memory that
 * runs out anywhere, and that no secret stays behind. Behaviour of config/config.h.
 *
 * ctest: link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
 */
#include "config/config.h"
#include "msg/community.h"
#include "usm/user.h"

#include "support/config_files.h"
#include "support/suite.h"

#include <malloc.h>

void *__real_calloc(size_t n, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static bool counting;		 /* the calls below count */
static unsigned calls;		 /* allocations so far */
static unsigned fail_at;	 /* the one that fails, 0: none */
static struct sn_span forbidden; /* what must not be in freed memory; empty: nothing */
static unsigned found;		 /* times it was */

static bool may_allocate(void)
{
	return !counting || ++calls != fail_at;
}

/* Zeroed, so that what others left in the heap is not taken for ours. */
void *__wrap_malloc(size_t n)
{
	return may_allocate() ? __real_calloc(1, n) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return may_allocate() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *p, size_t n)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *q = may_allocate() ? __real_calloc(1, n) : NULL;

	if (q && p) {
		memcpy(q, p, had < n ? had : n);
		__wrap_free(p);
	}
	return q;
}

void __wrap_free(void *p)
{
	if (p && forbidden.n && memmem(p, malloc_usable_size(p), forbidden.p, forbidden.n)) {
		found++;
	}
	__real_free(p);
}

#define SECRET "p4ssw0rd-of-devices"
#define KEY "c0ffee00c0ffee11c0ffee22c0ffee33"

/* Something of everything. */
static void write_all(void)
{
	config_files_write(
		"sonde.yaml",
		"poll: {interval: 30s}\n"
		"auths:\n"
		"  public_v2: {community: " SECRET "}\n"
		"  from_file: {community_file: secret}\n"
		"  env: {community: '${SONDE_T1}'}\n"
		"  unused: {version: 3, username: u, password: " SECRET "}\n"
		"  v3: {version: 3, username: u, security_level: authPriv, password: " SECRET
		", priv_password_file: secret, context_name: c}\n"
		"  v3_keys: {version: 3, username: u, security_level: authPriv, "
		"auth_key: '" KEY "', priv_localized_key_file: key, engine_id: "
		"'8000000001'}\n"
		"module_files: ['m/*.yml']\n"
		"tables: {if_mib_ifIndex: interfaces}\n"
		"targets:\n"
		"- static:\n"
		"  - {targets: [192.0.2.1, localhost], labels: {site: a}}\n"
		"  - {targets: [192.0.2.2], labels: {__param_auth: from_file}}\n"
		"  - {targets: [192.0.2.3], labels: {__param_auth: env, instance: x}}\n"
		"  - {targets: [192.0.2.6], labels: {__param_auth: v3, "
		"__param_snmp_context: d, __param_snmp_engineid: '8000000002'}}\n"
		"  - {targets: [192.0.2.7], labels: {__param_auth: v3_keys}}\n"
		"- file_sd: {files: [t.json, t.yml], refresh_interval: 10s}\n"
		"output: [{stdout: }, {file: {path: x, format: json}}]\n");
	config_files_write("secret", SECRET "\n");
	config_files_write("key", "0x" KEY "\n");
	config_files_write("m/if_mib.yml",
			   "modules:\n"
			   "  if_mib:\n"
			   "    walk: [1.3.6.1.2.1.2.2]\n"
			   "    metrics:\n"
			   "    - name: ifType\n"
			   "      oid: 1.3.6.1.2.1.2.2.1.3\n"
			   "      type: EnumAsInfo\n"
			   "      indexes: [{labelname: ifIndex, type: gauge}]\n"
			   "      lookups: [{labels: [ifIndex], labelname: ifDescr, oid: "
			   "1.3.6.1.2.1.2.2.1.2, type: DisplayString}]\n"
			   "      enum_values: {6: ethernetCsmacd}\n");
	config_files_write("t.json",
			   "[{\"targets\": [\"192.0.2.4\"], \"labels\": {\"a\": \"b\"}}]");
	config_files_write("t.yml", "- targets: [192.0.2.5]\n");
	ck_assert_int_eq(setenv("SONDE_T1", SECRET, 1), 0);
}

START_TEST(a_configuration_of_everything_loads)
{
	const struct sn_config *cfg;

	write_all();
	ck_assert_msg(config_files_load(NULL, &cfg) == SN_OK, "%s", config_files_messages());
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_uint_eq(cfg->ntargets, 8);
	ck_assert_uint_eq(cfg->noutputs, 2);
	ck_assert_uint_eq(cfg->refresh_ns, UINT64_C(10000000000));
	for (uint32_t i = 0; i < cfg->ntargets; i++) {
		const struct sn_target_spec *t = cfg->targets[i];

		if (t->version == SN_VERSION_3) {
			ck_assert(t->access->user->auth_key[0] != 0);
			ck_assert(t->access->user->priv_key[0] != 0);
		} else {
			ck_assert(sn_span_eq(t->community, sn_span_str(SECRET)));
		}
	}
	sn_config_free(cfg);
}
END_TEST

START_TEST(freeing_nothing_is_allowed)
{
	sn_config_free(NULL);
}
END_TEST

START_TEST(memory_may_run_out_anywhere)
{
	const struct sn_config *cfg;
	int rc = SN_ENOMEM;

	write_all();
	for (unsigned n = 1; rc != SN_OK; n++) {
		calls = 0;
		fail_at = n;
		counting = true;
		rc = config_files_load(NULL, &cfg);
		counting = false;
		ck_assert_uint_lt(n, 10000);
		ck_assert_msg(rc == SN_OK || rc == SN_ENOMEM, "allocation %u: %d %s", n, rc,
			      config_files_messages());
		ck_assert(rc == SN_OK || calls >= n);
		ck_assert_msg((rc == SN_OK) == (cfg != NULL), "allocation %u", n);
		sn_config_free(cfg);
	}
	/* the last turn had nothing left to refuse */
	ck_assert_uint_lt(calls, fail_at);
	ck_assert_uint_gt(calls, 10);
}
END_TEST

/* A password or community, a key as it is written, and its octets. */
static const struct sn_span secrets[] = {
	{(const uint8_t *)SECRET, sizeof(SECRET) - 1},
	{(const uint8_t *)KEY, sizeof(KEY) - 1},
	{(const uint8_t *)"\xc0\xff\xee\x00\xc0\xff\xee\x11\xc0\xff\xee\x22", 12},
};

enum { SECRETS = sizeof(secrets) / sizeof(secrets[0]) };

START_TEST(no_secret_is_left_in_freed_memory)
{
	const struct sn_config *cfg;

	write_all();
	for (size_t i = 0; i < SECRETS; i++) {
		forbidden = secrets[i];
		ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
		ck_assert_uint_eq(found, 0);
		sn_config_free(cfg);
		ck_assert_uint_eq(found, 0);
	}
	/* other text is found all the same: the test can fail */
	forbidden = sn_span_str("192.0.2.5");
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_uint_gt(found, 0);
	sn_config_free(cfg);
	forbidden.n = 0;
}
END_TEST

START_TEST(no_secret_is_left_after_an_error)
{
	const struct sn_config *cfg;

	write_all();
	config_files_write("t.yml", "- targets: ['a b']\n");
	for (size_t i = 0; i < SECRETS; i++) {
		forbidden = secrets[i];
		ck_assert_int_eq(config_files_load(NULL, &cfg), SN_ECONFIG);
		ck_assert_uint_eq(found, 0);
	}
	forbidden.n = 0;
}
END_TEST

START_TEST(the_command_line_overrides_threads_and_back_end)
{
	static const struct sn_config_overrides over = {.threads = 7, .backend = SN_IO_MMSG};
	const struct sn_config *cfg;

	config_files_write("sonde.yaml", "poll: {threads: 2}\nio: {backend: io_uring}\n" CONFIG_BASE
					 "targets: [{static: [{targets: [192.0.2.1]}]}]\n");
	ck_assert_int_eq(config_files_load(&over, &cfg), SN_OK);
	ck_assert_uint_eq(cfg->threads, 7);
	ck_assert_int_eq(cfg->io.backend, SN_IO_MMSG);
	sn_config_free(cfg);
	ck_assert_int_eq(config_files_load(NULL, &cfg), SN_OK);
	ck_assert_uint_eq(cfg->threads, 2);
	ck_assert_int_eq(cfg->io.backend, SN_IO_URING);
	sn_config_free(cfg);
}
END_TEST

START_TEST(equal_files_give_equal_targets)
{
	struct sn_key_cache *keys = sn_key_cache_new();
	const struct sn_config *a;
	const struct sn_config *b;

	ck_assert_ptr_nonnull(keys);
	config_files_use_keys(keys);
	write_all();
	ck_assert_int_eq(config_files_load(NULL, &a), SN_OK);
	ck_assert_int_eq(config_files_load(NULL, &b), SN_OK);
	for (uint32_t i = 0; i < a->ntargets; i++) {
		ck_assert_str_eq(a->targets[i]->origin.instance, b->targets[i]->origin.instance);
		ck_assert(a->targets[i]->fingerprint == b->targets[i]->fingerprint);
		ck_assert(a->targets[i]->hash == b->targets[i]->hash);
	}
	sn_config_free(a);
	sn_key_cache_free(keys);
	/* a snapshot does not need the others, nor the cache */
	ck_assert_str_eq(b->targets[0]->origin.instance, "192.0.2.1");
	sn_config_free(b);
}
END_TEST

static const struct sn_plan_table *find_table(const struct sn_config *cfg, const char *name)
{
	const struct sn_target_spec *t = cfg->targets[0];

	for (uint32_t i = 0; i < t->nplans; i++) {
		for (uint32_t k = 0; k < t->plans[i]->ntables; k++) {
			if (strcmp(t->plans[i]->tables[k].schema.table, name) == 0) {
				return &t->plans[i]->tables[k];
			}
		}
	}
	return NULL;
}

START_TEST(the_shipped_example_is_right)
{
	const char *source = getenv("SONDE_SOURCE_DIR");
	const struct sn_plan_table *table;
	const struct sn_config *cfg;
	char path[4096];
	int rc;

	if (!source) {
		source = "."; /* as fixtures have changed the folder, that fails with a message */
	}
	snprintf(path, sizeof(path), "%s/config/sonde.yaml", source);
	config_files_clear();
	rc = sn_config_load(path, NULL, NULL, config_files_report, NULL, &cfg);
	ck_assert_msg(rc == SN_OK, "%s", config_files_messages());
	ck_assert_str_eq(config_files_messages(), "");
	ck_assert_uint_eq(cfg->ntargets, 1);
	ck_assert_str_eq(cfg->targets[0]->modules, "if_mib,system");
	table = find_table(cfg, "if_mib_ifIndex");
	ck_assert_ptr_nonnull(table);
	/* 22 columns of ifTable, 19 of ifXTable; ifDescr, ifName and ifAlias are labels too */
	ck_assert_uint_eq(table->schema.ncolumns, 41);
	ck_assert_uint_eq(table->schema.nlookups, 3);
	ck_assert_int_ge(table->schema.discontinuity, 0);
	for (uint32_t i = 0; i < table->schema.ncolumns; i++) {
		ck_assert(table->schema.columns[i].is_value);
	}
	ck_assert_uint_eq(cfg->targets[0]->plans[0]->ngets, 1);
	ck_assert_uint_eq(cfg->targets[0]->plans[1]->ngets, 8);
	table = find_table(cfg, "system_sysORIndex");
	ck_assert_ptr_nonnull(table);
	ck_assert_uint_eq(table->schema.ncolumns, 3);
	sn_config_free(cfg);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_configuration_of_everything_loads,
				      freeing_nothing_is_allowed,
				      memory_may_run_out_anywhere,
				      no_secret_is_left_in_freed_memory,
				      no_secret_is_left_after_an_error,
				      the_command_line_overrides_threads_and_back_end,
				      equal_files_give_equal_targets,
				      the_shipped_example_is_right,
				      NULL};

	return config_files_run("config", tests);
}

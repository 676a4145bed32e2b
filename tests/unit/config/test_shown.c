/*
 * What of a configuration may be seen: no secret, and all else as it was read. Behaviour of
 * config/shown.h, and of the text that a snapshot keeps.
 */
#include "config/shown.h"

#include "config/raw.h"
#include "document/yaml.h"
#include "support/config_files.h"
#include "support/suite.h"

#include <string.h>

static char text[1 << 20];
static struct sn_arena_pool pool;
static struct sn_arena arena;

static void report(void *ctx, const char *line)
{
	(void)ctx;
	ck_abort_msg("%s", line);
}

static const struct sn_node *parse(const char *yaml)
{
	struct sn_diag d = {.report = report};
	const struct sn_node *root;

	if (!pool.chunk_size) {
		sn_arena_pool_init(&pool, 1 << 16);
		sn_arena_init(&arena, &pool);
	}
	ck_assert_int_eq(sn_yaml_parse(&arena, "x", sn_span_str(yaml), &d, &root), SN_OK);
	return root;
}

static void show(const struct sn_node *root)
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(out);
	sn_shown_write(out, root, &sn_level_config);
	ck_assert_int_eq(fclose(out), 0);
}

static void has(const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "%s\nis not in\n%s", part, text);
}

START_TEST(what_has_no_secrets_reads_back_the_same)
{
	static const char yaml[] =
		"poll: {interval: 60s, timeout: 2s, in_flight: 20000}\n"
		"module_files: [snmp.yml, 'a b/*.yml', \"\"]\n"
		"tables: {m: '1 # 2', \"a: b\": \"tab\\there, \\\"quotes\\\" \\\\ \\u00fc\"}\n"
		"modules:\n"
		"  m:\n"
		"    get: [1.3.6.1.2.1.1.5.0]\n"
		"    metrics: [{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString,\n"
		"      help: 'What it says: - yes', enum_values: {1: up, 2: 'null'}}]\n"
		"targets:\n"
		"  - static: [{targets: ['[2001:db8::1]:1161', a], labels: {site: ams, x: ~}}]\n"
		"output: [{stdout: {format: json}}, {file: {path: /tmp/x}}]\n";
	const struct sn_node *root = parse(yaml);
	uint64_t hash = sn_node_hash(root, 0);

	show(root);
	ck_assert_msg(sn_node_hash(parse(text), 0) == hash, "%s", text);
	has("poll:\n  interval: 60s\n");
	has("output:\n  -\n    stdout:\n      format: json\n");
}
END_TEST

START_TEST(secrets_are_masked_wherever_they_are)
{
	show(parse("auths:\n"
		   "  a: {version: 2, community: 'Sentinel'}\n"
		   "  b: {version: 3, username: bob, password: Sentinel,\n"
		   "      priv_password: '${Sentinel}',\n"
		   "      auth_key: Sentinel, auth_protocol: SHA, community_file: /etc/c}\n"
		   "targets:\n"
		   "  - static: [{targets: [h], labels: {site: ams, my_token: Sentinel}}]\n"
		   "listen: x\n"
		   "tables: {sasl.password: Sentinel,\n"
		   "  url: 'https://bob:Sentinel@host:1/p@th?key=Sentinel',\n"
		   "  plain: 'http://Sentinel@host', ok: 'http://host/path', mail: 'a@b?c'}\n"));
	ck_assert_msg(strstr(text, "Sentinel") == NULL, "%s", text);
	has("community: <secret>\n");
	has("username: bob\n");
	has("priv_password: <secret>\n");
	has("auth_protocol: SHA\n");
	has("community_file: /etc/c\n");
	has("site: ams\n");
	has("my_token: <secret>\n");
	has("url: \"https://<secret>@host:1/p@th?<secret>\"\n");
	has("plain: \"http://<secret>@host\"\n");
	has("ok: \"http://host/path\"\n");
	has("mail: \"a@b?c\"\n");
}
END_TEST

START_TEST(what_the_table_does_not_know_is_not_shown)
{
	show(parse("pol: {password: x, y: Sentinel}\nspol: {dir: Sentinel}\n"));
	ck_assert_str_eq(text, "pol: <secret>\nspol: <secret>\n");
}
END_TEST

START_TEST(long_lists_are_cut_and_say_so)
{
	static char yaml[64 << 10];
	size_t n = (size_t)snprintf(yaml, sizeof(yaml), "module_files: [");

	for (int i = 0; i < 1234; i++) {
		n += (size_t)snprintf(yaml + n, sizeof(yaml) - n, "f%d.yml, ", i);
	}
	snprintf(yaml + n, sizeof(yaml) - n, "]\n");
	show(parse(yaml));
	has("  - f999.yml\n  # and 234 more\n");
	ck_assert_ptr_null(strstr(text, "f1000.yml"));
}
END_TEST

START_TEST(a_snapshot_keeps_what_may_be_shown)
{
	const struct sn_config *cfg =
		config_files_good(CONFIG_BASE "targets: [{static: [{targets: [127.0.0.1]}]}]\n");

	ck_assert_ptr_nonnull(cfg->shown);
	ck_assert_ptr_nonnull(strstr(cfg->shown, "    community: <secret>\n"));
	ck_assert_ptr_nonnull(strstr(cfg->shown, "targets:\n  -\n    static:\n"));
	sn_config_free(cfg);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_has_no_secrets_reads_back_the_same,   secrets_are_masked_wherever_they_are,
		what_the_table_does_not_know_is_not_shown, long_lists_are_cut_and_say_so,
		a_snapshot_keeps_what_may_be_shown,	   NULL};

	return config_files_run("shown", tests);
}

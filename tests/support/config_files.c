/*
 * Folders of configuration files for tests, see config_files.h.
 */
#include "support/config_files.h"

#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256];
static char gathered[32768];
static struct sn_key_cache *keys;    /* of config_files_use_keys */
static struct sn_name_cache *names;  /* of config_files_use_names */
static struct sn_offer_cache *lists; /* of config_files_use_lists */

static void setup(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/sonde-config-XXXXXX", base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

int config_files_run(const char *name, const TTest *const *tests)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);

	/* checked: in the process of the test, whose working directory it is */
	tcase_add_checked_fixture(tc, setup, teardown);
	for (; *tests; tests++) {
		tcase_add_test(tc, *tests);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}

static void make_folders(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s", name);
	for (char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
		*s = '/';
	}
}

static void write_file(const char *name, const void *p, size_t n, unsigned mode)
{
	FILE *f;

	make_folders(name);
	f = fopen(name, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(name, mode), 0);
}

void config_files_write(const char *name, const char *text)
{
	write_file(name, text, strlen(text), 0600);
}

void config_files_write_mode(const char *name, const char *text, unsigned mode)
{
	write_file(name, text, strlen(text), mode);
}

void config_files_write_bytes(const char *name, const void *p, size_t n)
{
	write_file(name, p, n, 0600);
}

void config_files_report(void *ctx, const char *line)
{
	size_t n = strlen(gathered);

	(void)ctx;
	snprintf(gathered + n, sizeof(gathered) - n, "%s\n", line);
}

const char *config_files_messages(void)
{
	return gathered;
}

void config_files_clear(void)
{
	gathered[0] = '\0';
}

void config_files_use_keys(struct sn_key_cache *c)
{
	keys = c;
}

void config_files_use_names(struct sn_name_cache *c)
{
	names = c;
}

void config_files_use_lists(struct sn_offer_cache *c)
{
	lists = c;
}

int config_files_load(const struct sn_config_overrides *over, const struct sn_config **cfg)
{
	config_files_clear();
	const struct sn_config_context context = {.keys = keys, .names = names, .lists = lists};

	return sn_config_load("sonde.yaml", over, &context, config_files_report, NULL, cfg);
}

const struct sn_config *config_files_good(const char *text)
{
	const struct sn_config *cfg;
	int rc;

	config_files_write("sonde.yaml", text);
	rc = config_files_load(NULL, &cfg);
	ck_assert_msg(rc == SN_OK, "refused:\n%s", gathered);
	ck_assert_str_eq(gathered, "");
	ck_assert_uint_eq(cfg->warnings, 0);
	return cfg;
}

void config_files_check(const struct config_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct sn_config *cfg;
		const char *m = cases[i].messages;
		bool good = m[0] == '\0' || strstr(m, "warning: ");
		int rc;

		config_files_write("sonde.yaml", cases[i].text);
		rc = config_files_load(NULL, &cfg);
		ck_assert_msg(strcmp(gathered, m) == 0, "%s\nexpected: %s\ngot: %s", cases[i].text,
			      m, gathered);
		ck_assert_msg(rc == (good ? SN_OK : SN_ECONFIG), "%s\nrc %d", cases[i].text, rc);
		ck_assert((cfg != NULL) == good);
		sn_config_free(cfg);
	}
}

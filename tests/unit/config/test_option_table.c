/*
 * The table of all options: its defaults are values of their own type, every key is documented, and
 * docs/CONFIG.md is what the table says. With SONDE_UPDATE_DOCS=1 in the environment that page is
 * written instead.
 */
#include "config/raw.h"

#include "support/config_doc.h"
#include "support/suite.h"

#include <string.h>

START_TEST(every_default_is_a_value_of_its_type)
{
	for (unsigned i = 0; sn_levels[i]; i++) {
		const struct sn_option_level *level = sn_levels[i];

		for (unsigned k = 0; k < level->n; k++) {
			const struct sn_option *row = &level->rows[k];
			char why[SN_OPTION_WHY_MAX] = "";
			struct sn_addr any; /* the largest value there is */

			if (row->type < SN_OPTION_SECTION && row->fallback) {
				int rc = sn_options_parse(row, row->fallback, &any, why);

				ck_assert_msg(rc == SN_OK, "%s.%s: \"%s\" %s", level->title,
					      row->key, row->fallback, why);
			}
		}
	}
}
END_TEST

START_TEST(every_key_is_documented_and_occurs_once_in_its_level)
{
	for (unsigned i = 0; sn_levels[i]; i++) {
		const struct sn_option_level *level = sn_levels[i];

		ck_assert_uint_gt(level->n, 0);
		for (unsigned k = 0; k < level->n; k++) {
			const char *help = level->rows[k].help;

			ck_assert_msg(help && help[0] && help[strlen(help) - 1] == '.', "%s.%s",
				      level->title, level->rows[k].key);
			ck_assert_ptr_eq(sn_options_find(level, level->rows[k].key),
					 &level->rows[k]);
		}
	}
}
END_TEST

static bool is_listed(const struct sn_option_level *level)
{
	for (unsigned i = 0; sn_levels[i]; i++) {
		if (sn_levels[i] == level) {
			return true;
		}
	}
	return false;
}

START_TEST(every_level_that_a_key_leads_to_is_documented)
{
	for (unsigned i = 0; sn_levels[i]; i++) {
		for (unsigned k = 0; k < sn_levels[i]->n; k++) {
			const struct sn_option_level *child = sn_levels[i]->rows[k].child;

			ck_assert_msg(!child || is_listed(child), "%s", child ? child->title : "");
		}
	}
}
END_TEST

static char *read_page(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *f = fopen(path, "r");

	ck_assert_msg(f != NULL, "%s is missing", path);
	ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, f), (1 << 20) - 1);
	fclose(f);
	return text;
}

START_TEST(the_page_is_what_the_table_says)
{
	const char *source = getenv("SONDE_SOURCE_DIR");
	char path[4096];
	char *made = NULL;
	char *page;
	size_t n = 0;
	FILE *f = open_memstream(&made, &n);

	ck_assert_ptr_nonnull(f);
	config_doc_write(f);
	ck_assert_int_eq(fclose(f), 0);
	snprintf(path, sizeof(path), "%s/docs/CONFIG.md", source ? source : ".");
	if (getenv("SONDE_UPDATE_DOCS")) {
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(fwrite(made, 1, n, f), n);
		ck_assert_int_eq(fclose(f), 0);
	}
	page = read_page(path);
	ck_assert_msg(strcmp(page, made) == 0,
		      "docs/CONFIG.md differs from the table: run this test with "
		      "SONDE_UPDATE_DOCS=1 and commit the page");
	free(page);
	free(made);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_default_is_a_value_of_its_type,
				      every_key_is_documented_and_occurs_once_in_its_level,
				      every_level_that_a_key_leads_to_is_documented,
				      the_page_is_what_the_table_says, NULL};

	return suite_run_tests("option_table", tests, 0);
}

/*
 * Messages: their form, their number, what is quoted. Behaviour of document/diag.h.
 */
#include "document/diag.h"

#include "support/config_files.h"
#include "support/suite.h"

static struct sn_diag diag;

static void start(void)
{
	memset(&diag, 0, sizeof(diag));
	diag.report = config_files_report;
	config_files_clear();
}

START_TEST(a_line_begins_with_its_place)
{
	static const struct sn_place at = {"a.yaml", 12, 5};
	static const struct sn_place file = {"a.yaml", 0, 0};
	static const struct sn_place nowhere = {NULL, 3, 3};

	start();
	sn_diag_error(&diag, &at, "x %d", 1);
	sn_diag_error(&diag, &file, "x");
	sn_diag_error(&diag, &nowhere, "x");
	sn_diag_error(&diag, NULL, "x");
	sn_diag_warn(&diag, &at, "x");
	sn_diag_warn(&diag, &file, "x");
	sn_diag_warn(&diag, NULL, "x");
	ck_assert_str_eq(config_files_messages(), "a.yaml:12:5: x 1\n"
						  "a.yaml: x\n"
						  "x\n"
						  "x\n"
						  "a.yaml:12:5: warning: x\n"
						  "a.yaml: warning: x\n"
						  "warning: x\n");
	ck_assert_uint_eq(diag.errors, 4);
	ck_assert_uint_eq(diag.warnings, 3);
}
END_TEST

static unsigned count_lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++) {
		n += *text == '\n';
	}
	return n;
}

START_TEST(errors_are_counted_beyond_the_ones_shown)
{
	start();
	for (int i = 0; i < SN_DIAG_MAX; i++) {
		sn_diag_error(&diag, NULL, "x");
	}
	ck_assert(!sn_diag_full(&diag));
	ck_assert_uint_eq(count_lines(config_files_messages()), SN_DIAG_MAX);
	for (int i = 0; i < 30; i++) {
		sn_diag_error(&diag, NULL, "y");
	}
	ck_assert(sn_diag_full(&diag));
	ck_assert_uint_eq(diag.errors, SN_DIAG_MAX + 30);
	ck_assert_uint_eq(count_lines(config_files_messages()), SN_DIAG_MAX + 1);
	ck_assert_ptr_nonnull(
		strstr(config_files_messages(), "x\ntoo many errors; the rest is not shown\n"));
}
END_TEST

START_TEST(warnings_are_limited_by_themselves)
{
	start();
	for (int i = 0; i < 50; i++) {
		sn_diag_warn(&diag, NULL, "x");
	}
	ck_assert(!sn_diag_full(&diag));
	ck_assert_uint_eq(diag.warnings, 50);
	ck_assert_uint_eq(count_lines(config_files_messages()), SN_DIAG_MAX + 1);
}
END_TEST

START_TEST(a_message_is_one_line_whatever_it_names)
{
	static const struct sn_place at = {"a\nb", 1, 1};

	start();
	sn_diag_error(&diag, &at, "x\ty\x7f");
	ck_assert_str_eq(config_files_messages(), "a?b:1:1: x?y?\n");
}
END_TEST

START_TEST(an_overlong_message_is_cut)
{
	char text[5000];

	start();
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	sn_diag_error(&diag, NULL, "%s", text);
	ck_assert_uint_eq(strlen(config_files_messages()), SN_DIAG_LINE_MAX - 1 + 1);
}
END_TEST

START_TEST(quoted_text_is_escaped_and_cut_between_characters)
{
	char out[SN_DIAG_QUOTE_MAX];
	char text[512] = "";

	ck_assert_str_eq(sn_diag_quote(out, ""), "\"\"");
	ck_assert_str_eq(sn_diag_quote(out, "a b"), "\"a b\"");
	ck_assert_str_eq(sn_diag_quote(out, "a\n\x7f"), "\"a\\x0a\\x7f\"");
	/* 86 characters fit, then one of two octets would be cut in half */
	for (int lead = 80; lead < 90; lead++) {
		memset(text, 'x', (size_t)lead);
		memcpy(text + lead, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 11);
		sn_diag_quote(out, text);
		ck_assert_uint_lt(strlen(out), SN_DIAG_QUOTE_MAX);
		ck_assert_ptr_nonnull(strstr(out, "...\""));
		for (size_t i = 1; out[i]; i++) {
			bool lead_octet = (unsigned char)out[i] == 0xc3;

			ck_assert(lead_octet == ((unsigned char)out[i + 1] == 0xa4));
			i += lead_octet;
		}
	}
	memset(text, 1, sizeof(text) - 1);
	ck_assert_uint_lt(strlen(sn_diag_quote(out, text)), SN_DIAG_QUOTE_MAX);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_line_begins_with_its_place,
				      errors_are_counted_beyond_the_ones_shown,
				      warnings_are_limited_by_themselves,
				      a_message_is_one_line_whatever_it_names,
				      an_overlong_message_is_cut,
				      quoted_text_is_escaped_and_cut_between_characters,
				      NULL};

	return suite_run_tests("diag", tests, 0);
}

/*
 * Comma-separated values as groups of targets: quoting, places, what columns mean, and every
 * refusal. Behaviour of targets/csv.h.
 */
#include "targets/csv.h"

#include "support/bytes.h"
#include "support/suite.h"

#include <string.h>

static char taken[65536]; /* groups: "target{name=value,...}@line:column;" */
static char said[8192];	  /* messages */

static void note(char *out, size_t size, const char *text)
{
	size_t n = strlen(out);

	snprintf(out + n, size - n, "%s", text);
}

static void report(void *ctx, const char *line)
{
	(void)ctx;
	note(said, sizeof(said), line);
	note(said, sizeof(said), "\n");
}

static int take(void *ctx, const struct sn_node *group)
{
	const struct sn_node *targets = sn_node_find(group, "targets");
	const struct sn_node *labels = sn_node_find(group, "labels");
	char place[64];

	(void)ctx;
	suite_expect(targets->kind == SN_NODE_LIST && targets->n == 1);
	note(taken, sizeof(taken), targets->first->text);
	note(taken, sizeof(taken), "{");
	for (const struct sn_node *k = labels->first; k; k = k->next->next) {
		note(taken, sizeof(taken), k == labels->first ? "" : ",");
		note(taken, sizeof(taken), k->text);
		note(taken, sizeof(taken), "=");
		note(taken, sizeof(taken), k->next->text);
		suite_expect(strlen(k->next->text) == k->next->n);
	}
	snprintf(place, sizeof(place), "}@%u:%u;", targets->first->at.line,
		 targets->first->at.column);
	note(taken, sizeof(taken), place);
	return SN_OK;
}

static int parse_bytes(struct sn_span text, char delimiter)
{
	const struct sn_node_items items = {take, NULL};
	struct sn_diag diag = {.report = report};
	struct sn_arena_pool pool;
	struct sn_arena arena;
	int rc;

	taken[0] = '\0';
	said[0] = '\0';
	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	rc = sn_csv_parse_items(&arena, "t.csv", text, delimiter, &diag, &items);
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
	return rc;
}

static int parse(const char *text, char delimiter)
{
	return parse_bytes(bytes_copy(text, strlen(text)), delimiter);
}

/* Accepted, with these groups. */
static void good(const char *text, const char *groups)
{
	int rc = parse(text, ',');

	ck_assert_msg(rc == SN_OK && said[0] == '\0', "%s: %s", text, said);
	ck_assert_str_eq(taken, groups);
}

START_TEST(a_record_is_a_target_with_labels)
{
	good("target,site,rack\n192.0.2.1,ams,r1\n192.0.2.2,,r2\n",
	     "192.0.2.1{site=ams,rack=r1}@2:1;192.0.2.2{rack=r2}@3:1;");
	good("site,target\r\nams,a\r\nfra,b", "a{site=ams}@2:5;b{site=fra}@3:5;");
	good("target\na\n\n\r\nb\n", "a{}@2:1;b{}@5:1;");
	good("target,x\n", "");
	good("\n\ntarget\na\n", "a{}@4:1;");
	good("\xef\xbb\xbftarget,n\na,\xc3\xa4\xc3\xb6\n", "a{n=\xc3\xa4\xc3\xb6}@2:1;");
}
END_TEST

START_TEST(quotes_are_those_of_rfc_4180)
{
	good("target,\"a b\",c\n\"x\",\"1,\"\"2\"\"\",\"two\nlines\"\ny,\"\",z\n",
	     "x{a b=1,\"2\",c=two\nlines}@2:2;y{c=z}@4:1;");
	good("target,c\n\"\"\"\",\"\"\"a\"\"\"\n", "\"{c=\"a\"}@2:2;");
	good("target,c\r\na,\"x\r\ny\"\r\nb,z\r\n", "a{c=x\r\ny}@2:1;b{c=z}@4:1;");
	/* a carriage return without a line feed is text */
	good("target,c\na,x\ry\n", "a{c=x\ry}@2:1;");
	/* blanks are text too */
	good("target, c\na , b\n", "a { c= b}@2:1;");
}
END_TEST

START_TEST(some_columns_have_a_meaning)
{
	good("target,module,auth\na,if_mib,core\n",
	     "a{__param_module=if_mib,__param_auth=core}@2:1;");
	good("address,site\n192.0.2.1,x\n", "192.0.2.1{site=x}@2:1;");
	good("target,address\ncore1,192.0.2.1:1161\n", "core1{__address__=192.0.2.1:1161}@2:1;");
	good("target,__scrape_interval__,instance\na,5s,b\n",
	     "a{__scrape_interval__=5s,instance=b}@2:1;");
}
END_TEST

START_TEST(other_delimiters_make_commas_text)
{
	ck_assert_int_eq(parse("target;a,b\nx;1,2\n", ';'), SN_OK);
	ck_assert_str_eq(taken, "x{a,b=1,2}@2:1;");
	ck_assert_int_eq(parse("target\tn\nx\t\"1\t2\"\n", '\t'), SN_OK);
	ck_assert_str_eq(taken, "x{n=1\t2}@2:1;");
}
END_TEST

START_TEST(what_is_wrong_is_told_by_line_and_column)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"", "t.csv: is empty (expected a first line that names the columns)\n"},
		{"\n\r\n", "t.csv: is empty (expected a first line that names the columns)\n"},
		{"host,site\na,b\n",
		 "t.csv:1:1: no column is called target (the first line names the columns)\n"},
		{"target,,a\n", "t.csv:1:8: a column without a name\n"},
		{"target,a,b,a\n", "t.csv:1:12: duplicate column \"a\" (first at column 8)\n"},
		{"target,module,__param_module\n",
		 "t.csv:1:15: the column \"__param_module\" is there already as module\n"},
		{"target,a\nx\n", "t.csv:2:1: 1 fields (expected 2, as the first line has)\n"},
		{"target,a\nx,y,\n", "t.csv:2:1: 3 fields (expected 2, as the first line has)\n"},
		{"target,a\nx,\"y\n", "t.csv:2:3: this quote is never closed\n"},
		{"target,a\nx,y\"z\n",
		 "t.csv:2:4: a quote inside a field (expected quotes around the whole field, and "
		 "\"\" for one in it)\n"},
		{"target,a\n\"x\"y,z\n",
		 "t.csv:2:4: text behind the closing quote (expected the end of the field)\n"},
		{"target,a\n\xc3\xa4,\xff\n", "t.csv:2:3: text is not valid UTF-8\n"},
		{"target,a\nx\ny,z,w\n\"\n",
		 "t.csv:2:1: 1 fields (expected 2, as the first line has)\n"
		 "t.csv:3:1: 3 fields (expected 2, as the first line has)\n"
		 "t.csv:4:1: this quote is never closed\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(parse(rows[i].text, ',') == SN_ECONFIG, "%s", rows[i].text);
		ck_assert_str_eq(said, rows[i].message);
	}
	ck_assert_int_eq(parse_bytes(bytes_copy("target,a\nx,y\0z\n", 15), ','), SN_ECONFIG);
	ck_assert_str_eq(said, "t.csv:2:3: text must not contain a NUL character\n");
}
END_TEST

START_TEST(records_around_a_wrong_one_are_read)
{
	ck_assert_int_eq(parse("target,a\nx,1\ny\nz,\"2\"\"\n\"\n", ','), SN_ECONFIG);
	ck_assert_str_eq(taken, "x{a=1}@2:1;z{a=2\"\n}@4:1;");
	ck_assert_int_eq(parse("target,a\n\"b\"c,\"2\nx,1\n", ','), SN_ECONFIG);
	ck_assert_str_eq(taken, "x{a=1}@3:1;");
}
END_TEST

START_TEST(too_many_columns_are_refused)
{
	char text[4096] = "target";

	for (int i = 1; i < SN_CSV_COLUMNS_MAX; i++) {
		snprintf(text + strlen(text), 16, ",c%d", i);
	}
	strcat(text, "\n");
	ck_assert_int_eq(parse(text, ','), SN_OK);
	text[strlen(text) - 1] = '\0';
	strcat(text, ",more\n");
	ck_assert_int_eq(parse(text, ','), SN_ECONFIG);
	ck_assert_ptr_nonnull(strstr(said, "too many columns (expected 256 at most)"));
}
END_TEST

/* Every beginning of a text, and every octet of it changed: no read outside, no hang. */
START_TEST(any_text_comes_to_an_end)
{
	static const char text[] =
		"target,\"a \"\"b\",c\r\nx,\"1,\"\"2\"\"\",\"\xc3\xa4\n\"\r\n,,\n";

	for (size_t n = 0; n < sizeof(text); n++) {
		(void)!parse_bytes(bytes_copy(text, n), ',');
		bytes_free_all();
		for (int c = 0; c < 256 && n + 1 < sizeof(text); c += 3) {
			char other[sizeof(text)];

			memcpy(other, text, sizeof(text));
			other[n] = (char)c;
			(void)!parse_bytes(bytes_copy(other, sizeof(text) - 1), ',');
			bytes_free_all();
		}
	}
}
END_TEST

static int refuse(void *ctx, const struct sn_node *group)
{
	(void)group;
	++*(int *)ctx;
	return SN_ECANCELED;
}

START_TEST(who_takes_the_groups_may_end_it)
{
	struct sn_diag diag = {.report = report};
	int calls = 0;
	const struct sn_node_items items = {refuse, &calls};
	struct sn_arena_pool pool;
	struct sn_arena arena;

	sn_arena_pool_init(&pool, 4096);
	sn_arena_init(&arena, &pool);
	ck_assert_int_eq(sn_csv_parse_items(&arena, "t.csv", sn_span_str("target\na\nb\n"), ',',
					    &diag, &items),
			 SN_ECANCELED);
	ck_assert_int_eq(calls, 1);
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_record_is_a_target_with_labels,
				      quotes_are_those_of_rfc_4180,
				      some_columns_have_a_meaning,
				      other_delimiters_make_commas_text,
				      what_is_wrong_is_told_by_line_and_column,
				      records_around_a_wrong_one_are_read,
				      too_many_columns_are_refused,
				      any_text_comes_to_an_end,
				      who_takes_the_groups_may_end_it,
				      NULL};

	return suite_run_tests("csv", tests, 20);
}

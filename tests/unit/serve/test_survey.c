/*
 * Looks at all targets: filters, rankings over several workers, slices, lists that are replaced
 * meanwhile, workers that never answer. Behaviour of serve/survey.h.
 */
#include "serve/survey.h"

#include "support/roster.h"
#include "support/suite.h"

#include <sys/eventfd.h>
#include <unistd.h>

enum { WORKERS = 3, EACH = 2000, ALL = WORKERS * EACH, TURNS_MAX = 100, ROWS = 400 };

static struct roster r[WORKERS];
static struct sn_serve_worker workers[WORKERS];
static int event_fd;

/* Targets are dealt out by turns, so that rankings have to be merged. */
static void open_all(void)
{
	event_fd = eventfd(0, EFD_NONBLOCK);
	for (uint32_t i = 0; i < WORKERS; i++) {
		roster_open(&r[i], EACH, i, WORKERS);
		workers[i] = roster_worker(&r[i]);
	}
}

static void close_all(void)
{
	for (uint32_t i = 0; i < WORKERS; i++) {
		roster_close(&r[i]);
	}
	close(event_fd);
}

static struct sn_target *target(uint32_t number)
{
	return &r[number % WORKERS].target[number / WORKERS];
}

static struct sn_survey *start(const struct sn_survey_query *q)
{
	struct sn_survey *s = sn_survey_start(q, workers, WORKERS, event_fd);

	ck_assert_ptr_nonnull(s);
	return s;
}

/* Turns of each worker until it is done; how many. */
static unsigned finish(const struct sn_survey *s)
{
	unsigned n = 0;

	while (!sn_survey_done(s) && n < TURNS_MAX) {
		for (unsigned i = 0; i < WORKERS; i++) {
			roster_turn(&r[i]);
		}
		n++;
	}
	ck_assert(sn_survey_done(s));
	return n;
}

static struct sn_survey *run(const struct sn_survey_query *q)
{
	struct sn_survey *s = start(q);

	finish(s);
	return s;
}

static uint32_t number_of(const struct sn_survey_row *row)
{
	return (uint32_t)strtoul(row->instance + 1, NULL, 10);
}

static struct sn_survey_query by(enum sn_survey_key key, bool descending, uint32_t n)
{
	struct sn_survey_query q = {.rank = {{key, descending, 0, n}}, .nranks = 1};

	return q;
}

START_TEST(totals_count_every_target_whatever_the_filter)
{
	struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, false, 0);
	struct sn_survey *s;
	uint64_t told = 0;

	open_all();
	for (uint32_t i = 0; i < ALL; i++) {
		target(i)->status.state = (uint8_t)(i % 1000 == 7 ? SN_TARGET_DOWN : SN_TARGET_UP);
	}
	q.states = 1u << SN_TARGET_DOWN;
	s = run(&q);
	ck_assert_uint_eq(sn_survey_total(s, SN_TARGET_DOWN), 6);
	ck_assert_uint_eq(sn_survey_total(s, SN_TARGET_UP), ALL - 6);
	ck_assert_uint_eq(sn_survey_total(s, SN_TARGET_PENDING), 0);
	ck_assert_uint_eq(sn_survey_matched(s), 6);
	for (unsigned i = 0; i < WORKERS; i++) {
		told += sn_survey_worker_total(s, i, SN_TARGET_UP);
	}
	ck_assert_uint_eq(told, ALL - 6);
	ck_assert_int_eq(read(event_fd, &told, sizeof(told)), sizeof(told));
	ck_assert_uint_eq(told, 1);
	sn_survey_free(s);
	close_all();
}
END_TEST

START_TEST(rows_of_all_workers_come_in_one_order)
{
	const struct sn_survey_row *rows[ROWS];

	open_all();
	for (int descending = 0; descending < 2; descending++) {
		struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, descending, ROWS);
		struct sn_survey *s = run(&q);

		ck_assert_uint_eq(sn_survey_rows(s, 0, 0, rows, ROWS), ROWS);
		for (uint32_t i = 0; i < ROWS; i++) {
			suite_expect(number_of(rows[i]) == (descending ? ALL - 1 - i : i));
		}
		/* a part from the middle, and one past the end */
		ck_assert_uint_eq(sn_survey_rows(s, 0, 390, rows, 5), 5);
		ck_assert_uint_eq(number_of(rows[0]), descending ? ALL - 391 : 390);
		ck_assert_uint_eq(sn_survey_rows(s, 0, ROWS, rows, 5), 0);
		sn_survey_free(s);
	}
	close_all();
}
END_TEST

static uint32_t value(uint32_t number)
{
	return number * 2654435761u % 1000; /* many are equal */
}

static int by_value(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	if (value(*x) != value(*y)) {
		return value(*x) < value(*y) ? 1 : -1;
	}
	return *x < *y ? -1 : 1;
}

static void set(struct sn_status *st, enum sn_survey_key key, uint32_t v)
{
	static char texts[1000][8];

	switch (key) {
	case SN_SURVEY_BY_ERROR:
		snprintf(texts[v], sizeof(texts[v]), "%03u", v);
		st->reason = texts[v];
		break;
	case SN_SURVEY_BY_DURATION:
		st->duration_us = v;
		break;
	case SN_SURVEY_BY_RETRIES:
		st->retries = (uint16_t)v;
		break;
	case SN_SURVEY_BY_ROWS:
		st->rows = v;
		break;
	case SN_SURVEY_BY_FAILURES:
		st->failures = (uint16_t)v;
		break;
	case SN_SURVEY_BY_LAST:
		st->at = v;
		break;
	default:
		st->good_at = v;
		break;
	}
}

/* Agrees with sorting; equal ones are in the order of their names. */
START_TEST(every_column_ranks)
{
	static uint32_t order[ALL];
	enum sn_survey_key key = (enum sn_survey_key)_i;
	const struct sn_survey_row *rows[ROWS];
	struct sn_survey_query q = by(key, true, ROWS);
	struct sn_survey *s;

	open_all();
	for (uint32_t i = 0; i < ALL; i++) {
		order[i] = i;
		set(&target(i)->status, key, value(i));
	}
	qsort(order, ALL, sizeof(order[0]), by_value);
	s = run(&q);
	ck_assert_uint_eq(sn_survey_rows(s, 0, 0, rows, ROWS), ROWS);
	for (uint32_t i = 0; i < ROWS; i++) {
		ck_assert_uint_eq(number_of(rows[i]), order[i]);
	}
	sn_survey_free(s);
	q.rank[0].descending = false;
	s = run(&q);
	ck_assert_uint_eq(sn_survey_rows(s, 0, 0, rows, ROWS), ROWS);
	for (uint32_t i = 1; i < ROWS; i++) {
		suite_expect(rows[i]->key > rows[i - 1]->key ||
			     (rows[i]->key == rows[i - 1]->key &&
			      number_of(rows[i]) > number_of(rows[i - 1])));
	}
	sn_survey_free(s);
	close_all();
}
END_TEST

START_TEST(a_text_is_sought_in_instances_and_labels)
{
	static const struct {
		const char *text;   /* to be found */
		const char *module; /* the same */
		uint64_t matched;   /* targets */
	} cases[] = {
		{"t0000012", "", 1}, {"T0000012", "", 1}, {"S5999", "", 1},
		{"site", "", 0},     {"t", "", ALL},	  {"", "if_mib", ALL},
		{"", "if", 0},	     {"", "system", 1},	  {"", "ups", 1},
		{"", "ups,sys", 0},  {"", "sys", 0},	  {"t000001", "system", 1},
	};

	open_all();
	r[17 % WORKERS].spec[17 / WORKERS].modules = "if_mib,system,ups";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, false, 1);
		struct sn_survey *s;

		strcpy(q.text, cases[i].text);
		strcpy(q.module, cases[i].module);
		s = run(&q);
		ck_assert_msg(sn_survey_matched(s) == cases[i].matched, "%s %s: %u", cases[i].text,
			      cases[i].module, (unsigned)sn_survey_matched(s));
		sn_survey_free(s);
	}
	close_all();
}
END_TEST

START_TEST(a_row_is_all_there_is_of_a_target)
{
	static struct sn_job job;
	struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, false, 1);
	const struct sn_survey_row *row;
	struct sn_status st = {"a reason",     1,   2, 3, 4, 5, 6, SN_ROUND_PARTIAL,
			       SN_TARGET_SLOW, true};
	char addr[SN_ADDR_TEXT_MAX];
	struct sn_survey *s;

	open_all();
	target(5)->status = st;
	target(5)->job = &job; /* only looked at */
	strcpy(q.text, "t0000005");
	s = run(&q);
	ck_assert_uint_eq(sn_survey_rows(s, 0, 0, &row, 1), 1);
	close_all(); /* nothing of the row is the worker's */
	ck_assert_str_eq(row->instance, "t0000005");
	ck_assert_str_eq(row->modules, "if_mib");
	ck_assert_uint_eq(row->nlabels, 1);
	ck_assert_str_eq(row->labels[0].name, "site");
	ck_assert_str_eq(row->labels[0].value, "s5");
	ck_assert_str_eq(sn_addr_format(&row->addr, addr, sizeof(addr)), "127.0.0.6:161");
	ck_assert(row->resolved && row->busy);
	ck_assert_uint_eq(row->interval_ns, 60 * SN_NS_PER_SEC);
	ck_assert_str_eq(row->status.reason, "a reason");
	ck_assert_uint_eq(row->status.duration_us, 3);
	ck_assert_uint_eq(row->status.failures, 6);
	ck_assert_uint_eq(row->status.round, SN_ROUND_PARTIAL);
	ck_assert_uint_eq(row->status.state, SN_TARGET_SLOW);
	sn_survey_free(s);
}
END_TEST

START_TEST(rankings_may_be_of_some_states_only)
{
	struct sn_survey_query q = by(SN_SURVEY_BY_DURATION, true, 10);
	const struct sn_survey_row *rows[10];
	struct sn_survey *s;

	open_all();
	for (uint32_t i = 0; i < ALL; i++) {
		target(i)->status.duration_us = i;
		target(i)->status.state = (uint8_t)(i < 4 ? SN_TARGET_REFUSED : SN_TARGET_UP);
	}
	q.rank[1] = (struct sn_survey_ranking){SN_SURVEY_BY_DURATION, true, 1u << SN_TARGET_REFUSED,
					       10};
	q.rank[2] =
		(struct sn_survey_ranking){SN_SURVEY_BY_DURATION, false, 1u << SN_TARGET_DOWN, 10};
	q.nranks = 3;
	s = run(&q);
	ck_assert_uint_eq(sn_survey_rows(s, 0, 0, rows, 10), 10);
	ck_assert_uint_eq(number_of(rows[0]), ALL - 1);
	ck_assert_uint_eq(sn_survey_rows(s, 1, 0, rows, 10), 4);
	ck_assert_uint_eq(number_of(rows[0]), 3);
	ck_assert_uint_eq(sn_survey_rows(s, 2, 0, rows, 10), 0);
	sn_survey_free(s);
	close_all();
}
END_TEST

START_TEST(a_turn_looks_at_a_thousand_targets_at_most)
{
	struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, false, 10);
	struct sn_survey *s;

	open_all();
	s = start(&q);
	ck_assert_uint_ge(finish(s), EACH / 1024 + 1);
	sn_survey_free(s);
	close_all();
}
END_TEST

/* While the list is being replaced it has targets that are gone; afterwards it is another one. */
START_TEST(a_list_that_is_replaced_is_looked_at_from_its_beginning)
{
	struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, false, 10);
	struct sn_collector *c;
	struct sn_target **old;
	struct sn_survey *s;

	open_all();
	c = &r[0].c;
	old = c->targets;
	s = start(&q);
	roster_turn(&r[0]);
	c->apply.list = old; /* under way, and targets take effect */
	c->apply.reserved = true;
	c->targets = NULL; /* not to be touched */
	for (int i = 0; i < 5; i++) {
		roster_turn(&r[0]);
		ck_assert(!sn_survey_done(s));
	}
	c->apply.list = NULL;
	c->targets = old + EACH / 2;
	c->ntargets = EACH / 2;
	c->snapshot++;
	finish(s);
	ck_assert_uint_eq(sn_survey_worker_total(s, 0, SN_TARGET_PENDING), EACH / 2);
	ck_assert_uint_eq(sn_survey_matched(s), ALL - EACH / 2);
	sn_survey_free(s);
	close_all();
}
END_TEST

START_TEST(what_is_cancelled_ends_with_the_next_turn)
{
	struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, false, 10);
	struct sn_survey *s;

	open_all();
	s = start(&q);
	roster_turn(&r[0]);
	sn_survey_cancel(s);
	ck_assert_uint_eq(finish(s), 1);
	sn_survey_free(s);
	close_all();
}
END_TEST

START_TEST(a_worker_that_has_ended_keeps_it_open_and_loses_nothing)
{
	struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, false, 10);
	struct sn_survey *s;

	open_all();
	s = start(&q);
	for (int i = 0; i < 20; i++) {
		roster_turn(&r[0]);
		roster_turn(&r[1]);
	}
	ck_assert(!sn_survey_done(s));
	sn_survey_cancel(s);
	close_all();
	sn_survey_free(s);
}
END_TEST

START_TEST(rows_that_find_no_room_are_there_all_the_same)
{
	static char text[2048];
	static struct sn_label labels[30];
	const struct sn_survey_row *rows[60];
	struct sn_survey_query q = by(SN_SURVEY_BY_INSTANCE, false, 60);
	struct sn_survey *s;
	uint32_t n;

	open_all();
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 30; i++) {
		labels[i] = (struct sn_label){"name", text};
	}
	for (uint32_t i = 0; i < 60; i++) {
		struct sn_target_spec *spec = &r[i % WORKERS].spec[i / WORKERS];

		spec->origin.labels = labels;
		spec->origin.nlabels = 30;
	}
	s = run(&q);
	n = sn_survey_rows(s, 0, 0, rows, 60);
	ck_assert_uint_eq(n, 60);
	for (uint32_t i = 0; i < n; i++) {
		ck_assert_ptr_nonnull(rows[i]->instance);
		for (uint32_t k = 0; k < rows[i]->nlabels; k++) {
			ck_assert(strcmp(rows[i]->labels[k].value, text) == 0 ||
				  strcmp(rows[i]->labels[k].value, "?") == 0);
		}
	}
	sn_survey_free(s);
	close_all();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("survey");
	TCase *tc = tcase_create("survey");

	tcase_add_test(tc, totals_count_every_target_whatever_the_filter);
	tcase_add_test(tc, rows_of_all_workers_come_in_one_order);
	tcase_add_loop_test(tc, every_column_ranks, SN_SURVEY_BY_ERROR, SN_SURVEY_KEYS);
	tcase_add_test(tc, a_text_is_sought_in_instances_and_labels);
	tcase_add_test(tc, a_row_is_all_there_is_of_a_target);
	tcase_add_test(tc, rankings_may_be_of_some_states_only);
	tcase_add_test(tc, a_turn_looks_at_a_thousand_targets_at_most);
	tcase_add_test(tc, a_list_that_is_replaced_is_looked_at_from_its_beginning);
	tcase_add_test(tc, what_is_cancelled_ends_with_the_next_turn);
	tcase_add_test(tc, a_worker_that_has_ended_keeps_it_open_and_loses_nothing);
	tcase_add_test(tc, rows_that_find_no_room_are_there_all_the_same);
	suite_add_tcase(s, tc);
	return suite_run(s);
}

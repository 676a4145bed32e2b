/*
 * What a pump with a spool logs in an outage. What the spool drops: at once, then once a minute,
 * with the sums of each cause, until all lines together tell what the counters do. What fails:
 * never more than a few lines a minute. Behaviour of spooler_account.c, and of sn_pump_trouble of
 * pump.c.
 *
 * ctest: timeout=120 one_thread
 */
#include "base/clock.h"
#include "support/spooler_rig.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define KIB ((size_t)1024)

static const uint64_t minute = 60 * SN_NS_PER_SEC;

/* As the lines begin. */
static const char *const cause_text[SN_SPOOL_CAUSES] = {
	"is full: the oldest are dropped: ", "holds some that are too old: dropped: ",
	"was damaged: lost: ", "could not be written: lost: "};

static int log_fd = -1;	  /* standard error while a test looks at it */
static int terminal = -1; /* the real one */

static void log_begin(void)
{
	log_fd = memfd_create("log", MFD_CLOEXEC);
	terminal = dup(STDERR_FILENO);
	suite_expect(log_fd >= 0 && terminal >= 0);
	suite_expect(dup2(log_fd, STDERR_FILENO) >= 0);
}

static void log_end(void)
{
	dup2(terminal, STDERR_FILENO);
	close(terminal);
	close(log_fd);
}

/* All that was logged; to be freed. */
static char *log_text(void)
{
	off_t n = lseek(log_fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)n + 1);

	suite_expect(text != NULL && pread(log_fd, text, (size_t)n, 0) == n);
	return text;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text += strlen(what)) {
		n++;
	}
	return n;
}

/* How many lines hold a text. */
static unsigned logged(const char *what)
{
	char *text = log_text();
	unsigned n = count(text, what);

	free(text);
	return n;
}

/* The last line; to be freed. */
static char *last_line(void)
{
	char *text = log_text();
	size_t n = strlen(text);
	char *line;

	suite_expect(n > 0);
	text[n - 1] = '\0';
	line = strrchr(text, '\n');
	line = strdup(line ? line + 1 : text);
	free(text);
	return line;
}

static unsigned targets_of_last(void)
{
	char *line = last_line();
	const char *of = strstr(line, " of ");
	unsigned targets = 0;

	suite_expect(of != NULL && sscanf(of, " of %u targets", &targets) == 1);
	free(line);
	return targets;
}

/* The sums that all lines tell of a cause. */
static struct sn_spooler_loss told(enum sn_spool_cause cause)
{
	char *text = log_text();
	struct sn_spooler_loss sum = {.rows = 0};

	for (const char *at = text; (at = strstr(at, cause_text[cause]));) {
		unsigned long long n[3];

		at += strlen(cause_text[cause]);
		suite_expect(sscanf(at, "%llu messages, %llu rows and %llu round records", &n[0],
				    &n[1], &n[2]) == 3);
		sum.messages += n[0];
		sum.rows += n[1];
		sum.rounds += n[2];
	}
	free(text);
	return sum;
}

static void check_sums(const struct sn_pump_stats *st)
{
	for (unsigned i = 0; i < SN_SPOOL_CAUSES; i++) {
		struct sn_spooler_loss sum = told((enum sn_spool_cause)i);

		ck_assert_uint_eq(sum.messages, st->spool.lost_messages[i]);
		ck_assert_uint_eq(sum.rows, st->spool.lost_rows[i]);
		ck_assert_uint_eq(sum.rounds, st->spool.lost_rounds[i]);
	}
}

static struct srig *rig_new(void)
{
	struct srig *r = malloc(sizeof(*r));

	suite_expect(r != NULL);
	srig_init(r, 1);
	r->cfg.mode = SN_SPOOL_ALWAYS;
	r->cfg.replay = SN_SPOOL_ORDERED;
	r->cfg.max_bytes = 512 * KIB;
	r->room = 0; /* an outage */
	log_begin();
	ck_assert_int_eq(srig_start(r), SN_OK);
	return r;
}

static void rig_done(struct srig *r)
{
	srig_fini(r);
	free(r);
	log_end();
}

/* Rows of the first keys, turn by turn. */
static void emit(struct srig *r, unsigned blocks, unsigned keys)
{
	for (unsigned i = 0; i < blocks; i++) {
		for (unsigned key = 0; key < keys; key++) {
			srig_emit(r, key, 3, 1000);
			srig_turn(r);
		}
	}
}

/* Time passes since the last line. */
static void wait_for(struct srig *r, uint64_t ns)
{
	r->pump->spooler->drop.told_at -= ns;
	srig_turn(r);
}

static uint64_t dropped(const struct srig *r)
{
	return srig_stats(r).spool.lost_messages[SN_SPOOL_FULL];
}

START_TEST(the_first_drop_is_told_at_once_and_those_of_a_minute_in_one_line)
{
	struct srig *r = rig_new();
	struct sn_pump_stats st;

	while (dropped(r) == 0) {
		emit(r, 1, SRIG_KEYS);
	}
	ck_assert_uint_eq(logged("\n"), 1);
	ck_assert_uint_eq(logged("sonde: warning: output rig: spool spool is full"), 1);
	ck_assert_uint_eq(logged(" targets in "), 0);
	st = srig_stats(r);
	check_sums(&st);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t before = dropped(r);

		emit(r, 200, SRIG_KEYS); /* segment after segment */
		wait_for(r, minute - 10 * SN_NS_PER_SEC);
		ck_assert_uint_eq(logged("\n"), 1 + i);
		wait_for(r, 10 * SN_NS_PER_SEC);
		ck_assert_uint_eq(logged("\n"), 2 + i);
		ck_assert_uint_eq(logged(" targets in 60 s\n"), 1 + i);
		ck_assert_uint_gt(dropped(r), before + 100);
		ck_assert_uint_eq(targets_of_last(), SRIG_KEYS);
		st = srig_stats(r);
		check_sums(&st);
	}
	wait_for(r, minute); /* and nothing happens */
	ck_assert_uint_eq(logged("\n"), 4);
	r->room = SRIG_HELD;
	srig_deliver_all(r);
	st = srig_stop(r, true);
	ck_assert_uint_eq(logged("\n"), 4);
	check_sums(&st);
	rig_done(r);
}
END_TEST

START_TEST(after_a_minute_of_peace_a_drop_is_told_at_once_again)
{
	struct srig *r = rig_new();
	uint64_t before;

	while (dropped(r) == 0) {
		emit(r, 1, SRIG_KEYS);
	}
	wait_for(r, minute);
	before = dropped(r);
	while (dropped(r) == before) {
		emit(r, 1, SRIG_KEYS);
	}
	ck_assert_uint_eq(logged("\n"), 2);
	ck_assert_uint_eq(logged(" targets in "), 0);
	srig_stop(r, false);
	rig_done(r);
}
END_TEST

START_TEST(what_is_untold_is_told_when_the_drops_have_ended)
{
	struct srig *r = rig_new();
	const struct sn_spooler *sp;
	struct sn_pump_stats st;

	emit(r, 300, SRIG_KEYS);
	r->room = SRIG_HELD;
	srig_deliver_all(r);
	sp = r->pump->spooler;
	ck_assert_uint_eq(logged("\n"), 1);
	/* the pump sleeps until then */
	ck_assert(sp->drop.any);
	ck_assert_uint_eq(r->pump->due, sp->drop.told_at + minute);
	wait_for(r, minute);
	ck_assert_uint_eq(logged("\n"), 2);
	ck_assert_uint_eq(r->pump->due, SN_TIME_NEVER);
	st = srig_stats(r);
	check_sums(&st);
	srig_stop(r, true);
	ck_assert_uint_eq(logged("\n"), 2);
	rig_done(r);
}
END_TEST

START_TEST(what_is_untold_is_told_when_the_spool_closes)
{
	struct srig *r = rig_new();
	struct sn_pump_stats st;

	emit(r, 300, SRIG_KEYS);
	ck_assert_uint_eq(logged("\n"), 1);
	st = srig_stop(r, false);
	ck_assert_uint_gt(st.spool.lost_messages[SN_SPOOL_FULL], 500);
	ck_assert_uint_eq(logged("\n"), 2);
	check_sums(&st);
	rig_done(r);
}
END_TEST

START_TEST(each_cause_is_told_with_its_own_numbers)
{
	struct srig *r = rig_new();
	struct sn_pump_stats st;

	r->pump->spooler->drop.told_at = sn_clock_mono(); /* another line was just written */
	emit(r, 100, 2);
	/* rows of two targets are full, those of three are too old, in part the same */
	srig_stop(r, false);
	log_end();
	log_begin();
	r->cfg.max_age_ms = 100000;
	ck_assert_int_eq(srig_start(r), SN_OK);
	r->pump->spooler->drop.told_at = sn_clock_mono();
	emit(r, 60, 3);
	ck_assert_uint_gt(dropped(r), 0);
	r->pump->spooler->wall += 500000;
	srig_hasten(r);
	srig_settle_down(r);
	st = srig_stats(r);
	ck_assert_uint_gt(st.spool.lost_messages[SN_SPOOL_AGE], 0);
	ck_assert_uint_ne(st.spool.lost_messages[SN_SPOOL_AGE],
			  st.spool.lost_messages[SN_SPOOL_FULL]);
	wait_for(r, minute);
	ck_assert_uint_eq(logged("warning: output rig: spool spool is full: "), 1);
	ck_assert_uint_eq(logged(" round records; holds some that are too old: "), 1);
	ck_assert_uint_eq(logged(" targets in 60 s\n"), 1);
	ck_assert_uint_eq(targets_of_last(), 3);
	check_sums(&st);
	srig_stop(r, false);
	rig_done(r);
}
END_TEST

/* Time passes since the last line about the disk, and since it failed. */
static void wait_with_disk(struct srig *r, uint64_t ns)
{
	struct sn_spooler *sp = r->pump->spooler;

	sp->told_at -= ns;
	sp->trouble_since -= ns;
	srig_hasten(r);
	srig_settle_down(r);
}

START_TEST(a_disk_that_fails_now_and_then_does_not_fill_the_log)
{
	struct srig *r = rig_new();

	r->room = SRIG_HELD;
	r->disk.fail_error = EIO;
	for (unsigned i = 0; i < 20; i++) {
		r->disk.fail_count = UINT64_MAX;
		r->disk.fail_from = r->disk.calls + 1;
		emit(r, 1, 1);
		ck_assert(!srig_stats(r).spool.working);
		r->disk.fail_from = 0;
		srig_deliver_all(r);
		ck_assert(srig_stats(r).spool.working);
		ck_assert_uint_eq(logged("spool cannot be written: "), 1);
		ck_assert_uint_eq(logged("spool works again after "), 1);
	}
	/* what lasts is told all the same, and then its end too */
	r->disk.fail_from = r->disk.calls + 1;
	emit(r, 1, 1);
	ck_assert_uint_eq(logged("\n"), 2);
	wait_with_disk(r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(logged("\n"), 3);
	wait_with_disk(r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(logged("\n"), 4);
	wait_with_disk(r, minute);
	ck_assert_uint_eq(logged("\n"), 5);
	wait_with_disk(r, minute / 2);
	ck_assert_uint_eq(logged("\n"), 5); /* by now it is no news */
	wait_with_disk(r, minute / 2);
	ck_assert_uint_eq(logged("\n"), 6);
	r->disk.fail_from = 0;
	srig_hasten(r);
	srig_settle_down(r);
	ck_assert_uint_eq(logged("spool works again after "), 2);
	srig_stop(r, false);
	rig_done(r);
}
END_TEST

/* Time passes since the last line about the sink, and since it failed. */
static void wait_with_sink(struct srig *r, uint64_t ns)
{
	r->pump->told_at -= ns;
	r->pump->trouble_since -= ns;
	srig_turn(r);
}

START_TEST(a_sink_that_fails_now_and_then_does_not_fill_the_log)
{
	struct srig *r = rig_new();

	for (unsigned i = 0; i < 20; i++) {
		sn_pump_trouble(r->pump, SN_EIO, "no broker");
		srig_turn(r);
		sn_pump_trouble_over(r->pump);
		ck_assert_uint_eq(logged("sonde: error: output rig: no broker\n"), 1);
		ck_assert_uint_eq(logged("output rig: works again after 0.0 s\n"), 1);
	}
	/* one that lasts and says so only once is told too, in time */
	sn_pump_trouble(r->pump, SN_EIO, "no broker");
	srig_turn(r);
	ck_assert_uint_eq(logged("\n"), 2);
	ck_assert_uint_le(r->pump->due, r->pump->told_at + 10 * SN_NS_PER_SEC);
	wait_with_sink(r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(logged("\n"), 3);
	wait_with_sink(r, minute);
	ck_assert_uint_eq(logged("\n"), 3); /* there is nothing new */
	sn_pump_trouble(r->pump, SN_EIO, "first");
	sn_pump_trouble(r->pump, SN_EIO, "second");
	sn_pump_trouble(r->pump, SN_EIO, "third");
	wait_with_sink(r, minute / 2);
	ck_assert_uint_eq(logged("\n"), 4);
	wait_with_sink(r, minute / 2);
	ck_assert_uint_eq(logged(": first\n"), 1);
	ck_assert_uint_eq(logged(": third\n"), 1);
	ck_assert_uint_eq(logged("\n"), 5);
	/* at its end the pump waits for no time to pass */
	sn_pump_trouble(r->pump, SN_EIO, "fourth");
	ck_assert_uint_eq(sn_pump_tell(r->pump, sn_clock_mono(), false), r->pump->told_at + minute);
	ck_assert_uint_eq(sn_pump_tell(r->pump, sn_clock_mono(), true), SN_TIME_NEVER);
	ck_assert_uint_eq(logged(": fourth\n"), 1);
	srig_stop(r, false);
	rig_done(r);
}
END_TEST

START_TEST(the_line_about_a_sink_tells_what_was_lost_since_the_last_one)
{
	struct srig *r = rig_new();
	struct sn_pump_stats st;

	r->room = SRIG_HELD;
	emit(r, 50, 2);
	srig_settle_down(r);
	ck_assert_uint_eq(r->nheld, 100);
	srig_deliver(r, 1, SN_LOSS_TOO_LARGE);
	sn_pump_trouble(r->pump, SN_EIO, "no");
	ck_assert_uint_eq(logged("output rig: no; 3 rows and round records lost\n"), 1);
	srig_deliver(r, 10, SN_LOSS_REFUSED);
	sn_pump_trouble(r->pump, SN_EIO, "no");
	srig_deliver(r, 10, SN_LOSS_REFUSED);
	sn_pump_trouble(r->pump, SN_EIO, "no");
	wait_with_sink(r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(logged("output rig: no; 60 rows and round records lost\n"), 1);
	srig_deliver(r, 5, SN_LOSS_REFUSED);
	srig_deliver_all(r);
	r->room = 0;
	r->disk.fail_error = EIO;
	r->disk.fail_count = UINT64_MAX;
	r->disk.fail_from = r->disk.calls + 1;
	for (unsigned i = 0; i < 3000 && r->dropped == 0; i++) {
		srig_emit(r, 0, 3, 1000);
	}
	ck_assert_uint_eq(r->dropped, 3);
	sn_pump_trouble_over(r->pump);
	ck_assert_uint_eq(logged("output rig: works again after 10.0 s; 15 rows and round records "
				 "lost; 3 dropped, as its memory is full\n"),
			  1);
	r->disk.fail_from = 0;
	r->room = SRIG_HELD;
	srig_deliver_all(r);
	st = srig_stop(r, true);
	ck_assert_uint_eq(st.rows_lost, 78);
	rig_done(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spooler_log");
	TCase *tc = tcase_create("spooler_log");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_first_drop_is_told_at_once_and_those_of_a_minute_in_one_line);
	tcase_add_test(tc, after_a_minute_of_peace_a_drop_is_told_at_once_again);
	tcase_add_test(tc, what_is_untold_is_told_when_the_drops_have_ended);
	tcase_add_test(tc, what_is_untold_is_told_when_the_spool_closes);
	tcase_add_test(tc, each_cause_is_told_with_its_own_numbers);
	tcase_add_test(tc, a_disk_that_fails_now_and_then_does_not_fill_the_log);
	tcase_add_test(tc, a_sink_that_fails_now_and_then_does_not_fill_the_log);
	tcase_add_test(tc, the_line_about_a_sink_tells_what_was_lost_since_the_last_one);
	suite_add_tcase(s, tc);
	return suite_run(s);
}

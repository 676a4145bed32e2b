/*
 * A real process that spools into a real directory, killed at moments that nobody chose: whatever
 * it was told is safe comes back in the next life, in order, and what it had settled for good does
 * not.
 *
 * The child tells each step through a pipe after the spool has returned from it; the parent kills
 * it after so many steps and reads what it still had to say.
 *
 * ctest: timeout=120
 */
#include "spool/disk.h"
#include "spool/spool.h"

#include "base/rng.h"
#include "support/suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIVES = 50, RECORDS = 1 << 20 };

/* Of records: committed; to be remembered as settled; remembered. */
enum state { SAFE, SETTLING, SETTLED, STATES };

/* What the child says. */
struct word {
	enum state state; /* which holds */
	uint32_t upto;	  /* for all records before this one */
};

static char dir[] = "/tmp/sonde-test-XXXXXX";

static const struct sn_spool_config cfg = {
	.max_bytes = 64 << 20, .segment_bytes = 64 << 10, .batch_bytes = 32 << 10, .boot = 9};

static struct sn_spool *open_spool(void)
{
	struct sn_disk *disk;
	struct sn_spool *sp;

	suite_expect(sn_disk_dir_new(dir, &disk) == SN_OK);
	suite_expect(sn_spool_open(disk, &cfg, 1, &sp) == SN_OK);
	return sp;
}

static void say(int fd, enum state state, uint32_t upto)
{
	struct word w = {.state = state, .upto = upto};

	if (write(fd, &w, sizeof(w)) != (ssize_t)sizeof(w)) {
		_exit(1);
	}
}

/* Record i: its number and some octets of it. */
static uint32_t make(uint32_t i, uint8_t *to)
{
	uint32_t n = 4 + i * 7919 % 1200;

	memset(to, (int)(i % 251), n);
	memcpy(to, &i, 4);
	return n;
}

static uint32_t check(const struct sn_spool_record *r)
{
	uint8_t payload[1300];
	uint32_t i;

	suite_expect(r->payload.n >= 4);
	memcpy(&i, r->payload.p, 4);
	suite_expect(sn_span_eq(r->payload, sn_span_make(payload, make(i, payload))));
	return i;
}

/* Spools from record `next` on, for ever; reads and settles what is older. */
static void child(int fd, uint32_t next, uint64_t seed)
{
	struct sn_spool *sp = open_spool();
	uint32_t settled = 0;
	struct sn_rng rng;

	sn_rng_init_seed(&rng, seed);
	while (next < RECORDS) {
		uint8_t payload[1300];
		struct sn_spool_entry e = {.key = sn_span_str("k"), .rows = 1};
		struct sn_spool_record r;

		for (uint64_t k = 1 + sn_rng_below(&rng, 20); k; k--) {
			e.payload = sn_span_make(payload, make(next++, payload));
			suite_expect(sn_spool_append(sp, &e, 1, NULL) == SN_OK);
		}
		suite_expect(sn_spool_commit(sp) == SN_OK);
		say(fd, SAFE, next);
		for (uint64_t k = sn_rng_below(&rng, 20); k; k--) {
			if (sn_spool_read(sp, &r) == SN_OK) {
				settled = check(&r) + 1;
				suite_expect(sn_spool_ack(sp, r.number) == SN_OK);
			}
		}
		if (sn_rng_below(&rng, 3) == 0) {
			say(fd, SETTLING, settled);
			suite_expect(sn_spool_tick(sp, 1) == SN_OK);
			say(fd, SETTLED, settled);
		}
	}
	_exit(2);
}

/* Reads what the child says until it is dead; kills it after so many words. */
static void hear(int fd, pid_t pid, uint64_t words, uint32_t upto[STATES])
{
	struct word w;
	uint64_t heard = 0;

	while (read(fd, &w, sizeof(w)) == (ssize_t)sizeof(w)) {
		upto[w.state] = w.upto > upto[w.state] ? w.upto : upto[w.state];
		if (++heard == words) {
			kill(pid, SIGKILL);
		}
	}
}

/*
 * Everything safe and not settled is there, once and in order; settles some for the next life, and
 * says what is there then.
 */
static void look(uint32_t upto[STATES])
{
	struct sn_spool *sp = open_spool();
	struct sn_spool_stats st;
	struct sn_spool_record r;
	uint32_t next = 0;
	uint32_t n = 0;

	while (sn_spool_read(sp, &r) == SN_OK) {
		uint32_t i = check(&r);

		/* the last step may have been made and not been told */
		suite_expect(n > 0 ? i == next : i >= upto[SETTLED] && i <= upto[SETTLING]);
		next = i + 1;
		if (n++ < 300) {
			suite_expect(sn_spool_ack(sp, r.number) == SN_OK);
			upto[SETTLED] = upto[SETTLING] = next;
		}
	}
	suite_expect(n == 0 ? upto[SAFE] <= upto[SETTLING] : next >= upto[SAFE]);
	upto[SAFE] = next > upto[SAFE] ? next : upto[SAFE];
	sn_spool_stats_get(sp, &st);
	for (int i = 0; i < SN_SPOOL_CAUSES; i++) {
		suite_expect(st.lost_records[i] == 0);
	}
	suite_expect(st.found == n && st.foreign == 0);
	suite_expect(sn_spool_close(sp) == SN_OK);
}

static void remove_all(void)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
	rmdir(dir);
}

START_TEST(what_is_safe_survives_kill_9)
{
	uint32_t upto[STATES] = {0};
	struct sn_rng rng;

	sn_rng_init_seed(&rng, 9);
	suite_expect(mkdtemp(dir) != NULL);
	for (int life = 0; life < LIVES; life++) {
		int status = 0;
		int ends[2];
		pid_t pid;

		suite_expect(pipe(ends) == 0);
		pid = fork();
		suite_expect(pid >= 0);
		if (pid == 0) {
			close(ends[0]);
			child(ends[1], upto[SAFE], (uint64_t)life);
		}
		close(ends[1]);
		hear(ends[0], pid, 1 + sn_rng_below(&rng, 60), upto);
		close(ends[0]);
		suite_expect(waitpid(pid, &status, 0) == pid);
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		look(upto);
	}
	ck_assert_uint_gt(upto[SAFE], 50 * LIVES);
	remove_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_is_safe_survives_kill_9, NULL};

	return suite_run_tests("kill", tests, 100);
}

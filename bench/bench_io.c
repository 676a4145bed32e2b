/*
 * CPU per round trip of the I/O back ends, without any protocol: requests of 100 octets, answers of
 * 484, many addresses of 127.0.0.0/8, an echo process on another core. Closed loop (a window of
 * requests is kept under way) and paced (so many requests a second). Cases alternate in shuffled
 * slices, so that a noisy host hits all alike; the figure is the median of the slices, the ratio
 * the median of the ratios to the first case of the group in the same round.
 *
 * bench_io [--quick | SECONDS]: a minute unless told, --quick a few seconds.
 */
#include "base/clock.h"
#include "base/rng.h"
#include "io/io.h"

#include "support/runs.h"

#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	REQUEST = 100,
	ANSWER = 484,
	ADDRESSES = 10000,
	ROUNDS_MAX = 99,
	RCVBUF = 64 << 20,
	QUIET_MIN = 3, /* slices without foreign load that a median needs */
	TICK_MS = 1,   /* how often a paced client looks for what is due, as a timing wheel does */
};

#define BUSY_MAX 0.15 /* share of the processors that others may use in a quiet slice */

struct slice {
	double cpu_us; /* user and system time per round trip */
	double rate;   /* round trips a second */
	double busy;   /* share of all processors used by others, 0 to 1 */
};

struct bench_case {
	enum sn_io_backend backend;	/* under test */
	unsigned min_wait_us;		/* coalescing */
	unsigned window;		/* requests under way at most */
	unsigned rate;			/* requests a second; 0: as fast as answers come */
	unsigned base;			/* index of the case it is compared with */
	struct sn_io *io;		/* NULL: not available here */
	unsigned out;			/* requests under way */
	uint64_t done;			/* answers in all */
	uint64_t lost;			/* requests given up */
	struct slice slice[ROUNDS_MAX]; /* by round */
};

/* Both back ends, without and with coalescing; the first is the base. */
#define GROUP(win, per_s, first)                                                                   \
	{.backend = SN_IO_MMSG, .window = (win), .rate = (per_s), .base = (first)},                \
		{.backend = SN_IO_URING, .window = (win), .rate = (per_s), .base = (first)},       \
		{.backend = SN_IO_MMSG,                                                            \
		 .min_wait_us = 200,                                                               \
		 .window = (win),                                                                  \
		 .rate = (per_s),                                                                  \
		 .base = (first)},                                                                 \
	{                                                                                          \
		.backend = SN_IO_URING, .min_wait_us = 200, .window = (win), .rate = (per_s),      \
		.base = (first)                                                                    \
	}

static struct bench_case cases[] = {
	GROUP(1000, 0, 0),
	GROUP(10000, 0, 4),
	GROUP(10000, 50000, 8),
	GROUP(10000, 10000, 12),
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static uint16_t port; /* of the echo process, network order */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void pin(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* With one processor there is nothing to separate. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static double cpu_seconds(int who)
{
	struct rusage ru;

	getrusage(who, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	       1e-6 * (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
}

/* Seconds that all processors together were busy since boot, and seconds that passed on all. */
static void host_seconds(double *busy, double *all)
{
	unsigned long long v[8] = {0};
	FILE *f = fopen("/proc/stat", "r");

	*busy = 0;
	*all = 0;
	if (!f) {
		return;
	}
	if (fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3],
		   &v[4], &v[5], &v[6], &v[7]) == 8) {
		for (unsigned i = 0; i < 8; i++) {
			double s = (double)v[i] / (double)sysconf(_SC_CLK_TCK);

			*all += s;
			*busy += i == 3 || i == 4 ? 0 : s;
		}
	}
	fclose(f);
}

/* Answers every datagram with ANSWER octets, until killed. */
static void echo_for_ever(int fd)
{
	static uint8_t in[SN_IO_BATCH][2048];
	static uint8_t out[ANSWER];
	static struct sockaddr_in from[SN_IO_BATCH];
	static struct mmsghdr rx[SN_IO_BATCH];
	static struct mmsghdr tx[SN_IO_BATCH];
	static struct iovec iov[SN_IO_BATCH];
	static struct iovec reply = {.iov_base = out, .iov_len = ANSWER};

	for (unsigned i = 0; i < SN_IO_BATCH; i++) {
		iov[i] = (struct iovec){.iov_base = in[i], .iov_len = sizeof(in[i])};
		rx[i].msg_hdr =
			(struct msghdr){.msg_name = &from[i], .msg_iov = &iov[i], .msg_iovlen = 1};
		tx[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						.msg_namelen = sizeof(from[i]),
						.msg_iov = &reply,
						.msg_iovlen = 1};
	}
	for (;;) {
		int n;

		for (unsigned i = 0; i < SN_IO_BATCH; i++) {
			rx[i].msg_hdr.msg_namelen = sizeof(from[i]);
		}
		n = recvmmsg(fd, rx, SN_IO_BATCH, MSG_WAITFORONE, NULL);
		for (int at = 0; at < n;) {
			int r = sendmmsg(fd, tx + at, (unsigned)(n - at), 0);

			at += r > 0 ? r : 1;
		}
	}
}

static pid_t start_echo(void)
{
	struct sn_addr any = {.in = {.sin_family = AF_INET}};
	socklen_t len = sizeof(any.in);
	int size = RCVBUF;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (fd < 0 || bind(fd, &any.sa, len) || getsockname(fd, &any.sa, &len)) {
		die("echo socket");
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size))) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	port = any.in.sin_port;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(1);
		echo_for_ever(fd);
	}
	close(fd);
	return pid;
}

static void on_rx(void *ctx, const struct sn_io_rx *pk)
{
	struct bench_case *c = ctx;

	if (pk->data.n == ANSWER && c->out) {
		c->out--;
		c->done++;
	}
}

static void on_tx_error(void *ctx, uint32_t id, int err)
{
	fprintf(stderr, "bench_io: request %u: %s\n", id, sn_err_text(err));
	(void)ctx;
	exit(1);
}

/* Sends n requests, or as many as the kernel takes. */
static void send_requests(struct bench_case *c, unsigned n)
{
	static uint32_t next;
	struct sn_addr to = {.in = {.sin_family = AF_INET, .sin_port = port}};

	for (; n > 0; n--) {
		uint8_t *p = sn_io_tx_reserve(c->io, REQUEST);

		if (!p) {
			break;
		}
		memset(p, 0x55, REQUEST);
		to.in.sin_addr.s_addr = htonl(0x7f010000 + next++ % ADDRESSES);
		sn_io_tx_commit(c->io, 0, &to, sn_span_make(p, REQUEST), next);
		c->out++;
	}
	(void)sn_io_flush(c->io);
}

/* What may be sent now. */
static unsigned allowed(const struct bench_case *c, uint64_t since_start, uint64_t sent)
{
	uint64_t due = c->rate ? c->rate * since_start / SN_NS_PER_SEC : UINT64_MAX;
	uint64_t n = due > sent ? due - sent : 0;

	return n < c->window - c->out ? (unsigned)n : c->window - c->out;
}

/* Waits for what is under way; what does not come within 100 ms is lost. */
static void settle(struct bench_case *c)
{
	uint64_t last = c->done;
	uint64_t end = sn_io_now(c->io) + 100 * SN_NS_PER_MS;

	while (c->out && sn_io_now(c->io) < end) {
		(void)sn_io_wait(c->io, end);
		(void)sn_io_flush(c->io);
		if (c->done != last) {
			last = c->done;
			end = sn_io_now(c->io) + 100 * SN_NS_PER_MS;
		}
	}
	c->lost += c->out;
	c->out = 0;
}

static void run_slice(struct bench_case *c, unsigned round, uint64_t length)
{
	double busy[2];
	double all[2];
	double own = cpu_seconds(RUSAGE_SELF);
	uint64_t start = sn_io_now(c->io);
	uint64_t done = c->done;
	uint64_t sent = 0;
	uint64_t now = start;
	uint64_t took;

	host_seconds(&busy[0], &all[0]);
	while (now - start < length) {
		unsigned n = allowed(c, now - start, sent);

		send_requests(c, n);
		sent += n;
		(void)sn_io_wait(c->io, now + TICK_MS * SN_NS_PER_MS);
		now = sn_io_now(c->io);
	}
	settle(c);
	took = sn_io_now(c->io) - start;
	own = cpu_seconds(RUSAGE_SELF) - own;
	host_seconds(&busy[1], &all[1]);
	done = c->done - done;
	c->slice[round].cpu_us = done ? 1e6 * own / (double)done : 0;
	c->slice[round].rate = (double)done * 1e9 / (double)took;
	/* The echo process costs about as much as we do. */
	c->slice[round].busy =
		all[1] > all[0] ? (busy[1] - busy[0] - 2 * own) / (all[1] - all[0]) : 0;
}

static void print_case(const struct bench_case *c, unsigned rounds)
{
	const struct bench_case *base = &cases[c->base];
	double cpu[ROUNDS_MAX];
	double rate[ROUNDS_MAX];
	double ratio[ROUNDS_MAX];
	unsigned quiet = 0;
	unsigned n = 0;
	char pace[16] = "none";

	for (unsigned r = 0; r < rounds; r++) {
		quiet += c->slice[r].busy <= BUSY_MAX;
	}
	for (unsigned r = 0; r < rounds; r++) {
		/* Where hardly a slice was quiet, all count; the last column says so. */
		if ((quiet >= QUIET_MIN && c->slice[r].busy > BUSY_MAX) ||
		    c->slice[r].cpu_us <= 0 || base->slice[r].cpu_us <= 0) {
			continue;
		}
		cpu[n] = c->slice[r].cpu_us;
		rate[n] = c->slice[r].rate;
		ratio[n++] = c->slice[r].cpu_us / base->slice[r].cpu_us;
	}
	if (c->rate) {
		snprintf(pace, sizeof(pace), "%u/s", c->rate);
	}
	printf("%-8s %8u %8u %8s %8.2f %8.2f %8.0f %8llu %6u\n", c->io->ops->name, c->min_wait_us,
	       c->window, pace, runs_median(cpu, n), runs_median(ratio, n),
	       runs_median(rate, n) / 1000, (unsigned long long)c->lost, quiet);
}

static void open_cases(void)
{
	for (unsigned i = 0; i < CASES; i++) {
		struct bench_case *c = &cases[i];
		struct sn_io_config cfg = {.backend = c->backend,
					   .sockets4 = 1,
					   .rcvbuf = RCVBUF,
					   .min_wait_us = c->min_wait_us};
		struct sn_io_handler h = {.ctx = c, .rx = on_rx, .tx_error = on_tx_error};
		char why[128];

		if (sn_io_open(&cfg, &c->io, why)) {
			fprintf(stderr, "bench_io: left out: %s\n", why);
			c->io = NULL;
			continue;
		}
		sn_io_set_handler(c->io, &h);
	}
}

/* Every case once a round, in an order of its own. False: a case got no answers. */
static bool run_rounds(unsigned rounds, uint64_t length)
{
	struct sn_rng rng;
	bool ok = true;

	sn_rng_init_seed(&rng, 1);
	for (unsigned r = 0; r < rounds; r++) {
		unsigned order[CASES];

		for (unsigned i = 0; i < CASES; i++) {
			unsigned k = (unsigned)sn_rng_below(&rng, i + 1);

			order[i] = order[k];
			order[k] = i;
		}
		for (unsigned i = 0; i < CASES; i++) {
			struct bench_case *c = &cases[order[i]];

			if (c->io) {
				run_slice(c, r, length);
				ok = ok && c->slice[r].cpu_us > 0;
			}
		}
	}
	return ok;
}

int main(int argc, char **argv)
{
	bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
	double seconds = quick ? 3 : argc > 1 ? atof(argv[1]) : 54;
	unsigned rounds = quick ? 3 : 9;
	uint64_t length;
	pid_t echo;
	bool ok;

	if (seconds < 1 || seconds > 600) {
		fprintf(stderr, "usage: bench_io [--quick | SECONDS]\n");
		return 2;
	}
	length = (uint64_t)(seconds * 1e9 / (rounds * CASES));
	echo = start_echo();
	pin(0);
	open_cases();
	ok = run_rounds(rounds, length);
	printf("%-8s %8s %8s %8s %8s %8s %8s %8s %6s\n", "backend", "min_wait", "window", "pace",
	       "cpu us", "ratio", "k RTT/s", "lost", "quiet");
	for (unsigned i = 0; i < CASES; i++) {
		if (cases[i].io) {
			print_case(&cases[i], rounds);
			sn_io_close(cases[i].io);
		}
	}
	kill(echo, SIGKILL);
	waitpid(echo, NULL, 0);
	if (!ok) {
		fprintf(stderr, "bench_io: a case got no answers\n");
	}
	return ok ? 0 : 1;
}

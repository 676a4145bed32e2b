/*
 * Does a collector stay as cheap a target when there are a thousand times as many? One worker polls
 * N simulated devices every five minutes in virtual time (io/fake), the whole of it in one process:
 * CPU a round and memory a target from 10^3 to 10^6 devices, which should be the same figures.
 *
 * The devices and the network cost CPU as well, and it grows with nothing; it is measured apart:
 * the worker's io is wrapped, and time spent inside it (but not in the calls it makes back) is the
 * network's. The processor's time of the process is divided in that proportion, so other load on
 * the machine does not move the figure much. Each size runs in a process of its own; the first
 * interval is not counted (memory is taken then), the figure is the median of slices.
 *
 * bench_scale [--quick] [--devices N,N,...] [--rows R] [--day | --rounds MAX] [--json FILE]
 *   --rows R     a table of R interfaces, five columns, instead of a GET of ten scalars
 *   --day        288 intervals each; else as many as MAX rounds allow, at least two and at most 288
 */
#include "support/swarm.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SIZES_MAX = 16,
	SLICES = 11,
	INTERVALS_A_DAY = 288,
	ROUNDS_DEFAULT = 3000000,
	CALIBRATION = 1000000,
};

#define INTERVAL_NS (300 * SN_NS_PER_SEC)

/* What one size came to; goes through a pipe. */
struct result {
	uint32_t targets;
	uint32_t intervals;	  /* counted */
	uint64_t rounds;	  /* counted */
	double cpu_us;		  /* a round, all of it; median */
	double collector_us;	  /* of this the collector's; median */
	double quiet_us;	  /* the same, lower quartile: other load disturbs it less */
	double requests;	  /* a round, retransmissions included */
	double varbinds;	  /* a round */
	double turns;		  /* a round */
	double spec_bytes;	  /* heap a target: configuration */
	double target_bytes;	  /* the collector's list and slab */
	double first_round_bytes; /* taken by the first rounds */
	double later_bytes;	  /* taken after them */
	double rss_bytes;	  /* growth of the resident set a target */
	double late_p99_ms;	  /* virtual */
	double late_max_ms;	  /* virtual */
	double longest_turn_ms;	  /* real, between two looks at the sockets */
	double wall_s;		  /* real, the whole run */
	uint64_t unaccounted;	  /* rounds started and not recorded, or lost otherwise */
	uint64_t wrong;		  /* rows that are not the agent's */
};

struct options {
	uint32_t size[SIZES_MAX]; /* devices */
	unsigned nsizes;
	uint32_t rows;
	uint64_t rounds;  /* most for a size */
	const char *json; /* NULL: none */
	bool quick;
};

/* The processor's own clock where there is one: it is read twice for each datagram. */
static uint64_t ticks(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#else
	return sn_clock_mono();
#endif
}

enum side { COLLECTOR, NETWORK };

/* An io around another one that knows how long who was at work. */
struct meter {
	struct sn_io io;     /* given to the worker */
	struct sn_io *inner; /* the scripted network */
	uint64_t spent[2];   /* ticks by side */
	uint64_t crossings;  /* changes of side */
	uint64_t last;	     /* ticks at the last change */
	uint64_t turn_began; /* spent[COLLECTOR] at the end of the last wait */
	uint64_t longest;    /* ticks of the collector between two waits */
};

static struct meter *meter_of(struct sn_io *io)
{
	return (struct meter *)(void *)io;
}

/* From here on the time is the other side's. */
static void cross(struct meter *m, enum side from)
{
	uint64_t now = ticks();

	m->spent[from] += now - m->last;
	m->last = now;
	m->crossings++;
}

static void meter_rx(void *ctx, const struct sn_io_rx *pk)
{
	struct meter *m = ctx;

	cross(m, NETWORK);
	m->io.handler.rx(m->io.handler.ctx, pk);
	cross(m, COLLECTOR);
}

static void meter_tx_error(void *ctx, uint32_t id, int err)
{
	struct meter *m = ctx;

	m->io.handler.tx_error(m->io.handler.ctx, id, err);
}

static void meter_close(struct sn_io *io)
{
	sn_io_close(meter_of(io)->inner);
}

static uint64_t meter_now(struct sn_io *io)
{
	return sn_io_now(meter_of(io)->inner);
}

static uint64_t meter_wall(struct sn_io *io)
{
	return sn_io_wall(meter_of(io)->inner);
}

static uint8_t *meter_reserve(struct sn_io *io, size_t cap)
{
	return sn_io_tx_reserve(meter_of(io)->inner, cap);
}

static void meter_commit(struct sn_io *io, unsigned sock, const struct sn_addr *to,
			 struct sn_span msg, uint32_t id)
{
	struct meter *m = meter_of(io);

	cross(m, COLLECTOR);
	sn_io_tx_commit(m->inner, sock, to, msg, id);
	cross(m, NETWORK);
}

static int meter_flush(struct sn_io *io)
{
	return sn_io_flush(meter_of(io)->inner);
}

static int meter_wait(struct sn_io *io, uint64_t until)
{
	struct meter *m = meter_of(io);
	uint64_t turn;
	int rc;

	cross(m, COLLECTOR);
	turn = m->spent[COLLECTOR] - m->turn_began;
	m->longest = turn > m->longest ? turn : m->longest;
	rc = sn_io_wait(m->inner, until);
	cross(m, NETWORK);
	m->turn_began = m->spent[COLLECTOR];
	return rc;
}

static void meter_poll_drops(struct sn_io *io)
{
	io->stats = meter_of(io)->inner->stats;
}

static int meter_local(struct sn_io *io, unsigned sock, struct sn_addr *local)
{
	return sn_io_local(meter_of(io)->inner, sock, local);
}

static const struct sn_io_ops meter_ops = {
	.name = "metered",
	.close = meter_close,
	.now = meter_now,
	.wall = meter_wall,
	.tx_reserve = meter_reserve,
	.tx_commit = meter_commit,
	.flush = meter_flush,
	.wait = meter_wait,
	.poll_drops = meter_poll_drops,
	.local = meter_local,
};

static struct sn_io *meter_wrap(void *ctx, struct sn_io *inner)
{
	struct meter *m = ctx;
	struct sn_io_handler h = {.ctx = m, .rx = meter_rx, .tx_error = meter_tx_error};

	m->inner = inner;
	m->io = *inner;
	m->io.ops = &meter_ops;
	m->last = ticks();
	sn_io_set_handler(inner, &h);
	return &m->io;
}

/* Ticks that one change of side costs by itself. */
static double crossing_cost(void)
{
	static struct meter m;
	uint64_t began = ticks();

	for (int i = 0; i < CALIBRATION; i++) {
		cross(&m, (enum side)(i & 1));
	}
	return (double)(ticks() - began) / CALIBRATION;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long all = 0;
	long pages = 0;

	if (f) {
		if (fscanf(f, "%ld %ld", &all, &pages) != 2) {
			pages = 0;
		}
		fclose(f);
	}
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static struct swarm s;
static struct meter m;

/* The CPU figures, from slices of virtual time. */
static void measure(struct result *r, uint64_t ns, double cost)
{
	double cpu[SLICES];
	double collector[SLICES];
	uint64_t rounds = s.rounds;

	for (int i = 0; i < SLICES; i++) {
		struct meter before = m;
		uint64_t began = sn_clock_read(CLOCK_PROCESS_CPUTIME_ID);
		uint64_t done = s.rounds;
		double used;
		double mine;
		double all;
		double over;

		swarm_run(&s, ns / SLICES);
		used = (double)(sn_clock_read(CLOCK_PROCESS_CPUTIME_ID) - began) / 1000;
		done = s.rounds - done;
		/* the meter's own time is nobody's */
		over = cost * (double)(m.crossings - before.crossings);
		mine = (double)(m.spent[COLLECTOR] - before.spent[COLLECTOR]) - over / 2;
		all = mine + (double)(m.spent[NETWORK] - before.spent[NETWORK]) + over / 2;
		cpu[i] = used / (double)done;
		collector[i] = used * mine / all / (double)done;
	}
	qsort(cpu, SLICES, sizeof(double), by_size);
	qsort(collector, SLICES, sizeof(double), by_size);
	r->rounds = s.rounds - rounds;
	r->cpu_us = cpu[SLICES / 2];
	r->collector_us = collector[SLICES / 2];
	r->quiet_us = collector[SLICES / 4];
}

/* The whole run of one size. */
static void run_size(const struct options *opt, uint32_t targets, struct result *r)
{
	struct swarm_config cfg = {.targets = targets,
				   .rows = opt->rows,
				   .encoder = "influx",
				   .check = opt->quick,
				   .wrap = meter_wrap,
				   .wrap_ctx = &m};
	uint64_t began = sn_clock_mono();
	uint64_t tick = ticks();
	double cost = crossing_cost();
	double n = targets;
	double rss = resident();
	uint64_t started;
	uint64_t turns;
	size_t heap;

	r->targets = targets;
	r->intervals = (uint32_t)(opt->rounds / targets);
	r->intervals = r->intervals < 2 ? 2 : r->intervals;
	r->intervals = r->intervals > INTERVALS_A_DAY ? INTERVALS_A_DAY : r->intervals;
	swarm_open(&s, &cfg);
	swarm_run(&s, INTERVAL_NS + SN_NS_PER_SEC);
	heap = swarm_heap();
	turns = swarm_counter(&s, SN_C_LOOPS);
	m.longest = 0;
	measure(r, r->intervals * INTERVAL_NS, cost);
	r->turns = (double)(swarm_counter(&s, SN_C_LOOPS) - turns) / (double)r->rounds;
	r->rss_bytes = (resident() - rss) / n;
	r->spec_bytes = (double)s.memory.specs / n;
	r->target_bytes = (double)s.memory.targets / n;
	r->first_round_bytes = ((double)heap - (double)s.memory.before - (double)s.memory.specs -
				(double)s.memory.targets) /
			       n;
	r->later_bytes = ((double)swarm_heap() - (double)heap) / n;
	r->requests = (double)(s.requests + s.retries) / (double)s.rounds;
	r->varbinds = (double)s.varbinds / (double)s.rounds;
	r->late_p99_ms = (double)sn_hist_quantile(&s.c.lateness, 0.99) / 1e6;
	r->late_max_ms = (double)s.most_late / 1e6;
	r->wall_s = (double)(sn_clock_mono() - began) / 1e9;
	r->longest_turn_ms = (double)m.longest * r->wall_s / (double)(ticks() - tick) * 1e3;
	r->unaccounted = !swarm_finish(&s);
	started = swarm_counter(&s, SN_C_ROUNDS_STARTED);
	r->unaccounted += started > s.rounds ? started - s.rounds : s.rounds - started;
	r->unaccounted += s.rounds - s.by_status[SN_ROUND_OK] + s.skipped;
	r->wrong = s.wrong;
	swarm_close(&s);
}

/* In a process of its own, so that no size inherits the heap of another. */
static bool run_apart(const struct options *opt, uint32_t targets, struct result *r)
{
	int ends[2];
	int status;
	pid_t pid;
	bool whole;

	memset(r, 0, sizeof(*r));
	fflush(NULL);
	if (pipe(ends) || (pid = fork()) < 0) {
		perror("bench_scale");
		return false;
	}
	if (pid == 0) {
		run_size(opt, targets, r);
		_exit(write(ends[1], r, sizeof(*r)) == (ssize_t)sizeof(*r) ? 0 : 1);
	}
	close(ends[1]);
	whole = read(ends[0], r, sizeof(*r)) == (ssize_t)sizeof(*r);
	close(ends[0]);
	return waitpid(pid, &status, 0) == pid && status == 0 && whole;
}

static double bytes_of(const struct result *r)
{
	return r->spec_bytes + r->target_bytes + r->first_round_bytes + r->later_bytes;
}

static void print_head(const struct options *opt)
{
	if (opt->rows) {
		printf("a table of %u interfaces, 5 columns, every 5 min\n", opt->rows);
	} else {
		printf("a GET of 10 scalars and sysUpTime, every 5 min\n");
	}
	printf("%9s %9s %6s | %9s %8s %8s %6s | %6s %6s | %7s %7s %7s %7s %7s %7s | %8s %8s %9s\n",
	       "devices", "rounds", "hours", "us/round", "of this", "lower", "ratio", "req/",
	       "turns/", "config", "target", "1st rd", "later", "B/targ.", "RSS/t.", "late p99",
	       "late max", "turn max");
	printf("%9s %9s %6s | %9s %8s %8s %6s | %6s %6s | %7s %7s %7s %7s %7s %7s | %8s %8s %9s\n",
	       "", "counted", "", "all", "sonde", "quart.", "", "round", "round", "B", "B", "B",
	       "B", "heap", "B", "ms", "ms", "ms real");
}

static void print_row(const struct result *r, const struct result *first)
{
	printf("%9u %9lu %6.1f | %9.3f %8.3f %8.3f %6.2f | %6.2f %6.2f | "
	       "%7.1f %7.1f %7.1f %7.1f %7.1f %7.1f | %8.3f %8.3f %9.3f\n",
	       r->targets, r->rounds, r->intervals / 12.0, r->cpu_us, r->collector_us, r->quiet_us,
	       r->collector_us / first->collector_us, r->requests, r->turns, r->spec_bytes,
	       r->target_bytes, r->first_round_bytes, r->later_bytes, bytes_of(r), r->rss_bytes,
	       r->late_p99_ms, r->late_max_ms, r->longest_turn_ms);
	fflush(stdout);
}

static void write_json(const struct options *opt, const struct result *r, unsigned n)
{
	FILE *f = fopen(opt->json, "w");

	if (!f) {
		fprintf(stderr, "bench_scale: %s: %s\n", opt->json, strerror(errno));
		exit(2);
	}
	fprintf(f, "{\"bench\":\"scale\",\"interval_s\":300,\"table_rows\":%u,\"sizes\":[",
		opt->rows);
	for (unsigned i = 0; i < n; i++, r++) {
		fprintf(f,
			"%s\n{\"devices\":%u,\"rounds\":%lu,\"virtual_s\":%u,\"cpu_us\":%.4f,"
			"\"collector_us\":%.4f,\"collector_us_q1\":%.4f,\"requests\":%.4f,"
			"\"varbinds\":%.3f,\"turns\":%.4f,\"config_bytes\":%.2f,"
			"\"target_bytes\":%.2f,\"first_round_bytes\":%.2f,\"later_bytes\":%.2f,"
			"\"heap_bytes\":%.2f,\"rss_bytes\":%.2f,\"late_p99_ms\":%.4f,"
			"\"late_max_ms\":%.4f,\"longest_turn_ms\":%.4f,\"wall_s\":%.2f}",
			i ? "," : "", r->targets, r->rounds, r->intervals * 300, r->cpu_us,
			r->collector_us, r->quiet_us, r->requests, r->varbinds, r->turns,
			r->spec_bytes, r->target_bytes, r->first_round_bytes, r->later_bytes,
			bytes_of(r), r->rss_bytes, r->late_p99_ms, r->late_max_ms,
			r->longest_turn_ms, r->wall_s);
	}
	fprintf(f, "\n]}\n");
	if (fclose(f)) {
		perror(opt->json);
		exit(2);
	}
}

static void usage(void)
{
	fprintf(stderr, "usage: bench_scale [--quick] [--devices N,N,...] [--rows R] "
			"[--day | --rounds MAX] [--json FILE]\n");
	exit(2);
}

static uint64_t number(const char *text, char **end, uint64_t max)
{
	uint64_t n;

	errno = 0;
	n = strtoull(text, end, 10);
	if (errno || *end == text || n == 0 || n > max || *text == '-') {
		usage();
	}
	return n;
}

static void read_sizes(struct options *opt, const char *text)
{
	char *end;

	opt->nsizes = 0;
	for (;;) {
		if (opt->nsizes == SIZES_MAX) {
			usage();
		}
		opt->size[opt->nsizes++] = (uint32_t)number(text, &end, CROWD_AGENTS_MAX);
		if (*end == '\0') {
			return;
		}
		if (*end != ',') {
			usage();
		}
		text = end + 1;
	}
}

static void read_options(struct options *opt, int argc, char **argv)
{
	static const struct option longs[] = {{"quick", no_argument, NULL, 'q'},
					      {"devices", required_argument, NULL, 'd'},
					      {"rows", required_argument, NULL, 'r'},
					      {"day", no_argument, NULL, 'D'},
					      {"rounds", required_argument, NULL, 'n'},
					      {"json", required_argument, NULL, 'j'},
					      {NULL, 0, NULL, 0}};
	char none = 0;
	char *end = &none;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (c) {
		case 'q':
			opt->quick = true;
			opt->rounds = 20000;
			read_sizes(opt, "1000,10000");
			break;
		case 'd':
			read_sizes(opt, optarg);
			break;
		case 'r':
			opt->rows = (uint32_t)number(optarg, &end, 100000);
			break;
		case 'D':
			opt->rounds = UINT64_MAX;
			break;
		case 'n':
			opt->rounds = number(optarg, &end, UINT64_MAX);
			break;
		case 'j':
			opt->json = optarg;
			break;
		default:
			usage();
		}
		if (*end) {
			usage();
		}
	}
	if (optind != argc) {
		usage();
	}
}

int main(int argc, char **argv)
{
	struct options opt = {
		.size = {1000, 10000, 100000, 1000000}, .nsizes = 4, .rounds = ROUNDS_DEFAULT};
	struct result r[SIZES_MAX];
	int rc = 0;

	read_options(&opt, argc, argv);
	print_head(&opt);
	for (unsigned i = 0; i < opt.nsizes; i++) {
		if (!run_apart(&opt, opt.size[i], &r[i])) {
			fprintf(stderr, "bench_scale: the run of %u devices failed\n", opt.size[i]);
			return 1;
		}
		print_row(&r[i], &r[0]);
		if (r[i].unaccounted || r[i].wrong) {
			fprintf(stderr, "bench_scale: %lu rounds lost or not ok, %lu rows wrong\n",
				r[i].unaccounted, r[i].wrong);
			rc = 1;
		}
	}
	if (opt.json) {
		write_json(&opt, r, opt.nsizes);
	}
	return rc;
}

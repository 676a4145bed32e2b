/*
 * bench_floor: the program. Reads options, runs the client once, prints what it cost; --quick
 * checks both modes against an echo of its own.
 */
#include "floor.h"

#include "base/addr.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"usage: bench_floor [OPTIONS]\n"
	"\n"
	"Sends ready-made requests and counts answers; what the kernel takes for them.\n"
	"\n"
	"  --first ADDR:PORT   the first device (127.1.0.1:16100)\n"
	"  --devices N         so many, each at the next address (1)\n"
	"  --window N          requests under way to each device (1)\n"
	"  --rate N            requests a second of all; absent: as fast as answers come\n"
	"  --mode MODE         mmsg (sendmmsg, recvmmsg) or hybrid (sendmmsg, io_uring)\n"
	"  --min-wait US       how long a wait gathers answers (200)\n"
	"  --timeout MS        after that a request is lost (1000)\n"
	"  --duration SECONDS  (2)\n"
	"  --community NAME    of the requests after it (public)\n"
	"  --get OID,...       a GET; requests add up to a list that each device goes through\n"
	"  --bulk N:M:OID,...  a GETBULK with non-repeaters and max-repetitions\n"
	"  --requests FILE     messages, a line of hexadecimal digits each, sent as they are but\n"
	"                      for their request-id\n"
	"  --json              one object instead of a line of text\n"
	"  --quick             check both modes, a second\n";

enum option_number {
	OPT_FIRST = 1,
	OPT_DEVICES,
	OPT_WINDOW,
	OPT_RATE,
	OPT_MODE,
	OPT_MIN_WAIT,
	OPT_TIMEOUT,
	OPT_DURATION,
	OPT_COMMUNITY,
	OPT_GET,
	OPT_BULK,
	OPT_REQUESTS,
	OPT_JSON,
	OPT_QUICK,
	OPT_HELP,
};

static const struct option options[] = {
	{"first", required_argument, NULL, OPT_FIRST},
	{"devices", required_argument, NULL, OPT_DEVICES},
	{"window", required_argument, NULL, OPT_WINDOW},
	{"rate", required_argument, NULL, OPT_RATE},
	{"mode", required_argument, NULL, OPT_MODE},
	{"min-wait", required_argument, NULL, OPT_MIN_WAIT},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"duration", required_argument, NULL, OPT_DURATION},
	{"community", required_argument, NULL, OPT_COMMUNITY},
	{"get", required_argument, NULL, OPT_GET},
	{"bulk", required_argument, NULL, OPT_BULK},
	{"requests", required_argument, NULL, OPT_REQUESTS},
	{"json", no_argument, NULL, OPT_JSON},
	{"quick", no_argument, NULL, OPT_QUICK},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

struct command {
	struct floor_config cfg;   /* what to do */
	struct floor_requests rqs; /* what to send */
	const char *community;	   /* of the next request */
	bool json;		   /* how the result is printed */
	bool quick;		   /* check only */
	bool help;		   /* explain only */
};

static bool read_address(const char *text, struct sockaddr_in *out)
{
	char host[INET_ADDRSTRLEN];
	unsigned port;
	int end = 0;

	*out = (struct sockaddr_in){.sin_family = AF_INET};
	if (sscanf(text, "%15[0-9.]:%u%n", host, &port, &end) != 2 || text[end] || port == 0 ||
	    port > 65535 || inet_pton(AF_INET, host, &out->sin_addr) != 1) {
		return false;
	}
	out->sin_port = htons((uint16_t)port);
	return true;
}

/* A number from min to max. */
static bool read_number(const char *text, double min, double max, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0' && *out >= min && *out <= max;
}

static bool read_count(const char *text, unsigned min, unsigned max, unsigned *out)
{
	double v;

	if (!read_number(text, min, max, &v)) {
		return false;
	}
	*out = (unsigned)v;
	return true;
}

static bool read_ns(const char *text, double unit_ns, uint64_t *out)
{
	double v;

	if (!read_number(text, 1e6 / unit_ns, 3.6e12 / unit_ns, &v)) {
		return false;
	}
	*out = (uint64_t)(v * unit_ns);
	return true;
}

static bool read_mode(const char *text, enum floor_mode *mode)
{
	*mode = strcmp(text, "hybrid") == 0 ? FLOOR_HYBRID : FLOOR_MMSG;
	return *mode == FLOOR_HYBRID || strcmp(text, "mmsg") == 0;
}

static bool take_option(struct command *cmd, int number)
{
	switch (number) {
	case OPT_FIRST:
		return read_address(optarg, &cmd->cfg.first);
	case OPT_DEVICES:
		return read_count(optarg, 1, 1u << FLOOR_SLOT_BITS, &cmd->cfg.devices);
	case OPT_WINDOW:
		return read_count(optarg, 1, 1024, &cmd->cfg.window);
	case OPT_RATE:
		return read_count(optarg, 1, 10000000, &cmd->cfg.rate);
	case OPT_MODE:
		return read_mode(optarg, &cmd->cfg.mode);
	case OPT_MIN_WAIT:
		return read_count(optarg, 0, 100000, &cmd->cfg.min_wait_us);
	case OPT_TIMEOUT:
		return read_ns(optarg, 1e6, &cmd->cfg.timeout_ns);
	case OPT_DURATION:
		return read_ns(optarg, 1e9, &cmd->cfg.duration_ns);
	case OPT_COMMUNITY:
		cmd->community = optarg;
		return true;
	case OPT_GET:
		return floor_requests_add(&cmd->rqs, cmd->community, optarg);
	case OPT_BULK:
		return floor_requests_add_bulk(&cmd->rqs, cmd->community, optarg);
	case OPT_REQUESTS:
		return floor_requests_read(&cmd->rqs, optarg);
	case OPT_JSON:
		cmd->json = true;
		return true;
	case OPT_QUICK:
		cmd->quick = true;
		return true;
	default:
		cmd->help = number == OPT_HELP;
		return cmd->help;
	}
}

static bool read_options(struct command *cmd, int argc, char **argv)
{
	int which = 0;
	int number;

	while ((number = getopt_long(argc, argv, "", options, &which)) != -1) {
		if (number == '?') {
			return false;
		}
		if (!take_option(cmd, number)) {
			fprintf(stderr, "bench_floor: --%s: not understood: %s\n",
				options[which].name, optarg ? optarg : "");
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "bench_floor: %s: no option\n", argv[optind]);
		return false;
	}
	if ((uint64_t)cmd->cfg.devices * cmd->cfg.window > 1u << FLOOR_SLOT_BITS) {
		fprintf(stderr, "bench_floor: more than %u under way\n", 1u << FLOOR_SLOT_BITS);
		return false;
	}
	if (!cmd->rqs.n && !cmd->quick && !cmd->help) {
		fprintf(stderr, "bench_floor: nothing to send (--get, --bulk, --requests)\n");
		return false;
	}
	return true;
}

static void print_result(const struct command *cmd, const struct floor_result *res)
{
	double cpu = res->user + res->system;
	double each = res->answers ? 1e6 * cpu / (double)res->answers : 0;
	const char *mode = cmd->cfg.mode == FLOOR_HYBRID ? "hybrid" : "mmsg";

	if (cmd->json) {
		printf("{\"mode\": \"%s\", \"requests\": %llu, \"answers\": %llu, \"lost\": %llu, "
		       "\"strange\": %llu, \"octets\": %llu, \"seconds\": %.6f, \"user\": %.6f, "
		       "\"system\": %.6f, \"us_per_answer\": %.4f}\n",
		       mode, (unsigned long long)res->requests, (unsigned long long)res->answers,
		       (unsigned long long)res->lost, (unsigned long long)res->strange,
		       (unsigned long long)res->octets, res->seconds, res->user, res->system, each);
		return;
	}
	printf("%s: %llu requests, %llu answers, %llu lost in %.2f s: %.0f/s, %.2f us of CPU for "
	       "each (%.2f user, %.2f kernel)\n",
	       mode, (unsigned long long)res->requests, (unsigned long long)res->answers,
	       (unsigned long long)res->lost, res->seconds, (double)res->answers / res->seconds,
	       each, each * res->user / (cpu > 0 ? cpu : 1),
	       each * res->system / (cpu > 0 ? cpu : 1));
}

/* Sends everything back where it came from, until killed. */
static void echo_for_ever(int fd)
{
	uint8_t buf[2048];
	struct sn_addr from;

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, &from.sa, &len);

		if (n > 0) {
			(void)sendto(fd, buf, (size_t)n, 0, &from.sa, len);
		}
	}
}

static pid_t start_echo(struct sockaddr_in *at)
{
	struct sn_addr any = {
		.in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(any.in);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (fd < 0 || bind(fd, &any.sa, len) || getsockname(fd, &any.sa, &len)) {
		perror("bench_floor: echo");
		exit(1);
	}
	*at = any.in;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo_for_ever(fd);
	}
	close(fd);
	return pid;
}

/* Both modes, several requests of different length; every request has its answer. */
static bool check_modes(struct command *cmd)
{
	pid_t echo = start_echo(&cmd->cfg.first);
	bool ok = floor_requests_add(&cmd->rqs, "public", "1.3.6.1.2.1.1.3.0") &&
		  floor_requests_add_bulk(&cmd->rqs, "public", "0:25:1.3.6.1.2.1.2,1.3.6.1.2.1.31");

	cmd->cfg.window = 100;
	cmd->cfg.duration_ns = SN_NS_PER_SEC / 2;
	for (int mode = FLOOR_MMSG; ok && mode <= FLOOR_HYBRID; mode++) {
		struct floor_result res;

		cmd->cfg.mode = (enum floor_mode)mode;
		ok = floor_run(&cmd->cfg, &cmd->rqs, &res);
		if (ok) {
			print_result(cmd, &res);
			ok = res.answers >= 1000 && res.answers == res.requests && !res.strange;
		}
	}
	kill(echo, SIGKILL);
	waitpid(echo, NULL, 0);
	return ok;
}

int main(int argc, char **argv)
{
	struct command cmd = {.community = "public",
			      .cfg = {.mode = FLOOR_HYBRID,
				      .devices = 1,
				      .window = 1,
				      .min_wait_us = 200,
				      .timeout_ns = SN_NS_PER_SEC,
				      .duration_ns = 2 * SN_NS_PER_SEC}};
	struct floor_result res;
	int status = 0;

	(void)read_address("127.1.0.1:16100", &cmd.cfg.first);
	if (!read_options(&cmd, argc, argv)) {
		status = 2;
	} else if (cmd.help) {
		fputs(usage, stdout);
	} else if (cmd.quick) {
		status = check_modes(&cmd) ? 0 : 1;
	} else if (floor_run(&cmd.cfg, &cmd.rqs, &res)) {
		print_result(&cmd, &res);
		status = res.answers ? 0 : 1;
	} else {
		status = 1;
	}
	floor_requests_free(&cmd.rqs);
	return status;
}

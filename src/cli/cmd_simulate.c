/*
 * sonde simulate: reads its options and hands them to the daemon.
 */
#include "cli/cmd.h"

#include "daemon/simulate.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: sonde simulate [OPTIONS]\n"
	"\n"
	"Answers SNMP requests for many devices, each at an address of its own, until SIGTERM or\n"
	"SIGINT. Devices are made of recordings, or made up.\n"
	"\n"
	"  -n, --devices N        devices (default: 1, or all addresses of --listen)\n"
	"  -l, --listen WHERE     ADDR[/BITS][:PORT]; again for more (default: 127.0.0.1:16100,\n"
	"                         of several devices from 127.1.0.1:16100 upward)\n"
	"      --list[=FORMAT]    print the devices' addresses, as lines or file_sd, and end\n"
	"      --targets FILE     write them as file_sd once the sockets are open\n"
	"\n"
	"  -d, --data PATH        folder or file with recordings; again for more\n"
	"      --record AGENT     make a recording of a device, and end; with options of its own:\n"
	"                         sonde simulate --record --help\n"
	"      --interfaces N     interfaces of a made-up device (default: 48)\n"
	"      --synthetic        devices are made up although there are recordings\n"
	"      --seed N           other values, faults and engine IDs (default: 0)\n"
	"      --reboot-every T   a device restarts every T, each at its own moment\n"
	"      --reset-every T    an interface's counters begin anew every T\n"
	"      --writable         let SET change values, till the end\n"
	"\n"
	"  -c, --community NAME   of SNMPv1 and SNMPv2c (default: public, on loopback only)\n"
	"  -u, --user USER        NAME[:AUTH:PASSWORD[:PRIV:PASSWORD]]; again for more\n"
	"      --auths FILE       users and community from snmp_exporter's auths\n"
	"      --max-message N    octets of the largest answer, 484 to 65507 (default: 65507)\n"
	"      --fault SPEC       what goes wrong: loss=2%,delay=20ms,share=30%,...\n"
	"\n"
	"  -t, --threads N        workers (default: one per CPU)\n"
	"      --io BACKEND       auto, io_uring or recvmmsg\n"
	"      --duration TIME    end after TIME (60s, 5m, 1h)\n"
	"      --stats TIME       a line of statistics every TIME\n"
	"      --metrics FILE     counters for Prometheus, anew every 5 s\n"
	"      --json             statistics and summary as JSON on stdout\n"
	"  -q, --quiet            no progress, no summary\n"
	"  -h, --help             this text\n"
	"\n"
	"signals: SIGTERM, SIGINT, SIGHUP end; SIGUSR1 prints the state\n"
	"status:  0 all well, 1 something failed, 2 usage or configuration error\n";

enum {
	OPT_LIST = 256,
	OPT_TARGETS,
	OPT_INTERFACES,
	OPT_SYNTHETIC,
	OPT_SEED,
	OPT_REBOOT,
	OPT_RESET,
	OPT_WRITABLE,
	OPT_AUTHS,
	OPT_MAX_MESSAGE,
	OPT_FAULT,
	OPT_IO,
	OPT_DURATION,
	OPT_STATS,
	OPT_METRICS,
	OPT_JSON
};

static const struct option options[] = {{"devices", required_argument, NULL, 'n'},
					{"listen", required_argument, NULL, 'l'},
					{"list", optional_argument, NULL, OPT_LIST},
					{"targets", required_argument, NULL, OPT_TARGETS},
					{"data", required_argument, NULL, 'd'},
					{"interfaces", required_argument, NULL, OPT_INTERFACES},
					{"synthetic", no_argument, NULL, OPT_SYNTHETIC},
					{"seed", required_argument, NULL, OPT_SEED},
					{"reboot-every", required_argument, NULL, OPT_REBOOT},
					{"reset-every", required_argument, NULL, OPT_RESET},
					{"writable", no_argument, NULL, OPT_WRITABLE},
					{"community", required_argument, NULL, 'c'},
					{"user", required_argument, NULL, 'u'},
					{"auths", required_argument, NULL, OPT_AUTHS},
					{"max-message", required_argument, NULL, OPT_MAX_MESSAGE},
					{"fault", required_argument, NULL, OPT_FAULT},
					{"threads", required_argument, NULL, 't'},
					{"io", required_argument, NULL, OPT_IO},
					{"duration", required_argument, NULL, OPT_DURATION},
					{"stats", required_argument, NULL, OPT_STATS},
					{"metrics", required_argument, NULL, OPT_METRICS},
					{"json", no_argument, NULL, OPT_JSON},
					{"quiet", no_argument, NULL, 'q'},
					{"help", no_argument, NULL, 'h'},
					{NULL, 0, NULL, 0}};

static int usage_error(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "sonde simulate: %s: \"%s\" is not valid (expected %s)\n", option, value,
		expected);
	return SN_EXIT_USAGE;
}

static int set_number(const char *option, const char *text, int64_t min, int64_t max, int64_t *v)
{
	char expected[64];

	if (sn_scalar_int(text, v) == SN_OK && *v >= min && *v <= max) {
		return SN_EXIT_OK;
	}
	snprintf(expected, sizeof(expected), "a number from %lld to %lld", (long long)min,
		 (long long)max);
	return usage_error(option, text, expected);
}

static int set_uint32(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *v)
{
	int64_t wide = 0;
	int status = set_number(option, text, min, max, &wide);

	if (!status) {
		*v = (uint32_t)wide;
	}
	return status;
}

static int set_time(const char *option, const char *text, uint64_t *ns)
{
	if (sn_scalar_duration(text, ns) || *ns == 0) {
		return usage_error(option, text, "a time above 0, such as 30s, 1m30s, 500ms");
	}
	return SN_EXIT_OK;
}

static int add_text(const char *option, const char *text, struct sn_simulate_texts *to)
{
	if (to->n == SN_SIMULATE_MANY_MAX) {
		return usage_error(option, text, "at most 64 of these");
	}
	to->v[to->n++] = text;
	return SN_EXIT_OK;
}

static int set_backend(struct sn_simulate_options *opt, const char *text)
{
	static const char *const names[] = {
		[SN_IO_AUTO] = "auto", [SN_IO_URING] = "io_uring", [SN_IO_MMSG] = "recvmmsg"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			opt->backend = (enum sn_io_backend)i;
			return SN_EXIT_OK;
		}
	}
	return usage_error("--io", text, "auto, io_uring or recvmmsg");
}

static int set_list(struct sn_simulate_options *opt, const char *format)
{
	if (!format || strcmp(format, "lines") == 0) {
		opt->list = SN_SIMULATE_LIST_LINES;
	} else if (strcmp(format, "file_sd") == 0) {
		opt->list = SN_SIMULATE_LIST_FILE_SD;
	} else {
		return usage_error("--list", format, "lines or file_sd");
	}
	return SN_EXIT_OK;
}

static int set_fault(struct sn_simulate_options *opt, const char *text)
{
	char why[SN_FAULT_WHY];

	if (sn_fault_parse(text, &opt->fault, why)) {
		fprintf(stderr, "sonde simulate: --fault: %s\n", why);
		return SN_EXIT_USAGE;
	}
	opt->has_faults = true;
	return SN_EXIT_OK;
}

static int set_community(struct sn_simulate_options *opt, const char *text)
{
	if (text[0] == '\0' || strlen(text) > 255) {
		return usage_error("--community", text, "1 to 255 octets");
	}
	opt->community = text;
	return SN_EXIT_OK;
}

/* What a device is and who may ask it. -1: none of these options. */
static int set_device_option(struct sn_simulate_options *opt, int c)
{
	int64_t seed = 0;
	int status;

	switch (c) {
	case 'd':
		return add_text("--data", optarg, &opt->data);
	case 'c':
		return set_community(opt, optarg);
	case 'u':
		return add_text("--user", optarg, &opt->users);
	case OPT_AUTHS:
		opt->auths = optarg;
		return SN_EXIT_OK;
	case OPT_INTERFACES:
		return set_uint32("--interfaces", optarg, 1, 1000000, &opt->interfaces);
	case OPT_SYNTHETIC:
		opt->synthetic = true;
		return SN_EXIT_OK;
	case OPT_SEED:
		status = set_number("--seed", optarg, 0, INT64_MAX, &seed);
		opt->seed = (uint64_t)seed;
		return status;
	case OPT_REBOOT:
		return set_time("--reboot-every", optarg, &opt->reboot_ns);
	case OPT_RESET:
		return set_time("--reset-every", optarg, &opt->reset_ns);
	case OPT_WRITABLE:
		opt->writable = true;
		return SN_EXIT_OK;
	case OPT_MAX_MESSAGE:
		return set_uint32("--max-message", optarg, 484, 65507, &opt->max_message);
	case OPT_FAULT:
		return set_fault(opt, optarg);
	default:
		return -1;
	}
}

/* How the program runs, and what it tells. */
static int set_run_option(struct sn_simulate_options *opt, int c)
{
	switch (c) {
	case 'n':
		return set_uint32("--devices", optarg, 1, 4 << 20, &opt->devices);
	case 'l':
		return add_text("--listen", optarg, &opt->listen);
	case 't':
		return set_uint32("--threads", optarg, 1, 1024, &opt->threads);
	case 'q':
		opt->quiet = true;
		return SN_EXIT_OK;
	case OPT_LIST:
		return set_list(opt, optarg);
	case OPT_TARGETS:
		opt->targets = optarg;
		return SN_EXIT_OK;
	case OPT_IO:
		return set_backend(opt, optarg);
	case OPT_DURATION:
		return set_time("--duration", optarg, &opt->duration_ns);
	case OPT_METRICS:
		opt->metrics = optarg;
		return SN_EXIT_OK;
	case OPT_STATS:
		return set_time("--stats", optarg, &opt->stats_ns);
	case OPT_JSON:
		opt->json = true;
		return SN_EXIT_OK;
	default:
		fputs("try 'sonde simulate --help'\n", stderr);
		return SN_EXIT_USAGE;
	}
}

static int run(int argc, char **argv)
{
	struct sn_simulate_options opt;
	char name[] = "sonde simulate"; /* getopt's messages begin with it */
	int c;

	if (sn_record_wanted(argc, argv)) {
		return sn_record_command(argc, argv); /* a client's options, not an agent's */
	}
	sn_simulate_defaults(&opt);
	argv[0] = name;
	while ((c = getopt_long(argc, argv, "n:l:d:c:u:t:qh", options, NULL)) != -1) {
		int status;

		if (c == 'h') {
			fputs(usage, stdout);
			return SN_EXIT_OK;
		}
		status = set_device_option(&opt, c);
		if (status < 0) {
			status = set_run_option(&opt, c);
		}
		if (status) {
			return status;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"sonde simulate: unexpected argument \"%s\" "
			"(try 'sonde simulate --help')\n",
			argv[optind]);
		return SN_EXIT_USAGE;
	}
	return sn_daemon_simulate(&opt);
}

const struct sn_cmd sn_cmd_simulate = {
	.name = "simulate", .summary = "be many devices to poll: recorded or made up", .run = run};

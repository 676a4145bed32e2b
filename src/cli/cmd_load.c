/*
 * sonde load: reads its options and hands them to the daemon.
 */
#include "cli/cmd.h"

#include "daemon/daemon.h"
#include "daemon/load.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: sonde load [OPTIONS] AGENT...\n"
	"\n"
	"Load tests SNMP agents: says what it will send, sends it, says how fast they answered.\n"
	"AGENT is host, host:port or [v6]:port. The result goes to stdout, all else to stderr.\n"
	"\n"
	"as whom (Net-SNMP's letters; secrets also as ${VARIABLE} or @FILE):\n"
	"  -v 1|2c|3  -c COMMUNITY  -n CONTEXT\n"
	"  -u USER  -l LEVEL  -a AUTH  -A PASSWORD  -x PRIV  -X PASSWORD\n"
	"what:\n"
	"      --get OID,...        GET of these at once (default: sysUpTime.0)\n"
	"      --getnext OID,...    GETNEXT\n"
	"      --bulk OID,...       GETBULK, --repetitions N of each (default: 10)\n"
	"      --walk OID           requests of walks through this subtree\n"
	"      --mix get=N,...      shares of these (default: equal)\n"
	"      --targets FILE       one AGENT a line, - for stdin\n"
	"how:\n"
	"      --in-flight N        closed loop: so many at a time, all agents (default: 16)\n"
	"      --rate R             open loop: R requests/s, whatever comes back\n"
	"      --ramp TIME          time in which that is reached\n"
	"      --duration TIME      (default: 10s)\n"
	"      --requests N         end after so many\n"
	"      --timeout TIME       of one attempt (default: 1s)\n"
	"      --retries N          (default: 0)\n"
	"      --max-rate R         never more requests/s than this (default: 10000)\n"
	"      --yes                more than one agent outside this machine is meant\n"
	"      --check              say what would be sent, end\n"
	"      --find-max           find the rate up to which the agents keep up: steps of\n"
	"                           --step TIME (3s) from --rate R (100) up by --factor F (1.5)\n"
	"                           until --max-loss PERCENT (1) or --max-p99 TIME is exceeded\n"
	"      --threads N          (default: 1)\n"
	"      --io BACKEND         auto, io_uring or recvmmsg\n"
	"shown:\n"
	"      --json               the result as one JSON object\n"
	"      --histogram FILE     all latencies\n"
	"      --stats TIME         a line of progress so often (default: 1s on a terminal)\n"
	"  -q, --quiet              nothing but the result\n"
	"  -h, --help               this text\n"
	"\n"
	"signals: SIGINT and SIGTERM end the test with its result (twice: without waiting)\n"
	"status:  0 there were answers, 1 there was none, 2 usage error\n";

enum { OPT_YES = 256, OPT_CHECK, OPT_FIND_MAX, OPT_JSON, OPT_VALUES, OPTIONS_MAX = 64 };

static const struct option flags[] = {{"yes", no_argument, NULL, OPT_YES},
				      {"check", no_argument, NULL, OPT_CHECK},
				      {"find-max", no_argument, NULL, OPT_FIND_MAX},
				      {"json", no_argument, NULL, OPT_JSON},
				      {"quiet", no_argument, NULL, 'q'},
				      {"help", no_argument, NULL, 'h'}};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

/* The options with a value are the daemon's table. */
static void make_options(struct option *all)
{
	unsigned n = FLAGS;

	memcpy(all, flags, sizeof(flags));
	for (unsigned i = 0; i < sn_load_option_count() && n + 1 < OPTIONS_MAX; i++, n++) {
		all[n] = (struct option){.name = sn_load_option_name(i),
					 .has_arg = required_argument,
					 .val = OPT_VALUES + (int)i};
	}
	all[n] = (struct option){0};
}

static bool set_option(struct sn_load_options *opt, int c)
{
	switch (c) {
	case OPT_YES:
		opt->yes = true;
		return true;
	case OPT_CHECK:
		opt->check = true;
		return true;
	case OPT_FIND_MAX:
		opt->find_max = true;
		return true;
	case OPT_JSON:
		opt->json = true;
		return true;
	case 'q':
		opt->quiet = true;
		return true;
	default:
		break;
	}
	if (c >= OPT_VALUES) {
		return sn_load_option_set(opt, (unsigned)(c - OPT_VALUES), optarg);
	}
	if (sn_credentials_option(&opt->cred, c, optarg)) {
		return true;
	}
	fputs("try 'sonde load --help'\n", stderr);
	return false;
}

static int run(int argc, char **argv)
{
	struct sn_load_options opt = {0};
	struct option options[OPTIONS_MAX];
	char name[] = "sonde load"; /* getopt's messages begin with it */
	int c;

	argv[0] = name;
	make_options(options);
	sn_load_option_defaults(&opt);
	while ((c = getopt_long(argc, argv, SN_CREDENTIAL_LETTERS "qh", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return SN_EXIT_OK;
		}
		if (!set_option(&opt, c)) {
			return SN_EXIT_USAGE;
		}
	}
	opt.agents = argv + optind;
	opt.nagents = argc - optind;
	return sn_daemon_load(&opt);
}

const struct sn_cmd sn_cmd_load = {.name = "load", .summary = "load test agents", .run = run};

/*
 * sonde simulate --record: reads its options, which are those of a client, and hands them to the
 * daemon.
 */
#include "cli/cmd.h"

#include "daemon/daemon.h"
#include "daemon/record.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: sonde simulate --record AGENT -o FILE [OPTIONS]\n"
	"\n"
	"Walks a device into a recording (.snmprec), which sonde simulate and snmpsim serve.\n"
	"Users, communities and the command lines of programs are never recorded.\n"
	"\n"
	"      --record AGENT     host, host:port or [v6]:port\n"
	"  -o, --output FILE      where to; - for stdout. Replaced in one step, at the end\n"
	"      --start OID        begin behind this (default: 1.3.6)\n"
	"      --stop OID         end before this (default: at the end)\n"
	"      --timeout TIME     of one of four attempts (default: 2s)\n"
	"      --scramble KEY     replace addresses, serial numbers and names: the same ones\n"
	"                         always by the same for one KEY\n"
	"  -q, --quiet            no progress, no summary\n"
	"  -h, --help             this text\n"
	"\n"
	"as whom (Net-SNMP's letters; secrets and KEY also as ${VARIABLE} or @FILE):\n"
	"  -v 1|2c|3  -c COMMUNITY  -n CONTEXT\n"
	"  -u USER  -l LEVEL  -a AUTH  -A PASSWORD  -x PRIV  -X PASSWORD\n"
	"\n"
	"status:  0 recorded to the end, 1 not to the end (what came is in the file, stderr says\n"
	"         why it ended) or nothing, 2 usage error\n";

enum { OPT_RECORD = 256, OPT_START, OPT_STOP, OPT_TIMEOUT, OPT_SCRAMBLE };

static const struct option options[] = {{"record", required_argument, NULL, OPT_RECORD},
					{"output", required_argument, NULL, 'o'},
					{"start", required_argument, NULL, OPT_START},
					{"stop", required_argument, NULL, OPT_STOP},
					{"timeout", required_argument, NULL, OPT_TIMEOUT},
					{"scramble", required_argument, NULL, OPT_SCRAMBLE},
					{"quiet", no_argument, NULL, 'q'},
					{"help", no_argument, NULL, 'h'},
					{NULL, 0, NULL, 0}};

bool sn_record_wanted(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--record") == 0 || strncmp(argv[i], "--record=", 9) == 0) {
			return true;
		}
	}
	return false;
}

static bool set_option(struct sn_record_options *opt, int c)
{
	switch (c) {
	case OPT_RECORD:
		opt->agent = optarg;
		return true;
	case 'o':
		opt->output = optarg;
		return true;
	case OPT_START:
		opt->start = optarg;
		return true;
	case OPT_STOP:
		opt->stop = optarg;
		return true;
	case OPT_TIMEOUT:
		opt->timeout = optarg;
		return true;
	case OPT_SCRAMBLE:
		opt->scramble = optarg;
		return true;
	case 'q':
		opt->quiet = true;
		return true;
	default:
		return sn_credentials_option(&opt->cred, c, optarg);
	}
}

int sn_record_command(int argc, char **argv)
{
	struct sn_record_options opt = {0};
	char name[] = "sonde simulate"; /* getopt's messages begin with it */
	int c;

	argv[0] = name;
	while ((c = getopt_long(argc, argv, SN_CREDENTIAL_LETTERS "o:qh", options, NULL)) != -1) {
		/* "--record --help": no agent is called that */
		if (c == 'h' || (c == OPT_RECORD && strcmp(optarg, "--help") == 0)) {
			fputs(usage, stdout);
			return SN_EXIT_OK;
		}
		if (!set_option(&opt, c)) {
			fputs("try 'sonde simulate --record --help'\n", stderr);
			return SN_EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "sonde simulate: unexpected argument \"%s\"\n", argv[optind]);
		return SN_EXIT_USAGE;
	}
	return sn_record_run(&opt);
}

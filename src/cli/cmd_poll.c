/*
 * sonde poll: reads its options and hands them to the daemon.
 */
#include "cli/cmd.h"

#include "daemon/daemon.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONFIG "sonde.yaml"

static const char usage[] =
	"usage: sonde poll [-c FILE] [OPTIONS]\n"
	"\n"
	"Polls the targets of the configuration and writes their rows, until SIGTERM or SIGINT.\n"
	"Rows go to stdout or the configured outputs; progress and the summary go to stderr.\n"
	"\n"
	"  -c, --config FILE      configuration (default: " DEFAULT_CONFIG ")\n"
	"      --check            load the configuration, report errors, end\n"
	"      --once             poll every target once, at once; status 1 if any failed\n"
	"      --duration TIME    end after TIME (60s, 5m, 1h)\n"
	"      --target NAME      poll only this target\n"
	"  -o, --output WHERE     stdout or a file, instead of the configured outputs\n"
	"  -f, --format FORMAT    influx, json, json_samples, prometheus, otlp or avro\n"
	"  -t, --threads N        workers (default: one per CPU)\n"
	"      --io BACKEND       auto, io_uring or recvmmsg\n"
	"      --trace NAME       show every message to and from this target on stderr\n"
	"  -q, --quiet            no progress, no summary\n"
	"  -h, --help             this text\n"
	"\n"
	"signals: SIGTERM, SIGINT finish the rounds under way and end (twice: cut them);\n"
	"         SIGHUP reloads the configuration and reopens files; SIGUSR1 prints the state\n"
	"status:  0 all well, 1 something failed, 2 usage or configuration error\n";

enum { OPT_CHECK = 256, OPT_ONCE, OPT_DURATION, OPT_TARGET, OPT_IO, OPT_TRACE };

static const struct option options[] = {{"config", required_argument, NULL, 'c'},
					{"check", no_argument, NULL, OPT_CHECK},
					{"once", no_argument, NULL, OPT_ONCE},
					{"duration", required_argument, NULL, OPT_DURATION},
					{"target", required_argument, NULL, OPT_TARGET},
					{"output", required_argument, NULL, 'o'},
					{"format", required_argument, NULL, 'f'},
					{"threads", required_argument, NULL, 't'},
					{"io", required_argument, NULL, OPT_IO},
					{"trace", required_argument, NULL, OPT_TRACE},
					{"quiet", no_argument, NULL, 'q'},
					{"help", no_argument, NULL, 'h'},
					{NULL, 0, NULL, 0}};

static int usage_error(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "sonde poll: %s: \"%s\" is not valid (expected %s)\n", option, value,
		expected);
	return SN_EXIT_USAGE;
}

static int set_threads(struct sn_daemon_options *opt, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end != '\0' || n < 1 || n > 1024) {
		return usage_error("--threads", text, "a number from 1 to 1024");
	}
	opt->override.threads = (uint32_t)n;
	return SN_EXIT_OK;
}

static int set_backend(struct sn_daemon_options *opt, const char *text)
{
	static const char *const names[] = {
		[SN_IO_AUTO] = "auto", [SN_IO_URING] = "io_uring", [SN_IO_MMSG] = "recvmmsg"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			opt->override.backend = (enum sn_io_backend)i;
			return SN_EXIT_OK;
		}
	}
	return usage_error("--io", text, "auto, io_uring or recvmmsg");
}

static int set_format(struct sn_daemon_options *opt, const char *text)
{
	if (!sn_encoder_find(text)) {
		return usage_error("--format", text,
				   "influx, json, json_samples, prometheus, otlp or avro");
	}
	opt->override.format = text;
	return SN_EXIT_OK;
}

static int set_output(struct sn_daemon_options *opt, const char *text)
{
	if (text[0] == '\0') {
		return usage_error("--output", text, "stdout or the name of a file");
	}
	opt->override.output = text;
	return SN_EXIT_OK;
}

static int set_option(struct sn_daemon_options *opt, int c)
{
	switch (c) {
	case 'c':
		opt->config_path = optarg;
		return SN_EXIT_OK;
	case 'o':
		return set_output(opt, optarg);
	case 'f':
		return set_format(opt, optarg);
	case 't':
		return set_threads(opt, optarg);
	case 'q':
		opt->quiet = true;
		return SN_EXIT_OK;
	case OPT_CHECK:
		opt->check = true;
		return SN_EXIT_OK;
	case OPT_ONCE:
		opt->once = true;
		return SN_EXIT_OK;
	case OPT_DURATION:
		opt->duration = optarg;
		return SN_EXIT_OK;
	case OPT_TARGET:
		opt->override.target = optarg;
		return SN_EXIT_OK;
	case OPT_IO:
		return set_backend(opt, optarg);
	case OPT_TRACE:
		opt->trace = optarg;
		return SN_EXIT_OK;
	default:
		fputs("try 'sonde poll --help'\n", stderr);
		return SN_EXIT_USAGE;
	}
}

static int run(int argc, char **argv)
{
	struct sn_daemon_options opt = {.config_path = DEFAULT_CONFIG};
	char name[] = "sonde poll"; /* getopt's messages begin with it */
	int c;

	argv[0] = name;
	while ((c = getopt_long(argc, argv, "c:o:f:t:qh", options, NULL)) != -1) {
		int status;

		if (c == 'h') {
			fputs(usage, stdout);
			return SN_EXIT_OK;
		}
		status = set_option(&opt, c);
		if (status) {
			return status;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"sonde poll: unexpected argument \"%s\" (try 'sonde poll --help')\n",
			argv[optind]);
		return SN_EXIT_USAGE;
	}
	return sn_daemon_poll(&opt);
}

const struct sn_cmd sn_cmd_poll = {
	.name = "poll", .summary = "poll devices and stream their rows", .run = run};

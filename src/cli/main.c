/*
 * The program's entry: picks the subcommand.
 */
#include "cli/cmd.h"

#include "sonde_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct sn_cmd *const commands[] = {&sn_cmd_poll, &sn_cmd_simulate, &sn_cmd_load};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]), RUN_ERROR = 1, USAGE_ERROR = 2 };

static void print_usage(FILE *to)
{
	fputs("usage: sonde COMMAND [OPTIONS]\n\n"
	      "An SNMP collector: polls many devices at once, streams their tables as rows.\n\n"
	      "commands:\n",
	      to);
	for (unsigned i = 0; i < COMMANDS; i++) {
		fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	}
	fputs("\n'sonde COMMAND --help' tells a command's options.\n", to);
}

/*
 * Started without one of the standard streams, the next file or socket opened would take its
 * number, and rows or messages would be written into it. What takes the place here is open the
 * wrong way round: using it still fails.
 */
static int hold_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (hold_standard_streams()) {
		return RUN_ERROR; /* there may be nowhere to say so */
	}
	if (argc < 2) {
		print_usage(stderr);
		return USAGE_ERROR;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("sonde %s (%s)\n", SONDE_VERSION, SONDE_BUILD);
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_usage(stdout);
		return 0;
	}
	for (unsigned i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) == 0) {
			return commands[i]->run(argc - 1, argv + 1);
		}
	}
	fprintf(stderr, "sonde: unknown command \"%s\" (see 'sonde --help')\n", argv[1]);
	return USAGE_ERROR;
}

/*
 * Subcommands: one file each (cmd_<name>.c), joined by the table in main.c. Main thread only.
 */
#ifndef SN_CLI_CMD_H
#define SN_CLI_CMD_H

#include <stdbool.h>

struct sn_cmd {
	const char *name;		   /* as typed */
	const char *summary;		   /* one line for the overview */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
};

extern const struct sn_cmd sn_cmd_poll;
extern const struct sn_cmd sn_cmd_load;
extern const struct sn_cmd sn_cmd_simulate;

/* cmd_record.c, for cmd_simulate.c: whether --record is among the arguments, and then the command.
 */
bool sn_record_wanted(int argc, char **argv);
int sn_record_command(int argc, char **argv);

#endif

/*
 * Subcommands: one file each (cmd_<name>.c), joined by the table in main.c. Main thread only.
 */
#ifndef SN_CLI_CMD_H
#define SN_CLI_CMD_H

struct sn_cmd {
	const char *name;		   /* as typed */
	const char *summary;		   /* one line for the overview */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
};

extern const struct sn_cmd sn_cmd_poll;
extern const struct sn_cmd sn_cmd_load;
extern const struct sn_cmd sn_cmd_simulate;

#endif

/*
 * Configurations as tests write them: a folder of its own for each test, made the current one, so
 * that messages name the files as "sonde.yaml:1:2" wherever the test runs.
 */
#ifndef TEST_SUPPORT_CONFIG_FILES_H
#define TEST_SUPPORT_CONFIG_FILES_H

#include "config/config.h"

#include <check.h>

/* What an auth and a module must at least be; "public_v2" and "m", both the defaults. */
#define CONFIG_BASE                                                                                \
	"auths: {public_v2: {community: public}}\n"                                                \
	"modules: {m: {get: [1.3.6.1.2.1.1.5.0], metrics: "                                        \
	"[{name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}]}}\n"

/* Runs the tests, each in a folder of its own; the exit status for main. */
int config_files_run(const char *name, const TTest *const *tests);

/* Writes a file of mode 0600, its folders included. */
void config_files_write(const char *name, const char *text);

/* The same with another mode, or with a length. */
void config_files_write_mode(const char *name, const char *text, unsigned mode);
void config_files_write_bytes(const char *name, const void *p, size_t n);

/* The hashed passwords that loads begin with and leave behind; NULL, as at the start: none. */
void config_files_use_keys(struct sn_key_cache *c);

/* The same of names that were looked up. */
void config_files_use_names(struct sn_name_cache *c);

/* The same of lists of targets. */
void config_files_use_lists(struct sn_offer_cache *c);

/* Loads sonde.yaml; over may be NULL. */
int config_files_load(const struct sn_config_overrides *over, const struct sn_config **cfg);

/* Writes text as sonde.yaml and loads it; fails the test unless it is accepted without a message.
 */
const struct sn_config *config_files_good(const char *text);

/* All messages of the last load, each with a line end. */
const char *config_files_messages(void);

/* A report function that gathers messages for config_files_messages. */
void config_files_report(void *ctx, const char *line);

/* Forgets the messages. */
void config_files_clear(void);

/* A sonde.yaml and the messages it must give; an empty text: accepted in silence. */
struct config_case {
	const char *text;     /* sonde.yaml */
	const char *messages; /* each line with its end; a load with errors must fail */
};

/* Loads every case and compares; a message that says "warning" does not fail a load. */
void config_files_check(const struct config_case *cases, size_t n);

#define CONFIG_CHECK(cases) config_files_check(cases, sizeof(cases) / sizeof((cases)[0]))

#endif

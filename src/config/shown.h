/*
 * A configuration file as it may be shown: what was read, as YAML without comments, with
 * "<secret>" in place of whatever the option table calls a secret or looks like one (a key that
 * says so, user and query of a URL). Called by config.c while it loads.
 */
#ifndef SN_CONFIG_SHOWN_H
#define SN_CONFIG_SHOWN_H

#include "document/options.h"

#include <stdio.h>

enum { SN_SHOWN_ITEMS_MAX = 1000 }; /* of one list or map; a line tells how many more there are */

/* Writes root, a map of this level's keys. What the level does not know is not shown. */
void sn_shown_write(FILE *out, const struct sn_node *root, const struct sn_option_level *level);

#endif

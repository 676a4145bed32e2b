/*
 * Comma-separated values (RFC 4180) as groups of targets: the first record names the columns, every
 * other one is a target with labels. Called by config/sources.c on the thread of a load.
 */
#ifndef SN_TARGETS_CSV_H
#define SN_TARGETS_CSV_H

#include "base/arena.h"
#include "base/span.h"
#include "document/node.h"

enum { SN_CSV_COLUMNS_MAX = 256 };

/*
 * Gives items one group a record, as a target file would have it: a map of `targets`, with the one
 * target, and `labels`. The column `target` (or, if there is none, `address`) is the target;
 * `address` beside it, `module` and `auth` become the labels __address__, __param_module and
 * __param_auth, every other column a label of its name; an empty cell is no label. Nodes are made
 * in an arena of their own from the pool of arena and gone when take returns; places name file.
 * Records end in LF or CR LF, empty lines are skipped, quotes stand around a whole field and are
 * doubled inside it. SN_OK; SN_ECONFIG: reported, records in front of and behind an error have been
 * taken; SN_ENOMEM; what items->take returned.
 */
SN_MUST_USE int sn_csv_parse_items(struct sn_arena *arena, const char *file, struct sn_span text,
				   char delimiter, struct sn_diag *d,
				   const struct sn_node_items *items);

#endif

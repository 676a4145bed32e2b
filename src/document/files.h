/*
 * Files of a configuration: reading, parsing by kind, wildcards, and who else may read them. What
 * was read is noted, see sources.h. Called by the steps of a load of the configuration, on its
 * thread.
 */
#ifndef SN_DOCUMENT_FILES_H
#define SN_DOCUMENT_FILES_H

#include "base/span.h"
#include "document/node.h"
#include "document/sources.h"

/* A file that was read, for the check of its permissions. */
struct sn_source_file {
	struct sn_source_file *next; /* earlier one */
	const char *name;	     /* as in the places of its nodes, the same pointer */
	bool readable;		     /* by group or others */
	bool warned;		     /* one warning a file is enough */
};

/* Where all that is read goes; the pointers are borrowed. */
struct sn_files {
	struct sn_diag *diag;	     /* messages */
	struct sn_arena *arena;	     /* trees, texts and paths */
	struct sn_sources *sources;  /* notes of what was read */
	struct sn_arena *kept;	     /* memory of these */
	struct sn_source_file *read; /* so far, latest first */
};

/*
 * Reads and parses a YAML file, or a JSON file where the name ends in .json. at: where it is named,
 * NULL for the file of the command line. SN_OK, SN_ECONFIG (reported), SN_ENOMEM.
 */
SN_MUST_USE int sn_files_parse(struct sn_files *files, const char *path, const struct sn_place *at,
			       const struct sn_node **root);

/* The same, but a list's items are taken one by one, see sn_yaml_parse_items. */
SN_MUST_USE int sn_files_parse_items(struct sn_files *files, const char *path,
				     const struct sn_place *at, const struct sn_node_items *items,
				     const struct sn_node **root);

/* The bytes of a file, NUL-terminated, in the arena. Same codes. */
SN_MUST_USE int sn_files_read(struct sn_files *files, const char *path, const struct sn_place *at,
			      struct sn_span *text);

/*
 * The bytes of a file on the heap, the caller's, with a NUL behind them. Same codes; that it could
 * not be read is noted as well, so that its coming is a change.
 */
SN_MUST_USE int sn_files_take(struct sn_files *files, const char *path, const struct sn_place *at,
			      char **p, size_t *n);

/* Parses such bytes as sn_files_parse_items does: JSON where path ends in .json, else YAML. SN_OK,
 * SN_ECONFIG (reported), SN_ENOMEM, what items->take returned. */
SN_MUST_USE int sn_files_parse_text(struct sn_files *files, const char *path, struct sn_span text,
				    const struct sn_node_items *items, const struct sn_node **root);

/* path as seen from the folder of the file `from`; in the arena, NULL: out of memory. */
const char *sn_files_relative(struct sn_files *files, const char *from, const char *path);

/* Paths that a pattern stands for. */
struct sn_file_list {
	const char **v; /* sorted, in the arena */
	uint32_t n;	/* may be 0 for a pattern with wildcards */
};

/* The files of a pattern, which is seen from the folder of its own file. A pattern without
 * wildcards gives itself, there or not. SN_OK, SN_ECONFIG (reported), SN_ENOMEM. */
SN_MUST_USE int sn_files_glob(struct sn_files *files, const struct sn_node *pattern,
			      struct sn_file_list *list);

#endif

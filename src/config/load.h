/*
 * One run of sn_config_load: the state its steps share, and the steps. config.c calls them in
 * order: read sonde.yaml, collect definitions (modules.c, auths.c with users.c behind it), outputs
 * (outputs.c, outputs_kafka.c, outputs_spool.c, outputs_registry.c), limits of prefixes (limits.c),
 * targets (target_sources.c and http_sd.c, targets.c with settings.c behind it, then
 * target_list.c), keys (users.c). Main thread.
 */
#ifndef SN_CONFIG_LOAD_H
#define SN_CONFIG_LOAD_H

#include "base/intern.h"
#include "config/raw.h"
#include "config/secret.h"
#include "document/files.h"
#include "usm/keys.h"
#include "usm/user.h"

/* A snapshot; cfg is what the outside sees of it. */
struct sn_snapshot {
	struct sn_config cfg;		   /* first, so that sn_config_free finds the rest */
	struct sn_arena_pool pool;	   /* memory of the arena */
	struct sn_arena arena;		   /* all that cfg points at, this struct excepted */
	struct sn_secret *secrets;	   /* communities in the arena */
	struct sn_keys users;		   /* version 3: struct sn_built_user */
	struct sn_snapshot_regex *regexes; /* in the arena, what they hold on the heap */
	struct sn_sources sources;	   /* what it was read from */
	_Atomic uint32_t refs;		   /* who still needs it; freed by the last */
};

/* A regex of a module in use. */
struct sn_snapshot_regex {
	struct sn_snapshot_regex *next; /* made before */
	struct sn_regex *regex;		/* freed with the snapshot */
};

/* A module or auth as defined somewhere. */
struct sn_definition {
	const char *name;	     /* key */
	const struct sn_node *key;   /* its place */
	const struct sn_node *value; /* what was written */
	const void *built;	     /* struct sn_auth or sn_built_module once used */
	uint32_t order;		     /* position in the configuration */
	bool failed;		     /* an error in it was reported */
};

struct sn_definitions {
	const char *what;	 /* "module" or "auth" */
	struct sn_definition *v; /* sorted by name after sn_definitions_finish; heap */
	uint32_t n;		 /* in use */
	uint32_t cap;		 /* room */
};

/* An auth that a target uses. */
struct sn_auth {
	int32_t version;		/* enum sn_version */
	struct sn_span community;	/* version 1, 2c: in the snapshot, registered as secret */
	const struct sn_usm_user *user; /* version 3: in the snapshot */
	struct sn_span context;		/* version 3: context_name, in the snapshot */
	struct sn_span context_engine;	/* version 3: context_engine_id, in the snapshot */
	uint64_t hash; /* of all that, of keys and passwords as sn_key_cache_mark shows them */
};

/* A module that a target uses. */
struct sn_built_module {
	struct sn_module module; /* as written */
	struct sn_plan plan;	 /* compiled */
	uint64_t hash;		 /* of what was written */
	bool any_source;	 /* use_unconnected_udp_socket */
};

/* The modules of a target, by the text that names them. */
struct sn_plan_set {
	struct sn_plan_set *next; /* earlier one */
	const char *asked;	  /* as in the label, in the scratch arena; NULL: the default */
	const char *names;	  /* comma-separated */
	const struct sn_plan *const *plans; /* in order */
	const struct sn_scalars *scalars;   /* of the plans */
	uint32_t nplans;
	uint64_t hash;	 /* of the modules */
	bool any_source; /* some module wants it */
	bool failed;	 /* an error was reported */
};

/* A target on its way into the snapshot. */
struct sn_target_entry {
	struct sn_target_spec *spec; /* in the snapshot */
	const char *name;   /* host that needs a look-up, in the scratch arena; else NULL */
	struct sn_place at; /* of its text, for messages */
	uint32_t order;	    /* position in the configuration */
	bool offered;	    /* by a service: a fault of it is none of the configuration */
};

struct sn_target_list {
	struct sn_target_entry *v; /* heap */
	uint32_t n;		   /* in use */
	uint32_t cap;		   /* room */
};

struct sn_load {
	struct sn_diag diag;		    /* errors and warnings */
	struct sn_snapshot *snap;	    /* what is being made */
	struct sn_arena_pool scratch_pool;  /* memory of scratch */
	struct sn_arena scratch;	    /* file trees and all else that ends with the load */
	struct sn_secret *scratch_secrets;  /* secrets in scratch */
	struct sn_files files;		    /* how they are read, and which were */
	struct sn_raw_config raw;	    /* sonde.yaml bound */
	struct sn_definitions auths;	    /* all that are defined */
	struct sn_definitions modules;	    /* all that are defined */
	struct sn_plan_set *plan_sets;	    /* used so far */
	struct sn_definition *default_auth; /* for targets that name none; NULL: not chosen yet */
	bool no_default_auth;		    /* there is none; reported */
	const char *const *renames;	    /* tables:, as pairs, NULL-terminated; may be NULL */
	uint64_t renames_hash;		    /* of these */
	struct sn_target_list targets;	    /* all targets, duplicates included */
	struct sn_intern once; /* what targets share in the snapshot: labels, contexts, accesses */
	struct sn_label *label_room;	/* labels of a group while they are read; heap */
	uint32_t label_room_n;		/* labels it has room for */
	const struct sn_node *defaults; /* labels of the source that is read, NULL: none */
	bool offered;			/* it is a service */
	uint64_t refresh_ns;		/* shortest refresh_interval met, 0: no files of targets */
	struct sn_watch_path *watch;	/* files that were met; heap */
	uint32_t nwatch;		/* of them */
	const char *state_dir;		/* in the snapshot, NULL: none */
	struct sn_raw_spool spool;	/* of all outputs; path in the snapshot, NULL: none */
	struct sn_offer_cache *lists;	/* texts of lists, good ones too */
	bool check;			/* nothing is to be changed on disk */
	struct sn_key_cache *keys;	/* hashed passwords */
	struct sn_name_cache *names;	/* addresses of hosts */
	const _Atomic bool *cancel;	/* ends the load once true; may be NULL */
	struct sn_built_user *users;	/* version 3, used so far */
};

/* config.c */

/* True once nobody wants the load any more. */
static inline bool sn_load_is_cancelled(const struct sn_load *load)
{
	return load->cancel && atomic_load_explicit(load->cancel, memory_order_relaxed);
}

/*
 * Prepares an empty load whose keys were set, with a snapshot to be filled. SN_ENOMEM; sn_load_fini
 * is due in any case.
 */
SN_MUST_USE int sn_load_init(struct sn_load *load, sn_diag_report_fn *report, void *ctx);

/* Wipes and frees all but the keys; the snapshot too, unless it was taken out (NULL). */
void sn_load_fini(struct sn_load *load);

/* Wipes secrets and frees. NULL is allowed. */
void sn_load_free_snapshot(struct sn_snapshot *snap);

/* device_labels.c */

/* poll.device_labels, before the first module is used. SN_ENOMEM. */
SN_MUST_USE int sn_device_labels_read(struct sn_load *load);

/* catalog.c */

/* With `listen`: all auths and modules by name. SN_ENOMEM. */
SN_MUST_USE int sn_catalog_make(struct sn_load *load);

/* modules.c */

/* Collects auths and modules of sonde.yaml and all module files, each name once, and checks the
 * form of each. SN_ENOMEM. */
SN_MUST_USE int sn_modules_collect(struct sn_load *load);

/* The auth or module of a name, NULL when there is none. */
struct sn_definition *sn_modules_find(const struct sn_definitions *defs, const char *name);

/* The module of a definition, made at its first use. NULL: reported now or before, or memory is
 * exhausted, which was noted. */
const struct sn_built_module *sn_modules_build(struct sn_load *load, struct sn_definition *def);

/* The modules for a target that names some (or NULL: the default); NULL: reported at user. */
const struct sn_plan_set *sn_modules_use(struct sn_load *load, const char *names,
					 const struct sn_path *path, const struct sn_node *user);

/* auths.c */

/* Checks keys and values of an auth, and who may read them. */
void sn_auths_check(struct sn_load *load, struct sn_definition *def);

/* The auth for a target that names one (or NULL: the default); NULL: reported at user. */
const struct sn_auth *sn_auths_use(struct sn_load *load, const char *name,
				   const struct sn_path *path, const struct sn_node *user);

/* module_read.c */

/*
 * What was written as a struct sn_module in arena. used: what this version does not support is an
 * error. SN_OK, SN_ECONFIG (reported), SN_ENOMEM.
 */
SN_MUST_USE int sn_module_read(struct sn_load *load, struct sn_arena *arena,
			       const struct sn_definition *def, bool used, struct sn_module *m,
			       bool *any_source);

/* outputs.c */

/* Reads output: into the snapshot, or what the command line says in its place. SN_ENOMEM. */
SN_MUST_USE int sn_outputs_read(struct sn_load *load, const struct sn_config_overrides *over);

/* outputs_kafka.c */

/* Checks what the table can't say of output[].kafka and stores it in out, which has the rest
 * already. key: the word kafka. SN_ENOMEM. */
SN_MUST_USE int sn_outputs_finish_kafka(struct sn_load *load, const struct sn_path *path,
					const struct sn_node *key, const struct sn_raw_output *raw,
					struct sn_config_output *out);

/* outputs_spool.c */

/* Checks the spools' common keys, at the top of the file, and keeps them for outputs without keys
 * of their own. SN_ENOMEM. */
SN_MUST_USE int sn_outputs_read_spools(struct sn_load *load);

/* Checks output[].kafka.spool, or takes the common one (node NULL) if there is one, and stores it
 * in out, before its properties. SN_ENOMEM. */
SN_MUST_USE int sn_outputs_read_spool(struct sn_load *load, const struct sn_path *path,
				      const struct sn_node *kafka, const struct sn_node *node,
				      struct sn_config_output *out);

/* Reports output i at node if one before it has the same spool. */
void sn_outputs_check_spool(struct sn_load *load, const struct sn_path *item,
			    const struct sn_config_output *outs, uint32_t i,
			    const struct sn_node *node);

/* outputs_registry.c */

/* Reads output[].kafka.registry (may be NULL) into out. SN_OK, SN_ECONFIG (reported), SN_ENOMEM. */
SN_MUST_USE int sn_outputs_read_registry(struct sn_load *load, const struct sn_path *path,
					 const struct sn_node *node, struct sn_config_output *out);

/* Whether the numbers of the schemas that its format needs are known, or somebody to ask. */
bool sn_outputs_has_schemas(const struct sn_config_output *out);

/* limits.c */

/* Reads poll.prefix_limits into the snapshot. SN_ENOMEM. */
SN_MUST_USE int sn_limits_read(struct sn_load *load);

/* The hash of a target and of the prefix whose limit is its own, which makes its fingerprint. */
uint64_t sn_limits_mark(const struct sn_load *load, const struct sn_addr *addr, uint64_t hash);

/* settings.c */

/* What all targets of a group share. */
struct sn_settings {
	const struct sn_label *labels; /* sorted, in the snapshot */
	uint32_t nlabels;	       /* labels */
	const char *address;	       /* __address__, NULL: the target's text */
	const char *instance;	    /* label instance, in the snapshot; NULL: the target's text */
	const struct sn_auth *auth; /* version, community or user */
	const struct sn_built_access *access; /* version 3: user and contexts; else NULL */
	const struct sn_plan_set *set;	      /* modules */
	uint64_t interval_ns;		      /* __scrape_interval__, or the poll section's */
	uint64_t timeout_ns; /* __scrape_timeout__, or the modules', or the poll section's */
	uint32_t retries;    /* the modules', or the poll section's */
	uint32_t rate_limit; /* __rate_limit__, or the poll section's */
	uint64_t hash;	     /* of all above but the addresses, and of the poll section's limits */
};

/* Works out the settings of a group from its labels (may be NULL or null) and from load->defaults.
 * SN_OK, SN_ECONFIG (reported), SN_ENOMEM. */
SN_MUST_USE int sn_settings_read(struct sn_load *load, const struct sn_path *path,
				 const struct sn_node *group, const struct sn_node *labels,
				 struct sn_settings *s);

/* Whether labels (a map) are right by themselves, for whatever targets. SN_OK, SN_ECONFIG
 * (reported), SN_ENOMEM. */
SN_MUST_USE int sn_settings_check(struct sn_load *load, const struct sn_path *path,
				  const struct sn_node *labels);

/* targets.c */

/* Adds the targets of a group, a map as in static and in a target file, to load->targets. SN_OK,
 * also when it is wrong (reported); SN_ENOMEM. */
SN_MUST_USE int sn_targets_add_group(struct sn_load *load, const struct sn_path *item,
				     const struct sn_node *node);

/* How the text of a list is to be read. */
enum sn_offer_format { SN_OFFER_GROUPS, SN_OFFER_CSV, SN_OFFER_JSON };

/* A source of lists of groups. */
struct sn_offer_source {
	struct sn_load *load;	     /* into which */
	const struct sn_path *path;  /* of its section */
	const struct sn_node *node;  /* its section */
	enum sn_offer_format format; /* of its lists */
	char delimiter;		     /* CSV: between fields */
	bool known;		     /* the pattern was there in the load before: a file that is new
					and wrong has no targets yet, and that is all */
};

/* The targets of a file that is named at a node. SN_OK, also when it is wrong (reported, and
 * counted if there is no list before); SN_ENOMEM, SN_ECANCELED. */
SN_MUST_USE int sn_targets_read_file(const struct sn_offer_source *src, const char *path,
				     const struct sn_node *named);

/* The targets of a service, by its latest answer or by one before. Same codes. */
SN_MUST_USE int sn_targets_read_answer(const struct sn_offer_source *src,
				       const struct sn_service *s);

/* target_sources.c */

/* Reads targets: into load->targets. SN_ENOMEM, SN_ECANCELED. */
SN_MUST_USE int sn_target_sources_read(struct sn_load *load);

/* Puts what daemon is to watch into the snapshot. SN_ENOMEM. */
SN_MUST_USE int sn_target_sources_publish(struct sn_load *load);

/* http_ask.c */

/*
 * Each reads one part of a section at path into ask: the URL under a key, which is there (shown,
 * SN_FETCH_URL_MAX octets: without user and password); its basic_auth; its tls_config. SN_OK,
 * SN_ECONFIG (reported), SN_ENOMEM.
 */
SN_MUST_USE int sn_http_ask_url(struct sn_load *load, const struct sn_path *path,
				const struct sn_node *map, const char *key, const char **url,
				char *shown);
SN_MUST_USE int sn_http_ask_basic(struct sn_load *load, const struct sn_path *path,
				  const struct sn_node *node, struct sn_fetch_request *ask);
SN_MUST_USE int sn_http_ask_tls(struct sn_load *load, const struct sn_path *path,
				const struct sn_node *node, struct sn_fetch_request *ask);

/* http_sd.c */

/*
 * Binds a section to v[n], of which n are there already; *labels: of all its targets, may be NULL.
 * SN_OK, SN_ECONFIG (reported), SN_ENOMEM.
 */
SN_MUST_USE int sn_http_sd_read(struct sn_load *load, const struct sn_path *path,
				const struct sn_node *node, struct sn_service *v, uint32_t n,
				const struct sn_node **labels);

/* target_list.c */

/* Sorts load->targets, drops equal ones, reports conflicting ones, keeps only instance `only` (may
 * be NULL). */
void sn_target_list_finish(struct sn_load *load, const char *only);

/* Completes the fingerprints and puts the targets into the snapshot. SN_ENOMEM. */
SN_MUST_USE int sn_target_list_publish(struct sn_load *load);

/* Looks up the names of load->targets and warns of those that have no address. SN_ENOMEM. */
SN_MUST_USE int sn_target_list_resolve(struct sn_load *load);

#endif

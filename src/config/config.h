/*
 * Configuration: sonde.yaml, module files and target files become one immutable snapshot. Loading
 * is all or nothing. Errors are collected (up to 20) as "file:line:column: what, and what was
 * expected". Called by daemon on the main thread; a snapshot is read by all threads and freed by
 * the main thread when no worker uses it any more.
 */
#ifndef SN_CONFIG_CONFIG_H
#define SN_CONFIG_CONFIG_H

#include "round/target.h"
#include "config/key_cache.h"
#include "document/diag.h"
#include "io/io.h"
#include "encode/encoder.h"
#include "output/filter.h"
#include "kafka/kafka.h"
#include "output/spooler.h"
#include "registry/registry.h"
#include "session/pacer.h"
#include "session/retransmit.h"
#include "targets/offers.h"
#include "targets/names.h"
#include "targets/services.h"
#include "targets/watch.h"
#include "usm/user.h"

struct sn_config_output {
	const char *type;			    /* "stdout", "file", "kafka" */
	const char *path;			    /* file only */
	const char *brokers;			    /* kafka only, and so up to nproperties */
	const char *topic;			    /* of rows */
	const char *status_topic;		    /* of round records; NULL: the same */
	size_t message_bytes;			    /* of the largest body of a message */
	const struct sn_kafka_property *properties; /* of librdkafka; values may be secret */
	uint32_t nproperties;
	struct sn_spooler_config spool; /* kafka only; path NULL: none */
	const char *spool_dir;		/* folder of the spool, made before it; NULL: not to be */
	const struct sn_registry *registry; /* kafka only: to be asked for the numbers of schemas
					       that options lack; NULL: none */
	uint64_t hash;			    /* of what was written */
	const struct sn_encoder *encoder;   /* format */
	struct sn_encoder_options options;  /* of the format */
	struct sn_filter filter;	    /* what it is given */
	size_t buffer_bytes;		    /* per worker, 0: default */
	bool rows;			    /* default true */
	bool rounds;			    /* default true */
};

/* A module that requests may name. */
struct sn_config_module {
	const struct sn_plan *plan; /* which has the name */
	uint64_t hash;		    /* of what was written */
	bool any_source;	    /* take answers from any address */
};

/* An auth that requests may name. */
struct sn_config_auth {
	const char *name;	     /* key under auths */
	int32_t version;	     /* enum sn_version */
	struct sn_span community;    /* version 1, 2c; secret */
	struct sn_usm_access access; /* version 3: user NULL otherwise */
	uint64_t hash;		     /* of all that, keys included */
};

struct sn_config {
	/* poll: */
	uint64_t interval_ns;		    /* 60 s */
	uint64_t timeout_ns;		    /* 2 s */
	uint32_t retries;		    /* 3 */
	uint32_t threads;		    /* 0: auto */
	uint32_t in_flight;		    /* per worker, 20000 */
	uint32_t window;		    /* per target, 4 */
	uint32_t rate_limit;		    /* requests/s to one target, 0: any */
	uint64_t labels_ttl_ns;		    /* how long labels are kept, 0: not at all */
	struct sn_scalars_want scalars;	    /* what is asked of every target besides */
	enum sn_retransmit_mode retransmit; /* adaptive */
	uint32_t max_reply;		    /* octets, 1400 */
	uint32_t max_rows;		    /* per table, 1000000 */
	bool partial_scrapes; /* /snmp replies with what came although something is missing, true */
	bool rates;	      /* rows of polled targets have the rates of their counters, false */
	bool pin;	      /* pin workers to CPUs, true */
	/* io: */
	struct sn_io_config io; /* back end, buffers, source addresses */
	/* results */
	const struct sn_config_output *outputs; /* at least one */
	uint32_t noutputs;
	const struct sn_target_spec *const *targets; /* sorted by instance, no duplicates */
	uint32_t ntargets;
	const struct sn_prefix_limit *limits; /* of prefixes, a linked table (base/prefix.h) */
	uint32_t nlimits;
	const char *listen;			/* address of the web server, NULL: none */
	const struct sn_http_web *web;		/* its TLS and users; NULL: none */
	const struct sn_config_module *modules; /* with listen: all, sorted by name */
	const struct sn_config_auth *auths;	/* the same */
	uint32_t nmodules;
	uint32_t nauths;
	const char *shown;   /* sonde.yaml as it may be shown: without secrets, see shown.h */
	uint64_t refresh_ns; /* how often target files are looked at; 0: there are none */
	const struct sn_service *services; /* that give lists of targets */
	uint32_t nservices;
	const struct sn_watch_path *watch; /* files that targets come from */
	uint32_t nwatch;
	uint32_t warnings;   /* warnings logged while loading (names found to have no address, loose
				file permissions) */
	uint32_t open_names; /* names that the resolver had no time for; load again soon */
	bool unlocked;	     /* some keys are in memory that could not be locked */
};

/* What the command line overrides; zero or NULL: not given. */
struct sn_config_overrides {
	const char *output;	    /* "stdout" or a path: replaces the outputs section */
	const char *format;	    /* of all outputs */
	uint32_t threads;	    /* poll.threads */
	const char *target;	    /* poll only this instance */
	enum sn_io_backend backend; /* AUTO: as configured */
	bool check; /* only whether it is right: no password is hashed, so no target of version 3
		       can be polled */
};

/* What a load finds from the one before and leaves to the next; each may be NULL. */
struct sn_config_context {
	struct sn_key_cache *keys;    /* passwords hashed before, and after success those of the
					 snapshot; NULL: none, and fingerprints of version 3 can be
					 compared with no other load's */
	struct sn_name_cache *names;  /* names looked up before, and now */
	struct sn_offer_cache *lists; /* lists of targets, as they are and as they were good */
	const _Atomic bool *cancel;   /* another thread ends the load by making it true */
};

/*
 * Reads path and everything it names. SN_OK and a snapshot, or SN_ECONFIG after report was called
 * for every error; SN_ENOMEM; SN_ECANCELED. Names are looked up here and passwords hashed, so this
 * may take long; never call it on a worker. One load at a time, on any other thread. context may be
 * NULL.
 */
SN_MUST_USE int sn_config_load(const char *path, const struct sn_config_overrides *over,
			       const struct sn_config_context *context, sn_diag_report_fn *report,
			       void *ctx, const struct sn_config **cfg);

/* True when all files it was read from are as they were, so that a load would give the same but for
 * addresses of names. Any thread. */
bool sn_config_is_current(const struct sn_config *cfg);

/* With listen: the module or auth of a name, NULL: there is none. Any thread. */
const struct sn_config_module *sn_config_module(const struct sn_config *cfg, const char *name);
const struct sn_config_auth *sn_config_auth(const struct sn_config *cfg, const char *name);

/* Keeps the snapshot until one sn_config_free more. Any thread that has it. */
const struct sn_config *sn_config_ref(const struct sn_config *cfg);

/* Lets go of a snapshot; the last one wipes secrets and frees. NULL is allowed. Any thread. */
void sn_config_free(const struct sn_config *cfg);

#endif

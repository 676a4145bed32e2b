/*
 * What the levels of the option table bind into: one struct a map, scalars as values, lists and
 * maps as nodes for the code that knows what they mean. Lives on the stack of one load.
 */
#ifndef SN_CONFIG_RAW_H
#define SN_CONFIG_RAW_H

#include "config/config.h"
#include "document/options.h"
#include "targets/options.h"

/* sonde.yaml itself */
struct sn_raw_config {
	struct sn_config cfg;		     /* poll and io land in it directly */
	const struct sn_node *limits;	     /* poll.prefix_limits: each bound to sn_raw_limit */
	const char *web_config_file;	     /* NULL: none */
	const struct sn_node *device_labels; /* poll.device_labels: texts */
	const struct sn_node *auths;	     /* each item bound to sn_raw_auth */
	const struct sn_node *modules;	     /* each item bound to sn_raw_module */
	const struct sn_node *module_files;  /* texts */
	const struct sn_node *tables;	     /* map of texts */
	const struct sn_node *targets;	     /* each item bound to sn_raw_source */
	const char *state_dir;		     /* as written, NULL: not given */
	const struct sn_node *output;	     /* each item bound to sn_raw_sink */
	const struct sn_node *spool;	     /* bound to sn_raw_spool */
};

/* poll.prefix_limits[] */
struct sn_raw_limit {
	const char *prefix;	      /* as written, NULL: not given */
	struct sn_prefix_limit limit; /* rate, 0: not given, and burst land in it directly */
};

/* A file of module_files */
struct sn_raw_module_file {
	const struct sn_node *auths;   /* as in sonde.yaml */
	const struct sn_node *modules; /* as in sonde.yaml */
	int32_t version;	       /* ignored, as snmp_exporter does */
};

/* The words of auth_protocol: X(word, protocol in usm/auth.h). The last is a synonym. */
#define SN_AUTH_WORDS(X)                                                                           \
	X("MD5", MD5)                                                                              \
	X("SHA", SHA1)                                                                             \
	X("SHA224", SHA224)                                                                        \
	X("SHA256", SHA256)                                                                        \
	X("SHA384", SHA384)                                                                        \
	X("SHA512", SHA512)                                                                        \
	X("SHA1", SHA1)

/* The words of priv_protocol: X(word, protocol in usm/priv.h). The last is a synonym. */
#define SN_PRIV_WORDS(X)                                                                           \
	X("DES", DES)                                                                              \
	X("3DES", 3DES)                                                                            \
	X("AES", AES128)                                                                           \
	X("AES192", AES192)                                                                        \
	X("AES192C", AES192C)                                                                      \
	X("AES256", AES256)                                                                        \
	X("AES256C", AES256C)                                                                      \
	X("AES128", AES128)

/* auths.<name>. Of secrets it is only looked at whether they are given: secret.h reads them. */
struct sn_raw_auth {
	uint32_t version;		     /* 1, 2 or 3 */
	const char *community;		     /* NULL: not given; so with all texts */
	const char *community_file;	     /* in place of it */
	const char *username;		     /* version 3: user, unexpanded */
	int security_level;		     /* version 3: enum sn_raw_level */
	int auth_protocol;		     /* version 3: index into SN_AUTH_WORDS */
	int priv_protocol;		     /* version 3: index into SN_PRIV_WORDS */
	const char *password;		     /* version 3: authentication */
	const char *password_file;	     /* in place of it */
	const char *auth_key;		     /* in place of it: Ku */
	const char *auth_key_file;	     /* the same */
	const char *auth_localized_key;	     /* in place of it: Kul */
	const char *auth_localized_key_file; /* the same */
	const char *priv_password;	     /* version 3: privacy */
	const char *priv_password_file;	     /* in place of it */
	const char *priv_key;		     /* in place of it: Ku */
	const char *priv_key_file;	     /* the same */
	const char *priv_localized_key;	     /* in place of it: Kul */
	const char *priv_localized_key_file; /* the same */
	const char *engine_id;		     /* version 3: authoritative engine, in hex */
	const char *context_name;	     /* version 3: context */
	const char *context_engine_id;	     /* version 3: context's engine, in hex */
};

/* The words of security_level. */
enum sn_raw_level { SN_RAW_NO_AUTH_NO_PRIV, SN_RAW_AUTH_NO_PRIV, SN_RAW_AUTH_PRIV };

/* modules.<name> */
struct sn_raw_module {
	const struct sn_node *walk;	 /* texts */
	const struct sn_node *get;	 /* texts */
	const struct sn_node *metrics;	 /* each item bound to sn_raw_metric */
	const struct sn_node *filters;	 /* each item bound to sn_raw_filter */
	uint32_t max_repetitions;	 /* 0: default */
	int32_t retries;		 /* -1: the poll section's */
	uint64_t timeout_ns;		 /* 0: the poll section's */
	bool allow_nonincreasing_oids;	 /* keep walking */
	bool use_unconnected_udp_socket; /* take answers from any address */
};

/* modules.<name>.metrics[] */
struct sn_raw_metric {
	const char *name;		      /* of the value */
	const char *oid;		      /* in numbers */
	int type;			      /* enum sn_type, -1: not given */
	const char *help;		      /* may be "" */
	const struct sn_node *indexes;	      /* each item bound to sn_raw_index */
	const struct sn_node *lookups;	      /* each item bound to sn_raw_lookup */
	const struct sn_node *enum_values;    /* map of texts */
	const struct sn_node *regex_extracts; /* map of lists, each item bound to sn_raw_extract */
	const char *datetime_pattern;	      /* of ParseDateAndTime */
	const char *display_hint;	      /* of OctetString */
	double offset;			      /* added after scaling */
	double scale;			      /* factor, 0: none */
};

/* modules.<name>.metrics[].indexes[] */
struct sn_raw_index {
	const char *labelname;		   /* label to fill */
	int type;			   /* enum sn_type, -1: not given */
	uint32_t fixed_size;		   /* arcs of a string, 0: a length comes first */
	bool implied;			   /* string without a length */
	const struct sn_node *enum_values; /* map of texts */
};

/* modules.<name>.metrics[].lookups[] */
struct sn_raw_lookup {
	const struct sn_node *labels;	   /* texts */
	const char *labelname;		   /* label to fill */
	const char *oid;		   /* column, in numbers */
	int type;			   /* enum sn_type, -1: not given */
	const char *display_hint;	   /* of OctetString */
	const struct sn_node *enum_values; /* map of texts */
};

/* modules.<name>.metrics[].regex_extracts.<suffix>[] */
struct sn_raw_extract {
	const char *regex; /* the whole text must match */
	const char *value; /* what becomes of it, $1 for the first group */
};

/* modules.<name>.filters[] */
struct sn_raw_filter {
	const char *oid;	       /* column that decides */
	const struct sn_node *targets; /* texts: OIDs */
	const struct sn_node *values;  /* texts: regexes */
};

/* targets[] */
struct sn_raw_source {
	const struct sn_node *groups;  /* static: each item bound to sn_raw_group */
	const struct sn_node *file_sd; /* bound to sn_raw_files */
	const struct sn_node *http_sd; /* bound to sn_raw_http_sd */
	const struct sn_node *csv;     /* bound to sn_raw_files */
};

/* targets[].static[] and the items of a target file */
struct sn_raw_group {
	const struct sn_node *targets; /* texts */
	const struct sn_node *labels;  /* map of texts */
};

/* output[] */
struct sn_raw_sink {
	const struct sn_node *to_stdout; /* bound to sn_raw_output */
	const struct sn_node *to_file;	 /* bound to sn_raw_output */
	const struct sn_node *to_kafka;	 /* bound to sn_raw_output */
};

/* output[].stdout, output[].file and output[].kafka */
struct sn_raw_output {
	struct sn_config_output out;	  /* lands in it directly */
	const char *format;		  /* name of an encoder */
	const struct sn_node *properties; /* kafka: map of texts */
	const struct sn_node *filter;	  /* bound to sn_raw_output_filter */
	const struct sn_node *spool;	  /* kafka: bound to sn_raw_spool */
	const struct sn_node *registry;	  /* kafka: bound to sn_raw_registry */
};

/* output[].kafka.registry */
struct sn_raw_registry {
	const char *url;		  /* NULL: not given */
	const struct sn_node *basic_auth; /* bound to sn_raw_basic_auth */
	const struct sn_node *tls;	  /* bound to sn_raw_tls */
	uint64_t timeout_ns;		  /* for an answer */
};

/* output[].kafka.spool, and spool of all outputs */
struct sn_raw_spool {
	const char *path;    /* or dir; as written, NULL: not given */
	int mode;	     /* enum sn_spool_mode */
	int replay;	     /* enum sn_spool_replay */
	size_t max_bytes;    /* of the disk */
	uint64_t max_age_ns; /* 0: any */
};

/* output[].*.filter */
struct sn_raw_output_filter {
	const struct sn_node *modules; /* texts */
	const struct sn_node *metrics; /* texts */
	const struct sn_node *labels;  /* map of texts */
};

/* The table: one level a kind of map. */
extern const struct sn_option_level sn_level_config;
extern const struct sn_option_level sn_level_poll;
extern const struct sn_option_level sn_level_limit;
extern const struct sn_option_level sn_level_io;
extern const struct sn_option_level sn_level_module_file;
extern const struct sn_option_level sn_level_auth;
extern const struct sn_option_level sn_level_module;
extern const struct sn_option_level sn_level_metric;
extern const struct sn_option_level sn_level_index;
extern const struct sn_option_level sn_level_lookup;
extern const struct sn_option_level sn_level_extract;
extern const struct sn_option_level sn_level_filter;
extern const struct sn_option_level sn_level_source;
extern const struct sn_option_level sn_level_group;
extern const struct sn_option_level sn_level_sink;
extern const struct sn_option_level sn_level_stdout;
extern const struct sn_option_level sn_level_file;
extern const struct sn_option_level sn_level_kafka;
extern const struct sn_option_level sn_level_spool;
extern const struct sn_option_level sn_level_spools;
extern const struct sn_option_level sn_level_registry;
extern const struct sn_option_level sn_level_output_filter;

/* All levels in the order of the documentation, NULL at the end. */
extern const struct sn_option_level *const sn_levels[];

#endif

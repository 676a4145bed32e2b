/*
 * The keys of sources of targets (file_sd, csv, http_sd) as Prometheus names them, and the structs
 * that they are bound to; see document/options.h. Data only; part of the table of sonde.yaml
 * (config/option_table.c). Bound by config/target_sources.c and config/http_sd.c.
 */
#ifndef SN_TARGETS_OPTIONS_H
#define SN_TARGETS_OPTIONS_H

#include "document/options.h"

/* targets[].file_sd and targets[].csv */
struct sn_raw_files {
	const struct sn_node *files;  /* texts */
	const struct sn_node *labels; /* map of texts, of all targets */
	uint64_t refresh_interval_ns; /* how often to look at them */
	const char *delimiter;	      /* csv: between fields, one octet */
};

/* targets[].http_sd */
struct sn_raw_http_sd {
	const char *url;		     /* NULL: not given; so with all texts */
	uint64_t refresh_interval_ns;	     /* how often to ask */
	uint64_t timeout_ns;		     /* for an answer */
	const struct sn_node *basic_auth;    /* bound to sn_raw_basic_auth */
	const struct sn_node *authorization; /* bound to sn_raw_authorization */
	const char *bearer_token;	     /* whether it is given: secret.h reads it */
	const char *bearer_token_file;	     /* in place of it */
	const struct sn_node *headers;	     /* each bound to sn_raw_header */
	const struct sn_node *tls;	     /* bound to sn_raw_tls */
	const char *proxy_url;		     /* through whom */
	bool follow_redirects;		     /* go where the server says */
	const struct sn_node *labels;	     /* map of texts, of all targets */
};

/* targets[].http_sd.basic_auth */
struct sn_raw_basic_auth {
	const char *username;	   /* NULL: not given */
	const char *password;	   /* whether it is given */
	const char *password_file; /* in place of it */
};

/* targets[].http_sd.authorization */
struct sn_raw_authorization {
	const char *type;	      /* scheme */
	const char *credentials;      /* whether they are given */
	const char *credentials_file; /* in place of them */
};

/* targets[].http_sd.http_headers.<name> */
struct sn_raw_header {
	const struct sn_node *values;  /* texts */
	const struct sn_node *secrets; /* texts, never shown */
	const struct sn_node *files;   /* names of files that hold such */
};

/* targets[].http_sd.tls_config */
struct sn_raw_tls {
	const char *ca_file;   /* NULL: not given */
	const char *cert_file; /* ours */
	const char *key_file;  /* its key */
	bool insecure;	       /* believe any certificate */
};

extern const struct sn_option_level sn_level_file_sd;
extern const struct sn_option_level sn_level_csv;
extern const struct sn_option_level sn_level_http_sd;
extern const struct sn_option_level sn_level_basic_auth;
extern const struct sn_option_level sn_level_authorization;
extern const struct sn_option_level sn_level_header;
extern const struct sn_option_level sn_level_tls;

#endif

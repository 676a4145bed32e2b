/*
 * The web configuration file, in the format of Prometheus' exporters (exporter-toolkit): TLS, users
 * with hashes of their passwords, headers. What cannot be honoured is refused. A step of a load,
 * see load.h; main thread.
 */
#ifndef SN_CONFIG_WEB_CONFIG_H
#define SN_CONFIG_WEB_CONFIG_H

#include "document/options.h"
#include "observe/http_web.h"

struct sn_load;

/* The file. */
struct sn_raw_web {
	const struct sn_node *tls;   /* bound to sn_raw_web_tls */
	const struct sn_node *http;  /* bound to sn_raw_web_http */
	const struct sn_node *users; /* map of texts */
};

/* tls_server_config */
struct sn_raw_web_tls {
	const char *cert;	      /* NULL: not given; so with all texts */
	const char *cert_file;	      /* in place of it */
	const char *key;	      /* secret */
	const char *key_file;	      /* in place of it */
	const char *client_ca;	      /* who signs clients' certificates */
	const char *client_ca_file;   /* in place of it */
	int client_auth;	      /* index into auth_words */
	int min_version;	      /* enum sn_http_tls_version */
	int max_version;	      /* enum sn_http_tls_version */
	const struct sn_node *curves; /* texts */
	const struct sn_node *sans;   /* texts */
	bool prefer_server;	      /* which GnuTLS and TLS 1.3 decide for themselves */
};

/* http_server_config */
struct sn_raw_web_http {
	bool http2;		       /* which clients can do without */
	const struct sn_node *headers; /* map of texts */
};

/*
 * Reads the file at path, which is named at `at` (NULL: on the command line), into the snapshot, of
 * whose sources it becomes one. The files it names are looked for, no more: the server reads them,
 * again whenever they change. SN_OK; SN_ECONFIG: reported; SN_ENOMEM.
 */
SN_MUST_USE int sn_web_config_read(struct sn_load *load, const char *path,
				   const struct sn_place *at, const struct sn_http_web **web);

/* Its levels of the option table. */
extern const struct sn_option_level sn_level_web;
extern const struct sn_option_level sn_level_web_tls;
extern const struct sn_option_level sn_level_web_http;

#endif

/*
 * The option table of sources of targets, see options.h. Names, types and defaults of keys that
 * Prometheus has are its own. Data only.
 */
#include "targets/options.h"

#define MS UINT64_C(1000000)
#define SEC (UINT64_C(1000) * MS)
#define DAY (UINT64_C(86400) * SEC)

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])
#define AT(type, member) .offset = offsetof(struct type, member)

#define LABELS_ROW(type_name)                                                                      \
	{                                                                                          \
		.key = "labels", .type = SN_OPTION_TEXT_MAP, AT(type_name, labels),                \
		.help = "Labels of all targets of this source, `__param_module` and such "         \
			"included; labels of the same name in the list itself go before them."     \
	}

#define FILES_INTERVAL_ROW                                                                         \
	{                                                                                          \
		.key = "refresh_interval", .type = SN_OPTION_DURATION,                             \
		AT(sn_raw_files, refresh_interval_ns), .fallback = "5m", .min = SEC,               \
		.max = 366 * DAY,                                                                  \
		.help = "How often the files are looked at. Their folders are watched as well "    \
			"(inotify), so a change is usually taken up within a second; this counts " \
			"where they cannot be watched (network file systems, links to other "      \
			"folders, wildcards in the name of a folder). The shortest of all "        \
			"sources counts."                                                          \
	}

static const struct sn_option file_sd_rows[] = {
	{.key = "files",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_files, files),
	 .help = "Target files, `.yml`, `.yaml` or `.json`, relative to the configuration file; "
		 "may contain `*`."},
	FILES_INTERVAL_ROW,
	LABELS_ROW(sn_raw_files)};

const struct sn_option_level sn_level_file_sd = {
	"targets[].file_sd",
	"Targets from files, in the format of Prometheus' file_sd. A file that is wrong, or gone "
	"without matching a pattern, is reported; while the program runs, its targets stay as they "
	"were.",
	ROWS(file_sd_rows)};

static const struct sn_option csv_rows[] = {
	{.key = "files",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_files, files),
	 .help = "Files, relative to the configuration file; may contain `*`. The first line names "
		 "the columns: `target` is the target (`address`, if there is no `target`; beside "
		 "it `address` is the label `__address__`), `module` and `auth` are the labels "
		 "`__param_module` and `__param_auth`, and every other column is a label of its "
		 "name. An empty cell is no label."},
	{.key = "delimiter",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_files, delimiter),
	 .fallback = ",",
	 .min = 1,
	 .max = 1,
	 .help = "Between two fields; a single character, `\"\\t\"` for a tab. Quotes are those of "
		 "RFC 4180: around a whole field, doubled inside it."},
	FILES_INTERVAL_ROW,
	LABELS_ROW(sn_raw_files)};

const struct sn_option_level sn_level_csv = {
	"targets[].csv",
	"Targets from comma-separated values, one a line. As with `file_sd`, a file that becomes "
	"wrong leaves its targets as they were.",
	ROWS(csv_rows)};

static const struct sn_option basic_auth_rows[] = {
	{.key = "username",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_basic_auth, username),
	 .help = "User; required."},
	{.key = "password",
	 .type = SN_OPTION_SECRET,
	 AT(sn_raw_basic_auth, password),
	 .help = "Its password; `${NAME}` is replaced by that environment variable."},
	{.key = "password_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_basic_auth, password_file),
	 .help = "File that holds what `password` would."},
};

const struct sn_option_level sn_level_basic_auth = {
	"*.basic_auth", "Who asks over HTTP, with its basic authentication.",
	ROWS(basic_auth_rows)};

static const struct sn_option authorization_rows[] = {
	{.key = "type",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_authorization, type),
	 .fallback = "Bearer",
	 .min = 1,
	 .max = 64,
	 .help = "Scheme of the header `Authorization`; not `Basic`, which is `basic_auth`."},
	{.key = "credentials",
	 .type = SN_OPTION_SECRET,
	 AT(sn_raw_authorization, credentials),
	 .help = "What follows it; `${NAME}` is replaced by that environment variable."},
	{.key = "credentials_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_authorization, credentials_file),
	 .help = "File that holds what `credentials` would."},
};

const struct sn_option_level sn_level_authorization = {"targets[].http_sd.authorization",
						       "The header `Authorization` of requests.",
						       ROWS(authorization_rows)};

static const struct sn_option header_rows[] = {
	{.key = "values",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_header, values),
	 .help = "Values; a header for each."},
	{.key = "secrets",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_header, secrets),
	 .help = "The same, never shown; `${NAME}` is replaced by that environment variable."},
	{.key = "files",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_header, files),
	 .help = "Files that hold such."},
};

const struct sn_option_level sn_level_header = {"targets[].http_sd.http_headers.<name>",
						"A header of requests.", ROWS(header_rows)};

static const struct sn_option tls_rows[] = {
	{.key = "ca_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_tls, ca_file),
	 .help = "Certificates of whom to trust, PEM; the system's when absent."},
	{.key = "cert_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_tls, cert_file),
	 .help = "Certificate to show to the server, PEM."},
	{.key = "key_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_tls, key_file),
	 .help = "Its key, PEM."},
	{.key = "insecure_skip_verify",
	 .type = SN_OPTION_BOOL,
	 AT(sn_raw_tls, insecure),
	 .fallback = "false",
	 .help = "Believe any certificate: whoever is on the way can then say what is polled, and "
		 "see the credentials."},
};

const struct sn_option_level sn_level_tls = {"*.tls_config",
					     "How the server of an `https` URL is recognized, and "
					     "we by it. Files are relative to the one this is in.",
					     ROWS(tls_rows)};

static const struct sn_option http_sd_rows[] = {
	{.key = "url",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_http_sd, url),
	 .help = "Where the list is, `http` or `https`; required. The answer must have the status "
		 "200 and the type `application/json`, and be a list of groups as in a target "
		 "file."},
	{.key = "refresh_interval",
	 .type = SN_OPTION_DURATION,
	 AT(sn_raw_http_sd, refresh_interval_ns),
	 .fallback = "60s",
	 .min = SEC,
	 .max = 366 * DAY,
	 .help = "How often to ask. Requests say it in `X-Prometheus-Refresh-Interval-Seconds`, "
		 "and by `ETag` and `Last-Modified` which list is known already; a list that has "
		 "not changed costs nothing more."},
	{.key = "timeout",
	 .type = SN_OPTION_DURATION,
	 AT(sn_raw_http_sd, timeout_ns),
	 .fallback = "30s",
	 .min = MS,
	 .max = 3600 * SEC,
	 .help = "How long the whole answer may take; a connection, five seconds of it at most."},
	{.key = "basic_auth",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_http_sd, basic_auth),
	 .child = &sn_level_basic_auth,
	 .help = "User and password. Of this, `authorization` and `bearer_token` there may be "
		 "one."},
	{.key = "authorization",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_http_sd, authorization),
	 .child = &sn_level_authorization,
	 .help = "A token, or whatever else the header `Authorization` is to say."},
	{.key = "bearer_token",
	 .type = SN_OPTION_SECRET,
	 AT(sn_raw_http_sd, bearer_token),
	 .help = "Short for `authorization: {credentials: ...}`."},
	{.key = "bearer_token_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_http_sd, bearer_token_file),
	 .help = "File that holds what `bearer_token` would."},
	{.key = "http_headers",
	 .type = SN_OPTION_MAP_OF,
	 AT(sn_raw_http_sd, headers),
	 .child = &sn_level_header,
	 .help = "More headers, by name."},
	{.key = "tls_config",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_http_sd, tls),
	 .child = &sn_level_tls,
	 .help = "Certificates."},
	{.key = "proxy_url",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_http_sd, proxy_url),
	 .help = "Proxy to ask through, `http` or `https`; the environment's are not used."},
	{.key = "follow_redirects",
	 .type = SN_OPTION_BOOL,
	 AT(sn_raw_http_sd, follow_redirects),
	 .fallback = "true",
	 .help = "Go where the server says that the list is, up to ten times in a row. User, "
		 "password and `Authorization` stay with the server they are for."},
	{.key = "oauth2", .type = SN_OPTION_LATER, .help = "Tokens by OAuth 2.0."},
	LABELS_ROW(sn_raw_http_sd)};

const struct sn_option_level sn_level_http_sd = {
	"targets[].http_sd",
	"Targets from a web server, in the format of Prometheus' http_sd. While it cannot be "
	"reached or its list is wrong, there is one warning and its targets stay as they were; "
	"with `state_dir` this holds for the next start too. A start without any list goes on "
	"without targets of it.",
	ROWS(http_sd_rows)};

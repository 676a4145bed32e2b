/*
 * The option table of the web configuration file: every key with its type, default and meaning.
 * Data only.
 */
#include "config/web_config.h"

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])
#define AT(type, member) .offset = offsetof(struct type, member)

static const char *const auth_words[] = {"NoClientCert",
					 "RequestClientCert",
					 "RequireAnyClientCert",
					 "VerifyClientCertIfGiven",
					 "RequireAndVerifyClientCert",
					 "RequireClientCert",
					 NULL};
static const char *const version_words[] = {"TLS10", "TLS11", "TLS12", "TLS13", NULL};

_Static_assert(SN_HTTP_CLIENT_VERIFY == 4 && SN_HTTP_TLS13 == 3, "order of their words");

static const struct sn_option tls_rows[] = {
	{.key = "cert_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_web_tls, cert_file),
	 .help = "Certificate of the server in PEM, those of its chain behind it; read again when "
		 "it changes. Paths are relative to this file."},
	{.key = "key_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_web_tls, key_file),
	 .help = "Its private key in PEM, unencrypted; read again when it changes."},
	{.key = "cert",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_web_tls, cert),
	 .help = "The certificate itself, in place of `cert_file`."},
	{.key = "key",
	 .type = SN_OPTION_SECRET,
	 AT(sn_raw_web_tls, key),
	 .help = "The key itself, in place of `key_file`; taken as it is, without `${NAME}`."},
	{.key = "client_auth_type",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_web_tls, client_auth),
	 .fallback = "NoClientCert",
	 .words = auth_words,
	 .help = "Which certificate clients have to show. `RequireClientCert` is the older name of "
		 "`RequireAnyClientCert`."},
	{.key = "client_ca_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_web_tls, client_ca_file),
	 .help = "Certificates in PEM that may sign those of clients; read again when it changes."},
	{.key = "client_ca",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_web_tls, client_ca),
	 .help = "These themselves, in place of `client_ca_file`."},
	{.key = "client_allowed_sans",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_web_tls, sans),
	 .help = "Names, addresses or URIs: the certificate of a client must be for one of them."},
	{.key = "min_version",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_web_tls, min_version),
	 .fallback = "TLS12",
	 .words = version_words,
	 .help = "The oldest version that is spoken."},
	{.key = "max_version",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_web_tls, max_version),
	 .fallback = "TLS13",
	 .words = version_words,
	 .help = "The newest."},
	{.key = "curve_preferences",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_web_tls, curves),
	 .help = "Groups of the key exchange, the favourite first: `CurveP256`, `CurveP384`, "
		 "`CurveP521`, `X25519`; GnuTLS's own when absent."},
	{.key = "prefer_server_cipher_suites",
	 .type = SN_OPTION_BOOL,
	 AT(sn_raw_web_tls, prefer_server),
	 .fallback = "true",
	 .help = "Ignored, as by today's exporters."},
	{.key = "cipher_suites",
	 .type = SN_OPTION_LATER,
	 .help = "Cipher suites; GnuTLS's defaults are used."},
};

const struct sn_option_level sn_level_web_tls = {
	"tls_server_config", "HTTPS in place of HTTP, of the web configuration file.",
	ROWS(tls_rows)};

static const struct sn_option http_rows[] = {
	{.key = "http2",
	 .type = SN_OPTION_BOOL,
	 AT(sn_raw_web_http, http2),
	 .fallback = "true",
	 .help = "Ignored: HTTP/1.1 is spoken."},
	{.key = "headers",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_web_http, headers),
	 .help = "Headers of all replies: `Strict-Transport-Security`, `X-Content-Type-Options` "
		 "(`nosniff`), `X-Frame-Options` (`deny`, `sameorigin`), `X-XSS-Protection`, "
		 "`Content-Security-Policy`."},
};

const struct sn_option_level sn_level_web_http = {
	"http_server_config", "Of the web configuration file.", ROWS(http_rows)};

static const struct sn_option web_rows[] = {
	{.key = "tls_server_config",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_web, tls),
	 .child = &sn_level_web_tls,
	 .help = "HTTPS; plain HTTP when absent or empty."},
	{.key = "http_server_config",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_web, http),
	 .child = &sn_level_web_http,
	 .help = "Headers."},
	{.key = "basic_auth_users",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_web, users),
	 .help = "Who may ask, and the bcrypt hashes of their passwords, as `htpasswd -nBC 10` "
		 "makes them; everybody when absent or empty."},
	{.key = "rate_limit", .type = SN_OPTION_LATER, .help = "Requests a second at most."},
};

const struct sn_option_level sn_level_web = {
	"web configuration file",
	"TLS and passwords in the format of Prometheus' exporters, which know it as "
	"`--web.config.file`.",
	ROWS(web_rows)};

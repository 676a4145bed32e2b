/*
 * What a web configuration file says: certificates, users, headers. Plain data that the server
 * (http.c and what is behind it) copies; made by config/web_config.c from Prometheus' format.
 */
#ifndef SN_OBSERVE_HTTP_WEB_H
#define SN_OBSERVE_HTTP_WEB_H

#include <stdint.h>

/* Which certificate a client has to show; the order is that of client_auth_type's words. */
enum sn_http_client_auth {
	SN_HTTP_CLIENT_NONE,	     /* none is asked for */
	SN_HTTP_CLIENT_REQUEST,	     /* one may be shown, any */
	SN_HTTP_CLIENT_REQUIRE,	     /* one must be shown, any */
	SN_HTTP_CLIENT_VERIFY_GIVEN, /* one that is shown must be signed by client_ca */
	SN_HTTP_CLIENT_VERIFY,	     /* one must be shown, signed by client_ca */
};

enum sn_http_tls_version {
	SN_HTTP_TLS10,
	SN_HTTP_TLS11,
	SN_HTTP_TLS12,
	SN_HTTP_TLS13,
};

/* Groups of the key exchange. */
enum sn_http_curve {
	SN_HTTP_P256,
	SN_HTTP_P384,
	SN_HTTP_P521,
	SN_HTTP_X25519,
	SN_HTTP_CURVE_COUNT,
};

/* Something in PEM: in a file, which is read again when it changes, or as text. */
struct sn_http_pem {
	const char *file; /* NULL: as text, or not given at all */
	const char *text; /* NULL: in a file, or not given at all */
};

struct sn_http_tls_config {
	struct sn_http_pem cert;	      /* of the server, others of its chain behind it */
	struct sn_http_pem key;		      /* of that certificate */
	struct sn_http_pem client_ca;	      /* those who may sign clients' certificates */
	enum sn_http_client_auth client_auth; /* what clients have to show */
	enum sn_http_tls_version min_version; /* the oldest that is spoken */
	enum sn_http_tls_version max_version; /* the newest */
	uint8_t curves[SN_HTTP_CURVE_COUNT];  /* enum sn_http_curve, the favourite first */
	unsigned ncurves;		      /* 0: as GnuTLS likes it */
	const char *const *sans;	      /* names, one of which a client's certificate has */
	unsigned nsans;			      /* 0: any */
};

struct sn_http_user {
	const char *name; /* without a colon */
	const char *hash; /* of the password, bcrypt: see sn_http_login_hash_error */
};

struct sn_http_extra {
	const char *name;  /* of a header of all replies */
	const char *value; /* one line */
};

struct sn_http_web {
	const struct sn_http_tls_config *tls; /* NULL: plain HTTP */
	const struct sn_http_user *users;     /* who may ask; none: everybody */
	unsigned nusers;		      /* of users */
	const struct sn_http_extra *extras;   /* headers of all replies */
	unsigned nextras;		      /* of extras */
};

#endif

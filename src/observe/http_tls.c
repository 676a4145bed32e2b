/*
 * GnuTLS, see http_tls.h. A session asks for the certificate during its handshake: that is when the
 * files are looked at. What they hold is parsed for each session anew, so that nothing has to
 * outlive a change. Server's thread but where the header says any.
 */
#include "observe/http_tls.h"

#include "base/log.h"
#include "observe/http.h"
#include "observe/http_pem.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHAIN_MAX = 16,	    /* certificates of a chain */
	PRIORITY_MAX = 256, /* octets of a priority string */
	SAN_MAX = 256,	    /* octets of a subject alternative name */
};

struct sn_http_tls {
	atomic_uint refs;		      /* who holds it */
	struct sn_http_pem_source cert;	      /* chain, the server's own first */
	struct sn_http_pem_source key;	      /* of the first */
	struct sn_http_pem_source ca;	      /* may be none */
	gnutls_x509_trust_list_t roots;	      /* what is in ca; NULL: none */
	gnutls_priority_t priorities;	      /* versions and curves */
	enum sn_http_client_auth client_auth; /* what clients show */
	char **sans;			      /* one of which they must have */
	unsigned nsans;			      /* of them */
};

/* GnuTLS's way to look at octets. */
static gnutls_datum_t as_datum(const struct sn_http_pem_text *t)
{
	gnutls_datum_t d = {.data = t->p, .size = t->n};

	return d;
}

static void free_roots(struct sn_http_tls *t)
{
	if (t->roots) {
		gnutls_x509_trust_list_deinit(t->roots, 1);
		t->roots = NULL;
	}
}

/* The chain as a session wants it; GnuTLS's memory. Their number, or GnuTLS's error. */
static int parse_chain(const gnutls_datum_t *pem, gnutls_pcert_st **list)
{
	unsigned n = CHAIN_MAX;
	gnutls_pcert_st *certs = gnutls_calloc(CHAIN_MAX, sizeof(*certs));
	int rc;

	if (!certs) {
		return GNUTLS_E_MEMORY_ERROR;
	}
	rc = gnutls_pcert_list_import_x509_raw(certs, &n, pem, GNUTLS_X509_FMT_PEM,
					       GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
	if (rc < 0 || n == 0) {
		gnutls_free(certs);
		return rc < 0 ? rc : GNUTLS_E_NO_CERTIFICATE_FOUND;
	}
	*list = certs;
	return (int)n;
}

/* Whether a certificate and a key belong together and can be used. 0 or GnuTLS's error. */
static int check_pair(const gnutls_datum_t *cert, const gnutls_datum_t *key)
{
	gnutls_certificate_credentials_t cred;
	gnutls_pcert_st *list;
	int rc = gnutls_certificate_allocate_credentials(&cred);

	if (rc) {
		return rc;
	}
	rc = gnutls_certificate_set_x509_key_mem2(cred, cert, key, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_certificate_free_credentials(cred);
	if (rc < 0) {
		return rc;
	}
	rc = parse_chain(cert, &list);
	if (rc < 0) {
		return rc;
	}
	for (int i = 0; i < rc; i++) {
		gnutls_pcert_deinit(&list[i]);
	}
	gnutls_free(list);
	return 0;
}

/* Those who may sign clients' certificates. SN_EINVAL and why, SN_ENOMEM. */
static int parse_roots(const struct sn_http_pem_source *ca, const gnutls_datum_t *pem,
		       gnutls_x509_trust_list_t *roots, char *why)
{
	int rc = gnutls_x509_trust_list_init(roots, 0);

	if (rc) {
		return SN_ENOMEM;
	}
	rc = gnutls_x509_trust_list_add_trust_mem(*roots, pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	if (rc > 0) {
		return SN_OK;
	}
	gnutls_x509_trust_list_deinit(*roots, 1);
	*roots = NULL;
	snprintf(why, SN_HTTP_WHY_MAX, "%s%s%.150s: %s", ca->what, ca->path ? " " : "",
		 ca->path ? ca->path : "", rc < 0 ? gnutls_strerror(rc) : "no certificate in it");
	return SN_EINVAL;
}

/* Whether what was read, or where nothing was what is in use, fits together. SN_EINVAL and why,
 * SN_ENOMEM. */
static int check(struct sn_http_tls *t, const struct sn_http_pem_text fresh[3],
		 gnutls_x509_trust_list_t *roots, char *why)
{
	gnutls_datum_t cert = as_datum(fresh[0].p ? &fresh[0] : &t->cert.text);
	gnutls_datum_t key = as_datum(fresh[1].p ? &fresh[1] : &t->key.text);
	gnutls_datum_t ca = as_datum(fresh[2].p ? &fresh[2] : &t->ca.text);
	int rc = check_pair(&cert, &key);

	if (rc) {
		snprintf(why, SN_HTTP_WHY_MAX, "%s and %s: %s", t->cert.what, t->key.what,
			 gnutls_strerror(rc));
		return SN_EINVAL;
	}
	return ca.data ? parse_roots(&t->ca, &ca, roots, why) : SN_OK;
}

/*
 * Reads the files, all of them, and takes what they hold if it fits; else all stays as it was.
 * SN_EINVAL and why, SN_ENOMEM.
 */
static int load(struct sn_http_tls *t, char *why)
{
	struct sn_http_pem_source *const sources[] = {&t->cert, &t->key, &t->ca};
	struct sn_http_pem_text fresh[3] = {{0}};
	gnutls_x509_trust_list_t roots = NULL;
	int rc = SN_OK;

	/* all, in any case: those that cannot be read are not tried again before they change */
	for (int i = 0; i < 3; i++) {
		int one = sn_http_pem_read(sources[i], &fresh[i], why);

		rc = rc ? rc : one;
	}
	rc = rc ? rc : check(t, fresh, &roots, why);
	for (int i = 0; i < 3; i++) {
		if (!rc) {
			sn_http_pem_replace(sources[i], &fresh[i]);
		}
		sn_http_pem_drop(&fresh[i]);
	}
	if (roots) {
		free_roots(t);
		t->roots = roots;
	}
	return rc;
}

/* Another certificate in place of one that expires must not need a restart. */
static void refresh(struct sn_http_tls *t)
{
	char why[SN_HTTP_WHY_MAX] = "out of memory";

	if (!sn_http_pem_changed(&t->cert) && !sn_http_pem_changed(&t->key) &&
	    !sn_http_pem_changed(&t->ca)) {
		return;
	}
	if (load(t, why)) {
		sn_log(SN_LOG_WARNING, "http: the certificate in use stays: %s", why);
	} else {
		sn_log(SN_LOG_INFO, "http: certificate read again");
	}
}

/* GnuTLS's words for versions and curves. */
static int make_priorities(const struct sn_http_tls_config *cfg, gnutls_priority_t *out, char *why)
{
	static const char *const versions[] = {"1.0", "1.1", "1.2", "1.3"};
	static const char *const curves[] = {"SECP256R1", "SECP384R1", "SECP521R1", "X25519"};
	char text[PRIORITY_MAX];
	int n = snprintf(text, sizeof(text), "NORMAL:-VERS-ALL");
	int rc;

	for (int v = (int)cfg->max_version; v >= (int)cfg->min_version; v--) {
		n += snprintf(text + n, sizeof(text) - (size_t)n, ":+VERS-TLS%s", versions[v]);
	}
	if (cfg->ncurves) {
		n += snprintf(text + n, sizeof(text) - (size_t)n, ":-GROUP-ALL");
	}
	for (unsigned i = 0; i < cfg->ncurves; i++) {
		n += snprintf(text + n, sizeof(text) - (size_t)n, ":+GROUP-%s",
			      curves[cfg->curves[i]]);
	}
	rc = gnutls_priority_init(out, text, NULL);
	if (rc) {
		snprintf(why, SN_HTTP_WHY_MAX, "min_version to max_version: %s",
			 gnutls_strerror(rc));
		return SN_EINVAL;
	}
	return SN_OK;
}

static int copy_sans(struct sn_http_tls *t, const struct sn_http_tls_config *cfg)
{
	t->sans = calloc(cfg->nsans + 1, sizeof(*t->sans));
	for (unsigned i = 0; t->sans && i < cfg->nsans; i++) {
		t->sans[i] = strdup(cfg->sans[i]);
		if (!t->sans[i]) {
			return SN_ENOMEM;
		}
		t->nsans++;
	}
	return t->sans ? SN_OK : SN_ENOMEM;
}

int sn_http_tls_new(const struct sn_http_tls_config *cfg, struct sn_http_tls **out, char *why)
{
	struct sn_http_tls *t = calloc(1, sizeof(*t));
	int rc;

	snprintf(why, SN_HTTP_WHY_MAX, "out of memory");
	if (!t) {
		return SN_ENOMEM;
	}
	atomic_init(&t->refs, 1);
	t->client_auth = cfg->client_auth;
	rc = sn_http_pem_init(&t->cert, &cfg->cert, "cert_file", "cert");
	rc = rc ? rc : sn_http_pem_init(&t->key, &cfg->key, "key_file", "key");
	rc = rc ? rc : sn_http_pem_init(&t->ca, &cfg->client_ca, "client_ca_file", "client_ca");
	rc = rc ? rc : copy_sans(t, cfg);
	rc = rc ? rc : make_priorities(cfg, &t->priorities, why);
	rc = rc ? rc : load(t, why);
	if (rc) {
		sn_http_tls_unref(t);
		return rc;
	}
	*out = t;
	return SN_OK;
}

struct sn_http_tls *sn_http_tls_ref(struct sn_http_tls *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void sn_http_tls_unref(struct sn_http_tls *t)
{
	if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) > 1) {
		return;
	}
	sn_http_pem_fini(&t->cert);
	sn_http_pem_fini(&t->key);
	sn_http_pem_fini(&t->ca);
	for (unsigned i = 0; i < t->nsans; i++) {
		free(t->sans[i]);
	}
	free(t->sans);
	free_roots(t);
	if (t->priorities) {
		gnutls_priority_deinit(t->priorities);
	}
	free(t);
}

/* Whether a client's own certificate has one of the names. */
static bool has_san(const struct sn_http_tls *t, gnutls_x509_crt_t crt)
{
	for (unsigned i = 0;; i++) {
		char name[SAN_MAX] = "";
		char text[INET6_ADDRSTRLEN];
		size_t n = sizeof(name) - 1;
		int type = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &n, NULL);

		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
			return false;
		}
		if (type == GNUTLS_SAN_IPADDRESS && (n == 4 || n == 16)) {
			inet_ntop(n == 4 ? AF_INET : AF_INET6, name, text, sizeof(text));
			n = strlen(text);
			memcpy(name, text, n + 1);
		} else if (type != GNUTLS_SAN_DNSNAME && type != GNUTLS_SAN_RFC822NAME &&
			   type != GNUTLS_SAN_URI) {
			continue; /* too long, or of a kind that cannot be written down */
		}
		for (unsigned k = 0; k < t->nsans; k++) {
			if (strlen(t->sans[k]) == n && memcmp(t->sans[k], name, n) == 0) {
				return true;
			}
		}
	}
}

/* Whether a client's chain leads to one of the roots now, and is meant for clients. */
static bool is_signed(const struct sn_http_tls *t, gnutls_x509_crt_t *chain, unsigned n)
{
	char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st data = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
				      .data = (unsigned char *)purpose};
	unsigned status = 0;

	return t->roots &&
	       gnutls_x509_trust_list_verify_crt2(t->roots, chain, n, &data, 1, 0, &status, NULL) ==
		       0 &&
	       status == 0;
}

/* Of a session whose client has sent a certificate, or none; not 0 ends the handshake. */
static int verify_client(gnutls_session_t session)
{
	const struct sn_http_tls *t = gnutls_session_get_ptr(session);
	gnutls_x509_crt_t chain[CHAIN_MAX];
	unsigned n = 0;
	unsigned have = 0;
	const gnutls_datum_t *raw = gnutls_certificate_get_peers(session, &n);
	bool ok = true;

	if (!raw || n == 0) {
		return 0; /* GnuTLS itself insists where one is required */
	}
	while (ok && have < n && have < CHAIN_MAX) {
		ok = gnutls_x509_crt_init(&chain[have]) == 0;
		if (ok) {
			have++;
			ok = gnutls_x509_crt_import(chain[have - 1], &raw[have - 1],
						    GNUTLS_X509_FMT_DER) == 0;
		}
	}
	if (ok && t->client_auth >= SN_HTTP_CLIENT_VERIFY_GIVEN) {
		ok = is_signed(t, chain, have);
	}
	if (ok && t->nsans) {
		ok = has_san(t, chain[0]);
	}
	while (have > 0) {
		gnutls_x509_crt_deinit(chain[--have]);
	}
	return ok ? 0 : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

void sn_http_tls_begin(struct sn_http_tls *t, void *session)
{
	gnutls_session_t s = session;

	gnutls_session_set_ptr(s, t);
	if (!t) {
		return;
	}
	gnutls_priority_set(s, t->priorities);
	if (t->client_auth != SN_HTTP_CLIENT_NONE) {
		bool must = t->client_auth == SN_HTTP_CLIENT_REQUIRE ||
			    t->client_auth == SN_HTTP_CLIENT_VERIFY;

		gnutls_certificate_server_set_request(s, must ? GNUTLS_CERT_REQUIRE
							      : GNUTLS_CERT_REQUEST);
		gnutls_session_set_verify_function(s, verify_client);
	}
}

int sn_http_tls_retrieve(struct gnutls_session_int *session, const struct gnutls_cert_retr_st *info,
			 struct gnutls_pcert_st **certs, unsigned *ncerts,
			 struct gnutls_ocsp_data_st **ocsp, unsigned *nocsp,
			 struct gnutls_privkey_st **key, unsigned *flags)
{
	struct sn_http_tls *t = gnutls_session_get_ptr(session);
	gnutls_datum_t pem;
	int n;

	(void)info;
	if (!t) {
		return -1;
	}
	refresh(t);
	if (gnutls_privkey_init(key)) {
		return -1;
	}
	pem = as_datum(&t->key.text);
	n = gnutls_privkey_import_x509_raw(*key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	pem = as_datum(&t->cert.text);
	n = n ? n : parse_chain(&pem, certs);
	if (n < 0) {
		gnutls_privkey_deinit(*key);
		return -1;
	}
	*ncerts = (unsigned)n;
	*ocsp = NULL;
	*nocsp = 0;
	*flags = GNUTLS_CERT_RETR_DEINIT_ALL;
	return 0;
}

int sn_http_tls_mac(const uint8_t key[SN_HTTP_MAC_SIZE], const struct sn_span *parts, unsigned n,
		    uint8_t out[SN_HTTP_MAC_SIZE])
{
	gnutls_hmac_hd_t mac;
	int rc = gnutls_hmac_init(&mac, GNUTLS_MAC_SHA256, key, SN_HTTP_MAC_SIZE);

	if (rc) {
		return SN_ENOMEM;
	}
	for (unsigned i = 0; i < n && !rc; i++) {
		uint64_t length = parts[i].n;

		rc = gnutls_hmac(mac, &length, sizeof(length));
		if (!rc && length) {
			rc = gnutls_hmac(mac, parts[i].p, parts[i].n);
		}
	}
	gnutls_hmac_deinit(mac, out);
	return rc ? SN_ENOMEM : SN_OK;
}

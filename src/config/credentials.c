/*
 * Credentials of the command line, see credentials.h.
 */
#include "config/credentials.h"

#include "msg/peek.h"
#include "msg/v3.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum {
	SECRET_MAX = 255, /* octets of a community or password */
	PASSWORD_MIN = 8, /* RFC 3414 §11.2 */
	CONTEXT_MAX = 255 /* octets */
};

/* All of it in one locked object. */
struct vault {
	struct sn_usm_user user;     /* version 3 */
	struct sn_usm_access access; /* to it */
	size_t n;		     /* octets of the secret */
	char secret[SECRET_MAX + 1]; /* the community, or the password at hand */
	char name[SN_V3_NAME_MAX];   /* of the user */
	char context[CONTEXT_MAX];   /* contextName */
};

/* While they are made. */
struct maker {
	const char *command; /* for messages */
	struct vault *v;     /* what is made */
	char *secret;	     /* the one at hand, SECRET_MAX octets and a NUL */
	size_t *n;	     /* octets of it */
};

bool sn_credentials_option(struct sn_credential_options *opt, int letter, char *text)
{
	switch (letter) {
	case 'v':
		opt->version = text;
		return true;
	case 'c':
		opt->community = text;
		return true;
	case 'l':
		opt->level = text;
		return true;
	case 'u':
		opt->user = text;
		return true;
	case 'a':
		opt->auth = text;
		return true;
	case 'A':
		opt->auth_password = text;
		return true;
	case 'x':
		opt->priv = text;
		return true;
	case 'X':
		opt->priv_password = text;
		return true;
	case 'n':
		opt->context = text;
		return true;
	default:
		return false;
	}
}

static int complain(const struct maker *m, const char *option, const char *what)
{
	fprintf(stderr, "sonde %s: %s: %s\n", m->command, option, what);
	return SN_ECONFIG;
}

static int from_file(const struct maker *m, const char *option, const char *path)
{
	FILE *f = fopen(path, "re");
	char *newline;

	if (!f) {
		return complain(m, option, "the file that holds it cannot be read");
	}
	setvbuf(f, NULL, _IONBF, 0); /* no copy in the stream's buffer */
	m->secret[0] = '\0';
	if (!fgets(m->secret, SECRET_MAX + 1, f)) {
		m->secret[0] = '\0';
	}
	fclose(f);
	newline = strpbrk(m->secret, "\r\n");
	if (newline) {
		*newline = '\0';
	}
	*m->n = strlen(m->secret);
	return SN_OK;
}

static int from_text(const struct maker *m, const char *option, const char *text)
{
	*m->n = strlen(text);
	if (*m->n > SECRET_MAX) {
		return complain(m, option, "too long (expected at most 255 octets)");
	}
	memcpy(m->secret, text, *m->n + 1);
	return SN_OK;
}

static int from_environment(const struct maker *m, const char *option, const char *text)
{
	char name[64];
	const char *value;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text + 2, "}"), text + 2);
	value = getenv(name);
	return value ? from_text(m, option, value)
		     : complain(m, option, "the environment variable is not set");
}

/* The secret of an option goes to m->v. */
static int read_secret(const struct maker *m, const char *option, char *text)
{
	size_t n = strlen(text);
	int rc;

	if (n > 3 && strncmp(text, "${", 2) == 0 && strchr(text, '}') == text + n - 1) {
		rc = from_environment(m, option, text);
	} else if (text[0] == '@' && text[1] != '@') {
		rc = from_file(m, option, text + 1);
	} else {
		rc = from_text(m, option, text + (text[0] == '@'));
		memset(text, '*', n); /* gone from the list of processes */
	}
	return rc ? rc : *m->n ? SN_OK : complain(m, option, "empty");
}

int sn_credentials_secret(char *text, const char *command, const char *option, char *secret,
			  size_t *n)
{
	struct maker m = {.command = command};

	m.secret = secret;
	m.n = n;
	return read_secret(&m, option, text);
}

/* A protocol's name as people write it: no hyphens, and the names of old. */
static void normalize(const char *text, char *out, size_t size)
{
	static const char *const others[][2] = {
		{"SHA1", "SHA"}, {"AES128", "AES"}, {"3DESEDE", "3DES"}};
	size_t n = 0;

	for (; *text && n + 1 < size; text++) {
		if (*text != '-' && *text != '_') {
			out[n++] = *text;
		}
	}
	out[n] = '\0';
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcasecmp(out, others[i][0]) == 0) {
			snprintf(out, size, "%s", others[i][1]);
		}
	}
}

static int find_auth(const struct maker *m, const char *text)
{
	char name[16];

	normalize(text ? text : "", name, sizeof(name));
	for (int i = SN_AUTH_NONE + 1; i < SN_AUTH_COUNT; i++) {
		if (strcasecmp(name, sn_auth_info((enum sn_auth_protocol)i)->name) == 0) {
			return i;
		}
	}
	return complain(m, "-a",
			"no authentication protocol (expected MD5, SHA, SHA224, SHA256, SHA384 or "
			"SHA512)");
}

static int find_priv(const struct maker *m, const char *text)
{
	char name[16];

	normalize(text ? text : "", name, sizeof(name));
	for (int i = SN_PRIV_NONE + 1; i < SN_PRIV_COUNT; i++) {
		if (strcasecmp(name, sn_priv_info((enum sn_priv_protocol)i)->name) == 0) {
			return i;
		}
	}
	return complain(m, "-x",
			"no privacy protocol (expected DES, 3DES, AES, AES192, AES256, AES192C or "
			"AES256C)");
}

/* Levels as Net-SNMP writes them; without -l what the passwords allow. */
static int find_level(const struct maker *m, const struct sn_credential_options *opt)
{
	static const char *const names[][2] = {
		{"noAuthNoPriv", "noAuth"}, {"authNoPriv", "auth"}, {"authPriv", "priv"}};
	static const int levels[] = {0, SN_V3_AUTH, SN_V3_AUTH | SN_V3_PRIV};

	if (!opt->level) {
		return (opt->auth_password ? SN_V3_AUTH : 0) |
		       (opt->priv_password ? SN_V3_PRIV : 0);
	}
	for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcasecmp(opt->level, names[i][0]) == 0 ||
		    strcasecmp(opt->level, names[i][1]) == 0) {
			return levels[i];
		}
	}
	return complain(m, "-l", "expected noAuthNoPriv, authNoPriv or authPriv");
}

/* Ku of a password (RFC 3414 A.2). */
static int make_key(const struct maker *m, const char *option, char *password, uint8_t *key)
{
	int rc;

	if (!password) {
		return complain(m, option, "missing, the security level needs it");
	}
	rc = read_secret(m, option, password);
	if (rc) {
		return rc;
	}
	if (*m->n < PASSWORD_MIN) {
		return complain(m, option, "shorter than 8 octets");
	}
	rc = sn_auth_password_to_key((enum sn_auth_protocol)m->v->user.auth,
				     sn_span_make(m->secret, *m->n), key);
	sn_keys_wipe(m->secret, SECRET_MAX + 1);
	return rc;
}

static int make_auth(const struct maker *m, const struct sn_credential_options *opt)
{
	struct sn_usm_user *u = &m->v->user;
	int proto = find_auth(m, opt->auth);

	if (proto < 0) {
		return proto;
	}
	u->auth = (uint8_t)proto;
	u->auth_n = sn_auth_info((enum sn_auth_protocol)proto)->digest;
	return make_key(m, "-A", opt->auth_password, u->auth_key);
}

static int make_priv(const struct maker *m, const struct sn_credential_options *opt)
{
	struct sn_usm_user *u = &m->v->user;
	int proto = find_priv(m, opt->priv);

	if (proto < 0) {
		return proto;
	}
	u->priv = (uint8_t)proto;
	u->priv_n = u->auth_n;
	return make_key(m, "-X", opt->priv_password, u->priv_key);
}

static int make_user(const struct maker *m, const struct sn_credential_options *opt)
{
	struct vault *v = m->v;
	size_t context = opt->context ? strlen(opt->context) : 0;
	size_t name = opt->user ? strlen(opt->user) : 0;
	int level = find_level(m, opt);
	int rc = SN_OK;

	if (level < 0) {
		return level;
	}
	if (level == SN_V3_PRIV) {
		return complain(m, "-X", "there is no privacy without authentication (-a, -A)");
	}
	if (name == 0 || name > sizeof(v->name)) {
		return complain(m, "-u", "expected a user name of 1 to 32 octets");
	}
	if (context > sizeof(v->context)) {
		return complain(m, "-n", "too long (expected at most 255 octets)");
	}
	memcpy(v->name, opt->user, name);
	memcpy(v->context, opt->context ? opt->context : "", context);
	v->user.name = sn_span_make(v->name, name);
	v->user.level = (uint8_t)level;
	v->access.user = &v->user;
	v->access.context = sn_span_make(v->context, context);
	if (level & SN_V3_AUTH) {
		rc = make_auth(m, opt);
	}
	if (rc == SN_OK && level & SN_V3_PRIV) {
		rc = make_priv(m, opt);
	}
	return rc;
}

static int find_version(const struct maker *m, const char *text)
{
	if (!text || strcmp(text, "2c") == 0) {
		return SN_VERSION_2C;
	}
	if (strcmp(text, "1") == 0) {
		return SN_VERSION_1;
	}
	return strcmp(text, "3") == 0 ? SN_VERSION_3 : complain(m, "-v", "expected 1, 2c or 3");
}

int sn_credentials_make(struct sn_credentials *cred, const struct sn_credential_options *opt,
			const char *command)
{
	struct maker m = {.command = command};
	int version = find_version(&m, opt->version);
	int rc = version < 0 ? version : SN_OK;
	char fallback[] = "public"; /* everybody's: nothing to hide */

	memset(cred, 0, sizeof(*cred));
	sn_keys_init(&cred->memory, sizeof(struct vault));
	m.v = sn_keys_get(&cred->memory);
	if (!m.v) {
		return SN_ENOMEM;
	}
	m.secret = m.v->secret;
	m.n = &m.v->n;
	cred->version = version;
	if (rc == SN_OK && version == SN_VERSION_3) {
		rc = make_user(&m, opt);
		cred->access = &m.v->access;
	} else if (rc == SN_OK) {
		rc = read_secret(&m, "-c", opt->community ? opt->community : fallback);
		cred->community = sn_span_make(m.v->secret, m.v->n);
	}
	if (rc) {
		sn_credentials_fini(cred);
	}
	return rc;
}

void sn_credentials_fini(struct sn_credentials *cred)
{
	sn_keys_fini(&cred->memory);
}

const char *sn_credentials_describe(const struct sn_credentials *cred, char *out, size_t size)
{
	static const char *const levels[] = {"noAuthNoPriv", "authNoPriv", "", "authPriv"};
	const struct sn_usm_user *u = cred->access ? cred->access->user : NULL;

	if (!u) {
		snprintf(out, size, "SNMPv%s", cred->version == SN_VERSION_1 ? "1" : "2c");
	} else {
		snprintf(out, size, "SNMPv3 as \"%.*s\", %s", (int)u->name.n,
			 (const char *)u->name.p, levels[u->level & SN_V3_LEVEL]);
	}
	return out;
}

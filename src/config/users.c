/*
 * Version 3: auths become users of the User-based Security Model and ways to access an agent. Users
 * live in locked memory of the snapshot; their passwords are hashed at the end of a load, all at
 * once, for the targets that are left then. Called by auths.c, settings.c and config.c, see
 * users.h. Main thread.
 */
#include "config/users.h"

#include "base/hash.h"
#include "base/log.h"
#include "config/key_cache.h"
#include "document/scalar.h"
#include "msg/community.h"
#include "msg/v3.h"

#include <assert.h>
#include <stdio.h>

enum {
	PASSWORD_MIN = 8,     /* octets, RFC 3414 §11.2 */
	MANY_PASSWORDS = 1000 /* half a second and more: worth a line */
};

_Static_assert((int)SN_SECRET_MAX <= (int)SN_KEY_PASSWORD_MAX, "a password that has no key");

/* The two keys of a user. */
enum key_use { USE_AUTH, USE_PRIV, USES };

/* The ways to give one, in this order. */
enum key_source { SOURCE_PASSWORD, SOURCE_MASTER, SOURCE_LOCALIZED, SOURCES };

/* A user while it is made. */
struct sn_built_user {
	struct sn_usm_user user;	/* first: what targets point at */
	struct sn_built_user *next;	/* used earlier; dies with the load */
	struct sn_span passwords[USES]; /* to be hashed; die with the load */
	struct sn_key *keys[USES];	/* what they become; die with the load */
	bool wanted;			/* by a target that is left */
};

#define TEXT_AND_FILE(name) #name, #name "_file"

static const struct sn_secret_key sources[USES][SOURCES] = {
	{{TEXT_AND_FILE(password), "password", SN_SECRET_MAX},
	 {TEXT_AND_FILE(auth_key), "key", SN_SECRET_MAX},
	 {TEXT_AND_FILE(auth_localized_key), "key", SN_SECRET_MAX}},
	{{TEXT_AND_FILE(priv_password), "password", SN_SECRET_MAX},
	 {TEXT_AND_FILE(priv_key), "key", SN_SECRET_MAX},
	 {TEXT_AND_FILE(priv_localized_key), "key", SN_SECRET_MAX}},
};

static const struct sn_secret_key user_key = {"username", NULL, "user name", SN_V3_NAME_MAX};

static const uint8_t auth_protocols[] = {
#define PROTOCOL(word, id) SN_AUTH_##id,
	SN_AUTH_WORDS(PROTOCOL)
#undef PROTOCOL
};

static const uint8_t priv_protocols[] = {
#define PROTOCOL(word, id) SN_PRIV_##id,
	SN_PRIV_WORDS(PROTOCOL)
#undef PROTOCOL
};

void sn_users_init(struct sn_snapshot *snap)
{
	sn_keys_init(&snap->users, sizeof(struct sn_built_user));
}

static bool uses(const struct sn_raw_auth *raw, enum key_use use)
{
	return raw->security_level > (int)use;
}

/* Which key a level needs is given, and in one way. SN_ECONFIG: reported. */
static int check_source(struct sn_load *load, const struct sn_path *path,
			const struct sn_definition *def, const struct sn_raw_auth *raw,
			enum key_use use)
{
	const struct sn_secret_key *ways = sources[use];
	int source = sn_secret_choose(load, path, def->value, ways, SOURCES);

	if (source < 0) {
		return source;
	}
	if (source == SOURCES && uses(raw, use)) {
		sn_path_error(&load->diag, path, def->key,
			      "%s is missing (expected %s, %s or %s, or one of them with _file)",
			      ways[0].text, ways[0].text, ways[1].text, ways[2].text);
		return SN_ECONFIG;
	}
	if (source == SOURCE_LOCALIZED && uses(raw, use) && !raw->engine_id) {
		sn_path_error(&load->diag, path, def->key,
			      "engine_id is missing (%s is a key of one engine only)",
			      ways[source].text);
		return SN_ECONFIG;
	}
	return SN_OK;
}

bool sn_users_check(struct sn_load *load, const struct sn_path *path,
		    const struct sn_definition *def, const struct sn_raw_auth *raw)
{
	bool ok = true;

	if (!raw->username) {
		sn_path_error(&load->diag, path, def->key, "username is missing");
		ok = false;
	}
	for (int use = 0; use < USES; use++) {
		ok &= check_source(load, path, def, raw, (enum key_use)use) == SN_OK;
	}
	return ok;
}

/* A copy in the snapshot. */
static int copy(struct sn_load *load, struct sn_span bytes, struct sn_span *out)
{
	const char *text = sn_arena_strndup(&load->snap->arena, (const char *)bytes.p, bytes.n);

	*out = sn_span_make(text, bytes.n);
	return text ? SN_OK : SN_ENOMEM;
}

/* The octets of an engine ID as an option holds it, which may be NULL: none. */
static struct sn_span engine_id(const char *text, uint8_t id[SN_V3_ENGINE_ID_MAX])
{
	size_t n = 0;

	if (text && sn_scalar_hex(sn_span_str(text), id, SN_V3_ENGINE_ID_MAX, &n)) {
		n = 0; /* not reached: the binder refuses what is no engine ID */
	}
	return sn_span_make(id, n);
}

/* A password is hashed later. */
static void take_password(struct sn_load *load, const struct sn_path *path,
			  const struct sn_secret_found *found, struct sn_span *password)
{
	struct sn_path here = {path, found->key, 0};
	char where[SN_PATH_TEXT_MAX];

	if (found->text.n < PASSWORD_MIN) {
		sn_diag_warn(&load->diag, &found->node->at,
			     "%sthe password has less than %d octets, which RFC 3414 forbids and "
			     "agents may refuse",
			     sn_path_format(where, &here), PASSWORD_MIN);
	}
	*password = found->text;
}

/* A key of n octets, or of `other` ones where that is more. SN_ECONFIG: reported. */
static int take_key(struct sn_load *load, const struct sn_path *path,
		    const struct sn_secret_found *found, size_t n, size_t other,
		    uint8_t key[SN_AUTH_KEY_MAX], uint8_t *key_n)
{
	struct sn_path here = {path, found->key, 0};
	char or_more[32] = "";
	size_t got;

	if (sn_scalar_hex(found->text, key, SN_AUTH_KEY_MAX, &got)) {
		sn_path_error(&load->diag, &here, found->node,
			      "the key is not written in pairs of hexadecimal digits");
		return SN_ECONFIG;
	}
	if (got == n || (got == other && got > n)) {
		*key_n = (uint8_t)got;
		return SN_OK;
	}
	if (other > n) {
		snprintf(or_more, sizeof(or_more), " or %zu", other);
	}
	sn_path_error(&load->diag, &here, found->node, "the key has %zu octets (expected %zu%s)",
		      got, n, or_more);
	return SN_ECONFIG;
}

/* One of a user's keys. SN_ECONFIG: reported. */
static int read_key(struct sn_load *load, const struct sn_path *path,
		    const struct sn_definition *def, struct sn_built_user *b, enum key_use use)
{
	int source = sn_secret_choose(load, path, def->value, sources[use], SOURCES);
	struct sn_usm_user *u = &b->user;
	bool is_priv = use == USE_PRIV;
	uint8_t *key = is_priv ? u->priv_key : u->auth_key;
	uint8_t *key_n = is_priv ? &u->priv_n : &u->auth_n;
	size_t digest = sn_auth_info((enum sn_auth_protocol)u->auth)->digest;
	size_t n = digest;
	struct sn_secret_found found;
	int rc;

	assert(source >= 0 && source < SOURCES); /* sn_users_check saw to it */
	*(is_priv ? &u->priv_kind : &u->auth_kind) =
		source == SOURCE_LOCALIZED ? SN_KEY_LOCALIZED : SN_KEY_MASTER;
	rc = sn_secret_read(load, path, def->value, &sources[use][source], &found);
	if (rc) {
		return rc;
	}
	if (source == SOURCE_PASSWORD) {
		*key_n = (uint8_t)digest;
		take_password(load, path, &found, &b->passwords[use]);
		return SN_OK;
	}
	if (source == SOURCE_LOCALIZED && is_priv) {
		n = sn_priv_info((enum sn_priv_protocol)u->priv)->key;
	}
	return take_key(load, path, &found, n, digest, key, key_n);
}

/* What tells one user from another; the keys as sn_key_cache_mark shows them. */
static uint64_t hash_user(const struct sn_load *load, const struct sn_built_user *b)
{
	const struct sn_usm_user *u = &b->user;
	struct sn_span auth = sn_span_make(u->auth_key, u->auth_n);
	struct sn_span priv = sn_span_make(u->priv_key, u->priv_n);
	const struct sn_span *pw = b->passwords;
	const uint64_t numbers[] = {
		SN_VERSION_3, u->level, u->auth, u->priv, u->auth_kind, u->priv_kind,
		/* a password and a key that are the same octets are not the same */
		pw[USE_AUTH].n > 0, pw[USE_PRIV].n > 0,
		sn_key_cache_mark(load->keys, pw[USE_AUTH].n ? pw[USE_AUTH] : auth),
		sn_key_cache_mark(load->keys, pw[USE_PRIV].n ? pw[USE_PRIV] : priv)};
	uint64_t h = sn_hash_bytes(numbers, sizeof(numbers), 0);

	h = sn_hash_bytes(u->name.p, u->name.n, h);
	return sn_hash_bytes(u->engine_id.p, u->engine_id.n, h);
}

static int read_user(struct sn_load *load, const struct sn_path *path,
		     const struct sn_definition *def, const struct sn_raw_auth *raw,
		     struct sn_built_user *b)
{
	struct sn_usm_user *u = &b->user;
	uint8_t id[SN_V3_ENGINE_ID_MAX];
	struct sn_secret_found name;
	int rc = sn_secret_read(load, path, def->value, &user_key, &name);

	rc = rc ? rc : copy(load, name.text, &u->name);
	rc = rc ? rc : copy(load, engine_id(raw->engine_id, id), &u->engine_id);
	if (!rc && uses(raw, USE_AUTH)) {
		u->level = SN_V3_AUTH;
		u->auth = auth_protocols[raw->auth_protocol];
		rc = read_key(load, path, def, b, USE_AUTH);
	}
	if (!rc && uses(raw, USE_PRIV)) {
		u->level |= SN_V3_PRIV;
		u->priv = priv_protocols[raw->priv_protocol];
		rc = read_key(load, path, def, b, USE_PRIV);
	}
	return rc;
}

int sn_users_build(struct sn_load *load, const struct sn_path *path,
		   const struct sn_definition *def, const struct sn_raw_auth *raw,
		   struct sn_auth *auth)
{
	const char *context = raw->context_name ? raw->context_name : "";
	struct sn_built_user *b = sn_keys_get(&load->snap->users);
	uint8_t id[SN_V3_ENGINE_ID_MAX];
	int rc;

	if (!b) {
		return SN_ENOMEM;
	}
	b->next = load->users;
	load->users = b;
	rc = read_user(load, path, def, raw, b);
	rc = rc ? rc : copy(load, engine_id(raw->context_engine_id, id), &auth->context_engine);
	rc = rc ? rc : copy(load, sn_span_str(context), &auth->context);
	auth->version = SN_VERSION_3;
	auth->user = &b->user;
	auth->hash = hash_user(load, b);
	return rc;
}

/* The same octets in the snapshot, equal ones once. */
static int keep_once(struct sn_load *load, struct sn_span *bytes)
{
	const void *kept =
		sn_intern_get(&load->once, bytes->n ? (const void *)bytes->p : "", bytes->n);

	*bytes = sn_span_make(kept, bytes->n);
	return kept ? SN_OK : SN_ENOMEM;
}

int sn_users_access(struct sn_load *load, const struct sn_auth *auth, const char *context,
		    const char *context_engine, const struct sn_built_access **access)
{
	struct sn_built_access want = {{auth->user, auth->context, auth->context_engine}, 0};
	uint8_t id[SN_V3_ENGINE_ID_MAX];

	if (context) {
		want.access.context = sn_span_str(context);
	}
	if (context_engine) {
		want.access.context_engine = engine_id(context_engine, id);
	}
	want.hash = sn_hash_bytes(want.access.context.p, want.access.context.n, auth->hash);
	want.hash = sn_hash_bytes(want.access.context_engine.p, want.access.context_engine.n,
				  want.hash);
	if (keep_once(load, &want.access.context) || keep_once(load, &want.access.context_engine)) {
		return SN_ENOMEM;
	}
	/* equal ones have equal octets: all pointers are to what is there once */
	*access = sn_intern_get(&load->once, &want, sizeof(want));
	return *access ? SN_OK : SN_ENOMEM;
}

_Static_assert(sizeof(struct sn_built_access) == sizeof(struct sn_usm_access) + sizeof(uint64_t) &&
		       sizeof(struct sn_usm_access) == sizeof(void *) + 2 * sizeof(struct sn_span),
	       "compared as octets, so without holes");

/* In the snapshot being made, which is ours to write. */
static void want(const struct sn_usm_user *user)
{
	((struct sn_built_user *)(uintptr_t)user)->wanted = true;
}

void sn_users_want(const struct sn_auth *auth)
{
	want(auth->user);
}

/* Looks for the keys of all users that targets have. */
static int want_keys(struct sn_load *load)
{
	for (uint32_t i = 0; i < load->targets.n; i++) {
		const struct sn_usm_access *access = load->targets.v[i].spec->access;

		if (access) {
			want(access->user);
		}
	}
	for (struct sn_built_user *b = load->users; b; b = b->next) {
		for (int use = 0; use < USES; use++) {
			if (!b->wanted || b->passwords[use].n == 0) {
				continue;
			}
			b->keys[use] = sn_key_cache_want(
				load->keys, (enum sn_auth_protocol)b->user.auth, b->passwords[use]);
			if (!b->keys[use]) {
				return SN_ENOMEM;
			}
		}
	}
	return SN_OK;
}

int sn_users_finish(struct sn_load *load)
{
	int rc = want_keys(load);
	uint32_t missing = rc ? 0 : sn_key_cache_missing(load->keys);

	if (missing >= MANY_PASSWORDS) {
		sn_log(SN_LOG_INFO, "making keys of %u passwords", missing);
	}
	rc = rc ? rc : sn_key_cache_hash(load->keys);
	for (struct sn_built_user *b = load->users; b && !rc; b = b->next) {
		struct sn_usm_user *u = &b->user;

		if (b->keys[USE_AUTH]) {
			memcpy(u->auth_key, sn_key_cache_ku(b->keys[USE_AUTH]), u->auth_n);
		}
		if (b->keys[USE_PRIV]) {
			memcpy(u->priv_key, sn_key_cache_ku(b->keys[USE_PRIV]), u->priv_n);
		}
	}
	return rc;
}

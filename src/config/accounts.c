/*
 * Credentials of an agent, see accounts.h. Options become the same tree that a file would be, so
 * that checks, messages and secrets have one way to go: that of a configuration's load (load.h).
 * Main thread.
 */
#include "config/accounts.h"

#include "config/users.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIELDS_MAX = 5 };

/* What an auth has for each number of fields. */
static const char *const levels[FIELDS_MAX + 1] = {
	[1] = "noAuthNoPriv", [3] = "authNoPriv", [5] = "authPriv"};

/* Accounts with what they live in, which has their secrets too. */
struct loaded {
	struct sn_accounts accounts; /* first: what the outside sees of it */
	struct sn_keys pool;	     /* of accounts.users: one object */
	struct sn_snapshot *snap;    /* all the rest, this struct excepted */
};

static struct sn_node *new_node(struct sn_load *load, enum sn_node_kind kind, const char *text,
				size_t n)
{
	struct sn_node *node = sn_arena_zalloc(&load->scratch, sizeof(*node));

	if (!node) {
		return NULL;
	}
	node->at.file = "--user";
	node->kind = (uint8_t)kind;
	if (kind == SN_NODE_SCALAR) {
		node->text = sn_arena_strndup(&load->scratch, text, n);
		node->n = (uint32_t)n;
	}
	return kind == SN_NODE_SCALAR && !node->text ? NULL : node;
}

/* Puts a pair in front of a map's. SN_ENOMEM. */
static int add_pair(struct sn_load *load, struct sn_node *map, struct sn_span key,
		    struct sn_node *value)
{
	struct sn_node *node = new_node(load, SN_NODE_SCALAR, (const char *)key.p, key.n);

	if (!node || !value) {
		return SN_ENOMEM;
	}
	node->next = value;
	value->next = map->first;
	map->first = node;
	map->n++;
	return SN_OK;
}

static int add_text(struct sn_load *load, struct sn_node *map, const char *key, struct sn_span text)
{
	return add_pair(load, map, sn_span_str(key),
			new_node(load, SN_NODE_SCALAR, (const char *)text.p, text.n));
}

/* Cuts at colons; the last field may have some of its own. The number of fields. */
static unsigned split(const char *text, struct sn_span field[FIELDS_MAX])
{
	unsigned n = 0;
	const char *colon = strchr(text, ':');

	while (colon && n < FIELDS_MAX - 1) {
		field[n++] = sn_span_make(text, (size_t)(colon - text));
		text = colon + 1;
		colon = strchr(text, ':');
	}
	field[n++] = sn_span_str(text);
	return n;
}

/* One option as an auth in the map of auths. SN_ECONFIG: reported; SN_ENOMEM. */
static int add_user(struct sn_load *load, struct sn_node *auths, const char *text)
{
	static const char *const keys[FIELDS_MAX] = {"username", "auth_protocol", "password",
						     "priv_protocol", "priv_password"};
	struct sn_node *map = new_node(load, SN_NODE_MAP, NULL, 0);
	struct sn_place at = {"--user", 0, 0};
	struct sn_span field[FIELDS_MAX];
	unsigned n = split(text, field);
	const char *level = levels[n];
	char quoted[SN_DIAG_QUOTE_MAX];
	char name[SN_DIAG_QUOTE_MAX];
	int rc = map ? SN_OK : SN_ENOMEM;

	if (!level || field[0].n == 0) {
		/* what follows the name may be a password */
		snprintf(name, sizeof(name), "%.*s", (int)field[0].n, (const char *)field[0].p);
		sn_diag_error(&load->diag, &at,
			      "%s has %u fields (expected NAME, NAME:AUTH:PASSWORD or "
			      "NAME:AUTH:PASSWORD:PRIV:PASSWORD)",
			      sn_diag_quote(quoted, name), n);
		return SN_ECONFIG;
	}
	for (unsigned i = 0; i < n && !rc; i++) {
		rc = add_text(load, map, keys[i], field[i]);
	}
	rc = rc ? rc : add_text(load, map, "security_level", sn_span_str(level));
	rc = rc ? rc : add_text(load, map, "version", sn_span_str("3"));
	return rc ? rc : add_pair(load, auths, field[0], map);
}

/* All that is asked for as load->raw.auths. SN_ECONFIG: reported; SN_ENOMEM. */
static int gather(struct sn_load *load, const struct sn_accounts_request *rq)
{
	struct sn_node *auths = new_node(load, SN_NODE_MAP, NULL, 0);
	struct sn_raw_module_file raw = {0};
	const struct sn_node *root;
	int rc = auths ? SN_OK : SN_ENOMEM;

	if (!rc && rq->path) {
		rc = sn_files_parse(&load->files, rq->path, NULL, &root);
		if (!rc && !sn_options_bind(&load->diag, &sn_level_module_file, NULL, root, &raw)) {
			rc = SN_ECONFIG;
		}
	}
	if (!rc && raw.auths && raw.auths->kind == SN_NODE_MAP) {
		auths->first = raw.auths->first;
		auths->n = raw.auths->n;
	}
	for (uint32_t i = 0; i < rq->nusers && !rc; i++) {
		rc = add_user(load, auths, rq->users[i]);
	}
	load->raw.auths = auths;
	return rc;
}

/* The same community in all auths, since an agent has one. */
static void take_community(struct sn_load *load, const struct sn_definition *def,
			   const struct sn_auth *auth, struct sn_accounts *out)
{
	const char *text = (const char *)auth->community.p;

	if (out->community && strcmp(out->community, text) != 0) {
		sn_diag_error(&load->diag, &def->key->at,
			      "auth %s has another community than those before (expected one "
			      "community in the file)",
			      def->name);
	}
	out->community = text;
}

/* A user counts once, however many auths have it; two different ones of a name are an error. */
static void take_user(struct sn_load *load, const struct sn_definition *def,
		      const struct sn_auth *auth, const struct sn_auth **taken, uint32_t *n)
{
	const struct sn_usm_user *u = auth->user;

	if (u->auth_kind == SN_KEY_LOCALIZED || u->priv_kind == SN_KEY_LOCALIZED) {
		sn_diag_error(&load->diag, &def->key->at,
			      "auth %s has a key of one engine only (expected passwords or master "
			      "keys: every device has an engine)",
			      def->name);
		return;
	}
	for (uint32_t i = 0; i < *n; i++) {
		if (!sn_span_eq(taken[i]->user->name, u->name)) {
			continue;
		}
		if (taken[i]->hash != auth->hash) {
			sn_diag_error(&load->diag, &def->key->at,
				      "auth %s has a user that is there already with other keys",
				      def->name);
		}
		return;
	}
	sn_users_want(auth);
	taken[(*n)++] = auth;
}

/* Copies the finished users side by side. The names stay in the snapshot. */
static int copy_users(struct loaded *l, const struct sn_auth *const *taken, uint32_t n)
{
	struct sn_usm_user *users;

	sn_keys_init(&l->pool, (n ? n : 1) * sizeof(*users));
	users = sn_keys_get(&l->pool);
	if (!users) {
		return SN_ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++) {
		users[i] = *taken[i]->user;
	}
	l->accounts.users = users;
	l->accounts.nusers = n;
	return SN_OK;
}

static int make(struct sn_load *load, const struct sn_accounts_request *rq, struct loaded *l)
{
	const struct sn_auth **taken;
	uint32_t n = 0;
	int rc = gather(load, rq);

	rc = rc ? rc : sn_modules_collect(load);
	taken = rc ? NULL
		   : sn_arena_zalloc(&load->scratch,
				     (load->auths.n + 1) * sizeof(struct sn_auth *));
	if (!taken) {
		return rc ? rc : SN_ENOMEM;
	}
	for (uint32_t i = 0; i < load->auths.n; i++) {
		const struct sn_definition *def = &load->auths.v[i];
		const struct sn_auth *auth = sn_auths_use(load, def->name, NULL, def->key);

		if (auth && auth->user) {
			take_user(load, def, auth, taken, &n);
		} else if (auth) {
			take_community(load, def, auth, &l->accounts);
		}
	}
	if (load->diag.nomem || load->diag.errors > 0) {
		return load->diag.nomem ? SN_ENOMEM : SN_ECONFIG;
	}
	rc = sn_users_finish(load);
	rc = rc ? rc : copy_users(l, taken, n);
	l->accounts.unlocked = l->pool.unlocked > 0 || load->snap->users.unlocked > 0;
	return rc;
}

int sn_accounts_load(const struct sn_accounts_request *rq, sn_diag_report_fn *report, void *ctx,
		     const struct sn_accounts **accounts)
{
	struct sn_load load = {.keys = sn_key_cache_new()};
	struct loaded *l = calloc(1, sizeof(*l));
	int rc;

	*accounts = NULL;
	if (!l) {
		sn_key_cache_free(load.keys);
		return SN_ENOMEM;
	}
	rc = sn_load_init(&load, report, ctx);
	rc = rc ? rc : make(&load, rq, l);
	if (rc == SN_OK) {
		l->snap = load.snap;
		load.snap = NULL;
		*accounts = &l->accounts;
	} else {
		sn_keys_fini(&l->pool);
		free(l);
	}
	sn_key_cache_free(load.keys);
	sn_load_fini(&load);
	return rc;
}

void sn_accounts_free(const struct sn_accounts *accounts)
{
	/* accounts is the first member; the outside may only read it */
	struct loaded *l = (struct loaded *)(uintptr_t)accounts;

	if (!l) {
		return;
	}
	sn_keys_fini(&l->pool);
	sn_load_free_snapshot(l->snap);
	free(l);
}

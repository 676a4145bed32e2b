/*
 * Groups of targets, wherever they are written, become struct sn_target_spec. A million of them is
 * a normal size: no work a target that a group can do once. Called by target_sources.c, see load.h.
 */
#include "config/load.h"

#include "base/clock.h"
#include "base/hash.h"
#include "config/users.h"
#include "document/json.h"
#include "targets/csv.h"

#include <netdb.h>
#include <stdlib.h>

enum { TARGET_PORT = 161 }; /* RFC 3417 §3.1 */

/* struct sn_offer.told of a file that cannot be read. */
#define TOLD_UNREADABLE UINT64_C(1)

static int add_entry(struct sn_load *load, struct sn_target_spec *spec, const struct sn_node *node)
{
	struct sn_target_list *list = &load->targets;

	if (list->n == list->cap) {
		uint32_t cap = list->cap ? list->cap * 2 : 256;
		struct sn_target_entry *v = realloc(list->v, cap * sizeof(*v));

		if (!v) {
			return SN_ENOMEM;
		}
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n].spec = spec;
	list->v[list->n].at = node->at;
	list->v[list->n].name = NULL;
	list->v[list->n].offered = load->offered;
	list->v[list->n].order = list->n;
	list->n++;
	return SN_OK;
}

/*
 * What the resolver must not see: characters that no name has (it would only say that it found
 * nothing), and numbers, which it completes ("10.1" is 10.0.0.1 to it).
 */
static bool is_host_name(const char *host)
{
	return host[strcspn(host, ":[]@ \t\"'\\")] == '\0' &&
	       host[strspn(host, "0123456789.")] != '\0' && strncmp(host, "0x", 2) != 0;
}

/* The address, or the host name to look up. SN_EINVAL: neither. */
static int read_address(struct sn_load *load, const char *text, struct sn_target_entry *e)
{
	char host[NI_MAXHOST];
	uint16_t port;

	if (sn_addr_parse(&e->spec->addr, text, TARGET_PORT) == SN_OK) {
		return SN_OK;
	}
	if (sn_addr_split(text, host, sizeof(host), &port, TARGET_PORT)) {
		return SN_EINVAL;
	}
	if (!is_host_name(host)) {
		return SN_EINVAL;
	}
	e->spec->resolve_err = SN_ENOENT;
	e->spec->addr.in.sin_port = htons(port);
	e->name = sn_arena_strndup(&load->scratch, host, strlen(host));
	return e->name ? SN_OK : SN_ENOMEM;
}

static void fill_spec(const struct sn_load *load, const struct sn_settings *s,
		      struct sn_target_spec *spec)
{
	const struct sn_config *cfg = &load->raw.cfg;

	spec->origin.labels = s->labels;
	spec->origin.nlabels = s->nlabels;
	spec->version = (uint8_t)s->auth->version;
	spec->community = s->auth->community;
	spec->access = s->access ? &s->access->access : NULL;
	spec->plans = s->set->plans;
	spec->nplans = s->set->nplans;
	spec->scalars = s->set->scalars;
	spec->modules = s->set->names;
	spec->interval_ns = s->interval_ns;
	spec->timeout_ns = s->timeout_ns;
	spec->retries = (uint8_t)s->retries;
	spec->max_reply = cfg->max_reply;
	spec->max_rows = cfg->max_rows;
	spec->window = cfg->window;
	spec->rate_limit = s->rate_limit;
	spec->labels_ttl_s = (uint32_t)(cfg->labels_ttl_ns / SN_NS_PER_SEC);
	spec->fixed = cfg->retransmit == SN_RETRANSMIT_FIXED;
	spec->any_source = s->set->any_source;
	spec->rates = cfg->rates;
}

static int add_target(struct sn_load *load, const struct sn_path *path, const struct sn_settings *s,
		      const struct sn_node *node)
{
	struct sn_arena *arena = &load->snap->arena;
	const char *address = s->address ? s->address : node->text;
	struct sn_target_spec *spec;
	char quoted[SN_DIAG_QUOTE_MAX];
	int rc;

	spec = sn_arena_zalloc(arena, sizeof(*spec));
	if (!spec) {
		return SN_ENOMEM;
	}
	fill_spec(load, s, spec);
	spec->origin.instance =
		s->instance ? s->instance : sn_arena_strndup(arena, node->text, node->n);
	if (!spec->origin.instance || add_entry(load, spec, node)) {
		return SN_ENOMEM;
	}
	spec->origin.plain = sn_origin_plain(spec->origin.instance);
	rc = read_address(load, address, &load->targets.v[load->targets.n - 1]);
	if (rc == SN_EINVAL) {
		sn_path_error(&load->diag, path, node,
			      "%s is not a target "
			      "(expected host, host:port, IPv4, IPv6 or [IPv6]:port)",
			      sn_diag_quote(quoted, address));
		return SN_OK;
	}
	spec->hash = sn_hash_bytes(spec->origin.instance, strlen(spec->origin.instance), 0);
	spec->fingerprint = sn_hash_mix(
		spec->hash ^ sn_hash_bytes(address, strlen(address), s->hash), 0xd6e8feb86659fd93u);
	return rc;
}

int sn_targets_add_group(struct sn_load *load, const struct sn_path *item,
			 const struct sn_node *node)
{
	struct sn_path list = {item, "targets", 0};
	struct sn_path path = {&list, NULL, 0};
	struct sn_raw_group raw = {0};
	struct sn_settings s;
	int rc;

	if (!sn_options_bind(&load->diag, &sn_level_group, item, node, &raw)) {
		return SN_OK;
	}
	if (!raw.targets) {
		sn_path_error(&load->diag, item, node, "targets is missing");
		return SN_OK;
	}
	if (raw.targets->kind != SN_NODE_LIST || raw.targets->n == 0) {
		return SN_OK;
	}
	rc = sn_settings_read(load, item, node, raw.labels, &s);
	if (rc) {
		return rc == SN_ECONFIG ? SN_OK : rc;
	}
	for (const struct sn_node *c = raw.targets->first; c && !rc; c = c->next) {
		rc = add_target(load, &path, &s, c);
		path.index++;
	}
	return rc;
}

/* What a list changes in a load, to be put back when it is refused. */
struct attempt {
	struct sn_diag diag;		    /* messages and counts so far */
	uint32_t ntargets;		    /* targets so far */
	struct sn_plan_set *plan_sets;	    /* of modules, used so far */
	struct sn_definition *default_auth; /* as chosen so far */
	bool no_default_auth;		    /* reported so far */
};

static void say_nothing(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

/* mute: its faults were told before. */
static void begin_attempt(struct sn_load *load, struct attempt *a, bool mute)
{
	a->diag = load->diag;
	a->ntargets = load->targets.n;
	a->plan_sets = load->plan_sets;
	a->default_auth = load->default_auth;
	a->no_default_auth = load->no_default_auth;
	load->diag.errors = 0;
	load->diag.report = mute ? say_nothing : load->diag.report;
}

/* True: without an error. Else the errors count, unless take_back follows. */
static bool end_attempt(struct sn_load *load, const struct attempt *a)
{
	bool good = load->diag.errors == 0;

	load->diag.errors += a->diag.errors;
	load->diag.report = a->diag.report;
	return good;
}

static void forget_failures(struct sn_definitions *defs)
{
	for (uint32_t i = 0; i < defs->n; i++) {
		defs->v[i].failed = false;
	}
}

/* As if it had not been, but for its memory; what was reported will be again when it is met again.
 */
static void take_back(struct sn_load *load, const struct attempt *a)
{
	load->diag.errors = a->diag.errors;
	load->targets.n = a->ntargets;
	load->plan_sets = a->plan_sets;
	load->default_auth = a->default_auth;
	load->no_default_auth = a->no_default_auth;
	if (a->diag.errors == 0) {
		forget_failures(&load->auths);
		forget_failures(&load->modules);
	}
}

/* The groups of a list on their way. */
struct group_list {
	struct sn_load *load; /* into which */
	struct sn_path item;  /* the next group */
};

static int take_group(void *ctx, const struct sn_node *group)
{
	struct group_list *list = ctx;
	int rc = sn_targets_add_group(list->load, &list->item, group);

	list->item.index++;
	if (sn_load_is_cancelled(list->load)) {
		return SN_ECANCELED;
	}
	return rc || !sn_diag_full(&list->load->diag) ? rc : SN_ECONFIG;
}

/* SN_OK, also when it is wrong (reported); SN_ENOMEM, SN_ECANCELED. */
static int parse_list(const struct sn_offer_source *src, const char *name,
		      const struct sn_offer_text *text)
{
	struct sn_load *load = src->load;
	struct group_list list = {load, {NULL, NULL, 0}};
	const struct sn_node_items groups = {take_group, &list};
	const struct sn_span span = sn_span_make(text->p, text->n);
	const struct sn_node *root = NULL;
	int rc;

	if (src->format == SN_OFFER_CSV) {
		rc = sn_csv_parse_items(&load->scratch, name, span, src->delimiter, &load->diag,
					&groups);
	} else if (src->format == SN_OFFER_JSON) {
		rc = sn_json_parse_items(&load->scratch, name, span, &load->diag, &groups, &root);
	} else {
		rc = sn_files_parse_text(&load->files, name, span, &groups, &root);
	}
	if (!rc && root) {
		(void)sn_options_is_list(&load->diag, NULL, root); /* no group came if not */
	}
	return rc == SN_ECONFIG ? SN_OK : rc;
}

/* The list as it was good, in place of one that is not. strict: then it must be. */
static int fall_back(const struct sn_offer_source *src, const char *name, struct sn_offer *l,
		     bool strict)
{
	struct sn_load *load = src->load;
	struct sn_place at = {name, 0, 0};
	struct attempt a;
	bool good;
	int rc;

	if (!l->good) {
		return SN_OK;
	}
	begin_attempt(load, &a, false);
	rc = parse_list(src, name, l->good);
	good = end_attempt(load, &a);
	if (rc) {
		return rc;
	}
	if (good) {
		sn_offer_take(l, l->good);
	} else if (strict) {
		sn_diag_error(&load->diag, &at,
			      "the list it was before does not fit this configuration either");
	} else {
		take_back(load, &a);
	}
	return SN_OK;
}

static void count_refusal(struct sn_load *load)
{
	atomic_fetch_add_explicit(&sn_offer_cache_counts(load->lists)->refused, 1,
				  memory_order_relaxed);
}

/* The text that is refused is the one that was good: the fault is not the list's. */
static bool was_good(const struct sn_offer *l)
{
	return l->latest && l->good && l->latest->hash == l->good->hash &&
	       l->latest->n == l->good->n;
}

/* The end of the attempt to read a file. hash: of its text, or TOLD_UNREADABLE. */
static int judge_file(const struct sn_offer_source *src, const char *name, struct sn_offer *l,
		      struct attempt *a, uint64_t hash)
{
	struct sn_load *load = src->load;
	struct sn_place at = {name, 0, 0};

	if (end_attempt(load, a)) {
		l->told = 0;
		sn_offer_take(l, l->latest);
		return SN_OK;
	}
	if (was_good(l) || !(l->good || src->known)) {
		return SN_OK; /* errors of this configuration */
	}
	take_back(load, a);
	count_refusal(load);
	if (l->told != hash) {
		sn_diag_warn(&load->diag, &at, "%s",
			     l->good ? "its targets stay as they were"
				     : "there are no targets from it yet");
	}
	l->told = hash;
	return fall_back(src, name, l, true);
}

int sn_targets_read_file(const struct sn_offer_source *src, const char *path,
			 const struct sn_node *named)
{
	struct sn_load *load = src->load;
	struct sn_offer *l = sn_offer_cache_want(load->lists, SN_OFFER_FILE, path, strlen(path));
	uint64_t hash = TOLD_UNREADABLE;
	struct attempt a;
	bool lenient;
	size_t n = 0;
	char *p;
	int rc;

	if (!l) {
		return SN_ENOMEM;
	}
	lenient = l->good || src->known;
	begin_attempt(load, &a, lenient && l->told == hash);
	rc = sn_files_take(&load->files, path, &named->at, &p, &n);
	if (!rc) {
		rc = sn_offer_put(l, p, n, NULL);
		hash = rc ? 0 : l->latest->hash;
		load->diag.report = lenient && l->told == hash ? say_nothing : a.diag.report;
		rc = rc ? rc : parse_list(src, path, l->latest);
	}
	if (rc && rc != SN_ECONFIG) {
		load->diag.report = a.diag.report;
		return rc;
	}
	return judge_file(src, path, l, &a, hash);
}

/* The list that an earlier run left, if there is none else. */
static int restore(struct sn_load *load, const struct sn_service *s, struct sn_offer *l)
{
	uint64_t when;

	return l->good ? SN_OK : sn_service_restore(s, l, &load->diag, &when);
}

static int refuse_answer(const struct sn_offer_source *src, const struct sn_service *s,
			 struct sn_offer *l)
{
	struct sn_load *load = src->load;
	struct sn_place at = {s->shown, 0, 0};
	int rc = restore(load, s, l);

	count_refusal(load);
	if (l->told != l->latest->hash) {
		sn_diag_warn(&load->diag, &at, "%s",
			     l->good ? "its targets stay as they were"
				     : "there are no targets from it yet");
	}
	l->told = l->latest->hash;
	return rc;
}

/* The latest answer of a service, or the one before. */
int sn_targets_read_answer(const struct sn_offer_source *src, const struct sn_service *s)
{
	struct sn_load *load = src->load;
	struct sn_offer *l = sn_service_want(load->lists, s);
	struct attempt a;
	int rc;

	if (!l) {
		return SN_ENOMEM;
	}
	if (l->latest) {
		begin_attempt(load, &a, l->told == l->latest->hash);
		rc = parse_list(src, s->shown, l->latest);
		if (end_attempt(load, &a) || rc) {
			l->told = 0;
			sn_offer_take(l, l->latest);
			return rc;
		}
		if (was_good(l) && l->known) {
			return SN_OK; /* errors of this configuration */
		}
		take_back(load, &a);
		rc = refuse_answer(src, s, l);
		if (rc) {
			return rc;
		}
	}
	/* of one that gave targets before, they must not go by a change of the configuration */
	return fall_back(src, s->shown, l, l->known);
}

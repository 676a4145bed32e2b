/*
 * What the labels of a target group say: settings under the names Prometheus gives them, the rest
 * goes out with the records. Worked out once a group. Called by targets.c, see load.h. Main thread.
 */
#include "config/load.h"

#include "base/hash.h"
#include "config/users.h"
#include "document/scalar.h"

#include <stdlib.h>

/* The labels that are settings, as nodes; NULL: not given. */
struct special {
	const struct sn_node *module;	/* __param_module */
	const struct sn_node *auth;	/* __param_auth */
	const struct sn_node *context;	/* __param_snmp_context */
	const struct sn_node *engine;	/* __param_snmp_engineid */
	const struct sn_node *interval; /* __scrape_interval__ */
	const struct sn_node *timeout;	/* __scrape_timeout__ */
	const struct sn_node *rate;	/* __rate_limit__ */
	const struct sn_node *address;	/* __address__ */
	const struct sn_node *instance; /* instance */
};

static const struct {
	const char *name; /* of the label */
	size_t offset;	  /* in struct special */
} special_names[] = {
	{"__param_module", offsetof(struct special, module)},
	{"__param_auth", offsetof(struct special, auth)},
	{"__param_snmp_context", offsetof(struct special, context)},
	{"__param_snmp_engineid", offsetof(struct special, engine)},
	{"__scrape_interval__", offsetof(struct special, interval)},
	{"__scrape_timeout__", offsetof(struct special, timeout)},
	{"__rate_limit__", offsetof(struct special, rate)},
	{"__address__", offsetof(struct special, address)},
	{"instance", offsetof(struct special, instance)},
};

/* Stores a label that is a setting. False: it is none. */
static bool take_special(struct special *special, const struct sn_node *key)
{
	for (size_t i = 0; i < sizeof(special_names) / sizeof(special_names[0]); i++) {
		if (strcmp(key->text, special_names[i].name) == 0) {
			const struct sn_node *value = key->next;

			/* Prometheus: an empty label is no label */
			if (value->n > 0 && !sn_node_is_null(value)) {
				memcpy((char *)special + special_names[i].offset, &value,
				       sizeof(const struct sn_node *));
			}
			return true;
		}
	}
	return strncmp(key->text, "__", 2) == 0;
}

static int by_name(const void *a, const void *b)
{
	const struct sn_label *x = a;
	const struct sn_label *y = b;

	return strcmp(x->name, y->name);
}

/* Prometheus 3 takes any UTF-8; control characters are never meant. */
static bool is_label_name(const char *text)
{
	if (*text == '\0') {
		return false;
	}
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f) {
			return false;
		}
	}
	return true;
}

/* Room for n labels, used by one group after the other. */
static struct sn_label *label_room(struct sn_load *load, uint32_t n)
{
	if (n > load->label_room_n) {
		free(load->label_room);
		load->label_room = calloc(n, sizeof(*load->label_room));
		load->label_room_n = load->label_room ? n : 0;
	}
	return load->label_room;
}

/* A label that goes out; its texts are kept once. */
static int take_label(struct sn_load *load, const struct sn_node *key, struct sn_label *l)
{
	l->name = sn_intern_get(&load->once, key->text, key->n);
	l->value = sn_intern_get(&load->once, key->next->text, key->next->n);
	return l->name && l->value ? SN_OK : SN_ENOMEM;
}

/* Those of one map; own: of the group's own labels, which go before. */
static int take_map(struct sn_load *load, const struct sn_path *path, const struct sn_node *map,
		    const struct sn_node *own, struct special *special, struct sn_label *labels,
		    uint32_t *n)
{
	for (const struct sn_node *k = map->first; k; k = k->next->next) {
		char quoted[SN_DIAG_QUOTE_MAX];

		if ((own && sn_node_find(own, k->text)) || take_special(special, k) ||
		    k->next->n == 0 || sn_node_is_null(k->next)) {
			continue;
		}
		if (!is_label_name(k->text)) {
			sn_path_error(&load->diag, path, k, "%s is not a name of a label",
				      sn_diag_quote(quoted, k->text));
			return SN_ECONFIG;
		}
		if (take_label(load, k, &labels[(*n)++])) {
			return SN_ENOMEM;
		}
	}
	return SN_OK;
}

/* Labels of the group, and of its source; each a map or NULL. */
static int take_labels(struct sn_load *load, const struct sn_path *path, const struct sn_node *map,
		       struct special *special, struct sn_settings *s)
{
	const struct sn_node *more = load->defaults;
	uint32_t n = (map ? map->n : 0) + (more ? more->n : 0);
	struct sn_label *labels;
	int rc = SN_OK;

	if (n == 0) {
		return SN_OK;
	}
	labels = label_room(load, n);
	if (!labels) {
		return SN_ENOMEM;
	}
	if (map) {
		rc = take_map(load, path, map, NULL, special, labels, &s->nlabels);
	}
	if (!rc && more) {
		rc = take_map(load, path, more, map, special, labels, &s->nlabels);
	}
	if (rc || s->nlabels == 0) {
		return rc;
	}
	qsort(labels, s->nlabels, sizeof(*labels), by_name);
	/* equal lists have equal bytes: their texts are the same ones */
	s->labels = sn_intern_get(&load->once, labels, s->nlabels * sizeof(*labels));
	return s->labels ? SN_OK : SN_ENOMEM;
}

/* A label in place of an option's value, of the same type and in the same range as that. */
static int take_value(struct sn_load *load, const struct sn_path *path, const char *label,
		      const struct sn_option *row, const struct sn_node *node, void *value)
{
	struct sn_path here = {path, label, 0};
	char quoted[SN_DIAG_QUOTE_MAX];
	char why[SN_OPTION_WHY_MAX];

	if (!node) {
		return SN_OK;
	}
	if (sn_options_parse(row, node->text, value, why)) {
		sn_path_error(&load->diag, &here, node, "%s %s", sn_diag_quote(quoted, node->text),
			      why);
		return SN_ECONFIG;
	}
	return SN_OK;
}

static uint64_t hash_settings(const struct sn_load *load, const struct sn_settings *s)
{
	const struct sn_config *cfg = &load->raw.cfg;
	uint64_t auth = s->access ? s->access->hash : s->auth->hash;
	const uint64_t numbers[] = {s->interval_ns,	s->timeout_ns, s->retries,
				    cfg->max_reply,	cfg->max_rows, cfg->window,
				    cfg->labels_ttl_ns, auth,	       s->set->hash,
				    cfg->retransmit,	s->rate_limit, cfg->rates};
	uint64_t h = sn_hash_bytes(numbers, sizeof(numbers), 0);

	for (uint32_t i = 0; i < cfg->scalars.nlabels; i++) {
		const struct sn_device_label *label = &cfg->scalars.labels[i];

		h = sn_hash_bytes(label->name, strlen(label->name), h);
		h = sn_hash_bytes(label->scalar.p, label->scalar.n, h);
	}

	for (uint32_t i = 0; i < s->nlabels; i++) {
		h = sn_hash_bytes(s->labels[i].name, strlen(s->labels[i].name), h);
		h = sn_hash_bytes(s->labels[i].value, strlen(s->labels[i].value), h);
	}
	return h;
}

static int choose(struct sn_load *load, const struct sn_path *path, const struct sn_node *group,
		  const struct special *special, struct sn_settings *s)
{
	const struct sn_path auth = {path, "__param_auth", 0};
	const struct sn_path module = {path, "__param_module", 0};

	s->auth = sn_auths_use(load, special->auth ? special->auth->text : NULL,
			       special->auth ? &auth : NULL, special->auth ? special->auth : group);
	s->set = sn_modules_use(load, special->module ? special->module->text : NULL,
				special->module ? &module : NULL,
				special->module ? special->module : group);
	if (load->diag.nomem) {
		return SN_ENOMEM;
	}
	return s->auth && s->set ? SN_OK : SN_ECONFIG;
}

/* Version 3: user and contexts. Other versions have no contexts: what labels say of them is not
 * looked at, as snmp_exporter does. */
static int take_access(struct sn_load *load, const struct sn_path *path,
		       const struct special *special, struct sn_settings *s)
{
	const char *context = NULL;
	const char *engine = NULL;
	int rc;

	if (!s->auth->user) {
		return SN_OK;
	}
	rc = take_value(load, path, "__param_snmp_context",
			sn_options_find(&sn_level_auth, "context_name"), special->context,
			&context);
	rc = rc ? rc
		: take_value(load, path, "__param_snmp_engineid",
			     sn_options_find(&sn_level_auth, "context_engine_id"), special->engine,
			     &engine);
	return rc ? rc : sn_users_access(load, s->auth, context, engine, &s->access);
}

/*
 * What the modules say of timeout and retries goes before the poll section. A target's modules
 * share its rounds, so the most patient one decides.
 */
static void take_module_limits(struct sn_settings *s)
{
	uint64_t timeout_ns = 0;
	int32_t retries = -1;

	for (uint32_t i = 0; i < s->set->nplans; i++) {
		const struct sn_plan *plan = s->set->plans[i];

		timeout_ns = plan->timeout_ns > timeout_ns ? plan->timeout_ns : timeout_ns;
		retries = plan->retries > retries ? plan->retries : retries;
	}
	s->timeout_ns = timeout_ns ? timeout_ns : s->timeout_ns;
	s->retries = retries >= 0 ? (uint32_t)retries : s->retries;
}

/* The labels that are numbers. */
static int take_numbers(struct sn_load *load, const struct sn_path *path,
			const struct special *special, struct sn_settings *s)
{
	int rc = take_value(load, path, "__scrape_interval__",
			    sn_options_find(&sn_level_poll, "interval"), special->interval,
			    &s->interval_ns);

	rc = rc ? rc
		: take_value(load, path, "__scrape_timeout__",
			     sn_options_find(&sn_level_poll, "timeout"), special->timeout,
			     &s->timeout_ns);
	return rc ? rc
		  : take_value(load, path, "__rate_limit__",
			       sn_options_find(&sn_level_poll, "rate_limit"), special->rate,
			       &s->rate_limit);
}

int sn_settings_read(struct sn_load *load, const struct sn_path *path, const struct sn_node *group,
		     const struct sn_node *labels, struct sn_settings *s)
{
	const struct sn_path here = {path, "labels", 0};
	struct special special = {0};
	int rc;

	memset(s, 0, sizeof(*s));
	s->interval_ns = load->raw.cfg.interval_ns;
	s->timeout_ns = load->raw.cfg.timeout_ns;
	s->retries = load->raw.cfg.retries;
	s->rate_limit = load->raw.cfg.rate_limit;
	labels = labels && labels->kind == SN_NODE_MAP ? labels : NULL;
	rc = take_labels(load, &here, labels, &special, s);
	rc = rc ? rc : choose(load, &here, group, &special, s);
	if (rc) {
		return rc;
	}
	take_module_limits(s);
	rc = take_access(load, &here, &special, s);
	rc = rc ? rc : take_numbers(load, &here, &special, s);
	if (rc) {
		return rc;
	}
	s->address = special.address ? special.address->text : NULL;
	if (special.instance) {
		s->instance = sn_arena_strndup(&load->snap->arena, special.instance->text,
					       special.instance->n);
		if (!s->instance) {
			return SN_ENOMEM;
		}
	}
	s->hash = hash_settings(load, s);
	return SN_OK;
}

int sn_settings_check(struct sn_load *load, const struct sn_path *path,
		      const struct sn_node *labels)
{
	const struct sn_path here = {path, "labels", 0};
	const struct sn_path auth = {&here, "__param_auth", 0};
	const struct sn_path module = {&here, "__param_module", 0};
	struct special special = {0};
	struct sn_settings s = {0};
	bool ok = true;
	int rc = take_labels(load, &here, labels, &special, &s);

	rc = rc ? rc : take_numbers(load, &here, &special, &s);
	if (!rc && special.auth) {
		ok &= sn_auths_use(load, special.auth->text, &auth, special.auth) != NULL;
	}
	if (!rc && special.module) {
		ok &= sn_modules_use(load, special.module->text, &module, special.module) != NULL;
	}
	return rc || ok ? rc : SN_ECONFIG;
}

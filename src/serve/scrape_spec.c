/*
 * The question of a scrape, see scrape_int.h: target, auth, modules and context as snmp_exporter
 * takes them, against the snapshot in force. On the HTTP server's thread.
 */
#include "serve/scrape_int.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TARGET_PORT = 161, MODULES_MAX = 64, ENGINE_ID_MAX = 32 };

static int refuse(struct sn_scrape *s, const char *what, ...) SN_PRINTF(2, 3);

/* What is wrong with the question. */
static int refuse(struct sn_scrape *s, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	vsnprintf(s->why, sizeof(s->why), what, args);
	va_end(args);
	return SN_EINVAL;
}

/* The only argument of a name, or the default. NULL: it is there more than once, or empty. */
static const char *one_of(const struct sn_http_request *rq, const char *name, const char *fallback)
{
	const char *v = sn_http_arg(rq, name);

	if (!v) {
		return fallback;
	}
	return v[0] && !sn_http_arg_next(rq, name, v) ? v : NULL;
}

static const char *keep(struct sn_scrape *s, const char *text)
{
	return sn_arena_strndup(&s->arena, text, strlen(text));
}

static int read_target(struct sn_scrape *s)
{
	static const char udp[] = "udp://";
	const char *text = one_of(s->rq, "target", NULL);
	const char *address;

	if (!text) {
		return refuse(s, "'target' parameter must be specified once");
	}
	s->spec.origin.instance = keep(s, text);
	if (!s->spec.origin.instance) {
		return SN_ENOMEM;
	}
	address = strncmp(text, udp, sizeof(udp) - 1) == 0 ? text + sizeof(udp) - 1 : text;
	s->spec.hash = sn_hash_bytes(text, strlen(text), 0);
	if (strstr(address, "://")) {
		return refuse(s, "Target '%s': only UDP is supported", text);
	}
	if (sn_addr_parse(&s->spec.addr, address, TARGET_PORT) == SN_OK) {
		s->host[0] = '\0';
		return SN_OK;
	}
	if (sn_addr_split(address, s->host, sizeof(s->host), &s->port, TARGET_PORT) ||
	    s->host[strcspn(s->host, ":[]@/ \t\"'\\")]) {
		return refuse(s, "Target '%s' is no host, host:port, IPv4, IPv6 or [IPv6]:port",
			      text);
	}
	return SN_OK;
}

/* Hex digits in pairs, with or without 0x. False: they are none. */
static bool read_hex(const char *text, uint8_t *out, size_t *n)
{
	*n = 0;
	text += text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 2 : 0;
	for (; text[0]; text += 2) {
		char pair[3] = {text[0], text[1], '\0'};

		if (*n == ENGINE_ID_MAX || pair[strspn(pair, "0123456789abcdefABCDEF")] ||
		    !pair[1]) {
			return false;
		}
		out[(*n)++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return *n > 0;
}

/* False: an argument is there more than once. */
static bool is_single(const struct sn_http_request *rq, const char *name)
{
	const char *v = sn_http_arg(rq, name);

	return !v || !sn_http_arg_next(rq, name, v);
}

static int read_context(struct sn_scrape *s, uint64_t *hash)
{
	const char *context = sn_http_arg(s->rq, "snmp_context");
	const char *engine = sn_http_arg(s->rq, "snmp_engineid");
	uint8_t *octets;

	if (context && context[0]) {
		context = keep(s, context);
		if (!context) {
			return SN_ENOMEM;
		}
		s->access.context = sn_span_str(context);
	}
	if (engine && engine[0]) {
		octets = sn_arena_alloc(&s->arena, ENGINE_ID_MAX);
		if (!octets) {
			return SN_ENOMEM;
		}
		s->access.context_engine.p = octets;
		if (!read_hex(engine, octets, &s->access.context_engine.n)) {
			return refuse(s, "'snmp_engineid' parameter is no hex string: %s", engine);
		}
	}
	*hash = sn_hash_bytes(s->access.context.p, s->access.context.n, *hash);
	*hash = sn_hash_bytes(s->access.context_engine.p, s->access.context_engine.n, *hash);
	return SN_OK;
}

static int read_auth(struct sn_scrape *s, uint64_t *hash)
{
	const char *name = one_of(s->rq, "auth", "public_v2");
	const struct sn_config_auth *auth;

	if (!name) {
		return refuse(s, "'auth' parameter must only be specified once");
	}
	auth = sn_config_auth(s->cfg, name);
	if (!auth) {
		return refuse(s, "Unknown auth '%s'", name);
	}
	s->spec.version = (uint8_t)auth->version;
	s->spec.community = auth->community;
	*hash = sn_hash_mix(auth->hash | 1, *hash + 1);
	if (!is_single(s->rq, "snmp_context")) {
		return refuse(s, "'snmp_context' parameter must only be specified once");
	}
	if (!is_single(s->rq, "snmp_engineid")) {
		return refuse(s, "'snmp_engineid' parameter must only be specified once");
	}
	if (!auth->access.user) {
		return SN_OK; /* other versions have no contexts */
	}
	s->access = auth->access;
	s->spec.access = &s->access;
	return read_context(s, hash);
}

/* The modules of one argument, comma-separated. */
static int add_modules(struct sn_scrape *s, const char *names, const struct sn_plan **plans,
		       uint64_t *hash)
{
	char name[128];

	for (const char *p = names; p;) {
		const char *comma = strchr(p, ',');
		size_t n = comma ? (size_t)(comma - p) : strlen(p);
		const struct sn_config_module *m = NULL;
		bool known = false;

		if (n == 0) {
			p = comma ? comma + 1 : NULL;
			continue; /* as snmp_exporter does */
		}
		if (n < sizeof(name)) {
			memcpy(name, p, n);
			name[n] = '\0';
			m = sn_config_module(s->cfg, name);
		}
		if (!m) {
			return refuse(s, "Unknown module '%s'", n < sizeof(name) ? name : names);
		}
		for (uint32_t i = 0; i < s->spec.nplans; i++) {
			known |= plans[i] == m->plan;
		}
		if (!known && s->spec.nplans == MODULES_MAX) {
			return refuse(s, "too many modules in '%s'", names);
		}
		if (!known) {
			plans[s->spec.nplans++] = m->plan;
			*hash = sn_hash_mix(*hash ^ m->hash, 0xd6e8feb86659fd93u);
			s->spec.any_source |= m->any_source;
		}
		p = comma ? comma + 1 : NULL;
	}
	return SN_OK;
}

/* "a,b" */
static const char *join_names(struct sn_scrape *s, const struct sn_plan *const *plans)
{
	size_t n = 1;
	char *names;
	char *p;

	for (uint32_t i = 0; i < s->spec.nplans; i++) {
		n += strlen(plans[i]->name) + 1;
	}
	names = sn_arena_alloc(&s->arena, n);
	p = names;
	for (uint32_t i = 0; p && i < s->spec.nplans; i++) {
		p = stpcpy(stpcpy(p, i ? "," : ""), plans[i]->name);
	}
	return names;
}

static int read_modules(struct sn_scrape *s, uint64_t *hash)
{
	const struct sn_plan **plans =
		sn_arena_alloc(&s->arena, MODULES_MAX * sizeof(struct sn_plan *));
	const char *names = sn_http_arg(s->rq, "module");
	int rc = SN_OK;

	if (!plans) {
		return SN_ENOMEM;
	}
	s->spec.plans = plans;
	if (!names) {
		rc = add_modules(s, "if_mib", plans, hash);
	}
	for (; names && !rc; names = sn_http_arg_next(s->rq, "module", names)) {
		rc = add_modules(s, names, plans, hash);
	}
	if (rc) {
		return rc;
	}
	if (s->spec.nplans == 0) {
		return refuse(s, "'module' parameter names none");
	}
	s->spec.modules = join_names(s, plans);
	s->spec.scalars = sn_scalars_build(plans, s->spec.nplans, &s->cfg->scalars, &s->arena);
	return s->spec.modules && s->spec.scalars ? SN_OK : SN_ENOMEM;
}

/* What the configuration says of all targets, and the modules of their own. */
static void fill_limits(struct sn_scrape *s)
{
	const struct sn_config *cfg = s->cfg;
	struct sn_target_spec *spec = &s->spec;
	uint64_t timeout_ns = 0;
	int32_t retries = -1;

	for (uint32_t i = 0; i < spec->nplans; i++) {
		const struct sn_plan *plan = spec->plans[i];

		timeout_ns = plan->timeout_ns > timeout_ns ? plan->timeout_ns : timeout_ns;
		retries = plan->retries > retries ? plan->retries : retries;
	}
	spec->timeout_ns = timeout_ns ? timeout_ns : cfg->timeout_ns;
	spec->retries = (uint8_t)(retries >= 0 ? (uint32_t)retries : cfg->retries);
	spec->interval_ns = SN_NS_PER_SEC; /* there is none: the round is asked for */
	spec->max_reply = cfg->max_reply;
	spec->max_rows = cfg->max_rows;
	spec->window = cfg->window;
	spec->rate_limit = cfg->rate_limit;
	spec->labels_ttl_s = (uint32_t)(cfg->labels_ttl_ns / SN_NS_PER_SEC);
	spec->fixed = cfg->retransmit == SN_RETRANSMIT_FIXED;
}

/* Prometheus says how long it will wait; a little is left for the way back. */
static uint64_t read_deadline(const struct sn_scrape *s)
{
	const char *text = sn_http_header(s->rq, "X-Prometheus-Scrape-Timeout-Seconds");
	double seconds = text ? strtod(text, NULL) : 0;

	if (!(seconds > 0 && seconds < 86400)) {
		return 0;
	}
	seconds -= seconds > 1 ? 0.3 : seconds * 0.3;
	return s->started + (uint64_t)(seconds * (double)SN_NS_PER_SEC);
}

/* Of all that decides whether what was learned of a device still holds, target, auth and modules
 * excepted. */
static uint64_t hash_limits(const struct sn_scrape *s)
{
	const struct sn_target_spec *spec = &s->spec;
	const uint64_t numbers[] = {spec->timeout_ns, spec->retries,	  spec->max_reply,
				    spec->max_rows,   spec->window,	  spec->rate_limit,
				    spec->fixed,      spec->labels_ttl_s, spec->any_source};

	return sn_hash_bytes(numbers, sizeof(numbers),
			     sn_hash_bytes(spec->scalars->get.p, spec->scalars->get.n, 0));
}

int sn_scrape_read(struct sn_scrape *s)
{
	uint64_t hash = 0;
	int rc = read_target(s);

	rc = rc ? rc : read_auth(s, &hash);
	rc = rc ? rc : read_modules(s, &hash);
	if (rc) {
		return rc;
	}
	fill_limits(s);
	s->spec.fingerprint =
		sn_hash_mix(s->spec.hash ^ hash, 0xd6e8feb86659fd93u) ^ hash_limits(s);
	s->probe.spec = &s->spec;
	s->probe.deadline = read_deadline(s);
	return SN_OK;
}

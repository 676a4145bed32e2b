/*
 * The web server's side: its routes, what can be answered at once, start and end. See serve.h; main
 * thread, handlers on the HTTP server's.
 */
#include "serve/serve.h"

#include "config/config.h"
#include "page/escape.h"
#include "page/html.h"
#include "serve/outputs_page.h"
#include "serve/scrape.h"
#include "serve/serve_int.h"
#include "serve/targets_query.h"

#include <stdlib.h>
#include <strings.h>

void sn_serve_reply(struct sn_http_request *rq, unsigned status, const char *type, const char *text)
{
	sn_http_reply(rq, status, type, text, strlen(text));
}

static void get_index(void *ctx, struct sn_http_request *rq)
{
	static const char *const links[][2] = {
		{"targets", "Targets: which are up, down, slow, and why"},
		{"targets?format=json", "The same as JSON"},
		{"outputs", "Outputs: what was delivered, what waits, what was lost"},
		{"metrics", "Metrics of this collector"},
		{"config", "The configuration in force, without secrets"},
		{"-/healthy", "Whether the process is there"},
		{"-/ready", "Whether it polls"},
	};
	const struct sn_serve *s = ctx;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out) {
		sn_serve_reply(rq, 503, SN_SERVE_PLAIN, "out of memory\n");
		return;
	}
	sn_html_begin(out, "SNMP collector");
	fputs("<p>sonde ", out);
	sn_escape_html(out, s->cfg.version);
	fprintf(out, ", %u worker%s, %u output%s</p>\n<ul>\n", s->cfg.nworkers,
		s->cfg.nworkers == 1 ? "" : "s", s->cfg.npumps, s->cfg.npumps == 1 ? "" : "s");
	for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		fprintf(out, "<li><a href=\"%s\"><code>/%s</code></a> %s</li>\n", links[i][0],
			links[i][0], links[i][1]);
	}
	fputs("</ul>\n", out);
	sn_html_end(out);
	if (fclose(out)) {
		sn_serve_reply(rq, 503, SN_SERVE_PLAIN, "out of memory\n");
	} else {
		sn_http_reply(rq, 200, SN_HTML_TYPE, text, n);
	}
	free(text);
}

static void get_config(void *ctx, struct sn_http_request *rq)
{
	const struct sn_serve *s = ctx;
	const struct sn_config *cfg = s->cfg.snapshot(s->cfg.ctx);

	sn_serve_reply(rq, 200, SN_SERVE_PLAIN, cfg->shown);
	sn_config_free(cfg);
}

static void get_style(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_serve_reply(rq, 200, "text/css; charset=utf-8", sn_html_style);
}

static void get_script(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_serve_reply(rq, 200, "text/javascript; charset=utf-8", sn_html_script);
}

static void get_healthy(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_serve_reply(rq, 200, SN_SERVE_PLAIN, "sonde is healthy.\n");
}

static void get_ready(void *ctx, struct sn_http_request *rq)
{
	const struct sn_serve *s = ctx;

	if (s->cfg.ready(s->cfg.ctx)) {
		sn_serve_reply(rq, 200, SN_SERVE_PLAIN, "sonde is ready.\n");
	} else {
		sn_serve_reply(rq, 503, SN_SERVE_PLAIN, "sonde is not ready.\n");
	}
}

static void get_snmp(void *ctx, struct sn_http_request *rq)
{
	const struct sn_serve *s = ctx;

	sn_scraper_handle(s->scraper, rq);
}

static void get_metrics(void *ctx, struct sn_http_request *rq)
{
	sn_pages_ask(ctx, rq, NULL);
}

static const char *argument(const void *ctx, const char *name)
{
	return sn_http_arg(ctx, name);
}

static void get_targets(void *ctx, struct sn_http_request *rq)
{
	const struct sn_args args = {argument, rq};
	struct sn_targets_query query;
	char why[SN_ARGS_WHY_MAX];
	char text[SN_ARGS_WHY_MAX + 1];

	if (sn_targets_query_read(&args, sn_http_header(rq, "Accept"), &query, why)) {
		snprintf(text, sizeof(text), "%s\n", why);
		sn_serve_reply(rq, 400, SN_SERVE_PLAIN, text);
		return;
	}
	sn_pages_ask(ctx, rq, &query);
}

static void get_outputs(void *ctx, struct sn_http_request *rq)
{
	const struct sn_args args = {argument, rq};
	struct sn_outputs_query query;
	char why[SN_ARGS_WHY_MAX];
	char text[SN_ARGS_WHY_MAX + 1];

	if (sn_outputs_query_read(&args, sn_http_header(rq, "Accept"), &query, why)) {
		snprintf(text, sizeof(text), "%s\n", why);
		sn_serve_reply(rq, 400, SN_SERVE_PLAIN, text);
		return;
	}
	sn_pages_ask_outputs(ctx, rq, &query);
}

/* All that is served; ctx of each is the struct sn_serve. */
static const struct sn_http_route table[] = {
	{"GET", "/", get_index, NULL},
	{"GET", "/snmp", get_snmp, NULL},
	{"GET", "/metrics", get_metrics, NULL},
	{"GET", "/targets", get_targets, NULL},
	{"GET", "/outputs", get_outputs, NULL},
	{"GET", "/config", get_config, NULL},
	{"GET", "/-/healthy", get_healthy, NULL},
	{"GET", "/-/ready", get_ready, NULL},
	{"POST", "/-/reload", sn_reloads_ask, NULL},
	{"PUT", "/-/reload", sn_reloads_ask, NULL},
	{"GET", "/assets/page.css", get_style, NULL},
	{"GET", "/assets/page.js", get_script, NULL},
};

enum { ROUTES = sizeof(table) / sizeof(table[0]) };

/* What every reply says besides, unless the web configuration says it its own way. */
static const struct sn_http_extra own_headers[] = {
	{"Content-Security-Policy", SN_HTML_POLICY},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Cache-Control", "no-store"},
};

enum { OWN_HEADERS = sizeof(own_headers) / sizeof(own_headers[0]) };

static bool has_header(const struct sn_http_web *web, const char *name)
{
	for (unsigned i = 0; i < web->nextras; i++) {
		if (strcasecmp(web->extras[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* web with our headers in front of its own, which borrow from it; *extras is to be freed. */
static int add_headers(const struct sn_http_web *web, struct sn_http_web *all,
		       struct sn_http_extra **extras)
{
	static const struct sn_http_web none;
	unsigned n = 0;

	*all = web ? *web : none;
	*extras = calloc(OWN_HEADERS + all->nextras, sizeof(**extras));
	if (!*extras) {
		return SN_ENOMEM;
	}
	for (unsigned i = 0; i < OWN_HEADERS; i++) {
		if (!web || !has_header(web, own_headers[i].name)) {
			(*extras)[n++] = own_headers[i];
		}
	}
	for (unsigned i = 0; i < all->nextras; i++) {
		(*extras)[n++] = all->extras[i];
	}
	all->extras = *extras;
	all->nextras = n;
	return SN_OK;
}

static int start_http(struct sn_serve *s, char *why)
{
	struct sn_http_route routes[ROUTES];
	struct sn_http_web web;
	struct sn_http_extra *extras;
	struct sn_http_config cfg = {.listen = s->cfg.listen, .web = &web, .routes = routes};
	int rc = add_headers(s->cfg.web, &web, &extras);

	if (rc) {
		snprintf(why, SN_HTTP_WHY_MAX, "%s", sn_err_text(rc));
		return rc;
	}
	for (unsigned i = 0; i < ROUTES; i++) {
		routes[i] = table[i];
		routes[i].ctx = s;
	}
	cfg.nroutes = ROUTES;
	rc = sn_http_start(&cfg, &s->http, why);
	free(extras);
	return rc;
}

int sn_serve_set_web(struct sn_serve *s, const struct sn_http_web *web, char *why)
{
	struct sn_http_web all;
	struct sn_http_extra *extras;
	int rc = add_headers(web, &all, &extras);

	if (rc) {
		snprintf(why, SN_HTTP_WHY_MAX, "%s", sn_err_text(rc));
		return rc;
	}
	rc = sn_http_set_web(s->http, &all, why);
	free(extras);
	return rc;
}

int sn_serve_start(const struct sn_serve_config *cfg, struct sn_serve **serve, char *why)
{
	struct sn_serve *s = calloc(1, sizeof(*s));
	struct sn_serve_worker *workers = calloc(cfg->nworkers + 1u, sizeof(*workers));
	int rc;

	*serve = NULL;
	if (!s || !workers) {
		free(s);
		free(workers);
		snprintf(why, SN_HTTP_WHY_MAX, "%s", sn_err_text(SN_ENOMEM));
		return SN_ENOMEM;
	}
	memcpy(workers, cfg->workers, cfg->nworkers * sizeof(*workers));
	s->cfg = *cfg;
	s->cfg.workers = workers;
	sn_reloads_init(&s->reloads);
	rc = sn_pages_init(s);
	snprintf(why, SN_HTTP_WHY_MAX, "%s", sn_err_text(SN_ESYS));
	s->scraper = sn_scraper_new(&s->cfg);
	rc = rc || s->scraper ? rc : SN_ESYS;
	if (rc == SN_OK) {
		rc = start_http(s, why);
	}
	if (rc == SN_OK) {
		rc = sn_pages_start(s);
		snprintf(why, SN_HTTP_WHY_MAX, "%s", sn_err_text(SN_ESYS));
	}
	if (rc) {
		sn_serve_stop(s);
		return rc;
	}
	*serve = s;
	return SN_OK;
}

void sn_serve_stop(struct sn_serve *s)
{
	if (!s) {
		return;
	}
	/* first nobody asks any more, then all who did are told */
	sn_http_stop(s->http);
	sn_pages_stop(s);
	sn_reloads_fini(&s->reloads);
	sn_scraper_free(s->scraper);
	free((void *)(uintptr_t)s->cfg.workers);
	free(s);
}

uint16_t sn_serve_port(const struct sn_serve *s)
{
	return sn_http_port(s->http);
}

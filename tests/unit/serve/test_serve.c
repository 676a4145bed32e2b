/*
 * The web server's side as a whole, over real sockets and with workers on threads of their own:
 * every route, reloads that wait for their outcome, workers that have ended. Behaviour of
 * serve/serve.h; what the pages say is in test_targets_page and test_metrics_page.
 */
#include "serve/serve.h"

#include "config/config.h"
#include "observe/http.h"
#include "support/config_files.h"
#include "support/roster.h"
#include "support/suite.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WORKERS = 2, EACH = 3000, REPLY_MAX = 4 << 20 };

static struct roster r[WORKERS];
static struct sn_serve_worker workers[WORKERS];
static struct sn_serve *serve;
static const struct sn_config *snapshot;
static _Atomic bool ready;
static int asked; /* an eventfd: reloads */
static char reply[REPLY_MAX];

static bool is_ready(void *ctx)
{
	(void)ctx;
	return ready;
}

static void on_reload(void *ctx)
{
	const uint64_t one = 1;

	(void)ctx;
	ck_assert_int_eq(write(asked, &one, sizeof(one)), sizeof(one));
}

/* The test's own reference goes to whoever asks, which is once. */
static const struct sn_config *take_snapshot(void *ctx)
{
	(void)ctx;
	return snapshot;
}

static struct sn_serve_config cfg = {.listen = "127.0.0.1:0",
				     .workers = workers,
				     .nworkers = WORKERS,
				     .version = "1.2.3 <test>",
				     .ready = is_ready,
				     .reload = on_reload,
				     .snapshot = take_snapshot};

static void open_all(void)
{
	char why[SN_HTTP_WHY_MAX];

	asked = eventfd(0, 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		roster_open(&r[i], EACH, i, WORKERS);
		roster_start(&r[i]);
		workers[i] = roster_worker(&r[i]);
	}
	ck_assert_msg(sn_serve_start(&cfg, &serve, why) == SN_OK, "%s", why);
}

static void close_all(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		roster_join(&r[i]);
	}
	sn_serve_stop(serve);
	for (unsigned i = 0; i < WORKERS; i++) {
		roster_close(&r[i]);
	}
	close(asked);
}

/* Sends a request; the socket. */
static int ask(const char *method, const char *path, const char *headers)
{
	const struct sn_addr to = {.in = {.sin_family = AF_INET,
					  .sin_port = htons(sn_serve_port(serve)),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	const struct timeval patience = {.tv_sec = 30};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	ck_assert_int_eq(connect(fd, &to.sa, sn_addr_len(&to)), 0);
	dprintf(fd, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n%s\r\n",
		method, path, headers);
	return fd;
}

/* The status; the whole reply is in `reply`. 0: the connection was closed. */
static int take(int fd)
{
	size_t n = 0;
	ssize_t got;
	int status = 0;

	while (n + 1 < sizeof(reply) && (got = read(fd, reply + n, sizeof(reply) - n - 1)) > 0) {
		n += (size_t)got;
	}
	reply[n] = '\0';
	close(fd);
	sscanf(reply, "HTTP/1.1 %d", &status);
	return status;
}

static int get(const char *path)
{
	return take(ask("GET", path, ""));
}

static void has(const char *part)
{
	ck_assert_msg(strstr(reply, part) != NULL, "%s\nis not in\n%.3000s", part, reply);
}

static const char *body(void)
{
	const char *end = strstr(reply, "\r\n\r\n");

	ck_assert_ptr_nonnull(end);
	return end + 4;
}

START_TEST(every_route_answers)
{
	snapshot = config_files_good(CONFIG_BASE "targets: [{static: [{targets: [127.0.0.1]}]}]\n");
	open_all();
	ck_assert_int_eq(get("/"), 200);
	has("sonde 1.2.3 &lt;test&gt;, 2 workers, 0 outputs");
	ck_assert_int_eq(get("/-/healthy"), 200);
	ck_assert_int_eq(get("/-/ready"), 503);
	ready = true;
	ck_assert_int_eq(get("/-/ready"), 200);
	ck_assert_int_eq(get("/assets/page.css"), 200);
	has("Content-Type: text/css");
	ck_assert_int_eq(get("/assets/page.js"), 200);
	has("Content-Type: text/javascript");
	ck_assert_int_eq(get("/config"), 200);
	has("community: <secret>");
	ck_assert_int_eq(get("/metrics"), 200);
	has("Content-Type: text/plain; version=0.0.4");
	has("\nsonde_targets{state=\"pending\"} 6000\n");
	has("\nsonde_http_requests_total ");
	ck_assert_int_eq(get("/nothing"), 404);
	close_all();
}
END_TEST

START_TEST(targets_come_as_page_and_as_json)
{
	open_all();
	ck_assert_int_eq(get("/targets"), 200);
	has("Content-Type: text/html");
	has("<b>6000</b><span class=\"pending\">");
	ck_assert_int_eq(take(ask("GET", "/targets?q=T0005999", "Accept: application/json\r\n")),
			 200);
	has("Content-Type: application/json");
	has("\"matched\":1,");
	has("\"instance\":\"t0005999\"");
	ck_assert_int_eq(get("/targets?format=json&limit=2&offset=7"), 200);
	has("\"instance\":\"t0000007\"");
	has("\"instance\":\"t0000008\"");
	ck_assert_ptr_null(strstr(reply, "t0000009"));
	ck_assert_int_eq(get("/targets?state=x"), 400);
	has("state: \"x\" is no state (expected ");
	close_all();
}
END_TEST

START_TEST(outputs_come_as_page_and_as_json)
{
	open_all();
	ck_assert_int_eq(get("/outputs"), 200);
	has("Content-Type: text/html; charset=utf-8\r\n");
	has("<title>Outputs</title>");
	ck_assert_int_eq(take(ask("GET", "/outputs?limit=5", "Accept: application/json\r\n")), 200);
	has("Content-Type: application/json\r\n");
	has("\"outputs\":[]}\n");
	ck_assert_int_eq(get("/outputs?limit=10001"), 400);
	has("limit: \"10001\" is not valid (expected 0 to 10000)\n");
	ck_assert_int_eq(get("/outputs?format=xml"), 400);
	close_all();
}
END_TEST

START_TEST(every_reply_has_our_headers_unless_the_user_has_others)
{
	static const struct sn_http_extra own[] = {{"x-frame-options", "SAMEORIGIN"},
						   {"X-Other", "1"}};
	static const struct sn_http_web web = {.extras = own, .nextras = 2};
	char why[SN_HTTP_WHY_MAX];

	open_all();
	ck_assert_int_eq(get("/"), 200);
	has("Content-Security-Policy: default-src 'none';");
	has("X-Frame-Options: DENY");
	has("X-Content-Type-Options: nosniff");
	ck_assert_int_eq(sn_serve_set_web(serve, &web, why), SN_OK);
	ck_assert_int_eq(get("/-/healthy"), 200);
	has("Content-Security-Policy: default-src 'none';");
	has("SAMEORIGIN");
	has("X-Other: 1");
	ck_assert_ptr_null(strstr(reply, "DENY"));
	close_all();
}
END_TEST

static void await_asked(uint64_t n)
{
	uint64_t got = 0;

	while (got < n) {
		uint64_t v;

		ck_assert_int_eq(read(asked, &v, sizeof(v)), sizeof(v));
		got += v;
	}
}

START_TEST(a_reload_is_answered_by_its_outcome)
{
	int fd;

	open_all();
	fd = ask("POST", "/-/reload", "");
	await_asked(1);
	sn_serve_reload_begins(serve);
	sn_serve_reload_ends(serve, 2, "");
	ck_assert_int_eq(take(fd), 200);
	ck_assert_str_eq(body(), "");
	get("/metrics");
	has("\nsonde_config_snapshot 2\n");
	fd = ask("PUT", "/-/reload", "");
	await_asked(1);
	sn_serve_reload_begins(serve);
	sn_serve_reload_ends(serve, 0, "sonde.yaml:1:2: wrong\nand more\n");
	ck_assert_int_eq(take(fd), 500);
	ck_assert_str_eq(body(), "sonde.yaml:1:2: wrong\nand more\n");
	get("/metrics");
	has("\nsonde_config_last_reload_successful 0\n");
	has("\nsonde_config_snapshot 2\n");
	ck_assert_int_eq(get("/-/reload"), 405);
	ck_assert_int_eq(take(ask("POST", "/-/reload", "Sec-Fetch-Site: cross-site\r\n")), 403);
	close_all();
}
END_TEST

START_TEST(who_asks_while_a_load_is_under_way_gets_the_next_outcome)
{
	int first;
	int second;

	open_all();
	first = ask("POST", "/-/reload", "");
	await_asked(1);
	sn_serve_reload_begins(serve);
	second = ask("POST", "/-/reload", "");
	await_asked(1);
	sn_serve_reload_ends(serve, 0, "first\n");
	ck_assert_int_eq(take(first), 500);
	ck_assert_str_eq(body(), "first\n");
	sn_serve_reload_begins(serve);
	sn_serve_reload_ends(serve, 2, "");
	ck_assert_int_eq(take(second), 200);
	/* a load that nobody asked for answers nobody */
	sn_serve_reload_begins(serve);
	sn_serve_reload_ends(serve, 3, "");
	close_all();
}
END_TEST

START_TEST(the_end_leaves_nobody_waiting)
{
	int reload;
	int page;

	open_all();
	reload = ask("POST", "/-/reload", "");
	await_asked(1);
	for (unsigned i = 0; i < WORKERS; i++) {
		roster_join(&r[i]);
	}
	page = ask("GET", "/targets", ""); /* of workers that have ended */
	close_all();
	ck_assert(take(reload) != 200);
	ck_assert(take(page) != 200);
}
END_TEST

START_TEST(a_port_that_is_taken_is_told)
{
	char listen[32];
	char why[SN_HTTP_WHY_MAX] = "";
	struct sn_serve_config other;
	struct sn_serve *none;

	open_all();
	snprintf(listen, sizeof(listen), "127.0.0.1:%u", sn_serve_port(serve));
	other = cfg;
	other.listen = listen;
	ck_assert_int_eq(sn_serve_start(&other, &none, why), SN_ESYS);
	ck_assert_ptr_null(none);
	ck_assert_str_ne(why, "");
	close_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_route_answers,
				      targets_come_as_page_and_as_json,
				      outputs_come_as_page_and_as_json,
				      every_reply_has_our_headers_unless_the_user_has_others,
				      a_reload_is_answered_by_its_outcome,
				      who_asks_while_a_load_is_under_way_gets_the_next_outcome,
				      the_end_leaves_nobody_waiting,
				      a_port_that_is_taken_is_told,
				      NULL};

	return config_files_run("serve", tests);
}

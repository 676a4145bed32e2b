/*
 * HTTPS, with openssl's command as the client and as the maker of certificates: versions, chains,
 * certificates of clients, and certificates that change while the server runs. Behaviour of
 * observe/http_tls.h through the server. Skipped where there is no openssl.
 *
 * ctest: timeout=180
 */
#include "observe/http.h"

#include "support/suite.h"
#include "unit/observe/http_client.h"

#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[256];

/* Runs a command in the test's folder; what it writes is in out, its status is returned. */
SN_PRINTF(3, 4)
static int run(char *out, size_t size, const char *fmt, ...)
{
	char command[2048];
	size_t n = 0;
	size_t got;
	va_list args;
	FILE *f;
	int status;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	while (n < size - 1 && (got = fread(out + n, 1, size - 1 - n, f)) > 0) {
		n += got;
	}
	out[n] = '\0';
	status = pclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The same for a command that has to succeed. */
SN_PRINTF(1, 2)
static void must(const char *fmt, ...)
{
	char command[1024];
	char out[8192];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	ck_assert_msg(run(out, sizeof(out), "%s 2>&1", command) == 0, "%s:\n%s", command, out);
}

/* <name>.pem and <name>.key, signed by themselves. */
static void make_root(const char *name)
{
	must("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
	     "-subj /CN=%s -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s.key "
	     "-out %s.pem",
	     name, name, name);
}

/* The same, signed by ca, with extensions of a certificate for clients or servers. */
static void make_signed(const char *name, const char *ca, const char *extensions)
{
	FILE *f = fopen("ext", "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "basicConstraints=CA:FALSE\n%s\n", extensions);
	fclose(f);
	must("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=%s "
	     "-keyout %s.key -out %s.csr",
	     name, name, name);
	must("openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -days 2 "
	     "-extfile ext -out %s.pem",
	     name, ca, ca, name);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void setup(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/sonde-tls-XXXXXX", base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	make_root("server");
}

static void teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void say(void *ctx, struct sn_http_request *rq)
{
	(void)ctx;
	sn_http_reply(rq, 200, "text/plain", "hello over tls\n", 15);
}

enum { LARGE = 4 << 20 };

static void large(void *ctx, struct sn_http_request *rq)
{
	char *p = malloc(LARGE);

	(void)ctx;
	memset(p, 'z', LARGE);
	sn_http_reply(rq, 200, "text/plain", p, LARGE);
	free(p);
}

static const struct sn_http_route routes[] = {{"GET", "/", say, NULL},
					      {"GET", "/large", large, NULL}};

static struct sn_http_tls_config config(void)
{
	return (struct sn_http_tls_config){.cert = {.file = "server.pem"},
					   .key = {.file = "server.key"},
					   .min_version = SN_HTTP_TLS12,
					   .max_version = SN_HTTP_TLS13};
}

static struct sn_http *start(const struct sn_http_tls_config *tls)
{
	const struct sn_http_web web = {.tls = tls};

	return client_serve((struct sn_http_config){.web = &web}, routes, 2);
}

/* Whether a request by openssl with more options is answered. */
SN_PRINTF(2, 3)
static bool answers(const struct sn_http *h, const char *fmt, ...)
{
	char options[512];
	char out[16384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(options, sizeof(options), fmt, args);
	va_end(args);
	(void)run(out, sizeof(out),
		  "printf 'GET / HTTP/1.1\\r\\nHost: t\\r\\nConnection: close\\r\\n\\r\\n' | "
		  "timeout 20 openssl s_client -quiet -verify_return_error -connect 127.0.0.1:%u "
		  "%s 2>err",
		  (unsigned)sn_http_port(h), options);
	return strstr(out, "HTTP/1.1 200") && strstr(out, "hello over tls\n");
}

START_TEST(a_page_is_served_over_tls)
{
	struct sn_http_tls_config tls = config();
	struct sn_http *h = start(&tls);
	char plain[64] = "";
	int fd;

	ck_assert(answers(h, "-CAfile server.pem"));
	ck_assert(answers(h, "-CAfile server.pem -tls1_2"));
	ck_assert(answers(h, "-CAfile server.pem -tls1_3"));
	/* plain HTTP is no TLS */
	fd = client_open(h);
	client_send(fd, "GET / HTTP/1.1\r\nHost: t\r\n\r\n");
	while (client_recv(fd, plain, sizeof(plain) - 1) > 0) {
		ck_assert_ptr_null(strstr(plain, "HTTP/1.1 200"));
	}
	close(fd);
	sn_http_stop(h);
}
END_TEST

START_TEST(a_large_reply_arrives_whole)
{
	struct sn_http_tls_config tls = config();
	struct sn_http *h = start(&tls);
	char out[64];

	ck_assert_int_eq(run(out, sizeof(out),
			     "printf 'GET /large HTTP/1.1\\r\\nHost: t\\r\\n"
			     "Connection: close\\r\\n\\r\\n' | timeout 20 openssl s_client -quiet "
			     "-connect 127.0.0.1:%u 2>err | tr -cd z | wc -c",
			     (unsigned)sn_http_port(h)),
			 0);
	ck_assert_int_eq(atoi(out), LARGE);
	sn_http_stop(h);
}
END_TEST

START_TEST(versions_are_those_that_are_configured)
{
	struct sn_http_tls_config tls = config();
	struct sn_http *h;

	tls.min_version = SN_HTTP_TLS13;
	h = start(&tls);
	ck_assert(!answers(h, "-CAfile server.pem -tls1_2"));
	ck_assert(answers(h, "-CAfile server.pem"));
	sn_http_stop(h);
	tls.min_version = SN_HTTP_TLS12;
	tls.max_version = SN_HTTP_TLS12;
	h = start(&tls);
	ck_assert(!answers(h, "-CAfile server.pem -tls1_3"));
	ck_assert(answers(h, "-CAfile server.pem"));
	/* nothing older, whatever the client allows itself */
	ck_assert(!answers(h, "-CAfile server.pem -tls1_1 -cipher DEFAULT@SECLEVEL=0"));
	sn_http_stop(h);
}
END_TEST

START_TEST(curves_are_those_that_are_configured)
{
	struct sn_http_tls_config tls = config();
	struct sn_http *h;

	tls.curves[0] = SN_HTTP_X25519;
	tls.curves[1] = SN_HTTP_P521;
	tls.ncurves = 2;
	h = start(&tls);
	ck_assert(answers(h, "-CAfile server.pem -curves X25519"));
	ck_assert(answers(h, "-CAfile server.pem -curves P-521"));
	ck_assert(!answers(h, "-CAfile server.pem -curves P-384"));
	sn_http_stop(h);
}
END_TEST

static char *slurp(const char *path)
{
	char *text = calloc(1, 16384);
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_gt(fread(text, 1, 16383, f), 0);
	fclose(f);
	return text;
}

START_TEST(certificate_and_key_may_be_text)
{
	struct sn_http_tls_config tls = config();
	char *cert = slurp("server.pem");
	char *key = slurp("server.key");
	struct sn_http *h;

	tls.cert = (struct sn_http_pem){.text = cert};
	tls.key = (struct sn_http_pem){.text = key};
	h = start(&tls);
	free(cert);
	free(key);
	ck_assert(answers(h, "-CAfile server.pem"));
	sn_http_stop(h);
}
END_TEST

START_TEST(the_chain_is_sent_with_the_certificate)
{
	struct sn_http_tls_config tls = config();
	struct sn_http *h;

	make_signed("middle", "server", "basicConstraints=critical,CA:TRUE");
	make_signed("leaf", "middle", "extendedKeyUsage=serverAuth");
	must("cat leaf.pem middle.pem >chain.pem");
	tls.cert.file = "chain.pem";
	tls.key.file = "leaf.key";
	h = start(&tls);
	ck_assert(answers(h, "-CAfile server.pem"));
	sn_http_stop(h);
	tls.cert.file = "leaf.pem";
	h = start(&tls);
	ck_assert(!answers(h, "-CAfile server.pem"));
	sn_http_stop(h);
}
END_TEST

static void expect_refusal(const struct sn_http_tls_config *tls, const char *expected)
{
	const struct sn_http_web web = {.tls = tls};
	const struct sn_http_config cfg = {.listen = "127.0.0.1:0", .web = &web};
	char why[SN_HTTP_WHY_MAX] = "";
	struct sn_http *h;

	ck_assert_int_eq(sn_http_start(&cfg, &h, why), SN_EINVAL);
	ck_assert_msg(strncmp(why, expected, strlen(expected)) == 0, "%s", why);
}

START_TEST(what_does_not_fit_is_said_at_start)
{
	struct sn_http_tls_config tls = config();

	make_root("other");
	must("echo nonsense >nonsense.pem; : >empty.pem; head -c 1100000 /dev/zero >huge.pem");
	tls.key.file = "other.key";
	expect_refusal(&tls, "cert_file and key_file: ");
	tls.key.file = "nonsense.pem";
	expect_refusal(&tls, "cert_file and key_file: ");
	tls.key.file = "missing.key";
	expect_refusal(&tls, "key_file: cannot read missing.key: No such file or directory");
	tls = config();
	tls.cert.file = "empty.pem";
	expect_refusal(&tls, "cert_file and key_file: ");
	tls.cert.file = "huge.pem";
	expect_refusal(&tls, "cert_file: cannot read huge.pem: larger than 1 MiB");
	tls.cert.file = ".";
	expect_refusal(&tls, "cert_file: cannot read .: Is a directory");
	tls = config();
	tls.client_ca.file = "nonsense.pem";
	tls.client_auth = SN_HTTP_CLIENT_VERIFY;
	expect_refusal(&tls, "client_ca_file nonsense.pem: ");
	tls.client_ca = (struct sn_http_pem){.text = "nonsense"};
	expect_refusal(&tls, "client_ca: ");
}
END_TEST

START_TEST(another_certificate_is_used_without_a_restart)
{
	struct sn_http_tls_config tls = config();
	struct sn_http *h = start(&tls);

	make_root("other");
	ck_assert(answers(h, "-CAfile server.pem"));
	/* half of it does not fit: the one before stays */
	must("cp server.pem before.pem; mv other.pem server.pem");
	ck_assert(answers(h, "-CAfile before.pem"));
	must("mv other.key server.key");
	ck_assert(answers(h, "-CAfile server.pem"));
	ck_assert(!answers(h, "-CAfile before.pem"));
	/* broken and gone: the one in use stays */
	must("cp server.pem good.pem; echo nonsense >server.pem");
	ck_assert(answers(h, "-CAfile good.pem"));
	must("rm server.pem");
	ck_assert(answers(h, "-CAfile good.pem"));
	must("mv before.pem server.pem");
	ck_assert(answers(h, "-CAfile good.pem"));
	sn_http_stop(h);
}
END_TEST

START_TEST(clients_show_the_certificate_that_is_asked_for)
{
	static const struct {
		enum sn_http_client_auth auth; /* configured */
		bool none;		       /* whether a client without one is served */
		bool good;		       /* ... with one that the CA signed */
		bool foreign;		       /* ... with one of somebody else */
		bool server;		       /* ... with one that is not for clients */
	} cases[] = {
		{SN_HTTP_CLIENT_NONE, true, true, true, true},
		{SN_HTTP_CLIENT_REQUEST, true, true, true, true},
		{SN_HTTP_CLIENT_REQUIRE, false, true, true, true},
		{SN_HTTP_CLIENT_VERIFY_GIVEN, true, true, false, false},
		{SN_HTTP_CLIENT_VERIFY, false, true, false, false},
	};

	make_root("ca");
	make_root("foreign");
	make_signed("client", "ca", "extendedKeyUsage=clientAuth");
	make_signed("web", "ca", "extendedKeyUsage=serverAuth");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sn_http_tls_config tls = config();
		struct sn_http *h;

		tls.client_auth = cases[i].auth;
		tls.client_ca.file = "ca.pem";
		h = start(&tls);
		for (int v = 2; v <= 3; v++) {
			const char *o = v == 2 ? "-tls1_2 -CAfile server.pem"
					       : "-tls1_3 -CAfile server.pem";

			ck_assert_int_eq(answers(h, "%s", o), cases[i].none);
			ck_assert_int_eq(answers(h, "%s -cert client.pem -key client.key", o),
					 cases[i].good);
			ck_assert_int_eq(answers(h, "%s -cert foreign.pem -key foreign.key", o),
					 cases[i].foreign);
			ck_assert_int_eq(answers(h, "%s -cert web.pem -key web.key", o),
					 cases[i].server);
		}
		sn_http_stop(h);
	}
}
END_TEST

START_TEST(clients_can_be_told_by_their_names)
{
	static const char *const sans[] = {"prometheus.example", "192.0.2.7",
					   "spiffe://example/prometheus", "me@example"};
	static const char *const names[] = {"DNS:other.example,DNS:prometheus.example",
					    "IP:192.0.2.7", "URI:spiffe://example/prometheus",
					    "email:me@example"};
	static const char *const others[] = {"DNS:prometheus.example.com", "IP:192.0.2.70",
					     "DNS:192.0.2.7x", "email:you@example"};
	struct sn_http_tls_config tls = config();
	struct sn_http *h;
	char extensions[256];

	make_root("ca");
	tls.client_auth = SN_HTTP_CLIENT_VERIFY;
	tls.client_ca.file = "ca.pem";
	tls.sans = sans;
	tls.nsans = 4;
	h = start(&tls);
	for (size_t i = 0; i < 4; i++) {
		snprintf(extensions, sizeof(extensions), "subjectAltName=%s", names[i]);
		make_signed("client", "ca", extensions);
		ck_assert_msg(answers(h, "-CAfile server.pem -cert client.pem -key client.key"),
			      "%s", names[i]);
		snprintf(extensions, sizeof(extensions), "subjectAltName=%s", others[i]);
		make_signed("client", "ca", extensions);
		ck_assert_msg(!answers(h, "-CAfile server.pem -cert client.pem -key client.key"),
			      "%s", others[i]);
	}
	make_signed("client", "ca", "extendedKeyUsage=clientAuth");
	ck_assert(!answers(h, "-CAfile server.pem -cert client.pem -key client.key"));
	sn_http_stop(h);
}
END_TEST

START_TEST(the_web_configuration_changes_while_it_runs)
{
	struct sn_http_tls_config tls = config();
	const struct sn_http_web web = {.tls = &tls};
	struct sn_http *h = start(&tls);
	char why[SN_HTTP_WHY_MAX];

	make_root("ca");
	make_signed("client", "ca", "extendedKeyUsage=clientAuth");
	ck_assert_int_eq(sn_http_set_web(h, NULL, why), SN_EINVAL);
	ck_assert_str_eq(why, "TLS cannot be turned off without a restart");
	tls.client_auth = SN_HTTP_CLIENT_VERIFY;
	tls.client_ca.file = "missing.pem";
	ck_assert_int_eq(sn_http_set_web(h, &web, why), SN_EINVAL);
	ck_assert(answers(h, "-CAfile server.pem"));
	tls.client_ca.file = "ca.pem";
	tls.min_version = SN_HTTP_TLS13;
	ck_assert_int_eq(sn_http_set_web(h, &web, why), SN_OK);
	ck_assert(!answers(h, "-CAfile server.pem"));
	ck_assert(answers(h, "-CAfile server.pem -cert client.pem -key client.key"));
	ck_assert(!answers(h, "-CAfile server.pem -tls1_2 -cert client.pem -key client.key"));
	sn_http_stop(h);
	h = client_serve((struct sn_http_config){0}, routes, 2);
	ck_assert_int_eq(sn_http_set_web(h, &web, why), SN_EINVAL);
	ck_assert_str_eq(why, "TLS cannot be turned on without a restart");
	sn_http_stop(h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_page_is_served_over_tls,
				      a_large_reply_arrives_whole,
				      versions_are_those_that_are_configured,
				      curves_are_those_that_are_configured,
				      certificate_and_key_may_be_text,
				      the_chain_is_sent_with_the_certificate,
				      what_does_not_fit_is_said_at_start,
				      another_certificate_is_used_without_a_restart,
				      clients_show_the_certificate_that_is_asked_for,
				      clients_can_be_told_by_their_names,
				      the_web_configuration_changes_while_it_runs,
				      NULL};
	Suite *s = suite_create("http_tls");
	TCase *tc = tcase_create("http_tls");

	if (system("openssl version >/dev/null 2>&1") != 0) {
		fprintf(stderr, "there is no openssl here\n");
		return SUITE_SKIP;
	}
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	for (const TTest *const *t = tests; *t; t++) {
		tcase_add_test(tc, *t);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}

/*
 * Credentials of the command line: where secrets come from and that they vanish from there, levels
 * and protocols in Net-SNMP's words, refusals. Behaviour of config/credentials.h; what it prints is
 * interop/load.py's business.
 */
#include "config/credentials.h"

#include "msg/peek.h"
#include "msg/v3.h"

#include "support/suite.h"

#include <unistd.h>

static struct sn_credentials cred;

/* Nobody needs to read what it complains about. */
static void setup(void)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

static int make(struct sn_credential_options opt)
{
	return sn_credentials_make(&cred, &opt, "test");
}

static bool community_is(const char *text)
{
	return sn_span_eq(cred.community, sn_span_str(text));
}

START_TEST(nothing_said_is_v2c_and_public)
{
	char text[64];

	ck_assert_int_eq(make((struct sn_credential_options){0}), SN_OK);
	ck_assert_int_eq(cred.version, SN_VERSION_2C);
	ck_assert(community_is("public"));
	ck_assert_ptr_null(cred.access);
	ck_assert_str_eq(sn_credentials_describe(&cred, text, sizeof(text)), "SNMPv2c");
	sn_credentials_fini(&cred);
}
END_TEST

START_TEST(a_secret_in_the_text_is_overwritten_there)
{
	char text[] = "correct horse";
	char at[] = "@@home";

	ck_assert_int_eq(make((struct sn_credential_options){.version = "1", .community = text}),
			 SN_OK);
	ck_assert_int_eq(cred.version, SN_VERSION_1);
	ck_assert(community_is("correct horse"));
	ck_assert_str_eq(text, "*************");
	sn_credentials_fini(&cred);
	ck_assert_int_eq(make((struct sn_credential_options){.community = at}), SN_OK);
	ck_assert(community_is("@home"));
	sn_credentials_fini(&cred);
}
END_TEST

START_TEST(secrets_come_from_files_and_from_the_environment)
{
	char path[] = "/tmp/sonde-test-XXXXXX";
	char from_file[32];
	char from_environment[] = "${SONDE_TEST_COMMUNITY}";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, "from a file\r\nand more\n", 22), 22);
	close(fd);
	snprintf(from_file, sizeof(from_file), "@%s", path);
	ck_assert_int_eq(make((struct sn_credential_options){.community = from_file}), SN_OK);
	ck_assert(community_is("from a file"));
	sn_credentials_fini(&cred);
	unlink(path);
	ck_assert_int_eq(make((struct sn_credential_options){.community = from_file}), SN_ECONFIG);
	ck_assert_int_eq(setenv("SONDE_TEST_COMMUNITY", "from there", 1), 0);
	ck_assert_int_eq(make((struct sn_credential_options){.community = from_environment}),
			 SN_OK);
	ck_assert(community_is("from there"));
	sn_credentials_fini(&cred);
	ck_assert_int_eq(unsetenv("SONDE_TEST_COMMUNITY"), 0);
	ck_assert_int_eq(make((struct sn_credential_options){.community = from_environment}),
			 SN_ECONFIG);
}
END_TEST

START_TEST(levels_follow_the_passwords_or_what_is_said)
{
	static const struct {
		const char *said;
		bool auth;
		bool priv;
		int level;
	} rows[] = {{NULL, false, false, 0},
		    {NULL, true, false, SN_V3_AUTH},
		    {NULL, true, true, SN_V3_AUTH | SN_V3_PRIV},
		    {"noAuthNoPriv", true, true, 0},
		    {"auth", true, true, SN_V3_AUTH},
		    {"AUTHPRIV", true, true, SN_V3_AUTH | SN_V3_PRIV}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char auth[] = "long enough";
		char priv[] = "long as well";
		struct sn_credential_options opt = {.version = "3",
						    .user = "ops",
						    .context = "vlan-7",
						    .level = rows[i].said,
						    .auth = "SHA-256",
						    .auth_password = rows[i].auth ? auth : NULL,
						    .priv = "aes",
						    .priv_password = rows[i].priv ? priv : NULL};

		ck_assert_int_eq(make(opt), SN_OK);
		ck_assert_int_eq(cred.access->user->level, rows[i].level);
		ck_assert(sn_span_eq(cred.access->context, sn_span_str("vlan-7")));
		ck_assert(sn_span_eq(cred.access->user->name, sn_span_str("ops")));
		sn_credentials_fini(&cred);
	}
}
END_TEST

START_TEST(keys_are_those_of_the_passwords)
{
	/* RFC 3414 A.3.2: SHA of "maplesyrup" */
	static const uint8_t want[20] = {0x9f, 0xb5, 0xcc, 0x03, 0x81, 0x49, 0x7b,
					 0x37, 0x93, 0x52, 0x89, 0x39, 0xff, 0x78,
					 0x8d, 0x5d, 0x79, 0x14, 0x52, 0x11};
	char auth[] = "maplesyrup";
	char priv[] = "maplesyrup";

	ck_assert_int_eq(make((struct sn_credential_options){.version = "3",
							     .user = "ops",
							     .auth = "sha1",
							     .auth_password = auth,
							     .priv = "AES-128",
							     .priv_password = priv}),
			 SN_OK);
	ck_assert_mem_eq(cred.access->user->auth_key, want, 20);
	ck_assert_mem_eq(cred.access->user->priv_key, want, 20);
	ck_assert_int_eq(cred.access->user->auth_n, 20);
	ck_assert_int_eq(cred.access->user->auth, SN_AUTH_SHA1);
	ck_assert_int_eq(cred.access->user->priv, SN_PRIV_AES128);
	ck_assert_int_eq(cred.access->user->auth_kind, SN_KEY_MASTER);
	ck_assert_str_eq(auth, "**********");
	sn_credentials_fini(&cred);
}
END_TEST

START_TEST(refuses_what_does_not_fit_together)
{
	char good[] = "long enough";
	char brief[] = "brief";
	char none[] = "";
	const struct sn_credential_options bad[] = {
		{.version = "4"},
		{.version = "3"},
		{.version = "3", .user = "a name of more than 32 octets is none"},
		{.version = "3", .user = "u", .level = "some"},
		{.version = "3", .user = "u", .level = "authNoPriv", .auth = "SHA"},
		{.version = "3", .user = "u", .auth = "MD4", .auth_password = good},
		{.version = "3", .user = "u", .auth_password = good},
		{.version = "3", .user = "u", .auth = "SHA", .auth_password = brief},
		{.version = "3", .user = "u", .priv = "AES", .priv_password = good},
		{.community = none},
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(make(bad[i]), SN_ECONFIG);
		sn_credentials_fini(&cred); /* harmless */
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {nothing_said_is_v2c_and_public,
				      a_secret_in_the_text_is_overwritten_there,
				      secrets_come_from_files_and_from_the_environment,
				      levels_follow_the_passwords_or_what_is_said,
				      keys_are_those_of_the_passwords,
				      refuses_what_does_not_fit_together,
				      NULL};
	Suite *s = suite_create("credentials");
	TCase *tc = tcase_create("credentials");

	tcase_add_checked_fixture(tc, setup, NULL);
	for (const TTest *const *t = tests; *t; t++) {
		tcase_add_test(tc, *t);
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}

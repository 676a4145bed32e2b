/*
 * Values of every type of option: where they land, and the exact text for each that is refused.
 */
#include "config/raw.h"

#include "support/config_files.h"
#include "support/suite.h"

#define REST                                                                                       \
	CONFIG_BASE                                                                                \
	"targets: [{static: [{targets: [127.0.0.1]}]}]\n"

START_TEST(every_value_lands_in_its_place)
{
	const struct sn_config *cfg = config_files_good(
		"poll: {interval: 1m30s, timeout: 500ms, retries: 7, threads: 12, in_flight: "
		"65536, "
		"window: 9, max_reply_bytes: 8KiB, max_rows: 77, rates: true, pin: no}\n"
		"io: {backend: recvmmsg, sockets: 3, rcvbuf_bytes: 1MiB, min_wait: 1ms, "
		"source_address: 127.0.0.2, source_address6: '::1'}\n" REST);
	char text[SN_ADDR_TEXT_MAX];

	ck_assert_uint_eq(cfg->interval_ns, UINT64_C(90000000000));
	ck_assert_uint_eq(cfg->timeout_ns, 500000000);
	ck_assert_uint_eq(cfg->retries, 7);
	ck_assert_uint_eq(cfg->threads, 12);
	ck_assert_uint_eq(cfg->in_flight, 65536);
	ck_assert_uint_eq(cfg->window, 9);
	ck_assert_uint_eq(cfg->max_reply, 8192);
	ck_assert_uint_eq(cfg->max_rows, 77);
	ck_assert(cfg->rates);
	ck_assert(!cfg->pin);
	ck_assert_int_eq(cfg->io.backend, SN_IO_MMSG);
	ck_assert_uint_eq(cfg->io.sockets4, 3);
	ck_assert_uint_eq(cfg->io.sockets6, 3);
	ck_assert_uint_eq(cfg->io.rcvbuf, 1 << 20);
	ck_assert_uint_eq(cfg->io.min_wait_us, 1000);
	ck_assert_str_eq(sn_addr_format(&cfg->io.bind4, text, sizeof(text)), "127.0.0.2:0");
	ck_assert_str_eq(sn_addr_format(&cfg->io.bind6, text, sizeof(text)), "[::1]:0");
	sn_config_free(cfg);
}
END_TEST

START_TEST(what_is_not_given_has_its_default)
{
	const struct sn_config *cfg = config_files_good(REST);

	ck_assert_uint_eq(cfg->interval_ns, UINT64_C(60000000000));
	ck_assert_uint_eq(cfg->timeout_ns, UINT64_C(2000000000));
	ck_assert_uint_eq(cfg->retries, 3);
	ck_assert_uint_eq(cfg->threads, 0);
	ck_assert_uint_eq(cfg->in_flight, 20000);
	ck_assert_uint_eq(cfg->window, 4);
	ck_assert_uint_eq(cfg->max_reply, 1400);
	ck_assert_uint_eq(cfg->max_rows, 1000000);
	ck_assert(!cfg->rates);
	ck_assert(cfg->pin);
	ck_assert_int_eq(cfg->io.backend, SN_IO_AUTO);
	ck_assert_uint_eq(cfg->io.sockets4, 0);
	ck_assert_uint_eq(cfg->io.sockets6, 0);
	ck_assert_uint_eq(cfg->io.rcvbuf, 0);
	ck_assert_uint_eq(cfg->io.min_wait_us, 1000);
	ck_assert_int_eq(cfg->io.bind4.sa.sa_family, 0);
	ck_assert_int_eq(cfg->io.bind6.sa.sa_family, 0);
	ck_assert_uint_eq(cfg->refresh_ns, 0);
	sn_config_free(cfg);
}
END_TEST

START_TEST(durations_are_checked)
{
	static const struct config_case cases[] = {
		{"poll:\n  interval: fast\n" REST,
		 "sonde.yaml:2:13: poll.interval: \"fast\" is not a duration (expected a number "
		 "with "
		 "unit, such as 30s, 1m30s, 500ms)\n"},
		{"poll: {interval: 60}\n" REST,
		 "sonde.yaml:1:18: poll.interval: \"60\" is not a duration (expected a number with "
		 "unit, such as 30s, 1m30s, 500ms)\n"},
		{"poll: {interval: }\n" REST,
		 "sonde.yaml:1:18: poll.interval: \"\" is not a duration (expected a number with "
		 "unit, such as 30s, 1m30s, 500ms)\n"},
		{"poll: {interval: 2y}\n" REST, "sonde.yaml:1:18: poll.interval: \"2y\" is out of "
						"range (expected 0s to 8784h)\n"},
		{"poll: {timeout: 0s}\n" REST,
		 "sonde.yaml:1:17: poll.timeout: \"0s\" is out of range "
		 "(expected 1ms to 1h)\n"},
		{"poll: {timeout: 99999999999h}\n" REST,
		 "sonde.yaml:1:17: poll.timeout: \"99999999999h\" is out of range (expected 1ms to "
		 "1h)\n"},
		{"io: {min_wait: 1s}\n" REST,
		 "sonde.yaml:1:16: io.min_wait: \"1s\" is out of range "
		 "(expected 0s to 100ms)\n"},
		{"poll: {interval: 0s}\nio: {min_wait: 0s}\n" REST, ""},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(numbers_are_checked)
{
	static const struct config_case cases[] = {
		{"poll: {retries: 8}\n" REST,
		 "sonde.yaml:1:17: poll.retries: \"8\" is out of range (expected 0 to 7)\n"},
		{"poll: {retries: -1}\n" REST,
		 "sonde.yaml:1:17: poll.retries: \"-1\" is out of range (expected 0 to 7)\n"},
		{"poll: {retries: two}\n" REST,
		 "sonde.yaml:1:17: poll.retries: \"two\" is not a whole number (expected 0 to "
		 "7)\n"},
		{"poll: {retries: 1.5}\n" REST,
		 "sonde.yaml:1:17: poll.retries: \"1.5\" is not a whole number (expected 0 to "
		 "7)\n"},
		{"poll: {retries: 99999999999999999999}\n" REST,
		 "sonde.yaml:1:17: poll.retries: \"99999999999999999999\" is out of range "
		 "(expected 0 "
		 "to 7)\n"},
		{"poll: {threads: 0}\n" REST,
		 "sonde.yaml:1:17: poll.threads: \"0\" is out of range (expected 1 to 1024, or "
		 "auto)\n"},
		{"poll: {threads: all}\n" REST,
		 "sonde.yaml:1:17: poll.threads: \"all\" is not a whole number (expected 1 to "
		 "1024, "
		 "or auto)\n"},
		{"poll: {in_flight: 65537}\n" REST,
		 "sonde.yaml:1:19: poll.in_flight: \"65537\" is out of range (expected 1 to "
		 "65536)\n"},
		{"poll: {window: 0}\n" REST,
		 "sonde.yaml:1:16: poll.window: \"0\" is out of range (expected 1 to 1024)\n"},
		{"poll: {max_rows: 0}\n" REST,
		 "sonde.yaml:1:18: poll.max_rows: \"0\" is out of range "
		 "(expected 1 to 100000000)\n"},
		{"io: {sockets: 5}\n" REST,
		 "sonde.yaml:1:15: io.sockets: \"5\" is out of range (expected 1 to 4, or auto)\n"},
		{"poll: {threads: auto, retries: 0}\n" REST, ""},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(sizes_are_checked)
{
	static const struct config_case cases[] = {
		{"poll: {max_reply_bytes: many}\n" REST,
		 "sonde.yaml:1:25: poll.max_reply_bytes: \"many\" is not a size (expected bytes, "
		 "or a "
		 "number with unit, such as 64KiB, 10MB)\n"},
		{"poll: {max_reply_bytes: 483}\n" REST, "sonde.yaml:1:25: poll.max_reply_bytes: "
							"\"483\" is out of range (expected 484 to "
							"65507)\n"},
		{"io: {rcvbuf_bytes: 2GiB}\n" REST, "sonde.yaml:1:20: io.rcvbuf_bytes: \"2GiB\" is "
						    "out of range (expected 64KiB to 1GiB)\n"},
		{"io: {rcvbuf_bytes: 99999999TiB}\n" REST,
		 "sonde.yaml:1:20: io.rcvbuf_bytes: \"99999999TiB\" is out of range (expected "
		 "64KiB "
		 "to 1GiB)\n"},
		{"output: [{stdout: {buffer_bytes: 1}}]\n" REST,
		 "sonde.yaml:1:34: output[0].stdout.buffer_bytes: \"1\" is out of range (expected "
		 "256KiB to 64GiB)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(words_and_truth_values_are_checked)
{
	static const struct config_case cases[] = {
		{"poll: {pin: maybe}\n" REST,
		 "sonde.yaml:1:13: poll.pin: \"maybe\" is not true or false\n"},
		{"poll: {pin: 1}\n" REST,
		 "sonde.yaml:1:13: poll.pin: \"1\" is not true or false\n"},
		{"io: {backend: io-uring}\n" REST,
		 "sonde.yaml:1:15: io.backend: \"io-uring\" is not "
		 "known (did you mean \"io_uring\"?)\n"},
		{"io: {backend: epoll}\n" REST,
		 "sonde.yaml:1:15: io.backend: \"epoll\" is not known "
		 "(expected auto, io_uring or recvmmsg)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(addresses_are_checked)
{
	static const struct config_case cases[] = {
		{"io: {source_address: '::1'}\n" REST,
		 "sonde.yaml:1:22: io.source_address: \"::1\" is not an IPv4 address (expected one "
		 "such as 192.0.2.1, no port)\n"},
		{"io: {source_address: '127.0.0.1:5'}\n" REST,
		 "sonde.yaml:1:22: io.source_address: \"127.0.0.1:5\" is not an IPv4 address "
		 "(expected one such as 192.0.2.1, no port)\n"},
		{"io: {source_address: localhost}\n" REST,
		 "sonde.yaml:1:22: io.source_address: \"localhost\" is not an IPv4 address "
		 "(expected one such as 192.0.2.1, no port)\n"},
		{"io: {source_address6: 127.0.0.1}\n" REST,
		 "sonde.yaml:1:23: io.source_address6: \"127.0.0.1\" is not an IPv6 address "
		 "(expected one such as 2001:db8::1, no port)\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

START_TEST(lengths_of_texts_are_checked)
{
	static const char *const words[] = {NULL};
	const struct sn_option text = {
		.key = "t", .type = SN_OPTION_STRING, .words = words, .min = 2, .max = 3};
	const struct sn_option hex = {
		.key = "h", .type = SN_OPTION_HEX, .words = words, .min = 2, .max = 3};
	const struct sn_option any = {.key = "a", .type = SN_OPTION_STRING, .words = words};
	static const struct {
		const char *text;
		const char *why; /* NULL: good */
		bool hex;
	} cases[] = {
		{"ab", NULL, false},
		{"abc", NULL, false},
		{"a", "is too short (expected 2 to 3 octets)", false},
		{"abcd", "is too long (expected 2 to 3 octets)", false},
		{"abcd", NULL, true},
		{"0xabcdef", NULL, true},
		{"ab", "is too short (expected 2 to 3 octets as pairs of hexadecimal digits)",
		 true},
		{"01234567", "is too long (expected 2 to 3 octets as pairs of hexadecimal digits)",
		 true},
		{"abc", "is not right (expected 2 to 3 octets as pairs of hexadecimal digits)",
		 true},
		{"abcx", "is not right (expected 2 to 3 octets as pairs of hexadecimal digits)",
		 true},
	};
	char why[SN_OPTION_WHY_MAX];
	const char *got;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sn_option *row = cases[i].hex ? &hex : &text;

		got = NULL;
		ck_assert_int_eq(sn_options_parse(row, cases[i].text, &got, why),
				 cases[i].why ? SN_EINVAL : SN_OK);
		if (cases[i].why) {
			ck_assert_str_eq(why, cases[i].why);
			ck_assert_ptr_null(got);
		} else {
			ck_assert_ptr_eq(got, cases[i].text);
		}
	}
	ck_assert_int_eq(sn_options_parse(&any, "", &got, why), SN_OK);
	ck_assert_int_eq(sn_options_parse(&any, "any length at all", &got, why), SN_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_value_lands_in_its_place,
				      what_is_not_given_has_its_default,
				      durations_are_checked,
				      numbers_are_checked,
				      sizes_are_checked,
				      words_and_truth_values_are_checked,
				      addresses_are_checked,
				      lengths_of_texts_are_checked,
				      NULL};

	return config_files_run("option_value", tests);
}

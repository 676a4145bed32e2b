/*
 * Endpoints as people write them: IPv4, IPv6, brackets, scopes, prefixes, ports. Behaviour of
 * base/addr.h.
 */
#include "base/addr.h"

#include "support/suite.h"

#include <arpa/inet.h>
#include <string.h>

/* What one target text must become: formatted address, or NULL for an error. */
struct row {
	const char *text;   /* input */
	const char *expect; /* sn_addr_format of the result, default port 161 */
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sn_addr a;
		char text[SN_ADDR_TEXT_MAX];
		int rc = sn_addr_parse(&a, rows[i].text, 161);

		if (!rows[i].expect) {
			ck_assert_msg(rc == SN_EINVAL, "'%s' was not refused", rows[i].text);
			continue;
		}
		ck_assert_msg(rc == SN_OK, "'%s' was refused: %s", rows[i].text, sn_err_text(rc));
		ck_assert_str_eq(sn_addr_format(&a, text, sizeof(text)), rows[i].expect);
	}
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(reads_ipv4_with_and_without_port)
{
	static const struct row rows[] = {
		{"192.0.2.1", "192.0.2.1:161"},
		{"192.0.2.1:1161", "192.0.2.1:1161"},
		{"0.0.0.0:1", "0.0.0.0:1"},
		{"255.255.255.255:65535", "255.255.255.255:65535"},
		{"192.0.2.1:0161", "192.0.2.1:161"},
	};
	CHECK_ROWS(rows);
}
END_TEST

START_TEST(reads_ipv6_bare_and_in_brackets)
{
	static const struct row rows[] = {
		{"::1", "[::1]:161"},
		{"[::1]", "[::1]:161"},
		{"[::1]:1161", "[::1]:1161"},
		{"2001:db8::1", "[2001:db8::1]:161"},
		{"[2001:DB8:0:0::1]:65535", "[2001:db8::1]:65535"},
		{"::", "[::]:161"},
		{"::ffff:192.0.2.1", "[::ffff:192.0.2.1]:161"},
		{"1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:161"},
	};
	CHECK_ROWS(rows);
}
END_TEST

START_TEST(reads_transport_prefixes_of_udp_only)
{
	static const struct row rows[] = {
		{"udp:192.0.2.1", "192.0.2.1:161"},
		{"udp:192.0.2.1:1161", "192.0.2.1:1161"},
		{"udp://192.0.2.1:1161", "192.0.2.1:1161"},
		{"udp6:[2001:db8::1]:1161", "[2001:db8::1]:1161"},
		{"udp://[2001:db8::1]", "[2001:db8::1]:161"},
		{"udp6:::1", "[::1]:161"},
		{"tcp:192.0.2.1", NULL},
		{"tcp:192.0.2.1:161", NULL},
		{"tcp://192.0.2.1:161", NULL},
		{"dtlsudp:192.0.2.1:161", NULL},
		{"unix:/run/snmp", NULL},
		{"http://192.0.2.1/", NULL},
		{"udp:", NULL},
		{"udp://", NULL},
	};
	CHECK_ROWS(rows);
}
END_TEST

START_TEST(refuses_bad_ports)
{
	static const struct row rows[] = {
		{"192.0.2.1:", NULL},	   {"192.0.2.1:0", NULL},
		{"192.0.2.1:65536", NULL}, {"192.0.2.1:-1", NULL},
		{"192.0.2.1:+1", NULL},	   {"192.0.2.1: 1", NULL},
		{"192.0.2.1:16a", NULL},   {"192.0.2.1:161 ", NULL},
		{"192.0.2.1:snmp", NULL},  {"192.0.2.1:99999999999999999999999", NULL},
		{"[::1]:", NULL},	   {"[::1]:x", NULL},
		{"[::1]161", NULL},	   {"[::1]:161:161", NULL},
	};
	CHECK_ROWS(rows);
}
END_TEST

START_TEST(refuses_what_is_no_numeric_address)
{
	static const struct row rows[] = {
		{"", NULL},
		{":161", NULL},
		{"[]", NULL},
		{"[]:161", NULL},
		{"[::1", NULL},
		{"::1]", NULL},
		{"router1", NULL},
		{"192.0.2", NULL},
		{"192.0.2.256", NULL},
		{"192.0.2.1.1", NULL},
		{"192.0.2.1/24", NULL},
		{" 192.0.2.1", NULL},
		{":::", NULL},
		{"1:2:3:4:5:6:7:8:9", NULL},
		{"[[::1]]", NULL},
		{"2001:db8::g", NULL},
		{"192.0.2.1%lo", NULL},
	};
	char longest[300];
	struct sn_addr a;

	CHECK_ROWS(rows);
	memset(longest, '1', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(sn_addr_parse(&a, longest, 161), SN_EINVAL);
}
END_TEST

START_TEST(reads_scopes_by_name_and_by_number)
{
	struct sn_addr a;
	char text[SN_ADDR_TEXT_MAX];
	static const char *const bad[] = {"fe80::1%",	"fe80::1%nosuchif0",  "fe80::1%1x",
					  "fe80::1%-1", "fe80::1%4294967296", "[fe80::1]%1:161"};

	ck_assert_int_eq(sn_addr_parse(&a, "[fe80::1%lo]:161", 1), SN_OK);
	ck_assert_uint_eq(a.in6.sin6_scope_id, 1);
	ck_assert_int_eq(sn_addr_parse(&a, "fe80::1%7", 161), SN_OK);
	ck_assert_uint_eq(a.in6.sin6_scope_id, 7);
	ck_assert_str_eq(sn_addr_format(&a, text, sizeof(text)), "[fe80::1%7]:161");
	ck_assert_int_eq(sn_addr_parse(&a, "fe80::1%4294967295", 161), SN_OK);
	ck_assert_uint_eq(a.in6.sin6_scope_id, UINT32_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(sn_addr_parse(&a, bad[i], 161) == SN_EINVAL, "'%s'", bad[i]);
	}
}
END_TEST

START_TEST(splits_host_names_for_a_resolver)
{
	char host[32];
	uint16_t port = 0;

	ck_assert_int_eq(sn_addr_split("router1.example:1161", host, sizeof(host), &port, 161),
			 SN_OK);
	ck_assert_str_eq(host, "router1.example");
	ck_assert_uint_eq(port, 1161);
	ck_assert_int_eq(sn_addr_split("udp:router1", host, sizeof(host), &port, 161), SN_OK);
	ck_assert_str_eq(host, "router1");
	ck_assert_uint_eq(port, 161);
	/* 31 characters fit, 32 do not */
	ck_assert_int_eq(sn_addr_split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", host, 32, &port, 161),
			 SN_OK);
	ck_assert_int_eq(sn_addr_split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", host, 32, &port, 161),
			 SN_EINVAL);
}
END_TEST

START_TEST(compares_family_address_port_and_scope)
{
	static const char *const texts[] = {"192.0.2.1:161",	     "192.0.2.1:162",
					    "192.0.2.2:161",	     "[2001:db8::1]:161",
					    "[2001:db8::1]:162",     "[2001:db8::2]:161",
					    "[::ffff:192.0.2.1]:161"};
	struct sn_addr a;
	struct sn_addr b;
	struct sn_addr unscoped;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			ck_assert_int_eq(sn_addr_parse(&a, texts[i], 1), SN_OK);
			ck_assert_int_eq(sn_addr_parse(&b, texts[k], 1), SN_OK);
			ck_assert_int_eq(sn_addr_equal(&a, &b), i == k);
		}
	}
	ck_assert_int_eq(sn_addr_parse(&a, "fe80::1%1", 161), SN_OK);
	ck_assert_int_eq(sn_addr_parse(&b, "fe80::1%2", 161), SN_OK);
	ck_assert_int_eq(sn_addr_parse(&unscoped, "fe80::1", 161), SN_OK);
	ck_assert(!sn_addr_equal(&a, &b));
	ck_assert(sn_addr_equal(&a, &unscoped));
	ck_assert(sn_addr_equal(&unscoped, &b));
}
END_TEST

START_TEST(knows_port_and_length_of_each_family)
{
	struct sn_addr a;
	char text[SN_ADDR_TEXT_MAX];

	ck_assert_int_eq(sn_addr_parse(&a, "192.0.2.1:1161", 161), SN_OK);
	ck_assert_uint_eq(sn_addr_port(&a), 1161);
	ck_assert_uint_eq(sn_addr_len(&a), sizeof(struct sockaddr_in));
	ck_assert_int_eq(sn_addr_parse(&a, "[::1]:1162", 161), SN_OK);
	ck_assert_uint_eq(sn_addr_port(&a), 1162);
	ck_assert_uint_eq(sn_addr_len(&a), sizeof(struct sockaddr_in6));
	memset(&a, 0, sizeof(a));
	ck_assert_str_eq(sn_addr_format(&a, text, sizeof(text)), "-");
}
END_TEST

START_TEST(the_longest_text_fits)
{
	struct sn_addr a;
	char text[SN_ADDR_TEXT_MAX];
	static const char longest[] = "[1111:2222:3333:4444:5555:6666:7777:8888%4294967295]:65535";

	ck_assert_int_eq(sn_addr_parse(&a, longest, 161), SN_OK);
	ck_assert_str_eq(sn_addr_format(&a, text, sizeof(text)), longest);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_ipv4_with_and_without_port,
				      reads_ipv6_bare_and_in_brackets,
				      reads_transport_prefixes_of_udp_only,
				      refuses_bad_ports,
				      refuses_what_is_no_numeric_address,
				      reads_scopes_by_name_and_by_number,
				      splits_host_names_for_a_resolver,
				      compares_family_address_port_and_scope,
				      knows_port_and_length_of_each_family,
				      the_longest_text_fits,
				      NULL};

	return suite_run_tests("addr", tests, 0);
}

/*
 * Ancillary data with the local address of a datagram: reading what a kernel writes, and what none
 * should. Behaviour of io/pktinfo.h.
 */
#include "io/pktinfo.h"

#include "support/suite.h"

#include <arpa/inet.h>

enum { ROOM = 256 };

static uint8_t area[ROOM + 1]; /* ancillary data, built item by item */
static size_t used;	       /* bytes of it */

static struct sn_addr address(const char *text)
{
	struct sn_addr a;

	ck_assert_int_eq(sn_addr_parse(&a, text, 161), SN_OK);
	return a;
}

/* Appends an item whose header claims `len` bytes in all. */
static void add(int level, int type, size_t len, const void *data, size_t n)
{
	struct cmsghdr h = {.cmsg_len = len, .cmsg_level = level, .cmsg_type = type};

	ck_assert_uint_le(used + CMSG_SPACE(n), ROOM);
	memset(area + used, 0, CMSG_SPACE(n));
	memcpy(area + used, &h, sizeof(h));
	memcpy(area + used + CMSG_LEN(0), data, n);
	used += CMSG_SPACE(n);
}

static void add4(const char *text)
{
	struct in_pktinfo info = {.ipi_ifindex = 7};

	info.ipi_addr.s_addr = inet_addr(text);
	info.ipi_spec_dst.s_addr = inet_addr("192.0.2.99");
	add(IPPROTO_IP, IP_PKTINFO, CMSG_LEN(sizeof(info)), &info, sizeof(info));
}

static void add6(const char *text, unsigned ifindex)
{
	struct in6_pktinfo info = {.ipi6_ifindex = ifindex};

	ck_assert_int_eq(inet_pton(AF_INET6, text, &info.ipi6_addr), 1);
	add(IPPROTO_IPV6, IPV6_PKTINFO, CMSG_LEN(sizeof(info)), &info, sizeof(info));
}

/* Reads the first n bytes of the area, at an address that is not aligned, and from memory that ends
 * with them. */
static struct sn_addr read_first(size_t n, const struct sn_addr *bound)
{
	uint8_t *copy = malloc(n + 1);
	struct sn_addr to;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy + 1, area, n);
	memset(&to, 0xee, sizeof(to));
	sn_pktinfo_read(sn_span_make(copy + 1, n), bound, &to);
	free(copy);
	return to;
}

static void check(const struct sn_addr *bound, const char *want)
{
	struct sn_addr to = read_first(used, bound);
	char text[SN_ADDR_TEXT_MAX];

	ck_assert_str_eq(sn_addr_format(&to, text, sizeof(text)), want);
}

START_TEST(destination_of_the_header_and_port_of_the_socket)
{
	struct sn_addr any4 = address("0.0.0.0:1161");
	struct sn_addr any6 = address("[::]:1162");

	used = 0;
	add4("127.1.2.3");
	check(&any4, "127.1.2.3:1161");
	used = 0;
	add6("2001:db8::5", 3);
	check(&any6, "[2001:db8::5]:1162");
}
END_TEST

START_TEST(only_a_link_local_address_has_a_scope)
{
	struct sn_addr any6 = address("[::]:161");
	struct sn_addr to;

	used = 0;
	add6("fe80::1", 3);
	to = read_first(used, &any6);
	ck_assert_uint_eq(to.in6.sin6_scope_id, 3);
	used = 0;
	add6("2001:db8::1", 3);
	to = read_first(used, &any6);
	ck_assert_uint_eq(to.in6.sin6_scope_id, 0);
}
END_TEST

START_TEST(other_items_are_passed_over)
{
	struct sn_addr any4 = address("0.0.0.0:161");
	uint32_t drops = 5;

	used = 0;
	add(SOL_SOCKET, SO_RXQ_OVFL, CMSG_LEN(sizeof(drops)), &drops, sizeof(drops));
	add(IPPROTO_IP, IP_TOS, CMSG_LEN(1), "x", 1);
	add4("127.9.9.9");
	check(&any4, "127.9.9.9:161");
}
END_TEST

START_TEST(item_of_the_other_family_says_nothing)
{
	struct sn_addr at4 = address("127.0.0.1:161");
	struct sn_addr at6 = address("[::1]:161");

	used = 0;
	add6("2001:db8::1", 1);
	check(&at4, "127.0.0.1:161");
	used = 0;
	add4("127.9.9.9");
	check(&at6, "[::1]:161");
}
END_TEST

START_TEST(without_an_item_it_is_the_bound_address)
{
	struct sn_addr at = address("127.0.0.5:161");

	used = 0;
	check(&at, "127.0.0.5:161");
}
END_TEST

START_TEST(cut_off_anywhere_it_is_the_bound_address)
{
	struct sn_addr at4 = address("127.0.0.5:161");
	struct sn_addr at6 = address("[::1]:161");
	struct sn_addr to;

	used = 0;
	add4("127.9.9.9");
	for (size_t n = 0; n < CMSG_LEN(sizeof(struct in_pktinfo)); n++) {
		to = read_first(n, &at4);
		ck_assert(sn_addr_equal(&to, &at4));
	}
	used = 0;
	add6("2001:db8::1", 1);
	for (size_t n = 0; n < CMSG_LEN(sizeof(struct in6_pktinfo)); n++) {
		to = read_first(n, &at6);
		ck_assert(sn_addr_equal(&to, &at6));
	}
}
END_TEST

START_TEST(lengths_that_cannot_be_end_the_search)
{
	static const size_t bad[] = {0, 1, CMSG_LEN(0) - 1, 1000, SIZE_MAX, SIZE_MAX - 3};
	struct sn_addr at = address("127.0.0.5:161");

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		used = 0;
		add(SOL_SOCKET, 1, bad[i], "abcd", 4);
		add4("127.9.9.9");
		check(&at, "127.0.0.5:161");
	}
}
END_TEST

START_TEST(item_too_short_for_its_kind_says_nothing)
{
	struct sn_addr at4 = address("127.0.0.5:161");
	struct sn_addr at6 = address("[::1]:161");
	uint8_t part[sizeof(struct in6_pktinfo)] = {1, 2, 3};

	for (size_t n = 0; n < sizeof(struct in_pktinfo); n++) {
		used = 0;
		add(IPPROTO_IP, IP_PKTINFO, CMSG_LEN(n), part, n);
		check(&at4, "127.0.0.5:161");
	}
	for (size_t n = 0; n < sizeof(struct in6_pktinfo); n++) {
		used = 0;
		add(IPPROTO_IPV6, IPV6_PKTINFO, CMSG_LEN(n), part, n);
		check(&at6, "[::1]:161");
	}
}
END_TEST

START_TEST(written_for_ipv4_it_names_the_source_only)
{
	_Alignas(struct cmsghdr) uint8_t out[SN_PKTINFO_MAX];
	struct sn_addr from = address("127.1.2.3");
	struct in_pktinfo info;
	struct cmsghdr h;

	memset(out, 0xee, sizeof(out));
	ck_assert_uint_eq(sn_pktinfo_write(out, &from), CMSG_SPACE(sizeof(info)));
	memcpy(&h, out, sizeof(h));
	memcpy(&info, out + CMSG_LEN(0), sizeof(info));
	ck_assert_int_eq(h.cmsg_level, IPPROTO_IP);
	ck_assert_int_eq(h.cmsg_type, IP_PKTINFO);
	ck_assert_uint_eq(h.cmsg_len, CMSG_LEN(sizeof(info)));
	ck_assert_uint_eq(info.ipi_spec_dst.s_addr, from.in.sin_addr.s_addr);
	ck_assert_uint_eq(info.ipi_addr.s_addr, 0);
	ck_assert_int_eq(info.ipi_ifindex, 0);
}
END_TEST

START_TEST(what_is_written_for_ipv6_reads_the_same)
{
	struct sn_addr any6 = address("[::]:161");
	struct sn_addr from = address("[fe80::9%1]:161");
	struct sn_addr to;

	used = sn_pktinfo_write(area, &from);
	ck_assert_uint_eq(used, CMSG_SPACE(sizeof(struct in6_pktinfo)));
	to = read_first(used, &any6);
	ck_assert(sn_addr_equal(&to, &from));
	ck_assert_uint_eq(to.in6.sin6_scope_id, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		destination_of_the_header_and_port_of_the_socket,
		only_a_link_local_address_has_a_scope,
		other_items_are_passed_over,
		item_of_the_other_family_says_nothing,
		without_an_item_it_is_the_bound_address,
		cut_off_anywhere_it_is_the_bound_address,
		lengths_that_cannot_be_end_the_search,
		item_too_short_for_its_kind_says_nothing,
		written_for_ipv4_it_names_the_source_only,
		what_is_written_for_ipv6_reads_the_same,
		NULL,
	};

	return suite_run_tests("pktinfo", tests, 20);
}

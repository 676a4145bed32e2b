/*
 * From --listen and --devices to addresses and sockets. Behaviour of sn_simulate_ranges and
 * sn_simulate_is_local in daemon/simulate_parts.h.
 */
#include "daemon/simulate_parts.h"

#include "support/suite.h"

static struct sn_simulation sim;
static struct sn_simulate_options opt;

/* So many devices (0: not given) at places, NULL at the end. */
static int make(uint32_t devices, const char *const *listen)
{
	memset(&sim, 0, sizeof(sim));
	sn_simulate_defaults(&opt);
	opt.devices = devices;
	while (*listen) {
		opt.listen.v[opt.listen.n++] = *listen++;
	}
	sim.opt = &opt;
	return sn_simulate_ranges(&sim);
}

#define MAKE(devices, ...) make((devices), (const char *const[]){__VA_ARGS__, NULL})

static void expect_device(uint32_t number, const char *text)
{
	struct sn_addr a = sn_fleet_addr(&sim.fleet, number);
	char got[SN_ADDR_TEXT_MAX];

	ck_assert_str_eq(sn_addr_format(&a, got, sizeof(got)), text);
	ck_assert_int_eq(sn_fleet_find(&sim.fleet, &a), number);
}

static void expect_socket(unsigned number, const char *text)
{
	char got[SN_ADDR_TEXT_MAX];

	ck_assert_uint_lt(number, sim.nlisten);
	ck_assert_str_eq(sn_addr_format(&sim.listen[number], got, sizeof(got)), text);
}

START_TEST(one_device_is_where_agents_are_looked_for)
{
	ck_assert_int_eq(make(0, (const char *const[]){NULL}), SN_OK);
	ck_assert_uint_eq(sim.fleet.devices, 1);
	expect_device(0, "127.0.0.1:16100");
	expect_socket(0, "127.0.0.1:16100");
	ck_assert(sn_simulate_is_local(&sim));
}
END_TEST

START_TEST(many_devices_are_counted_up_behind_one_socket)
{
	ck_assert_int_eq(make(1000, (const char *const[]){NULL}), SN_OK);
	ck_assert_uint_eq(sim.fleet.devices, 1000);
	expect_device(0, "127.1.0.1:16100");
	expect_device(999, "127.1.3.232:16100");
	ck_assert_uint_eq(sim.nlisten, 1);
	expect_socket(0, "0.0.0.0:16100");
	ck_assert(sn_simulate_is_local(&sim));
	ck_assert_int_eq(make(SN_FLEET_DEVICES_MAX, (const char *const[]){NULL}), SN_OK);
	expect_device(SN_FLEET_DEVICES_MAX - 1, "127.65.0.0:16100");
}
END_TEST

START_TEST(texts_give_address_prefix_and_port)
{
	static const struct {
		const char *text, *first, *last;
		uint32_t n;
	} cases[] = {
		{"127.0.0.5", "127.0.0.5:16100", "127.0.0.5:16100", 1},
		{"127.0.0.5:161", "127.0.0.5:161", "127.0.0.5:161", 1},
		{"::1", "[::1]:16100", "[::1]:16100", 1},
		{"[::1]", "[::1]:16100", "[::1]:16100", 1},
		{"[::1]:161", "[::1]:161", "[::1]:161", 1},
		{"127.0.0.1/32", "127.0.0.1:16100", "127.0.0.1:16100", 1},
		{"127.0.0.0/31:161", "127.0.0.0:161", "127.0.0.1:161", 2},
		{"127.0.0.0/30", "127.0.0.1:16100", "127.0.0.2:16100", 2},
		{"127.0.0.2/30", "127.0.0.2:16100", "127.0.0.2:16100", 1},
		{"127.1.0.0/16", "127.1.0.1:16100", "127.1.255.254:16100", 65534},
		{"127.1.255.250/16", "127.1.255.250:16100", "127.1.255.254:16100", 5},
		{"2001:db8::/127", "[2001:db8::]:16100", "[2001:db8::1]:16100", 2},
		{"[2001:db8::]/112:161", "[2001:db8::1]:161", "[2001:db8::ffff]:161", 65535},
		{"2001:db8::fffe/112", "[2001:db8::fffe]:16100", "[2001:db8::ffff]:16100", 2},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(MAKE(0, cases[i].text), SN_OK);
		ck_assert_msg(sim.fleet.devices == cases[i].n, "%s: %u", cases[i].text,
			      sim.fleet.devices);
		expect_device(0, cases[i].first);
		expect_device(cases[i].n - 1, cases[i].last);
	}
}
END_TEST

START_TEST(the_longest_prefixes_do_not_overflow)
{
	ck_assert_int_eq(MAKE(3, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffd/1"), SN_OK);
	expect_device(2, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:16100");
	ck_assert_int_eq(MAKE(4, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffd/1"), SN_EINVAL);
	ck_assert_int_eq(MAKE(2, "2001:db8::/32"), SN_OK);
	expect_device(1, "[2001:db8::2]:16100");
	ck_assert_int_eq(MAKE(5, "2001:db8::/32", "2001:db9::/32"), SN_OK);
	expect_device(4, "[2001:db9::1]:16100");
	ck_assert_int_eq(MAKE(1, "255.255.255.254/1"), SN_OK);
	ck_assert_int_eq(MAKE(2, "255.255.255.254/1"), SN_EINVAL);
	/* a prefix without an address of its own */
	ck_assert_int_eq(MAKE(0, "127.0.0.3/30"), SN_EINVAL);
}
END_TEST

START_TEST(every_place_has_a_device_and_the_first_ones_the_rest)
{
	ck_assert_int_eq(MAKE(300, "127.1.0.0/24", "[::1]:161", "127.2.0.0/24:161"), SN_OK);
	ck_assert_uint_eq(sim.fleet.nranges, 3);
	ck_assert_uint_eq(sim.fleet.range[0].n, 254);
	ck_assert_uint_eq(sim.fleet.range[1].n, 1);
	ck_assert_uint_eq(sim.fleet.range[2].n, 45);
	expect_device(254, "[::1]:161");
	expect_device(255, "127.2.0.1:161");
	ck_assert_uint_eq(sim.fleet.devices, 300);
	ck_assert_int_eq(MAKE(2, "127.1.0.0/24", "[::1]:161", "127.2.0.0/24:161"), SN_EINVAL);
	ck_assert_int_eq(MAKE(510, "127.1.0.0/24", "[::1]:161", "127.2.0.0/24:161"), SN_EINVAL);
	ck_assert_int_eq(MAKE(509, "127.1.0.0/24", "[::1]:161", "127.2.0.0/24:161"), SN_OK);
}
END_TEST

START_TEST(a_wildcard_socket_hears_for_all_of_its_port)
{
	ck_assert_int_eq(
		MAKE(0, "127.0.0.9", "127.1.0.0/30", "127.0.0.9:99", "::1", "127.3.0.0/30"), SN_OK);
	ck_assert_uint_eq(sim.nlisten, 3);
	expect_socket(sim.socket[0], "0.0.0.0:16100");
	expect_socket(sim.socket[1], "0.0.0.0:16100");
	expect_socket(sim.socket[2], "127.0.0.9:99");
	expect_socket(sim.socket[3], "[::1]:16100");
	expect_socket(sim.socket[4], "0.0.0.0:16100");
}
END_TEST

START_TEST(a_wildcard_is_one_device_at_any_address)
{
	struct sn_addr any;

	ck_assert_int_eq(MAKE(0, "0.0.0.0:161", "[::]:161"), SN_OK);
	ck_assert_uint_eq(sim.fleet.devices, 2);
	ck_assert(!sn_simulate_is_local(&sim));
	ck_assert_int_eq(sn_addr_parse(&any, "192.0.2.77", 161), SN_OK);
	ck_assert_int_eq(sn_fleet_find(&sim.fleet, &any), 0);
	ck_assert_int_eq(sn_addr_parse(&any, "2001:db8::77", 161), SN_OK);
	ck_assert_int_eq(sn_fleet_find(&sim.fleet, &any), 1);
	ck_assert_int_eq(sn_addr_parse(&any, "192.0.2.77", 162), SN_OK);
	ck_assert_int_lt(sn_fleet_find(&sim.fleet, &any), 0);
	ck_assert_int_eq(MAKE(0, "0.0.0.0:161", "127.0.0.1:161"), SN_EINVAL);
	ck_assert_int_eq(MAKE(0, "127.0.0.1:161", "0.0.0.0:161"), SN_EINVAL);
}
END_TEST

START_TEST(addresses_are_one_devices_only)
{
	ck_assert_int_eq(MAKE(0, "127.0.0.1", "127.0.0.1"), SN_EINVAL);
	ck_assert_int_eq(MAKE(0, "127.1.0.0/24", "127.1.0.7"), SN_EINVAL);
	ck_assert_int_eq(MAKE(0, "127.1.0.7", "127.1.0.0/24"), SN_EINVAL);
	ck_assert_int_eq(MAKE(0, "127.1.0.0/24", "127.1.0.254/23"), SN_EINVAL);
	ck_assert_int_eq(MAKE(0, "127.1.0.0/24", "127.1.0.7:161"), SN_OK);
	ck_assert_int_eq(MAKE(0, "127.1.0.0/24", "127.1.1.0"), SN_OK);
	ck_assert_int_eq(MAKE(0, "2001:db8::/120", "2001:db8:0:1::/120"), SN_OK);
	/* ports that are not known yet will differ */
	ck_assert_int_eq(MAKE(0, "127.0.0.1:0", "127.0.0.1:0"), SN_OK);
}
END_TEST

START_TEST(refuses_what_is_no_place)
{
	static const char *const cases[] = {
		"",
		":",
		"localhost",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1/",
		"127.0.0.1/33",
		"127.0.0.1/0",
		"127.0.0.1/8:",
		"127.0.0.1/8:x",
		"127.0.0.1/-1",
		"127.0.0.1:-1",
		"127.0.0.1:1 ",
		"::1/129",
		"[::1",
		"[::1]:x",
		"[::1]x",
		"127.0.0.1/8/8",
		"/8",
		"0.0.0.0/8",
		"tcp:127.0.0.1",
		"127.0.0",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(MAKE(1, cases[i]) == SN_EINVAL, "%s", cases[i]);
	}
	ck_assert_int_eq(MAKE(0, "127.0.0.0/8"), SN_EINVAL); /* more than there can be */
	ck_assert_int_eq(MAKE(0, "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5",
			      "127.0.0.6", "127.0.0.7", "127.0.0.8"),
			 SN_OK);
	ck_assert_int_eq(MAKE(0, "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5",
			      "127.0.0.6", "127.0.0.7", "127.0.0.8", "127.0.0.9"),
			 SN_EINVAL);
}
END_TEST

START_TEST(local_is_loopback_to_the_last_device)
{
	static const char *const local[] = {"127.255.255.254", "::1", "127.0.0.0/16"};
	static const char *const others[] = {"128.0.0.1", "10.0.0.1", "::2", "2001:db8::1",
					     "126.255.255.254/7"};

	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		ck_assert_int_eq(MAKE(0, local[i]), SN_OK);
		ck_assert(sn_simulate_is_local(&sim));
		ck_assert_int_eq(MAKE(0, local[i], "192.0.2.1"), SN_OK);
		ck_assert(!sn_simulate_is_local(&sim));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ck_assert_int_eq(MAKE(1, others[i]), SN_OK);
		ck_assert(!sn_simulate_is_local(&sim));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {one_device_is_where_agents_are_looked_for,
				      many_devices_are_counted_up_behind_one_socket,
				      texts_give_address_prefix_and_port,
				      the_longest_prefixes_do_not_overflow,
				      every_place_has_a_device_and_the_first_ones_the_rest,
				      a_wildcard_socket_hears_for_all_of_its_port,
				      a_wildcard_is_one_device_at_any_address,
				      addresses_are_one_devices_only,
				      refuses_what_is_no_place,
				      local_is_loopback_to_the_last_device,
				      NULL};

	return suite_run_tests("simulate_range", tests, 0);
}

/*
 * What a session remembers of an agent. Behaviour of session/device.h.
 */
#include "session/device.h"

#include "base/clock.h"
#include "msg/community.h"

#include "support/suite.h"

static struct sn_device_config config(const char *addr)
{
	struct sn_device_config cfg = {.version = SN_VERSION_2C,
				       .community = sn_span_str("public"),
				       .window = 4,
				       .sock = 2};

	ck_assert_int_eq(sn_addr_parse(&cfg.addr, addr, 161), SN_OK);
	return cfg;
}

START_TEST(a_new_device_is_idle_and_has_no_estimate)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;

	memset(&dev, 0xa5, sizeof(dev));
	sn_device_init(&dev, &cfg);
	ck_assert_uint_eq(dev.in_flight, 0);
	ck_assert(sn_list_empty(&dev.parked));
	ck_assert_uint_eq(dev.rtt.srtt_us, 0);
	ck_assert_uint_eq(dev.rtt.rttvar_us, 0);
	ck_assert_uint_eq(dev.window, 4);
	ck_assert_int_eq(dev.sock, 2);
	ck_assert(!dev.any_source);
	ck_assert(sn_addr_equal(&dev.addr, &cfg.addr));
	ck_assert(sn_span_eq(dev.community, cfg.community));
}
END_TEST

START_TEST(a_window_of_nothing_is_one)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;

	cfg.window = 0;
	sn_device_init(&dev, &cfg);
	ck_assert_uint_eq(dev.window, 1);
}
END_TEST

START_TEST(new_settings_keep_the_estimate_unless_the_address_changes)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;

	sn_device_init(&dev, &cfg);
	sn_retransmit_sample(&dev.rtt, SN_NS_PER_MS);
	ck_assert_uint_eq(sn_window_lost(&dev.aimd, 0), 4);
	cfg.version = SN_VERSION_1;
	cfg.community = sn_span_str("other");
	cfg.any_source = true;
	sn_device_configure(&dev, &cfg);
	ck_assert_uint_eq(dev.rtt.srtt_us, 1000);
	ck_assert_uint_eq(sn_device_window(&dev), 2);
	ck_assert_int_eq(dev.version, SN_VERSION_1);
	ck_assert(dev.any_source);
	cfg = config("192.0.2.1:1161"); /* another port is another agent */
	sn_device_configure(&dev, &cfg);
	ck_assert_uint_eq(dev.rtt.srtt_us, 0);
	ck_assert_uint_eq(dev.rtt.rttvar_us, 0);
	ck_assert_uint_eq(sn_device_window(&dev), 4);
	ck_assert_uint_eq(sn_addr_port(&dev.addr), 1161);
}
END_TEST

START_TEST(only_version_1_has_no_getbulk)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;

	sn_device_init(&dev, &cfg);
	ck_assert(sn_device_has_bulk(&dev));
	cfg.version = SN_VERSION_1;
	sn_device_configure(&dev, &cfg);
	ck_assert(!sn_device_has_bulk(&dev));
}
END_TEST

START_TEST(a_fixed_device_has_the_users_window_and_timers_whatever_happens)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;

	cfg.window = UINT32_MAX;
	cfg.fixed = true;
	sn_device_init(&dev, &cfg);
	ck_assert_ptr_null(sn_device_timing(&dev));
	ck_assert_uint_eq(sn_device_window(&dev), UINT32_MAX);
	sn_window_collapse(&dev.aimd);
	ck_assert_uint_eq(sn_device_window(&dev), UINT32_MAX);
}
END_TEST

START_TEST(the_users_window_bounds_what_the_device_bears)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;

	cfg.window = 3;
	sn_device_init(&dev, &cfg);
	ck_assert_uint_eq(sn_device_window(&dev), 3);
	cfg.window = 1000;
	sn_device_configure(&dev, &cfg); /* it is to find out */
	ck_assert_uint_eq(sn_device_window(&dev), 3);
	cfg.window = 2;
	sn_device_configure(&dev, &cfg);
	ck_assert_uint_eq(sn_device_window(&dev), 2);
	cfg = config("192.0.2.2");
	cfg.window = 1000;
	sn_device_configure(&dev, &cfg);
	ck_assert_uint_eq(sn_device_window(&dev), SN_WINDOW_INITIAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_new_device_is_idle_and_has_no_estimate,
		a_window_of_nothing_is_one,
		new_settings_keep_the_estimate_unless_the_address_changes,
		only_version_1_has_no_getbulk,
		a_fixed_device_has_the_users_window_and_timers_whatever_happens,
		the_users_window_bounds_what_the_device_bears,
		NULL};

	return suite_run_tests("device", tests, 0);
}

/*
 * What a session remembers of an agent. Behaviour of session/device.h.
 */
#include "session/device.h"

#include "base/clock.h"
#include "base/rng.h"
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
	ck_assert_uint_eq(dev.srtt_ns, 0);
	ck_assert_uint_eq(dev.rttvar_ns, 0);
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
	sn_device_sample(&dev, SN_NS_PER_MS);
	cfg.version = SN_VERSION_1;
	cfg.community = sn_span_str("other");
	cfg.any_source = true;
	sn_device_configure(&dev, &cfg);
	ck_assert_uint_eq(dev.srtt_ns, SN_NS_PER_MS);
	ck_assert_int_eq(dev.version, SN_VERSION_1);
	ck_assert(dev.any_source);
	cfg = config("192.0.2.1:1161"); /* another port is another agent */
	sn_device_configure(&dev, &cfg);
	ck_assert_uint_eq(dev.srtt_ns, 0);
	ck_assert_uint_eq(dev.rttvar_ns, 0);
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

START_TEST(round_trips_are_smoothed_as_rfc_6298_says)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;

	sn_device_init(&dev, &cfg);
	/* first: SRTT = R, RTTVAR = R / 2 */
	sn_device_sample(&dev, 8000);
	ck_assert_uint_eq(dev.srtt_ns, 8000);
	ck_assert_uint_eq(dev.rttvar_ns, 4000);
	/* RTTVAR = 3/4 * 4000 + 1/4 * 8000, then SRTT = 7/8 * 8000 + 1/8 * 16000 */
	sn_device_sample(&dev, 16000);
	ck_assert_uint_eq(dev.rttvar_ns, 5000);
	ck_assert_uint_eq(dev.srtt_ns, 9000);
	/* RTTVAR = 3/4 * 5000 + 1/4 * 8000, SRTT = 7/8 * 9000 + 1/8 * 1000 */
	sn_device_sample(&dev, 1000);
	ck_assert_uint_eq(dev.rttvar_ns, 5750);
	ck_assert_uint_eq(dev.srtt_ns, 8000);
}
END_TEST

START_TEST(an_answer_without_delay_is_a_sample_too)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;

	sn_device_init(&dev, &cfg);
	sn_device_sample(&dev, 0);
	ck_assert_uint_eq(dev.srtt_ns, 1); /* 0 would mean none */
}
END_TEST

START_TEST(the_estimate_follows_the_network)
{
	struct sn_device_config cfg = config("192.0.2.1");
	struct sn_device dev;
	struct sn_rng rng;

	sn_device_init(&dev, &cfg);
	sn_rng_init_seed(&rng, 3);
	sn_device_sample(&dev, SN_NS_PER_SEC);
	for (int i = 0; i < 1000; i++) {
		sn_device_sample(&dev, 10 * SN_NS_PER_MS + sn_rng_below(&rng, SN_NS_PER_MS));
	}
	ck_assert_uint_ge(dev.srtt_ns, 10 * SN_NS_PER_MS);
	ck_assert_uint_le(dev.srtt_ns, 11 * SN_NS_PER_MS);
	ck_assert_uint_le(dev.rttvar_ns, SN_NS_PER_MS);
	for (int i = 0; i < 1000; i++) {
		sn_device_sample(&dev, 300 * SN_NS_PER_MS);
	}
	ck_assert_uint_ge(dev.srtt_ns, 299 * SN_NS_PER_MS);
	ck_assert_uint_le(dev.srtt_ns, 300 * SN_NS_PER_MS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_new_device_is_idle_and_has_no_estimate,
				      a_window_of_nothing_is_one,
				      new_settings_keep_the_estimate_unless_the_address_changes,
				      only_version_1_has_no_getbulk,
				      round_trips_are_smoothed_as_rfc_6298_says,
				      an_answer_without_delay_is_a_sample_too,
				      the_estimate_follows_the_network,
				      NULL};

	return suite_run_tests("device", tests, 0);
}

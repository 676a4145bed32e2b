/*
 * Variation modules of recordings. Behaviour of recording/recording.h as recording_vary.c and
 * recording_numeric.c make it.
 */
#include "recording_rig.h"

#include "base/clock.h"
#include "codec/pdu.h"

#include <math.h>

/* The number of .1.3.1 after so many seconds. */
static double number_at(struct rig *rig, double seconds)
{
	uint8_t room[SN_OID_MAX_BER];
	struct sn_store_item it;

	rig->place.uptime = (uint64_t)(seconds * 1e9);
	ck_assert_int_eq(sn_store_get(rig->st, &rig->place, rig_oid("1.3.1", room), &it), SN_OK);
	ck_assert_int_eq(it.status, 0);
	return it.value.tag == SN_TAG_INTEGER ? (double)it.value.i : (double)it.value.u;
}

static void numeric(struct rig *rig, const char *tag, const char *args)
{
	char text[256];

	snprintf(text, sizeof(text), "1.3.1|%s:numeric|%s\n", tag, args);
	rig_parse(rig, SN_RECORDING_SNMPREC, text);
	ck_assert_str_eq(rig->report, "");
}

static void expect_at(struct rig *rig, double seconds, double value)
{
	double v = number_at(rig, seconds);

	ck_assert_msg(fabs(v - value) < 0.5, "%g at %g, expected %g", v, seconds, value);
}

START_TEST(numeric_grows_with_time)
{
	struct rig *rig = rig_new();

	numeric(rig, "67", "rate=100,initial=1000");
	expect_at(rig, 0, 1000);
	expect_at(rig, 1.5, 1150);
	numeric(rig, "65", "rate=10,scale=2,offset=3,min=5");
	expect_at(rig, 10, 5 + 200 + 3);
	numeric(rig, "2", "rate=-1,min=-100,initial=7");
	expect_at(rig, 10, -3);
	expect_at(rig, 1000, -100);
	numeric(rig, "66", "function=pow%<time>%2,scale=100,offset=100,rate=150,max=1e9");
	expect_at(rig, 0.1, 22600);
	expect_at(rig, 1000, 1e9);
	numeric(rig, "66", "function=sin,scale=100,offset=200");
	expect_at(rig, M_PI / 2, 300);
	expect_at(rig, 3 * M_PI / 2, 100);
	rig_free(rig);
}
END_TEST

START_TEST(numeric_stops_or_wraps_at_max)
{
	struct rig *rig = rig_new();

	numeric(rig, "65", "rate=10,max=99");
	expect_at(rig, 9.9, 99);
	expect_at(rig, 10, 99);
	numeric(rig, "65", "rate=10,max=99,wrap=1");
	expect_at(rig, 9.9, 99);
	expect_at(rig, 10, 1);
	numeric(rig, "65", "rate=10,max=99,min=5,wrap=1");
	expect_at(rig, 10, 5 + 100 - 99 + 5);
	numeric(rig, "65", "rate=1e9");
	expect_at(rig, 5, 4294967295.0);
	numeric(rig, "65", "rate=1e9,wrap=1");
	expect_at(rig, 5, 5e9 - 4294967295.0);
	numeric(rig, "70", "rate=1e30");
	ck_assert(number_at(rig, 1) >= 0x1p64);
	ck_assert_str_eq(rig_get(rig, "1.3.1"), "1.3.1 70 00ffffffffffffffff\n");
	numeric(rig, "2", "max=1e12,rate=1e9");
	expect_at(rig, 100, INT32_MAX);
	numeric(rig, "66", "function=log,min=7"); /* minus infinity at the start */
	expect_at(rig, 0, 7);
	numeric(rig, "66", "function=sqrt,rate=-1,min=7"); /* no number at all */
	expect_at(rig, 1, 7);
	rig_free(rig);
}
END_TEST

START_TEST(numeric_counts_from_1970_with_atime)
{
	struct rig *rig = rig_new();

	rig->place.wall = 1700000000 * SN_NS_PER_SEC;
	numeric(rig, "66", "atime=1");
	expect_at(rig, 5, 1700000000);
	numeric(rig, "66", "atime=0");
	expect_at(rig, 5, 5);
	rig_free(rig);
}
END_TEST

START_TEST(numeric_deviates_within_bounds_and_the_same_each_time)
{
	struct rig *rig = rig_new();
	double lowest = 1000;
	double highest = 0;
	int differ = 0;

	numeric(rig, "66", "rate=0,initial=500,deviation=10");
	for (int s = 0; s < 1000; s++) {
		double v = number_at(rig, s);

		suite_expect(v >= 490 && v < 510);
		suite_expect(fabs(v - number_at(rig, s + 0.9)) < 0.5);
		lowest = fmin(lowest, v);
		highest = fmax(highest, v);
		rig->place.device = 7;
		differ += fabs(v - number_at(rig, s)) > 0.5;
		rig->place.device = 0;
	}
	ck_assert(lowest < 491.5 && highest > 507.5);
	ck_assert_int_gt(differ, 900);
	rig_free(rig);
}
END_TEST

START_TEST(cumulative_numbers_never_go_down)
{
	static const char *const rows[] = {
		"rate=100,deviation=5,cumulative=1",
		"rate=0.1,deviation=2,cumulative=1",
		"scale=60,offset=100,deviation=100,function=cos,cumulative=1",
		"scale=60,offset=10,deviation=1,function=sin,cumulative=1",
		"scale=-60,offset=-10,function=sin,rate=2,cumulative=1",
		"scale=60,offset=10,function=sin,rate=-2,cumulative=1",
		"function=sqrt,scale=100,cumulative=1",
	};
	struct rig *rig = rig_new();

	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		double last = 0;

		numeric(rig, "65", rows[row]);
		for (int i = 0; i < 4300; i++) {
			double v = number_at(rig, i * 0.07);

			suite_expect(v >= last);
			last = v;
		}
		ck_assert_msg(last > 20, "%s: %g", rows[row], last);
	}
	rig_free(rig);
}
END_TEST

/* The sum that the closed form stands for. */
static double sum_of(double (*f)(double), double scale, double each, double rate, double seconds)
{
	const int steps = 100000;
	double sum = 0;

	for (int i = 0; i < steps; i++) {
		double t = (i + 0.5) * seconds / steps;

		sum += fmax(0, scale * f(rate * t) + each) * seconds / steps;
	}
	return sum;
}

START_TEST(cumulative_sin_and_cos_add_up_what_is_positive)
{
	static const struct {
		const char *args;
		double (*f)(double);
		double scale;
		double offset;
		double rate;
	} rows[] = {
		{"function=sin,scale=1000,offset=500,cumulative=1", sin, 1000, 500, 1},
		{"function=cos,scale=1000,offset=500,cumulative=1", cos, 1000, 500, 1},
		{"function=cos,scale=1000,offset=2000,rate=0.5,cumulative=1", cos, 1000, 2000, 0.5},
		{"function=sin,scale=-1000,offset=-100,rate=3,cumulative=1", sin, -1000, -100, 3},
		{"function=sin,scale=1000,offset=-1,rate=-2,cumulative=1", sin, 1000, -1, -2},
		{"function=cos,scale=10,offset=-20,cumulative=1", cos, 10, -20, 1},
	};
	struct rig *rig = rig_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		numeric(rig, "65", rows[i].args);
		for (int step = 0; step < 11; step++) {
			double s = 0.1 * pow(1.7, step);
			double want = sum_of(rows[i].f, rows[i].scale,
					     rows[i].offset * rows[i].rate, rows[i].rate, s);

			ck_assert_msg(fabs(number_at(rig, s) - want) < 2, "%s at %g: %g not %g",
				      rows[i].args, s, number_at(rig, s), want);
		}
	}
	rig_free(rig);
}
END_TEST

START_TEST(delay_waits_and_gives_the_value)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.1|2:delay|value=1\n"
		  "1.3.2|4:delay|hexvalue=00ff,wait=800\n"
		  "1.3.3|2:delay|wait=100000,value=3\n"
		  "1.3.4|2:delay|wait=1.5\n"
		  "1.3.5|4x:delay|value=0102,wait=0\n"
		  "1.3.6|2:delay|vlist=eq:0:100,value=1,wait=2\n"
		  "1.3.7|4:delay|value==a=b\n"
		  "1.3.8|4:delay|value=a,b,,wait=1\n");
	ck_assert_str_eq(rig->report, "");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01 delay 500000000\n"
					"1.3.2 4 00ff delay 800000000\n"
					"1.3.3 2 03 delay 18446744073709551615\n"
					"1.3.4 5  delay 1500000\n"
					"1.3.5 4 0102\n"
					"1.3.6 2 01 delay 2000000\n"
					"1.3.7 4 613d62 delay 500000000\n"
					"1.3.8 4 612c62 delay 1000000\n");
	rig_free(rig);
}
END_TEST

START_TEST(delay_changes_with_time_and_chance)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.1|2:delay|value=1,tlist=lt:100:1:gt:200:2:eq:300:3,wait=9\n");
	rig->place.wall = 99 * SN_NS_PER_SEC;
	ck_assert_str_eq(rig_get(rig, "1.3.1"), "1.3.1 2 01 delay 1000000\n");
	rig->place.wall = 100 * SN_NS_PER_SEC;
	ck_assert_str_eq(rig_get(rig, "1.3.1"), "1.3.1 2 01 delay 9000000\n");
	rig->place.wall = 201 * SN_NS_PER_SEC;
	ck_assert_str_eq(rig_get(rig, "1.3.1"), "1.3.1 2 01 delay 2000000\n");
	rig->place.wall = 300 * SN_NS_PER_SEC;
	ck_assert_str_eq(rig_get(rig, "1.3.1"), "1.3.1 2 01 delay 3000000\n");
	rig_parse(rig, SN_RECORDING_SNMPREC, "1.3.1|2:delay|value=1,wait=100,deviation=200\n");
	uint64_t lowest = UINT64_MAX;
	uint64_t highest = 0;
	for (uint64_t i = 0; i < 1000; i++) {
		uint8_t room[SN_OID_MAX_BER];
		struct sn_store_item it;

		rig->place.uptime = i;
		suite_expect(sn_store_get(rig->st, &rig->place, rig_oid("1.3.1", room), &it) ==
			     SN_OK);
		lowest = it.delay_ns < lowest ? it.delay_ns : lowest;
		highest = it.delay_ns > highest ? it.delay_ns : highest;
	}
	ck_assert_uint_eq(lowest, 0);
	ck_assert_uint_gt(highest, 290 * SN_NS_PER_MS);
	ck_assert_uint_le(highest, 300 * SN_NS_PER_MS);
	rig_free(rig);
}
END_TEST

START_TEST(error_answers_with_its_status)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.1|2:error|op=get,status=authorizationError,value=1\n"
		  "1.3.2|4:error|op=set,status=commitfailed,hexvalue=00ff\n"
		  "1.3.3|2:error|vlist=gt:2:wrongvalue:eq:5:genError,value=1\n"
		  "1.3.4|2:error|status=noSuchObject\n"
		  "1.3.5|2:error|op=set,status=noaccess\n"
		  "1.3.6|2|6\n");
	ck_assert_str_eq(rig->report, "");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 5  status 16\n1.3.2 4 00ff\n1.3.3 2 01\n"
					"1.3.4 128 \n1.3.6 2 06\n");
	ck_assert_str_eq(rig_get(rig, "1.3.5"), "(129)\n");
	ck_assert_int_eq(rig_may_set(rig, "1.3.1", (struct sn_value){.tag = 2, .i = 1}), 0);
	ck_assert_int_eq(rig_may_set(rig, "1.3.2", (struct sn_value){.tag = 2, .i = 1}),
			 SN_STATUS_WRONG_TYPE);
	ck_assert_int_eq(rig_may_set(rig, "1.3.2",
				     (struct sn_value){.tag = 4, .bytes = sn_span_str("x")}),
			 SN_STATUS_COMMIT_FAILED);
	ck_assert_int_eq(rig_may_set(rig, "1.3.3", (struct sn_value){.tag = 2, .i = 2}), 0);
	ck_assert_int_eq(rig_may_set(rig, "1.3.3", (struct sn_value){.tag = 2, .i = 3}),
			 SN_STATUS_WRONG_VALUE);
	ck_assert_int_eq(rig_may_set(rig, "1.3.3", (struct sn_value){.tag = 2, .i = 5}),
			 SN_STATUS_GEN_ERR);
	ck_assert_int_eq(rig_may_set(rig, "1.3.4", (struct sn_value){.tag = 2, .i = 5}),
			 SN_STATUS_NOT_WRITABLE);
	rig_free(rig);
}
END_TEST

START_TEST(writecache_says_what_may_be_set)
{
	struct rig *rig = rig_new();
	struct sn_value text = {.tag = SN_TAG_OCTETS, .bytes = sn_span_str("b")};

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.1|2:writecache|value=42,vlist=lt:40:wrongvalue:gt:50:noaccess\n"
		  "1.3.2|66:writecache|value=9,op=get,status=noaccess\n"
		  "1.3.3|66:writecache|value=9,op=set,status=noaccess\n"
		  "1.3.4|4:writecache|value=abc,vlist=lt:b:badvalue:gt:b:wrongLength\n"
		  "1.3.5|6:writecache|value=1.3.6,vlist=eq:1.3.7:genError\n"
		  "1.3.6|4:writecache|\n");
	ck_assert_str_eq(rig->report, "name:6: option of the module '', expected KEY=VALUE\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 2a\n1.3.2 5  status 6\n1.3.3 66 09\n"
					"1.3.4 4 616263\n1.3.5 6 2b06\n");
	ck_assert_int_eq(rig_may_set(rig, "1.3.1", (struct sn_value){.tag = 2, .i = 39}),
			 SN_STATUS_WRONG_VALUE);
	ck_assert_int_eq(rig_may_set(rig, "1.3.1", (struct sn_value){.tag = 2, .i = 45}), 0);
	ck_assert_int_eq(rig_may_set(rig, "1.3.1", (struct sn_value){.tag = 2, .i = 51}),
			 SN_STATUS_NO_ACCESS);
	ck_assert_int_eq(rig_may_set(rig, "1.3.1", text), SN_STATUS_WRONG_TYPE);
	ck_assert_int_eq(rig_may_set(rig, "1.3.2", (struct sn_value){.tag = 66, .u = 1}), 0);
	ck_assert_int_eq(rig_may_set(rig, "1.3.3", (struct sn_value){.tag = 66, .u = 1}),
			 SN_STATUS_NO_ACCESS);
	ck_assert_int_eq(rig_may_set(rig, "1.3.4", text), 0);
	text.bytes = sn_span_str("az");
	ck_assert_int_eq(rig_may_set(rig, "1.3.4", text), SN_STATUS_BAD_VALUE);
	text.bytes = sn_span_str("ba");
	ck_assert_int_eq(rig_may_set(rig, "1.3.4", text), SN_STATUS_WRONG_LENGTH);
	rig_free(rig);
}
END_TEST

START_TEST(error_serves_a_subtree_as_snmpsim_does)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.1|2|1\n1.3.2|:error|status=genError\n1.3.3|2|3\n");
	ck_assert_str_eq(rig_next(rig, "1.3.1"), "1.3.2 5  status 5\n");
	ck_assert_str_eq(rig_next(rig, "1.3.2"), "1.3.2 5  status 5\n");
	ck_assert_str_eq(rig_next(rig, "1.3.2.7.7"), "1.3.2 5  status 5\n");
	ck_assert_str_eq(rig_next(rig, "1.3.2.4294967295"), "1.3.2 5  status 5\n");
	ck_assert_str_eq(rig_next(rig, "1.3.3"), "(130)\n");
	ck_assert_str_eq(rig_get(rig, "1.3.2"), "1.3.2 5  status 5\n");
	ck_assert_str_eq(rig_get(rig, "1.3.2.1"), "(129)\n");
	rig_free(rig);
}
END_TEST

START_TEST(reports_modules_and_options_it_does_not_have)
{
	static const struct {
		const char *line;
		const char *report;
	} rows[] = {
		{"1.3|2:multiplex|dir=x", "variation module 'multiplex', expected numeric"},
		{"1.3|2:|x", "variation module '', expected numeric"},
		{"1.3|:numeric|rate=1", "type of a numeric record, expected 2, 65"},
		{"1.3|4:numeric|rate=1", "type of a numeric record, expected 2, 65"},
		{"1.3|2:numeric|speed=1", "option of numeric 'speed', expected min"},
		{"1.3|2:numeric|rate", "option of numeric 'rate', expected KEY=VALUE"},
		{"1.3|2:numeric|rate=a", "option of numeric 'a', expected a number"},
		{"1.3|2:numeric|rate=nan", "option of numeric 'nan', expected a number"},
		{"1.3|2:numeric|rate=1e999", "option of numeric '1e999', expected a number"},
		{"1.3|2:numeric|function=gamma", "function 'gamma', expected one of Python's"},
		{"1.3|2:numeric|function=pow", "function 'pow', expected two arguments"},
		{"1.3|2:numeric|function=sin%1%2", "function 'sin%1%2', expected one argument"},
		{"1.3|2:numeric|function=pow%1%2%3", "expected at most two arguments"},
		{"1.3|2:numeric|function=pow%x%2", "argument 'x', expected a number or <time>"},
		{"1.3|2:numeric|min=2,max=1", "min of a numeric record above its max"},
		{"1.3|:delay|wait=1", "record without a type, expected one before"},
		{"1.3|2:delay|value=x", "value 'x', expected a number"},
		{"1.3|2:delay|wait=x", "option of the module 'x', expected a number"},
		{"1.3|2:delay|status=genError", "option of the module 'status', expected value"},
		{"1.3|2:delay|hexvalue=00", "hexvalue with a type that is no octets"},
		{"1.3|2:delay|vlist=eq:1", "list of rules 'eq:1', expected eq, lt or gt"},
		{"1.3|2:delay|vlist=ne:1:1", "list of rules 'ne:1:1', expected eq, lt or gt"},
		{"1.3|2:delay|vlist=eq:x:1", "value in a list of rules 'x', expected one of"},
		{"1.3|2:delay|tlist=eq:x:1", "value in a list of rules 'x', expected seconds"},
		{"1.3|2:error|status=other", "status 'other', expected an SNMP error's name"},
		{"1.3|2:error|op=walk", "op 'walk', expected get, set or any"},
		{"1.3|2:error|tlist=eq:1:genError", "option of the module 'tlist', expected"},
		{"1.3|2:error|vlist=eq:1:other", "list of rules 'eq:1:other', expected"},
	};
	struct rig *rig = rig_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "1.3.9|2|9\n%s\n", rows[i].line);
		rig_parse(rig, SN_RECORDING_SNMPREC, text);
		ck_assert_msg(strncmp(rig->report, "name:2: ", 8) == 0 &&
				      strstr(rig->report, rows[i].report),
			      "%s: %s", rows[i].line, rig->report);
		ck_assert_uint_eq(rig->reports, 1);
		ck_assert_str_eq(rig_walk(rig), "1.3.9 2 09\n");
	}
	rig_free(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		numeric_grows_with_time,
		numeric_stops_or_wraps_at_max,
		numeric_counts_from_1970_with_atime,
		numeric_deviates_within_bounds_and_the_same_each_time,
		cumulative_numbers_never_go_down,
		cumulative_sin_and_cos_add_up_what_is_positive,
		delay_waits_and_gives_the_value,
		delay_changes_with_time_and_chance,
		error_answers_with_its_status,
		writecache_says_what_may_be_set,
		error_serves_a_subtree_as_snmpsim_does,
		reports_modules_and_options_it_does_not_have,
		NULL,
	};

	return suite_run_tests("recording/recording_vary", tests, 0);
}

/*
 * Recordings as stores: order, search, what is not there. Behaviour of recording/recording.h and
 * store/store.h as recording_store.c makes it.
 */
#include "recording_rig.h"

#include "codec/pdu.h"

START_TEST(sorts_by_arcs_and_counts_lines_out_of_order)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.10|2|4\n1.3.9|2|2\n1.3.9.1|2|3\n1.3.4294967295|2|7\n1.3.128|2|5\n"
		  "1.3.16384|2|6\n1.3.1|2|1\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 01\n1.3.9 2 02\n1.3.9.1 2 03\n1.3.10 2 04\n"
					"1.3.128 2 05\n1.3.16384 2 06\n1.3.4294967295 2 07\n");
	ck_assert_uint_eq(rig->result.unsorted, 3);
	ck_assert_uint_eq(rig->result.doubled, 0);
	ck_assert_uint_eq(rig->st->instances, 7);
	rig_free(rig);
}
END_TEST

START_TEST(keeps_the_first_of_doubled_names)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC,
		  "1.3.2|2|1\n1.3.2|2|2\n1.3.1|2|3\n1.3.2|4|x\n1.3.1|2|4\n");
	ck_assert_str_eq(rig_walk(rig), "1.3.1 2 03\n1.3.2 2 01\n");
	ck_assert_uint_eq(rig->result.doubled, 3);
	ck_assert_uint_eq(rig->result.bad, 0);
	rig_free(rig);
}
END_TEST

START_TEST(gets_what_is_there_and_noSuchInstance_otherwise)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC, "1.3.6.1|2|1\n1.3.6.3|4|x\n1.3.6.4|128|\n");
	ck_assert_str_eq(rig_get(rig, "1.3.6.1"), "1.3.6.1 2 01\n");
	ck_assert_str_eq(rig_get(rig, "1.3.6.3"), "1.3.6.3 4 78\n");
	ck_assert_str_eq(rig_get(rig, "1.3.6.4"), "1.3.6.4 128 \n");
	ck_assert_str_eq(rig_get(rig, "1.3.6"), "(129)\n");
	ck_assert_str_eq(rig_get(rig, "1.3.6.2"), "(129)\n");
	ck_assert_str_eq(rig_get(rig, "1.3.6.1.0"), "(129)\n");
	ck_assert_str_eq(rig_get(rig, "1.3.6.5"), "(129)\n");
	ck_assert_str_eq(rig_get(rig, "0.0"), "(129)\n");
	rig_free(rig);
}
END_TEST

START_TEST(finds_the_first_name_after_any)
{
	struct rig *rig = rig_new();

	rig_parse(rig, SN_RECORDING_SNMPREC, "1.3.6.1|2|1\n1.3.6.3.1|2|2\n1.3.6.3.2|2|3\n");
	ck_assert_str_eq(rig_next(rig, "0.0"), "1.3.6.1 2 01\n");
	ck_assert_str_eq(rig_next(rig, "1.3.6"), "1.3.6.1 2 01\n");
	ck_assert_str_eq(rig_next(rig, "1.3.6.1"), "1.3.6.3.1 2 02\n");
	ck_assert_str_eq(rig_next(rig, "1.3.6.2.9.9"), "1.3.6.3.1 2 02\n");
	ck_assert_str_eq(rig_next(rig, "1.3.6.3.1.0"), "1.3.6.3.2 2 03\n");
	ck_assert_str_eq(rig_next(rig, "1.3.6.3.2"), "(130)\n");
	ck_assert_str_eq(rig_next(rig, "2.5"), "(130)\n");
	rig_free(rig);
}
END_TEST

START_TEST(holds_names_of_128_arcs_and_long_values)
{
	struct rig *rig = rig_new();
	char *text = malloc(200000);
	char name[2000];
	size_t n = (size_t)snprintf(name, sizeof(name), "1.3");

	ck_assert(text != NULL);
	for (int i = 2; i < 128; i++) {
		n += (size_t)snprintf(name + n, sizeof(name) - n, ".4294967295");
	}
	for (size_t octets = 120; octets < 70000; octets = octets * 2 + 1) {
		size_t len = octets < 65535 ? octets : 65535;
		struct sn_store_item it;
		uint8_t room[SN_OID_MAX_BER];

		n = (size_t)sprintf(text, "%s|4|", name);
		memset(text + n, 'y', len);
		sprintf(text + n + len, "\n1.3.1|2|1\n");
		rig_parse(rig, SN_RECORDING_SNMPREC, text);
		ck_assert_int_eq(sn_store_get(rig->st, &rig->place, rig_oid(name, room), &it),
				 SN_OK);
		ck_assert_uint_eq(it.value.bytes.n, len);
		ck_assert(it.value.bytes.p[0] == 'y' && it.value.bytes.p[len - 1] == 'y');
		ck_assert(sn_span_eq(it.name, rig_oid(name, room)));
		ck_assert_str_eq(rig_next(rig, name), "(130)\n");
	}
	sprintf(text, "%s.1|2|1\n1.3|2|1\n", name);
	rig_parse(rig, SN_RECORDING_SNMPREC, text);
	ck_assert_uint_eq(rig->result.bad, 1);
	free(text);
	rig_free(rig);
}
END_TEST

START_TEST(takes_seven_octets_a_varbind_beyond_names_and_values)
{
	struct rig *rig = rig_new();
	char *text = malloc(400000);
	size_t n = 0;
	size_t octets = 0;

	ck_assert(text != NULL);
	for (int i = 0; i < 10000; i++) {
		n += (size_t)sprintf(text + n, "1.3.6.1.2.1.2.2.1.10.%d|65|%d\n", i, i % 100);
		octets += i < 128 ? 12U : 13U;
	}
	rig_parse(rig, SN_RECORDING_SNMPREC, text);
	ck_assert_uint_eq(rig->st->instances, 10000);
	ck_assert_uint_le(sn_recording_bytes(rig->st), octets + (size_t)7 * 10000 + 64);
	free(text);
	rig_free(rig);
}
END_TEST

START_TEST(refuses_a_file_without_one_good_line_and_takes_an_empty_one)
{
	struct rig *rig = rig_new();

	ck_assert_int_eq(rig_try(rig, SN_RECORDING_SNMPREC, sn_span_str("x\ny\n")), SN_EINVAL);
	ck_assert(rig->st == NULL);
	ck_assert_uint_eq(rig->result.bad, 2);
	ck_assert_int_eq(rig_try(rig, SN_RECORDING_SNMPREC, sn_span_str("# nothing\n")), SN_OK);
	ck_assert_str_eq(rig_walk(rig), "");
	ck_assert_int_eq(rig_try(rig, SN_RECORDING_SNMPREC, sn_span_make(NULL, 0)), SN_OK);
	ck_assert_str_eq(rig_get(rig, "1.3"), "(129)\n");
	ck_assert_str_eq(rig_next(rig, "1.3"), "(130)\n");
	rig_free(rig);
}
END_TEST

START_TEST(lets_nothing_recorded_be_set)
{
	struct rig *rig = rig_new();
	struct sn_value one = {.tag = SN_TAG_INTEGER, .i = 1};

	rig_parse(rig, SN_RECORDING_SNMPREC, "1.3.1|2|1\n");
	ck_assert_int_eq(rig_may_set(rig, "1.3.1", one), SN_STATUS_NOT_WRITABLE);
	ck_assert_int_eq(rig_may_set(rig, "1.3.2", one), SN_STATUS_NO_CREATION);
	rig_free(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		sorts_by_arcs_and_counts_lines_out_of_order,
		keeps_the_first_of_doubled_names,
		gets_what_is_there_and_noSuchInstance_otherwise,
		finds_the_first_name_after_any,
		holds_names_of_128_arcs_and_long_values,
		takes_seven_octets_a_varbind_beyond_names_and_values,
		refuses_a_file_without_one_good_line_and_takes_an_empty_one,
		lets_nothing_recorded_be_set,
		NULL,
	};

	return suite_run_tests("recording/recording_store", tests, 0);
}

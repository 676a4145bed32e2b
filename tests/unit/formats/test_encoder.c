/*
 * The table of formats. Behaviour of sn_encoder_find and sn_encoder_at of encode/encoder.h.
 */
#include "encode/encoder.h"

#include "support/suite.h"

#include <string.h>

START_TEST(every_format_is_found_by_its_name)
{
	unsigned n = 0;

	for (; sn_encoder_at(n); n++) {
		const struct sn_encoder *e = sn_encoder_at(n);

		ck_assert_ptr_eq(sn_encoder_find(e->name), e);
		ck_assert(e->row && e->rows && e->round);
		ck_assert(e->content_type[0] && e->extension[0] && !strchr(e->extension, '.'));
	}
	ck_assert_uint_eq(n, 6);
	ck_assert_ptr_null(sn_encoder_at(n + 1));
	ck_assert_ptr_null(sn_encoder_at(UINT32_MAX));
}
END_TEST

START_TEST(the_names_are_those_of_the_configuration)
{
	ck_assert_str_eq(sn_encoder_find("influx")->content_type, "application/vnd.influx.line");
	ck_assert_str_eq(sn_encoder_find("json")->content_type, "application/x-ndjson");
	ck_assert_str_eq(sn_encoder_find("prometheus")->content_type,
			 "text/plain; version=0.0.4; charset=utf-8");
	ck_assert_str_eq(sn_encoder_find("json_samples")->content_type, "application/x-ndjson");
	ck_assert_str_eq(sn_encoder_find("otlp")->content_type, "application/x-protobuf");
	ck_assert_str_eq(sn_encoder_find("avro")->content_type, "application/vnd.confluent.avro");
	ck_assert_ptr_null(sn_encoder_find("JSON"));
	ck_assert_ptr_null(sn_encoder_find("jso"));
	ck_assert_ptr_null(sn_encoder_find(""));
}
END_TEST

START_TEST(what_is_no_text_says_how_it_goes)
{
	ck_assert_int_eq(sn_encoder_find("influx")->framing, SN_FRAMING_LINES);
	ck_assert_int_eq(sn_encoder_find("json")->framing, SN_FRAMING_LINES);
	ck_assert_int_eq(sn_encoder_find("json_samples")->framing, SN_FRAMING_LINES);
	ck_assert_int_eq(sn_encoder_find("prometheus")->framing, SN_FRAMING_LINES);
	ck_assert_int_eq(sn_encoder_find("otlp")->framing, SN_FRAMING_LENGTH);
	ck_assert_int_eq(sn_encoder_find("avro")->framing, SN_FRAMING_MESSAGE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_format_is_found_by_its_name,
				      the_names_are_those_of_the_configuration,
				      what_is_no_text_says_how_it_goes, NULL};

	return suite_run_tests("encoder", tests, 0);
}

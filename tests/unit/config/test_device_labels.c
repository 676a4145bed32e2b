/*
 * poll.device_labels: what is asked of every device for the labels of its rows, seen through whole
 * configurations. What rounds make of it is in tests/replay/test_device_labels.c.
 */
#include "config/config.h"

#include "codec/oid.h"
#include "support/config_files.h"

#include <string.h>

#define TARGETS "targets: [{static: [{targets: [10.0.0.1]}]}]\n"
#define LABELS(text) "poll: {device_labels: " text "}\n" CONFIG_BASE TARGETS

static void expect_label(const struct sn_device_label *l, const char *name, const char *oid)
{
	char text[SN_OID_MAX_TEXT];

	ck_assert_str_eq(l->name, name);
	ck_assert_int_gt(sn_oid_to_text(l->scalar, text, sizeof(text)), 0);
	ck_assert_str_eq(text, oid);
}

START_TEST(labels_are_sorted_and_asked_of_every_target)
{
	const struct sn_config *cfg = config_files_good(
		LABELS("[sysName, serial=1.3.6.1.4.1.9.3.6.3.0, sysLocation, sysObjectID]"));
	const struct sn_scalars *s = cfg->targets[0]->scalars;

	ck_assert_uint_eq(s->nlabels, 4);
	expect_label(&s->labels[0], "serial", "1.3.6.1.4.1.9.3.6.3.0");
	expect_label(&s->labels[1], "sysLocation", "1.3.6.1.2.1.1.6.0");
	expect_label(&s->labels[2], "sysName", "1.3.6.1.2.1.1.5.0");
	expect_label(&s->labels[3], "sysObjectID", "1.3.6.1.2.1.1.2.0");
	/* sysUpTime.0, the module's sysName.0, and the four */
	ck_assert_uint_eq(s->n, 6);
	for (uint32_t i = 0; i < 2; i++) {
		ck_assert_int_eq(s->v[i].label, -1);
	}
	for (int32_t i = 0; i < 4; i++) {
		ck_assert_int_eq(s->v[2 + i].label, i);
		ck_assert_int_eq(s->v[2 + i].plan, SN_SCALAR_NO_PLAN);
	}
	sn_config_free(cfg);
}
END_TEST

START_TEST(a_change_of_them_is_a_change_of_targets)
{
	static const char *const texts[] = {CONFIG_BASE TARGETS, LABELS("[sysName]"),
					    LABELS("[sysLocation]"),
					    LABELS("[sysName=1.3.6.1.2.1.1.6.0]"),
					    LABELS("[sysName, sysLocation]")};
	uint64_t prints[5];

	for (size_t i = 0; i < 5; i++) {
		const struct sn_config *cfg = config_files_good(texts[i]);

		prints[i] = cfg->targets[0]->fingerprint;
		sn_config_free(cfg);
		for (size_t k = 0; k < i; k++) {
			ck_assert_uint_ne(prints[i], prints[k]);
		}
	}
}
END_TEST

#define EXPECTED                                                                                   \
	" is not valid (expected sysName, sysLocation, sysContact, sysDescr, sysObjectID, or "     \
	"label=OID such as serial=1.3.6.1.4.1.9.3.6.3.0)\n"

START_TEST(what_is_wrong_is_said_where_it_is)
{
	static const struct config_case cases[] = {
		{LABELS("[sysNam]"), "sonde.yaml:1:24: poll.device_labels[0]: \"sysNam\"" EXPECTED},
		{LABELS("[sysName, 'x=1.3.y']"),
		 "sonde.yaml:1:33: poll.device_labels[1]: \"x=1.3.y\"" EXPECTED},
		{LABELS("['7x=1.3.6']"),
		 "sonde.yaml:1:24: poll.device_labels[0]: \"7x=1.3.6\"" EXPECTED},
		{LABELS("['__x=1.3.6']"),
		 "sonde.yaml:1:24: poll.device_labels[0]: \"__x=1.3.6\"" EXPECTED},
		{LABELS("['=1.3.6']"),
		 "sonde.yaml:1:24: poll.device_labels[0]: \"=1.3.6\"" EXPECTED},
		{LABELS("[sysName, sysName]"),
		 "sonde.yaml:1:23: poll.device_labels: label \"sysName\" is there twice\n"},
	};

	CONFIG_CHECK(cases);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {labels_are_sorted_and_asked_of_every_target,
				      a_change_of_them_is_a_change_of_targets,
				      what_is_wrong_is_said_where_it_is, NULL};

	return config_files_run("device_labels", tests);
}

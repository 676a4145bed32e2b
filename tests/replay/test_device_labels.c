/*
 * Labels of a device from its own scalars (poll.device_labels): in all its rows, in learned rounds
 * too, gone when they are not answered, behind the target's own. Over io/fake.
 */
#include "support/rig.h"

#define SEC SN_NS_PER_SEC

/* sysName.0 and sysServices.0 (a number, which is no text), in the order of the labels' names */
static const uint8_t sys_name[] = {0x2b, 6, 1, 2, 1, 1, 5, 0};
static const uint8_t sys_services[] = {0x2b, 6, 1, 2, 1, 1, 7, 0};

static struct rig r;
static const struct sn_device_label labels[] = {{"services", {sys_services, sizeof(sys_services)}},
						{"site", {sys_name, sizeof(sys_name)}},
						{"sysName", {sys_name, sizeof(sys_name)}}};
static const struct sn_label own[] = {{"rack", "7"}, {"site", "ams"}};

static unsigned rows_seen;
static unsigned rows_right;
static bool expect_name;

/* Labels of the target and of the device in one order, the target's before the device's. */
static void on_rows(void *ctx, const struct sn_block *blk)
{
	const struct sn_origin *o = blk->origin;
	bool right = o->nlabels == (expect_name ? 3u : 2u);

	(void)ctx;
	right = right && strcmp(o->labels[0].name, "rack") == 0 &&
		strcmp(o->labels[1].value, "ams") == 0;
	if (expect_name) {
		right = right && strcmp(o->labels[2].name, "sysName") == 0 &&
			strlen(o->labels[2].value) > 0;
	}
	rows_seen += blk->nrows;
	rows_right += right ? blk->nrows : 0;
}

static void open_rig(int i)
{
	static const struct sn_scalars_want want = {.labels = labels, .nlabels = 3};
	struct rig_config cfg = {.rows = 20,
				 .objects = AGENT_BIT(AGENT_SNMP_IN_PKTS) | AGENT_COLUMNS,
				 .v1 = i == 1,
				 .v3 = i == 2};
	struct sn_target_spec *spec;

	rig_open(&r, &cfg);
	r.scalars = sn_scalars_build(r.plans, 1, &want, &r.arena);
	r.out.on_rows = on_rows;
	spec = rig_spec(&r, 0);
	spec->origin.labels = own;
	spec->origin.nlabels = 2;
	ck_assert_int_eq(rig_apply_specs(&r, &spec, 1), SN_OK);
	rows_seen = 0;
	rows_right = 0;
}

START_TEST(all_rows_of_all_rounds_have_them)
{
	open_rig(_i);
	expect_name = true;
	rig_run(&r, 250 * SEC);
	ck_assert_uint_ge(r.target[0].rounds, 4);
	ck_assert_uint_eq(r.target[0].by_status[SN_ROUND_OK], r.target[0].rounds);
	ck_assert_uint_ge(rows_seen, 4 * 21);
	ck_assert_uint_eq(rows_right, rows_seen);
	rig_close(&r);
}
END_TEST

START_TEST(a_device_without_the_scalar_has_rows_without_the_label)
{
	open_rig(_i);
	expect_name = false;
	r.agents.agent[0].missing = AGENT_BIT(AGENT_SYS_NAME);
	rig_run(&r, 250 * SEC);
	ck_assert_uint_ge(rows_seen, 4 * 21);
	ck_assert_uint_eq(rows_right, rows_seen);
	rig_close(&r);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {all_rows_of_all_rounds_have_them,
				     a_device_without_the_scalar_has_rows_without_the_label, NULL};
	const TTest *const single[] = {NULL};

	return rig_main("device_labels", each, single, 0);
}

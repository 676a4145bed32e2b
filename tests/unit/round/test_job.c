/*
 * One round by itself: start, end, cancel, its memory, its record. Behaviour of round/job.h.
 *
 * ctest: link=-Wl,--wrap=malloc,--wrap=sn_request_start
 */
#include "support/no_memory.h"
#include "support/refuse.h"
#include "support/rig.h"

static struct rig r;
static struct sn_job job;
static struct sn_device dev;
static struct sn_learned learned;
static struct sn_target_spec *spec;
static unsigned overs;

static void on_over(struct sn_job *j)
{
	ck_assert_ptr_eq(j, &job);
	ck_assert_ptr_eq(j->owner, &overs);
	overs++;
}

/* A collector without targets lends its worker and session. */
static void setup(bool v1)
{
	struct rig_config cfg = {
		.rows = 20, .objects = AGENT_SCALARS | AGENT_COLUMNS, .json = true, .v1 = v1};
	struct sn_device_config dc;

	rig_open(&r, &cfg);
	spec = rig_spec(&r, 0);
	dc = (struct sn_device_config){.addr = spec->addr,
				       .version = spec->version,
				       .community = spec->community,
				       .window = 4};
	sn_device_init(&dev, &dc);
	sn_learned_init(&learned);
}

static int start(uint64_t due)
{
	int rc = sn_job_start(&job, &r.c.env, spec, &dev, &learned, due);

	job.over = on_over;
	job.owner = &overs;
	return rc;
}

static void teardown(void)
{
	sn_learned_fini(&learned);
	ck_assert_uint_eq(dev.in_flight, 0);
	ck_assert(sn_list_empty(&dev.parked));
	ck_assert_uint_eq(r.w.slots.used, 0);
	rig_close(&r);
}

START_TEST(a_round_ends_once_with_its_record_filled_in)
{
	setup(_i == 1);
	ck_assert_int_eq(start(rig_now(&r) - 7 * SN_NS_PER_MS), SN_OK);
	ck_assert_uint_eq(overs, 0);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(overs, 1);
	ck_assert_uint_eq(job.round.status, SN_ROUND_OK);
	ck_assert_uint_eq(job.round.lateness_ns, 7 * SN_NS_PER_MS);
	ck_assert_uint_eq(job.round.rows, 21);
	ck_assert_uint_eq(job.round.rtt_ns, 2 * SN_NS_PER_MS);
	ck_assert_ptr_eq(job.round.origin, &spec->origin);
	ck_assert_str_eq(job.round.modules, "rig");
	ck_assert_uint_eq(capture_count(&r.out, "\"round\":{"), 1);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_OK), 1);
	sn_job_fini(&job);
	teardown();
}
END_TEST

START_TEST(a_cancelled_round_ends_at_once_at_any_moment)
{
	for (uint64_t after = 0; after < 20; after++) {
		setup(_i == 1);
		overs = 0;
		r.agents.agent[0].delay_ns = 3 * SN_NS_PER_MS;
		ck_assert_int_eq(start(rig_now(&r)), SN_OK);
		rig_run(&r, after * SN_NS_PER_MS);
		if (overs == 0) {
			sn_job_cancel(&job);
			ck_assert_uint_eq(job.round.status, SN_ROUND_CANCELLED);
			ck_assert_str_eq(job.round.reason, "cancelled");
			ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_CANCELLED), 1);
		}
		ck_assert_uint_eq(overs, 1);
		ck_assert_uint_eq(dev.in_flight, 0);
		ck_assert_uint_eq(job.round.requests, rig_counter(&r, SN_C_REQUESTS));
		sn_job_fini(&job);
		rig_run(&r, SN_NS_PER_SEC);
		ck_assert_uint_eq(overs, 1);
		ck_assert_uint_eq(r.marks_missing + r.marks_false + r.values_wrong, 0);
		teardown();
	}
}
END_TEST

START_TEST(without_memory_a_round_does_not_begin)
{
	int rc;

	setup(_i == 1);
	no_memory = true; /* Check allocates as well */
	rc = start(rig_now(&r));
	no_memory = false;
	ck_assert_int_eq(rc, SN_ENOMEM);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(overs, 0);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_STARTED), 0);
	ck_assert_uint_eq(rig_counter(&r, SN_C_REQUESTS), 0);
	ck_assert_uint_eq(dev.in_flight, 0);
	ck_assert_int_eq(start(rig_now(&r)), SN_OK); /* and the next one does */
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(job.round.status, SN_ROUND_OK);
	sn_job_fini(&job);
	teardown();
}
END_TEST

START_TEST(all_memory_of_a_round_is_used_by_the_next)
{
	size_t held = 0;

	setup(_i == 1);
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(start(rig_now(&r)), SN_OK);
		rig_run(&r, SN_NS_PER_SEC);
		ck_assert_uint_eq(job.round.status, SN_ROUND_OK);
		sn_job_fini(&job);
		held = i == 0 ? r.w.arenas.held : held;
	}
	ck_assert_uint_eq(r.w.arenas.held, held);
	teardown();
}
END_TEST

START_TEST(the_duration_ends_with_the_last_answer_or_with_the_giving_up)
{
	setup(_i == 1);
	r.agents.agent[0].rows = 0;
	ck_assert_int_eq(start(rig_now(&r)), SN_OK);
	rig_run(&r, SN_NS_PER_SEC);
	ck_assert_uint_eq(job.round.duration_ns % (2 * SN_NS_PER_MS), 0);
	ck_assert_uint_le(job.round.duration_ns, 40 * SN_NS_PER_MS);
	sn_job_fini(&job);
	r.agents.agent[0].dead = true;
	ck_assert_int_eq(start(rig_now(&r)), SN_OK);
	rig_run(&r, 10 * SN_NS_PER_SEC);
	ck_assert_uint_eq(job.round.status, SN_ROUND_TIMEOUT);
	ck_assert_uint_ge(job.round.duration_ns, 3 * SN_NS_PER_SEC);
	ck_assert_uint_le(job.round.duration_ns, 3 * SN_NS_PER_SEC + 4 * SN_NS_PER_MS);
	sn_job_fini(&job);
	teardown();
}
END_TEST

START_TEST(the_first_reason_is_kept)
{
	setup(_i == 1);
	r.agents.agent[0].spots[0] = (struct agent_spot){AGENT_SNMP_IN_PKTS, 0, AGENT_WRONG_TYPE};
	r.agents.agent[0].spots[1] = (struct agent_spot){AGENT_IF_OPER, 1, AGENT_UNDECODABLE};
	ck_assert_int_eq(start(rig_now(&r)), SN_OK);
	rig_run(&r, SN_NS_PER_SEC);
	ck_assert_uint_eq(job.round.status, SN_ROUND_PARTIAL);
	ck_assert_str_eq(job.round.reason, "value of another type");
	sn_job_fini(&job);
	teardown();
}
END_TEST

START_TEST(without_outputs_a_round_only_counts)
{
	setup(_i == 1);
	r.c.env.emit = NULL;
	ck_assert_int_eq(start(rig_now(&r)), SN_OK);
	rig_run(&r, SN_NS_PER_SEC);
	ck_assert_uint_eq(overs, 1);
	ck_assert_uint_eq(job.round.rows, 21);
	ck_assert_uint_eq(r.out.rows + r.out.rounds, 0);
	sn_job_fini(&job);
	teardown();
}
END_TEST

static const struct {
	int err;
	enum sn_round_status status;
} refusals[] = {
	{SN_EDIGEST, SN_ROUND_WRONG_DIGEST},	       {SN_EUSER, SN_ROUND_UNKNOWN_USER},
	{SN_ELEVEL, SN_ROUND_UNSUPPORTED_LEVEL},       {SN_EDECRYPT, SN_ROUND_DECRYPTION_ERROR},
	{SN_ETIMEWINDOW, SN_ROUND_NOT_IN_TIME_WINDOW}, {SN_EENGINE, SN_ROUND_UNKNOWN_ENGINE},
	{SN_ECONTEXT, SN_ROUND_UNKNOWN_CONTEXT},       {SN_EREPORT, SN_ROUND_REFUSED},
};

enum { REFUSALS = sizeof(refusals) / sizeof(refusals[0]) };

START_TEST(each_refusal_has_its_status_and_is_no_timeout)
{
	for (unsigned i = 0; i < REFUSALS; i++) {
		setup(_i == 1);
		refuse_err = refusals[i].err;
		ck_assert_int_eq(start(rig_now(&r)), SN_OK);
		rig_run(&r, SN_NS_PER_SEC);
		refuse_err = SN_OK;
		ck_assert_uint_eq(overs, i + 1);
		ck_assert_str_eq(sn_round_status_name((enum sn_round_status)job.round.status),
				 sn_round_status_name(refusals[i].status));
		ck_assert_str_eq(job.round.reason, sn_err_text(refusals[i].err));
		ck_assert_uint_eq(job.round.requests, 1); /* the rest was spared */
		ck_assert_uint_eq(job.round.timeouts, 0);
		ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_FAILED), 1);
		ck_assert_uint_eq(capture_count(&r.out, "\"round\":{"), 1);
		sn_job_fini(&job);
		teardown();
	}
}
END_TEST

START_TEST(a_refusal_after_answers_leaves_a_part)
{
	setup(_i == 1);
	refuse_err = SN_ECONTEXT;
	refuse_after = 1; /* the scalars are answered, the tables are not */
	ck_assert_int_eq(start(rig_now(&r)), SN_OK);
	rig_run(&r, SN_NS_PER_SEC);
	refuse_err = SN_OK;
	ck_assert_uint_eq(job.round.status, SN_ROUND_PARTIAL);
	ck_assert_str_eq(job.round.reason, sn_err_text(SN_ECONTEXT));
	ck_assert_uint_eq(job.round.timeouts, 0);
	ck_assert_uint_eq(job.round.rows, 1);
	ck_assert_uint_eq(rig_counter(&r, SN_C_ROUNDS_PARTIAL), 1);
	sn_job_fini(&job);
	teardown();
}
END_TEST

START_TEST(what_is_neither_an_answer_nor_a_refusal_is_a_timeout)
{
	static const struct {
		int err;
		enum sn_round_status status;
	} others[] = {{SN_ETIMEDOUT, SN_ROUND_TIMEOUT},
		      {SN_EUNREACH, SN_ROUND_UNREACHABLE},
		      {SN_EMSGSIZE, SN_ROUND_UNREACHABLE},
		      {SN_ENOMEM, SN_ROUND_OVERLOAD}};

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		setup(_i == 1);
		refuse_err = others[i].err;
		ck_assert_int_eq(start(rig_now(&r)), SN_OK);
		rig_run(&r, SN_NS_PER_SEC);
		refuse_err = SN_OK;
		ck_assert_uint_eq(job.round.status, others[i].status);
		ck_assert_uint_eq(job.round.timeouts, 1);
		sn_job_fini(&job);
		teardown();
	}
}
END_TEST

int main(void)
{
	const TTest *const both[] = {a_round_ends_once_with_its_record_filled_in,
				     a_cancelled_round_ends_at_once_at_any_moment,
				     without_memory_a_round_does_not_begin,
				     all_memory_of_a_round_is_used_by_the_next,
				     the_duration_ends_with_the_last_answer_or_with_the_giving_up,
				     the_first_reason_is_kept,
				     without_outputs_a_round_only_counts,
				     each_refusal_has_its_status_and_is_no_timeout,
				     a_refusal_after_answers_leaves_a_part,
				     what_is_neither_an_answer_nor_a_refusal_is_a_timeout,
				     NULL};
	const TTest *const single[] = {NULL};

	return rig_main("job", both, single, 10);
}

/*
 * A snapshot's way to the workers, and what happens to it when memory runs out on either side.
 * Behaviour of the handover part of daemon/parts.h. No thread is started: the workers' turns
 * are taken here.
 *
 * ctest: link=-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 */
#include "daemon/parts.h"

#include "support/config_files.h"
#include "support/suite.h"

enum { WORKERS = 3 };

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static long left = -1; /* allocations that succeed yet; negative: all */

static bool may_allocate(void)
{
	if (left == 0) {
		return false;
	}
	left -= left > 0;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return may_allocate() ? __real_malloc(n) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return may_allocate() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *p, size_t n)
{
	return may_allocate() ? __real_realloc(p, n) : NULL;
}

static const char *limits = ""; /* of prefixes, in the next snapshot */

static const struct sn_daemon_options opt = {.quiet = true};

/* A configuration of n targets that are due once in a year. */
static const struct sn_config *snapshot(unsigned n)
{
	static char text[8192];
	size_t used = (size_t)snprintf(
		text, sizeof(text),
		"poll: {interval: 1d, threads: %d, in_flight: 16, pin: false%s}\n"
		"io: {backend: recvmmsg}\n" CONFIG_BASE
		"output: [{file: {path: out}}]\ntargets:\n- static:\n  - targets:\n",
		WORKERS, limits);

	for (unsigned i = 0; i < n; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "    - 127.0.1.%u:9\n",
					 i);
	}
	return config_files_good(text);
}

static void open_daemon(struct sn_daemon *d, unsigned targets)
{
	memset(d, 0, sizeof(*d));
	d->opt = &opt;
	d->event_fd = -1;
	d->cfg = snapshot(targets);
	ck_assert_int_eq(sn_wire_open(d), SN_OK);
	ck_assert_uint_eq(d->nworkers, WORKERS);
}

static void close_daemon(struct sn_daemon *d)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		sn_collector_cancel(&d->workers[i].collector);
	}
	sn_wire_abandon(d);
	sn_config_free(d->cfg);
	sn_config_free(d->old_cfg);
}

static void turn(struct sn_daemon *d)
{
	for (unsigned i = 0; i < d->nworkers; i++) {
		suite_expect(sn_worker_turn(&d->workers[i].worker, 0) == SN_OK);
	}
}

static uint32_t targets_of(const struct sn_daemon *d)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < d->nworkers; i++) {
		ck_assert_uint_eq(d->workers[i].targets, d->workers[i].collector.ntargets);
		n += d->workers[i].collector.ntargets;
	}
	return n;
}

START_TEST(every_target_goes_to_the_worker_of_its_name)
{
	struct sn_daemon d;

	open_daemon(&d, 40);
	ck_assert_int_eq(sn_handover_give(&d), SN_OK);
	ck_assert(!sn_handover_done(&d));
	turn(&d);
	ck_assert(sn_handover_done(&d));
	ck_assert_uint_eq(targets_of(&d), 40);
	for (unsigned i = 0; i < WORKERS; i++) {
		ck_assert_uint_gt(d.workers[i].apply.nspecs, 0);
		for (uint32_t k = 0; k < d.workers[i].apply.nspecs; k++) {
			ck_assert_uint_eq(d.workers[i].specs[k]->hash % WORKERS, i);
		}
	}
	close_daemon(&d);
}
END_TEST

START_TEST(every_worker_has_its_share_of_the_limit_of_a_prefix)
{
	struct sn_daemon d;
	uint32_t here = 0;

	limits = ", prefix_limits: [{prefix: 127.0.0.0/8, rate: 9}, {prefix: 127.0.1.32/27, "
		 "rate: 80, burst: 40}, {prefix: 127.0.1.64/26, rate: 5}]";
	open_daemon(&d, 40);
	ck_assert_int_eq(sn_handover_give(&d), SN_OK);
	turn(&d);
	ck_assert(sn_handover_done(&d));
	for (unsigned i = 0; i < WORKERS; i++) {
		const struct sn_daemon_worker *dw = &d.workers[i];
		uint32_t mine = 0;

		for (uint32_t k = 0; k < dw->collector.ntargets; k++) {
			mine += ntohl(dw->collector.targets[k]->dev.addr.in.sin_addr.s_addr) %
					256 >=
				32;
			ck_assert_ptr_nonnull(dw->collector.targets[k]->dev.pace);
		}
		ck_assert_uint_eq(dw->apply.nlimits, 3);
		ck_assert_uint_eq(dw->apply.limits[0].here, dw->collector.ntargets - mine);
		ck_assert_uint_eq(dw->apply.limits[0].targets, 32);
		ck_assert_uint_eq(dw->apply.limits[1].here, mine);
		ck_assert_uint_eq(dw->apply.limits[1].targets, 8);
		ck_assert_uint_eq(dw->apply.limits[1].rate, 80);
		ck_assert_uint_eq(dw->apply.limits[2].targets, 0);
		here += mine;
	}
	ck_assert_uint_eq(here, 8);
	d.old_cfg = d.cfg;
	limits = "";
	d.cfg = snapshot(40);
	ck_assert_int_eq(sn_handover_give(&d), SN_OK);
	turn(&d);
	for (unsigned i = 0; i < WORKERS; i++) {
		ck_assert_uint_eq(d.workers[i].collector.session.pacing.pacers.used, 0);
		ck_assert_uint_eq(d.workers[i].collector.session.pacing.nprefixes, 0);
	}
	close_daemon(&d);
}
END_TEST

START_TEST(main_without_memory_changes_nothing)
{
	const struct sn_target_spec **specs[WORKERS];
	const struct sn_target_spec **old[WORKERS];
	uint32_t n[WORKERS];
	struct sn_daemon d;
	int rc = SN_ENOMEM;
	long allowed;

	open_daemon(&d, 40);
	for (unsigned round = 0; round < 2; round++) {
		ck_assert_int_eq(sn_handover_give(&d), SN_OK);
		turn(&d);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		specs[i] = d.workers[i].specs;
		old[i] = d.workers[i].old_specs;
		n[i] = d.workers[i].apply.nspecs;
	}
	d.old_cfg = d.cfg;
	d.cfg = snapshot(7);
	for (allowed = 0; rc; allowed++) {
		left = allowed;
		rc = sn_handover_give(&d);
		left = -1;
		if (rc == SN_OK) {
			break;
		}
		ck_assert_int_eq(rc, SN_ENOMEM);
		ck_assert(sn_handover_done(&d));
		for (unsigned i = 0; i < WORKERS; i++) {
			ck_assert_ptr_eq(d.workers[i].specs, specs[i]);
			ck_assert_ptr_eq(d.workers[i].old_specs, old[i]);
			ck_assert_uint_eq(d.workers[i].apply.nspecs, n[i]);
		}
		turn(&d);
		ck_assert_uint_eq(targets_of(&d), 40);
	}
	ck_assert_int_eq(allowed, WORKERS + 1);
	turn(&d);
	ck_assert(sn_handover_done(&d));
	ck_assert_uint_eq(targets_of(&d), 7);
	close_daemon(&d);
}
END_TEST

START_TEST(a_worker_without_memory_keeps_its_targets_and_their_snapshot)
{
	struct sn_daemon d;

	open_daemon(&d, 5);
	ck_assert_int_eq(sn_handover_give(&d), SN_OK);
	turn(&d);
	d.old_cfg = d.cfg;
	d.cfg = snapshot(40);
	ck_assert_int_eq(sn_handover_give(&d), SN_OK);
	left = 0;
	turn(&d);
	left = -1;
	/* its rounds still read the old snapshot */
	ck_assert(!sn_handover_done(&d));
	ck_assert_uint_eq(targets_of(&d), 5);
	turn(&d);
	ck_assert(!sn_handover_done(&d));
	sn_handover_repeat(&d);
	turn(&d);
	ck_assert(sn_handover_done(&d));
	ck_assert_uint_eq(targets_of(&d), 40);
	/* nothing is due any more */
	sn_handover_repeat(&d);
	turn(&d);
	ck_assert(sn_handover_done(&d));
	close_daemon(&d);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_target_goes_to_the_worker_of_its_name,
				      every_worker_has_its_share_of_the_limit_of_a_prefix,
				      main_without_memory_changes_nothing,
				      a_worker_without_memory_keeps_its_targets_and_their_snapshot,
				      NULL};

	return config_files_run("handover", tests);
}

/*
 * Values set on a device: staging, setting, covering. Behaviour of agent/overlay.h.
 * ctest: link=-Wl,--wrap=malloc,--wrap=realloc
 */
#include "agent/overlay.h"

#include "support/bytes.h"
#include "support/gen.h"
#include "support/suite.h"

static int fail_in; /* allocations till one fails; 0: none does */

void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return fail_in && --fail_in == 0 ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fail_in && --fail_in == 0 ? NULL : __real_realloc(p, n);
}

static struct sn_value number(int64_t i)
{
	return (struct sn_value){.tag = SN_TAG_INTEGER, .i = i};
}

static struct sn_value text(const char *s)
{
	return (struct sn_value){.tag = SN_TAG_OCTETS, .bytes = sn_span_str(s)};
}

static void set(struct sn_overlay *o, struct sn_span name, struct sn_value v)
{
	suite_expect(sn_overlay_stage(o, name, &v) == SN_OK);
	sn_overlay_commit(o);
}

/* What an item of this name and value -1 shows. */
static struct sn_value shown(const struct sn_overlay *o, struct sn_span name)
{
	struct sn_store_item it = {.name = name, .value = number(-1)};

	sn_overlay_apply(o, &it);
	return it.value;
}

START_TEST(an_empty_overlay_covers_nothing)
{
	struct sn_overlay o = {0};

	ck_assert_int_eq(shown(&o, bytes_hex("2b 01")).i, -1);
	sn_overlay_fini(&o);
}
END_TEST

START_TEST(a_value_covers_its_own_name_only)
{
	struct sn_overlay o = {0};

	set(&o, bytes_hex("2b 01 05"), number(7));
	ck_assert_int_eq(shown(&o, bytes_hex("2b 01 05")).i, 7);
	ck_assert_int_eq(shown(&o, bytes_hex("2b 01")).i, -1);
	ck_assert_int_eq(shown(&o, bytes_hex("2b 01 05 00")).i, -1);
	ck_assert_int_eq(shown(&o, bytes_hex("2b 01 04")).i, -1);
	sn_overlay_fini(&o);
}
END_TEST

START_TEST(keeps_copies_of_name_and_octets)
{
	struct sn_overlay o = {0};
	char words[] = "here";
	uint8_t name[] = {0x2b, 1};
	struct sn_value v;

	set(&o, sn_span_make(name, 2), text(words));
	memset(words, 'x', 4);
	name[1] = 9;
	v = shown(&o, bytes_hex("2b 01"));
	ck_assert(sn_span_eq(v.bytes, sn_span_str("here")));
	set(&o, bytes_hex("2b 02"), text(""));
	ck_assert_uint_eq(shown(&o, bytes_hex("2b 02")).bytes.n, 0);
	sn_overlay_fini(&o);
}
END_TEST

START_TEST(staged_values_show_only_once_they_are_set)
{
	struct sn_overlay o = {0};
	struct sn_value v = number(1);

	ck_assert_int_eq(sn_overlay_stage(&o, bytes_hex("2b 01"), &v), SN_OK);
	ck_assert_int_eq(shown(&o, bytes_hex("2b 01")).i, -1);
	sn_overlay_cancel(&o);
	sn_overlay_commit(&o);
	ck_assert_int_eq(shown(&o, bytes_hex("2b 01")).i, -1);
	ck_assert_int_eq(sn_overlay_stage(&o, bytes_hex("2b 01"), &v), SN_OK);
	sn_overlay_commit(&o);
	ck_assert_int_eq(shown(&o, bytes_hex("2b 01")).i, 1);
	ck_assert_int_eq(sn_overlay_stage(&o, bytes_hex("2b 02"), &v), SN_OK);
	sn_overlay_fini(&o); /* frees what is staged too: the leak check sees it */
	ck_assert_uint_eq(o.n + o.staged + o.room, 0);
}
END_TEST

START_TEST(of_two_values_for_one_name_the_later_stays)
{
	struct sn_overlay o = {0};
	struct sn_span name = bytes_hex("2b 01");

	for (int i = 1; i <= 3; i++) {
		struct sn_value v = number(i);

		ck_assert_int_eq(sn_overlay_stage(&o, name, &v), SN_OK);
	}
	sn_overlay_commit(&o);
	ck_assert_int_eq(shown(&o, name).i, 3);
	ck_assert_uint_eq(o.n, 1);
	set(&o, name, text("four"));
	ck_assert(sn_span_eq(shown(&o, name).bytes, sn_span_str("four")));
	ck_assert_uint_eq(o.n, 1);
	sn_overlay_fini(&o);
}
END_TEST

/* Against an array that is searched from one end to the other. */
START_TEST(agrees_with_a_plain_list_for_any_order_of_sets)
{
	enum { NAMES = 60, SETS = 4000 };
	struct sn_rng r;
	struct sn_overlay o = {0};
	uint8_t name[NAMES][64];
	size_t n[NAMES];
	int64_t value[NAMES];
	int64_t staged[NAMES];

	sn_rng_init_seed(&r, 11);
	for (int i = 0; i < NAMES; i++) {
		n[i] = gen_oid(&r, name[i], sizeof(name[i]));
		value[i] = -1;
		staged[i] = -1;
		for (int j = 0; j < i; j++) {
			suite_expect(!sn_span_eq(sn_span_make(name[i], n[i]),
						 sn_span_make(name[j], n[j])));
		}
	}
	for (int turn = 0; turn < SETS; turn++) {
		int i = (int)sn_rng_below(&r, NAMES);
		struct sn_value v = number(turn);
		uint64_t what = sn_rng_below(&r, 8);

		if (what == 0) {
			sn_overlay_cancel(&o);
		} else if (what == 1) {
			sn_overlay_commit(&o);
		} else {
			suite_expect(sn_overlay_stage(&o, sn_span_make(name[i], n[i]), &v) == 0);
			staged[i] = turn;
		}
		for (int j = 0; what < 2 && j < NAMES; j++) {
			value[j] = what == 1 && staged[j] >= 0 ? staged[j] : value[j];
			staged[j] = -1;
			suite_expect(shown(&o, sn_span_make(name[j], n[j])).i == value[j]);
		}
	}
	sn_overlay_fini(&o);
}
END_TEST

/* Whatever allocation fails, what was set before is there and what was staged can be dropped. */
START_TEST(running_out_of_memory_changes_nothing)
{
	for (int which = 1; which <= 12; which++) {
		struct sn_overlay o = {0};
		struct sn_value v = number(2);
		uint8_t name[2] = {0x2b, 1};
		int rc = SN_OK;

		set(&o, sn_span_make(name, 2), number(1));
		fail_in = which;
		for (uint8_t k = 1; rc == SN_OK && k < 20; k++) {
			name[1] = k;
			rc = sn_overlay_stage(&o, sn_span_make(name, 2), &v);
		}
		fail_in = 0;
		ck_assert_int_eq(rc, SN_ENOMEM);
		sn_overlay_cancel(&o);
		name[1] = 1;
		ck_assert_int_eq(shown(&o, sn_span_make(name, 2)).i, 1);
		name[1] = 2;
		ck_assert_int_eq(shown(&o, sn_span_make(name, 2)).i, -1);
		sn_overlay_fini(&o);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_empty_overlay_covers_nothing,
		a_value_covers_its_own_name_only,
		keeps_copies_of_name_and_octets,
		staged_values_show_only_once_they_are_set,
		of_two_values_for_one_name_the_later_stays,
		agrees_with_a_plain_list_for_any_order_of_sets,
		running_out_of_memory_changes_nothing,
		NULL,
	};

	return suite_run_tests("agent/overlay", tests, 0);
}

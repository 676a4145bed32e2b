/*
 * Made-up devices: types, texts and what tells one device from another. Behaviour of
 * store/synthetic.h.
 */
#include "support/gen.h"
#include "unit/store/cells.h"

START_TEST(every_value_has_the_type_of_its_object)
{
	struct sn_store *st = devices(64);
	struct sn_store_place pl = place(12, 77777);
	struct sn_store_item it;
	int rc = sn_store_next(st, &pl, sn_span_make(NULL, 0), &it);

	for (; rc == SN_OK; rc = sn_store_advance(st, &pl, &it)) {
		switch (it.value.tag) {
		case SN_TAG_INTEGER:
			suite_expect(it.value.i >= INT32_MIN && it.value.i <= INT32_MAX);
			break;
		case SN_TAG_OCTETS:
			suite_expect(it.value.bytes.n <= 255);
			break;
		case SN_TAG_OID:
			suite_expect(it.value.bytes.n && sn_oid_valid(it.value.bytes));
			break;
		case SN_TAG_COUNTER32:
		case SN_TAG_GAUGE32:
		case SN_TAG_TIMETICKS:
			suite_expect(it.value.u <= UINT32_MAX);
			break;
		default:
			suite_expect(it.value.tag == SN_TAG_COUNTER64);
			break;
		}
	}
	sn_store_free(st);
}
END_TEST

/* Share of a walk's values that are the same in two walks. */
static double alike(const struct sn_store *a, const struct sn_store_place *pa,
		    const struct sn_store *b, const struct sn_store_place *pb)
{
	struct sn_store_item x;
	struct sn_store_item y;
	int rc = sn_store_next(a, pa, sn_span_make(NULL, 0), &x);
	int n = 0;
	int same = 0;

	suite_expect(sn_store_next(b, pb, sn_span_make(NULL, 0), &y) == rc);
	while (rc == SN_OK) {
		suite_expect(sn_span_eq(x.name, y.name));
		n++;
		same += gen_value_equal(&x.value, &y.value);
		rc = sn_store_advance(a, pa, &x);
		suite_expect(sn_store_advance(b, pb, &y) == rc);
	}
	return (double)same / n;
}

START_TEST(values_repeat_and_differ_between_devices_and_seeds)
{
	struct sn_synthetic_config cfg = {
		.interfaces = 48, .entities = 5, .processors = 3, .seed = 8};
	struct sn_store *st = devices(48);
	struct sn_store *again = devices(48);
	struct sn_store *other = made(&cfg);
	struct sn_store_place one = place(1, 5000000);
	struct sn_store_place two = place(2, 5000000);

	ck_assert(alike(st, &one, again, &one) > 0.9999);
	ck_assert(alike(st, &one, st, &two) < 0.45);
	ck_assert(alike(st, &one, other, &one) < 0.45);
	sn_store_free(st);
	sn_store_free(again);
	sn_store_free(other);
}
END_TEST

START_TEST(values_of_a_hundredth_of_a_second_are_the_same_at_any_hour)
{
	struct sn_store *st = devices(48);
	struct sn_store_place early = place(1, 5000000);
	struct sn_store_place late = place(1, 5000000);

	late.uptime += TICK - 1;
	late.wall = 1234567 * S;
	ck_assert(alike(st, &early, st, &late) > 0.9999);
	sn_store_free(st);
}
END_TEST

static int64_t integer_of(const struct sn_store *st, uint32_t dev, unsigned table, unsigned column,
			  uint32_t index)
{
	return read_at(st, dev, 100000, cell(table, column, index)).value.i;
}

START_TEST(interfaces_are_of_many_kinds_and_make_sense)
{
	struct sn_store *st = devices(2000);
	int speeds[5] = {0};
	int down[2] = {0};
	uint64_t lengths[2] = {0};
	int no_alias = 0;

	for (uint32_t i = 1; i <= 2000; i++) {
		int64_t admin = integer_of(st, 3, IF_TABLE, 7, i);
		int64_t oper = integer_of(st, 3, IF_TABLE, 8, i);
		uint64_t speed = number_at(st, 3, 0, cell(IF_TABLE, 5, i));
		uint64_t mbps = number_at(st, 3, 0, cell(IFX_TABLE, 15, i));
		size_t mac = read_at(st, 3, 0, cell(IF_TABLE, 6, i)).value.bytes.n;
		size_t alias = read_at(st, 3, 0, cell(IFX_TABLE, 18, i)).value.bytes.n;
		uint64_t change = number_at(st, 3, 100000, cell(IF_TABLE, 9, i));

		ck_assert_int_eq(integer_of(st, 3, IF_TABLE, 1, i), i);
		suite_expect(admin == 1 || admin == 2);
		suite_expect(oper == 1 ? admin == 1 : oper == 2 || oper == 6 || oper == 7);
		suite_expect(admin == 1 || oper == 2);
		suite_expect(speed == (mbps * 1000000 < UINT32_MAX ? mbps * 1000000 : UINT32_MAX));
		suite_expect(mac == 6 || mac == 0);
		suite_expect(alias <= 64);
		suite_expect(oper == 1 ? change >= 1 && change <= 6000 : change == 0);
		suite_expect(number_at(st, 3, 0, cell(IF_TABLE, 9, i)) == 0);
		down[0] += admin == 2;
		down[1] += oper != 1;
		lengths[0] |= UINT64_C(1) << (alias & 63);
		no_alias += alias == 0;
		speeds[0] += mbps == 100;
		speeds[1] += mbps == 1000;
		speeds[2] += mbps == 10000;
		speeds[3] += mbps == 100000;
		speeds[4] += mbps == 400000;
	}
	for (int i = 0; i < 5; i++) {
		ck_assert_int_gt(speeds[i], 30);
	}
	ck_assert_int_gt(down[0], 100);
	ck_assert_int_gt(down[1], down[0] + 100);
	ck_assert_int_gt(no_alias, 400);
	ck_assert_int_lt(no_alias, 600);
	ck_assert_int_gt(__builtin_popcountll(lengths[0]), 20);
	sn_store_free(st);
}
END_TEST

/* Whether no two of these texts are the same; empty ones do not count. */
static bool all_differ(const struct sn_store *st, unsigned table, unsigned column, uint32_t rows)
{
	struct sn_store_place pl = place(3, 0);

	for (uint32_t a = 1; a <= rows; a++) {
		struct sn_store_item x;

		suite_expect(sn_store_get(st, &pl, cell(table, column, a), &x) == SN_OK);
		for (uint32_t b = a + 1; b <= rows; b++) {
			struct sn_store_item y;

			suite_expect(sn_store_get(st, &pl, cell(table, column, b), &y) == SN_OK);
			if (x.value.bytes.n && sn_span_eq(x.value.bytes, y.value.bytes)) {
				return false;
			}
		}
	}
	return true;
}

START_TEST(names_and_addresses_of_interfaces_are_their_own)
{
	struct sn_store *st = devices(150);

	ck_assert(all_differ(st, IF_TABLE, 2, 150));
	ck_assert(all_differ(st, IFX_TABLE, 1, 150));
	ck_assert(all_differ(st, IF_TABLE, 6, 150));
	sn_store_free(st);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_value_has_the_type_of_its_object,
		values_repeat_and_differ_between_devices_and_seeds,
		values_of_a_hundredth_of_a_second_are_the_same_at_any_hour,
		interfaces_are_of_many_kinds_and_make_sense,
		names_and_addresses_of_interfaces_are_their_own,
		NULL,
	};

	return suite_run_tests("store/synthetic_interface", tests, 30);
}

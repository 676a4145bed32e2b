/*
 * Made-up devices: names and their order, restarts, SET. Behaviour of store/synthetic.h.
 *
 * ctest: one_thread
 */
#include "codec/pdu.h"

#include "support/gen.h"
#include "unit/store/cells.h"

static bool same_item(const struct sn_store_item *a, const struct sn_store_item *b)
{
	return sn_span_eq(a->name, b->name) && gen_value_equal(&a->value, &b->value) &&
	       a->at == b->at;
}

/* Walks by advance; beside it by next and get. Returns the number of instances. */
static uint64_t walk(const struct sn_store *st, const struct sn_store_place *pl, bool beside)
{
	struct sn_store_item it;
	struct sn_store_item next;
	struct sn_store_item got;
	uint8_t last[64];
	size_t last_n = 0;
	uint64_t n = 0;
	int rc = sn_store_next(st, pl, sn_span_make(NULL, 0), &it);

	while (rc == SN_OK) {
		suite_expect(it.status == 0 && it.delay_ns == 0);
		suite_expect(sn_oid_valid(it.name));
		suite_expect(sn_oid_cmp(sn_span_make(last, last_n), it.name) < 0);
		if (beside) {
			suite_expect(sn_store_next(st, pl, sn_span_make(last, last_n), &next) == 0);
			suite_expect(same_item(&it, &next));
			suite_expect(sn_store_get(st, pl, it.name, &got) == 0);
			suite_expect(same_item(&it, &got));
		}
		last_n = it.name.n;
		memcpy(last, it.name.p, last_n);
		n++;
		rc = sn_store_advance(st, pl, &it);
	}
	suite_expect(rc == SN_ENOENT);
	suite_expect(sn_store_next(st, pl, sn_span_make(last, last_n), &next) == SN_ENOENT);
	return n;
}

START_TEST(a_walk_gives_every_instance_once_in_order_however_it_is_asked)
{
	static const uint32_t sizes[] = {1, 2, 48, 127, 128, 300};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct sn_store *st = devices(sizes[i]);
		struct sn_store_place pl = place(3, 123456);

		ck_assert_uint_eq(walk(st, &pl, true), st->instances);
		ck_assert_uint_eq(st->instances, 8 + 41 * sizes[i] + 5 * 15 + 3 * 2 + 4 * 7);
		sn_store_free(st);
	}
}
END_TEST

START_TEST(a_hundred_thousand_interfaces_are_walked)
{
	struct sn_store *st = devices(100000);
	struct sn_store_place pl = place(3, 123456);

	ck_assert_uint_eq(walk(st, &pl, false), st->instances);
	ck_assert_uint_eq(st->instances, 8 + 41 * 100000 + 5 * 15 + 3 * 2 + 4 * 7);
	sn_store_free(st);
}
END_TEST

START_TEST(tables_that_are_not_wanted_are_not_there)
{
	struct sn_synthetic_config cfg = {.interfaces = 1};
	struct sn_store *st = made(&cfg);
	struct sn_store_place pl = place(0, 0);
	struct sn_store_item it;

	ck_assert_uint_eq(walk(st, &pl, true), 8 + 41);
	ck_assert_int_eq(sn_store_get(st, &pl, oid("1.3.6.1.2.1.47.1.1.1.1.2.1"), &it), SN_ENOENT);
	ck_assert_uint_eq(it.value.tag, SN_TAG_NO_SUCH_OBJECT);
	ck_assert_int_eq(sn_store_next(st, &pl, cell(IF_TABLE, 22, 1), &it), SN_OK);
	ck_assert(sn_span_eq(it.name, cell(IFX_TABLE, 1, 1)));
	ck_assert_int_eq(sn_store_next(st, &pl, cell(IFX_TABLE, 19, 1), &it), SN_ENOENT);
	sn_store_free(st);
}
END_TEST

START_TEST(advance_needs_no_more_than_a_copy_of_the_item)
{
	struct sn_store *st = devices(200);
	struct sn_store_place pl = place(1, 99);
	struct sn_store_item a;
	struct sn_store_item b;

	ck_assert_int_eq(sn_store_get(st, &pl, cell(IF_TABLE, 2, 127), &a), SN_OK);
	b = a;
	memset(&a, 0x55, sizeof(a));
	for (uint32_t index = 128; index < 131; index++) {
		ck_assert_int_eq(sn_store_advance(st, &pl, &b), SN_OK);
		ck_assert(sn_span_eq(b.name, cell(IF_TABLE, 2, index)));
	}
	sn_store_free(st);
}
END_TEST

START_TEST(a_missing_name_is_an_instance_where_the_object_is_known)
{
	static const struct {
		const char *name;
		uint8_t tag;
	} missing[] = {
		{"1.3.6.1.2.1.1.1.1", SN_TAG_NO_SUCH_INSTANCE},
		{"1.3.6.1.2.1.1.1", SN_TAG_NO_SUCH_INSTANCE},
		{"1.3.6.1.2.1.1.1.0.0", SN_TAG_NO_SUCH_INSTANCE},
		{"1.3.6.1.2.1.2.2.1.1.0", SN_TAG_NO_SUCH_INSTANCE},
		{"1.3.6.1.2.1.2.2.1.1.49", SN_TAG_NO_SUCH_INSTANCE},
		{"1.3.6.1.2.1.2.2.1.1.4294967295", SN_TAG_NO_SUCH_INSTANCE},
		{"1.3.6.1.2.1.2.2.1.1.1.1", SN_TAG_NO_SUCH_INSTANCE},
		{"1.3.6.1.2.1.25.3.3.1.2.1", SN_TAG_NO_SUCH_INSTANCE},
		{"1.3.6.1.2.1.2.2.1", SN_TAG_NO_SUCH_OBJECT},
		{"1.3.6.1.2.1.2.2.1.23.1", SN_TAG_NO_SUCH_OBJECT},
		{"1.3.6.1.2.1.47.1.1.1.1.1.1", SN_TAG_NO_SUCH_OBJECT},
		{"1.3.6.1.2.1.1.8.0", SN_TAG_NO_SUCH_OBJECT},
		{"0.0", SN_TAG_NO_SUCH_OBJECT},
		{"2.999", SN_TAG_NO_SUCH_OBJECT},
	};
	struct sn_store *st = devices(48);
	struct sn_store_place pl = place(0, 0);

	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		struct sn_store_item it;

		ck_assert_int_eq(sn_store_get(st, &pl, oid(missing[i].name), &it), SN_ENOENT);
		ck_assert_uint_eq(it.value.tag, missing[i].tag);
	}
	sn_store_free(st);
}
END_TEST

/* All names of a device, as a plain list. */
struct names {
	struct sn_store_item *item;
	size_t n;
};

static struct names all_names(const struct sn_store *st, const struct sn_store_place *pl)
{
	struct names all = {.item = malloc(st->instances * sizeof(struct sn_store_item))};
	struct sn_store_item it;
	int rc = sn_store_next(st, pl, sn_span_make(NULL, 0), &it);

	suite_expect(all.item != NULL);
	for (; rc == SN_OK; rc = sn_store_advance(st, pl, &it)) {
		struct sn_store_item *kept = &all.item[all.n++];

		*kept = it;
		memcpy(kept->room, it.name.p, it.name.n);
		kept->name.p = kept->room;
	}
	return all;
}

/* A valid OID: anything, or a name of the device that was shortened, lengthened or bent, also into
 * more octets than an arc needs. */
static size_t bent(struct sn_rng *r, const struct names *all, uint8_t *out)
{
	const struct sn_store_item *it = &all->item[sn_rng_below(r, all->n)];
	size_t n = it->name.n;
	size_t at;

	for (;;) {
		n = it->name.n;
		memcpy(out, it->name.p, n);
		at = sn_rng_below(r, n);
		switch (sn_rng_below(r, 7)) {
		case 0:
			return gen_oid(r, out, 64);
		case 1:
			n = at;
			break;
		case 2:
			n += sn_oid_write_arc(out + n,
					      (uint32_t)sn_rng_u64(r) >> (sn_rng_below(r, 4) * 8));
			break;
		case 3:
			out[at] = (uint8_t)(out[at] + sn_rng_below(r, 3) - 1);
			break;
		case 4:
			out[at] = (uint8_t)sn_rng_u64(r);
			break;
		case 5:
			memmove(out + at + 1, out + at, n - at);
			out[at] = 0x80;
			n++;
			break;
		default:
			break;
		}
		if (sn_oid_valid(sn_span_make(out, n))) {
			return n;
		}
	}
}

static void compare_with_search(uint32_t interfaces, int turns)
{
	struct sn_store *st = devices(interfaces);
	struct sn_store_place pl = place(3, 123456);
	struct names all = all_names(st, &pl);
	struct sn_rng r;

	sn_rng_init_seed(&r, interfaces);
	for (int turn = 0; turn < turns; turn++) {
		uint8_t out[128];
		struct sn_span name = sn_span_make(out, bent(&r, &all, out));
		struct sn_store_item it;
		size_t i = 0;
		int rc;
		bool there;

		while (i < all.n && sn_oid_cmp(all.item[i].name, name) <= 0) {
			i++;
		}
		there = i > 0 && sn_span_eq(all.item[i - 1].name, name);
		rc = sn_store_next(st, &pl, name, &it);
		suite_expect(rc == (i == all.n ? SN_ENOENT : SN_OK));
		suite_expect(rc || sn_span_eq(it.name, all.item[i].name));
		rc = sn_store_get(st, &pl, name, &it);
		suite_expect(rc == (there ? SN_OK : SN_ENOENT));
		suite_expect(rc || sn_span_eq(it.name, name));
	}
	free(all.item);
	sn_store_free(st);
}

START_TEST(next_and_get_of_any_name_agree_with_a_linear_search)
{
	compare_with_search(1, 50000);
	compare_with_search(3, 45000);
	compare_with_search(140, 5000);
}
END_TEST

/* Where an index takes an octet more, and at the end of the largest table. */
START_TEST(next_crosses_the_lengths_of_an_index)
{
	static const uint32_t at[] = {1, 126, 127, 128, 16382, 16383, 16384, 999998, 999999};
	struct sn_store *st = devices(SN_SYNTHETIC_ROWS_MAX);
	struct sn_store_place pl = place(3, 5);
	struct sn_store_item it;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		ck_assert_int_eq(sn_store_next(st, &pl, cell(IF_TABLE, 7, at[i]), &it), SN_OK);
		ck_assert(sn_span_eq(it.name, cell(IF_TABLE, 7, at[i] + 1)));
	}
	ck_assert_int_eq(sn_store_next(st, &pl, cell(IF_TABLE, 7, 1000000), &it), SN_OK);
	ck_assert(sn_span_eq(it.name, cell(IF_TABLE, 8, 1)));
	sn_store_free(st);
}
END_TEST

START_TEST(refuses_rows_and_periods_that_cannot_be)
{
	static const struct sn_synthetic_config wrong[] = {
		{.interfaces = 0},
		{.interfaces = SN_SYNTHETIC_ROWS_MAX + 1},
		{.interfaces = 1, .entities = SN_SYNTHETIC_ROWS_MAX + 1},
		{.interfaces = 1, .processors = SN_SYNTHETIC_ROWS_MAX + 1},
		{.interfaces = 1, .reboot_every = TICK - 1},
		{.interfaces = 1, .reset_every = TICK - 1},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sn_store *st;

		ck_assert_int_eq(sn_synthetic_new(&wrong[i], &st), SN_EINVAL);
	}
}
END_TEST

START_TEST(devices_restart_on_schedule_each_at_its_own_phase)
{
	uint64_t every = 600 * S;
	struct sn_synthetic_config cfg = {.interfaces = 1, .seed = 5, .reboot_every = every};
	struct sn_store *st = made(&cfg);
	uint64_t phases = 0;

	for (uint32_t dev = 0; dev < 200; dev++) {
		uint32_t boots;
		uint64_t last = sn_synthetic_uptime(st, dev, 0, &boots);
		uint32_t was = boots;

		suite_expect(boots == 1 && last < every);
		phases |= UINT64_C(1) << (last * 64 / every);
		for (uint64_t age = S; age <= 3 * every; age += S) {
			uint64_t up = sn_synthetic_uptime(st, dev, age, &boots);

			if (boots != was) {
				suite_expect(boots == was + 1 && up < S && last + S >= every);
			} else {
				suite_expect(up == last + S);
			}
			was = boots;
			last = up;
		}
		suite_expect(was == 4);
	}
	ck_assert_int_gt(__builtin_popcountll(phases), 50);
	sn_store_free(st);
}
END_TEST

START_TEST(without_a_schedule_devices_never_restart)
{
	struct sn_store *st = devices(1);
	uint64_t spread = 0;

	for (uint32_t dev = 0; dev < 200; dev++) {
		uint32_t boots;
		uint64_t up = sn_synthetic_uptime(st, dev, 0, &boots);

		suite_expect(boots == 1 && up / TICK <= UINT32_MAX);
		suite_expect(sn_synthetic_uptime(st, dev, 100 * S, &boots) == up + 100 * S);
		suite_expect(boots == 1);
		spread |= UINT64_C(1) << (up / TICK >> 26);
	}
	ck_assert_int_gt(__builtin_popcountll(spread), 50);
	sn_store_free(st);
}
END_TEST

START_TEST(set_is_allowed_for_what_is_writable_and_refused_with_the_reason)
{
	static char long_text[300];
	static const struct sn_value number = {.tag = SN_TAG_INTEGER, .i = 2};
	static const struct sn_value zero = {.tag = SN_TAG_INTEGER, .i = 0};
	static const struct sn_value four = {.tag = SN_TAG_INTEGER, .i = 4};
	static const struct sn_value huge = {.tag = SN_TAG_INTEGER, .i = (INT64_C(1) << 32) + 2};
	static const struct sn_value gauge = {.tag = SN_TAG_GAUGE32, .u = 2};
	struct sn_value words[4];
	const struct {
		const char *name;
		const struct sn_value *v;
		int32_t status;
	} sets[] = {
		{"1.3.6.1.2.1.1.4.0", &words[0], 0},
		{"1.3.6.1.2.1.1.5.0", &words[0], 0},
		{"1.3.6.1.2.1.1.6.0", &words[1], 0},
		{"1.3.6.1.2.1.1.6.0", &words[2], SN_STATUS_WRONG_LENGTH},
		{"1.3.6.1.2.1.1.6.0", &words[3], SN_STATUS_WRONG_VALUE},
		{"1.3.6.1.2.1.1.6.0", &number, SN_STATUS_WRONG_TYPE},
		{"1.3.6.1.2.1.1.6.1", &number, SN_STATUS_WRONG_TYPE},
		{"1.3.6.1.2.1.1.6.1", &words[0], SN_STATUS_NO_CREATION},
		{"1.3.6.1.2.1.1.1.0", &words[0], SN_STATUS_NOT_WRITABLE},
		{"1.3.6.1.2.1.1.3.0", &words[0], SN_STATUS_NOT_WRITABLE},
		{"1.3.6.1.2.1.2.2.1.7.1", &number, 0},
		{"1.3.6.1.2.1.2.2.1.7.1", &zero, SN_STATUS_WRONG_VALUE},
		{"1.3.6.1.2.1.2.2.1.7.1", &four, SN_STATUS_WRONG_VALUE},
		{"1.3.6.1.2.1.2.2.1.7.1", &huge, SN_STATUS_WRONG_VALUE},
		{"1.3.6.1.2.1.2.2.1.7.1", &gauge, SN_STATUS_WRONG_TYPE},
		{"1.3.6.1.2.1.2.2.1.7.3", &number, SN_STATUS_NO_CREATION},
		{"1.3.6.1.2.1.2.2.1.8.1", &number, SN_STATUS_NOT_WRITABLE},
		{"1.3.6.1.2.1.31.1.1.1.14.2", &number, 0},
		{"1.3.6.1.2.1.31.1.1.1.18.2", &words[0], 0},
		{"1.3.6.1.2.1.31.1.1.1.18.2", &words[1], SN_STATUS_WRONG_LENGTH},
		{"1.3.6.1.2.1.99.1.0", &number, SN_STATUS_NOT_WRITABLE},
		{"1.3", &number, SN_STATUS_NOT_WRITABLE},
	};
	struct sn_store *st = devices(2);
	struct sn_store_place pl = place(0, 0);

	memset(long_text, 'x', sizeof(long_text));
	words[0] = (struct sn_value){.tag = SN_TAG_OCTETS, .bytes = {(uint8_t *)long_text, 64}};
	words[1] = (struct sn_value){.tag = SN_TAG_OCTETS, .bytes = {(uint8_t *)long_text, 255}};
	words[2] = (struct sn_value){.tag = SN_TAG_OCTETS, .bytes = {(uint8_t *)long_text, 256}};
	words[3] = (struct sn_value){.tag = SN_TAG_OCTETS, .bytes = sn_span_str("caf\xc3\xa9")};
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		int32_t status = sn_store_may_set(st, &pl, oid(sets[i].name), sets[i].v);

		if (status != sets[i].status) {
			ck_abort_msg("set %zu of %s: %d", i, sets[i].name, status);
		}
	}
	sn_store_free(st);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_walk_gives_every_instance_once_in_order_however_it_is_asked,
		a_hundred_thousand_interfaces_are_walked,
		tables_that_are_not_wanted_are_not_there,
		advance_needs_no_more_than_a_copy_of_the_item,
		a_missing_name_is_an_instance_where_the_object_is_known,
		next_and_get_of_any_name_agree_with_a_linear_search,
		next_crosses_the_lengths_of_an_index,
		refuses_rows_and_periods_that_cannot_be,
		devices_restart_on_schedule_each_at_its_own_phase,
		without_a_schedule_devices_never_restart,
		set_is_allowed_for_what_is_writable_and_refused_with_the_reason,
		NULL,
	};

	return suite_run_tests("store/synthetic", tests, 30);
}

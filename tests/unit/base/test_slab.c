/*
 * Object pools: reuse, growth, alignment, a malloc that fails. Behaviour of base/slab.h.
 *
 * ctest: link=-Wl,--wrap=malloc
 */
#include "base/slab.h"

#include "support/suite.h"

#include <stdbool.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static bool watching; /* inside a call of the slab: Check allocates as well */
static long mallocs;  /* calls so far */
static bool fail;     /* every call fails */

void *__wrap_malloc(size_t n)
{
	if (!watching) {
		return __real_malloc(n);
	}
	mallocs++;
	return fail ? NULL : __real_malloc(n);
}

enum { OBJ = 40, PER_CHUNK = 8, MANY = 100 };

static void *get(struct sn_slab *s)
{
	void *obj;

	watching = true;
	obj = sn_slab_get(s);
	watching = false;
	return obj;
}

static void take(struct sn_slab *s, void **obj, int n)
{
	for (int i = 0; i < n; i++) {
		obj[i] = get(s);
		ck_assert_ptr_nonnull(obj[i]);
		ck_assert_uint_eq((uintptr_t)obj[i] % 16, 0);
		memset(obj[i], i, OBJ);
	}
}

START_TEST(objects_are_aligned_and_do_not_overlap)
{
	struct sn_slab s;
	void *obj[MANY];

	sn_slab_init(&s, OBJ, PER_CHUNK);
	take(&s, obj, MANY);
	for (int i = 0; i < MANY; i++) {
		const uint8_t *p = obj[i];

		for (int k = 0; k < OBJ; k++) {
			ck_assert_int_eq(p[k], i);
		}
	}
	ck_assert_uint_eq(s.used, MANY);
	ck_assert_uint_eq(s.total, (MANY + PER_CHUNK - 1) / PER_CHUNK * PER_CHUNK);
	sn_slab_fini(&s);
}
END_TEST

START_TEST(memory_grows_only_with_the_high_water_mark)
{
	struct sn_slab s;
	void *obj[MANY];
	long before;

	sn_slab_init(&s, OBJ, PER_CHUNK);
	take(&s, obj, MANY);
	before = mallocs;
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < MANY; i++) {
			sn_slab_put(&s, obj[i]);
		}
		ck_assert_uint_eq(s.used, 0);
		take(&s, obj, MANY);
	}
	ck_assert_int_eq(mallocs, before);
	sn_slab_fini(&s);
}
END_TEST

START_TEST(the_object_put_last_comes_back_first)
{
	struct sn_slab s;
	void *obj[3];

	sn_slab_init(&s, OBJ, PER_CHUNK);
	take(&s, obj, 3);
	sn_slab_put(&s, obj[1]);
	ck_assert_ptr_eq(get(&s), obj[1]);
	sn_slab_fini(&s);
}
END_TEST

START_TEST(no_memory_gives_null_and_the_slab_stays_usable)
{
	struct sn_slab s;
	void *obj[PER_CHUNK + 1];

	sn_slab_init(&s, OBJ, PER_CHUNK);
	fail = true;
	ck_assert_ptr_null(get(&s));
	ck_assert_uint_eq(s.used, 0);
	fail = false;
	take(&s, obj, PER_CHUNK);
	fail = true;
	ck_assert_ptr_null(get(&s));
	ck_assert_uint_eq(s.used, PER_CHUNK);
	sn_slab_put(&s, obj[0]);
	ck_assert_ptr_eq(get(&s), obj[0]);
	sn_slab_fini(&s);
	ck_assert_uint_eq(s.total, 0);
}
END_TEST

START_TEST(zero_objects_a_chunk_means_one)
{
	struct sn_slab s;
	void *obj[2];

	sn_slab_init(&s, OBJ, 0);
	take(&s, obj, 2);
	ck_assert_uint_eq(s.total, 2);
	sn_slab_fini(&s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {objects_are_aligned_and_do_not_overlap,
				      memory_grows_only_with_the_high_water_mark,
				      the_object_put_last_comes_back_first,
				      no_memory_gives_null_and_the_slab_stays_usable,
				      zero_objects_a_chunk_means_one,
				      NULL};

	return suite_run_tests("slab", tests, 0);
}

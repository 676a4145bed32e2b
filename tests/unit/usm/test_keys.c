/*
 * Locked memory for keys: alignment, reuse, wiping, what the kernel was told about the pages, and a
 * limit on locked memory that is too small. Behaviour of usm/keys.h.
 */
#include "usm/keys.h"

#include "support/suite.h"

#include <inttypes.h>
#include <string.h>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OBJ = 232, ROOM = 240, MANY = 5000 };

static const uint8_t zero[ROOM];

START_TEST(objects_are_zeroed_aligned_and_do_not_overlap)
{
	static uint8_t *obj[MANY];
	struct sn_keys k;

	sn_keys_init(&k, OBJ);
	ck_assert_uint_eq(k.obj_size, ROOM);
	ck_assert_uint_eq(k.total, 0);
	for (unsigned i = 0; i < MANY; i++) {
		obj[i] = sn_keys_get(&k);
		suite_expect(obj[i]);
		suite_expect((uintptr_t)obj[i] % 16 == 0);
		suite_expect(memcmp(obj[i], zero, ROOM) == 0);
		memset(obj[i], (int)(1 + i % 255), ROOM);
	}
	for (unsigned i = 0; i < MANY; i++) {
		for (unsigned n = 0; n < ROOM; n++) {
			suite_expect(obj[i][n] == 1 + i % 255);
		}
	}
	ck_assert_uint_eq(k.used, MANY);
	ck_assert_uint_ge(k.total, MANY);
	sn_keys_fini(&k);
}
END_TEST

START_TEST(an_object_put_back_is_wiped_and_comes_again)
{
	struct sn_keys k;
	uint8_t *obj;
	uint32_t total;

	sn_keys_init(&k, OBJ);
	obj = sn_keys_get(&k);
	ck_assert_ptr_nonnull(obj);
	total = k.total;
	for (int i = 0; i < 100; i++) {
		memset(obj, 0xa5, ROOM);
		sn_keys_put(&k, obj);
		ck_assert_uint_eq(k.used, 0);
		/* still mapped: the pool's link is all that is in it */
		ck_assert_mem_eq(obj + sizeof(void *), zero, ROOM - sizeof(void *));
		ck_assert_ptr_eq(sn_keys_get(&k), obj);
		ck_assert_mem_eq(obj, zero, ROOM);
	}
	ck_assert_uint_eq(k.total, total);
	sn_keys_put(&k, NULL);
	ck_assert_uint_eq(k.used, 1);
	sn_keys_fini(&k);
}
END_TEST

static bool is_mapped(const void *p)
{
	uintptr_t page = (uintptr_t)p & ~(uintptr_t)4095;
	unsigned char in_core;

	/* fails with ENOMEM where nothing is mapped */
	return mincore((void *)page, 1, &in_core) == 0; /* NOLINT(performance-no-int-to-ptr) */
}

START_TEST(the_pages_are_gone_after_the_end_also_of_objects_in_use)
{
	static void *obj[MANY];
	struct sn_keys k;

	sn_keys_init(&k, OBJ);
	for (int i = 0; i < MANY; i++) {
		obj[i] = sn_keys_get(&k);
		suite_expect(obj[i] && is_mapped(obj[i]));
	}
	sn_keys_fini(&k);
	for (int i = 0; i < MANY; i++) {
		suite_expect(!is_mapped(obj[i]));
	}
	ck_assert_uint_eq(k.used, 0);
	ck_assert_uint_eq(k.total, 0);
	/* and it can be used again */
	ck_assert_ptr_nonnull(sn_keys_get(&k));
	sn_keys_fini(&k);
}
END_TEST

START_TEST(an_object_may_be_larger_than_a_chunk)
{
	enum { LARGE = 3 << 20 };
	struct sn_keys k;
	uint8_t *a;
	uint8_t *b;

	sn_keys_init(&k, LARGE);
	a = sn_keys_get(&k);
	b = sn_keys_get(&k);
	ck_assert(a && b);
	memset(a, 1, LARGE);
	memset(b, 2, LARGE);
	ck_assert_int_eq(a[LARGE - 1], 1);
	sn_keys_put(&k, a);
	sn_keys_fini(&k);
}
END_TEST

/* The VmFlags line of the mapping that p lies in, "" without one. */
static const char *vm_flags(const void *p)
{
	static char line[512];
	FILE *f = fopen("/proc/self/smaps", "r");
	bool inside = false;

	if (!f) {
		return "";
	}
	while (fgets(line, sizeof(line), f)) {
		uintptr_t from;
		uintptr_t to;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2) {
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		} else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
			fclose(f);
			return line + 8;
		}
	}
	fclose(f);
	return "";
}

START_TEST(the_kernel_neither_dumps_swaps_nor_copies_the_pages)
{
	struct sn_keys k;
	void *obj;
	const char *flags;

	sn_keys_init(&k, OBJ);
	obj = sn_keys_get(&k);
	ck_assert_ptr_nonnull(obj);
	flags = vm_flags(obj);
	if (!*flags) {
		return; /* a kernel without smaps */
	}
	ck_assert_ptr_nonnull(strstr(flags, " dd "));
	ck_assert_ptr_nonnull(strstr(flags, " dc "));
	/* sanitizers turn mlock into nothing */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	ck_assert_int_eq(strstr(flags, " lo ") != NULL, k.unlocked == 0);
#endif
	sn_keys_fini(&k);
}
END_TEST

START_TEST(where_nothing_may_be_locked_keys_are_kept_and_it_is_counted)
{
	const struct rlimit none = {0, 0};
	struct sn_keys k;
	uint8_t *obj;

	/* whoever may lock without limit is somebody else from here on; Check forked */
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(setuid(65534), 0);
	}
	sn_keys_init(&k, OBJ);
	obj = sn_keys_get(&k);
	ck_assert_ptr_nonnull(obj);
	memset(obj, 0xa5, ROOM);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	ck_assert_uint_eq(k.unlocked, 1);
#endif
	sn_keys_put(&k, obj);
	ck_assert_mem_eq(obj + sizeof(void *), zero, ROOM - sizeof(void *));
	sn_keys_fini(&k);
	ck_assert_uint_eq(k.unlocked, 0);
}
END_TEST

START_TEST(without_address_space_there_is_no_object_and_the_pool_stays_good)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	/* their shadow memory is beyond any limit */
#else
	const struct rlimit little = {1 << 20, 64 << 20};
	const struct rlimit enough = {64 << 20, 64 << 20};
	struct sn_keys k;

	sn_keys_init(&k, 8 << 20);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &little), 0);
	ck_assert_ptr_null(sn_keys_get(&k));
	ck_assert_uint_eq(k.used, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &enough), 0);
	ck_assert_ptr_nonnull(sn_keys_get(&k));
	sn_keys_fini(&k);
#endif
}
END_TEST

START_TEST(wiping_overwrites_exactly_what_it_is_told)
{
	uint8_t p[16];

	memset(p, 0xa5, sizeof(p));
	sn_keys_wipe(p + 3, 9);
	for (int i = 0; i < 16; i++) {
		ck_assert_int_eq(p[i], i >= 3 && i < 12 ? 0 : 0xa5);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		objects_are_zeroed_aligned_and_do_not_overlap,
		an_object_put_back_is_wiped_and_comes_again,
		the_pages_are_gone_after_the_end_also_of_objects_in_use,
		an_object_may_be_larger_than_a_chunk,
		the_kernel_neither_dumps_swaps_nor_copies_the_pages,
		where_nothing_may_be_locked_keys_are_kept_and_it_is_counted,
		without_address_space_there_is_no_object_and_the_pool_stays_good,
		wiping_overwrites_exactly_what_it_is_told,
		NULL};

	return suite_run_tests("keys", tests, 0);
}

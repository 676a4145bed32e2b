/*
 * Bodies packed with gzip, unpacked again by another library than the one that packs. Behaviour of
 * observe/http_pack.h; which header takes it: test_http_accept.c; over sockets: test_http.c.
 */
#include "observe/http_pack.h"

#include "recording/unpack.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 3 << 20 };

static uint8_t body[LARGE];

/* Numbers that nobody foresees, the same in each run. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16; /* the lower bits repeat themselves soon */
}

/* Series as a scrape has them, as many as fit into n octets. */
static size_t write_series(size_t n)
{
	uint32_t seed = 1;
	size_t used = 0;

	for (unsigned i = 0; used + 128 < n; i++) {
		used += (size_t)snprintf(
			(char *)body + used, n - used,
			"ifHCInOctets{ifDescr=\"GigabitEthernet1/0/%u\",ifIndex=\"%u\"} %u\n", i, i,
			next_random(&seed));
	}
	return used;
}

/* Packs n octets of body; what comes out is what went in. Returns its size. */
static size_t round_trip(struct sn_http_packer *pk, size_t n)
{
	void *packed;
	size_t packed_n;
	uint8_t *out;
	size_t out_n;

	ck_assert_int_eq(sn_http_pack(pk, body, n, &packed, &packed_n), SN_OK);
	ck_assert_uint_lt(packed_n, n);
	ck_assert_int_eq(sn_gzip_unpack(sn_span_make(packed, packed_n), LARGE, &out, &out_n),
			 SN_OK);
	ck_assert_uint_eq(out_n, n);
	ck_assert_mem_eq(out, body, n);
	free(out);
	free(packed);
	return packed_n;
}

START_TEST(what_is_packed_can_be_unpacked_at_any_size)
{
	struct sn_http_packer *pk = sn_http_packer_new();

	ck_assert_ptr_nonnull(pk);
	write_series(LARGE);
	for (size_t n = SN_HTTP_PACK_MIN; n < LARGE; n = n * 5 / 4 + 1) {
		round_trip(pk, n);
	}
	/* and the other way: nothing of the last one is left */
	for (size_t n = LARGE - 128; n > SN_HTTP_PACK_MIN; n = n * 2 / 3) {
		round_trip(pk, n);
	}
	sn_http_packer_free(pk);
}
END_TEST

START_TEST(series_get_five_times_smaller_at_least)
{
	struct sn_http_packer *pk = sn_http_packer_new();
	size_t n = write_series(256 << 10);

	ck_assert_uint_lt(round_trip(pk, n), n / 5);
	sn_http_packer_free(pk);
}
END_TEST

START_TEST(what_hardly_gets_smaller_is_packed_whole)
{
	struct sn_http_packer *pk = sn_http_packer_new();
	uint32_t seed = 7;

	/* seven bits of each octet are noise: the room for the result grows several times */
	for (size_t i = 0; i < LARGE; i++) {
		body[i] = next_random(&seed) & 0x7f;
	}
	ck_assert_uint_gt(round_trip(pk, LARGE), (size_t)LARGE / 4 * 3);
	sn_http_packer_free(pk);
}
END_TEST

START_TEST(what_does_not_get_smaller_is_not_packed)
{
	struct sn_http_packer *pk = sn_http_packer_new();
	uint32_t seed = 7;
	void *packed;
	size_t n;

	for (size_t i = 0; i < LARGE; i++) {
		body[i] = next_random(&seed) & 0xff;
	}
	for (size_t size = 0; size < LARGE; size = size * 3 + 1) {
		ck_assert_int_eq(sn_http_pack(pk, body, size, &packed, &n), SN_EINVAL);
	}
	/* it goes on after that */
	round_trip(pk, write_series(100000));
	sn_http_packer_free(pk);
}
END_TEST

START_TEST(nothing_behind_the_body_is_read)
{
	/* assembler, which sanitizers do not see */
	struct sn_http_packer *pk = sn_http_packer_new();
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = 16 * page;
	uint8_t *room =
		mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert(room != MAP_FAILED);
	ck_assert_int_eq(mprotect(room + size, page, PROT_NONE), 0);
	write_series(size);
	for (size_t n = 1; n < size - 128; n += n < 3000 ? 1 : 997) {
		void *packed;
		size_t packed_n;

		memcpy(room + size - n, body, n);
		if (sn_http_pack(pk, room + size - n, n, &packed, &packed_n) == SN_OK) {
			free(packed);
		}
	}
	munmap(room, size + page);
	sn_http_packer_free(pk);
}
END_TEST

START_TEST(text_is_what_gets_smaller)
{
	static const char *const yes[] = {"text/plain; charset=utf-8",
					  "text/html; charset=utf-8",
					  "text/css",
					  "text/javascript; charset=utf-8",
					  "application/json",
					  "application/openmetrics-text; version=1.0.0"};
	static const char *const no[] = {"application/octet-stream",
					 "image/png",
					 "application/jsonx",
					 "application/",
					 "",
					 "text"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		ck_assert_msg(sn_http_pack_fits(yes[i]), "%s", yes[i]);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		ck_assert_msg(!sn_http_pack_fits(no[i]), "%s", no[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_is_packed_can_be_unpacked_at_any_size,
				      series_get_five_times_smaller_at_least,
				      what_hardly_gets_smaller_is_packed_whole,
				      what_does_not_get_smaller_is_not_packed,
				      nothing_behind_the_body_is_read,
				      text_is_what_gets_smaller,
				      NULL};

	return suite_run_tests("http_pack", tests, 0);
}

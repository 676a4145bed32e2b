/*
 * Recordings when memory runs out: the N-th allocation of a load fails, for every N.
 * ctest: link=-Wl,--wrap=malloc,--wrap=realloc
 */
#include "recording_rig.h"

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

/* Parses with each allocation failing in turn; returns how many there are. */
static int fail_each(enum sn_recording_format format, const char *text)
{
	struct sn_recording_report result;
	struct sn_store *st;

	for (int n = 1;; n++) {
		int rc;

		fail_in = n;
		rc = sn_recording_parse("name", format, sn_span_str(text), NULL, NULL, &result,
					&st);
		if (fail_in) { /* it did not come to that one */
			fail_in = 0;
			ck_assert_int_eq(rc, SN_OK);
			sn_store_free(st);
			return n - 1;
		}
		ck_assert_int_eq(rc, SN_ENOMEM);
		ck_assert(st == NULL);
	}
}

START_TEST(every_allocation_may_fail)
{
	char *text = malloc(1000000);
	size_t n = 0;

	ck_assert(text != NULL);
	for (int i = 20000; i > 0; i--) {
		n += (size_t)sprintf(text + n, "1.3.%d|4x|00ff\n", i);
	}
	sprintf(text + n, "1.3.1.1|4e|a\\n\n1.3.1.2|2:numeric|rate=1\n1.3.1.3|2:error|value=1\n"
			  "1.3.1.4|2:delay|value=1,vlist=eq:1:1,tlist=eq:1:1\n");
	ck_assert_int_gt(fail_each(SN_RECORDING_SNMPREC, text), 10);
	ck_assert_int_ge(fail_each(SN_RECORDING_SNMPREC,
				   "1.3.1.4|2:delay|value=1,vlist=eq:1:1,tlist=eq:1:1\n"),
			 4);
	ck_assert_int_ge(fail_each(SN_RECORDING_SNMPWALK,
				   ".1.3.1 = STRING: \"a\nb\"\n.1.3.2 = Hex-STRING: 00 \n01 \n"),
			 4);
	ck_assert_int_ge(fail_each(SN_RECORDING_SAPWALK, "1.3.1, OctetString, 0x00\n"), 4);
	ck_assert_int_ge(fail_each(SN_RECORDING_DUMP, "1.3.1|6|hex: 00.01\n"), 4);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_allocation_may_fail, NULL};

	return suite_run_tests("recording/recording_nomem", tests, 0);
}

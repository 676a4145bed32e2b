/*
 * Fuzz target: recordings of devices, a format chosen by the first octet. What was accepted must be
 * a store that keeps its contract: names valid and increasing, each one found again, next and
 * advance agreeing, values that can be sent, reports that are lines. The same octets read twice are
 * the same store.
 */
#include "recording/recording.h"

#include "support/fuzz.h"

#include <string.h>

/* One report. */
static void check_report(void *ctx, const char *line)
{
	unsigned *reports = ctx;

	(*reports)++;
	fuzz_expect(strncmp(line, "f:", 2) == 0 && strlen(line) < 1024);
	for (const char *c = line; *c; c++) {
		fuzz_expect(*c >= ' ' && *c < 0x7f);
	}
}

static void check_value(const struct sn_value *v)
{
	static uint8_t room[70000];
	struct sn_writer w = sn_writer_make(room, sizeof(room));
	struct sn_cursor cur;
	struct sn_span content;
	struct sn_value again;
	uint8_t tag;

	sn_value_write(&w, v);
	fuzz_expect(w.err == SN_OK);
	cur = sn_cursor_make(sn_writer_span(&w));
	content = sn_ber_read(&cur, &tag);
	fuzz_expect(cur.err == SN_OK && sn_cursor_left(&cur) == 0 && tag == v->tag);
	fuzz_expect(sn_value_read(tag, content, &again) == SN_OK);
}

static bool same_item(const struct sn_store_item *a, const struct sn_store_item *b)
{
	return sn_span_eq(a->name, b->name) && a->status == b->status &&
	       a->delay_ns == b->delay_ns && a->value.tag == b->value.tag;
}

static void check_item(const struct sn_store *st, const struct sn_store_place *pl,
		       const struct sn_store_item *it)
{
	struct sn_store_item found;

	fuzz_expect(sn_oid_valid(it->name) && it->name.n > 0);
	check_value(&it->value);
	fuzz_expect(sn_store_get(st, pl, it->name, &found) == SN_OK);
	fuzz_expect(same_item(it, &found));
	(void)sn_store_may_set(st, pl, it->name, &it->value);
}

static uint64_t walk(const struct sn_store *st, const struct sn_store_place *pl, bool look_up)
{
	struct sn_store_item it;
	struct sn_store_item next;
	struct sn_span last = {0};
	uint64_t n = 0;
	int rc = sn_store_next(st, pl, sn_span_make("", 0), &it);

	for (; rc == SN_OK; n++) {
		fuzz_expect(n == 0 || sn_oid_cmp(last, it.name) < 0);
		last = it.name;
		if (look_up) {
			check_item(st, pl, &it);
			rc = sn_store_next(st, pl, it.name, &next);
		}
		/* a subtree answers for what is behind its own name with itself */
		if (look_up && (rc != SN_OK || sn_oid_cmp(next.name, it.name) > 0)) {
			fuzz_expect(sn_store_advance(st, pl, &it) == rc);
			fuzz_expect(rc != SN_OK || same_item(&it, &next));
		} else {
			rc = sn_store_advance(st, pl, &it);
		}
	}
	fuzz_expect(rc == SN_ENOENT && it.value.tag == SN_TAG_END_OF_MIB_VIEW);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sn_store_place places[] = {
		{0}, {.uptime = UINT64_MAX, .wall = UINT64_MAX, .device = UINT32_MAX}};
	struct sn_recording_report result;
	struct sn_store *st;
	unsigned reports = 0;
	int rc;

	if (size == 0) {
		return 0;
	}
	rc = sn_recording_parse("f", (enum sn_recording_format)(data[0] & 3),
				sn_span_make(data + 1, size - 1), check_report, &reports, &result,
				&st);
	fuzz_expect(rc == SN_OK || (rc == SN_EINVAL && result.bad && !st));
	fuzz_expect(reports == (result.bad < 21 ? result.bad : 21));
	if (rc) {
		return 0;
	}
	fuzz_expect(sn_recording_bytes(st) < 4096 + 64 * size);
	fuzz_expect(st->instances + result.doubled + result.bad <= result.lines);
	for (int i = 0; i < 2; i++) {
		fuzz_expect(walk(st, &places[i], true) == walk(st, &places[i], false));
	}
	sn_store_free(st);
	return 0;
}

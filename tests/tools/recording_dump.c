/*
 * Prints what a recording holds, for comparison with snmpsim (tests/interop/recordings.py). One
 * line for each instance in the order of a walk: name, tag in decimal, BER content in hexadecimal,
 * tab-separated. Reports go to standard error.
 *
 *   recording_dump FILE...             the instances; several files one after the other
 *   recording_dump --at SECONDS FILE   the same at this time, since 1970 and since the device began
 *   recording_dump --stats FILE...     instances, octets, seconds of each instead
 */
#include "recording/recording.h"
#include "base/clock.h"
#include "support/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void print_report(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

/* Tag and content as they go on the wire. */
static struct sn_span tlv_of(const struct sn_value *v, uint8_t *room, size_t size)
{
	struct sn_writer w = sn_writer_make(room, size);

	sn_value_write(&w, v);
	return sn_writer_span(&w);
}

static void print_item(const struct sn_store_item *it)
{
	static uint8_t room[70000];
	struct sn_cursor cur = sn_cursor_make(tlv_of(&it->value, room, sizeof(room)));
	uint8_t tag;
	struct sn_span content = sn_ber_read(&cur, &tag);

	print_oid(it->name);
	printf("\t%u\t", tag);
	print_hex(content);
	if (it->status) {
		printf("\tstatus %d", it->status);
	}
	if (it->delay_ns) {
		printf("\tdelay %llu", (unsigned long long)it->delay_ns);
	}
	printf("\n");
}

/* Octets of names and values. */
static size_t walk(const struct sn_store *st, uint64_t at, bool print)
{
	struct sn_store_place pl = {.uptime = at, .wall = at};
	struct sn_store_item it;
	size_t octets = 0;
	int rc = sn_store_next(st, &pl, sn_span_make("", 0), &it);

	while (rc == SN_OK) {
		uint8_t room[16];
		struct sn_span tlv = {0};

		if (print) {
			print_item(&it);
		} else if (it.value.tag == SN_TAG_OCTETS || it.value.tag == SN_TAG_OID ||
			   it.value.tag == SN_TAG_IPADDRESS || it.value.tag == SN_TAG_OPAQUE) {
			octets += it.value.bytes.n;
		} else {
			tlv = tlv_of(&it.value, room, sizeof(room));
			octets += tlv.n - 2;
		}
		octets += it.name.n;
		rc = sn_store_advance(st, &pl, &it);
	}
	return octets;
}

static int dump(const char *path, uint64_t at, bool stats)
{
	struct sn_recording_report result;
	struct sn_store *st;
	struct stat info = {0};
	uint64_t start = sn_clock_mono();
	int rc = sn_recording_load(path, print_report, NULL, &result, &st);
	uint64_t end = sn_clock_mono();

	if (rc) {
		fprintf(stderr, "%s: %s\n", path, sn_err_text(rc));
		return 1;
	}
	if (stats) {
		(void)stat(path, &info);
		printf("%s\t%lld\t%u\t%llu\t%zu\t%zu\t%u\t%u\t%u\t%.6f\n", path,
		       (long long)info.st_size, result.lines, (unsigned long long)st->instances,
		       walk(st, at, false), sn_recording_bytes(st), result.bad, result.doubled,
		       result.unsorted, (double)(end - start) / 1e9);
	} else {
		(void)walk(st, at, true);
	}
	sn_store_free(st);
	return 0;
}

int main(int argc, char **argv)
{
	bool stats = argc > 1 && strcmp(argv[1], "--stats") == 0;
	bool timed = argc > 2 && strcmp(argv[1], "--at") == 0;
	uint64_t at = timed ? (uint64_t)(strtod(argv[2], NULL) * (double)SN_NS_PER_SEC) : 0;
	int first = timed ? 3 : (stats ? 2 : 1);
	int failed = argc <= first;

	for (int i = first; i < argc; i++) {
		failed |= dump(argv[i], at, stats);
	}
	return failed;
}

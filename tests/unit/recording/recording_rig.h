/*
 * What the tests of recordings share: a recording from a text, its reports, and its values as text:
 * "name tag content" with the content in hexadecimal, as snmpsim's fields stand.
 */
#ifndef TEST_UNIT_AGENT_RECORDING_RIG_H
#define TEST_UNIT_AGENT_RECORDING_RIG_H

#include "recording/recording.h"

#include "support/suite.h"

#include <stdarg.h>
#include <string.h>

/* A recording as parsed. */
struct rig {
	struct sn_store *st;		   /* NULL: not parsed */
	struct sn_recording_report result; /* counts */
	struct sn_store_place place;	   /* for reads */
	unsigned reports;		   /* lines reported */
	char report[8192];		   /* all of them, "\n" behind each */
	char text[200000];		   /* result of rig_walk and rig_item */
};

static inline void rig_report(void *ctx, const char *line)
{
	struct rig *rig = ctx;
	size_t n = strlen(rig->report);

	rig->reports++;
	snprintf(rig->report + n, sizeof(rig->report) - n, "%s\n", line);
}

static inline struct rig *rig_new(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	ck_assert(rig != NULL);
	return rig;
}

static inline void rig_free(struct rig *rig)
{
	sn_store_free(rig->st);
	free(rig);
}

static inline int rig_try(struct rig *rig, enum sn_recording_format format, struct sn_span data)
{
	/* an allocation of its own, so that a sanitizer sees a read past the end */
	uint8_t *copy = malloc(data.n ? data.n : 1);
	int rc;

	ck_assert(copy != NULL);
	if (data.n) {
		memcpy(copy, data.p, data.n);
	}
	rig->report[0] = '\0';
	rig->reports = 0;
	sn_store_free(rig->st);
	rig->st = NULL;
	rc = sn_recording_parse("name", format, sn_span_make(copy, data.n), rig_report, rig,
				&rig->result, &rig->st);
	free(copy);
	return rc;
}

static inline void rig_parse(struct rig *rig, enum sn_recording_format format, const char *text)
{
	ck_assert_int_eq(rig_try(rig, format, sn_span_str(text)), SN_OK);
}

/* Appends the item to rig->text. */
static inline void rig_print(struct rig *rig, const struct sn_store_item *it)
{
	static uint8_t room[70000];
	struct sn_writer w = sn_writer_make(room, sizeof(room));
	struct sn_cursor cur;
	struct sn_span content;
	char oid[SN_OID_MAX_TEXT];
	uint8_t tag;
	size_t n = strlen(rig->text);

	sn_value_write(&w, &it->value);
	cur = sn_cursor_make(sn_writer_span(&w));
	content = sn_ber_read(&cur, &tag);
	ck_assert_int_gt(sn_oid_to_text(it->name, oid, sizeof(oid)), 0);
	n += (size_t)snprintf(rig->text + n, sizeof(rig->text) - n, "%s %u ", oid, tag);
	for (size_t i = 0; i < content.n; i++) {
		n += (size_t)snprintf(rig->text + n, sizeof(rig->text) - n, "%02x", content.p[i]);
	}
	if (it->status) {
		n += (size_t)snprintf(rig->text + n, sizeof(rig->text) - n, " status %d",
				      it->status);
	}
	if (it->delay_ns) {
		n += (size_t)snprintf(rig->text + n, sizeof(rig->text) - n, " delay %llu",
				      (unsigned long long)it->delay_ns);
	}
	snprintf(rig->text + n, sizeof(rig->text) - n, "\n");
}

static inline struct sn_span rig_oid(const char *text, uint8_t room[SN_OID_MAX_BER])
{
	int n = sn_oid_from_text(text, room, SN_OID_MAX_BER);

	ck_assert_int_gt(n, 0);
	return sn_span_make(room, (size_t)n);
}

/* All instances, one a line. */
static inline const char *rig_walk(struct rig *rig)
{
	struct sn_store_item it;
	int rc = sn_store_next(rig->st, &rig->place, sn_span_make("", 0), &it);

	rig->text[0] = '\0';
	while (rc == SN_OK) {
		rig_print(rig, &it);
		rc = sn_store_advance(rig->st, &rig->place, &it);
	}
	ck_assert_int_eq(rc, SN_ENOENT);
	ck_assert_int_eq(it.value.tag, SN_TAG_END_OF_MIB_VIEW);
	return rig->text;
}

/* Line of one instance; the tag of an exception in brackets where there is none. */
static inline const char *rig_get(struct rig *rig, const char *name)
{
	uint8_t room[SN_OID_MAX_BER];
	struct sn_store_item it;

	rig->text[0] = '\0';
	if (sn_store_get(rig->st, &rig->place, rig_oid(name, room), &it) == SN_OK) {
		rig_print(rig, &it);
	} else {
		snprintf(rig->text, sizeof(rig->text), "(%d)\n", it.value.tag);
	}
	return rig->text;
}

static inline const char *rig_next(struct rig *rig, const char *name)
{
	uint8_t room[SN_OID_MAX_BER];
	struct sn_store_item it;

	rig->text[0] = '\0';
	if (sn_store_next(rig->st, &rig->place, rig_oid(name, room), &it) == SN_OK) {
		rig_print(rig, &it);
	} else {
		snprintf(rig->text, sizeof(rig->text), "(%d)\n", it.value.tag);
	}
	return rig->text;
}

static inline int32_t rig_may_set(struct rig *rig, const char *name, struct sn_value v)
{
	uint8_t room[SN_OID_MAX_BER];

	return sn_store_may_set(rig->st, &rig->place, rig_oid(name, room), &v);
}

#endif

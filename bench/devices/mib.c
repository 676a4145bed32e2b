/*
 * The MIB of the benchmark's devices, see mib.h.
 */
#include "mib.h"

#include "codec/oid.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 64, COLUMNS_MAX = 22 };

/* Types of ifTable's columns 1 to 22 and ifXTable's 1 to 19: (i)nteger, (s)tring, (g)auge,
 * (c)ounter, (C)ounter64, (t)icks, (o)id. */
static const char *const tables[][2] = {{"1.3.6.1.2.1.2.2.1", "isiigsiitcccccccccccgo"},
					{"1.3.6.1.2.1.31.1.1.1", "sccccCCCCCCCCigiist"}};

static int add(struct mib *mib, const char *oid, struct sn_value *v)
{
	uint8_t ber[SN_OID_MAX_BER];
	uint8_t buf[SN_OID_MAX_BER + 256];
	int n = sn_oid_from_text(oid, ber, sizeof(ber));
	struct sn_writer wr = sn_writer_make(buf, sizeof(buf));
	struct sn_cursor cur;
	struct sn_varbind vb;
	uint8_t *copy;

	if (mib->n == mib->room) {
		uint32_t room = mib->room ? 2 * mib->room : 64;
		struct mib_entry *grown = realloc(mib->entry, room * sizeof(*grown));

		if (!grown) {
			return SN_ENOMEM;
		}
		mib->entry = grown;
		mib->room = room;
	}
	sn_varbind_write(&wr, sn_span_make(ber, (size_t)n), v);
	copy = malloc(sn_writer_len(&wr));
	if (!copy) {
		return SN_ENOMEM;
	}
	memcpy(copy, wr.p, sn_writer_len(&wr));
	cur = sn_cursor_make(sn_span_make(copy, sn_writer_len(&wr)));
	if (!sn_varbind_next(&cur, &vb)) {
		abort(); /* we wrote it ourselves */
	}
	mib->entry[mib->n++] = (struct mib_entry){
		.name = vb.name, .varbind = sn_span_make(copy, sn_writer_len(&wr))};
	return SN_OK;
}

/* Numbers as devices have them: counters large, the rest small. */
static int add_cell(struct mib *mib, const char *table, unsigned column, uint32_t index, char type)
{
	static const uint8_t zero_dot_zero[] = {0};
	char oid[TEXT_MAX];
	char text[TEXT_MAX];
	uint64_t mix = (index * UINT64_C(2654435761)) ^ (column * UINT64_C(40503));
	struct sn_value v = {0};

	snprintf(oid, sizeof(oid), "%s.%u.%u", table, column, index);
	switch (type) {
	case 's':
		v.tag = SN_TAG_OCTETS;
		v.bytes =
			sn_span_make(text, (size_t)snprintf(text, sizeof(text), "eth-0/%u", index));
		break;
	case 'i':
		v.tag = SN_TAG_INTEGER;
		v.i = column == 1 ? (int64_t)index : (int64_t)(1 + mix % 2);
		break;
	case 'o':
		v.tag = SN_TAG_OID;
		v.bytes = sn_span_make(zero_dot_zero, sizeof(zero_dot_zero));
		break;
	case 'C':
		v.tag = SN_TAG_COUNTER64;
		v.u = mix << 16;
		break;
	default:
		v.tag = type == 'g'   ? SN_TAG_GAUGE32
			: type == 't' ? SN_TAG_TIMETICKS
				      : SN_TAG_COUNTER32;
		v.u = type == 't' ? 0 : mix & 0x7fffffff;
		break;
	}
	return add(mib, oid, &v);
}

static int by_name(const void *a, const void *b)
{
	const struct mib_entry *x = a;
	const struct mib_entry *y = b;

	return sn_oid_cmp(x->name, y->name);
}

int mib_init(struct mib *mib, uint32_t interfaces)
{
	struct sn_value text = {.tag = SN_TAG_OCTETS, .bytes = sn_span_str("benchmark device")};
	struct sn_value uptime = {.tag = SN_TAG_TIMETICKS, .u = 123456789};
	struct sn_value number = {.tag = SN_TAG_INTEGER, .i = interfaces};
	int rc;

	memset(mib, 0, sizeof(*mib));
	rc = add(mib, "1.3.6.1.2.1.1.1.0", &text);
	rc = rc ? rc : add(mib, "1.3.6.1.2.1.1.3.0", &uptime);
	rc = rc ? rc : add(mib, "1.3.6.1.2.1.1.5.0", &text);
	rc = rc ? rc : add(mib, "1.3.6.1.2.1.2.1.0", &number);
	for (unsigned t = 0; t < 2; t++) {
		for (unsigned c = 0; tables[t][1][c]; c++) {
			for (uint32_t i = 1; rc == SN_OK && i <= interfaces; i++) {
				rc = add_cell(mib, tables[t][0], c + 1, i, tables[t][1][c]);
			}
		}
	}
	if (rc) {
		mib_fini(mib);
		return rc;
	}
	qsort(mib->entry, mib->n, sizeof(*mib->entry), by_name);
	return SN_OK;
}

void mib_fini(struct mib *mib)
{
	for (uint32_t i = 0; i < mib->n; i++) {
		free((void *)(uintptr_t)mib->entry[i].varbind.p);
	}
	free(mib->entry);
	memset(mib, 0, sizeof(*mib));
}

uint32_t mib_find(const struct mib *mib, struct sn_span name, bool equal)
{
	uint32_t low = 0;
	uint32_t high = mib->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = sn_oid_cmp(mib->entry[mid].name, name);

		if (order < 0 || (order == 0 && !equal)) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

/*
 * JSON and influx lines made the usual way, with snprintf and a switch for every value: what
 * bench_encode holds the encoders against, see fixture.h.
 */
#include "fixture.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void plain_add(struct fixture *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(f->text + f->len, OUT - f->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= OUT - f->len) {
		abort();
	}
	f->len += (size_t)n;
}

void plain_escaped(struct fixture *f, struct sn_span s, const char *special)
{
	for (size_t i = 0; i < s.n; i++) {
		plain_add(f, strchr(special, s.p[i]) ? "\\%c" : "%c", s.p[i]);
	}
}

static void add_octets(struct fixture *f, enum sn_kind kind, const struct sn_value *v)
{
	plain_add(f, "\"");
	if (v->tag == SN_TAG_OID) {
		plain_add(f, "%d.%d", v->bytes.p[0] / 40, v->bytes.p[0] % 40); /* all are 0.0 here
										*/
	} else if (kind == SN_KIND_PHYS_ADDRESS48) {
		for (unsigned i = 0; i < 6; i++) {
			plain_add(f, i ? ":%02X" : "%02X", v->bytes.p[i]);
		}
	} else {
		plain_escaped(f, v->bytes, "\"\\");
	}
	plain_add(f, "\"");
}

static void add_value(struct fixture *f, enum sn_kind kind, const struct sn_value *v,
		      const char *suffix)
{
	switch (v->tag) {
	case SN_TAG_INTEGER:
		plain_add(f, "%" PRId64 "%s", v->i, suffix);
		break;
	case SN_TAG_OCTETS:
	case SN_TAG_OID:
		add_octets(f, kind, v);
		break;
	default:
		plain_add(f, "%" PRIu64 "%s", v->u, suffix);
		break;
	}
}

static void add_lookup(struct fixture *f, const struct sn_block *blk, const struct sn_row *row,
		       unsigned col, const char *before, const char *special)
{
	struct sn_value v;

	if (sn_block_get(blk, row, col, &v)) {
		plain_add(f, "%s", before);
		plain_escaped(f, v.bytes, special);
	}
}

static void json_row(struct fixture *f, const struct sn_block *blk, const struct sn_row *row)
{
	bool first = true;
	struct sn_value v;

	plain_add(f,
		  "{\"ts\":%" PRIu64
		  ",\"instance\":\"%s\",\"module\":\"%s\",\"table\":\"%s\",\"index\":\"%u\",",
		  row->at / 1000000, fixture_origin.instance, f->schema.module, f->schema.table,
		  row->number + 1);
	plain_add(f, "\"labels\":{\"ifIndex\":\"%u\"", row->number + 1);
	add_lookup(f, blk, row, IF_ALIAS, ",\"ifAlias\":\"", "\"\\");
	add_lookup(f, blk, row, IF_DESCR, "\",\"ifDescr\":\"", "\"\\");
	add_lookup(f, blk, row, IF_NAME, "\",\"ifName\":\"", "\"\\");
	plain_add(f, "\"");
	for (unsigned i = 0; i < TARGET_LABELS; i++) {
		plain_add(f, ",\"%s\":\"%s\"", fixture_origin.labels[i].name,
			  fixture_origin.labels[i].value);
	}
	plain_add(f, "},\"values\":{");
	for (uint32_t i = 0; i < COLUMNS; i++) {
		if (sn_block_get(blk, row, i, &v)) {
			plain_add(f, "%s\"%s\":", first ? "" : ",", f->columns[i].name);
			add_value(f, f->columns[i].kind, &v, "");
			first = false;
		}
	}
	plain_add(f, "},\"uptime\":%" PRIu64 ",\"reset\":false}\n", blk->uptime);
}

static void influx_row(struct fixture *f, const struct sn_block *blk, const struct sn_row *row)
{
	bool first = true;
	struct sn_value v;

	plain_add(f, "%s", f->schema.table);
	add_lookup(f, blk, row, IF_ALIAS, ",ifAlias=", ", =");
	add_lookup(f, blk, row, IF_DESCR, ",ifDescr=", ", =");
	plain_add(f, ",ifIndex=%u", row->number + 1);
	add_lookup(f, blk, row, IF_NAME, ",ifName=", ", =");
	for (unsigned i = 0; i < TARGET_LABELS; i++) {
		plain_add(f, ",%s=", fixture_origin.labels[i].name);
		plain_escaped(f, sn_span_str(fixture_origin.labels[i].value), ", =");
	}
	plain_add(f, ",source=%s ", fixture_origin.instance);
	for (uint32_t i = 0; i < COLUMNS; i++) {
		if (sn_block_get(blk, row, i, &v)) {
			plain_add(f, "%s%s=", first ? "" : ",", f->columns[i].name);
			add_value(f, f->columns[i].kind, &v, "i");
			first = false;
		}
	}
	plain_add(f, " %" PRIu64 "\n", row->at);
}

void plain_block(struct fixture *f, const struct sn_block *blk, const char *format)
{
	f->len = 0;
	for (uint32_t i = 0; i < ROWS; i++) {
		const struct sn_row *row = sn_block_row(blk, i);

		if (format[0] == 'j') {
			json_row(f, blk, row);
		} else if (format[0] == 'p') {
			plain_prometheus(f, blk, row);
		} else {
			influx_row(f, blk, row);
		}
	}
}

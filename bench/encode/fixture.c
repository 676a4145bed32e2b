/*
 * The blocks that bench_encode works on, see fixture.h.
 */
#include "fixture.h"

#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>

struct column_def {
	const char *name;  /* as in IF-MIB */
	uint8_t tag;	   /* on the wire */
	enum sn_kind kind; /* as in the module */
};

#define INT SN_TAG_INTEGER, SN_KIND_GAUGE
#define STATE SN_TAG_INTEGER, SN_KIND_ENUM
#define TEXT SN_TAG_OCTETS, SN_KIND_TEXT
#define MAC SN_TAG_OCTETS, SN_KIND_PHYS_ADDRESS48
#define C32 SN_TAG_COUNTER32, SN_KIND_COUNTER
#define C64 SN_TAG_COUNTER64, SN_KIND_COUNTER
#define G32 SN_TAG_GAUGE32, SN_KIND_GAUGE
#define TICKS SN_TAG_TIMETICKS, SN_KIND_GAUGE

static const struct column_def defs[COLUMNS] = {
	{"ifIndex", INT},
	{"ifDescr", TEXT},
	{"ifType", STATE},
	{"ifMtu", INT},
	{"ifSpeed", G32},
	{"ifPhysAddress", MAC},
	{"ifAdminStatus", STATE},
	{"ifOperStatus", STATE},
	{"ifLastChange", TICKS},
	{"ifInOctets", C32},
	{"ifInUcastPkts", C32},
	{"ifInNUcastPkts", C32},
	{"ifInDiscards", C32},
	{"ifInErrors", C32},
	{"ifInUnknownProtos", C32},
	{"ifOutOctets", C32},
	{"ifOutUcastPkts", C32},
	{"ifOutNUcastPkts", C32},
	{"ifOutDiscards", C32},
	{"ifOutErrors", C32},
	{"ifOutQLen", G32},
	{"ifSpecific", SN_TAG_OID, SN_KIND_TEXT},
	{"ifName", TEXT},
	{"ifInMulticastPkts", C32},
	{"ifInBroadcastPkts", C32},
	{"ifOutMulticastPkts", C32},
	{"ifOutBroadcastPkts", C32},
	{"ifHCInOctets", C64},
	{"ifHCInUcastPkts", C64},
	{"ifHCInMulticastPkts", C64},
	{"ifHCInBroadcastPkts", C64},
	{"ifHCOutOctets", C64},
	{"ifHCOutUcastPkts", C64},
	{"ifHCOutMulticastPkts", C64},
	{"ifHCOutBroadcastPkts", C64},
	{"ifLinkUpDownTrapEnable", STATE},
	{"ifHighSpeed", G32},
	{"ifPromiscuousMode", STATE},
	{"ifConnectorPresent", STATE},
	{"ifAlias", TEXT},
	{"ifCounterDiscontinuityTime", TICKS},
};

static const struct sn_label labels[TARGET_LABELS] = {
	{"rack", "b 12"}, {"region", "eu-west"}, {"site", "ams"}};
const struct sn_origin fixture_origin = {
	.instance = "192.0.2.117", .labels = labels, .nlabels = TARGET_LABELS};
static const struct sn_index indexes[] = {{.label = "ifIndex", .kind = SN_KIND_GAUGE}};
static const struct sn_lookup lookups[] = {{.label = "ifAlias", .column = IF_ALIAS},
					   {.label = "ifDescr", .column = IF_DESCR},
					   {.label = "ifName", .column = IF_NAME}};

/* Numbers as busy devices have them. */
static void make_cell(struct sn_rng *r, const struct column_def *def, unsigned row, struct cell *c)
{
	memset(c, 0, sizeof(*c));
	c->v.tag = def->tag;
	switch (def->tag) {
	case SN_TAG_INTEGER:
		c->v.i = (int64_t)sn_rng_below(r, sn_rng_below(r, 4) ? 7 : 9217);
		break;
	case SN_TAG_OCTETS:
		if (def->kind == SN_KIND_PHYS_ADDRESS48) {
			uint64_t mac = sn_rng_u64(r);

			memcpy(c->text, &mac, 6);
			c->v.bytes = sn_span_make(c->text, 6);
			break;
		}
		snprintf(c->text, sizeof(c->text), "GigabitEthernet1/0/%u", row);
		c->v.bytes = sn_span_str(c->text);
		break;
	case SN_TAG_OID:
		c->v.bytes = sn_span_make("\0", 1);
		break;
	case SN_TAG_COUNTER64:
		c->v.u = sn_rng_u64(r) >> sn_rng_below(r, 3) * 8 >> 16;
		break;
	default:
		c->v.u = (uint32_t)sn_rng_u64(r) >> (sn_rng_below(r, 3) ? 0 : 12);
		break;
	}
}

void fixture_assemble(struct fixture *f, struct sn_block *blk, struct sn_arena *arena)
{
	sn_block_init(blk, &f->schema, &fixture_origin, arena);
	for (uint32_t col = 0; col < COLUMNS; col++) {
		for (uint32_t i = 0; i < ROWS; i++) {
			uint8_t ber[1] = {(uint8_t)(i + 1)};
			struct sn_row *row = sn_block_get_row(blk, sn_span_make(ber, 1), i);

			if (!row || sn_block_set(blk, row, col, &f->cells[i][col].v,
						 UINT64_C(1795377600123456789)) != 1) {
				abort();
			}
		}
	}
	blk->has_uptime = true;
	blk->uptime = 123456789;
}

void fixture_make(struct fixture *f)
{
	struct sn_rng r;

	sn_rng_init_seed(&r, 2024);
	sn_arena_pool_init(&f->pool, 65536);
	sn_arena_init(&f->scratch, &f->pool);
	for (unsigned i = 0; i < COLUMNS; i++) {
		f->columns[i] = (struct sn_column){
			.name = defs[i].name, .kind = defs[i].kind, .is_value = true};
	}
	f->schema = (struct sn_schema){.module = "if_mib",
				       .table = "if_mib_ifIndex",
				       .columns = f->columns,
				       .ncolumns = COLUMNS,
				       .indexes = indexes,
				       .nindexes = 1,
				       .lookups = lookups,
				       .nlookups = 3,
				       .discontinuity = -1};
	for (unsigned b = 0; b < BLOCKS; b++) {
		for (unsigned i = 0; i < ROWS; i++) {
			for (unsigned c = 0; c < COLUMNS; c++) {
				make_cell(&r, &defs[c], i + 1, &f->cells[i][c]);
			}
		}
		sn_arena_init(&f->arenas[b], &f->pool);
		fixture_assemble(f, &f->blocks[b], &f->arenas[b]);
	}
}

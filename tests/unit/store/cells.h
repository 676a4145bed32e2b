/*
 * Made-up devices for tests: stores, names of their cells, numbers in them.
 */
#ifndef TEST_UNIT_AGENT_CELLS_H
#define TEST_UNIT_AGENT_CELLS_H

#include "store/synthetic.h"

#include "support/suite.h"

#define TICK UINT64_C(10000000)
#define S UINT64_C(1000000000)

enum { IF_TABLE = 2, IFX_TABLE = 31 };

static inline struct sn_store *made(const struct sn_synthetic_config *cfg)
{
	struct sn_store *st = NULL;

	suite_expect(sn_synthetic_new(cfg, &st) == SN_OK);
	return st;
}

static inline struct sn_store *devices(uint32_t interfaces)
{
	struct sn_synthetic_config cfg = {
		.interfaces = interfaces, .entities = 5, .processors = 3, .seed = 7};

	return made(&cfg);
}

static inline struct sn_store_place place(uint32_t device, uint64_t ticks)
{
	return (struct sn_store_place){.device = device, .uptime = ticks * TICK};
}

/* BER content of a name; valid until the next call. */
static inline struct sn_span oid(const char *text)
{
	static uint8_t out[SN_OID_MAX_BER];
	int n = sn_oid_from_text(text, out, sizeof(out));

	suite_expect(n > 0);
	return sn_span_make(out, (size_t)n);
}

/* The name of an instance of ifTable or ifXTable. */
static inline struct sn_span cell(unsigned table, unsigned column, uint32_t index)
{
	static uint8_t out[32];
	uint32_t arcs[12] = {1, 3, 6, 1, 2, 1, table, table == IF_TABLE ? 2 : 1, 1};
	size_t n = 9;
	int len;

	if (table == IFX_TABLE) {
		arcs[n++] = 1;
		arcs[8] = 1;
	}
	arcs[n++] = column;
	arcs[n++] = index;
	len = sn_oid_from_arcs(arcs, n, out, sizeof(out));
	suite_expect(len > 0);
	return sn_span_make(out, (size_t)len);
}

static inline struct sn_store_item read_at(const struct sn_store *st, uint32_t device,
					   uint64_t ticks, struct sn_span name)
{
	struct sn_store_place pl = place(device, ticks);
	struct sn_store_item it;

	suite_expect(sn_store_get(st, &pl, name, &it) == SN_OK);
	return it;
}

static inline uint64_t number_at(const struct sn_store *st, uint32_t device, uint64_t ticks,
				 struct sn_span name)
{
	return read_at(st, device, ticks, name).value.u;
}

static inline bool is_up(const struct sn_store *st, uint32_t device, uint32_t index)
{
	return number_at(st, device, 0, cell(IF_TABLE, 8, index)) == 1;
}

#endif

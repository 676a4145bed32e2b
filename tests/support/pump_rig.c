/*
 * Pumps and workers for tests, see pump_rig.h.
 */
#include "support/pump_rig.h"

#include "base/clock.h"
#include "support/suite.h"

/* A table with one number and one text of any length. */
static const struct sn_column columns[] = {{.name = "v", .kind = SN_KIND_COUNTER, .is_value = true},
					   {.name = "s", .kind = SN_KIND_TEXT, .is_value = true}};
static const struct sn_index by_number[] = {{.label = "n", .kind = SN_KIND_GAUGE}};
static const struct sn_schema table = {.module = "m",
				       .table = "t",
				       .columns = columns,
				       .ncolumns = 2,
				       .indexes = by_number,
				       .nindexes = 1,
				       .discontinuity = -1};

void rig_worker_init(struct rig_worker *w, struct sn_pump *pump, unsigned i)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->name, sizeof(w->name), "w%u", i % 1000);
	w->origin.instance = w->name;
	suite_expect(sn_outputs_new(&pump, 1, i, &w->counters, &w->outs) == SN_OK);
	rows_init(&w->rows, &table, &w->origin);
}

void rig_worker_fini(struct rig_worker *w)
{
	sn_outputs_free(w->outs);
	rows_fini(&w->rows);
}

void rig_emit(struct rig_worker *w, unsigned n, size_t pad)
{
	static const char filler[300000] = {0};
	struct sn_block *blk = &w->rows.blk;

	sn_arena_reset(&w->rows.arena);
	sn_block_init(blk, &table, &w->origin, &w->rows.arena);
	for (unsigned i = 0; i < n; i++) {
		uint8_t ber[2] = {(uint8_t)(i >> 7 | 0x80), i & 0x7f};
		struct sn_value v = {.tag = SN_TAG_COUNTER64, .u = w->next++};
		struct sn_row *row = sn_block_get_row(blk, sn_span_make(ber, 2), i);

		suite_expect(row && sn_block_set(blk, row, 0, &v, 1) == 1);
		if (pad) {
			v = (struct sn_value){.tag = SN_TAG_OCTETS,
					      .bytes = sn_span_make(filler, pad)};
			suite_expect(sn_block_set(blk, row, 1, &v, 1) == 1);
		}
	}
	sn_outputs_rows(w->outs, blk);
}

struct sn_pump *rig_start_sink(struct sn_sink *sink, unsigned nworkers, size_t buffer_bytes,
			       size_t message_bytes)
{
	struct sn_pump_config cfg = {.encoder = sn_encoder_find("influx"),
				     .sink = sink,
				     .buffer_bytes = buffer_bytes,
				     .message_bytes = message_bytes,
				     .rounds = true,
				     .rows = true,
				     .status_topic = true,
				     .retry_ns = SN_NS_PER_MS};
	struct sn_pump *pump;

	suite_expect(sn_pump_start(&cfg, nworkers, &pump) == SN_OK);
	return pump;
}

struct sn_pump *rig_start(struct probe *p, unsigned nworkers, size_t buffer_bytes)
{
	return rig_start_sink(probe_sink(p), nworkers, buffer_bytes, 0);
}

struct sn_pump_stats rig_stop(struct sn_pump *pump, struct probe *p, uint64_t timeout_ns)
{
	struct sn_pump_stats st;

	sn_pump_stop(pump, timeout_ns, &st);
	ck_assert_uint_eq(st.rows_encoded, st.rows_written + st.rows_lost);
	ck_assert_uint_eq(st.rounds_encoded, st.rounds_written + st.rounds_lost);
	ck_assert_uint_eq(st.bytes_written, p->n);
	ck_assert_uint_eq(p->frees, 1);
	return st;
}

uint64_t rig_read(const struct probe *p, uint64_t missing[RIG_WORKERS])
{
	uint64_t next[RIG_WORKERS] = {0};
	uint64_t n = 0;
	const char *s = (const char *)p->data;
	const char *end = s + p->n;

	memset(missing, 0, RIG_WORKERS * sizeof(missing[0]));
	while (s < end) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		size_t head = end - s < 64 ? (size_t)(end - s) : 64;
		const char *source = memmem(s, head, ",source=w", 9);
		const char *value = memmem(s, head, " v=", 3);
		unsigned w;
		uint64_t v;

		suite_expect(eol && source && value && source < value && value < eol);
		w = (unsigned)source[9] - '0';
		v = strtoull(value + 3, NULL, 10);
		suite_expect(w < RIG_WORKERS && v >= next[w]);
		missing[w] += v - next[w];
		next[w] = v + 1;
		n++;
		s = eol + 1;
	}
	return n;
}

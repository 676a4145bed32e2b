/*
 * Did counters restart? A target's memory of sysUpTime and of each row's
 * ifCounterDiscontinuityTime, so that no consumer takes a reset for a wrap. Worker thread.
 */
#ifndef SN_ROUND_RESET_H
#define SN_ROUND_RESET_H

#include "record/block.h"

struct sn_reset_entry {
	uint32_t hash;	/* of the index; 0: free */
	uint16_t more;	/* further bits of the hash: two rows must not be taken for one */
	uint8_t table;	/* number of the table within the target */
	uint8_t seen;	/* number of the look at the tables that met it last */
	uint32_t value; /* TimeTicks of the last discontinuity */
};

_Static_assert(sizeof(struct sn_reset_entry) == 12, "one for every row that had a discontinuity");

struct sn_reset {
	uint64_t seen_at;	     /* mono ns at which uptime was read */
	uint64_t started;	     /* Unix ns at which the device started, 0: not known */
	struct sn_reset_entry *rows; /* hash table; rows whose value is not 0, which are few */
	uint64_t tables_seen; /* bit i: table i (modulo 64), so an unknown row is a new one */
	uint32_t uptime;      /* sysUpTime, 1/100 s */
	uint32_t nrows;	      /* entries in use */
	uint32_t cap;	      /* size of rows, a power of two or 0 */
	bool has_uptime;      /* uptime was read at least once */
	uint8_t looks;	      /* at tables so far */
};

void sn_reset_init(struct sn_reset *r);
void sn_reset_fini(struct sn_reset *r);

/*
 * Takes the sysUpTime of this round. True when the device restarted since the last: sysUpTime is
 * lower and 497 days (2^32 / 100 s) do not explain it, or it is less than the time that passed.
 */
bool sn_reset_uptime(struct sn_reset *r, uint32_t uptime, uint64_t now);

/*
 * After sn_reset_uptime: when the device started, by the first look at its present life. Later
 * looks do not move it, although clocks and ways differ: to whoever adds up counters another start
 * is another counter. wall: Unix ns; restarted: the device did, since the last look.
 */
void sn_reset_start(struct sn_reset *r, uint64_t wall, bool restarted);

/*
 * Compares the discontinuity column of a finished table with the memory and marks rows whose value
 * moved. table: number of the table within the target. complete: the column was walked to its end,
 * so what is not in blk is gone. Returns the rows marked. Allocates only when a value appears that
 * was never seen, and to give memory back; without memory rows stay unmarked.
 */
unsigned sn_reset_rows(struct sn_reset *r, struct sn_block *blk, uint32_t table, bool complete);

#endif

/*
 * The Avro schemas of what enc_avro.c writes, as JSON: for the schema registry and for readers.
 * Constant; any thread.
 */
#ifndef SN_FORMATS_AVRO_SCHEMA_H
#define SN_FORMATS_AVRO_SCHEMA_H

extern const char sn_avro_schema_table[]; /* record SnmpTable: rows of one table of one device */
extern const char sn_avro_schema_round[]; /* record SnmpRound: a round record */

#endif

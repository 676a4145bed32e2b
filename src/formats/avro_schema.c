/*
 * The Avro schemas, see avro_schema.h. enc_avro.c and avro_record.c write their fields in this
 * order.
 */
#include "formats/avro_schema.h"

const char sn_avro_schema_table[] =
	"{\"type\":\"record\",\"name\":\"SnmpTable\",\"namespace\":\"sonde\",\"fields\":["
	"{\"name\":\"ts\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}},"
	"{\"name\":\"cycle\",\"type\":\"long\"},"
	"{\"name\":\"instance\",\"type\":\"string\"},"
	"{\"name\":\"module\",\"type\":\"string\"},"
	"{\"name\":\"table\",\"type\":\"string\"},"
	"{\"name\":\"labels\",\"type\":{\"type\":\"map\",\"values\":\"string\"}},"
	"{\"name\":\"uptime\",\"type\":[\"null\",\"long\"],\"default\":null},"
	"{\"name\":\"reset\",\"type\":\"boolean\"},"
	"{\"name\":\"rows\",\"type\":{\"type\":\"array\",\"items\":"
	"{\"type\":\"record\",\"name\":\"SnmpRow\",\"fields\":["
	"{\"name\":\"ts\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}},"
	"{\"name\":\"index\",\"type\":\"string\"},"
	"{\"name\":\"reset\",\"type\":\"boolean\"},"
	"{\"name\":\"partial\",\"type\":\"boolean\"},"
	"{\"name\":\"labels\",\"type\":{\"type\":\"map\",\"values\":\"string\"}},"
	"{\"name\":\"longs\",\"type\":{\"type\":\"map\",\"values\":\"long\"}},"
	"{\"name\":\"doubles\",\"type\":{\"type\":\"map\",\"values\":\"double\"}},"
	"{\"name\":\"strings\",\"type\":{\"type\":\"map\",\"values\":\"string\"}}"
	"]}}}]}";

const char sn_avro_schema_round[] =
	"{\"type\":\"record\",\"name\":\"SnmpRound\",\"namespace\":\"sonde\",\"fields\":["
	"{\"name\":\"ts\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}},"
	"{\"name\":\"cycle\",\"type\":\"long\"},"
	"{\"name\":\"instance\",\"type\":\"string\"},"
	"{\"name\":\"module\",\"type\":\"string\"},"
	"{\"name\":\"labels\",\"type\":{\"type\":\"map\",\"values\":\"string\"}},"
	"{\"name\":\"status\",\"type\":\"string\"},"
	"{\"name\":\"reason\",\"type\":[\"null\",\"string\"],\"default\":null},"
	"{\"name\":\"requests\",\"type\":\"long\"},"
	"{\"name\":\"retries\",\"type\":\"long\"},"
	"{\"name\":\"timeouts\",\"type\":\"long\"},"
	"{\"name\":\"varbinds\",\"type\":\"long\"},"
	"{\"name\":\"rows\",\"type\":\"long\"},"
	"{\"name\":\"rows_partial\",\"type\":\"long\"},"
	"{\"name\":\"skipped\",\"type\":\"long\"},"
	"{\"name\":\"duration_ms\",\"type\":\"double\"},"
	"{\"name\":\"lateness_ms\",\"type\":\"double\"},"
	"{\"name\":\"rtt_ms\",\"type\":[\"null\",\"double\"],\"default\":null},"
	"{\"name\":\"uptime\",\"type\":[\"null\",\"long\"],\"default\":null},"
	"{\"name\":\"reset\",\"type\":\"boolean\"}"
	"]}";

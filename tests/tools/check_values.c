/*
 * Checks what a poller says of made-up devices: reads its JSON lines on standard input and compares
 * every value of if_mib's interface table with the function the device took it from.
 *
 *   check_values INTERFACES SEED FIRST-ADDRESS SPAN < rows.json
 *
 * FIRST-ADDRESS is device 0's; the others follow. A row tells the device's sysUpTime when its round
 * began; a value must be that of some hundredth of a second from then on, within SPAN seconds.
 * Prints the sums; status 1 when a value is wrong or none was there.
 */
#include "store/synthetic.h"
#include "base/addr.h"
#include "codec/oid.h"

#include <cjson/cJSON.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { TICKS_PER_S = 100, SHOWN_MAX = 10, TEXT_MAX = 1024, IF_TABLE = 22 };

#define NS_PER_TICK UINT64_C(10000000)

/* The columns of ifTable, then those of ifXTable, each in its order. */
static const char *const columns[] = {"ifIndex",
				      "ifDescr",
				      "ifType",
				      "ifMtu",
				      "ifSpeed",
				      "ifPhysAddress",
				      "ifAdminStatus",
				      "ifOperStatus",
				      "ifLastChange",
				      "ifInOctets",
				      "ifInUcastPkts",
				      "ifInNUcastPkts",
				      "ifInDiscards",
				      "ifInErrors",
				      "ifInUnknownProtos",
				      "ifOutOctets",
				      "ifOutUcastPkts",
				      "ifOutNUcastPkts",
				      "ifOutDiscards",
				      "ifOutErrors",
				      "ifOutQLen",
				      "ifSpecific",
				      "ifName",
				      "ifInMulticastPkts",
				      "ifInBroadcastPkts",
				      "ifOutMulticastPkts",
				      "ifOutBroadcastPkts",
				      "ifHCInOctets",
				      "ifHCInUcastPkts",
				      "ifHCInMulticastPkts",
				      "ifHCInBroadcastPkts",
				      "ifHCOutOctets",
				      "ifHCOutUcastPkts",
				      "ifHCOutMulticastPkts",
				      "ifHCOutBroadcastPkts",
				      "ifLinkUpDownTrapEnable",
				      "ifHighSpeed",
				      "ifPromiscuousMode",
				      "ifConnectorPresent",
				      "ifAlias",
				      "ifCounterDiscontinuityTime"};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static struct sn_store *store;
static uint32_t first;	/* address of device 0 */
static uint64_t span;	/* ticks */
static uint64_t values; /* compared */
static uint64_t wrong;	/* not right at any time of the span */
static uint64_t later;	/* right, but not at the very beginning */

/* What an agent's value is in a row: a number, or text as the poller renders it. */
static void render(const struct sn_value *v, unsigned column, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	switch (v->tag) {
	case SN_TAG_INTEGER:
		snprintf(text, size, "%" PRId64, v->i);
		return;
	case SN_TAG_OCTETS:
		for (size_t i = 0; i < v->bytes.n && at + 4 < size; i++) {
			at += (size_t)snprintf(text + at, size - at,
					       strcmp(columns[column], "ifPhysAddress") == 0
						       ? (i ? ":%02X" : "%02X")
						       : "%c",
					       v->bytes.p[i]);
		}
		return;
	case SN_TAG_OID:
		if (sn_oid_to_text(v->bytes, text, size) < 0) {
			snprintf(text, size, "no OID");
		}
		return;
	default:
		snprintf(text, size, "%" PRIu64, v->u);
		return;
	}
}

/* The OID of a cell. */
static struct sn_span name_of(unsigned column, uint32_t index, uint8_t oid[SN_OID_MAX_BER])
{
	char name[64];
	int n;

	if (column < IF_TABLE) {
		snprintf(name, sizeof(name), "1.3.6.1.2.1.2.2.1.%u.%u", column + 1, index);
	} else {
		snprintf(name, sizeof(name), "1.3.6.1.2.1.31.1.1.1.%u.%u", column - IF_TABLE + 1,
			 index);
	}
	n = sn_oid_from_text(name, oid, SN_OID_MAX_BER);
	return sn_span_make(oid, n > 0 ? (size_t)n : 0);
}

static bool is_text(uint8_t tag)
{
	return tag == SN_TAG_OCTETS || tag == SN_TAG_OID;
}

/* Whether a value is what was told of it. */
static bool is_told(const struct sn_value *v, unsigned column, const char *told, uint64_t number)
{
	char text[TEXT_MAX];

	if (!is_text(v->tag)) {
		return v->u == number; /* an INTEGER's octets as well */
	}
	render(v, column, text, sizeof(text));
	return strcasecmp(told, text) == 0;
}

static void check_value(uint32_t device, uint64_t uptime, uint32_t index, const cJSON *value)
{
	struct sn_store_place place = {.device = device};
	struct sn_store_item it = {.value.tag = SN_TAG_NULL};
	uint8_t oid[SN_OID_MAX_BER];
	char right[TEXT_MAX];
	unsigned column = 0;
	const char *told = value->valuestring ? value->valuestring : "";
	uint64_t number = strtoull(told, NULL, 10);
	struct sn_span name;

	while (column < COLUMNS && strcmp(columns[column], value->string) != 0) {
		column++;
	}
	if (column == COLUMNS) {
		return;
	}
	name = name_of(column, index, oid);
	values++;
	for (uint64_t tick = 0; tick <= span; tick++) {
		place.uptime = (uptime + tick) * NS_PER_TICK;
		if (sn_store_get(store, &place, name, &it) == SN_OK &&
		    is_told(&it.value, column, told, number)) {
			later += tick > 0;
			return;
		}
	}
	if (wrong++ < SHOWN_MAX) {
		render(&it.value, column, right, sizeof(right));
		printf("device %u, %s.%u, from uptime %" PRIu64 ": %s, at the end %s\n", device,
		       columns[column], index, uptime, told, right);
	}
}

/* Makes the numbers of a row's values texts: cJSON would read them as double. */
static void quote_numbers(char *line, size_t size)
{
	static char out[1 << 20];
	char *values_at = strstr(line, "\"values\":{");
	char *p = values_at ? values_at + strlen("\"values\":{") : NULL;
	char *end = p ? strstr(p, "},\"") : NULL;
	size_t n = 0;
	bool quoted = false;

	if (!end) {
		return;
	}
	for (; p < end; p++) {
		bool number = !quoted && (p[-1] == ':' && *p != '"');

		if (*p == '"' && p[-1] != '\\') {
			quoted = !quoted;
		}
		if (number) {
			size_t len = strcspn(p, ",}");

			n += (size_t)snprintf(out + n, sizeof(out) - n, "\"%.*s\"", (int)len, p);
			p += len - 1;
		} else {
			out[n++] = *p;
		}
	}
	snprintf(out + n, sizeof(out) - n, "%s", end);
	p = values_at + strlen("\"values\":{");
	snprintf(p, size - (size_t)(p - line), "%s", out);
}

static void check_row(const cJSON *row)
{
	const cJSON *instance = cJSON_GetObjectItemCaseSensitive(row, "instance");
	const cJSON *index = cJSON_GetObjectItemCaseSensitive(row, "index");
	const cJSON *uptime = cJSON_GetObjectItemCaseSensitive(row, "uptime");
	const cJSON *table = cJSON_GetObjectItemCaseSensitive(row, "table");
	const cJSON *all = cJSON_GetObjectItemCaseSensitive(row, "values");
	const cJSON *value;
	struct sn_addr a;

	if (!all || !table || strcmp(table->valuestring, "if_mib_ifIndex") != 0) {
		return;
	}
	if (!instance || !index || !uptime || sn_addr_parse(&a, instance->valuestring, 161)) {
		wrong++;
		printf("a row without instance, index or uptime\n");
		return;
	}
	cJSON_ArrayForEach(value, all)
	{
		check_value(ntohl(a.in.sin_addr.s_addr) - first, (uint64_t)uptime->valuedouble,
			    (uint32_t)strtoul(index->valuestring, NULL, 10), value);
	}
}

int main(int argc, char **argv)
{
	static char line[1 << 21];
	struct sn_synthetic_config cfg = {0};
	struct sn_addr a;
	uint64_t rows = 0;

	if (argc != 5 || sn_addr_parse(&a, argv[3], 161)) {
		fprintf(stderr, "usage: check_values INTERFACES SEED FIRST-ADDRESS SPAN\n");
		return 2;
	}
	cfg.interfaces = (uint32_t)strtoul(argv[1], NULL, 10);
	cfg.seed = strtoull(argv[2], NULL, 10);
	first = ntohl(a.in.sin_addr.s_addr);
	span = strtoull(argv[4], NULL, 10) * TICKS_PER_S;
	if (sn_synthetic_new(&cfg, &store)) {
		return 2;
	}
	while (fgets(line, sizeof(line) / 2, stdin)) {
		cJSON *row;

		quote_numbers(line, sizeof(line));
		row = cJSON_Parse(line);
		if (!row) {
			wrong++;
			printf("no JSON: %.80s\n", line);
			continue;
		}
		check_row(row);
		cJSON_Delete(row);
		rows++;
	}
	printf("%" PRIu64 " lines, %" PRIu64 " values, %" PRIu64 " of them later, %" PRIu64
	       " wrong\n",
	       rows, values, later, wrong);
	sn_store_free(store);
	return wrong || values == 0;
}

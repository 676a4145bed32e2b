/*
 * The page docs/CONFIG.md, see config_doc.h.
 */
#include "support/config_doc.h"

#include "config/raw.h"
#include "document/scalar.h"
#include "encode/encoder.h"

static const char head[] =
	"<!-- Made from the option table (src/config/option_table*.c,\n"
	"     src/targets/options.c); the test\n"
	"     config/test_option_table compares them and rewrites this page with "
	"SONDE_UPDATE_DOCS=1. "
	"-->\n"
	"# Configuration\n"
	"\n"
	"One file, `sonde.yaml`, in YAML. It names module files in snmp_exporter's format and "
	"target\n"
	"files in the format of Prometheus' file_sd, which are read as they are. Unknown keys, "
	"values\n"
	"of a wrong type and keys that occur twice are errors with file, line and column; the "
	"first 20\n"
	"are shown. `sonde poll --check` reads everything and polls nothing. `config/` holds a "
	"working\n"
	"example.\n"
	"\n"
	"- *duration*: numbers with units `ns us ms s m h d w y`, such as `30s`, `1m30s`, `1.5h`.\n"
	"- *size*: bytes, or a number with a unit `kB MB GB TB` (1000) or `KiB MiB GiB TiB` "
	"(1024).\n"
	"- *secret*: text that is never shown. `${NAME}` in it is replaced by that environment\n"
	"  variable, which must be set; `$${` stands for `${`. A file with a secret in clear "
	"should\n"
	"  have the mode 0600: there is a warning otherwise, unless the secret is `public`.\n"
	"- Paths are relative to the file that names them, that of an output to the working "
	"directory.\n"
	"- YAML's anchors and aliases work; its merge keys (`<<`), tags and several documents in "
	"one\n"
	"  file do not.\n"
	"\n"
	"SIGHUP reads everything again; if there is an error, the old configuration stays in "
	"force.\n"
	"Changes of target files, services and addresses are taken up by themselves, see\n"
	"[TARGETS.md](TARGETS.md).\n";

static void write_range(FILE *out, const struct sn_option *row)
{
	char low[SN_SCALAR_TEXT_MAX];
	char high[SN_SCALAR_TEXT_MAX];

	if (row->type == SN_OPTION_DURATION || row->type == SN_OPTION_USEC) {
		fprintf(out, ", %s to %s", sn_scalar_format_duration(low, row->min),
			sn_scalar_format_duration(high, row->max));
	} else if (row->type == SN_OPTION_SIZE || row->type == SN_OPTION_SIZE32) {
		fprintf(out, ", %s to %s", sn_scalar_format_size(low, row->min),
			sn_scalar_format_size(high, row->max));
	} else {
		fprintf(out, ", %llu to %llu%s", (unsigned long long)row->min,
			(unsigned long long)row->max,
			row->type == SN_OPTION_STRING || row->type == SN_OPTION_HEX ? " octets"
										    : "");
	}
}

static void write_words(FILE *out, const struct sn_option *row)
{
	fprintf(out, "one of");
	for (unsigned i = 0; row->words[i]; i++) {
		fprintf(out, " `%s`", row->words[i]);
	}
}

static void write_type(FILE *out, const struct sn_option *row)
{
	static const char *const names[SN_OPTION_TYPE_COUNT] = {
		[SN_OPTION_DURATION] = "duration",
		[SN_OPTION_USEC] = "duration",
		[SN_OPTION_SIZE] = "size",
		[SN_OPTION_SIZE32] = "size",
		[SN_OPTION_UINT] = "number",
		[SN_OPTION_INT] = "number",
		[SN_OPTION_FLOAT] = "decimal number",
		[SN_OPTION_BOOL] = "true or false",
		[SN_OPTION_STRING] = "text",
		[SN_OPTION_HEX] = "hexadecimal digits",
		[SN_OPTION_SECRET] = "secret",
		[SN_OPTION_ENUM] = "",
		[SN_OPTION_ADDRESS4] = "IPv4 address",
		[SN_OPTION_ADDRESS6] = "IPv6 address",
		[SN_OPTION_SECTION] = "map, see below",
		[SN_OPTION_TEXTS] = "list of texts",
		[SN_OPTION_TEXT_MAP] = "map of texts",
		[SN_OPTION_LIST_OF] = "list, see below",
		[SN_OPTION_MAP_OF] = "map by name, see below",
		[SN_OPTION_CHOICE] = "map, see below",
		[SN_OPTION_LATER] = "not supported by this version",
	};

	if (row->type == SN_OPTION_ENUM) {
		write_words(out, row);
	} else {
		fprintf(out, "%s", names[row->type]);
	}
	if (row->max && row->type < SN_OPTION_SECTION) {
		write_range(out, row);
	}
	if (row->type == SN_OPTION_UINT && row->words) {
		fprintf(out, " or `%s`", row->words[0]);
	}
}

static void write_level(FILE *out, const struct sn_option_level *level)
{
	fprintf(out, "\n## %s\n\n%s\n\n| key | type | default | meaning |\n|---|---|---|---|\n",
		level->title, level->help);
	for (unsigned i = 0; i < level->n; i++) {
		const struct sn_option *row = &level->rows[i];

		fprintf(out, "| `%s` | ", row->key);
		write_type(out, row);
		if (row->fallback && row->fallback[0]) {
			fprintf(out, " | `%s` | %s |\n", row->fallback, row->help);
		} else {
			fprintf(out, " | | %s |\n", row->help);
		}
	}
}

void config_doc_write(FILE *out)
{
	fputs(head, out);
	for (unsigned i = 0; sn_levels[i]; i++) {
		write_level(out, sn_levels[i]);
	}
}

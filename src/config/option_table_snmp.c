/*
 * The option table of snmp_exporter's configuration format (auths and modules), as sonde reads it
 * from sonde.yaml and from module files. Key names, types and defaults are that format's. Data
 * only.
 */
#include "config/raw.h"
#include "config/types.h"

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])
#define AT(type, member) .offset = offsetof(struct type, member)

static const char *const type_words[] = {
#define TYPE_WORD(id, name, kind, uses) name,
	SN_TYPE_TABLE(TYPE_WORD)
#undef TYPE_WORD
		NULL};

static const char *const level_words[] = {"noAuthNoPriv", "authNoPriv", "authPriv", NULL};
static const char *const auth_words[] = {"MD5",	   "SHA",    "SHA224", "SHA256",
					 "SHA384", "SHA512", NULL};
static const char *const priv_words[] = {"DES",	   "AES",     "AES192", "AES192C",
					 "AES256", "AES256C", NULL};

static const struct sn_option auth_rows[] = {
	{.key = "version",
	 .type = SN_OPTION_UINT,
	 AT(sn_raw_auth, version),
	 .fallback = "2",
	 .min = 1,
	 .max = 3,
	 .help = "SNMP version: 1, 2 (v2c) or 3. Version 3 is read, but using it is an error in "
		 "this version."},
	{.key = "community",
	 .type = SN_OPTION_SECRET,
	 AT(sn_raw_auth, community),
	 .help = "Community; `public` when absent. `${NAME}` is replaced by that environment "
		 "variable, `$${` stands for `${`."},
	{.key = "community_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_auth, community_file),
	 .help = "File that holds the community, relative to the file this key is in; in place of "
		 "`community`. A line end at its end does not count."},
	{.key = "username",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_auth, username),
	 .help = "Version 3: user."},
	{.key = "security_level",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_auth, security_level),
	 .words = level_words,
	 .fallback = "noAuthNoPriv",
	 .help = "Version 3: security level."},
	{.key = "password",
	 .type = SN_OPTION_SECRET,
	 AT(sn_raw_auth, password),
	 .help = "Version 3: authentication password."},
	{.key = "auth_protocol",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_auth, auth_protocol),
	 .words = auth_words,
	 .fallback = "MD5",
	 .help = "Version 3: authentication protocol."},
	{.key = "priv_protocol",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_auth, priv_protocol),
	 .words = priv_words,
	 .fallback = "DES",
	 .help = "Version 3: privacy protocol."},
	{.key = "priv_password",
	 .type = SN_OPTION_SECRET,
	 AT(sn_raw_auth, priv_password),
	 .help = "Version 3: privacy password."},
	{.key = "context_name",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_auth, context_name),
	 .help = "Version 3: context."},
};

const struct sn_option_level sn_level_auth = {
	"auths.<name>",
	"How to speak to a device. A target takes the auth its label `__param_auth` names, else "
	"`public_v2`, else the only one there is.",
	ROWS(auth_rows)};

static const struct sn_option index_rows[] = {
	{.key = "labelname",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_index, labelname),
	 .help = "Label made of this part of the index; required."},
	{.key = "type",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_index, type),
	 .words = type_words,
	 .help = "Type of this part; required."},
	{.key = "fixed_size",
	 .type = SN_OPTION_UINT,
	 AT(sn_raw_index, fixed_size),
	 .max = 128,
	 .help = "DisplayString, OctetString: so many sub-identifiers, without a length in "
		 "front."},
	{.key = "implied",
	 .type = SN_OPTION_BOOL,
	 AT(sn_raw_index, implied),
	 .fallback = "false",
	 .help = "DisplayString, OctetString: all that remains, without a length in front."},
	{.key = "enum_values",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_index, enum_values),
	 .help = "EnumAsInfo: names by number."},
};

const struct sn_option_level sn_level_index = {"modules.<name>.metrics[].indexes[]",
					       "One part of a table's index.", ROWS(index_rows)};

static const struct sn_option lookup_rows[] = {
	{.key = "labels",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_lookup, labels),
	 .help = "Index labels whose parts make the instance; in this version all of the metric's "
		 "indexes in their order. None: the label `labelname` is left out."},
	{.key = "labelname",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_lookup, labelname),
	 .help = "Label to fill; required."},
	{.key = "oid",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_lookup, oid),
	 .help = "Column that holds the label's value."},
	{.key = "type",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_lookup, type),
	 .words = type_words,
	 .help = "Its type; OctetString when absent."},
	{.key = "display_hint",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_lookup, display_hint),
	 .help = "Not supported by this version: an error in a module that is used."},
	{.key = "enum_values",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_lookup, enum_values),
	 .help = "EnumAsInfo: names by number."},
};

const struct sn_option_level sn_level_lookup = {
	"modules.<name>.metrics[].lookups[]", "A label filled from another column of the same row.",
	ROWS(lookup_rows)};

static const struct sn_option metric_rows[] = {
	{.key = "name",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_metric, name),
	 .help = "Name of the value in the records; required."},
	{.key = "oid",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_metric, oid),
	 .help = "Column or scalar, in numbers, without the instance; required."},
	{.key = "type",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_metric, type),
	 .words = type_words,
	 .help = "How the value is meant; required."},
	{.key = "help",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_metric, help),
	 .fallback = "",
	 .help = "What it is, for people."},
	{.key = "indexes",
	 .type = SN_OPTION_LIST_OF,
	 AT(sn_raw_metric, indexes),
	 .child = &sn_level_index,
	 .help = "Parts of the table's index; none: a scalar."},
	{.key = "lookups",
	 .type = SN_OPTION_LIST_OF,
	 AT(sn_raw_metric, lookups),
	 .child = &sn_level_lookup,
	 .help = "Labels from other columns."},
	{.key = "enum_values",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_metric, enum_values),
	 .help = "Names by number (or by bit, for Bits)."},
	{.key = "scale",
	 .type = SN_OPTION_FLOAT,
	 AT(sn_raw_metric, scale),
	 .help = "Factor; none when absent or 0."},
	{.key = "offset",
	 .type = SN_OPTION_FLOAT,
	 AT(sn_raw_metric, offset),
	 .help = "Added after scaling."},
	{.key = "regex_extracts",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_metric, regex_extracts),
	 .help = "Not supported by this version: an error in a module that is used."},
	{.key = "datetime_pattern",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_metric, datetime_pattern),
	 .help = "Not supported by this version: an error in a module that is used."},
	{.key = "display_hint",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_metric, display_hint),
	 .help = "Not supported by this version: an error in a module that is used."},
};

const struct sn_option_level sn_level_metric = {
	"modules.<name>.metrics[]", "One value. Metrics with the same indexes share a table.",
	ROWS(metric_rows)};

static const struct sn_option module_rows[] = {
	{.key = "walk",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_module, walk),
	 .help = "Subtrees whose metrics are walked, OIDs in numbers."},
	{.key = "get",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_module, get),
	 .help = "Instances to get, OIDs in numbers."},
	{.key = "metrics",
	 .type = SN_OPTION_LIST_OF,
	 AT(sn_raw_module, metrics),
	 .child = &sn_level_metric,
	 .help = "What becomes of the answers."},
	{.key = "max_repetitions",
	 .type = SN_OPTION_UINT,
	 AT(sn_raw_module, max_repetitions),
	 .fallback = "25",
	 .help = "Most repetitions of a GETBULK and most names of a GET; 0: the default."},
	{.key = "retries",
	 .type = SN_OPTION_INT,
	 AT(sn_raw_module, retries),
	 .help = "Attempts after the first, 7 at most; `poll.retries` when absent."},
	{.key = "timeout",
	 .type = SN_OPTION_DURATION,
	 AT(sn_raw_module, timeout_ns),
	 .help = "Of one attempt; `poll.timeout` when absent."},
	{.key = "allow_nonincreasing_oids",
	 .type = SN_OPTION_BOOL,
	 AT(sn_raw_module, allow_nonincreasing_oids),
	 .fallback = "false",
	 .help = "Walk on where OIDs do not increase, until one repeats."},
	{.key = "use_unconnected_udp_socket",
	 .type = SN_OPTION_BOOL,
	 AT(sn_raw_module, use_unconnected_udp_socket),
	 .fallback = "false",
	 .help = "Take answers from any address; holds for all modules of a target."},
	{.key = "filters",
	 .type = SN_OPTION_LIST_OF,
	 AT(sn_raw_module, filters),
	 .help = "Not supported by this version: an error in a module that is used."},
};

const struct sn_option_level sn_level_module = {
	"modules.<name>",
	"What to ask a device. A target takes the modules its label `__param_module` names, else "
	"`if_mib`, else the only one there is.",
	ROWS(module_rows)};

static const struct sn_option module_file_rows[] = {
	{.key = "auths",
	 .type = SN_OPTION_MAP_OF,
	 AT(sn_raw_module_file, auths),
	 .child = &sn_level_auth,
	 .help = "As in sonde.yaml."},
	{.key = "modules",
	 .type = SN_OPTION_MAP_OF,
	 AT(sn_raw_module_file, modules),
	 .child = &sn_level_module,
	 .help = "As in sonde.yaml."},
	{.key = "version",
	 .type = SN_OPTION_INT,
	 AT(sn_raw_module_file, version),
	 .help = "Ignored, as snmp_exporter does."},
};

const struct sn_option_level sn_level_module_file = {
	"module file", "The keys at the top of a file of `module_files`.", ROWS(module_file_rows)};

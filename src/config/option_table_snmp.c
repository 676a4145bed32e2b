/*
 * The option table of snmp_exporter's configuration format (auths and modules), as sonde reads it
 * from sonde.yaml and from module files. Key names, types and defaults are that format's. Data
 * only.
 */
#include "config/raw.h"
#include "config/types.h"
#include "msg/v3.h"

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])
#define AT(type, member) .offset = offsetof(struct type, member)

static const char *const type_words[] = {
#define TYPE_WORD(id, name, kind, index, convert, uses) name,
	SN_TYPE_TABLE(TYPE_WORD)
#undef TYPE_WORD
		NULL};

static const char *const level_words[] = {"noAuthNoPriv", "authNoPriv", "authPriv", NULL};
static const char *const auth_words[] = {
#define WORD(word, id) word,
	SN_AUTH_WORDS(WORD) NULL};
static const char *const priv_words[] = {SN_PRIV_WORDS(WORD) NULL};
#undef WORD

/* A key and its sibling that names a file; of each secret there are these two. */
#define SECRET_ROWS(name, what)                                                                    \
	{.key = #name, .type = SN_OPTION_SECRET, AT(sn_raw_auth, name), .help = (what)},           \
	{                                                                                          \
		.key = #name "_file", .type = SN_OPTION_STRING, AT(sn_raw_auth, name##_file),      \
		.help = "File that holds what `" #name "` would, relative to the file this key "   \
			"is in. A line end at its end does not count.",                            \
	}

static const struct sn_option auth_rows[] = {
	{.key = "version",
	 .type = SN_OPTION_UINT,
	 AT(sn_raw_auth, version),
	 .fallback = "2",
	 .min = 1,
	 .max = 3,
	 .help = "SNMP version: 1, 2 (v2c) or 3. Keys of another version are not looked at."},
	SECRET_ROWS(community, "Version 1 and 2: community; `public` when absent. `${NAME}` is "
			       "replaced by that environment variable, `$${` stands for `${`."),
	{.key = "username",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_auth, username),
	 .help = "Version 3: user, 1 to 32 octets; required. `${NAME}` is replaced as in secrets."},
	{.key = "security_level",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_auth, security_level),
	 .words = level_words,
	 .fallback = "noAuthNoPriv",
	 .help = "Version 3: nothing, authentication, or authentication and privacy. What a level "
		 "does not use is not looked at."},
	{.key = "auth_protocol",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_auth, auth_protocol),
	 .words = auth_words,
	 .fallback = "MD5",
	 .help = "Version 3: authentication protocol, HMAC with this hash. `SHA1` is another name "
		 "of `SHA`. MD5 and SHA are weak; take SHA256 or more where the agent has it."},
	SECRET_ROWS(password, "Version 3: authentication password; 8 octets or more, there is a "
			      "warning otherwise. Required from authNoPriv on, this or "
			      "`password_file` or one of the next four."),
	SECRET_ROWS(auth_key, "Version 3: authentication master key (Ku, what a password becomes) "
			      "in hexadecimal digits, as many octets as the hash has."),
	SECRET_ROWS(auth_localized_key,
		    "Version 3: authentication key localized for the engine `engine_id` (Kul), in "
		    "hexadecimal digits, as many octets as the hash has."),
	{.key = "priv_protocol",
	 .type = SN_OPTION_ENUM,
	 AT(sn_raw_auth, priv_protocol),
	 .words = priv_words,
	 .fallback = "DES",
	 .help = "Version 3: privacy protocol. `AES192` and `AES256` lengthen keys as Blumenthal's "
		 "draft says, which is what Net-SNMP calls so; `AES192C` and `AES256C` as Reeder's "
		 "draft says, which is what Cisco and most other vendors do. An agent with the "
		 "other way cannot decrypt. `AES128` is another name of `AES`. DES is weak."},
	SECRET_ROWS(priv_password, "Version 3: privacy password; 8 octets or more, there is a "
				   "warning otherwise. Required at authPriv, this or "
				   "`priv_password_file` or one of the next four."),
	SECRET_ROWS(priv_key, "Version 3: privacy master key (Ku, made with the hash of "
			      "`auth_protocol`) in hexadecimal digits, as many octets as that "
			      "hash has."),
	SECRET_ROWS(priv_localized_key,
		    "Version 3: privacy key localized for the engine `engine_id`, in hexadecimal "
		    "digits, as many octets as the protocol's key has (DES 16, 3DES 32, AES 16, 24 "
		    "or 32), lengthened already, or as the hash has where that is more."),
	{.key = "engine_id",
	 .type = SN_OPTION_HEX,
	 AT(sn_raw_auth, engine_id),
	 .min = SN_V3_ENGINE_ID_MIN,
	 .max = SN_V3_ENGINE_ID_MAX,
	 .help = "Version 3: engine ID of the agent, if it is known: then it need not be "
		 "discovered, and no other is believed. For one device; required by localized "
		 "keys."},
	{.key = "context_name",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_auth, context_name),
	 .max = SN_V3_NAME_MAX,
	 .help = "Version 3: context. The label `__param_snmp_context` goes before."},
	{.key = "context_engine_id",
	 .type = SN_OPTION_HEX,
	 AT(sn_raw_auth, context_engine_id),
	 .min = SN_V3_ENGINE_ID_MIN,
	 .max = SN_V3_ENGINE_ID_MAX,
	 .help = "Version 3: engine of the context; the agent's own when absent. The label "
		 "`__param_snmp_engineid` goes before."},
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
	 .help = "Labels, of the index or of look-ups before this one, whose parts make the "
		 "instance. None: the label `labelname` is taken away."},
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
	 .help = "With OctetString: how its octets are written (RFC 2579 section 3.1)."},
	{.key = "enum_values",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_lookup, enum_values),
	 .help = "EnumAsInfo: names by number."},
};

const struct sn_option_level sn_level_lookup = {
	"modules.<name>.metrics[].lookups[]",
	"A label filled from a column of this or another table.", ROWS(lookup_rows)};

static const struct sn_option extract_rows[] = {
	{.key = "regex",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_extract, regex),
	 .help = "Regular expression (RE2) that the whole text must match."},
	{.key = "value",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_extract, value),
	 .fallback = "$1",
	 .help = "The number, in terms of the groups."},
};

const struct sn_option_level sn_level_extract = {
	"modules.<name>.metrics[].regex_extracts.<suffix>[]", "A number in a text.",
	ROWS(extract_rows)};

static const struct sn_option filter_rows[] = {
	{.key = "oid",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_filter, oid),
	 .help = "Column whose values decide; required."},
	{.key = "targets",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_filter, targets),
	 .help = "Columns under `walk` that are not walked but asked for row by row."},
	{.key = "values",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_filter, values),
	 .help = "Regular expressions (RE2), one of which must be found in the value of a row "
		 "that is asked for."},
};

const struct sn_option_level sn_level_filter = {
	"modules.<name>.filters[]", "Only rows whose value in one column is wanted are asked for.",
	ROWS(filter_rows)};

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
	 .child = &sn_level_extract,
	 .help = "Numbers found in a text, in place of the text: a list for each suffix of the "
		 "name, of which the first entry counts that matches and gives a number."},
	{.key = "datetime_pattern",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_metric, datetime_pattern),
	 .help = "With ParseDateAndTime: the form of the text, as for strptime."},
	{.key = "display_hint",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_metric, display_hint),
	 .help = "With OctetString: how its octets are written (RFC 2579 section 3.1)."},
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
	 .fallback = "0",
	 .help = "Most repetitions of a GETBULK and most names of a GET; 0: as many as "
		 "fill `max_reply_bytes`."},
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
	 .child = &sn_level_filter,
	 .help = "Which rows to ask for."},
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

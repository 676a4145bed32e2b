/*
 * The option table of sonde.yaml: every key with its type, default, range and meaning. What the
 * keys of snmp_exporter's format are is in option_table_snmp.c, those of outputs in
 * option_table_output.c, those of sources of targets in targets/options.c. Data only.
 */
#include "config/raw.h"

#include "config/web_config.h"
#include "scheduler/slot.h"

#define MS UINT64_C(1000000)
#define SEC (UINT64_C(1000) * MS)
#define DAY (UINT64_C(86400) * SEC)
#define KIB UINT64_C(1024)
#define GIB (KIB * KIB * KIB)

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])
#define AT(type, member) .offset = offsetof(struct type, member)

/* stored through uint32_t and int */
_Static_assert(sizeof(unsigned) == sizeof(uint32_t), "io options are unsigned");
_Static_assert(sizeof(enum sn_io_backend) == sizeof(int), "the back end is stored as int");
_Static_assert(sizeof(enum sn_retransmit_mode) == sizeof(int), "so is the mode");
_Static_assert(SN_RETRANSMIT_ADAPTIVE == 0 && SN_RETRANSMIT_FIXED == 1, "order of their words");
_Static_assert(SN_IO_AUTO == 0 && SN_IO_URING == 1 && SN_IO_MMSG == 2, "order of backend_words");

static const char *const auto_word[] = {"auto", NULL};
static const char *const retransmit_words[] = {"adaptive", "fixed", NULL};
static const char *const backend_words[] = {"auto", "io_uring", "recvmmsg", NULL};

static const struct sn_option limit_rows[] = {
	{.key = "prefix",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_limit, prefix),
	 .help = "Block of addresses, such as `10.0.0.0/8` or `2001:db8::/32`; required. A target "
		 "belongs to the smallest block that has its address, and to no other."},
	{.key = "rate",
	 .type = SN_OPTION_UINT,
	 AT(sn_raw_limit, limit.rate),
	 .min = 1,
	 .max = SN_PACER_RATE_MAX,
	 .help = "Requests a second to all targets of the block together; required. It is for the "
		 "whole program: each worker has the share of it, and of the burst, that its "
		 "targets are of all targets of the block."},
	{.key = "burst",
	 .type = SN_OPTION_UINT,
	 AT(sn_raw_limit, limit.burst),
	 .fallback = "10",
	 .min = 1,
	 .max = SN_PACER_BURST_MAX,
	 .help = "Requests that may go at once; at least one for each worker. Timers have steps of "
		 "a millisecond, so a burst of less than two milliseconds of the rate keeps it "
		 "from being reached."},
};

const struct sn_option_level sn_level_limit = {
	"poll.prefix_limits[]", "The most that the targets of a block of addresses are asked.",
	ROWS(limit_rows)};

static const struct sn_option poll_rows[] = {
	{.key = "interval",
	 .type = SN_OPTION_DURATION,
	 AT(sn_config, interval_ns),
	 .fallback = "60s",
	 .max = 366 * DAY,
	 .help = "Time from the start of one round of a target to the start of its next. `0s`: "
		 "round after round without a pause, for benchmarks."},
	{.key = "timeout",
	 .type = SN_OPTION_DURATION,
	 AT(sn_config, timeout_ns),
	 .fallback = "2s",
	 .min = MS,
	 .max = 3600 * SEC,
	 .help = "How long one attempt may wait for its answer, and the longest that "
		 "`retransmit: adaptive` waits before it asks again."},
	{.key = "retries",
	 .type = SN_OPTION_UINT,
	 AT(sn_config, retries),
	 .fallback = "3",
	 .max = 7,
	 .help = "Attempts after the first. A request is given up after `timeout` times its "
		 "attempts."},
	{.key = "retransmit",
	 .type = SN_OPTION_ENUM,
	 AT(sn_config, retransmit),
	 .fallback = "adaptive",
	 .words = retransmit_words,
	 .help = "`adaptive`: a request is sent again when its answer is later than the "
		 "target's round-trip times let expect (RFC 6298), and a target that loses "
		 "requests gets fewer at a time. `fixed`: after `timeout`, and always `window` at "
		 "a time. No target is given up earlier by one than by the other."},
	{.key = "threads",
	 .type = SN_OPTION_UINT,
	 AT(sn_config, threads),
	 .fallback = "auto",
	 .words = auto_word,
	 .min = 1,
	 .max = 1024,
	 .help = "Worker threads; `auto`: one for each CPU this process may use."},
	{.key = "in_flight",
	 .type = SN_OPTION_UINT,
	 AT(sn_config, in_flight),
	 .fallback = "20000",
	 .min = 1,
	 .max = SN_SLOT_MAX,
	 .help = "Requests one worker may have under way."},
	{.key = "window",
	 .type = SN_OPTION_UINT,
	 AT(sn_config, window),
	 .fallback = "4",
	 .min = 1,
	 .max = 1024,
	 .help = "Requests under way to one target at most."},
	{.key = "rate_limit",
	 .type = SN_OPTION_UINT,
	 AT(sn_config, rate_limit),
	 .fallback = "0",
	 .max = SN_PACER_RATE_MAX,
	 .help = "Requests a second to one target at most, retransmissions included; `window` of "
		 "them may go at once. What is too early waits. `0`: no limit."},
	{.key = "prefix_limits",
	 .type = SN_OPTION_LIST_OF,
	 AT(sn_raw_config, limits),
	 .child = &sn_level_limit,
	 .help = "The same for all targets of a block of addresses together."},
	{.key = "labels_ttl",
	 .type = SN_OPTION_DURATION,
	 AT(sn_config, labels_ttl_ns),
	 .fallback = "0s",
	 .max = 30 * DAY,
	 .help = "How long columns that are only there for labels (`ifName`, `ifAlias`...) are "
		 "kept before they are read again, give or take a quarter. They are read at once "
		 "when the device restarted, `ifTableLastChange` moved or rows came or went. "
		 "`0s`: they are read in every round."},
	{.key = "max_reply_bytes",
	 .type = SN_OPTION_SIZE32,
	 AT(sn_config, max_reply),
	 .fallback = "1400",
	 .min = 484,
	 .max = SN_IO_DATAGRAM_MAX,
	 .help = "Size of an answer to aim at: the number of repetitions of a GETBULK is chosen "
		 "so that answers come close to it. Above the path's MTU answers are fragmented."},
	{.key = "max_rows",
	 .type = SN_OPTION_UINT,
	 AT(sn_config, max_rows),
	 .fallback = "1000000",
	 .min = 1,
	 .max = 100000000,
	 .help = "Rows of one table of one target; a walk ends there."},
	{.key = "device_labels",
	 .type = SN_OPTION_TEXTS,
	 .offset = offsetof(struct sn_raw_config, device_labels),
	 .help = "Labels that all rows of a device get from scalars of its own: `sysName`, "
		 "`sysLocation`, `sysContact`, `sysDescr`, `sysObjectID`, or `label=OID` with the "
		 "OID of an instance. They are asked for with every round; a label that the target "
		 "has goes before."},
	{.key = "partial_scrapes",
	 .type = SN_OPTION_BOOL,
	 AT(sn_config, partial_scrapes),
	 .fallback = "true",
	 .help = "What /snmp replies with when a device did not answer all it was asked: what "
		 "came, with `sonde_scrape_complete` 0; or, when false, status 500, as "
		 "snmp_exporter."},
	{.key = "rates",
	 .type = SN_OPTION_BOOL,
	 AT(sn_config, rates),
	 .fallback = "false",
	 .help = "Every metric of type `counter` gets a field `<name>_rate` beside it: its growth "
		 "a second since the row was last answered. It is left out where it would not be "
		 "right: see [FORMATS.md](FORMATS.md#rates). Replies of /snmp do not have them."},
	{.key = "pin",
	 .type = SN_OPTION_BOOL,
	 AT(sn_config, pin),
	 .fallback = "true",
	 .help = "Bind each worker to a CPU of its own."},
};

const struct sn_option_level sn_level_poll = {"poll", "How targets are polled.", ROWS(poll_rows)};

static const struct sn_option io_rows[] = {
	{.key = "backend",
	 .type = SN_OPTION_ENUM,
	 AT(sn_config, io.backend),
	 .fallback = "auto",
	 .words = backend_words,
	 .help = "Interface to the kernel. `auto`: io_uring, or recvmmsg where that is not "
		 "allowed."},
	{.key = "sockets",
	 .type = SN_OPTION_UINT,
	 AT(sn_config, io.sockets4),
	 .fallback = "auto",
	 .words = auto_word,
	 .min = 1,
	 .max = SN_IO_SOCKETS_MAX / 2,
	 .help = "Sockets of one worker for IPv4, and as many for IPv6. `auto`: one, or up to four "
		 "where one is not granted a receive buffer for all answers that `poll.in_flight` "
		 "may bring."},
	{.key = "rcvbuf_bytes",
	 .type = SN_OPTION_SIZE32,
	 AT(sn_config, io.rcvbuf),
	 .min = 64 * KIB,
	 .max = GIB,
	 .help = "Receive buffer asked of the kernel for each socket; without CAP_NET_ADMIN it "
		 "grants `net.core.rmem_max` at most. When absent, what `poll.in_flight` answers "
		 "of 1,400 octets need, from 1 to 64 MiB. Takes memory only while datagrams "
		 "wait in it."},
	{.key = "min_wait",
	 .type = SN_OPTION_USEC,
	 AT(sn_config, io.min_wait_us),
	 .fallback = "1ms",
	 .max = 100 * MS,
	 .help = "How long a worker may gather answers before it wakes up, while it awaits 256 or "
		 "more; with fewer, in proportion, but up to 200us. Longer saves CPU, `0s` wakes "
		 "on the first."},
	{.key = "source_address",
	 .type = SN_OPTION_ADDRESS4,
	 AT(sn_config, io.bind4),
	 .help = "IPv4 address to send from; the kernel chooses when absent."},
	{.key = "source_address6",
	 .type = SN_OPTION_ADDRESS6,
	 AT(sn_config, io.bind6),
	 .help = "IPv6 address to send from; the kernel chooses when absent."},
};

const struct sn_option_level sn_level_io = {"io", "Sockets of the workers.", ROWS(io_rows)};

static const struct sn_option group_rows[] = {
	{.key = "targets",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_group, targets),
	 .help = "Devices: `host`, `host:port`, `IPv4`, `IPv4:port`, `IPv6`, `[IPv6]:port`; port "
		 "161 when absent. The text as written is the `instance` of the records."},
	{.key = "labels",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_group, labels),
	 .help = "Labels of all targets of this group. `__param_module` (names, comma-separated), "
		 "`__param_auth`, `__scrape_interval__`, `__scrape_timeout__` (of one attempt), "
		 "`__rate_limit__` override the settings; `__param_snmp_context` and "
		 "`__param_snmp_engineid` (in hexadecimal digits) the auth's context and its "
		 "engine with version 3, and are ignored otherwise; `__address__` is polled in "
		 "place of the target's text, `instance` names it; other names that begin with "
		 "two underscores are dropped, the rest go out with every record."},
};

const struct sn_option_level sn_level_group = {
	"targets[].static[]",
	"A group of targets as Prometheus writes it; a target file is a list of such groups.",
	ROWS(group_rows)};

static const struct sn_option source_rows[] = {
	{.key = "static",
	 .type = SN_OPTION_LIST_OF,
	 AT(sn_raw_source, groups),
	 .child = &sn_level_group,
	 .help = "Groups of targets written here."},
	{.key = "file_sd",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_source, file_sd),
	 .child = &sn_level_file_sd,
	 .help = "Groups of targets from files."},
	{.key = "http_sd",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_source, http_sd),
	 .child = &sn_level_http_sd,
	 .help = "Groups of targets from a web server."},
	{.key = "csv",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_source, csv),
	 .child = &sn_level_csv,
	 .help = "Targets from files of comma-separated values."},
};

const struct sn_option_level sn_level_source = {
	"targets[]", "One source of targets; a target that several sources name is polled once.",
	ROWS(source_rows)};

static const struct sn_option config_rows[] = {
	{.key = "poll",
	 .type = SN_OPTION_SECTION,
	 .child = &sn_level_poll,
	 .help = "How targets are polled."},
	{.key = "io", .type = SN_OPTION_SECTION, .child = &sn_level_io, .help = "Sockets."},
	{.key = "auths",
	 .type = SN_OPTION_MAP_OF,
	 AT(sn_raw_config, auths),
	 .child = &sn_level_auth,
	 .help = "Versions and communities by name, in snmp_exporter's format."},
	{.key = "modules",
	 .type = SN_OPTION_MAP_OF,
	 AT(sn_raw_config, modules),
	 .child = &sn_level_module,
	 .help = "What to ask, by name, in snmp_exporter's format."},
	{.key = "module_files",
	 .type = SN_OPTION_TEXTS,
	 AT(sn_raw_config, module_files),
	 .help = "Files in snmp_exporter's own format (`snmp.yml`), relative to the configuration "
		 "file; may contain `*`. A name must be defined only once."},
	{.key = "tables",
	 .type = SN_OPTION_TEXT_MAP,
	 AT(sn_raw_config, tables),
	 .help = "New names of tables. A table is called `<module>_<index labels>`, such as "
		 "`if_mib_ifIndex`; a module's scalars are in the table `<module>`."},
	{.key = "targets",
	 .type = SN_OPTION_LIST_OF,
	 AT(sn_raw_config, targets),
	 .child = &sn_level_source,
	 .help = "Where the devices to poll are listed."},
	{.key = "state_dir",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_config, state_dir),
	 .min = 1,
	 .max = 1024,
	 .help = "Folder for what is to be known at the next start: the last good list of every "
		 "`http_sd`. Relative to the configuration file; made, with the mode 0700, if it "
		 "is not there. Nothing is kept when absent."},
	{.key = "output",
	 .type = SN_OPTION_LIST_OF,
	 AT(sn_raw_config, output),
	 .child = &sn_level_sink,
	 .help = "Where records go; the standard output in the format influx when absent."},
	{.key = "spool",
	 .type = SN_OPTION_CHOICE,
	 AT(sn_raw_config, spool),
	 .child = &sn_level_spools,
	 .help = "Where messages to Kafka wait on disk: for all outputs to Kafka that have no "
		 "`spool` of their own."},
	{.key = "listen",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_config, cfg.listen),
	 .min = 1,
	 .help = "Address of the web server (docs/HTTP.md), such as `127.0.0.1:9116`, `[::1]:9116` "
		 "or `:9116` for all addresses; port 0: any that is free. None when absent."},
	{.key = "web_config_file",
	 .type = SN_OPTION_STRING,
	 AT(sn_raw_config, web_config_file),
	 .min = 1,
	 .help = "TLS and users of the web server, a file in the format of Prometheus' exporters "
		 "(docs/HTTP.md), relative to the configuration file. Plain HTTP for everybody "
		 "when absent."},
};

const struct sn_option_level sn_level_config = {"sonde.yaml", "The keys at the top of the file.",
						ROWS(config_rows)};

const struct sn_option_level *const sn_levels[] = {&sn_level_config,
						   &sn_level_poll,
						   &sn_level_limit,
						   &sn_level_io,
						   &sn_level_source,
						   &sn_level_group,
						   &sn_level_file_sd,
						   &sn_level_http_sd,
						   &sn_level_basic_auth,
						   &sn_level_authorization,
						   &sn_level_header,
						   &sn_level_tls,
						   &sn_level_csv,
						   &sn_level_sink,
						   &sn_level_stdout,
						   &sn_level_file,
						   &sn_level_kafka,
						   &sn_level_spool,
						   &sn_level_spools,
						   &sn_level_registry,
						   &sn_level_output_filter,
						   &sn_level_module_file,
						   &sn_level_auth,
						   &sn_level_module,
						   &sn_level_metric,
						   &sn_level_index,
						   &sn_level_lookup,
						   &sn_level_extract,
						   &sn_level_filter,
						   &sn_level_web,
						   &sn_level_web_tls,
						   &sn_level_web_http,
						   NULL};

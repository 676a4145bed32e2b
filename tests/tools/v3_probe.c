/*
 * A command generator of version 3 for the interop tests (tests/interop/_lab_v3.py): io, worker,
 * session and devices as in the product, told line by line on standard input what to do. One
 * thread. Words are separated by single spaces; "-" is an empty one.
 *
 *   user LABEL NAME LEVEL AUTH KEY PRIV KEY [ENGINE-ID]   see support/user_words.h
 *   device LABEL ADDRESS:PORT USER [CONTEXT]              an agent of which nothing is known
 *   patience MILLISECONDS ATTEMPTS                        for all requests from now on
 *   get DEVICE OID...     walk DEVICE OID REPETITIONS     set DEVICE OID i|s VALUE
 *
 * A command answers with `OID = TYPE: value` lines (octets hexadecimal), `status: NAME INDEX` for
 * an error-status, `error: CODE: text` when no answer came, and at last `done` with what it cost:
 * PDUs, datagrams both ways, milliseconds, and every counter of the worker that moved. A line that
 * cannot be understood ends the program with status 2.
 */
#include "base/clock.h"
#include "codec/oid.h"
#include "msg/community.h"
#include "session/discovery.h"
#include "support/print.h"
#include "support/user_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LABELS_MAX = 512, WORDS_MAX = 32, LINE_LENGTH_MAX = 4096, LABEL_MAX = 64 };

struct user {
	char label[LABEL_MAX];	/* what commands call it */
	struct user_words read; /* what it is */
};

struct agent {
	char label[LABEL_MAX];	     /* what commands call it */
	char context[LABEL_MAX];     /* contextName */
	struct sn_usm_access access; /* as whom */
	struct sn_device dev;	     /* the session's view of it */
};

struct probe {
	struct sn_worker w;		/* with io, timers, counters */
	struct sn_session s;		/* what is tested */
	struct user *users[LABELS_MAX]; /* nusers of them */
	struct agent *agents[LABELS_MAX];
	unsigned nusers;
	unsigned nagents;
	uint64_t timeout_ns;		   /* of one attempt */
	uint8_t attempts;		   /* of one request */
	unsigned pdus;			   /* requests of this command */
	bool over;			   /* the request under way has ended */
	bool more;			   /* and its answer leaves a walk something to ask */
	struct sn_span root;		   /* of a walk, else empty: every name is printed */
	uint8_t last[SN_OID_MAX_BER];	   /* where a walk has come to */
	size_t last_n;			   /* its octets */
	uint64_t before[SN_COUNTER_COUNT]; /* counters when the command began */
	struct sn_io_stats io_before;	   /* io's counters then */
	uint64_t began;			   /* mono ns then */
};

static struct probe probe;

static void __attribute__((noreturn)) give_up(const char *what, const char *text)
{
	fflush(stdout);
	fprintf(stderr, "v3_probe: %s: %s\n", what, text);
	exit(2);
}

static const char *err_code(int err)
{
	switch (err) {
#define ERR_CASE(name, value, text)                                                                \
	case value:                                                                                \
		return #name;
		SN_ERR_TABLE(ERR_CASE)
#undef ERR_CASE
	default:
		return "?";
	}
}

/* Prints one varbind if it is wanted; false: the walk has left its subtree or cannot go on. */
static bool take_varbind(const struct sn_varbind *vb)
{
	struct sn_value v;
	int rc = sn_value_read(vb->tag, vb->value, &v);

	if (probe.root.n &&
	    (!sn_span_is_prefix(probe.root, vb->name) || vb->tag == SN_TAG_END_OF_MIB_VIEW)) {
		return false;
	}
	print_oid(vb->name);
	if (rc) {
		printf(" = cannot be read: %s\n", sn_err_text(rc));
		return false;
	}
	printf(" = %s: ", sn_value_type_name(v.tag));
	print_value(&v);
	printf("\n");
	if (probe.root.n) {
		if (sn_oid_cmp(sn_span_make(probe.last, probe.last_n), vb->name) >= 0 ||
		    vb->name.n > sizeof(probe.last)) {
			printf("error: ERANGE: the walk does not go forward\n");
			return false;
		}
		memcpy(probe.last, vb->name.p, vb->name.n);
		probe.last_n = vb->name.n;
	}
	return true;
}

static void on_done(struct sn_request *rq, const struct sn_answer *answer)
{
	struct sn_cursor cur;
	struct sn_varbind vb;

	(void)rq;
	probe.over = true;
	probe.w.hurry = true; /* out of the turn, nothing else is waited for */
	if (answer->err) {
		printf("error: %s: %s\n", err_code(answer->err), sn_err_text(answer->err));
		return;
	}
	if (answer->pdu->status) {
		printf("status: %s %d\n", sn_pdu_status_name(answer->pdu->status),
		       answer->pdu->index);
		return;
	}
	cur = sn_cursor_make(answer->pdu->vbs);
	probe.more = sn_cursor_left(&cur) > 0;
	while (probe.more && sn_varbind_next(&cur, &vb)) {
		probe.more = take_varbind(&vb);
	}
	if (cur.err) {
		printf("error: %s: in a varbind list\n", err_code(cur.err));
		probe.more = false;
	}
}

/* One request, to its end. */
static void exchange(struct agent *agent, uint8_t type, struct sn_span vbs, int32_t repetitions)
{
	struct sn_request rq;

	sn_request_init(&rq);
	rq.dev = &agent->dev;
	rq.done = on_done;
	rq.type = type;
	rq.vbs = vbs;
	rq.index = repetitions;
	rq.timeout_ns = probe.timeout_ns;
	rq.attempts_max = probe.attempts;
	probe.over = false;
	probe.more = false;
	probe.pdus++;
	probe.w.now = sn_io_now(probe.w.io);
	sn_request_start(&probe.s, &rq);
	while (!probe.over) {
		int rc = sn_worker_turn(&probe.w, SN_TIME_NEVER);

		if (rc) {
			give_up("io", sn_err_text(rc));
		}
	}
}

static struct user *find_user(const char *label)
{
	for (unsigned i = 0; i < probe.nusers; i++) {
		if (strcmp(probe.users[i]->label, label) == 0) {
			return probe.users[i];
		}
	}
	give_up("no such user", label);
}

static struct agent *find_agent(const char *label)
{
	for (unsigned i = 0; i < probe.nagents; i++) {
		if (strcmp(probe.agents[i]->label, label) == 0) {
			return probe.agents[i];
		}
	}
	give_up("no such device", label);
}

/* A zeroed object under a label of its own. */
static void *make(unsigned n, size_t size, const char *label)
{
	char *made = calloc(1, size); /* its label comes first */

	if (!made || n == LABELS_MAX || strlen(label) >= LABEL_MAX) {
		give_up("no room for", label);
	}
	memcpy(made, label, strlen(label) + 1);
	return made;
}

static void do_user(char **word, unsigned n)
{
	struct user *u = make(probe.nusers, sizeof(*u), n < 2 ? "?" : word[0]);
	const char *wrong = user_words_read(&u->read, word + 1, n - 1);

	probe.users[probe.nusers++] = u;
	if (wrong) {
		give_up(word[0], wrong);
	}
}

static void do_device(char **word, unsigned n)
{
	/* datagrams are counted: an agent without CPU for some ms is not to be asked again */
	struct sn_device_config cfg = {.version = SN_VERSION_3, .window = 1, .fixed = true};
	struct agent *agent = make(probe.nagents, sizeof(*agent), n < 3 ? "?" : word[0]);

	probe.agents[probe.nagents++] = agent;
	if (n < 3 || n > 4 || sn_addr_parse(&cfg.addr, word[1], 161)) {
		give_up("device", "wants LABEL ADDRESS:PORT USER [CONTEXT]");
	}
	if (n == 4 && strlen(word[3]) < sizeof(agent->context)) {
		memcpy(agent->context, word[3], strlen(word[3]));
	}
	agent->access.user = &find_user(word[2])->read.usm;
	agent->access.context = sn_span_str(agent->context);
	cfg.access = &agent->access;
	cfg.sock = (int16_t)sn_io_pick_socket(probe.w.io, cfg.addr.sa.sa_family, 0);
	sn_device_init(&agent->dev, &cfg);
}

/* The OID of a word, as BER content. */
static struct sn_span read_oid(const char *word, uint8_t *ber)
{
	int n = sn_oid_from_text(word, ber, SN_OID_MAX_BER);

	if (n < 0) {
		give_up(sn_err_text(n), word);
	}
	return sn_span_make(ber, (size_t)n);
}

static void do_get(char **word, unsigned n)
{
	uint8_t vbs[WORDS_MAX * (SN_OID_MAX_BER + 8)];
	struct sn_writer wr = sn_writer_make(vbs, sizeof(vbs));
	uint8_t oid[SN_OID_MAX_BER];

	for (unsigned i = n; i > 1; i--) {
		sn_varbind_write_null(&wr, read_oid(word[i - 1], oid));
	}
	exchange(find_agent(word[0]), SN_PDU_GET, sn_writer_span(&wr), 0);
}

static void do_walk(char **word, unsigned n)
{
	uint8_t vbs[SN_OID_MAX_BER + 16];
	uint8_t root[SN_OID_MAX_BER];

	if (n != 3) {
		give_up("walk", "wants DEVICE OID REPETITIONS");
	}
	probe.root = read_oid(word[1], root);
	memcpy(probe.last, root, probe.root.n);
	probe.last_n = probe.root.n;
	do {
		struct sn_writer wr = sn_writer_make(vbs, sizeof(vbs));

		sn_varbind_write_null(&wr, sn_span_make(probe.last, probe.last_n));
		exchange(find_agent(word[0]), SN_PDU_GETBULK, sn_writer_span(&wr), atoi(word[2]));
	} while (probe.more);
	probe.root.n = 0;
}

static void do_set(char **word, unsigned n)
{
	struct sn_value v = {.tag = SN_TAG_OCTETS};
	uint8_t oid[SN_OID_MAX_BER];
	uint8_t vbs[LINE_LENGTH_MAX + SN_OID_MAX_BER + 16];
	struct sn_writer wr = sn_writer_make(vbs, sizeof(vbs));

	if (n != 4 || (strcmp(word[2], "i") != 0 && strcmp(word[2], "s") != 0)) {
		give_up("set", "wants DEVICE OID i|s VALUE");
	}
	if (word[2][0] == 'i') {
		v.tag = SN_TAG_INTEGER;
		v.i = strtoll(word[3], NULL, 10);
	} else {
		v.bytes = sn_span_str(word[3]);
	}
	sn_varbind_write(&wr, read_oid(word[1], oid), &v);
	exchange(find_agent(word[0]), SN_PDU_SET, sn_writer_span(&wr), 0);
}

static void do_patience(char **word, unsigned n)
{
	int attempts = n == 2 ? atoi(word[1]) : 0;

	if (attempts < 1 || attempts > SN_REQUEST_ATTEMPTS_MAX || atoi(word[0]) < 1) {
		give_up("patience", "wants MILLISECONDS ATTEMPTS");
	}
	probe.timeout_ns = (uint64_t)atoi(word[0]) * SN_NS_PER_MS;
	probe.attempts = (uint8_t)attempts;
}

static void run(char **word, unsigned n)
{
	static const struct {
		const char *name;
		void (*run)(char **word, unsigned n); /* words after the name */
	} commands[] = {{"user", do_user}, {"device", do_device}, {"patience", do_patience},
			{"get", do_get},   {"walk", do_walk},	  {"set", do_set}};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (n > 1 && strcmp(word[0], commands[i].name) == 0) {
			commands[i].run(word + 1, n - 1);
			return;
		}
	}
	give_up("no such command", word[0]);
}

static void begin_command(void)
{
	for (unsigned i = 0; i < SN_COUNTER_COUNT; i++) {
		probe.before[i] = sn_counter_get(&probe.w.counters, i);
	}
	probe.io_before = probe.w.io->stats;
	probe.began = sn_io_now(probe.w.io);
	probe.pdus = 0;
}

static void end_command(void)
{
	const struct sn_io_stats *st = &probe.w.io->stats;

	printf("done pdus=%u sent=%" PRIu64 " received=%" PRIu64 " ms=%.1f", probe.pdus,
	       st->tx_datagrams - probe.io_before.tx_datagrams,
	       st->rx_datagrams - probe.io_before.rx_datagrams,
	       (double)(sn_io_now(probe.w.io) - probe.began) / (double)SN_NS_PER_MS);
	for (unsigned i = 0; i < SN_COUNTER_COUNT; i++) {
		uint64_t moved = sn_counter_get(&probe.w.counters, i) - probe.before[i];

		bool gauge = i == SN_C_GOVERNOR_LIMIT || i == SN_C_IN_FLIGHT;

		if (moved && i != SN_C_LOOPS && !gauge) {
			printf(" %s=%" PRIu64, sn_counter_name(i), moved);
		}
	}
	printf("\n");
	fflush(stdout);
}

static void start(void)
{
	struct sn_io_config ic = {.sockets4 = 1, .sockets6 = 1};
	struct sn_worker_config wc = {.in_flight = 64};
	struct sn_io *io;
	int rc = sn_io_open(&ic, &io, NULL);

	rc = rc ? rc : sn_worker_init(&probe.w, &wc, io);
	if (rc) {
		give_up("cannot start", sn_err_text(rc));
	}
	sn_session_init(&probe.s, &probe.w);
	probe.timeout_ns = SN_NS_PER_SEC;
	probe.attempts = 1;
}

static void stop(void)
{
	for (unsigned i = 0; i < probe.nagents; i++) {
		sn_discovery_forget(&probe.s, &probe.agents[i]->dev);
		free(probe.agents[i]);
	}
	for (unsigned i = 0; i < probe.nusers; i++) {
		free(probe.users[i]);
	}
	sn_session_fini(&probe.s);
	sn_worker_fini(&probe.w);
}

int main(void)
{
	char line[LINE_LENGTH_MAX];

	start();
	while (fgets(line, sizeof(line), stdin)) {
		char *word[WORDS_MAX];
		char *rest = line;
		unsigned n = 0;
		char *next;

		line[strcspn(line, "\n")] = '\0';
		while (n < WORDS_MAX && (next = strsep(&rest, " "))) {
			word[n++] = strcmp(next, "-") == 0 ? next + 1 : next;
		}
		begin_command();
		run(word, n);
		end_command();
	}
	stop();
	return EXIT_SUCCESS;
}

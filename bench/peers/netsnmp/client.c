/*
 * A poller on Net-SNMP's library, for comparison: single session API (snmp_sess_*), asynchronous,
 * one session a device, epoll over their sockets, one thread. A task is what is asked of one device
 * in turn: the GET of ten counters, a walk of some subtrees. As many tasks as --window says are
 * under way, each with one request, for a first round and then until --seconds are over.
 * bench/peers/README.md has the options and what is printed; bench/runner/peers_native.py compiles
 * and starts it.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/library/large_fd_set.h>

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

enum {
	COLUMNS_IF = 22, /* of ifTable */
	COLUMNS_IFX = 19,
	COLUMNS = COLUMNS_IF + COLUMNS_IFX,
	GETS = 10,
	ROOTS_MAX = 2,	 /* subtrees a task walks one after the other */
	NAME_MAX_ = 16,	 /* components of a name in these tables, at most */
	EVENTS = 128,	 /* taken from epoll at a time */
	TICK_MS = 50,	 /* how often time-outs are looked for */
	FIRST_ROUND = 5, /* s that it may take */
};

struct name {
	oid id[NAME_MAX_];
	size_t len; /* components */
};

struct task {
	struct client *c;
	const char *target;	      /* ADDR:PORT; the command line's */
	struct name roots[ROOTS_MAX]; /* subtrees to walk; none for a GET */
	unsigned n_roots;
	unsigned expected; /* varbinds of a whole operation */
	void *session;	   /* Net-SNMP's; NULL before the first operation */
	int fd;		   /* its socket */
	bool busy;	   /* an operation is under way */
	unsigned root;	   /* the one being walked */
	struct name at;	   /* the name the walk has come to */
	unsigned got;	   /* varbinds of this operation so far */
};

struct count {
	unsigned long requests;	  /* answered */
	unsigned long varbinds;	  /* of the tables, or the ten */
	unsigned long operations; /* whole and right */
	unsigned long failed;	  /* operations */
	double at;		  /* when it was read, s */
	double cpu;		  /* that this process had used then, s */
};

struct client {
	const char *kind;    /* get10, walk, one_big */
	bool v3;	     /* else v2c */
	double seconds;	     /* to poll */
	unsigned window;     /* tasks under way at once */
	double timeout;	     /* s */
	int retries;	     /* after the first try */
	unsigned interfaces; /* rows a device has */
	long repetitions;    /* GETBULK's max-repetitions */
	struct task *tasks;  /* all there is to do, again and again */
	unsigned n_tasks;    /* of tasks */
	unsigned cursor;     /* where the next idle task is looked for */
	unsigned in_flight;  /* tasks that are busy */
	double end; /* no request is sent after; s of the monotonic clock; 0: still the first round
		     */
	struct name gets[GETS];		  /* names of get10 */
	u_char auth_key[USM_AUTH_KU_LEN]; /* keys of version 3, not yet localized */
	size_t auth_key_len;
	u_char priv_key[USM_PRIV_KU_LEN];
	size_t priv_key_len;
	int epoll;
	struct count count; /* so far */
	struct count base;  /* when the first round was over: what counts comes after */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_used(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what)
{
	fprintf(stderr, "netsnmp: %s\n", what);
	exit(2);
}

/* A word that only the environment has: command lines can be read by others. */
static char *secret(const char *name)
{
	char *word = getenv(name);

	if (!word) {
		fprintf(stderr, "netsnmp: %s is not set\n", name);
		exit(2);
	}
	return word;
}

/* The name of a column of ifTable (table 2) or ifXTable (table 31), or with column 0 of the table;
 * of an instance of it if instance is not 0. */
static struct name name_of(unsigned table, unsigned column, unsigned instance)
{
	static const oid if_table[] = {1, 3, 6, 1, 2, 1, 2, 2};
	static const oid ifx_table[] = {1, 3, 6, 1, 2, 1, 31, 1, 1};
	struct name n = {.len = table == 2 ? OID_LENGTH(if_table) : OID_LENGTH(ifx_table)};

	memcpy(n.id, table == 2 ? if_table : ifx_table, n.len * sizeof(oid));
	if (column) {
		n.id[n.len++] = 1;
		n.id[n.len++] = column;
	}
	if (instance) {
		n.id[n.len++] = instance;
	}
	return n;
}

static void names_of_gets(struct name gets[GETS])
{
	static const struct name uptime = {{1, 3, 6, 1, 2, 1, 1, 3, 0}, 9};

	gets[0] = uptime;
	for (unsigned i = 1; i <= 4; i++) {
		gets[i] = name_of(31, 6, i);	  /* ifHCInOctets */
		gets[4 + i] = name_of(31, 10, i); /* ifHCOutOctets */
	}
	gets[9] = name_of(2, 14, 1); /* ifInErrors */
}

/* The tasks of one device, from tasks on: how many they are. The columns of a big one are walked
 * side by side, else it would be asked one thing at a time. */
static unsigned tasks_of(struct client *c, struct task *tasks, const char *target)
{
	bool big = strcmp(c->kind, "one_big") == 0;
	unsigned n = big ? COLUMNS : 1;

	for (unsigned i = 0; i < n; i++) {
		struct task *t = &tasks[i];

		*t = (struct task){.c = c, .target = target, .fd = -1};
		if (big) {
			t->n_roots = 1;
			t->roots[0] = i < COLUMNS_IF ? name_of(2, i + 1, 0)
						     : name_of(31, i - COLUMNS_IF + 1, 0);
			t->expected = c->interfaces;
		} else if (strcmp(c->kind, "walk") == 0) {
			t->n_roots = 2;
			t->roots[0] = name_of(2, 0, 0);
			t->roots[1] = name_of(31, 0, 0);
			t->expected = c->interfaces * COLUMNS;
		} else {
			t->expected = GETS;
		}
	}
	return n;
}

/* Whether the time is. */
static bool is_over(const struct client *c)
{
	return c->end > 0 && now() >= c->end;
}

static bool is_below(const netsnmp_variable_list *v, const struct name *root)
{
	return v->name_length > root->len &&
	       memcmp(v->name, root->id, root->len * sizeof(oid)) == 0;
}

static bool is_value(const netsnmp_variable_list *v)
{
	return v->type != SNMP_NOSUCHOBJECT && v->type != SNMP_NOSUCHINSTANCE &&
	       v->type != SNMP_ENDOFMIBVIEW && v->type != ASN_NULL;
}

/* The library may tell twice that a request could not be sent. */
static void operation_ends(struct task *t, bool good)
{
	struct client *c = t->c;

	if (!t->busy) {
		return;
	}
	t->busy = false;
	c->in_flight--;
	if (good) {
		c->count.operations++;
	} else {
		c->count.failed++;
	}
}

static int on_event(int what, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *arg);

/* Sends the next request of an operation; the operation has failed if that cannot be done. */
static void request_send(struct task *t)
{
	struct client *c = t->c;
	netsnmp_pdu *pdu = snmp_pdu_create(t->n_roots ? SNMP_MSG_GETBULK : SNMP_MSG_GET);

	if (!pdu) {
		die("no memory");
	}
	if (t->n_roots) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = c->repetitions;
		snmp_add_null_var(pdu, t->at.id, t->at.len);
	} else {
		for (unsigned i = 0; i < GETS; i++) {
			snmp_add_null_var(pdu, c->gets[i].id, c->gets[i].len);
		}
	}
	if (!snmp_sess_async_send(t->session, pdu, on_event, t)) {
		snmp_free_pdu(pdu);
		operation_ends(t, false);
	}
}

static void get_answered(struct task *t, const netsnmp_pdu *pdu)
{
	unsigned i = 0;
	bool good = true;

	for (const netsnmp_variable_list *v = pdu->variables; v; v = v->next_variable, i++) {
		good = good && i < GETS && is_value(v) && v->name_length == t->c->gets[i].len &&
		       memcmp(v->name, t->c->gets[i].id, v->name_length * sizeof(oid)) == 0;
	}
	t->c->count.varbinds += i;
	operation_ends(t, good && i == GETS);
}

/* Takes the answer to a GETBULK and asks on: in this subtree, in the next one, or it was all. */
static void walk_answered(struct task *t, const netsnmp_pdu *pdu)
{
	const struct name *root = &t->roots[t->root];
	const netsnmp_variable_list *last = NULL;
	bool over = !pdu->variables;

	for (const netsnmp_variable_list *v = pdu->variables; v && !over; v = v->next_variable) {
		if (!is_below(v, root) || !is_value(v)) {
			over = true;
			break;
		}
		if (v->name_length > NAME_MAX_ ||
		    snmp_oid_compare(v->name, v->name_length, last ? last->name : t->at.id,
				     last ? last->name_length : t->at.len) <= 0) {
			operation_ends(t, false); /* it would never end */
			return;
		}
		last = v;
		t->got++;
		t->c->count.varbinds++;
	}
	if (!over) {
		memcpy(t->at.id, last->name, last->name_length * sizeof(oid));
		t->at.len = last->name_length;
	} else if (++t->root < t->n_roots) {
		t->at = t->roots[t->root];
	} else {
		operation_ends(t, t->got == t->expected);
		return;
	}
	if (!is_over(t->c)) {
		request_send(t);
	} else { /* cut short: neither good nor bad */
		t->busy = false;
		t->c->in_flight--;
	}
}

/* Net-SNMP's callback: an answer, or that there will be none. */
static int on_event(int what, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *arg)
{
	struct task *t = arg;

	(void)session;
	(void)id;
	if (what == NETSNMP_CALLBACK_OP_RESEND) {
		return 1;
	}
	if (what == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && pdu->command == SNMP_MSG_REPORT &&
	    snmpv3_get_report_type(pdu) == SNMPERR_NOT_IN_TIME_WINDOW) {
		return 1; /* the library sends it again */
	}
	if (what != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || pdu->command != SNMP_MSG_RESPONSE ||
	    pdu->errstat != SNMP_ERR_NOERROR) {
		operation_ends(t, false);
		return 1;
	}
	t->c->count.requests++;
	if (t->n_roots) {
		walk_answered(t, pdu);
	} else {
		get_answered(t, pdu);
	}
	return 1;
}

/* Opens the session of a task. With the first request the library asks a device of version 3 for
 * its engine's ID, and waits for it. */
static bool session_open(struct task *t)
{
	struct client *c = t->c;
	netsnmp_session s;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = t};

	snmp_sess_init(&s);
	s.peername = (char *)t->target;
	s.timeout = (long)(c->timeout * 1e6);
	s.retries = c->retries;
	if (c->v3) {
		s.version = SNMP_VERSION_3;
		s.securityName = secret("PEER_USER");
		s.securityNameLen = strlen(s.securityName);
		s.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
		s.securityAuthProto = usmHMACSHA1AuthProtocol;
		s.securityAuthProtoLen = USM_AUTH_PROTO_SHA_LEN;
		s.securityPrivProto = usmAESPrivProtocol;
		s.securityPrivProtoLen = USM_PRIV_PROTO_AES_LEN;
		memcpy(s.securityAuthKey, c->auth_key, c->auth_key_len);
		s.securityAuthKeyLen = c->auth_key_len;
		memcpy(s.securityPrivKey, c->priv_key, c->priv_key_len);
		s.securityPrivKeyLen = c->priv_key_len;
	} else {
		s.version = SNMP_VERSION_2c;
		s.community = (u_char *)secret("PEER_COMMUNITY");
		s.community_len = strlen((char *)s.community);
	}
	t->session = snmp_sess_open(&s);
	if (!t->session) {
		return false;
	}
	t->fd = snmp_sess_transport(t->session)->sock;
	return epoll_ctl(c->epoll, EPOLL_CTL_ADD, t->fd, &event) == 0;
}

/* Starts operations until as many as wanted are under way. */
static void client_fill(struct client *c)
{
	for (unsigned seen = 0; seen < c->n_tasks && c->in_flight < c->window && !is_over(c);
	     seen++) {
		struct task *t = &c->tasks[c->cursor];

		c->cursor = (c->cursor + 1) % c->n_tasks;
		if (t->busy) {
			continue;
		}
		if (!t->session && !session_open(t)) {
			c->count.failed++;
			continue;
		}
		t->busy = true;
		c->in_flight++;
		t->root = 0;
		t->got = 0;
		if (t->n_roots) {
			t->at = t->roots[0];
		}
		request_send(t);
	}
}

/* From here on it counts, when each device has been asked once: what is done only at the first
 * contact and the memory that it takes are left out, as they are of the others. */
static void measure_begins(struct client *c)
{
	double began = c->base.at;

	if (c->count.operations + c->count.failed < c->n_tasks && now() - began < FIRST_ROUND &&
	    strcmp(c->kind, "one_big") != 0) {
		return;
	}
	c->base = c->count;
	c->base.at = now();
	c->base.cpu = cpu_used();
	c->end = c->base.at + c->seconds;
}

/* Polls until the time is over and the last answers are there. */
static void client_run(struct client *c)
{
	netsnmp_large_fd_set ready;
	struct epoll_event events[EVENTS];
	double tick = now();

	netsnmp_large_fd_set_init(&ready, FD_SETSIZE);
	c->base.at = now();
	client_fill(c);
	while (c->in_flight || !is_over(c)) {
		int n = epoll_wait(c->epoll, events, EVENTS, TICK_MS);

		for (int i = 0; i < n; i++) {
			struct task *t = events[i].data.ptr;

			NETSNMP_LARGE_FD_SET(t->fd, &ready);
			snmp_sess_read2(t->session, &ready);
			NETSNMP_LARGE_FD_CLR(t->fd, &ready);
		}
		if (now() - tick > TICK_MS / 1e3) {
			tick = now();
			for (unsigned i = 0; i < c->n_tasks; i++) {
				if (c->tasks[i].busy) {
					snmp_sess_timeout(c->tasks[i].session);
				}
			}
		}
		if (c->end == 0) {
			measure_begins(c);
		}
		client_fill(c);
	}
	netsnmp_large_fd_set_cleanup(&ready);
}

/* The library as a program of its own wants it: no MIB files, no configuration, no state. The
 * passwords are hashed here, once for all devices. */
static void library_init(struct client *c)
{
	setenv("MIBS", "", 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	init_snmp("bench");
	if (!c->v3) {
		return;
	}
	c->auth_key_len = sizeof(c->auth_key);
	c->priv_key_len = sizeof(c->priv_key);

	const char *auth = secret("PEER_AUTH_PASSWORD");
	const char *priv = secret("PEER_PRIV_PASSWORD");

	if (generate_Ku(usmHMACSHA1AuthProtocol, USM_AUTH_PROTO_SHA_LEN, (const u_char *)auth,
			strlen(auth), c->auth_key, &c->auth_key_len) != SNMPERR_SUCCESS ||
	    generate_Ku(usmHMACSHA1AuthProtocol, USM_AUTH_PROTO_SHA_LEN, (const u_char *)priv,
			strlen(priv), c->priv_key, &c->priv_key_len) != SNMPERR_SUCCESS) {
		die("passwords of eight characters and more are needed");
	}
}

/* The command line. */
static void client_init(struct client *c, int argc, char **argv)
{
	static const struct option options[] = {{"version", 1, NULL, 'v'},
						{"seconds", 1, NULL, 's'},
						{"window", 1, NULL, 'w'},
						{"timeout", 1, NULL, 't'},
						{"retries", 1, NULL, 'r'},
						{"interfaces", 1, NULL, 'i'},
						{"repetitions", 1, NULL, 'n'},
						{"kind", 1, NULL, 'k'},
						{NULL, 0, NULL, 0}};
	int o;

	*c = (struct client){.kind = "get10", .seconds = 2, .window = 100, .timeout = 1};
	c->retries = 3;
	c->interfaces = 48;
	c->repetitions = 100;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'k':
			c->kind = optarg;
			break;
		case 'v':
			c->v3 = strcmp(optarg, "3") == 0;
			break;
		case 's':
			c->seconds = strtod(optarg, NULL);
			break;
		case 'w':
			c->window = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 't':
			c->timeout = strtod(optarg, NULL);
			break;
		case 'r':
			c->retries = (int)strtol(optarg, NULL, 10);
			break;
		case 'i':
			c->interfaces = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			c->repetitions = strtol(optarg, NULL, 10);
			break;
		default:
			exit(2);
		}
	}
	if (optind == argc) {
		die("no targets");
	}
	c->tasks = calloc((size_t)(argc - optind) * (strcmp(c->kind, "one_big") == 0 ? COLUMNS : 1),
			  sizeof(*c->tasks));
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!c->tasks || c->epoll < 0) {
		die("no memory");
	}
	for (int i = optind; i < argc; i++) {
		c->n_tasks += tasks_of(c, &c->tasks[c->n_tasks], argv[i]);
	}
	names_of_gets(c->gets);
}

/* A socket for each session, however many. */
static void allow_sockets(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	struct client c;

	allow_sockets();
	client_init(&c, argc, argv);
	library_init(&c);
	client_run(&c);
	printf("{\"requests\": %lu, \"varbinds\": %lu, \"seconds\": %.6f, \"cpu\": %.6f, "
	       "\"failed\": %lu, \"operations\": %lu}\n",
	       c.count.requests - c.base.requests, c.count.varbinds - c.base.varbinds,
	       now() - c.base.at, cpu_used() - c.base.cpu, c.count.failed, c.count.operations);
	return 0;
}

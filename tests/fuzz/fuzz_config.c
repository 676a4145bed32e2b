/*
 * Fuzz target: a whole configuration. The input is up to three files with NUL bytes between them:
 * sonde.yaml, then what every YAML file it names holds, then the same for JSON. Nothing outside the
 * input is read or made, no name is looked up and no service asked: the calls that would are
 * replaced here.
 */
#include "config/config.h"
#include "document/json.h"
#include "document/yaml.h"
#include "msg/community.h"
#include "msg/v3.h"
#include "usm/user.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The files of the current input. */
static struct sn_span parts[3];

static unsigned part_of(const char *path)
{
	size_t n = strlen(path);

	if (strcmp(path, "sonde.yaml") == 0) {
		return 0;
	}
	return n >= 5 && strcmp(path + n - 5, ".json") == 0 ? 2 : 1;
}

/* In place of libc's: every path is one of the three files. */
int open(const char *path, int flags, ...)
{
	struct sn_span part = parts[part_of(path)];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	(void)flags;
	if (fd < 0 || !part.p) {
		if (fd >= 0) {
			close(fd);
		}
		errno = ENOENT;
		return -1;
	}
	if (write(fd, part.p, part.n) != (ssize_t)part.n) {
		abort();
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* In place of libc's: a pattern matches one file of its own name. */
int glob(const char *restrict pattern, int flags, int (*on_error)(const char *, int),
	 glob_t *restrict g)
{
	(void)flags;
	(void)on_error;
	g->gl_pathc = 1;
	g->gl_pathv = malloc(sizeof(*g->gl_pathv));
	g->gl_pathv[0] = strdup(pattern);
	return 0;
}

void globfree(glob_t *g)
{
	free(g->gl_pathv[0]);
	free(g->gl_pathv);
}

/* In place of libc's: no name has an address. */
int getaddrinfo(const char *restrict name, const char *restrict service,
		const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
	(void)name;
	(void)service;
	(void)hints;
	(void)found;
	return EAI_NONAME;
}

/* In place of libc's: no connection can be had. */
int socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	errno = EACCES;
	return -1;
}

/* In place of libc's: no folder of state can be made. */
int mkdir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	errno = EACCES;
	return -1;
}

static void split(const uint8_t *data, size_t size)
{
	memset(parts, 0, sizeof(parts));
	for (unsigned i = 0; i < 3; i++) {
		const uint8_t *end = memchr(data, '\0', size);
		size_t n = end ? (size_t)(end - data) : size;

		parts[i] = sn_span_make(data, n);
		if (!end) {
			return;
		}
		data += n + 1;
		size -= n + 1;
	}
}

/* Every message is one line of printable text that says something. */
static void check_line(void *ctx, const char *line)
{
	(void)ctx;
	if (line[0] == '\0' || strchr(line, '\n')) {
		abort();
	}
}

/* The same for version 3. */
static size_t weigh_access(const struct sn_usm_access *access)
{
	const struct sn_usm_user *u = access->user;
	size_t n = access->context.n + access->context_engine.n + u->engine_id.n;

	if (u->name.n == 0 || u->name.n > SN_V3_NAME_MAX || access->context.n > SN_V3_NAME_MAX ||
	    access->context_engine.n > SN_V3_ENGINE_ID_MAX ||
	    u->engine_id.n > SN_V3_ENGINE_ID_MAX) {
		abort();
	}
	/* a level has the keys it needs, and privacy never comes alone */
	if (((u->level & SN_V3_AUTH) != 0) != (u->auth_n > 0) ||
	    ((u->level & SN_V3_PRIV) != 0) != (u->priv_n > 0) ||
	    (u->level & SN_V3_LEVEL) == SN_V3_PRIV || u->auth_n > SN_AUTH_KEY_MAX ||
	    u->priv_n > SN_AUTH_KEY_MAX) {
		abort();
	}
	for (size_t i = 0; i < u->name.n; i++) {
		n += u->name.p[i];
	}
	return n;
}

/* Touches what a snapshot points at, for the address sanitizer to see. */
static size_t weigh(const struct sn_config *cfg)
{
	size_t n = 0;

	for (uint32_t i = 0; i < cfg->ntargets; i++) {
		const struct sn_target_spec *t = cfg->targets[i];

		n += strlen(t->origin.instance) + strlen(t->modules) + t->community.n;
		if ((t->version == SN_VERSION_3) != (t->access != NULL)) {
			abort();
		}
		n += t->access ? weigh_access(t->access) : 0;
		for (uint32_t k = 0; k < t->origin.nlabels; k++) {
			n += strlen(t->origin.labels[k].name) + strlen(t->origin.labels[k].value);
		}
		for (uint32_t k = 0; k < t->nplans; k++) {
			n += t->plans[k]->ntables + t->plans[k]->ngets;
		}
		if (i > 0 &&
		    strcmp(cfg->targets[i - 1]->origin.instance, t->origin.instance) >= 0) {
			abort(); /* sorted, each once */
		}
	}
	return n;
}

/* The parsers alone, on a block that ends where the input ends. */
static void parse_exactly(const uint8_t *data, size_t size)
{
	struct sn_diag diag = {.report = check_line};
	const struct sn_node *root;
	struct sn_arena_pool pool;
	struct sn_arena arena;
	int rc;

	sn_arena_pool_init(&pool, 65536);
	sn_arena_init(&arena, &pool);
	rc = sn_json_parse(&arena, "json", sn_span_make(data, size), &diag, &root);
	if (rc != (diag.errors ? SN_ECONFIG : SN_OK)) {
		abort();
	}
	diag.errors = 0;
	rc = sn_yaml_parse(&arena, "yaml", sn_span_make(data, size), &diag, &root);
	if (rc != (diag.errors ? SN_ECONFIG : SN_OK)) {
		abort();
	}
	sn_arena_reset(&arena);
	sn_arena_pool_fini(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sn_config *cfg;
	int rc;

	parse_exactly(data, size);
	split(data, size);
	rc = sn_config_load("sonde.yaml", NULL, NULL, check_line, NULL, &cfg);
	if ((rc == SN_OK) != (cfg != NULL)) {
		abort();
	}
	if (cfg && weigh(cfg) == SIZE_MAX) {
		abort();
	}
	sn_config_free(cfg);
	return 0;
}

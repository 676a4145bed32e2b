/*
 * poll.device_labels: labels of all rows of a device from its own scalars. Called by config.c, see
 * load.h.
 */
#include "config/load.h"

#include "codec/oid.h"

#include <stdio.h>
#include <stdlib.h>

enum { LABEL_MAX = 128, LABELS_MAX = 32 };

/* The system group (RFC 3418), by name. */
static const struct {
	const char *name; /* of object and label */
	const char *oid;  /* of its instance */
} known[] = {
	{"sysContact", "1.3.6.1.2.1.1.4.0"},  {"sysDescr", "1.3.6.1.2.1.1.1.0"},
	{"sysLocation", "1.3.6.1.2.1.1.6.0"}, {"sysName", "1.3.6.1.2.1.1.5.0"},
	{"sysObjectID", "1.3.6.1.2.1.1.2.0"},
};

static const char *oid_of(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i].name) == 0) {
			return known[i].oid;
		}
	}
	return NULL;
}

static bool is_label(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	return name[0] && strchr("0123456789", name[0]) == NULL &&
	       name[strspn(name, letters)] == '\0' && strncmp(name, "__", 2) != 0;
}

/* "sysName" or "label=OID". SN_ECONFIG was reported. */
static int read_label(struct sn_load *load, const struct sn_path *path, const struct sn_node *node,
		      struct sn_device_label *out)
{
	struct sn_arena *arena = &load->snap->arena;
	const char *equals = strchr(node->text, '=');
	size_t len = equals ? (size_t)(equals - node->text) : node->n;
	uint8_t ber[SN_OID_MAX_BER];
	char quoted[SN_DIAG_QUOTE_MAX];
	char name[LABEL_MAX];
	const char *oid;
	uint8_t *octets;
	int n;

	snprintf(name, sizeof(name), "%.*s", (int)(len < LABEL_MAX ? len : 0), node->text);
	oid = equals ? equals + 1 : oid_of(name);
	n = oid ? sn_oid_from_text(oid, ber, sizeof(ber)) : 0;
	if (!is_label(name) || n <= 0) {
		sn_path_error(
			&load->diag, path, node,
			"%s is not valid (expected sysName, sysLocation, sysContact, sysDescr, "
			"sysObjectID, or label=OID such as serial=1.3.6.1.4.1.9.3.6.3.0)",
			sn_diag_quote(quoted, node->text));
		return SN_ECONFIG;
	}
	octets = sn_arena_alloc(arena, (size_t)n);
	out->name = sn_arena_strndup(arena, name, strlen(name));
	if (!octets || !out->name) {
		return SN_ENOMEM;
	}
	memcpy(octets, ber, (size_t)n);
	out->scalar = sn_span_make(octets, (size_t)n);
	return SN_OK;
}

static int by_name(const void *a, const void *b)
{
	const struct sn_device_label *x = a;
	const struct sn_device_label *y = b;

	return strcmp(x->name, y->name);
}

/* Puts them in order; a name that is there twice is an error at the list. */
static void sort(struct sn_load *load, const struct sn_path *path, struct sn_device_label *v,
		 uint32_t n)
{
	char quoted[SN_DIAG_QUOTE_MAX];

	qsort(v, n, sizeof(*v), by_name);
	for (uint32_t i = 1; i < n; i++) {
		if (strcmp(v[i - 1].name, v[i].name) == 0) {
			sn_path_error(&load->diag, path, load->raw.device_labels,
				      "label %s is there twice", sn_diag_quote(quoted, v[i].name));
		}
	}
}

int sn_device_labels_read(struct sn_load *load)
{
	static const struct sn_path poll = {NULL, "poll", 0};
	static const struct sn_path path = {&poll, "device_labels", 0};
	struct sn_scalars_want *want = &load->raw.cfg.scalars;
	const struct sn_node *list = load->raw.device_labels;
	struct sn_path item = {&path, NULL, 0};
	struct sn_device_label *labels;
	uint32_t n = 0;

	want->keep_labels = load->raw.cfg.labels_ttl_ns > 0;
	if (!list || list->kind != SN_NODE_LIST || list->n == 0) {
		return SN_OK;
	}
	if (list->n > LABELS_MAX) {
		sn_path_error(&load->diag, &path, list, "more than %d labels", LABELS_MAX);
		return SN_OK;
	}
	labels = sn_arena_alloc(&load->snap->arena, list->n * sizeof(*labels));
	if (!labels) {
		return SN_ENOMEM;
	}
	for (const struct sn_node *c = list->first; c; c = c->next, item.index++) {
		int rc = read_label(load, &item, c, &labels[n]);

		if (rc == SN_ENOMEM) {
			return rc;
		}
		n += rc == SN_OK;
	}
	sort(load, &path, labels, n);
	want->labels = labels;
	want->nlabels = n;
	return SN_OK;
}

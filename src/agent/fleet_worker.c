/*
 * The devices of one worker at work, see fleet.h: which store answers a request, the device's
 * engine, what goes wrong. Called by session/responder, on the worker's thread.
 */
#include "agent/fleet.h"

#include "agent/circle.h"
#include "agent/dispatch.h"
#include "msg/peek.h"

#include <assert.h>
#include <stdlib.h>

enum { PENDING_MAX = 1 << 20, MADE_STEP = 64 };

/* What a device has beyond its number. In locked memory, for the keys. */
struct sn_fleet_device {
	struct sn_authority authority;	 /* its engine */
	struct sn_overlay overlay;	 /* what was set */
	struct sn_fault_state fault;	 /* what its faults remember */
	struct sn_usm_account account[]; /* of the fleet's users */
};

/* Enterprise number 32473 is for examples (RFC 5612); the rest is RFC 3411's format 5: octets. */
static void make_engine(const struct sn_fleet *f, uint32_t number, struct sn_fleet_device *d)
{
	const uint8_t id[] = {0x80,
			      0x00,
			      0x7e,
			      0xd9,
			      5,
			      (uint8_t)(f->seed >> 8),
			      (uint8_t)f->seed,
			      (uint8_t)(number >> 24),
			      (uint8_t)(number >> 16),
			      (uint8_t)(number >> 8),
			      (uint8_t)number};

	memcpy(d->authority.id, id, sizeof(id));
	d->authority.id_n = sizeof(id);
	d->authority.max_size = SN_IO_DATAGRAM_MAX;
	d->authority.accounts = d->account;
	d->authority.naccounts = f->nusers;
	for (uint32_t i = 0; i < f->nusers; i++) {
		d->account[i].user = &f->user[i];
	}
}

/* Notes that a device has a state, for the end. */
static int note_made(struct sn_fleet_worker *fw, uint32_t number)
{
	if (fw->nmade == fw->made_room) {
		uint32_t room = fw->made_room ? 2 * fw->made_room : MADE_STEP;
		uint32_t *grown = realloc(fw->made, room * sizeof(*grown));

		if (!grown) {
			return SN_ENOMEM;
		}
		fw->made = grown;
		fw->made_room = room;
	}
	fw->made[fw->nmade++] = number;
	return SN_OK;
}

/* The state of a device, made now if it has none. NULL: no memory. */
static struct sn_fleet_device *device_state(struct sn_fleet_worker *fw, uint32_t number)
{
	struct sn_fleet_device *d = fw->device[number];

	if (d) {
		return d;
	}
	d = sn_keys_get(&fw->states);
	if (!d) {
		return NULL;
	}
	if (note_made(fw, number)) {
		sn_keys_put(&fw->states, d);
		return NULL;
	}
	make_engine(fw->fleet, number, d);
	d->authority.salt = sn_rng_u64(&fw->w->rng);
	fw->device[number] = d;
	return d;
}

static void count(struct sn_fleet_worker *fw, enum sn_counter id, uint64_t n)
{
	sn_counter_add(&fw->w->counters, id, n);
}

static struct sn_authority *authority(void *ctx, const struct sn_io_rx *pk)
{
	struct sn_fleet_worker *fw = ctx;
	int64_t number = sn_fleet_find(fw->fleet, pk->to);
	struct sn_fleet_device *d = number < 0 ? NULL : device_state(fw, (uint32_t)number);
	struct sn_store_place place;

	if (!d) {
		return NULL;
	}
	place = sn_fleet_place(fw->fleet, (uint32_t)number, fw->w->now, 0, &d->authority.boots);
	d->authority.started = fw->w->now > place.uptime ? fw->w->now - place.uptime : 0;
	return &d->authority;
}

static int compare_name(const char *name, struct sn_span key)
{
	int order = strncmp(name, (const char *)key.p, key.n);

	return order ? order : name[key.n] != '\0';
}

/* The recording of this name; NULL: none. */
static const struct sn_store *find_recording(const struct sn_fleet *f, struct sn_span name)
{
	uint32_t low = 0;
	uint32_t high = f->nrecordings;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = compare_name(f->recording[mid].name, name);

		if (order == 0) {
			return f->recording[mid].store;
		}
		if (order < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return NULL;
}

/* The recording whose name has this MD5, as snmpsim names contexts. */
static const struct sn_store *find_digest(const struct sn_fleet *f, struct sn_span digest)
{
	for (uint32_t i = 0; i < f->nrecordings; i++) {
		if (sn_span_eq(sn_span_str(f->recording[i].digest), digest)) {
			return f->recording[i].store;
		}
	}
	return NULL;
}

/* What a device answers from when nobody says otherwise. */
static const struct sn_store *own_store(const struct sn_fleet *f, uint32_t number)
{
	return f->synthetic ? f->synthetic : f->recording[number % f->nrecordings].store;
}

/* The store that a request asks for; NULL: there is none of that name. */
static const struct sn_store *choose_store(const struct sn_fleet *f, uint32_t number,
					   const struct sn_incoming *in)
{
	struct sn_span name = in->version == SN_VERSION_3 ? in->context : in->community;
	const struct sn_store *st;

	if (in->version == SN_VERSION_3
		    ? name.n == 0
		    : f->community && sn_span_eq(name, sn_span_str(f->community))) {
		return own_store(f, number);
	}
	st = find_recording(f, name);
	return st || in->version != SN_VERSION_3 ? st : find_digest(f, name);
}

/* What becomes of the answer. False: nothing leaves. */
static bool apply_faults(struct sn_fleet_worker *fw, uint32_t number, struct sn_fleet_device *d,
			 uint64_t think, struct sn_response *out)
{
	const struct sn_fleet *f = fw->fleet;
	struct sn_fault_fate *fate = &fw->fate;

	out->delay_ns = think;
	if (!d || !sn_fault_applies(&f->fault, f->seed, number)) {
		return true;
	}
	sn_fault_decide(&f->fault, f->seed, number, &d->fault, fw->w->now, think, fate);
	out->delay_ns = fate->delay_ns;
	out->copies = fate->copies > 1 ? fate->copies - 1u : 0;
	out->wrong_id = fate->wrong_id;
	out->spoil = fate->garbage || fate->cut;
	if (fate->dropped || out->copies || out->wrong_id || out->spoil || out->delay_ns) {
		count(fw, SN_C_AGENT_FAULTS, 1);
	}
	return !fate->dropped;
}

/*
 * An agent's users have access from their own level up: who leaves out what he has a key for is not
 * let in by his name alone (RFC 3415 §3.2: vacmAccessSecurityLevel).
 */
static bool is_below_level(const struct sn_fleet *f, const struct sn_incoming *in)
{
	for (uint32_t i = 0; in->version == SN_VERSION_3 && i < f->nusers; i++) {
		if (sn_span_eq(f->user[i].name, in->user)) {
			return (in->level & f->user[i].level) != f->user[i].level;
		}
	}
	return false;
}

/* What a request gets that has no access (RFC 3416 §4.2.1 and on). */
static enum sn_serve refuse(const struct sn_incoming *in, struct sn_response *out)
{
	out->pdu = (struct sn_pdu){.type = SN_PDU_RESPONSE,
				   .request_id = in->pdu.request_id,
				   .status = SN_STATUS_AUTHORIZATION_ERROR,
				   .vbs = in->pdu.vbs};
	return SN_SERVE_ANSWER;
}

/* Faults that are in what the device says, not in what becomes of it. */
static void apply_manners(const struct sn_fleet *f, uint32_t number, struct sn_dispatch *dp,
			  size_t overhead, struct sn_circle *circle)
{
	size_t limit = f->fault.max_message;

	if (!f->has_faults || !sn_fault_applies(&f->fault, f->seed, number)) {
		return;
	}
	if (limit && limit - overhead < dp->room) {
		dp->room = limit - overhead;
	}
	if (f->fault.nonincreasing) {
		sn_circle_init(circle, dp->store);
		dp->store = &circle->st;
	}
}

static enum sn_serve serve(void *ctx, const struct sn_incoming *in, struct sn_response *out)
{
	struct sn_fleet_worker *fw = ctx;
	const struct sn_fleet *f = fw->fleet;
	int64_t found = sn_fleet_find(f, in->pk->to);
	uint32_t number = (uint32_t)found;
	struct sn_fleet_device *d;
	struct sn_circle circle;
	struct sn_dispatch dp = {.version = in->version,
				 .writable = f->writable,
				 .max_varbinds = f->max_varbinds,
				 .buf = fw->vbs,
				 .room = in->room};

	if (found < 0) {
		count(fw, SN_C_AGENT_NOBODY, 1);
		return SN_SERVE_DROP;
	}
	if (is_below_level(f, in)) {
		return refuse(in, out);
	}
	dp.store = choose_store(f, number, in);
	if (!dp.store && in->version == SN_VERSION_3) {
		return SN_SERVE_UNKNOWN_CONTEXT;
	}
	if (!dp.store) {
		count(fw, SN_C_AGENT_BAD_COMMUNITY, 1);
		return SN_SERVE_DROP;
	}
	d = f->has_faults || in->pdu.type == SN_PDU_SET ? device_state(fw, number)
							: fw->device[number];
	dp.overlay = d ? &d->overlay : NULL;
	dp.place = sn_fleet_place(f, number, fw->w->now, sn_worker_wall(fw->w), NULL);
	apply_manners(f, number, &dp, in->overhead, &circle);
	if (sn_dispatch(&dp, &in->pdu, &out->pdu)) {
		count(fw, SN_C_AGENT_SILENT_DROPS, 1);
		return SN_SERVE_DROP;
	}
	count(fw, SN_C_AGENT_VARBINDS, dp.varbinds);
	return apply_faults(fw, number, d, dp.delay_ns, out) ? SN_SERVE_ANSWER : SN_SERVE_DROP;
}

static enum sn_serve report(void *ctx, const struct sn_io_rx *pk, struct sn_response *out)
{
	struct sn_fleet_worker *fw = ctx;
	int64_t number = sn_fleet_find(fw->fleet, pk->to);

	if (number < 0 || !fw->fleet->has_faults) {
		return SN_SERVE_ANSWER;
	}
	return apply_faults(fw, (uint32_t)number, fw->device[number], 0, out) ? SN_SERVE_ANSWER
									      : SN_SERVE_DROP;
}

static size_t spoil(void *ctx, uint8_t *msg, size_t n)
{
	struct sn_fleet_worker *fw = ctx;

	return sn_fault_spoil(&fw->fate, fw->fleet->seed, msg, n);
}

int sn_fleet_worker_init(struct sn_fleet_worker *fw, const struct sn_fleet *f, struct sn_worker *w)
{
	struct sn_responder_config rc = {.ops = {.ctx = fw,
						 .authority = authority,
						 .serve = serve,
						 .report = report,
						 .spoil = spoil},
					 .max_message = f->max_message,
					 .max_pending = PENDING_MAX};
	int err;

	assert(f->synthetic || f->nrecordings);
	memset(fw, 0, sizeof(*fw));
	fw->fleet = f;
	fw->w = w;
	sn_keys_init(&fw->states,
		     sizeof(struct sn_fleet_device) + f->nusers * sizeof(struct sn_usm_account));
	fw->device = calloc(f->devices, sizeof(struct sn_fleet_device *));
	fw->vbs = malloc(SN_IO_DATAGRAM_MAX);
	err = fw->device && fw->vbs ? sn_responder_init(&fw->responder, w, &rc) : SN_ENOMEM;
	if (err) {
		free(fw->device);
		free(fw->vbs);
	}
	return err;
}

void sn_fleet_worker_fini(struct sn_fleet_worker *fw)
{
	sn_responder_fini(&fw->responder);
	for (uint32_t i = 0; i < fw->nmade; i++) {
		struct sn_fleet_device *d = fw->device[fw->made[i]];

		sn_authority_fini(&d->authority);
		sn_overlay_fini(&d->overlay);
		sn_keys_put(&fw->states, d);
	}
	sn_keys_fini(&fw->states);
	free(fw->made);
	free(fw->device);
	free(fw->vbs);
}

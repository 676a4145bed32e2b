/*
 * Per-agent state, see device.h. Worker thread.
 */
#include "session/device.h"

#include "base/hash.h"
#include "msg/peek.h"
#include "usm/user.h"

enum {
	PLAIN_OVERHEAD = 44,   /* octets of an answer around varbinds and community */
	SECURE_OVERHEAD = 136, /* octets of a v3 answer around varbinds, user and context */
};

static void forget_speed(struct sn_device *dev)
{
	memset(&dev->rtt, 0, sizeof(dev->rtt));
	sn_window_init(&dev->aimd, dev->window);
}

void sn_device_init(struct sn_device *dev, const struct sn_device_config *cfg)
{
	memset(dev, 0, sizeof(*dev));
	sn_list_init(&dev->parked);
	sn_device_configure(dev, cfg);
}

void sn_device_configure(struct sn_device *dev, const struct sn_device_config *cfg)
{
	dev->window = cfg->window ? cfg->window : 1;
	if (!sn_addr_equal(&dev->addr, &cfg->addr)) {
		forget_speed(dev); /* a new device has no address yet */
	}
	sn_window_limit(&dev->aimd, dev->window);
	dev->addr = cfg->addr;
	dev->version = (int8_t)cfg->version;
	dev->community = cfg->community;
	dev->access = cfg->version == SN_VERSION_3 ? cfg->access : NULL;
	dev->any_source = cfg->any_source;
	dev->fixed = cfg->fixed;
	dev->sock = (int8_t)cfg->sock;
}

bool sn_device_has_bulk(const struct sn_device *dev)
{
	return dev->version != SN_VERSION_1;
}

uint64_t sn_device_identity(const struct sn_device *dev)
{
	const struct sn_usm_access *access = dev->access;
	uint64_t h = sn_hash_bytes(&dev->addr, sn_addr_len(&dev->addr), (uint64_t)dev->version);

	h = sn_hash_bytes(dev->community.p, dev->community.n, h);
	if (access) {
		h = sn_hash_bytes(access->context.p, access->context.n, h);
		h = sn_hash_bytes(access->context_engine.p, access->context_engine.n, h);
	}
	return h;
}

uint32_t sn_device_overhead(const struct sn_device *dev)
{
	const struct sn_usm_access *access = dev->access;

	return (uint32_t)(access ? SECURE_OVERHEAD + access->user->name.n + access->context.n
				 : PLAIN_OVERHEAD + dev->community.n);
}

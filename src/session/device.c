/*
 * Per-agent state, see device.h. Worker thread.
 */
#include "session/device.h"

#include "msg/peek.h"

void sn_device_init(struct sn_device *dev, const struct sn_device_config *cfg)
{
	memset(dev, 0, sizeof(*dev));
	sn_list_init(&dev->parked);
	dev->addr = cfg->addr;
	sn_device_configure(dev, cfg);
}

void sn_device_configure(struct sn_device *dev, const struct sn_device_config *cfg)
{
	if (!sn_addr_equal(&dev->addr, &cfg->addr)) {
		dev->srtt_ns = 0;
		dev->rttvar_ns = 0;
	}
	dev->addr = cfg->addr;
	dev->version = cfg->version;
	dev->community = cfg->community;
	dev->access = cfg->version == SN_VERSION_3 ? cfg->access : NULL;
	dev->window = cfg->window ? cfg->window : 1;
	dev->any_source = cfg->any_source;
	dev->sock = cfg->sock;
}

bool sn_device_has_bulk(const struct sn_device *dev)
{
	return dev->version != SN_VERSION_1;
}

void sn_device_sample(struct sn_device *dev, uint64_t rtt)
{
	uint64_t diff;

	if (dev->srtt_ns == 0) {
		dev->srtt_ns = rtt ? rtt : 1;
		dev->rttvar_ns = rtt / 2;
		return;
	}
	diff = dev->srtt_ns > rtt ? dev->srtt_ns - rtt : rtt - dev->srtt_ns;
	dev->rttvar_ns = (3 * dev->rttvar_ns + diff) / 4;
	dev->srtt_ns = (7 * dev->srtt_ns + rtt) / 8;
}

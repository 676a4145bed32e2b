/*
 * Chooses the back end of an io. Called by the thread that starts the workers.
 */
#include "io/net_int.h"

int sn_io_open(const struct sn_io_config *cfg, struct sn_io **io, char *why)
{
	char unused[SN_IO_WHY_MAX];
	int err;

	why = why ? why : unused;
	why[0] = '\0';
	if (cfg->backend == SN_IO_MMSG) {
		return sn_mmsg_open(cfg, io);
	}
	err = sn_uring_open(cfg, io, why);
	if (cfg->backend == SN_IO_URING || (err != SN_ENOSYS && err != SN_EPERM)) {
		return err;
	}
	return sn_mmsg_open(cfg, io);
}

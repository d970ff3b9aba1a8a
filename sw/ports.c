/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "log.h"
#include "ports.h"

enum {
	RX_DESCRIPTORS = 1024,
	TX_DESCRIPTORS = 1024,
	SEND_TRIES = 1000,
	XDP_POOL_MBUFS = 8191,
	XDP_POOL_CACHE = 250,
	/* AF_XDP keeps each mbuf, with the mempool's and the mbuf's own headers, in one page. */
	XDP_DATA_ROOM = 3520 + RTE_PKTMBUF_HEADROOM,
};

/** The mempool that the port's driver can work with. NULL: see rte_errno. */
static struct rte_mempool *
pool_for(uint16_t device, const struct rte_eth_dev_info *info, struct rte_mempool *pool)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	if (strcmp(info->driver_name, "net_af_xdp") != 0)
		return pool;
	snprintf(name, sizeof(name), "xdp%u", device);
	return rte_pktmbuf_pool_create(name, XDP_POOL_MBUFS, XDP_POOL_CACHE, 0, XDP_DATA_ROOM, SOCKET_ID_ANY);
}

static int
start_device(uint16_t device, struct rte_mempool *whole)
{
	struct rte_eth_conf conf;
	struct rte_eth_dev_info info;
	struct rte_mempool *pool;
	uint16_t rx = RX_DESCRIPTORS, tx = TX_DESCRIPTORS;
	int ret;

	memset(&conf, 0, sizeof(conf));
	ret = rte_eth_dev_info_get(device, &info);
	if (ret != 0)
		return ret;
	/* No offload is asked for: tags stay in the frame, checksums are the datapath's own business. */
	conf.rxmode.mtu = RTE_MIN((uint32_t)TP_MTU_MAX, (uint32_t)info.max_mtu);
	ret = rte_eth_dev_configure(device, 1, 1, &conf);
	if (ret != 0) {
		conf.rxmode.mtu = 0;
		ret = rte_eth_dev_configure(device, 1, 1, &conf);
	}
	if (ret == 0)
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(device, &rx, &tx);
	if (ret != 0)
		return ret;
	pool = pool_for(device, &info, whole);
	if (pool == NULL)
		return -rte_errno;
	ret = rte_eth_rx_queue_setup(device, 0, rx, SOCKET_ID_ANY, NULL, pool);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(device, 0, tx, SOCKET_ID_ANY, NULL);
	if (ret == 0)
		ret = rte_eth_dev_start(device);
	if (ret != 0)
		return ret;
	/* Drivers without promiscuous mode deliver everything anyway. */
	rte_eth_promiscuous_enable(device);
	return 0;
}

int
ports_start(struct ports *ports, uint16_t host, struct rte_mempool *pool)
{
	uint16_t device;

	memset(ports, 0, sizeof(*ports));
	ports->host = host;
	if (host != PORTS_NONE && !rte_eth_dev_is_valid_port(host)) {
		LOG_ERROR("--host-port %u: there is no such port\n", host);
		return -ENODEV;
	}
	RTE_ETH_FOREACH_DEV(device) {
		int ret;

		if (device != host && ports->count == TP_PORTS) {
			LOG_ERROR("port %u is one too many, the datapath has %u\n", device, TP_PORTS);
			return -E2BIG;
		}
		ret = start_device(device, pool);
		if (ret != 0) {
			LOG_ERROR("port %u: %s\n", device, rte_strerror(-ret));
			return ret;
		}
		if (device != host)
			ports->device[ports->count++] = device;
	}
	return 0;
}

void
ports_stop(struct ports *ports)
{
	uint16_t device;

	RTE_ETH_FOREACH_DEV(device) {
		rte_eth_dev_stop(device);
		rte_eth_dev_close(device);
	}
	ports->count = 0;
}

/** Send all or, when the device does not take them for long, give the rest up. */
static void
send_all(struct ports *ports, uint16_t device, struct rte_mbuf **mbufs, uint16_t count)
{
	uint16_t sent = 0;

	for (unsigned int tries = 0; sent < count && tries < SEND_TRIES; tries++)
		sent += rte_eth_tx_burst(device, 0, mbufs + sent, count - sent);
	if (unlikely(sent < count)) {
		ports->tx_lost += count - sent;
		rte_pktmbuf_free_bulk(mbufs + sent, count - sent);
	}
}

/** Send one decided burst on its ways. */
static void
dispatch(struct ports *ports, const struct packet *packets, unsigned int count)
{
	struct rte_mbuf *out[TP_PORTS][DATAPATH_BURST];
	struct rte_mbuf *host[DATAPATH_BURST];
	uint16_t outs[TP_PORTS] = { 0 };
	uint16_t hosts = 0;

	for (unsigned int i = 0; i < count; i++) {
		const struct packet *packet = &packets[i];

		/* Flags of the receiving driver mean something else to a sending one. */
		packet->mbuf->ol_flags = 0;
		if (packet->verdict == TP_VERDICT_FORWARD)
			out[packet->egress][outs[packet->egress]++] = packet->mbuf;
		else if (packet->verdict == TP_VERDICT_DROP)
			rte_pktmbuf_free(packet->mbuf);
		else
			host[hosts++] = packet->mbuf;
	}
	for (unsigned int port = 0; port < TP_PORTS; port++) {
		if (outs[port] == 0)
			continue;
		if (port < ports->count) {
			send_all(ports, ports->device[port], out[port], outs[port]);
		} else {
			ports->tx_lost += outs[port];
			rte_pktmbuf_free_bulk(out[port], outs[port]);
		}
	}
	if (hosts == 0)
		return;
	ports->host_packets += hosts;
	if (ports->host != PORTS_NONE)
		send_all(ports, ports->host, host, hosts);
	else
		rte_pktmbuf_free_bulk(host, hosts);
}

unsigned int
ports_poll(struct ports *ports, struct datapath *datapath)
{
	struct packet packets[DATAPATH_BURST];
	struct rte_mbuf *mbufs[DATAPATH_BURST];
	unsigned int total = 0;

	for (uint16_t port = 0; port < ports->count; port++) {
		const uint16_t received = rte_eth_rx_burst(ports->device[port], 0, mbufs, DATAPATH_BURST);

		if (received == 0)
			continue;
		for (uint16_t i = 0; i < received; i++)
			packet_init(&packets[i], mbufs[i], (uint8_t)port);
		datapath_burst(datapath, packets, received);
		dispatch(ports, packets, received);
		total += received;
	}
	return total;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_PORTS_H
#define TRIPLANE_PORTS_H

#include <stdint.h>

#include <rte_mempool.h>

#include "datapath.h"

/** No DPDK port. */
#define PORTS_NONE UINT16_MAX

/** The DPDK ports in plain mode: frames on the wire, no metadata. */
struct ports {
	uint16_t count;			/**< DPDK ports that are ports of the datapath. */
	uint16_t device[TP_PORTS];	/**< Their DPDK numbers; the place is the datapath's port number. */
	uint16_t host;			/**< DPDK port that leads to the host, PORTS_NONE: punts are counted and freed. */
	uint64_t host_packets;		/**< Punts, written or not. */
	uint64_t tx_lost;		/**< Forwarded or punted, but the device did not take it or is not there. */
};

/**
 * Start every DPDK port: those that are not the host's become the datapath's ports 0, 1, … in order.
 *
 * @param ports
 *   Is set up.
 * @param host
 *   DPDK port to the host, or PORTS_NONE.
 * @param pool
 *   Mbufs that hold a whole frame of TP_FRAME_MAX.
 * @return
 *   0 or a negative errno; what is wrong has been logged.
 */
int ports_start(struct ports *ports, uint16_t host, struct rte_mempool *pool);

/**
 * Receive a burst from every port, run it, and send it on (R-IF-8).
 *
 * @return
 *   Packets received.
 */
unsigned int ports_poll(struct ports *ports, struct datapath *datapath);

/** Stop and close every DPDK port. */
void ports_stop(struct ports *ports);

#endif

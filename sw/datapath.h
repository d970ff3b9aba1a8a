/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_DATAPATH_H
#define TRIPLANE_DATAPATH_H

#include "counters.h"
#include "packet.h"
#include "tables.h"

/** Most packets that go through the stages together. */
#define DATAPATH_BURST 32

/** What a control thread may ask of the datapath; carried out between two bursts. */
enum datapath_request {
	DATAPATH_REQUEST_NONE,
	DATAPATH_REQUEST_CLAIMED,	/**< The datapath is at it. */
	DATAPATH_REQUEST_LOAD,		/**< Take the offered tables, set the counters to 0. */
	DATAPATH_REQUEST_UPDATE,	/**< Take the offered tables, keep the counters. */
	DATAPATH_REQUEST_STAGES,	/**< Take the offered stage mask. */
};

/** One datapath: tables in use, counters, and the letter box of the control thread. */
struct datapath {
	struct tables *tables;
	struct counters counters;
	uint64_t lost;			/**< Packets given up for lack of mbufs. */
	int request;			/**< enum datapath_request; the control thread sets it, the datapath clears it. */
	struct tables *offered_tables;
	uint32_t offered_stages;
};

/**
 * Start a packet on its way: everything undecided.
 *
 * @param packet
 *   Is set up.
 * @param mbuf
 *   The frame.
 * @param ingress
 *   Ingress port, below TP_PORTS.
 */
void packet_init(struct packet *packet, struct rte_mbuf *mbuf, uint8_t ingress);

/**
 * Run the enabled stages on a burst and count it: the one function behind every feed.
 *
 * @param packets
 *   Packets from packet_init(); they leave with their outcome. An mbuf may have been replaced by a copy.
 * @param count
 *   At most DATAPATH_BURST.
 */
void datapath_burst(struct datapath *datapath, struct packet *packets, unsigned int count);

/** Carry out what the control thread asked for. The datapath's thread calls it between bursts. */
void datapath_serve(struct datapath *datapath);

/**
 * Hand a request to the datapath's thread and wait until it is carried out. Control threads call it, one at a time.
 *
 * @param wake_fd
 *   An eventfd that ends the datapath's sleep.
 * @return
 *   0, -ETIMEDOUT when the datapath does not answer; then the request is withdrawn.
 */
int datapath_ask(struct datapath *datapath, enum datapath_request request, int wake_fd);

#endif

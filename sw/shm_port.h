/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_SHM_PORT_H
#define TRIPLANE_SHM_PORT_H

#include <stdint.h>

#include <rte_mempool.h>

#include "datapath.h"

#define SHM_PORT_MAGIC 0x74707368u
#define SHM_PORT_VERSION 1u

/** What became of a batch. */
enum shm_port_status {
	SHM_PORT_DONE = 0,
	SHM_PORT_BAD_RECORD = 1,	/**< Metadata magic, version, port or length wrong (R-MD-1, R-MD-3). */
	SHM_PORT_NO_ROOM = 2,		/**< The answers do not fit. */
	SHM_PORT_NO_MBUF = 3,		/**< Out of mbufs. */
};

/**
 * Start of the shared memory, in host byte order. The client fills `in` with records — metadata header, frame —, sets
 * the in_ fields, then request; the forwarder fills `out` likewise, sets the out_ fields, then answer = request.
 */
struct shm_port_header {
	uint32_t magic;
	uint32_t version;
	uint32_t in_offset;
	uint32_t in_size;
	uint32_t out_offset;
	uint32_t out_size;
	uint32_t request;	/**< Number of the batch that the client handed in. */
	uint32_t in_bytes;
	uint32_t in_records;
	uint32_t answer;	/**< Number of the last batch that was answered. */
	uint32_t out_bytes;
	uint32_t out_records;
	uint32_t status;	/**< enum shm_port_status. */
	uint32_t bad_record;	/**< With SHM_PORT_BAD_RECORD: its place in the batch. */
};

/** A port whose wire is a piece of shared memory: every record that goes in comes back with its outcome. */
struct shm_port {
	struct shm_port_header *header;
	size_t bytes;
	struct rte_mempool *pool;
	uint32_t segment;	/**< Bytes per mbuf segment, 0 for as many as fit. */
	int answer_fd;
	uint32_t request;	/**< Batch in work. */
	uint32_t in_position;
	uint32_t out_position;
	uint32_t records_left;
};

/**
 * Map the shared memory.
 *
 * @param port
 *   Is set up.
 * @param memory_fd
 *   The memory, with a filled-in header.
 * @param answer_fd
 *   An eventfd that is rung when a batch is answered.
 * @param pool
 *   Where the frames' mbufs come from.
 * @param segment
 *   Longest mbuf segment, 0 for no limit: short ones exercise frames that are spread over a chain.
 * @return
 *   0 or a negative errno.
 */
int shm_port_open(struct shm_port *port, int memory_fd, int answer_fd, struct rte_mempool *pool, uint32_t segment);

/**
 * Take the next burst of the batch at hand, run it, and write its records; ring the client behind the last one.
 *
 * @return
 *   Packets processed; 0 when there is nothing to do.
 */
unsigned int shm_port_poll(struct shm_port *port, struct datapath *datapath);

/** Unmap the shared memory. */
void shm_port_close(struct shm_port *port);

#endif

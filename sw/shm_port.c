/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_memcpy.h>

#include "shm_port.h"

static bool
region_fits(uint32_t offset, uint32_t size, size_t bytes)
{
	return offset >= sizeof(struct shm_port_header) && offset <= bytes && size <= bytes - offset;
}

int
shm_port_open(struct shm_port *port, int memory_fd, int answer_fd, struct rte_mempool *pool, uint32_t segment)
{
	struct stat status;

	memset(port, 0, sizeof(*port));
	if (fstat(memory_fd, &status) != 0)
		return -errno;
	if ((size_t)status.st_size < sizeof(*port->header))
		return -EINVAL;
	port->bytes = (size_t)status.st_size;
	port->header = mmap(NULL, port->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
	if (port->header == MAP_FAILED) {
		port->header = NULL;
		return -errno;
	}
	port->answer_fd = answer_fd;
	port->pool = pool;
	port->segment = segment;
	if (port->header->magic != SHM_PORT_MAGIC || port->header->version != SHM_PORT_VERSION ||
	    !region_fits(port->header->in_offset, port->header->in_size, port->bytes) ||
	    !region_fits(port->header->out_offset, port->header->out_size, port->bytes)) {
		shm_port_close(port);
		return -EINVAL;
	}
	return 0;
}

void
shm_port_close(struct shm_port *port)
{
	if (port->header != NULL)
		munmap(port->header, port->bytes);
	port->header = NULL;
}

static const uint8_t *
in_bytes(const struct shm_port *port)
{
	return (const uint8_t *)port->header + port->header->in_offset;
}

static uint8_t *
out_bytes(const struct shm_port *port)
{
	return (uint8_t *)port->header + port->header->out_offset;
}

/** Look at every record before the first one is processed: a batch is refused as a whole. */
static enum shm_port_status
check_batch(struct shm_port *port)
{
	const struct shm_port_header *header = port->header;
	const uint8_t *in = in_bytes(port);
	uint32_t position = 0;

	if (header->in_bytes > header->in_size)
		return SHM_PORT_BAD_RECORD;
	for (uint32_t i = 0; i < header->in_records; i++) {
		const struct tp_metadata *metadata = (const struct tp_metadata *)(in + position);

		port->header->bad_record = i;
		if (header->in_bytes - position < sizeof(*metadata) || load_be16(metadata->magic) != TP_METADATA_MAGIC ||
		    metadata->version != TP_METADATA_VERSION || metadata->ingress_port >= TP_PORTS)
			return SHM_PORT_BAD_RECORD;
		position += sizeof(*metadata);
		if (header->in_bytes - position < load_be16(metadata->length))
			return SHM_PORT_BAD_RECORD;
		position += load_be16(metadata->length);
	}
	port->header->bad_record = header->in_records;
	return position == header->in_bytes ? SHM_PORT_DONE : SHM_PORT_BAD_RECORD;
}

static void
answer(struct shm_port *port, enum shm_port_status status)
{
	const uint64_t one = 1;

	port->header->status = status;
	port->header->out_bytes = port->out_position;
	port->records_left = 0;
	__atomic_store_n(&port->header->answer, port->request, __ATOMIC_RELEASE);
	/* A full eventfd means that the client has been rung already. */
	if (write(port->answer_fd, &one, sizeof(one)) < 0)
		return;
}

/** Copy a frame into an mbuf, or a chain of them. Returns NULL when the pool is empty. */
static struct rte_mbuf *
make_mbuf(struct shm_port *port, const uint8_t *frame, uint32_t length)
{
	struct rte_mbuf *first = NULL;

	do {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(port->pool);
		uint32_t bytes;

		if (unlikely(mbuf == NULL)) {
			rte_pktmbuf_free(first);
			return NULL;
		}
		bytes = RTE_MIN(length, (uint32_t)rte_pktmbuf_tailroom(mbuf));
		if (port->segment != 0)
			bytes = RTE_MIN(bytes, port->segment);
		rte_memcpy(rte_pktmbuf_append(mbuf, (uint16_t)bytes), frame, bytes);
		frame += bytes;
		length -= bytes;
		if (first == NULL) {
			first = mbuf;
		} else if (rte_pktmbuf_chain(first, mbuf) != 0) {
			rte_pktmbuf_free(mbuf);
			rte_pktmbuf_free(first);
			return NULL;
		}
	} while (length > 0);
	return first;
}

/** Write one record: the metadata that came in, the outcome, the frame as it is now. */
static bool
write_record(struct shm_port *port, const struct packet *packet, const struct tp_metadata *incoming)
{
	const uint32_t length = rte_pktmbuf_pkt_len(packet->mbuf);
	uint8_t *out = out_bytes(port) + port->out_position;
	struct tp_metadata *metadata = (struct tp_metadata *)out;

	if (port->header->out_size - port->out_position < sizeof(*metadata) + length)
		return false;
	*metadata = *incoming;
	metadata->verdict = packet->verdict;
	metadata->reason = packet->reason;
	metadata->egress_port = packet->egress;
	store_be16(metadata->acl_rule, packet->acl_rule);
	store_be16(metadata->next_hop, packet->next_hop);
	store_be16(metadata->length, (uint16_t)length);
	out += sizeof(*metadata);
	for (const struct rte_mbuf *segment = packet->mbuf; segment != NULL; segment = segment->next) {
		rte_memcpy(out, rte_pktmbuf_mtod(segment, const uint8_t *), segment->data_len);
		out += segment->data_len;
	}
	port->out_position += (uint32_t)sizeof(*metadata) + length;
	port->header->out_records++;
	return true;
}

/** Run up to DATAPATH_BURST records of the batch. */
static unsigned int
run_burst(struct shm_port *port, struct datapath *datapath)
{
	const struct tp_metadata *incoming[DATAPATH_BURST];
	struct packet packets[DATAPATH_BURST];
	const unsigned int count = RTE_MIN((uint32_t)DATAPATH_BURST, port->records_left);
	enum shm_port_status status = SHM_PORT_DONE;
	unsigned int taken;

	for (taken = 0; taken < count; taken++) {
		const struct tp_metadata *metadata = (const struct tp_metadata *)(in_bytes(port) + port->in_position);
		const uint32_t length = load_be16(metadata->length);
		struct rte_mbuf *mbuf = make_mbuf(port, (const uint8_t *)(metadata + 1), length);

		if (unlikely(mbuf == NULL)) {
			/* The mbufs of the packets before come back behind a shorter burst. */
			if (taken == 0)
				status = SHM_PORT_NO_MBUF;
			break;
		}
		packet_init(&packets[taken], mbuf, metadata->ingress_port);
		incoming[taken] = metadata;
		port->in_position += (uint32_t)sizeof(*metadata) + length;
	}
	datapath_burst(datapath, packets, taken);
	for (unsigned int i = 0; i < taken; i++) {
		if (status == SHM_PORT_DONE && !write_record(port, &packets[i], incoming[i]))
			status = SHM_PORT_NO_ROOM;
		rte_pktmbuf_free(packets[i].mbuf);
	}
	port->records_left -= taken;
	if (status != SHM_PORT_DONE || port->records_left == 0)
		answer(port, status);
	return taken;
}

unsigned int
shm_port_poll(struct shm_port *port, struct datapath *datapath)
{
	if (port->records_left == 0) {
		const uint32_t request = __atomic_load_n(&port->header->request, __ATOMIC_ACQUIRE);
		enum shm_port_status status;

		if (request == port->request)
			return 0;
		port->request = request;
		port->in_position = 0;
		port->out_position = 0;
		port->header->out_records = 0;
		status = check_batch(port);
		if (status != SHM_PORT_DONE || port->header->in_records == 0) {
			answer(port, status);
			return 0;
		}
		port->records_left = port->header->in_records;
	}
	return run_burst(port, datapath);
}

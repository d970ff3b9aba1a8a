/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "acl.h"
#include "datapath.h"
#include "parse.h"
#include "route.h"

enum {
	ASK_STEP_US = 20,
	ASK_STEPS = 250000,	/* 5 s */
};

void
packet_init(struct packet *packet, struct rte_mbuf *mbuf, uint8_t ingress)
{
	memset(packet, 0, sizeof(*packet));
	packet->mbuf = mbuf;
	packet->length = rte_pktmbuf_pkt_len(mbuf);
	packet->ingress = ingress;
	packet->egress = TP_NO_PORT;
	packet->acl_rule = TP_ACL_NONE;
	packet->next_hop = TP_NEXT_HOP_NONE;
}

static bool
stage_enabled(const struct tables *tables, enum tp_stage stage)
{
	return tables->stage_mask & 1u << stage;
}

void
datapath_burst(struct datapath *datapath, struct packet *packets, unsigned int count)
{
	const struct tables *tables = datapath->tables;

	for (unsigned int i = 0; i < count; i++)
		parse(&packets[i], tables);
	if (stage_enabled(tables, TP_STAGE_ACL))
		acl(tables, packets, count);
	if (stage_enabled(tables, TP_STAGE_ROUTE))
		datapath->lost += route(tables, packets, count);
	for (unsigned int i = 0; i < count; i++)
		counters_add(&datapath->counters, &packets[i]);
}

void
datapath_serve(struct datapath *datapath)
{
	int request = __atomic_load_n(&datapath->request, __ATOMIC_ACQUIRE);

	if (likely(request == DATAPATH_REQUEST_NONE))
		return;
	/* Claim it: the control thread can no longer withdraw it. */
	if (!__atomic_compare_exchange_n(&datapath->request, &request, DATAPATH_REQUEST_CLAIMED, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return;
	if (request == DATAPATH_REQUEST_STAGES)
		datapath->tables->stage_mask = datapath->offered_stages;
	else
		datapath->tables = datapath->offered_tables;
	if (request == DATAPATH_REQUEST_LOAD)
		counters_reset(&datapath->counters);
	__atomic_store_n(&datapath->request, DATAPATH_REQUEST_NONE, __ATOMIC_RELEASE);
}

int
datapath_ask(struct datapath *datapath, enum datapath_request request, int wake_fd)
{
	const uint64_t one = 1;
	int expected = request;

	__atomic_store_n(&datapath->request, request, __ATOMIC_RELEASE);
	if (write(wake_fd, &one, sizeof(one)) < 0)
		return -errno;
	for (int step = 0; step < ASK_STEPS; step++) {
		if (__atomic_load_n(&datapath->request, __ATOMIC_ACQUIRE) == DATAPATH_REQUEST_NONE)
			return 0;
		usleep(ASK_STEP_US);
	}
	if (__atomic_compare_exchange_n(&datapath->request, &expected, DATAPATH_REQUEST_NONE, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return -ETIMEDOUT;
	while (__atomic_load_n(&datapath->request, __ATOMIC_ACQUIRE) != DATAPATH_REQUEST_NONE)
		usleep(ASK_STEP_US);
	return 0;
}

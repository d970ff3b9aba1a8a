/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_ROUTE_H
#define TRIPLANE_ROUTE_H

#include "packet.h"
#include "tables.h"

/**
 * Run the route stage on the undecided packets of a burst (R-ROUTE-1 … R-ROUTE-13).
 *
 * @param packets
 *   The parsed burst; forwarded packets get their new headers, their mbuf may be replaced by a copy.
 * @param count
 *   Packets in the burst, at most DATAPATH_BURST.
 * @return
 *   Packets that could not be rewritten for lack of mbufs; they have the verdict drop with reason NONE.
 */
unsigned int route(const struct tables *tables, struct packet *packets, unsigned int count);

#endif

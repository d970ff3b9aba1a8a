/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_PARSE_H
#define TRIPLANE_PARSE_H

#include "packet.h"
#include "tables.h"

/**
 * Run the parse stage on one packet (R-PARSE-1 … R-PARSE-50).
 *
 * Reads the first TP_PARSE_WINDOW bytes only and takes every length from the mbuf; never looks at ol_flags or packet_type.
 * Reads across segments where the first one is short; never changes the frame.
 *
 * @param packet
 *   In: mbuf, length, ingress. Out: everything parse finds, or a verdict.
 * @param tables
 *   The installed tables, for the MAC of the ingress port.
 */
void parse(struct packet *packet, const struct tables *tables);

#endif

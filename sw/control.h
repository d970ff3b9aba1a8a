/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_CONTROL_H
#define TRIPLANE_CONTROL_H

#include "datapath.h"
#include "ports.h"

/**
 * Register the telemetry commands:
 *
 * - /triplane/load,FILE    install a table file, set the counters to 0
 * - /triplane/update,FILE  install a table file, keep the counters
 * - /triplane/stages       the enabled stages; /triplane/stages,MASK sets them
 * - /triplane/counters,KEY the counters that are not 0, from KEY on: [next key or 0, key, packets, bytes, key, …]
 * - /triplane/info         limits, ports, and what is installed
 *
 * load, update and stages,MASK answer {"status": "ok" | "refused" | "too large" | "failed", "message": …} when the
 * datapath works with the change: the next packet sees it.
 *
 * @param datapath
 *   Its tables are the first bank.
 * @param spare
 *   Empty tables, the second bank: changes are built in the one that is not in use.
 * @param wake_fd
 *   An eventfd that ends the datapath's sleep.
 * @return
 *   0 or a negative errno.
 */
int control_start(struct datapath *datapath, const struct ports *ports, struct tables *spare, int wake_fd);

/**
 * Install a table file before the datapath runs.
 *
 * @return
 *   0, or the negative errno of tables_build() with its message.
 */
int control_install(const char *path, char message[TABLES_MESSAGE_BYTES]);

#endif

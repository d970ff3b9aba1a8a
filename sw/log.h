/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIPLANE_LOG_H
#define TRIPLANE_LOG_H

#include <rte_log.h>

/** printf to the forwarder's own log type. */
#define LOG_ERROR(...) rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "triplane: " __VA_ARGS__)
#define LOG_INFO(...) rte_log(RTE_LOG_NOTICE, RTE_LOGTYPE_USER1, "triplane: " __VA_ARGS__)

#endif

// SPDX-License-Identifier: Apache-2.0
// Types that travel between the stages.
`default_nettype none

package datapath_pkg;
  import triplane_pkg::*;

  localparam int unsigned DATA_BYTES = 64;
  localparam int unsigned DATA_BITS = 8 * DATA_BYTES;

  // Byte i of the window is byte i of the frame.
  typedef logic [PARSE_WINDOW-1:0][7:0] window_t;

  // What is known of a frame on its way through the header path. `verdict` stays CONTINUE until a stage decides.
  typedef struct packed {
    logic [7:0]   port;
    logic [63:0]  timestamp;
    logic [31:0]  seq;
    logic [15:0]  length;       // bytes of the frame
    logic [7:0]   verdict;
    logic [7:0]   reason;
    logic [15:0]  acl_rule;
    logic [15:0]  next_hop;
    logic [1:0]   tags;
    logic [31:0]  tag_outer;    // TPID and TCI
    logic [31:0]  tag_inner;
    logic [11:0]  vlan;
    logic         is_ipv6;
    logic [127:0] src;          // an IPv4 address stands in the top 32 bits
    logic [127:0] dst;
    logic [15:0]  ip_length;
    logic [7:0]   ttl;
    logic [15:0]  checksum;     // of the IPv4 header
    logic [7:0]   proto;
    logic [1:0]   fragment;
    logic         has_ports;
    logic [15:0]  sport;
    logic [15:0]  dport;
    logic         has_flags;
    logic [7:0]   tcp_flags;
  } packet_t;

  // What the rewriter does to a frame. Drops, punts and continued frames leave as they came.
  typedef struct packed {
    logic [7:0]       port;
    logic [63:0]      timestamp;
    logic [31:0]      seq;
    logic [7:0]       verdict;
    logic [7:0]       reason;
    logic [7:0]       egress_port;
    logic [15:0]      acl_rule;
    logic [15:0]      next_hop;
    logic [15:0]      length_in;
    logic [15:0]      length;      // of the frame that leaves
    logic [1:0]       tags_in;
    logic [1:0]       tags_out;
    logic [19:0][7:0] layer2;      // byte 0 first: MACs and up to two tags
    logic             is_ipv6;
    logic [7:0]       ttl;
    logic [15:0]      checksum;
  } result_t;

  // One write or clear of a shadow table.
  typedef struct packed {
    logic             write;
    logic             clear;
    logic [7:0]       table_id;
    logic [15:0]      index;
    logic [511:0]     data;        // the entry, first byte most significant
  } table_op_t;

  function automatic packet_t decided(input packet_t packet, input verdict_e verdict, input reason_e reason);
    decided = packet;
    decided.verdict = verdict;
    decided.reason = reason;
  endfunction

endpackage

`default_nettype wire

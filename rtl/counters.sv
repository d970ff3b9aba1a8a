// SPDX-License-Identifier: Apache-2.0
// Packets and bytes per port, reason, ACL rule and next hop (R-CNT-1 … R-CNT-5), 64 bits each.
// Counts one packet per cycle; a read returns both numbers of one counter from one moment.
`default_nettype none

module counters
  import triplane_pkg::*;
  import datapath_pkg::*;
#(
  parameter int unsigned RULES = ACL_RULES_RTL,
  parameter int unsigned HOPS  = NEXT_HOPS_RTL
) (
  input  wire logic           clk,
  input  wire logic           rst,
  input  wire logic           clear,
  input  wire logic           valid,
  input  wire result_t        result,
  input  wire logic [7:0]     read_group,
  input  wire logic [15:0]    read_index,     // the default action of the ACL stands behind the last rule
  output      counter_entry_t read_entry,
  output      logic [7:0][31:0] nonzero         // has counted; word 0: rx, tx; 1-2: reasons; 3-5: rules; 6-7: next hops
);
  counter_entry_t rx     [PORTS];
  counter_entry_t tx     [PORTS];
  counter_entry_t reason [REASONS];
  counter_entry_t rule   [RULES + 1];
  counter_entry_t hop    [HOPS];

  localparam int unsigned PW = $clog2(PORTS);
  localparam int unsigned SW = $clog2(REASONS);
  localparam int unsigned RW = $clog2(RULES + 1);
  localparam int unsigned HW = $clog2(HOPS);

  function automatic counter_entry_t counted(input counter_entry_t entry, input logic [15:0] length);
    return '{packets: entry.packets + 64'd1, bytes: entry.bytes + {48'd0, length}};
  endfunction

  logic          unused;
  logic [PW-1:0] rx_index, tx_index;
  logic [SW-1:0] reason_index;
  logic [RW-1:0] rule_index;
  logic [HW-1:0] hop_index;

  assign unused = ^result;
  assign rx_index = result.port[PW-1:0];
  assign tx_index = result.egress_port[PW-1:0];
  assign reason_index = result.reason[SW-1:0];
  assign rule_index = result.acl_rule == 16'(triplane_pkg::ACL_DEFAULT) ? RW'(RULES) : result.acl_rule[RW-1:0];
  assign hop_index = result.next_hop[HW-1:0];

  always_ff @(posedge clk) begin
    if (rst || clear) begin
      for (int unsigned i = 0; i < PORTS; i++) rx[i] <= '0;
      for (int unsigned i = 0; i < PORTS; i++) tx[i] <= '0;
      for (int unsigned i = 0; i < REASONS; i++) reason[i] <= '0;
      for (int unsigned i = 0; i < RULES + 1; i++) rule[i] <= '0;
      for (int unsigned i = 0; i < HOPS; i++) hop[i] <= '0;
      nonzero <= '0;
    end else if (valid) begin
      rx[rx_index] <= counted(rx[rx_index], result.length_in);
      nonzero[0][5'(rx_index)] <= 1'b1;
      if (result.verdict == VERDICT_DROP || result.verdict == VERDICT_PUNT) begin
        reason[reason_index] <= counted(reason[reason_index], result.length_in);
        nonzero[3'd1 + 3'(reason_index[SW-1:5])][reason_index[4:0]] <= 1'b1;
      end
      if (result.acl_rule != 16'(ACL_NONE)) begin
        rule[rule_index] <= counted(rule[rule_index], result.length_in);
        nonzero[3'd3 + 3'(rule_index[RW-1:5])][rule_index[4:0]] <= 1'b1;
      end
      if (result.verdict == VERDICT_FORWARD) begin
        tx[tx_index] <= counted(tx[tx_index], result.length);
        nonzero[0][5'd8 + 5'(tx_index)] <= 1'b1;
        hop[hop_index] <= counted(hop[hop_index], result.length);
        nonzero[3'd6 + 3'(hop_index[HW-1:5])][hop_index[4:0]] <= 1'b1;
      end
    end
  end

  always_comb begin
    case (read_group)
      COUNTER_RX_PORT: read_entry = rx[read_index[PW-1:0]];
      COUNTER_TX_PORT: read_entry = tx[read_index[PW-1:0]];
      COUNTER_REASON: read_entry = reason[read_index[SW-1:0]];
      COUNTER_ACL: read_entry = read_index <= 16'(RULES) ? rule[read_index[RW-1:0]] : '0;
      COUNTER_NEXT_HOP: read_entry = hop[read_index[HW-1:0]];
      default: read_entry = '0;
    endcase
  end
endmodule

`default_nettype wire

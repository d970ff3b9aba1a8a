// SPDX-License-Identifier: Apache-2.0
// The acl stage: every rule is compared at once, the first that matches decides.
// Latency 2 cycles, one packet per cycle, never stalls.
//
//   packet ─►[compare all rules]─►[first match, action]─► packet
`default_nettype none

module acl
  import triplane_pkg::*;
  import datapath_pkg::*;
#(
  parameter int unsigned RULES = ACL_RULES_RTL
) (
  input  wire logic      clk,
  input  wire logic      rst,
  input  wire table_op_t op,
  output      acl_entry_t read_entry,
  input  wire logic      enable,           // shadow of the stage's bit in the stage mask
  input  wire logic [7:0] default_action,  // shadow
  input  wire logic      in_commit,
  input  wire logic      in_valid,
  input  wire packet_t   in_packet,
  output      logic      out_commit,
  output      logic      out_valid,
  output      packet_t   out_packet
);
  localparam int unsigned AW = $clog2(RULES);

  acl_entry_t shadow [RULES];
  acl_entry_t live   [RULES];
  logic       live_enable;
  logic [7:0] live_default;

  assign read_entry = live[op.index[AW-1:0]];

  always_ff @(posedge clk) begin
    if (rst) begin
      for (int unsigned i = 0; i < RULES; i++) begin
        shadow[i] <= '0;
        live[i] <= '0;
      end
      live_enable <= 1'b1;
      live_default <= '0;
    end else begin
      if (op.table_id == TABLE_ACL && op.write) shadow[op.index[AW-1:0]] <= op.data[511-:ACL_ENTRY_BITS];
      if (op.table_id == TABLE_ACL && op.clear) for (int unsigned i = 0; i < RULES; i++) shadow[i] <= '0;
      if (in_commit) begin
        live <= shadow;
        live_enable <= enable;
        live_default <= default_action;
      end
    end
  end

  function automatic logic same_prefix(input logic [127:0] a, input logic [127:0] b, input logic [7:0] length);
    return ((a ^ b) & ~({128{1'b1}} >> length)) == '0;
  endfunction

  // R-ACL-2 … R-ACL-9
  function automatic logic rule_matches(input acl_entry_t r, input packet_t p);
    logic [7:0] family;
    logic       unused;
    unused = ^{r, p};
    family = p.is_ipv6 ? 8'd6 : 8'd4;
    if (r.valid == '0) return 1'b0;
    if (r.family != '0 && r.family != family) return 1'b0;
    if ((r.conditions & 8'(ACL_HAS_PROTO)) != '0 && r.proto != p.proto) return 1'b0;
    if ((r.conditions & 8'(ACL_HAS_SPORT)) != '0 && !(p.has_ports && p.sport >= r.sport_lo && p.sport <= r.sport_hi)) return 1'b0;
    if ((r.conditions & 8'(ACL_HAS_DPORT)) != '0 && !(p.has_ports && p.dport >= r.dport_lo && p.dport <= r.dport_hi)) return 1'b0;
    if ((r.conditions & 8'(ACL_HAS_VLAN)) != '0 && r.vlan != {4'd0, p.vlan}) return 1'b0;
    if (!r.ingress_set[p.port[2:0]]) return 1'b0;
    if (!r.fragment_set[{1'b0, p.fragment}]) return 1'b0;
    if (r.tcp_mask != '0 && !(p.has_flags && (p.tcp_flags & r.tcp_mask) == r.tcp_value)) return 1'b0;
    return same_prefix(r.src, p.src, r.src_len) && same_prefix(r.dst, p.dst, r.dst_len);
  endfunction

  logic             hit_valid, hit_commit, hit_enable;
  logic [7:0]       hit_default;
  packet_t          hit_packet;
  logic [RULES-1:0] hits;
  logic [7:0]       actions [RULES];

  always_ff @(posedge clk) begin
    hit_valid <= in_valid && !rst;
    hit_commit <= in_commit && !rst;
    if (in_valid) begin
      hit_packet <= in_packet;
      hit_enable <= live_enable;
      hit_default <= live_default;
      for (int unsigned i = 0; i < RULES; i++) begin
        hits[i] <= in_packet.verdict == VERDICT_CONTINUE && rule_matches(live[i], in_packet);
        if (live[i].valid != '0) actions[i] <= live[i].action;
      end
    end
  end

  // R-ACL-1, R-ACL-10, R-ACL-11
  packet_t judged;

  always_comb begin
    logic [7:0] action;
    judged = hit_packet;
    action = hit_default;
    if (hit_valid && hit_packet.verdict == VERDICT_CONTINUE && hit_enable) begin
      judged.acl_rule = 16'(triplane_pkg::ACL_DEFAULT);
      for (int i = RULES - 1; i >= 0; i--) begin
        if (hits[i]) begin
          judged.acl_rule = 16'(i);
          action = actions[i];
        end
      end
      if (action == ACTION_DENY) judged = decided(judged, VERDICT_DROP, REASON_ACL_DENY);
      else if (action == ACTION_PUNT) judged = decided(judged, VERDICT_PUNT, REASON_ACL_PUNT);
    end
  end

  always_ff @(posedge clk) begin
    out_valid <= hit_valid && !rst;
    out_commit <= hit_commit && !rst;
    if (hit_valid) out_packet <= judged;
  end
endmodule

`default_nettype wire

// SPDX-License-Identifier: Apache-2.0
// The route stage: longest-prefix match, the checks before forwarding, and what the rewriter has to do.
// Latency 4 cycles, one packet per cycle, never stalls.
//
//   packet ─►[compare all prefixes]─►[longest]─►[next hop]─►[checks, new layer 2]─► result
`default_nettype none

module route
  import triplane_pkg::*;
  import datapath_pkg::*;
#(
  parameter int unsigned PREFIXES4 = ROUTES4_RTL,
  parameter int unsigned PREFIXES6 = ROUTES6_RTL,
  parameter int unsigned HOPS      = NEXT_HOPS_RTL
) (
  input  wire logic       clk,
  input  wire logic       rst,
  input  wire table_op_t  op,
  output      route4_entry_t   read_route4,
  output      route6_entry_t   read_route6,
  output      next_hop_entry_t read_hop,
  input  wire logic       enable,          // shadow of the stage's bit in the stage mask
  input  wire logic       in_commit,
  input  wire logic       in_valid,
  input  wire packet_t    in_packet,
  output      logic       out_commit,
  output      logic       out_valid,
  output      result_t    out_result
);
  localparam int unsigned AW4 = $clog2(PREFIXES4);
  localparam int unsigned AW6 = $clog2(PREFIXES6);
  localparam int unsigned AWH = $clog2(HOPS);

  route4_entry_t   shadow4 [PREFIXES4];
  route4_entry_t   live4   [PREFIXES4];
  route6_entry_t   shadow6 [PREFIXES6];
  route6_entry_t   live6   [PREFIXES6];
  next_hop_entry_t shadow_hop [HOPS];
  next_hop_entry_t live_hop   [HOPS];
  logic            live_enable;

  assign read_route4 = live4[op.index[AW4-1:0]];
  assign read_route6 = live6[op.index[AW6-1:0]];
  assign read_hop = live_hop[op.index[AWH-1:0]];

  logic    hit_valid, hit_commit, hit_enable;
  packet_t hit_packet;
  logic    best_valid, best_commit, best_enable;
  packet_t best_packet;

  always_ff @(posedge clk) begin
    if (rst) begin
      for (int unsigned i = 0; i < PREFIXES4; i++) begin
        shadow4[i] <= '0;
        live4[i] <= '0;
      end
      for (int unsigned i = 0; i < PREFIXES6; i++) begin
        shadow6[i] <= '0;
        live6[i] <= '0;
      end
      for (int unsigned i = 0; i < HOPS; i++) begin
        shadow_hop[i] <= '0;
        live_hop[i] <= '0;
      end
      live_enable <= 1'b1;
    end else begin
      if (op.write) begin
        case (op.table_id)
          TABLE_ROUTE4: shadow4[op.index[AW4-1:0]] <= op.data[511-:ROUTE4_ENTRY_BITS];
          TABLE_ROUTE6: shadow6[op.index[AW6-1:0]] <= op.data[511-:ROUTE6_ENTRY_BITS];
          TABLE_NEXT_HOP: shadow_hop[op.index[AWH-1:0]] <= op.data[511-:NEXT_HOP_ENTRY_BITS];
          default: ;
        endcase
      end
      if (op.clear && op.table_id == TABLE_ROUTE4) for (int unsigned i = 0; i < PREFIXES4; i++) shadow4[i] <= '0;
      if (op.clear && op.table_id == TABLE_ROUTE6) for (int unsigned i = 0; i < PREFIXES6; i++) shadow6[i] <= '0;
      if (op.clear && op.table_id == TABLE_NEXT_HOP) for (int unsigned i = 0; i < HOPS; i++) shadow_hop[i] <= '0;
      if (in_commit) begin
        live4 <= shadow4;
        live6 <= shadow6;
        live_enable <= enable;
      end
      if (best_commit) live_hop <= shadow_hop;   // where next hops are looked up
    end
  end

  // ---- compare (R-ROUTE-1) ----
  logic [PREFIXES4-1:0] hits4;
  logic [PREFIXES6-1:0] hits6;
  logic [5:0]           length4 [PREFIXES4];
  logic [7:0]           length6 [PREFIXES6];
  logic [15:0]          target4 [PREFIXES4];
  logic [15:0]          target6 [PREFIXES6];

  always_ff @(posedge clk) begin
    hit_valid <= in_valid && !rst;
    hit_commit <= in_commit && !rst;
    if (in_valid) begin
      hit_packet <= in_packet;
      hit_enable <= live_enable;
      hits4 <= '0;
      hits6 <= '0;
      for (int unsigned i = 0; i < PREFIXES4; i++) begin
        if (live4[i].valid != '0 && !in_packet.is_ipv6) begin
          hits4[i] <= ((live4[i].prefix ^ in_packet.dst[127:96]) & ~({32{1'b1}} >> live4[i].length)) == '0;
          length4[i] <= live4[i].length[5:0];
          target4[i] <= live4[i].next_hop;
        end
      end
      for (int unsigned i = 0; i < PREFIXES6; i++) begin
        if (live6[i].valid != '0 && in_packet.is_ipv6) begin
          hits6[i] <= ((live6[i].prefix ^ in_packet.dst) & ~({128{1'b1}} >> live6[i].length)) == '0;
          length6[i] <= live6[i].length;
          target6[i] <= live6[i].next_hop;
        end
      end
    end
  end

  // ---- longest: prefixes of one length are different, so at most one of each length hits ----
  logic        found;
  logic [15:0] target;
  packet_t     longest;

  always_comb begin
    logic [7:0] best;
    found = 1'b0;
    best = '0;
    target = 16'(NEXT_HOP_NONE);
    longest = hit_packet;
    if (hit_valid && hit_packet.verdict == VERDICT_CONTINUE && hit_enable) begin
      if (hits4 != '0) begin
        for (int unsigned i = 0; i < PREFIXES4; i++) begin
          if (hits4[i] && (!found || {2'd0, length4[i]} > best)) begin
            found = 1'b1;
            best = {2'd0, length4[i]};
            target = target4[i];
          end
        end
      end
      if (hits6 != '0) begin
        for (int unsigned i = 0; i < PREFIXES6; i++) begin
          if (hits6[i] && (!found || length6[i] > best)) begin
            found = 1'b1;
            best = length6[i];
            target = target6[i];
          end
        end
      end
      longest.next_hop = target;
      if (!found) longest = decided(longest, VERDICT_DROP, REASON_NO_ROUTE);
    end
  end

  always_ff @(posedge clk) begin
    best_valid <= hit_valid && !rst;
    best_commit <= hit_commit && !rst;
    if (hit_valid) begin
      best_packet <= longest;
      best_enable <= hit_enable;
    end
  end

  // ---- next hop ----
  logic            hop_valid, hop_commit, hop_enable;
  packet_t         hop_packet;
  next_hop_entry_t hop;

  always_ff @(posedge clk) begin
    hop_valid <= best_valid && !rst;
    hop_commit <= best_commit && !rst;
    if (best_valid) begin
      hop_packet <= best_packet;
      hop_enable <= best_enable;
      hop <= live_hop[best_packet.next_hop[AWH-1:0]];
    end
  end

  // ---- checks and new layer 2 (R-ROUTE-3 … R-ROUTE-12) ----
  result_t result;
  logic    unused;

  assign unused = ^hop;

  always_comb begin
    packet_t     p;
    logic [1:0]  tags_out;
    logic [31:0] new_tag, outer, inner;
    logic        push;
    logic [15:0] length;
    logic [16:0] sum;
    p = hop_packet;
    push = hop.vlan_op == VLAN_OP_PUSH || (hop.vlan_op == VLAN_OP_SWAP && p.tags == '0);
    new_tag = {hop.tpid, p.tags != '0 ? p.tag_outer[15:12] : 4'd0, hop.vid[11:0]};
    outer = p.tag_outer;
    inner = p.tag_inner;
    tags_out = p.tags;
    if (push) begin
      outer = new_tag;
      inner = p.tag_outer;
      tags_out = p.tags + 2'd1;
    end else if (hop.vlan_op == VLAN_OP_SWAP) begin
      outer[11:0] = hop.vid[11:0];
    end else if (hop.vlan_op == VLAN_OP_POP && p.tags != '0) begin
      outer = p.tag_inner;
      tags_out = p.tags - 2'd1;
    end
    length = p.length + {12'd0, tags_out, 2'b00} - {12'd0, p.tags, 2'b00};
    if (p.verdict == VERDICT_CONTINUE && hop_enable) begin
      if (hop.kind == HOP_KIND_LOCAL) p = decided(p, VERDICT_PUNT, REASON_LOCAL);
      else if (p.ttl <= 8'd1) p = decided(p, VERDICT_PUNT, REASON_TTL);
      else if (p.ip_length > hop.mtu) p = decided(p, VERDICT_PUNT, REASON_MTU);
      else if (hop.vlan_op == VLAN_OP_PUSH && p.tags == 2'(VLAN_TAGS_MAX)) p = decided(p, VERDICT_DROP, REASON_VLAN_FULL);
      else if (length > 16'(FRAME_MAX)) p = decided(p, VERDICT_DROP, REASON_OVERSIZE);
      else p.verdict = VERDICT_FORWARD;
    end
    result = '0;
    result.port = p.port;
    result.timestamp = p.timestamp;
    result.seq = p.seq;
    result.verdict = p.verdict;
    result.reason = p.reason;
    result.acl_rule = p.acl_rule;
    result.next_hop = p.next_hop;
    result.length_in = p.length;
    result.egress_port = p.verdict == VERDICT_FORWARD ? hop.port : 8'(NO_PORT);
    result.length = p.verdict == VERDICT_FORWARD ? length : p.length;
    result.tags_in = p.tags;
    result.tags_out = p.verdict == VERDICT_FORWARD ? tags_out : p.tags;
    for (int unsigned i = 0; i < 6; i++) begin
      result.layer2[i] = hop.dst_mac[8*(5-i)+:8];
      result.layer2[6+i] = hop.src_mac[8*(5-i)+:8];
    end
    for (int unsigned i = 0; i < 4; i++) begin
      result.layer2[12+i] = outer[8*(3-i)+:8];
      result.layer2[16+i] = inner[8*(3-i)+:8];
    end
    result.is_ipv6 = p.is_ipv6;
    result.ttl = p.ttl - 8'd1;
    // RFC 1624 eq. 3 for a TTL that is one lower: ~m + m' is 0xFEFF whatever the protocol is
    sum = {1'b0, ~p.checksum} + 17'h0FEFF;
    result.checksum = ~(sum[15:0] + {15'd0, sum[16]});
  end

  always_ff @(posedge clk) begin
    out_valid <= hop_valid && !rst;
    out_commit <= hop_commit && !rst;
    if (hop_valid) out_result <= result;
  end
endmodule

`default_nettype wire

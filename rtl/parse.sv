// SPDX-License-Identifier: Apache-2.0
// The parse stage: checks a frame's headers in the contract's order and extracts what acl and route need.
// Latency 9 cycles, one frame per cycle, never stalls.
//
//   header, window ─►[layer 2]─►[IPv4 / IPv6]─►[extension 1]─► … ─►[extension 6]─►[layer 4]─► packet
//
// A commit travels beside the packets; ports that were written to the shadow become live as it passes.
`default_nettype none

module parse
  import triplane_pkg::*;
  import datapath_pkg::*;
(
  input  wire logic      clk,
  input  wire logic      rst,
  input  wire table_op_t op,
  output      port_entry_t read_entry,
  input  wire logic      in_commit,
  input  wire logic      in_valid,
  input  wire packet_t   in_packet,
  input  wire window_t   in_window,
  output      logic      out_commit,
  output      logic      out_valid,
  output      packet_t   out_packet
);
  localparam int unsigned STEPS = EXT_MAX;

  // Where the walk through the headers stands behind layer 2. Offsets count from the IP header.
  typedef struct packed {
    logic [7:0]  l3;            // offset of the IP header in the frame
    logic [15:0] offset;
    logic [7:0]  next_header;
    logic        walking;       // extension headers may follow
    logic        fragmented;    // a fragment header was seen
    logic        layer4;        // there is a layer 4 to look at
  } walk_t;

  port_entry_t shadow [PORTS];
  port_entry_t live   [PORTS];

  assign read_entry = live[op.index[$clog2(PORTS)-1:0]];

  always_ff @(posedge clk) begin
    if (rst) begin
      for (int unsigned i = 0; i < PORTS; i++) begin
        shadow[i] <= '0;
        live[i] <= '0;
      end
    end else begin
      if (op.table_id == TABLE_PORT && op.write) shadow[op.index[$clog2(PORTS)-1:0]] <= op.data[511-:PORT_ENTRY_BITS];
      if (op.table_id == TABLE_PORT && op.clear) for (int unsigned i = 0; i < PORTS; i++) shadow[i] <= '0;
      if (in_commit) live <= shadow;
    end
  end

  function automatic logic is_tpid(input logic [15:0] ethertype);
    return ethertype == 16'(TPID_C) || ethertype == 16'(TPID_S);
  endfunction

  function automatic logic is_extension(input logic [7:0] header);
    return header inside {8'(PROTO_HOPOPTS), 8'(PROTO_ROUTING), 8'(PROTO_FRAGMENT), 8'(PROTO_AH), 8'(PROTO_DSTOPTS)};
  endfunction

  // ---- layer 2 (R-PARSE-1 … R-PARSE-12) ----
  packet_t     l2_packet;
  walk_t       l2_walk;
  window_t     l2_window;
  logic [15:0] l2_ethertype;

  always_comb begin
    logic [15:0] type0, type1, type2;
    logic        tag0, tag1, tag2;
    logic [47:0] destination;
    type0 = {in_window[12], in_window[13]};
    type1 = {in_window[16], in_window[17]};
    type2 = {in_window[20], in_window[21]};
    tag0 = is_tpid(type0);
    tag1 = tag0 && is_tpid(type1);
    tag2 = tag1 && is_tpid(type2);
    destination = {in_window[0], in_window[1], in_window[2], in_window[3], in_window[4], in_window[5]};
    l2_packet = in_packet;
    l2_packet.tags = tag1 ? 2'd2 : {1'b0, tag0};
    l2_packet.tag_outer = {type0, in_window[14], in_window[15]};
    l2_packet.tag_inner = {type1, in_window[18], in_window[19]};
    l2_packet.vlan = tag0 ? {in_window[14][3:0], in_window[15]} : '0;
    l2_ethertype = tag1 ? type2 : tag0 ? type1 : type0;
    l2_walk = '0;
    l2_walk.l3 = tag1 ? 8'd22 : tag0 ? 8'd18 : 8'd14;
    l2_window = tag1 ? in_window >> (22 * 8) : tag0 ? in_window >> (18 * 8) : in_window >> (14 * 8);
    if (in_packet.length < 16'(FRAME_MIN)) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_RUNT);
    else if (in_packet.length > 16'(FRAME_MAX)) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_OVERSIZE);
    else if (in_window[6][0]) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_SRC_MAC);
    else if (in_window[0][0]) l2_packet = decided(l2_packet, VERDICT_PUNT, REASON_L2_MULTICAST);
    else if (destination != live[in_packet.port[$clog2(PORTS)-1:0]].mac) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_WRONG_MAC);
    else if (tag0 && in_packet.length < 16'd18) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_VLAN_TRUNC);
    else if (tag0 && {in_window[14][3:0], in_window[15]} == 12'(VID_RESERVED)) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_VLAN_RESERVED);
    else if (tag1 && in_packet.length < 16'd22) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_VLAN_TRUNC);
    else if (tag1 && {in_window[18][3:0], in_window[19]} == 12'(VID_RESERVED)) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_VLAN_RESERVED);
    else if (tag2) l2_packet = decided(l2_packet, VERDICT_DROP, REASON_VLAN_DEPTH);
    else if (l2_ethertype == 16'(ETH_ARP)) l2_packet = decided(l2_packet, VERDICT_PUNT, REASON_ARP);
    else if (l2_ethertype != 16'(ETH_IPV4) && l2_ethertype != 16'(ETH_IPV6))
      l2_packet = decided(l2_packet, VERDICT_PUNT, REASON_ETHERTYPE);
    l2_packet.is_ipv6 = l2_ethertype == 16'(ETH_IPV6);
  end

  logic    l3_in_valid, l3_in_commit;
  packet_t l3_in_packet;
  walk_t   l3_in_walk;
  window_t l3_in_window;

  always_ff @(posedge clk) begin
    l3_in_valid <= in_valid && !rst;
    l3_in_commit <= in_commit && !rst;
    if (in_valid) begin
      l3_in_packet <= l2_packet;
      l3_in_walk <= l2_walk;
      l3_in_window <= l2_window;
    end
  end

  // ---- IPv4 and IPv6 fixed headers (R-PARSE-13 … R-PARSE-34) ----
  function automatic logic [15:0] header_sum(input window_t w, input logic [3:0] ihl);
    logic [21:0] sum;
    sum = '0;
    for (int unsigned i = 0; i < 30; i++) begin
      if (i < {27'd0, ihl, 1'b0}) sum = sum + {6'd0, w[2*i], w[2*i+1]};
    end
    sum = {6'd0, sum[15:0]} + {16'd0, sum[21:16]};
    sum = {6'd0, sum[15:0]} + {16'd0, sum[21:16]};
    return sum[15:0];
  endfunction

  function automatic logic martian4_destination(input logic [15:0] top);    // the address's upper half
    return top[15:8] == 8'd0 || top[15:8] == 8'd127 || top == 16'hA9FE || top[15:12] == 4'hF;
  endfunction

  packet_t l3_packet;
  walk_t   l3_walk;

  always_comb begin
    window_t     w;
    logic [15:0] room, header, total;
    logic [13:0] flags;      // MF and the fragment offset
    logic [31:0] src4, dst4;
    logic [16:0] total6;
    w = l3_in_window;
    l3_packet = l3_in_packet;
    l3_walk = l3_in_walk;
    room = l3_in_packet.length - {8'd0, l3_in_walk.l3};
    header = {10'd0, w[0][3:0], 2'b00};
    total = {w[2], w[3]};
    flags = {w[6][5:0], w[7]};
    src4 = {w[12], w[13], w[14], w[15]};
    dst4 = {w[16], w[17], w[18], w[19]};
    total6 = {1'b0, w[4], w[5]} + 17'd40;
    if (l3_in_packet.is_ipv6) begin
      for (int unsigned i = 0; i < 16; i++) begin
        l3_packet.src[8*(15-i)+:8] = w[8+i];
        l3_packet.dst[8*(15-i)+:8] = w[24+i];
      end
      l3_packet.ip_length = total6[15:0];
      l3_packet.ttl = w[7];
      l3_packet.fragment = FRAGMENT_NONE[1:0];
      l3_walk.offset = 16'd40;
      l3_walk.next_header = w[6];
      l3_walk.walking = 1'b1;
      l3_walk.layer4 = 1'b1;
      if (l3_in_valid && l3_in_packet.verdict == VERDICT_CONTINUE) begin
        if (room < 16'd40) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP6_TRUNC);
        else if (w[0][7:4] != 4'd6) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP_VERSION);
        else if (total6 > {1'b0, room}) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP6_LENGTH);
        else if (l3_packet.src[127:1] == '0 || l3_packet.src[127:120] == 8'hFF || l3_packet.dst[127:1] == '0)
          l3_packet = decided(l3_packet, VERDICT_DROP, REASON_MARTIAN);
        else if (l3_packet.src == l3_packet.dst) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_LAND);
        else if (l3_packet.dst[127:120] == 8'hFF) l3_packet = decided(l3_packet, VERDICT_PUNT, REASON_IP_MULTICAST);
        else if (l3_packet.src[127:118] == 10'h3FA || l3_packet.dst[127:118] == 10'h3FA)
          l3_packet = decided(l3_packet, VERDICT_PUNT, REASON_LINK_LOCAL);
      end
    end else begin
      l3_packet.src = {src4, 96'd0};
      l3_packet.dst = {dst4, 96'd0};
      l3_packet.ip_length = total;
      l3_packet.ttl = w[8];
      l3_packet.proto = w[9];
      l3_packet.checksum = {w[10], w[11]};
      l3_packet.fragment = flags[12:0] != '0 ? FRAGMENT_LATER[1:0] : flags[13] ? FRAGMENT_FIRST[1:0] : FRAGMENT_NONE[1:0];
      l3_walk.offset = header;
      l3_walk.next_header = w[9];
      l3_walk.walking = 1'b0;
      l3_walk.layer4 = flags[12:0] == '0;
      if (l3_in_valid && l3_in_packet.verdict == VERDICT_CONTINUE) begin
        if (room < 16'd20) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP4_TRUNC);
        else if (w[0][7:4] != 4'd4) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP_VERSION);
        else if (w[0][3:0] < 4'd5) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP4_IHL);
        else if (room < header) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP4_TRUNC);
        else if (header_sum(w, w[0][3:0]) != 16'hFFFF) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP4_CSUM);
        else if (total < header || total > room) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_IP4_LENGTH);
        else if (martian4_destination(src4[31:16]) || src4[31:28] == 4'hE || martian4_destination(dst4[31:16]))
          l3_packet = decided(l3_packet, VERDICT_DROP, REASON_MARTIAN);
        else if (src4 == dst4) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_LAND);
        else if (dst4[31:28] == 4'hE) l3_packet = decided(l3_packet, VERDICT_PUNT, REASON_IP_MULTICAST);
        else if ({1'b0, flags[12:0], 3'b000} + {1'b0, total} - {1'b0, header} > 17'h0FFFF)
          l3_packet = decided(l3_packet, VERDICT_DROP, REASON_FRAG_OVERFLOW);
        else if (w[9] == 8'(PROTO_TCP) && flags[12:0] == 13'd1) l3_packet = decided(l3_packet, VERDICT_DROP, REASON_TINY_FRAGMENT);
      end
    end
  end

  // ---- extension headers, one per step (R-PARSE-35 … R-PARSE-43) ----
  logic    step_valid  [STEPS+1];
  logic    step_commit [STEPS+1];
  packet_t step_packet [STEPS+1];
  walk_t   step_walk   [STEPS+1];
  window_t step_window [STEPS+1];

  always_ff @(posedge clk) begin
    step_valid[0] <= l3_in_valid && !rst;
    step_commit[0] <= l3_in_commit && !rst;
    if (l3_in_valid) begin
      step_packet[0] <= l3_packet;
      step_walk[0] <= l3_walk;
      step_window[0] <= l3_in_window;
    end
  end

  for (genvar k = 0; k < STEPS; k++) begin : gen_step
    packet_t packet;
    walk_t   walk;

    always_comb begin
      logic [3:0][7:0] h;
      logic [15:0]     size;
      logic            is_fragment;
      packet = step_packet[k];
      walk = step_walk[k];
      h = '0;
      is_fragment = walk.next_header == 8'(PROTO_FRAGMENT);
      size = 16'd8;
      if (step_valid[k] && packet.verdict == VERDICT_CONTINUE && walk.walking) begin
        h = step_window[k][walk.offset[6:0]+:4];
        if (walk.next_header == 8'(PROTO_AH)) size = ({8'd0, h[1]} + 16'd2) << 2;
        else if (!is_fragment) size = ({8'd0, h[1]} + 16'd1) << 3;
        if (!is_extension(walk.next_header)) begin
          walk.walking = 1'b0;
        end else if ((walk.next_header == 8'(PROTO_HOPOPTS) && k != 0) || (is_fragment && walk.fragmented)) begin
          packet = decided(packet, VERDICT_DROP, REASON_EXT_ORDER);
        end else if (packet.ip_length < walk.offset + 16'd8) begin
          packet = decided(packet, VERDICT_DROP, REASON_EXT_TRUNC);
        end else if ({8'd0, walk.l3} + walk.offset + 16'd8 > 16'(PARSE_WINDOW)) begin
          packet = decided(packet, VERDICT_DROP, REASON_PARSE_DEPTH);
        end else if (walk.offset + size > packet.ip_length) begin
          packet = decided(packet, VERDICT_DROP, REASON_EXT_TRUNC);
        end else if (walk.next_header == 8'(PROTO_ROUTING) && h[2] == '0 && h[3] != '0) begin
          packet = decided(packet, VERDICT_DROP, REASON_EXT_ROUTING);
        end else begin
          if (is_fragment) begin
            walk.fragmented = 1'b1;
            packet.fragment = {h[2], h[3][7:3]} != '0 ? FRAGMENT_LATER[1:0] : h[3][0] ? FRAGMENT_FIRST[1:0] : FRAGMENT_NONE[1:0];
            walk.walking = {h[2], h[3][7:3]} == '0;
            walk.layer4 = {h[2], h[3][7:3]} == '0;
          end
          walk.next_header = h[0];
          walk.offset = walk.offset + size;
        end
      end
    end

    always_ff @(posedge clk) begin
      step_valid[k+1] <= step_valid[k] && !rst;
      step_commit[k+1] <= step_commit[k] && !rst;
      if (step_valid[k]) begin
        step_packet[k+1] <= packet;
        step_walk[k+1] <= walk;
        step_window[k+1] <= step_window[k];
      end
    end
  end

  // ---- layer 4 (R-PARSE-36, R-PARSE-44 … R-PARSE-49) ----
  packet_t l4_packet;
  walk_t   walk;
  logic    unused;

  assign walk = step_walk[STEPS];
  assign unused = walk.fragmented;

  always_comb begin
    logic [7:0][7:0] h;
    logic [3:0]      data_offset;
    logic [15:0]     payload, needed;
    l4_packet = step_packet[STEPS];
    h = '0;
    data_offset = '0;
    payload = l4_packet.ip_length - walk.offset;
    l4_packet.proto = walk.next_header;
    case (walk.next_header)
      8'(PROTO_TCP): needed = 16'd20;
      8'(PROTO_UDP): needed = 16'd8;
      8'(PROTO_SCTP): needed = 16'd12;
      8'(PROTO_ICMP): needed = l4_packet.is_ipv6 ? 16'd0 : 16'd8;
      8'(PROTO_ICMPV6): needed = l4_packet.is_ipv6 ? 16'd4 : 16'd0;
      default: needed = 16'd0;
    endcase
    if (step_valid[STEPS] && l4_packet.verdict == VERDICT_CONTINUE) begin
      h = step_window[STEPS][walk.offset[6:0]+:8];
      data_offset = step_window[STEPS][walk.offset[6:0] + 7'd12][7:4];
      if (walk.walking && is_extension(walk.next_header)) begin
        l4_packet = decided(l4_packet, VERDICT_DROP, REASON_EXT_DEPTH);
      end else if (walk.layer4 && needed != '0) begin
        if (payload < needed) begin
          l4_packet = decided(l4_packet, VERDICT_DROP, REASON_L4_TRUNC);
        end else if ({8'd0, walk.l3} + walk.offset + needed > 16'(PARSE_WINDOW)) begin
          l4_packet = decided(l4_packet, VERDICT_DROP, REASON_PARSE_DEPTH);
        end else if (walk.next_header == 8'(PROTO_TCP) && (data_offset < 4'd5 || {10'd0, data_offset, 2'b00} > payload)) begin
          l4_packet = decided(l4_packet, VERDICT_DROP, REASON_TCP_OFFSET);
        end else if (walk.next_header == 8'(PROTO_UDP) &&
                     ({h[4], h[5]} < 16'd8 || (l4_packet.fragment == FRAGMENT_NONE[1:0] && {h[4], h[5]} > payload))) begin
          l4_packet = decided(l4_packet, VERDICT_DROP, REASON_UDP_LENGTH);
        end else if (walk.next_header == 8'(PROTO_UDP) && l4_packet.is_ipv6 && {h[6], h[7]} == '0) begin
          l4_packet = decided(l4_packet, VERDICT_DROP, REASON_UDP6_CSUM);
        end else begin
          l4_packet.has_ports = walk.next_header inside {8'(PROTO_TCP), 8'(PROTO_UDP), 8'(PROTO_SCTP)};
          l4_packet.sport = {h[0], h[1]};
          l4_packet.dport = {h[2], h[3]};
          l4_packet.has_flags = walk.next_header == 8'(PROTO_TCP);
          l4_packet.tcp_flags = step_window[STEPS][walk.offset[6:0] + 7'd13];
        end
      end
    end
  end

  always_ff @(posedge clk) begin
    out_valid <= step_valid[STEPS] && !rst;
    out_commit <= step_commit[STEPS] && !rst;
    if (step_valid[STEPS]) out_packet <= l4_packet;
  end
endmodule

`default_nettype wire

// SPDX-License-Identifier: Apache-2.0
// Lets frames out: joins each result with its beats, writes the new layer 2, TTL and checksum, and shifts the frame by
// four bytes when a tag is pushed or popped. One beat per cycle; a push that makes the last beat overflow costs one more.
//
//   result ──┐
//   beats ───┴─►[current][next]─►[shift, overlay]─►[skid]─► m_axis
`default_nettype none

module rewrite
  import triplane_pkg::*;
  import datapath_pkg::*;
(
  input  wire logic                  clk,
  input  wire logic                  rst,
  input  wire logic                  emit_all,       // 0: dropped frames vanish
  input  wire logic                  result_valid,
  input  wire result_t               result,
  output      logic                  result_pop,
  input  wire logic                  beat_valid,
  input  wire logic [DATA_BITS-1:0]  beat_data,
  input  wire logic                  beat_last,
  output      logic                  beat_pop,
  output      logic [DATA_BITS-1:0]  m_tdata,
  output      logic [DATA_BYTES-1:0] m_tkeep,
  output      logic                  m_tvalid,
  input  wire logic                  m_tready,
  output      logic                  m_tlast,
  output      logic [175:0]          m_tuser        // {verdict, reason, egress, acl_rule, next_hop, length, port, timestamp, seq}
);
  typedef logic [DATA_BYTES-1:0][7:0] beat_t;

  // two beats ahead of the output, because a pop needs the first bytes of the next beat
  beat_t current, next;
  logic  current_valid, next_valid, current_last, next_last;

  logic        running;        // beyond the first beat of a frame
  logic        tail;           // all beats are taken, only carried bytes are left
  logic [15:0] remaining;      // bytes still to leave, when running
  logic [3:0][7:0] carry;

  logic        unused;
  logic        grows, shrinks, hidden;
  logic        first;
  logic [15:0] left;
  logic        last;
  logic        can_go, go;
  logic [1:0]  take;
  beat_t       shifted, out;
  logic        out_valid, out_ready;
  logic [DATA_BYTES-1:0] keep;

  assign unused = ^result.length_in;
  assign grows = result.tags_out > result.tags_in;
  assign shrinks = result.tags_out < result.tags_in;
  assign hidden = result.verdict == VERDICT_DROP && !emit_all;
  assign first = !running;
  assign left = first ? result.length : remaining;

  // A frame that ingress cut off ends with its last beat, whatever its length says.
  assign last = left <= 16'(DATA_BYTES) || (current_last && !grows && !shrinks);
  assign can_go = result_valid && (tail || (current_valid && (current_last || next_valid)));
  assign out_valid = can_go && !hidden;
  assign go = can_go && (hidden || out_ready);

  always_comb begin
    logic [5:0]  ttl_at;
    beat_t      c;
    logic [31:0] n;           // the first bytes of the next beat
    // behind the addresses, tags and ethertype stands the IP header's first byte
    ttl_at = 6'd14 + {2'd0, result.tags_out, 2'b00} + (result.is_ipv6 ? 6'd7 : 6'd8);
    c = tail ? '0 : current;
    n = current_last ? '0 : next[3:0];
    if (grows) shifted = {c[DATA_BYTES-5:0], carry};
    else if (shrinks) shifted = {n, c[DATA_BYTES-1:4]};
    else shifted = c;
    out = shifted;
    if (can_go && first && result.verdict == VERDICT_FORWARD) begin
      for (int unsigned i = 0; i < 20; i++) begin
        if (i < 12 + 4 * {30'd0, result.tags_out}) out[i] = result.layer2[i];
      end
      out[ttl_at] = result.ttl;
      if (!result.is_ipv6) begin
        out[ttl_at + 6'd2] = result.checksum[15:8];
        out[ttl_at + 6'd3] = result.checksum[7:0];
      end
    end
  end

  assign keep = left >= 16'(DATA_BYTES) ? '1 : ~({DATA_BYTES{1'b1}} << left[5:0]);

  always_comb begin
    // how many beats go: the last output beat takes all that are left of the frame
    if (tail) take = 2'd0;
    else if (last && !current_last) take = 2'd2;
    else take = 2'd1;
    if (hidden) take = 2'd1;
  end

  assign result_pop = go && (hidden ? current_last : last);
  assign beat_pop = beat_valid && (!current_valid || !next_valid || (go && take != 2'd0));

  always_ff @(posedge clk) begin
    logic  c_valid, n_valid, c_last, n_last;
    beat_t c, n;
    c = current;
    c_valid = current_valid;
    c_last = current_last;
    n = next;
    n_valid = next_valid;
    n_last = next_last;
    if (go && take != 2'd0) begin
      c = n;
      c_valid = n_valid && take != 2'd2;
      c_last = n_last;
      n_valid = 1'b0;
    end
    if (beat_pop) begin
      if (!c_valid) begin
        c = beat_data;
        c_last = beat_last;
        c_valid = 1'b1;
      end else begin
        n = beat_data;
        n_last = beat_last;
        n_valid = 1'b1;
      end
    end
    current <= c;
    current_last <= c_last;
    next <= n;
    next_last <= n_last;
    if (rst) begin
      current_valid <= 1'b0;
      next_valid <= 1'b0;
      running <= 1'b0;
      tail <= 1'b0;
    end else begin
      current_valid <= c_valid;
      next_valid <= n_valid;
      if (go) begin
        running <= !result_pop;
        tail <= !result_pop && !hidden && (tail || current_last);
        remaining <= left - 16'(DATA_BYTES);
      end
    end
    if (go) carry <= current[DATA_BYTES-1-:4];
  end

  localparam int unsigned OUT_BITS = DATA_BITS + DATA_BYTES + 1 + 176;

  logic [175:0] user;

  assign user = {result.verdict, result.reason, result.egress_port, result.acl_rule, result.next_hop,
                 result.length, result.port, result.timestamp, result.seq};

  axis_skid #(
    .WIDTH(OUT_BITS)
  ) u_skid (
    .clk,
    .rst,
    .s_data({out, keep, last, user}),
    .s_valid(out_valid),
    .s_ready(out_ready),
    .m_data({m_tdata, m_tkeep, m_tlast, m_tuser}),
    .m_valid(m_tvalid),
    .m_ready(m_tready)
  );
endmodule

`default_nettype wire

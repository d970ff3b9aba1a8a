// SPDX-License-Identifier: Apache-2.0
// Takes frames in: beats to the data FIFO, and per frame its first 128 bytes, length and sideband to the header path.
// One beat per cycle; the header leaves one cycle after the last beat.
//
//   s_axis ──► beat (to the data FIFO)
//          └─► header: packet_t + window, one per frame
`default_nettype none

module ingress
  import triplane_pkg::*;
  import datapath_pkg::*;
#(
  parameter int unsigned BEATS_MAX = 256   // beats of a frame that are kept; the rest of a longer one is cut off
) (
  input  wire logic                  clk,
  input  wire logic                  rst,
  input  wire logic                  room,          // the rest of the datapath can take a few more beats
  input  wire logic [DATA_BITS-1:0]  s_tdata,
  input  wire logic [DATA_BYTES-1:0] s_tkeep,
  input  wire logic                  s_tvalid,
  output      logic                  s_tready,
  input  wire logic                  s_tlast,
  input  wire logic [7:0]            s_port,
  input  wire logic [63:0]           s_timestamp,
  input  wire logic [31:0]           s_seq,
  output      logic                  beat_push,
  output      logic [DATA_BITS-1:0]  beat_data,
  output      logic                  beat_last,
  output      logic                  header_valid,
  output      packet_t               header,
  output      window_t               window
);
  localparam logic [15:0] BEATS_TOP = 16'd1022;    // here counting stops, so that the length of an endless frame never wraps

  logic [DATA_BITS-1:0] first_beat;
  logic [DATA_BITS-1:0] second_beat;
  logic [15:0]          beats;              // beats before this one, up to BEATS_TOP
  logic [7:0]           port;
  logic [63:0]          timestamp;
  logic [31:0]          seq;
  logic                 accept;
  logic [15:0]          length;

  assign accept = s_tvalid && s_tready;
  assign length = (beats << 6) + 16'($countones(s_tkeep));

  always_ff @(posedge clk) begin
    beat_push <= 1'b0;
    header_valid <= 1'b0;
    if (rst) begin
      s_tready <= 1'b0;
      beats <= '0;
    end else begin
      s_tready <= room;
      if (accept) begin
        beat_push <= s_tlast || beats < 16'(BEATS_MAX - 1);
        beat_data <= s_tdata;
        beat_last <= s_tlast;
        beats <= s_tlast ? '0 : beats == BEATS_TOP ? BEATS_TOP : beats + 16'd1;
        header_valid <= s_tlast;
      end
    end
    if (accept) begin
      if (beats == '0) begin
        first_beat <= s_tdata;
        port <= s_port;
        timestamp <= s_timestamp;
        seq <= s_seq;
      end
      if (beats == 16'd1) second_beat <= s_tdata;
      if (s_tlast) begin
        header <= '0;
        header.length <= length;
        header.verdict <= VERDICT_CONTINUE;
        header.reason <= REASON_NONE;
        header.acl_rule <= 16'(ACL_NONE);
        header.next_hop <= 16'(NEXT_HOP_NONE);
        header.port <= beats == '0 ? s_port : port;
        header.timestamp <= beats == '0 ? s_timestamp : timestamp;
        header.seq <= beats == '0 ? s_seq : seq;
        window[63:0] <= beats == '0 ? s_tdata : first_beat;
        window[127:64] <= beats == 16'd1 ? s_tdata : second_beat;
      end
    end
  end
endmodule

`default_nettype wire

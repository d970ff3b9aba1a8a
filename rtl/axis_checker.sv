// SPDX-License-Identifier: Apache-2.0
// AXI4-Stream rules as assertions: a transfer that was offered stays until it is taken, unchanged, and tkeep has no holes.
`default_nettype none

module axis_checker #(
  parameter int unsigned USER_BITS = 8,
  parameter int unsigned BYTES     = 64
) (
  input wire logic                 clk,
  input wire logic                 rst,
  input wire logic [8*BYTES-1:0]   tdata,
  input wire logic [BYTES-1:0]     tkeep,
  input wire logic                 tvalid,
  input wire logic                 tready,
  input wire logic                 tlast,
  input wire logic [USER_BITS-1:0] tuser
);
  a_valid_stays: assert property (@(posedge clk) disable iff (rst) tvalid && !tready |=> tvalid)
    else $error("%m: tvalid fell before tready");
  a_payload_stays: assert property (@(posedge clk) disable iff (rst)
    tvalid && !tready |=> $stable(tdata) && $stable(tkeep) && $stable(tlast) && $stable(tuser))
    else $error("%m: the payload changed while it waited");
  a_keep_has_no_holes: assert property (@(posedge clk) disable iff (rst) tvalid |-> (tkeep & (tkeep + 1'b1)) == '0)
    else $error("%m: tkeep has holes");
  a_only_the_last_beat_is_partial: assert property (@(posedge clk) disable iff (rst) tvalid && !tlast |-> &tkeep)
    else $error("%m: a beat before the last is not full");
  a_no_empty_beat: assert property (@(posedge clk) disable iff (rst) tvalid |-> tkeep[0])
    else $error("%m: an empty beat");
endmodule

`default_nettype wire

// SPDX-License-Identifier: Apache-2.0
// Synchronous FIFO, first word falls through. `count` is a register. Writing a full FIFO is the writer's error.
`default_nettype none

module fifo #(
  parameter int unsigned WIDTH = 8,
  parameter int unsigned DEPTH = 16    // a power of two
) (
  input  wire logic                     clk,
  input  wire logic                     rst,
  input  wire logic                     push,
  input  wire logic [WIDTH-1:0]         push_data,
  input  wire logic                     pop,
  output      logic [WIDTH-1:0]         head,
  output      logic                     valid,
  output      logic [$clog2(DEPTH):0]   count
);
  localparam int unsigned AW = $clog2(DEPTH);

  logic [WIDTH-1:0] memory [DEPTH];
  logic [AW-1:0]    write_ptr;
  logic [AW-1:0]    read_ptr;

  if (2 ** AW != DEPTH) begin : gen_check
    $fatal(1, "%m: DEPTH %0d is no power of two", DEPTH);
  end

  assign head = memory[read_ptr];
  assign valid = count != '0;

  always_ff @(posedge clk) begin
    if (push) memory[write_ptr] <= push_data;
    if (rst) begin
      write_ptr <= '0;
      read_ptr <= '0;
      count <= '0;
    end else begin
      if (push) write_ptr <= write_ptr + 1'b1;
      if (pop) read_ptr <= read_ptr + 1'b1;
      if (push && !pop) count <= count + 1'b1;
      if (pop && !push) count <= count - 1'b1;
    end
  end
endmodule

`default_nettype wire

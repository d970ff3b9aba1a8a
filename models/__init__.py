"""The golden model: the executable form of docs/contract.md, one module per stage."""

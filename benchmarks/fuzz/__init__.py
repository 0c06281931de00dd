"""Random questions to drapolicy and to Kubernetes' own code, and where their answers differ: `make fuzz-peer`."""

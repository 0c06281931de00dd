"""Random and hostile input against what must hold for all input: `make fuzz`, and a short run in the test suite."""

"""The whole product on one machine, with a shop in it and a journey through it: `make demo`."""

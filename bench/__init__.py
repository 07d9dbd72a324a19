"""Measurements, by command: `make bench`. See README.md."""

"""Measurements of drapolicy: `make bench` prints them; nothing here is a test."""

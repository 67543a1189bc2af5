"""Pluim on one machine: everything `make run` needs, and nothing that ships."""

"""Doors: a request in, one use case, a page out."""

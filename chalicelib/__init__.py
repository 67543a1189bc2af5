"""Pluim: the effort of citizens and public professionals, made visible to each other."""

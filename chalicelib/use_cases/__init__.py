"""Verbs: one function per thing that Pluim does."""

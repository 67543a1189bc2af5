"""Nouns: what Pluim is about. Pure, without clock, chance or network."""

"""Layers in the file formats of other programs, in both directions."""

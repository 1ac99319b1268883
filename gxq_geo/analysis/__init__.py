"""Figures of the zone's nouns: frames in, frames out."""

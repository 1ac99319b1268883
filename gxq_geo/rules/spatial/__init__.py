"""Spatial facts that several rules need; each is computed once per zone."""

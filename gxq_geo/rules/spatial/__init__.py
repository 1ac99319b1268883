"""Spatial facts that several rules ask for, computed once a zone."""

"""Readers of foreign formats: one module a format, a file in, its tables out."""

"""Sheets: a sheet as a grid of cells, its heading, its records, and the positions in it."""

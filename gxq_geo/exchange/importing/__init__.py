"""The import of foreign tables: interpreted, merged into their layers, checked, then written."""

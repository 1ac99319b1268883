"""Writers of foreign formats: one module a format, layers in, bytes out."""

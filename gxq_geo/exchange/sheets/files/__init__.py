"""Read the files of spreadsheet programs: one module a format, bytes in, grids out."""

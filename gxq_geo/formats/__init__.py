"""Read, check or write the bytes of a file: GeoJSON, CSV, GeoPackage."""

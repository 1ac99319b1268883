"""Readers and writers of the layer file formats: GeoJSON, CSV and GeoPackage."""

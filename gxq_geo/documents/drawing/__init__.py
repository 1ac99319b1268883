"""Draw the map of a zone as SVG, with the styles of the web page."""

"""A zone's map as SVG, drawn as the page draws it."""

"""The bytes of a file as values, for each format that a layer may have."""

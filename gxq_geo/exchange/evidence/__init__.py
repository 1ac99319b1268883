"""What a foreign file leaves open, decided by evidence: encoding, CRS, columns, units."""

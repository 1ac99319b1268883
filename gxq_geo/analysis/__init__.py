"""Tables about sites, carriers, parks, projects, customers, chains and sectors, from frames."""
